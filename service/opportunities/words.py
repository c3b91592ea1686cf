"""Words of runs and lists, for pages and the command line."""

from __future__ import annotations

from service.consent import ledger
from service.consent.ledger import Permission
from service.consent.rules import Refusal
from service.opportunities.letters import outdated_words
from service.words import _


def run_state_words() -> dict[str, str]:
    """Where a run stands."""
    return {
        "preparing": _("being made"),
        "ready": _("waits for somebody to let it go"),
        "releasing": _("going out"),
        "released": _("let go"),
        "stopped": _("stopped"),
        "empty": _("nobody had anything to be told"),
    }


def list_state_words() -> dict[str, str]:
    """Where a list stands."""
    return {
        "ready": _("ready"), "left_out": _("left out"), "released": _("in line"), "sent": _("left"),
        "stopped": _("stopped"), "failed": _("did not get through"),
    }  # fmt: skip


def kind_words() -> dict[str, str]:
    """What a list is."""
    return {
        "list": _("opportunities"), "question": _("one question"), "nothing_fitted": _("nothing fitted this quarter"),
        "useful": _("are our lists of use?"),
    }  # fmt: skip


def news_words() -> dict[str, str]:
    """Why an opportunity is on a list."""
    return {"new": _("new"), "changed": _("changed"), "closing": _("closes soon")}


def left_out_words() -> dict[str, str]:
    """Why somebody gets no list."""
    own = {
        "no_firm": _("their firm is not here any more"),
        "unfit": _("their firm is put away, or sorted as probably not"),
        "waiting": _("a list for them waits already"),
        "nothing_confirmed": _("nothing that we believe of their firm is confirmed yet"),
        "nothing_confirmed_fits": _("what fits is not confirmed yet"),
        "busy": _("they said that they are too busy for now"),
        "not_yet": _("they had one, or want them less often"),
        "nothing_new": _("nothing new for them"),
        "had_one": _("they had one in this week"),
        "by_staff": _("left out by hand"),
        "outdated": outdated_words(),
    }
    return own | {one.value: ledger.refusal_words(Permission(False, refusal=one)) for one in Refusal}
