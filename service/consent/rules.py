"""When a letter may go to an address: Canada's anti-spam law as far as it touches this service. Pure.

The law: *An Act to promote the efficiency and adaptability of the Canadian economy …*, S.C. 2010, c. 23 ("CASL"); the
CRTC's regulations SOR/2012-36 (what a message must say); Industry Canada's SOR/2013-221 (what is excepted, and what a
membership is). Whoever sends must prove the consent (s. 13), so a row without a source is none.

- Without consent nothing commercial is sent (s. 6(1)), and a letter that asks for consent is itself commercial
  (s. 1(3)). So nobody is mailed only to ask whether we may mail them.
- **express** (s. 10(1)): until it is withdrawn.
- **member** (s. 10(13)(c), SOR/2013-221 s. 7): a chamber is an association, and its members have a *non-business*
  relationship with it. Two years, which begin on the day on which the membership ends (s. 10(14)): as long as somebody
  is a member, and for two years after.
- **purchase** (s. 10(10)(a), (d)): two years from a purchase, or from the end of a contract.
- **inquiry** (s. 10(10)(e)): six months from a question or application.
- **published** (s. 10(9)(b)): an address that its holder shows in public without asking for no such mail, where the
  letter has to do with their work. The law names no span; pages change, so ours is a year, and then somebody looks.
- **requested** (SOR/2013-221 s. 3(b)): the answer to what somebody has just asked for. It answers that and nothing
  else, so it carries no opportunities.
- **agreed** (CASL s. 6(6)(b)): what completes something that the recipient agreed to, here an introduction after both
  sides said yes. The law names no span; ours is half a year.

Somebody who wants no more mail is believed at once (the law leaves ten business days, s. 11(3)), and a link that says
so works for at least sixty days (s. 11(2); ours never ends). A stop beats every reason but *requested*: who
unsubscribed can still ask for a sign-in link. To an address that sends mail back nothing goes at all.

Days are counted in UTC, which is never behind Ontario: a reason ends here some hours early, never late.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from service.mail.outbox_repository import LetterPurpose

LAPSES_WITHIN_DAYS = 60
TWO_YEARS, A_YEAR, SIX_MONTHS = 24, 12, 6


class Basis(StrEnum):
    """Why a letter may go; see above. The last two stand in no row: they are of one request or introduction."""

    EXPRESS = "express"
    MEMBER = "member"
    PURCHASE = "purchase"
    INQUIRY = "inquiry"
    PUBLISHED = "published"
    REQUESTED = "requested"
    AGREED = "agreed"


class StopReason(StrEnum):
    """Why nothing goes to an address."""

    WITHDRAWN = "withdrawn"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Refusal(StrEnum):
    """Why a letter may not go."""

    WITHDRAWN = "withdrawn"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    LAPSED = "lapsed"
    NOTHING = "nothing"
    NOT_ASKED = "not_asked"
    ANSWERED = "answered"
    NOT_AGREED = "not_agreed"


# The strongest first: what a letter's foot names where several hold.
RECORDED = (Basis.EXPRESS, Basis.MEMBER, Basis.PURCHASE, Basis.INQUIRY, Basis.PUBLISHED)
# Months from the day of the event (of a membership: of its end); None is until it is withdrawn.
MONTHS: Mapping[Basis, int | None] = {
    Basis.EXPRESS: None,
    Basis.MEMBER: TWO_YEARS,
    Basis.PURCHASE: TWO_YEARS,
    Basis.INQUIRY: SIX_MONTHS,
    Basis.PUBLISHED: A_YEAR,
    Basis.AGREED: SIX_MONTHS,
}
SERVES: Mapping[LetterPurpose, frozenset[Basis]] = {
    LetterPurpose.OPPORTUNITIES: frozenset(RECORDED),
    LetterPurpose.FOLLOW_UP: frozenset((*RECORDED, Basis.AGREED)),
    LetterPurpose.INTRODUCTION: frozenset((Basis.AGREED,)),
    LetterPurpose.REQUESTED: frozenset((Basis.REQUESTED,)),
}
_WORST_FIRST = (StopReason.BOUNCED, StopReason.COMPLAINED, StopReason.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Grant:
    """A reason as the rules see it.

    Attributes:
        obtained: the day of the event; of a membership the day since which it is known.
        expires: the last day on which it holds; None is until it is withdrawn.
        withdrawn_at: from then on it holds no more.
    """

    id: str
    basis: Basis
    obtained: date
    expires: date | None
    withdrawn_at: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether it is in force."""
        is_withdrawn = self.withdrawn_at is not None and self.withdrawn_at <= moment
        return not is_withdrawn and self.obtained <= day_of(moment) and not self.is_over(moment)

    def is_over(self, moment: datetime) -> bool:
        """Whether its time has run out."""
        return self.expires is not None and self.expires < day_of(moment)


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop as the rules see it; one that was lifted stops nothing after that."""

    reason: StopReason
    stopped_at: datetime
    lifted_at: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether it is in force."""
        return self.stopped_at <= moment and (self.lifted_at is None or moment < self.lifted_at)


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for, as the rules see it; ``is_answered`` when a letter has gone for it."""

    asked_at: datetime
    expires_at: datetime
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a letter may go, by what and how long, or why not.

    Attributes:
        grant_id: the row that it rests on; None of a request or introduction, and where it may not go.
        until: the last day; None where there is none.
    """

    basis: Basis | None = None
    refusal: Refusal | None = None
    grant_id: str | None = None
    until: date | None = None


def expires_of(basis: Basis, obtained: date, *, ended: date | None = None) -> date | None:
    """The last day on which a reason holds; None is until it is withdrawn.

    "Within the two years immediately before the day on which the message was sent" holds of a purchase on 10 March
    2024 for the last time on 10 March 2026.

    Args:
        basis: one that stands in a row.
        obtained: the day of the event.
        ended: when the membership or the contract ended or will end; of a membership None is *not yet*.
    """
    months = MONTHS[basis]
    if months is None or (basis is Basis.MEMBER and ended is None):
        return None
    return add_months(ended or obtained, months)


def add_months(day: date, months: int) -> date:
    """The same day some months later; the last of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def day_of(moment: datetime) -> date:
    """The day of a moment, as the rules count."""
    return moment.astimezone(UTC).date()


def judge(
    purpose: LetterPurpose, moment: datetime, *, grants: Collection[Grant] = (), stops: Collection[Stop] = (),
    request: Request | None = None, agreed_on: date | None = None,
) -> Verdict:  # fmt: skip
    """Whether a letter may go to an address.

    Args:
        purpose: what the letter is for.
        moment: of sending.
        grants: reasons of this address.
        stops: of this address.
        request: of this address, which the letter answers.
        agreed_on: the day on which the later of both sides said yes to the introduction that the letter is about.
    """
    held = {stop.reason for stop in stops if stop.holds(moment)}
    if purpose is LetterPurpose.REQUESTED:
        held -= {StopReason.WITHDRAWN, StopReason.COMPLAINED}
    for reason in _WORST_FIRST:
        if reason in held:
            return Verdict(refusal=Refusal(reason.value))
    if purpose is LetterPurpose.REQUESTED:
        return _of_request(request, moment)
    if agreed_on is not None and Basis.AGREED in SERVES[purpose]:
        until = add_months(agreed_on, SIX_MONTHS)
        if agreed_on <= day_of(moment) <= until:
            return Verdict(Basis.AGREED, until=until)
    serving = [one for one in grants if one.basis in SERVES[purpose]]
    in_force = [one for one in serving if one.holds(moment)]
    if in_force:
        best = min(in_force, key=_strength)
        return Verdict(best.basis, grant_id=best.id, until=best.expires)
    if purpose is LetterPurpose.INTRODUCTION:
        return Verdict(refusal=Refusal.NOT_AGREED)
    was_there = any(one.withdrawn_at is None and one.is_over(moment) for one in serving)
    return Verdict(refusal=Refusal.LAPSED if was_there else Refusal.NOTHING)


def _of_request(request: Request | None, moment: datetime) -> Verdict:
    if request is None or not request.asked_at <= moment < request.expires_at:
        return Verdict(refusal=Refusal.NOT_ASKED)
    if request.is_answered:
        return Verdict(refusal=Refusal.ANSWERED)
    return Verdict(Basis.REQUESTED, until=day_of(request.expires_at))


def _strength(grant: Grant) -> tuple[int, int, str]:
    """The strongest first, then the one that holds longest."""
    last = date.max if grant.expires is None else grant.expires
    return RECORDED.index(grant.basis), -last.toordinal(), grant.id
