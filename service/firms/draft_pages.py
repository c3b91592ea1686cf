"""Read what a firm does from a text, a file or its website: look at the lines, keep those that are right."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response

from matcher import Firm
from service.addresses import firm_address
from service.deps import ServicesDep
from service.firms import actions, drafts
from service.firms.drafts import MOST_LINES, Draft
from service.firms.website import MOST_PAGES, Reader
from service.firms.words import source_words, statement_kind_words
from service.pages import Form, FormDep, PageOfficer, flash, go, page_router, render
from service.records import Stored
from service.words import _, ngettext

router = page_router("/firms")


def website_reader() -> Reader:
    """What reads websites: public addresses only."""
    return Reader()


ReaderDep = Annotated[Reader, Depends(website_reader)]


@router.get("/{firm_id}/draft")
def draft_page(request: Request, services: ServicesDep, _caller: PageOfficer, firm_id: str) -> Response:
    """Three ways to bring what a firm does."""
    stored = actions.get_firm(services, firm_id)
    return _ways(request, stored, Form(website=stored.record.website))


def _ways(request: Request, stored: Stored[Firm], form: Form, status: int = 200) -> Response:
    return render(
        request, "firms/draft.html", status, firm=stored.record, form=form, address=firm_address(stored.id),
        most_pages=MOST_PAGES,
    )  # fmt: skip


@router.post("/{firm_id}/draft")
def read(
    request: Request, services: ServicesDep, _caller: PageOfficer, form: FormDep, reader: ReaderDep, firm_id: str
) -> Response:
    """Read one of the three, and show the lines; nothing is stored yet."""
    stored, draft = actions.get_firm(services, firm_id), None
    with form.catching():
        draft = _read(form, reader)
    if draft is None:
        return _ways(request, stored, form, 422)
    return _lines_page(request, stored, _form_of(draft, stored.record))


def _read(form: Form, reader: Reader) -> Draft | None:
    way = form.value("way")
    if way == "website":
        return drafts.from_website(form.value("website"), reader)
    if way == "file":
        given = form.file("file")
        if given is None:
            form.wrong("file", _("Choose a file first."))
            return None
        return drafts.from_file(*given)
    return drafts.from_text(form.value("text"))


def _form_of(draft: Draft, firm: Firm) -> Form:
    values: dict[str, object] = {"n": len(draft.lines), "note": list(draft.notes)}
    for i, line in enumerate(draft.lines):
        values |= {
            f"keep-{i}": "yes", f"kind-{i}": line.kind.value, f"text-{i}": line.text, f"source-{i}": line.source,
            f"date-{i}": line.date,
        }  # fmt: skip
    if draft.employees is not None and draft.employees != firm.employees:
        values |= {"employees": draft.employees, "keep-employees": "yes" if firm.employees is None else ""}
    return Form(**values)


def _lines_page(request: Request, stored: Stored[Firm], form: Form, status: int = 200) -> Response:
    held = {statement.text.casefold() for statement in stored.record.statements}
    lines = [
        {
            "i": i,
            "said": source_words(form.value(f"source-{i}")),
            "is_held": form.value(f"text-{i}").strip().casefold() in held,
        }
        for i in range(_count(form))
    ]
    return render(
        request, "firms/draft_lines.html", status, firm=stored.record, form=form, lines=lines,
        kinds=statement_kind_words(), address=firm_address(stored.id),
    )  # fmt: skip


def _count(form: Form) -> int:
    n = form.value("n")
    return min(int(n), MOST_LINES) if n.isascii() and n.isdigit() and len(n) < 5 else 0


@router.post("/{firm_id}/draft/add")
def add(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, firm_id: str) -> Response:
    """Store the lines that are ticked."""
    stored = actions.get_firm(services, firm_id)
    rows = [row for i in range(_count(form)) if form.has(f"keep-{i}") and (row := _row(form, i))]
    employees = form.number("employees", least=1, most=5_000_000) if form.has("keep-employees") else None
    if not rows and employees is None and form.is_good:
        form.wrong("", _("Tick at least one line, or go back."))
    if form.is_good:
        with form.catching():
            _stored, n_new = drafts.store(services, caller, firm_id, rows, employees)
    if not form.is_good:
        return _lines_page(request, stored, form, 422)
    flash(
        request,
        ngettext(
            "%(num)s line is added. Nobody has confirmed it yet: ask on the next call.",
            "%(num)s lines are added. Nobody has confirmed them yet: ask on the next call.", n_new,
        ),
    )  # fmt: skip
    return go(f"{firm_address(firm_id)}#does")


def _row(form: Form, i: int) -> dict[str, Any] | None:
    kind = form.choice(f"kind-{i}", statement_kind_words())
    text = form.text(f"text-{i}", required=_("Write what they do, or take the tick away."), most=5000)
    date = form.value(f"date-{i}") or None
    return {"kind": kind, "text": text, "source": form.value(f"source-{i}")[:500] or None, "date": date}
