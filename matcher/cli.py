"""`matcher`: a skin over the library. Results on stdout, progress and errors on stderr.

Exit codes: 0 done; 1 failed: a file, an id or the state of the library; 2 wrong usage: an option or its value;
130 stopped by Ctrl-C.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType

import typer

from matcher.commands.building import evaluate_folder, export_encoder, index, schema
from matcher.commands.console import closed_pipe, note
from matcher.commands.imports import import_file
from matcher.commands.matching import match, opportunities, why_not
from matcher.commands.training import app as train_app
from matcher.errors import MatcherError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Rank local firms for projects, with reasons.",
)
app.command("import")(import_file)
app.command()(index)
app.command()(match)
app.command("why-not")(why_not)
app.command()(opportunities)
app.command("evaluate")(evaluate_folder)
app.command("export-encoder")(export_encoder)
app.command()(schema)
app.add_typer(train_app, name="train")


class _Stopped(BaseException):
    """Ctrl-C. Typer turns KeyboardInterrupt into an exit code that differs by its version, so it never sees one."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _Stopped


def main() -> None:
    """Run the command line; errors of ours become one line on stderr and an exit code."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    _log_warnings_only()
    signal.signal(signal.SIGINT, _stop)
    try:
        app()
    except BrokenPipeError:
        closed_pipe()
    except _Stopped:
        note("what was stored before stands as it was; the same command again goes on", word="stopped")
        raise SystemExit(130) from None
    except (MatcherError, ValueError, OSError) as error:
        note(str(error), word="error")
        raise SystemExit(1) from None


def _log_warnings_only() -> None:
    """Show warnings on stderr, by a limit on the handler: libraries such as bm25s set their own logger to DEBUG."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, format="%(levelname)s: %(message)s")


if __name__ == "__main__":
    main()
