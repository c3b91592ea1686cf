"""Ranks local firms as partners or suppliers for projects, with quoted reasons.

What stands in ``__all__`` is the whole public face; the service uses nothing else. A name brings its module in when it
is first used (PEP 562): whoever reads a file of firms does not wait for FAISS, and who ranks not for readers of PDF.
"""

import importlib
import typing

if typing.TYPE_CHECKING:
    from matcher.config import MatchConfig
    from matcher.drafting import FirmDraft, draft_firm
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
    from matcher.questions import ask_about, first_questions, need_words
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
    from matcher.sources.mapping import ColumnPreview, preview_columns
    from matcher.sources.merge import merge_firm, merge_project, merge_record
    from matcher.sources.people import Person
    from matcher.sources.report import (
        Change,
        ImportPlan,
        Outcome,
        ReadResult,
        accept,
        plan_changes,
        plan_import,
        report_import,
    )
    from matcher.stages import is_open
    from matcher.supposing import Answer, Help, Rise, what_would_help
    from matcher.teaching import Lesson, Lessons, is_little_known, what_would_teach
    from matcher.types import (
        Ask,
        Band,
        Contribution,
        Duplicate,
        Evidence,
        Filters,
        Firm,
        FirmKind,
        ImportReport,
        Match,
        MatchResult,
        Need,
        NeedMatch,
        NeedRole,
        NeedState,
        Opportunity,
        Origin,
        Passage,
        Project,
        Reached,
        Refusal,
        Release,
        Removed,
        Role,
        Stage,
        Statement,
        StatementKind,
        UnknownPolicy,
        WhyNot,
    )

__all__ = [
    "Answer",
    "ArtifactError",
    "ArtifactMismatch",
    "ArtifactMissing",
    "Ask",
    "Band",
    "Brief",
    "BriefNeed",
    "CachedEncoder",
    "Change",
    "ColumnPreview",
    "Contribution",
    "DirectoryMapping",
    "Duplicate",
    "Encoder",
    "EncoderError",
    "Evidence",
    "Filters",
    "Firm",
    "FirmDraft",
    "FirmKind",
    "HashEncoder",
    "Help",
    "ImportPlan",
    "ImportReport",
    "Lesson",
    "Lessons",
    "Match",
    "MatchConfig",
    "MatchResult",
    "Matcher",
    "MatcherError",
    "Need",
    "NeedMatch",
    "NeedRole",
    "NeedState",
    "NotFitted",
    "Opportunity",
    "Origin",
    "Outcome",
    "Passage",
    "Person",
    "Project",
    "Reached",
    "ReadResult",
    "Refusal",
    "Release",
    "Removed",
    "Rise",
    "Role",
    "RowError",
    "Snapshot",
    "SourceError",
    "Stage",
    "Statement",
    "StatementKind",
    "UnknownPolicy",
    "UnknownRecord",
    "WhyNot",
    "accept",
    "ask_about",
    "build_snapshot",
    "content_hash",
    "current_id",
    "data_folder",
    "draft_firm",
    "embed_firms",
    "find_place",
    "firm_from_row",
    "first_questions",
    "infer_needs",
    "is_little_known",
    "is_open",
    "load_snapshot",
    "mask_contacts",
    "mask_firm",
    "mask_project",
    "matches_region",
    "merge_firm",
    "merge_project",
    "merge_record",
    "need_from_row",
    "need_id",
    "need_words",
    "open_encoder",
    "parse_size",
    "passage_texts",
    "plan_changes",
    "plan_import",
    "possible_duplicates",
    "preview_columns",
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
    "report_import",
    "save_snapshot",
    "slug",
    "statement_id",
    "to_dict",
    "to_json",
    "what_would_help",
    "what_would_teach",
]

# The same names by module, for use at run time; a test compares them with the imports above.
_NAMES = {
    "config": "MatchConfig",
    "drafting": "FirmDraft draft_firm",
    "encoding": "CachedEncoder Encoder HashEncoder",
    "errors": (
        "ArtifactError ArtifactMismatch ArtifactMissing EncoderError MatcherError NotFitted RowError SourceError "
        "UnknownRecord"
    ),
    "library": "open_encoder",
    "needs": "infer_needs need_id project_needs",
    "pipeline": "Matcher",
    "places": "find_place matches_region",
    "questions": "ask_about first_questions need_words",
    "records": "content_hash firm_from_row need_from_row project_from_row slug statement_id to_dict to_json",
    "serving": "data_folder embed_firms parse_size passage_texts project_from_text remove_snapshots_before",
    "snapshot": "Snapshot build_snapshot current_id load_snapshot save_snapshot",
    "sources.briefs": "Brief BriefNeed read_brief read_brief_bytes",
    "sources.contacts": "mask_contacts mask_firm mask_project",
    "sources.directory": "DirectoryMapping propose_mapping read_directory",
    "sources.duplicates": "possible_duplicates",
    "sources.jsonl": "read_firms read_projects",
    "sources.mapping": "ColumnPreview preview_columns",
    "sources.merge": "merge_firm merge_project merge_record",
    "sources.people": "Person",
    "sources.report": "Change ImportPlan Outcome ReadResult accept plan_changes plan_import report_import",
    "stages": "is_open",
    "supposing": "Answer Help Rise what_would_help",
    "teaching": "Lesson Lessons is_little_known what_would_teach",
    "types": (
        "Ask Band Contribution Duplicate Evidence Filters Firm FirmKind ImportReport Match MatchResult Need "
        "NeedMatch NeedRole NeedState Opportunity Origin Passage Project Reached Refusal Release Removed Role Stage "
        "Statement StatementKind UnknownPolicy WhyNot"
    ),
}
_HOMES = {name: f"matcher.{module}" for module, names in _NAMES.items() for name in names.split()}


if not typing.TYPE_CHECKING:  # where a checker saw it, every name that is misspelt would count as exported

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value  # so that the next use finds it without this function
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
