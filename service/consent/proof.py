"""The proof of one address, or of all: every reason and stop, what was asked for, and which letters went."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from service.accounts.repository import fold_email
from service.consent import ledger, repository
from service.db import Database
from service.mail.outbox_repository import LetterPurpose

COLUMNS = ("address", "what", "when", "kind", "shown_by", "until", "ended", "ended_how", "by", "id")
# A cell that begins so is worked out by a spreadsheet instead of being shown.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def proof_of(database: Database, address: str) -> dict[str, Any]:
    """Everything that is known of an address, also by its hash after its people were deleted."""
    return next(iter(proofs(database, [address])))


def proofs(database: Database, addresses: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """The proof of some addresses; of all that anything is known of when none are given."""
    with database.read() as tx:
        wanted = repository.addresses(tx) if addresses is None else [fold_email(one) for one in addresses]
        found = []
        for address in wanted:
            names = sorted({address, repository.hashed(address)})
            rows = repository.of_emails(tx, names)
            stops = {row.id: row for row in _flat(repository.stops_of(tx, names))}
            found.append(
                {
                    "address": address,
                    "reasons": [asdict(row) for row in _flat(rows)],
                    "stops": [asdict(row) for row in stops.values()],
                    "asked_for": [asdict(row) for name in names for row in repository.requests_of(tx, name)],
                    "letters": [row for name in names for row in repository.letters_to(tx, name)],
                }
            )
    return found


def export(database: Database, address: str | None, *, is_json: bool) -> tuple[bytes, int]:
    """The proof of one address or of all as a file, and of how many addresses it is."""
    found = proofs(database, None if address is None else [address])
    return (as_json(found) if is_json else as_csv(found)), len(found)


def as_json(found: object) -> bytes:
    """One proof, or many, as JSON."""
    return orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n"


def as_csv(found: Iterable[dict[str, Any]]) -> bytes:
    """The same as a table, one line a row, for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for proof in found:
        for line in _lines(proof):
            writer.writerow([_cell(value) for value in (proof["address"], *line)])
    return out.getvalue().encode("utf-8-sig")


def _lines(proof: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    for row in proof["reasons"]:
        yield (
            "reason", row["obtained"], row["basis"], row["source"], row["expires"], row["withdrawn_at"],
            row["withdrawn_how"], row["recorded_by"], row["id"],
        )  # fmt: skip
    for row in proof["stops"]:
        yield (
            "stop", row["stopped_at"], row["reason"], row["details"], None, row["lifted_at"], row["lifted_by"],
            row["stopped_by"], row["id"],
        )  # fmt: skip
    for row in proof["asked_for"]:
        yield "asked for", row["asked_at"], row["kind"], "", row["expires_at"], row["used_at"], "", "", row["id"]
    for row in proof["letters"]:
        shown_by = row["consent_id"] or row["request_id"] or ""
        when = row["sent_at"] or row["created_at"]
        yield "letter", when, row["kind"], shown_by, None, None, row["state"], row["sent_how"] or "", row["id"]


def _flat(rows: dict[str, list[Any]]) -> list[Any]:
    return [row for some in rows.values() for row in some]


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def check_words(database: Database, address: str, moment: datetime) -> tuple[bool, list[str]]:
    """Whether lists may go to an address, and lines that say why, for the command line."""
    email = fold_email(address)
    with database.read() as tx:
        permission = ledger.may_send_in(tx, email=email, purpose=LetterPurpose.OPPORTUNITIES, moment=moment)
        row = repository.find(tx, permission.consent_id) if permission.consent_id else None
        stops = [one for one in repository.stops_of(tx, [email]).get(email, []) if one.lifted_at is None]
    if row is not None:
        until = f"until {permission.until}" if permission.until else "until it is withdrawn"
        shown = f"row {row.id}: {row.basis} since {row.obtained}; {row.source}; recorded by {row.recorded_by}"
        return True, [f"yes: {ledger.why_words(permission)}, {until}", shown]
    told = [f"stopped on {one.stopped_at:%Y-%m-%d}: {one.details}" for one in stops]
    return False, [f"no: {ledger.refusal_words(permission)}", *told]
