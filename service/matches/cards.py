"""One firm of a list as a page shows it: why, not known, ask."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from matcher import Band, Evidence, Filters, Firm, Match, NeedMatch, NeedRole, NeedState, Origin, first_questions
from service.addresses import firm_address
from service.matches import words
from service.opinions.repository import Opinion

MOST_QUOTES = 3
MOST_QUESTIONS = 2
LONGEST_QUOTE = 180
_SENTENCE = re.compile(r"[.;!?]\s+")


@dataclass(frozen=True, slots=True)
class Why:
    """One quote, and what of the project it answers.

    Attributes:
        quote: what was said, word for word; of a long passage the part that tells most.
        whole: all of a passage that was cut, or empty.
        who: who said it.
        link: the page it stands on, or empty.
        date: ISO day, month or year; None is undated.
        confirmed: the firm, or staff speaking with it, confirmed it.
        needs: what it answers, in short.
        is_guess: it may mean it, in other words.
    """

    quote: str
    whole: str
    who: str
    link: str
    date: str | None
    confirmed: bool
    needs: tuple[str, ...]
    is_guess: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """What counted for a firm's place, in words and (for *Advanced*) as a number."""

    words: str
    strength: str
    number: float


@dataclass(frozen=True, slots=True)
class NeedLine:
    """What we know of one need at one firm."""

    text: str
    state: str
    quote: str
    is_part: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One firm on a project's list.

    Attributes:
        band: name of the band; empty for a firm that is picked by hand and not ranked here.
        place: its number in the ranking, or None.
        distance: in words, or empty when it is not known.
        people: headcount, or None.
        member: None when it never said.
        why: best quotes first.
        not_known: needs that nothing was read of.
        asks: the questions that settle most.
        more_asks: the other questions.
        counted: what made its place.
        number: the raw number behind the band.
        states: by need id.
        is_unconfirmed: it fits as well as those worth a call, and nobody has confirmed what it does.
        picked_by: name of who added it by hand, or empty.
        opinion: the one that counts, or None.
    """

    firm_id: str
    name: str
    address: str
    band: str
    place: int | None
    town: str
    distance: str
    distance_km: float | None
    people: int | None
    member: bool | None
    certificates: tuple[str, ...]
    why: tuple[Why, ...] = ()
    not_known: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    more_asks: tuple[str, ...] = ()
    counted: tuple[Counted, ...] = ()
    number: float | None = None
    states: Mapping[str, NeedLine] = field(default_factory=dict)
    is_unconfirmed: bool = False
    picked_by: str = ""
    opinion: Opinion | None = None

    @property
    def is_worth_listing(self) -> bool:
        """Whether it reaches *Maybe*."""
        return self.band in (Band.WORTH_A_CALL.value, Band.MAYBE.value)


def card_of(
    match: Match, firm: Firm, filters: Filters, *, worth_a_call: float = math.inf, opinion: Opinion | None = None,
    picked_by: str = "",
) -> Card:  # fmt: skip
    """A ranked firm.

    Args:
        match: with its needs, in the reader's language.
        firm: its record.
        filters: of the page, for what it never said.
        worth_a_call: number from which a firm of which something is confirmed is worth a call.
        opinion: that counts.
        picked_by: name of who added it.
    """
    first = [words.ask_fact(name, filters) for name in match.not_stated]
    asks = list(dict.fromkeys([*first, *first_questions(match.needs, len(match.needs))]))
    unknown = [words.asked_fact(name, filters) for name in match.not_stated]
    unknown += [words.need_words(n.text) for n in match.needs if n.state is NeedState.NOT_KNOWN and not is_part(n)]
    return Card(
        firm_id=match.firm_id, name=match.name, address=firm_address(match.firm_id), band=match.band.value,
        place=match.rank, town=match.city or "", distance=words.distance_words(match.distance_km),
        distance_km=match.distance_km, people=firm.employees, member=firm.member, certificates=firm.certifications,
        why=why_of(match.needs), not_known=tuple(dict.fromkeys(unknown)),
        asks=tuple(asks[:MOST_QUESTIONS]), more_asks=tuple(asks[MOST_QUESTIONS:]),
        counted=tuple(
            Counted(words.feature_words(one.feature), words.strength_words(one.logit), one.logit)
            for one in sorted(match.contributions, key=lambda one: -abs(one.logit))
            if one.feature != "base" and round(one.logit, 2)
        ),
        number=match.score,
        states={n.need_id: _line(n) for n in match.needs},
        is_unconfirmed=match.band is Band.MAYBE and match.score >= worth_a_call, picked_by=picked_by, opinion=opinion,
    )  # fmt: skip


def plain_card(firm: Firm, picked_by: str) -> Card:
    """A firm that was picked by hand and is not ranked under these filters."""
    return Card(
        firm_id=firm.id, name=firm.name, address=firm_address(firm.id), band="", place=None, town=firm.city or "",
        distance="", distance_km=None, people=firm.employees, member=firm.member, certificates=firm.certifications,
        picked_by=picked_by,
    )  # fmt: skip


def is_part(need: NeedMatch) -> bool:
    """Whether a need is only a sentence of the project's own text, and no question of its own."""
    return need.origin is Origin.INFERRED and need.role is NeedRole.EITHER


def why_of(needs: Collection[NeedMatch]) -> tuple[Why, ...]:
    """The best quotes, each once, with all that it answers; what was found comes before what we guess."""
    found: dict[tuple[str, int], tuple[Evidence, list[NeedMatch]]] = {}
    for need in sorted(needs, key=lambda n: (n.state is not NeedState.FOUND, is_part(n))):
        for quote in need.evidence:
            found.setdefault((quote.statement_id, quote.start), (quote, []))[1].append(need)
    return tuple(_why(quote, answered) for quote, answered in list(found.values())[:MOST_QUOTES])


def excerpt(text: str, terms: Collection[str], longest: int = LONGEST_QUOTE) -> str:
    """A passage as it is, or a stretch of it that holds most of some terms, cut at words and marked as cut.

    The stretch begins with a sentence; only of a sentence that is too long itself a piece from its middle is taken.
    """
    if len(text) <= longest:
        return text
    folded = text.casefold()
    places = sorted(at for term in terms if (at := folded.find(term.casefold())) >= 0)
    sentences = {0, *(mark.end() for mark in _SENTENCE.finditer(text))}
    middles = {text.rfind(" ", 0, at - longest // 3) + 1 for at in places if at > longest // 3}

    def worth(start: int) -> tuple[int, bool, int]:
        held = [at for at in places if start <= at < start + longest - 20]
        return len(held), start in sentences, start - held[0] if held else -start

    start = max(sentences | middles, key=worth)
    end = min(len(text), start + longest)
    if end < len(text):
        full = max((mark.end() for mark in _SENTENCE.finditer(text, start, end)), default=0)
        end = full if full - start > longest // 2 else max(text.rfind(" ", start, end), start + 1)
    return ("… " if start else "") + text[start:end].strip(" ,;") + (" …" if end < len(text) else "")


def _line(need: NeedMatch) -> NeedLine:
    return NeedLine(need.text, need.state.value, need.evidence[0].quote if need.evidence else "", is_part(need))


def why_from(quote: Evidence) -> Why:
    """A quote that answers nothing of its own."""
    return _why(quote, ())


def _why(quote: Evidence, answered: Sequence[NeedMatch]) -> Why:
    part = excerpt(quote.quote, quote.terms)
    return Why(
        quote=part, whole="" if part == quote.quote else quote.quote, who=words.who_said(quote),
        link=words.source_link(quote), date=quote.date,
        confirmed=quote.confirmed, needs=tuple(dict.fromkeys(words.need_words(n.text, 70) for n in answered))[:3],
        is_guess=all(need.state is NeedState.GUESSED for need in answered) and bool(answered),
    )  # fmt: skip
