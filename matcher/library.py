"""The folder that the command line works on: ``firms.jsonl``, ``projects.jsonl``, ``imports/`` and ``index/``.

Every file is replaced whole, so a crash leaves the last good state, and an import that was stopped is done by doing it
again. ``imports/`` remembers, for each source, what it said of each record when it last brought it, so that the next
import merges instead of overwriting and can say what disappeared.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import orjson
from rapidfuzz import process

from matcher.encoding import CachedEncoder, Encoder, OnnxEncoder, Progress
from matcher.errors import ArtifactMissing, RowError, SourceError, UnknownRecord
from matcher.records import firm_from_row, project_from_row, slug, to_dict
from matcher.sources.jsonl import write_jsonl, write_lines
from matcher.sources.report import ReadResult, plan_import
from matcher.types import Firm, ImportReport, Project

if TYPE_CHECKING:
    from matcher.pipeline import Matcher

R = TypeVar("R", Firm, Project)
log = logging.getLogger(__name__)
DEFAULT_FOLDER = Path("var/library")


def default_encoder_folder() -> Path:
    """Where the encoder is: exported at set-up into a checkout, inside an installed wheel, else where we are run."""
    package = Path(__file__).parent
    for folder in (package.parent / "models" / "encoder", package / "shipped" / "models" / "encoder"):
        if folder.exists():
            return folder
    # A checkout that was not set up yet gets it in its own models/; anything else, where it is run.
    checkout = package.parent / "models"
    return (checkout if checkout.exists() else Path("models")) / "encoder"


def open_encoder(folder: Path | None = None, *, cache: Path | None = None) -> CachedEncoder:
    """Open the exported encoder with its store of vectors.

    Args:
        folder: written by ``matcher export-encoder``; None is the default place.
        cache: file of the store; None is ``var/vectors.sqlite3``.

    Raises:
        ArtifactMissing: it was not exported yet.
    """
    folder = folder or default_encoder_folder()
    try:
        encoder = OnnxEncoder.load(folder)
    except ArtifactMissing as error:
        raise ArtifactMissing(f"no encoder in {str(folder)!r}: run `matcher export-encoder` once") from error
    return CachedEncoder(encoder, cache or Path("var") / "vectors.sqlite3")


@dataclass(frozen=True)
class LastImport(Generic[R]):
    """What earlier imports of one source brought.

    Attributes:
        bases: what the source said of each record when it last brought it, by id.
        last_ids: ids that its last import brought; None when the source is new.
    """

    bases: Mapping[str, R] = field(default_factory=dict)
    last_ids: frozenset[str] | None = None


class Library:
    """Firms, projects and their index in one folder."""

    def __init__(self, folder: Path = DEFAULT_FOLDER) -> None:
        """Name the folder; it is made by the first write."""
        self.folder = folder
        self.index = folder / "index"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the library for one writer at a time, and tidy up after one that was killed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                log.warning("another command is writing to %s: waiting for it", self.folder)
                fcntl.flock(handle, fcntl.LOCK_EX)
            for stale in (*self.folder.glob("*.part"), *self.folder.glob("imports/*.part")):
                stale.unlink(missing_ok=True)
            yield

    # -- reading

    def firms(self) -> dict[str, Firm]:
        """Stored firms by id.

        Raises:
            SourceError: the file is damaged.
        """
        return _stored(self.folder / "firms.jsonl", firm_from_row)

    def projects(self) -> dict[str, Project]:
        """Stored projects by id.

        Raises:
            SourceError: the file is damaged.
        """
        return _stored(self.folder / "projects.jsonl", project_from_row)

    def project(self, project_id: str) -> Project:
        """One stored project.

        Raises:
            UnknownRecord: no such project.
        """
        found = self.projects()
        if project_id not in found:
            raise UnknownRecord(
                f"project {project_id!r} is not in {str(self.folder)!r}: expected a file or one of {len(found)} ids"
                f"{near_ids(project_id, {key: project.title for key, project in found.items()})}"
            )
        return found[project_id]

    # -- importing

    def import_firms(
        self,
        source: str,
        read: ReadResult[Firm],
        *,
        check: bool = False,
        progress: Callable[[str], None] | None = None,
    ) -> ImportReport:
        """Merge what a file says of firms into the library.

        Args:
            source: name that the file is remembered by; the same name again is the same source.
            read: from a reader.
            check: plan and report only, store nothing.
            progress: called with the name of each step as it begins.
        """
        return self._import("firms", source, read, firm_from_row, check=check, progress=progress)

    def import_projects(
        self,
        source: str,
        read: ReadResult[Project],
        *,
        check: bool = False,
        progress: Callable[[str], None] | None = None,
    ) -> ImportReport:
        """Merge what a file says of projects into the library; arguments as :meth:`import_firms`."""
        return self._import("projects", source, read, project_from_row, check=check, progress=progress)

    def _import(
        self,
        kind: str,
        source: str,
        read: ReadResult[R],
        from_row: Callable[..., R],
        *,
        check: bool,
        progress: Callable[[str], None] | None,
    ) -> ImportReport:
        if check:
            existing, last = self._before(kind, source, from_row)
            return plan_import(source, read, existing, last.bases, last_ids=last.last_ids, progress=progress).report
        with self.writing():
            existing, last = self._before(kind, source, from_row)
            plan = plan_import(source, read, existing, last.bases, last_ids=last.last_ids, progress=progress)
            if progress:
                progress("storing")
            # Records first: a crash before the second file leaves old bases, and merging again then changes nothing.
            if plan.records_to_store:
                stored = existing | {record.id: record for record in plan.records_to_store}
                write_jsonl(self.folder / f"{kind}.jsonl", [stored[key] for key in sorted(stored)])
            if plan.bases_to_store:  # a file of which no row could be read says nothing of what it brought before
                self._remember(kind, source, last.bases, plan.bases_to_store)
        return plan.report

    def _before(self, kind: str, source: str, from_row: Callable[..., R]) -> tuple[dict[str, R], LastImport[R]]:
        existing = _stored(self.folder / f"{kind}.jsonl", from_row)
        path = self._import_file(kind, source)
        if not path.exists():
            return existing, self._before_bases_were_kept(kind, source, existing)
        last: set[str] = set()
        bases: dict[str, R] = {}
        for line, row in _rows(path):
            try:
                record = from_row(row["row"], line=line)
            except (KeyError, RowError) as error:
                raise _damaged(path, line, error) from error
            bases[record.id] = record
            if row.get("last"):
                last.add(record.id)
        return existing, LastImport(bases, frozenset(last))

    def _before_bases_were_kept(self, kind: str, source: str, existing: Mapping[str, R]) -> LastImport[R]:
        """What ``sources.json`` of earlier versions says: ids only, whose records nobody could edit then."""
        path = self.folder / "sources.json"
        if kind != "firms" or not path.exists():
            return LastImport()
        try:
            ids = json.loads(path.read_text(encoding="utf-8")).get(source)
        except (ValueError, AttributeError) as error:
            raise _damaged(path, 1, error) from error
        return (
            LastImport() if ids is None else LastImport({i: existing[i] for i in ids if i in existing}, frozenset(ids))
        )

    def _remember(self, kind: str, source: str, bases: Mapping[str, R], read: Iterable[R]) -> None:
        """Keep what the source said now, and of ids that it no longer has what it said last."""
        now = {record.id: record for record in read}
        kept = {key: (record, False) for key, record in bases.items() if key not in now}
        rows = kept | {key: (record, True) for key, record in now.items()}
        lines = (orjson.dumps({"last": last, "row": to_dict(record)}) for _, (record, last) in sorted(rows.items()))
        write_lines(self._import_file(kind, source), lines)

    def _import_file(self, kind: str, source: str) -> Path:
        # The hash tells names apart that make one slug, such as "members (1).csv" and "members-1.csv".
        mark = hashlib.sha256(source.encode()).hexdigest()[:8]
        return self.folder / "imports" / f"{kind}-{slug(source)}-{mark}.jsonl"

    # -- index

    def build_index(self, encoder: Encoder, *, progress: Progress | None = None) -> tuple[int, int]:
        """Index all stored firms in a new snapshot.

        Imports go on meanwhile: a firm that changes after this began is found by words until the next time.

        Returns:
            Counts of firms and passages.
        """
        from matcher.snapshot import build_snapshot, save_snapshot  # the index's libraries: an import needs none

        snapshot = build_snapshot(list(self.firms().values()), encoder, progress=progress)
        with self.writing():
            save_snapshot(snapshot, self.index)
        return len(snapshot.firms), snapshot.n_passages

    def matcher(self, encoder: Encoder) -> Matcher:
        """Open the index, with firms that changed after it found by words, and by vectors where cached.

        Raises:
            ArtifactMissing: nothing was indexed yet.
        """
        from matcher.live import DeltaFirm
        from matcher.pipeline import Matcher
        from matcher.snapshot import load_snapshot

        matcher = Matcher(load_snapshot(self.index), encoder)
        indexed = {firm.id: firm for firm in matcher.view.snapshot.firms}
        stored = self.firms()
        changed = [firm for key, firm in stored.items() if indexed.get(key) != firm]
        deleted = [key for key in indexed if key not in stored]
        if changed or deleted:
            words = matcher.view.snapshot.config.passage_words
            items = [DeltaFirm.of(firm, encoder, words=words, words_only=True) for firm in changed]
            matcher.swap(matcher.view.snapshot, items, deleted, change=matcher.view.change + 1)
        return matcher


def near_ids(wanted: str, names: Mapping[str, str]) -> str:
    """Ids whose id or name is like a word that names none, as the end of a message; empty when none is like it.

    Args:
        wanted: what was asked for.
        names: name by id.
    """
    key = wanted.casefold()
    near = sorted(i for i, name in names.items() if key in i.casefold() or key in name.casefold())[:5]
    if not near:
        near = [i for i, _, _ in process.extract(key, list(names), limit=3, score_cutoff=75)]
    return f"; near it: {', '.join(near)}" if near else ""


def _rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Rows of a file of our own, which must all be whole."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise _damaged(path, number, error) from error
            if not isinstance(row, dict):
                raise _damaged(path, number, "no object")
            yield number, row


def _stored(path: Path, from_row: Callable[..., R]) -> dict[str, R]:
    """Records of a file of our own by id: a row that cannot be read stops all, since the next write would lose it."""
    if not path.exists():
        return {}
    found = {}
    for number, row in _rows(path):
        try:
            record = from_row(row, line=number)
        except RowError as error:
            raise _damaged(path, number, error) from error
        found[record.id] = record
    return found


def _damaged(path: Path, line: int, error: object) -> SourceError:
    return SourceError(
        f"{str(path)!r} line {line} cannot be read ({error}): the library's own file is damaged; put a saved copy back "
        "or mend the line"
    )
