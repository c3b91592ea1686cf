"""Collections to evaluate on: BEIR form, or our own form with two roles."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from matcher.errors import SourceError
from matcher.needs import project_text
from matcher.places import find_place, matches_region
from matcher.records import statement_id
from matcher.sources.jsonl import read_firms, read_projects
from matcher.types import Firm, Project, Role, Statement, StatementKind


@dataclass(frozen=True)
class Query:
    """One question: its text for the baselines, its project for ours; BEIR queries have no role."""

    id: str
    text: str
    project: Project
    role: Role | None


@dataclass(frozen=True)
class Collection:
    """Firms, queries and judgements.

    Attributes:
        name: of the folder.
        firms: sorted by id.
        texts: what the baselines search, parallel to ``firms``.
        queries: those with at least one firm of gain above 0.
        qrels: grades by query and firm.
        relevant: least grade that counts as relevant.
        n_left_out: judged queries with no relevant firm, left out.
    """

    name: str
    firms: tuple[Firm, ...]
    texts: tuple[str, ...]
    queries: tuple[Query, ...]
    qrels: dict[str, dict[str, int]]
    relevant: int
    n_left_out: int


def load_collection(
    folder: Path, *, qrels: str | None = None, role: Role | None = None, region: str | None = None
) -> Collection:
    """Read a collection.

    Args:
        folder: BEIR (``corpus.jsonl``, ``queries.jsonl``, ``qrels.tsv``) or native (``firms.jsonl``,
            ``projects.jsonl``, ``qrels.tsv``, each in the folder or in ``directory/`` and ``projects/``).
        qrels: another judgement file of the folder.
        role: only this role's queries (native form).
        region: only firms of this region.

    Raises:
        SourceError: a file is missing, or a row of it cannot be read.
    """
    beir = _find(folder, "corpus.jsonl", must=False) or _find(folder, "corpus.jsonl.gz", must=False)
    if beir is not None:
        firms, texts, queries = _beir(beir, folder)
        grades, relevant = _grades(_found(folder, qrels or "qrels.tsv"), native=False), 1
    else:
        grades, relevant = _grades(_found(folder, qrels or "qrels.tsv"), native=True), 2
        firms, texts, queries = _native(folder, grades)
    if region is not None:
        kept = [
            i
            for i, firm in enumerate(firms)
            if matches_region(find_place(firm.city, firm.province, firm.country, firm.postal_code), region)
        ]
        firms, texts = [firms[i] for i in kept], [texts[i] for i in kept]
    known = {firm.id for firm in firms}
    grades = {q: {f: g for f, g in row.items() if f in known} for q, row in grades.items()}
    asked = [q for q in queries if q.id in grades and (role is None or q.role is role)]
    good = [q for q in asked if any(grade > 0 for grade in grades[q.id].values())]
    if not firms or not good:
        raise SourceError(
            f"collection {str(folder)!r} has {len(firms)} firms and {len(good)} judged queries that ask for one: "
            "expected at least one of each; check region, role and qrels"
        )
    return Collection(
        folder.resolve().name,
        tuple(firms),
        tuple(texts),
        tuple(good),
        grades,
        relevant,
        len(asked) - len(good),
    )


def _find(folder: Path, name: str, *, must: bool = True) -> Path | None:
    for path in (folder / name, folder / "directory" / name, folder / "projects" / name):
        if path.is_file():
            return path
    if must:
        raise SourceError(f"{str(folder)!r} has no {name!r}: expected a collection in BEIR or native form")
    return None


def _found(folder: Path, name: str) -> Path:
    path = _find(folder, name)
    assert path is not None
    return path


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = orjson.loads(line)
                yield {"_id": str(row["_id"]), "title": str(row.get("title") or ""), "text": str(row["text"])}
            except (orjson.JSONDecodeError, KeyError, AttributeError, TypeError) as error:
                raise SourceError(
                    f"{path.name} line {number}: expected an object with _id and text ({error})"
                ) from error


def _beir(corpus: Path, folder: Path) -> tuple[list[Firm], list[str], list[Query]]:
    rows = sorted(_rows(corpus), key=lambda row: row["_id"])
    firms = []
    for row in rows:
        # The text of a firm is its title and its text, by the collections' definition: both are searched and embedded.
        text = f"{row['title']} {row['text']}".strip()
        kind = StatementKind.SUMMARY
        statements = (Statement(statement_id(kind, text), kind, text),) if text else ()
        firms.append(Firm(id=row["_id"], name="", statements=statements))
    texts = [f"{row['title']} {row['text']}".strip() for row in rows]
    path = _find(folder, "queries.jsonl", must=False) or _found(folder, "queries.jsonl.gz")
    queries = [Query(row["_id"], row["text"], Project(row["_id"], row["text"]), None) for row in _rows(path)]
    return firms, texts, queries


def _native(folder: Path, grades: dict[str, dict[str, int]]) -> tuple[list[Firm], list[str], list[Query]]:
    firms, texts = [], []
    for _, firm in sorted(read_firms(_found(folder, "firms.jsonl")).records, key=lambda row: row[1].id):
        summary = " ".join(s.text for s in firm.of_kind(StatementKind.SUMMARY))
        if summary:
            firms.append(firm)
            items = ". ".join(s.text for s in firm.of_kind(StatementKind.CAPABILITY))
            texts.append(f"{summary} {items}.")
    queries = []
    for _, project in read_projects(_found(folder, "projects.jsonl")).records:
        for role in Role:
            key = f"{project.id}:{role.value}"
            if key in grades:
                # Participants are answers here, so nobody is known to be in the project already.
                asked = replace(project, lead=None, partners=())
                queries.append(Query(key, project_text(project), asked, role))
    return firms, texts, queries


def _grades(path: Path, *, native: bool) -> dict[str, dict[str, int]]:
    wanted = ["project_id", "firm_id", "role", "grade"] if native else ["query-id", "corpus-id", "score"]
    found: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, delimiter="\t")
        header = next(reader, [])
        if header != wanted:
            raise SourceError(f"{path.name} line 1: expected the header {wanted}, got {header}")
        for number, row in enumerate(reader, 2):
            try:
                query, firm, grade = (
                    (f"{row[0]}:{row[2]}", row[1], int(row[3])) if native else (row[0], row[1], int(row[2]))
                )
            except (ValueError, IndexError) as error:
                raise SourceError(f"{path.name} line {number}: expected {wanted}, got {row}") from error
            found.setdefault(query, {})[firm] = grade
    return found
