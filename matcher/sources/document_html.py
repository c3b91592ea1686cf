"""HTML and Markdown → blocks. Nothing is run or fetched; what a reader would not see is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString
from markdown_it import MarkdownIt

from matcher.errors import SourceError
from matcher.sources.blocks import (
    LEAD_IN,
    WEAK,
    Block,
    BlockKind,
    Document,
    Line,
    clean_text,
    lines_to_blocks,
    one_line,
)

MAX_HTML_DEPTH = 400
"""Deeper nesting is refused: pages nest some dozens of levels."""
MAX_CELLS = 20_000

_DROPPED = (
    "script style noscript template head iframe object embed svg math canvas audio video form button select input "
    "textarea option nav footer aside dialog menu map link meta base applet"
).split()
_BLOCKS = frozenset(
    "address article blockquote body center dd details div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 header "
    "hr html li main ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d]*[1-9])|"
                     r"mso-hide\s*:\s*all|opacity\s*:\s*0(?![.\d]*[1-9])", re.I)  # fmt: skip
_RULES = re.compile(r"([^{}@]{1,300})\{([^{}]{0,2000})\}")
_DATA_URI = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=\s]{200,}", re.I)
_SITE = re.compile(r"\s+[|–—·»]\s+[^|–—·»]{1,40}$")


def read_html(text: str, filename: str, *, form: str = "html") -> Document:
    """Read the visible text of a page.

    Scripts, styles, forms, navigation and hidden elements are dropped. Where the page marks its main part, only that
    is read.

    Args:
        text: the page, decoded.
        filename: its name, for messages.
        form: ``html`` or ``markdown``.

    Raises:
        SourceError: it is nested too deeply or holds no text.
    """
    soup = BeautifulSoup(_DATA_URI.sub("", text), "lxml")
    _check_depth(soup, filename)
    title = _title(soup)
    n_hidden = _drop_hidden(soup)
    walker = _Walker(filename)
    walker.walk(_main(soup))
    walker.flush()
    if not any(block.text for block in walker.blocks):
        raise SourceError(f"{filename!r} holds no text that a reader would see: paste the text instead")
    notes = (f"{n_hidden} hidden parts of the page left out",) if n_hidden else ()
    return Document(tuple(walker.blocks), title, 1, notes, form=form)


def read_markdown(text: str, filename: str) -> Document:
    """Read Markdown, with tables; HTML inside it is read as HTML.

    Raises:
        SourceError: it holds no text.
    """
    page = MarkdownIt("commonmark", {"breaks": True}).enable(["table", "strikethrough"]).render(text)
    return read_html(f"<body>{page}</body>", filename, form="markdown")


def _check_depth(soup: BeautifulSoup, filename: str) -> None:
    depth = {id(soup): 0}
    for element in soup.descendants:
        if isinstance(element, Tag):
            level = depth[id(element.parent)] + 1
            if level > MAX_HTML_DEPTH:
                raise SourceError(
                    f"{filename!r} is nested more than {MAX_HTML_DEPTH} levels deep: no page needs that; save it "
                    "as text, or paste the text"
                )
            depth[id(element)] = level


def _title(soup: BeautifulSoup) -> str | None:
    found = soup.find("meta", attrs={"property": "og:title"})
    text = found.get("content") if found else None
    text = text or (soup.title.get_text() if soup.title else None)
    return _SITE.sub("", one_line(str(text))) or None if text else None


def _hidden_names(soup: BeautifulSoup) -> set[str]:
    """Classes and ids that the page's own style sheet hides: only plain selectors count."""
    names: set[str] = set()
    for style in soup.find_all("style"):
        sheet = re.sub(r"/\*.*?\*/", "", style.get_text(), flags=re.DOTALL)
        sheet = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", sheet)
        for selectors, body in _RULES.findall(sheet):
            if _HIDDEN.search(body):
                names.update(s.strip() for s in selectors.split(",") if re.match(r"^[.#][\w-]+$", s.strip()))
    return names


def _drop_hidden(soup: BeautifulSoup) -> int:
    hidden = _hidden_names(soup)
    n_hidden = 0
    for element in soup.find_all(True):
        if element.decomposed:
            continue
        style = str(element.get("style") or "")
        marks = {f".{name}" for name in element.get("class") or []} | {f"#{element.get('id')}"}
        if element.has_attr("hidden") or _HIDDEN.search(style) or marks & hidden:
            n_hidden += bool(element.get_text(strip=True))
            element.decompose()
        elif element.name in _DROPPED or element.get("role") in ("navigation", "contentinfo", "banner", "search"):
            element.decompose()
    return n_hidden


def _main(soup: BeautifulSoup) -> Tag:
    """The part that the page marks as its main one, if that holds most of it; else the body."""
    body = soup.body or soup
    found = soup.find("main") or soup.find(attrs={"role": "main"}) or soup.find("article")
    if isinstance(found, Tag) and len(found.get_text()) > 0.4 * len(body.get_text()):
        return found
    return body


class _Walker:
    """Goes through the elements in order, gathering text up to the next block element."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.bold: list[bool] = []
        self.table = 0
        self.n_cells = 0

    def walk(self, root: Tag) -> None:
        # An own stack: the depth of a page must not become the depth of calls.
        stack: list[tuple[Tag, Iterator[object]]] = [(root, iter(root.children))]
        while stack:
            owner, children = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                if owner.name in _BLOCKS:
                    self.flush(owner)
            elif isinstance(child, Tag):
                if child.name == "br":
                    self.parts.append("\n")
                elif child.name == "table" and self._data_table(child):
                    self.flush(owner)
                    self._rows(child)
                else:
                    if child.name in _BLOCKS:
                        self.flush(owner)
                    stack.append((child, iter(child.children)))
            elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
                self._text(child, owner)

    def _text(self, text: NavigableString, owner: Tag) -> None:
        preformatted = owner.name == "pre" or owner.find_parent("pre") is not None
        self.parts.append(str(text) if preformatted else re.sub(r"\s+", " ", str(text)))
        if text.strip():
            bold = owner.name in ("b", "strong") or owner.find_parent(["b", "strong"]) is not None
            self.bold.append(bold or "bold" in str(owner.get("style") or ""))

    def flush(self, owner: Tag | None = None) -> None:
        """Close what was gathered as a block of the element that held it."""
        text, bold = "".join(self.parts), bool(self.bold) and all(self.bold)
        self.parts, self.bold = [], []
        if not text.strip():
            return
        heading, depth = _place(owner)
        if heading:
            self.blocks.append(Block(BlockKind.HEADING, one_line(text), None, heading, gap=True))
        elif depth is not None:
            first, *rest = [one_line(line) for line in text.split("\n") if line.strip()]
            self.blocks.append(Block(BlockKind.ITEM, " ".join([first, *rest]), None, depth))
        else:
            self._paragraph(text, bold)

    def _paragraph(self, text: str, bold: bool) -> None:
        lines = [clean_text(line) for line in text.split("\n")]
        kept = [
            Line(
                line.strip(), float(len(line) - len(line.lstrip())), gap=at == 0 or not lines[at - 1].strip(), bold=bold
            )
            for at, line in enumerate(lines)
            if line.strip()
        ]
        for block in lines_to_blocks(kept):
            # Only marks and style make a heading here: the page had real headings to use.
            if block.kind is BlockKind.HEADING and block.level == WEAK:
                block = Block(BlockKind.TEXT, block.text, None, 0, gap=True)
            self.blocks.append(block)

    def _data_table(self, table: Tag) -> bool:
        """Whether a table holds data rather than the page's layout."""
        if table.get("role") == "presentation" or table.find("table"):
            return False
        rows = table.find_all("tr")
        widths = [len(row.find_all(["td", "th"], recursive=False)) for row in rows]
        if len(rows) < 2 or max(widths, default=0) < 2:
            return False
        if table.find("th"):
            return True
        cells = [cell.get_text(" ", strip=True) for row in rows for cell in row.find_all("td", recursive=False)]
        heavy = table.find(["p", "ul", "ol", "h1", "h2", "h3", "div"]) is not None
        return max(len(cell) for cell in cells) <= (200 if heavy else 400) and not table.find(["ul", "ol", "h1", "h2"])

    def _rows(self, table: Tag) -> None:
        self.table += 1
        for row in table.find_all("tr"):
            cells = tuple(one_line(cell.get_text(" ")) for cell in row.find_all(["td", "th"], recursive=False))
            self.n_cells += len(cells)
            if self.n_cells > MAX_CELLS:
                raise SourceError(f"{self.filename!r} has tables of more than {MAX_CELLS} cells: send only the brief")
            if any(cells):
                self.blocks.append(Block(BlockKind.ROW, one_line(" ".join(cells)), None, 0, cells, self.table))


def _place(owner: Tag | None) -> tuple[int, int | None]:
    """Level of the heading around, 0 for none; and depth of the list item around, None for none."""
    depth = -1
    item = False
    element = owner
    while element is not None:
        if not item and re.match(r"^h[1-6]$", element.name or ""):
            return int(element.name[1]), None
        if not item and element.name in ("dt", "summary"):
            return LEAD_IN - 1, None
        item = item or element.name == "li"
        depth += element.name in ("ul", "ol")
        classes = " ".join(element.get("class") or []) if element.name == "p" else ""
        if "MsoListParagraph" in classes:
            return 0, 0
        element = element.parent
    return 0, (max(0, depth) if item else None)
