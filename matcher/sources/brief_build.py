"""The last step: candidates → needs, details taken out of their words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

from matcher.sources.blocks import BlockKind
from matcher.sources.brief_candidates import Candidate
from matcher.sources.brief_details import Details, find_details, label_of
from matcher.sources.brief_filters import is_detail, short_text
from matcher.sources.brief_phrases import is_negated, is_vague, sentences
from matcher.sources.brief_sections import Section, is_label
from matcher.sources.brief_words import Topic
from matcher.types import Need, NeedRole

_ALL = re.compile(
    r"\b(?:all|every|any|suppliers?|vendors?|shops?|tous|toutes|fournisseurs?)\b.{0,60}\b(?:must|shall|should|"
    r"required|need|certifi|doivent|doit|requise?)",
    re.I,
)


def shared_certificate(sections: Sequence[Section]) -> str | None:
    """A certificate that a line of its own, or a sentence on all suppliers, asks of every need."""
    for section in sections:
        if section.says.topic in (Topic.CONTENTS, Topic.CONTACT, Topic.ABOUT):
            continue
        for block in section.blocks:
            if block.kind is BlockKind.ROW:
                continue
            for sentence in sentences(block.text):
                details, _ = find_details(sentence)
                alone = block.kind is BlockKind.ITEM and (
                    is_detail(sentence) or label_of((is_label(sentence) or ("", ""))[0]) == "certificate"
                )
                stated = section.says.topic in (Topic.NEEDS, Topic.MAYBE, Topic.ADMIN)
                if details.certificate and not is_negated(sentence) and ((alone and stated) or _ALL.search(sentence)):
                    return details.certificate
    return None


def to_need(candidate: Candidate, number: int, certificate: str | None) -> Need | None:
    """The need of a candidate, or None when nothing is left to search for.

    Args:
        candidate: from :func:`find_candidates` or :func:`spec_need`.
        number: for its id.
        certificate: what every supplier must have, for needs that name none.
    """
    details, rest = find_details(candidate.text)
    around, _ = (
        find_details(candidate.context)
        if candidate.context and len(candidate.context.split()) < 60
        else (Details(), "")
    )
    text = short_text(rest or candidate.text)
    if is_vague(text) or not re.search(r"[^\W\d_]{3}", text):
        return None
    stated = candidate.details
    single = candidate.block.kind is not BlockKind.ROW and candidate.text in candidate.context
    merged: dict[str, Any] = {
        key: getattr(stated, key) or getattr(details, key) or (getattr(around, key) if single else None)
        for key in ("part", "material", "size", "tolerance", "quantity", "certificate", "by", "buyer")
    }
    role = candidate.role
    if role is NeedRole.EITHER and merged["quantity"] and (merged["material"] or merged["tolerance"] or merged["part"]):
        role = NeedRole.SUPPLIER
    if role is not NeedRole.PARTNER:
        merged["certificate"] = merged["certificate"] or certificate
    cause = (
        f"{candidate.cause}: {candidate.quote}"
        if candidate.cause and candidate.cause != candidate.quote
        else candidate.quote
    )
    return dataclasses.replace(Need(f"n{number}", text, role, cause=cause[:600]), **merged)
