"""Whom we may e-mail: counts by reason, what ends soon, and which addresses are stopped."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.clock import now
from service.consent import ledger, repository
from service.consent.repository import Consent, Somebody, StopRow
from service.consent.rules import A_YEAR, LAPSES_WITHIN_DAYS, RECORDED, Refusal, add_months, day_of
from service.db import Database
from service.firms import repository as firms_repository
from service.mail.outbox_repository import LetterPurpose

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Lapsing:
    """Somebody to whom we may write until a day that is near.

    Attributes:
        row: the last reason to end.
    """

    person: Somebody
    firm: str
    row: Consent


@dataclass(frozen=True, slots=True)
class Overview:
    """Addresses of people at firms; one that several have counts once.

    Attributes:
        by_reason: how many we may write to, by the strongest reason.
        by_refusal: how many we may not, by why.
        lapsing: at most :data:`MOST_ROWS`, the next one first.
        n_lapsing: all of them.
        stops: at most as many, the newest first, with the contact's id where there is one.
        n_stops: by reason.
        n_old_members: memberships that nothing has shown for a year.
    """

    n_addresses: int
    by_reason: dict[str, int]
    by_refusal: dict[str, int]
    lapsing: tuple[Lapsing, ...]
    n_lapsing: int
    stops: tuple[tuple[StopRow, str | None], ...]
    n_stops: dict[str, int]
    n_old_members: int

    @property
    def n_may(self) -> int:
        """How many addresses lists may go to."""
        return sum(self.by_reason.values())


def look(database: Database) -> Overview:
    """The overview of this moment."""
    moment = now()
    today = day_of(moment)
    with database.read() as tx:
        people = {one.email: one for one in reversed(repository.people_at_firms(tx))}
        found = ledger.permissions_of(tx, list(people), LetterPurpose.OPPORTUNITIES, moment)
        last = (today + timedelta(days=LAPSES_WITHIN_DAYS)).isoformat()
        soon = [email for email, one in found.items() if one.allowed and one.until and one.until <= last]
        held = {email: _in_force(rows, moment) for email, rows in repository.of_emails(tx, soon).items()}
        # Another reason may hold for longer than the strongest one.
        rows = {email: some[-1] for email, some in held.items() if (some[-1].expires or last + "z") <= last}
        ending = sorted(((people[email], row) for email, row in rows.items()), key=_when)
        stops = repository.open_stops(tx, limit=MOST_ROWS)
        n_stops = repository.count_stops(tx)
        names = firms_repository.find_many(tx, {one.firm_id for one, _ in ending[:MOST_ROWS]})
        n_old = repository.count_members_before(tx, add_months(today, -A_YEAR))
    reasons = Counter(one.basis.value for one in found.values() if one.basis)
    refusals = Counter(one.refusal.value for one in found.values() if one.refusal)
    lapsing = tuple(
        Lapsing(one, names[one.firm_id].record.name if one.firm_id in names else "", row)
        for one, row in ending[:MOST_ROWS]
    )
    return Overview(
        len(people), {basis.value: reasons[basis.value] for basis in RECORDED if reasons[basis.value]},
        {one.value: refusals[one.value] for one in Refusal if refusals[one.value]}, lapsing, len(ending),
        tuple((one, people[one.email].contact_id if one.email in people else None) for one in stops), n_stops, n_old,
    )  # fmt: skip


def _in_force(rows: list[Consent], moment: datetime) -> list[Consent]:
    """Those that hold, the last one to end last; one without an end is the very last."""
    held = [row for row in rows if ledger.holds(row, moment)]
    return sorted(held, key=lambda row: (row.expires is None, row.expires or ""))


def _when(ending: tuple[Somebody, Consent]) -> tuple[str, str]:
    return str(ending[1].expires), ending[0].email
