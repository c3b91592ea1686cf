"""What pages say of stages, release levels, roles and what was done with a project."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from matcher import NeedRole, Project, Release, Stage, is_open
from service.words import _, ngettext

# Names of the page's own addresses below /projects: no project may be called so.
RESERVED = frozenset({"new", "read", "opinions.tsv"})


# Days are counted for people when there are few.
MOST_DAYS = 120


def stage_words() -> dict[str, str]:
    """Stages, in the order of a project's life."""
    return {
        Stage.CALL.value: _("Call for projects"),
        Stage.SEEKING.value: _("Seeking partners"),
        Stage.ANNOUNCED.value: _("Announced, may still buy"),
        Stage.RUNNING.value: _("Under way"),
        Stage.FINISHED.value: _("Finished"),
        Stage.UNKNOWN.value: _("Stage not known"),
    }


def release_words() -> dict[str, str]:
    """Who may see a project."""
    return {
        Release.ONLY_US.value: _("Only us"),
        Release.SHORT_NOTE.value: _("A short note that we approved"),
        Release.FULL_TEXT.value: _("The full text"),
    }


def release_hints() -> dict[str, str]:
    """What each of these means."""
    return {
        Release.ONLY_US.value: _("Nothing of it leaves the chamber."),
        Release.SHORT_NOTE.value: _("Members and the project’s side may read the note below, and no more."),
        Release.FULL_TEXT.value: _("Members may read title, description and needs."),
    }


def role_words() -> dict[str, str]:
    """Who would meet a need."""
    return {
        NeedRole.SUPPLIER.value: _("supplier"),
        NeedRole.PARTNER.value: _("partner"),
        NeedRole.EITHER.value: _("supplier or partner"),
    }


def takes_partners(stage: Stage) -> bool:
    """Whether a project of this stage may still take partners; later ones only buy."""
    return stage in (Stage.CALL, Stage.SEEKING)


def last_day(text: str) -> date:
    """The last day that a date of year, month or day precision can mean."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return date(*parts)
    year, month = parts[0], parts[1] if len(parts) == 2 else 12
    return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)


def days_left(project: Project, day: date) -> int | None:
    """Days until a project closes, 0 on the last one, negative when it is past; None when no date is known."""
    return None if project.closes is None else (last_day(project.closes) - day).days


def needs_check(project: Project, day: date) -> bool:
    """Whether only a look is missing: stage and date let it be open, and nobody has looked for too long."""
    looked = Project(project.id, project.title, stage=project.stage, closes=project.closes, checked=day.isoformat())
    return is_open(looked, day) and not is_open(project, day)


def closing_words(project: Project, day: date) -> str:
    """How long there is still time, in words; empty when no closing date is known or it is far off."""
    left = days_left(project, day)
    if left is None:
        return ""
    if left < 0:
        return _("is closed")
    if left == 0:
        return _("last day today")
    if left > MOST_DAYS:
        return ""
    return ngettext("%(num)s day left", "%(num)s days left", left)


def done_words(action: str) -> str:
    """What an entry of the history says was done."""
    known = {
        "project.create": _("added the project"),
        "project.import": _("brought it in with a file"),
        "project.read": _("read a brief"),
        "project.replace": _("replaced the project"),
        "project.patch": _("changed the project"),
        "project.check": _("looked: still right"),
        "project.release": _("changed who may see it"),
        "project.export": _("made a document for outsiders"),
        "project.delete": _("deleted the project"),
        "need.add": _("added a need"),
        "need.edit": _("changed a need"),
        "need.confirm": _("said that a need is right"),
        "need.reject": _("said that something is not needed"),
        "need.restore": _("put back what was not needed"),
        "need.delete": _("took a need away"),
        "contact.add": _("added a contact"),
        "contact.change": _("changed a contact"),
        "contact.delete": _("deleted a contact"),
        "opinion.add": _("gave an opinion on a firm"),
        "opinion.undo": _("took an opinion back"),
        "call_list.create": _("made a call list"),
        "call_list.close": _("closed a call list"),
    }
    return known.get(action, _("changed something"))


def goes_words(counts: dict[str, int], n_needs: int) -> list[str]:
    """What a deletion takes along, in words; ``counts`` by table."""
    said: dict[str, Callable[[int], str]] = {
        "needs": lambda n: ngettext("%(num)s need", "%(num)s needs", n),
        "contacts": lambda n: ngettext("%(num)s contact", "%(num)s contacts", n),
        "call_lists": lambda n: ngettext("%(num)s call list", "%(num)s call lists", n),
        "calls": lambda n: ngettext("%(num)s call with its answer", "%(num)s calls with their answers", n),
        "introductions": lambda n: ngettext(
            "%(num)s introduction with its history", "%(num)s introductions with their history", n
        ),
        "opinions": lambda n: ngettext("%(num)s opinion of staff", "%(num)s opinions of staff", n),
        "hand_picked": lambda n: ngettext("%(num)s firm added by hand", "%(num)s firms added by hand", n),
        "kept_apart": lambda n: ngettext(
            "%(num)s note on a firm not to be put together with it",
            "%(num)s notes on firms not to be put together with it",
            n,
        ),
        "briefs": lambda n: _("what was read from its brief"),
        "release_notes": lambda n: _("the short note for others"),
    }
    found = {"needs": n_needs, **counts}
    return [words(found[name]) for name, words in said.items() if found.get(name)]
