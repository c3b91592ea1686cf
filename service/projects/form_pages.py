"""The form of a project that is here; new ones come in through the pages of briefs."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from matcher import Project
from service.addresses import project_address
from service.context import Services
from service.deps import ServicesDep
from service.errors import Stale
from service.firms import repository as firms_repository
from service.pages import Form, FormDep, PageOfficer, flash, go, page_router, render, stale_page
from service.projects import actions, forms, words
from service.records import Stored
from service.words import _

router = page_router("/projects")


@router.get("/{project_id}/edit")
def edit(request: Request, services: ServicesDep, _caller: PageOfficer, project_id: str) -> Response:
    """The form, filled in."""
    stored = actions.get_project(services, project_id)
    return _page(request, stored, _held(services, stored))


@router.post("/{project_id}/edit")
def save(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str) -> Response:
    """Change a project."""
    stored = actions.get_project(services, project_id)
    row = forms.read_project(form, services)
    if form.is_good:
        with form.catching():
            try:
                actions.patch_project(services, caller, project_id, row, expected=form.version())
            except Stale:
                base, held = project_address(project_id), _held(services, stored)
                return stale_page(
                    request, form, differences=forms.differences(form, held), version=stored.version,
                    action=f"{base}/edit", back=base,
                )  # fmt: skip
    if not form.is_good:
        return _page(request, stored, form, status=422)
    flash(request, _("Saved."))
    return go(project_address(project_id))


def _held(services: Services, stored: Stored[Project]) -> Form:
    project = stored.record
    with services.database.read() as tx:
        firms = firms_repository.find_many(tx, project.already_in)
    return forms.form_of(project, stored.version, {key: firm.record.name for key, firm in firms.items()})


def _page(request: Request, stored: Stored[Project], form: Form, *, status: int = 200) -> Response:
    return render(
        request, "projects/edit.html", status, form=form, project=stored.record, base=project_address(stored.id),
        stages=words.stage_words(), labels=forms.labels(),
    )  # fmt: skip
