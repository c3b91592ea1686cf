"""Words of letters, for pages."""

from __future__ import annotations

from service.words import _


def state_words() -> dict[str, str]:
    """Where a letter stands."""
    return {
        "held": _("waits for somebody to let it go"),
        "queued": _("in line"),
        "claimed": _("on its way"),
        "sent": _("left"),
        "failed": _("did not get through"),
        "refused": _("not allowed to go"),
        "stopped": _("stopped"),
    }


def how_words() -> dict[str, str]:
    """By which way a letter left."""
    return {"smtp": _("by our mail server"), "folder": _("as a file"), "by_hand": _("sent by hand")}


def kind_words() -> dict[str, str]:
    """What a letter is; one without words here is shown as a letter."""
    return {
        "list": _("opportunities"),
        "question": _("one question"),
        "nothing_fitted": _("nothing fitted this quarter"),
        "own_sign_in": _("link to their page"),
        "own_stopped": _("receipt: no more letters"),
        "own_deletion": _("receipt: asked to be deleted"),
        "confirm_consent": _("question whether we may write"),
        "stopped": _("receipt: no more letters"),
        "new_link": _("a new link"),
        "introduced": _("introduction"),
        "news": _("news of their answer"),
        "follow_up": _("what came of it?"),
    }
