"""The demonstration: the shipped data in a database, service and worker running, and a first match printed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from rich.console import Console

from matcher import data_folder, open_encoder
from service import jobs
from service.accounts import actions as accounts
from service.accounts import staff
from service.accounts.actions import create_key
from service.app import create_app
from service.db import Database, migrate
from service.errors import Conflict
from service.logs import set_up_logs
from service.security import COMMAND_LINE, Scope
from service.settings import Settings
from service.setup import sample
from service.setup.code import invite
from service.worker import Worker

PROJECT = "ngen-lightweight-ev-inverter-components"
KEY_NAME = "demo"
out = Console(highlight=False, soft_wrap=True)


def run_demo(settings: Settings, *, port: int, data: Path | None, stay: bool) -> None:
    """Load, serve and show; blocks until stopped when ``stay``.

    Args:
        settings: where everything goes.
        port: to listen on.
        data: folder of the data; None is the shipped one.
        stay: go on serving after the match was printed.
    """
    set_up_logs("WARNING", "console")
    _free_port(port)
    database = Database(settings.url)
    migrate(database)
    if staff.is_set_up(database):  # they may have removed the sample data, and want it to stay away
        out.print("somebody has set this up: nothing is loaded (Settings, Sample data loads it)")
    else:
        _load(settings, database, data or data_folder())
    key, link = _new_key(database), invite(database, settings, f"http://127.0.0.1:{port}")
    with _worker_beside(settings):
        quiet = settings.model_copy(update={"log_level": "WARNING", "log_format": "console"})
        server = uvicorn.Server(
            uvicorn.Config(create_app(quiet), host="127.0.0.1", port=port, log_config=None, access_log=False)
        )
        shown = threading.Thread(target=_show, args=(server, port, key, stay, link), daemon=True)
        shown.start()
        server.run()
        shown.join(timeout=10)
    database.close()


def _free_port(port: int) -> None:
    """See that nobody listens there, before anything is loaded."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Conflict(f"port {port} is in use: choose another, such as `make demo PORT={port + 1}`") from error


def _load(settings: Settings, database: Database, data: Path) -> None:
    """Import the files and index them; what is there already is left as it is."""
    encoder = open_encoder(settings.encoder, cache=settings.vectors_file)
    ids = sample.load(database, COMMAND_LINE, data)
    out.print("loading and indexing the shipped data …")
    started = time.monotonic()
    Worker(database, encoder, settings).drain()
    with database.read() as tx:
        done = [jobs.find(tx, job_id) for job_id in ids]
    for job in done:
        assert job is not None
        if job.state is not jobs.State.DONE or job.result is None:
            raise Conflict(f"{job.payload['source']} was not loaded: {job.error}")
        report = job.result["report"]
        out.print(
            f"  {report['source'].removeprefix(sample.SOURCE)}: {report['n_read']} read, {len(report['new'])} new, "
            f"{len(report['updated'])} updated, {len(report['refused'])} refused"
        )
    out.print(f"  done in {time.monotonic() - started:.0f} s")
    encoder.close()


def _new_key(database: Database) -> str:
    """A new staff key; those of earlier demonstrations go out of force."""
    for old in accounts.list_keys(database):
        if old.name == KEY_NAME and old.revoked_at is None:
            accounts.revoke_key(database, COMMAND_LINE, old.id)
    return create_key(database, COMMAND_LINE, KEY_NAME, Scope.WRITE)[1]


@contextmanager
def _worker_beside(settings: Settings) -> Iterator[None]:
    environment = {**os.environ, "MATCHER_LOG_LEVEL": "WARNING", "MATCHER_LOG_FORMAT": "console"}
    process = subprocess.Popen([sys.executable, "-m", "service.cli", "worker"], env=environment)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def _get(url: str, key: str) -> Any:  # noqa: ANN401 - any JSON
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def _show(server: uvicorn.Server, port: int, key: str, stay: bool, link: str | None) -> None:
    base = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            _get(f"{base}/readyz", key)
            break
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)  # the server is starting: there is nothing to wait on but its port
    sys.stdout.write(f"\nOpen this first: {link or base}\n")
    try:
        _print_match(_get(f"{base}/v1/projects/{PROJECT}/matches?region=Halton&limit=3", key))
    except urllib.error.HTTPError as error:
        out.print(f"no match to show: {json.load(error)['detail']}")
    header = f"-H 'Authorization: Bearer {key}'"
    out.print("\n[bold]Ask for yourself[/bold] (the key is new; keep the terminal open):")
    body = '{"text": "CNC machining of aluminium housings", "region": "Halton", "limit": 3}'
    for command in (
        f"curl -s {header} '{base}/v1/projects/{PROJECT}/matches?role=supplier&region=Halton&limit=3'",
        f"curl -s {header} -H 'Content-Type: application/json' -d '{body}' {base}/v1/match",
        f"curl -s {header} '{base}/v1/firms/dana-canada/opportunities?limit=3'",
    ):
        sys.stdout.write(command + "\n")
    sys.stdout.write(f"\nservice   {base}\ndocs      {base}/docs\nkey       {key}\n")
    sys.stdout.write("Stop with Ctrl-C.\n" if stay else "")
    sys.stdout.flush()
    if not stay:
        server.should_exit = True


def _print_match(result: dict[str, Any]) -> None:
    width = shutil.get_terminal_size((100, 24)).columns
    out.print(f"\n[bold]Who in Halton could supply {result['project_id']}, and why?[/bold]")
    if "supplier" in result["nobody"]:
        out.print(result["nobody"]["supplier"])
    for match in result["supplier"][:1]:
        out.print(f"{match['rank']}. {match['name']} ({match['city']}): {match['band'].replace('_', ' ')}")
        for need in match["needs"]:
            for quote in need["evidence"][:1]:
                out.print(
                    f"   {need['state'].replace('_', ' ')}: {need['text']} ({need['origin']})"[:width], markup=False
                )
                out.print(f'      "{quote["quote"]}" ({quote["date"] or "undated"})', markup=False)
