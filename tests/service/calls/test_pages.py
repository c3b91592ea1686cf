import re

import pytest
from call_list_data import load

from matcher import Role
from service.calls import actions
from service.calls.actions import Heard
from service.contacts import actions as contacts
from service.introductions import actions as introductions
from service.introductions.actions import Between, Said
from service.matches.params import PanelParams
from service.projects import actions as projects_actions
from service.security import COMMAND_LINE


@pytest.fixture
def services(app, visitor):
    """Those of the running application, with its firms loaded."""
    for _turn in range(400):
        if visitor.get("/readyz").status_code == 200:
            break
    load(app.state.services)
    return app.state.services


@pytest.fixture
def made(services, staff):
    done = actions.make_list(services, staff.officer.caller, "trays", Role.SUPPLIER, params=PanelParams())
    return actions.get_list(services, done.made.id)


@pytest.fixture
def weld(made):
    return next(call for call in made[1] if call.firm_id == "weld")


def answer(browser, call, **fields):
    return browser.post_form(f"/call-lists/{call.list_id}/calls/{call.id}", version=str(call.version), **fields)


def test_button_of_the_project_makes_the_list_and_shows_it(services, pages):
    officer = pages("officer")
    done = officer.post_form("/projects/trays/call-list", role="supplier")
    assert done.status_code == 303 and done.headers["location"].startswith("/call-lists/")
    page = officer.get(done.headers["location"]).text
    assert "2 firms to call." in page and "Weld Co" in page and "905 555 0134" in page and "Wanda Weld" in page
    assert "Laser welding of battery trays" in page and "leak testing with helium" in page
    assert "Telephone not known." in page  # of Tray Works
    assert "Could you supply this: leak testing with helium?" in page
    again = officer.post_form("/projects/trays/call-list?member=yes", role="supplier")
    assert again.headers["location"] == done.headers["location"]
    assert "nothing new came to it" in officer.get(again.headers["location"]).text


def test_firms_of_a_card_are_added_and_refusals_lead_back_to_the_project(services, pages):
    officer = pages("officer")
    done = officer.post_form("/projects/trays/call-list", role="supplier", firm=["bakery", "tray"])
    assert "Corner Bakery" in officer.get(done.headers["location"]).text
    refused = officer.post_form("/projects/trays/call-list", role="supplier", firm="lead")
    assert refused.headers["location"] == "/projects/trays?role=supplier"
    assert officer.post_form("/projects/nothing/call-list", role="supplier").status_code == 404


def test_list_in_french_asks_in_french(services, pages, made, staff):
    officer = pages("officer")
    officer.post_form("/language", language="fr", next="/today")
    page = officer.get(f"/call-lists/{made[0].id}").text
    assert "Pourriez-vous fournir ceci" in page and "Could you supply" not in page


def test_yes_is_saved_and_leads_to_the_introduction(services, pages, weld):
    officer = pages("officer")
    done = answer(officer, weld, answer="yes", may_be_named="yes", note="Wants drawings")
    assert (done.status_code, done.headers["location"]) == (303, f"/call-lists/{weld.list_id}#call-{weld.id}")
    page = officer.get(f"/call-lists/{weld.list_id}").text
    assert "the introduction has begun" in page and "Wants drawings" in page
    one = introductions.of_firm(services, "weld")[0]
    assert f"/introductions/{one.id}" in page and one.may_be_named


def test_refused_answer_keeps_what_was_typed_beside_its_field(services, pages, weld):
    officer = pages("officer")
    page = answer(officer, weld, answer="no", note="Too busy until spring")
    assert page.status_code == 422
    assert "Choose the reason: it is what we learn from." in page.text
    assert 'value="Too busy until spring"' in page.text
    assert re.search(r'value="no" checked', page.text)
    page = answer(officer, weld, answer="call_back", call_back_on="2020-01-01")
    assert page.status_code == 422 and "This day is over" in page.text and 'value="2020-01-01"' in page.text
    assert actions.get_call(services, weld.id) == weld


def test_stale_answer_shows_both_and_overwrites_nothing(services, pages, weld, staff):
    officer = pages("officer")
    actions.note_answer(services, staff.admin.caller, weld.id, Heard("no", reason="price"), expected=1)
    page = answer(officer, weld, answer="yes", note="Glad to")
    assert page.status_code == 412
    assert "Yes, interested" in page.text and "Price" in page.text and "Glad to" in page.text
    assert actions.get_call(services, weld.id).answer == "no"
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    fields.pop("csrf")
    done = officer.post_form(f"/call-lists/{weld.list_id}/calls/{weld.id}", **fields)
    assert done.status_code == 303
    assert actions.get_call(services, weld.id).answer == "yes"


def test_missing_telephone_is_added_on_the_list(services, pages, made):
    officer = pages("officer")
    tray = next(call for call in made[1] if call.firm_id == "tray")
    address = f"/call-lists/{tray.list_id}/calls/{tray.id}/telephone"
    page = officer.post_form(address, telephone="ask Bob", name="Bob")
    assert page.status_code == 422 and "This is no telephone number" in page.text and 'value="ask Bob"' in page.text
    assert officer.post_form(address, telephone="", name="Bob").status_code == 422
    assert officer.post_form(address, telephone="905 555 0155", name="Bob").status_code == 303
    assert contacts.of_firm(services.database, "tray")[0].telephone == "905 555 0155"
    assert "905 555 0155" in officer.get(f"/call-lists/{tray.list_id}").text


def test_firm_with_another_question_is_marked(services, pages, made, staff):
    row = {"id": "pumps", "title": "Heat pumps", "stage": "call", "closes": "2999-01-01"}
    projects_actions.create_project(services, COMMAND_LINE, row)
    introductions.propose(services, staff.officer.caller, Between("pumps", "weld", "supplier"))
    officer = pages("officer")
    assert "They still have to answer about “Heat pumps”" in officer.get(f"/call-lists/{made[0].id}").text
    weld = next(call for call in made[1] if call.firm_id == "weld")
    answer(officer, weld, answer="thinking")
    assert "was not asked yet" in officer.get(f"/call-lists/{made[0].id}").text


def test_answer_that_went_on_is_refused_in_words(services, pages, weld, staff):
    officer = pages("officer")
    answer(officer, weld, answer="yes")
    one = introductions.of_firm(services, "weld")[0]
    introductions.project_answers(
        services, staff.officer.caller, one.id, Said(False, "phone", "project_side"), expected=None
    )
    page = answer(officer, actions.get_call(services, weld.id), answer="no", reason="price")
    assert page.status_code == 422 and "has gone on since this answer" in page.text


def test_list_is_closed_opened_again_and_found_in_the_overview(services, pages, made):
    officer = pages("officer")
    address = f"/call-lists/{made[0].id}"
    assert "Battery trays" in officer.get("/call-lists").text
    officer.post_form(f"{address}/close")
    page = officer.get(address).text
    assert "Open this list again" in page and 'name="answer"' not in page
    assert "Battery trays" not in officer.get("/call-lists").text
    assert "Battery trays" in officer.get("/call-lists?show=closed").text
    officer.post_form(f"{address}/reopen")
    assert 'name="answer"' in officer.get(address).text


def test_firm_is_taken_off_only_before_its_call(services, pages, made, weld):
    officer = pages("officer")
    answer(officer, weld, answer="no_answer")
    officer.post_form(f"/call-lists/{weld.list_id}/calls/{weld.id}/remove")
    assert "it stays on the list" in officer.get(f"/call-lists/{weld.list_id}").text
    tray = next(call for call in made[1] if call.firm_id == "tray")
    officer.post_form(f"/call-lists/{tray.list_id}/calls/{tray.id}/remove")
    assert "Tray Works is off this list." in officer.get(f"/call-lists/{tray.list_id}").text


def test_viewer_reads_and_writes_nothing(services, pages, made, weld):
    viewer = pages("viewer")
    page = viewer.get(f"/call-lists/{made[0].id}").text
    assert "Weld Co" in page and 'action="/call-lists' not in page
    address = f"/call-lists/{made[0].id}"
    for action, fields in (
        (f"{address}/calls/{weld.id}", {"answer": "yes"}), (f"{address}/calls/{weld.id}/remove", {}),
        (f"{address}/calls/{weld.id}/telephone", {"telephone": "905 555 0111"}), (f"{address}/close", {}),
        (f"{address}/reopen", {}), ("/projects/trays/call-list", {"role": "supplier"}),
    ):  # fmt: skip
        assert viewer.post_form(action, **fields).status_code == 403, action
    assert actions.get_call(services, weld.id) == weld


def test_forged_and_misdirected_requests_are_refused(services, pages, made, weld):
    officer = pages("officer")
    address = f"/call-lists/{made[0].id}"
    assert officer.post(f"{address}/calls/{weld.id}", data={"answer": "yes"}).status_code == 403
    assert officer.get("/call-lists/nothing").status_code == 404
    assert officer.post_form(f"{address}/calls/nothing", answer="yes").status_code == 404
    assert officer.post_form(f"/call-lists/nothing/calls/{weld.id}", answer="yes").status_code == 404
    assert officer.get(f"{address}/close").status_code == 405
    assert officer.get("/call-lists?page=0").status_code == 422


def test_nobody_reads_a_list_without_signing_in(services, made, visitor):
    done = visitor.get(f"/call-lists/{made[0].id}")
    assert done.status_code == 303 and done.headers["location"].startswith("/sign-in")


def test_empty_overview_says_what_to_do(pages):
    officer = pages("officer")
    assert "press “Make my call list”" in officer.get("/call-lists").text.replace("&#34;", '"')
    assert "Lists that you close stay here" in officer.get("/call-lists?show=closed").text


def test_telephone_numbers_stay_out_of_log_and_audit(services, pages, made, caplog):
    officer = pages("officer")
    tray = next(call for call in made[1] if call.firm_id == "tray")
    officer.post_form(f"/call-lists/{tray.list_id}/calls/{tray.id}/telephone", telephone="905 555 0155", name="Bob")
    officer.get(f"/call-lists/{tray.list_id}")
    assert "0155" not in caplog.text and "0134" not in caplog.text
