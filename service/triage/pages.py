"""Sorting firms, whom to call to learn most, and the page of one call."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from matcher import StatementKind, UnknownRecord, ask_about
from service.addresses import firm_address
from service.contacts import actions as contacts
from service.context import Services
from service.deps import ServicesDep
from service.errors import IndexNotReady, Stale
from service.firms import actions as firm_actions
from service.firms import notes
from service.firms.words import fit_words, how_words
from service.pages import Form, FormDep, PageOfficer, PageUser, flash, go, local_path, page_router, render
from service.records import Stored
from service.triage import actions
from service.triage.splitting import MOST_THINGS, Thing, split_answer
from service.triage.words import change_words, reason_words, thing_words
from service.words import _, language, ngettext

router = page_router("/firms")
ROWS = 50
LONGEST_SAID = 4000


@router.get("/sort")
def sorting(
    request: Request, services: ServicesDep, _caller: PageUser, fit: str = "unsure", q: str = "", after: str = ""
) -> Response:
    """Firms of one group with the reason why they stand there."""
    groups = {**fit_words(), notes.NOT_SORTED: _("Not sorted yet")}
    fit = fit if fit in groups else "unsure"
    query = notes.FirmQuery(q=q[:200].strip(), fit=fit)
    listing = notes.list_firms(services.database, query, cursor=after or None, limit=ROWS)
    whys = [(row.firm, actions.reason_of(row.firm)) for row in listing.page.items]
    address = f"/firms/sort?fit={fit}" + (f"&q={quote(q)}" if q else "")
    return render(
        request, "triage/sort.html", form=Form(q=q), fit=fit, groups=groups,
        counts=actions.sorting_counts(services.database), n_found=listing.n_found, fits=fit_words(),
        rows=[(firm, why, reason_words(why)) for firm, why in whys],
        back=address, next=f"{address}&after={quote(listing.page.next)}" if listing.page.next else "",
        first=address if after else "",
    )  # fmt: skip


@router.post("/sort")
def move(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep) -> Response:
    """Move the ticked firms to another group."""
    back = local_path(form.value("back"), "/firms/sort")
    ids = form.values("firm")
    if not ids:
        flash(request, _("Tick the firms first, then say where they belong."), "warn")
        return go(back)
    fit = form.value("fit")
    with form.catching():
        n = notes.set_fit(services.database, caller, ids, fit)
        words = fit_words()[fit]
        said = ngettext("%(num)s firm moved to: %(group)s", "%(num)s firms moved to: %(group)s", n, group=words)
        flash(request, said)
    if not form.is_good:
        flash(request, next(iter(form.errors.values())), "warn")
    return go(back)


@router.post("/sort/rest")
def sort_rest(request: Request, services: ServicesDep, caller: PageOfficer) -> Response:
    """Sort by our rules what nobody has sorted."""
    n = actions.sort_rest(services.database, caller)
    flash(request, ngettext("%(num)s firm is sorted.", "%(num)s firms are sorted.", n))
    return go("/firms/sort?fit=could")


@router.get("/learn")
def learn(request: Request, services: ServicesDep, _caller: PageUser) -> Response:
    """Whom to call to learn most."""
    try:
        found = actions.knowledge(services)
    except IndexNotReady:
        return render(request, "triage/learn.html", found=None, rows=[])
    people = contacts.of_firms(services.database, found.firms)
    rows = [
        (
            found.firms[one.firm_id], people.get(one.firm_id, []), [ask_about(need, language()) for need in one.needs],
            [found.projects[key] for key in one.project_ids[:3] if key in found.projects], len(one.project_ids),
        )
        for one in found.lessons.lessons
        if one.firm_id in found.firms
    ]  # fmt: skip
    return render(request, "triage/learn.html", found=found, rows=rows)


@router.get("/learn/{firm_id}")
def call_page(request: Request, services: ServicesDep, _caller: PageUser, firm_id: str) -> Response:
    """The page to have open during a call."""
    stored = firm_actions.get_firm(services, firm_id)
    return _call_page(request, services, stored, Form(how="phone"))


@router.post("/learn/{firm_id}")
def take_down(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, firm_id: str) -> Response:
    """Cut what was typed into things; or, once somebody has said yes to them, store them."""
    stored = firm_actions.get_firm(services, firm_id)
    said = form.text("said", required=_("Write what they said."), most=LONGEST_SAID)
    if not form.is_good:
        return _call_page(request, services, stored, form, status=422)
    if form.value("step") != "confirm":
        return _call_page(request, services, stored, form, things=split_answer(said))
    rows, employees = _rows(form)
    if form.is_good:
        try:
            with form.catching(text="said"):
                n, before, after = actions.take_down(
                    services, caller, firm_id, rows, employees=employees, how=form.value("how"),
                    expected=form.version(),
                )  # fmt: skip
                done = ngettext("%(num)s thing is confirmed.", "%(num)s things are confirmed.", n)
                flash(request, _("%(done)s %(change)s", done=done, change=change_words(before, after)))
        except Stale:
            form.wrong("", _("Somebody has changed this firm meanwhile. Look at it once more, then say yes again."))
            stored = firm_actions.get_firm(services, firm_id)
            return _call_page(request, services, stored, form, things=_shown(form), status=412)
    if not form.is_good:
        return _call_page(request, services, stored, form, things=_shown(form), status=422)
    return go(f"/firms/learn/{quote(firm_id, safe='')}/done")


@router.get("/learn/{firm_id}/done")
def done(request: Request, services: ServicesDep, _caller: PageUser, firm_id: str) -> Response:
    """What a call has changed, and what comes next."""
    stored = firm_actions.get_firm(services, firm_id)
    try:
        now, found = actions.standing(services, firm_id)
    except (IndexNotReady, UnknownRecord):
        return go(firm_address(firm_id))
    best: dict[str, Any] = {}
    for one in found:
        best.setdefault(one.project_id, one)
    return render(request, "triage/done.html", firm=stored.record, now=now, found=list(best.values()))


def _call_page(
    request: Request, services: Services, stored: Stored[Any], form: Form, *, things: list[Thing] | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    firm = stored.record
    return render(
        request, "triage/call.html", status, firm=firm, version=stored.version, form=form, things=things,
        ticked=form.values("keep") if form.value("step") == "confirm" else None,
        people=contacts.of_firm(services.database, firm.id), asks=_asks(services, firm.id), hows=how_words(),
        kinds=thing_words(), known=[s for s in firm.statements if s.kind is not StatementKind.NOTE],
    )  # fmt: skip


def _asks(services: Services, firm_id: str) -> list[str]:
    """What to ask: what would change most lists."""
    try:
        found = actions.knowledge(services)
    except IndexNotReady:
        return []
    needs = next((one.needs for one in found.lessons.lessons if one.firm_id == firm_id), ())
    return [ask_about(need, language()) for need in needs]


def _rows(form: Form) -> tuple[list[dict[str, str]], int | None]:
    """The things that are ticked, as they stand in the form now."""
    rows, employees = [], None
    kinds = thing_words()
    for number in form.values("keep")[:MOST_THINGS]:
        text = form.text(f"text-{number}", most=500)
        kind = form.choice(f"kind-{number}", kinds)
        if not text or not form.is_good:
            continue
        if kind == StatementKind.SIZE.value:
            employees = next((one.employees for one in split_answer(text) if one.employees), None)
        rows.append({"kind": kind, "text": text})
    return rows, employees


def _shown(form: Form) -> list[Thing]:
    """The things of a form that is shown again, as they were typed."""
    kinds = thing_words()
    found = []
    for number in range(MOST_THINGS):
        text, kind = form.value(f"text-{number}"), form.value(f"kind-{number}")
        if kind in kinds:
            found.append(Thing(text, StatementKind(kind)))
    return found
