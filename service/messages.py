"""`make messages`: bring the French files up to date with what templates and code say.

A string belongs to the file of the slice that says it, or to ``base.po``; one that any file has is not repeated. New
strings are added empty, and those that nothing says any more are dropped. ``tests/service/pages/test_words.py`` fails
while one is empty.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from service.words import FOLDER, PLURALS, empty_catalog

SERVICE = Path(__file__).parent
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "mark": None, "ngettext": (1, 2)}
OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "extensions": "jinja2.ext.do"}
BASE = "base"
# Slices that have a file of their own; the rest speak through that of another.
FILES = {"firms": "firms", "projects": "projects", "matches": "matches", "opinions": "matches",
         "imports": "imports", "today": "today", "introductions": "introductions", "contacts": "introductions",
         "reports": "reports", "triage": "imports",
         "mail": "lists", "opportunities": "lists", "replies": "lists", "letters": "lists", "feeds": "lists",
         "outsiders": "reports", "release.py": "reports"}  # fmt: skip

Text = str | tuple[str, ...]


def said() -> Iterator[tuple[str, int, Text]]:
    """Every string that is marked: file below ``service``, line, and the string (with its plural)."""
    for path in sorted([*SERVICE.rglob("*.py"), *(SERVICE / "templates").rglob("*.html")]):
        name = path.relative_to(SERVICE).as_posix()
        with path.open("rb") as file:
            method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
            for line, text, _, _ in extract(method, file, KEYWORDS, options=OPTIONS):
                found: Text = text if isinstance(text, str) else tuple(text)
                if found and found != ("",):
                    yield name, line, found


def file_of(name: str) -> str:
    """The file that keeps the strings of a source."""
    parts = name.removeprefix("templates/").split("/")
    return FILES.get(parts[0], parts[0] if (FOLDER / "fr" / f"{parts[0]}.po").is_file() else BASE)


def update(folder: Path = FOLDER / "fr") -> int:
    """Rewrite the files of a language.

    Returns:
        How many strings have no translation yet.
    """
    old = {path.stem: _read(path) for path in sorted(folder.glob("*.po"))}
    held = [(stem, message) for stem, catalog in old.items() for message in catalog if message.id]
    # A string that two files have, and one of them empty, is kept by the one that has its words.
    held.sort(key=lambda row: not is_translated(row[1]))
    translated: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for stem, message in held:
        translated.setdefault(_key(message), message.string)
        owners.setdefault(_key(message), stem)
    new: dict[str, Catalog] = {}
    for name, _, text in said():
        key = text if isinstance(text, str) else text[0]
        owner = owners.setdefault(key, file_of(name))
        catalog = new.setdefault(owner, empty_catalog("fr"))
        string = translated.get(key) or ("" if isinstance(text, str) else ("", ""))
        catalog.add(text, string, locations=[(name, 0)])
    folder.mkdir(parents=True, exist_ok=True)
    for stem in old.keys() | new.keys():
        path = folder / f"{stem}.po"
        path.write_bytes(_written(new.get(stem, empty_catalog("fr"))))
    return sum(not is_translated(message) for catalog in new.values() for message in catalog if message.id)


def is_translated(message: Message) -> bool:
    """Whether a string, in all its forms, has words."""
    strings = (message.string,) if isinstance(message.string, str) else message.string or ("",)
    return all(strings)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="fr")


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _written(catalog: Catalog) -> bytes:
    """The catalog without its header's dates: they differ at each run, and say nothing."""
    out = io.BytesIO()
    write_po(out, catalog, width=110, omit_header=True, sort_output=True, no_location=True)
    forms = PLURALS["fr"].decode()
    head = (
        'msgid ""\nmsgstr ""\n"Language: fr\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {forms};\\n"\n\n'
    )
    return head.encode() + out.getvalue().lstrip(b"\n")


if __name__ == "__main__":
    n_empty = update()
    sys.stdout.write(f"{n_empty} strings have no French yet\n" if n_empty else "every string has its French\n")
