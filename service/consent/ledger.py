"""The ledger of why we may write: asked for every letter at the moment of sending.

Rows are never changed but to be withdrawn; a stop beats them (``service.consent.rules`` says what beats what). All
here happens inside the transaction of the caller. Whoever sends:

    permission = may_send_in(tx, email=…, purpose=…, moment=now(), request_id=…, introduction_id=…)
    if not permission.allowed: …                          # ``refusal_words(permission)`` says why
    … after it went: ``used_in(tx, request_id, moment)`` for letters that answer a request
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from babel.dates import format_date
from sqlalchemy import Connection

from service.accounts import staff
from service.accounts.repository import fold_email
from service.clock import now
from service.consent import repository
from service.consent.repository import Consent as Consent
from service.consent.repository import RequestRow, StopRow
from service.consent.rules import (
    RECORDED,
    Basis,
    Grant,
    Refusal,
    Request,
    Stop,
    StopReason,
    Verdict,
    day_of,
    expires_of,
    judge,
)
from service.errors import Invalid
from service.mail.outbox_repository import LetterPurpose
from service.words import _, locale

LISTS = "opportunities"
MOST_SOURCE = 1000
_NO_MEMBER = "no member any more"


class RequestKind(StrEnum):
    """What somebody can ask us for by themselves."""

    SIGN_IN = "sign_in"
    EXPORT = "export"
    WITHDRAWAL_RECEIPT = "withdrawal_receipt"
    CONFIRM_CONSENT = "confirm_consent"
    NEW_LINK = "new_link"
    # To "yes, call me": what came of it.
    ANSWER = "answer"
    DELETION_RECEIPT = "deletion_receipt"


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a letter may go.

    Attributes:
        basis: what it rests on; None where it may not go.
        consent_id: the row of it; None of a request or introduction.
        refusal: why it may not go; None where it may.
        since: the day from which the basis holds, as an ISO date; empty of a request or introduction.
        until: the last day, as an ISO date; None where there is none.
    """

    allowed: bool
    basis: Basis | None = None
    consent_id: str | None = None
    refusal: Refusal | None = None
    since: str = ""
    until: str | None = None

    @property
    def reason(self) -> str:
        """A code for tables: the basis, or why not."""
        return (self.basis or self.refusal or Refusal.NOTHING).value


@dataclass(frozen=True, slots=True)
class ConsentDraft:
    """A reason that is still to be recorded.

    Attributes:
        source: the document or action that shows it.
        obtained: the day of the event; of a membership since when it is known.
        ended: when the membership or contract ended or will end, where that is known.
        relevance: of a published address: what our letters have to do with its holder's work.
    """

    email: str = field(repr=False)
    basis: Basis
    source: str = field(repr=False)
    obtained: date
    contact_id: str | None = None
    firm_id: str | None = None
    ended: date | None = None
    relevance: str = field(default="", repr=False)

    def checked(self, today: date) -> ConsentDraft:
        """The same with its address folded.

        Raises:
            Invalid: it proves nothing, or its day is still to come.
        """
        source, relevance = " ".join(self.source.split()), " ".join(self.relevance.split())
        if self.basis not in RECORDED:
            raise Invalid("basis", _("Choose one of these."))
        if not source:
            raise Invalid("source", _("Write what shows it: a document, a call with its day, a web page."))
        if len(source) + len(relevance) > MOST_SOURCE:
            raise Invalid("source", _("This is too long: expected at most %(most)s characters.", most=MOST_SOURCE))
        if self.obtained > today:
            raise Invalid("obtained", _("This day is still to come: write the day on which it happened."))
        if self.basis is Basis.PUBLISHED and not relevance:
            raise Invalid("relevance", _("Write what our letters have to do with their work."))
        email = staff.check_email(self.email)
        return replace(self, email=email, source=source, relevance=relevance)


def may_send_in(
    tx: Connection, *, email: str, purpose: LetterPurpose, moment: datetime, request_id: str | None = None,
    introduction_id: str | None = None,
) -> Permission:  # fmt: skip
    """Whether a letter may go to an address now, and why.

    Args:
        tx: any transaction.
        email: whom it goes to.
        purpose: what it is for.
        moment: of sending.
        request_id: what it answers.
        introduction_id: what it is about.
    """
    email = fold_email(email)
    rows = repository.of_emails(tx, [email]).get(email, [])
    verdict = judge(
        purpose, moment, grants=_grants(rows), stops=_stops(repository.stops_of(tx, [email]).get(email, [])),
        request=_request(tx, request_id, email), agreed_on=_agreed_on(tx, introduction_id, email),
    )  # fmt: skip
    return _permission(verdict, {row.id: row for row in rows})


def permissions_of(
    tx: Connection, emails: Collection[str], purpose: LetterPurpose, moment: datetime
) -> dict[str, Permission]:
    """The same for many addresses with few queries; for letters that rest on a row. By address as it was given."""
    folded = {email: fold_email(email) for email in emails}
    rows, stops = repository.of_emails(tx, folded.values()), repository.stops_of(tx, folded.values())
    found = {}
    for given, email in folded.items():
        mine = rows.get(email, [])
        verdict = judge(purpose, moment, grants=_grants(mine), stops=_stops(stops.get(email, [])))
        found[given] = _permission(verdict, {row.id: row for row in mine})
    return found


def of_contacts(tx: Connection, ids: Collection[str]) -> dict[str, list[Consent]]:
    """Reasons by contact, the oldest first, withdrawn ones too."""
    return repository.of_contacts(tx, ids)


def holds(row: Consent, moment: datetime) -> bool:
    """Whether a reason is in force, stops aside."""
    return any(one.holds(moment) for one in _grants([row]))


def record_in(tx: Connection, caller_id: str, draft: ConsentDraft) -> Consent:
    """Record a reason.

    Raises:
        Invalid: it proves nothing.
    """
    return record_all_in(tx, caller_id, [draft])[0]


def record_all_in(tx: Connection, caller_id: str, drafts: Iterable[ConsentDraft]) -> list[Consent]:
    """Record many.

    Raises:
        Invalid: one of them proves nothing.
    """
    moment = now()
    rows = []
    for given in drafts:
        draft = given.checked(day_of(moment))
        expires = expires_of(draft.basis, draft.obtained, ended=draft.ended)
        source = f"{draft.source} · {draft.relevance}" if draft.relevance else draft.source
        rows.append(
            Consent(
                str(uuid.uuid4()), draft.email, draft.contact_id, draft.firm_id, draft.basis.value, LISTS, source,
                draft.obtained.isoformat(), expires.isoformat() if expires else None, None, "", caller_id, moment,
            )
        )  # fmt: skip
    repository.add(tx, rows)
    return rows


def confirm_in(tx: Connection, draft: ConsentDraft, *, by: str) -> Consent:
    """Record what a person has just said yes to by the link in a letter to them: it lifts their own withdrawal.

    A complaint stays: it was made to others, and one click does not take it back.
    """
    consent = record_in(tx, by, draft)
    repository.lift(tx, consent.email, reason=StopReason.WITHDRAWN.value, by=by, moment=consent.recorded_at)
    return consent


def withdraw_in(tx: Connection, email: str, *, how: str, by: str, moment: datetime) -> bool:
    """Take back every reason of an address and stop it, at once; a second time changes nothing.

    Args:
        tx: a writing transaction.
        email: or its hash, of somebody who was deleted.
        how: what the person did, for the proof.
        by: who recorded it.
        moment: when.

    Returns:
        Whether anything changed.
    """
    email = fold_email(email)
    n = repository.withdraw_of(tx, email, how=how, moment=moment)
    return stop_in(tx, email, StopReason.WITHDRAWN, how, by, moment=moment) or n > 0


def stop_in(
    tx: Connection, email: str, reason: StopReason, details: str, by: str, *, moment: datetime | None = None
) -> bool:
    """Stop an address; says whether it was not stopped for this reason already.

    Whoever complains takes back every reason too, so that nothing stands up again if the stop is ever lifted.
    """
    email, moment = fold_email(email), moment or now()
    if reason is StopReason.COMPLAINED:
        repository.withdraw_of(tx, email, how="complained", moment=moment)
    there = repository.stops_of(tx, [email]).get(email, [])
    if any(one.reason == reason.value and one.lifted_at is None for one in there):
        return False
    repository.add_stop(tx, StopRow(str(uuid.uuid4()), email, reason.value, details, moment, by, None, None))
    return True


def membership_changed_in(
    tx: Connection, caller_id: str, firm_id: str, before: bool | None, after: bool | None
) -> None:  # fmt: skip
    """Follow what our list says of a firm: that it is a member proves nothing by itself, that it is none ends it."""
    if after is not True and before is not after:
        end_membership_in(tx, caller_id, [firm_id], ended=None, source=_NO_MEMBER)


def end_membership_in(
    tx: Connection, caller_id: str, firm_ids: Collection[str], *, ended: date | None, source: str
) -> int:
    """Note that firms are no members any more: two years are left to write to their people.

    The open row is withdrawn, and one with an end is recorded in its place.

    Args:
        tx: a writing transaction.
        caller_id: who recorded it.
        firm_ids: whose people.
        ended: the day; None where nobody knows it: then the last day on which something showed the membership.
        source: what shows it.

    Returns:
        How many addresses this is about.
    """
    rows = repository.open_members_of(tx, firm_ids)
    moment = now()
    repository.withdraw(tx, [row.id for row in rows], how=source, moment=moment)
    latest = {row.email: row for row in rows}
    drafts = [
        ConsentDraft(
            row.email, Basis.MEMBER, f"{row.source[:800]} · {source}", date.fromisoformat(row.obtained), row.contact_id,
            row.firm_id, ended=ended or date.fromisoformat(row.obtained),
        )
        for row in latest.values()
    ]  # fmt: skip
    return len(record_all_in(tx, caller_id, drafts))


def ask_in(
    tx: Connection, kind: RequestKind | str, email: str, contact_id: str | None, details: str, valid_for: timedelta
) -> str:
    """Note what somebody has just asked us for, so that one letter may answer it.

    Returns:
        Its id, for ``Letter.request_id`` and ``may_send_in``.
    """
    moment, request_id = now(), str(uuid.uuid4())
    row = RequestRow(
        request_id, RequestKind(kind).value, fold_email(email), contact_id, details, moment, moment + valid_for, None
    )
    repository.add_request(tx, row)
    return request_id


def used_in(tx: Connection, request_id: str, moment: datetime) -> None:
    """Note that a request was answered: it justifies no second letter."""
    repository.use_request(tx, request_id, moment)


def why_words(found: Permission | Consent) -> str:
    """Why we may write, for the foot of a letter: "is a member (since 2024)", in the language at hand."""
    if isinstance(found, Consent):
        basis, since, until = Basis(found.basis), found.obtained, found.expires
    elif found.basis is None:
        return refusal_words(found)
    else:
        basis, since, until = found.basis, found.since, found.until
    year, day = since[:4], format_date(date.fromisoformat(since), "long", locale=locale()) if since else ""
    if basis is Basis.EXPRESS:
        return _("agreed to these letters (%(day)s)", day=day)
    if basis is Basis.MEMBER:
        if until:
            return _("is or was a member in the last two years")
        return _("is a member (since %(year)s)", year=year)
    if basis is Basis.PURCHASE:
        return _("bought from us or had a contract with us (%(year)s)", year=year)
    if basis is Basis.INQUIRY:
        return _("asked us something (%(day)s)", day=day)
    if basis is Basis.PUBLISHED:
        return _("shows this address in public for such work")
    if basis is Basis.REQUESTED:
        return _("has just asked us for this")
    return _("said yes to this introduction")


def refusal_words(permission: Permission) -> str:
    """Why a letter may not go, in the language at hand; empty where it may."""
    said = {
        Refusal.WITHDRAWN: _("asked for no more mail"),
        Refusal.BOUNCED: _("mail to this address came back"),
        Refusal.COMPLAINED: _("complained about our mail"),
        Refusal.LAPSED: _("the time in which we may write is over"),
        Refusal.NOTHING: _("nothing shows that we may write"),
        Refusal.NOT_ASKED: _("nobody asked for this, or too long ago"),
        Refusal.ANSWERED: _("this was answered already"),
        Refusal.NOT_AGREED: _("not both sides have said yes"),
    }
    return said[permission.refusal] if permission.refusal else ""


def _permission(verdict: Verdict, rows: Mapping[str, Consent]) -> Permission:
    row = rows.get(verdict.grant_id or "")
    return Permission(
        verdict.refusal is None, verdict.basis, verdict.grant_id, verdict.refusal, row.obtained if row else "",
        verdict.until.isoformat() if verdict.until else None,
    )  # fmt: skip


def _grants(rows: Iterable[Consent]) -> list[Grant]:
    return [
        Grant(
            row.id, Basis(row.basis), date.fromisoformat(row.obtained),
            date.fromisoformat(row.expires) if row.expires else None, row.withdrawn_at,
        )
        for row in rows
        if row.purpose == LISTS
    ]  # fmt: skip


def _stops(rows: Iterable[StopRow]) -> list[Stop]:
    return [Stop(StopReason(row.reason), row.stopped_at, row.lifted_at) for row in rows]


def _request(tx: Connection, request_id: str | None, email: str) -> Request | None:
    row = repository.find_request(tx, request_id) if request_id else None
    if row is None or row.email != email:
        return None
    return Request(row.asked_at, row.expires_at, repository.is_answered(tx, row))


def _agreed_on(tx: Connection, introduction_id: str | None, email: str) -> date | None:
    moment = repository.both_said_yes_at(tx, introduction_id, email) if introduction_id else None
    return None if moment is None else day_of(moment)
