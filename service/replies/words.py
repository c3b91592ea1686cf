"""Reasons of a no, as firms give them by a tap, and what each says to staff and to learning."""

from __future__ import annotations

from service.words import _

# The firm's reason → the reason of an introduction, and the verdict on the match (None says nothing of it).
REASONS: dict[str, tuple[str, str | None]] = {
    "not_our_work": ("not_our_work", "wrong_capability"),
    "size": ("quantity", "not_available"),
    "distance": ("distance", "not_available"),
    "certificate": ("certificate", "not_available"),
    "busy": ("no_capacity", "not_available"),
    "in_touch": ("other", "right"),
}


def reason_words() -> dict[str, str]:
    """Reasons as the page asks for them."""
    return {
        "not_our_work": _("We don’t do this"),
        "size": _("Too big or too small for us"),
        "distance": _("Too far away"),
        "certificate": _("We lack a certificate"),
        "busy": _("Too busy until …"),
        "in_touch": _("We are talking to them already"),
    }


def rhythm_words() -> dict[str, str]:
    """How often lists come."""
    return {
        "weekly": _("When there is something, at most once a week"),
        "daily": _("When there is something, at most once a day"),
        "monthly": _("At most once a month"),
        "quarterly": _("At most once a quarter"),
        "at_closing": _("Only when something closes within fourteen days"),
        "paused": _("Not before a day that I choose"),
    }
