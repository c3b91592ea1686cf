"""What a firm's own page says: who told us something, how lists can come, and what was just done."""

from __future__ import annotations

from functools import cache

from service.firms.words import HOW, OWN_PAGE, source_words
from service.introductions.repository import Introduction
from service.introductions.words import State
from service.words import LANGUAGES, _, ngettext, translations


def said_words(code: str, number: str) -> str:
    """What was just done, once, on top of the page; empty for what is no code of ours."""
    n = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0
    known = {
        "confirmed": ngettext(
            "Thank you. %(num)s line is confirmed.", "Thank you. %(num)s lines are confirmed.", n
        ),
        "nothing": _("There was nothing left to confirm."),
        "corrected": _("Thank you. The line now says it in your words."),
        "removed": _("The line is gone. Reading the same list again does not bring it back."),
        "added": ngettext("Thank you. %(num)s line is added.", "Thank you. %(num)s lines are added.", n),
        "held": _("That stands there already, in the same words."),
        "handed_in": _("Thank you. Somebody of the chamber reads it and comes back to you."),
        "facts": _("Thank you. That is changed."),
        "wishes": _("Saved. We write as you asked."),
        "agreed": _("Thank you. We will send you opportunities, and you can stop them at any time."),
        "stopped": _("Stopped. You get no more opportunities by e-mail. A short receipt is on its way."),
        "deletion": _("Your wish is with us. A receipt is on its way to your mailbox."),
        "kept": _("Good. Nothing will be deleted."),
    }  # fmt: skip
    return known.get(code, "")


def who_words(source: str | None) -> str:
    """Who said a line, as its firm reads it."""
    first = (source or "").split("; ")[0]
    if first == OWN_PAGE:
        return _("you, on this page")
    return _("you, to us") if first in _told() else source_words(source)


@cache
def _told() -> frozenset[str]:
    """How staff wrote down, in any language, that a firm told them something."""
    found = set(HOW)
    for code in LANGUAGES:
        say = translations(code).gettext
        found |= {say("the firm, %(how)s") % {"how": say(how)} for how in ("by phone", "by e-mail", "in person")}
    return frozenset(found)


def how_words(how: str, *, wrote: bool = False) -> str:
    """How a line was confirmed, as its firm reads it; ``wrote``: in its own words."""
    if wrote:
        return _("you wrote it on this page")
    known = {
        OWN_PAGE: _("you confirmed it on this page"),
        "phone": _("you confirmed it by phone"),
        "mail": _("you confirmed it by e-mail"),
        "in_person": _("you confirmed it in person"),
    }
    return known.get(how, _("confirmed"))


def rhythm_words() -> dict[str, str]:
    """How often lists come."""
    return {
        "weekly": _("When there is something, at most once a week"),
        "daily": _("When there is something, at most once a day"),
        "monthly": _("At most once a month"),
        "quarterly": _("At most every three months"),
        "at_closing": _("Once a week, and at once when something closes within 14 days"),
        "paused": _("Not now: pause"),
    }


def weekday_words() -> dict[int, str]:
    """Days of the week, Monday first."""
    return {
        0: _("Monday"),
        1: _("Tuesday"),
        2: _("Wednesday"),
        3: _("Thursday"),
        4: _("Friday"),
        5: _("Saturday"),
        6: _("Sunday"),
    }


def heading_words() -> dict[str, str]:
    """Headings above a firm's lines, by the heading that staff see."""
    return {_("What they do"): _("What you do")}


def kind_words() -> dict[str, str]:
    """Kinds of lines that a firm can write about itself."""
    return {
        "capability": _("What we do"),
        "product": _("Product"),
        "service": _("Service"),
        "equipment": _("Machine or equipment"),
        "material": _("Material"),
        "certificate": _("Certificate"),
        "summary": _("In short"),
    }


def fact_words() -> dict[str, str]:
    """Facts that a firm can change."""
    return {
        "city": _("Town"),
        "province": _("Province"),
        "postal_code": _("Postal code"),
        "website": _("Website"),
        "employees": _("People who work there"),
    }


def answer_words(answer: str) -> str:
    """What a firm answered to an opportunity."""
    known = {
        "yes": _("You said: yes, call me"),
        "no": _("You said: not for us"),
        "colleague": _("You sent it to a colleague"),
    }
    return known.get(answer, "")


def introduction_words(one: Introduction) -> str:
    """Where an introduction stands, as its firm reads it."""
    if one.firm_answer == "no":
        return _("You said no.")
    if one.project_answer == "no":
        return " ".join(
            part for part in (_("You said yes. The other side chose differently."), _why(one.reason)) if part
        )
    return {
        State.PROPOSED: _("We asked you. Your answer is still open."),
        State.FIRM_YES: _("You said yes. We are asking the other side."),
        State.BOTH_YES: _("Both said yes. We bring you together."),
        State.INTRODUCED: _("You were introduced."),
        State.CLOSED: _("This is closed."),
    }[State(one.state)]


def _why(reason: str | None) -> str:
    """Why the other side said no, as far as we know; who was chosen is not said."""
    known = {
        "certificate": _("They chose a firm with a certificate that they need."),
        "price": _("It was a question of price."),
        "quantity": _("It was a question of quantity."),
        "timing": _("The time did not suit."),
        "distance": _("It was a question of distance."),
        "project_changed": _("The project changed or ended."),
    }
    return known.get(reason or "", "")


def outcome_words() -> dict[str, str]:
    """What came of an introduction, as its firm reads it."""
    return {
        "meeting": _("You met."),
        "quote": _("You sent a quote."),
        "order": _("It became an order or contract."),
        "nothing": _("Nothing came of it."),
    }
