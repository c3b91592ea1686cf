"""Signing in: the way in, each refusal, both languages, and the keyboard alone."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from service.clock import now
from service.tables import sessions

PASSWORD = "blue kettle under the stairs"


def fill(page, email, password):
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


def test_officer_signs_in_and_comes_to_the_page_that_was_asked_for(page, site, screenshot):
    page.goto("/settings/account?x=1")
    assert page.url.endswith("/sign-in?next=%2Fsettings%2Faccount%3Fx%3D1")
    screenshot(page, "sign-in")
    fill(page, "officer@chamber.example", PASSWORD)
    assert page.url == f"{site.url}/settings/account?x=1"
    page.get_by_role("button", name="Sign out").click()
    page.goto("/today")
    assert "/sign-in" in page.url


def test_wrong_password_keeps_the_address_and_says_so_beside_the_form(page, site, axe_here, screenshot):
    page.goto("/sign-in")
    fill(page, "officer@chamber.example", "not this one at all")
    assert page.get_by_role("alert").first.inner_text().count("is not right") == 1
    assert page.get_by_label("E-mail address").input_value() == "officer@chamber.example"
    assert page.get_by_label("Password").input_value() == ""
    assert page.evaluate("document.activeElement.className") == "summary"
    axe_here(page.content())
    screenshot(page, "sign-in-wrong")


def test_many_wrong_passwords_are_slowed_down(page, site):
    page.goto("/sign-in")
    for _ in range(6):
        fill(page, "officer@chamber.example", "not this one at all")
    assert "Too many attempts" in page.get_by_role("alert").first.inner_text()
    fill(page, "officer@chamber.example", PASSWORD)
    assert "Too many attempts" in page.get_by_role("alert").first.inner_text()


def test_viewer_is_told_that_only_admins_may_do_this(page, sign_in, axe, screenshot):
    sign_in(page, "viewer")
    page.goto("/settings/staff")
    assert page.get_by_text("Only an admin of your chamber may do this.").is_visible()
    assert page.locator(".code").inner_text()
    axe(page)
    screenshot(page, "refused")


def test_expired_session_leads_to_signing_in_and_back(page, site, sign_in):
    sign_in(page, "officer")
    page.goto("/today")
    with site.database.write() as tx:
        tx.execute(update(sessions).values(last_seen_at=now() - timedelta(hours=13)))
    page.goto("/settings/account")
    fill(page, "officer@chamber.example", PASSWORD)
    assert page.url == f"{site.url}/settings/account"


def test_form_of_a_session_that_is_over_is_refused_and_shows_what_was_typed(page, site, sign_in, screenshot):
    sign_in(page, "admin")
    page.goto("/settings/staff")
    page.get_by_label("Name", exact=True).fill("Nora New")
    page.get_by_label("E-mail address").fill("nora@chamber.example")
    with site.database.write() as tx:
        tx.execute(delete(sessions))
    page.get_by_role("button", name="Add somebody").click()
    assert page.get_by_text("This page was open too long. Go back, reload, and send it again.").is_visible()
    assert page.get_by_text("Nora New").is_visible()
    screenshot(page, "open-too-long")


def test_language_is_switched_on_any_page_and_remembered(page, site, context):
    page.goto("/sign-in")
    page.get_by_role("button", name="Français").click()
    page.get_by_role("heading", name="Se connecter").wait_for()
    page.get_by_label("Adresse courriel").fill("officer@chamber.example")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("button", name="Français").click()
    page.get_by_text("Rien ne vous attend").wait_for()
    context.clear_cookies(name="language")
    page.reload()
    assert page.locator("html").get_attribute("lang") == "fr"


def test_keyboard_alone_signs_in_and_reaches_the_content(page, site):
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "email"
    page.keyboard.type("officer@chamber.example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/today")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_of_signing_in_are_clean_for_screen_readers(page, site, sign_in, axe, language):
    page.goto("/sign-in")
    if language == "fr":
        page.get_by_role("button", name="Français").click()
    axe(page)
    sign_in(page, "admin", language)
    for address in ("/today", "/nothing-here"):
        page.goto(address)
        axe(page)


def test_service_works_without_scripts(chromium, site):
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in")
    fill(page, "officer@chamber.example", PASSWORD)
    assert page.get_by_text("Nothing waits for you").is_visible()
    page.get_by_role("button", name="Français").click()
    assert page.get_by_text("Rien ne vous attend").is_visible()
    context.close()
