"""HTML → blocks; the only file that knows Beautiful Soup.

The tree is read from its strings upwards, each belonging to its nearest block element, so that text placed straight
in a ``div`` is kept, and no depth of nesting can exhaust the stack.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

import bs4

from matcher.sources.document_blocks import Block, BlockKind, Reading, check_length, clean, refusal, row_block
from matcher.sources.document_text import mend_blocks

_DROPPED = (
    "script style noscript template nav footer aside form svg iframe object canvas button select textarea "
    "audio video dialog head"
).split()
_BLOCK = frozenset(
    "p div section article main li dt dd h1 h2 h3 h4 h5 h6 blockquote pre td th caption figcaption address header "
    "body html ul ol dl table tr center details summary fieldset".split()
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog"})
_NOISE = re.compile(
    r"(?:^|[\s_-])(?:cookies?|breadcrumbs?|menu|sidebar|newsletter|share|social|skip-?link|consent)(?:$|[\s_-])",
    re.I,
)
_QUOTED = (
    "blockquote[type=cite], .gmail_quote, .moz-cite-prefix, #divRplyFwdMsg, .yahoo_quoted, .gmail_signature"
)
_LONGEST_CELL_WORDS = 60
_SITE_SUFFIX = re.compile(r"\s+[|–—»·]\s+[^|–—»·]{2,60}$|\s+-\s+[^-]{2,40}$")


def _soup(markup: str) -> Any:  # noqa: ANN401 - bs4 is untyped here
    with warnings.catch_warnings():
        # XHTML and text that looks like a path are both read as HTML, which is what is wanted.
        warnings.simplefilter("ignore", bs4.XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", bs4.MarkupResemblesLocatorWarning)
        return bs4.BeautifulSoup(markup, "lxml")


def _is_hidden(tag: Any) -> bool:  # noqa: ANN401
    if tag.name in ("html", "body", "main", "article"):
        return False
    if tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or tag.get("role") in _ROLES:
        return True
    if _HIDDEN_STYLE.search(str(tag.get("style") or "")):
        return True
    named = " ".join([*(tag.get("class") or []), str(tag.get("id") or "")])
    return bool(_NOISE.search(named)) and not tag.find(["h1", "main", "article"])


def _main(soup: Any) -> Any:  # noqa: ANN401
    """The part of the page that holds its own text: ``main``, else a single article with most of the words."""
    for tag in soup.find_all(_DROPPED):
        if not tag.decomposed:
            tag.decompose()
    for tag in soup.find_all(True):
        if not tag.decomposed and _is_hidden(tag):
            tag.decompose()
    body = soup.body or soup
    main = soup.find("main") or soup.find(attrs={"role": "main"})
    articles = soup.find_all("article")
    if main is None and len(articles) == 1 and len(articles[0].get_text()) >= 0.5 * len(body.get_text()):
        main = articles[0]
    return main if main is not None and main.get_text(strip=True) else body


def _is_data_table(table: Any) -> bool:  # noqa: ANN401
    if table.find("table") or table.find(["h1", "h2", "h3", "ul", "ol"]):
        return False
    widths = [len(row.find_all(["td", "th"])) for row in table.find_all("tr")]
    if max(widths, default=0) < 2:
        return False
    return all(
        len(cell.get_text(" ").split()) <= _LONGEST_CELL_WORDS for cell in table.find_all(["td", "th"])
    )


def _nearest(tag: Any, names: frozenset[str]) -> Any:  # noqa: ANN401
    while tag is not None and tag.name not in names:
        tag = tag.parent
    return tag


def _block(tag: Any, text: str, fresh_item: bool) -> Block | None:  # noqa: ANN401
    words = clean(text)
    if not words:
        return None
    name = tag.name if tag is not None else "body"
    if re.fullmatch(r"h[1-6]", name):
        return Block(BlockKind.HEADING, int(name[1]), words)
    item = tag if name in ("li", "dd") else tag.parent if tag is not None and name in ("p", "div") else None
    if item is not None and item.name in ("li", "dd") and fresh_item:
        return Block(BlockKind.ITEM, max(len(item.find_parents(["ul", "ol", "dl"])), 1), words)
    strong = tag.find(["strong", "b"]) if tag is not None and name in ("p", "div", "td", "dt") else None
    bold = name == "dt" or (strong is not None and clean(strong.get_text(" ")) == words)
    if bold and len(words.split()) <= 12 and not words.endswith((".", ";", ",")):
        return Block(BlockKind.HEADING, 4, words)
    return Block(BlockKind.PARAGRAPH, 0, words)


class _Walk:
    """Collects strings until the block they belong to changes."""

    def __init__(self, root: Any) -> None:  # noqa: ANN401
        self.root = root
        self.blocks: list[Block] = []
        self.tag: Any = None
        self.parts: list[str] = []
        self.items: set[int] = set()
        self.tables: dict[int, bool] = {}
        self.rows: set[int] = set()

    def _flush(self) -> None:
        item = _nearest(self.tag, frozenset({"li", "dd"})) if self.tag is not None else None
        for part in "".join(self.parts).split("\v"):
            fresh = item is not None and id(item) not in self.items
            if block := _block(self.tag, part, fresh):
                self.blocks.append(block)
                if item is not None:
                    self.items.add(id(item))
        self.parts = []

    def _take_row(self, node: Any) -> bool:  # noqa: ANN401
        cell = _nearest(node, frozenset({"td", "th"}))
        table = cell.find_parent("table") if cell is not None else None
        if table is None:
            return False
        if id(table) not in self.tables:
            self.tables[id(table)] = _is_data_table(table)
            self.first = True
        row = cell.find_parent("tr")
        if not self.tables[id(table)] or row is None:
            return False
        if id(row) not in self.rows:
            self.rows.add(id(row))
            self._flush()
            block = row_block([c.get_text(" ") for c in row.find_all(["td", "th"])], first=self.first)
            if block:
                self.blocks.append(block)
                self.first = False
        return True

    def read(self) -> list[Block]:
        for node in self.root.descendants:
            if isinstance(node, bs4.Tag):
                if node.name == "br":
                    self.parts.append("\v")
                continue
            if type(node) is not bs4.NavigableString or (node.strip() and self._take_row(node.parent)):
                continue
            tag = _nearest(node.parent, _BLOCK)
            if tag is not self.tag and node.strip():
                self._flush()
                self.tag = tag
            self.parts.append(
                str(node) if tag is None or tag.name != "pre" else str(node).replace("\n", "\v")
            )
        self._flush()
        return self.blocks


def _page_title(soup: Any) -> str | None:  # noqa: ANN401
    tag = soup.find("title")
    stated = clean(tag.get_text(" ")) if tag else ""
    heads = [clean(head.get_text(" ")) for head in soup.find_all("h1")]
    if len(heads) == 1 and heads[0]:
        # The page's one top heading is its title; <title> adds the site's name.
        return heads[0]
    return (_SITE_SUFFIX.sub("", stated) or stated) or None


def read_html(markup: str, filename: str, *, mail: bool = False) -> Reading:
    """Blocks of a page's main content.

    Args:
        markup: the page.
        filename: for the error.
        mail: it is the body of an e-mail: quoted history and signature are left out.

    Raises:
        SourceError: it holds no text.
    """
    check_length(filename, len(markup) // 10)
    soup = _soup(markup)
    title = _page_title(soup)
    if mail:
        for tag in soup.select(_QUOTED):
            if not tag.decomposed:
                tag.decompose()
    blocks = mend_blocks(_Walk(_main(soup)).read())
    if not blocks:
        raise refusal(
            filename,
            "is a web page without text: nothing is left beside menus, scripts and hidden parts",
            "save the page after it has loaded, or paste the text",
        )
    check_length(filename, sum(len(block.text) for block in blocks))
    return Reading(blocks, title)
