from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from matcher import Role
from service.calls import actions
from service.calls.actions import Heard
from service.calls.picking import MOST_CALLS
from service.clock import now
from service.desk_tables import calls, hand_picked, kept_apart, opinions, shown
from service.errors import Conflict, Invalid, NotFound, Stale
from service.firms import actions as firms_actions
from service.introductions import actions as introductions
from service.introductions import days
from service.introductions.actions import Between, Said
from service.matches.params import PanelParams
from service.projects import actions as projects_actions
from service.security import COMMAND_LINE
from service.tables import audit

ANY = PanelParams()


def make(services, caller, *firms, params=ANY):
    return actions.make_list(services, caller, "trays", Role.SUPPLIER, params=params, firm_ids=firms)


def calls_of(services, made):
    return {call.firm_id: call for call in actions.get_list(services, made.made.id)[1]}


def note(services, caller, call, answer, **more):
    return actions.note_answer(services, caller, call.id, Heard(answer, **more), expected=None)


def decide(services, table, **values):
    with services.database.write() as tx:
        tx.execute(insert(table).values(values))


def opinion(firm, verdict, role="supplier"):
    return {
        "id": f"o-{firm}", "project_id": "trays", "firm_id": firm, "role": role, "verdict": verdict, "note": "",
        "user_id": "user:x", "at": now(), "band": "maybe", "rank": 1, "score": "1", "model": "m", "snapshot": "s",
        "shown": "{}",
    }  # fmt: skip


def test_list_has_who_is_worth_a_call_with_what_was_said_of_them(services, people):
    done = make(services, people.olga)
    assert done.is_new and done.n_added == 2
    made, found = actions.get_list(services, done.made.id)
    assert (made.project_id, made.role, made.created_by, made.closed_at) == (
        "trays", "supplier", people.olga.id, None
    )  # fmt: skip
    ranked = services.follower.fresh().match(
        projects_actions.get_project(services, "trays").record, roles=(Role.SUPPLIER,)
    )
    assert [call.firm_id for call in found] == [match.firm_id for match in ranked.supplier[:2]]
    weld = next(call for call in found if call.firm_id == "weld")
    assert (weld.band, weld.result, weld.answer) == ("worth_a_call", "open", None)
    assert weld.why["en"]["why"][0]["quote"] == "Laser welding of battery trays"
    assert weld.why["en"]["why"][0]["who"] == "by phone"
    assert weld.why["en"]["not_known"] == ["leak testing with helium"]
    assert weld.asks["en"] == ["Could you supply this: leak testing with helium?"]
    assert weld.asks["fr"] == ["Pourriez-vous fournir ceci : leak testing with helium ?"]


def test_list_says_what_it_said_when_it_was_made(services, people):
    done = make(services, people.olga)
    firms_actions.patch_firm(services, COMMAND_LINE, "weld", {"name": "Weld Co", "statements": []}, expected=None)
    assert calls_of(services, done)["weld"].why["en"]["why"][0]["quote"] == "Laser welding of battery trays"


def test_second_press_makes_no_second_list(services, people):
    first = make(services, people.olga)
    again = make(services, people.paul)
    assert (again.made.id, again.is_new, again.n_added) == (first.made.id, False, 0)
    assert len(actions.list_lists(services, is_open=True, limit=10)) == 1


def test_two_who_press_at_once_make_one_list(services, people):
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda caller: make(services, caller), (people.olga, people.paul)))
    assert len({one.made.id for one in made}) == 1
    assert sorted(one.n_added for one in made) == [0, 2]


def test_firms_that_stood_on_a_list_are_counted_once_a_list(services, people):
    make(services, people.olga)
    make(services, people.olga)
    with services.database.read() as tx:
        rows = tx.execute(select(shown.c.firm_id, shown.c.times, shown.c.role)).all()
    assert sorted(rows) == [("tray", 1, "supplier"), ("weld", 1, "supplier")]


def test_who_should_not_be_called_is_left_out(services, people):
    decide(services, kept_apart, id="k", firm_id="weld", project_id="trays", note="", decided_by="x", decided_at=now())
    assert set(calls_of(services, make(services, people.olga))) == {"tray"}


@pytest.mark.parametrize("verdict", ["wrong_capability", "wrong_role", "not_available"])
def test_who_was_judged_wrong_is_left_out(services, people, verdict):
    decide(services, opinions, **opinion("weld", verdict))
    assert set(calls_of(services, make(services, people.olga))) == {"tray"}


def test_who_was_judged_right_stays(services, people):
    decide(services, opinions, **opinion("weld", "right"))
    assert set(calls_of(services, make(services, people.olga))) == {"weld", "tray"}


def test_who_was_added_by_hand_comes_last_and_is_marked(services, people):
    decide(services, hand_picked, project_id="trays", firm_id="bakery", role="supplier", picked_by="x", picked_at=now())
    done = make(services, people.olga)
    last = actions.get_list(services, done.made.id)[1][-1]
    assert (last.firm_id, last.added_by_hand, last.band) == ("bakery", True, "too_little")


def test_filters_of_the_page_hold_for_the_list(services, people):
    done = make(services, people.olga, params=PanelParams(member="yes"))
    found = calls_of(services, done)
    assert "weld" in found and "tray" in found  # Tray Works never said: it is asked, not left out
    assert "Are you a member of the chamber?" in found["tray"].asks["en"]
    actions.close_list(services, people.olga, done.made.id)
    only = make(services, people.olga, params=PanelParams(member="yes", stated=True))
    assert set(calls_of(services, only)) == {"weld"}


def test_list_has_at_most_twelve_to_call(services, people):
    text = "Laser welding of battery trays. Anodising and dyeing."
    for n in range(14):
        said = [{"kind": "capability", "text": one, "source": "by phone", "date": "2026-11", "confirmed": True}
                for one in text.split(". ")]  # fmt: skip
        row = {"id": f"w{n:02}", "name": f"Welder {n}", "city": "Milton", "province": "ON", "statements": said}
        firms_actions.create_firm(services, COMMAND_LINE, row)
    decide(services, hand_picked, project_id="trays", firm_id="bakery", role="supplier", picked_by="x", picked_at=now())
    done = make(services, people.olga)
    assert done.n_added == MOST_CALLS == 12
    assert "bakery" in calls_of(services, done)
    assert make(services, people.olga).n_added == 0


def test_named_firms_come_on_the_open_list(services, people):
    done = make(services, people.olga)
    more = make(services, people.paul, "bakery", "weld")
    assert (more.made.id, more.is_new, more.n_added) == (done.made.id, False, 1)
    found = calls_of(services, done)
    assert (found["bakery"].band, found["bakery"].position) == ("too_little", 3)
    assert found["bakery"].asks["en"]


def test_named_firms_are_asked_what_the_filters_ask(services, people):
    done = make(services, people.olga, "tray", "weld", params=PanelParams(certificate="AS9100"))
    found = calls_of(services, done)
    assert "Do you hold AS9100, or could you?" in found["tray"].asks["en"]
    done = make(services, people.olga, "bakery", params=PanelParams(region="Toronto"))  # not there: told without it
    assert calls_of(services, done)["bakery"].band == "too_little"


def test_named_firms_that_were_asked_already_are_counted(services, people):
    introductions.propose(services, people.paul, Between("trays", "weld", "supplier"))
    done = make(services, people.olga, "tray", "weld")
    assert (done.n_added, done.n_asked) == (1, 1)


def test_firms_that_cannot_be_called_are_refused_with_the_reason(services, people):
    with pytest.raises(Conflict, match="Lead Motors is already in this project"):
        make(services, people.olga, "lead")
    with pytest.raises(NotFound):
        make(services, people.olga, "nobody")
    decide(services, kept_apart, id="k", firm_id="weld", project_id="trays", note="", decided_by="x", decided_at=now())
    with pytest.raises(Conflict, match="should not be put together"):
        make(services, people.olga, "weld")
    with pytest.raises(NotFound):
        actions.make_list(services, people.olga, "nothing", Role.SUPPLIER, params=ANY)
    assert actions.list_lists(services, is_open=True, limit=10) == []


def test_nobody_to_call_makes_no_list(services, people):
    for firm in ("weld", "tray"):
        firms_actions.delete_firm(services, COMMAND_LINE, firm, expected=None)
    with pytest.raises(Conflict, match="nobody to call"):
        make(services, people.olga)


def test_who_was_asked_already_is_not_asked_again(services, people):
    done = make(services, people.olga)
    found = calls_of(services, done)
    note(services, people.olga, found["weld"], "yes")
    note(services, people.olga, found["tray"], "no", reason="price")
    actions.close_list(services, people.olga, done.made.id)
    with pytest.raises(Conflict):
        make(services, people.olga)
    with pytest.raises(Conflict, match="asked already"):
        make(services, people.olga, "tray")


def test_yes_on_a_call_begins_the_introduction(services, people):
    call = calls_of(services, make(services, people.olga))["weld"]
    done = note(services, people.olga, call, "yes", may_be_named=True, note="Wants drawings")
    assert (done.call.result, done.call.answer, done.call.done_by) == ("reached", "yes", people.olga.id)
    one, steps = introductions.get(services, done.introduction_id)
    assert (one.state, one.firm_source, one.may_be_named, one.project_id) == ("firm_yes", "phone", True, "trays")
    assert [step.step for step in steps] == ["proposed", "firm_yes"]


def test_yes_answers_what_was_proposed_before(services, people):
    one = introductions.propose(services, people.paul, Between("trays", "weld", "supplier"))
    done = make(services, people.olga)
    assert set(calls_of(services, done)) == {"tray"}  # Weld Co has its question already
    with services.database.write() as tx:
        tx.execute(update(calls).values(firm_id="weld"))
    found = note(services, people.olga, calls_of(services, done)["weld"], "yes")
    assert found.introduction_id == one.id
    assert introductions.get(services, one.id)[0].state == "firm_yes"


def test_thinking_about_it_is_a_question_that_waits(services, people):
    call = calls_of(services, make(services, people.olga))["weld"]
    done = note(services, people.olga, call, "thinking")
    one = introductions.get(services, done.introduction_id)[0]
    assert (one.state, one.answer_by) == ("proposed", days.after(days.today_of(services), 5).isoformat())


def test_firm_with_another_question_is_not_asked_a_second_one(services, people):
    row = {"id": "pumps", "title": "Heat pumps", "stage": "call", "closes": "2999-01-01"}
    projects_actions.create_project(services, COMMAND_LINE, row)
    introductions.propose(services, people.paul, Between("pumps", "weld", "supplier"))
    call = calls_of(services, make(services, people.olga))["weld"]
    done = note(services, people.olga, call, "thinking")
    assert (done.waits_for, done.introduction_id, done.call.result) == ("Heat pumps", None, "reached")
    yes = note(services, people.olga, done.call, "yes")  # an answer is taken whatever else is open
    assert introductions.get(services, yes.introduction_id)[0].state == "firm_yes"


def test_corrected_answer_takes_back_what_it_began(services, people):
    call = calls_of(services, make(services, people.olga))["weld"]
    first = note(services, people.olga, call, "yes")
    done = note(services, people.olga, first.call, "no", reason="no_capacity")
    assert (done.introduction_id, done.call.answer, done.call.reason) == (None, "no", "no_capacity")
    assert introductions.of_firm(services, "weld") == []
    done = note(services, people.olga, done.call, "open")
    assert (done.call.result, done.call.done_by, done.call.done_at, done.call.reason) == ("open", None, None, None)


def test_answer_is_not_taken_back_once_the_introduction_has_gone_on(services, people):
    call = calls_of(services, make(services, people.olga))["weld"]
    done = note(services, people.olga, call, "yes")
    introductions.project_answers(
        services, people.olga, done.introduction_id, Said(False, "phone", "project_side"), expected=None
    )
    with pytest.raises(Conflict, match="gone on"):
        note(services, people.olga, done.call, "no", reason="price")
    assert actions.get_call(services, call.id).answer == "yes"


def test_no_ends_what_waited_for_an_answer(services, people):
    call = calls_of(services, make(services, people.olga))["weld"]
    thinking = note(services, people.olga, call, "thinking")
    other = actions.make_list(services, people.olga, "trays", Role.PARTNER, params=ANY, firm_ids=["weld"])
    assert other.n_added == 1
    one = introductions.firm_answers(
        services, people.olga, thinking.introduction_id, Said(False, "mail", "timing"), expected=None
    )
    assert one.state == "closed"
    with pytest.raises(Conflict):  # the call's own step is no longer the last one
        note(services, people.olga, thinking.call, "yes")


def test_note_alone_moves_nothing(services, people):
    call = calls_of(services, make(services, people.olga))["weld"]
    first = note(services, people.olga, call, "thinking")
    again = note(services, people.olga, first.call, "thinking", note="Ask for Wanda")
    assert again.call.note == "Ask for Wanda"
    steps = introductions.get(services, first.introduction_id)[1]
    assert [step.step for step in steps] == ["proposed"]


def test_call_back_day_skips_what_is_no_working_day(services, people):
    today = days.today_of(services)
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 + 7)
    call = calls_of(services, make(services, people.olga))["weld"]
    done = note(services, people.olga, call, "call_back", call_back_on=saturday.isoformat())
    assert (done.call.result, done.call.call_back_on) == ("call_back", days.working_day(saturday).isoformat())


@pytest.mark.parametrize(
    ("heard", "where"),
    [(Heard("maybe"), "answer"), (Heard("no"), "reason"), (Heard("no", reason="mood"), "reason"),
     (Heard("call_back"), "call_back_on"), (Heard("call_back", call_back_on="2020-01-02"), "call_back_on"),
     (Heard("yes", note="x" * 2001), "note")],
)  # fmt: skip
def test_answer_that_makes_no_sense_is_refused_beside_its_field(services, people, heard, where):
    call = calls_of(services, make(services, people.olga))["weld"]
    with pytest.raises(Invalid) as refused:
        actions.note_answer(services, people.olga, call.id, heard, expected=None)
    assert refused.value.where == where
    assert actions.get_call(services, call.id) == call


def test_two_who_note_the_same_call_do_not_overwrite_each_other(services, people):
    call = calls_of(services, make(services, people.olga))["weld"]
    actions.note_answer(services, people.paul, call.id, Heard("no", reason="price"), expected=1)
    with pytest.raises(Stale):
        actions.note_answer(services, people.olga, call.id, Heard("yes"), expected=1)
    assert introductions.of_firm(services, "weld") == []


def test_closed_list_takes_nothing_until_it_is_opened_again(services, people):
    done = make(services, people.olga)
    call = calls_of(services, done)["weld"]
    actions.close_list(services, people.olga, done.made.id)
    with pytest.raises(Conflict):
        note(services, people.olga, call, "yes")
    with pytest.raises(Conflict):
        actions.remove_call(services, people.olga, call.id)
    assert [row.made.id for row in actions.list_lists(services, is_open=False, limit=5)] == [done.made.id]
    actions.reopen_list(services, people.olga, done.made.id)
    assert note(services, people.olga, call, "yes").introduction_id


def test_older_list_is_not_opened_beside_a_newer_one(services, people):
    first = make(services, people.olga, "weld")
    actions.close_list(services, people.olga, first.made.id)
    second = make(services, people.olga, "tray")
    assert second.made.id != first.made.id
    with pytest.raises(Conflict):
        actions.reopen_list(services, people.olga, first.made.id)


def test_only_who_was_not_called_is_taken_off(services, people):
    done = make(services, people.olga)
    found = calls_of(services, done)
    actions.remove_call(services, people.olga, found["tray"].id)
    note(services, people.olga, found["weld"], "no_answer")
    with pytest.raises(Conflict):
        actions.remove_call(services, people.olga, found["weld"].id)
    assert set(calls_of(services, done)) == {"weld"}
    with pytest.raises(NotFound):
        actions.get_call(services, found["tray"].id)


def test_tasks_are_promised_calls_first_then_lists(services, people):
    done = make(services, people.olga)
    found = calls_of(services, done)
    today = days.today_of(services)
    note(services, people.olga, found["weld"], "call_back", call_back_on=today.isoformat())
    with services.database.write() as tx:
        tx.execute(update(calls).where(calls.c.firm_id == "weld").values(call_back_on=today.isoformat()))
    tasks = actions.open_calls(services, people.olga)
    assert [(task.kind, task.due) for task in tasks] == [("call_back", today), ("call_list", None)]
    assert tasks[0].lead == "Weld Co" and "Battery trays" in tasks[0].rest
    assert tasks[0].url == f"/call-lists/{done.made.id}#call-{found['weld'].id}"
    assert tasks[1].lead == "1 call to make"
    assert actions.open_calls(services, people.paul) == []
    actions.close_list(services, people.olga, done.made.id)
    assert actions.open_calls(services, people.olga) == []


def test_firm_and_project_know_their_calls(services, people):
    done = make(services, people.olga)
    assert [(made.id) for _call, made in actions.of_firm(services, "weld")] == [done.made.id]
    row = actions.of_project(services, "trays")[0]
    assert (row.n_calls, row.n_open, row.n_yes, row.n_no, row.next_call_back) == (2, 2, 0, 0, None)


def test_every_write_has_its_row_in_the_audit_of_the_project(services, people):
    done = make(services, people.olga)
    found = calls_of(services, done)
    note(services, people.olga, found["weld"], "no", reason="price", note="Ring 905 555 0100")
    actions.remove_call(services, people.olga, found["tray"].id)
    actions.close_list(services, people.olga, done.made.id)
    actions.reopen_list(services, people.olga, done.made.id)
    with services.database.read() as tx:
        mine = select(audit).where(audit.c.record_id == "trays", audit.c.actor == people.olga.id)
        rows = tx.execute(mine.order_by(audit.c.id)).mappings().all()
    assert [row["action"] for row in rows] == [
        "call_list.create", "call.note", "call_list.remove", "call_list.close", "call_list.reopen"
    ]  # fmt: skip
    assert not any("555" in row["details"] for row in rows)


def test_lists_go_with_their_firm(services, people):
    done = make(services, people.olga)
    firms_actions.delete_firm(services, COMMAND_LINE, "weld", expected=None)
    assert set(calls_of(services, done)) == {"tray"}
