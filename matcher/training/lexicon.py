"""A lexicon of stems learned from titles in two languages: IBM model 1 (Brown et al. 1993) in both directions.

A pair is kept at the geometric mean of its probabilities in the two directions, which drops what only one direction
believes (a rare word that absorbs everything it stands beside).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matcher.terms import analyse
from matcher.translation import Lexicon

_NOTHING = ""  # a word of the target that no word of the source stands for
LEAST, MOST, ROUNDS = 0.1, 4, 8


def learn_lexicon(titles: Iterable[tuple[str, str]]) -> Lexicon:
    """Learn translations of stems.

    Args:
        titles: (French, English) of the same thing.
    """
    pairs = [(analyse(french, "fr"), analyse(english, "en")) for french, english in dict.fromkeys(titles)]
    pairs = [(french, english) for french, english in pairs if french and english]
    to_english = _align(pairs)
    to_french = _align([(english, french) for french, english in pairs])
    return Lexicon({"en": _both(to_english, to_french), "fr": _both(to_french, to_english)})


def _align(pairs: Sequence[tuple[list[str], list[str]]]) -> dict[str, dict[str, float]]:
    """P(target | source) by expectation maximisation, from all targets of a pair being equally likely."""
    sources = [([*dict.fromkeys(source), _NOTHING], target) for source, target in pairs]
    table: dict[str, dict[str, float]] = {}
    for source, target in sources:
        for word in source:
            table.setdefault(word, {}).update(dict.fromkeys(target, 1.0))
    for word, row in table.items():
        table[word] = dict.fromkeys(row, 1 / len(row))
    for _ in range(ROUNDS):
        counts: dict[str, dict[str, float]] = {}
        for source, target in sources:
            for translated in target:
                shares = [(word, table[word].get(translated, 0.0)) for word in source if word in table]
                total = sum(share for _, share in shares)
                for word, share in shares:
                    if total and share / total > 1e-4:
                        row = counts.setdefault(word, {})
                        row[translated] = row.get(translated, 0.0) + share / total
        table = {
            word: {translated: n / total for translated, n in row.items()}
            for word, row in counts.items()
            if (total := sum(row.values()))
        }
    return table


def _both(
    one: dict[str, dict[str, float]], other: dict[str, dict[str, float]]
) -> dict[str, tuple[tuple[str, float], ...]]:
    found = {}
    for word in sorted(one):
        rows = [(t, round((p * other.get(t, {}).get(word, 0.0)) ** 0.5, 3)) for t, p in one[word].items()]
        best = sorted((row for row in rows if row[1] >= LEAST), key=lambda row: (-row[1], row[0]))[:MOST]
        if word != _NOTHING and best:
            found[word] = tuple(best)
    return found
