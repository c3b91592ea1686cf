"""What a process that serves an index needs beside the Matcher: embedding, tidying, and reading what people type."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from matcher.config import MatchConfig
from matcher.encoding import Encoder, Progress
from matcher.errors import SourceError
from matcher.passages import firm_passages, sentence_spans
from matcher.types import Firm, Project


def passage_texts(firm: Firm, *, config: MatchConfig | None = None) -> list[str]:
    """Texts of a firm's passages, as the index cuts them."""
    return [passage.text for passage in firm_passages(firm, words=(config or MatchConfig()).passage_words)]


def embed_firms(
    firms: Sequence[Firm], encoder: Encoder, *, config: MatchConfig | None = None, progress: Progress | None = None
) -> int:
    """Make the vectors of firms' passages, so that they lie in the encoder's store.

    Args:
        firms: new or changed.
        encoder: one with a store, such as :func:`matcher.open_encoder` gives.
        config: numbers of the ranking, as the index uses them; None is the default.
        progress: called with (texts done, texts in all).

    Returns:
        How many passages the firms have.
    """
    texts = [text for firm in firms for text in passage_texts(firm, config=config)]
    if texts:
        encoder.encode(texts, progress=progress)
    return len(texts)


def remove_snapshots_before(folder: Path, change: int) -> int:
    """Remove snapshots older than a change number: what was deleted with that change stands in them still.

    The current snapshot is never removed.

    Returns:
        How many were removed.
    """
    from matcher.snapshot import current_id  # with the index's libraries: what else is here needs none of them

    current = current_id(folder)
    old = [
        path
        for path in (folder.iterdir() if folder.exists() else ())
        if path.is_dir() and path.name[:12].isdigit() and int(path.name[:12]) < change and path.name != current
    ]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def project_from_text(text: str, *, project_id: str = "text") -> Project:
    """A project made from free text: its first line or sentence is the title, the rest the description.

    Args:
        text: what is sought, in words: a few, or a page.
        project_id: the id that results carry.

    Raises:
        ValueError: the text is empty.
    """
    text = text.strip()
    if not text:
        raise ValueError("the text is empty: expected what is sought, in words")
    spans = sentence_spans(text)
    start, end = spans[0]
    return Project(project_id, text[start:end].lstrip("# "), text[end:].strip())


def parse_size(size: str) -> tuple[int | None, int | None]:
    """A range of headcounts: ``10-50``, ``10-`` (and more), ``-50`` (at most) or ``25``.

    Raises:
        ValueError: it is no such range.
    """
    mark = re.fullmatch(r"\s*(\d{1,7})?\s*(-)?\s*(\d{1,7})?\s*", size)
    if mark is None or not (mark.group(1) or mark.group(3)):
        raise ValueError(f"size is {size!r}, expected least-most such as 10-50, 10- or -50")
    least, dash, most = mark.groups()
    low = int(least) if least else None
    high = int(most) if most else (None if dash else low)
    if low is not None and high is not None and low > high:
        raise ValueError(f"size is {size!r}, expected the smaller number first")
    return low, high


def data_folder() -> Path:
    """Folder of the data that ships: of a checkout, else inside the installed package.

    Raises:
        SourceError: neither is there.
    """
    for folder in (Path(__file__).parent.parent / "data", Path(__file__).parent / "shipped" / "data"):
        if (folder / "directory").is_dir():
            return folder
    raise SourceError(
        "the shipped data is not installed: expected data/ beside the package or in it; install the wheel"
    )
