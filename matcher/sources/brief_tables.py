"""Tables of a brief: which hold needs, and what their columns are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from matcher.sources.blocks import Block
from matcher.sources.brief_details import Details, label_of
from matcher.sources.brief_words import Topic, fold

_COLUMNS = {
    "role": (
        r"(?:role|type|kind|partner or supplier|partner/supplier|partenaire/fournisseur|sought as|role sought|"
        r"genre)"
    ),
    "status": (
        r"(?:lead(?:er)?|wp lead|responsible|responsable|chef de file|partners?|organi[sz]ation|status|statut|"
        r"etat|assigned to|owner|"
        r"filled by|confirmed|partenaires?|who|qui|company|lead partner|partner status)"
    ),
    "number": (
        r"(?:#|no\.?|n[o°]\.?|nr|item (?:no\.?|#|number)|ref(?:erence)?\.?|wp|wp ?#|wp no\.?|lot|lot ?(?:no|#|"
        r"n°)\.?|id|line(?: item)?|ligne|numero|pos\.?|"
        r"part (?:no\.?|number|#)|p/n|numero de piece|drawing(?: no\.?| number)?|dwg\.?|dessin|rev\.?)"
    ),
    "money": (
        r"(?:(?:unit |total |estimated |extended |target )?(?:prices?|costs?|amounts?|budgets?|values?|"
        r"funding)(?: \(?(?:cad|\$|k\$|cad \$)\)?)?|total|prix(?: unitaire| total)?|couts?|montants?|\$|cad|"
        r"budget.*|"
        r"cash|in[- ]kind|share|hours|rate|pct|%)"
    ),
    "time": r"(?:milestones?|jalons?|dates?|start|end|debut|fin|months?|mois|duration|duree|period|quarter|phase)",
    "notes": (
        r"(?:notes?|comments?|remarks?|remarques?|commentaires?|priority|urgency|details?|finish|finition|"
        r"fini|process notes|requirements?|specs?|specifications?|"
        r"exigences?|treatment|traitement)"
    ),
    "need": (
        r"(?:(?:brief |short )?descriptions?|titles?|titre|name|nom|activit(?:y|ies|e|es)|tasks?|taches?|what|"
        r"quoi|what we need|what is needed|needs?|besoins?|work ?packages?|services?|capabilit(?:y|ies)|"
        r"expertise(?: sought| required| recherchee)?|process(?:es)?|operations?|scope(?: of work)?|work|travaux|"
        r"requirement|package|objet|supply|sought|looking for|capability (?:sought|needed|required)|"
        r"partner profile|profile|profil|offering|good|competence recherchee|gap|opportunity|service requis)"
    ),
    "part": (
        r"(?:parts?(?: name| description)?|components?|items?(?: description)?|articles?|pieces?|designation|"
        r"product|produit|composants?|equipment|equipement)"
    ),
}
_COLUMN_RE = {kind: re.compile(f"^{words}$") for kind, words in _COLUMNS.items()}
_SPEC = ("quantity", "material", "tolerance", "size", "certificate")
_NOTHING = re.compile(
    r"^(?:[-–—/.]*|n/?a|none|nil|tbd|tbc|to be (?:determined|confirmed)|s/?o|aucune?|any|a determiner|a confirmer|"
    r"see (?:drawing|attached)|\?)$"
)
_TOTAL = re.compile(
    r"^(?:sub-?total|grand total|total|sous-total|totaux|tax|hst|gst|tps|tvq|shipping|freight|transport)\b"
)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table of needs.

    Attributes:
        text: the thing sought.
        details: what the columns state.
        quote: the cell that names the thing, as it stands.
        role: words of the column of roles, or "".
        status: words of the columns of lead and status, or "".
        block: the row.
    """

    text: str
    details: Details
    quote: str
    role: str
    status: str
    block: Block


def column_of(header: str) -> str | None:
    """What a column holds: a detail, ``need``, ``part``, or one that tells tables of another kind."""
    plain = fold(header).strip(" :.*")
    plain = re.sub(r"\s*\((?:mm|in|inches|kg|pcs|units|each|ea|per year|annual|cad|\$|m|/yr|unites)\)$", "", plain)
    for kind in ("role", "status", "number", "money", "part"):
        if _COLUMN_RE[kind].match(plain):
            return kind
    detail = label_of(plain)
    if detail and detail != "need":
        return detail
    for kind in ("need", "time", "notes"):
        if _COLUMN_RE[kind].match(plain):
            return kind
    return detail


def label_rows(rows: Sequence[Block]) -> list[tuple[str, str]] | None:
    """Label and value of a table of two columns that is a form; None for other tables."""
    pairs = [tuple(cell for cell in row.cells if cell) for row in rows]
    if any(len(row.cells) > 3 or len(pair) > 2 for row, pair in zip(rows, pairs, strict=True)):
        return None
    full = [pair for pair in pairs if len(pair) == 2]
    kinds = [column_of(cell) for cell in rows[0].cells]
    if len(full) < 1 or (
        kinds[0] in ("part", "need", "number")
        and len(kinds) > 1
        and kinds[1] in (*_SPEC, "role", "need", "part", "by", "status")
    ):
        return None
    known = sum(
        label_of(a) is not None or a.endswith(":") or column_of(a) is not None or _FORM.search(fold(a)) is not None
        for a, _ in full
    )
    return [(a.rstrip(" :"), b) for a, b in full] if known >= 0.5 * len(full) and known >= min(2, len(full)) else None


_FORM = re.compile(
    r"^(?:project|title|titre|projet|location|lieu|place|site|city|ville|closing|close|deadline|date|budget|total|"
    r"funding|contact|e-?mail|phone|"
    r"telephone|courriel|issued|company|entreprise|lead|sector|secteur|technolog|reference|rfq|submit|funder|"
    r"programme?|duration|duree|buyer|value)"
)


def need_rows(rows: Sequence[Block], topic: Topic) -> list[TableRow]:
    """Rows of a table that holds needs; none for budgets, schedules and lists of who takes part.

    Args:
        rows: of one table, its header first if it has one.
        topic: of the section that it stands in.
    """
    at, kinds = _header(rows)
    if kinds is None:
        return _without_header(rows) if topic in (Topic.NEEDS, Topic.PACKAGES) else []
    kinds = _settle(kinds, rows[at + 1 :])
    present = set(kinds)
    if not present & {"part", "need"}:
        return []
    specified = len(present & set(_SPEC))
    parts_table = "part" in present and bool(present & {"quantity", "material"}) or specified >= 2
    if topic not in (Topic.NEEDS, Topic.PACKAGES) and not parts_table:
        return []
    if "money" in present and not parts_table and topic is not Topic.PACKAGES:
        return []
    if topic is Topic.CONTENTS:
        return []
    found = [_row(row, kinds) for row in rows[at + 1 :] if row.cells != rows[at].cells]
    return [row for row in found if row is not None]


def _header(rows: Sequence[Block]) -> tuple[int, list[str | None] | None]:
    """The row that names the columns: among the first three, with two known names or all cells but one known."""
    for index, row in enumerate(rows[:3]):
        kinds = [column_of(cell) if cell else None for cell in row.cells]
        known = sum(kind is not None for kind in kinds)
        if known >= 2 and known >= 0.5 * sum(bool(cell) for cell in row.cells):
            return index, kinds
    return 0, None


def _settle(kinds: list[str | None], rows: Sequence[Block]) -> list[str | None]:
    """A column "Item" of bare numbers counts rows; of two columns of the same kind the first one stays."""
    settled: list[str | None] = []
    for index, kind in enumerate(kinds):
        values = [row.cells[index] for row in rows if index < len(row.cells) and row.cells[index]]
        if kind == "part" and values and all(re.match(r"^[A-Z]{0,3}[-. ]?\d{1,4}[a-z.]?$", value) for value in values):
            kind = "number"
        many = kind in ("number", "notes", "money", "time", "status")
        # "Package | Description": the second one says more of the first.
        more = "more" if kind == "need" and "more" not in settled else "notes"
        settled.append(kind if kind not in settled or many else more)
    return settled


def _row(row: Block, kinds: Sequence[str | None]) -> TableRow | None:
    cells: dict[str, str] = {}
    for kind, cell in zip(kinds, row.cells, strict=False):
        if kind and cell and not (_NOTHING.match(fold(cell)) and kind not in ("status",)):
            cells[kind] = f"{cells[kind]}; {cell}" if kind in cells else cell
    part, need = cells.get("part"), cells.get("need")
    if not part and cells.get("more"):
        part, need = need, cells["more"]
    text = f"{part}: {need}" if part and need and need != part and len(need.split()) <= 14 else part or need or ""
    if not re.search(r"[^\W\d_]{2}", text) or _TOTAL.match(fold(text)):
        return None
    details = Details(
        part=cells.get("part"),
        **{key: cells.get(key) for key in ("material", "size", "tolerance", "quantity", "certificate", "by", "buyer")},
    )
    return TableRow(text, details, part or need or "", cells.get("role", ""), cells.get("status", ""), row)


def _without_header(rows: Sequence[Block]) -> list[TableRow]:
    """A table without names of columns under a heading of needs: the first cell with words is the thing."""
    found = []
    for row in rows:
        named = next((cell for cell in row.cells if re.search(r"[^\W\d_]{3}", cell)), "")
        if named and not _TOTAL.match(fold(named)):
            rest = ", ".join(
                cell for cell in row.cells if cell and cell != named and not re.match(r"^\d{1,2}\.?$", cell)
            )
            found.append(TableRow(f"{named}, {rest}" if rest else named, Details(), named, "", "", row))
    return found
