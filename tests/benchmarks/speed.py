"""Prints how fast the library is: opening, memory, matching, changing and encoding. Plain numbers, nothing is asserted.

The index lies in ``var/bench`` and is used again; vectors come from the store in ``var/``, and those that are missing
are made first, which takes minutes at the first run. Each part runs in a process of its own, so that memory and
opening time are those of a process that serves. On a busy machine look at the processor time: it says what a match
costs, the wall clock what others left of the machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress as Bar

from matcher import (
    Filters,
    Matcher,
    Project,
    Stage,
    Statement,
    StatementKind,
    build_snapshot,
    load_snapshot,
    open_encoder,
    save_snapshot,
)
from matcher.errors import ArtifactError
from matcher.passages import firm_passages
from matcher.sources.jsonl import read_firms, read_projects

ROOT = Path(__file__).parent.parent.parent
HEAVY = ("torch", "sentence_transformers", "transformers", "pandas", "sklearn")
PHRASES = [
    "CNC machining of aluminium housings", "food grade stainless conveyors", "laser welding of battery trays",
    "machine vision software for inspection", "powder coating of steel frames", "plastic injection moulding",
]  # fmt: skip
out = Console(highlight=False, soft_wrap=True)


def resident_mb() -> float:
    """Resident memory of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def processor() -> str:
    """What the processor is called."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


class Times:
    """Wall clock and processor time of the same thing done many times."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.wall: list[float] = []
        self.cpu: list[float] = []

    @contextmanager
    def once(self) -> Iterator[None]:
        """Time what happens inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall.append((time.perf_counter() - wall) * 1000)
        self.cpu.append((time.process_time() - cpu) * 1000)

    def show(self, what: str) -> None:
        """One line of the table."""
        wall, cpu = (np.percentile(times, [50, 95]) for times in (self.wall, self.cpu))
        out.print(f"{what:<56}{wall[0]:8.1f}{wall[1]:8.1f}{cpu[0]:8.1f}{cpu[1]:8.1f}  ({len(self.wall)})")


def each(asked: Sequence[object], ask: Callable[[object], object], what: str) -> None:
    """Time a question about each of several things."""
    times = Times()
    for one in asked:
        with times.once():
            ask(one)
    times.show(what)


def make_index(profiles: Path, n_firms: int, folder: Path) -> None:
    """Index the first profiles, unless that was done before by this version with this encoder."""
    encoder = open_encoder(cache=ROOT / "var" / "vectors.sqlite3")
    try:
        snapshot = load_snapshot(folder)
        if snapshot.encoder_id == encoder.id and len(snapshot.firms) == n_firms:
            return
    except ArtifactError:
        pass
    started = time.perf_counter()
    firms = [firm for _, firm in islice(read_firms(profiles).records, n_firms)]
    out.print(f"read {len(firms)} firms in {time.perf_counter() - started:.1f} s")
    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("embedding", total=None)
        started = time.perf_counter()
        built = build_snapshot(
            firms, encoder, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    built_at = time.perf_counter()
    save_snapshot(built, folder)
    out.print(f"built in {built_at - started:.1f} s, saved in {time.perf_counter() - built_at:.1f} s")


def serve(folder: Path, repeats: int) -> None:
    """What a process that serves the index sees."""
    encoder = open_encoder(cache=ROOT / "var" / "vectors.sqlite3")
    wall, cpu = time.perf_counter(), time.process_time()
    matcher = Matcher.open(folder, encoder)
    out.print(
        f"open: {time.perf_counter() - wall:.2f} s wall, {time.process_time() - cpu:.2f} s of processor; since the "
        f"process began {time.process_time():.2f} s of processor; {resident_mb():.0f} MB resident"
    )
    out.print(f"heavy libraries loaded: {', '.join(m for m in HEAVY if m in sys.modules) or 'none'}")
    files = ("projects.jsonl", "examples.jsonl")
    read = [read_projects(ROOT / "data" / "projects" / name, today=date.today()).records for name in files]
    projects = [project for records in read for _, project in records][:30]
    texts = [text for project in projects for text in matcher.search(project).queries.texts]
    encoder.encode(texts)  # a stored project's vectors are in the store
    matcher = Matcher.open(folder, encoder)  # and nothing else is known of it yet
    out.print(f"{'milliseconds':<56}{'wall':>8}{'p95':>8}{'cpu':>8}{'p95':>8}")
    each(projects, lambda p: matcher.match(p), "match, stored project, asked for the first time")
    asked = projects * repeats
    each(asked, lambda p: matcher.match(p), "match, stored project, asked again")
    each(asked, lambda p: matcher.match(p, explain=False), "the same without evidence")
    each(asked, lambda p: matcher.match(p, filters=Filters(region="Halton")), "the same, Halton only")
    lots = [Project("text", f"{text} lot {os.getpid()} {n}") for n in range(repeats * 3) for text in PHRASES]
    each(lots, lambda p: matcher.match(p), "match, free text never seen before")
    change(matcher, 10 * repeats)
    opportunities(matcher, projects)
    out.print(f"{resident_mb():.0f} MB resident afterwards")


def change(matcher: Matcher, n_changes: int) -> None:
    """From a changed record to the first answer that holds it."""
    times = Times()
    for number in range(n_changes):
        old = matcher.view.firm(number * 7 % matcher.view.n_stored)
        word = f"zyzzyva{number}"
        said = Statement(f"bench{number}", StatementKind.CAPABILITY, f"{word} plating of parts")
        statements = (said, *old.statements)
        with times.once():
            matcher.update([dataclasses.replace(old, statements=statements)], change=number + 1)
            found = matcher.match(Project("text", f"{word} plating"), limit=1, explain=False)
        if old.id not in {match.firm_id for match in (*found.supplier, *found.partner)}:
            out.print(f"firm {old.id} was changed and is not first (an association, or one that only sells)")
    times.show("one firm changed → in an answer")


def opportunities(matcher: Matcher, projects: Sequence[Project]) -> None:
    """One firm and 500 open projects, which are the stored ones with other words added."""
    day = date.today()
    many = [
        dataclasses.replace(
            projects[i % len(projects)], id=f"open-{i}", title=f"{projects[i % len(projects)].title}, part {i}",
            stage=Stage.CALL, checked=day.isoformat(), closes=None, lead=None, partners=(),
        )
        for i in range(500)
    ]  # fmt: skip
    matcher.encoder.encode([text for project in many for text in matcher.search(project).queries.texts])
    best = [matcher.match(project, limit=1, explain=False).supplier[0].firm_id for project in projects[:3]]
    for firm_id in (matcher.view.firm_id(0), *best):
        times = Times()
        with times.once():
            found = matcher.opportunities(firm_id, many, today=day)
        times.show(f"opportunities of one firm in 500 projects ({len(found)} found)")


def encode(profiles: Path, repeats: int) -> None:
    """Our encoder beside sentence-transformers on torch, by turns in one process."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer

    from matcher.encoding import OnnxEncoder
    from matcher.library import default_encoder_folder
    from matcher.training.export import default_model

    firms = [firm for _, firm in islice(read_firms(profiles).records, 400)]
    texts = list(dict.fromkeys(passage.text for firm in firms for passage in firm_passages(firm)))[:512]
    ours = OnnxEncoder.load(default_encoder_folder())
    theirs = SentenceTransformer(str(default_model()), device="cpu")
    times = Times(), Times()
    for _ in range(repeats + 1):
        with times[0].once():
            mine = ours.encode(texts)
        with times[1].once():
            other = theirs.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
    rates = [len(texts) / np.median(t.wall[1:]) * 1000 for t in times]  # the first round warms both up
    n_words = np.mean([len(text.split()) for text in texts])
    spent = [np.median(t.cpu[1:]) for t in times]
    out.print(
        f"encoding {len(texts)} passages of {n_words:.0f} words, median of {repeats} rounds by turns: {rates[0]:.0f} "
        f"a second, sentence-transformers (torch, float32) {rates[1]:.0f} a second: {rates[0] / rates[1]:.1f} times "
        f"as fast ({spent[1] / spent[0]:.1f} times by processor time); "
        f"mean cosine {(mine * other).sum(axis=1).mean():.3f}"
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=Path, required=True, help="open-data profiles, .jsonl or .jsonl.gz")
    parser.add_argument("--firms", type=int, default=10_000, help="how many of them are indexed")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--part", choices=["serve", "encode"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    folder = ROOT / "var" / "bench" / f"index-{given.firms}"
    if given.part == "serve":
        serve(folder, given.repeats)
    elif given.part == "encode":
        encode(given.profiles, given.repeats)
    else:
        out.print(f"{processor()}, {os.cpu_count()} processors; load average {os.getloadavg()[0]:.1f}")
        make_index(given.profiles, given.firms, folder)
        for part in ("serve", "encode"):
            subprocess.run([sys.executable, __file__, *sys.argv[1:], "--part", part], check=True)
            out.print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
