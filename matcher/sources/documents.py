"""Bytes of a document → blocks of text, whatever its format, with contact data masked.

The type is told by the content first and the file's name second: people rename files, and mail programs forget names.
Every refusal says what was expected, what came and what to do about it.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

from matcher.errors import SourceError
from matcher.sources.contacts import mask_contacts
from matcher.sources.document_blocks import (
    MAX_FILE_BYTES,
    MAX_PAGES,
    MAX_TEXT_CHARS,
    Block,
    BlockKind,
    Document,
    Reading,
    check_length,
    refusal,
)
from matcher.sources.document_docx import read_docx
from matcher.sources.document_html import read_html
from matcher.sources.document_mail import read_mail
from matcher.sources.document_pdf import read_pdf
from matcher.sources.document_text import decode, read_markdown, read_text

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_PAGES",
    "MAX_TEXT_CHARS",
    "Block",
    "BlockKind",
    "Document",
    "document_from_text",
    "read_document",
    "read_document_bytes",
]

READABLE = "PDF, Word (.docx), HTML, Markdown, plain text or e-mail (.eml)"
_CURE = f"expected {READABLE}; save it as one of these, or paste the text"
_BY_NAME = {
    ".pdf": "pdf",
    ".docx": "docx",
    ".htm": "html",
    ".html": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".eml": "mail",
    ".txt": "text",
    ".text": "text",
    "": "text",
}
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM", b"RIFF")
_MAIL_HEADERS = (
    "from:", "to:", "subject:", "date:", "mime-version:", "received:", "return-path:", "message-id:",
    "delivered-to:", "content-type:", "reply-to:",
)  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD_BYTES = 4096


def _zip_kind(data: bytes, filename: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, LookupError, OSError, NotImplementedError) as error:
        raise refusal(
            filename, "is a broken Word document or archive", "open it in Word and save it again"
        ) from error
    if "word/document.xml" in names or (
        "[Content_Types].xml" in names and any(name.startswith("word/") for name in names)
    ):
        return "docx"
    kinds = {"xl/": "an Excel workbook", "ppt/": "a PowerPoint file", "content.xml": "an OpenDocument file"}
    kind = next((v for k, v in kinds.items() if any(name.startswith(k) for name in names)), "a ZIP archive")
    raise refusal(filename, f"is {kind}", _CURE)


def _ole_refusal(data: bytes, filename: str) -> SourceError:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return refusal(filename, "is password-protected", "save a copy without a password")
    return refusal(filename, "is an old Word, Excel or Outlook file (.doc, .xls, .msg)", _CURE)


def _looks_like_mail(head: str) -> bool:
    lines = [line.casefold() for line in head.lstrip("\ufeff\r\n ").splitlines()[:40]]
    block = lines[: lines.index("")] if "" in lines else lines
    starts = [line for line in block if line and not line[0].isspace()]
    named = sum(line.startswith(_MAIL_HEADERS) for line in starts)
    # A brief may begin with "To: … From: … Date:"; a mail has nothing but headers above the first empty line.
    only = all(line.split(":")[0].replace("-", "").isalnum() for line in starts if ":" in line)
    return named >= 3 and only and all(":" in line for line in starts)


def kind_of(data: bytes, filename: str) -> str:
    """The format of a file: ``pdf``, ``docx``, ``html``, ``markdown``, ``mail`` or ``text``.

    Raises:
        SourceError: it is of no format that can be read.
    """
    suffix = Path(filename).suffix.lower()
    head = data[:_HEAD_BYTES]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(data, filename)
    if head.startswith(_OLE):
        raise _ole_refusal(data, filename)
    is_text = head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" not in head
    if (
        head.startswith(_IMAGES)
        and not (is_text and head.startswith((b"BM", b"RIFF")))
        or head[4:8] == b"ftyp"
    ):
        raise refusal(filename, "is a picture", f"{_CURE}; a photographed page needs OCR first")
    if head.startswith(b"{\\rtf"):
        raise refusal(filename, "is an RTF file", _CURE)
    if suffix in (".pdf", ".docx"):
        name = "PDF" if suffix == ".pdf" else "Word document"
        raise refusal(
            filename, f"is named {suffix} but does not hold a {name}", "it is broken; save it again"
        )
    if not is_text or (suffix and suffix not in _BY_NAME):
        raise refusal(filename, f"is of an unknown type ({suffix or 'no extension'})", _CURE)
    start = head.decode("utf-8", "ignore")
    lower = start.lstrip("\ufeff \r\n\t").casefold()
    if lower.startswith(("<!doctype html", "<html")) or "<body" in lower or lower.startswith("<?xml"):
        return "mail" if suffix == ".eml" or _looks_like_mail(start) else "html"
    return "mail" if suffix in ("", ".txt") and _looks_like_mail(start) else _BY_NAME[suffix]


def _read(data: bytes, filename: str, depth: int) -> Reading:
    kind = kind_of(data, filename)
    if kind == "pdf":
        return read_pdf(data, filename)
    if kind == "docx":
        return read_docx(data, filename)
    if kind == "mail":
        return read_mail(data, filename, _read_at, depth)
    text, note = decode(data)
    if kind == "html":
        reading = read_html(text, filename)
    else:
        check_length(filename, len(text))
        reading = read_markdown(text) if kind == "markdown" else read_text(text)
    return replace(reading, notes=(*reading.notes, *([note] if note else [])))


def _masked(reading: Reading, filename: str) -> Document:
    n_masked = 0

    def mask(text: str) -> str:
        nonlocal n_masked
        words, n = mask_contacts(text)
        n_masked += n
        return words

    blocks: list[Block] = []
    for block in reading.blocks:
        if block.cells:
            cells = tuple(mask(cell) for cell in block.cells)
            text = " | ".join(cell for cell in cells if cell)
            blocks.append(replace(block, cells=cells, text=text))
        else:
            blocks.append(replace(block, text=mask(block.text)))
    title = mask(reading.title) if reading.title else None
    notes = list(reading.notes)
    if n_masked:
        notes.append(f"{n_masked} e-mail addresses or telephone numbers were masked")
    return Document(tuple(blocks), title, tuple(notes), filename, reading.n_pages)


def _read_at(data: bytes, filename: str, depth: int) -> Document:
    if not data.strip():
        raise refusal(filename, "is empty", f"expected {READABLE}; check that it was saved or sent whole")
    if len(data) > MAX_FILE_BYTES:
        raise refusal(
            filename,
            f"has {len(data):,} bytes, expected at most {MAX_FILE_BYTES:,}",
            "save it without pictures, or paste the text",
        )
    reading = _read(data, filename, depth)
    if not reading.blocks:
        raise refusal(filename, "holds no words", "check that it is the right file, or paste the text")
    return _masked(reading, filename)


def read_document_bytes(data: bytes, filename: str) -> Document:
    """Read a document from its bytes.

    Args:
        data: the whole file.
        filename: its name, of which the extension helps to tell the type; folders are dropped.

    Returns:
        Its blocks in reading order, with e-mail addresses and telephone numbers masked.

    Raises:
        SourceError: it is empty, of a type that cannot be read, protected, broken, without text or past a limit.
    """
    return _read_at(data, filename.replace("\\", "/").rsplit("/", 1)[-1], 0)


def read_document(path: Path) -> Document:
    """Read a document from a file; see :func:`read_document_bytes`.

    Raises:
        SourceError: the file cannot be opened, or what :func:`read_document_bytes` refuses.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise refusal(
                path.name,
                f"has {size:,} bytes, expected at most {MAX_FILE_BYTES:,}",
                "save it without pictures, or paste the text",
            )
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise refusal(
            path.name, f"cannot be opened ({reason})", "check the path and who may read it"
        ) from error
    return read_document_bytes(data, path.name)


def document_from_text(text: str, *, filename: str = "") -> Document:
    """A document of pasted text.

    Raises:
        SourceError: it has no words, or is longer than ``MAX_TEXT_CHARS``.
    """
    name = filename or "text"
    check_length(name, len(text))
    reading = read_text(text)
    if not reading.blocks:
        raise refusal(name, "holds no words", "paste the text of the brief")
    return _masked(reading, filename)
