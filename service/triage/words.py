"""What pages say of the sorting and of what a call has changed."""

from __future__ import annotations

from matcher import StatementKind
from service.triage.actions import Standing
from service.triage.rules import Sorted
from service.words import _, ngettext


def reason_words(found: Sorted) -> str:
    """Why our rules put a firm where they do."""
    told = ", ".join(found.told)
    known = {
        "code": _("industry code %(told)s", told=told),
        "words": _("says: %(told)s", told=told),
        "both": _("speaks for and against: %(told)s", told=told),
        "kind": _("kind of organisation"),
        "none": _("its list says nothing of what it does"),
    }
    return known[found.why]


def thing_words() -> dict[str, str]:
    """What a thing that a firm said can be."""
    return {
        StatementKind.CAPABILITY.value: _("What they do"),
        StatementKind.SERVICE.value: _("Service"),
        StatementKind.PRODUCT.value: _("Product"),
        StatementKind.EQUIPMENT.value: _("Machine or equipment"),
        StatementKind.MATERIAL.value: _("Material"),
        StatementKind.CERTIFICATE.value: _("Certificate"),
        StatementKind.SIZE.value: _("Number of people"),
        StatementKind.NOTE.value: _("Note: no fact, only for us"),
    }


def standing_words(one: Standing) -> str:
    """Where a firm stands in the lists of open projects."""
    if one.too_little:
        return _("we knew too little")
    said = []
    if one.worth:
        n = len(one.worth)
        said.append(ngettext("worth a call for %(num)s open project", "worth a call for %(num)s open projects", n))
    if one.maybe:
        said.append(ngettext("maybe for %(num)s", "maybe for %(num)s", len(one.maybe)))
    return ", ".join(said) or _("unlikely for every open project")


def change_words(before: Standing, after: Standing) -> str:
    """What a call has changed."""
    if before == after:
        if after.too_little:
            return _("Nothing changed in our lists: we still know too little. Ask one or two things more.")
        return _("Nothing changed in our lists: %(now)s.", now=standing_words(after))
    now = _("we still know too little") if after.too_little else standing_words(after)
    return _("Before: %(before)s. Now: %(now)s.", before=standing_words(before), now=now)
