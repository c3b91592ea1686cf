import re

import pytest

from matcher import Firm
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.db import next_change
from service.firms import repository as firms_repository
from service.introductions import actions
from service.introductions.actions import Between, Said
from service.projects import actions as projects_actions
from service.security import COMMAND_LINE


@pytest.fixture
def services(app, visitor):
    services = app.state.services
    with services.database.write() as tx:
        for key, name in (("weld", "Weld Co"), ("far", "Far Weld"), ("mill", "Mill Co")):
            firms_repository.insert_firm(tx, Firm(key, name, city="Milton", province="ON"), next_change(tx))
    for key, title in (("trays", "Battery trays"), ("pumps", "Heat pumps")):
        row = {"id": key, "title": title, "stage": "call", "closes": "2999-01-01"}
        projects_actions.create_project(services, COMMAND_LINE, row)
    draft = ContactDraft(name="Wanda Weld", telephone="905 555 0134", email="wanda@weld.example")
    contacts.add(services.database, COMMAND_LINE, Owner(firm_id="weld"), draft)
    return services


@pytest.fixture
def one(services, staff):
    return actions.propose(services, staff.officer.caller, Between("trays", "weld", "supplier"))


def send(browser, services, one, what, **fields):
    stored = actions.get(services, one.id)[0]
    return browser.post_form(f"/introductions/{one.id}/{what}", version=str(stored.version), **fields)


def state_of(services, one):
    return actions.get(services, one.id)[0].state


def test_whole_way_on_the_pages(services, pages, one):
    officer = pages("officer")
    page = officer.get(f"/introductions/{one.id}").text
    assert "Did the firm say yes?" in page and "905 555 0134" in page
    assert send(officer, services, one, "firm", said="phone", may_be_named="yes").status_code == 303
    page = officer.get(f"/introductions/{one.id}").text
    assert "First step: find somebody on the project’s side" in page and "Yes, by phone" not in page
    refused = send(officer, services, one, "project", said="phone")
    assert refused.status_code == 422 and "first add who said yes" in refused.text
    bad = send(officer, services, one, "contact", side="project", name="Lee", email="lee at trays")
    assert bad.status_code == 422 and 'value="lee at trays"' in bad.text
    send(officer, services, one, "contact", side="project", name="Lee Lead", email="lee@trays.example")
    assert "Yes, by e-mail" in officer.get(f"/introductions/{one.id}").text
    send(officer, services, one, "project", said="mail")
    page = officer.get(f"/introductions/{one.id}").text
    assert "Bring them together" in page
    letter = re.search(r'<textarea id="f-letter".*?>(.*?)</textarea>', page, re.S).group(1)
    assert (
        "wanda@weld.example" in letter and "lee@trays.example" in letter and "Hello Lee Lead and Wanda Weld" in letter
    )
    send(officer, services, one, "introduced")
    send(officer, services, one, "outcome", outcome="meeting")
    assert "They met." in officer.get(f"/introductions/{one.id}").text
    refused = send(officer, services, one, "outcome", outcome="order")
    assert refused.status_code == 422 and "rather not say" in refused.text
    send(officer, services, one, "outcome", outcome="order", value_range="10k_50k")
    page = officer.get(f"/introductions/{one.id}").text
    assert "An order or contract: $10,000 to $50,000." in page and state_of(services, one) == "closed"
    for line in ("The firm was told and asked", "The firm said yes", "They were introduced", "Officer Person"):
        assert line in page


def test_text_for_both_sides_waits_for_both(services, pages, one):
    officer = pages("officer")
    draft = ContactDraft(name="Lee Lead", email="lee@trays.example")
    contacts.add(services.database, COMMAND_LINE, Owner(project_id="trays"), draft)
    assert 'id="f-letter"' not in officer.get(f"/introductions/{one.id}").text
    send(officer, services, one, "firm", said="phone")
    page = officer.get(f"/introductions/{one.id}").text
    assert 'id="f-letter"' not in page and "Neither side gets the other’s numbers" in page
    send(officer, services, one, "project", said="phone")
    assert 'id="f-letter"' in officer.get(f"/introductions/{one.id}").text


def test_no_needs_a_reason_and_keeps_the_page(services, pages, one):
    officer = pages("officer")
    page = send(officer, services, one, "firm", said="no", source="mail")
    assert page.status_code == 422 and "Choose the reason: it is what we learn from." in page.text
    assert re.search(r'value="mail" selected', page.text)
    send(officer, services, one, "firm", said="no", source="mail", reason="no_capacity")
    assert "No capacity now." in officer.get(f"/introductions/{one.id}").text


def test_stale_page_shows_both(services, pages, one, staff):
    officer = pages("officer")
    actions.firm_answers(services, staff.admin.caller, one.id, Said(False, "phone", "price"), expected=None)
    page = officer.post_form(f"/introductions/{one.id}/firm", version=str(one.version), said="phone")
    assert page.status_code == 412 and "Closed" in page.text
    page = officer.post_form(f"/introductions/{one.id}/note", version=str(one.version), note="Mine")
    assert page.status_code == 412 and "Mine" in page.text
    assert actions.get(services, one.id)[0].note == ""


def test_step_is_undone_and_the_first_one_removes_it(services, pages, one):
    officer = pages("officer")
    send(officer, services, one, "firm", said="phone")
    assert "Undo: The firm said yes" in officer.get(f"/introductions/{one.id}").text
    send(officer, services, one, "undo")
    assert state_of(services, one) == "proposed"
    done = send(officer, services, one, "undo")
    assert done.headers["location"] == "/introductions"
    assert officer.get(f"/introductions/{one.id}").status_code == 404


def test_colleague_takes_over_sets_a_day_and_keeps_apart(services, pages, one, staff):
    admin = pages("admin")
    assert "Task of Officer Person" in admin.get(f"/introductions/{one.id}").text
    send(admin, services, one, "owner")
    assert "Your task" in admin.get(f"/introductions/{one.id}").text
    page = send(admin, services, one, "answer-by", answer_by="2020-01-01")
    assert page.status_code == 422 and "This day is over" in page.text
    assert send(admin, services, one, "note", note="Wants drawings").status_code == 303
    send(admin, services, one, "apart", apart_note="An old quarrel")
    page = admin.get(f"/introductions/{one.id}").text
    assert "should not be put together" in page and "Wants drawings" in page
    assert send(admin, services, one, "close", close_reason="other").status_code == 422  # closed already


def test_board_shows_where_each_stands(services, pages, one, staff):
    officer = pages("officer")
    page = officer.get("/introductions").text
    assert "Waiting for the firm" in page and "Weld Co" in page and "Battery trays" in page
    assert "Weld Co" in officer.get("/introductions?owner=me").text
    assert "None fits what you chose above." in pages("admin").get("/introductions?owner=me").text
    assert "Weld Co" in officer.get("/introductions?project=trays").text
    page = officer.get("/introductions?project=pumps").text
    assert "None fits" in page and "Only: Heat pumps" in page
    assert "Weld Co" in officer.get("/introductions?firm=weld&state=proposed").text
    actions.close(services, staff.officer.caller, one.id, "project_changed", expected=None)
    assert "Weld Co" not in officer.get("/introductions").text
    assert "The project changed or ended" in officer.get("/introductions?state=closed").text


def test_long_list_of_one_state_has_pages(services, pages, staff):
    with services.database.write() as tx:
        for n in range(60):
            firms_repository.insert_firm(tx, Firm(f"f{n:02}", f"Firm {n:02}"), next_change(tx))
    for n in range(60):
        actions.propose(services, staff.officer.caller, Between("trays", f"f{n:02}", "supplier"))
    officer = pages("officer")
    first = officer.get("/introductions").text
    assert "See all 60" in first and first.count('name="id"') == 25
    whole = officer.get("/introductions?state=proposed").text
    assert whole.count('name="id"') == 50 and "page=2" in whole
    assert officer.get("/introductions?state=proposed&page=2").text.count('name="id"') == 10


def test_many_are_closed_at_once_by_reason(services, pages, one, staff):
    mill = actions.propose(services, staff.officer.caller, Between("trays", "mill", "supplier"))
    officer = pages("officer")
    page = officer.post_form("/introductions/answers", id=[one.id, mill.id], source="mail")
    assert page.status_code == 422 and "Choose the reason" in page.text and page.text.count(" checked>") == 2
    page = officer.post_form("/introductions/answers", reason="no_answer", source="mail")
    assert page.status_code == 422 and "Tick at least one firm." in page.text
    officer.post_form("/introductions/answers", id=[one.id, mill.id, "gone"], reason="no_answer", source="mail")
    page = officer.get("/introductions").text
    assert "2 introductions are closed." in page and "1 stays as it is" in page
    assert {state_of(services, each) for each in (one, mill)} == {"closed"}


def test_introduction_is_begun_by_hand(services, pages):
    officer = pages("officer")
    page = officer.get("/introductions/new?project=trays&firm=weld").text
    assert 'value="Weld Co"' in page and re.search(r'value="trays" selected', page)
    page = officer.post_form("/introductions/new", project="trays", firm="weld", role="supplier")
    assert page.status_code == 422 and "choose one" in page.text and "Far Weld" in page.text
    page = officer.post_form("/introductions/new", project="trays", firm="nobody", role="supplier")
    assert page.status_code == 422 and "No firm has these words" in page.text and 'value="nobody"' in page.text
    done = officer.post_form(
        "/introductions/new", project="trays", firm="weld", firm_id="far", chosen="yes", role="supplier"
    )
    assert done.status_code == 303
    assert actions.of_firm(services, "far")[0].state == "proposed"
    page = officer.post_form("/introductions/new", project="pumps", firm="Far Weld", role="supplier")
    assert page.status_code == 422 and "one question at a time" in page.text
    assert officer.post_form("/introductions/new", project="nothing", firm="mill", role="supplier").status_code == 404


def test_viewer_reads_and_writes_nothing(services, pages, one):
    viewer = pages("viewer")
    page = viewer.get(f"/introductions/{one.id}").text
    assert "Weld Co" in page and "Did the firm say yes?" not in page and f'action="/introductions/{one.id}' not in page
    assert "Begin an introduction" not in viewer.get("/introductions").text
    for what, fields in (
        ("firm", {"said": "phone"}), ("project", {"said": "phone"}), ("introduced", {}), ("undo", {}), ("owner", {}),
        ("outcome", {"outcome": "meeting"}), ("close", {"close_reason": "other"}), ("note", {"note": "x"}),
        ("answer-by", {"answer_by": "2999-01-01"}), ("named", {"may_be_named": "yes"}), ("apart", {}),
        ("contact", {"side": "firm", "name": "N"}),
    ):  # fmt: skip
        assert send(viewer, services, one, what, **fields).status_code == 403, what
    assert viewer.post_form("/introductions/answers", id=[one.id], reason="other", source="mail").status_code == 403
    assert viewer.post_form("/introductions/new", project="trays", firm="mill", role="supplier").status_code == 403
    assert actions.get(services, one.id)[0] == one


def test_unknown_and_forged_requests_are_refused(services, pages, one):
    officer = pages("officer")
    assert officer.get("/introductions/nothing").status_code == 404
    assert officer.post_form("/introductions/nothing/firm", said="phone").status_code == 404
    assert officer.post(f"/introductions/{one.id}/firm", data={"said": "phone"}).status_code == 403
    assert officer.get("/introductions?project=nothing").status_code == 404
    assert officer.get(f"/introductions/{one.id}/undo").status_code == 405
    assert state_of(services, one) == "proposed"


def test_nobody_reads_introductions_without_signing_in(services, one, visitor):
    for address in ("/introductions", f"/introductions/{one.id}", "/introductions/new"):
        assert visitor.get(address).headers["location"].startswith("/sign-in")


def test_page_in_french_has_no_english_left(services, pages, one):
    officer = pages("officer")
    officer.post_form("/language", language="fr", next="/today")
    page = officer.get(f"/introductions/{one.id}").text
    assert "La firme a-t-elle dit oui" in page or "L’entreprise a-t-elle dit oui" in page
