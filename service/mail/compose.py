"""A template → a letter: its subject, its HTML with the style beside every element, and the same words as plain text.

The plain text is made from the HTML, so that both say the same and hold the same links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from service import words
from service.pages.rendering import TEMPLATES, environment
from service.settings import Settings

if TYPE_CHECKING:
    from bs4.element import PageElement
    from css_inline import CSSInliner

FOLDER = "letters"
_BLOCKS = {"p", "h1", "h2", "h3", "div", "section", "footer", "header", "ul", "ol", "main", "table", "tr", "hr"}


@dataclass(frozen=True, slots=True)
class Content:
    """What a letter says: one line of subject, and twice the same."""

    subject: str
    text: str
    html: str


def compose(settings: Settings, template: str, language: str, **context: object) -> Content:
    """Write a letter.

    Args:
        settings: for dates on the chamber's clock.
        template: its kind: ``service/templates/letters/KIND.html``, with a block ``subject``.
        language: of whom it goes to.
        context: what the template names. The frame names ``chamber``; and, where they are given, ``why`` (why we may
            write), ``stop``, ``wishes`` and ``page`` (addresses in the foot).
    """
    from bs4 import BeautifulSoup  # who only serves pages does not wait for it

    before = words.language()
    words.use_language(language)
    try:
        found = environment(settings.timezone).get_template(f"{FOLDER}/{template}.html")
        html = found.render(context)
        subject = "".join(found.blocks["subject"](found.new_context(context)))
    finally:
        words.use_language(before)
    subject = " ".join(BeautifulSoup(subject, "html.parser").get_text().split())
    return Content(subject, plain(html), _inliner().inline(html))


def plain(html: str) -> str:
    """The words of a letter without their looks; links stand behind their words."""
    from bs4 import BeautifulSoup
    from bs4.element import Tag

    body = BeautifulSoup(html, "html.parser").find("body")
    assert isinstance(body, Tag)
    lines = [" ".join(line.split()) for line in "".join(_said(body)).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _said(node: PageElement) -> Iterator[str]:
    from bs4.element import NavigableString, Tag

    if isinstance(node, NavigableString):
        yield re.sub(r"\s+", " ", str(node))
        return
    assert isinstance(node, Tag)
    inner = "".join(part for child in node.children for part in _said(child))
    if node.name == "br":
        yield "\n"
    elif node.name == "a":
        address = str(node.get("href", "")).removeprefix("mailto:").removeprefix("tel:")
        yield inner if address.replace(" ", "") == inner.replace(" ", "") else f"{inner.strip()}: {address} "
    elif node.name == "q":
        yield f"“{inner.strip()}”"
    elif node.name == "li":
        yield f"\n- {inner.strip()}"
    elif node.name == "h1":
        yield f"\n\n{inner.strip()}\n{'=' * min(60, len(inner.strip()))}\n\n"
    elif node.name in _BLOCKS:
        yield f"\n\n{inner.strip()}\n\n"
    else:
        yield inner


@cache
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner

    # Programs that read mail drop sheets of style, and nothing is loaded from anywhere.
    style = (TEMPLATES / FOLDER / "letter.css").read_text(encoding="utf-8")
    return CSSInliner(extra_css=style, load_remote_stylesheets=False)
