"""Routes of projects and their needs."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from matcher import Need, Project, Stage, project_needs, to_dict
from service.answers import created, json_answer, page_model, problems, versioned
from service.deps import Cursor, ExpectedVersion, Idempotency, Limit, Reader, ServicesDep, Writer
from service.projects import actions
from service.projects.schemas import NeedPatch, ProjectIn, ProjectPatch, StatedNeed, page_json, project_row
from service.records import Stored

router = APIRouter(prefix="/v1/projects", tags=["projects"])
ProjectOut = versioned("ProjectOut", Project)
ProjectPage = page_model("ProjectPage", ProjectOut)


def _project(stored: Stored[Project], *, status: int = 200) -> Response:
    return json_answer(project_row(stored), status=status, version=stored.version)


@router.get("", response_model=ProjectPage, responses=problems(), summary="List projects")
def list_projects(
    services: ServicesDep,
    _: Reader,
    cursor: Cursor = None,
    limit: Limit = 50,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="Words of the title.")] = None,
    stage: Stage | None = None,
    open_only: Annotated[
        bool | None,
        Query(
            alias="open",
            description="True: call, seeking, announced or running, not past its closing date, and checked within 90 "
            "days. False: the others.",
        ),
    ] = None,
) -> Response:
    """Projects in the order of their ids, by page."""
    page = actions.list_projects(services, cursor=cursor, limit=limit, q=q, stage=stage, open_only=open_only)
    return json_answer(page_json(page))


@router.post("", status_code=201, response_model=ProjectOut, responses=problems(409), summary="Add a project")
def create_project(services: ServicesDep, caller: Writer, body: ProjectIn, sent: Idempotency) -> Response:
    """Store a project; matches can be asked for at once. E-mail addresses and telephone numbers in texts are masked."""
    answer = actions.create_project(services, caller, body.model_dump(exclude_unset=True), key=sent[0], mark=sent[1])
    return created(answer, f"/v1/projects/{quote(answer.record_id)}")


@router.get("/{project_id}", response_model=ProjectOut, responses=problems(404), summary="Read a project")
def read_project(services: ServicesDep, _: Reader, project_id: str) -> Response:
    """One project with its stored needs; what is guessed stands under `needs`."""
    return _project(actions.get_project(services, project_id))


@router.put("/{project_id}", response_model=ProjectOut, responses=problems(404, 412), summary="Replace a project")
def replace_project(
    services: ServicesDep, caller: Writer, project_id: str, body: ProjectIn, expected: ExpectedVersion
) -> Response:
    """Put a project in the place of what is there; 201 when there was none."""
    row = body.model_dump(exclude_unset=True)
    stored, is_new = actions.replace_project(services, caller, project_id, row, expected=expected)
    return _project(stored, status=201 if is_new else 200)


@router.patch("/{project_id}", response_model=ProjectOut, responses=problems(404, 412), summary="Change a project")
def patch_project(
    services: ServicesDep, caller: Writer, project_id: str, body: ProjectPatch, expected: ExpectedVersion
) -> Response:
    """Change the fields that are sent; a list that is sent takes the place of the one that is there."""
    changes = body.model_dump(exclude_unset=True)
    return _project(actions.patch_project(services, caller, project_id, changes, expected=expected))


@router.delete("/{project_id}", status_code=204, responses=problems(404, 412), summary="Delete a project for good")
def delete_project(services: ServicesDep, caller: Writer, project_id: str, expected: ExpectedVersion) -> Response:
    """Delete a project with its needs; the history keeps that it was there."""
    actions.delete_project(services, caller, project_id, expected=expected)
    return Response(status_code=204)


@router.post(
    "/{project_id}/check", response_model=ProjectOut, responses=problems(404, 412), summary="Note that staff looked"
)
def check_project(services: ServicesDep, caller: Writer, project_id: str, expected: ExpectedVersion) -> Response:
    """Set *last checked* to today: a project that nobody checked for 90 days is not open."""
    return _project(actions.check_project(services, caller, project_id, expected=expected))


@router.get("/{project_id}/needs", response_model=list[Need], responses=problems(404), summary="List needs")
def list_needs(services: ServicesDep, _: Reader, project_id: str) -> Response:
    """The needs that are searched for: stated ones and guesses, each with origin, cause and whether it is confirmed."""
    stored = actions.get_project(services, project_id)
    return json_answer(to_dict(project_needs(stored.record)), version=stored.version)


@router.post(
    "/{project_id}/needs", status_code=201, response_model=Need, responses=problems(404, 409, 412),
    summary="Add a need",
)  # fmt: skip
def add_need(
    services: ServicesDep, caller: Writer, project_id: str, body: StatedNeed, expected: ExpectedVersion,
    sent: Idempotency,
) -> Response:  # fmt: skip
    """Add one need that a person or document states."""
    row = body.model_dump(exclude_unset=True)
    answer = actions.add_need(services, caller, project_id, row, expected=expected, key=sent[0], mark=sent[1])
    return created(answer, f"/v1/projects/{quote(project_id)}/needs")


@router.patch(
    "/{project_id}/needs/{need_id}", response_model=ProjectOut, responses=problems(404, 412), summary="Correct a need"
)
def edit_need(
    services: ServicesDep, caller: Writer, project_id: str, need_id: str, body: NeedPatch, expected: ExpectedVersion
) -> Response:
    """Correct a need; a guess is confirmed by it, and what was guessed before is not guessed again."""
    changes = body.model_dump(exclude_unset=True)
    return _project(actions.edit_need(services, caller, project_id, need_id, changes, expected=expected))


@router.post(
    "/{project_id}/needs/{need_id}/confirm", response_model=ProjectOut, responses=problems(404, 412),
    summary="Confirm a need",
)  # fmt: skip
def confirm_need(
    services: ServicesDep, caller: Writer, project_id: str, need_id: str, expected: ExpectedVersion
) -> Response:
    """Note that staff confirmed a guess: it is stored with the project, the other guesses stay."""
    return _project(actions.confirm_need(services, caller, project_id, need_id, expected=expected))


@router.post(
    "/{project_id}/needs/{need_id}/reject", response_model=ProjectOut, responses=problems(404, 412),
    summary="Reject a need",
)  # fmt: skip
def reject_need(
    services: ServicesDep, caller: Writer, project_id: str, need_id: str, expected: ExpectedVersion
) -> Response:
    """Say that the project does not need this: it is not guessed again, and is taken away if it was stored."""
    return _project(actions.reject_need(services, caller, project_id, need_id, expected=expected))


@router.delete(
    "/{project_id}/needs/{need_id}", response_model=ProjectOut, responses=problems(404, 412), summary="Remove a need"
)
def delete_need(
    services: ServicesDep, caller: Writer, project_id: str, need_id: str, expected: ExpectedVersion
) -> Response:
    """Take a stored need away; a guess is rejected instead. Answers the project as it is now."""
    return _project(actions.delete_need(services, caller, project_id, need_id, expected=expected))


@router.get(
    "/{project_id}/history", response_model=list[dict[str, object]], responses=problems(), summary="Read history"
)
def read_history(services: ServicesDep, _: Reader, project_id: str) -> Response:
    """What was done with a project, newest first: who, what, when."""
    return json_answer(actions.history(services, project_id))
