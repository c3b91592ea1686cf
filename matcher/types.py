"""The things the library works on: frozen dataclasses, no behaviour beyond reading themselves.

Statements carry the words of a firm's profile; passages are spans of one statement; a match carries its
reasons. Offsets count Unicode code points in the stored statement, so ``statement.text[start:end]`` is the quote.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "Ask",
    "Band",
    "Contribution",
    "Duplicate",
    "Evidence",
    "Filters",
    "Firm",
    "FirmKind",
    "ImportReport",
    "Match",
    "MatchResult",
    "Need",
    "NeedMatch",
    "NeedRole",
    "NeedState",
    "Opportunity",
    "Origin",
    "Passage",
    "Project",
    "Refusal",
    "Release",
    "Removed",
    "Role",
    "Stage",
    "Statement",
    "StatementKind",
    "UnknownPolicy",
    "WhyNot",
]


class Role(StrEnum):
    """How a firm could take part."""

    PARTNER = "partner"
    SUPPLIER = "supplier"


class NeedRole(StrEnum):
    """Which role a need looks for."""

    PARTNER = "partner"
    SUPPLIER = "supplier"
    EITHER = "either"


class Origin(StrEnum):
    """Whether a need was written by a person or document, or guessed by us."""

    STATED = "stated"
    INFERRED = "inferred"


class FirmKind(StrEnum):
    """What an organisation is; associations are candidates only on request, chambers and funders never."""

    FIRM = "firm"
    RESEARCH = "research"
    ASSOCIATION = "association"
    CHAMBER = "chamber"
    FUNDER = "funder"


class StatementKind(StrEnum):
    """What a statement of a profile says."""

    SUMMARY = "summary"
    CAPABILITY = "capability"
    PRODUCT = "product"
    SERVICE = "service"
    EQUIPMENT = "equipment"
    MATERIAL = "material"
    CERTIFICATE = "certificate"
    NAICS = "naics"
    SIZE = "size"
    PLACE = "place"
    MEMBERSHIP = "membership"
    ACTIVITY = "activity"
    NOTE = "note"


class Stage(StrEnum):
    """Where a project stands."""

    CALL = "call"
    SEEKING = "seeking"
    ANNOUNCED = "announced"
    RUNNING = "running"
    FINISHED = "finished"
    UNKNOWN = "unknown"


class Release(StrEnum):
    """How much of a project may be shown to outsiders."""

    ONLY_US = "only_us"
    SHORT_NOTE = "short_note"
    FULL_TEXT = "full_text"


class NeedState(StrEnum):
    """What the firm's profile says of a need."""

    FOUND = "found"
    GUESSED = "guessed"
    NOT_KNOWN = "not_known"


class Band(StrEnum):
    """What an officer reads instead of a number."""

    WORTH_A_CALL = "worth_a_call"
    MAYBE = "maybe"
    UNLIKELY = "unlikely"
    TOO_LITTLE = "too_little"


class UnknownPolicy(StrEnum):
    """What to do with a firm that does not state what a filter asks for."""

    INCLUDE = "include"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing a profile says.

    Attributes:
        id: unique within the firm, stable for the same kind and text.
        kind: what it says.
        text: the words as stored; offsets of quotes count in it.
        source: where it was read (address, file name), or None.
        date: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; None is shown as "undated".
        confirmed: the firm, or staff speaking with it, confirmed it.
        edition: edition of a code list (NAICS), or None.
    """

    id: str
    kind: StatementKind
    text: str
    source: str | None = None
    date: str | None = None
    confirmed: bool = False
    edition: str | None = None


@dataclass(frozen=True, slots=True)
class Firm:
    """A company or research organisation and its statements. None or empty means *not stated*, never "no"."""

    id: str
    name: str
    kind: FirmKind = FirmKind.FIRM
    city: str | None = None
    province: str | None = None
    country: str | None = None
    postal_code: str | None = None
    website: str | None = None
    employees: int | None = None
    member: bool | None = None
    group: str | None = None
    lang: str | None = None
    statements: tuple[Statement, ...] = ()

    def of_kind(self, kind: StatementKind) -> tuple[Statement, ...]:
        """Statements of one kind, in stored order."""
        return tuple(s for s in self.statements if s.kind is kind)

    @property
    def certifications(self) -> tuple[str, ...]:
        """Certificates that are stated."""
        return tuple(s.text for s in self.of_kind(StatementKind.CERTIFICATE))

    @property
    def naics(self) -> tuple[str, ...]:
        """Industry codes that are stated, digits only."""
        return tuple(s.text.split(" ", 1)[0] for s in self.of_kind(StatementKind.NAICS))


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a project looks for.

    Attributes:
        id: unique within the project.
        text: the need in words; this is what is searched for.
        role: which role would meet it.
        origin: stated by a person or document, or inferred.
        cause: the sentence or technology it was inferred from, or the heading it stood under.
        confirmed: staff confirmed an inferred need.
        weight: how much it counts among the needs of its role, above 0.
    """

    id: str
    text: str
    role: NeedRole = NeedRole.EITHER
    origin: Origin = Origin.STATED
    part: str | None = None
    material: str | None = None
    size: str | None = None
    tolerance: str | None = None
    quantity: str | None = None
    certificate: str | None = None
    by: str | None = None
    buyer: str | None = None
    cause: str | None = None
    confirmed: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Project:
    """A project or call, with what is known of it."""

    id: str
    title: str
    description: str = ""
    technologies: tuple[str, ...] = ()
    lead: str | None = None
    partners: tuple[str, ...] = ()
    city: str | None = None
    province: str | None = None
    stage: Stage = Stage.UNKNOWN
    release: Release = Release.ONLY_US
    announced: str | None = None
    closes: str | None = None
    checked: str | None = None
    cluster: str | None = None
    total_cad: float | None = None
    cluster_cad: float | None = None
    needs: tuple[Need, ...] = ()
    rejected_needs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def already_in(self) -> frozenset[str]:
        """Ids of the lead and the known participants."""
        return frozenset(i for i in (self.lead, *self.partners) if i)


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of one statement: the unit that is embedded and quoted."""

    statement_id: str
    field: StatementKind
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Hard filters and what to do with firms that do not state what is asked.

    Attributes:
        region: name of a region ("Halton") or municipality; None is anywhere.
        within_km: largest distance, town to town, from the project's place, else from the chamber's.
        certification: certificate that must be stated, such as ``ISO 9001``.
        naics: industry code or a leading part of one, such as ``3327``.
        size: inclusive (least, most) headcount; either may be None.
        member: True for members only, False for others only.
        unknown: include not-stated firms in their own group, or leave them out (they are counted either way).
        associations: rank associations too.
    """

    region: str | None = None
    within_km: float | None = None
    certification: str | None = None
    naics: str | None = None
    size: tuple[int | None, int | None] | None = None
    member: bool | None = None
    unknown: UnknownPolicy = UnknownPolicy.INCLUDE
    associations: bool = False


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature adds to a match's logit."""

    feature: str
    value: float
    logit: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quoted passage with its place and what the score would be without it.

    ``without_it`` is the match's logit scored anew with this passage masked.
    """

    statement_id: str
    field: StatementKind
    start: int
    end: int
    quote: str
    source: str | None
    date: str | None
    confirmed: bool
    similarity: float | None
    terms: tuple[str, ...]
    without_it: float


@dataclass(frozen=True, slots=True)
class NeedMatch:
    """What a firm's profile says of one need."""

    need_id: str
    text: str
    role: NeedRole
    origin: Origin
    state: NeedState
    ask: str | None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """One firm for one project in one role.

    ``score`` is the logit, the sum of ``contributions``; it compares firms within one role of one project.
    """

    firm_id: str
    name: str
    rank: int
    score: float
    band: Band
    city: str | None
    distance_km: float | None
    contributions: tuple[Contribution, ...]
    needs: tuple[NeedMatch, ...]
    not_stated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """How many candidates one filter took out, and how many do not state what it asks for."""

    filter: str
    n_fails: int
    n_not_stated: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Firms that may fit but do not state what a filter asks for, ranked by role."""

    partner: tuple[Match, ...] = ()
    supplier: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The one result shape of library, command line and HTTP.

    Attributes:
        project_id: the project, or "text" for free text.
        model: encoder id and scorer version.
        snapshot: id of the index snapshot.
        change: change number of the newest row that was searched.
        n_eligible: firms that passed every filter.
        removed: counts by filter, in the order the filters ran.
        distance_from: town that distances count from, or None.
        already_in: ids of the lead, known participants and their group companies.
        n_asked: firms that fail no filter but do not state what one asks for.
        bands: by role and band, how many of the eligible firms stand there, listed or not.
        nobody: by role, why no local firm reaches *Maybe*; empty when one does.
        partner: ranked matches; empty when the role was not asked.
        supplier: likewise.
        ask: firms in their own group because a filter's fact is not stated.
        warnings: what the caller should know, such as firms not yet embedded.
    """

    project_id: str
    model: str
    snapshot: str
    change: int
    n_eligible: int
    removed: tuple[Removed, ...]
    distance_from: str | None
    already_in: tuple[str, ...]
    n_asked: int = 0
    bands: dict[str, dict[str, int]] = field(default_factory=dict)
    nobody: dict[str, str] = field(default_factory=dict)
    partner: tuple[Match, ...] = ()
    supplier: tuple[Match, ...] = ()
    ask: Ask = Ask()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Where one firm stands for one project and role, and the one reason it is not higher.

    ``reason`` is one of: ``none`` (it is first), ``unknown_place`` or another filter's name, ``already_in``,
    ``not_candidate``, ``not_stated``, ``weaker_match``, ``no_profile``.
    """

    project_id: str
    firm_id: str
    role: Role
    rank: int | None
    n_ranked: int
    reason: str
    text: str
    match: Match | None
    nearest: Evidence | None


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A match seen by the firm."""

    project_id: str
    title: str
    stage: Stage
    closes: str | None
    role: Role
    rank: int
    n_ranked: int
    match: Match


@dataclass(frozen=True, slots=True)
class Reached:
    """A firm that reaches *Maybe* at least for a project in one role; ``score`` is the logit."""

    firm_id: str
    role: Role
    rank: int
    score: float
    band: Band


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not loaded."""

    line: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two rows that may be one firm."""

    firm_id: str
    other_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; every row read is in exactly one of new, updated, unchanged and refused.

    Attributes:
        source: name of the file.
        n_read: rows read.
        new: ids loaded for the first time.
        updated: ids whose content changed.
        unchanged: ids loaded before with the same content.
        refused: rows that were not loaded, each with its line and reason.
        duplicates: pairs that may be one firm.
        disappeared: ids that the last import of this source had and this one has not.
        dropped: counts of values left out on purpose, by column (contact data).
        repaired: counts of repairs, by kind.
        mapping: column → field, for tables.
        notes: what a reader should know of the file.
    """

    source: str
    n_read: int = 0
    new: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    disappeared: tuple[str, ...] = ()
    dropped: dict[str, int] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
