"""A file of any kind that a brief comes in → pages of text blocks, or a refusal that says what to do.

The type is told by the content first: a PDF that is called ``.txt`` is still a PDF. The reader of a kind is imported
with the first file of it, since each brings a library that takes a while.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from matcher.errors import SourceError
from matcher.sources.blocks import Document
from matcher.sources.document_text import decode_text, read_text

MAX_BYTES = 50 * 1024 * 1024
"""Larger files are refused before they are read."""
KINDS = "PDF, DOCX, HTML, Markdown, plain text or e-mail (.eml)"

_PICTURES = {
    b"\x89PNG": "a picture (PNG)", b"\xff\xd8\xff": "a picture (JPEG)", b"GIF8": "a picture (GIF)",
    b"II*\x00": "a picture (TIFF)", b"MM\x00*": "a picture (TIFF)", b"BM": "a picture (BMP)",
}  # fmt: skip
_OTHERS = {
    b"{\\rtf": "Rich Text (.rtf)", b"\x1f\x8b": "a gzip archive", b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive", b"MZ": "a program", b"\x7fELF": "a program",
}  # fmt: skip
_MAIL_HEADER = re.compile(rb"^(From|To|Cc|Subject|Date|Received|Return-Path|Delivered-To|MIME-Version|Message-ID|"
                          rb"Content-Type|Content-Transfer-Encoding|Reply-To|X-[\w-]+|DKIM-Signature|Thread-[\w-]+|"
                          rb"References|In-Reply-To|Importance|Sent|User-Agent|ARC-[\w-]+|Authentication-Results|"
                          rb"Sender|Bcc|Received-SPF|List-[\w-]+|Accept-Language|Content-Language|"
                          rb"Content-Disposition|Priority|Organization):", re.I)  # fmt: skip
_TAGS = re.compile(r"<(?:p|div|br|h[1-6]|ul|ol|li|table|body|html|head|span|meta|script)\b[^<>]*>", re.IGNORECASE)
_MARKDOWN = re.compile(r"^#{1,4} \S|^\s*\|?\s*:?-{3,}:?\s*\|", re.MULTILINE)


def read_document(path: Path) -> Document:
    """Read a file.

    Raises:
        SourceError: it is missing, empty, too large, or of no kind that is read; or it is damaged or protected.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _too_large(path.name, size)
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path.name!r} cannot be read ({error.strerror or error}): expected a file") from error
    return read_document_bytes(data, path.name)


def read_document_bytes(data: bytes, filename: str, depth: int = 0) -> Document:
    """Read a file that is in memory.

    Args:
        data: its bytes.
        filename: its name; the suffix only decides between kinds of text.
        depth: how many messages it is attached to.

    Returns:
        Its blocks, with notes.

    Raises:
        SourceError: as :func:`read_document`.
    """
    filename = PurePath(filename.replace("\\", "/")).name or "brief"
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise SourceError(f"{filename!r} is empty: expected a brief as {KINDS}")
    if len(data) > MAX_BYTES:
        raise _too_large(filename, len(data))
    if b"%PDF-" in data[:1024]:
        from matcher.sources.document_pdf import read_pdf

        return read_pdf(data, filename)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_zip(data, filename)
    _refuse_others(data, filename)
    if _is_mail(data, filename):
        from matcher.sources.document_mail import read_mail

        return read_mail(data, filename, read_document_bytes, depth=depth)
    return _read_textual(decode_text(data, filename), filename)


def _too_large(filename: str, size: int) -> SourceError:
    return SourceError(
        f"{filename!r} has {size / 1024 / 1024:.0f} MB, at most {MAX_BYTES >> 20} MB are read: leave out pictures, "
        "or paste the text"
    )


def _read_zip(data: bytes, filename: str) -> Document:
    from matcher.sources.document_docx import check_zip, read_docx

    members = check_zip(data, filename)
    if "word/document.xml" in members or any(re.match(r"word/document\d*\.xml$", name) for name in members):
        return read_docx(data, filename)
    kinds = {"xl/": "a spreadsheet", "ppt/": "a slide show", "content.xml": "an OpenDocument file"}
    kind = next((words for head, words in kinds.items() if any(name.startswith(head) for name in members)), None)
    raise SourceError(
        f"{filename!r} is {kind or 'a zip archive, not a Word document'}: expected {KINDS}; save it as PDF or DOCX"
        + (", or unpack it and send the brief alone" if kind is None else ", or paste the text")
    )


def _refuse_others(data: bytes, filename: str) -> None:
    """Say what a file of another kind is and what to do with it."""
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        wide = "EncryptedPackage".encode("utf-16-le")
        if wide in data:
            raise SourceError(f"{filename!r} is protected by a password: save it without one, or paste the text")
        if "__substg1.0_".encode("utf-16-le") in data:
            raise SourceError(f"{filename!r} is an Outlook message (.msg): save it as .eml, or paste the text")
        raise SourceError(
            f"{filename!r} is in the old Office format (.doc, .xls, .ppt of before 2007): save it as .docx or PDF"
        )
    for mark, words in _PICTURES.items():
        if data.startswith(mark) and (mark != b"BM" or b"\x00" in data[:32]):
            raise SourceError(f"{filename!r} is {words}, not text: paste the text instead")
    for mark, words in _OTHERS.items():
        if data.startswith(mark) and (mark != b"MZ" or b"\x00" in data[:256]):
            raise SourceError(f"{filename!r} is {words}: expected {KINDS}; save it as one of these")


def _is_mail(data: bytes, filename: str) -> bool:
    """A message has header lines first; a text that only begins with "Subject:" is one by its suffix."""
    head = data[:8192].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    lines = re.split(rb"\r?\n", head)
    keys = []
    for line in lines:
        mark = _MAIL_HEADER.match(line)
        if mark:
            keys.append(mark.group(1).lower())
        elif not (line[:1] in (b" ", b"\t") and keys):
            break
    technical = {b"mime-version", b"message-id", b"received", b"content-type", b"return-path"} & set(keys)
    suffix = PurePath(filename).suffix.casefold()
    if suffix in (".eml", ".mht", ".mhtml", ".email"):
        return bool(keys)
    return len(keys) >= 2 and (bool(technical) or len({b"from", b"to", b"subject", b"date", b"sent"} & set(keys)) >= 3)


def _read_textual(text: str, filename: str) -> Document:
    from matcher.sources.document_html import read_html, read_markdown

    suffix = PurePath(filename).suffix.casefold()
    start = text[:20_000]
    if re.match(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<!?(?:doctype html|html|head|body)\b", start, re.I | re.S):
        return read_html(text, filename)
    if suffix in (".html", ".htm", ".xhtml") or (suffix not in (".md", ".markdown") and len(_TAGS.findall(start)) >= 4):
        return read_html(text, filename)
    if suffix in (".md", ".markdown") or len(_MARKDOWN.findall(start)) >= 2:
        return read_markdown(text, filename)
    return read_text(text, filename)
