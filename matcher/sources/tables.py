"""A file of a table, whatever it calls itself, → rows of cells: text or workbook, told apart by what is in it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from matcher.errors import SourceError
from matcher.sources.delimited import read_delimited
from matcher.sources.grid import Table, TableLimits

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 4096


def open_table(path: Path, limits: TableLimits | None = None) -> Table:
    """Open a CSV file (comma, semicolon, tab or bar) or an XLSX workbook.

    The first bytes decide, not the name: exports are often named for what they are not.

    Args:
        path: the file.
        limits: how large it may be; None is the usual.

    Raises:
        SourceError: it is missing, empty, too large, protected, of another kind, or broken.
    """
    limits = limits or TableLimits()
    head = _head(path, limits)
    if head.startswith(_OLE):
        raise SourceError(_ole_message(path))
    if head.startswith(b"PK"):
        from matcher.sources.workbook import read_workbook  # with openpyxl, which a CSV file need not wait for

        _check_is_workbook(path)
        return read_workbook(path, limits)
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xff\xfe\xbf \r\n\t").lower()
    if text.startswith(b"%pdf"):
        raise SourceError(f"{path.name!r} is a PDF: expected a table; save the list as CSV or XLSX")
    if text.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta")):
        raise SourceError(f"{path.name!r} is a web page or XML: expected a table; open it and save it as XLSX")
    if path.suffix.casefold() in (".xlsx", ".xlsm", ".xltx"):
        raise SourceError(f"{path.name!r} is named as a workbook and is none: save the list anew as XLSX or CSV")
    return read_delimited(path, limits)


def _head(path: Path, limits: TableLimits) -> bytes:
    try:
        n_bytes = path.stat().st_size
        with path.open("rb") as handle:
            head = handle.read(_HEAD)
    except OSError as error:
        raise SourceError(f"{str(path)!r} cannot be read ({error.strerror}): expected a CSV or XLSX file") from error
    if n_bytes > limits.file_bytes:
        raise SourceError(f"{path.name!r} has {n_bytes:,} bytes, expected at most {limits.file_bytes:,}: split it")
    if not head.strip(b"\x00\xef\xbb\xbf\xff\xfe \r\n\t"):
        raise SourceError(f"{path.name!r} is empty: expected a row of headers and a row for each firm")
    return head


def _ole_message(path: Path) -> str:
    """An old container of Office: a workbook with a password, or one in the form of before 2007."""
    with path.open("rb") as handle:
        content = handle.read(32 * 2**20)
    if "EncryptedPackage".encode("utf-16-le") in content:
        return f"{path.name!r} is protected by a password: open it, take the password off and save it"
    return f"{path.name!r} is in the old form .xls (or another old Office form): save it as XLSX and import that"


def _check_is_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise SourceError(f"{path.name!r} is broken ({error}): save the workbook anew as XLSX, or as CSV") from error
    if "xl/workbook.bin" in names:
        raise SourceError(f"{path.name!r} is a binary workbook (.xlsb): save it as XLSX")
    if "content.xml" in names:
        raise SourceError(f"{path.name!r} is an OpenDocument file: save it as XLSX or CSV")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise SourceError(f"{path.name!r} is a zip file and no workbook: expected CSV or XLSX; unpack it first")
