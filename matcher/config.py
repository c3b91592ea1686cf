"""Every tunable number that changes results, in one place; saved in an artifact's manifest."""

from __future__ import annotations

from dataclasses import dataclass, field

from matcher.types import Role


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """Weights of one role's additive score.

    The logit is ``bias + scale · ((1 − share) · s(whole) + share · s(needs))`` plus the activity terms, where
    ``s = BM25 / the query's best BM25 + similarity · best passage's cosine`` and s(needs) is the mean over the
    ``best_needs`` needs of the role that the firm meets best. A need is a short phrase, which vectors serve better
    than they serve a long text: it has a weight of its own, ``need_similarity``.

    ``share`` is ``stated`` where a person stood by every need of the role. Guesses are cut from the text that s(whole)
    reads already: theirs is ``guessed``, and less for the pieces of a text shorter than ``MatchConfig.long_text``.
    """

    bias: float
    scale: float
    stated: float
    guessed: float
    similarity: float
    need_similarity: float
    best_needs: int


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
        long_text: words of a project from which on guesses weigh their whole share.
        depth: firms that each retriever brings for one query.
        passages_per_firm: passages read per firm wanted, by the dense retriever.
        bm25_k1: BM25 term saturation.
        bm25_b: BM25 length normalisation.
        partner: the partner head.
        supplier: the supplier head.
        only_sells: logit of a firm that sells or teaches and does not make, for a need of something made.
        off_topic: logit of a firm that teaches children or serves households.
        maybe: least logit of the band *Maybe*.
        worth_a_call: least logit of the band *Worth a call*; only confirmed, dated statements reach it.
        found: share of a need's term weight that a passage must hold to count as found.
        found_similarity: cosine from which a passage that shares a term counts as found.
        guessed_similarity: cosine from which a passage counts as a guess.
        thin_words: a profile of fewer words is one we know too little of.
        max_quotes: quotes a need, at most.
    """

    version: str = "wsum-2"
    passage_words: int = 60
    max_tokens: int = 256
    vector_words: int = 190
    max_needs: int = 12
    long_text: int = 120
    depth: int = 300
    passages_per_firm: int = 4
    bm25_k1: float = 1.5
    bm25_b: float = 0.75
    partner: HeadConfig = field(default_factory=lambda: HeadConfig(-2.1, 2.0, 0.5, 0.35, 0.8, 1.2, 2))
    supplier: HeadConfig = field(default_factory=lambda: HeadConfig(-2.1, 2.0, 0.5, 0.35, 0.8, 1.2, 2))
    only_sells: float = -1.0
    off_topic: float = -2.0
    maybe: float = 0.0
    worth_a_call: float = 0.8
    found: float = 0.5
    found_similarity: float = 0.6
    guessed_similarity: float = 0.4
    thin_words: int = 8
    max_quotes: int = 2

    def head(self, role: Role) -> HeadConfig:
        """The head of a role."""
        return self.partner if role is Role.PARTNER else self.supplier
