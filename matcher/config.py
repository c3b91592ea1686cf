"""Every tunable number that changes results, in one place; saved in an artifact's manifest."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from matcher.errors import ArtifactMismatch, ArtifactMissing


@dataclass(frozen=True, slots=True)
class Head:
    """Weights of one additive score, one a feature of :mod:`matcher.features`, which says what each is."""

    base: float
    words_whole: float
    likeness_whole: float
    phrases_whole: float
    likeness_profile: float
    words_parts: float
    likeness_parts: float
    words_needs: float
    likeness_needs: float
    serves_plants: float
    shared_things: float
    profile_length: float
    only_sells: float
    off_topic: float


HEADS = ("partner", "supplier", "stated", "question")


def read_scorer(path: Path) -> tuple[str, dict[str, Head], dict[str, float]]:
    """Read a scorer: its version, its heads, its limits of bands.

    Raises:
        ArtifactMismatch: it is no scorer of this version of the library.
        ArtifactMissing: it is not there.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        heads = {name: Head(**{key: float(value) for key, value in raw["heads"][name].items()}) for name in HEADS}
        return str(raw["version"]), heads, {key: float(raw["bands"][key]) for key in ("maybe", "worth_a_call")}
    except FileNotFoundError as error:
        raise ArtifactMissing(f"no scorer in {str(path)!r}: expected the one that ships in models/scorer") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactMismatch(
            f"scorer {str(path)!r} cannot be used ({type(error).__name__}: {error}): expected heads {HEADS}; "
            "make it anew with `matcher train scorer`"
        ) from error


@functools.lru_cache(maxsize=1)
def shipped_scorer() -> tuple[str, dict[str, Head], dict[str, float]]:
    """The scorer of a checkout, else of an installed wheel, read once a process."""
    package = Path(__file__).parent
    for folder in (package.parent / "models", package / "shipped" / "models"):
        if (path := folder / "scorer" / "scorer.json").exists():
            return read_scorer(path)
    return read_scorer(package.parent / "models" / "scorer" / "scorer.json")


@dataclass(frozen=True, slots=True)
class MatchConfig:
    """Numbers of the ranking.

    Attributes:
        version: name of this scorer, shown with every result.
        passage_words: longest passage, in words.
        max_tokens: longest input of the encoder, in tokens.
        vector_words: words of running text that ``max_tokens`` hold, at some 1.35 tokens a word. The vector of a longer
            text stands for this part of it only, while BM25 reads it all, so its cosine counts by that part.
        max_needs: most inferred needs of a project.
        question_words: a shorter text is a question: it is answered by its words, whatever the role.
        best_parts: parts of the text that a firm is judged by: those it meets best.
        best_needs: sure needs that a firm is judged by: those it meets best.
        depth: firms that each retriever brings for one query.
        passages_per_firm: passages read per firm wanted, by the dense retriever.
        bm25_k1: BM25 term saturation.
        bm25_b: BM25 length normalisation.
        heads: weights by name: a head for each role, one for sure needs, one for bare questions.
        maybe: least logit of the band *Maybe*.
        worth_a_call: least logit of the band *Worth a call*; only confirmed, dated statements reach it.
        found: share of a need's term weight that a passage must hold, and
        found_similarity: cosine that it must have, to count as found though it does not name the need.
        guessed_similarity: cosine from which a passage counts as a guess, or, with all the need's words, as found.
        thin_words: a profile of fewer words is one we know too little of.
        max_quotes: quotes a need, at most.
    """

    version: str = field(default_factory=lambda: shipped_scorer()[0])
    passage_words: int = 60
    max_tokens: int = 256
    vector_words: int = 190
    max_needs: int = 12
    question_words: int = 25
    best_parts: int = 2
    best_needs: int = 2
    depth: int = 300
    passages_per_firm: int = 4
    bm25_k1: float = 1.5
    bm25_b: float = 0.75
    heads: Mapping[str, Head] = field(default_factory=lambda: shipped_scorer()[1])
    maybe: float = field(default_factory=lambda: shipped_scorer()[2]["maybe"])
    worth_a_call: float = field(default_factory=lambda: shipped_scorer()[2]["worth_a_call"])
    found: float = 0.5
    found_similarity: float = 0.7
    guessed_similarity: float = 0.4
    thin_words: int = 8
    max_quotes: int = 2
