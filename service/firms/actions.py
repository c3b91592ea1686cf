"""What can be done with a firm: every write is one transaction with its audit row, searchable when it returns."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection

from matcher import Firm, Statement, firm_from_row, mask_contacts, mask_firm, slug, statement_id, to_dict
from service import audit, idempotency
from service.clock import today
from service.consent import ledger
from service.context import Services
from service.db import Database, next_change
from service.errors import Conflict, Invalid, NotFound
from service.firms import belongings, repository
from service.firms.schemas import firm_row
from service.firms.words import RESERVED
from service.idempotency import Answer
from service.paging import Page, decode_cursor, page_of
from service.records import Stored, check_version
from service.security import Caller


def get_firm(services: Services, firm_id: str) -> Stored[Firm]:
    """One firm.

    Raises:
        NotFound: it is not there.
    """
    with services.database.read() as tx:
        return check_version(repository.find(tx, firm_id), "firm", firm_id, None)


def list_firms(
    services: Services, *, cursor: str | None, limit: int, q: str | None, kind: str | None, member: bool | None
) -> Page[Stored[Firm]]:
    """Firms in the order of their ids; ``q`` finds words of name or town."""
    after = decode_cursor(cursor)
    with services.database.read() as tx:
        rows = repository.list_firms(tx, after=after, limit=limit, q=q, kind=kind, member=member)
    return page_of(rows, limit, lambda stored: stored.id)


def history(services: Services, firm_id: str) -> list[dict[str, Any]]:
    """What was done with a firm, newest first; of a deleted one, that it was deleted."""
    with services.database.read() as tx:
        return audit.history(tx, "firm", firm_id)


def create_firm(
    services: Services, caller: Caller, row: dict[str, Any], *, key: str | None = None, mark: str = ""
) -> Answer:
    """Store a new firm.

    Args:
        services: the parts of this process.
        caller: who does it.
        row: as :func:`matcher.firm_from_row` reads it; without an id one is made from the name.
        key: Idempotency-Key.
        mark: fingerprint of the request.

    Raises:
        RowError: the row makes no sense.
        Conflict: there is a firm of this id.
    """
    row = {**row, "id": row.get("id") or slug(str(row.get("name", "")))}
    firm, n_masked = mask_firm(firm_from_row(row))

    def make() -> Answer:
        change = next_change(tx)
        if repository.find(tx, firm.id) is not None:
            raise Conflict(f"there is a firm {firm.id!r} already: change that one, or give this one another id")
        stored = repository.insert_firm(tx, firm, change)
        audit.record(tx, caller, "firm.create", "firm", firm.id, version=1, details={"masked": n_masked})
        return Answer(201, orjson.dumps(firm_row(stored)), "firm", firm.id)

    with services.database.write() as tx:
        answer = idempotency.once(tx, caller, key, mark, make)
    services.index_changes()
    return answer


def free_id(database: Database, name: str) -> str:
    """An id for a new firm of this name that no firm has, and no page."""
    base = slug(name)
    with database.read() as tx:
        for n in itertools.count(1):
            key = base if n == 1 else f"{base[:70]}-{n}"
            if key not in RESERVED and repository.find(tx, key) is None:
                return key
    raise AssertionError("counting does not end")


def replace_firm(
    services: Services, caller: Caller, firm_id: str, row: dict[str, Any], *, expected: int | None
) -> tuple[Stored[Firm], bool]:
    """Put a firm in the place of what is there, or store it anew.

    Returns:
        The firm as stored, and whether it is new.

    Raises:
        Stale: it has changed since ``expected``.
        Invalid: the row names another id.
    """
    if row.get("id") not in (None, firm_id):
        raise Invalid("id", f"the body names firm {row['id']!r}, the address {firm_id!r}: expected the same")
    firm, n_masked = mask_firm(firm_from_row({**row, "id": firm_id}))
    with services.database.write() as tx:
        change = next_change(tx)
        stored = repository.find(tx, firm_id)
        is_new = stored is None
        if stored is None and expected is None:
            written = repository.insert_firm(tx, firm, change)
        else:
            stored = check_version(stored, "firm", firm_id, expected)
            written = repository.update_firm(tx, stored, firm, change)
            ledger.membership_changed_in(tx, caller.id, firm_id, stored.record.member, firm.member)
        action = "firm.create" if is_new else "firm.replace"
        audit.record(tx, caller, action, "firm", firm_id, version=written.version, details={"masked": n_masked})
    services.index_changes()
    return written, is_new


def patch_firm(
    services: Services, caller: Caller, firm_id: str, changes: dict[str, Any], *, expected: int | None
) -> Stored[Firm]:
    """Change some fields; lists of the short form (``capabilities`` and so on) add statements.

    Raises:
        NotFound, Stale, RowError: as for the other writes.
    """

    def edit(firm: Firm) -> Firm:
        return firm_from_row({**to_dict(firm), **changes, "id": firm.id})

    return _edit(services, caller, firm_id, "firm.patch", edit, expected, {"fields": sorted(changes)})


def delete_firm(services: Services, caller: Caller, firm_id: str, *, expected: int | None) -> None:
    """Delete a firm for good, with all that hangs on it: statements, contacts, calls, introductions, opinions.

    What imports remember of it and stored answers go too. The audit keeps the id, and how much was deleted.

    Raises:
        NotFound, Stale: as for the other writes.
    """
    with services.database.write() as tx:
        stored = delete_firm_in(tx, caller, firm_id, expected=expected)
    services.index_changes()
    services.forget_vectors(stored.record)


def delete_firm_in(tx: Connection, caller: Caller, firm_id: str, *, expected: int | None) -> Stored[Firm]:
    """Delete a firm in a transaction at hand; the caller then indexes, and forgets its vectors."""
    change = next_change(tx)
    stored = check_version(repository.find(tx, firm_id), "firm", firm_id, expected)
    removed = belongings.remove(tx, firm_id)
    repository.delete_firm(tx, firm_id, change)
    idempotency.forget(tx, "firm", firm_id)
    audit.record(tx, caller, "firm.delete", "firm", firm_id, version=stored.version, details=removed)
    return stored


def delete_firms_in(tx: Connection, caller: Caller, found: Sequence[Stored[Firm]]) -> None:
    """Delete many firms at once, each as :func:`delete_firm_in` does."""
    with_belongings = belongings.owners(tx) & {stored.id for stored in found}
    for firm_id in sorted(with_belongings):
        belongings.remove(tx, firm_id)
    last = next_change(tx, len(found)) if found else 0
    numbers = range(last - len(found) + 1, last + 1)
    repository.delete_firms(tx, {stored.id: number for stored, number in zip(found, numbers, strict=True)})
    idempotency.forget(tx, "firm", *(stored.id for stored in found))
    audit.record_all(tx, caller, "firm.delete", "firm", {stored.id: stored.version for stored in found})


def add_statement(
    services: Services, caller: Caller, firm_id: str, row: dict[str, Any], *, expected: int | None,
    key: str | None = None, mark: str = "",
) -> Answer:  # fmt: skip
    """Add one statement.

    Raises:
        Conflict: the firm says it already.
        NotFound, Stale, RowError: as for the other writes.
    """

    def edit(firm: Firm) -> Firm:
        if any(s.id == added_id for s in firm.statements):
            raise Conflict(f"firm {firm_id!r} has statement {added_id!r} already")
        return firm_from_row({**to_dict(firm), "statements": [*to_dict(firm)["statements"], row]})

    added_id = row.get("id") or statement_id(row["kind"], row["text"].strip())

    def make() -> Answer:
        stored = _edit_in(tx, caller, firm_id, "statement.add", edit, expected, {"statement": added_id})
        added = next(s for s in stored.record.statements if s.id == added_id)
        return Answer(201, orjson.dumps({**to_dict(added), "version": stored.version}), "firm", firm_id)

    with services.database.write() as tx:
        answer = idempotency.once(tx, caller, key, mark, make)
    services.index_changes()
    return answer


def add_statements(
    services: Services, caller: Caller, firm_id: str, rows: Sequence[dict[str, Any]], *, how: str | None = None,
    expected: int | None,
) -> tuple[Stored[Firm], int]:  # fmt: skip
    """Add several statements at once, such as the lines of a draft; what the firm says already is passed over.

    Args:
        services: the parts of this process.
        caller: who does it.
        firm_id: of the firm.
        rows: as :func:`add_statement` takes them; ``confirmed`` with ``date`` where the firm said so itself.
        how: how they are known, such as "by phone"; kept in the history, with contact data masked.
        expected: version that the caller read.

    Returns:
        The firm, and how many statements are new.

    Raises:
        NotFound, Stale, RowError: as for the other writes.
    """
    added: dict[str, dict[str, Any]] = {}
    for row in rows:
        text, _n = mask_contacts(row["text"].strip())
        added.setdefault(row.get("id") or statement_id(row["kind"], text), {**row, "text": text})

    def edit(firm: Firm) -> Firm:
        for statement in firm.statements:
            added.pop(statement.id, None)
        new = [{**row, "id": key} for key, row in added.items()]
        return firm_from_row({**to_dict(firm), "statements": [*to_dict(firm)["statements"], *new]})

    confirmed = [key for key, row in added.items() if row.get("confirmed")]
    details = {"statements": list(added), "confirmed": confirmed, "note": mask_contacts(how or "")[0]}
    return _edit(services, caller, firm_id, "statement.add", edit, expected, details), len(added)


def confirm_statements(
    services: Services, caller: Caller, firm_id: str, keys: Collection[str], *, how: str | None, date: str | None,
    expected: int | None,
) -> Stored[Firm]:  # fmt: skip
    """Note that the firm, or staff speaking with it, confirmed several statements; they hold as of that day.

    Raises:
        NotFound: the firm has none of this id.
        Stale, RowError: as for the other writes.
    """
    day = date or today().isoformat()

    def edit(firm: Firm) -> Firm:
        unknown = set(keys) - {s.id for s in firm.statements}
        if unknown:
            raise NotFound(f"firm {firm_id!r} has no statement {min(unknown)!r}")
        statements = (dataclasses.replace(s, confirmed=True, date=day) if s.id in keys else s for s in firm.statements)
        return firm_from_row(to_dict(dataclasses.replace(firm, statements=tuple(statements))))

    details = {"statements": sorted(keys), "note": mask_contacts(how or "")[0]}
    return _edit(services, caller, firm_id, "statement.confirm", edit, expected, details)


def edit_statement(
    services: Services, caller: Caller, firm_id: str, key: str, changes: dict[str, Any], *, expected: int | None
) -> Stored[Firm]:
    """Correct a statement: new words are not confirmed by anybody yet. Its id stays."""

    def correct(statement: Statement) -> Statement:
        words_changed = "text" in changes and changes["text"] != statement.text
        confirmed = statement.confirmed and not words_changed
        return dataclasses.replace(statement, **changes, confirmed=confirmed)

    return _edit_statement(services, caller, firm_id, key, "statement.edit", correct, expected, sorted(changes))


def confirm_statement(
    services: Services, caller: Caller, firm_id: str, key: str, *, how: str | None, date: str | None,
    expected: int | None,
) -> Stored[Firm]:  # fmt: skip
    """Note that the firm, or staff speaking with it, confirmed a statement; it holds as of that day."""

    def confirm(statement: Statement) -> Statement:
        return dataclasses.replace(statement, confirmed=True, date=date or today().isoformat())

    return _edit_statement(
        services, caller, firm_id, key, "statement.confirm", confirm, expected, mask_contacts(how or "")[0]
    )


def retract_statement(
    services: Services, caller: Caller, firm_id: str, key: str, *, expected: int | None
) -> Stored[Firm]:
    """Take a statement away; a later import of the same file does not bring it back."""
    return _edit_statement(services, caller, firm_id, key, "statement.retract", lambda _: None, expected, None)


def _edit_statement(
    services: Services, caller: Caller, firm_id: str, key: str, action: str,
    change: Callable[[Statement], Statement | None], expected: int | None,
    note: Any,  # noqa: ANN401 - goes to the audit as it is
) -> Stored[Firm]:  # fmt: skip
    def edit(firm: Firm) -> Firm:
        found = next((s for s in firm.statements if s.id == key), None)
        if found is None:
            raise NotFound(f"firm {firm_id!r} has no statement {key!r}")
        changed = change(found)
        kept = [changed if s.id == key else s for s in firm.statements]
        return firm_from_row(to_dict(dataclasses.replace(firm, statements=tuple(s for s in kept if s is not None))))

    return _edit(services, caller, firm_id, action, edit, expected, {"statement": key, "note": note})


def _edit(
    services: Services, caller: Caller, firm_id: str, action: str, edit: Callable[[Firm], Firm], expected: int | None,
    details: dict[str, Any],
) -> Stored[Firm]:  # fmt: skip
    with services.database.write() as tx:
        written = _edit_in(tx, caller, firm_id, action, edit, expected, details)
    services.index_changes()
    return written


def _edit_in(
    tx: Connection, caller: Caller, firm_id: str, action: str, edit: Callable[[Firm], Firm], expected: int | None,
    details: dict[str, Any],
) -> Stored[Firm]:  # fmt: skip
    change = next_change(tx)
    stored = check_version(repository.find(tx, firm_id), "firm", firm_id, expected)
    firm, n_masked = mask_firm(edit(stored.record))
    written = repository.update_firm(tx, stored, firm, change)
    ledger.membership_changed_in(tx, caller.id, firm_id, stored.record.member, firm.member)
    audit.record(tx, caller, action, "firm", firm_id, version=written.version, details={**details, "masked": n_masked})
    return written
