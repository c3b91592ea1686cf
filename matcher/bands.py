"""A logit → the words that an officer reads instead of a number."""

from __future__ import annotations

from matcher.config import MatchConfig
from matcher.live import View
from matcher.types import Band

ORDER = (Band.TOO_LITTLE, Band.UNLIKELY, Band.MAYBE, Band.WORTH_A_CALL)
REACHED = (Band.MAYBE, Band.WORTH_A_CALL)


def is_thin(view: View, position: int, config: MatchConfig) -> bool:
    """Whether a profile says too little to judge the firm by."""
    return bool(view.n_words[position] < config.thin_words)


def is_sure(view: View, position: int) -> bool:
    """Whether somebody at the firm confirmed a dated statement: other text alone never makes the top band."""
    return any(s.confirmed and s.date for s in view.firm(position).statements)


def band_of(view: View, position: int, logit: float, config: MatchConfig, *, sure: bool | None = None) -> Band:
    """The band of a firm.

    Args:
        view: what is searched.
        position: of the firm.
        logit: its score.
        config: where bands begin.
        sure: as of :func:`is_sure`; None looks.
    """
    if is_thin(view, position, config):
        return Band.TOO_LITTLE
    if logit < config.maybe:
        return Band.UNLIKELY
    if logit < config.worth_a_call:
        return Band.MAYBE
    return Band.WORTH_A_CALL if (is_sure(view, position) if sure is None else sure) else Band.MAYBE
