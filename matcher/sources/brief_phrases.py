"""Sentences that say what is sought, and lists in a sentence: "we are looking for X, Y and Z" → X · Y · Z."""

from __future__ import annotations

import functools
import re
import textwrap
from dataclasses import dataclass

from matcher.sources import brief_patterns as patterns
from matcher.sources.brief_details import find_details, only_details
from matcher.sources.brief_words import fold

MAX_SENTENCE_CHARS = 1200
"""Longer sentences are cut into pieces."""
MAX_NEED_WORDS = 26
"""A need's text is cut at the first clause beyond this many words; its quote stays whole."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a sentence seeks: its words, and the words around that tell the role."""

    text: str
    whole: str
    phrase: str


@functools.lru_cache(maxsize=4096)
def sentences(text: str) -> tuple[str, ...]:
    """Sentences of a text; "Inc. ", "approx. 20" and the like do not end one."""
    pieces = re.split(r"(?<=[.!?])\s+(?=[\"“«(\[]?[A-ZÀ-Ý0-9•])", text)
    joined: list[str] = []
    for piece in pieces:
        if joined and re.search(
            r"\b(?:Inc|Ltd|Ltée|Co|Corp|No|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|janv|févr|juil|déc|"
            r"approx|max|min|dia|St|Ste|Dr|Mr|Mrs|Ms|Mme|M|e\.g|i\.e|ca|vs|Fig|qty|"
            r"env|incl|[A-Z])\.$",
            joined[-1],
        ):
            joined[-1] += " " + piece
        else:
            joined.append(piece)
    return tuple(part for piece in joined for part in _bounded(piece.strip()) if part)


def _bounded(sentence: str) -> list[str]:
    """Cut what is no sentence any more at blanks, so that no pattern runs over a whole book."""
    if len(sentence) <= MAX_SENTENCE_CHARS:
        return [sentence]
    return textwrap.wrap(sentence, MAX_SENTENCE_CHARS, break_long_words=True, break_on_hyphens=False)


@functools.lru_cache(maxsize=4096)
def is_negated(sentence: str) -> bool:
    """Whether a sentence says that something is not needed."""
    return patterns.NEGATED.search(fold(sentence)) is not None


@functools.lru_cache(maxsize=4096)
def seeks(sentence: str) -> bool:
    """Whether a sentence holds a phrase of seeking, such as "we are looking for"."""
    return not is_negated(sentence) and patterns.SEEK.search(_same_length(sentence)) is not None


def counted_off(sentence: str) -> list[Sought]:
    """What a sentence like "Second, a partner who hosts a trial" seeks, after one that said that things are sought."""
    mark = patterns.ORDINAL.match(sentence)
    if not mark or is_negated(sentence):
        return []
    whole = sentence[mark.end() :].rstrip(" .")
    text = clean_object(whole)
    return _parts(text, whole, sentence[: mark.end()].strip(" ,")) if text and is_capability(text) else []


def sought_in(sentence: str) -> list[Sought]:
    """What a sentence seeks, one entry for each thing.

    Example:
        >>> [s.text for s in sought_in("We are looking for precision machining, powder coating and wire harnesses.")]
        ['precision machining', 'powder coating', 'wire harnesses']
    """
    plain = _same_length(sentence)
    if patterns.NEGATED.search(fold(sentence)):
        return []
    marks = list(patterns.SEEK.finditer(plain))
    found: list[Sought] = []
    for index, mark in enumerate(marks):
        end = (
            marks[index + 1].start()
            if index + 1 < len(marks) and marks[index + 1].start() > mark.end() + 12
            else len(sentence)
        )
        if index and mark.end() <= marks[index - 1].end() + 12 and found:
            continue
        whole = sentence[mark.end() : end].strip(" ,;:.")
        if (
            patterns.WISH.search(mark.group())
            and re.match(r"to\s", whole, re.I)
            and not patterns.SOURCE_VERB.match(_same_length(whole))
        ):
            continue  # what they want to do themselves
        object_text = clean_object(whole)
        if object_text:
            found += _parts(object_text, whole, mark.group().strip())
    if not found and (passive := patterns.PASSIVE.match(plain)):
        what = sentence[: passive.end("what")]
        strong = passive["how"] not in (
            "required",
            "needed",
            "requis",
            "requise",
            "necessaire",
            "necessaires",
            "demandes",
            "missing",
            "encouraged",
            "invited",
        )
        object_text = clean_object(what)
        if object_text and (strong or is_capability(object_text)):
            found = _parts(object_text, what, passive["how"])
    return [item for item in found if not is_vague(item.text)]


def _parts(text: str, whole: str, phrase: str) -> list[Sought]:
    """The things of a list, each cleaned like a thing of its own; a single one keeps all that stood around it."""
    parts = split_list(text)
    if len(parts) == 1:
        return [Sought(text, whole, phrase)]
    # "a host for the line" lost its words in front when the whole was cleaned: the first part's role needs them.
    lead = whole[: max(0, whole.find(parts[0]))]
    return [
        Sought(clean_object(part) or part, (lead if index == 0 else "") + part, phrase)
        for index, part in enumerate(parts)
    ]


def _same_length(text: str) -> str:
    """Lower case without accents, each character still at its place."""
    table = str.maketrans("àâäáãåçéèêëîïíôöóùûüúÿñ’ʼ", "aaaaaaceeeeiiiooouuuuyn''")
    return text.lower().translate(table) if len(text.lower()) == len(text) else text.translate(table)


def clean_object(text: str) -> str:
    """The thing in what follows a phrase of seeking; empty when it is no thing that a firm could supply.

    Example:
        >>> clean_object("a local supplier that can provide powder coating of steel frames so that we can ship in May")
        'powder coating of steel frames'
    """
    text = text.strip(" ,;:.?!-–—•")
    if stop := patterns.STOP.search(_same_length(text)):
        text = text[: stop.start()].strip(" ,;:.?!-–—") if stop.start() > 3 else text
    for _ in range(8):
        before = text
        if patterns.NO_OBJECT.match(_same_length(text)):
            return ""
        if verb := patterns.SOURCE_VERB.match(_same_length(text)):
            text = text[verb.end() :]
        elif make := patterns.MAKE_VERB.match(_same_length(text)):
            text = text[make.end() :]
        elif re.match(r"to\s", text, re.IGNORECASE):
            return ""
        plain = _same_length(text)
        lead = (
            patterns.LEAD_ARTICLE.match(plain)
            or patterns.ROLE_LEAD.match(plain)
            or patterns.EXPERIENCE_LEAD.match(plain)
        )
        if lead and len(text) - lead.end() >= 3:
            text = text[lead.end() :]
        text = text.strip(" ,;:.?!-–—")
        if text == before:
            break
    text = patterns.TRAIL.sub("", text).strip(" ,;:.?!-–—")
    if re.match(r"(?:\w+\s)?(?:them|it|this|these|those|ones?)\b", text, re.I):
        return ""
    return "" if is_vague(text) or patterns.NO_OBJECT.match(_same_length(text)) else text


def is_vague(text: str) -> bool:
    """Whether a text names no thing: "suppliers", "local partners", "help"."""
    plain = _same_length(text).strip(" .,:;")
    return (
        len(re.findall(r"[^\W\d_]", plain)) < 3
        or patterns.VAGUE.match(re.sub(r"^(?:a|an|the|some|des|une?|les?|la) ", "", plain)) is not None
    )


def split_list(text: str) -> list[str]:
    """Take a list in a sentence apart, not what belongs together.

    Commas and semicolons part; "and" parts after commas, and between two things that stand for themselves. What only
    tells details stays with the thing before it; a complement shared by processes stays with the last one.

    Example:
        >>> split_list("120 housings in 6061-T6, ±0.05 mm, AS9100, and laser marking")
        ['120 housings in 6061-T6, ±0.05 mm, AS9100', 'laser marking']
        >>> split_list("design and manufacture of moulds"), split_list("research and development")
        (['design and manufacture of moulds'], ['research and development'])
    """
    held = _hold_brackets(text)
    pieces = [piece for piece in patterns.COMMA.split(held[0]) if piece.strip()]
    if len(pieces) > 1 and _apposition(pieces):
        return [text]
    if pieces:
        pieces = pieces[:-1] + _split_and(pieces[-1], len(pieces) > 1)
    parts: list[str] = []
    for piece in pieces:
        piece = _release(piece, held[1]).strip(" ,;.")
        tail = re.match(
            r"(?:to|that|which|who|with|in|including|such as|for|at|on|from|within|by|per|under|as|e\.g\.|qui|"
            r"avec|dont|pour|en|selon|y compris|tel(?:le)?s? que|incluant|(?:all|each|both|fully|ready|made|cut|"
            r"machined and|max|min)\b)\b",
            piece,
            re.I,
        )
        if parts and (only_details(piece) or tail or _counts_only(piece) or _state_only(piece)):
            parts[-1] += ", " + piece
        elif piece:
            parts.append(piece)
    return parts or [text]


def _counts_only(piece: str) -> bool:
    """Whether a piece is a number with its unit or a size's name, such as "2 m travel" or "M6 thread"."""
    number = r"[~<>≤±]?\s?\d[\d.,]*\s?\S{1,4}(?:\s\S+)?|[A-Z]{1,3}\d\S*(?:\s[a-z]+)?"
    return re.fullmatch(number, piece) is not None and find_details(piece)[0].quantity is None


def _state_only(piece: str) -> bool:
    """Whether a piece only says in what state the thing before it comes: "deburred and passivated"."""
    words = [
        word
        for word in find_details(piece)[1].split()
        if word.casefold() not in ("and", "or", "et", "ou", "fully", "then")
    ]
    return bool(words) and all(re.search(r"(?:ed|és?|ées?)$", word.strip(",.;")) for word in words)


def _apposition(pieces: list[str]) -> bool:
    """Whether commas part adjectives or one clause rather than things: the rest are single small words."""
    return all(
        len(piece.split()) == 1
        and not patterns.PROCESS.search(_same_length(piece))
        and piece.islower()
        and len(piece) < 5
        for piece in pieces[1:]
    )


def _split_and(piece: str, in_list: bool) -> list[str]:
    marks = list(patterns.AND.finditer(piece)) or (list(patterns.OR.finditer(piece)) if in_list else [])
    if not marks:
        return [piece]
    mark = marks[-1] if len(marks) > 1 else marks[0]
    left, right = piece[: mark.start()].strip(), piece[mark.end() :].strip()
    if not left or not right:
        return [piece]
    if (
        in_list
        and len(left.split()) <= 3
        and not patterns.COMPLEMENT.search(left)
        and not patterns.COMPLEMENT.search(right)
    ):
        # "X, Y and Z": the last pair parts unless it is itself a pair of adjectives before one noun.
        return (
            [piece]
            if len(left.split()) == 1 and not patterns.PROCESS.search(_same_length(left)) and len(right.split()) > 1
            else [left, right]
        )
    if re.search(r"\b(?:as well as|along with|plus|ainsi que|also|aussi|a|an|une?|des)\b", mark.group(), re.I):
        return [left, right]
    if re.match(r"(?:in|for|of|with|en|pour|dans|de|someone|somebody|partners?|suppliers?)\b", right, re.I):
        return [left, right]
    n_left, n_right = len(left.split()), len(right.split())
    left_open, right_open = patterns.COMPLEMENT.search(left), patterns.COMPLEMENT.search(right)
    if left_open and right_open and n_right >= 3:
        return [left, right]
    if left_open and n_right >= 2 and patterns.PROCESS.search(_same_length(right)) and not right_open:
        return [left, right]
    if not left_open and not right_open and n_left >= 2 and n_right >= 2 and not only_details(left):
        return [left, right]
    return [piece]


def _hold_brackets(text: str) -> tuple[str, list[str]]:
    """Put bracketed parts aside: commas inside them part nothing."""
    held: list[str] = []

    def hold(mark: re.Match[str]) -> str:
        held.append(mark.group())
        return f"\ue000{len(held) - 1}\ue001"

    return re.sub(r"\([^()]*\)|\[[^\]]*\]", hold, text), held


def _release(text: str, held: list[str]) -> str:
    return re.sub("\ue000(\\d+)\ue001", lambda mark: held[int(mark.group(1))], text)


@functools.lru_cache(maxsize=4096)
def is_capability(text: str) -> bool:
    """Whether a text names something that firms of manufacturing make or do."""
    return patterns.CAPABILITY.search(fold(text)) is not None
