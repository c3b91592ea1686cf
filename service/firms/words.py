"""What pages say of firms: kinds of statements, how something is known, and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from matcher import FirmKind, StatementKind
from service.words import _, ngettext

# Names of pages below /firms: no firm is called so by a page.
RESERVED = frozenset({"new", "learn", "sort"})
HOW = ("phone", "mail", "in_person")
# How something is known that a firm wrote or confirmed on its own page.
OWN_PAGE = "the firm, on its own page"


def fit_words() -> dict[str, str]:
    """Whether a firm could fit such projects."""
    return {"could": _("Could fit"), "not": _("Probably not"), "unsure": _("Cannot tell")}


def firm_kind_words() -> dict[str, str]:
    """What an organisation is."""
    return {
        FirmKind.FIRM.value: _("Firm"),
        FirmKind.RESEARCH.value: _("Research organisation"),
        FirmKind.ASSOCIATION.value: _("Association"),
        FirmKind.CHAMBER.value: _("Chamber"),
        FirmKind.FUNDER.value: _("Funder"),
    }


def statement_kind_words() -> dict[str, str]:
    """Kinds that a person chooses from when they write what a firm does."""
    return {
        StatementKind.CAPABILITY.value: _("What they do"),
        StatementKind.PRODUCT.value: _("Product"),
        StatementKind.SERVICE.value: _("Service"),
        StatementKind.EQUIPMENT.value: _("Machine or equipment"),
        StatementKind.MATERIAL.value: _("Material"),
        StatementKind.CERTIFICATE.value: _("Certificate"),
        StatementKind.SUMMARY.value: _("In short"),
        StatementKind.NOTE.value: _("Note (not searched)"),
    }


def group_words() -> dict[StatementKind, str]:
    """Headings above statements, in the order of the page; kinds of one heading stand together."""
    return {
        StatementKind.SUMMARY: _("In short"),
        StatementKind.CAPABILITY: _("What they do"),
        StatementKind.SERVICE: _("What they do"),
        StatementKind.PRODUCT: _("Products"),
        StatementKind.EQUIPMENT: _("Machines and equipment"),
        StatementKind.MATERIAL: _("Materials"),
        StatementKind.CERTIFICATE: _("Certificates"),
        StatementKind.SIZE: _("Size, place and codes"),
        StatementKind.PLACE: _("Size, place and codes"),
        StatementKind.NAICS: _("Size, place and codes"),
        StatementKind.MEMBERSHIP: _("Size, place and codes"),
        StatementKind.ACTIVITY: _("Size, place and codes"),
        StatementKind.NOTE: _("Notes"),
    }


def how_words() -> dict[str, str]:
    """How somebody told us something."""
    return {"phone": _("by phone"), "mail": _("by e-mail"), "in_person": _("in person")}


def told_words() -> dict[str, str]:
    """How a firm told us something, by itself or through us."""
    return {**how_words(), OWN_PAGE: _("by the firm, on its own page")}


def source_words(source: str | None) -> str:
    """Where something was read, for people; of many addresses the first."""
    first, *more = (source or "").split("; ")
    if not first:
        return _("source not written down")
    host = (urlsplit(first).hostname or "").removeprefix("www.") if first.startswith(("http://", "https://")) else ""
    said = _("public page %(site)s", site=host) if host else told_words().get(first, first)
    return said if not more else _("%(source)s and %(n)s more", source=said, n=len(more))


def source_link(source: str | None) -> str:
    """The page that a source is; empty for what is none."""
    first = (source or "").split("; ")[0]
    return first if first.startswith(("https://", "http://")) else ""


def double_words(reason: str) -> str:
    """Why two firms may be the same."""
    known = {"same website": _("same website"), "close name and place": _("a very similar name, same town")}
    return known.get(reason, reason)


def belonging_words(counts: Mapping[str, int]) -> list[str]:
    """What hangs on a firm, counted."""
    said = []
    for name, n in counts.items():
        words = {
            "contacts": ngettext("%(num)s contact", "%(num)s contacts", n),
            "introductions": ngettext("%(num)s introduction", "%(num)s introductions", n),
            "calls": ngettext("%(num)s call", "%(num)s calls", n),
            "opinions": ngettext("%(num)s opinion of our staff", "%(num)s opinions of our staff", n),
            "hand_picked": ngettext(
                "%(num)s place on a list, added by hand", "%(num)s places on lists, added by hand", n
            ),
            "kept_apart": ngettext(
                "%(num)s note that it must not meet a project", "%(num)s notes that it must not meet a project", n
            ),
            "shown": ngettext(
                "on how many lists it was: %(num)s project", "on how many lists it was: %(num)s projects", n
            ),
            "merges": ngettext(
                "%(num)s firm that was merged into it", "%(num)s firms that were merged into it", n
            ),
        }  # fmt: skip
        said.append(words.get(name, f"{n}"))
    return said


def done_words(action: str, details: Mapping[str, Any]) -> str:
    """What was done with a firm, in words."""
    n = len(details.get("statements", ())) or 1
    known = {
        "firm.create": _("Added to our list"),
        "firm.import": _("Read from a list"),
        "firm.import_undone": _("Reading of a list was taken back"),
        "firm.replace": _("Replaced by a program"),
        "firm.patch": _("Facts changed"),
        "firm.delete": _("Deleted for good"),
        "firm.merge": _("Another firm was merged into it"),
        "firm.merged_away": _("Merged into another firm"),
        "firm.unmerge": _("A merge was taken back"),
        "firm.not_double": _("Not the same firm as another one"),
        "firm.sort": _("Sorted: %(fit)s", fit=fit_words().get(details.get("fit") or "", _("not sorted yet"))),
        "firm.first_time": _("Noted whether it is new to such projects"),
        "firm.archive": _("Was put away"),
        "firm.bring_back": _("Brought back"),
        "firm.ask_deletion": _("Asked to be deleted"),
        "firm.settle_deletion": _("Stays after all"),
        "firm.hand_in": _("Wrote a paragraph for us"),
        "firm.settle_paragraph": _("What it wrote was read"),
        "statement.add": ngettext("%(num)s statement added", "%(num)s statements added", n),
        "statement.confirm": ngettext("%(num)s statement confirmed", "%(num)s statements confirmed", n),
        "statement.edit": _("A statement was corrected"),
        "statement.retract": _("A statement was taken away"),
        "contact.add": _("A contact was added"),
        "contact.change": _("A contact was changed"),
        "contact.delete": _("A contact was deleted"),
    }
    return known.get(action, action.split(".")[-1].replace("_", " ").replace("-", " "))
