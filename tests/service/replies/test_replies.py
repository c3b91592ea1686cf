"""Answers by the links of a list: a GET changes nothing, a button acts once, and every yes ends in a name and a day."""

import re
from datetime import timedelta

import mail_server
import pytest
from fastapi.testclient import TestClient
from list_world import WELD, add_firm, add_person, add_project, let_go, make, mark_all_sent
from sqlalchemy import func, select

from service import clock
from service.app import build_services
from service.consent import ledger
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.db import Database
from service.desk_tables import introductions, opinions
from service.introductions import actions as introductions_actions
from service.introductions import steps
from service.list_tables import list_items, lists, outbox, promises
from service.mail.outbox_repository import LetterPurpose
from service.mail.sending import Sender
from service.projects import actions as projects_actions
from service.replies import notices
from service.security import COMMAND_LINE
from service.tables import audit


@pytest.fixture
def services(settings, database, encoder, staff):
    services = build_services(settings.model_copy(update={"public_url": "http://testserver"}), encoder)
    services.follower.start()
    yield services
    services.follower.stop()
    services.database.close()


@pytest.fixture
def world(services, encoder):
    """One firm that has its list."""
    add_firm(services, "weld", WELD)
    add_project(services, "trays", WELD, title="Battery trays")
    contact = add_person(services, "weld")
    run, (shown,) = make(services, encoder)
    let_go(services, run.id)
    mark_all_sent(services)
    return contact, shown


@pytest.fixture
def reader(app, world):
    """A mailbox's browser: no cookie, no sign-in."""
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


def links(world):
    found = re.findall(r"http://testserver(/letters/([a-z-]+)/[\w.-]+)", world[1].letter.text)
    return {purpose: address for address, purpose in found}


def rows(services, table):
    with services.database.read() as tx:
        return list(tx.execute(select(table)))


def snapshot(services):
    tables = (list_items, lists, promises, introductions, opinions, outbox, audit)
    return [rows(services, table) for table in tables]


def test_programs_that_follow_every_link_change_nothing(services, world, reader):
    before = snapshot(services)
    for address in links(world).values():
        for method in ("get", "head"):
            assert getattr(reader, method)(address).status_code in (200, 405)
    assert snapshot(services) == before


def test_yes_ends_in_a_name_a_day_and_a_task(services, world, reader, pages):
    address = links(world)["yes"]
    page = reader.get(address)
    assert "commits you to nothing" in page.text and WELD in page.text
    assert "set-cookie" not in page.headers and page.headers["x-robots-tag"]
    for _ in range(2):  # a double click is one yes
        answer = reader.post(address)
        assert answer.status_code == 200
        assert re.search(r"Ada Admin|Admin Person|Officer Person", answer.text) and "905 555 0100" in answer.text
    (promise,), (introduction,) = rows(services, promises), rows(services, introductions)
    assert introduction.state == "firm_yes" and introduction.firm_source == "list"
    assert introduction.owner_id == promise.officer_id and promise.call_by > clock.today().isoformat()
    (item,) = rows(services, list_items)
    assert (item.answer, item.answered_by) == ("yes", "contact") and rows(services, lists)[0].answered_at
    (opinion,) = rows(services, opinions)
    assert (opinion.verdict, opinion.user_id) == ("right", f"contact:{world[0]}") and WELD in opinion.shown
    told = " ".join(row.details for row in rows(services, audit))
    assert "example.org" not in told
    officer = pages("officer")
    assert "was promised a call" in officer.get("/today").text


def test_undo_takes_all_of_it_back_until_somebody_called(services, world, reader, pages):
    address = links(world)["yes"]
    reader.post(address)
    assert "Undone" in reader.post(address, data={"what": "undo"}).text
    assert not rows(services, introductions) and rows(services, promises)[0].undone_at
    assert rows(services, list_items)[0].answer is None and rows(services, lists)[0].answered_at is None
    assert all(one.undone_at for one in rows(services, opinions))
    reader.post(address)
    open_one = next(one for one in rows(services, promises) if one.undone_at is None)
    officer = pages("officer")
    assert "905 555 0134" in officer.get(f"/lists/answers/{open_one.id}").text
    officer.post_form(f"/lists/answers/{open_one.id}", word="We send you the drawings by Monday.")
    refused = reader.post(address, data={"what": "undo"})
    assert refused.status_code == 409 and "called about this already" in refused.text
    assert "was promised a call" not in officer.get("/today").text
    assert pages("viewer").post_form(f"/lists/answers/{open_one.id}", word="").status_code == 403


@pytest.mark.parametrize("reason", ["not_our_work", "size", "distance", "certificate", "in_touch"])
def test_no_is_learned_from_and_hides_the_project(services, world, reader, reason, encoder):
    address = links(world)["no"]
    assert reader.post(address).status_code == 422  # without the reason
    assert reader.post(address, data={"reason": "whim"}).status_code == 422
    assert "helps us" in reader.post(address, data={"reason": reason}).text
    reader.post(address, data={"reason": reason})
    (item,) = rows(services, list_items)
    assert (item.answer, item.reason) == ("no", reason) and not rows(services, introductions)
    assert len([one for one in rows(services, opinions) if one.undone_at is None]) == 1
    start = clock.now()
    with clock.use_clock(lambda: start + timedelta(days=8)):
        run, shown = make(services, encoder)
        assert not shown, run.counts
    assert "Undone" in reader.post(address, data={"what": "undo"}).text


def test_too_busy_until_a_day_brings_nothing_before_it(services, world, reader, encoder):
    address = links(world)["no"]
    for day in ("", "soon", "2020-01-01", "2999-01-01"):
        assert reader.post(address, data={"reason": "busy", "until": day}).status_code == 422
    until = (clock.today() + timedelta(days=40)).isoformat()
    assert reader.post(address, data={"reason": "busy", "until": until}).status_code == 200
    add_project(services, "more", WELD, closes=(clock.today() + timedelta(days=90)).isoformat())
    start = clock.now()
    for n_days, n_lists in ((14, 0), (42, 1)):
        with clock.use_clock(lambda n_days=n_days: start + timedelta(days=n_days)):
            _run, shown = make(services, encoder)
            assert len([one for one in shown if one.made.kind == "list"]) == n_lists


def test_a_yes_after_a_no_and_a_no_after_a_yes(services, world, reader):
    addresses = links(world)
    reader.post(addresses["yes"])
    reader.post(addresses["no"], data={"reason": "size"})
    assert rows(services, list_items)[0].answer == "no" and not rows(services, introductions)
    reader.post(addresses["yes"])
    assert rows(services, list_items)[0].answer == "yes" and len(rows(services, introductions)) == 1


def test_a_colleague_is_named_and_not_written_to(services, world, reader):
    address = links(world)["colleague"]
    assert reader.post(address, data={"name": "", "email": "x"}).status_code == 422
    n_letters = len(rows(services, outbox))
    done = reader.post(address, data={"name": "Bo Bender", "email": "bo@weld.example.org"})
    assert "only once they have agreed" in done.text
    assert len(rows(services, outbox)) == n_letters and rows(services, list_items)[0].answer == "colleague"
    with services.database.read() as tx:
        found = ledger.may_send_in(
            tx, email="bo@weld.example.org", purpose=LetterPurpose.OPPORTUNITIES, moment=clock.now()
        )
    assert not found.allowed
    assert any(one.email == "bo@weld.example.org" for one in contacts.of_firm(services.database, "weld"))


def test_forged_swapped_and_strangers_links_are_refused_alike(services, world, reader):
    addresses = links(world)
    token = addresses["yes"].rsplit("/", 1)[1]
    wrong = [token[:-2] + "xx", "x", token[::-1], "é" * 20, "a" * 5000, token + "."]
    pages_seen = set()
    for purpose in ("yes", "no", "colleague", "status", "stop", "wishes", "follow-up", "confirm", "page"):
        for one in [*wrong, *([] if purpose == "yes" else [token])]:
            for method in ("get", "post"):
                answer = getattr(reader, method)(f"/letters/{purpose}/{one}")
                assert answer.status_code == 404, (purpose, one[:30], answer.status_code)
                if purpose in ("yes", "no", "stop"):
                    pages_seen.add(re.sub(r"/letters/\S+", "", answer.text))
    assert len(pages_seen) == 1
    assert not rows(services, promises)


def test_links_of_who_was_deleted_open_nothing(services, world, reader):
    contacts.delete(services.database, COMMAND_LINE, world[0])
    for purpose in ("yes", "no", "wishes"):
        assert reader.get(links(world)[purpose]).status_code == 404


def test_an_expired_link_offers_a_new_one_to_the_address_on_file(services, world, reader, settings):
    address, later = links(world)["yes"], clock.now() + timedelta(days=120)
    with clock.use_clock(lambda: later):
        page = reader.get(address)
        assert page.status_code == 410 and "too old" in page.text and "example.org" not in page.text
        assert reader.post(address).status_code == 410 and not rows(services, promises)
        for _ in range(3):  # asking often sends one
            assert "on its way" in reader.post(address, data={"what": "new"}).text
        letters = [one for one in rows(services, outbox) if one.kind == "new_link"]
        assert len(letters) == 1 and letters[0].email == "owner@weld.example.org"
        fresh = re.search(r"http://\S+(/letters/yes/\S+)", letters[0].text).group(1)
        assert "Thank you" in reader.post(fresh).text
        # The letter goes though nothing else would justify it any more.
        mail_server.switch_on(services.database)
        with mail_server.serving() as server:
            sender = Sender(services.database, settings.model_copy(update=server.settings), "w")
            assert sender.step()
            assert [m["To"] for m in server.handler.messages] == ["owner@weld.example.org"]


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "One-Click"}])
def test_one_click_stops_everything_at_once(services, world, reader, body):
    address = links(world)["stop"]
    assert "One click" in reader.get(address).text
    for _ in range(2):
        assert reader.post(address, data=body).status_code == 200
    with services.database.read() as tx:
        found = ledger.may_send_in(
            tx, email="owner@weld.example.org", purpose=LetterPurpose.OPPORTUNITIES, moment=clock.now()
        )
        n_receipts = tx.execute(select(func.count()).select_from(outbox).where(outbox.c.kind == "stopped")).scalar_one()
    assert found.reason == "withdrawn" and n_receipts == 1


def test_when_and_what_is_theirs_to_choose(services, world, reader):
    address = links(world)["wishes"]
    assert "At most once a month" in reader.get(address).text
    good = {"rhythm": "monthly", "language": "fr", "quiet": ["0", "4"]}
    for wrong in ({"rhythm": "hourly"}, {"language": "de"}, {"quiet": ["9"]}, {"rhythm": "paused"}):
        assert reader.post(address, data=good | wrong).status_code == 422
    assert "Enregistré" in reader.post(address, data=good).text
    page = reader.get(address).text
    assert re.search(r'value="monthly" checked', page) and re.search(r'value="fr" checked', page)


def test_the_firm_sees_what_became_of_its_yes_and_hears_the_no_with_its_reason(services, world, reader, settings):
    reader.post(links(world)["yes"])
    (introduction,) = rows(services, introductions)
    day = clock.today()
    with services.database.write() as tx:
        stored = introductions_actions.repository.find(tx, introduction.id)
        said = steps.Said(False, "phone", "certificate")
        steps.project_answers_in(tx, COMMAND_LINE, stored, said, day)
    assert notices.put_in_all(services.database, services.settings) == 1
    assert notices.put_in_all(services.database, services.settings) == 0
    letter = next(one for one in rows(services, outbox) if one.kind == "news")
    status = re.search(r"http://\S+(/letters/status/\S+)", letter.text).group(1)
    page = reader.get(status).text
    # The project names no certificate: none is told as its reason.
    assert "It was a question of a certificate" in page and "Battery trays" in page
    needs = [{"text": WELD, "role": "supplier", "certificate": "AS9100"}]
    projects_actions.patch_project(services, COMMAND_LINE, "trays", {"needs": needs}, expected=None)
    add_project(services, "other", WELD, needs=needs)
    page = " ".join(reader.get(status).text.split())
    assert "They chose a firm with AS9100" in page and "2 of 2 recent projects near you asked for it" in page
    assert reader.post(status).status_code == 404


def test_both_sides_are_introduced_and_asked_what_came_of_it(services, world, reader, settings):
    contacts.add(
        services.database, COMMAND_LINE, Owner(project_id="trays"),
        ContactDraft(name="Pia Project", email="pia@trays.example.org", telephone="416 555 0199"),
    )  # fmt: skip
    reader.post(links(world)["yes"])
    (introduction,) = rows(services, introductions)
    said = steps.Said(True, "phone")
    introductions_actions.project_answers(services, COMMAND_LINE, introduction.id, said, expected=None)
    assert "pia@" not in " ".join(one.text for one in rows(services, outbox))
    introductions_actions.introduce(services, COMMAND_LINE, introduction.id, expected=None)
    notices.put_in_all(services.database, services.settings)
    letters = {one.email: one for one in rows(services, outbox) if one.kind == "introduced"}
    assert set(letters) == {"owner@weld.example.org", "pia@trays.example.org"}
    assert "pia@trays.example.org" in letters["owner@weld.example.org"].text
    assert "owner@weld.example.org" in letters["pia@trays.example.org"].text
    start = clock.now()
    with clock.use_clock(lambda: start + timedelta(days=31)):
        assert notices.put_in_all(services.database, services.settings) == 1
        assert notices.put_in_all(services.database, services.settings) == 0
        follow = next(one for one in rows(services, outbox) if one.kind == "follow_up")
        address = re.search(r"http://\S+(/letters/follow-up/\S+)", follow.text).group(1)
        assert "What came of it" in reader.get(address).text
        assert reader.post(address, data={"outcome": "fame"}).status_code == 422
        with clock.use_clock(lambda: start + timedelta(days=200)):
            assert reader.get(address).status_code == reader.post(address, data={"outcome": "quote"}).status_code == 404
        for outcome, stored in (("nothing_yet", None), ("quote", "quote"), ("meeting", "quote"), ("order", "order")):
            assert "Thank you" in reader.post(address, data={"outcome": outcome}).text
            assert rows(services, introductions)[0].outcome == stored
    assert isinstance(services.database, Database)


@pytest.mark.parametrize("days_later", [1, 40])
@pytest.mark.parametrize("how", ["project says no", "staff close it"])
def test_every_yes_hears_what_became_of_it_however_late(services, world, reader, settings, days_later, how):
    reader.post(links(world)["yes"])
    (introduction,) = rows(services, introductions)
    start = clock.now()
    later = start + timedelta(days=days_later)
    with clock.use_clock(lambda: later):
        if how == "staff close it":
            introductions_actions.close(services, COMMAND_LINE, introduction.id, "project_changed", expected=None)
        else:
            said = steps.Said(False, "phone", "price")
            introductions_actions.project_answers(services, COMMAND_LINE, introduction.id, said, expected=None)
        assert notices.put_in_all(services.database, services.settings) == 1
    # Sending is off for some days: the answer goes when it is on again.
    mail_server.switch_on(services.database)
    with clock.use_clock(lambda: later + timedelta(days=6)), mail_server.serving() as server:
        sender = Sender(services.database, settings.model_copy(update=server.settings), "w")
        assert sender.step() and [m["To"] for m in server.handler.messages] == ["owner@weld.example.org"]


def test_a_promise_is_kept_by_whatever_staff_note_of_the_call(services, world, reader):
    reader.post(links(world)["yes"])
    (introduction,) = rows(services, introductions)
    introductions_actions.set_note(services, COMMAND_LINE, introduction.id, "to be called", expected=None)
    assert rows(services, promises)[0].kept_at is None
    said = steps.Said(False, "phone", "price")
    introductions_actions.firm_answers(services, COMMAND_LINE, introduction.id, said, expected=None)
    assert rows(services, promises)[0].kept_at


def test_a_broken_promise_tops_everybodys_day(services, world, reader, pages):
    reader.post(links(world)["yes"])
    late = clock.now() + timedelta(days=9)
    with clock.use_clock(lambda: late):
        for role in ("officer", "admin"):
            page = pages(role).get("/today").text
            assert page.index("was promised a call") < page.find("Ask the project", 0) or "Ask the project" not in page


def test_staff_note_an_answer_in_two_clicks(services, world, reader, pages):
    officer, viewer = pages("officer"), pages("viewer")
    page = officer.get("/firms/weld").text
    address = re.search(r"/lists/items/[\w-]+/answer", page).group(0)
    assert address not in viewer.get("/firms/weld").text and "Battery trays" in viewer.get("/firms/weld").text
    assert viewer.post_form(address, said="yes").status_code == 403
    officer.post_form(address, said="whim")
    assert rows(services, list_items)[0].answer is None
    reader.post(links(world)["yes"])
    officer.post_form(address, said="size")
    (item,) = rows(services, list_items)
    assert (item.answer, item.reason) == ("no", "size") and item.answered_by.startswith("user:")
    assert not [one for one in rows(services, opinions) if one.undone_at is None]


def test_undoing_a_no_opens_again_what_it_closed(services, world, reader, pages):
    officer = pages("officer")
    address = re.search(r"/lists/items/[\w-]+/answer", officer.get("/firms/weld").text).group(0)
    officer.post_form(address, said="yes")
    reader.post(links(world)["no"], data={"reason": "size"})
    assert rows(services, introductions)[0].state == "closed"
    reader.post(links(world)["no"], data={"what": "undo"})
    assert rows(services, introductions)[0].state == "firm_yes"


def test_nobody_answers_by_one_link_without_end(services, world, reader):
    address = links(world)["yes"]
    codes = [reader.post(address, data={"what": "undo" if n % 2 else "yes"}).status_code for n in range(70)]
    assert codes[0] == 200 and codes[-1] == 429


def test_the_stop_page_leads_to_fewer_letters(services, world, reader):
    page = reader.get(links(world)["stop"]).text
    fewer = re.search(r'href="(/letters/wishes/[^"]+)"', page).group(1)
    assert "At most once a month" in reader.get(fewer).text
