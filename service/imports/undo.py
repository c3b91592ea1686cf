"""Taking a whole import back: what nobody has touched since goes, or becomes what it was; the rest stays."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from matcher import Firm, firm_from_row
from service import audit, jobs
from service.clock import now
from service.consent import forgetting_repository
from service.consent import repository as consent_repository
from service.contacts import repository as contacts_repository
from service.context import Services
from service.db import next_change
from service.errors import Conflict, NotFound
from service.firms import actions as firm_actions
from service.firms import belongings
from service.firms import repository as firms_repository
from service.imports import repository
from service.imports.actions import KIND
from service.imports.people import member_source
from service.imports.repository import Undo
from service.jobs import State
from service.records import Stored
from service.security import Caller
from service.words import _


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did.

    Attributes:
        removed: firms that are gone again.
        put_back: firms that are what they were.
        kept: ids of firms that somebody has worked with since, and that stay as they are.
        people: contacts that are gone again.
    """

    removed: int
    put_back: int
    kept: tuple[str, ...]
    people: int


def undo(services: Services, caller: Caller, job_id: str) -> Undone:
    """Take an import of firms back.

    Raises:
        NotFound: there is no such import.
        Conflict: it is under way, or was taken back before.
    """
    deleted: list[Firm] = []
    with services.database.write() as tx:
        next_change(tx)  # writers of firms wait from here on
        job = jobs.find(tx, job_id)
        if job is None or job.kind != KIND or job.payload["kind"] != "firms" or job.payload["check"]:
            raise NotFound(_("There is no such list here."))
        result = job.result or {}
        if job.state in (State.QUEUED, State.RUNNING):
            raise Conflict(_("This list is still being read: wait until it is done."))
        if "undone" in result:
            raise Conflict(_("This list was taken back already."))
        consent_repository.withdraw_of_source(tx, member_source(job), how="the list was taken back", moment=now())
        people = _remove_people(tx, result.get("people", {}).get("added", ()))
        rows = repository.undo_rows(tx, job_id)
        stored = firms_repository.find_many(tx, [row.record_id for row in rows])
        kept, put_back = [], 0
        for row in rows:
            here = stored.get(row.record_id)
            if row.version is not None and here is not None:
                if not _is_untouched(tx, here, row):
                    kept.append(row.record_id)
                elif row.before is None:
                    deleted.append(firm_actions.delete_firm_in(tx, caller, row.record_id, expected=None).record)
                    continue
                else:
                    _put_back(tx, caller, here, row, job_id)
                    put_back += 1
            repository.put_base_back(tx, job.payload["source"], job_id, row)
        repository.forget_undo(tx, job_id)
        done = {"at": now().isoformat(), "by": caller.id, "removed": len(deleted), "put_back": put_back, "kept": kept}
        jobs.note(tx, job_id, result={**result, "undone": {**done, "people": people}})
        audit.record(tx, caller, "import.undo", "import", job_id, details={**done, "kept": len(kept)})
    services.index_changes()
    services.forget_vectors(*deleted)
    return Undone(len(deleted), put_back, tuple(kept), people)


def _is_untouched(tx: Connection, here: Stored[Firm], row: Undo) -> bool:
    """Whether nobody changed a firm since the import; one that is new must not have been worked with either."""
    return here.version == row.version and (row.before is not None or not belongings.count(tx, here.id))


def _put_back(tx: Connection, caller: Caller, here: Stored[Firm], row: Undo, job_id: str) -> None:
    assert row.before is not None
    before = firm_from_row(orjson.loads(row.before))
    written = firms_repository.update_firm(tx, here, before, next_change(tx))
    details = {"import": job_id}
    audit.record(tx, caller, "firm.import_undone", "firm", here.id, version=written.version, details=details)


def _remove_people(tx: Connection, ids: list[str]) -> int:
    """Contacts that the import brought and nobody changed since."""
    n = 0
    for key in ids:
        contact = contacts_repository.find(tx, key)
        if contact is not None and contact.version == 1:
            forgetting_repository.forget_contacts(tx, [key], now())
            contacts_repository.remove(tx, key)
            n += 1
    return n
