"""An immutable snapshot of all firms: records, passages, vectors, terms and facets in one versioned folder.

Everything that a query needs of every firm lies there as arrays, so that opening one takes little time and few
objects; records are read when shown.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import logging
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import orjson
from numpy.typing import NDArray

from matcher.artifacts import read_manifest, sync_folder, write_manifest
from matcher.config import MatchConfig
from matcher.encoding import CachedEncoder, Encoder
from matcher.errors import ArtifactError, ArtifactMismatch, ArtifactMissing
from matcher.facets import Facets
from matcher.indexes.dense import DenseIndex
from matcher.indexes.firms import StoredFirms, write_firms
from matcher.indexes.lexical import LexicalIndex
from matcher.indexes.memo import Memo
from matcher.indexes.phrases import PhraseIndex
from matcher.language import language_of
from matcher.passages import firm_passages, firm_text
from matcher.terms import analyse
from matcher.types import Firm, Passage, StatementKind

SCHEMA = 3
N_KEPT = 3
MEMO_BYTES = 96 << 20
N_READINGS = 512
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


@dataclasses.dataclass(frozen=True, slots=True)
class FirmReading:
    """One firm as reasons are taken from it: its record, its passages and their terms, one list a passage."""

    firm: Firm
    passages: tuple[Passage, ...]
    terms: FirmTerms
    passage_terms: tuple[list[str], ...]

    @classmethod
    def of(cls, firm: Firm, passages: Sequence[Passage], terms: FirmTerms | None = None) -> FirmReading:
        """Analyse a firm's passages in its language."""
        terms = terms or FirmTerms.of(firm)
        return cls(firm, tuple(passages), terms, tuple(analyse(p.text, terms.lang) for p in passages))


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """All firms at one change number.

    Attributes:
        id: name of its folder.
        change: change number of the newest row in it.
        ids: ids of firms, sorted.
        firms: in the same order.
        facets: what filters read, in the same order.
        n_words: int32 (n_firms,), words of each profile, certificates left out.
        first: int64 (n_firms + 1,), passages of firm i are rows first[i] to first[i + 1].
        statement: int32 (n_passages,), position of the statement within the firm.
        start: int32 (n_passages,), where the quote begins.
        end: int32 (n_passages,), where it ends.
        embedded: bool (n_passages,), False where the vector is still zero.
        dense: vectors of passages, in the same order.
        lexical: terms of firms, in the same order.
        phrases: neighbouring terms of their passages, in the same order.
        config: the numbers it was built with.
        encoder_id: what made the vectors.
    """

    id: str
    change: int
    ids: tuple[str, ...]
    firms: Sequence[Firm]
    facets: Facets
    n_words: NDArray[np.int32]
    first: NDArray[np.int64]
    statement: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    embedded: NDArray[np.bool_]
    dense: DenseIndex
    lexical: LexicalIndex
    phrases: PhraseIndex
    config: MatchConfig
    encoder_id: str

    @functools.cached_property
    def owner(self) -> NDArray[np.int32]:
        """int32 (n_passages,), position of the firm of each passage."""
        return np.repeat(np.arange(len(self.firms), dtype=np.int32), np.diff(self.first))

    @functools.cached_property
    def profiles(self) -> NDArray[np.float32]:
        """float32 (n_firms, dim), mean of each firm's passage vectors at length 1; zero without any."""
        sums, some = np.zeros((len(self.first) - 1, self.dense.dim), dtype=np.float32), np.diff(self.first) > 0
        if some.any():  # vectors that have not arrived are zero, and add nothing
            sums[some] = np.add.reduceat(self.dense.all_vectors(), self.first[:-1][some], axis=0)
        return unit(sums)

    @functools.cached_property
    def positions(self) -> dict[str, int]:
        """Position of each firm by its id."""
        return {firm_id: i for i, firm_id in enumerate(self.ids)}

    @functools.cached_property
    def waiting(self) -> NDArray[np.int64]:
        """int64 (n_waiting,), positions of firms with a passage that has no vector yet, ascending."""
        return np.unique(self.owner[~self.embedded]).astype(np.int64)

    @functools.cached_property
    def memo(self) -> Memo:
        """Scores of the queries asked last, for all firms, filters aside."""
        return Memo(MEMO_BYTES)

    @property
    def n_passages(self) -> int:
        """Passages of all firms."""
        return len(self.start)

    def rows(self, firm: int) -> slice:
        """Rows of a firm's passages."""
        return slice(int(self.first[firm]), int(self.first[firm + 1]))

    def passages(self, firm: int) -> list[Passage]:
        """Passages of one firm, by its position."""
        return self._passages_of(self.firms[firm], firm)

    def _passages_of(self, record: Firm, firm: int) -> list[Passage]:
        found = []
        for row in range(int(self.first[firm]), int(self.first[firm + 1])):
            statement = record.statements[self.statement[row]]
            start, end = int(self.start[row]), int(self.end[row])
            found.append(Passage(statement.id, statement.kind, start, end, statement.text[start:end]))
        return found

    def reading(self, firm: int) -> FirmReading:
        """One firm as reasons are taken from it; those read last are kept."""
        found: FirmReading | None = self._readings.get(firm)
        if found is None:
            record = self.firms[firm]
            found = self._readings[firm] = FirmReading.of(record, self._passages_of(record, firm))
            if len(self._readings) > N_READINGS:
                with contextlib.suppress(KeyError, RuntimeError):  # another thread made room just now
                    del self._readings[next(iter(self._readings))]
        return found

    @functools.cached_property
    def _readings(self) -> dict[int, FirmReading]:
        return {}

    def with_vectors(self, rows: NDArray[np.int64], vectors: NDArray[np.float32]) -> Snapshot:
        """The same snapshot with vectors that have arrived since.

        Args:
            rows: rows of passages.
            vectors: float32 (n_rows, dim).
        """
        embedded = self.embedded.copy()
        embedded[rows] = True
        changed = dataclasses.replace(self, embedded=embedded, dense=self.dense.with_vectors(rows, vectors))
        # What was worked out of the parts that stay is kept.
        changed.__dict__.update({k: v for k, v in self.__dict__.items() if k in ("owner", "positions")})
        return changed


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows at length 1; rows of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: NDArray[np.float32] = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32, copy=False)
    return found


def profile_words(passages: Sequence[Passage]) -> int:
    """Words of a profile, certificates left out: few say too little to judge a firm by."""
    return sum(len(p.text.split()) for p in passages if p.field is not StatementKind.CERTIFICATE)


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
    first, rows, texts, n_words = [0], [], [], []
    terms = [FirmTerms.of(firm) for firm in ordered]
    phrases: list[list[list[str]]] = []
    for firm, own in zip(ordered, terms, strict=True):
        position = {statement.id: i for i, statement in enumerate(firm.statements)}
        passages = firm_passages(firm, words=config.passage_words)
        rows += [(position[passage.statement_id], passage.start, passage.end) for passage in passages]
        texts += [passage.text for passage in passages]
        phrases.append([analyse(passage.text, own.lang) for passage in passages])
        n_words.append(profile_words(passages))
        first.append(len(rows))
    vectors, embedded = _vectors(texts, encoder, words_only=words_only, progress=progress)
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
        ids=tuple(firm.id for firm in ordered),
        firms=ordered,
        facets=Facets.of(ordered),
        n_words=np.asarray(n_words, dtype=np.int32),
        first=np.asarray(first, dtype=np.int64),
        statement=table[:, 0].copy(),
        start=table[:, 1].copy(),
        end=table[:, 2].copy(),
        embedded=embedded,
        dense=DenseIndex.build(vectors),
        lexical=lexical,
        phrases=PhraseIndex.build(phrases, lexical.numbers),
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
    with _holding(building, fcntl.LOCK_EX):
        _write(snapshot, building)
        building.rename(folder / name)
        # The folder's new name must be on disk before the pointer that names it.
        sync_folder(folder)
        pointer = folder / name / CURRENT
        with pointer.open("w") as out:
            out.write(name)
            out.flush()
            os.fsync(out.fileno())
        pointer.replace(folder / CURRENT)
        sync_folder(folder)
    _remove_old(folder, keep=name)
    return dataclasses.replace(snapshot, id=name)


def _write(snapshot: Snapshot, folder: Path) -> None:
    first_byte = write_firms(snapshot.firms, folder / "firms.jsonl")
    (folder / "ids.json").write_bytes(orjson.dumps(snapshot.ids))
    np.savez(
        folder / "passages.npz",
        first=snapshot.first,
        statement=snapshot.statement,
        start=snapshot.start,
        end=snapshot.end,
        embedded=snapshot.embedded,
        n_words=snapshot.n_words,
        first_byte=first_byte,
    )
    snapshot.facets.save(folder)
    snapshot.dense.save(folder / "dense.faiss")
    snapshot.lexical.save(folder)
    snapshot.phrases.save(folder)
    facts: dict[str, Any] = {
        "change": snapshot.change,
        "encoder_id": snapshot.encoder_id,
        "dim": snapshot.dense.dim,
        "n_firms": len(snapshot.firms),
        "n_passages": snapshot.n_passages,
        "n_embedded": int(snapshot.embedded.sum()),
        "config": dataclasses.asdict(snapshot.config),
    }
    write_manifest(folder, kind="index", schema=SCHEMA, facts=facts)


@contextlib.contextmanager
def _holding(folder: Path, how: int) -> Iterator[None]:
    """Hold a lock on a folder; the system lets go of it when the process ends, however it ends.

    Raises:
        BlockingIOError: ``how`` says not to wait and another process holds it.
        FileNotFoundError: the folder is not there.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _stored(folder: Path) -> list[Path]:
    """Finished snapshots, newest first."""
    found = []
    for path in folder.iterdir() if folder.exists() else ():
        with contextlib.suppress(FileNotFoundError):  # another process removed it meanwhile
            if path.name[0].isdigit() and path.is_dir():
                found.append((path.stat().st_mtime_ns, path.name, path))
    return [path for *_, path in sorted(found, reverse=True)]


def _remove_old(folder: Path, *, keep: str) -> None:
    """Remove half-built folders and all but the newest few snapshots, but none that a process holds."""
    stale = [path for path in _stored(folder)[N_KEPT:] if path.name not in (keep, current_id(folder))]
    for path in [*stale, *folder.glob("building-*")]:
        # Held by a process that is loading or still writing it; or removed by another one just now.
        with contextlib.suppress(BlockingIOError, FileNotFoundError), _holding(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(path, ignore_errors=True)


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
    first_error: ArtifactError | None = None
    tried: set[str] = set()
    # Once more, if all that were there have been replaced and removed by the worker in the meantime.
    for _ in range(3):
        current = current_id(folder)
        names = [current] if current else []
        names += [path.name for path in _stored(folder)]
        for candidate in dict.fromkeys(names):
            if candidate in tried:
                continue
            tried.add(candidate)
            try:
                return _load(folder / candidate, verify=verify)
            except ArtifactError as error:
                log.warning("snapshot %s is passed over: %s", candidate, error)
                first_error = first_error or error
    raise first_error or ArtifactMissing(f"no index in {str(folder)!r}: expected a built one; run `matcher index`")


def _load(folder: Path, *, verify: bool) -> Snapshot:
    try:
        with _holding(folder, fcntl.LOCK_SH):
            return _read(folder, verify=verify)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ArtifactMissing(f"index {str(folder)!r} is not there or was just removed: build it again") from error
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        # What NumPy, JSON and zip say of a file that is not what its name says.
        raise ArtifactMismatch(f"index {str(folder)!r} cannot be read ({error}): build it again") from error


def _read(folder: Path, *, verify: bool) -> Snapshot:
    manifest = read_manifest(folder, kind="index", schema=SCHEMA, verify=verify)
    with np.load(folder / "passages.npz") as arrays:
        tables = {name: arrays[name] for name in ("first", "statement", "start", "end", "embedded", "n_words")}
        firms = StoredFirms(folder / "firms.jsonl", arrays["first_byte"])
    dense = DenseIndex.load(folder / "dense.faiss")
    if dense.n_passages != manifest["n_passages"] or len(firms) != manifest["n_firms"]:
        raise ArtifactMismatch(
            f"{str(folder)!r} has {len(firms)} firms and {dense.n_passages} passages, its manifest says "
            f"{manifest['n_firms']} and {manifest['n_passages']}: rebuild with `matcher index`"
        )
    return Snapshot(
        id=folder.name,
        change=int(manifest["change"]),
        ids=tuple(orjson.loads((folder / "ids.json").read_bytes())),
        firms=firms,
        facets=Facets.load(folder) or Facets.of(firms),
        dense=dense,
        lexical=LexicalIndex.load(folder),
        phrases=PhraseIndex.load(folder),
        config=MatchConfig(
            passage_words=manifest["config"]["passage_words"],
            bm25_k1=manifest["config"]["bm25_k1"],
            bm25_b=manifest["config"]["bm25_b"],
        ),
        encoder_id=manifest["encoder_id"],
        **tables,
    )
