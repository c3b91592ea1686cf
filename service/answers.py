"""Answers of routes: JSON with its ETag, and the descriptions that the API's documentation shares."""

from __future__ import annotations

import dataclasses
import typing
from datetime import datetime
from typing import Any

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, create_model

from service.idempotency import Answer


class ProblemOut(BaseModel):
    """An error, in the form of RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[dict[str, str]] | None = None

    model_config = ConfigDict(extra="allow")


PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Descriptions of the errors that a route can answer; 401, 403, 422 and 429 are always among them."""
    words = {
        401: "No valid key.",
        403: "The key lacks the scope.",
        404: "No such record.",
        409: "It is there already.",
        412: "It has changed since you read it.",
        413: "Too large.",
        422: "A value makes no sense.",
        429: "Too many requests.",
        503: "Not ready yet.",
    }
    return {status: {"description": words[status], **PROBLEM} for status in sorted({401, 403, 422, 429, *statuses})}


def versioned(name: str, kind: type) -> type[BaseModel]:
    """A description of a record with its version: the fields of a dataclass, and version and times."""
    hints = typing.get_type_hints(kind)
    assert dataclasses.is_dataclass(kind)
    fields: dict[str, Any] = {field.name: (hints[field.name], ...) for field in dataclasses.fields(kind)}
    stamps: dict[str, Any] = {"version": (int, ...), "created_at": (datetime, ...), "updated_at": (datetime, ...)}
    return create_model(name, __doc__=f"{kind.__name__} as stored.", **fields, **stamps)


def page_model(name: str, item: type[BaseModel]) -> type[BaseModel]:
    """A description of a page."""
    items: Any = list[item]  # type: ignore[valid-type] # the item is known at run time only
    words = "A page; `next` is the cursor of the following one."
    return create_model(name, __doc__=words, items=(items, ...), next=(str | None, ...))


def json_answer(
    value: Any,  # noqa: ANN401 - any JSON
    *,
    status: int = 200,
    version: int | None = None,
    location: str | None = None,  # noqa: ANN401 - any JSON
) -> Response:
    """A JSON answer; bytes are sent as they are."""
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    headers = {}
    if version is not None:
        headers["ETag"] = f'"{version}"'
    if location is not None:
        headers["Location"] = location
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def created(answer: Answer, location: str) -> Response:
    """The answer to a create."""
    response = json_answer(
        answer.body, status=answer.status, version=orjson.loads(answer.body).get("version"), location=location
    )
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response
