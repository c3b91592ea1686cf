"""Routes of firms and their statements."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Body, Query, Response

from matcher import Firm, FirmKind, Statement, to_dict
from service.answers import created, json_answer, page_model, problems, versioned
from service.deps import Cursor, ExpectedVersion, Idempotency, Limit, Reader, ServicesDep, Writer
from service.firms import actions
from service.firms.schemas import Confirmation, FirmIn, FirmPatch, StatementIn, StatementPatch, firm_row, page_json
from service.records import Stored

router = APIRouter(prefix="/v1/firms", tags=["firms"])
FirmOut = versioned("FirmOut", Firm)
FirmPage = page_model("FirmPage", FirmOut)


def _firm(stored: Stored[Firm], *, status: int = 200) -> Response:
    return json_answer(firm_row(stored), status=status, version=stored.version)


@router.get("", response_model=FirmPage, responses=problems(), summary="List firms")
def list_firms(
    services: ServicesDep,
    _: Reader,
    cursor: Cursor = None,
    limit: Limit = 50,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="Words of name or town.")] = None,
    kind: FirmKind | None = None,
    member: bool | None = None,
) -> Response:
    """Firms in the order of their ids, by page."""
    page = actions.list_firms(services, cursor=cursor, limit=limit, q=q, kind=kind, member=member)
    return json_answer(page_json(page))


@router.post("", status_code=201, response_model=FirmOut, responses=problems(409), summary="Add a firm")
def create_firm(services: ServicesDep, caller: Writer, body: FirmIn, sent: Idempotency) -> Response:
    """Store a firm; it can be found when this returns. E-mail addresses and telephone numbers in texts are masked."""
    answer = actions.create_firm(services, caller, body.model_dump(exclude_unset=True), key=sent[0], mark=sent[1])
    return created(answer, f"/v1/firms/{quote(answer.record_id)}")


@router.get("/{firm_id}", response_model=FirmOut, responses=problems(404), summary="Read a firm")
def read_firm(services: ServicesDep, _: Reader, firm_id: str) -> Response:
    """One firm with all its statements."""
    return _firm(actions.get_firm(services, firm_id))


@router.put("/{firm_id}", response_model=FirmOut, responses=problems(404, 412), summary="Replace a firm")
def replace_firm(
    services: ServicesDep, caller: Writer, firm_id: str, body: FirmIn, expected: ExpectedVersion
) -> Response:
    """Put a firm in the place of what is there; 201 when there was none."""
    row = body.model_dump(exclude_unset=True)
    stored, is_new = actions.replace_firm(services, caller, firm_id, row, expected=expected)
    return _firm(stored, status=201 if is_new else 200)


@router.patch("/{firm_id}", response_model=FirmOut, responses=problems(404, 412), summary="Change a firm")
def patch_firm(
    services: ServicesDep, caller: Writer, firm_id: str, body: FirmPatch, expected: ExpectedVersion
) -> Response:
    """Change the fields that are sent; `capabilities` and the other short lists add statements."""
    changes = body.model_dump(exclude_unset=True)
    return _firm(actions.patch_firm(services, caller, firm_id, changes, expected=expected))


@router.delete("/{firm_id}", status_code=204, responses=problems(404, 412), summary="Delete a firm for good")
def delete_firm(services: ServicesDep, caller: Writer, firm_id: str, expected: ExpectedVersion) -> Response:
    """Delete a firm: it is gone from every index and list when this returns."""
    actions.delete_firm(services, caller, firm_id, expected=expected)
    return Response(status_code=204)


@router.get("/{firm_id}/statements", response_model=list[Statement], responses=problems(404), summary="List statements")
def list_statements(services: ServicesDep, _: Reader, firm_id: str) -> Response:
    """What the firm's profile says, with origin, date and whether it is confirmed."""
    stored = actions.get_firm(services, firm_id)
    return json_answer(to_dict(stored.record.statements), version=stored.version)


@router.post(
    "/{firm_id}/statements", status_code=201, response_model=Statement, responses=problems(404, 409, 412),
    summary="Add a statement",
)  # fmt: skip
def add_statement(
    services: ServicesDep, caller: Writer, firm_id: str, body: StatementIn, expected: ExpectedVersion, sent: Idempotency
) -> Response:
    """Add one statement to a firm's profile."""
    answer = actions.add_statement(
        services, caller, firm_id, body.model_dump(), expected=expected, key=sent[0], mark=sent[1]
    )
    return created(answer, f"/v1/firms/{quote(firm_id)}/statements")


@router.patch(
    "/{firm_id}/statements/{statement_id}", response_model=FirmOut, responses=problems(404, 412),
    summary="Correct a statement",
)  # fmt: skip
def edit_statement(
    services: ServicesDep, caller: Writer, firm_id: str, statement_id: str, body: StatementPatch,
    expected: ExpectedVersion,
) -> Response:  # fmt: skip
    """Correct a statement; with new words it must be confirmed again."""
    changes = body.model_dump(exclude_unset=True)
    return _firm(actions.edit_statement(services, caller, firm_id, statement_id, changes, expected=expected))


@router.post(
    "/{firm_id}/statements/{statement_id}/confirm", response_model=FirmOut, responses=problems(404, 412),
    summary="Confirm a statement",
)  # fmt: skip
def confirm_statement(
    services: ServicesDep, caller: Writer, firm_id: str, statement_id: str, expected: ExpectedVersion,
    body: Annotated[Confirmation | None, Body()] = None,
) -> Response:  # fmt: skip
    """Note that the firm, or staff speaking with it, confirmed a statement."""
    given = body or Confirmation()
    stored = actions.confirm_statement(
        services, caller, firm_id, statement_id, how=given.how, date=given.date, expected=expected
    )
    return _firm(stored)


@router.delete(
    "/{firm_id}/statements/{statement_id}", response_model=FirmOut, responses=problems(404, 412),
    summary="Retract a statement",
)  # fmt: skip
def retract_statement(
    services: ServicesDep, caller: Writer, firm_id: str, statement_id: str, expected: ExpectedVersion
) -> Response:
    """Take a statement away; importing the same file again does not bring it back. Answers the firm as it is now."""
    return _firm(actions.retract_statement(services, caller, firm_id, statement_id, expected=expected))


@router.get("/{firm_id}/history", response_model=list[dict[str, object]], responses=problems(), summary="Read history")
def read_history(services: ServicesDep, _: Reader, firm_id: str) -> Response:
    """What was done with a firm, newest first: who, what, when."""
    return json_answer(actions.history(services, firm_id))
