"""The ledger on both databases: what it holds, refuses, and says of the letters of random histories."""

import itertools
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from repeat import times
from sqlalchemy import select

from service.clock import use_clock
from service.consent import ledger, repository
from service.consent.ledger import ConsentDraft
from service.consent.rules import Basis, Refusal, StopReason, add_months
from service.errors import Invalid
from service.list_tables import consents
from service.mail.outbox_repository import Letter, LetterPurpose, put_in
from service.words import use_language

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
SAM = "sam@example.org"


TODAY = START.date()


def draft(basis=Basis.MEMBER, email=SAM, day=TODAY, **more):
    return ConsentDraft(email, basis, "members.xlsx", day, **({"relevance": "machining"} | more))


def may(database, email=SAM, purpose=LetterPurpose.OPPORTUNITIES, moment=START, **more):
    with database.read() as tx:
        return ledger.may_send_in(tx, email=email, purpose=purpose, moment=moment, **more)


@pytest.fixture(autouse=True)
def clock():
    with use_clock(lambda: START):
        yield


def test_nothing_goes_without_a_row_and_a_row_says_which(database):
    assert may(database).refusal is Refusal.NOTHING
    with database.write() as tx:
        consent = ledger.record_in(tx, "user:x", draft(email=" Sam@Example.org "))
    found = may(database, email="SAM@example.org")
    assert found.allowed and (found.basis, found.consent_id, found.since) == (Basis.MEMBER, consent.id, "2026-01-31")
    assert ledger.why_words(found) == "is a member (since 2026)" and ledger.why_words(consent) == ledger.why_words(
        found
    )
    try:
        use_language("fr")
        assert ledger.why_words(found) != "is a member (since 2026)"
    finally:
        use_language("en")
    with database.read() as tx:
        many = ledger.permissions_of(tx, [SAM, "other@example.org"], LetterPurpose.OPPORTUNITIES, START)
    assert many[SAM] == found and many["other@example.org"].refusal is Refusal.NOTHING


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "none"}, "email"), ({"source": " "}, "source"), ({"source": "x" * 1001}, "source"),
        ({"obtained": START.date() + timedelta(days=1)}, "obtained"), ({"basis": Basis.REQUESTED}, "basis"),
        ({"basis": Basis.PUBLISHED, "relevance": " "}, "relevance"),
    ],
)  # fmt: skip
def test_a_row_that_proves_nothing_is_refused(database, changes, field):
    given = {"email": SAM, "basis": Basis.MEMBER, "source": "a form", "obtained": START.date(), **changes}
    with pytest.raises(Invalid) as caught, database.write() as tx:
        ledger.record_in(tx, "user:x", ConsentDraft(**given))
    assert caught.value.where == field


def test_who_withdraws_gets_an_answer_and_nothing_else_until_they_say_yes_themselves(database):
    with database.write() as tx:
        ledger.record_in(tx, "user:x", draft())
        assert ledger.withdraw_in(tx, SAM, how="link of a letter", by="recipient", moment=START)
        assert not ledger.withdraw_in(tx, SAM, how="again", by="recipient", moment=START)
    assert may(database).refusal is Refusal.WITHDRAWN
    with database.write() as tx:
        ledger.record_in(tx, "user:x", draft(Basis.EXPRESS))  # what staff note does not lift it
        request = ledger.ask_in(tx, "sign_in", SAM, None, "", timedelta(hours=1))
    assert may(database).refusal is Refusal.WITHDRAWN
    assert may(database, purpose=LetterPurpose.REQUESTED, request_id=request).basis is Basis.REQUESTED
    with database.write() as tx:
        ledger.confirm_in(tx, draft(Basis.EXPRESS), by="recipient")
    assert may(database).basis is Basis.EXPRESS


def test_a_complaint_takes_every_reason_back_and_no_click_lifts_it(database):
    with database.write() as tx:
        ledger.record_in(tx, "user:x", draft())
        assert ledger.stop_in(tx, SAM, StopReason.COMPLAINED, "abuse report", "worker")
        ledger.confirm_in(tx, draft(Basis.EXPRESS), by="recipient")
    assert may(database).refusal is Refusal.COMPLAINED
    with database.read() as tx:
        assert tx.execute(select(consents.c.withdrawn_how).where(consents.c.basis == "member")).scalar() == "complained"


def test_an_answer_is_for_one_address_one_letter_and_a_while(database):
    with database.write() as tx:
        request = ledger.ask_in(tx, "export", SAM, None, "", timedelta(hours=1))
        other = ledger.ask_in(tx, "export", SAM, None, "", timedelta(hours=1))

    def asked(request_id, **more):
        return may(database, purpose=LetterPurpose.REQUESTED, request_id=request_id, **more).refusal

    assert asked(request) is None
    assert asked(request, email="eve@example.org") is Refusal.NOT_ASKED
    assert asked("no such") is asked("\0") is asked(None) is Refusal.NOT_ASKED
    assert asked(request, moment=START + timedelta(hours=1)) is Refusal.NOT_ASKED
    with database.write() as tx:
        ledger.used_in(tx, request, START)
    assert asked(request) is Refusal.ANSWERED
    # A letter that went is an answer too, also when its sender died before it could mark the request.
    letter = Letter("k", "export", LetterPurpose.REQUESTED, SAM, "en", "s", "t", "h", request_id=other)
    with database.write() as tx:
        key = put_in(tx, letter)
    assert asked(other) is None
    with database.write() as tx:
        from sqlalchemy import update

        from service.list_tables import outbox

        tx.execute(update(outbox).where(outbox.c.id == key).values(state="sent"))
    assert asked(other) is Refusal.ANSWERED


def test_a_membership_that_ends_leaves_two_years_from_when_it_was_last_shown(database):
    with database.write() as tx:
        ledger.record_in(tx, "user:x", draft(day=date(2025, 3, 1), firm_id="acme"))
        ledger.record_in(tx, "user:x", draft(day=date(2026, 1, 5), firm_id="acme"))
        ledger.membership_changed_in(tx, "user:x", "acme", True, False)
        ledger.membership_changed_in(tx, "user:x", "acme", False, False)
    assert may(database).until == "2028-01-05"
    assert may(database, moment=datetime(2028, 1, 5, 23, tzinfo=UTC)).allowed
    assert may(database, moment=datetime(2028, 1, 6, tzinfo=UTC)).refusal is Refusal.LAPSED
    with database.read() as tx:
        rows = repository.of_emails(tx, [SAM])[SAM]
    assert [row.withdrawn_at is None for row in rows].count(True) == 1 and len(rows) == 3


# Random histories. The law once more, in other words than the rules': by looking back from the day of sending.
_SPANS = {"purchase": 24, "inquiry": 6, "published": 12}
_GRANTS = ["express", "member", "purchase", "inquiry", "published"]
_HAPPENINGS = ["ended", "withdraw", "confirm", "bounce", "complain", "works", "taken_back"]
_ANSWERS = ["ask", "answer", "ask", "answer", "bounce", "works", "withdraw", "express"]
_MONTHS = {**_SPANS, "member": 24, "ended": 24}
# Much happens on one day, and most mistakes are made on the days around an edge.
_gap = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 400))
_ago = st.one_of(st.just(0), st.integers(0, 100))
_whens = st.one_of(
    st.tuples(st.just("later"), st.just(0), st.integers(0, 1)),
    st.tuples(st.just("edge"), st.integers(0, 5), st.integers(0, 1)),
    st.tuples(st.just("later"), st.just(0), st.integers(0, 1200)),
)


@st.composite
def histories(draw):
    """What a letter is for, what happened before, and when it is to go."""
    purpose = draw(st.sampled_from([LetterPurpose.OPPORTUNITIES] * 2 + [LetterPurpose.REQUESTED] + list(LetterPurpose)))
    if purpose is LetterPurpose.REQUESTED:
        kinds = _ANSWERS
    else:  # few kinds, so that not always something else lets the letter go
        kinds = [draw(st.sampled_from(_GRANTS)), *draw(st.lists(st.sampled_from([*_GRANTS, *_HAPPENINGS]), max_size=2))]
    return purpose, draw(st.lists(st.tuples(_gap, st.sampled_from(kinds), _ago), max_size=5)), draw(_whens)


_numbers = itertools.count()


def months_passed(event, day):
    return (day.year - event.year) * 12 + day.month - event.month


def is_within(event, day, n_months):
    """Whether fewer than so many months lie between, or just as many and the day of the month is not over."""
    passed = months_passed(event, day)
    return event <= day and (passed < n_months or (passed == n_months and day.day <= event.day))


def what_is_left(told):
    """Stops in force, and reasons that nobody took back, after a list of (kind, day)."""
    stopped, held = set(), []
    for kind, day in told:
        if kind in ("express", "member", *_SPANS, "confirm"):
            held.append(("express" if kind == "confirm" else kind, day))
        if kind in ("withdraw", "bounce", "complain"):
            stopped.add(kind)
        if kind in ("withdraw", "complain", "taken_back"):
            held = []
        stopped -= {"confirm": {"withdraw"}, "works": {"bounce"}}.get(kind, set())
        shown = [day for name, day in held if name == "member"]
        if kind == "ended" and shown:
            held = [one for one in held if one[0] != "member"] + [("was member", max(shown))]
    return stopped, held


def law_allows(told, purpose, moment, *, asked, is_answered):
    """What the law says of a history."""
    stopped, held = what_is_left(told)
    if "bounce" in stopped:
        return False
    if purpose is LetterPurpose.REQUESTED:
        return asked is not None and not is_answered and moment < asked + timedelta(days=1)
    if stopped or purpose is LetterPurpose.INTRODUCTION:
        return False
    spans = {**_SPANS, "was member": 24, "express": 10**6, "member": 10**6}
    return any(is_within(day, moment.date(), spans[kind]) for kind, day in held)


class History:
    """Tells the ledger what happened to one address."""

    def __init__(self, tx):
        number = next(_numbers)
        self.tx, self.email, self.firm = tx, f"p{number}@example.org", f"f{number}"
        self.moment, self.told, self.request, self.asked, self.is_answered = START, [], None, None, False

    def happens(self, gap, kind, ago):
        self.moment += timedelta(days=gap, seconds=1)
        day = self.moment.date() - timedelta(days=ago)
        self.told.append((kind, day))
        with use_clock(lambda: self.moment):
            if kind in ("express", "member", *_SPANS):
                ledger.record_in(self.tx, "user:x", draft(Basis(kind), self.email, day, firm_id=self.firm))
            else:
                getattr(self, kind)(day)

    def ended(self, _day):
        ledger.end_membership_in(self.tx, "user:x", [self.firm], ended=None, source="a list")

    def withdraw(self, _day):
        ledger.withdraw_in(self.tx, self.email, how="said so", by="recipient", moment=self.moment)

    def taken_back(self, _day):
        repository.withdraw_of(self.tx, self.email, how="a mistake", moment=self.moment)

    def confirm(self, day):
        ledger.confirm_in(self.tx, draft(Basis.EXPRESS, self.email, day), by="recipient")

    def bounce(self, _day):
        ledger.stop_in(self.tx, self.email, StopReason.BOUNCED, "550", "worker")

    def works(self, _day):
        repository.lift(self.tx, self.email, reason="bounced", by="user:x", moment=self.moment)

    def complain(self, _day):
        ledger.stop_in(self.tx, self.email, StopReason.COMPLAINED, "report", "worker")

    def ask(self, _day):
        self.request = ledger.ask_in(self.tx, "sign_in", self.email, None, "", timedelta(days=1))
        self.asked, self.is_answered = self.moment, False

    def moment_of(self, how, which, days):
        """Some days later, or around the day on which some event's time is over, if that is still to come."""
        later = self.moment + timedelta(days=max(days, 0))
        ending = [(kind, day) for kind, day in self.told if kind in _MONTHS]
        if how == "later" or not ending:
            return later
        kind, day = ending[which % len(ending)]
        day = add_months(day, _MONTHS[kind]) + timedelta(days=days)
        return max(later, datetime.combine(day, self.moment.timetz()))

    def answer(self, _day):
        if self.request is not None:
            ledger.used_in(self.tx, self.request, self.moment)
            self.is_answered = True


@settings(
    max_examples=times(300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(history=histories())
def test_a_letter_may_go_just_when_the_law_says_so(database, history):
    purpose, happened, when = history
    with database.write() as tx:
        told = History(tx)
        for gap, kind, ago in happened:
            told.happens(gap, kind, ago if kind in _GRANTS else 0)
        moment = told.moment_of(*when)
        found = ledger.may_send_in(
            tx, email=told.email, purpose=purpose, moment=moment, request_id=told.request
        )  # fmt: skip
        at_once = ledger.permissions_of(tx, [told.email], purpose, moment)[told.email]
    law = law_allows(told.told, purpose, moment, asked=told.asked, is_answered=told.is_answered)
    assert found.allowed is law, (told.told, found)
    if purpose is not LetterPurpose.REQUESTED:
        assert at_once == found
    assert found.allowed is (found.refusal is None) is (found.basis is not None)


def test_the_readable_module_names_the_law_it_follows():
    from service.consent import rules

    text = rules.__doc__
    for source in ("S.C. 2010, c. 23", "SOR/2012-36", "SOR/2013-221", "10(9)", "10(10)", "10(13)", "6(6)", "11(3)"):
        assert re.search(re.escape(source), text), source
