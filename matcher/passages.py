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
# Words that mark a sentence as never quotable, in both languages. "charged" alone is a battery's word and "fire"
# a product's, so those are taken only with what makes them a court's or a newspaper's.
_NEVER = re.compile(
    r"\b(?:lawsuits?|law case|sued|suing|court|plaintiffs?|defendants?|litigations?|convicted|convictions?|pleaded|"
    r"pled guilty|guilty|fined|(?:criminal|safety act|labour) charges?|charged (?:with|under)|indict\w*|"
    r"bankrupt\w*|insolven\w*|receivership|creditor protection|fraud\w*|alleg(?:ed|ations?|es)|"
    r"killed|died|death of|fatal(?:ity|ities|ly)?|injur(?:ed|ies)|workplace accidents?|accident(?:s)? at|"
    r"explosion (?:at|in|that)|fire (?:at|destroyed|broke|that)|inquest|"
    r"poursuites? judiciaires?|tribunal|condamnée?s?|amende de|faillite|accident mortel|décès|blessée?s)\b",
    re.IGNORECASE,
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
    """Whether a sentence's words count at all: not law, accident or insolvency."""
    return _NEVER.search(sentence) is None


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
