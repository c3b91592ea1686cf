"""Plain text → blocks, and bytes → text."""

from __future__ import annotations

import re
import unicodedata

from charset_normalizer import from_bytes

from matcher.errors import SourceError
from matcher.sources.blocks import Document, Line, clean_text, lines_to_blocks

MAX_TEXT_CHARS = 5_000_000
"""Longer files are refused; with the marks of HTML they hold far less text."""
MAX_CONTROL_SHARE = 0.02
"""More control characters than this are no text."""

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
         (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip
_CHAT = re.compile(
    r"^\s*(?:\[[^\]\n]{0,12}\d{1,2}:\d{2}[^\]\n]{0,12}\]\s*(?P<a>[^:\n]{1,40})?(?::|$)\s*"
    r"|\d{1,2}:\d{2}(?::\d{2})?\s*(?:[AaPp]\.?[Mm]\.?)?\s*[-–]?\s*(?P<b>[A-ZÀ-Ý][^:\n]{0,40}):\s+"
    r"|(?P<c>[A-ZÀ-Ý][\w'.-]+(?: [A-ZÀ-Ý][\w'.-]*){0,2})\s*[,(\[]?\s*(?:\d{1,4}[-/]\d{1,2}[-/]\d{1,4},?\s*)?"
    r"(?:(?:Today|Yesterday|aujourd'hui|hier) at )?\d{1,2}:\d{2}(?::\d{2})?\s*(?:[AaPp]\.?[Mm]\.?)?[)\]]?\s*(?::\s*|$)"
    r"|\d{1,4}[-/]\d{1,2}[-/]\d{1,4},? \d{1,2}:\d{2}(?::\d{2})?\s*(?:[AaPp]\.?[Mm]\.?)?\s*[-–]\s*"
    r"(?P<d>[^:\n]{1,40}):\s+)"
)


def decode_text(data: bytes, filename: str) -> str:
    """Decode a text file.

    UTF-8 and marked encodings first; then Windows-1252, which Canadian files in neither are in; then a guess.

    Args:
        data: the file.
        filename: its name, for messages.

    Raises:
        SourceError: the bytes are no text.
    """
    text = _decoded(data, filename)
    control = sum(unicodedata.category(c) == "Cc" and c not in "\n\r\t\f\x0b\x7f\x85" for c in text[:200_000])
    if "\x00" in text[:200_000] or control > MAX_CONTROL_SHARE * max(50, min(len(text), 200_000)):
        raise _no_text(filename)
    if len(text) > MAX_TEXT_CHARS:
        raise SourceError(
            f"{filename!r} has {len(text)} characters, at most {MAX_TEXT_CHARS}: send only the text of the brief"
        )
    return text


def _no_text(filename: str) -> SourceError:
    return SourceError(
        f"{filename!r} is no text: expected PDF, DOCX, HTML, Markdown, plain text or e-mail (.eml), got other bytes; "
        "send the file under its own name, or paste the text"
    )


def _decoded(data: bytes, filename: str) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise _no_text(filename) from error
    # Unmarked UTF-16 of plain letters is valid UTF-8 with zeros in it: look for the zeros first.
    if data.count(0) > 0.2 * len(data):
        for encoding, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
            if zeros.count(0) > 0.7 * len(zeros):
                return data.decode(encoding, "replace")
        raise _no_text(filename)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("windows-1252")
    except UnicodeDecodeError:
        best = from_bytes(data).best()
        if best is None:
            raise _no_text(filename) from None
        return str(best)


def read_text(text: str, filename: str) -> Document:
    """Read a plain text: an e-mail's body, pasted notes, a chat.

    Args:
        text: decoded.
        filename: its name, for messages.

    Raises:
        SourceError: it holds no words.
    """
    names: list[str] = []
    lines: list[Line] = []
    gap = True
    for raw in clean_text(text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")).split("\n"):
        line = raw.expandtabs(4)
        if not line.strip():
            gap = True
            continue
        speaker = _CHAT.match(line)
        if speaker:
            # Who wrote it is a person's name: kept only to be masked; each message stands for itself.
            names += [name.strip() for name in speaker.groups() if name and name.strip()]
            line, gap = line[speaker.end() :], True
            if not line.strip():
                continue
        lines.append(Line(line.strip(), float(len(line) - len(line.lstrip())), gap))
        gap = False
    if not any(re.search(r"[^\W\d_]{2}", line.text) for line in lines):
        raise SourceError(f"{filename!r} holds no words: expected the text of a brief; paste it")
    return Document(tuple(lines_to_blocks(lines, slack=0.97)), names=tuple(dict.fromkeys(names)))
