"""Look at what outsiders see of a project, and take a document for them along."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import Response

from service.addresses import project_address
from service.clock import now
from service.deps import ServicesDep
from service.outsiders import actions, documents
from service.outsiders.documents import Sender
from service.pages import PageOfficer, PageUser, Visit, VisitDep, page_router, render
from service.pages.formats import format_date
from service.projects.words import release_hints, release_words
from service.words import _

router = page_router("/projects/{project_id}/outsiders")


@router.get("")
def preview(request: Request, services: ServicesDep, _caller: PageUser, project_id: str) -> Response:
    """What outsiders see."""
    stored, released = actions.seen(services, project_id)
    return render(
        request, "outsiders/preview.html", project=stored.record, base=project_address(project_id), released=released,
        title=documents.title_words(released), others=documents.others_words(released), role_line=documents.role_line,
        releases=release_words(), release_hints=release_hints(),
    )  # fmt: skip


@router.post("/{kind}")
def export(
    services: ServicesDep, caller: PageOfficer, visit: VisitDep, project_id: str, kind: str
) -> Response:  # fmt: skip
    """A document for outsiders; a form, since the audit notes it."""
    found, data = actions.export(services, caller, project_id, kind, _sender(services, visit))
    headers = {"Content-Disposition": f'attachment; filename="{found.filename}"'}
    return Response(data, media_type=found.media_type, headers=headers)


def _sender(services: ServicesDep, visit: Visit) -> Sender:
    day = format_date(now(), zone=ZoneInfo(services.settings.timezone))
    chamber = visit.chamber
    if chamber is None:
        return Sender(_("The chamber"), "", "", day)
    signer = ", ".join(part for part in (chamber.signer_name, chamber.signer_title) if part)
    return Sender(chamber.name, " · ".join(chamber.postal_address.splitlines()), signer, day)
