"""The page of one firm: what it does, people there, what was done with it; sorted, put away, deleted."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from matcher import Firm, Statement
from service.addresses import firm_address
from service.calls import actions as calls
from service.clock import today
from service.consent import actions as consent
from service.contacts import actions as contacts
from service.context import Services
from service.deps import ServicesDep
from service.errors import NotFound, Stale
from service.firms import actions, merging, notes
from service.firms.outlook import outlook_of
from service.firms.pages import labels, member_words
from service.firms.view import groups_of, history_of, titles_of
from service.firms.words import (
    belonging_words,
    double_words,
    firm_kind_words,
    fit_words,
    how_words,
    source_words,
    statement_kind_words,
)
from service.introductions import actions as introductions
from service.introductions.words import role_words, state_words
from service.own_page import actions as own_page
from service.pages import (
    Difference,
    Form,
    FormDep,
    PageOfficer,
    PageUser,
    flash,
    go,
    page_router,
    render,
    stale_page,
)
from service.records import Stored
from service.replies import told as replies
from service.replies import words as reply_words
from service.security import Caller
from service.words import _, ngettext

router = page_router("/firms")
ELSEWHERE = "elsewhere"


@router.get("/{firm_id}")
def firm_page(request: Request, services: ServicesDep, caller: PageUser, firm_id: str) -> Response:
    """One firm."""
    return _page(request, services, caller, actions.get_firm(services, firm_id), Form(kind="capability", how="phone"))


def _page(
    request: Request, services: Services, caller: Caller, stored: Stored[Firm], form: Form, status: int = 200
) -> Response:
    firm, database = stored.record, services.database
    rows, people = introductions.of_firm(services, firm.id), contacts.of_firm(database, firm.id)
    called = calls.of_firm(services, firm.id)
    named = [row.project_id for row in rows] + [made.project_id for _call, made in called if made.project_id]
    note = notes.note_of(database, firm.id)
    archived = note is not None and note.archived_at is not None
    return render(
        request, "firms/firm.html", status, firm=firm, stored=stored, form=form, groups=groups_of(database, firm),
        people=people, mail_reasons=consent.short(database, people), note=note, archived=archived,
        address=firm_address(firm.id),
        doubles=[] if archived else [(d, double_words(d.reason)) for d in merging.doubles_of(services, firm.id)],
        merges=merging.merges_into(services, firm.id), introductions=rows, calls=called,
        titles=titles_of(database, named),
        states=state_words(), roles=role_words(), fits=fit_words(), kinds=statement_kind_words(), hows=how_words(),
        firm_kinds=firm_kind_words(), labels=labels(), members=member_words(), today=today().isoformat(),
        elsewhere=ELSEWHERE, own_page=own_page.seen(services, firm), told=replies.told_to(services, firm.id),
        answers=reply_words.reason_words(),
    )  # fmt: skip


@router.post("/{firm_id}/statements")
def add_statement(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, firm_id: str
) -> Response:
    """Add one thing that a firm does; it is confirmed when the firm said so itself."""
    row = statement_row(form)
    if form.is_good:
        with form.catching():
            how = form.value("how") if row["confirmed"] else None
            _stored, n = actions.add_statements(services, caller, firm_id, [row], how=how, expected=None)
            if not n:
                form.wrong("text", _("This stands there already, in the same words."))
    if not form.is_good:
        return _page(request, services, caller, actions.get_firm(services, firm_id), form, 422)
    flash(request, _("Added.") if row["confirmed"] else _("Added, not confirmed yet."))
    after = "/opportunities" if form.value("next") == "opportunities" else "#does"
    return go(firm_address(firm_id) + after)


def statement_row(form: Form) -> dict[str, Any]:
    """A statement from the form: who said so decides whether it is confirmed."""
    kind = form.choice("kind", statement_kind_words())
    text = form.text("text", required=_("Write what they do, in their words."), most=5000)
    how = form.choice("how", [*how_words(), ELSEWHERE])
    source = form.text("source", most=500)
    if how == ELSEWHERE and not source:
        form.wrong("source", _("Write where you read or heard it."))
    told = how != ELSEWHERE
    said = _("the firm, %(how)s", how=how_words().get(how, "")) if told else source
    return {
        "kind": kind,
        "text": text,
        "source": said,
        "confirmed": told,
        "date": today().isoformat() if told else None,
    }


@router.post("/{firm_id}/confirm")
def confirm(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, firm_id: str) -> Response:
    """Note what the firm confirmed: the ticked lines."""
    keys = form.values("statement")
    day = form.value("date") or today().isoformat()
    how = form.value("how") if form.value("how") in how_words() else "phone"
    if not keys:
        flash(request, _("Tick the lines first that they confirmed."), "warn")
    elif not _is_past_day(day):
        flash(request, _("The day must be one that is past, or today."), "warn")
    else:
        try:
            actions.confirm_statements(services, caller, firm_id, keys, how=how, date=day, expected=form.version())
        except (Stale, NotFound):
            flash(
                request, _("Somebody has changed this firm meanwhile. Look at the lines again, then confirm."), "warn"
            )
        else:
            flash(request, ngettext("%(num)s line is confirmed.", "%(num)s lines are confirmed.", len(keys)))
    return go(f"{firm_address(firm_id)}#does")


def _is_past_day(day: str) -> bool:
    return len(day) == 10 and day <= today().isoformat()


@router.get("/{firm_id}/statement")
def statement_page(
    request: Request, services: ServicesDep, _caller: PageOfficer, firm_id: str, key: str = ""
) -> Response:
    """One statement, to be corrected or taken away."""
    stored = actions.get_firm(services, firm_id)
    statement = _statement(stored, key)
    form = Form(
        kind=statement.kind.value, text=statement.text, source=statement.source, date=statement.date,
        version=stored.version,
    )  # fmt: skip
    return _statement_page(request, stored, statement, form)


@router.post("/{firm_id}/statement")
def correct(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, firm_id: str) -> Response:
    """Correct a statement; with other words somebody must confirm it again."""
    stored = actions.get_firm(services, firm_id)
    statement = _statement(stored, form.value("key"))
    changes: dict[str, Any] = {
        "kind": form.choice("kind", {**statement_kind_words(), statement.kind.value: ""}),
        "text": form.text("text", required=_("Write what they do, in their words."), most=5000),
        "source": form.text("source", most=500) or None,
        "date": form.text("date", most=10) or None,
    }
    if form.is_good:
        try:
            with form.catching(**{"statements.date": "date"}):
                actions.edit_statement(services, caller, firm_id, statement.id, changes, expected=form.version())
        except Stale:
            return _stale_statement(request, form, stored, statement)
    if not form.is_good:
        return _statement_page(request, stored, statement, form, 422)
    flash(request, _("Saved."))
    return go(f"{firm_address(firm_id)}#does")


@router.post("/{firm_id}/retract")
def retract(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, firm_id: str) -> Response:
    """Take a statement away."""
    try:
        actions.retract_statement(services, caller, firm_id, form.value("key"), expected=form.version())
    except (Stale, NotFound):
        flash(request, _("Somebody has changed this firm meanwhile. Look at it again."), "warn")
    else:
        flash(request, _("It is taken away. Reading the same list again does not bring it back."))
    return go(f"{firm_address(firm_id)}#does")


def _statement(stored: Stored[Firm], key: str) -> Statement:
    found = next((one for one in stored.record.statements if one.id == key), None)
    if found is None:
        raise NotFound(_("This line is not there any more: somebody took it away."))
    return found


def _statement_page(
    request: Request, stored: Stored[Firm], statement: Statement, form: Form, status: int = 200
) -> Response:
    kinds = statement_kind_words()
    kinds.setdefault(statement.kind.value, _("Kept as it was read"))
    return render(
        request, "firms/statement.html", status, firm=stored.record, statement=statement, form=form, kinds=kinds,
        address=firm_address(stored.id), said=source_words(statement.source),
    )  # fmt: skip


def _stale_statement(request: Request, form: Form, stored: Stored[Firm], statement: Statement) -> Response:
    address, kinds = firm_address(stored.id), statement_kind_words()
    pairs = [
        (_("Kind"), kinds.get(form.value("kind"), ""), kinds.get(statement.kind.value, "")),
        (_("Words"), form.value("text"), statement.text),
        (_("Where it is from"), form.value("source"), statement.source or ""),
        (_("As of"), form.value("date"), statement.date or ""),
    ]
    return stale_page(
        request, form, version=stored.version, action=f"{address}/statement", back=address,
        differences=[Difference(*pair) for pair in pairs],
    )  # fmt: skip


@router.post("/{firm_id}/fit")
def sort_firm(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, firm_id: str) -> Response:
    """Note whether a firm could fit such projects, and whether they are new to it."""
    actions.get_firm(services, firm_id)
    fit = form.value("fit")
    notes.set_fit(services.database, caller, [firm_id], fit if fit in notes.FITS else None)
    first_time = {"yes": True, "no": False}.get(form.value("first_time"))
    notes.set_first_time(services.database, caller, firm_id, first_time)
    flash(request, _("Saved."))
    return go(firm_address(firm_id))


@router.post("/{firm_id}/put-away")
def put_away(request: Request, services: ServicesDep, caller: PageOfficer, firm_id: str) -> Response:
    """Put a firm away."""
    notes.archive(services, caller, firm_id)
    flash(request, _("Put away: it stands in no list of firms for a project. Everything is kept."))
    return go(firm_address(firm_id))


@router.post("/{firm_id}/bring-back")
def bring_back(request: Request, services: ServicesDep, caller: PageOfficer, firm_id: str) -> Response:
    """Bring a firm back."""
    notes.bring_back(services, caller, firm_id)
    flash(request, _("It is back."))
    return go(firm_address(firm_id))


@router.get("/{firm_id}/delete")
def delete_page(request: Request, services: ServicesDep, _caller: PageOfficer, firm_id: str) -> Response:
    """What would be deleted with a firm."""
    return _delete_page(request, services, actions.get_firm(services, firm_id), Form())


def _delete_page(request: Request, services: Services, stored: Stored[Firm], form: Form, status: int = 200) -> Response:
    n = len(stored.record.statements)
    gone = [ngettext("%(num)s line on what it does", "%(num)s lines on what it does", n)] if n else []
    gone += belonging_words(notes.belongings_of(services.database, stored.id))
    return render(
        request, "firms/delete.html", status, firm=stored.record, stored=stored, form=form, gone=gone,
        address=firm_address(stored.id),
    )  # fmt: skip


@router.post("/{firm_id}/delete")
def delete_firm(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, firm_id: str) -> Response:
    """Delete a firm for good."""
    stored = actions.get_firm(services, firm_id)
    try:
        actions.delete_firm(services, caller, firm_id, expected=form.version())
    except Stale:
        form.wrong("", _("Somebody has changed this firm meanwhile. See below what would be deleted now."))
        return _delete_page(request, services, stored, form, 412)
    flash(request, _("%(name)s is deleted for good.", name=stored.record.name))
    return go("/firms")


@router.get("/{firm_id}/opportunities")
def opportunities(request: Request, services: ServicesDep, _caller: PageUser, firm_id: str) -> Response:
    """Open projects for a firm with why, and the questions whose answer would help it most."""
    stored = actions.get_firm(services, firm_id)
    note = notes.note_of(services.database, firm_id)
    return render(
        request, "firms/opportunities.html", firm=stored.record, address=firm_address(firm_id),
        outlook=outlook_of(services, firm_id), archived=note is not None and note.archived_at is not None,
    )  # fmt: skip


@router.get("/{firm_id}/history")
def history(request: Request, services: ServicesDep, _caller: PageUser, firm_id: str) -> Response:
    """What was done with a firm."""
    stored = actions.get_firm(services, firm_id)
    done = history_of(services.database, actions.history(services, firm_id))
    return render(request, "firms/history.html", firm=stored.record, done=done, address=firm_address(firm_id))
