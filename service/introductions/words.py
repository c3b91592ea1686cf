"""What states, answers, reasons and outcomes are called: the codes that are stored, and the words for people."""

from __future__ import annotations

from enum import StrEnum

from service.words import _


class State(StrEnum):
    """Where an introduction stands."""

    PROPOSED = "proposed"
    FIRM_YES = "firm_yes"
    BOTH_YES = "both_yes"
    INTRODUCED = "introduced"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What came of an introduction."""

    MEETING = "meeting"
    QUOTE = "quote"
    ORDER = "order"
    NOTHING = "nothing"


# The ways in which a yes or a no can reach us.
SOURCES = ("phone", "mail", "in_person", "list")
REASONS = (
    "no_capacity", "not_our_work", "quantity", "price", "timing", "certificate", "distance", "not_interested",
    "no_answer", "project_side", "project_changed", "other",
)  # fmt: skip
VALUE_RANGES = ("under_10k", "10k_50k", "50k_250k", "over_250k", "not_said")


def state_words() -> dict[str, str]:
    """Words by state, in the order in which an introduction passes them."""
    return {
        State.PROPOSED.value: _("Waiting for the firm"),
        State.FIRM_YES.value: _("The firm said yes"),
        State.BOTH_YES.value: _("Both said yes"),
        State.INTRODUCED.value: _("Introduced"),
        State.CLOSED.value: _("Closed"),
    }


def role_words() -> dict[str, str]:
    """Words by role."""
    return {"supplier": _("supplier"), "partner": _("partner")}


def source_words() -> dict[str, str]:
    """Words by the way in which an answer came."""
    return {
        "phone": _("by phone"),
        "mail": _("by e-mail"),
        "in_person": _("in person"),
        "list": _("by the link of a list"),
    }


def heard_words() -> dict[str, str]:
    """The ways in which staff hear an answer; what a firm says by a link comes by itself."""
    return {way: words for way, words in source_words().items() if way != "list"}


def reason_words() -> dict[str, str]:
    """Words by reason of a no, or of nothing."""
    return {
        "no_capacity": _("No capacity now"),
        "not_our_work": _("Not what they do"),
        "quantity": _("Too large or too small for them"),
        "price": _("Price"),
        "timing": _("Wrong time"),
        "certificate": _("A certificate is missing"),
        "distance": _("Too far away"),
        "not_interested": _("Not interested"),
        "no_answer": _("They never answered"),
        "project_side": _("The project’s side chose somebody else"),
        "project_changed": _("The project changed or ended"),
        "other": _("Another reason"),
    }


def outcome_words() -> dict[str, str]:
    """Words by outcome."""
    return {
        Outcome.MEETING.value: _("They met"),
        Outcome.QUOTE.value: _("A quote was sent"),
        Outcome.ORDER.value: _("An order or contract"),
        Outcome.NOTHING.value: _("Nothing came of it"),
    }


def value_words() -> dict[str, str]:
    """Words by range of an order's value."""
    return {
        "not_said": _("They would rather not say"),
        "under_10k": _("Under $10,000"),
        "10k_50k": _("$10,000 to $50,000"),
        "50k_250k": _("$50,000 to $250,000"),
        "over_250k": _("Over $250,000"),
    }


def step_words() -> dict[str, str]:
    """Words by step, for the history."""
    return {
        "proposed": _("The firm was told and asked"),
        "firm_yes": _("The firm said yes"),
        "firm_no": _("The firm said no"),
        "project_yes": _("The project’s side said yes"),
        "project_no": _("The project’s side said no"),
        "introduced": _("They were introduced"),
        "meeting": _("They met"),
        "quote": _("A quote was sent"),
        "order": _("An order or contract"),
        "nothing": _("Nothing came of it"),
        "closed": _("Closed"),
        "taken_over": _("Taken over"),
        "postponed": _("Another day to answer by"),
        "may_be_named": _("The firm may be named"),
        "not_named": _("The firm may not be named"),
        "noted": _("The note was changed"),
        "undone": _("Undone"),
    }
