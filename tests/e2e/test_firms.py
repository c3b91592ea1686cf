"""Firms in the browser: what they do, who is there, what to ask; merged, put away and deleted; by keyboard too."""

import json
from pathlib import Path

import pytest
from website_of import page as web_page
from website_of import site_of

from matcher import data_folder, firm_from_row
from service.clock import today
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.db import next_change
from service.firms import actions, notes, repository
from service.firms.draft_pages import website_reader
from service.projects.actions import create_project
from service.security import COMMAND_LINE

WORDS = "five-axis machining of titanium housings for large pumps"
TEXT = (
    "We provide CNC machining of aluminium and titanium parts up to 800 mm. Our 25 employees run two shifts. "
    "We are ISO 9001:2015 certified and working towards AS9100. We do not offer welding. We use cookies."
)


def rows(path, n=None):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()[:n]]


@pytest.fixture
def firms(site):
    """Sixty real firms, and one that a test works on."""
    while not site.services.follower.is_ready:
        pass
    with site.database.write() as tx:
        for row in rows(data_folder() / "directory" / "firms_halton_2017.jsonl", 60):
            repository.insert_firm(tx, firm_from_row(row), next_change(tx))
    actions.create_firm(
        site.services, COMMAND_LINE,
        {"id": "acme", "name": "Acme Machining Ltd.", "city": "Milton", "province": "ON", "member": True,
         "website": "https://www.acme.example", "as_of": "2025-06", "capabilities": [WORDS, "CMM inspection"],
         "certifications": ["ISO 9001"], "sources": ["https://www.acme.example/about"]},
    )  # fmt: skip
    return site


def stored(site, key="acme"):
    return actions.get_firm(site.services, key)


def press(page, name, exact=False):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=exact).first.click()


def follow(page, name, exact=False):
    with page.expect_navigation():
        page.get_by_role("link", name=name, exact=exact).first.click()


def test_firms_are_found_and_sorted_many_at_once(page, firms, sign_in, axe, screenshot):
    sign_in(page)
    page.goto("/firms")
    assert page.get_by_text("61 firms", exact=False).first.is_visible()
    screenshot(page, "firms-list")
    axe(page)
    follow(page, "Next page")
    assert page.locator("tbody tr").count() == 11
    page.goto("/firms")
    page.get_by_label("Tick all on this page").check()
    page.get_by_label("The ticked firms:").select_option("could")
    press(page, "Sort them")
    assert page.get_by_text("50 firms are sorted.").is_visible()
    with page.expect_navigation():
        page.get_by_label("Could it fit such projects?").select_option("none")
    assert "fit=none" in page.url and page.locator("tbody tr").count() == 11
    page.goto("/firms?q=nothing+like+this")
    assert page.get_by_role("heading", name="No firm is like that").is_visible()
    screenshot(page, "firms-none")


def test_a_firm_is_confirmed_on_the_telephone_and_gets_a_contact(page, firms, sign_in, axe, screenshot):
    sign_in(page)
    page.goto("/firms?q=acme")
    follow(page, "Acme Machining Ltd.")
    assert page.get_by_text("3 lines nobody has confirmed yet.").is_visible()
    screenshot(page, "firm")
    axe(page)
    page.get_by_label("They confirmed: CMM inspection").check()
    page.get_by_label("They confirmed the ticked lines").select_option("in_person")
    press(page, "Confirm", exact=True)
    assert page.get_by_text("1 line is confirmed.").is_visible()
    assert page.get_by_text("in person, Olga Officer").is_visible()
    page.get_by_label("In their words").fill("two 5-axis mills, 800 mm table")
    page.get_by_label("What is it?").select_option("equipment")
    press(page, "Add", exact=True)
    told = stored(firms).record.statements[-1]
    assert (told.confirmed, told.date, told.kind.value) == (True, today().isoformat(), "equipment")
    follow(page, "Add a contact")
    page.get_by_label("Telephone").fill("12")
    page.get_by_label("Name").fill("Sam Lee")
    press(page, "Add", exact=True)
    assert page.locator("#e-telephone").is_visible() and page.get_by_label("Name").input_value() == "Sam Lee"
    screenshot(page, "contact-refused")
    page.get_by_label("Telephone").fill("905 555 0134")
    press(page, "Add", exact=True)
    assert page.get_by_role("link", name="905 555 0134").first.is_visible()
    screenshot(page, "firm-known")
    axe(page)


def test_a_firm_page_in_the_dark(page, firms, sign_in, screenshot):
    contacts.add(
        firms.database, COMMAND_LINE, Owner(firm_id="acme"),
        ContactDraft("Sam Lee", "Owner", "sam@acme.example", "905 555 0134", "en", "gave a card at the fair"),
    )  # fmt: skip
    sign_in(page)
    page.goto("/firms/acme")
    screenshot(page, "firm-dark", scheme="dark")


def test_what_they_do_is_read_from_a_text_and_from_their_website(page, firms, sign_in, axe, axe_here, screenshot):
    sign_in(page)
    page.goto("/firms/acme")
    follow(page, "Read what they do from a text, a file or their website")
    screenshot(page, "firm-draft")
    axe(page)
    page.get_by_label("Paste a paragraph").fill(TEXT)
    press(page, "Read the text")
    assert page.get_by_text("4 lines say what they do.").is_visible()
    screenshot(page, "firm-draft-lines")
    axe_here(page.content())
    page.get_by_label("Keep line 4").uncheck()
    press(page, "Add the ticked lines")
    assert page.get_by_text("3 lines are added. Nobody has confirmed them yet").is_visible()
    assert stored(firms).record.employees == 25
    page.goto("/firms/acme/draft")
    page.get_by_label("Address").fill("http://127.0.0.1/")
    press(page, "Read the website now")
    assert page.locator("#e-website").inner_text() == "This address is not on the public internet: it is not read."
    axe_here(page.content())
    with site_of({"/": web_page("<p>We also do vacuum brazing of titanium parts.</p>")}) as website:
        firms.app.dependency_overrides[website_reader] = lambda: website.reader()
        page.get_by_label("Address").fill(f"www.acme.example:{website.port}")
        press(page, "Read the website now")
        assert page.get_by_label("Line 1", exact=True).input_value() == "We also do vacuum brazing of titanium parts."


def test_two_firms_become_one_and_two_again(page, firms, sign_in, axe, screenshot):
    row = {"id": "acme-2", "name": "Acme Machining Limited", "city": "Milton", "capabilities": ["wire erosion"]}
    actions.create_firm(firms.services, COMMAND_LINE, row)
    sign_in(page)
    page.goto("/firms/acme")
    screenshot(page, "firm-double")
    follow(page, "Look at both")
    screenshot(page, "firm-merge")
    axe(page)
    press(page, "Make them one firm")
    assert page.get_by_text("wire erosion", exact=True).first.is_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    press(page, "Take them apart again")
    assert page.get_by_text("Acme Machining Limited is a firm of its own again.").is_visible()
    press(page, "Not the same")
    assert page.get_by_text("May be the same firm:").count() == 0


def test_opportunities_say_which_answer_would_help_most(page, firms, sign_in, axe, screenshot):
    create_project(
        firms.services, COMMAND_LINE,
        {"id": "pumps", "title": "Pumps for deep mines", "stage": "seeking", "checked": today().isoformat(),
         "needs": [{"text": WORDS, "role": "supplier"}, {"text": "AS9100", "role": "supplier"}]},
    )  # fmt: skip
    sign_in(page)
    page.goto("/firms/acme")
    follow(page, "Opportunities")
    assert page.get_by_role("link", name="Pumps for deep mines").first.is_visible()
    screenshot(page, "firm-opportunities")
    axe(page)
    assert page.get_by_text("If they hold AS9100").is_visible()
    press(page, "They said yes by phone")
    assert stored(firms).record.statements[-1].text == "AS9100"
    follow(page, "History")
    assert page.get_by_text("1 statement added").is_visible()
    screenshot(page, "firm-history")
    axe(page)


def test_a_new_firm_like_an_old_one_is_asked_about(page, firms, sign_in, axe, axe_here, screenshot):
    sign_in(page)
    page.goto("/firms/new")
    axe(page)
    screenshot(page, "firm-new")
    page.get_by_label("Name").fill("ACME Machining Limited")
    page.get_by_label("Town").fill("Milton")
    press(page, "Add to our list")
    assert page.get_by_role("heading", name="We may have this firm already").is_visible()
    axe_here(page.content())
    page.get_by_label("It is another firm: add it anyway").check()
    press(page, "Add to our list")
    assert page.url.endswith("/firms/acme-machining-limited")


def test_a_stale_change_shows_both_and_loses_nothing(page, firms, sign_in, axe_here, screenshot):
    sign_in(page)
    page.goto("/firms/acme/edit")
    actions.patch_firm(firms.services, COMMAND_LINE, "acme", {"city": "Acton"}, expected=None)
    page.get_by_label("Town").fill("Guelph")
    press(page, "Save", exact=True)
    assert page.get_by_text("Guelph").first.is_visible() and page.get_by_text("Acton").first.is_visible()
    screenshot(page, "firm-stale")
    axe_here(page.content())
    assert stored(firms).record.city == "Acton"


def test_a_firm_is_put_away_brought_back_and_deleted(page, firms, sign_in, axe, screenshot):
    sign_in(page)
    page.goto("/firms/acme")
    page.once("dialog", lambda dialog: dialog.accept())
    press(page, "Put away", exact=True)
    assert page.get_by_text("Put away since").is_visible()
    screenshot(page, "firm-away")
    axe(page)
    press(page, "Bring it back")
    follow(page, "Delete for good…")
    screenshot(page, "firm-delete")
    axe(page)
    press(page, "Delete for good", exact=True)
    assert page.get_by_text("Acme Machining Ltd. is deleted for good.").is_visible()
    assert page.goto("/firms/acme").status == 404


def test_a_viewer_reads_and_finds_no_button(page, firms, sign_in, axe, screenshot):
    sign_in(page, "viewer")
    page.goto("/firms/acme")
    assert page.locator("main button").count() == 0 and page.locator("main input").count() == 0
    axe(page)
    screenshot(page, "firm-viewer")
    assert page.goto("/firms/acme/edit").status == 403


def test_by_keyboard_alone(page, firms, sign_in):
    sign_in(page)
    page.goto("/firms?q=acme")
    link = page.get_by_role("link", name="Acme Machining Ltd.")
    tab_to(page, link)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("They confirmed: CMM inspection"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Confirm", exact=True))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert [one.text for one in stored(firms).record.statements if one.confirmed] == ["CMM inspection"]


def tab_to(page, target):
    for _ in range(200):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached by Tab")


def test_without_scripts_everything_is_a_form(chromium, firms):
    context = chromium.new_context(base_url=firms.url, java_script_enabled=False)
    context.add_cookies([{"name": "session", "value": firms.token("officer"), "url": firms.url}])
    page = context.new_page()
    page.goto("/firms")
    page.get_by_label("Name or town").fill("acme")
    press(page, "Show", exact=True)
    page.get_by_label("Tick Acme Machining Ltd.").check()
    press(page, "Sort them")
    assert notes.note_of(firms.database, "acme").fit == "could"
    page.goto("/firms/acme")
    page.get_by_label("In their words").fill("laser marking")
    press(page, "Add", exact=True)
    assert stored(firms).record.statements[-1].text == "laser marking"
    context.close()


@pytest.mark.parametrize("address", ["/firms", "/firms/acme", "/firms/acme/draft", "/firms/acme/opportunities",
                                     "/firms/acme/history", "/firms/acme/delete", "/firms/new",
                                     "/contacts/new?firm=acme"])  # fmt: skip
def test_pages_in_french(page, firms, sign_in, axe, address, screenshot):
    sign_in(page, language="fr")
    page.goto(address)
    assert page.locator("html").get_attribute("lang") == "fr"
    axe(page)
    if address == "/firms/acme":
        assert page.get_by_role("link", name="Occasions").is_visible()
        screenshot(page, "firm-fr")
