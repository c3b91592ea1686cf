"""Prints how long it takes to rank firms and projects into lists, and again with some rows changed, with the memory.

Firms and projects are put together from those in ``data/``, the model is the one that serves, and the database is a
new SQLite file. The second run is a week later, with one percent of the firms and of the projects changed.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn
from sqlalchemy import update

from matcher import Firm, Project, Release, Stage, Statement, open_encoder
from matcher.sources.jsonl import read_firms, read_projects
from service import clock, jobs
from service.consent import ledger
from service.consent.ledger import ConsentDraft
from service.consent.rules import Basis
from service.contacts import repository as contacts_repository
from service.contacts.repository import Contact
from service.context import Services, services_beside
from service.db import Database, migrate, next_change
from service.firms import repository as firms_repository
from service.list_tables import list_runs, lists
from service.opportunities import runs
from service.projects import repository as projects_repository
from service.security import COMMAND_LINE
from service.settings import Settings
from service.worker import Worker

ROOT = Path(__file__).parent.parent.parent
out = Console(highlight=False, soft_wrap=True)


def peak_mb() -> float:
    """Most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def some_firms(n_firms: int, rng: random.Random) -> list[Firm]:
    """Firms that say what real ones say, each another mixture, confirmed."""
    files = ("firms.jsonl", "firms_halton_2017.jsonl")
    known = [firm for name in files for _, firm in read_firms(ROOT / "data" / "directory" / name).records]
    said = [statement for firm in known for statement in firm.statements]
    made = []
    for n in range(n_firms):
        like = known[n % len(known)]
        texts = rng.sample(said, 5)
        statements = [
            Statement(f"s{n}-{i}", one.kind, one.text, source="by phone", date="2026-01-05", confirmed=True)
            for i, one in enumerate(texts)
        ]
        made.append(dataclasses.replace(like, id=f"firm-{n}", name=f"Firm {n}", statements=tuple(statements)))
    return made


def some_projects(n_projects: int, today: date) -> list[Project]:
    """Open, released projects: the known ones with other titles."""
    files = ("projects.jsonl", "examples.jsonl")
    known = [p for name in files for _, p in read_projects(ROOT / "data" / "projects" / name, today=today).records]
    stages = itertools.cycle((Stage.CALL, Stage.ANNOUNCED))
    return [
        dataclasses.replace(
            known[n % len(known)], id=f"open-{n}", title=f"{known[n % len(known)].title}, part {n}",
            stage=next(stages), checked=today.isoformat(), closes=(today + timedelta(days=60)).isoformat(), lead=None,
            partners=(), release=Release.FULL_TEXT,
        )
        for n in range(n_projects)
    ]  # fmt: skip


def fill(database: Database, firms: Sequence[Firm], projects: Sequence[Project]) -> None:
    """A member at each firm who may be written to."""
    moment = clock.now()
    with database.write() as tx:
        for firm in firms:
            firms_repository.insert_firm(tx, firm, next_change(tx))
            email, key = f"owner@{firm.id}.example.org", f"c-{firm.id}"
            contacts_repository.add(
                tx, Contact(key, firm.id, None, "Owner", "", email, "", "en", "by phone", 1, "bench", moment, moment)
            )
            draft = ConsentDraft(email, Basis.MEMBER, "members.xlsx", date(2026, 1, 5), contact_id=key, firm_id=firm.id)
            ledger.record_in(tx, "bench", draft)
        for project in projects:
            projects_repository.insert_project(tx, project)


def change(database: Database, firms: Sequence[Firm], projects: Sequence[Project]) -> None:
    """Change one percent of the rows."""
    with database.write() as tx:
        for n, firm in enumerate(firms[::100]):
            stored = firms_repository.find(tx, firm.id)
            assert stored is not None
            said = (*firm.statements[1:], firms[n * 37 % len(firms)].statements[0])
            firms_repository.update_firm(tx, stored, dataclasses.replace(firm, statements=said), next_change(tx))
        for project in projects[::100]:
            found = projects_repository.find(tx, project.id)
            assert found is not None
            projects_repository.update_project(
                tx, found, dataclasses.replace(project, closes=(clock.today() + timedelta(days=90)).isoformat())
            )


def run(services: Services, label: str) -> None:
    """Make the lists of a run, and say what each part took."""
    started, cpu = time.perf_counter(), time.process_time()
    runs.dry_run(services)
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    out.print(f"{label}: who would be told what, nothing written: {wall:.1f} s, {cpu:.1f} s of processor")
    made = runs.ask_for_run(services.database, COMMAND_LINE, runs.this_week(services))
    job = jobs.claim(services.database, "bench", 3600)
    assert job is not None
    started, cpu = time.perf_counter(), time.process_time()
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), TimeElapsedColumn(), console=out) as bar:
        task = bar.add_task(label, total=None)
        for step in runs.make_run(services, job):
            bar.update(task, completed=step.done, total=step.total)
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    finished, shown = runs.get_run(services, made.id)
    kinds = Counter(one.made.kind for one in shown)
    out.print(
        f"{label}, letters written: {wall:.1f} s, {cpu:.1f} s of processor, at most {peak_mb():.0f} MB; {dict(kinds)}, "
        f"{sum(len(one.items) for one in shown)} opportunities; none: {finished.counts['left_out']}"
    )
    with services.database.write() as tx:
        tx.execute(update(list_runs).values(state="released", released_at=clock.now()))
        tx.execute(update(lists).where(lists.c.state == "ready").values(state="sent", sent_at=clock.now()))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=10_000)
    parser.add_argument("--projects", type=int, default=500)
    given = parser.parse_args()
    rng = random.Random(7)
    firms, projects = some_firms(given.firms, rng), some_projects(given.projects, clock.today())
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/lists.sqlite3", var=Path(folder), log_level="WARNING")
        database = Database(settings.url)
        migrate(database)
        encoder = open_encoder(settings.encoder, cache=ROOT / "var" / "bench-lists-vectors.sqlite3")
        started = time.perf_counter()
        fill(database, firms, projects)
        Worker(database, encoder, settings).drain()
        out.print(f"{given.firms} firms, {given.projects} projects: ready in {time.perf_counter() - started:.1f} s")
        for label, days in (("first run", 0), ("second run", 7)):
            start = clock.now() + timedelta(days=days)
            if days:
                change(database, firms, projects)
                Worker(database, encoder, settings).drain()
            services = services_beside(database, encoder, settings)
            services.follower.start()
            with clock.use_clock(lambda start=start: start):  # type: ignore[misc]
                run(services, label)
            services.follower.stop()
        database.close()


if __name__ == "__main__":
    main()
