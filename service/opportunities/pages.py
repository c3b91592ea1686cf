"""Pages of lists to firms: what was made, who gets what and why, what goes and what is stopped."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from service.consent import ledger
from service.deps import ServicesDep
from service.errors import Conflict
from service.firms import notes
from service.mail import actions as mail
from service.opportunities import runs
from service.opportunities.told import Told
from service.opportunities.words import kind_words, left_out_words, list_state_words, news_words, run_state_words
from service.pages import PageOfficer, PageUser, VisitDep, flash, go, page_router, render
from service.words import _, ngettext

router = page_router("/lists")


@router.get("")
def runs_page(request: Request, services: ServicesDep, _caller: PageUser) -> Response:
    """Every making of lists."""
    return render(
        request, "opportunities/runs.html", runs=runs.list_runs(services), states=run_state_words(),
        mail=mail.get_settings(services), ready=mail.readiness(services),
    )  # fmt: skip


@router.post("")
def make_lists(request: Request, services: ServicesDep, caller: PageOfficer) -> Response:
    """Ask for lists now."""
    try:
        run = runs.ask_for_run(services.database, caller, runs.this_week(services))
    except Conflict as error:
        flash(request, str(error), "warn")
        return go("/lists")
    return go(f"/lists/{run.id}")


@router.get("/{run_id}")
def run_page(request: Request, services: ServicesDep, _caller: PageUser, run_id: str) -> Response:
    """One of them: who gets what, and who gets nothing."""
    run, shown = runs.get_run(services, run_id)
    names = notes.names_of(services.database, {one.made.firm_id for one in shown})
    left_out, words = run.counts.get("left_out", {}), left_out_words()
    return render(
        request, "opportunities/run.html", run=run, shown=shown, names=names, states=run_state_words(),
        list_states=list_state_words(), kinds=kind_words(), news=news_words(),
        told={item.id: Told.from_json(item.told) for one in shown for item in one.items},
        why={one.made.id: ledger.why_words(one.permission) for one in shown},
        left_out=sorted(((words.get(name, name), n) for name, n in left_out.items()), key=lambda pair: -pair[1]),
        n_ready=sum(one.made.state == "ready" for one in shown),
        n_gone=sum(one.made.sent_at is not None for one in shown),
        n_waiting=sum(one.made.state == "released" for one in shown), progress=runs.progress(services, run),
        ready=mail.readiness(services), mail=mail.get_settings(services),
    )  # fmt: skip


@router.post("/{run_id}/to-me")
def send_to_me(request: Request, services: ServicesDep, visit: VisitDep, caller: PageOfficer, run_id: str) -> Response:
    """See some of them in one's own mailbox."""
    assert visit.user is not None
    try:
        n = runs.send_to_me(services, caller, run_id, visit.user.email)
    except Conflict as error:
        flash(request, str(error), "warn")
    else:
        flash(request, ngettext("%(num)s letter is on its way to you.", "%(num)s letters are on their way to you.", n))
    return go(f"/lists/{run_id}")


@router.post("/{run_id}/looked")
def looked(request: Request, services: ServicesDep, caller: PageOfficer, run_id: str) -> Response:
    """Note that they were looked through here."""
    runs.looked_at(services, caller, run_id)
    flash(request, _("Noted: you looked them through."))
    return go(f"/lists/{run_id}")


@router.post("/{run_id}/let-go")
def let_go(request: Request, services: ServicesDep, caller: PageOfficer, run_id: str) -> Response:
    """Let them go."""
    try:
        n = runs.release(services, caller, run_id)
    except Conflict as error:
        flash(request, str(error), "warn")
    else:
        flash(request, ngettext("%(num)s list is in line.", "%(num)s lists are in line.", n))
    return go(f"/lists/{run_id}")


@router.post("/{run_id}/stop")
def stop(request: Request, services: ServicesDep, caller: PageOfficer, run_id: str) -> Response:
    """Stop what has not left."""
    try:
        n_gone, n_stopped = runs.stop(services, caller, run_id)
    except Conflict as error:
        flash(request, str(error), "warn")
    else:
        flash(request, _("%(gone)s gone, %(stopped)s stopped.", gone=n_gone, stopped=n_stopped))
    return go(f"/lists/{run_id}")


@router.post("/one/{list_id}/leave-out")
def leave_out(request: Request, services: ServicesDep, caller: PageOfficer, list_id: str) -> Response:
    """Leave one out."""
    return _toggle(request, services, caller, list_id, back=False)


@router.post("/one/{list_id}/take-in")
def take_in(request: Request, services: ServicesDep, caller: PageOfficer, list_id: str) -> Response:
    """Take one in again."""
    return _toggle(request, services, caller, list_id, back=True)


def _toggle(request: Request, services: ServicesDep, caller: PageOfficer, list_id: str, *, back: bool) -> Response:
    try:
        run_id = runs.leave_out(services, caller, list_id, back=back)
    except Conflict as error:
        flash(request, str(error), "warn")
        return go("/lists")
    return go(f"/lists/{run_id}#l-{list_id}")
