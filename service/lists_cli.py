"""`matcher-service lists`: what firms would be told, making lists, and letting them go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from matcher import open_encoder
from service.context import Services, services_beside
from service.db import Database, check_ready
from service.opportunities import making, reasons, runs
from service.opportunities.words import kind_words, left_out_words
from service.security import COMMAND_LINE
from service.settings import Settings

lists = typer.Typer(no_args_is_help=True, help="Opportunity lists to firms.")
out = Console(soft_wrap=True, highlight=False)


@contextmanager
def _services() -> Iterator[Services]:
    settings = Settings()
    database = Database(settings.url)
    check_ready(database)
    services = services_beside(database, open_encoder(settings.encoder, cache=settings.vectors_file), settings)
    services.follower.start()
    try:
        yield services
    finally:
        services.follower.stop()
        database.close()


@lists.command()
def preview(firm: Annotated[str, typer.Argument(help="Id of the firm.")]) -> None:
    """Show what each person of a firm would be told now; nothing is stored."""
    with _services() as services:
        world = making.look(services)
        people = [person for person in world.people if person.firm_id == firm]
        if not people:
            raise ValueError(f"nobody with an e-mail address is known at {firm!r}: add a contact, or check the id")
        world.people[:] = people
        wanted = making.drafts(world, making.rank(services, world))
        matches = reasons.explain(services, world, wanted)
        for draft in wanted:
            out.print(f"{draft.person.contact_id}: {kind_words()[draft.kind]}", markup=False)
            record = world.firms[firm].record
            n_lines = 0
            for one in draft.picked:
                match = matches.get((one.chance.project_id, firm, one.chance.role))
                of = world.projects[one.chance.project_id]
                told = match and reasons.told_of(of, match, record, draft.person.language or world.language)
                if match is None or n_lines == world.most_items:
                    continue  # the list is full before it
                n_lines += told is not None
                line = f'"{told.quote}"' if told else "nothing confirmed fits: left out"
                out.print(
                    f"  {one.news.value}, {one.chance.role}: {of.released.title or of.project.id} - {line}",
                    markup=False,
                )
        for reason, n in world.left_out.items():
            out.print(f"no list for {n}: {left_out_words().get(reason, reason)}", markup=False)


@lists.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be made; store nothing.")] = False,
) -> None:
    """Make lists for everybody who is due; the worker does it. Nothing is sent."""
    if not dry_run:
        settings = Settings()
        database = Database(settings.url)
        check_ready(database)
        with _services() as services:
            made = runs.ask_for_run(database, COMMAND_LINE, runs.this_week(services))
        out.print(f"run {made.id} is in line for the worker", markup=False)
        return
    with _services() as services:
        counts, _wanted = runs.dry_run(services)
        out.print(f"{counts['n_projects']} open, released projects; {counts['n_contacts']} people", markup=False)
        for kind, n in counts["lists"].items():
            out.print(f"{n} would get: {kind_words()[kind]}", markup=False)
        for reason, n in counts["left_out"].items():
            out.print(f"{n} get nothing: {left_out_words().get(reason, reason)}", markup=False)


@lists.command()
def release(run: Annotated[str, typer.Argument(help="Id of the run.")]) -> None:
    """Let the lists of a run go, as the button does: somebody must have looked at them first."""
    with _services() as services:
        n = runs.release(services, COMMAND_LINE, run)
        out.print(f"{n} lists are in line", markup=False)
