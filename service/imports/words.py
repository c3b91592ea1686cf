"""What pages say of lists: fields of columns, what is wrong with a row, and how far an import is."""

from __future__ import annotations

from typing import Any

from service.firms.words import group_words
from service.words import _


def field_words() -> dict[str, str]:
    """What a column can hold, in the order of the choice."""
    return {
        "name": _("Name of the firm"),
        "city": _("Town"),
        "province": _("Province"),
        "country": _("Country"),
        "postal_code": _("Postal code"),
        "address": _("Address"),
        "website": _("Website"),
        "contact": _("Contact (person, e-mail, telephone)"),
        "membership": _("Member or not"),
        "expires": _("Membership ends"),
        "employees": _("Number of people"),
        "description": _("Description"),
        "capabilities": _("What they do"),
        "category": _("Kind of business"),
        "products": _("Products"),
        "services": _("Services"),
        "equipment": _("Machines and equipment"),
        "materials": _("Materials"),
        "certifications": _("Certificates"),
        "naics": _("Industry code (NAICS)"),
        "lang": _("Language"),
        "id": _("Member number"),
        "note": _("Keep as a note"),
        "ignore": _("Leave out"),
    }


def member_choices() -> dict[str, str]:
    """Whether those on a list are members; this is why their people may be mailed."""
    return {
        "yes": _("All of them, where the list does not say otherwise"),
        "list": _("Those marked in a column of the list"),
        "unsure": _("Not sure"),
        "no": _("None: it is another list, such as prospects or exhibitors"),
    }


def member_hints() -> dict[str, str]:
    """What each of these means for letters."""
    may = _("Letters may go to their people. We note this file and your name as the reason.")
    may_not = _("We will not mail them.")
    return {"yes": may, "list": may, "unsure": may_not, "no": may_not}


def fact_words() -> dict[str, str]:
    """Names of a firm's facts."""
    return {
        "name": _("Name"),
        "kind": _("What it is"),
        "city": _("Town"),
        "province": _("Province"),
        "country": _("Country"),
        "postal_code": _("Postal code"),
        "website": _("Website"),
        "employees": _("Number of people"),
        "member": _("Member"),
        "group": _("Group of companies"),
        "lang": _("Language"),
    }


def change_words(row: list[str]) -> tuple[str, str, str]:
    """One difference: what, before, after; empty is nothing."""
    what, name, before, after = row
    if what == "field":
        if name == "member":
            said = {"True": _("Yes"), "False": _("No")}
            before, after = said.get(before, before), said.get(after, after)
        return fact_words().get(name, name), before, after
    kinds = {kind.value: words for kind, words in group_words().items()}
    label = kinds.get(name, _("What they do"))
    if what == "origin":
        return label, before, _("the same words, also in this list")
    return label, before, after


def refusal_words(row: dict[str, Any]) -> str:
    """Why a row was not read."""
    reason = str(row["reason"])
    if "no name of a firm" in reason:
        return _("It has no name of a firm: fill it in.")
    if "the same firm stands on" in reason:
        where = reason.split("stands on ", 1)[1].split(" with another ", 1)
        return _(
            "The same firm stands on %(where)s with other facts: keep one of the two.", where=where[0]
        )  # fmt: skip
    if "the id stands on line" in reason:
        return _("Its number stands in an earlier row already: give each firm its own.")
    if "cells, the table" in reason:
        return _("It has more cells than the table has columns: is there a separator inside a text?")
    return reason
