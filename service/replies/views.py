"""Where an answer stands, in plain words and without a name that is not theirs to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from matcher import find_place, is_open, matches_region
from service.clock import today
from service.context import Services
from service.introductions import repository as introductions_repository
from service.introductions.repository import Introduction
from service.introductions.words import State
from service.projects import repository as projects_repository
from service.replies import repository
from service.replies.actions import Opened
from service.setup import repository as setup_repository
from service.words import _, ngettext

# Projects looked at within two years count as recent.
RECENT = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an answer stands.

    Attributes:
        words: in one sentence.
        more: what can be learned from a no; empty otherwise.
        call_by: the day by which somebody calls; None once they did.
        said: what was said on the call, in our words.
        is_over: nothing more is to come.
    """

    words: str
    more: str
    call_by: date | None
    said: str
    is_over: bool


def standing_of(services: Services, opened: Opened) -> Standing:
    """Where the answer to one opportunity stands."""
    item = opened.item
    with services.database.read() as tx:
        stored = introductions_repository.find_for(tx, item.project_id, item.firm_id, item.role)
        promise = repository.promise_of_item(tx, item.id)
        chamber = setup_repository.find(tx)
    said = promise.word if promise is not None else ""
    waits = promise is not None and promise.kept_at is None
    call_by = date.fromisoformat(promise.call_by) if promise is not None and waits else None
    if item.answer == "no":
        return Standing(_("You said that this is not for you."), "", None, said, True)
    if stored is None or item.answer is None:
        return Standing(_("You have not answered yet."), "", None, said, False)
    if stored.state == State.CLOSED:
        words, more = _closed(services, stored, chamber.region if chamber else "")
        return Standing(words, more, None, said, True)
    words = {
        State.PROPOSED: _("We have your answer."),
        State.FIRM_YES: _("You said yes. We are asking the project’s side."),
        State.BOTH_YES: _("Both sides said yes. We are about to introduce you."),
        State.INTRODUCED: _("You were introduced. What came of it is yours to tell."),
    }[State(stored.state)]
    return Standing(words, "", call_by, said, False)


def _closed(services: Services, stored: Introduction, region: str) -> tuple[str, str]:
    reason = stored.reason
    if stored.outcome in ("meeting", "quote", "order"):
        return _("It came to something. Thank you for telling us."), ""
    if reason == "certificate":
        name, n_asking, n_recent = _certificates(services, stored.project_id, region)
        if name:
            words = _("They chose a firm with %(certificate)s.", certificate=name)
            more = ngettext(
                "%(asking)s of %(num)s recent project near you asked for it.",
                "%(asking)s of %(num)s recent projects near you asked for it.", n_recent, asking=n_asking,
            )  # fmt: skip
            return words, more
        return _("It was a question of a certificate."), ""
    said = {
        "project_side": _("The project’s side chose somebody else."),
        "project_changed": _("The project changed or ended."),
        "price": _("It was a question of price."),
        "quantity": _("It was a question of quantity."),
        "timing": _("The time did not suit."),
        "distance": _("It was a question of distance."),
    }
    return said.get(reason or "", _("Nothing came of it this time.")), ""


def _certificates(services: Services, project_id: str, region: str) -> tuple[str, int, int]:
    """A certificate that the project itself asks for; by how many recent projects near us, of how many.

    What the project does not ask for is not told as its reason: then the name is empty.
    """
    with services.database.read() as tx:
        stored = projects_repository.find(tx, project_id)
        mine = sorted({need.certificate for need in stored.record.needs if need.certificate}) if stored else []
        recent = [one.record for one in projects_repository.all_possibly_open(tx, today() - RECENT)]
    near = [
        one for one in recent if one.city and region and matches_region(find_place(one.city, one.province), region)
    ] or [one for one in recent if is_open(one, today())]
    asked = {name: sum(any(need.certificate == name for need in project.needs) for project in near) for name in mine}
    best = min(asked, key=lambda name: (-asked[name], name), default="")
    return best, asked.get(best, 0), len(near)
