"""What all commands share: output, progress, the library and its encoder."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.padding import Padding
from rich.progress import Progress as Bar
from rich.text import Text

from matcher.encoding import CachedEncoder
from matcher.library import open_encoder

LibraryOption = Annotated[Path, typer.Option("--library", help="Folder of firms, projects and index.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
BAND_WORDS = {
    "worth_a_call": "Worth a call",
    "maybe": "Maybe",
    "unlikely": "Unlikely",
    "too_little": "We know too little",
}


class _Console(Console):
    """A console that ends in silence when the reader of a pipe has seen enough, as with ``| head``."""

    def on_broken_pipe(self) -> NoReturn:
        closed_pipe()


def closed_pipe() -> NoReturn:
    """End well: whoever reads our output closed it. What is still in the buffer goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(0)


# Texts come from files: their brackets and colons are no markup.
out = _Console(markup=False, emoji=False, highlight=False)
err = _Console(stderr=True, markup=False, emoji=False, highlight=False)


def plain(text: str) -> str:
    """A text without characters that would steer the terminal, line ends as blanks."""
    return "".join(c if c.isprintable() else " " for c in text)


def say(text: str, *, indent: int = 0, style: str | None = None) -> None:
    """Print a line: wrapped with its indent on a terminal, whole where a program or a file reads it."""
    line = Text(plain(text), style=style or "")
    if out.is_terminal:
        out.print(Padding(line, (0, 0, 0, indent)))
    else:
        out.print(Text(" " * indent) + line, soft_wrap=True)


def note(text: str, *, word: str = "note") -> None:
    """Print a remark on stderr."""
    err.print(f"{word}: {plain(text)}", soft_wrap=True)


def print_json(value: Any) -> None:  # noqa: ANN401 - any result
    """Print a value as JSON, two blanks a level."""
    try:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        closed_pipe()


def encoder_of(library: Path) -> CachedEncoder:
    """The exported encoder, with its store of vectors beside the library."""
    return open_encoder(cache=library.parent / "vectors.sqlite3")


@contextmanager
def progress_bar(step: str) -> Iterator[Callable[..., None]]:
    """A bar on stderr, on a terminal only.

    Yields:
        A function of (done, total=None, step=None): moves the bar, and names the step.
    """
    with Bar(console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(step, total=None)

        def update(done: int, total: int | None = None, step: str | None = None) -> None:
            bar.update(task, completed=done, total=total, description=step)

        yield update
