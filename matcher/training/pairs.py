"""Pairs of texts that should be near: what the encoder learns from.

Each pair carries a group: two pairs of one group (the same firm, industry or concept) are never each other's
negatives. Kinds and lengths are mixed on purpose: an encoder that saw only short offerings forgets long texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.passages import sentence_spans, split_long
from matcher.training.development import Held
from matcher.training.profiles import TrainingFirm
from matcher.training.taxonomy import Goods, Industry

_PASSAGE_WORDS = 60


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that belong together: the question's side first."""

    kind: str
    group: str
    query: str
    passage: str


def passages_of(text: str, words: int = _PASSAGE_WORDS) -> list[str]:
    """A text in passages of at most ``words`` words, whole sentences packed."""
    packed: list[tuple[int, int, int]] = []
    for start, end in sentence_spans(text):
        for left, right in split_long(text, start, end, words):
            n = len(text[left:right].split())
            if packed and packed[-1][2] + n <= words:
                packed[-1] = (packed[-1][0], right, packed[-1][2] + n)
            else:
                packed.append((left, right, n))
    return [text[a:b] for a, b, _ in packed]


def _longer(text: str, least: int = 3) -> bool:
    return len(text) >= least and any(c.isalpha() for c in text)


def offering_pairs(firms: Sequence[TrainingFirm], rng: np.random.Generator, *, per_firm: int = 4) -> Iterator[Pair]:
    """An offering's name → another offering of the firm, or a passage of its own text."""
    for firm in firms:
        names = [i for i, (name, _) in enumerate(firm.offerings) if _longer(name)]
        own = [p for p in passages_of(firm.summary) if len(p.split()) >= 4]
        texts = firm.texts
        if not names:
            continue
        for i in rng.permutation(names)[:per_firm].tolist():
            name, desc = firm.offerings[i]
            others = [j for j in names if j != i and texts[j].casefold() != texts[i].casefold()]
            if others:
                # Several in one passage, as a profile's list shows them.
                some = rng.permutation(others)[: int(rng.integers(1, 5))].tolist()
                yield Pair("offering", firm.id, name, ". ".join(texts[j] for j in some))
            if own:
                yield Pair("summary", firm.id, name, own[int(rng.integers(len(own)))])
            if len(desc.split()) >= 4 and rng.random() < 0.3:
                yield Pair("offering", firm.id, name, desc)


def story_pairs(firms: Sequence[TrainingFirm], rng: np.random.Generator) -> Iterator[Pair]:
    """Part of a long own text → another part, or the offerings: long questions."""
    for firm in firms:
        parts = passages_of(firm.summary)
        if len(firm.summary.split()) >= 60 and len(parts) >= 2:
            words = firm.summary.split()
            cut = int(rng.integers(len(words) // 3, 2 * len(words) // 3))
            query = words[:cut] if rng.random() < 0.5 else words[cut:]
            rest = " ".join(words[cut:] if query == words[:cut] else words[:cut])
            yield Pair("story", firm.id, " ".join(query[:150]), passages_of(rest)[0])
            a, b = rng.permutation(len(parts))[:2].tolist()
            yield Pair("story", firm.id, parts[a], parts[b])
        elif len(firm.summary.split()) >= 20 and firm.offerings:
            yield Pair("story", firm.id, firm.summary, ". ".join(firm.texts[:4]))


def detail_pairs(
    firms: Sequence[TrainingFirm], rng: np.random.Generator, *, per_firm: int = 4, least_words: int = 12
) -> Iterator[Pair]:
    """An offering with its description → a passage of what else its firm says, packed as an index packs it.

    Half as often, several offerings in one long question.
    """
    for firm in firms:
        texts = firm.texts
        told = [i for i, text in enumerate(texts) if len(text.split()) >= least_words]
        for i in rng.permutation(told)[:per_firm].tolist():
            rest = passages_of(". ".join([*texts[:i], *texts[i + 1 :]])) + passages_of(firm.summary)
            rest = [text for text in rest if len(text.split()) >= 4]
            if rest:
                yield Pair("detail", firm.id, texts[i], rest[int(rng.integers(len(rest)))])
        order = rng.permutation(len(texts)).tolist()
        if len(told) >= 3:
            question, rest = order[: len(order) // 2], order[len(order) // 2 :]
            left = passages_of(". ".join(texts[j] for j in rest))
            yield Pair(
                "half", firm.id, " ".join(". ".join(texts[j] for j in question).split()[:150]),
                left[int(rng.integers(len(left)))],
            )  # fmt: skip


def industry_pairs(
    firms: Sequence[TrainingFirm],
    industries: Sequence[Industry],
    hidden: frozenset[str],
    rng: np.random.Generator,
    *,
    per_firm: int = 4,
) -> Iterator[Pair]:
    """Industry → a passage of a firm that declared it; title → definition.

    A firm's own label stands for a code of another edition than the table's; codes of ``hidden`` are left out.
    """
    by_code = {row.code: row for row in industries}
    for firm in firms:
        texts = [t for t in [*firm.texts, *passages_of(firm.summary)] if len(t.split()) >= 2]
        known = [(code, label) for code, label in zip(firm.codes, firm.labels, strict=True) if code not in hidden]
        if not texts or not known:
            continue
        for code, label in known[:per_firm]:
            row = by_code.get(code)
            title = row.title if row else label
            if not title:
                continue
            first = title if row is None or rng.random() < 0.3 else f"{title}. {row.definition}".strip(". ")
            for _ in range(2):
                some = rng.permutation(len(texts))[: int(rng.integers(1, 4))].tolist()
                yield Pair("industry", f"naics-{code}", first, ". ".join(texts[j] for j in some))
    for row in industries:
        if row.definition:
            yield Pair("definition", f"naics-{row.code}", row.title, row.definition)


def goods_pairs(goods: Sequence[Goods]) -> Iterator[Pair]:
    """French title → English title; a title → the one above it."""
    by_code = {(row.version, row.code): row for row in goods}
    for row in goods:
        yield Pair("goods", f"cpv-{row.en.casefold()}", row.fr, row.en)
        above = by_code.get((row.version, row.parent))
        if above is not None:
            yield Pair("broader", f"cpv-{above.en.casefold()}", row.en, above.en)
            yield Pair("broader", f"cpv-{above.en.casefold()}", row.fr, above.en)


def concept_pairs(
    concepts: Sequence[tuple[str, Sequence[str], Sequence[str]]], rng: np.random.Generator, *, labels: int = 8
) -> Iterator[Pair]:
    """Labels of one concept → each other, within English and across languages.

    Args:
        concepts: (id, English labels, French labels), the preferred label first.
        rng: which label meets which.
        labels: first labels of a concept that are used; the last are its widest.
    """
    for key, english, french in concepts:
        en, fr = list(english[:labels]), list(french[:labels])
        for label in [*fr, *en]:
            others = [other for other in en if other != label]
            if others:
                yield Pair("concept", f"concept-{key}", label, others[int(rng.integers(len(others)))])


def training_pairs(
    firms: Sequence[TrainingFirm],
    industries: Sequence[Industry],
    goods: Sequence[Goods],
    held: Held,
    *,
    test_codes: frozenset[str] = frozenset(),
    concepts: Sequence[tuple[str, Sequence[str], Sequence[str]]] = (),
    seed: int = 0,
) -> list[Pair]:
    """All pairs of open data, once each, without what a development collection or a test holds back."""
    rng = np.random.default_rng(seed)
    firms = [firm for firm in firms if firm.id not in held.firms]
    industries = [row for row in industries if row.code not in held.codes]
    goods = [r for r in goods if r.en.casefold() not in held.titles and r.fr.casefold() not in held.titles]
    pairs = [
        *offering_pairs(firms, rng),
        *story_pairs(firms, rng),
        *detail_pairs(firms, np.random.default_rng((seed, 1))),
        *industry_pairs(firms, industries, held.codes | test_codes, rng),
        *goods_pairs(goods),
        *concept_pairs(concepts, rng),
    ]
    return list(dict.fromkeys(p for p in pairs if p.query.casefold() != p.passage.casefold()))


def mixed(pairs: Sequence[Pair], amounts: Mapping[str, int], *, seed: int = 0) -> list[Pair]:
    """Some pairs of each kind, drawn with a seed.

    Args:
        pairs: to draw from.
        amounts: most pairs of each kind, in the order of drawing; kinds that are not named are left out.
        seed: of the draw.

    Raises:
        ValueError: a kind that no pair is of.
    """
    by_kind: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_kind.setdefault(pair.kind, []).append(pair)
    unknown = sorted(set(amounts) - set(by_kind))
    if unknown:
        raise ValueError(f"no pairs of kind {unknown}, expected some of {sorted(by_kind)}")
    rng = np.random.default_rng(seed)
    return [by_kind[kind][i] for kind, n in amounts.items() for i in rng.permutation(len(by_kind[kind]))[:n].tolist()]
