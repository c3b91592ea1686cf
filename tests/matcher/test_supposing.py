"""What one more answer would change: the same as if the firm had said it and were ranked again."""

import dataclasses
from datetime import date

import pytest

from matcher.bands import ORDER, band_of
from matcher.config import MatchConfig
from matcher.encoding import HashEncoder
from matcher.errors import UnknownRecord
from matcher.pipeline import Matcher
from matcher.supposing import what_would_help
from matcher.types import Band, Need, NeedRole, Project, Role, Stage, Statement, StatementKind

DAY = date(2026, 11, 28)
FIRM = "aberfoyle-metal-treaters-ltd"


def project(key, *texts, stage=Stage.ANNOUNCED, **more):
    needs = tuple(Need(f"{key}-{i}", text, NeedRole.SUPPLIER) for i, text in enumerate(texts))
    return Project(key, f"Project {key}", stage=stage, checked=DAY.isoformat(), needs=needs, **more)


PROJECTS = [
    project("welding", "laser welding of battery trays", "large-part heat treatment"),
    project("moulds", "injection moulds", "laser welding of battery trays"),
    project("finished", "laser welding of battery trays", stage=Stage.FINISHED),
    project("own", "laser welding of battery trays", lead=FIRM),
]


@pytest.fixture(scope="module")
def matcher(firms):
    # Bands that words alone can reach, so that the hashing encoder shows all of them.
    return Matcher.build(firms, HashEncoder(128), config=MatchConfig(maybe=-4.0, worth_a_call=-2.5))


def said(firm, answer):
    statement = Statement("new", answer.kind, answer.need.text, None, DAY.isoformat(), confirmed=True)
    return dataclasses.replace(firm, statements=(*firm.statements, statement))


def test_each_rise_is_what_ranking_again_would_show(matcher, firms):
    firm = next(one for one in firms if one.id == FIRM)
    found = what_would_help(matcher, FIRM, PROJECTS, today=DAY, limit=20)
    assert (found.n_projects, found.n_open) == (2, 2)
    assert found.answers
    by_id = {one.id: one for one in PROJECTS}
    for answer in found.answers:
        again = Matcher.build(firms, HashEncoder(128), config=matcher.config)
        again.update([said(firm, answer)], change=1)
        for rise in answer.rises:
            # Depth does not matter for one firm's logit; the best of all firms may be its own new words.
            match = again.why_not(by_id[rise.project_id], FIRM, rise.role).match
            assert match is not None and match.band is rise.after
            assert ORDER.index(rise.after) > ORDER.index(rise.before)


def test_what_the_profile_says_is_not_asked(matcher):
    found = what_would_help(matcher, FIRM, PROJECTS, today=DAY, limit=20)
    texts = {answer.need.text for answer in found.answers}
    assert "large-part heat treatment" not in texts
    assert "laser welding of battery trays" in texts
    both = next(answer for answer in found.answers if answer.need.text == "laser welding of battery trays")
    assert {rise.project_id for rise in both.rises} <= {"welding", "moulds"}


def test_confirming_is_told_apart(matcher, firms):
    sure = [project("heat", "large-part heat treatment", "abrasive blasting")]
    found = what_would_help(matcher, FIRM, sure, today=DAY)
    assert [(rise.before, rise.after) for rise in found.confirming] == [(Band.MAYBE, Band.WORTH_A_CALL)]
    firm = next(one for one in firms if one.id == FIRM)
    first, *rest = firm.statements
    confirmed = dataclasses.replace(first, confirmed=True, date="2026-11-01")
    other = Matcher.build(firms, HashEncoder(128), config=matcher.config)
    other.update([dataclasses.replace(firm, statements=(confirmed, *rest))], change=1)
    assert what_would_help(other, FIRM, sure, today=DAY).confirming == ()


def test_partners_are_looked_for_only_while_a_team_is_formed(matcher):
    need = (Need("n", "laser welding of battery trays", NeedRole.EITHER),)
    for stage, roles in ((Stage.SEEKING, {Role.PARTNER, Role.SUPPLIER}), (Stage.RUNNING, {Role.SUPPLIER})):
        one = dataclasses.replace(PROJECTS[0], stage=stage, needs=need)
        found = what_would_help(matcher, FIRM, [one], today=DAY)
        assert {rise.role for answer in found.answers for rise in answer.rises} == roles


def test_who_is_never_ranked_gets_no_advice(matcher, firms):
    chamber = next(one for one in firms if "Chamber of Commerce" in one.name)
    assert what_would_help(matcher, chamber.id, PROJECTS, today=DAY).answers == ()
    with pytest.raises(UnknownRecord):
        what_would_help(matcher, "nobody", PROJECTS, today=DAY)
    nothing = what_would_help(matcher, FIRM, [], today=DAY)
    assert (nothing.answers, nothing.confirming, nothing.n_open) == ((), (), 0)


def test_the_nearest_projects_are_looked_at_and_how_many_is_said(matcher):
    found = what_would_help(matcher, FIRM, PROJECTS, today=DAY, most_projects=1)
    assert (found.n_projects, found.n_open) == (1, 2)
    assert {rise.project_id for answer in found.answers for rise in answer.rises} <= {"welding"}


def test_bands_begin_where_the_configuration_says(matcher):
    view, position = matcher.view, matcher.view.position(FIRM)
    bands = [band_of(view, position, logit, matcher.config, sure=True) for logit in (-5, -4, -3, -2.5)]
    assert bands == [Band.UNLIKELY, Band.MAYBE, Band.MAYBE, Band.WORTH_A_CALL]
    assert band_of(view, position, 9.0, matcher.config, sure=False) is Band.MAYBE
    assert band_of(view, position, 9.0, matcher.config) is Band.MAYBE  # nobody confirmed its profile
    thin = dataclasses.replace(matcher.config, thin_words=10_000)
    assert band_of(view, position, 9.0, thin, sure=True) is Band.TOO_LITTLE


def test_kinds_of_statements_follow_what_is_asked(matcher):
    asked = [project(text[:3], text) for text in ("ISO 13485", "injection moulding", "titanium")]
    found = what_would_help(matcher, FIRM, asked, today=DAY, limit=9)
    kinds = {answer.need.text: answer.kind for answer in found.answers}
    expected = {
        "ISO 13485": StatementKind.CERTIFICATE,
        "injection moulding": StatementKind.CAPABILITY,
        "titanium": StatementKind.MATERIAL,
    }
    assert kinds == expected
