"""Routes of rankings."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from matcher import to_dict, to_json
from service.answers import json_answer, problems
from service.deps import Reader, ServicesDep
from service.errors import Invalid
from service.matches import actions
from service.matches.schemas import MATCH_RESULT, WHY_NOT, FreeMatch, MatchParams, OpportunityList, WhyNotParams

router = APIRouter(tags=["matches"])
T = TypeVar("T", bound=MatchParams)
_FREE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": FreeMatch.model_json_schema(ref_template="#/components/schemas/{model}")},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "PDF, DOCX, HTML, text, e-mail"},
                        "role": {"type": "string", "enum": ["partner", "supplier"]},
                        "region": {"type": "string"},
                        "limit": {"type": "integer"},
                    },
                }
            },
        },
    }
}


@router.get(
    "/v1/projects/{project_id}/matches", responses=MATCH_RESULT | problems(404, 503), summary="Rank firms for a project"
)
def match_project(
    services: ServicesDep, _: Reader, project_id: str, params: Annotated[MatchParams, Query()]
) -> Response:
    """Firms ranked in both roles, or in one, with reasons; who is already in; what each filter removed."""
    return json_answer(to_json(actions.match_project(services, project_id, params)))


@router.get(
    "/v1/projects/{project_id}/matches/{firm_id}", responses=WHY_NOT | problems(404, 503), summary="Why not this firm?"
)
def why_not(
    services: ServicesDep, _: Reader, project_id: str, firm_id: str, params: Annotated[WhyNotParams, Query()]
) -> Response:
    """A firm's place for a project, the one reason it is not higher, and its nearest quote."""
    return json_answer(to_json(actions.why_not(services, project_id, firm_id, params.role, params.filters())))


@router.post(
    "/v1/match", responses=MATCH_RESULT | problems(413, 503), openapi_extra=_FREE_BODY,
    summary="Rank firms for words or a brief",
)  # fmt: skip
async def match_free(services: ServicesDep, _: Reader, request: Request) -> Response:
    """Rank firms for free text, for a project made on the spot, or for an uploaded brief; nothing is stored."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=20) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise Invalid("file", "the form has no file: expected a brief in the field `file`")
            given = {name: value for name, value in form.items() if name != "file"}
            params = _validated(MatchParams, {**request.query_params, **given})
            data, name = await file.read(), file.filename or "brief"
        return json_answer(await run_in_threadpool(actions.match_brief, services, params, data, name))
    body = await _json_body(request)
    free = _validated(FreeMatch, {**request.query_params, **body})
    row = None if free.project is None else free.project.model_dump(exclude_unset=True)
    result = await run_in_threadpool(actions.match_free, services, free, text=free.text, row=row)
    return json_answer(to_json(result))


@router.get(
    "/v1/firms/{firm_id}/opportunities", response_model=OpportunityList, responses=problems(404, 503),
    summary="List open projects for a firm",
)  # fmt: skip
def opportunities(
    services: ServicesDep, _: Reader, firm_id: str,
    limit: Annotated[int, Query(ge=1, le=200)] = 20, explain: bool = True,
) -> Response:  # fmt: skip
    """Open projects that reach *Maybe* for a firm, best first, never one that it is already in."""
    found, n_open = actions.opportunities(services, firm_id, limit=limit, explain=explain)
    nothing = None if found else f"none of {n_open} open projects reaches Maybe for this firm"
    head = {"firm_id": firm_id, "n_open": n_open, "nothing": nothing}
    return json_answer({**head, "items": to_dict(found)})


async def _json_body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as error:
        raise Invalid("body", "the body is not JSON in UTF-8: expected an object with text or project") from error
    if not isinstance(body, dict):
        raise Invalid("body", f"the body is {type(body).__name__}, expected an object with text or project")
    return body


def _validated(model: type[T], values: dict[str, Any]) -> T:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        rows = error.errors(include_url=False, include_context=False)
        raise RequestValidationError([{**row, "loc": ("body", *row["loc"])} for row in rows]) from error
