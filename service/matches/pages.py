"""Pages around a project's matches: looking for a firm, adding one by hand, keeping one apart."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from matcher import Role, StatementKind
from service.addresses import project_address
from service.clock import today
from service.context import Services
from service.deps import ServicesDep
from service.matches import looking, picking
from service.matches.params import PanelParams, with_done
from service.matches.picking import Known
from service.matches.words import role_words
from service.pages import Form, FormDep, PageOfficer, PageUser, flash, go, local_path, page_router, render
from service.projects import actions as project_actions
from service.security import Caller
from service.words import _

router = page_router("/projects/{project_id}")
MOST_WORDS = 2000


def kinds() -> dict[str, str]:
    """What somebody can know of a firm."""
    return {
        StatementKind.CAPABILITY.value: _("They do this"),
        StatementKind.PRODUCT.value: _("They make this"),
        StatementKind.SERVICE.value: _("They offer this service"),
        StatementKind.EQUIPMENT.value: _("They have this machine"),
        StatementKind.MATERIAL.value: _("They work with this material"),
        StatementKind.CERTIFICATE.value: _("They hold this certificate"),
    }


def ways() -> dict[str, str]:
    """How somebody can know it; hearsay stays unconfirmed."""
    return {
        "phone": _("The firm told me by phone"),
        "person": _("The firm told me in person"),
        "mail": _("The firm wrote it to me"),
        "seen": _("I have seen it there"),
        "heard": _("Somebody else told me"),
    }


def source_words(way: str, name: str) -> str:
    """Who says so and how they know, as it is stored beside the quote."""
    return {
        "phone": _("the firm by phone, to %(name)s", name=name),
        "person": _("the firm in person, to %(name)s", name=name),
        "mail": _("the firm in writing, to %(name)s", name=name),
        "seen": _("%(name)s, who saw it there", name=name),
        "heard": _("%(name)s, who heard it from others", name=name),
    }[way]


@router.get("/firm")
def look_for_firm(request: Request, services: ServicesDep, _caller: PageUser, project_id: str) -> Response:
    """Search for a firm by name, and say where it stands."""
    query = request.query_params
    form = Form(date=today().isoformat(), how="phone", kind=StatementKind.CAPABILITY.value)
    text, firm_id = (query.get("q") or "").replace("\0", "").strip()[:200], query.get("firm") or ""
    return _looking_page(request, services, project_id, text=text, firm_id=firm_id, form=form)


@router.post("/firm/{firm_id}/know")
def know(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str, firm_id: str
) -> Response:
    """Add what somebody knows a firm to do, and say what it changes."""
    project = project_actions.get_project(services, project_id).record
    params = PanelParams.from_query(request.query_params)
    known = _known(form, caller)
    before = looking.standing(services, project, firm_id, params)
    if form.is_good:
        with form.catching(kind="kind", date="date"):
            picking.know(services, caller, firm_id, known)
    if not form.is_good:
        return _looking_page(request, services, project_id, text="", firm_id=firm_id, form=form, status=422)
    after = looking.standing(services, project, firm_id, params)
    flash(request, looking.change_words(before, after))
    return go(f"{project_address(project_id)}/firm{_with_firm(params, firm_id)}")


@router.post("/picked")
def pick(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str) -> Response:
    """Put a firm on the list by hand."""
    firm_id, role = form.value("firm_id"), _role(form)
    picking.pick(services, caller, project_id, firm_id, role)
    flash(request, _("It is on the list now, marked as added by you. Nothing else has moved."))
    return go(_back(form, project_id))


@router.post("/picked/remove")
def unpick(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str) -> Response:
    """Take a firm off again."""
    picking.unpick(services, caller, project_id, form.value("firm_id"), _role(form))
    flash(request, _("It is off the list again."))
    return go(_back(form, project_id))


@router.post("/apart")
def keep_apart(services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str) -> Response:
    """Never put a firm and this project together."""
    apart = picking.keep_apart(services, caller, project_id, form.value("firm_id"), form.text("note", most=10**6))
    return go(with_done(_back(form, project_id), apart.id))


@router.post("/apart/{apart_id}/undo")
def let_together(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str, apart_id: str
) -> Response:
    """Take that back."""
    picking.let_together(services, caller, project_id, apart_id)
    flash(request, _("They may be put together again."))
    return go(_back(form, project_id))


def _known(form: Form, caller: Caller) -> Known:
    """What was typed, with what is wrong noted beside its field."""
    text = form.text("text", required=_("Write what they do, in a few words."), most=MOST_WORDS)
    kind, way = form.choice("kind", kinds()), form.choice("how", ways())
    day = form.text("date", required=_("Say when: the day on which you learned it."))
    try:
        if day and date.fromisoformat(day) > today():
            form.wrong("date", _("This day has not come yet."))
    except ValueError:
        form.wrong("date", _("Write a day as year-month-day, such as 2026-11-24."))
    if not form.is_good:
        return Known("", StatementKind.CAPABILITY, "", "", False)
    return Known(text, StatementKind(kind), source_words(way, caller.name), day, way != "heard")


def _looking_page(
    request: Request, services: Services, project_id: str, *, text: str, firm_id: str, form: Form, status: int = 200
) -> Response:
    stored = project_actions.get_project(services, project_id)
    params = PanelParams.from_query(request.query_params)
    found, only_alike = looking.find_firms(services, text) if not firm_id else ([], False)
    if len(found) == 1 and not only_alike:
        firm_id = found[0].id
    place = looking.place_of(services, stored, firm_id, params) if firm_id else None
    return render(
        request, "matches/looking.html", status, project=stored.record, params=params, text=text, found=found,
        only_alike=only_alike, place=place, form=form, kinds=kinds(), ways=ways(), role_words=role_words,
        query=_with_firm(params, firm_id) if firm_id else "", back=project_address(project_id) + params.query(),
        today=today(), keeps_apart=request.query_params.get("apart") == "yes",
    )  # fmt: skip


def _with_firm(params: PanelParams, firm_id: str) -> str:
    query = params.query(view="list", compare=())
    return f"{query}{'&' if query else '?'}firm={quote(firm_id, safe='')}"


def _role(form: Form) -> Role:
    return Role.PARTNER if form.value("role") == Role.PARTNER.value else Role.SUPPLIER


def _back(form: Form, project_id: str) -> str:
    return local_path(form.value("back"), project_address(project_id))
