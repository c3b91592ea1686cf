"""A run from the worker to the mailbox: who is told what, why, and what a person must do before it goes."""

from datetime import timedelta

import mail_server
import pytest
from list_world import WELD, add_firm, add_person, add_project, let_go, make, mark_all_sent
from sqlalchemy import select, update

from matcher import Release
from service import clock
from service.consent import ledger
from service.errors import Conflict
from service.list_tables import list_items, outbox
from service.mail.compose import plain
from service.mail.sending import Sender
from service.opportunities import repository, runs
from service.opportunities.told import Told
from service.projects import actions as projects_actions
from service.security import COMMAND_LINE


def letters(services):
    with services.database.read() as tx:
        return list(tx.execute(select(outbox)))


def left_out(run):
    return run.counts["left_out"]


def test_a_list_says_the_job_the_reason_and_the_way_to_answer(services, encoder):
    add_firm(services, "weld", WELD, "five-axis milling of aluminium")
    add_project(services, "trays", WELD, title="Battery trays")
    add_person(services, "weld")
    run, (shown,) = make(services, encoder)
    assert run.state == "ready" and run.counts["lists"] == {"list": 1} and shown.made.is_first
    (item,) = shown.items
    told = Told.from_json(item.told)
    assert (item.project_id, item.role, item.news, item.answer) == ("trays", "supplier", "new", None)
    assert told.quote == WELD and told.what == WELD and told.facts["quantity"] == "5,000 a year"
    letter = shown.letter
    assert letter.subject.startswith("Battery trays, Oakville, quotes by ")
    assert plain(letter.html).split() == letter.text.split()
    for words in ("Because you told us:", WELD, "Yes, call me", "Not for us", "you quote, they pay", "1 Main Street",
                  "Weld Company is a member (since 2026)", "Stop these mails", "905 555 0100",
                  "5,000 a year"):  # fmt: skip
        assert words in letter.text, words
    assert letter.text.count("https://match.example.org/letters/") == 6
    assert letter.state == "held" and letter.unsubscribe.startswith("https://match.example.org/letters/stop/")


def test_french_for_who_reads_french(services, encoder):
    add_firm(services, "weld", WELD)
    add_project(services, "trays", WELD, title="Battery trays")
    add_person(services, "weld", language="fr")
    _run, (shown,) = make(services, encoder)
    assert "Oui, appelez-moi" in shown.letter.text and "Yes, call me" not in shown.letter.text


def test_who_gets_nothing_is_counted_with_the_reason(services, encoder):
    add_project(services, "trays", WELD)
    for key in ("member", "stranger", "unsure"):
        add_firm(services, key, WELD, confirmed=key != "unsure")
        add_person(services, key, **({"basis": None} if key == "stranger" else {}))
    run, shown = make(services, encoder)
    assert [one.made.firm_id for one in shown if one.made.kind == "list"] == ["member"]
    assert left_out(run)["nothing"] == 1 and left_out(run)["nothing_confirmed"] == 1


@pytest.mark.parametrize("why", ["only us", "finished", "already in", "kept apart", "introduced"])
def test_what_is_not_theirs_to_hear_is_never_told(services, encoder, why):
    from service.introductions import actions as introductions
    from service.introductions.actions import Between

    add_firm(services, "weld", WELD)
    more = {
        "only us": {"release": "only_us"}, "finished": {"stage": "finished"}, "already in": {"lead": "weld"},
    }.get(why, {})  # fmt: skip
    add_project(services, "trays", WELD, **more)
    add_person(services, "weld")
    if why in ("kept apart", "introduced"):
        one = introductions.propose(services, COMMAND_LINE, Between("trays", "weld", "supplier"))
        if why == "kept apart":
            introductions.keep_apart(services, COMMAND_LINE, one.id, "", expected=None)
    _run, shown = make(services, encoder)
    assert not [one for one in shown if one.made.kind == "list"]


def test_a_short_note_is_all_that_is_said_of_a_project(services, encoder):
    add_firm(services, "weld", WELD)
    add_project(services, "trays", WELD, title="Secret trays of Acme", release="only_us")
    projects_actions.set_release(
        services,
        COMMAND_LINE,
        "trays",
        Release.SHORT_NOTE,
        note="A maker of vehicles looks for welders.",
        expected=None,
    )
    add_person(services, "weld")
    _run, (shown,) = make(services, encoder)
    assert "A maker of vehicles looks for welders" in shown.letter.text
    assert "Secret" not in shown.letter.text + shown.letter.subject and "Oakville" not in shown.letter.text


def test_nobody_is_told_twice_and_a_change_is_news(services, encoder):
    add_firm(services, "weld", WELD)
    add_project(services, "trays", WELD)
    contact = add_person(services, "weld")
    run, _ = make(services, encoder)
    with pytest.raises(Conflict, match="wait to be let go"):
        runs.ask_for_run(services.database, COMMAND_LINE, "2026-W01")
    let_go(services, run.id)
    mark_all_sent(services)
    start = clock.now()
    with clock.use_clock(lambda: start + timedelta(days=8)):
        run, shown = make(services, encoder)
        assert run.state == "empty" and not shown and left_out(run) == {"nothing_new": 1}
        projects_actions.patch_project(services, COMMAND_LINE, "trays", {"closes": "2027-03-01"}, expected=None)
        _run, (shown,) = make(services, encoder)
        assert shown.items[0].news == "changed" and "has changed" in shown.letter.text
    with services.database.read() as tx:
        assert len(repository.items_of_contact(tx, contact)) == 1  # what has left


def test_a_run_goes_only_after_somebody_looked_and_can_be_stopped_on_the_way(services, encoder):
    mail_server.switch_on(services.database)
    add_project(services, "trays", WELD)
    for n in range(4):
        add_firm(services, f"w{n}", WELD)
        add_person(services, f"w{n}")
    run, shown = make(services, encoder)
    with pytest.raises(Conflict, match="yourself first"):
        runs.release(services, COMMAND_LINE, run.id)
    runs.leave_out(services, COMMAND_LINE, shown[0].made.id)
    with mail_server.serving() as server:
        given = services.settings.model_copy(update=server.settings)
        object.__setattr__(services, "settings", given)
        sender = Sender(services.database, given, "w")
        assert not sender.step()  # held
        assert runs.send_to_me(services, COMMAND_LINE, run.id, "ada@chamber.example") == 3
        assert {m["To"] for m in server.handler.messages} == {"ada@chamber.example"}
        assert not any("List-Unsubscribe" in m for m in server.handler.messages)
        server.handler.messages.clear()
        assert runs.release(services, COMMAND_LINE, run.id) == 3
        with services.database.write() as tx:  # one withdraws between release and sending
            ledger.withdraw_in(tx, "owner@w1.example.org", how="link", by="test", moment=clock.now())
        with services.database.write() as tx:  # one has to wait
            late = outbox.c.email == "owner@w3.example.org"
            tx.execute(update(outbox).where(late).values(next_at=clock.now() + timedelta(hours=1)))
        sender.step()
        assert [m["To"] for m in server.handler.messages] == ["owner@w2.example.org"]
        assert runs.stop(services, COMMAND_LINE, run.id) == (1, 1)
    states = {one.email: one.state for one in letters(services)}
    assert states == {
        "owner@w0.example.org": "stopped", "owner@w1.example.org": "refused", "owner@w2.example.org": "sent",
        "owner@w3.example.org": "stopped",
    }  # fmt: skip


def test_a_worker_that_dies_leaves_nothing_half_and_the_next_writes_each_list_once(services, encoder, database):
    add_project(services, "trays", WELD)
    for n in range(5):
        add_firm(services, f"w{n}", WELD)
        add_person(services, f"w{n}")
    from service import jobs
    from service.opportunities import making

    run = runs.ask_for_run(services.database, COMMAND_LINE, "2026-W49")
    making.CHUNK, before = 2, making.CHUNK
    try:
        job = jobs.claim(database, "dead", 60)
        steps = runs.make_run(services, job)
        next(steps), next(steps)  # ranked, and two lists written
        steps.close()
        with database.write() as tx:
            from service.tables import jobs as table

            tx.execute(update(table).values(lease_until=clock.now() - timedelta(seconds=1)))
        job = jobs.claim(database, "next", 60)
        assert list(runs.make_run(services, job))
    finally:
        making.CHUNK = before
    run, shown = runs.get_run(services, run.id)
    assert run.state == "ready" and sorted(one.made.firm_id for one in shown) == [f"w{n}" for n in range(5)]
    assert len(letters(services)) == 5
    with database.read() as tx:
        assert len(list(tx.execute(select(list_items)))) == 5


def test_pages_show_who_gets_what_and_viewers_change_nothing(services, encoder, pages, app):
    add_firm(services, "weld", WELD)
    add_project(services, "trays", WELD, title="Battery trays")
    add_person(services, "weld")
    officer, viewer = pages("officer"), pages("viewer")
    assert "None was made yet" in officer.get("/lists").text
    assert viewer.post_form("/lists").status_code == 403
    address = officer.post_form("/lists").headers["location"]
    assert "being made" in officer.get(address).text
    from service.worker import Worker

    worker = Worker(services.database, encoder, services.settings)
    while worker._import_step():
        pass
    page = officer.get(address).text
    for words in ("1 list waits for you", "Weld Company", "is a member (since 2026)", "Battery trays", "their first"):
        assert words in page
    assert "1 list to a firm waits" in officer.get("/today").text
    for what in ("to-me", "looked", "let-go", "stop"):
        assert viewer.post_form(f"{address}/{what}").status_code == 403
    assert "yourself first" in officer.get(officer.post_form(f"{address}/let-go").headers["location"]).text
    assert "No mail server" in officer.get(officer.post_form(f"{address}/to-me").headers["location"]).text
    officer.post_form(f"{address}/looked")
    assert "1 list is in line" in officer.get(officer.post_form(f"{address}/let-go").headers["location"]).text
    assert "0 gone, 1 stopped" in officer.get(officer.post_form(f"{address}/stop").headers["location"]).text
    assert officer.get("/lists/none").status_code == 404


def test_the_worker_asks_once_a_week_and_each_day_only_for_those_who_want_it(services, encoder):
    from datetime import UTC, datetime

    from service.list_tables import list_runs, wishes
    from service.tables import jobs

    add_firm(services, "weld", WELD)
    with clock.use_clock(lambda: datetime(2027, 1, 4, 12, tzinfo=UTC)):
        add_project(services, "trays", WELD)
    daily, _weekly = add_person(services, "weld"), add_person(services, "weld", email="other@weld.example.org")

    def at(day, hour):
        with clock.use_clock(lambda: datetime(2027, 1, day, hour + 5, tzinfo=UTC)):
            run = runs.make_when_due(services.database, services.settings)
            return None if run is None else run.period

    def finish():
        with services.database.write() as tx:
            tx.execute(update(list_runs).values(state="released"))
            tx.execute(jobs.delete())

    assert at(5, 8) is None  # sending is off
    mail_server.switch_on(services.database)
    assert at(4, 8) is None and at(5, 6) is None and at(5, 7) == "2027-W01"
    assert at(6, 8) is None  # one waits
    finish()
    assert at(6, 8) is None  # nobody wants it daily
    values = {"quiet_days": "", "version": 1, "changed_by": "test", "changed_at": clock.now()}
    with services.database.write() as tx:
        tx.execute(wishes.insert().values(contact_id=daily, firm_id="weld", rhythm="daily", **values))
    assert at(5, 9) is None and at(6, 6) is None and at(6, 7) == "2027-01-06"
    from service.worker import Worker

    with clock.use_clock(lambda: datetime(2027, 1, 6, 13, tzinfo=UTC)):
        worker = Worker(services.database, encoder, services.settings)
        while worker._import_step():
            pass
        with services.database.read() as tx:
            (run,) = [one for one in repository.runs(tx) if one.period == "2027-01-06"]
            assert [one.contact_id for one in repository.lists_of_run(tx, run.id)] == [daily]
