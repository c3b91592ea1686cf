"""What a profile is said to say of a need: a word in common is no proof."""

import pytest

from matcher.encoding import HashEncoder
from matcher.pipeline import Matcher
from matcher.records import firm_from_row
from matcher.types import Need, NeedRole, NeedState, Project, Role


def state(words, need, *, more=()):
    rows = [{"id": "a", "name": "A", "city": "Milton", "services": [words, *more]}]
    rows += [{"id": "b", "name": "B", "city": "Milton", "services": ["bread and cakes"]}]
    matcher = Matcher.build([firm_from_row(row) for row in rows], HashEncoder(128))
    project = Project("p", "A plant", needs=(Need("n1", need, NeedRole.SUPPLIER),))
    found = matcher.match(project, roles=(Role.SUPPLIER,), limit=2, explain=True).supplier
    return next(match for match in found if match.firm_id == "a").needs[0]


@pytest.mark.parametrize(
    ("words", "need"),
    [
        ("advanced process control for refineries", "process control"),
        ("laser welding of battery trays", "welding"),  # a narrower thing of the vocabulary
        ("usinage CNC", "CNC machining"),
        ("manufacture of printed circuit board assemblies", "printed circuit board assembly"),
    ],
)
def test_what_names_the_need_is_found(words, need):
    found = state(words, need)
    assert found.state is NeedState.FOUND and found.evidence[0].quote == words and found.ask is None


@pytest.mark.parametrize(
    ("words", "need"),
    [
        ("dust control products for gravel roads and arenas in the county", "process control"),
        ("conveyors for dry material such as sand, gravel and salt", "materials testing"),
    ],
)
def test_a_word_in_common_is_not_found_and_is_asked(words, need):
    found = state(words, need)
    assert found.state is not NeedState.FOUND and found.ask
