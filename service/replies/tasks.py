"""Promises to call that wait for staff; a broken one tops everybody's day."""

from __future__ import annotations

from datetime import date

from service.context import Services
from service.firms import notes
from service.introductions.tasks import Task, owners_for
from service.replies import repository
from service.security import Caller
from service.words import _


def promised_calls(services: Services, caller: Caller, today: date) -> list[Task]:
    """Firms that said yes by a link and wait for a call: one's own, and those of others that are late."""
    mine = owners_for(services, caller)
    with services.database.read() as tx:
        found = repository.open_promises(tx)
    due = [one for one in found if one.officer_id in mine or one.call_by < today.isoformat()]
    names = notes.names_of(services.database, {one.firm_id for one in due})
    return [
        Task(
            "promise", names.get(one.firm_id, one.firm_id), _("said “Yes, call me”, and was promised a call."),
            _("Call them"), f"/lists/answers/{one.id}", date.fromisoformat(one.call_by), one.made_at,
        )
        for one in due
    ]  # fmt: skip
