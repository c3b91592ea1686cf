"""`matcher train`: lexicon, encoder, scorer, and the development collections that choices are made on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from matcher.commands.console import encoder_of, note, out, progress_bar, say
from matcher.library import DEFAULT_FOLDER, default_encoder_folder
from matcher.serving import data_folder

if TYPE_CHECKING:
    from matcher.evaluation.collections import Collection
    from matcher.training.printing import Sheet
    from matcher.types import Need

app = typer.Typer(no_args_is_help=True, help="Learn from open data what ships in models/.")
OpenData = Annotated[
    Path, typer.Argument(help="Folder with ccc_profiles/ and taxonomy/; test_*.txt in it are left out.")
]


def _models() -> Path:
    return default_encoder_folder().parent


@app.command()
def development(data: OpenData, out_folder: Annotated[Path, typer.Argument(help="Where the collections go.")]) -> None:
    """Cut the seven development collections, for `matcher evaluate`."""
    from matcher.training.development import write_cut
    from matcher.training.material import read_material

    for cut in read_material(data).cuts:
        write_cut(cut, out_folder / cut.name)
        say(f"{cut.name}: {len(cut.corpus)} documents, {len(cut.queries)} questions")


@app.command()
def lexicon(
    data: OpenData,
    to: Annotated[Path | None, typer.Option(help="File to write; none is the shipped one.")] = None,
    without_development: Annotated[bool, typer.Option(help="Leave out what the development collections ask.")] = False,
) -> None:
    """Learn translations of stems from titles in two languages."""
    from matcher.training.lexicon import learn_lexicon
    from matcher.training.material import read_material
    from matcher.translation import write_lexicon

    material = read_material(data)
    learned = learn_lexicon(material.bilingual_titles(without_development=without_development))
    path = to or _models() / "lexicon" / "lexicon.tsv"
    write_lexicon(learned, path)
    say(f"{len(learned.to['en'])} French and {len(learned.to['fr'])} English stems translated, in {path}")


@app.command()
def encoder(
    data: OpenData,
    to: Annotated[Path, typer.Option(help="Folder for checkpoints, the model and its export.")] = Path("var/training"),
    epochs: Annotated[float, typer.Option(min=0.0, help="Passes over the pairs.")] = 5.0,
    batch: Annotated[int, typer.Option(min=2, help="Pairs in a batch.")] = 2048,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="Highest learning rate.")] = 4e-4,
    max_tokens: Annotated[int, typer.Option(min=8, max=256, help="Longest text while training.")] = 96,
    margin: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Negatives this near to the true pair are left out; 0 keeps all.")
    ] = 0.95,
    pairs: Annotated[int | None, typer.Option(min=2, help="Only so many pairs: a small run, to try it.")] = None,
    mix: Annotated[
        str | None, typer.Option(help="Pairs of each kind, as detail=5760,half=1024; none takes all of all kinds.")
    ] = None,
    average: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of what was learned in the weights; the rest is the base.")
    ] = 1.0,
    start: Annotated[
        Path | None, typer.Option(help="Exported encoder to go on from; none begins with the base model.")
    ] = None,
) -> None:
    """Fine-tune the base encoder on pairs of capability text; a run that was stopped goes on."""
    from matcher.training.encoder import Recipe, train
    from matcher.training.export import default_model, export_encoder
    from matcher.training.material import read_material
    from matcher.training.pairs import mixed
    from matcher.training.restore import average_models, restore_model

    amounts = _amounts(mix) if mix else None
    material = read_material(data)
    found = list(dict.fromkeys([*material.pairs(0), *material.pairs(1)]))
    if amounts is not None:
        found = mixed(found, amounts)
    else:
        found += [pair for pair in found if pair.kind in {"goods", "industry", "concept"}]  # few, and they matter
    if pairs is not None:
        found = found[:: max(1, len(found) // pairs)][:pairs]
    recipe = Recipe(epochs=epochs, batch=batch, learning_rate=learning_rate, max_tokens=max_tokens, margin=margin)
    note(f"{len(found)} pairs")
    begin = restore_model(start, default_model(), to / "start") if start else default_model()
    with progress_bar("training") as progress:
        model = train(
            begin,
            found,
            recipe,
            to / "model",
            checkpoints=to / "checkpoints",
            progress=lambda step: progress(step.number, step.total),
        )
    if average < 1:
        model = average_models(model, default_model(), average, to / "averaged")
    say(f"exported to {export_encoder(model, to / 'encoder', name='capability-minilm')}")


def _amounts(mix: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in mix.split(","):
        kind, equals, number = item.strip().partition("=")
        if not (kind and equals and number.isdigit()):
            raise typer.BadParameter(f"{item!r} in --mix, expected KIND=NUMBER, as detail=5760,half=1024")
        found[kind] = int(number)
    return found


@app.command()
def scorer(
    to: Annotated[Path | None, typer.Option(help="File to write; none is the shipped one.")] = None,
) -> None:
    """Fit the additive heads on the graded projects and print what they give out of fold."""
    from matcher.training.printing import quality_sheet
    from matcher.training.samples import graded_samples
    from matcher.training.scorer import RECIPES, fit_all, recall_of_needs, write_scorer

    model = encoder_of(DEFAULT_FOLDER)
    pooled, region, needs = _graded()
    heads, rows = fit_all(graded_samples(pooled, region, model, needs))
    path = to or _models() / "scorer" / "scorer.json"
    columns = ("nDCG@10", "wrong_1", "wrong_2", "brier", "brier_base_rate", "ece", "ece_by_chance")
    facts = {
        "encoder": model.id,
        "out_of_fold": {
            f"{head}, {grades}": {c: round(row[c], 4) for c in columns} for (head, grades), row in rows.items()
        },
        "recipes": {name: list(recipe.used) for name, recipe in RECIPES.items()},
    }
    # Written before anything is printed: a reader that closes the pipe early ends the command.
    write_scorer(path, heads, facts=facts)
    _show(quality_sheet(rows))
    recall = recall_of_needs(pooled, model)
    say(f"{recall:.1%} of the suppliers graded 2 and more are among the first 20 firms of a need of their project")
    say(f"scorer in {path}")


@app.command("scorer-report")
def scorer_report(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where report.md and the pictures go.")] = Path(
        "var/scorer-report"
    ),
    other_encoder: Annotated[
        Path | None, typer.Option(help="Exported encoder to compare with, as models/base-encoder; none leaves it out.")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="Draws of each number of families.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Of these draws.")] = 0,
    data: Annotated[
        Path | None, typer.Option(help="Folder of firms, projects and their grades; none is the shipped one.")
    ] = None,
) -> None:
    """Print what the scorer rests on: parts removed, fewer projects, true chances, profile length. Writes no scorer."""
    from matcher.library import open_encoder
    from matcher.training.printing import full_report

    # All that may be missing is opened before the work begins.
    other = open_encoder(other_encoder, cache=DEFAULT_FOLDER.parent / "vectors.sqlite3") if other_encoder else None
    model, graded = encoder_of(DEFAULT_FOLDER), _graded(data)
    folder.mkdir(parents=True, exist_ok=True)
    with progress_bar("features") as progress:
        sheets, pictures = full_report(*graded, model, other=other, n_draws=draws, seed=seed, progress=progress)
    pictures["report.md"] = "\n\n".join(sheet.markdown() for sheet in sheets) + "\n"
    for name, text in pictures.items():
        (folder / name).write_text(text, encoding="utf-8")
    for sheet in sheets:
        _show(sheet)
    say(f"tables and pictures in {folder}")


def _graded(data: Path | None = None) -> tuple[Collection, Collection, dict[str, list[Need]]]:
    """Grades of the pool and of the region, and the stated needs; without a folder, the shipped ones."""
    from matcher.evaluation.collections import load_collection, read_stated_needs

    data = data or data_folder()
    region = load_collection(data, qrels="qrels_halton.tsv", region="Halton")
    return load_collection(data), region, read_stated_needs(data / "projects" / "needs_halton.tsv")


def _show(sheet: Sheet) -> None:
    """Print a table: fitted to a terminal, whole where a program or a file reads it."""
    if not out.is_terminal:
        out.print(sheet.markdown() + "\n", soft_wrap=True)
        return
    table = Table(title=sheet.title, title_justify="left", box=box.SIMPLE, pad_edge=False)
    for i, column in enumerate(sheet.columns):
        table.add_column(column, justify="right" if i else "left", overflow="fold")
    for row in sheet.rows:
        table.add_row(*row)
    out.print(table)
    say(sheet.note, style="dim")
