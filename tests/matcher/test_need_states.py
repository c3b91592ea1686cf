"""What a profile is said to say of a need: a word in common is no proof."""

import numpy as np
import pytest

from matcher.capabilities import things_in
from matcher.encoding import HashEncoder
from matcher.features import thing_match
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


def test_things_in_common_count_less_the_more_a_firm_names():
    # Of project and firm: one thing in common, of one that the firm names and of six; none; two of two.
    found = thing_match(np.asarray([1, 1, 0, 2]), np.asarray([1, 6, 9, 2]))
    assert found == pytest.approx([np.log(2) / np.log(4), np.log(2) / np.log(9), 0.0, np.log(3) / np.log(5)])


def test_services_and_industries_are_no_things_in_common():
    assert things_in("consulting for the automotive industry") == frozenset()
    assert {"laser-welding"} <= things_in("laser welding of aluminium")


# Long enough to be a project and no question.
BRIEF = (
    "A pilot line in Milton joins battery trays by laser welding, so that buses and trucks can be built with packs "
    "that weigh less and last longer than those that are bolted together today."
)


def test_a_thing_in_common_moves_a_firm_up_and_masking_its_passage_takes_that_away():
    rows = [
        {"id": "a", "name": "A", "city": "Milton", "services": ["laser welding for makers of trays", "we paint walls"]},
        {"id": "b", "name": "B", "city": "Milton", "services": ["we paint walls and more"]},
    ]
    matcher = Matcher.build([firm_from_row(row) for row in rows], HashEncoder(128))
    project = Project("p", "Battery trays", BRIEF)
    first = matcher.match(project, roles=(Role.SUPPLIER,), limit=2, explain=True).supplier[0]
    assert first.firm_id == "a"
    shared = next(c for c in first.contributions if c.feature == "shared_things")
    assert shared.value > 0 and shared.logit > 0
    quote = next(e for need in first.needs for e in need.evidence if "laser" in e.quote)
    assert quote.without_it < first.score - shared.logit + 1e-6
