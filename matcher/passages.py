"""Firm → passages: spans of statements of at most some sixty words, with offsets.

Legal, accident, ownership and personal matter is never evidence: sentences about it give no passage. Statements
that hold no words on what a firm does (size, place, membership, codes) give none either.
"""

from __future__ import annotations

import re

from matcher.types import Firm, Passage, Statement, StatementKind

_BREAK = re.compile(r"(?<=[.;!?])\s+|\n+")
_WORD = re.compile(r"\S+")

QUOTABLE = frozenset(
    {
        StatementKind.SUMMARY,
        StatementKind.CAPABILITY,
        StatementKind.PRODUCT,
        StatementKind.SERVICE,
        StatementKind.EQUIPMENT,
        StatementKind.MATERIAL,
        StatementKind.CERTIFICATE,
    }
)
# Words that mark a sentence as never quotable, in both languages. Many have an honest meaning beside the court's and
# the newspaper's: a battery is charged, a gown prevents injuries, a drug's label speaks of deaths, somebody builds
# tennis courts. Those are taken only with what makes them news.
_NEVER = re.compile(
    r"\b(?:lawsuits?|law cases?|sued|suing|plaintiffs?|defendants?|litigations?|convicted of|convictions?|pleaded|"
    r"pled guilty|guilty|fined|(?:criminal|safety act|labour) charges?|charged (?:with|under)|indict(?:ed|ments?)|"
    r"(?:supreme|superior|federal|provincial|district|appeals?|tax|bankruptcy) courts?|"
    r"(?:in|to|before|by|the) courts?\b|"
    r"courts? (?:of (?:appeal|justice|law)|records?|cases?|orders?|ordered|ruled|rulings?|heard|filings?|"
    r"documents|approval)|"
    r"bankrupt(?:cy|cies)?|insolven(?:t|cy)|receivership|creditor protection|fraud(?!-)|alleg(?:ed|edly|ations?|es)|"
    r"workplace accidents?|accidents? at|explosion (?:at|that)|fire (?:destroyed|broke)|inquest|"
    r"poursuites? judiciaires?|tribunal|condamnée?s?|amende de|faillite|accident mortel)\b",
    re.IGNORECASE,
)
_HARM = re.compile(
    r"\b(?:killed|died|dies|deaths?|fatal(?:ity|ities|ly)?|injur(?:ed|ies|y)|fire|explosion|décès|mort|blessée?s?)\b",
    re.I,
)
_AT_WORK = re.compile(
    r"\b(?:workers?|employees?|staff|contractors?|workmen|(?:a|the) (?:man|woman|driver|operator|labourer)|"
    r"year[- ]old|accidents?|ministry of labour|travailleu(?:r|rs|se|ses)|employée?s?|ouvri(?:er|ers|ère|ères))\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|has been|had been|after|when|died|killed|burned|injured in|a été|ont été|est mort)\b", re.I
)

# Who owns a firm is never evidence either, but the sentence often says what the firm does: its words still count.
_OWNERSHIP = re.compile(
    r"\b(?:acquired by|taken over by|was sold to|bought by|majority stake|shareholders?|privately owned|"
    r"family[- ]owned|owned by|rachetée?|appartient à|actionnaires?)\b",
    re.IGNORECASE,
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    r"""Spans of sentences: split after ``. ; ! ?`` and at line ends, blanks trimmed.

    Returns:
        (start, end) in code points, in order, never empty.

    Example:
        >>> sentence_spans("We weld. We cut;\n and paint ")
        [(0, 8), (9, 16), (18, 27)]
    """
    spans, start = [], 0
    for mark in [*_BREAK.finditer(text), None]:
        end = mark.start() if mark else len(text)
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = start + len(piece.rstrip())
        if right > left:
            spans.append((left, right))
        start = mark.end() if mark else end
    return spans


def is_quotable(sentence: str) -> bool:
    """Whether a sentence may be evidence: not law, accident, ownership or insolvency."""
    return is_searchable(sentence) and _OWNERSHIP.search(sentence) is None


def is_searchable(sentence: str) -> bool:
    """Whether a sentence's words count at all: not law, insolvency, or somebody's accident at work."""
    if _NEVER.search(sentence):
        return False
    return not (_HARM.search(sentence) and _AT_WORK.search(sentence) and _PAST.search(sentence))


def split_long(text: str, start: int, end: int, words: int) -> list[tuple[int, int]]:
    """Cut one span into pieces of at most ``words`` words."""
    found = [(start + m.start(), start + m.end()) for m in _WORD.finditer(text[start:end])]
    return [(found[i][0], found[min(i + words, len(found)) - 1][1]) for i in range(0, len(found), words)]


def statement_passages(statement: Statement, *, words: int = 60) -> list[Passage]:
    """Passages of one statement: whole sentences packed up to ``words`` words, a longer sentence cut.

    Raises:
        ValueError: ``words`` is below 1.
    """
    if words < 1:
        raise ValueError(f"words is {words}, expected at least 1")
    text = statement.text
    packed: list[tuple[int, int, int]] = []
    may_join = False
    for start, end in sentence_spans(text):
        if not is_quotable(text[start:end]):
            may_join = False  # a passage never spans a sentence that may not be quoted
            continue
        for left, right in split_long(text, start, end, words):
            n = len(_WORD.findall(text[left:right]))
            if may_join and packed[-1][2] + n <= words:
                packed[-1] = (packed[-1][0], right, packed[-1][2] + n)
            else:
                packed.append((left, right, n))
            may_join = True
    return [Passage(statement.id, statement.kind, a, b, text[a:b]) for a, b, _ in packed]


def firm_passages(firm: Firm, *, words: int = 60) -> list[Passage]:
    """Passages of a firm, in the order of its statements; each quote stands at its offsets."""
    return [
        passage
        for statement in firm.statements
        if statement.kind in QUOTABLE
        for passage in statement_passages(statement, words=words)
    ]


def firm_text(firm: Firm) -> str:
    """The words of a firm that are searched: its name and its sentences, without law and accidents."""
    parts = [firm.name]
    for statement in firm.statements:
        if statement.kind in QUOTABLE:
            parts += [
                statement.text[a:b] for a, b in sentence_spans(statement.text) if is_searchable(statement.text[a:b])
            ]
    return "\n".join(parts)
