"""What an import would change in a firm, for people to read before it is done."""

from __future__ import annotations

from typing import Any

from matcher import Firm

FIELDS = (
    "name",
    "kind",
    "city",
    "province",
    "country",
    "postal_code",
    "website",
    "employees",
    "member",
    "group",
    "lang",
)
MOST = 12


def seen_new(firm: Firm) -> dict[str, Any]:
    """A firm that is not there yet: its name, town, and the first things that it says."""
    said = [statement.text for statement in firm.statements if statement.kind.value not in ("note", "membership")]
    return {"name": firm.name, "city": firm.city or "", "says": [text[:120] for text in said[:3]]}


def seen_change(before: Firm, after: Firm) -> dict[str, Any]:
    """How a firm differs: rows of (``field``, name, before, after), and statements that come or go."""
    rows: list[list[str]] = []
    for name in FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            rows.append(["field", name, _text(old), _text(new)])
    held, now = ({s.id: s for s in firm.statements} for firm in (before, after))
    rows += [["gone", s.kind.value, s.text[:200], ""] for key, s in held.items() if key not in now]
    for key, statement in now.items():
        earlier = held.get(key)
        if earlier is None:
            rows.append(["new", statement.kind.value, "", statement.text[:200]])
        elif earlier.text != statement.text:
            rows.append(["text", statement.kind.value, earlier.text[:200], statement.text[:200]])
        elif earlier != statement:
            rows.append(["origin", statement.kind.value, statement.text[:200], ""])
    return {"name": before.name, "rows": rows[:MOST], "n_more": max(0, len(rows) - MOST)}


def _text(value: object) -> str:
    return "" if value is None else str(value)
