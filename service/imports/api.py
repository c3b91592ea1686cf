"""Routes of imports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from pydantic import BaseModel, Field

from matcher import ImportReport
from service.answers import created, json_answer, problems
from service.deps import IdempotencyKey, Reader, ServicesDep, Writer
from service.idempotency import fingerprint
from service.imports import actions

router = APIRouter(prefix="/v1/imports", tags=["imports"])


class ImportOut(BaseModel):
    """An import: in line, running, done with a report, or failed with the reason."""

    id: str
    state: Literal["queued", "running", "done", "failed"]
    source: str
    kind: Literal["firms", "projects"]
    check: bool
    done: int
    total: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    counts: dict[str, int] | None
    report: ImportReport | None = None
    mapping: str | None = Field(default=None, description="Mapping of a table's columns: save it, send it again.")


@router.post(
    "", status_code=202, response_model=ImportOut, responses=problems(413), summary="Import a file of firms or projects"
)
def submit(
    services: ServicesDep,
    caller: Writer,
    file: Annotated[
        UploadFile, File(description="CSV, XLSX or JSON Lines of firms; JSON Lines or a brief of projects.")
    ],
    kind: Annotated[Literal["firms", "projects"], Form(description="What the file holds.")] = "firms",
    mapping: Annotated[str | None, Form(description="Saved mapping of columns, as JSON.")] = None,
    check: Annotated[bool, Form(description="Check first: report, and store nothing.")] = False,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Put a file in line for the worker; `GET /v1/imports/{id}` tells how far it is, then what came of every row."""
    data = file.file.read()
    mark = fingerprint(f"{file.filename} {kind} {mapping} {check}", data)
    answer = actions.enqueue(
        services.database, caller, filename=file.filename or "", data=data, kind=kind, mapping=mapping, check=check,
        key=idempotency_key, mark=mark,
    )  # fmt: skip
    return created(answer, f"/v1/imports/{answer.record_id}")


@router.get("", response_model=list[ImportOut], responses=problems(), summary="List imports")
def list_imports(services: ServicesDep, _: Reader, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Response:
    """Imports, newest first, without their reports."""
    return json_answer([actions.job_row(job, with_report=False) for job in actions.list_imports(services, limit=limit)])


@router.get("/{import_id}", response_model=ImportOut, responses=problems(404), summary="Read an import's report")
def read_import(services: ServicesDep, _: Reader, import_id: str) -> Response:
    """How far an import is; once done, the report: every row is new, updated, unchanged or refused with its reason."""
    return json_answer(actions.job_row(actions.get_import(services, import_id)))
