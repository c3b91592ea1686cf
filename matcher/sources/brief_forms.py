"""Needs in work packages, tables and forms."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from itertools import groupby

from matcher.sources.blocks import PACKAGE, Block, BlockKind
from matcher.sources.brief_candidates import Candidate, candidate_of, grouped, role_for
from matcher.sources.brief_details import Details, label_of
from matcher.sources.brief_filters import is_need
from matcher.sources.brief_phrases import is_capability, is_vague, sought_in
from matcher.sources.brief_sections import Section, is_label
from matcher.sources.brief_tables import TableRow, label_rows, need_rows
from matcher.sources.brief_words import Topic, fold, heading_of
from matcher.types import NeedRole

_STATUS = re.compile(
    r"\s*[(\[,;–—-]*\s*\b(?:(?:lead|leader|partner|supplier|responsible|wp lead|chef|responsable|partenaire|"
    r"fournisseur)s?\s*(?:is|:|=)?\s*)?"
    r"(?P<open>tbd|tbc|open|sought|wanted|needed|vacant|to be (?:determined|confirmed|found|identified|filled|"
    r"named)|not yet filled|recherche\w*|a (?:trouver|confirmer|determiner|combler)|ouvert)\b\s*[)\].]*\s*$",
    re.I,
)
_TAKEN = re.compile(
    r"(?:\b(?:lead(?:er)?|wp lead|responsible|led by|partner|chef de file|responsable|dirige par|mene par|"
    r"assure par|done by|covered by)\s*(?::|=|\s)\s*(?!tbd|tbc|open|sought|wanted|needed|vacant|to be|partner|"
    r"supplier|recherch|a (?:trouver|confirmer|determiner|combler)|ouvert|for|with|and|needed|a\b|an\b)(?=[a-z0-9]))",
    re.I,
)
_OPEN_WORDS = re.compile(
    r"\b(?:tbd|tbc|open|sought|wanted|needed|seeking|vacant|to be (?:determined|confirmed|found|identified|filled|"
    r"named)|not yet|looking for|missing|recherche\w*|a (?:trouver|confirmer|determiner|combler)|ouvert|"
    r"manquant)\b|^\?+$"
)
_MANAGEMENT = re.compile(
    r"^(?:overall |general )?(?:project|programme|program|consortium)?\s?(?:management|coordination|"
    r"administration|dissemination|reporting|communications?|governance|gestion|diffusion|kick-?off)\b"
)


def package_candidates(section: Section, notes: list[str]) -> list[Candidate]:
    """Work packages that are open: those with a named lead are not looked for.

    Args:
        section: of work packages.
        notes: takes a note on those left out.
    """
    found: list[tuple[Candidate, str]] = []
    items = [block for block in section.blocks if block.kind is BlockKind.ITEM]
    places = {id(block): at for at, block in enumerate(section.blocks)}
    for head, below in grouped(items):
        after = [block.text for block in _following_texts(section.blocks, places[id(head)])]
        words = " ".join([head.text, *(block.text for block in below), *after])
        title = PACKAGE.sub("", head.text)
        plain = fold(title)
        if _MANAGEMENT.match(plain) or not is_need(title):
            continue
        asked = [
            sought
            for text in [head.text, *(block.text for block in below), *after]
            for sought in sought_in(text)
            if is_need(sought.text)
        ]
        state = "open" if _OPEN_WORDS.search(fold(words)) or asked else "taken" if _TAKEN.search(fold(words)) else ""
        text = re.sub(
            r"\s*[(\[]?\b(?:lead(?:er)?|partner|supplier|responsable|partenaire)s?\s*:\s*[^)\]]*[)\]]?\s*$",
            "",
            _STATUS.sub("", title),
            flags=re.I,
        )
        found.append((candidate_of(section, text.strip(" ,;:–—-([") or title, head, words=words), state))
    return _open_ones(found, notes)


def _following_texts(blocks: Sequence[Block], at: int) -> list[Block]:
    following = []
    for block in blocks[at + 1 :]:
        if block.kind is not BlockKind.TEXT:
            break
        following.append(block)
    return following


def _open_ones(found: Sequence[tuple[Candidate, str]], notes: list[str]) -> list[Candidate]:
    n_taken = sum(state == "taken" for _, state in found)
    if n_taken:
        notes.append(f"{n_taken} work packages have a named lead and are not read as needs")
    return [candidate for candidate, state in found if state != "taken"]


def table_candidates(section: Section, notes: list[str]) -> list[Candidate]:
    """Needs of a section's tables, whatever its heading says; budgets and schedules hold none.

    Args:
        section: any.
        notes: takes a note on work packages that are taken.
    """
    found: list[tuple[Candidate, str]] = []
    rows_of = [block for block in section.blocks if block.kind is BlockKind.ROW]
    topic = section.says.topic
    for _, group in groupby(rows_of, key=lambda block: (block.table, block.part)):
        rows = list(group)
        if topic in (Topic.CONTACT, Topic.CONTENTS) or label_rows(rows) is not None:
            continue
        for row in need_rows(rows, topic):
            plain = fold(row.text)
            if not is_need(row.text) or _MANAGEMENT.match(plain):
                continue
            state = ""
            if row.status:
                state = "open" if _OPEN_WORDS.search(fold(row.status)) else "taken"
            found.append((_of_row(section, row), state))
    return _open_ones(found, notes)


def _of_row(section: Section, row: TableRow) -> Candidate:
    role = role_for(section, row.role, row.text, row.status)
    stated = row.details
    if role is NeedRole.EITHER and not row.role and (stated.quantity or stated.material or stated.tolerance):
        role = NeedRole.SUPPLIER
    lang = section.says.lang or ("fr" if re.search(r"[àâçéèêëîïôûœ]|\b(?:de|en|du|des)\b", row.block.text) else "en")
    base = candidate_of(
        section,
        row.text,
        row.block,
        quote=row.quote,
        details=stated,
        words=row.block.text,
        phrase=section.cause or "table",
    )
    return dataclasses.replace(base, role=role, lang=lang)


def spec_need(sections: Sequence[Section], title: str) -> list[Candidate]:
    """The one need of a brief that is a form: "Part: …, Material: …, Quantity: …"; its name may be the title's.

    Args:
        sections: of the brief.
        title: name of the thing where no label tells it.
    """
    found: list[Candidate] = []
    for section in sections:
        if section.says.topic not in (Topic.CONTENTS, Topic.CONTACT, Topic.TECHNOLOGIES):
            for group in _one_part_each(_pairs(section)):
                candidate = _of_form(section, group, title)
                found += [candidate] if candidate else []
    return found


_Pair = tuple[str, str, Block]


def _pairs(section: Section) -> list[_Pair]:
    """Detail, value and block of each labelled line and each row of a form."""
    pairs: list[_Pair] = []
    for block in section.blocks:
        if block.kind is not BlockKind.ROW:
            for text in re.split(r";\s+(?=[^\W\d_][^:;]{1,25}:\s)", block.text):
                label = is_label(text)
                if label and (kind := label_of(label[0])):
                    pairs.append((kind, label[1], block))
    rows = [block for block in section.blocks if block.kind is BlockKind.ROW]
    for _, group in groupby(rows, key=lambda block: block.table):
        table = list(group)
        for (name, value), block in zip(label_rows(table) or [], table, strict=False):
            if kind := label_of(name):
                pairs.append((kind, value, block))
    return pairs


def _one_part_each(pairs: Sequence[_Pair]) -> list[list[_Pair]]:
    """A second "Part:" begins the form of the next part."""
    groups: list[list[_Pair]] = []
    for pair in pairs:
        if not groups or (pair[0] in ("part", "need") and any(kind == pair[0] for kind, _, _ in groups[-1])):
            groups.append([])
        groups[-1].append(pair)
    return groups


def _of_form(section: Section, group: Sequence[_Pair], title: str) -> Candidate | None:
    values = {kind: value for kind, value, _ in reversed(group)}
    named = values.get("part") or values.get("need")
    specified = values.keys() & {"material", "quantity", "tolerance", "size", "certificate"}
    if len(specified) < 2 and not (specified and named):
        return None
    name = _request_out(named or _own_name(section) or title)
    if not name or is_vague(name):
        return None
    block = next((b for kind, _, b in group if kind in ("part", "need")), group[0][2])
    keys = ("material", "size", "tolerance", "quantity", "certificate", "by", "buyer")
    details = Details(part=values.get("part") or name, **{key: values.get(key) for key in keys})
    base = candidate_of(section, name, block, details=details, words=name, phrase=section.cause or "form")
    role = NeedRole.SUPPLIER if base.role is NeedRole.EITHER else base.role
    return dataclasses.replace(base, role=role)


def _own_name(section: Section) -> str:
    """A heading that names the part described below it."""
    if section.heading is None or not is_capability(section.heading.text):
        return ""
    named = heading_of(section.heading.text).topic is Topic.NEUTRAL
    return section.heading.text if named and section.says.topic in (Topic.NEUTRAL, Topic.NEEDS) else ""


def _request_out(title: str) -> str:
    """A title without the words that ask: "RFQ 2231 – Machined housings" → "Machined housings"."""
    text = re.sub(
        r"^\s*(?:rf[qpi]|request for (?:quotations?|quotes?|proposals?|information)|quote (?:request|needed)|"
        r"demande de (?:prix|soumissions?|cotation)|appel d'offres|inquiry|quotation)\b[\s#:]*(?:for\s|pour\s|"
        r"[\w-]*\d[\w-]*)?\s*[:–—-]*\s*",
        "",
        title,
        flags=re.I,
    )
    return text.strip(" :–—-.")
