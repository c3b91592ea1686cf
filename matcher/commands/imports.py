"""`matcher import`: files of firms and projects into the library."""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table

from matcher.commands.console import JsonOption, LibraryOption, note, out, plain, print_json, progress_bar, say
from matcher.errors import SourceError
from matcher.library import DEFAULT_FOLDER, Library
from matcher.records import FIRM_FIELDS, PROJECT_FIELDS, to_dict
from matcher.sources.directory import DirectoryMapping, propose_mapping, read_directory
from matcher.sources.jsonl import read_firms, read_projects
from matcher.sources.report import ReadResult
from matcher.types import Firm, ImportReport, Project, Refusal

if TYPE_CHECKING:
    from matcher.sources.briefs import Brief

JSON_LINES = (".jsonl", ".jsonl.gz", ".ndjson", ".json")
TABLES = (".csv", ".tsv", ".xlsx", ".xlsm")
BRIEFS = (".pdf", ".docx", ".html", ".htm", ".md", ".markdown", ".txt", ".text", ".eml")
DETAILS = ("part", "material", "size", "tolerance", "quantity", "certificate", "by", "buyer")
SHOWN = 20
Progress = Callable[..., None]


class Kind(StrEnum):
    """What a file holds."""

    FIRMS = "firms"
    PROJECTS = "projects"


def import_file(
    file: Annotated[
        Path, typer.Argument(help="JSON Lines (.gz too), CSV or XLSX of firms; JSON Lines or a brief; - is stdin.")
    ],
    kind: Annotated[Kind, typer.Option(help="What the file holds.")] = Kind.FIRMS,
    source: Annotated[
        str | None, typer.Option(help="Name to remember the file by; give the same to next year's file.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="Saved mapping of a table's columns.")] = None,
    save_mapping: Annotated[Path | None, typer.Option(help="Write the mapping that was used here.")] = None,
    project_id: Annotated[
        str | None, typer.Option("--id", help="Id of a brief's project; else from its title.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only report; store nothing.")] = False,
    library: LibraryOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Read a file into the library; bad rows are refused with their line and the rest loads.

    Firms: JSON Lines of our own or of the federal open data, or a member directory as CSV or XLSX with any column
    names. Projects: JSON Lines, or a brief as PDF, DOCX, HTML, Markdown, text or e-mail. The same file again changes
    nothing; a newer one is merged with what staff changed.
    """
    store = Library(library)
    brief: Brief | None = None
    with _from_stdin(file) as path, progress_bar("reading") as progress:
        name = source or ("stdin" if file == Path("-") else file.name)

        def step(words: str) -> None:
            progress(0, None, words)

        if kind is Kind.FIRMS:
            if project_id:
                raise typer.BadParameter("--id is for a project's brief: add `--kind projects`")
            read = _firms(path, mapping, save_mapping, progress)
            report = store.import_firms(name, read, check=check, progress=step)
        else:
            if mapping or save_mapping:
                raise typer.BadParameter("--mapping and --save-mapping are for tables of firms")
            found, brief = _projects(path, project_id)
            report = store.import_projects(name, found, check=check, progress=step)
    if as_json:
        print_json(to_dict(report) | ({"brief": brief_as_json(brief)} if brief else {}))
    else:
        _show_report(report, check=check)
        if brief:
            show_brief(brief)
        elif kind is Kind.FIRMS and not check and (report.new or report.updated):
            say("found by words at once; `matcher index` finds them by meaning too")
    _hint_at_the_other_kind(report, kind)
    if report.n_read and len(report.refused) == report.n_read:
        raise SystemExit(1)


@contextmanager
def _from_stdin(file: Path) -> Iterator[Path]:
    """The file; what comes in on stdin is kept in a file meanwhile, as JSON Lines."""
    if file != Path("-"):
        yield file
        return
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as held:
        shutil.copyfileobj(sys.stdin.buffer, held)
        held.flush()
        yield Path(held.name)


def has_ending(path: Path, endings: tuple[str, ...]) -> bool:
    """Whether a file's name ends in one of these, in any case."""
    return path.name.casefold().endswith(endings)


def _firms(path: Path, mapping: Path | None, save_mapping: Path | None, progress: Progress) -> ReadResult[Firm]:
    is_lines = has_ending(path, JSON_LINES) or path.suffix == ".gz"
    if is_lines and (mapping or save_mapping):
        raise typer.BadParameter("--mapping and --save-mapping are for tables, CSV or XLSX")
    if is_lines:
        total = _count_lines(path) if path.is_file() else None  # a pipe can be read once only
        return read_firms(path, progress=lambda done: progress(done, total))
    if has_ending(path, BRIEFS) and not has_ending(path, (".txt", ".text")):
        raise SourceError(
            f"{path.name!r} is a document: expected JSON Lines, CSV or XLSX of firms; for a project's brief add "
            "`--kind projects`"
        )
    used = _saved_mapping(mapping) if mapping else propose_mapping(path)
    read = read_directory(path, mapping=used, today=date.today(), progress=lambda done: progress(done))
    if save_mapping:
        save_mapping.write_text(used.to_json() + "\n", encoding="utf-8")
    return read


def _saved_mapping(path: Path) -> DirectoryMapping:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise SourceError(
            f"mapping {str(path)!r} cannot be read ({error}): expected what --save-mapping wrote"
        ) from error
    try:
        return DirectoryMapping.from_json(text)
    except SourceError as error:
        raise SourceError(f"mapping {str(path)!r}: {error}") from error


def _count_lines(path: Path) -> int | None:
    """Lines of a file, so that a bar can say how far it is; None when it cannot be read, which the reader tells."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    except (OSError, EOFError):
        return None


def _projects(path: Path, project_id: str | None) -> tuple[ReadResult[Project], Brief | None]:
    if has_ending(path, JSON_LINES) or path.suffix == ".gz":
        if project_id:
            raise typer.BadParameter("--id is for a brief: rows of JSON Lines have their own ids")
        return read_projects(path, today=date.today()), None
    if has_ending(path, TABLES):
        raise SourceError(
            f"{path.name!r} is a table: expected projects as JSON Lines or as a brief; for a directory of firms leave "
            "out `--kind projects`"
        )
    from matcher.sources.briefs import read_brief  # readers of documents, which no other command loads

    brief = read_brief(path, project_id=project_id, today=date.today())
    return ReadResult(records=((1, brief.project),), notes=brief.notes), brief


def brief_as_json(brief: Brief) -> dict[str, Any]:
    """What was read from a brief: its kind, pages, and where each need stands."""
    return {
        "kind": brief.kind,
        "n_pages": brief.n_pages,
        "project": to_dict(brief.project),
        "needs": [to_dict(need) for need in brief.needs],
        "notes": list(brief.notes),
    }


def show_brief(brief: Brief) -> None:
    """Print what was read from a brief, each need with the words it was read from."""
    project = brief.project
    say(f"{project.title} ({project.id})", style="bold")
    facts = {
        "closes": project.closes,
        "place": project.city,
        "total": project.total_cad and f"{project.total_cad:,.0f} CAD",
    }
    known = [f"{name} {value}" for name, value in facts.items() if value]
    pages = f"{brief.n_pages} pages" if brief.n_pages and brief.n_pages > 1 else "one page"
    say("; ".join([f"read as a {brief.kind.replace('_', ' ')}, {pages}", *known]))
    for found in brief.needs:
        where = f", page {found.page}" if found.page else ""
        stated = [f"{name} {value}" for name in DETAILS if (value := getattr(found.need, name))]
        details = f" ({', '.join(stated)})" if stated else ""
        say(f"need ({found.need.role.value}{where}): {found.need.text}{details}", indent=2)
        if found.quote and found.quote != found.need.text:
            say(f'"{found.quote}"', indent=6, style="dim")
    if not brief.needs:
        say("no stated need was found: needs are guessed from the text when it is matched", indent=2)


def _show_report(report: ImportReport, *, check: bool) -> None:
    say(
        f"{report.source}: {report.n_read} read, {len(report.new)} new, {len(report.updated)} updated, "
        f"{len(report.unchanged)} unchanged, {len(report.refused)} refused, "
        f"{len(report.duplicates)} possible duplicates, {len(report.disappeared)} disappeared"
        + (" (checked only: nothing was stored)" if check else "")
    )
    for name, count in report.dropped.items():
        say(f"left out: {count} x {name}", indent=2)
    for name, count in report.repaired.items():
        say(f"put right: {count} x {name}", indent=2)
    for text in report.notes:
        say(f"note: {text}", indent=2)
    if report.mapping:
        _show_mapping(report.mapping)
    same = [f"same firm? {d.firm_id} / {d.other_id}: {d.reason}" for d in report.duplicates]
    _show_some(_refusals(report.refused), "kinds of refusal")
    _show_some(same, "possible duplicates")
    _show_some([f"no longer in the file: {i}" for i in report.disappeared], "disappeared")


def _refusals(rows: Sequence[Refusal]) -> list[str]:
    """One line for all rows that were refused for one reason: a wrong column is wrong in every row."""
    by_reason: dict[tuple[str, str], list[Refusal]] = {}
    for row in rows:
        by_reason.setdefault((row.field, row.reason), []).append(row)
    return [
        f"refused line {same[0].line}{f' and {len(same) - 1} more' if len(same) > 1 else ''}: "
        f"{field} {same[0].value!r}: {reason}"
        for (field, reason), same in by_reason.items()
    ]


def _show_some(lines: list[str], what: str) -> None:
    for line in lines[:SHOWN]:
        say(line, indent=2)
    if len(lines) > SHOWN:
        say(f"… and {len(lines) - SHOWN} more {what}; --json shows all", indent=2)


def _show_mapping(mapping: dict[str, str]) -> None:
    table = Table("column", "read as", box=box.SIMPLE)
    for column, field in mapping.items():
        table.add_row(plain(column), plain(field))
    out.print(table)


def _hint_at_the_other_kind(report: ImportReport, kind: Kind) -> None:
    """A file of projects read as firms fails row by row, on fields that only projects have; and the reverse."""
    own, other = (FIRM_FIELDS, PROJECT_FIELDS) if kind is Kind.FIRMS else (PROJECT_FIELDS, FIRM_FIELDS)
    fields = {row.field for row in report.refused}
    if fields and len(report.refused) == report.n_read and fields & (other - own):
        wanted = next(k for k in Kind if k is not kind)
        note(f"the rows look like {wanted.value}: add `--kind {wanted.value}`", word="hint")
