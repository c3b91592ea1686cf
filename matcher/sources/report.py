"""What a reader found and what an import did with it.

A reader gives a :class:`ReadResult`; :func:`build_report` compares it with what is stored. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from matcher.errors import RowError
from matcher.records import content_hash
from matcher.sources.contacts import mask_contacts
from matcher.types import Duplicate, Firm, ImportReport, Refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReadResult(Generic[T]):
    """Records of a file, and what was left out, repaired or refused on the way.

    Attributes:
        records: (line or sheet row, record), in the order of the file.
        refused: rows that were not read, each with line and reason.
        dropped: counts of values left out on purpose, by column or kind (contact data).
        repaired: counts of repairs, by kind.
        mapping: column → field, for tables.
        notes: what a reader should know of the file.
        refused_ids: ids of refused rows, as far as one could be read from them.
    """

    records: tuple[tuple[int, T], ...]
    refused: tuple[Refusal, ...] = ()
    dropped: dict[str, int] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    refused_ids: tuple[str, ...] = ()


def refusal_of(error: RowError) -> Refusal:
    """Refusal of a row, with contact data masked.

    The value of an unknown field is left out whole: such a field may hold a person's name.
    """
    value = "" if error.reason.startswith("unknown field") else mask_contacts(error.value)[0]
    return Refusal(error.line, mask_contacts(error.field)[0], value, error.reason)


def sorted_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts above zero, by name."""
    return {key: counts[key] for key in sorted(counts) if counts[key]}


def build_report(
    source: str,
    read: ReadResult[Firm],
    existing: Mapping[str, Firm],
    previous_ids: Collection[str] | None = None,
    *,
    duplicates: Sequence[Duplicate] = (),
) -> tuple[ImportReport, list[Firm]]:
    """Compare what was read with what is stored.

    Every row is in exactly one of new, updated, unchanged and refused. A later row with the id of an earlier one is
    refused. Storing the firms and importing the same file again gives only unchanged rows.

    Args:
        source: name of the file.
        read: what its reader gave.
        existing: stored firms by id, of any source.
        previous_ids: ids that the last import of this source brought, or None when there was none.
        duplicates: pairs found by :func:`matcher.sources.duplicates.possible_duplicates`.

    Returns:
        The report, and the new and updated firms, which are what has to be stored.
    """
    first_line: dict[str, int] = {}
    groups: dict[str, list[str]] = {"new": [], "updated": [], "unchanged": []}
    refused = list(read.refused)
    store: list[Firm] = []
    for line, firm in read.records:
        if firm.id in first_line:
            reason = f"line {first_line[firm.id]} has the same id; keep one row, or give each its own id"
            refused.append(Refusal(line, "id", firm.id, reason))
            continue
        first_line[firm.id] = line
        stored = existing.get(firm.id)
        if stored is not None and content_hash(stored) == content_hash(firm):
            groups["unchanged"].append(firm.id)
            continue
        groups["new" if stored is None else "updated"].append(firm.id)
        store.append(firm)
    gone = tuple(sorted(set(previous_ids or ()) - first_line.keys() - set(read.refused_ids)))
    notes = list(read.notes)
    if gone and (unnamed := len(read.refused) - len(read.refused_ids)) > 0:
        notes.append(
            f"{unnamed} refused rows have no readable id: a firm that disappeared may be one of them"
        )
    report = ImportReport(
        source=source,
        n_read=len(first_line) + len(refused),
        new=tuple(groups["new"]),
        updated=tuple(groups["updated"]),
        unchanged=tuple(groups["unchanged"]),
        refused=tuple(sorted(refused, key=lambda r: r.line)),
        duplicates=tuple(duplicates),
        disappeared=gone,
        dropped=dict(read.dropped),
        repaired=dict(read.repaired),
        mapping=dict(read.mapping),
        notes=tuple(notes),
    )
    return report, store
