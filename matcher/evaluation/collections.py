"""Collections to evaluate on: BEIR form, or our own form with two roles.

A collection is a yardstick, so nothing in it is mended or dropped in silence: a row that cannot be used refuses the
whole collection with its line, and judgements that name what is not there are counted in ``Collection.notes``.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import orjson

from matcher.errors import SourceError
from matcher.needs import need_id, project_text
from matcher.places import find_place, matches_region
from matcher.records import statement_id
from matcher.serving import project_from_text
from matcher.sources.jsonl import read_firms, read_projects
from matcher.sources.report import ReadResult
from matcher.types import Firm, Need, NeedRole, Project, Role, Statement, StatementKind

Grades = dict[str, dict[str, int]]
R = TypeVar("R", Firm, Project)


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
        n_left_out: judged queries with no relevant firm, left out: no ranking of them is better than another.
        n_unjudged: queries of the file that nobody judged, not asked.
        unknown_queries: judged queries that the file of queries lacks; they cannot be asked.
        n_unknown_firms: judgements of firms that the collection lacks. As in trec_eval such a firm still counts:
            one that is relevant is one that no system finds.
        n_outside: judgements of firms outside the region asked for, which are no answers to that question.
    """

    name: str
    firms: tuple[Firm, ...]
    texts: tuple[str, ...]
    queries: tuple[Query, ...]
    qrels: Grades
    relevant: int
    n_left_out: int
    n_unjudged: int = 0
    unknown_queries: tuple[str, ...] = ()
    n_unknown_firms: int = 0
    n_outside: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures should know, a sentence each."""
        found = []
        if self.n_left_out:
            found.append(f"{self.n_left_out} judged queries have no relevant firm and are left out.")
        if self.n_unjudged:
            found.append(f"{self.n_unjudged} queries were judged by nobody and are not asked.")
        if self.unknown_queries:
            shown = ", ".join(self.unknown_queries[:3]) + (", …" if len(self.unknown_queries) > 3 else "")
            found.append(f"{len(self.unknown_queries)} judged queries are not in the collection ({shown}).")
        if self.n_unknown_firms:
            found.append(
                f"{self.n_unknown_firms} judgements name firms that are not in the collection: a relevant one counts "
                "as not found."
            )
        if self.n_outside:
            found.append(f"{self.n_outside} judgements name firms outside the region and are left out.")
        return tuple(found)


def load_collection(
    folder: Path, *, qrels: str | None = None, role: Role | None = None, region: str | None = None
) -> Collection:
    """Read a collection.

    Args:
        folder: BEIR (``corpus.jsonl``, ``queries.jsonl``, ``qrels.tsv``) or native (``firms.jsonl``,
            ``projects.jsonl``, ``qrels.tsv``, each in the folder or in ``directory/`` and ``projects/``).
        qrels: another judgement file of the folder.
        role: only this role's queries (native form).
        region: only firms of this region (native form). They are the whole collection then: word statistics too are
            theirs, as if nobody else had been entered.

    Raises:
        SourceError: a file is missing, a row of it cannot be used, or nothing is left to ask.
        ValueError: no such region.
    """
    corpus = _find(folder, "corpus.jsonl", "corpus.jsonl.gz")
    native = corpus is None
    if corpus is not None:
        for option, given in (("role", role), ("region", region)):
            if given is not None:
                raise SourceError(f"{folder.name!r} is in BEIR form, which has no {option}: leave out --{option}")
        firms, texts, queries = _beir(corpus, folder)
    else:
        firms, texts, queries = _native(folder)
    everybody = {firm.id for firm in firms}
    if region is not None:
        firms, texts = _of_region(firms, texts, region)
    grades = _grades(_found(folder, qrels or "qrels.tsv"), native=native)
    return _collection(folder, firms, texts, queries, grades, everybody, role, 2 if native else 1)


def read_stated_needs(path: Path) -> dict[str, list[Need]]:
    """Needs that a person stated for graded projects, by project id: a table ``project_id role need``.

    Raises:
        SourceError: the table cannot be read; the line at fault is named.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"needs {str(path)!r} cannot be read ({error}): expected a table split by tabs") from error
    if not lines or lines[0].split("\t") != ["project_id", "role", "need"]:
        raise SourceError(f"{path.name} begins {lines[:1]}, expected the columns project_id, role, need")
    found: dict[str, list[Need]] = {}
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if len(cells) != 3 or cells[1] not in set(NeedRole) or not cells[2].strip():
            raise SourceError(f"{path.name} line {number}: {line!r}, expected project_id, role and need")
        found.setdefault(cells[0], []).append(Need(need_id(cells[2]), cells[2].strip(), NeedRole(cells[1])))
    return found


def with_stated_needs(collection: Collection, needs: Mapping[str, Sequence[Need]]) -> Collection:
    """The collection with its projects' needs stated; projects without any keep what is inferred."""
    queries = tuple(
        replace(query, project=replace(query.project, needs=tuple(needs.get(query.project.id, ()))))
        for query in collection.queries
    )
    return replace(collection, queries=queries)


def _collection(
    folder: Path,
    firms: Sequence[Firm],
    texts: Sequence[str],
    queries: Sequence[Query],
    grades: Grades,
    everybody: set[str],
    role: Role | None,
    relevant: int,
) -> Collection:
    if role is not None:
        queries = [query for query in queries if query.role is role]
        grades = {q: row for q, row in grades.items() if q.endswith(f":{role.value}")}
    known = {firm.id for firm in firms}
    outside = everybody - known
    n_outside = sum(firm in outside for row in grades.values() for firm in row)
    grades = {q: {f: g for f, g in row.items() if f not in outside} for q, row in grades.items()}
    asked = [query for query in queries if query.id in grades]
    good = [query for query in asked if any(grade > 0 for grade in grades[query.id].values())]
    if not firms or not good:
        raise SourceError(
            f"collection {str(folder)!r} has {len(firms)} firms and {len(good)} judged queries that ask for one: "
            "expected at least one of each; check region, role and qrels"
        )
    return Collection(
        name=folder.resolve().name,
        firms=tuple(firms),
        texts=tuple(texts),
        queries=tuple(good),
        qrels=grades,
        relevant=relevant,
        n_left_out=len(asked) - len(good),
        n_unjudged=len(queries) - len(asked),
        unknown_queries=tuple(sorted(set(grades) - {query.id for query in queries})),
        n_unknown_firms=sum(firm not in everybody for row in grades.values() for firm in row),
        n_outside=n_outside,
    )


def _of_region(firms: Sequence[Firm], texts: Sequence[str], region: str) -> tuple[list[Firm], list[str]]:
    kept = [
        i
        for i, firm in enumerate(firms)
        if matches_region(find_place(firm.city, firm.province, firm.country, firm.postal_code), region)
    ]
    return [firms[i] for i in kept], [texts[i] for i in kept]


def _find(folder: Path, *names: str) -> Path | None:
    """The first of these files in the folder or in the two that a native collection may have."""
    places = [folder / part / name for name in names for part in ("", "directory", "projects")]
    return next((path for path in places if path.is_file()), None)


def _found(folder: Path, *names: str) -> Path:
    path = _find(folder, *names)
    if path is None:
        raise SourceError(f"{str(folder)!r} has no {names[0]!r}: expected a collection in BEIR or native form")
    return path


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a BEIR file by line, each with ``_id``, ``title`` and ``text`` as strings."""
    seen: dict[str, int] = {}
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    row = _row(path, number, line)
                    if row["_id"] in seen:
                        first = seen[row["_id"]]
                        raise SourceError(
                            f"{path.name} line {number}: id {row['_id']!r} stands on line {first} too: "
                            "expected each id once"
                        )
                    seen[row["_id"]] = number
                    yield number, row
    except (OSError, EOFError) as error:
        raise SourceError(f"{path.name} cannot be read ({error}): expected JSON Lines, plain or gzip") from error


def _row(path: Path, number: int, line: bytes) -> dict[str, str]:
    where = f"{path.name} line {number}"
    try:
        row: Any = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise SourceError(f"{where}: expected a JSON object ({error})") from error
    if not isinstance(row, dict) or isinstance(row.get("_id"), (bool, float, list, dict, type(None))):
        raise SourceError(f"{where}: expected an object with _id and text")
    found = {"_id": str(row["_id"])}
    for key, default in (("title", ""), ("text", None)):
        value = row.get(key, default)
        if value is None and key == "title":
            value = ""
        if not isinstance(value, str):
            raise SourceError(f"{where}: expected {key} to be a string, got {value!r}")
        found[key] = value
    return _with_good_id(where, found)


def _with_good_id(where: str, row: dict[str, str]) -> dict[str, str]:
    # A TREC run is split at blanks, so an id with one in it would shift its columns.
    if not row["_id"] or row["_id"].split() != [row["_id"]]:
        raise SourceError(f"{where}: id {row['_id']!r} is empty or holds blanks: expected one word")
    return row


def _beir(corpus: Path, folder: Path) -> tuple[list[Firm], list[str], list[Query]]:
    rows = sorted((row for _, row in _rows(corpus)), key=lambda row: row["_id"])
    # The text of a firm is its title and its text, by the collections' definition: both are searched and embedded.
    texts = [f"{row['title']} {row['text']}".strip() for row in rows]
    kind = StatementKind.SUMMARY
    firms = [
        Firm(id=row["_id"], name="", statements=(Statement(statement_id(kind, text), kind, text),) if text else ())
        for row, text in zip(rows, texts, strict=True)
    ]
    path = _found(folder, "queries.jsonl", "queries.jsonl.gz")
    queries = []
    for number, row in _rows(path):
        if not row["text"].strip():
            raise SourceError(
                f"{path.name} line {number}: query {row['_id']!r} has no text: expected words to look for"
            )
        # Ours reads a question as it reads any free text that somebody types in.
        queries.append(Query(row["_id"], row["text"], project_from_text(row["text"], project_id=row["_id"]), None))
    return firms, texts, queries


def _native(folder: Path) -> tuple[list[Firm], list[str], list[Query]]:
    path = _found(folder, "firms.jsonl", "firms.jsonl.gz")
    firms, texts = [], []
    for firm in sorted(_records(path, read_firms(path)), key=lambda firm: firm.id):
        summary = " ".join(s.text for s in firm.of_kind(StatementKind.SUMMARY))
        if summary:
            firms.append(firm)
            items = ". ".join(s.text for s in firm.of_kind(StatementKind.CAPABILITY))
            # Title, text: a firm's title is its name, as it is in the BEIR collections that were made of profiles.
            texts.append(f"{firm.name} {summary} {items}.")
    path = _found(folder, "projects.jsonl", "projects.jsonl.gz")
    queries = []
    for project in _records(path, read_projects(path)):
        # Participants are answers here, so nobody is known to be in the project already.
        asked = replace(project, lead=None, partners=())
        queries += [Query(f"{project.id}:{role.value}", project_text(project), asked, role) for role in Role]
    return firms, texts, queries


def _records(path: Path, result: ReadResult[R]) -> list[R]:
    """All records, or an error: a row that is left out would change what is measured."""
    if result.refused:
        refusal = result.refused[0]
        raise SourceError(
            f"{path.name} line {refusal.line}: {refusal.field} {refusal.value!r}: {refusal.reason} "
            f"({len(result.refused)} rows refused in all; a collection must be whole)"
        )
    seen: dict[str, int] = {}
    for line, record in result.records:
        if record.id in seen:
            raise SourceError(
                f"{path.name} line {line}: id {record.id!r} stands on line {seen[record.id]} too: expected each id once"
            )
        _with_good_id(f"{path.name} line {line}", {"_id": record.id})
        seen[record.id] = line
    return [record for _, record in result.records]


def _grades(path: Path, *, native: bool) -> Grades:
    wanted = ["project_id", "firm_id", "role", "grade"] if native else ["query-id", "corpus-id", "score"]
    found: Grades = {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path.name} cannot be read ({error}): expected a table in UTF-8, split by tabs") from error
    # Ids may hold quotation marks of their own, so no character but the tab has a meaning.
    rows = [line.removesuffix("\r").split("\t") for line in text.split("\n")]
    if rows[0] != wanted:
        raise SourceError(f"{path.name} line 1: expected the header {wanted}, got {rows[0]}")
    for number, row in enumerate(rows[1:], 2):
        if row != [""]:
            query, firm, grade = _judgement(f"{path.name} line {number}", row, wanted, native)
            if found.setdefault(query, {}).setdefault(firm, grade) != grade:
                raise SourceError(
                    f"{path.name} line {number}: {query!r} and {firm!r} were graded {found[query][firm]} before: "
                    f"expected one grade a pair, got {grade} too"
                )
    return found


def _judgement(where: str, row: list[str], wanted: list[str], native: bool) -> tuple[str, str, int]:
    if len(row) != len(wanted):
        raise SourceError(f"{where}: expected {wanted}, got {row}")
    try:
        grade = int(row[-1])
    except ValueError as error:
        raise SourceError(f"{where}: expected a whole number as grade, got {row[-1]!r}") from error
    if not native:
        return row[0], row[1], grade
    if row[2] not in set(Role):
        raise SourceError(f"{where}: expected the role partner or supplier, got {row[2]!r}")
    return f"{row[0]}:{row[2]}", row[1], grade
