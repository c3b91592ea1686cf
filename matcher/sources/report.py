"""What a reader gives, and what an import does with it: pure functions between files and whatever stores records.

:func:`plan_import` plans a whole import at once. A store that commits in chunks takes the same steps apart:
:func:`accept` once, :func:`plan_changes` per slice (keeping each record's outcome in the commit of its slice), and
:func:`report_import` at the end, from the outcomes that were kept. Such an import can be stopped anywhere and taken up
with the first record that has no outcome; its report is the one that an import without a stop would have given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from matcher.errors import RowError
from matcher.records import firm_from_row, project_from_row, to_dict
from matcher.sources.contacts import mask_contacts
from matcher.sources.duplicates import possible_duplicates
from matcher.sources.merge import merge_record
from matcher.sources.people import Person
from matcher.types import Duplicate, Firm, ImportReport, Project, Refusal

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
        refused_ids: ids of refused rows, where they could be read: these did not disappear from the file.
        people: who is in the contact columns of a table, by firm; for a store of contacts, never for a profile.
    """

    records: tuple[tuple[int, R], ...]
    refused: tuple[Refusal, ...] = ()
    dropped: dict[str, int] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    refused_ids: frozenset[str] = frozenset()
    people: dict[str, tuple[Person, ...]] = field(default_factory=dict, repr=False)


class Outcome(StrEnum):
    """What became of a row that was read and not refused."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Change(Generic[R]):
    """What an import makes of one record.

    Attributes:
        outcome: new, updated or unchanged.
        record: what to store; for an unchanged one, what is stored already.
        base: what the source said, to merge with next time.
    """

    outcome: Outcome
    record: R
    base: R


@dataclass(frozen=True)
class ImportPlan(Generic[R]):
    """A whole import, planned.

    Attributes:
        report: what it does.
        records_to_store: new and updated records.
        bases_to_store: what the source said of every record read, in file order. Bases of other ids are kept as they
            are, so that a record that leaves the file and comes back is merged and not taken for a new one.
    """

    report: ImportReport
    records_to_store: tuple[R, ...]
    bases_to_store: tuple[R, ...]


def accept(read: ReadResult[R]) -> ReadResult[R]:
    """Refuse rows whose id stands in the file already, and rows that could not be read back once stored.

    Blanks around texts go too, as they do in every file that we read, so that quotes stand at their offsets after
    the record was stored and read again.

    Returns:
        The same rows, each either in ``records`` or in ``refused``, which is sorted by line.
    """
    lines: dict[str, int] = {}
    records: list[tuple[int, R]] = []
    refused = list(read.refused)
    for line, record in read.records:
        if record.id in lines:
            reason = f"the id stands on line {lines[record.id]} already; give each row its own"
            refused.append(as_refusal(line, "id", record.id, reason))
            continue
        try:
            records.append((line, _as_read_back(record, line)))
        except RowError as error:
            refused.append(as_refusal(line, error.field, mask_contacts(error.value)[0], error.reason))
            continue
        lines[record.id] = line
    ordered = tuple(sorted(refused, key=lambda row: row.line))
    return dataclasses.replace(read, records=tuple(records), refused=ordered)


def _as_read_back(record: R, line: int) -> R:
    row = to_dict(record)
    return firm_from_row(row, line=line) if isinstance(record, Firm) else project_from_row(row, line=line)


def plan_changes(records: Iterable[R], existing: Mapping[str, R], bases: Mapping[str, R]) -> list[Change[R]]:
    """Say what an import makes of some of its records.

    Args:
        records: accepted rows of the file, all or a slice.
        existing: stored records by id; those of the slice are enough.
        bases: what this source said of these records when it last brought them, by id.

    Returns:
        One change a record, in the same order. A record that was deleted since the last import is new.
    """
    changes: list[Change[R]] = []
    for record in records:
        stored = existing.get(record.id)
        if stored is None:
            changes.append(Change(Outcome.NEW, record, record))
            continue
        merged = merge_record(bases.get(record.id), stored, record)
        outcome = Outcome.UNCHANGED if merged == stored else Outcome.UPDATED
        changes.append(Change(outcome, merged, record))
    return changes


def report_import(
    source: str,
    read: ReadResult[R],
    outcomes: Mapping[str, Outcome],
    *,
    duplicates: Iterable[Duplicate] = (),
    last_ids: Collection[str] | None = None,
) -> ImportReport:
    """Report on an import, every row read in exactly one of new, updated, unchanged and refused.

    Args:
        source: name of the file.
        read: what :func:`accept` gave.
        outcomes: of every accepted record, by id, in any order.
        duplicates: pairs that may be one firm.
        last_ids: ids that the last import of this source brought; None when it is new.

    Raises:
        ValueError: a record has no outcome, so that the import is not finished.
    """
    ids = [record.id for _, record in read.records]
    missing = [i for i in ids if i not in outcomes]
    if missing:
        raise ValueError(f"{len(missing)} of {len(ids)} records have no outcome yet, such as {missing[0]!r}")
    by_outcome = {outcome: tuple(i for i in ids if outcomes[i] is outcome) for outcome in Outcome}
    return ImportReport(
        source=source,
        n_read=len(read.records) + len(read.refused),
        new=by_outcome[Outcome.NEW],
        updated=by_outcome[Outcome.UPDATED],
        unchanged=by_outcome[Outcome.UNCHANGED],
        refused=read.refused,
        duplicates=tuple(duplicates),
        disappeared=tuple(sorted(set(last_ids or ()) - set(ids) - read.refused_ids)),
        dropped=dict(read.dropped),
        repaired=dict(read.repaired),
        mapping=dict(read.mapping),
        notes=read.notes,
    )


def plan_import(
    source: str,
    read: ReadResult[R],
    existing: Mapping[str, R],
    bases: Mapping[str, R] | None = None,
    *,
    last_ids: Collection[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> ImportPlan[R]:
    """Plan a whole import.

    Args:
        source: name of the file.
        read: from a reader.
        existing: stored records by id.
        bases: what earlier imports of this source brought, by id; None when it is new.
        last_ids: ids that the last import of this source brought, to tell what disappeared; None is those of ``bases``.
        progress: called with the name of each step as it begins.

    Returns:
        The report and what to store.
    """
    say = progress or (lambda _step: None)
    say("checking rows")
    read = accept(read)
    say("comparing with what is stored")
    changes = plan_changes((record for _, record in read.records), existing, bases or {})
    changed = [change.record for change in changes if change.outcome is not Outcome.UNCHANGED]
    say("looking for possible duplicates")
    duplicates = possible_duplicates(_firms(changed), _firms(existing.values()))
    report = report_import(
        source,
        read,
        {change.base.id: change.outcome for change in changes},
        duplicates=duplicates,
        last_ids=bases if last_ids is None else last_ids,
    )
    return ImportPlan(report, tuple(changed), tuple(change.base for change in changes))


def build_report(
    source: str, read: ReadResult[R], existing: Mapping[str, R], bases: Mapping[str, R] | None = None
) -> tuple[ImportReport, list[R]]:
    """Report on an import, and give what to store: the part of :func:`plan_import` that a dry run needs.

    Args:
        source: name of the file.
        read: from a reader.
        existing: stored records by id.
        bases: records that the last import of this source brought, by id; None when it is new.

    Returns:
        The report, and the records to store: those that are new or changed.
    """
    plan = plan_import(source, read, existing, bases)
    return plan.report, list(plan.records_to_store)


def _firms(records: Iterable[object]) -> list[Firm]:
    """Those of the records that are firms: only firms are looked at for duplicates."""
    return [record for record in records if isinstance(record, Firm)]


def as_refusal(line: int, field_name: str, value: str, reason: str) -> Refusal:
    """A refusal with its value shortened."""
    return Refusal(line, field_name, value[:80], reason)
