"""Documents for outsiders, each made from what was released and from nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from service.introductions.words import role_words
from service.release import NamedFirm, Released
from service.words import _, language, ngettext

# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Sender:
    """The chamber, as it signs: it is ours to publish."""

    chamber: str
    address: str
    signer: str
    day: str


@dataclass(frozen=True, slots=True)
class Export:
    """A kind of document."""

    make: Callable[[Released, Sender], bytes]
    media_type: str
    filename: str


def others_words(released: Released) -> list[str]:
    """Firms that are not named, as counts."""
    said = []
    if released.n_interested:
        said.append(ngettext(
            "%(num)s firm is interested and has not agreed to be named.",
            "%(num)s firms are interested and have not agreed to be named.", released.n_interested,
        ))  # fmt: skip
    if released.n_asked:
        said.append(ngettext(
            "%(num)s firm was asked and has not answered yet.",
            "%(num)s firms were asked and have not answered yet.", released.n_asked,
        ))  # fmt: skip
    return said


def title_words(released: Released) -> str:
    """The title of a document."""
    return released.title or _("A project that looks for firms")


def role_line(firm: NamedFirm) -> str:
    """What a firm would be."""
    words = role_words()
    return ", ".join(words.get(role, role) for role in firm.roles)


def briefing(released: Released, sender: Sender) -> bytes:
    """A short PDF for whoever leads the project."""
    # Loading it takes a while, and most processes never make a document.
    from service.pdf import Bullets, Heading, Piece, Text, make_pdf

    pieces: list[Piece] = [Text(_("From %(chamber)s, %(day)s", chamber=sender.chamber, day=sender.day), is_small=True)]
    pieces += [Text(part) for part in released.text.split("\n\n") if part.strip()]
    if released.needs:
        pieces += [Heading(_("What is looked for")), Bullets(released.needs)]
    pieces.append(Heading(_("Firms that said yes and may be named")))
    for firm in released.firms:
        about = " · ".join(part for part in (firm.place, role_line(firm)) if part)
        pieces += [Text(f"{firm.name} – {about}" if about else firm.name), Bullets(firm.does)]
    if not released.firms:
        pieces.append(Text(_("None yet.")))
    others = others_words(released)
    if others:
        pieces += [Heading(_("Other firms")), *(Text(line) for line in others)]
    pieces.append(Text(_("We bring you together when both sides say yes."), is_small=True))
    foot = " · ".join(part for part in (sender.chamber, sender.address, sender.signer) if part)
    return make_pdf(title_words(released), pieces, author=sender.chamber, language=language(), foot=foot)


def table(released: Released, _sender: Sender) -> bytes:
    """The same firms for a spreadsheet, in UTF-8 with the mark that Excel needs."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow([_("Firm"), _("Place"), _("Role"), _("What they do")])
    for firm in released.firms:
        writer.writerow([_cell(text) for text in (firm.name, firm.place, role_line(firm), "; ".join(firm.does))])
    for line in others_words(released):
        writer.writerow([_cell(line), "", "", ""])
    return target.getvalue().encode("utf-8-sig")


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


# Every document for outsiders is here: a test makes each, and looks for names that were not to be in it.
EXPORTS = {
    "pdf": Export(briefing, "application/pdf", "briefing.pdf"),
    "csv": Export(table, "text/csv; charset=utf-8", "firms.csv"),
}
