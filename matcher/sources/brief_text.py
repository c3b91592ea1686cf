"""Title and description of a brief, its language, and whether it is a call guide."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from pathlib import PurePath

from matcher.language import language_of
from matcher.sources.blocks import LEAD_IN, Block, BlockKind, Document
from matcher.sources.brief_details import label_of
from matcher.sources.brief_phrases import seeks, sentences
from matcher.sources.brief_sections import Section, is_label
from matcher.sources.brief_words import Topic, fold, heading_of, is_section_name, plain_heading
from matcher.sources.mail_text import is_closing, is_disclaimer, is_greeting, plain_subject

MAX_TITLE_CHARS = 160
MAX_DESCRIPTION_CHARS = 20_000
"""A longer description is cut at a paragraph, with a note."""
GUIDE_WORDS = 250
"""A call guide has at least so many words."""
GUIDE_SUBJECTS = 4
"""Subjects of a call guide that must be there, of :data:`_GUIDE`."""

_GENERIC = re.compile(
    r"^(?:(?:rf[qpi]|request for (?:quotations?|quotes?|proposals?|information|partners?)|quote request|"
    r"project (?:brief|summary|description|overview|outline|one[- ]pager)|brief|one[- ]pager|"
    r"call for (?:partners?|suppliers?|collaborators?|help)|expression of interest|opportunity(?: notice)?|"
    r"supplier notice|notice|memo(?:randum)?|confidential|draft|appel (?:a|aux) (?:partenaires?|fournisseurs?)|"
    r"demande de (?:prix|soumissions?|cotation)|"
    r"fiche (?:de )?projet|resume du projet|sommaire du projet|avis|document|untitled|sans titre|hello|hi|"
    r"question|help|quick question|inquiry|no subject|introduction|\(no subject\)|request|requirements?|notes|"
    r"meeting notes|quote|quotation|bonjour|demande)"
    r"[\s:#.–-]*(?:no\.?\s?)?[\w/-]*\d[\w/-]*|(?:rf[qpi]|request for (?:quotations?|quotes?|proposals?|"
    r"information|partners?)|quote request|project (?:brief|summary|description|overview|outline|one[- ]pager)|"
    r"brief|one[- ]pager|call for (?:partners?|suppliers?|collaborators?|help)|"
    r"expressions? of interest|opportunity(?: notice)?|supplier notice|notice|memo(?:randum)?|confidential|draft|"
    r"appel (?:a|aux) (?:partenaires?|fournisseurs?)|demande de (?:prix|soumissions?|cotation)|"
    r"fiche (?:de )?projet|resume du projet|"
    r"sommaire du projet|avis|document|untitled|sans titre|hello|hi|question|help|quick question|inquiry|"
    r"\(?no subject\)?|introduction|request|requirements?|notes|meeting notes|quote|quotation|bonjour|demande|"
    r"home|accueil|partnership|supplier opportunit(?:y|ies)|partners? opportunit(?:y|ies)|opportunit(?:y|ies)|"
    r"occasions? d'affaires?|partners? (?:wanted|sought)|suppliers? (?:wanted|sought)|partenaires? recherches?|"
    r"fournisseurs? recherches?))$"
)
_TITLE_LABEL = re.compile(
    r"^(?:project(?: title| name)?|title|titre(?: du projet)?|nom du projet|projet|subject|re|objet|project brief)$"
)
_BAD_METADATA = re.compile(
    r"^(?:\(?anonymous\)?|untitled\w*|unspecified|microsoft word.*|document\s?\d*|.*\.(?:docx?|pdf|indd|pptx?|"
    r"html?|odt|tmp)|title|titre|slide \d+|powerpoint presentation|présentation.*|\W*)$",
    re.I,
)
_GUIDE = {
    "title": (
        r"(?:program(?:me)?|applicants?'?|proponent|challenge|funding|call|application|fund) (?:guide|"
        r"guidelines|handbook)|call for (?:projects|proposals|applications)|funding opportunity|guide (?:du|"
        r"de|des) (?:programme|demandeurs?|participants?|candidats?)|appel (?:a|de) (?:projets|propositions)|"
        r"challenge (?:guide|statement)"
    ),
    "costs": (
        r"(?:in)?eligible (?:project )?(?:costs?|expenses|expenditures)|cost eligibility|(?:depenses|"
        r"couts) (?:non )?admissibles"
    ),
    "applicants": (
        r"eligib\w+ (?:applicants?|recipients?|organi[sz]ations?|proponents?|participants?|projects?|criteria|"
        r"requirements?)|(?:applicant|project|consortium) eligibility|who (?:can|may|is eligible to) apply|"
        r"^eligibility|(?:demandeurs?|projets?|organismes?|entreprises?) admissibles|criteres d'admissibilite|"
        r"^admissibilite"
    ),
    "evaluation": (
        r"(?:evaluation|assessment|selection|scoring|merit|review)(?: and \w+)? (?:criteria|process|matrix|"
        r"committee)|^(?:evaluation|assessment|selection)$|criteres (?:d'evaluation|de selection)|"
        r"evaluation des (?:demandes|projets|propositions)"
    ),
    "application": (
        r"how to apply|application (?:process|form|guidelines?|requirements?|stages?|procedures?|deadline|"
        r"portal|steps?)|full (?:project )?(?:proposal|application)|expressions? of interest|"
        r"submission (?:process|guidelines|portal)|(?:processus|presentation|depot) (?:de|des|"
        r"d'une) (?:demandes?|candidatures?|projets?|propositions?)|comment (?:presenter|soumettre|deposer|"
        r"faire) (?:une )?(?:demande|proposition)"
    ),
    "funding": (
        r"(?:program(?:me)?|available|maximum|eligible|level of|levels of) funding|funding (?:rates?|levels?|"
        r"details|model|available|parameters|amounts?|limits?|structure|and reimbursement)|reimburse\w*|"
        r"stacking|matching (?:funds|contributions?|requirements?)|cumul de l'aide|aide financiere|"
        r"taux de (?:financement|remboursement|contribution)|financement (?:disponible|offert|maximal)"
    ),
    "obligations": (
        r"reporting(?: requirements| obligations)?|intellectual property|ip (?:strategy|plan|policy)|"
        r"(?:master )?(?:project|contribution) agreements?|audit|propriete intellectuelle|"
        r"reddition de comptes|entente de contribution|accord de projet"
    ),
    "help": (
        r"glossary|definitions|frequently asked questions|faqs?|glossaire|foire aux questions|contact us|"
        r"appendix|annexe"
    ),
}  # fmt: skip
_GUIDE_RE = {name: re.compile(pattern) for name, pattern in _GUIDE.items()}


def is_call_guide(document: Document, title: str) -> bool:
    """Whether a document is a programme's guide for applicants rather than a project's brief.

    Its headings tell: eligibility, eligible costs, evaluation, application, rates of funding. One or two of them stand
    in briefs too, so four are asked, among them three that only a funder writes about.
    """
    n_words = sum(len(block.text.split()) for block in document.blocks)
    if n_words < GUIDE_WORDS:
        return False
    heads = [plain_heading(block.text) for block in document.blocks if block.kind is BlockKind.HEADING or _short(block)]
    heads.append(fold(title))
    subjects = {name for name, pattern in _GUIDE_RE.items() if any(pattern.search(head) for head in heads)}
    words = fold(" ".join(block.text for block in document.blocks))
    if (
        len(re.findall(r"\b(?:applicants?|proponents?|demandeurs?|consortium members?|funding recipients?)\b", words))
        >= 6
    ):
        subjects.add("voice")
    core = subjects & {"costs", "applicants", "evaluation", "application", "funding"}
    # A request for proposals has criteria and proponents too, but only a funder writes of rates and eligible costs.
    funder = bool(subjects & {"costs", "funding", "title"})
    return (
        funder
        and len(core) >= 3
        and len(subjects) >= GUIDE_SUBJECTS
        and len(core | (subjects & {"title", "voice"})) >= 4
    )


def _short(block: Block) -> bool:
    return block.kind is BlockKind.TEXT and len(block.text.split()) <= 7


def is_bilingual(document: Document) -> str | None:
    """Language that comes first in a document of two languages, each a fair part of it; None for one language."""
    counts = {"en": 0, "fr": 0}
    first: str | None = None
    for block in document.blocks:
        n_words = len(block.text.split())
        if n_words >= 6:
            lang = language_of(block.text)
            if lang == "en" and not re.search(r"\b(?:the|of|and|for|with|are|is|to|we|our|by)\b", block.text.lower()):
                continue
            counts[lang] += n_words
            first = first or lang
    total = sum(counts.values())
    return first if total >= 30 and min(counts.values()) >= 0.25 * total else None


def find_title(document: Document, filename: str) -> tuple[str, Block | None]:
    """The title, and the block that it was read from, if any.

    A label ("Project: …"), the first large heading, the subject, the metadata, a short first line, the first sentence
    that seeks, the file's name: the first of these that says something.
    """
    blocks = document.blocks
    subject = document.title if document.form == "mail" else None
    if subject and not _is_generic(subject):
        return _cut(subject), None
    if document.form in ("text", "mail") and _is_line(blocks[0]) and not _is_generic(blocks[0].text):
        return _cut(blocks[0].text), blocks[0]
    label = _labelled(blocks[:25])
    heading, block = _headed(blocks)
    first = block is not None and block is blocks[0]
    if label and (not heading or _is_generic(heading) or not first):
        return _cut(label), block
    if heading and not _is_generic(heading):
        return _cut(heading), block
    if (
        document.title
        and document.form != "mail"
        and not _BAD_METADATA.match(document.title)
        and not _is_generic(document.title)
    ):
        return _cut(document.title), block
    line, source = _first_line(blocks, heading)
    if line:
        return _cut(line), source
    if heading or subject:
        return _cut(heading or subject or ""), block
    stem = re.sub(r"[_\-.]+", " ", PurePath(filename).stem).strip()
    return _cut(stem or "Brief"), None


def _is_generic(text: str) -> bool:
    """Whether a title only names a kind of paper, in one language or two: "Project brief / Fiche de projet"."""
    return all(_GENERIC.match(side.strip(" :.!?–-")) for side in re.split(r"\s[/|]\s", fold(text)))


def _cut(text: str) -> str:
    text = re.sub(r"[*_#`]{1,3}", "", plain_subject(text)).strip(" :–—-|")
    if len(text) <= MAX_TITLE_CHARS:
        return text or "Brief"
    return text[:MAX_TITLE_CHARS].rsplit(" ", 1)[0].rstrip(" ,;:–-") + " …"


def _labelled(blocks: Sequence[Block]) -> str | None:
    for block in blocks:
        if block.kind is BlockKind.ROW and len(block.cells) == 2:
            pair: tuple[str, str] | None = (block.cells[0].rstrip(" :"), block.cells[1])
        else:
            pair = is_label(block.text)
        if pair and _TITLE_LABEL.match(fold(pair[0])) and 1 < len(pair[1].split()) <= 20:
            return pair[1]
    return None


def _headed(blocks: Sequence[Block]) -> tuple[str | None, Block | None]:
    """The highest of the first headings; a generic one is joined by the heading or short line below it."""
    early = [(at, b) for at, b in enumerate(blocks[:12]) if b.kind is BlockKind.HEADING]
    early = [(at, b) for at, b in early if not is_greeting(b.text) and (b.level < LEAD_IN or at == 0)]
    if not early:
        return None, None
    best = min(b.level for _, b in early)
    at, block = next((at, b) for at, b in early if b.level == best)
    text = block.text.rstrip(" :")
    topic = heading_of(text).topic
    if at > 0 and topic not in (Topic.NEUTRAL, Topic.NEEDS):
        return None, None
    if (
        (best >= LEAD_IN - 1 or at > 0)
        and topic in (Topic.NEEDS, Topic.PACKAGES, Topic.ADMIN, Topic.CONTACT, Topic.CONTENTS, Topic.ABOUT)
        and (len(text.split()) <= 4 or block.text.rstrip().endswith(":"))
        and not _is_generic(text)
    ):
        return None, None
    if is_section_name(text):
        return None, None
    if _is_generic(text) and at + 1 < len(blocks):
        following = blocks[at + 1]
        plain = following.kind in (BlockKind.HEADING, BlockKind.TEXT) and 2 <= len(following.text.split()) <= 16
        if (
            plain
            and is_label(following.text) is None
            and heading_of(following.text).topic in (Topic.NEUTRAL, Topic.MAYBE)
            and not following.text.endswith((".", ":"))
        ):
            return following.text, block
    return text, block


def _is_line(block: Block) -> bool:
    """Whether a block of a plain text is a line that titles it: alone, without an end mark, no label and no order."""
    text = block.text
    plain = block.kind in (BlockKind.TEXT, BlockKind.ITEM) and 3 <= len(text.split()) <= 16
    return (
        plain
        and not re.search(r"[.:?!,;]$", text)
        and is_label(text) is None
        and not (is_greeting(text) or seeks(text) or is_section_name(text))
        and len(re.split(r"[.!?]\s", text)) == 1
        and text[0].isupper()
    )


def _first_line(blocks: Sequence[Block], heading: str | None) -> tuple[str | None, Block | None]:
    texts = [
        b
        for b in blocks
        if b.kind in (BlockKind.TEXT, BlockKind.ITEM) and not is_greeting(b.text) and not is_closing(b.text)
    ]
    if (
        texts
        and texts[0] is next(iter(blocks), None)
        and 2 <= len(texts[0].text.split()) <= 14
        and not re.search(r"[.:?!]$", texts[0].text)
        and not is_label(texts[0].text)
    ):
        return texts[0].text, texts[0]
    spoken = [sentence for block in texts[:20] for sentence in sentences(block.text)]
    spoken = [
        re.sub(r"^(?:hi|hello|hey|bonjour|salut|dear)\b[^,.!–-]{0,30}[,.!–-]+\s*", "", sentence, flags=re.I)
        for sentence in spoken
    ]
    for sentence in [*filter(seeks, spoken), *([] if heading else spoken)]:
        if len(sentence.split()) >= 3:
            words = sentence.rstrip(" .:!?")
            words = words if len(words) <= 100 else words[:100].rsplit(" ", 1)[0].rstrip(" ,;:–-") + " …"
            return words[0].upper() + words[1:], None
    return None, None


def find_description(
    sections: Sequence[Section], title_block: Block | None, lang: str | None, notes: list[str], quotes: Set[str]
) -> str:
    """The prose of a brief, a paragraph a line.

    Left out: sections of money, dates, contacts and paper work, lists of needs, greetings, notices, contact lines.

    Args:
        sections: of the brief.
        title_block: block of the title, not repeated.
        lang: of a document in two languages, the one to keep.
        notes: takes a note where the text is cut.
        quotes: texts that were read as needs: an entry of a list without marks is no prose.
    """
    kept: list[str] = []
    for section in sections:
        topic = section.says.topic
        if topic in (Topic.ADMIN, Topic.CONTACT, Topic.CONTENTS, Topic.TECHNOLOGIES):
            continue
        for block in section.blocks:
            listed = block.kind is BlockKind.ITEM and topic in (Topic.NEUTRAL, Topic.ABOUT)
            entry = topic in (Topic.NEEDS, Topic.PACKAGES) and block.text in quotes and not seeks(block.text)
            if entry or block is title_block or not (block.kind is BlockKind.TEXT or listed):
                continue
            text = _prose(block.text)
            if text and (lang is None or len(text.split()) < 6 or language_of(text) == lang):
                kept.append(text)
    kept = list(dict.fromkeys(kept))
    while kept and sum(len(text) + 1 for text in kept) > MAX_DESCRIPTION_CHARS:
        if len(kept) == 1:
            kept[0] = kept[0][:MAX_DESCRIPTION_CHARS].rsplit(" ", 1)[0]
            notes.append(f"description cut at {MAX_DESCRIPTION_CHARS} characters")
            break
        kept.pop()
        if sum(len(text) + 1 for text in kept) <= MAX_DESCRIPTION_CHARS:
            notes.append(f"description cut at {MAX_DESCRIPTION_CHARS} characters")
    return "\n".join(kept)


def _prose(text: str) -> str:
    """A paragraph without greetings, notices, contact sentences and labels."""
    if is_disclaimer(text) or is_greeting(text) or is_closing(text):
        return ""
    label = is_label(text)
    if (
        label
        and len(text.split()) <= 25
        and (
            label_of(label[0])
            or heading_of(label[0]).topic not in (Topic.NEUTRAL, Topic.MAYBE, Topic.ABOUT)
            or _FACT.match(fold(label[0]))
        )
    ):
        return ""
    if label and len(label[0].split()) <= 3 and len(text.split()) <= 10:
        return ""
    if text.rstrip().endswith(":") and len(text.split()) <= 12:
        return ""
    parts = [part for part in sentences(text) if not re.search(r"\[(?:email|phone|name)\]", part)]
    parts = [part for part in parts if not is_greeting(part) and not is_closing(part)]
    return " ".join(parts)


_FACT = re.compile(
    r"^(?:project|title|titre|projet|location|lieu|place|site|city|ville|company|entreprise|client|date|reference|"
    r"ref|rfq|from|to|subject|objet|prepared|lead|sector|secteur|total)\b"
)
