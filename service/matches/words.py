"""How rankings are told on pages: in words that an officer uses on the telephone."""

from __future__ import annotations

from textwrap import shorten

from matcher import Band, Evidence, Filters, Removed, Role, Stage, WhyNot
from service.firms.words import source_words
from service.words import _, mark, ngettext

LONGEST_NEED = 90
# What counted for a firm's place, by feature.
_FEATURES = {
    "base": mark("where every firm starts"),
    "words_whole": mark("same words as the project"),
    "likeness_whole": mark("means something like the project"),
    "words_parts": mark("same words as the parts that it fits best"),
    "likeness_parts": mark("means something like the parts that it fits best"),
    "words_needs": mark("same words as what they need"),
    "likeness_needs": mark("means something like what they need"),
    "serves_plants": mark("offers what nearly every plant buys"),
    "phrases_whole": mark("says words of the text side by side"),
    "likeness_profile": mark("all it says is like the text"),
    "shared_things": mark("names the same processes, materials and products"),
    "profile_length": mark("how much we have read of it"),
    "only_sells": mark("sells what others make"),
    "off_topic": mark("teaches, or serves households"),
}


def need_words(text: str, longest: int = LONGEST_NEED) -> str:
    """A need's words, cut at a word where they are a whole sentence."""
    plain = text.rstrip(" .;")
    return plain if len(plain) <= longest else shorten(plain, longest, placeholder=" …")


def distance_words(km: float | None) -> str:
    """A distance from town to town; empty when it is not known."""
    if km is None:
        return ""
    if km == 0:
        return _("in the same town")
    return _("about %(km)s km, town to town", km=max(5, 5 * round(km / 5)))


def who_said(quote: Evidence) -> str:
    """Who said something: the firm's web page, a file, a person; of many addresses the first."""
    return source_words(quote.source)


def source_link(quote: Evidence) -> str:
    """The page that a quote comes from, if it is one."""
    first = (quote.source or "").split("; ")[0]
    return first if first.startswith(("https://", "http://")) else ""


def role_words(role: Role) -> str:
    """The name of a role."""
    return _("Suppliers") if role is Role.SUPPLIER else _("Partners")


def stage_note(stage: Stage) -> str:
    """Why partners are not looked for; empty where they are."""
    return {
        Stage.CALL: "",
        Stage.SEEKING: "",
        Stage.ANNOUNCED: _("The team is already formed: these are possible suppliers."),
        Stage.RUNNING: _("The team is already formed: these are possible suppliers."),
        Stage.FINISHED: _("This project is finished. These firms would have fitted as suppliers."),
        Stage.UNKNOWN: _(
            "We do not know whether the team is formed. Set the stage to “Seeking partners” to see partners."
        ),
    }[stage]  # fmt: skip


def takes_partners(stage: Stage) -> bool:
    """Whether a project of this stage may still take partners."""
    return stage in (Stage.CALL, Stage.SEEKING)


def asked_fact(name: str, filters: Filters) -> str:
    """What a firm does not say, by filter."""
    return {
        "region": _("where they are"),
        "within_km": _("where they are"),
        "certification": _("whether they hold %(certificate)s", certificate=filters.certification),
        "naics": _("what industry they are in"),
        "size": _("how many people work there"),
        "membership": _("whether they are members"),
    }[name]


def ask_fact(name: str, filters: Filters) -> str:
    """The question that settles what a filter asks."""
    return {
        "region": _("Where is your plant?"),
        "within_km": _("Where is your plant?"),
        "certification": _("Do you hold %(certificate)s, or could you?", certificate=filters.certification),
        "naics": _("What is your industry code (NAICS)?"),
        "size": _("How many people work at your plant?"),
        "membership": _("Are you a member of the chamber?"),
    }[name]


def removed_words(removed: Removed, filters: Filters, origin: str) -> str:
    """How many firms a filter took out, and why."""
    n, km = removed.n_fails, f"{filters.within_km or 0:g}"
    if removed.filter == "region":
        where = filters.region
        return ngettext("%(num)s elsewhere than %(region)s", "%(num)s elsewhere than %(region)s", n, region=where)
    if removed.filter == "within_km":
        return ngettext(
            "%(num)s farther than %(km)s km from %(town)s", "%(num)s farther than %(km)s km from %(town)s", n,
            km=km, town=origin,
        )  # fmt: skip
    if removed.filter == "naics":
        return ngettext("%(num)s in another industry", "%(num)s in other industries", n)
    if removed.filter == "size":
        return ngettext("%(num)s of another size", "%(num)s of another size", n)
    if removed.filter == "membership":
        return ngettext("%(num)s member", "%(num)s members", n) if filters.member is False else ngettext(
            "%(num)s that is no member", "%(num)s that are no members", n
        )  # fmt: skip
    if removed.filter == "left_out":
        return ngettext("%(num)s that you took off", "%(num)s that you took off", n)
    return ""


def unstated_words(removed: Removed, filters: Filters) -> str:
    """How many firms do not say what a filter asks."""
    return ngettext(
        "%(num)s firm never said %(fact)s", "%(num)s firms never said %(fact)s", removed.n_not_stated,
        fact=asked_fact(removed.filter, filters),
    )  # fmt: skip


def reason_words(found: WhyNot, name: str, filters: Filters, unmet: list[str]) -> str:
    """The one reason that a firm is not higher.

    Args:
        found: from the library.
        name: of the firm.
        filters: of the page.
        unmet: needs that its profile says nothing of.
    """
    if found.reason == "weaker_match":
        if not unmet:
            return _("Others fit the project's words better.")
        needs = "; ".join(need_words(text, 70) for text in unmet[:3])
        return _("Others fit better. We have read nothing of %(name)s on: %(needs)s.", name=name, needs=needs)
    km = f"{filters.within_km or 0:g}"
    words = {
        "none": _("Nobody stands higher."),
        "already_in": _("It is already in this project, or belongs to a firm that is."),
        "not_candidate": _("It is a chamber, a funder or an association: these are never on the list."),
        "no_profile": _("We know nothing of what it does. Ask it, and write it down here."),
        "not_stated": _("They never said %(fact)s, so they stand under “Ask first”.", fact=_missing(found, filters)),
        "region": _("It is elsewhere than %(region)s, which the filter asks for.", region=filters.region),
        "within_km": _("It is farther than %(km)s km, which the filter asks for.", km=km),
        "naics": _("It is in another industry than the filter asks for."),
        "size": _("It is of another size than the filter asks for."),
        "membership": _("It is no member, and the filter asks for members.")
        if filters.member
        else _("It is a member, and the filter asks for others."),
    }  # fmt: skip
    return words.get(found.reason, _("It does not meet a filter."))


def _missing(found: WhyNot, filters: Filters) -> str:
    names = found.match.not_stated if found.match else ()
    return ", ".join(dict.fromkeys(asked_fact(name, filters) for name in names)) or _("what the filter asks")


def feature_words(name: str) -> str:
    """What counted for a firm's place."""
    return _(_FEATURES[name]) if name in _FEATURES else name.replace("_", " ")


def strength_words(logit: float) -> str:
    """How much something counted, without a number."""
    size = abs(logit)
    if size < 0.05:
        return _("hardly counts")
    if size < 0.5:
        return _("counts a little for it") if logit > 0 else _("counts a little against it")
    if size < 2.0:
        return _("counts for it") if logit > 0 else _("counts against it")
    return _("counts much for it") if logit > 0 else _("counts much against it")


def band_words(band: Band) -> str:
    """The name of a band."""
    return {
        Band.WORTH_A_CALL: _("Worth a call"),
        Band.MAYBE: _("Maybe"),
        Band.UNLIKELY: _("Unlikely"),
        Band.TOO_LITTLE: _("We know too little"),
    }[band]


def verdict_words(verdict: str) -> str:
    """An opinion in words."""
    return {
        "right": _("Right"),
        "wrong_capability": _("Wrong thing: they do not do this"),
        "wrong_role": _("Wrong role"),
        "not_available": _("Not available"),
    }[verdict]
