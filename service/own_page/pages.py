"""A firm's own page: what we believe about it, what is open for it, how we write to it, and what we hold."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from matcher import Firm, Statement
from service.consent.ledger import why_words
from service.context import Services
from service.deps import ServicesDep
from service.errors import Conflict, Stale
from service.firms.drafts import MOST_LINES, Draft
from service.own_page import actions, download, views
from service.own_page.actions import Wanted
from service.own_page.door import Visitor
from service.own_page.visit_pages import HOME, OwnerDep, VisitorDep, done, own_router, render
from service.own_page.words import fact_words, kind_words, rhythm_words, weekday_words
from service.pages import Form, FormDep
from service.words import LANGUAGES, _

router = own_router()
MOST_EMPLOYEES = 5_000_000
LINES, FACTS = f"{HOME}#lines", f"{HOME}#facts"
OPEN, LETTERS, DATA = "/own/opportunities", "/own/letters", "/own/data"


@router.get(HOME)
def page(request: Request, services: ServicesDep, visitor: VisitorDep) -> Response:
    """What we believe about the firm."""
    return _page(request, services, visitor, Form(kind="capability"))


def _page(
    request: Request, services: Services, visitor: Visitor, form: Form, status: int = 200, *, opened: str = "",
    is_stale: bool = False,
) -> Response:  # fmt: skip
    firm = visitor.firm.record
    return render(
        request, "own_page/page.html", status, firm=firm, version=visitor.firm.version, form=form, opened=opened,
        groups=views.groups_of(services, firm), n_open=views.n_open_lines(firm), kinds=kind_words(),
        facts=_facts(firm), labels=fact_words(), is_stale=is_stale,
    )  # fmt: skip


def _facts(firm: Firm) -> dict[str, str]:
    return {name: "" if (value := getattr(firm, name)) is None else str(value) for name in actions.FACTS}


@router.post(f"{HOME}/confirm")
def confirm(request: Request, services: ServicesDep, visitor: VisitorDep, form: FormDep) -> Response:
    """Confirm one line, or all."""
    try:
        n = actions.confirm(services, visitor, form.values("statement"), expected=form.version())
    except Stale:
        return _page(request, services, visitor, Form(kind="capability"), 412, is_stale=True)
    return done(LINES, "confirmed" if n else "nothing", n)


@router.get(f"{HOME}/line")
def line_page(request: Request, visitor: VisitorDep, key: str = "") -> Response:
    """One line, to be corrected or taken away."""
    statement = actions.line(visitor, key)
    form = Form(text=statement.text, kind=statement.kind.value, version=visitor.firm.version)
    return _line_page(request, statement, form)


def _line_page(
    request: Request, statement: Statement, form: Form, status: int = 200, *, is_stale: bool = False
) -> Response:
    kinds = {statement.kind.value: _("As it is"), **kind_words()}
    return render(request, "own_page/line.html", status, statement=statement, form=form, kinds=kinds, is_stale=is_stale)


@router.post(f"{HOME}/line")
def correct(request: Request, services: ServicesDep, visitor: VisitorDep, form: FormDep) -> Response:
    """Correct a line, or take it away."""
    statement = actions.line(visitor, form.value("key"))
    try:
        if form.value("do") == "remove":
            actions.remove(services, visitor, statement.id, expected=form.version())
            return done(LINES, "removed")
        text = form.text("text", required=_("Write it in your words, or take the line away."), most=5000)
        kind = form.choice("kind", {**kind_words(), statement.kind.value: ""})
        if form.is_good:
            with form.catching():
                actions.correct(services, visitor, statement.id, text, kind, expected=form.version())
    except Stale:
        now_there = Form(text=form.value("text"), kind=form.value("kind"), version=visitor.firm.version)
        return _line_page(request, statement, now_there, 412, is_stale=True)
    if not form.is_good:
        return _line_page(request, statement, form, 422)
    return done(LINES, "corrected")


@router.post(f"{HOME}/lines")
def add_line(request: Request, services: ServicesDep, visitor: VisitorDep, form: FormDep) -> Response:
    """Add one line."""
    text = form.text("text", required=_("Write what you do."), most=5000)
    kind = form.choice("kind", kind_words())
    n = 0
    if form.is_good:
        with form.catching():
            n = actions.add(services, visitor, [(kind, text)])
    if not form.is_good:
        return _page(request, services, visitor, form, 422, opened="line")
    back = OPEN if form.value("next") == "opportunities" else LINES
    return done(back, "added" if n else "held", n)


@router.post(f"{HOME}/draft")
def read(request: Request, services: ServicesDep, visitor: VisitorDep, form: FormDep) -> Response:
    """Read a paragraph or a file, and show its lines; nothing is stored yet."""
    found: Draft | None = None
    field = "paragraph" if form.value("way") == "paragraph" else "file"
    with form.catching(text="paragraph"):
        file = form.file("file") if field == "file" else None
        if field == "file" and file is None:
            form.wrong("file", _("Choose a file first."))
        else:
            found = actions.draft(form.value("paragraph"), file)
    if found is None:
        return _page(request, services, visitor, form, 422, opened=field)
    values: dict[str, object] = {"n": len(found.lines)}
    for i, one in enumerate(found.lines):
        values |= {f"keep-{i}": "yes", f"kind-{i}": one.kind.value, f"text-{i}": one.text}
    return _draft_page(request, visitor, Form(**values))


def _draft_page(request: Request, visitor: Visitor, form: Form, status: int = 200) -> Response:
    held = {one.text.casefold() for one in actions.shown(visitor.firm.record)}
    lines = [(i, form.value(f"text-{i}").strip().casefold() in held) for i in range(_count(form))]
    return render(request, "own_page/draft.html", status, form=form, lines=lines, kinds=kind_words())


def _count(form: Form) -> int:
    n = form.value("n")
    return min(int(n), MOST_LINES) if n.isascii() and n.isdigit() and len(n) < 5 else 0


@router.post(f"{HOME}/hand-in")
def hand_in(request: Request, services: ServicesDep, visitor: VisitorDep, form: FormDep) -> Response:
    """Give a paragraph to the chamber as it is."""
    with form.catching():
        actions.hand_in(services, visitor, form.value("paragraph"))
    if not form.is_good:
        return _page(request, services, visitor, form, 422, opened="paragraph")
    return done(LINES, "handed_in")


@router.post(f"{HOME}/draft/add")
def add_draft(request: Request, services: ServicesDep, visitor: VisitorDep, form: FormDep) -> Response:
    """Store the lines that the firm said yes to."""
    rows = []
    for i in (i for i in range(_count(form)) if form.has(f"keep-{i}")):
        text = form.text(f"text-{i}", required=_("Write it in your words, or take the tick away."), most=5000)
        rows.append((form.choice(f"kind-{i}", kind_words()), text))
    if not rows and form.is_good:
        form.wrong("", _("Tick at least one line, or go back."))
    n = 0
    if form.is_good:
        with form.catching():
            n = actions.add(services, visitor, rows)
    if not form.is_good:
        return _draft_page(request, visitor, form, 422)
    return done(LINES, "added" if n else "held", n)


@router.post(f"{HOME}/facts")
def change_facts(request: Request, services: ServicesDep, visitor: VisitorDep, form: FormDep) -> Response:
    """Change place, website or size."""
    facts: dict[str, Any] = {
        name: form.text(name, most=300) or None for name in ("city", "province", "postal_code", "website")
    }
    facts["employees"] = form.number("employees", least=1, most=MOST_EMPLOYEES)
    try:
        if form.is_good:
            with form.catching():
                actions.change_facts(services, visitor, facts, expected=form.version())
    except Stale:
        return _page(request, services, visitor, form, 412, opened="facts", is_stale=True)
    if not form.is_good:
        return _page(request, services, visitor, form, 422, opened="facts")
    return done(FACTS, "facts")


@router.get(OPEN)
def opportunities(request: Request, services: ServicesDep, visitor: VisitorDep) -> Response:
    """What is open for the firm, what it answered, whom it met."""
    return render(
        request, "own_page/opportunities.html", found=views.open_for(services, visitor),
        answers=views.answers_of(services, visitor.firm.id),
        introductions=views.introductions_of(services, visitor.firm.id),
        n_open=views.n_open_lines(visitor.firm.record),
    )  # fmt: skip


@router.get(LETTERS)
def letters(request: Request, services: ServicesDep, visitor: VisitorDep) -> Response:
    """Language and rhythm of lists, and whether they may come at all."""
    wishes = actions.wishes_of(services, visitor)
    form = Form(
        language=visitor.contact.language or request.state.visit.language, rhythm=wishes.rhythm,
        paused_until=wishes.paused_until, quiet=wishes.quiet_days.split(","), version=wishes.version,
    )  # fmt: skip
    return _letters(request, services, visitor, form)


def _letters(
    request: Request, services: Services, visitor: Visitor, form: Form, status: int = 200, *, is_stale: bool = False
) -> Response:
    may = actions.may_mail(services, visitor)
    return render(
        request, "own_page/letters.html", status, form=form, rhythms=rhythm_words(), weekdays=weekday_words(),
        choices=LANGUAGES, may=may, why=why_words(may), why_not=may.refusal.value if may.refusal else "",
        is_stale=is_stale,
    )  # fmt: skip


@router.post(LETTERS)
def change_wishes(request: Request, services: ServicesDep, visitor: VisitorDep, form: FormDep) -> Response:
    """Store language and rhythm."""
    quiet = tuple(int(day) for day in form.values("quiet") if day in "0123456" and len(day) == 1)
    wanted = Wanted(form.value("language"), form.value("rhythm"), form.value("paused_until").strip(), quiet)
    try:
        with form.catching():
            actions.change_wishes(services, visitor, wanted, expected=form.version())
    except Stale:
        version = actions.wishes_of(services, visitor).version
        again = Form(
            language=wanted.language, rhythm=wanted.rhythm, paused_until=wanted.paused_until,
            quiet=[str(day) for day in quiet], version=version,
        )  # fmt: skip
        return _letters(request, services, visitor, again, 412, is_stale=True)
    if not form.is_good:
        return _letters(request, services, visitor, form, 422)
    return done(LETTERS, "wishes")


@router.post(f"{LETTERS}/agree")
def agree(services: ServicesDep, visitor: OwnerDep) -> Response:
    """Write down that lists are wanted."""
    actions.agree(services, visitor)
    return done(LETTERS, "agreed")


@router.post(f"{LETTERS}/stop")
def stop(services: ServicesDep, visitor: VisitorDep) -> Response:
    """Stop lists at once."""
    actions.stop(services, visitor)
    return done(LETTERS, "stopped")


@router.get(DATA)
def data(request: Request, services: ServicesDep, visitor: VisitorDep) -> Response:
    """What we hold: to be had as a file, or to be deleted."""
    return _data(request, services, visitor, Form())


def _data(request: Request, services: Services, visitor: Visitor, form: Form, status: int = 200) -> Response:
    asked = next(iter(actions.asked_of(services, visitor.firm.id, actions.DELETION)), None)
    return render(
        request, "own_page/data.html", status, form=form, asked=asked,
        due=actions.due_of(services, asked) if asked else None,
    )  # fmt: skip


@router.post(f"{DATA}/download")
def fetch(services: ServicesDep, visitor: OwnerDep) -> Response:
    """Everything that we hold, as one file."""
    name, body = download.everything(services, visitor)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="application/zip", headers=headers)


@router.post(f"{DATA}/delete")
def ask_deletion(request: Request, services: ServicesDep, visitor: OwnerDep, form: FormDep) -> Response:
    """Ask the chamber to delete everything."""
    why = form.text("why", most=1000)
    if not form.has("sure"):
        form.wrong("sure", _("Tick this first: what is deleted cannot be brought back."))
    if form.is_good:
        try:
            actions.ask_deletion(services, visitor, why)
        except Conflict as error:
            form.wrong("", str(error))
    if not form.is_good:
        return _data(request, services, visitor, form, 422)
    return done(DATA, "deletion")


@router.post(f"{DATA}/keep")
def keep(services: ServicesDep, visitor: VisitorDep) -> Response:
    """Take back the wish to be deleted."""
    actions.settle(services, visitor.caller, visitor.firm.id, actions.DELETION)
    return done(DATA, "kept")
