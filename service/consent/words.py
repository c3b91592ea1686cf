"""What pages say of the reasons for which we may write."""

from __future__ import annotations

from service.consent.rules import Basis, StopReason
from service.words import _


def basis_words() -> dict[str, str]:
    """Reasons that can be recorded, the usual one first."""
    return {
        Basis.MEMBER.value: _("They are a member, or were one"),
        Basis.EXPRESS.value: _("They agreed to our letters, by telephone or on paper"),
        Basis.PURCHASE.value: _("They bought something from us, or had a contract with us"),
        Basis.INQUIRY.value: _("They asked us something"),
        Basis.PUBLISHED.value: _("Their address stands in public, for such work"),
    }


def short_words() -> dict[str, str]:
    """The same in a line of a table."""
    return {
        Basis.MEMBER.value: _("member"),
        Basis.EXPRESS.value: _("agreed to letters"),
        Basis.PURCHASE.value: _("purchase or contract"),
        Basis.INQUIRY.value: _("asked us something"),
        Basis.PUBLISHED.value: _("address in public"),
    }


def basis_hints() -> dict[str, str]:
    """How long each of them lasts, and what it needs."""
    return {
        Basis.MEMBER.value: _("Lasts while they are a member, and two years after."),
        Basis.EXPRESS.value: _("Lasts until they take it back."),
        Basis.PURCHASE.value: _("Lasts two years from the purchase, or from the end of the contract."),
        Basis.INQUIRY.value: _("Lasts six months from their question."),
        Basis.PUBLISHED.value: _(
            "Only where nothing beside it says that they want no advertising. Look again after a year."
        ),
    }


def stop_words() -> dict[str, str]:
    """Why an address gets nothing."""
    return {
        StopReason.WITHDRAWN.value: _("They want no more letters"),
        StopReason.BOUNCED.value: _("Mail to it came back"),
        StopReason.COMPLAINED.value: _("They complained"),
    }


def asked_words() -> dict[str, str]:
    """How somebody asked for a letter in which they can agree."""
    return {"phone": _("They asked me for it by telephone"), "in_person": _("They asked me for it in person")}
