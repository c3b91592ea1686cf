"""Everything that is held about a firm and the person who asks, as one file: to read, to count with, for programs."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from matcher import slug, to_dict
from service import audit
from service.clock import now
from service.context import Services
from service.firms import notes
from service.firms.words import OWN_PAGE
from service.own_page import repository, views
from service.own_page.actions import shown
from service.own_page.door import Visitor
from service.pages.rendering import environment
from service.setup import repository as setup_repository
from service.words import language

# What only the inside of this service needs, what tells who of the staff did something, and what could sign in.
_INSIDE = frozenset({
    "html", "key", "worker", "lease_until", "attempts", "next_at", "message_id", "error", "consent_id", "csrf",
    "score", "model", "band", "fingerprint", "recorded_by", "officer_id", "stopped_by", "lifted_by", "done_by",
    "run_id", "left_out_because", "answered_by", "changed_by", "version", "unsubscribe", "kept_by",
})  # fmt: skip
_SECRET_IDS = frozenset({"links", "visits"})
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def everything(services: Services, visitor: Visitor) -> tuple[str, bytes]:
    """A file of everything that is held; its name and its bytes.

    Notes of the staff, and lists that never left, are not in it; nor is anybody else of the firm.
    """
    held = collect(services, visitor)
    with services.database.write() as tx:
        chamber = setup_repository.find(tx)
        audit.record(tx, visitor.caller, "contact.download", "contact", visitor.contact.id)
    template = environment(services.settings.timezone).get_template("own_page/everything.html")
    page = template.render(held=held, chamber=chamber, language=language(), made_at=now())
    files = {
        "everything.json": orjson.dumps(held, option=orjson.OPT_INDENT_2, default=str),
        "read-me.html": page.encode(),
        **{
            f"{name}.csv": _csv(held[name])
            for name in ("lines", "opportunities", "introductions", "consents", "letters")
        },
    }
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return f"{slug(visitor.firm.record.name) or 'firm'}.zip", body.getvalue()


def collect(services: Services, visitor: Visitor) -> dict[str, Any]:
    """The same as data."""
    firm, contact = visitor.firm.record, visitor.contact
    told = notes.confirmations_of(services.database, firm.id)
    with services.database.read() as tx:
        rows = repository.held_of(tx, contact)
    sent = {row["id"] for row in rows["lists"] if row["sent_at"] is not None}
    rows["lists"] = [row for row in rows["lists"] if row["id"] in sent]
    rows["opportunities"] = [row for row in rows["opportunities"] if row["list_id"] in sent]
    rows["letters"] = [row for row in rows["letters"] if row["sent_at"] is not None]
    record = to_dict(firm)
    return {
        "firm": {name: value for name, value in record.items() if name != "statements"},
        "lines": [
            {
                **to_dict(one),
                "confirmed_at": told[one.id].at if one.confirmed and one.id in told else None,
                "confirmed_by_you_here": one.confirmed and one.id in told and told[one.id].how == OWN_PAGE,
            }
            for one in shown(firm)
        ],
        "you": {
            name: getattr(contact, name)
            for name in ("name", "role", "email", "telephone", "language", "source", "created_at", "updated_at")
        },
        "introductions": [
            {"project": one.title, "stands": one.stands, "outcome": one.outcome, "at": one.at}
            for one in views.introductions_of(services, firm.id)
        ],
        **{name: [_outside(name, row) for row in found] for name, found in rows.items()},
    }


def _outside(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    hidden = _INSIDE | ({"id"} if name in _SECRET_IDS else set())
    kept = {column: value for column, value in row.items() if column not in hidden}
    for column in ("body", "told"):
        if column in kept:
            kept[column] = orjson.loads(kept[column])
    return kept


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A table that a spreadsheet opens as text: nothing in it is a formula."""
    out = io.StringIO()
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = csv.writer(out)
    table.writerow(columns)
    table.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: object) -> str:
    text = "" if value is None else orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text
