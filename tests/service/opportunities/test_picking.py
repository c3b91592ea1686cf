"""The rules of lists, case by case."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matcher import Need, NeedRole, Project, Stage
from service.opportunities.picking import (
    Before,
    Chance,
    History,
    News,
    Rhythm,
    asks_whether_useful,
    certificates_of,
    fingerprint,
    is_due,
    period_of,
    pick,
    was_silent,
)

TODAY = date(2026, 12, 1)  # a Tuesday
NONE = frozenset()


def chance(key="p", role="supplier", score=1.0, closes=60, print_="a"):
    day = None if closes is None else TODAY + timedelta(days=closes)
    return Chance(key, role, score, "good", print_, day)


def before(print_="a", *news, answered=False):
    return Before(print_, frozenset(news or {"new"}), answered)


@pytest.mark.parametrize(
    ("closes", "told", "news"),
    [
        (60, None, News.NEW),
        (3, None, News.NEW),
        (60, before(), None),
        (60, before("b"), News.CHANGED),
        (60, before("b", answered=True), None),
        (14, before(), News.CLOSING),
        (15, before(), None),
        (0, before(), News.CLOSING),
        (-1, before(), None),
        (14, before("a", "new", "closing"), None),
        (14, before(answered=True), None),
        (None, before(), None),
    ],
)
def test_what_is_news(closes, told, news):
    picked = pick([chance(closes=closes)], {} if told is None else {("p", "supplier"): told}, TODAY, 3)
    assert [one.news for one in picked] == ([] if news is None else [news])


def test_what_closes_comes_first_then_the_best_one_role_of_a_project_and_no_more_than_fit():
    chances = [
        chance("weak", score=0.1), chance("good", score=0.9), chance("both", "partner", 0.5), chance("both", score=0.6),
        chance("closing", score=0.2, closes=5), chance("told", score=2.0),
    ]  # fmt: skip
    told = {("closing", "supplier"): before(), ("told", "supplier"): before()}
    found = [(one.chance.project_id, one.chance.role) for one in pick(chances, told, TODAY, 3)]
    assert found == [("closing", "supplier"), ("good", "supplier"), ("both", "supplier")]
    assert pick(chances, told, TODAY, 0) == []


@pytest.mark.parametrize(
    ("rhythm", "days_ago", "is_it"),
    [
        (Rhythm.DAILY, 0, False), (Rhythm.DAILY, 1, True), (Rhythm.WEEKLY, 1, False), (Rhythm.WEEKLY, 2, True),
        (Rhythm.WEEKLY, None, True), (Rhythm.MONTHLY, 27, False), (Rhythm.MONTHLY, 28, True),
        (Rhythm.QUARTERLY, 89, False), (Rhythm.QUARTERLY, 90, True), (Rhythm.AT_CLOSING, 30, False),
    ],
)  # fmt: skip
def test_how_often(rhythm, days_ago, is_it):
    last = None if days_ago is None else TODAY - timedelta(days=days_ago)
    assert is_due(rhythm, None, NONE, History(last, last, 0, None, TODAY), TODAY, closing=False) is is_it


def test_pauses_quiet_days_and_what_closes():
    fresh = History(None, None, 0, None, TODAY)
    assert not is_due(Rhythm.PAUSED, None, NONE, fresh, TODAY, closing=True)
    assert not is_due(Rhythm.PAUSED, TODAY + timedelta(days=1), NONE, fresh, TODAY, closing=True)
    assert is_due(Rhythm.PAUSED, TODAY, NONE, fresh, TODAY, closing=False)
    assert not is_due(Rhythm.WEEKLY, None, frozenset({1}), fresh, TODAY, closing=True)
    assert is_due(Rhythm.AT_CLOSING, None, NONE, fresh, TODAY, closing=True)
    assert not is_due(Rhythm.AT_CLOSING, None, NONE, replace(fresh, last=TODAY), TODAY, closing=True)


def test_two_lists_without_an_answer_are_one_question_and_then_a_quarter():
    ago = TODAY - timedelta(days=8)
    mute = History(ago, ago, 2, None, TODAY, ago - timedelta(days=7))
    assert asks_whether_useful(mute) and not asks_whether_useful(replace(mute, unanswered=1))
    assert is_due(Rhythm.WEEKLY, None, NONE, mute, TODAY, closing=False)  # the question does not wait
    asked = replace(mute, asked=TODAY - timedelta(days=1))
    assert not asks_whether_useful(asked)
    assert asks_whether_useful(replace(mute, asked=ago - timedelta(days=100)))  # they answered since, and fell silent
    assert not is_due(Rhythm.WEEKLY, None, NONE, asked, TODAY, closing=False)
    assert is_due(Rhythm.WEEKLY, None, NONE, asked, ago + timedelta(days=90), closing=False)


def test_silence_counts_from_the_last_letter_or_from_the_beginning():
    quarter = TODAY - timedelta(days=90)
    assert was_silent(History(None, None, 0, None, quarter), TODAY)
    assert was_silent(History(quarter, None, 0, None, TODAY), TODAY)
    assert not was_silent(History(quarter + timedelta(days=1), None, 0, None, quarter), TODAY)


def test_a_period_is_a_week_across_the_turn_of_the_year_and_a_day_where_lists_may_come_daily():
    assert period_of(Rhythm.WEEKLY, date(2026, 12, 31)) == period_of(Rhythm.WEEKLY, date(2027, 1, 1)) == "2026-W53"
    assert period_of(Rhythm.DAILY, TODAY) == "2026-12-01"


def test_day_stage_scope_and_certificates_are_news_and_words_of_the_description_are_not():
    need = Need("n1", "aluminium housings", NeedRole.SUPPLIER, quantity="5,000 a year")
    project = Project("p", "Housings", "text", closes="2027-01-01", stage=Stage.ANNOUNCED, needs=(need,))

    def of(one):
        return fingerprint(one, certificates_of(one))

    assert of(replace(project, description="other", title="Better housings")) == of(project)
    for other in (
        replace(project, closes="2027-01-02"), replace(project, stage=Stage.RUNNING), replace(project, needs=()),
        replace(project, needs=(replace(need, certificate="AS9100"),)),
        replace(project, needs=(replace(need, quantity="50,000 a year"),)),
    ):  # fmt: skip
        assert of(other) != of(project)
