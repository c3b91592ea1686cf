"""What a reader gives, and what an import did with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from matcher.records import content_hash
from matcher.sources.duplicates import possible_duplicates
from matcher.types import Firm, ImportReport, Project, Refusal

R = TypeVar("R", Firm, Project)


@dataclass(frozen=True)
class ReadResult(Generic[R]):
    """Records of a file with their lines, and what was left out.

    Attributes:
        records: (line, record), in file order.
        refused: rows that were not read, each with line and reason.
        dropped: counts of values left out on purpose.
        repaired: counts of repairs, by kind.
        mapping: column → field, for tables.
        notes: what a reader should know of the file.
    """

    records: tuple[tuple[int, R], ...]
    refused: tuple[Refusal, ...] = ()
    dropped: dict[str, int] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def build_report(
    source: str, read: ReadResult[R], existing: Mapping[str, R], previous_ids: Collection[str] | None = None
) -> tuple[ImportReport, list[R]]:
    """Compare what was read with what is stored.

    Args:
        source: name of the file.
        read: from a reader.
        existing: stored records by id.
        previous_ids: ids that the last import of this source brought; None when it is new.

    Returns:
        The report, and the records to store: those that are new or changed.
    """
    lines: dict[str, int] = {}
    refused = list(read.refused)
    new, updated, unchanged, store = [], [], [], []
    for line, record in read.records:
        if record.id in lines:
            reason = f"the id stands on line {lines[record.id]} already; give each row its own"
            refused.append(Refusal(line, "id", record.id, reason))
            continue
        lines[record.id] = line
        stored = existing.get(record.id)
        if stored is None:
            new.append(record.id)
        elif content_hash(stored) != content_hash(record):
            updated.append(record.id)
        else:
            unchanged.append(record.id)
            continue
        store.append(record)
    report = ImportReport(
        source=source,
        n_read=len(read.records) + len(read.refused),
        new=tuple(new),
        updated=tuple(updated),
        unchanged=tuple(unchanged),
        refused=tuple(sorted(refused, key=lambda r: r.line)),
        duplicates=tuple(possible_duplicates(_firms(store), _firms(existing.values()))),
        disappeared=tuple(sorted(set(previous_ids or ()) - set(lines) - {r.value for r in refused})),
        dropped=dict(read.dropped),
        repaired=dict(read.repaired),
        mapping=dict(read.mapping),
        notes=read.notes,
    )
    return report, store


def _firms(records: Iterable[object]) -> list[Firm]:
    """Those of the records that are firms: only firms are looked at for duplicates."""
    return [record for record in records if isinstance(record, Firm)]


def as_refusal(line: int, field_name: str, value: str, reason: str) -> Refusal:
    """A refusal with its value shortened."""
    return Refusal(line, field_name, value[:80], reason)


def with_statements(firm: Firm, texts: Mapping[str, str]) -> Firm:
    """A firm with some statements' texts replaced, by statement id."""
    changed = tuple(dataclasses.replace(s, text=texts[s.id]) if s.id in texts else s for s in firm.statements)
    return dataclasses.replace(firm, statements=changed)
