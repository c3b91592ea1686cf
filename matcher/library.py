"""The folder that the command line works on: ``firms.jsonl``, ``projects.jsonl``, ``sources.json`` and ``index/``.

Every file is replaced whole, so a crash leaves the last good state. ``sources.json`` remembers which ids each file
brought, so that the next import of it can say what disappeared.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from matcher.encoding import CachedEncoder, Encoder, OnnxEncoder
from matcher.errors import ArtifactMissing, UnknownRecord
from matcher.live import DeltaFirm
from matcher.pipeline import Matcher
from matcher.records import content_hash
from matcher.snapshot import Progress, build_snapshot, load_snapshot, save_snapshot
from matcher.sources.jsonl import read_firms, read_projects, write_jsonl
from matcher.types import Firm, ImportReport, Project

DEFAULT_FOLDER = Path("var/library")


def default_encoder_folder() -> Path:
    """Where set-up exports the encoder: ``models/encoder`` of a checkout, else of the working folder."""
    checkout = Path(__file__).parent.parent / "models" / "encoder"
    return checkout if checkout.exists() else Path("models") / "encoder"


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


class Library:
    """Firms, projects and their index in one folder."""

    def __init__(self, folder: Path = DEFAULT_FOLDER) -> None:
        """Name the folder; it is made by the first write."""
        self.folder = folder
        self.index = folder / "index"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the library for one writer at a time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def firms(self) -> dict[str, Firm]:
        """Stored firms by id."""
        path = self.folder / "firms.jsonl"
        if not path.exists() or not path.stat().st_size:
            return {}
        return {firm.id: firm for _, firm in read_firms(path).records}

    def projects(self) -> dict[str, Project]:
        """Stored projects by id."""
        path = self.folder / "projects.jsonl"
        if not path.exists() or not path.stat().st_size:
            return {}
        return {project.id: project for _, project in read_projects(path).records}

    def project(self, project_id: str) -> Project:
        """One stored project.

        Raises:
            UnknownRecord: no such project.
        """
        found = self.projects()
        if project_id not in found:
            near = [i for i in sorted(found) if project_id.casefold() in i.casefold()][:5]
            hint = f"; near it: {', '.join(near)}" if near else ""
            raise UnknownRecord(
                f"project {project_id!r} is not in {str(self.folder)!r}: expected one of {len(found)} ids{hint}"
            )
        return found[project_id]

    def previous_ids(self, source: str) -> set[str] | None:
        """Ids that the last import of a source brought, or None when it is new."""
        found = self._sources().get(source)
        return None if found is None else set(found)

    def _sources(self) -> dict[str, list[str]]:
        path = self.folder / "sources.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def store_firms(self, firms: Mapping[str, Firm], report: ImportReport) -> None:
        """Replace the stored firms after an import; call inside :meth:`writing`."""
        write_jsonl(self.folder / "firms.jsonl", [firms[key] for key in sorted(firms)])
        sources = self._sources()
        sources[report.source] = sorted({*report.new, *report.updated, *report.unchanged})
        partial = self.folder / "sources.json.part"
        partial.write_text(json.dumps(sources))
        partial.replace(self.folder / "sources.json")

    def store_projects(self, projects: Mapping[str, Project]) -> None:
        """Replace the stored projects; call inside :meth:`writing`."""
        write_jsonl(self.folder / "projects.jsonl", [projects[key] for key in sorted(projects)])

    def build_index(self, encoder: Encoder, *, progress: Progress | None = None) -> tuple[int, int]:
        """Index all stored firms in a new snapshot.

        Returns:
            Counts of firms and passages.
        """
        with self.writing():
            snapshot = build_snapshot(list(self.firms().values()), encoder, progress=progress)
            save_snapshot(snapshot, self.index)
        return len(snapshot.firms), snapshot.n_passages

    def matcher(self, encoder: Encoder) -> Matcher:
        """Open the index, with firms that changed after it found by words, and by vectors where cached.

        Raises:
            ArtifactMissing: nothing was indexed yet.
        """
        matcher = Matcher(load_snapshot(self.index), encoder)
        indexed = {firm.id: content_hash(firm) for firm in matcher.view.snapshot.firms}
        stored = self.firms()
        changed = [firm for key, firm in stored.items() if indexed.get(key) != content_hash(firm)]
        deleted = [key for key in indexed if key not in stored]
        if changed or deleted:
            words = matcher.view.snapshot.config.passage_words
            items = [DeltaFirm.of(firm, encoder, words=words, words_only=True) for firm in changed]
            matcher.swap(matcher.view.snapshot, items, deleted, change=matcher.view.change + 1)
        return matcher
