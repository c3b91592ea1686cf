"""A call list: made, printed, filled in by mouse and by keyboard, in both languages, and each refusal."""

import re

import pytest
from call_list_data import load

from matcher import Role
from service.accounts.repository import find_user_by_email
from service.calls import actions
from service.calls.actions import Heard
from service.introductions import actions as introductions
from service.matches.params import PanelParams

OFFICER = "officer@chamber.example"


@pytest.fixture
def officer(site):
    with site.database.read() as tx:
        return find_user_by_email(tx, OFFICER).caller


@pytest.fixture
def made(site, officer):
    """A list of two firms, one of which has a telephone number."""
    load(site.services)
    done = actions.make_list(site.services, officer, "trays", Role.SUPPLIER, params=PanelParams())
    return done.made


def card(page, name):
    return page.locator("article.callcard").filter(has=page.get_by_role("heading", name=name))


def save(page, name):
    with page.expect_navigation():
        card(page, name).get_by_role("button", name=re.compile("Save|Enregistrer")).click()


def test_list_is_filled_in_and_its_yes_becomes_an_introduction(page, site, sign_in, made, axe, screenshot):
    sign_in(page)
    page.goto(f"/call-lists/{made.id}")
    assert page.get_by_text("2 calls to make").is_visible()
    weld = card(page, "Weld Co")
    assert weld.get_by_text("905 555 0134").is_visible()
    assert weld.get_by_text("Could you supply this: leak testing with helium?").is_visible()
    axe(page)
    screenshot(page, "call-list")
    weld.get_by_label("Yes, interested").check()
    weld.get_by_label("We may name them to the project’s side").check()
    weld.get_by_label("Note").fill("Wants drawings")
    save(page, "Weld Co")
    assert page.get_by_text("Weld Co said yes: the introduction has begun.").is_visible()
    assert page.get_by_text("1 call to make").is_visible() and page.get_by_text("· 1 yes").is_visible()
    tray = card(page, "Tray Works")
    tray.get_by_text("Add a telephone number").click()
    tray.get_by_label("Telephone").fill("905 555 0155")
    with page.expect_navigation():
        tray.get_by_role("button", name="Add").click()
    assert card(page, "Tray Works").get_by_text("905 555 0155").is_visible()
    card(page, "Tray Works").get_by_label("Call back", exact=True).check()
    save(page, "Tray Works")
    assert card(page, "Tray Works").get_by_text(re.compile("Call back on ")).first.is_visible()
    axe(page)
    screenshot(page, "call-list-answered")
    with page.expect_navigation():
        card(page, "Weld Co").get_by_role("link", name="To the introduction").click()
    assert page.get_by_text("The firm said yes.").first.is_visible()
    assert introductions.of_firm(site.services, "weld")[0].may_be_named


def test_what_an_answer_needs_shows_with_it(page, sign_in, made):
    sign_in(page)
    page.goto(f"/call-lists/{made.id}")
    weld = card(page, "Weld Co")
    reason, day = weld.get_by_label("Why not?"), weld.get_by_label("Call back on")
    assert not reason.is_visible() and not day.is_visible()
    weld.get_by_label("No", exact=True).check()
    assert reason.is_visible() and not day.is_visible()
    weld.get_by_label("Call back", exact=True).check()
    assert day.is_visible() and not reason.is_visible()


def test_refused_answer_keeps_what_was_typed(page, sign_in, made, axe_here, screenshot):
    sign_in(page)
    page.goto(f"/call-lists/{made.id}")
    weld = card(page, "Weld Co")
    weld.get_by_label("No", exact=True).check()
    weld.get_by_label("Note").fill("Busy until spring")
    save(page, "Weld Co")
    weld = card(page, "Weld Co")
    assert weld.get_by_text("Choose the reason").first.is_visible()
    assert weld.get_by_label("Note").input_value() == "Busy until spring"
    assert weld.get_by_label("No", exact=True).is_checked()
    axe_here(page.content())
    screenshot(page, "call-list-refused")
    weld.get_by_label("Why not?").select_option("no_capacity")
    save(page, "Weld Co")
    assert card(page, "Weld Co").get_by_text("No capacity now").first.is_visible()


def test_two_officers_at_once_are_shown_both_answers(page, site, sign_in, made, officer, axe_here, screenshot):
    sign_in(page)
    page.goto(f"/call-lists/{made.id}")
    call = next(one for one in actions.get_list(site.services, made.id)[1] if one.firm_id == "weld")
    actions.note_answer(site.services, officer, call.id, Heard("no", reason="price"), expected=1)
    card(page, "Weld Co").get_by_label("Yes, interested").check()
    save(page, "Weld Co")
    assert page.get_by_role("heading", name="Somebody was faster").is_visible()
    axe_here(page.content())
    screenshot(page, "call-list-stale")
    with page.expect_navigation():
        page.get_by_role("link", name="Keep what it says now").click()
    assert actions.get_call(site.services, call.id).answer == "no"


def test_paper_has_numbers_questions_and_boxes_and_no_buttons(page, sign_in, made):
    sign_in(page)
    page.goto(f"/call-lists/{made.id}")
    page.emulate_media(media="print")
    weld = card(page, "Weld Co")
    assert weld.get_by_text("905 555 0134").is_visible()
    assert weld.get_by_text("Could you supply this: leak testing with helium?").is_visible()
    for words in ("☐ Yes, interested", "☐ No", "☐ Call back", "☐ Not reached"):
        assert weld.get_by_text(words, exact=True).is_visible(), words
    assert not weld.get_by_role("button", name="Save").is_visible()
    assert not page.get_by_role("navigation", name="Main").is_visible()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_list_and_overview_are_clean_in_both_languages(page, sign_in, made, axe, screenshot, language):
    sign_in(page, "officer", language)
    page.goto(f"/call-lists/{made.id}")
    axe(page)
    screenshot(page, f"call-list-{language}", "dark")
    page.goto("/call-lists")
    axe(page)
    screenshot(page, f"call-lists-{language}")
    page.goto("/call-lists?show=closed")
    axe(page)


def test_keyboard_alone_notes_a_yes(page, site, sign_in, made):
    sign_in(page)
    page.goto(f"/call-lists/{made.id}")
    card(page, "Weld Co").get_by_label("Yes, interested").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")  # may be named
    page.keyboard.press("Space")
    page.keyboard.press("Tab")  # note
    page.keyboard.type("By keyboard")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    call = next(one for one in actions.get_list(site.services, made.id)[1] if one.firm_id == "weld")
    assert (call.answer, call.note) == ("yes", "By keyboard")
    assert introductions.of_firm(site.services, "weld")[0].may_be_named


def test_viewer_sees_no_buttons(page, sign_in, made, axe):
    sign_in(page, "viewer")
    page.goto(f"/call-lists/{made.id}")
    assert page.get_by_text("905 555 0134").is_visible()
    assert page.locator("article form").count() == 0 and not page.get_by_role("button", name="Close this list").count()
    axe(page)


def test_list_is_filled_in_without_scripts(chromium, site, made):
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    context.add_cookies([{"name": "session", "value": site.token("officer"), "url": site.url}])
    page = context.new_page()
    page.goto(f"/call-lists/{made.id}")
    weld = card(page, "Weld Co")
    weld.get_by_label("No", exact=True).check()
    weld.get_by_label("Why not?").select_option("price")
    weld.get_by_role("button", name="Save").click()
    assert card(page, "Weld Co").get_by_text("Price").first.is_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Close this list").click()
    assert page.get_by_text("Closed on").is_visible()
    context.close()
