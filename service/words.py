"""What people read, in their language: English in the source, French from ``locales/fr/*.po``.

``_("…")`` and ``ngettext`` give the words in the language of the request at hand, anywhere below it: in templates,
pages and actions. What runs outside a page (the API, the command line, the worker) speaks English.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "locales"
LANGUAGES = {"en": "English", "fr": "Français"}
LOCALES = {"en": "en_CA", "fr": "fr_CA"}
PLURALS = {"en": b"nplurals=2; plural=(n != 1)", "fr": b"nplurals=2; plural=(n > 1)"}
DEFAULT = "en"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT)


def use_language(language: str) -> None:
    """Speak this language until the end of the request; an unknown one is English."""
    _language.set(language if language in LANGUAGES else DEFAULT)


def language() -> str:
    """The language of the request at hand."""
    return _language.get()


def locale() -> str:
    """How dates, numbers and money are written in it."""
    return LOCALES[language()]


def gettext(text: str, /, **values: object) -> str:
    """Words in the language at hand, with ``%(name)s`` filled in from ``values``."""
    said = translations(language()).gettext(text)
    return said % values if values else said


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """The same for a count: ``%(num)s`` is the number."""
    return translations(language()).ngettext(one, many, n) % {"num": n, **values}


_ = gettext


def translate(text: str) -> str:
    """Words in the language at hand, for templates, which fill in values themselves."""
    return translations(language()).gettext(text)


def translate_count(one: str, many: str, n: int) -> str:
    """The same for a count."""
    return translations(language()).ngettext(one, many, n)


def mark(text: str) -> str:
    """Mark words for translation that are only said later, by ``_(…)``."""
    return text


@cache
def translations(language: str) -> NullTranslations:
    """Translations of one language, read once."""
    catalog = read_catalog(language)
    if not len(catalog):
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


def empty_catalog(language: str) -> Catalog:
    """A catalog without words: 0 and 1 are singular in French, all else is plural."""
    head = b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: %s;\\n"\n'
    return read_po(BytesIO(head % PLURALS.get(language, PLURALS[DEFAULT])), locale=language)


def read_catalog(language: str) -> Catalog:
    """The files of one language as one catalog: each part of the service keeps its own."""
    catalog = empty_catalog(language)
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string and not message.fuzzy:
                    catalog.add(message.id, message.string, context=message.context)
    return catalog
