"""What staff decide about firms as such: whether they could fit, and whether they are put away."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from service import audit
from service.clock import now
from service.context import Services
from service.db import Database, next_change
from service.errors import Conflict, Invalid
from service.firms import belongings, notes_repository, repository
from service.firms.notes_repository import Confirmation, FirmNote, FirmQuery, ListedFirm
from service.paging import Page, decode_cursor, page_of
from service.records import check_version
from service.security import Caller
from service.words import _

__all__ = [
    "FITS", "NOT_SORTED", "Confirmation", "FirmNote", "FirmQuery", "ListedFirm", "Listing", "archive", "belongings_of",
    "bring_back", "confirmations_of", "count_firms", "enough_is_known", "list_firms", "names_of", "note_of",
    "set_first_time", "set_fit", "towns",
]  # fmt: skip

FITS = ("could", "not", "unsure")
NOT_SORTED = notes_repository.NOT_SORTED
_BETWEEN = "\n"


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of firms and how many there are in all."""

    page: Page[ListedFirm]
    n_found: int
    n_firms: int


def list_firms(database: Database, query: FirmQuery, *, cursor: str | None, limit: int) -> Listing:
    """Firms by name.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    after = decode_cursor(cursor)
    name, _between, key = (after or "").partition(_BETWEEN)
    with database.read() as tx:
        rows = notes_repository.search(tx, query, after=(name, key) if after else None, limit=limit)
        n_found = notes_repository.count(tx, query)
        n_firms = repository.count(tx)
    page = page_of(rows, limit, lambda row: f"{row.sort_name}{_BETWEEN}{row.firm.id}")
    return Listing(page, n_found, n_firms)


def count_firms(database: Database, query: FirmQuery) -> int:
    """How many firms a query finds."""
    with database.read() as tx:
        return notes_repository.count(tx, query)


def towns(database: Database) -> list[str]:
    """Towns of firms, those with most firms first."""
    with database.read() as tx:
        return notes_repository.towns(tx)


def note_of(database: Database, firm_id: str) -> FirmNote | None:
    """What was decided about a firm; None: nothing."""
    with database.read() as tx:
        return notes_repository.notes_of(tx, [firm_id]).get(firm_id)


def set_fit(database: Database, caller: Caller, ids: Collection[str], fit: str | None) -> int:
    """Sort some firms; None takes the decision back. Those that are not there any more are passed over.

    Returns:
        How many were sorted.

    Raises:
        Invalid: ``fit`` is none of :data:`FITS`.
    """
    if fit is not None and fit not in FITS:
        raise Invalid("fit", _("Choose one of these."))
    with database.write() as tx:
        there = notes_repository.existing(tx, ids)
        notes_repository.decide(tx, there, by=caller.id, at=now(), fit=fit)
        for key in there:
            audit.record(tx, caller, "firm.sort", "firm", key, details={"fit": fit})
    return len(there)


def set_first_time(database: Database, caller: Caller, firm_id: str, first_time: bool | None) -> None:
    """Note whether a firm never worked with the cluster before; None: not known.

    Raises:
        NotFound: it is not there.
    """
    with database.write() as tx:
        check_version(repository.find(tx, firm_id), "firm", firm_id, None)
        notes_repository.decide(tx, [firm_id], by=caller.id, at=now(), first_time=first_time)
        audit.record(tx, caller, "firm.first_time", "firm", firm_id, details={"first_time": first_time})


def archive(services: Services, caller: Caller, firm_id: str) -> None:
    """Put a firm away: it stays with all that hangs on it, and stands in no ranking.

    Raises:
        NotFound: it is not there.
        Conflict: it is put away already.
    """
    _set_archived(services, caller, firm_id, archived=True)


def bring_back(services: Services, caller: Caller, firm_id: str) -> None:
    """Bring a firm back that was put away.

    Raises:
        NotFound: it is not there.
        Conflict: it is not put away.
    """
    _set_archived(services, caller, firm_id, archived=False)


def _set_archived(services: Services, caller: Caller, firm_id: str, *, archived: bool) -> None:
    with services.database.write() as tx:
        change = next_change(tx)
        check_version(repository.find(tx, firm_id), "firm", firm_id, None)
        note = notes_repository.notes_of(tx, [firm_id]).get(firm_id)
        if archived == (note is not None and note.archived_at is not None):
            raise Conflict(_("Somebody has done this already."))
        moment = now()
        notes_repository.decide(tx, [firm_id], by=caller.id, at=moment, archived_at=moment if archived else None)
        # The index follows firms by their change number.
        repository.touch(tx, firm_id, change)
        audit.record(tx, caller, "firm.archive" if archived else "firm.bring_back", "firm", firm_id)
    services.index_changes()


def belongings_of(database: Database, firm_id: str) -> dict[str, int]:
    """What would be deleted with a firm, by kind: how many contacts, calls, introductions and so on."""
    with database.read() as tx:
        return belongings.count(tx, firm_id)


def names_of(database: Database, ids: Collection[str]) -> dict[str, str]:
    """Names of firms by id; those that are not there are left out."""
    with database.read() as tx:
        return notes_repository.names(tx, ids)


def confirmations_of(database: Database, firm_id: str) -> dict[str, Confirmation]:
    """Who noted last that each statement of a firm was confirmed, by the statement's id."""
    with database.read() as tx:
        return notes_repository.confirmations(tx, firm_id)


def enough_is_known(services: Services) -> Callable[[str], bool]:
    """A question about a firm's id: does its profile say enough to be ranked?

    Raises:
        IndexNotReady: the index is still being opened.
    """
    matcher = services.follower.fresh()
    view, least = matcher.view, matcher.config.thin_words

    def knows(firm_id: str) -> bool:
        position = view.position(firm_id)
        return position is not None and int(view.n_words[position]) >= least

    return knows
