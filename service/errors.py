"""Errors of the service, and their form on the wire: problem+json (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

from matcher import ArtifactError, EncoderError, MatcherError, RowError, SourceError, UnknownRecord


class ServiceError(Exception):
    """Base of what the service raises on purpose; ``status`` is what HTTP answers."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class DatabaseNotReady(ServiceError):
    """The database cannot be used now."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class IndexNotReady(ServiceError):
    """The index is still being opened."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class NotFound(ServiceError):
    """No such record, or not yours."""

    status = HTTPStatus.NOT_FOUND


class Conflict(ServiceError):
    """It is there already, or is being made at this moment."""

    status = HTTPStatus.CONFLICT


class Stale(ServiceError):
    """The record has changed since the caller read it."""

    status = HTTPStatus.PRECONDITION_FAILED


class Invalid(ServiceError):
    """A value does not make sense.

    Attributes:
        where: the field at fault.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, where: str, message: str) -> None:
        """Keep the field beside the message."""
        super().__init__(message)
        self.where = where


class NotSignedIn(ServiceError):
    """No key, or one that is not valid."""

    status = HTTPStatus.UNAUTHORIZED


class NotAllowed(ServiceError):
    """The key lacks a scope."""

    status = HTTPStatus.FORBIDDEN


class TooMany(ServiceError):
    """More requests than the limit allows."""

    status = HTTPStatus.TOO_MANY_REQUESTS


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error looks like on the wire.

    Attributes:
        status: HTTP status.
        detail: what, expected, got, cure; safe to show.
        errors: (field, message) of each value at fault.
    """

    status: int
    detail: str
    errors: tuple[tuple[str, str], ...] = field(default=())

    def to_json(self, *, path: str, request_id: str) -> dict[str, object]:
        """The body of the answer."""
        body: dict[str, object] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": path,
            "request_id": request_id,
        }
        if self.errors:
            body["errors"] = [{"field": name, "message": message} for name, message in self.errors]
        return body


def problem_of(error: Exception) -> Problem:
    """The problem that an error is; one we did not foresee says nothing of its cause."""
    if isinstance(error, Invalid):
        return Problem(error.status, str(error), ((error.where, str(error)),))
    if isinstance(error, ServiceError):
        return Problem(error.status, str(error))
    if isinstance(error, UnknownRecord):
        return Problem(HTTPStatus.NOT_FOUND, str(error))
    if isinstance(error, RowError):
        detail = f"{error.field}: {error.reason}"
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, ((error.field, error.reason),))
    if isinstance(error, ArtifactError | EncoderError):
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "the index or encoder cannot be used; see the service's log")
    if isinstance(error, SourceError | ValueError):
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    if isinstance(error, MatcherError):
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong on our side; quote the request id")
