"""Development collections, cut from open profiles and tables with a seed: every choice is made on them, no test.

Seven kinds of question, each like one that the service is judged by:

- ``offering``: one offering of a manufacturer, cut out of its profile → which firm?
- ``industry``: title and definition of an industry → firms that declared it (2 first, 1 other).
- ``story``: the first half of a firm's long own text → the firm, from the rest: long questions.
- ``french``: an English offering of a French-speaking firm → the firm, from its French text.
- ``goods``: a French title of goods → its English title.
- ``detail``: an offering with its description, cut out of its firm's profile → the firm.
- ``half``: half of a firm's described offerings, as one long text → the firm, from the other half.

Firms, codes and titles that are answers here are never trained on: see :class:`Held`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matcher.language import language_of
from matcher.training.profiles import TrainingFirm
from matcher.training.taxonomy import Goods, Industry, tokens

WORDS = 500


@dataclass(frozen=True, slots=True)
class Held:
    """What a development collection holds back from training: ids of firms, industry codes, titles of goods."""

    firms: frozenset[str]
    codes: frozenset[str]
    titles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cut:
    """One collection before it is written: (id, text) of firms, (id, text) of queries, grades."""

    name: str
    corpus: tuple[tuple[str, str], ...]
    queries: tuple[tuple[str, str], ...]
    qrels: dict[str, dict[str, int]]


def whole_text(summary: str, offerings: Iterable[str]) -> str:
    """A firm's text as one string, cut at 500 words as the collections of a test are."""
    return " ".join(" ".join([summary, ". ".join(offerings)]).split()[:WORDS]).strip()


def _some(rng: np.random.Generator, items: Sequence[TrainingFirm], n: int) -> list[TrainingFirm]:
    chosen = sorted(rng.choice(len(items), size=min(n, len(items)), replace=False).tolist())
    return [items[i] for i in chosen]


def cut_offering(firms: Sequence[TrainingFirm], rng: np.random.Generator, *, n: int = 400, size: int = 5000) -> Cut:
    """Who offers this?"""
    makers = [f for f in firms if f.makes and f.lang != "fr" and f.texts]
    corpus = _some(rng, makers, size)
    asked = _some(rng, [f for f in corpus if 3 <= len(f.offerings) <= 40], n)
    gone, queries, qrels = {}, [], {}
    for firm in asked:
        i = int(rng.integers(len(firm.offerings)))
        name, _ = firm.offerings[i]
        if len(name.split()) < 2:
            continue
        gone[firm.id] = i
        queries.append((f"q-{firm.id}", name))
        qrels[f"q-{firm.id}"] = {firm.id: 1}
    rows = []
    for firm in corpus:
        texts = [text for i, text in enumerate(firm.texts) if i != gone.get(firm.id)]
        rows.append((firm.id, whole_text(firm.summary, texts)))
    return Cut("offering", tuple(rows), tuple(queries), qrels)


def cut_industry(
    firms: Sequence[TrainingFirm],
    industries: Sequence[Industry],
    rng: np.random.Generator,
    *,
    n: int = 45,
    size: int = 6000,
) -> Cut:
    """Which firms are of this industry?"""
    corpus = _some(rng, [f for f in firms if f.codes and f.lang != "fr" and (f.summary or f.texts)], size)
    by_code: dict[str, dict[str, int]] = {}
    for firm in corpus:
        for code in firm.codes:
            by_code.setdefault(code, {})[firm.id] = 2 if code == firm.primary else 1
    usable = [row for row in industries if row.definition and len(by_code.get(row.code, ())) >= 3]
    chosen = sorted(rng.choice(len(usable), size=min(n, len(usable)), replace=False).tolist())
    asked = [usable[i] for i in chosen]
    return Cut(
        "industry",
        tuple((f.id, whole_text(f.summary, f.texts)) for f in corpus),
        tuple((f"naics-{row.code}", f"{row.title}. {row.definition}") for row in asked),
        {f"naics-{row.code}": by_code[row.code] for row in asked},
    )


def cut_story(firms: Sequence[TrainingFirm], rng: np.random.Generator, *, n: int = 150, size: int = 2500) -> Cut:
    """Long questions: whose text goes on like this?"""
    corpus = _some(rng, [f for f in firms if f.lang == "en" and len(f.summary.split()) >= 60], size)
    asked = {f.id for f in _some(rng, [f for f in corpus if len(f.summary.split()) >= 120], n)}
    rows, queries, qrels = [], [], {}
    for firm in corpus:
        summary = firm.summary
        if firm.id in asked:
            words = summary.split()
            queries.append((f"q-{firm.id}", " ".join(words[: len(words) // 2])))
            qrels[f"q-{firm.id}"] = {firm.id: 1}
            summary = " ".join(words[len(words) // 2 :])
        rows.append((firm.id, whole_text(summary, firm.texts)))
    return Cut("story", tuple(rows), tuple(queries), qrels)


def cut_detail(
    firms: Sequence[TrainingFirm], held: frozenset[str], rng: np.random.Generator, *, size: int = 5000
) -> Cut:
    """Who offers this, told in some sentences? Asked of firms that are held back already."""
    makers = [f for f in firms if f.makes and f.lang != "fr" and f.texts]
    asked = {f.id for f in makers if f.id in held and len(f.texts) >= 2 and _described(f)}
    corpus = [f for f in makers if f.id in asked]
    corpus += _some(rng, [f for f in makers if f.id not in asked], size - len(corpus))
    rows, queries, qrels = [], [], {}
    for firm in sorted(corpus, key=lambda f: f.id):
        texts = firm.texts
        if firm.id in asked:
            chosen = _described(firm)
            text = texts.pop(chosen[int(rng.integers(len(chosen)))])
            queries.append((f"q-{firm.id}", text))
            qrels[f"q-{firm.id}"] = {firm.id: 1}
        rows.append((firm.id, whole_text(firm.summary, texts)))
    return Cut("detail", tuple(rows), tuple(queries), qrels)


def _described(firm: TrainingFirm) -> list[int]:
    """Offerings that are told in some sentences."""
    return [i for i, text in enumerate(firm.texts) if 20 <= len(text.split()) <= 150]


def cut_half(firms: Sequence[TrainingFirm], held: frozenset[str], rng: np.random.Generator, *, size: int = 2500) -> Cut:
    """Whose other work is like this? Long questions, asked of firms that are held back already.

    Every firm is halved, asked of or not, so that length tells nothing.
    """
    able = [f for f in firms if f.lang != "fr" and _n_words(f.texts) >= 150 and len(f.texts) >= 2]
    asked = {f.id for f in able if f.id in held}
    corpus = [f for f in able if f.id in asked] + _some(rng, [f for f in able if f.id not in asked], size - len(asked))
    rows, queries, qrels = [], [], {}
    for firm in sorted(corpus, key=lambda f: f.id):
        order = rng.permutation(len(firm.texts)).tolist()
        question: list[str] = []
        while len(order) > 1 and _n_words(question) < min(250, _n_words(firm.texts) // 2):
            question.append(firm.texts[order.pop()])
        rows.append((firm.id, whole_text("", [firm.texts[i] for i in sorted(order)])))
        if firm.id in asked:
            queries.append((f"q-{firm.id}", " ".join(". ".join(question).split()[:WORDS])))
            qrels[f"q-{firm.id}"] = {firm.id: 1}
    return Cut("half", tuple(rows), tuple(queries), qrels)


def _n_words(texts: Iterable[str]) -> int:
    return sum(len(text.split()) for text in texts)


def is_french(text: str) -> bool:
    """Whether a short text reads as French."""
    return language_of(text) == "fr"


def cut_french(firms: Sequence[TrainingFirm], rng: np.random.Generator, *, n: int = 150, size: int = 1400) -> Cut:
    """English question, French profile: its English offerings are cut out, one of them is the question."""
    french = [f for f in firms if f.lang == "fr" and is_french(f.summary)]
    corpus = _some(rng, french, size)

    def english(firm: TrainingFirm) -> list[str]:
        return [
            name
            for name, _ in firm.offerings
            if len(name.split()) >= 2 and name.isascii() and _says_english(name) and not is_french(name)
        ]

    asked = {f.id for f in _some(rng, [f for f in corpus if english(f)], n)}
    rows, queries, qrels = [], [], {}
    for firm in corpus:
        cut = set(english(firm)) if firm.id in asked else set()
        if cut:
            names = english(firm)
            queries.append((f"q-{firm.id}", names[int(rng.integers(len(names)))]))
            qrels[f"q-{firm.id}"] = {firm.id: 1}
        texts = [t for (name, desc), t in zip(firm.offerings, firm.texts, strict=True) if name not in cut]
        rows.append((firm.id, whole_text(firm.summary, texts)))
    return Cut("french", tuple(rows), tuple(queries), qrels)


_ENGLISH = frozenset(
    "and of the for with equipment machinery parts manufacturing systems software "
    "wood steel metal industrial custom training research development nes supplies machines consulting".split()
)


def _says_english(text: str) -> bool:
    return bool(tokens(text) & _ENGLISH)


def cut_goods(goods: Sequence[Goods], rng: np.random.Generator, *, n: int = 250) -> Cut:
    """French title → English title."""
    rows = [row for row in goods if row.version == "2"]
    chosen = sorted(rng.choice(len(rows), size=min(n, len(rows)), replace=False).tolist())
    return Cut(
        "goods",
        tuple((row.code, row.en) for row in rows),
        tuple((f"fr-{rows[i].code}", rows[i].fr) for i in chosen),
        {f"fr-{rows[i].code}": {rows[i].code: 1} for i in chosen},
    )


def cut_all(
    firms: Sequence[TrainingFirm], industries: Sequence[Industry], goods: Sequence[Goods], *, seed: int = 0
) -> tuple[list[Cut], Held]:
    """All seven collections and what they hold back from training."""
    rng = np.random.default_rng(seed)
    cuts = [
        cut_offering(firms, rng),
        cut_industry(firms, industries, rng),
        cut_story(firms, rng),
        cut_french(firms, rng),
        cut_goods(goods, rng),
    ]
    by_name = {cut.name: cut for cut in cuts}
    answers = {f for name in ("offering", "story", "french") for grades in by_name[name].qrels.values() for f in grades}
    asked = {text for _, text in by_name["goods"].queries} | {
        row.en for row in goods if row.code in {code for g in by_name["goods"].qrels.values() for code in g}
    }
    later = np.random.default_rng((seed, 1))
    cuts += [cut_detail(firms, frozenset(answers), later), cut_half(firms, frozenset(answers), later)]
    codes = {query.removeprefix("naics-") for query in by_name["industry"].qrels}
    return cuts, Held(frozenset(answers), frozenset(codes), frozenset(title.casefold() for title in asked))


def write_cut(cut: Cut, folder: Path) -> None:
    """Write a collection in BEIR form, for ``matcher evaluate``."""
    folder.mkdir(parents=True, exist_ok=True)
    corpus = [json.dumps({"_id": i, "title": "", "text": text}, ensure_ascii=False) for i, text in cut.corpus]
    queries = [json.dumps({"_id": i, "text": text}, ensure_ascii=False) for i, text in cut.queries]
    qrels = ["query-id\tcorpus-id\tscore"]
    qrels += [f"{query}\t{firm}\t{grade}" for query, grades in cut.qrels.items() for firm, grade in grades.items()]
    for name, lines in (("corpus.jsonl", corpus), ("queries.jsonl", queries), ("qrels.tsv", qrels)):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
