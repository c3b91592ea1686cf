"""Text → vectors of length 1, without torch.

A text's vector must not depend on the texts beside it. Dynamic int8 takes one activation scale per tensor, so a
padded batch would give each text the scale of its batch: every text therefore runs alone, unpadded, and several
run side by side in threads. Short texts lose nothing by it, since no padding is computed.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.artifacts import read_manifest
from matcher.errors import ArtifactMismatch, EncoderError

SCHEMA = 1
T = TypeVar("T")
Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]
_WORD = re.compile(r"\w+")


class Encoder(Protocol):
    """What makes vectors."""

    @property
    def id(self) -> str:
        """Name of model and weights: vectors of equal ids compare, others do not."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Vectors of texts: float32 (n_texts, dim), rows of length 1; ``progress(done, total)`` on the way."""


class OnnxEncoder:
    """An exported model on onnxruntime; the only reader of that library."""

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        """Open an exported folder; use :meth:`load`, which says it in words.

        Args:
            folder: written by ``matcher export-encoder``.
            threads: texts encoded side by side; None is one per processor.

        Raises:
            ArtifactMissing: the folder is not there.
            ArtifactMismatch: made by another version, or damaged.
            EncoderError: the graph cannot be opened.
        """
        import onnxruntime
        from tokenizers import Tokenizer

        manifest = read_manifest(folder, kind="encoder", schema=SCHEMA)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise EncoderError(f"encoder {str(folder)!r} cannot be opened ({error}): export it again") from error
        self._dim = int(manifest["dim"])
        weights = manifest["files"]["encoder.onnx"]["sha256"]
        self._id = f"{manifest['name']}-{manifest['precision']}-{weights[:12]}"
        self._threads = threads or os.cpu_count() or 1

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None) -> OnnxEncoder:
        """Open the encoder in a folder; errors as in the constructor."""
        return cls(folder, threads=threads)

    @property
    def id(self) -> str:
        """Name, precision and the start of the weights' checksum."""
        return self._id

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Vectors of texts; a text that is empty gives the zero vector.

        Returns:
            float32 (n_texts, dim), rows of length 1.
        """
        vectors = np.zeros((len(texts), self._dim), dtype=np.float32)
        done, lock = 0, threading.Lock()

        def encode_one(position: int) -> None:
            nonlocal done
            if texts[position].strip():
                ids = np.asarray([self._tokenizer.encode(texts[position]).ids], dtype=np.int64)
                feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
                vectors[position] = self._session.run(None, feed)[0][0]
            with lock:
                done += 1
                if progress and (done % 32 == 0 or done == len(texts)):
                    progress(done, len(texts))

        if len(texts) <= 1 or self._threads == 1:
            for position in range(len(texts)):
                encode_one(position)
        else:
            # Few texts go one by one, so that a query's long text does not keep its short ones waiting on one thread.
            chunk = max(1, min(8, len(texts) // (8 * self._threads)))
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(encode_one, range(len(texts)), chunksize=chunk))
        return vectors


class HashEncoder:
    """Counts of hashed words and of their four-letter pieces: no weights, for tests and tools.

    Texts that share words are near, and nothing else is.
    """

    def __init__(self, dim: int = 64) -> None:
        """Make an encoder of ``dim`` dimensions, at least 2."""
        if dim < 2:
            raise ValueError(f"dim is {dim}, expected at least 2")
        self._dim = dim

    @property
    def id(self) -> str:
        """Name and dimension."""
        return f"hash-{self._dim}"

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Vectors of texts; one without words gives the zero vector.

        Returns:
            float32 (n_texts, dim), rows of length 1.
        """
        vectors = np.zeros((len(texts), self._dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.lower()):
                for piece in (word, word[:4]):
                    digest = hashlib.blake2b(piece.encode(), digest_size=8).digest()
                    vectors[row, int.from_bytes(digest[:4], "big") % self._dim] += 1 if digest[4] & 1 else -1
            length = float(np.linalg.norm(vectors[row]))
            vectors[row] /= length or 1.0
            if progress:
                progress(row + 1, len(texts))
        return vectors


class CachedEncoder:
    """Any encoder with a store of vectors on disk, by encoder id and content hash; safe for several processes.

    Vectors are stored in blocks as they are made, so a run that is stopped goes on where it was.
    """

    block = 512

    def __init__(self, encoder: Encoder, path: Path) -> None:
        """Wrap ``encoder`` with the store at ``path`` (made when missing)."""
        self._encoder, self._path = encoder, path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
        )

    @property
    def id(self) -> str:
        """Id of the wrapped encoder."""
        return self._encoder.id

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._encoder.dim

    def key(self, text: str) -> bytes:
        """Key of one text's vector."""
        return hashlib.sha256(f"{self._encoder.id}\n{text}".encode("utf-8", "surrogatepass")).digest()[:20]

    def cached(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Vectors that are stored already, by text."""
        keys = {self.key(text): text for text in texts}
        found: dict[str, NDArray[np.float32]] = {}
        for block in _blocks(list(keys), 500):
            marks = ",".join("?" * len(block))
            with self._lock:
                rows = self._db.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", block).fetchall()
            for key, blob in rows:
                if key not in keys:  # a file that was copied while it was written to, or a bad disk
                    raise EncoderError(
                        f"the store of vectors {str(self._path)!r} is damaged: delete it, it is made anew"
                    )
                vector = np.frombuffer(blob, dtype=np.float32)
                if len(vector) != self.dim:
                    raise ArtifactMismatch(
                        f"a cached vector has {len(vector)} dimensions but the encoder gives {self.dim}: "
                        "delete the cache file"
                    )
                found[keys[key]] = vector
        return found

    def version(self) -> tuple[int, int]:
        """A value that is another one after vectors were stored, by this process or by another."""
        with self._lock:
            # SQLite counts what other connections wrote in the one and what this one wrote in the other.
            (others,) = self._db.execute("PRAGMA data_version").fetchone()
            return int(others), self._db.total_changes

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Vectors of texts, read from the store where it has them.

        Returns:
            float32 (n_texts, dim), rows of length 1.

        Raises:
            EncoderError: the store cannot be written.
        """
        unique = list(dict.fromkeys(texts))
        known = self.cached(unique)
        missing = [text for text in unique if text not in known]
        done = len(unique) - len(missing)
        if progress and texts:
            progress(done, len(unique))
        for block in _blocks(missing, self.block):
            vectors = self._encoder.encode(block)
            rows = [(self.key(text), vector.tobytes()) for text, vector in zip(block, vectors, strict=True)]
            with self._lock:
                self._write("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            known.update(zip(block, vectors, strict=True))
            done += len(block)
            if progress:
                progress(done, len(unique))
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    def forget(self, texts: Sequence[str]) -> int:
        """Remove the stored vectors of texts, such as those of a firm that was deleted.

        Returns:
            How many were there.

        Raises:
            EncoderError: the store cannot be written.
        """
        keys = list({self.key(text) for text in texts})
        with self._lock:
            before = self._db.total_changes
            self._write("DELETE FROM vectors WHERE key = ?", [(key,) for key in keys])
            return int(self._db.total_changes - before)

    def _write(self, statement: str, rows: Sequence[tuple[bytes, ...]]) -> None:
        """Run a statement for each row in one transaction; call with the lock held."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(statement, rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise EncoderError(
                f"the store of vectors {str(self._path)!r} cannot be written ({error}): expected a file that this user "
                "may write, on a disk with room"
            ) from error

    def close(self) -> None:
        """Close the store."""
        self._db.close()


def _blocks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
