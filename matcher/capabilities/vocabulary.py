"""Concepts of manufacturing capability, read from tab-separated tables and checked.

A table has the columns ``id kind en fr broader related usually_needs``. ``en`` and ``fr`` are labels apart by ``;``,
the preferred first. ``broader`` and ``related`` name other concepts by id or label. ``usually_needs`` holds
``label:weight`` or ``label:weight:partner``: what a project about this product or technology usually looks for.
The label of a need is kept as the words of the need; it must be, or contain, a label of some concept.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from matcher.capabilities.stems import stems
from matcher.errors import SourceError
from matcher.types import NeedRole

KINDS = (
    "process",
    "equipment",
    "material",
    "product",
    "technology",
    "software",
    "service",
    "certificate",
    "quality_system",
    "industry",
)
_COLUMNS = ("id", "kind", "en", "fr", "broader", "related", "usually_needs")


@dataclass(frozen=True, slots=True)
class UsualNeed:
    """What a concept usually needs: words, the concept they name, weight 1 to 3, role."""

    text: str
    concept_id: str
    weight: float
    role: NeedRole


@dataclass(frozen=True, slots=True)
class Concept:
    """One capability: labels of both languages (preferred first), links by id, usual needs."""

    id: str
    kind: str
    en: tuple[str, ...]
    fr: tuple[str, ...]
    broader: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    usually_needs: tuple[UsualNeed, ...] = ()

    @property
    def label(self) -> str:
        """The preferred English label."""
        return self.en[0]


@dataclass(frozen=True)
class Vocabulary:
    """All concepts by id. Immutable; :func:`read_vocabulary` checks every link."""

    concepts: Mapping[str, Concept]

    def __len__(self) -> int:
        return len(self.concepts)

    def __getitem__(self, concept_id: str) -> Concept:
        return self.concepts[concept_id]

    def __contains__(self, concept_id: object) -> bool:
        return concept_id in self.concepts

    def ancestors(self, concept_id: str) -> frozenset[str]:
        """Everything broader than a concept, at any distance, without itself.

        Raises:
            KeyError: no such concept.
        """
        found: set[str] = set()
        open_ids = list(self.concepts[concept_id].broader)
        while open_ids:
            current = open_ids.pop()
            if current not in found and current != concept_id:
                found.add(current)
                open_ids += self.concepts[current].broader
        return frozenset(found)


def _cell(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in (text or "").split(";") if part.strip()))


def read_vocabulary(folder: Path) -> Vocabulary:
    """Read every ``*.tsv`` of a folder as one vocabulary.

    Raises:
        SourceError: a table cannot be read or a row breaks a rule; all faults are named, by file and line.
    """
    files = sorted(folder.glob("*.tsv"))
    if not files:
        raise SourceError(f"no vocabulary in {str(folder)!r}: expected tables *.tsv with columns {', '.join(_COLUMNS)}")
    rows: dict[str, tuple[str, dict[str, str]]] = {}
    faults: list[str] = []
    for path in files:
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
                if reader.fieldnames is None or not set(_COLUMNS) <= set(reader.fieldnames):
                    raise SourceError(f"{path.name}: columns are {reader.fieldnames}, expected {', '.join(_COLUMNS)}")
                table = list(reader)
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"vocabulary table {str(path)!r} cannot be read ({error})") from error
        for number, row in enumerate(table, 2):
            place = f"{path.name} line {number}"
            concept_id = (row["id"] or "").strip()
            if not concept_id:
                faults.append(f"{place}: no id")
            elif concept_id in rows:
                faults.append(f"{place}: id {concept_id!r} was already given in {rows[concept_id][0]}")
            else:
                rows[concept_id] = (place, row)
    concepts = _linked(rows, faults)
    if faults:
        shown = "\n  ".join(faults[:20])
        more = f"\n  and {len(faults) - 20} more" if len(faults) > 20 else ""
        raise SourceError(f"the vocabulary in {str(folder)!r} has {len(faults)} faults:\n  {shown}{more}")
    return Vocabulary(concepts)


class _Labels:
    """Label or id → concept; words that only contain a label find the longest one in them."""

    def __init__(self, rows: Mapping[str, tuple[str, dict[str, str]]]) -> None:
        self._ids: dict[tuple[str, ...], str] = {}
        for concept_id, (_, row) in rows.items():
            for label in (*_cell(row["en"]), *_cell(row["fr"])):
                self._ids.setdefault(stems(label, "en"), concept_id)
        self._rows = rows

    def exact(self, text: str) -> str | None:
        return text if text in self._rows else self._ids.get(stems(text, "en"))

    def within(self, text: str) -> str | None:
        words = stems(text, "en")
        for length in range(len(words), 0, -1):
            # The head of an English compound stands last: "naval design engineering" is engineering.
            for start in range(len(words) - length, -1, -1):
                if found := self._ids.get(words[start : start + length]):
                    return found
        return None


def _linked(rows: Mapping[str, tuple[str, dict[str, str]]], faults: list[str]) -> dict[str, Concept]:
    labels = _Labels(rows)
    concepts: dict[str, Concept] = {}
    for concept_id, (place, row) in rows.items():
        english, french = _cell(row["en"]), _cell(row["fr"])
        if row["kind"] not in KINDS:
            faults.append(f"{place}: kind is {row['kind']!r}, expected one of {', '.join(KINDS)}")
        if not english or not french:
            faults.append(f"{place}: {concept_id!r} needs a label in English and one in French")
            continue
        links: dict[str, tuple[str, ...]] = {}
        for column in ("broader", "related"):
            ids = []
            for text in _cell(row[column]):
                found = labels.exact(text)
                if found is None:
                    faults.append(f"{place}: {column} {text!r} is no id or label of a concept")
                else:
                    ids.append(found)
            links[column] = tuple(dict.fromkeys(i for i in ids if i != concept_id))
        needs = tuple(_usual_needs(row["usually_needs"], labels, place, faults))
        concepts[concept_id] = Concept(
            concept_id, row["kind"], english, french, links["broader"], links["related"], needs
        )
    return concepts


def _usual_needs(cell: str | None, labels: _Labels, place: str, faults: list[str]) -> Iterable[UsualNeed]:
    for part in _cell(cell):
        text, _, tail = part.partition(":")
        weight, _, role = tail.partition(":")
        found = labels.within(text.strip())
        if found is None:
            faults.append(f"{place}: need {text!r} holds no label of a concept")
        elif weight not in {"1", "2", "3"} or role not in {"", "partner", "supplier", "either"}:
            faults.append(f"{place}: need {part!r} should read label:weight[:role], weight 1 to 3")
        else:
            yield UsualNeed(text.strip(), found, float(weight), NeedRole(role) if role else NeedRole.SUPPLIER)


@lru_cache(maxsize=4)
def open_vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of a folder, read once a process.

    Raises:
        SourceError: as :func:`read_vocabulary`.
    """
    return read_vocabulary(folder)
