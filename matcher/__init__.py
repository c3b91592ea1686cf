"""Ranks local firms as partners or suppliers for projects, with quoted reasons.

What stands in ``__all__`` is the whole public face; the service uses nothing else.
"""

from matcher.config import MatchConfig
from matcher.encoding import CachedEncoder, Encoder, HashEncoder
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
from matcher.library import open_encoder
from matcher.needs import infer_needs, need_id, project_needs
from matcher.pipeline import Matcher
from matcher.places import find_place, matches_region
from matcher.records import (
    content_hash,
    firm_from_row,
    need_from_row,
    project_from_row,
    slug,
    statement_id,
    to_dict,
    to_json,
)
from matcher.serving import (
    data_folder,
    embed_firms,
    parse_size,
    passage_texts,
    project_from_text,
    remove_snapshots_before,
)
from matcher.snapshot import Snapshot, build_snapshot, current_id, load_snapshot, save_snapshot
from matcher.sources.briefs import Brief, BriefNeed, read_brief, read_brief_bytes
from matcher.sources.contacts import mask_contacts, mask_firm, mask_project
from matcher.sources.directory import DirectoryMapping, propose_mapping, read_directory
from matcher.sources.duplicates import possible_duplicates
from matcher.sources.jsonl import read_firms, read_projects
from matcher.sources.merge import merge_record
from matcher.sources.report import ReadResult
from matcher.stages import is_open
from matcher.types import *  # noqa: F403 - every type is public
from matcher.types import __all__ as _types

__all__ = [
    *_types,
    "ArtifactError",
    "ArtifactMismatch",
    "ArtifactMissing",
    "Brief",
    "BriefNeed",
    "CachedEncoder",
    "DirectoryMapping",
    "Encoder",
    "EncoderError",
    "HashEncoder",
    "MatchConfig",
    "Matcher",
    "MatcherError",
    "NotFitted",
    "ReadResult",
    "RowError",
    "Snapshot",
    "SourceError",
    "UnknownRecord",
    "build_snapshot",
    "content_hash",
    "current_id",
    "data_folder",
    "embed_firms",
    "find_place",
    "firm_from_row",
    "infer_needs",
    "is_open",
    "load_snapshot",
    "mask_contacts",
    "mask_firm",
    "mask_project",
    "matches_region",
    "merge_record",
    "need_from_row",
    "need_id",
    "open_encoder",
    "parse_size",
    "passage_texts",
    "possible_duplicates",
    "project_from_row",
    "project_from_text",
    "project_needs",
    "propose_mapping",
    "read_brief",
    "read_brief_bytes",
    "read_directory",
    "read_firms",
    "read_projects",
    "remove_snapshots_before",
    "save_snapshot",
    "slug",
    "statement_id",
    "to_dict",
    "to_json",
]
