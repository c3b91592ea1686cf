"""`matcher`: a skin over the library. Results on stdout, progress and errors on stderr; exit 0, 1 failed, 2 usage."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from matcher.encoding import CachedEncoder
from matcher.errors import MatcherError, UnknownRecord
from matcher.evaluation.collections import load_collection
from matcher.evaluation.harness import Evaluation, evaluate, write_run
from matcher.evaluation.measures import COLUMNS
from matcher.library import DEFAULT_FOLDER, Library, default_encoder_folder, open_encoder
from matcher.places import describe_distance
from matcher.records import to_dict
from matcher.sources.jsonl import read_firms, read_projects
from matcher.sources.report import build_report
from matcher.types import Filters, ImportReport, Match, MatchResult, Project, Role, UnknownPolicy

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Rank local firms for projects, with reasons.")
out, err = Console(), Console(stderr=True)
LibraryOption = Annotated[Path, typer.Option("--library", help="Folder of firms, projects and index.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
BAND_WORDS = {
    "worth_a_call": "Worth a call",
    "maybe": "Maybe",
    "unlikely": "Unlikely",
    "too_little": "We know too little",
}


class Kind(StrEnum):
    """What a file holds."""

    FIRMS = "firms"
    PROJECTS = "projects"


def main() -> None:
    """Run the command line; errors of ours become one line and exit code 1."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        app()
    except (MatcherError, ValueError) as error:
        err.print(f"[red]error:[/red] {error}", highlight=False, soft_wrap=True)
        raise SystemExit(1) from None


def _print_json(value: Any) -> None:  # noqa: ANN401 - any result
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def _encoder(library: Path) -> CachedEncoder:
    return open_encoder(cache=library.parent / "vectors.sqlite3")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="JSON Lines of firms or projects (.gz too), or open-data profiles.")],
    kind: Annotated[Kind, typer.Option(help="What the file holds.")] = Kind.FIRMS,
    library: LibraryOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Read a file into the library; bad rows are refused with their line and the rest loads."""
    store = Library(library)
    with store.writing():
        if kind is Kind.FIRMS:
            firms = store.firms()
            report, changed = build_report(file.name, read_firms(file), firms, store.previous_ids(file.name))
            store.store_firms(firms | {firm.id: firm for firm in changed}, report)
        else:
            projects = store.projects()
            read = read_projects(file, today=date.today())
            report, found = build_report(file.name, read, projects)
            store.store_projects(projects | {project.id: project for project in found})
    _print_json(to_dict(report)) if as_json else _show_report(report)
    if report.n_read and len(report.refused) == report.n_read:
        raise SystemExit(1)


def _show_report(report: ImportReport) -> None:
    out.print(
        f"{report.source}: {report.n_read} read, {len(report.new)} new, {len(report.updated)} updated, "
        f"{len(report.unchanged)} unchanged, {len(report.refused)} refused, "
        f"{len(report.duplicates)} possible duplicates, {len(report.disappeared)} disappeared",
        highlight=False,
    )
    for name, count in (report.dropped | report.repaired).items():
        out.print(f"  {count} x {name}", highlight=False)
    for row in report.refused[:20]:
        out.print(
            f"  refused line {row.line}: {row.field} {row.value!r}: {row.reason}",
            highlight=False,
            markup=False,
        )
    for pair in report.duplicates[:20]:
        out.print(f"  same firm? {pair.firm_id} / {pair.other_id}: {pair.reason}", highlight=False)
    for rows, what in ((report.refused, "refused"), (report.duplicates, "possible duplicates")):
        if len(rows) > 20:
            out.print(f"  … and {len(rows) - 20} more {what}; --json shows all", highlight=False)


@app.command()
def index(library: LibraryOption = DEFAULT_FOLDER) -> None:
    """Embed and index all firms of the library; a run that was stopped goes on where it was."""
    with Bar(console=err, transient=True) as bar:
        task = bar.add_task("embedding", total=None)
        n_firms, n_passages = Library(library).build_index(
            _encoder(library), progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    out.print(f"indexed {n_firms} firms, {n_passages} passages", highlight=False)


def _filters(
    region: str | None,
    within_km: float | None,
    certification: str | None,
    naics: str | None,
    size: str | None,
    unknown: UnknownPolicy,
) -> Filters:
    limits: tuple[int | None, int | None] | None = None
    if size is not None:
        least, mark, most = size.partition("-")
        try:
            limits = (int(least) if least else None, int(most) if most else (None if mark else int(least)))
        except ValueError:
            raise ValueError(f"size is {size!r}, expected least-most such as 10-50, 10- or -50") from None
    return Filters(region, within_km, certification, naics, limits, unknown=unknown)


def _project(store: Library, given: str | None, text: str | None) -> Project:
    if (given is None) == (text is None):
        raise typer.BadParameter("give a project id, a file, or --text, and only one of them")
    if text is not None:
        return Project("text", text)
    assert given is not None
    path = Path(given)
    if path.suffix in (".jsonl", ".json") and path.exists():
        found = read_projects(path, today=date.today())
        if not found.records:
            raise UnknownRecord(f"{given!r} holds no project that can be read: {found.refused[:1]}")
        return found.records[0][1]
    if path.suffix in (".txt", ".md") and path.exists():
        title, _, rest = path.read_text(encoding="utf-8").strip().partition("\n")
        return Project("text", title.lstrip("# "), rest.strip())
    return store.project(given)


@app.command()
def match(
    project: Annotated[str | None, typer.Argument(help="Project id, or a .jsonl, .txt or .md file.")] = None,
    text: Annotated[str | None, typer.Option(help="What is sought, in words.")] = None,
    role: Annotated[Role | None, typer.Option(help="Only this role.")] = None,
    region: Annotated[str | None, typer.Option(help="Region or municipality.")] = None,
    within_km: Annotated[float | None, typer.Option(help="Largest distance, town to town.")] = None,
    certification: Annotated[str | None, typer.Option(help="Certificate, such as 'ISO 9001'.")] = None,
    naics: Annotated[str | None, typer.Option(help="Industry code or its beginning.")] = None,
    size: Annotated[str | None, typer.Option(help="Headcount: 10-50, 10- or -50.")] = None,
    unknown: Annotated[UnknownPolicy, typer.Option(help="Firms that do not state it.")] = UnknownPolicy.INCLUDE,
    limit: Annotated[int, typer.Option(help="Most firms in each list.", min=1)] = 10,
    explain: Annotated[bool, typer.Option("--explain", help="Show needs and quotes.")] = False,
    library: LibraryOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Rank firms for a project in both roles, or in one."""
    store = Library(library)
    asked = _project(store, project, text)
    filters = _filters(region, within_km, certification, naics, size, unknown)
    matcher = store.matcher(_encoder(library))
    roles = (role,) if role else tuple(Role)
    result = matcher.match(asked, roles=roles, filters=filters, limit=limit, explain=explain or as_json)
    if as_json:
        _print_json(to_dict(result))
        return
    _show_result(asked, result, roles, explain=explain)


def _show_result(project: Project, result: MatchResult, roles: tuple[Role, ...], *, explain: bool) -> None:
    out.print(f"[bold]{project.title}[/bold]", highlight=False)
    counts = ", ".join(f"{r.filter} {r.n_fails} out, {r.n_not_stated} not stated" for r in result.removed)
    out.print(f"{result.n_eligible} firms pass; {counts}", highlight=False)
    if result.already_in:
        out.print(f"already in: {', '.join(result.already_in)}", highlight=False)
    for role in roles:
        for rows, title in (
            (getattr(result, role.value), role.value),
            (getattr(result.ask, role.value), f"{role.value}: ask first, a filter's fact is not stated"),
        ):
            if rows:
                _show_matches(title, rows, explain=explain)
        if role.value in result.nobody:
            out.print(f"{role.value}: {result.nobody[role.value]}", highlight=False)
    for warning in result.warnings:
        err.print(f"note: {warning}", highlight=False)


def _show_matches(title: str, rows: tuple[Match, ...], *, explain: bool) -> None:
    table = Table(title=title, title_justify="left")
    for column in ("#", "firm", "town", "distance", "band", "score"):
        table.add_column(column)
    for row in rows:
        place = describe_distance(row.distance_km)
        table.add_row(
            str(row.rank), f"{row.name} ({row.firm_id})", row.city or "not stated", place, BAND_WORDS[row.band],
            f"{row.score:.2f}",
        )  # fmt: skip
    out.print(table)
    for row in rows if explain else ():
        out.print(f"{row.rank}. {row.name}", style="bold", highlight=False)
        for need in row.needs:
            if not need.evidence:
                continue
            out.print(f"   {need.state.value}: {need.text} ({need.origin.value})", highlight=False, markup=False)
            for quote in need.evidence:
                out.print(
                    f'      "{quote.quote}" ({quote.source or "source not stated"}, {quote.date or "undated"})',
                    highlight=False, markup=False,
                )  # fmt: skip


@app.command("why-not")
def why_not(
    project: Annotated[str, typer.Argument(help="Project id or file.")],
    firm: Annotated[str, typer.Argument(help="Firm id.")],
    role: Annotated[Role, typer.Option(help="In which role.")] = Role.SUPPLIER,
    region: Annotated[str | None, typer.Option(help="Region or municipality.")] = None,
    library: LibraryOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Tell a firm's place for a project and the one reason it is not higher."""
    store = Library(library)
    asked = _project(store, project, None)
    found = store.matcher(_encoder(library)).why_not(asked, firm, role, filters=Filters(region=region))
    if as_json:
        _print_json(to_dict(found))
        return
    place = f"number {found.rank} of {found.n_ranked}" if found.rank else "not ranked"
    out.print(f"{firm} as {role.value}: {place}. {found.text}", highlight=False)
    if found.nearest:
        out.print(f'nearest: "{found.nearest.quote}"', highlight=False, markup=False)


@app.command()
def opportunities(
    firm: Annotated[str, typer.Argument(help="Firm id.")],
    limit: Annotated[int, typer.Option(help="Most projects.", min=1)] = 20,
    library: LibraryOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """List open projects for one firm, best first."""
    store = Library(library)
    matcher = store.matcher(_encoder(library))
    found = matcher.opportunities(firm, store.projects().values(), today=date.today(), limit=limit)
    if as_json:
        _print_json(to_dict(found))
        return
    for item in found:
        out.print(
            f"{item.title} — as {item.role.value}, number {item.rank} of {item.n_ranked}, "
            f"{BAND_WORDS[item.match.band]}, closes {item.closes or 'not stated'}",
            highlight=False,
        )
    if not found:
        out.print("no open project reaches Maybe", highlight=False)


@app.command("evaluate")
def evaluate_folder(
    folder: Annotated[Path, typer.Argument(help="Collection in BEIR or native form.")],
    role: Annotated[Role | None, typer.Option(help="Only this role (native form).")] = None,
    qrels: Annotated[str | None, typer.Option(help="Another judgement file of the folder.")] = None,
    region: Annotated[str | None, typer.Option(help="Rank only firms of this region.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all values here.")] = None,
    run_file: Annotated[Path | None, typer.Option("--run", help="Write the TREC run of ours here.")] = None,
) -> None:
    """Measure ours beside five baselines on a collection."""
    collection = load_collection(folder, qrels=qrels, role=role, region=region)
    with Bar(console=err, transient=True) as bar:
        task = bar.add_task("embedding", total=None)
        result = evaluate(
            collection, _encoder(DEFAULT_FOLDER),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip
    if json_file:
        json_file.write_text(json.dumps(result.to_json(), indent=1), encoding="utf-8")
    if run_file:
        write_run(result.runs["ours"], run_file)
    _show_evaluation(result)


def _show_evaluation(result: Evaluation) -> None:
    found = result.collection
    out.print(
        f"{found.name}: {len(found.firms)} firms, {len(found.queries)} queries, {found.n_left_out} left out "
        "(no relevant firm)",
        highlight=False,
    )
    table = Table()
    for column in ("system", *COLUMNS):
        table.add_column(column)
    for system in result.per_query:
        table.add_row(system, *(f"{result.mean(system, column):.3f}" for column in COLUMNS))
    out.print(table)
    test = result.paired_test()
    out.print(
        f"ours − {test['against']}: {test['difference']:+.3f} nDCG@10, paired p = {test['p']:.3f}",
        highlight=False,
    )


@app.command("export-encoder")
def export_encoder(
    model: Annotated[
        str | None, typer.Argument(help="sentence-transformers folder or name; none is the default.")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="Where it goes.")] = None,
) -> None:
    """Export a sentence-transformers model to the int8 ONNX form that is served."""
    from matcher.training.export import DEFAULT_NAME, default_model
    from matcher.training.export import export_encoder as export

    target = folder or default_encoder_folder()
    export(model or default_model(), target, name=None if model else DEFAULT_NAME)
    out.print(f"exported to {target}", highlight=False)


if __name__ == "__main__":
    main()
