"""Does the index say what the database says? Looks, reports in plain words, and mends only when asked.

What processes search is the stored snapshot and, on top, the rows above its change number. So each row at or below
that number must stand in the snapshot as it stands in the database, and nothing else may.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from matcher import (
    ArtifactError,
    CachedEncoder,
    Firm,
    MatcherError,
    Project,
    RowError,
    Snapshot,
    content_hash,
    current_id,
    firm_from_row,
    load_snapshot,
    passage_texts,
    project_from_row,
)
from service.db import Database
from service.firms import repository as firms_repository
from service.projects import repository as projects_repository
from service.settings import Settings
from service.stored_index import OWNER
from service.tables import clock, firms, projects, tombstones

log = logging.getLogger(__name__)
Reader = Callable[..., Firm | Project]
SAMPLE, TOLERANCE = 500, 1e-5
BATCH_ROWS = 500


class Fault(StrEnum):
    """Kinds of findings."""

    INDEX = "index"
    FIRM = "firm"
    EXTRA = "extra"
    PASSAGES = "passages"
    VECTOR = "vector"
    SET_BACK = "set_back"
    CLOCK = "clock"
    BODY = "body"
    COLUMNS = "columns"
    TOMBSTONE = "tombstone"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        fault: its kind.
        record_id: the firm or project, or None.
        text: in plain words; names ids, never contents of a record.
        can_repair: False where nothing but a backup or a person has the right value.
    """

    fault: Fault
    record_id: str | None
    text: str
    can_repair: bool = True


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was compared and what was found.

    Attributes:
        snapshot: id of the stored snapshot that was compared, or None.
        change: newest change number of the database.
        n_firms: firms of the database.
        n_projects: projects of the database.
        n_compared: firms whose whole content was compared with the snapshot.
        n_newer: firms that changed after the snapshot: processes read them from the database.
        n_passages: passages of the snapshot.
        n_waiting: passages whose vectors are not in the snapshot yet.
        n_vectors: vectors that were compared with the store.
        findings: what is wrong now.
        repaired: what was wrong and is mended.
    """

    snapshot: str | None = None
    change: int = 0
    n_firms: int = 0
    n_projects: int = 0
    n_compared: int = 0
    n_newer: int = 0
    n_passages: int = 0
    n_waiting: int = 0
    n_vectors: int = 0
    findings: tuple[Finding, ...] = ()
    repaired: tuple[Finding, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass
class Look:
    """One comparison; collects what a repair needs to know.

    Attributes:
        doubtful: texts whose vectors differ between index and store.
        top: the highest change number that stands anywhere.
        indexed_ids: firms of the snapshot, when it is of this database.
    """

    database: Database
    settings: Settings
    encoder: CachedEncoder
    sample: int
    seed: int
    findings: list[Finding] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    top: int = 0
    indexed_ids: set[str] = field(default_factory=set)

    def report(self) -> VerifyReport:
        """Compare everything."""
        # The snapshot first: rows that change meanwhile have higher numbers, and are not expected in it.
        snapshot = self._stored_snapshot()
        with self.database.read() as tx:
            report = self._check_clock(tx)
            if snapshot is not None and not self._belongs(tx, snapshot, report.change):
                snapshot = None
            if snapshot is not None:
                report = replace(report, snapshot=snapshot.id, n_passages=snapshot.n_passages)
            report = self._check_firms(tx, snapshot, report)
            report = self._check_projects(tx, report)
            embedded = self._embedded_firms(tx, snapshot)
        if snapshot is not None:
            n_vectors = self._compare_vectors(snapshot, embedded)
            report = replace(report, n_vectors=n_vectors, n_waiting=int((~snapshot.embedded).sum()))
        elif report.n_firms and not any(f.fault in (Fault.INDEX, Fault.SET_BACK) for f in self.findings):
            self._add(Fault.INDEX, None, "there is no stored index: the worker writes one")
        return replace(report, findings=tuple(self.findings))

    def _add(self, fault: Fault, record_id: str | None, text: str, *, can_repair: bool = True) -> None:
        self.findings.append(Finding(fault, record_id, text, can_repair))

    # -- the stored snapshot

    def _stored_snapshot(self) -> Snapshot | None:
        folder = self.settings.index_folder
        try:
            current = current_id(folder)
            if current is None:
                return None
            snapshot = load_snapshot(folder, verify=True)
        except ArtifactError as error:
            self._add(Fault.INDEX, None, f"the stored index cannot be used: {error}")
            return None
        except (OSError, ValueError, LookupError, TypeError, AttributeError, MatcherError) as error:
            # A manifest whose bytes changed is still JSON at times, and says odd things.
            self._add(Fault.INDEX, None, f"the stored index cannot be read ({type(error).__name__}: {error})")
            return None
        if snapshot.id != current:
            self._add(
                Fault.INDEX, None,
                f"the current snapshot {current[:40]!r} is damaged; the newest whole one is {snapshot.id!r}",
            )  # fmt: skip
        return snapshot

    def _belongs(self, tx: Connection, snapshot: Snapshot, change: int) -> bool:
        """Whether the snapshot is of this database; one of another encoder is, and is compared by its words."""
        try:
            owner = (self.settings.index_folder / OWNER).read_text().strip()
        except (OSError, ValueError):
            owner = ""
        if owner not in set(tx.execute(select(clock.c.database_id)).scalars()):
            self._add(Fault.INDEX, None, "the stored index is of another database, or of this one before a restore")
            return False
        self.top, self.indexed_ids = max(self.top, snapshot.change), {firm.id for firm in snapshot.firms}
        if snapshot.change > change:
            self._add(
                Fault.SET_BACK, None,
                f"snapshot {snapshot.id!r} is at change {snapshot.change}, the database at {change}: "
                "the database was set back behind the index",
            )  # fmt: skip
            return False
        if (snapshot.encoder_id, snapshot.dense.dim) != (self.encoder.id, self.encoder.dim):
            self._add(
                Fault.INDEX, None,
                f"the stored index was made with encoder {snapshot.encoder_id!r} ({snapshot.dense.dim} dimensions), "
                f"in use is {self.encoder.id!r} ({self.encoder.dim})",
            )  # fmt: skip
        return True

    # -- rows

    def _check_clock(self, tx: Connection) -> VerifyReport:
        highest = [tx.execute(select(func.max(table.c.change))).scalar() or 0 for table in (firms, tombstones)]
        self.top = max(highest)
        rows = tx.execute(select(clock)).all()
        if [row.id for row in rows] != [1]:
            self._add(Fault.CLOCK, None, f"the table 'clock' has {len(rows)} rows, expected the one with id 1")
            return VerifyReport(change=self.top)
        row = rows[0]
        if row.change < self.top:
            self._add(
                Fault.CLOCK, None, f"the clock stands at {row.change}, a firm was written or deleted at {self.top}"
            )
        elif row.embedded > row.change:
            self._add(
                Fault.CLOCK, None, f"vectors are said to be made up to {row.embedded}, the clock says {row.change}"
            )
        self.top = max(self.top, row.change)
        return VerifyReport(change=row.change)

    def _check_firms(self, tx: Connection, snapshot: Snapshot | None, report: VerifyReport) -> VerifyReport:
        gone = {row.id: row.change for row in tx.execute(select(tombstones))}
        places = {} if snapshot is None else {firm.id: i for i, firm in enumerate(snapshot.firms)}
        unseen, archived = set(places), firms_repository.archived_ids(tx)
        n_firms = n_compared = n_newer = 0
        for row in rows_of(tx, firms):
            n_firms += 1
            unseen.discard(row["id"])
            if row["id"] in gone:
                self._add(Fault.TOMBSTONE, row["id"], f"firm {row['id']!r} is here and is marked as deleted")
            firm = self._firm(row)
            if snapshot is None or firm is None:
                continue
            if row["change"] > snapshot.change:
                n_newer += 1
            else:
                n_compared += 1
                if firm.id not in archived:
                    self._compare(snapshot, places.get(firm.id), firm)
                elif firm.id in places:
                    self._add(Fault.FIRM, firm.id, f"firm {firm.id!r} was put away by staff and is in the index")
        if snapshot is not None:
            for firm_id in sorted(key for key in unseen if gone.get(key, 0) <= snapshot.change):
                self._add(Fault.EXTRA, firm_id, f"firm {firm_id!r} is in the index and not in the database")
        return replace(report, n_firms=n_firms, n_compared=n_compared, n_newer=n_newer)

    def _compare(self, snapshot: Snapshot, place: int | None, firm: Firm) -> None:
        if place is None:
            self._add(Fault.FIRM, firm.id, f"firm {firm.id!r} is in the database and not in the index")
            return
        if content_hash(snapshot.firms[place]) != content_hash(firm):
            self._add(Fault.FIRM, firm.id, f"firm {firm.id!r} says something else in the index than in the database")
            return
        try:
            indexed = [passage.text for passage in snapshot.passages(place)]
        except IndexError:
            indexed = []
        expected = passage_texts(firm, config=snapshot.config)
        if indexed != expected:
            self._add(
                Fault.PASSAGES, firm.id,
                f"firm {firm.id!r} has {len(expected)} passages, the index has {len(indexed)} or other ones",
            )  # fmt: skip

    def _firm(self, row: Mapping[str, Any]) -> Firm | None:
        """The firm that a row's body says, after comparing the columns beside it."""
        firm = self._body("firm", row, firm_from_row)
        if not isinstance(firm, Firm):
            return None
        self._compare_columns("firm", row, firm_columns(firm))
        return firm

    def _check_projects(self, tx: Connection, report: VerifyReport) -> VerifyReport:
        n_projects = 0
        for row in rows_of(tx, projects):
            n_projects += 1
            project = self._body("project", row, project_from_row)
            if isinstance(project, Project):
                self._compare_columns("project", row, project_columns(project))
        return replace(report, n_projects=n_projects)

    def _body(self, kind: str, row: Mapping[str, Any], read: Reader) -> Firm | Project | None:
        try:
            return read_body(row, read)
        except (ValueError, MatcherError) as error:
            reason = f"{error.field}: {error.reason}" if isinstance(error, RowError) else str(error)
        self._add(
            Fault.BODY, row["id"],
            f"the body of {kind} {row['id']!r} cannot be read ({reason}): "
            f"write the {kind} anew, delete it, or restore a backup",
            can_repair=False,
        )  # fmt: skip
        return None

    def _compare_columns(self, kind: str, row: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
        odd = [name for name, value in expected.items() if row[name] != value]
        if odd:
            self._add(
                Fault.COLUMNS, row["id"], f"{kind} {row['id']!r}: {', '.join(odd)} says something else than its body"
            )

    # -- vectors

    def _compare_vectors(self, snapshot: Snapshot, embedded: frozenset[str]) -> int:
        if (snapshot.encoder_id, snapshot.dense.dim) != (self.encoder.id, self.encoder.dim):
            return 0  # which is a finding already
        try:
            self._check_waiting(snapshot, embedded)
            return self._check_vectors(snapshot)
        except ArtifactError as error:
            self._add(Fault.VECTOR, None, f"the store of vectors cannot be used: {error}", can_repair=False)
            return 0

    def _embedded_firms(self, tx: Connection, snapshot: Snapshot | None) -> frozenset[str]:
        """Firms whose vectors the worker says it has made, as the snapshot has them."""
        row = tx.execute(select(clock)).first()
        if row is None or snapshot is None or row.encoder_id != self.encoder.id:
            return frozenset()
        query = select(firms.c.id).where(firms.c.change <= min(row.embedded, snapshot.change))
        return frozenset(tx.execute(query).scalars())

    def _check_waiting(self, snapshot: Snapshot, below: frozenset[str]) -> None:
        """Passages without a vector whose firm is past the worker: nobody would ever make it."""
        rows = np.flatnonzero(~snapshot.embedded)
        texts = {
            text
            for row, text in zip(rows, _texts(snapshot, rows), strict=True)
            if snapshot.firms[snapshot.owner[row]].id in below
        }
        lost = texts - set(self.encoder.cached(sorted(texts)))
        if lost:
            self._add(Fault.VECTOR, None, f"{len(lost)} passages have no vector, though all are said to be made")

    def _check_vectors(self, snapshot: Snapshot) -> int:
        rows = np.flatnonzero(snapshot.embedded)
        chosen = np.sort(np.random.default_rng(self.seed).permutation(rows)[: self.sample]).astype(np.int64)
        texts = _texts(snapshot, chosen)
        # Those that the store has lost are passed over: vectors of texts that a deleted firm shared are forgotten.
        stored = self.encoder.cached(texts)
        vectors = snapshot.dense.vectors(chosen)
        wrong = [
            text
            for text, vector in zip(texts, vectors, strict=True)
            if text in stored and not np.allclose(stored[text], vector, rtol=0, atol=TOLERANCE)
        ]
        if wrong:
            self.doubtful += wrong
            self._add(Fault.VECTOR, None, f"{len(wrong)} of {len(chosen)} vectors differ between index and store")
        return sum(text in stored for text in texts)


def _texts(snapshot: Snapshot, rows: NDArray[Any]) -> list[str]:
    """Texts of passages, by their rows in the snapshot."""
    found = []
    for row in rows:
        statement = snapshot.firms[snapshot.owner[row]].statements[snapshot.statement[row]]
        found.append(statement.text[int(snapshot.start[row]) : int(snapshot.end[row])])
    return found


def rows_of(tx: Connection, table: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - one of two tables
    """Rows of a table in the order of their ids, read in batches."""
    query = select(table).order_by(table.c.id).execution_options(yield_per=BATCH_ROWS)
    for row in tx.execute(query).mappings():
        yield dict(row)


def read_body(row: Mapping[str, Any], read: Reader) -> Firm | Project:
    """The record that a row's body says.

    Raises:
        ValueError: it is no JSON object, or is of another id than its row.
        RowError: it is no such record.
    """
    found = orjson.loads(row["body"])
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    record = read(found)
    if record.id != row["id"]:
        raise ValueError(f"it is of {record.id!r}")
    return record


def firm_columns(firm: Firm) -> dict[str, Any]:
    """What a firm's columns must say: all that its row is written with but the body and the change number."""
    columns = firms_repository.columns(firm, 0)
    return {name: value for name, value in columns.items() if name not in ("body", "change")}


def project_columns(project: Project) -> dict[str, Any]:
    """What a project's columns must say."""
    return {name: value for name, value in projects_repository.columns(project).items() if name != "body"}
