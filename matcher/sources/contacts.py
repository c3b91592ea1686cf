"""E-mail addresses and telephone numbers inside text: masked before anything is stored."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(
    r"(?<![\w.+-])(?:\+?1[ .-]?)?(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4}"
    r"(?:\s?(?:x|ext\.?|poste)\s?\d{1,6})?(?![\w-])"
    r"|(?<![\w.+-])\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}(?![\w-])",
    re.IGNORECASE,
)


def mask_contacts(text: str) -> tuple[str, int]:
    """Replace e-mail addresses and telephone numbers.

    Returns:
        The text with ``[email]`` and ``[phone]`` in their place, and how many were replaced.

    Example:
        >>> mask_contacts("Call 905-555-0123 or a@b.ca, since 1990-2010")
        ('Call [phone] or [email], since 1990-2010', 2)
    """
    text, emails = _EMAIL.subn("[email]", text)
    text, phones = _PHONE.subn("[phone]", text)
    return text, emails + phones
