"""Every tunable number that changes results, in one place; saved in an artifact's manifest."""

from __future__ import annotations

from dataclasses import dataclass, field

from matcher.types import Role


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """Weights of one role's additive score.

    The logit is ``bias + whole · s(whole) + needs · s(needs)`` plus the activity terms, where
    ``s = BM25 / the query's best BM25 + similarity · best passage's cosine`` and s(needs) is the mean over the
    ``best_needs`` needs of the role that the firm meets best. A need is a short phrase, which vectors serve better
    than they serve a long text: it has a weight of its own, ``need_similarity``.
    """

    bias: float
    whole: float
    needs: float
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
        max_needs: most inferred needs of a project.
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

    version: str = "wsum-1"
    passage_words: int = 60
    max_tokens: int = 256
    max_needs: int = 12
    depth: int = 300
    passages_per_firm: int = 4
    bm25_k1: float = 1.5
    bm25_b: float = 0.75
    partner: HeadConfig = field(default_factory=lambda: HeadConfig(-2.5, 1.0, 1.0, 0.8, 2.0, 3))
    supplier: HeadConfig = field(default_factory=lambda: HeadConfig(-2.5, 1.0, 1.0, 0.8, 2.0, 3))
    only_sells: float = -1.0
    off_topic: float = -2.0
    maybe: float = 0.0
    worth_a_call: float = 1.0
    found: float = 0.5
    found_similarity: float = 0.6
    guessed_similarity: float = 0.4
    thin_words: int = 8
    max_quotes: int = 2

    def head(self, role: Role) -> HeadConfig:
        """The head of a role."""
        return self.partner if role is Role.PARTNER else self.supplier
