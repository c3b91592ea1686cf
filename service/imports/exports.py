"""Our list as a workbook: what the lists said, with everything that was added since."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Sequence

from matcher import Firm, StatementKind
from service.contacts import repository as contacts_repository
from service.contacts.repository import Contact
from service.db import Database
from service.firms import notes_repository
from service.firms import repository as firms_repository
from service.firms.words import fit_words
from service.imports import repository
from service.jobs import Job
from service.words import _

MOST_COLUMNS_OF_NOTES = 20
LONGEST_CELL = 32_000


def workbook_of(database: Database, job: Job | None = None) -> bytes:
    """An Excel file of all firms, or of those of one list, one a row."""
    with database.read() as tx:
        if job is None:
            firms = list(firms_repository.all_firms(tx))
        else:
            ids = repository.ids_of_source(tx, job.payload["source"])
            firms = [stored.record for stored in firms_repository.find_many(tx, ids).values()]
        keys = [firm.id for firm in firms]
        fits = {key: note.fit or "" for key, note in notes_repository.notes_of(tx, keys).items()}
        people = contacts_repository.of_firms(tx, keys)
    firms.sort(key=lambda firm: (firm.name.casefold(), firm.id))
    own = _own_columns(firms)
    said = fit_words()
    rows = [
        [*_facts(firm), said.get(fits.get(firm.id, ""), ""), *_statements(firm), *_people(people.get(firm.id, ())),
         *_own(firm, own)]
        for firm in firms
    ]  # fmt: skip
    return _book([*_headers(), *own], rows)


def _headers() -> list[str]:
    return [
        _("Company name"), _("Town"), _("Province"), _("Postal code"), _("Website"), _("Employees"), _("Member"),
        _("Could it fit such projects?"), _("Description"), _("Capabilities"), _("Products"), _("Services"),
        _("Equipment"), _("Materials"), _("Certifications"), "NAICS", _("Confirmed by the firm"), _("Contact"),
        _("Position"), _("E-mail"), _("Telephone"), _("Member no."),
    ]  # fmt: skip


def _facts(firm: Firm) -> list[str | int]:
    member = {True: _("Yes"), False: _("No"), None: ""}[firm.member]
    texts = (firm.name, firm.city, firm.province, firm.postal_code, firm.website)
    return [*(text or "" for text in texts), "" if firm.employees is None else firm.employees, member]


def _statements(firm: Firm) -> list[str | int]:
    kinds = (
        StatementKind.SUMMARY, StatementKind.CAPABILITY, StatementKind.PRODUCT, StatementKind.SERVICE,
        StatementKind.EQUIPMENT, StatementKind.MATERIAL, StatementKind.CERTIFICATE, StatementKind.NAICS,
    )  # fmt: skip
    confirmed = [s.text for s in firm.statements if s.confirmed]
    return [*("; ".join(s.text for s in firm.of_kind(kind)) for kind in kinds), "; ".join(confirmed)]


def _people(people: Sequence[Contact]) -> list[str | int]:
    return ["; ".join(getattr(one, name) for one in people) for name in ("name", "role", "email", "telephone")]


def _own_columns(firms: Iterable[Firm]) -> list[str]:
    """Columns of the lists that we have no field for, those that most firms have first."""
    counts: dict[str, int] = {}
    for firm in firms:
        for header in {_note(statement.text)[0] for statement in firm.of_kind(StatementKind.NOTE)}:
            counts[header] = counts.get(header, 0) + 1
    ordered = sorted((header for header in counts if header), key=lambda header: (-counts[header], header))
    return [*ordered[:MOST_COLUMNS_OF_NOTES], _("Notes")]


def _own(firm: Firm, columns: Sequence[str]) -> list[str | int]:
    held: dict[str, list[str]] = {}
    for statement in firm.of_kind(StatementKind.NOTE):
        header, text = _note(statement.text)
        known = header in columns[:-1]
        held.setdefault(header if known else columns[-1], []).append(text if known else statement.text)
    return [firm.id, *("; ".join(held.get(header, ())) for header in columns)]


def _note(text: str) -> tuple[str, str]:
    """Column and value of a note that a list brought; a note that a person wrote has no column."""
    header, between, value = text.partition(": ")
    return (header, value) if between and len(header) <= 40 else ("", text)


def _book(headers: Sequence[str], rows: Collection[Sequence[str | int]]) -> bytes:
    from openpyxl import Workbook  # takes long to import, and only this page needs it
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Firms"))
    sheet.freeze_panes = "B2"
    heads = []
    for header in headers:
        head = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", header))
        head.font = Font(bold=True)
        heads.append(head)
    sheet.append(heads)
    for row in rows:
        cells = []
        for value in row:
            if isinstance(value, str):
                value = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_CELL]
            cell = WriteOnlyCell(sheet, value or None)
            if isinstance(value, str) and value:
                cell.data_type = "s"  # "=…" is what somebody wrote, never a formula
            cells.append(cell)
        sheet.append(cells)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
