"""Prints how fast the service answers over HTTP: the real command, a real port, one client.

Vectors come from the store in ``var/``; those that are missing are made first, which takes minutes at the first run.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from processes import free_port, ready_client, start, stop, wait_for_snapshot  # noqa: E402 - lies in tests/support

from service.accounts.actions import create_key  # noqa: E402
from service.db import Database, migrate  # noqa: E402
from service.security import COMMAND_LINE, Scope  # noqa: E402
from service.settings import Settings  # noqa: E402

TEXTS = [
    "CNC machining of aluminium housings", "food grade stainless conveyors", "laser welding of battery trays",
    "machine vision software for inspection", "powder coating of steel frames", "plastic injection moulding",
]  # fmt: skip


def first_rows(profiles: Path, n_firms: int) -> bytes:
    """The first rows of the open-data profiles, packed to upload."""
    with gzip.open(profiles, "rb") if profiles.suffix == ".gz" else profiles.open("rb") as lines:
        return gzip.compress(b"".join(line for _, line in zip(range(n_firms), lines, strict=False)), 3)


def copy_store(source: Path, target: Path) -> None:
    """Copy a SQLite file that others may be writing to."""
    with contextlib.closing(sqlite3.connect(source)) as one, contextlib.closing(sqlite3.connect(target)) as other:
        one.backup(other)


def milliseconds(ask: Callable[[], httpx.Response]) -> float:
    """Time of one answer."""
    started = time.perf_counter()
    answer = ask()
    answer.raise_for_status()
    return (time.perf_counter() - started) * 1000


def show(what: str, times: list[float]) -> None:
    """One line: median and 95th percentile."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    print(f"{what:<58}{statistics.median(ordered):8.1f}{p95:8.1f}  ({len(ordered)} requests)", flush=True)


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def load(client: httpx.Client, name: str, data: bytes, kind: str) -> float:
    """Import a file through the service and its worker; seconds until it is done."""
    started = time.perf_counter()
    answer = client.post("/v1/imports", files={"file": (name, data)}, data={"kind": kind}, timeout=300)
    answer.raise_for_status()
    while (job := client.get(answer.headers["location"]).json())["state"] not in ("done", "failed"):
        print(f"\r{name}: {job['done']} of {job['total'] or '?'} ", end="", file=sys.stderr, flush=True)
        time.sleep(0.5)
    print("\r", end="", file=sys.stderr)
    if job["state"] == "failed":
        raise SystemExit(f"{name}: {job['error']}")
    print(f"{name}: {job['counts']}")
    return time.perf_counter() - started


def measure(client: httpx.Client, repeats: int) -> None:
    """Ask everything of a service that is loaded."""
    projects = [row["id"] for row in client.get("/v1/projects", params={"limit": 100}).json()["items"]][:30]
    stored = [f"/v1/projects/{project}/matches" for project in projects]
    for address in stored:  # the first time, a project's words are turned into vectors
        client.get(address)
    print(f"{'':<58}{'median':>8}{'p95':>8}  milliseconds")
    show("match with evidence, stored project, both roles", [
        milliseconds(lambda a=a: client.get(a)) for _ in range(repeats) for a in stored])  # fmt: skip
    show("the same, Halton only", [
        milliseconds(lambda a=a: client.get(a, params={"region": "Halton"})) for _ in range(repeats) for a in stored
    ])  # fmt: skip
    asked = [f"{text} lot {n}" for n in range(repeats * 4) for text in TEXTS]
    show("match with evidence, free text never seen before", [
        milliseconds(lambda t=t: client.post("/v1/match", json={"text": t})) for t in asked])  # fmt: skip
    show("healthz (what HTTP itself costs)", [milliseconds(lambda: client.get("/healthz")) for _ in range(60)])


def change_to_searchable(client: httpx.Client, n_changes: int) -> None:
    """From sending a new firm to the first answer that holds it."""
    times = []
    for number in range(n_changes):
        started = time.perf_counter()
        row = {"id": f"bench-{number}", "name": "Bench", "profile": f"zyzzyva{number} plating"}
        client.post("/v1/firms", json=row).raise_for_status()
        body = {"text": f"zyzzyva{number} plating", "role": "supplier", "limit": 1, "explain": False}
        while client.post("/v1/match", json=body).json()["supplier"][0]["firm_id"] != row["id"]:
            pass
        times.append((time.perf_counter() - started) * 1000)
        client.delete(f"/v1/firms/bench-{number}").raise_for_status()
    show("firm sent → found by a query", times)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=Path, required=True, help="open-data profiles, .jsonl or .jsonl.gz")
    parser.add_argument("--firms", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder)
        if (ROOT / "var" / "vectors.sqlite3").exists():
            copy_store(ROOT / "var" / "vectors.sqlite3", var / "vectors.sqlite3")
        settings = Settings(database_url=f"sqlite:///{var / 'service.sqlite3'}", var=var)
        database = Database(settings.url)
        migrate(database)
        key = create_key(database, COMMAND_LINE, "bench", Scope.WRITE)[1]
        port = free_port()
        server, helper = start(settings, "serve", "--port", str(port)), start(settings, "worker")
        client = ready_client(server, port, key)
        seconds = load(client, "profiles.jsonl.gz", first_rows(given.profiles, given.firms), "firms")
        load(client, "projects.jsonl", (ROOT / "data/projects/projects.jsonl").read_bytes(), "projects")
        print(f"import of {given.firms} firms: {seconds:.0f} s; waiting for their vectors and the snapshot")
        wait_for_snapshot(client, seconds=3600, embedded=True)
        client.close()
        stop(server)
        started = time.perf_counter()
        server = start(settings, "serve", "--port", str(port))
        client = ready_client(server, port, key)
        print(f"start → ready: {time.perf_counter() - started:.1f} s; {resident_megabytes(server.pid):.0f} MB resident")
        measure(client, given.repeats)
        change_to_searchable(client, 20)
        print(f"{resident_megabytes(server.pid):.0f} MB resident afterwards; load average {os.getloadavg()[0]:.1f}")
        client.close()
        stop(helper)
        stop(server)


if __name__ == "__main__":
    main()
