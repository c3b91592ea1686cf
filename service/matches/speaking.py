"""Needs and questions in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from matcher import Match, Need, NeedMatch, ask_about, need_words
from service.words import language


def in_language(match: Match, needs: Mapping[str, Need]) -> Match:
    """A match whose needs have their words and questions in the reader's language."""
    return match if language() == "en" else replace(match, needs=tuple(_said(need, needs) for need in match.needs))


def _said(found: NeedMatch, needs: Mapping[str, Need]) -> NeedMatch:
    need = needs.get(found.need_id)
    if need is None:
        return found
    ask = ask_about(need, language()) if found.ask else None
    return replace(found, text=need_words(need, language()), ask=ask)
