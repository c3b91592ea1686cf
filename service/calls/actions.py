"""Make call lists, note what came of each call, close them. A yes on a call begins the introduction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from matcher import Role
from service import audit
from service.calls import picking, repository
from service.calls.picking import MOST_CALLS, Picked
from service.calls.repository import Call, CallList, ListCounts
from service.calls.tasks import open_calls as open_calls
from service.clock import now
from service.context import Services
from service.errors import Conflict, Invalid, NotFound, Stale
from service.introductions import days, steps
from service.introductions.steps import Between, Said, check_reason
from service.matches.params import PanelParams
from service.projects import actions as projects_actions
from service.projects import repository as projects_repository
from service.security import Caller
from service.words import _

MOST_NOTE = 2000
# What can come of a call, as the page asks it: the stored result, and the answer to what was asked.
ANSWERS: dict[str, tuple[str, str | None]] = {
    "open": ("open", None),
    "yes": ("reached", "yes"),
    "no": ("reached", "no"),
    "thinking": ("reached", None),
    "call_back": ("call_back", None),
    "no_answer": ("no_answer", None),
}


@dataclass(frozen=True, slots=True)
class Made:
    """What came of asking for a list.

    Attributes:
        is_new: or these firms were added to the list that is being called.
        n_added: calls that are new on it.
        n_asked: firms that were named and left out, since they were asked already.
    """

    made: CallList
    is_new: bool
    n_added: int
    n_asked: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a call.

    Attributes:
        answer: one of ``ANSWERS``.
        reason: of a no.
        call_back_on: ISO day, as it was typed.
        may_be_named: with a yes: outsiders of the project may read the firm's name.
    """

    answer: str
    reason: str = ""
    call_back_on: str = ""
    note: str = ""
    may_be_named: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """A call as it is now.

    Attributes:
        introduction_id: of what its answer began or moved; None for nothing.
        waits_for: title of another project about which the firm has still to answer, so that nothing was asked now.
    """

    call: Call
    introduction_id: str | None = None
    waits_for: str | None = None


def make_list(
    services: Services, caller: Caller, project_id: str, role: Role, *, params: PanelParams,
    firm_ids: Sequence[str] = (),
) -> Made:  # fmt: skip
    """Put firms on the call list of a project and role; a new one is made when none is being called.

    Args:
        services: the parts of this process.
        caller: who will call.
        project_id: of the project.
        role: what the firms would be.
        params: filters of the project's page.
        firm_ids: these firms, however they rank; none takes those worth a call, maybe, and added by hand.

    Raises:
        NotFound: there is no such project or firm.
        Conflict: there is nobody to call, a firm is in the project already, or should not be put together with it.
    """
    project = projects_actions.get_project(services, project_id).record
    with services.database.read() as tx:
        listed, asked = _listed(tx, project_id, role), repository.asked_already(tx, project_id, role.value)
        n_waiting = sum(call.result == "open" for call in listed)
    not_again = {call.firm_id for call in listed} | asked
    # The ranking is made before the lock is taken, so that nobody waits for it.
    if firm_ids:
        picked = picking.pick_these(services, project, role, params, firm_ids, not_again=not_again)
    else:
        most = MOST_CALLS - n_waiting
        picked = picking.pick_best(services, project, role, params, not_again=not_again, most=most)
    with services.database.write() as tx:
        return _store(tx, caller, project_id, role, picked, n_asked=len(set(firm_ids) & asked))


def get_list(services: Services, list_id: str) -> tuple[CallList, list[Call]]:
    """A list and its calls.

    Raises:
        NotFound: it is not there.
    """
    with services.database.read() as tx:
        return _find_list(tx, list_id), repository.calls_of(tx, list_id)


def get_call(services: Services, call_id: str) -> Call:
    """One call.

    Raises:
        NotFound: it is not there.
    """
    with services.database.read() as tx:
        return _find_call(tx, call_id)


def list_lists(services: Services, *, is_open: bool, limit: int, offset: int = 0) -> list[ListCounts]:
    """Lists with their counts, the newest first."""
    with services.database.read() as tx:
        return repository.counted(tx, is_open=is_open, limit=limit, offset=offset)


def of_project(services: Services, project_id: str) -> list[ListCounts]:
    """Lists of a project, those that are being called first."""
    with services.database.read() as tx:
        return [
            counted
            for is_open in (True, False)
            for counted in repository.counted(tx, is_open=is_open, limit=100, project_id=project_id)
        ]


def of_firm(services: Services, firm_id: str) -> list[tuple[Call, CallList]]:
    """Every call to a firm with its list, the newest first."""
    with services.database.read() as tx:
        return repository.calls_to(tx, firm_id)


def note_answer(services: Services, caller: Caller, call_id: str, heard: Heard, *, expected: int | None) -> Noted:
    """Write down what came of a call; what an earlier answer began is taken back first.

    Raises:
        NotFound: the call is not there.
        Stale: somebody was faster.
        Invalid: a value makes no sense.
        Conflict: the list is closed, or the introduction has gone on since.
    """
    with services.database.write() as tx:
        stored = _find_call(tx, call_id)
        if expected is not None and expected != stored.version:
            raise Stale(_("Somebody has changed this call meanwhile."))
        made = _open_list(tx, stored.list_id)
        call = _with_answer(services, caller, stored, heard)
        repository.change_call(tx, call, expected=stored.version)
        details = {"firm": call.firm_id, "result": call.result, "answer": call.answer}
        _audit(tx, caller, "call.note", made, {**details, "call": call.id})
        between = Between(made.project_id, call.firm_id, made.role)
        same = (call.result, call.answer, call.reason) == (stored.result, stored.answer, stored.reason)
        if not same or heard.answer == "yes":
            return _move(services, tx, caller, call, between, heard, is_same=same)
        return Noted(call)


def remove_call(services: Services, caller: Caller, call_id: str) -> Call:
    """Take a firm off its list before it is called.

    Raises:
        NotFound: the call is not there.
        Conflict: it was made already, or the list is closed.
    """
    with services.database.write() as tx:
        stored = _find_call(tx, call_id)
        made = _open_list(tx, stored.list_id)
        if stored.result != "open":
            raise Conflict(_("This firm was called already: it stays on the list."))
        repository.remove_call(tx, call_id)
        _audit(tx, caller, "call_list.remove", made, {"firm": stored.firm_id})
    return stored


def close_list(services: Services, caller: Caller, list_id: str) -> CallList:
    """Be done with a list.

    Raises:
        NotFound: it is not there.
    """
    with services.database.write() as tx:
        made = _find_list(tx, list_id)
        if made.closed_at is None:
            made = replace(made, closed_at=now())
            repository.set_closed(tx, list_id, made.closed_at)
            _audit(tx, caller, "call_list.close", made, {})
    return made


def reopen_list(services: Services, caller: Caller, list_id: str) -> CallList:
    """Go on with a list that was closed.

    Raises:
        NotFound: it is not there.
        Conflict: another list of the project and role is being called.
    """
    with services.database.write() as tx:
        made = _find_list(tx, list_id)
        if made.closed_at is None:
            return made
        if repository.find_open_list(tx, made.project_id, made.role):
            raise Conflict(_("A newer list for this project is being called: go on with that one."))
        repository.set_closed(tx, list_id, None)
        _audit(tx, caller, "call_list.reopen", made, {})
    return replace(made, closed_at=None)


def _listed(tx: Connection, project_id: str, role: Role) -> list[Call]:
    made = repository.find_open_list(tx, project_id, role.value)
    return repository.calls_of(tx, made.id) if made else []


def _store(
    tx: Connection, caller: Caller, project_id: str, role: Role, picked: Sequence[Picked], *, n_asked: int
) -> Made:
    """Put picked firms on the open list, or on a new one."""
    # The row is locked, so that two who press the button at once make one list.
    if projects_repository.find(tx, project_id) is None:
        raise NotFound(_("This project is not there any more."))
    made = repository.find_open_list(tx, project_id, role.value)
    is_new = made is None
    if made is None:
        if not picked:
            raise Conflict(
                _("They were asked already: see the introductions.") if n_asked else
                _("There is nobody to call yet: no firm is worth a call or maybe that was not asked already.")
            )  # fmt: skip
        made = CallList(str(uuid.uuid4()), project_id, role.value, caller.id, now(), None)
        repository.add_list(tx, made)
    listed = repository.calls_of(tx, made.id)
    there, last = {call.firm_id for call in listed}, max((call.position for call in listed), default=0)
    new = [one for one in picked if one.firm_id not in there]
    repository.add_calls(tx, [_call(made, one, position) for position, one in enumerate(new, last + 1)])
    repository.note_shown(tx, project_id, role.value, [one.firm_id for one in new], now())
    if is_new or new:
        _audit(tx, caller, "call_list.create" if is_new else "call_list.add", made, {"n_calls": len(new)})
    return Made(made, is_new, len(new), n_asked)


def _call(made: CallList, one: Picked, position: int) -> Call:
    return Call(
        id=str(uuid.uuid4()), list_id=made.id, firm_id=one.firm_id, position=position, added_by_hand=one.by_hand,
        band=one.band, why=one.why, asks=one.asks, result="open", answer=None, reason=None, note="", call_back_on=None,
        done_by=None, done_at=None, version=1,
    )  # fmt: skip


def _with_answer(services: Services, caller: Caller, stored: Call, heard: Heard) -> Call:
    """The call with an answer.

    Raises:
        Invalid: a value makes no sense.
    """
    if heard.answer not in ANSWERS:
        raise Invalid("answer", _("Choose what came of the call."))
    note = heard.note.strip()
    if len(note) > MOST_NOTE:
        raise Invalid("note", _("This is too long: expected at most %(most)s characters.", most=MOST_NOTE))
    back = None
    if heard.answer == "call_back":
        back = days.read_day(heard.call_back_on, days.today_of(services), where="call_back_on").isoformat()
    result, answer = ANSWERS[heard.answer]
    is_open = result == "open"
    return replace(
        stored, result=result, answer=answer, reason=check_reason(heard.reason) if answer == "no" else None, note=note,
        call_back_on=back, done_by=None if is_open else caller.id, done_at=None if is_open else now(),
        version=stored.version + 1,
    )  # fmt: skip


def _move(
    services: Services, tx: Connection, caller: Caller, call: Call, between: Between, heard: Heard, *, is_same: bool
) -> Noted:  # fmt: skip
    """What an answer does to the introduction."""
    today, told = days.today_of(services), {"call": call.id, "list": call.list_id}
    if not is_same:
        steps.take_back_in(tx, caller, between, call.id)
    if call.answer is not None:
        said = Said(
            call.answer == "yes", "phone", call.reason, heard.may_be_named if call.answer == "yes" else None, told
        )  # fmt: skip
        moved = steps.firm_says_in(tx, caller, between, said, today)
        return Noted(call, moved.id if moved else None)
    if call.result != "reached":
        return Noted(call)
    waiting = steps.other_question(tx, between)
    if waiting:
        return Noted(call, None, waiting)
    moved = steps.ask_in(tx, caller, between, today, told)
    return Noted(call, moved.id)


def _open_list(tx: Connection, list_id: str) -> CallList:
    made = _find_list(tx, list_id)
    if made.closed_at is not None:
        raise Conflict(_("This list is closed: open it again to change it."))
    return made


def _find_list(tx: Connection, list_id: str) -> CallList:
    made = repository.find_list(tx, list_id)
    if made is None:
        raise NotFound(_("This call list is not there any more."))
    return made


def _find_call(tx: Connection, call_id: str) -> Call:
    call = repository.find_call(tx, call_id)
    if call is None:
        raise NotFound(_("This call is not there any more."))
    return call


def _audit(tx: Connection, caller: Caller, action: str, made: CallList, details: dict[str, object]) -> None:
    audit.record(tx, caller, action, "project", made.project_id, details={**details, "list": made.id})
