"""An immutable snapshot of all firms: records, passages, vectors and terms in one versioned folder."""

from __future__ import annotations

import dataclasses
import functools
import logging
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from matcher.artifacts import read_manifest, sync_folder, write_manifest
from matcher.config import MatchConfig
from matcher.encoding import CachedEncoder, Encoder
from matcher.errors import ArtifactError, ArtifactMismatch, ArtifactMissing
from matcher.indexes.dense import DenseIndex
from matcher.indexes.lexical import LexicalIndex, analyse
from matcher.language import language_of
from matcher.passages import firm_passages, firm_text
from matcher.records import firm_from_row, to_json
from matcher.types import Firm, Passage

SCHEMA = 1
CURRENT = "CURRENT"
Progress = Callable[[int, int], None]
log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class FirmTerms:
    """A firm's terms for BM25: language, counts and how many in all."""

    lang: str
    counts: Counter[str]
    length: int

    @classmethod
    def of(cls, firm: Firm) -> FirmTerms:
        """Analyse a firm's text in its own language."""
        text = firm_text(firm)
        lang = language_of(text, firm.lang)
        terms = analyse(text, lang)
        return cls(lang, Counter(terms), len(terms))


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """All firms at one change number.

    Attributes:
        id: name of its folder.
        change: change number of the newest row in it.
        firms: sorted by id.
        first: int64 (n_firms + 1,), passages of firm i are rows first[i] to first[i + 1].
        statement: int32 (n_passages,), position of the statement within the firm.
        start: int32 (n_passages,), where the quote begins.
        end: int32 (n_passages,), where it ends.
        embedded: bool (n_passages,), False where the vector is still zero.
        dense: vectors of passages, in the same order.
        lexical: terms of firms, in the same order.
        config: the numbers it was built with.
        encoder_id: what made the vectors.
    """

    id: str
    change: int
    firms: tuple[Firm, ...]
    first: NDArray[np.int64]
    statement: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    embedded: NDArray[np.bool_]
    dense: DenseIndex
    lexical: LexicalIndex
    config: MatchConfig
    encoder_id: str

    @functools.cached_property
    def owner(self) -> NDArray[np.int32]:
        """int32 (n_passages,), position of the firm of each passage."""
        return np.repeat(np.arange(len(self.firms), dtype=np.int32), np.diff(self.first))

    @property
    def n_passages(self) -> int:
        """Passages of all firms."""
        return len(self.start)

    def passages(self, firm: int) -> list[Passage]:
        """Passages of one firm, by its position."""
        found = []
        for row in range(int(self.first[firm]), int(self.first[firm + 1])):
            statement = self.firms[firm].statements[self.statement[row]]
            start, end = int(self.start[row]), int(self.end[row])
            found.append(Passage(statement.id, statement.kind, start, end, statement.text[start:end]))
        return found


def build_snapshot(
    firms: Sequence[Firm],
    encoder: Encoder,
    *,
    config: MatchConfig | None = None,
    change: int = 0,
    words_only: bool = False,
    progress: Progress | None = None,
) -> Snapshot:
    """Index firms in memory.

    Args:
        firms: in any order, ids unique.
        encoder: makes the vectors.
        config: numbers of the ranking; None is the default.
        change: change number of the newest row.
        words_only: take vectors only from the encoder's cache; the rest stay zero and are embedded later.
        progress: called with (texts done, texts in all).

    Raises:
        ValueError: two firms have one id.
    """
    config = config or MatchConfig()
    ordered = tuple(sorted(firms, key=lambda firm: firm.id))
    if len({firm.id for firm in ordered}) < len(ordered):
        raise ValueError("two firms have the same id")
    first, rows, texts = [0], [], []
    for firm in ordered:
        position = {statement.id: i for i, statement in enumerate(firm.statements)}
        for passage in firm_passages(firm, words=config.passage_words):
            rows.append((position[passage.statement_id], passage.start, passage.end))
            texts.append(passage.text)
        first.append(len(rows))
    vectors, embedded = _vectors(texts, encoder, words_only=words_only, progress=progress)
    terms = [FirmTerms.of(firm) for firm in ordered]
    lexical = LexicalIndex.build(
        (list(t.counts.elements()) for t in terms),
        [t.lang for t in terms],
        k1=config.bm25_k1,
        b=config.bm25_b,
    )
    table = np.asarray(rows, dtype=np.int32).reshape(-1, 3)
    return Snapshot(
        id="",
        change=change,
        firms=ordered,
        first=np.asarray(first, dtype=np.int64),
        statement=table[:, 0].copy(),
        start=table[:, 1].copy(),
        end=table[:, 2].copy(),
        embedded=embedded,
        dense=DenseIndex.build(vectors),
        lexical=lexical,
        config=config,
        encoder_id=encoder.id,
    )


def _vectors(
    texts: Sequence[str], encoder: Encoder, *, words_only: bool, progress: Progress | None
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    if not words_only:
        return encoder.encode(texts, progress=progress), np.ones(len(texts), dtype=bool)
    known = encoder.cached(texts) if isinstance(encoder, CachedEncoder) else {}
    vectors = np.zeros((len(texts), encoder.dim), dtype=np.float32)
    for row, text in enumerate(texts):
        if text in known:
            vectors[row] = known[text]
    return vectors, np.asarray([text in known for text in texts], dtype=bool)


def save_snapshot(snapshot: Snapshot, folder: Path) -> Snapshot:
    """Write a snapshot beside the others and make it the current one.

    The pointer file is replaced last and whole, so a crash at any byte leaves the last good snapshot in force.

    Args:
        snapshot: from :func:`build_snapshot`.
        folder: holds the snapshots and the file ``CURRENT``.

    Returns:
        The snapshot with the id it got.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{snapshot.change:012d}-{uuid.uuid4().hex[:8]}"
    building = folder / f"building-{name}"
    building.mkdir()
    with (building / "firms.jsonl").open("wb") as out:
        for firm in snapshot.firms:
            out.write(to_json(firm) + b"\n")
    np.savez(
        building / "passages.npz",
        first=snapshot.first,
        statement=snapshot.statement,
        start=snapshot.start,
        end=snapshot.end,
        embedded=snapshot.embedded,
    )
    snapshot.dense.save(building / "dense.faiss")
    snapshot.lexical.save(building)
    facts: dict[str, Any] = {
        "change": snapshot.change,
        "encoder_id": snapshot.encoder_id,
        "dim": snapshot.dense.dim,
        "n_firms": len(snapshot.firms),
        "n_passages": snapshot.n_passages,
        "n_embedded": int(snapshot.embedded.sum()),
        "config": dataclasses.asdict(snapshot.config),
    }
    write_manifest(building, kind="index", schema=SCHEMA, facts=facts)
    building.rename(folder / name)
    pointer = folder / f"{CURRENT}.{name}"
    with pointer.open("w") as out:
        out.write(name)
        out.flush()
        os.fsync(out.fileno())
    pointer.replace(folder / CURRENT)
    sync_folder(folder)
    _remove_old(folder, keep=name)
    return dataclasses.replace(snapshot, id=name)


def _remove_old(folder: Path, *, keep: str, n_kept: int = 3) -> None:
    """Remove half-built folders and all but the newest few; a process that has one open holds it in memory."""
    whole = sorted((p for p in folder.iterdir() if p.is_dir() and p.name[0].isdigit()), key=lambda p: p.stat().st_mtime)
    stale = [p for p in whole[:-n_kept] if p.name != keep]
    stale += [p for p in folder.glob("building-*") if keep not in p.name]
    for path in stale:
        shutil.rmtree(path, ignore_errors=True)
    for pointer in folder.glob(f"{CURRENT}.*"):
        pointer.unlink(missing_ok=True)


def current_id(folder: Path) -> str | None:
    """Id of the current snapshot, or None when none was built."""
    try:
        return (folder / CURRENT).read_text().strip() or None
    except FileNotFoundError:
        return None


def load_snapshot(folder: Path, *, verify: bool = False) -> Snapshot:
    """Open the current snapshot; if it is damaged, the newest one that is whole.

    Raises:
        ArtifactMissing: none was built.
        ArtifactMismatch: none is whole, or all were made by another version.
    """
    name = current_id(folder)
    names = [] if name is None else [name]
    if folder.exists():
        names += sorted((p.name for p in folder.iterdir() if p.is_dir() and p.name[0].isdigit()), reverse=True)
    first_error: ArtifactError | None = None
    for candidate in dict.fromkeys(names):
        try:
            return _load(folder / candidate, verify=verify)
        except ArtifactError as error:
            log.warning("snapshot %s is passed over: %s", candidate, error)
            first_error = first_error or error
    raise first_error or ArtifactMissing(f"no index in {str(folder)!r}: expected a built one; run `matcher index`")


def _load(folder: Path, *, verify: bool) -> Snapshot:
    manifest = read_manifest(folder, kind="index", schema=SCHEMA, verify=verify)
    firms = []
    with (folder / "firms.jsonl").open("rb") as lines:
        for line in lines:
            firms.append(firm_from_row(orjson.loads(line)))
    with np.load(folder / "passages.npz") as arrays:
        tables = {name: arrays[name] for name in ("first", "statement", "start", "end", "embedded")}
    dense = DenseIndex.load(folder / "dense.faiss")
    if dense.n_passages != manifest["n_passages"] or len(firms) != manifest["n_firms"]:
        raise ArtifactMismatch(
            f"{str(folder)!r} has {len(firms)} firms and {dense.n_passages} passages, its manifest says "
            f"{manifest['n_firms']} and {manifest['n_passages']}: rebuild with `matcher index`"
        )
    return Snapshot(
        id=folder.name,
        change=int(manifest["change"]),
        firms=tuple(firms),
        dense=dense,
        lexical=LexicalIndex.load(folder),
        config=MatchConfig(
            passage_words=manifest["config"]["passage_words"],
            bm25_k1=manifest["config"]["bm25_k1"],
            bm25_b=manifest["config"]["bm25_b"],
        ),
        encoder_id=manifest["encoder_id"],
        **tables,
    )
