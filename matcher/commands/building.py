"""`matcher index`, `evaluate`, `export-encoder` and `schema`: what is built, measured and written."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from matcher.commands.console import LibraryOption, encoder_of, out, print_json, progress_bar, say
from matcher.library import DEFAULT_FOLDER, Library, default_encoder_folder
from matcher.schema import SCHEMAS
from matcher.types import Role

if TYPE_CHECKING:
    from matcher.evaluation.harness import Evaluation

# Seven columns must fit in 80 characters; the JSON has the full names.
SHORT_COLUMNS = {"Success@1": "S@1", "Success@5": "S@5", "judged@10": "jdg@10"}


class SchemaKind(StrEnum):
    """Files that have a schema."""

    FIRM = "firm"
    PROJECT = "project"


def index(library: LibraryOption = DEFAULT_FOLDER) -> None:
    """Embed and index all firms of the library; a run that was stopped goes on where it was."""
    with progress_bar("embedding") as progress:
        n_firms, n_passages = Library(library).build_index(encoder_of(library), progress=progress)
    say(f"indexed {n_firms} firms, {n_passages} passages")


def evaluate_folder(
    folder: Annotated[Path, typer.Argument(help="Collection in BEIR or native form.")],
    role: Annotated[Role | None, typer.Option(help="Only this role (native form).")] = None,
    qrels: Annotated[str | None, typer.Option(help="Another judgement file of the folder.")] = None,
    region: Annotated[str | None, typer.Option(help="Rank only firms of this region.")] = None,
    needs: Annotated[Path | None, typer.Option(help="Table of stated needs: project_id, role, need.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all values here.")] = None,
    run_file: Annotated[Path | None, typer.Option("--run", help="Write the TREC run of ours here.")] = None,
) -> None:
    """Measure ours beside five baselines on a collection."""
    from matcher.evaluation.base import open_base_encoder
    from matcher.evaluation.collections import load_collection, read_stated_needs, with_stated_needs
    from matcher.evaluation.harness import evaluate, write_run

    for path in (json_file, run_file):
        if path and not path.parent.is_dir():  # told now, not after an hour of embedding
            raise typer.BadParameter(f"there is no folder {str(path.parent)!r} to write {path.name!r} to: make it")
    collection = load_collection(folder, qrels=qrels, role=role, region=region)
    if needs:
        collection = with_stated_needs(collection, read_stated_needs(needs))
    with progress_bar("embedding") as progress:
        # The baselines stay on the base encoder, whichever one ours is served with.
        base = open_base_encoder(cache=DEFAULT_FOLDER.parent / "vectors.sqlite3")
        result = evaluate(collection, encoder_of(DEFAULT_FOLDER), base=base, progress=progress)
    if json_file:
        json_file.write_text(json.dumps(result.to_json(), indent=1), encoding="utf-8")
    if run_file:
        write_run(result.runs["ours"], run_file)
    _show_evaluation(result)


def _show_evaluation(result: Evaluation) -> None:
    from matcher.evaluation.measures import COLUMNS

    found = result.collection
    say(
        f"{found.name}: {len(found.firms)} firms, {len(found.queries)} queries, {found.n_left_out} left out "
        "(no relevant firm)"
    )
    for line in found.notes:
        say(line)
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("system", no_wrap=True)
    for column in COLUMNS:
        table.add_column(SHORT_COLUMNS.get(column, column), justify="right", no_wrap=True)
    for system in result.per_query:
        table.add_row(system, *(f"{result.mean(system, column):.3f}" for column in COLUMNS))
    out.print(table)
    say(", ".join(f"{short} = {name}" for name, short in SHORT_COLUMNS.items()), style="dim")
    test = result.paired_test()
    say(f"ours − {test['against']}: {test['difference']:+.3f} nDCG@10, paired p = {test['p']:.3f}")


def export_encoder(
    model: Annotated[
        str | None, typer.Argument(help="sentence-transformers folder or name; none is the default.")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="Where it goes.")] = None,
) -> None:
    """Export a sentence-transformers model to the int8 ONNX form that is served."""
    from matcher.training.export import DEFAULT_NAME, default_model
    from matcher.training.export import export_encoder as export

    shipped = default_encoder_folder()
    # The model that comes in a package is the yardstick of the baselines: it never replaces the trained encoder.
    target = folder or (shipped if model else shipped.with_name("base-encoder"))
    export(model or default_model(), target, name=None if model else DEFAULT_NAME)
    say(f"exported to {target}")


def schema(
    kind: Annotated[SchemaKind | None, typer.Argument(help="Rows of which files; none is all, with --write.")] = None,
    write: Annotated[Path | None, typer.Option(help="Write NAME.schema.json into this folder instead.")] = None,
) -> None:
    """Print the JSON Schema of a row of firm or project files, made from the types."""
    if kind is None and write is None:
        raise typer.BadParameter(f"give one of {', '.join(SCHEMAS)}, or --write FOLDER for all")
    kinds = [kind.value] if kind else list(SCHEMAS)
    if write is None:
        print_json(SCHEMAS[kinds[0]]())
        return
    write.mkdir(parents=True, exist_ok=True)
    for name in kinds:
        path = write / f"{name}.schema.json"
        path.write_text(json.dumps(SCHEMAS[name](), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        say(f"wrote {path}")
