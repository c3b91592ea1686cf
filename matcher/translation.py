"""Words of a question in the other language, so that French firms are found by English questions and the reverse.

The lexicon is learned from titles that stand in both languages (:mod:`matcher.training.lexicon`) and says, for a stem
of one language, its likely stems in the other. A question is searched as it stands among the firms of its own
language; among firms of the other, each of its words also counts as its translations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from matcher.errors import SourceError
from matcher.language import language_of
from matcher.terms import analyse

# Stems that the two English spellings do not share, American first: the lexicon learned from British titles.
_SPELLINGS = {
    "aluminum": "aluminium",
    "center": "centr",
    "color": "colour",
    "fiber": "fibr",
    "gray": "grey",
    "labor": "labour",
    "meter": "metr",
    "mold": "mould",
    "plow": "plough",
    "sulfur": "sulphur",
    "tire": "tyre",
    "vapor": "vapour",
}
_AMERICAN = {british: american for american, british in _SPELLINGS.items()}
Translations = Mapping[str, tuple[tuple[str, float], ...]]
_HEADER = "from\tto\tlanguage\tweight"


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Translations of stems.

    Attributes:
        to: by language translated into, stem of the other language → (stem, weight from 0 to 1), best first.
    """

    to: Mapping[str, Translations] = field(default_factory=lambda: {"en": {}, "fr": {}})

    def translations(self, word: str, lang: str) -> list[tuple[str, float]]:
        """Stems of ``lang`` for a stem of the other language, in both English spellings."""
        rows = self.to[lang]
        found = list(rows.get(word) or rows.get(_SPELLINGS.get(word, ""), ()))
        if lang == "en":
            found += [(_AMERICAN[stem], weight) for stem, weight in found if stem in _AMERICAN]
        return found

    def source(self, text: str) -> str | None:
        """Language a question is in: by its function words, else by the words that only one language has."""
        if language_of(text) == "fr":
            return "fr"
        only_french = only_english = 0
        for french in set(analyse(text, "fr")):
            only_french += french in self.to["en"] and french not in self.to["fr"]
        for english in set(analyse(text, "en")):
            only_english += english in self.to["fr"] and english not in self.to["en"]
        return None if only_french == only_english else "fr" if only_french > only_english else "en"


def read_lexicon(path: Path) -> Lexicon:
    """Read a table of translations: ``from to language weight``, language being the one translated into.

    Raises:
        SourceError: it cannot be read; the line at fault is named.
    """
    found: dict[str, dict[str, list[tuple[str, float]]]] = {"en": {}, "fr": {}}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"lexicon {str(path)!r} cannot be read ({error}): expected the shipped table") from error
    if not lines or lines[0] != _HEADER:
        raise SourceError(f"lexicon {str(path)!r} begins {lines[:1]}, expected the columns {_HEADER.split()}")
    for number, line in enumerate(lines[1:], 2):
        try:
            source, target, language, weight = line.split("\t")
            found[language].setdefault(source, []).append((target, float(weight)))
        except (ValueError, KeyError) as error:
            raise SourceError(f"lexicon {str(path)!r} line {number}: {line!r}, expected {_HEADER.split()}") from error
    rows = {lang: {word: tuple(sorted(t, key=lambda r: -r[1])) for word, t in d.items()} for lang, d in found.items()}
    return Lexicon(rows)


def write_lexicon(lexicon: Lexicon, path: Path) -> None:
    """Write a lexicon, sorted, as :func:`read_lexicon` takes it."""
    lines = [_HEADER]
    for language in ("en", "fr"):
        for source in sorted(lexicon.to[language]):
            lines += [
                f"{source}\t{target}\t{language}\t{weight:.3f}" for target, weight in lexicon.to[language][source]
            ]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    partial.replace(path)


@lru_cache(maxsize=1)
def shipped_lexicon() -> Lexicon:
    """The lexicon of a checkout, else of an installed wheel, read once a process; an empty one if there is none."""
    package = Path(__file__).parent
    for folder in (package.parent / "models", package / "shipped" / "models"):
        if (path := folder / "lexicon" / "lexicon.tsv").exists():
            return read_lexicon(path)
    return Lexicon()


@lru_cache(maxsize=4096)
def query_terms(text: str, lexicon: Lexicon | None = None) -> dict[str, dict[str, float]]:
    """Terms of a question with their weights, by the language of the firms that they are looked for in.

    Args:
        text: the question.
        lexicon: translations; None takes the shipped ones.

    Returns:
        For ``en`` and ``fr``, each term with how often it stands in the question. In the language that the question
        is not in, a word's translations stand beside it, each with its weight; the more of the two counts.
    """
    lexicon = lexicon or shipped_lexicon()
    own = {lang: _counts(analyse(text, lang)) for lang in ("en", "fr")}
    source = lexicon.source(text)
    found = {}
    for lang, other in (("en", "fr"), ("fr", "en")):
        terms: dict[str, float] = {}
        if source != lang:
            for word, times in own[other].items():
                for translated, weight in lexicon.translations(word, lang):
                    terms[translated] = terms.get(translated, 0.0) + weight * times
        for word, times in own[lang].items():
            terms[word] = max(terms.get(word, 0.0), times)
        found[lang] = terms
    return found


def _counts(words: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for word in words:
        found[word] = found.get(word, 0.0) + 1.0
    return found
