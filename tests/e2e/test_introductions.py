"""Introductions: from the question to the outcome by mouse and by keyboard, in both languages, and each refusal."""

import pytest
from call_list_data import load

from service.accounts.repository import find_user_by_email
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.introductions import actions
from service.introductions.actions import Between, Said


@pytest.fixture
def officer(site):
    with site.database.read() as tx:
        return find_user_by_email(tx, "officer@chamber.example").caller


@pytest.fixture
def one(site, officer):
    """Weld Co was asked about the battery trays."""
    load(site.services)
    return actions.propose(site.services, officer, Between("trays", "weld", "supplier"))


def add_lead(site):
    draft = ContactDraft(name="Lee Lead", email="lee@trays.example", telephone="905 555 0177")
    contacts.add(site.database, site_caller(site), Owner(project_id="trays"), draft)


def site_caller(site):
    with site.database.read() as tx:
        return find_user_by_email(tx, "admin@chamber.example").caller


def press(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def test_whole_way_from_question_to_order(page, site, sign_in, one, axe, axe_here, screenshot):
    sign_in(page)
    page.goto("/introductions")
    axe(page)
    screenshot(page, "introductions")
    with page.expect_navigation():
        page.get_by_role("link", name="Weld Co").click()
    axe(page)
    screenshot(page, "introduction-asked")
    page.get_by_label("We may name them to the project’s side").check()
    press(page, "Yes, by phone")
    assert page.get_by_role("heading", name="First step: find somebody on the project’s side").is_visible()
    axe(page)
    screenshot(page, "introduction-find-one")
    side = page.locator("section", has=page.get_by_role("heading", name="First step: find somebody"))
    side.get_by_label("Name").fill("Lee Lead")
    side.get_by_label("E-mail address").fill("lee at trays")
    side.evaluate("part => part.querySelector('form').noValidate = true")
    with page.expect_navigation():
        side.get_by_role("button", name="Add").click()
    axe_here(page.content())
    side = page.locator("section", has=page.get_by_role("heading", name="First step: find somebody"))
    assert side.get_by_label("Name").input_value() == "Lee Lead"
    side.get_by_label("E-mail address").fill("lee@trays.example")
    with page.expect_navigation():
        side.get_by_role("button", name="Add").click()
    press(page, "Yes, by e-mail")
    letter = page.get_by_label("Text for both sides").input_value()
    assert "Lee Lead" in letter and "lee@trays.example" in letter and "905 555 0134" in letter
    axe(page)
    screenshot(page, "introduction-both-yes")
    press(page, "They know each other now")
    page.get_by_label("They met").check()
    press(page, "Save")
    page.get_by_label("An order or contract").check()
    page.get_by_label("What is it worth?").select_option("10k_50k")
    axe(page)
    screenshot(page, "introduction-outcome")
    press(page, "Save")
    assert page.get_by_text("An order or contract: $10,000 to $50,000.").is_visible()
    axe(page)
    screenshot(page, "introduction-closed")
    stored = actions.get(site.services, one.id)[0]
    assert (stored.state, stored.outcome, stored.value_range) == ("closed", "order", "10k_50k")


def test_yes_takes_two_clicks_and_is_undone_with_one(page, site, sign_in, one):
    sign_in(page)
    page.goto(f"/introductions/{one.id}")
    press(page, "Yes, in person")
    assert actions.get(site.services, one.id)[0].firm_source == "in_person"
    press(page, "Undo: The firm said yes")
    assert page.get_by_role("heading", name="Did the firm say yes?").is_visible()


def test_refused_no_opens_the_form_again(page, sign_in, one, axe_here, screenshot):
    sign_in(page)
    page.goto(f"/introductions/{one.id}")
    page.get_by_text("They said no").click()
    press(page, "Write the no down")
    assert page.get_by_role("alert").get_by_text("Choose the reason").is_visible()
    assert page.get_by_label("Why not?").is_visible()
    axe_here(page.content())
    screenshot(page, "introduction-refused")
    page.get_by_label("Why not?").select_option("no_capacity")
    press(page, "Write the no down")
    assert page.get_by_text("No capacity now.").is_visible()


def test_colleague_takes_over_and_a_stale_page_is_told(page, site, sign_in, one, axe_here):
    sign_in(page, "admin")
    page.goto(f"/introductions/{one.id}")
    assert page.get_by_text("Task of Olga Officer").is_visible()
    actions.firm_answers(site.services, site_caller(site), one.id, Said(True, "mail"), expected=None)
    press(page, "Take over")
    assert page.get_by_role("heading", name="Somebody was faster").is_visible()
    axe_here(page.content())
    press(page, "Save mine")
    assert page.get_by_text("Your task", exact=True).is_visible()


def test_many_are_closed_at_once(page, site, sign_in, officer, one, screenshot):
    actions.propose(site.services, officer, Between("trays", "tray", "supplier"))
    sign_in(page)
    page.goto("/introductions")
    page.get_by_label("Weld Co: Battery trays").check()
    page.get_by_label("Tray Works: Battery trays").check()
    page.get_by_text("Several said no").click()
    page.get_by_label("Why not?").select_option("no_answer")
    screenshot(page, "introductions-many")
    press(page, "Close those that are ticked")
    assert page.get_by_text("2 introductions are closed.").is_visible()


def test_introduction_is_begun_by_hand(page, site, sign_in, one, axe, axe_here, screenshot):
    sign_in(page)
    page.goto("/introductions/new?project=trays")
    axe(page)
    page.get_by_label("Firm").fill("a")
    press(page, "They were asked")
    axe_here(page.content())
    screenshot(page, "introduction-new")
    page.get_by_label("Tray Works").check()
    press(page, "They were asked")
    assert page.get_by_role("heading", name="Tray Works → “Battery trays”").is_visible()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_are_clean_in_both_languages(page, site, sign_in, officer, one, axe, screenshot, language):
    add_lead(site)
    actions.firm_answers(site.services, officer, one.id, Said(True, "phone"), expected=None)
    sign_in(page, "officer", language)
    for name, address in (
        ("board", "/introductions"),
        ("page", f"/introductions/{one.id}"),
        ("new", "/introductions/new"),
    ):
        page.goto(address)
        axe(page)
        screenshot(page, f"introduction-{name}-{language}", "dark" if language == "en" else "light")


def test_keyboard_alone_says_yes(page, site, sign_in, one):
    sign_in(page)
    page.goto(f"/introductions/{one.id}")
    page.get_by_label("We may name them to the project’s side").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    stored = actions.get(site.services, one.id)[0]
    assert (stored.state, stored.firm_source, stored.may_be_named) == ("firm_yes", "phone", True)


def test_viewer_sees_no_buttons(page, sign_in, one, axe):
    sign_in(page, "viewer")
    page.goto(f"/introductions/{one.id}")
    assert page.get_by_role("heading", name="Weld Co → “Battery trays”").is_visible()
    assert page.locator("main form").count() == 0
    axe(page)


def test_empty_board_says_what_to_do(page, sign_in, axe, screenshot):
    sign_in(page)
    page.goto("/introductions")
    assert page.get_by_text("One begins when a firm says yes on a call list.").is_visible()
    axe(page)
    screenshot(page, "introductions-empty")


def test_introduction_goes_on_without_scripts(chromium, site, one):
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    context.add_cookies([{"name": "session", "value": site.token("officer"), "url": site.url}])
    page = context.new_page()
    page.goto(f"/introductions/{one.id}")
    press(page, "Yes, by phone")
    assert page.get_by_text("The firm said yes.").first.is_visible()
    page.goto("/introductions?owner=me")
    with page.expect_navigation():
        page.get_by_role("button", name="Show").click()
    assert page.get_by_role("link", name="Weld Co").is_visible()
    context.close()
