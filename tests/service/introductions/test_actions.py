from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.accounts import staff
from service.contacts import actions as contacts
from service.desk_tables import introduction_steps, introductions
from service.errors import Conflict, Invalid, NotFound, Stale
from service.introductions import actions, days
from service.introductions.actions import Between, Said
from service.security import COMMAND_LINE
from service.tables import audit

YES = Said(True, "phone", may_be_named=True)


def names_of_steps(services, one):
    return [step.step for step in actions.get(services, one.id)[1]]


def advance(services, caller, one, to):
    """Move an introduction on to a state."""
    if to in ("firm_yes", "both_yes", "introduced"):
        one = actions.firm_answers(services, caller, one.id, YES, expected=one.version)
    if to in ("both_yes", "introduced"):
        one = actions.project_answers(services, caller, one.id, Said(True, "mail"), expected=one.version)
    if to == "introduced":
        one = actions.introduce(services, caller, one.id, expected=one.version)
    return one


def test_whole_way_from_question_to_order(services, people, proposed, lead):
    today = days.today_of(services)
    assert (proposed.state, proposed.answer_by) == ("proposed", days.after(today, 5).isoformat())
    one = advance(services, people.olga, proposed, "introduced")
    assert (one.state, one.firm_answer, one.firm_source, one.project_source) == ("introduced", "yes", "phone", "mail")
    assert one.may_be_named and one.introduced_at is not None
    for outcome in ("meeting", "quote"):
        one = actions.set_outcome(
            services, people.olga, one.id, outcome, value_range=None, reason=None, expected=one.version
        )
        assert (one.state, one.outcome) == ("introduced", outcome)
        assert one.answer_by == days.after(today, 15).isoformat()
    one = actions.set_outcome(
        services, people.olga, one.id, "order", value_range="not_said", reason=None, expected=one.version
    )
    assert (one.state, one.outcome, one.value_range, one.answer_by) == ("closed", "order", "not_said", None)
    assert names_of_steps(services, one) == [
        "proposed", "firm_yes", "project_yes", "introduced", "meeting", "quote", "order",
    ]  # fmt: skip


def test_every_step_has_its_row_in_the_audit_without_contacts_or_notes(services, people, proposed, lead):
    one = advance(services, people.olga, proposed, "introduced")
    actions.set_note(services, people.olga, one.id, "Call 905 555 0100", expected=one.version)
    with services.database.read() as tx:
        rows = tx.execute(select(audit).where(audit.c.kind == "introduction")).mappings().all()
    assert [row["action"] for row in rows] == [
        f"introduction.{step}" for step in ("proposed", "firm_yes", "project_yes", "introduced", "noted")
    ]
    assert {row["actor"] for row in rows} == {people.olga.id}
    assert not any("555" in row["details"] or "lee@" in row["details"] for row in rows)


def test_no_of_the_firm_closes_it_and_takes_its_name_back(services, people, proposed):
    one = advance(services, people.olga, proposed, "firm_yes")
    assert one.may_be_named
    one = actions.firm_answers(services, people.olga, one.id, Said(False, "mail", "no_capacity"), expected=None)
    assert (one.state, one.firm_answer, one.reason, one.may_be_named) == ("closed", "no", "no_capacity", False)


@pytest.mark.parametrize(
    ("said", "where"),
    [(Said(True, "pigeon"), "source"), (Said(False, "phone"), "reason"), (Said(False, "phone", "mood"), "reason")],
)
def test_answer_without_source_or_reason_is_refused(services, people, proposed, said, where):
    with pytest.raises(Invalid) as refused:
        actions.firm_answers(services, people.olga, proposed.id, said, expected=None)
    assert refused.value.where == where
    assert actions.get(services, proposed.id)[0].state == "proposed"


def test_project_side_cannot_say_yes_before_somebody_there_is_known(services, people, proposed):
    one = advance(services, people.olga, proposed, "firm_yes")
    with pytest.raises(Invalid) as refused:
        actions.project_answers(services, people.olga, one.id, Said(True, "phone"), expected=None)
    assert refused.value.where == "project_contact"


@pytest.mark.parametrize("state", ["proposed", "firm_yes", "both_yes"])
def test_nobody_is_introduced_out_of_turn(services, people, proposed, lead, state):
    one = advance(services, people.olga, proposed, state)
    if state != "both_yes":
        with pytest.raises(Conflict):
            actions.introduce(services, people.olga, one.id, expected=None)
    with pytest.raises(Conflict):
        actions.set_outcome(services, people.olga, one.id, "meeting", value_range=None, reason=None, expected=None)
    if state == "proposed":
        with pytest.raises(Conflict):
            actions.project_answers(services, people.olga, one.id, Said(True, "phone"), expected=None)


@pytest.mark.parametrize(
    ("outcome", "value_range", "reason", "where"),
    [("order", None, None, "value_range"), ("order", "a lot", None, "value_range"), ("nothing", None, None, "reason"),
     ("party", None, None, "outcome")],
)  # fmt: skip
def test_outcome_needs_its_range_or_reason(services, people, proposed, lead, outcome, value_range, reason, where):
    one = advance(services, people.olga, proposed, "introduced")
    with pytest.raises(Invalid) as refused:
        actions.set_outcome(
            services, people.olga, one.id, outcome, value_range=value_range, reason=reason, expected=None
        )
    assert refused.value.where == where


def test_firm_is_asked_one_thing_at_a_time(services, people, proposed):
    with pytest.raises(Conflict, match="Battery trays"):
        actions.propose(services, people.paul, Between("pumps", "weld", "supplier"))
    assert actions.open_question(services, "weld").id == proposed.id
    advance(services, people.olga, proposed, "firm_yes")
    assert actions.open_question(services, "weld") is None
    assert actions.propose(services, people.paul, Between("pumps", "weld", "supplier")).state == "proposed"


def test_same_question_twice_and_unknown_ones_are_refused(services, people, proposed):
    with pytest.raises(Conflict):
        actions.propose(services, people.paul, Between("trays", "weld", "supplier"))
    for between in (Between("trays", "nobody", "supplier"), Between("nothing", "mill", "supplier")):
        with pytest.raises(NotFound):
            actions.propose(services, people.paul, between)
    with pytest.raises(Invalid):
        actions.propose(services, people.paul, Between("trays", "mill", "friend"))


def test_firm_that_said_no_can_be_asked_anew(services, people, proposed):
    actions.firm_answers(services, people.olga, proposed.id, Said(False, "phone", "timing"), expected=None)
    again = actions.propose(services, people.paul, Between("trays", "weld", "supplier"))
    assert (again.id, again.state, again.reason, again.firm_answer) == (proposed.id, "proposed", None, None)


def test_stale_page_changes_nothing(services, people, proposed):
    actions.take_over(services, people.paul, proposed.id, expected=proposed.version)
    with pytest.raises(Stale):
        actions.firm_answers(services, people.olga, proposed.id, YES, expected=proposed.version)
    assert actions.get(services, proposed.id)[0].state == "proposed"


def test_undo_goes_back_step_by_step_to_nothing(services, people, proposed, lead):
    one = advance(services, people.olga, proposed, "introduced")
    one = actions.undo(services, people.olga, one.id, expected=one.version)
    assert (one.state, one.introduced_at) == ("both_yes", None)
    one = actions.undo(services, people.olga, one.id, expected=one.version)
    assert (one.state, one.project_answer, one.project_answered_at) == ("firm_yes", None, None)
    assert one.firm_answered_at is not None
    one = actions.undo(services, people.olga, one.id, expected=one.version)
    assert (one.state, one.may_be_named, one.firm_answer) == ("proposed", False, None)
    assert one.answer_by == proposed.answer_by
    assert names_of_steps(services, one) == ["proposed", "undone", "undone", "undone"]
    assert actions.undo(services, people.olga, one.id, expected=one.version) is None
    with pytest.raises(NotFound):
        actions.get(services, one.id)
    with services.database.read() as tx:
        assert tx.execute(select(introduction_steps)).first() is None


def test_undo_keeps_what_was_noted_since(services, people, proposed):
    one = advance(services, people.olga, proposed, "firm_yes")
    one = actions.set_note(services, people.olga, one.id, "Ask for Sue", expected=one.version)
    one = actions.undo(services, people.paul, one.id, expected=one.version)
    assert (one.state, one.note) == ("proposed", "Ask for Sue")


def test_colleague_takes_over(services, people, proposed):
    assert proposed.owner_id == people.olga.id.removeprefix("user:")
    one = actions.take_over(services, people.paul, proposed.id, expected=proposed.version)
    assert one.owner_id == people.paul.id.removeprefix("user:")


def test_another_day_skips_the_weekend_and_the_past(services, people, proposed):
    today = days.today_of(services)
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 + 7)
    one = actions.postpone(services, people.olga, proposed.id, saturday.isoformat(), expected=None)
    assert one.answer_by == days.working_day(saturday).isoformat() > saturday.isoformat()
    with pytest.raises(Invalid):
        actions.postpone(services, people.olga, proposed.id, (today - timedelta(days=1)).isoformat(), expected=None)


def test_many_answer_at_once_and_the_others_are_named(services, people, proposed, lead):
    paint = actions.propose(services, people.olga, Between("trays", "paint", "supplier"))
    mill = actions.propose(services, people.olga, Between("trays", "mill", "supplier"))
    introduced = advance(services, people.olga, mill, "introduced")
    closed, refused = actions.answer_many(
        services, people.olga, [proposed.id, paint.id, introduced.id, "gone"], reason="no_answer", source="mail"
    )
    assert {one.id for one in closed} == {proposed.id, paint.id}
    assert {one.reason for one in closed} == {"no_answer"}
    assert [key for key, _why in refused] == [introduced.id, "gone"]
    assert actions.get(services, introduced.id)[0].state == "introduced"


@pytest.mark.parametrize(
    ("ids", "reason", "source", "where"),
    [([], "price", "mail", "id"), (["x"], "", "mail", "reason"), (["x"], "price", "", "source")],
)
def test_many_need_a_choice_a_reason_and_a_source(services, people, proposed, ids, reason, source, where):
    with pytest.raises(Invalid) as refused:
        actions.answer_many(services, people.olga, ids, reason=reason, source=source)
    assert refused.value.where == where


def test_two_that_are_kept_apart_are_not_brought_together(services, people, proposed):
    one = actions.keep_apart(services, people.olga, proposed.id, " An old quarrel ", expected=proposed.version)
    assert (one.state, one.reason) == ("closed", "other")
    with pytest.raises(Conflict):
        actions.propose(services, people.paul, Between("trays", "weld", "supplier"))
    with pytest.raises(Conflict):
        actions.keep_apart(services, people.olga, proposed.id, "", expected=None)
    assert actions.propose(services, people.paul, Between("pumps", "weld", "supplier")).state == "proposed"


def test_firm_may_be_named_only_after_its_yes(services, people, proposed):
    with pytest.raises(Conflict):
        actions.name(services, people.olga, proposed.id, True, expected=None)
    one = advance(services, people.olga, proposed, "firm_yes")
    one = actions.name(services, people.olga, one.id, False, expected=one.version)
    assert not one.may_be_named
    assert names_of_steps(services, one)[-1] == "not_named"


def test_too_long_a_note_is_refused(services, people, proposed):
    with pytest.raises(Invalid):
        actions.set_note(services, people.olga, proposed.id, "x" * 2001, expected=None)


def test_tasks_are_ours_oldest_promise_first(services, people, proposed, lead):
    today = days.today_of(services)
    paint = advance(
        services, people.olga, actions.propose(services, people.olga, Between("trays", "paint", "supplier")), "firm_yes"
    )  # noqa: E501
    mill = advance(
        services, people.olga, actions.propose(services, people.olga, Between("trays", "mill", "partner")), "both_yes"
    )  # noqa: E501
    tasks = actions.waiting(services, people.olga, today)
    # Weld Co has its days to answer: nothing to do for us before.
    assert [(task.kind, task.url) for task in tasks] == [
        ("introduce", f"/introductions/{mill.id}"), ("ask_project", f"/introductions/{paint.id}"),
    ]  # fmt: skip
    assert tasks[0].due == days.after(today, 2)
    late = actions.waiting(services, people.olga, days.after(today, 5))
    assert {task.kind for task in late} == {"introduce", "ask_project", "ask_firm"}
    assert "Battery trays" in late[0].lead + late[0].rest
    assert actions.waiting(services, people.paul, days.after(today, 5)) == []


def test_tasks_of_somebody_who_left_fall_to_the_others(services, people, proposed):
    one = advance(services, people.olga, proposed, "firm_yes")
    staff.disable_user(services.database, COMMAND_LINE, people.olga.id.removeprefix("user:"))
    tasks = actions.waiting(services, people.paul, days.today_of(services))
    assert [task.url for task in tasks] == [f"/introductions/{one.id}"]


def test_introduction_without_news_asks_what_came_of_it(services, people, proposed, lead):
    one = advance(services, people.olga, proposed, "introduced")
    today = days.today_of(services)
    assert actions.waiting(services, people.olga, today) == []
    with services.database.write() as tx:
        tx.execute(update(introductions).values(answer_by=today.isoformat()))
    assert [(task.kind, task.url) for task in actions.waiting(services, people.olga, today)] == [
        ("outcome", f"/introductions/{one.id}")
    ]


def test_deleted_project_contact_does_not_take_the_answer_back(services, people, proposed, lead):
    one = advance(services, people.olga, proposed, "both_yes")
    contacts.delete(services.database, people.olga, lead.id)
    assert actions.introduce(services, people.olga, one.id, expected=None).state == "introduced"
