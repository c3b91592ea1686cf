"""`matcher` as a user calls it, in this process for speed: the same entry, its output and its exit code."""

import contextlib
import io
import json
import signal
import sys
from pathlib import Path
from unittest import mock

from matcher.cli import main

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "matcher.cli"]


class Done:
    """Exit code and what was printed."""

    def __init__(self, code, stdout, stderr):
        self.code, self.stdout, self.stderr = code, stdout, stderr


def run(*arguments, code=0, stdin=""):
    """Run `matcher` and check its exit code; no traceback and no colour may reach a pipe."""
    out, err = io.StringIO(), io.StringIO()
    held = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    before = signal.getsignal(signal.SIGINT)
    try:
        with (
            mock.patch.object(sys, "argv", ["matcher", *map(str, arguments)]),
            mock.patch.object(sys, "stdin", held),
            mock.patch.dict("os.environ", {"COLUMNS": "80", "NO_COLOR": ""}),
            contextlib.chdir(ROOT),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
                got = 0
            except SystemExit as end:
                got = end.code or 0
    finally:
        signal.signal(signal.SIGINT, before)
    done = Done(got, out.getvalue(), err.getvalue())
    assert got == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr and "\x1b" not in done.stdout + done.stderr
    return done


def run_json(*arguments, **options):
    """What a command prints with --json."""
    return json.loads(run(*arguments, "--json", **options).stdout)
