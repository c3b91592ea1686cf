"""E-mail addresses and telephone numbers inside text: masked before anything is stored."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from matcher.types import Firm, Project

# The look-behind keeps the time linear: without it every place in a long word is tried as a beginning.
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(
    r"(?<![\w.+-])(?:\+?1[ .-]?)?(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4}"
    r"(?:\s?(?:x|ext\.?|poste)\s?\d{1,6})?(?![\w-])"
    r"|(?<![\w.+-])\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}(?![\w-])",
    re.IGNORECASE,
)
# Nearly every text holds neither: one cheap look spares the two searches.
_MAYBE = re.compile(r"@|\+\d|\d{3}[ .)-]")
_NEED_TEXTS = (
    "text", "part", "material", "size", "tolerance", "quantity", "certificate", "by", "buyer", "cause"
)  # fmt: skip


def mask_contacts(text: str) -> tuple[str, int]:
    """Replace e-mail addresses and telephone numbers.

    Returns:
        The text with ``[email]`` and ``[phone]`` in their place, and how many were replaced.

    Example:
        >>> mask_contacts("Call 905-555-0123 or a@b.ca, since 1990-2010")
        ('Call [phone] or [email], since 1990-2010', 2)
    """
    if not _MAYBE.search(text):
        return text, 0
    text, emails = EMAIL.subn("[email]", text)
    text, phones = PHONE.subn("[phone]", text)
    return text, emails + phones


def mask_firm(firm: Firm) -> tuple[Firm, int]:
    """A firm with contact data in its statements masked, and how many were replaced."""
    statements, n_masked = [], 0
    for statement in firm.statements:
        text, n = mask_contacts(statement.text)
        n_masked += n
        statements.append(dataclasses.replace(statement, text=text) if n else statement)
    return (dataclasses.replace(firm, statements=tuple(statements)) if n_masked else firm), n_masked


def mask_project(project: Project) -> tuple[Project, int]:
    """A project with contact data in its texts masked, and how many were replaced; ids, dates and sources stay."""
    n_masked = 0

    def masked(text: str) -> str:
        nonlocal n_masked
        text, n = mask_contacts(text)
        n_masked += n
        return text

    needs = []
    for need in project.needs:
        texts: dict[str, Any] = {name: masked(value) for name in _NEED_TEXTS if (value := getattr(need, name))}
        needs.append(dataclasses.replace(need, **texts))
    cleaned = dataclasses.replace(
        project,
        title=masked(project.title),
        description=masked(project.description),
        technologies=tuple(masked(text) for text in project.technologies),
        rejected_needs=tuple(masked(text) for text in project.rejected_needs),
        needs=tuple(needs),
    )
    return (cleaned if n_masked else project), n_masked
