"""Forms of opinions on a project's page, and their export."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response
from starlette.datastructures import QueryParams

from matcher import Role
from service.addresses import project_address
from service.deps import ServicesDep
from service.errors import Invalid
from service.matches.counts import known_region
from service.matches.params import PanelParams, with_done
from service.opinions import actions
from service.opinions.actions import Verdict
from service.pages import FormDep, PageAdmin, PageOfficer, VisitDep, flash, go, local_path, page_router
from service.words import _

router = page_router("/projects")


@router.get("/opinions.tsv")
def export(services: ServicesDep, _caller: PageAdmin) -> Response:
    """All opinions as judgements."""
    text, _n = actions.export_judgements(services.database)
    headers = {"Content-Disposition": 'attachment; filename="opinions.tsv"'}
    return PlainTextResponse(text, headers=headers, media_type="text/tab-separated-values")


@router.post("/{project_id}/opinions")
def give(
    request: Request, services: ServicesDep, caller: PageOfficer, visit: VisitDep, form: FormDep, project_id: str
) -> Response:
    """Store an opinion on one match."""
    # A button of a card says both: the opinion, and of which firm.
    said, _blank, firm_id = form.value("say").partition(" ")
    if said not in list(Verdict):
        raise Invalid("say", _("Choose one of the opinions on the page."))
    verdict = Verdict(said)
    role = Role.PARTNER if form.value("role") == Role.PARTNER else Role.SUPPLIER
    back = local_path(form.value("back"), project_address(project_id))
    # The place that the page showed counts from the page's filters.
    params = PanelParams.from_query(QueryParams(urlsplit(back).query))
    filters = params.filters(known_region(visit.chamber.region if visit.chamber else None))
    opinion = actions.give(
        services, caller, project_id, firm_id, role, verdict, note=form.value("note"), filters=filters
    )
    if verdict is Verdict.RIGHT:
        return go(f"{back.split('#')[0]}#firm-{opinion.firm_id}")
    return go(with_done(back, opinion.id))


@router.post("/{project_id}/opinions/{opinion_id}/undo")
def undo(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str, opinion_id: str
) -> Response:
    """Take an opinion back."""
    actions.undo(services, caller, project_id, opinion_id)
    flash(request, _("Taken back. The list is as it was."))
    return go(local_path(form.value("back"), project_address(project_id)))
