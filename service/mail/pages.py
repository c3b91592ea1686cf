"""Pages of sending: on and off, what waits, what left, what came back."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from service.consent import ledger
from service.context import Services
from service.deps import ServicesDep
from service.errors import Conflict, NotFound, Stale
from service.mail import actions, bounces
from service.mail.actions import PAGE
from service.mail.settings_repository import MailSettings
from service.mail.words import how_words, kind_words, state_words
from service.pages import Form, FormDep, PageAdmin, PageOfficer, PageUser, VisitDep, flash, go, page_router, render
from service.words import _, ngettext

router = page_router("/settings")
VIEWS = ("waiting", "sent", "trouble", "stopped")
# A letter is shown as mailboxes show it: its own style stands in it, and nothing of it runs or is loaded.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"


@router.get("/mail")
def mail_page(request: Request, services: ServicesDep, _caller: PageAdmin) -> Response:
    """On or off, and how much."""
    now_set = actions.get_settings(services)
    return _mail_page(request, services, _form_of(now_set))


@router.post("/mail")
def change_mail(request: Request, services: ServicesDep, caller: PageAdmin, form: FormDep) -> Response:
    """Change it."""
    before = actions.get_settings(services)
    cap, items = form.number("daily_cap", least=1, most=actions.MOST_CAP), form.number("most_items", least=1, most=10)
    if form.is_good:
        new = MailSettings(
            form.has("is_on"), cap or before.daily_cap, items or before.most_items, form.has("releases_itself"),
            before.version if form.version() is None else int(form.value("version")),
        )  # fmt: skip
        try:
            with form.catching():
                actions.change_settings(services, caller, new)
        except Stale as error:
            flash(request, str(error), "warn")
            return go("/settings/mail")
    if not form.is_good:
        return _mail_page(request, services, form, status=422)
    flash(request, _("Letters go out from now on.") if form.has("is_on") else _("Saved. Nothing goes out."))
    return go("/settings/mail")


@router.post("/mail/test")
def send_test(request: Request, services: ServicesDep, visit: VisitDep, _caller: PageAdmin) -> Response:
    """Send a letter to oneself."""
    assert visit.user is not None
    try:
        actions.send_test(services, visit.user)
    except Conflict as error:
        flash(request, str(error), "warn")
    else:
        flash(request, _("A letter is on its way to %(address)s. See that it arrives.", address=visit.user.email))
    return go("/settings/mail")


@router.post("/mail/returned")
def read_returned(request: Request, services: ServicesDep, caller: PageAdmin, form: FormDep) -> Response:
    """Read mail that came back."""
    files = form.files("file")
    if not files:
        form.wrong("file", _("Choose a file."))
    n_stopped = n_other = 0
    for name, data in files:
        with form.catching():
            found = bounces.read_reports(services.database, caller, name, data)
            n_stopped, n_other = n_stopped + found.stopped, n_other + found.known + found.temporary + found.unread
    if not form.is_good:
        return _mail_page(request, services, _form_of(actions.get_settings(services), form), status=422)
    said = ngettext(
        "%(num)s address gets nothing any more.", "%(num)s addresses get nothing any more.", n_stopped
    )  # fmt: skip
    if n_other:
        said += " " + ngettext("%(num)s report changed nothing.", "%(num)s reports changed nothing.", n_other)
    flash(request, said)
    return go("/settings/mail")


@router.get("/letters")
def letters_page(
    request: Request, services: ServicesDep, _caller: PageUser, view: str = "waiting", page: int = 1
) -> Response:
    """Letters that wait, left, met trouble or were stopped."""
    view, page = view if view in VIEWS else "waiting", max(1, min(page, 10_000))
    found, counts = actions.letters(services, view, page=page)
    of_view = {
        "waiting": sum(counts.get(state, 0) for state in actions.WAITING),
        "sent": counts.get("sent", 0),
        "trouble": sum(counts.get(state, 0) for state in actions.IN_TROUBLE),
        "stopped": counts.get("stopped", 0),
    }
    return render(
        request, "mail/letters.html", letters=found[:PAGE], more=len(found) > PAGE, view=view, page=page,
        counts=of_view, states=state_words(), kinds=kind_words(), how=how_words(),
        mail=actions.get_settings(services), ready=actions.readiness(services),
    )  # fmt: skip


@router.get("/letters/{letter_id}")
def letter_page(request: Request, services: ServicesDep, _caller: PageUser, letter_id: str) -> Response:
    """One letter, and whether it may go."""
    letter, permission = actions.get_letter(services, letter_id)
    why = ledger.why_words(permission) if permission.allowed else ledger.refusal_words(permission)
    return render(
        request, "mail/letter.html", letter=letter, permission=permission, why=why, states=state_words(),
        kinds=kind_words(), how=how_words(),
    )  # fmt: skip


@router.get("/letters/{letter_id}/look")
def letter_look(services: ServicesDep, _caller: PageUser, letter_id: str) -> Response:
    """One letter as it looks in a mailbox."""
    letter, _permission = actions.get_letter(services, letter_id)
    return Response(
        letter.html, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": LETTER_POLICY}
    )


@router.post("/letters/{letter_id}/file")
def letter_file(request: Request, services: ServicesDep, caller: PageOfficer, letter_id: str) -> Response:
    """One letter as a file that mail programs open."""
    try:
        message = actions.take_out(services, caller, letter_id)
    except Conflict as error:
        flash(request, str(error), "warn")
        return go(f"/settings/letters/{letter_id}")
    headers = {"Content-Disposition": 'attachment; filename="letter.eml"'}
    return Response(message.as_bytes(), media_type="message/rfc822", headers=headers)


@router.post("/letters/{letter_id}/{what}")
def act_on_letter(request: Request, services: ServicesDep, caller: PageOfficer, letter_id: str, what: str) -> Response:
    """Send by hand, try again, or stop."""
    does = {"by-hand": actions.sent_by_hand, "again": actions.try_again, "stop": actions.stop}.get(what)
    if does is None:
        raise NotFound(_("There is nothing here"))
    said = {
        "by-hand": _("Noted: you sent it."), "again": _("It is in line again."), "stop": _("It will not go."),
    }  # fmt: skip
    try:
        does(services, caller, letter_id)
    except Conflict as error:
        flash(request, str(error), "warn")
    else:
        flash(request, said[what])
    return go(f"/settings/letters/{letter_id}")


def _form_of(now_set: MailSettings, sent: Form | None = None) -> Form:
    form = Form(
        is_on="yes" if now_set.is_on else "", daily_cap=now_set.daily_cap, most_items=now_set.most_items,
        releases_itself="yes" if now_set.releases_itself else "", version=now_set.version,
    )  # fmt: skip
    form.errors.update(sent.errors if sent else {})
    return form


def _mail_page(request: Request, services: Services, form: Form, *, status: int = 200) -> Response:
    return render(
        request, "mail/mail.html", status, form=form, ready=actions.readiness(services),
        mail=actions.get_settings(services),
    )  # fmt: skip
