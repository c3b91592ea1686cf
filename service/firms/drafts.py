"""Drafts of what a firm does, from a pasted text, a file or its website: shown first, stored when somebody says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matcher import Firm, FirmDraft, SourceError, Statement, draft_firm, read_brief_bytes
from service.clock import today
from service.context import Services
from service.errors import Invalid
from service.firms import actions
from service.firms.website import FIELD, Reader
from service.records import Stored
from service.security import Caller
from service.words import _, ngettext

MOST_TEXT = 100_000
MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class Draft:
    """Lines to look at, and what a person should know of the reading.

    Attributes:
        employees: a headcount that the text states exactly, or None.
        notes: how much was read and left out, in words.
    """

    lines: tuple[Statement, ...]
    employees: int | None
    notes: tuple[str, ...]


def from_text(text: str) -> Draft:
    """A draft of a pasted text.

    Raises:
        Invalid: there is nothing in it that says what the firm does.
    """
    if not text.strip():
        raise Invalid("text", _("Paste a text first."))
    if len(text) > MOST_TEXT:
        raise Invalid("text", _("This is too long: expected at most %(most)s characters.", most=MOST_TEXT))
    return _draft([draft_firm(text, source=_("pasted text"))], "text", [])


def from_file(filename: str, data: bytes) -> Draft:
    """A draft of a file: PDF, Word, HTML, text or e-mail.

    Raises:
        Invalid: it cannot be read, or says nothing of what the firm does.
    """
    pages = _pages(filename, data, "file")
    found = draft_firm("\n".join(pages), source=filename[:200])
    return _draft([found], "file", [ngettext("%(num)s page was read.", "%(num)s pages were read.", len(pages))])


def from_website(address: str, reader: Reader) -> Draft:
    """A draft of a website, with the page that each line stands on.

    Raises:
        Invalid: it cannot be read, its owner does not want it, or it says nothing of what the firm does.
    """
    visited = reader.read(address)
    day, found, n_read = today().isoformat(), [], 0
    for page in visited.pages:
        try:
            pages = _pages("page.html", page.data, FIELD)
        except Invalid:
            continue  # a page of pictures among others
        n_read += 1
        found.append(draft_firm("\n".join(pages), source=page.address[:500], date=day))
    notes = [ngettext("%(num)s page was read.", "%(num)s pages were read.", n_read)]
    if visited.forbidden:
        notes.append(
            ngettext(
                "%(num)s page was passed over: the website asks programs not to read it.",
                "%(num)s pages were passed over: the website asks programs not to read them.", visited.forbidden,
            )
        )  # fmt: skip
    return _draft(found, FIELD, notes)


def _pages(filename: str, data: bytes, field: str) -> tuple[str, ...]:
    try:
        return read_brief_bytes(data, filename).pages
    except SourceError as error:
        hint = _("This cannot be read as text. Open it, copy the words, and paste them here.")
        raise Invalid(field, hint) from error


def _draft(found: Sequence[FirmDraft], field: str, notes: list[str]) -> Draft:
    lines = {one.id: one for draft in reversed(found) for one in draft.statements}
    # The first page that says something is the one to quote.
    ordered = [lines[key] for key in dict.fromkeys(one.id for draft in found for one in draft.statements)]
    if not ordered:
        raise Invalid(field, _("Nothing in it says what the firm makes or does. Paste the part that does."))
    counts = {draft.employees for draft in found if draft.employees is not None}
    n_left_out = sum(draft.n_left_out for draft in found)
    if n_left_out:
        notes.append(
            ngettext(
                "%(num)s sentence was left out: it says nothing of what they do.",
                "%(num)s sentences were left out: they say nothing of what the firm does.", n_left_out,
            )
        )  # fmt: skip
    if len(ordered) > MOST_LINES or any(draft.is_cut for draft in found):
        notes.append(_("There was more than fits here: these are the first lines."))
    return Draft(tuple(ordered[:MOST_LINES]), counts.pop() if len(counts) == 1 else None, tuple(notes))


def store(
    services: Services, caller: Caller, firm_id: str, rows: Sequence[dict[str, Any]], employees: int | None
) -> tuple[Stored[Firm], int]:
    """Store the lines that somebody kept; none is confirmed.

    Returns:
        The firm, and how many lines are new.

    Raises:
        NotFound: the firm is not there.
        RowError: a line makes no sense.
    """
    stored, n_new = actions.add_statements(
        services, caller, firm_id, [{**row, "confirmed": False} for row in rows], expected=None
    )
    if employees is not None and stored.record.employees != employees:
        stored = actions.patch_firm(services, caller, firm_id, {"employees": employees}, expected=None)
    return stored, n_new
