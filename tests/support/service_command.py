"""`matcher-service` as a user calls it, in this process for speed: the same entry, its output and its exit code."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from sqlalchemy import event
from sqlalchemy.pool import Pool

from service import cli

ROOT = Path(__file__).parent.parent.parent
for console in (cli.out, cli.err):
    console.width = 200  # as on a wide terminal: no table is cut


def run(settings, *arguments, code=0):
    """Run `matcher-service` on a database and folder, and check its exit code."""
    out, err = io.StringIO(), io.StringIO()
    surroundings = {"DATABASE_URL": settings.url, "MATCHER_VAR": str(settings.var)}
    with (
        mock.patch.object(sys, "argv", ["matcher-service", *map(str, arguments)]),
        mock.patch.dict("os.environ", surroundings),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _connections_closed(),
    ):
        try:
            cli.main()
            got = 0
        except SystemExit as end:
            got = end.code or 0
    assert got == code, out.getvalue() + err.getvalue()
    assert "Traceback" not in err.getvalue()
    return SimpleNamespace(stdout=out.getvalue(), stderr=err.getvalue())


def run_apart(settings, *arguments):
    """The same in a process of its own, which takes seconds to start."""
    environment = {**os.environ, "DATABASE_URL": settings.url, "MATCHER_VAR": str(settings.var)}
    command = [sys.executable, "-m", "service.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=True)


@contextlib.contextmanager
def _connections_closed():
    """What a command opens to a database is closed when its process ends; here there is no such end."""
    opened = []

    def remember(connection, _):
        opened.append(connection)

    event.listen(Pool, "connect", remember)
    try:
        yield
    finally:
        event.remove(Pool, "connect", remember)
        for connection in opened:
            connection.close()
