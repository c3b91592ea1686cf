"""Ranks local firms as partners or suppliers for projects, with quoted reasons.

What stands in ``__all__`` is the whole public face; the service uses nothing else.
"""

from matcher.errors import (
    ArtifactError,
    ArtifactMismatch,
    ArtifactMissing,
    EncoderError,
    MatcherError,
    NotFitted,
    RowError,
    SourceError,
    UnknownRecord,
)
from matcher.records import (
    content_hash,
    firm_from_row,
    need_from_row,
    project_from_row,
    slug,
    statement_id,
    to_dict,
)
from matcher.types import *  # noqa: F403 - every type is public
from matcher.types import __all__ as _types

__all__ = [
    *_types,
    "ArtifactError",
    "ArtifactMismatch",
    "ArtifactMissing",
    "EncoderError",
    "MatcherError",
    "NotFitted",
    "RowError",
    "SourceError",
    "UnknownRecord",
    "content_hash",
    "firm_from_row",
    "need_from_row",
    "project_from_row",
    "slug",
    "statement_id",
    "to_dict",
]
