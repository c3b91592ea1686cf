"""The law at its edges, worked by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from service.consent.rules import SERVES, Basis, Grant, Refusal, Request, Stop, StopReason, expires_of, judge
from service.mail.outbox_repository import LetterPurpose


def at(day, hour=12):
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(hours=hour)


def grant(basis, obtained, *, ended=None, withdrawn_at=None):
    day = date.fromisoformat(obtained)
    expires = expires_of(basis, day, ended=date.fromisoformat(ended) if ended else None)
    return Grant("g", basis, day, expires, withdrawn_at)


@pytest.mark.parametrize(
    ("basis", "obtained", "ended", "last", "first_without"),
    [
        # Two years before the day of sending, that day not counted: s. 10(10)(a).
        (Basis.PURCHASE, "2024-03-10", None, "2026-03-10", "2026-03-11"),
        (Basis.PURCHASE, "2024-02-29", None, "2026-02-28", "2026-03-01"),
        # A contract that was in existence: from its end, s. 10(10)(d).
        (Basis.PURCHASE, "2020-01-01", "2025-06-30", "2027-06-30", "2027-07-01"),
        (Basis.INQUIRY, "2026-01-15", None, "2026-07-15", "2026-07-16"),
        (Basis.INQUIRY, "2025-08-31", None, "2026-02-28", "2026-03-01"),
        # The two years of a membership begin when it ends: s. 10(14).
        (Basis.MEMBER, "2010-05-01", "2026-05-01", "2028-05-01", "2028-05-02"),
        (Basis.PUBLISHED, "2026-01-15", None, "2027-01-15", "2027-01-16"),
    ],
)  # fmt: skip
def test_a_reason_holds_from_its_day_to_its_last_and_not_a_day_longer(basis, obtained, ended, last, first_without):
    def allows(day, hour=12):
        return judge(LetterPurpose.OPPORTUNITIES, at(day, hour), grants=[grant(basis, obtained, ended=ended)]).basis

    before = (date.fromisoformat(obtained) - timedelta(days=1)).isoformat()
    assert allows(before) is None and allows(obtained, hour=0) is basis
    assert allows(last, hour=23.99) is basis and allows(first_without, hour=0) is None
    verdict = judge(
        LetterPurpose.OPPORTUNITIES, at(first_without), grants=[grant(basis, obtained, ended=ended)]
    )  # fmt: skip
    assert verdict.refusal is Refusal.LAPSED


@pytest.mark.parametrize("basis", [Basis.EXPRESS, Basis.MEMBER])
def test_an_agreement_and_a_membership_hold_until_they_end(basis):
    held = grant(basis, "2001-01-01")
    assert judge(LetterPurpose.OPPORTUNITIES, at("2040-01-01"), grants=[held]).basis is basis
    ended = grant(basis, "2001-01-01", withdrawn_at=at("2026-05-01"))
    just_before = at("2026-05-01") - timedelta(microseconds=1)
    assert judge(LetterPurpose.OPPORTUNITIES, just_before, grants=[ended]).basis is basis
    assert judge(LetterPurpose.OPPORTUNITIES, at("2026-05-01"), grants=[ended]).refusal is Refusal.NOTHING


def test_the_strongest_reason_is_named_and_of_two_alike_the_longer_one():
    held = [grant(Basis.INQUIRY, "2026-01-01"), grant(Basis.PURCHASE, "2026-01-01"), grant(Basis.EXPRESS, "2026-01-01")]
    assert judge(LetterPurpose.OPPORTUNITIES, at("2026-02-01"), grants=held).basis is Basis.EXPRESS
    two = [grant(Basis.PURCHASE, "2025-01-01"), grant(Basis.PURCHASE, "2026-01-01")]
    assert judge(LetterPurpose.OPPORTUNITIES, at("2026-02-01"), grants=two).until == date(2028, 1, 1)


@pytest.mark.parametrize("reason", list(StopReason))
@pytest.mark.parametrize("purpose", list(LetterPurpose))
def test_a_stop_beats_everything_but_an_answer_and_a_bounce_beats_that_too(reason, purpose):
    moment = at("2026-06-01")
    shared = {
        "grants": [grant(Basis.EXPRESS, "2026-01-01")], "agreed_on": date(2026, 5, 1),
        "request": Request(moment - timedelta(hours=1), moment + timedelta(hours=1), False),
    }  # fmt: skip
    assert judge(purpose, moment, **shared).refusal is None
    stop = Stop(reason, moment - timedelta(days=1))
    may = purpose is LetterPurpose.REQUESTED and reason is not StopReason.BOUNCED
    assert (judge(purpose, moment, stops=[stop], **shared).refusal is None) is may
    lifted = Stop(reason, moment - timedelta(days=1), moment)
    assert judge(purpose, moment, stops=[lifted], **shared).refusal is None


def test_an_answer_goes_once_and_in_time_and_carries_no_opportunities():
    asked = at("2026-06-01")
    request = Request(asked, asked + timedelta(hours=1), False)
    later = asked + timedelta(minutes=59)
    assert judge(LetterPurpose.REQUESTED, later, request=request).basis is Basis.REQUESTED
    assert judge(LetterPurpose.OPPORTUNITIES, later, request=request).refusal is Refusal.NOTHING
    over = judge(LetterPurpose.REQUESTED, asked + timedelta(hours=1), request=request)
    assert over.refusal is Refusal.NOT_ASKED
    used = Request(asked, asked + timedelta(hours=1), True)
    assert judge(LetterPurpose.REQUESTED, later, request=used).refusal is Refusal.ANSWERED
    # A standing agreement answers no question: what was not asked for is not *requested*.
    agreed = [grant(Basis.EXPRESS, "2020-01-01")]
    assert judge(LetterPurpose.REQUESTED, later, grants=agreed).refusal is Refusal.NOT_ASKED


def test_an_introduction_needs_both_yeses_and_half_a_year_later_new_ones():
    held = [grant(Basis.EXPRESS, "2020-01-01")]
    refused = judge(LetterPurpose.INTRODUCTION, at("2026-06-01"), grants=held)
    assert refused.refusal is Refusal.NOT_AGREED
    for day, may in (("2026-05-31", False), ("2026-06-01", True), ("2026-12-01", True), ("2026-12-02", False)):
        verdict = judge(LetterPurpose.INTRODUCTION, at(day), agreed_on=date(2026, 6, 1))
        assert (verdict.basis is Basis.AGREED) is may, day
    assert Basis.REQUESTED not in SERVES[LetterPurpose.OPPORTUNITIES]
