"""The set-up, the settings, and how they look: both languages, light and dark, telephone and desktop."""

import pytest

from service.setup.code import ensure_code

FIELDS = {
    "Name of the chamber": "Milton Chamber of Commerce",
    "Postal address": "1 Main Street\nMilton, Ontario L9T 1N1",
    "Title": "Manager",
    "Telephone": "905 555 0100",
    "Your name": "Ada Admin",
    "Your e-mail address": "ada@chamber.example",
}


def press(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def test_set_up_with_sample_data_ends_at_today_and_is_removed_in_one_click(page, fresh_site, axe, axe_here, screenshot):
    page.goto("/")
    assert page.url == f"{fresh_site.url}/setup"
    screenshot(page, "setup-code")
    axe(page)
    page.get_by_label("Set-up code").fill(ensure_code(fresh_site.settings))
    press(page, "Go on")
    axe(page)
    for label, words in FIELDS.items():
        page.get_by_label(label).first.fill(words)
    page.locator("#f-signer_name").fill("Ada Admin")
    page.get_by_label("Password", exact=False).first.fill("blue kettle under the stairs")
    page.get_by_label("Password again").fill("blue kettle under the chairs")
    screenshot(page, "setup")
    press(page, "Set up")
    assert "The two passwords are not the same." in page.get_by_role("alert").first.inner_text()
    assert page.get_by_label("Telephone").input_value() == "905 555 0100"
    axe_here(page.content())
    screenshot(page, "setup-wrong")
    page.get_by_label("Password", exact=False).first.fill("blue kettle under the stairs")
    page.get_by_label("Password again").fill("blue kettle under the stairs")
    press(page, "Set up")
    assert page.url == f"{fresh_site.url}/setup/progress"
    screenshot(page, "setup-progress")
    page.wait_for_url("**/today", timeout=120_000)
    assert "The sample data is here: 599 firms, 55 projects." in page.get_by_role("status").inner_text()
    screenshot(page, "today-after-setup")
    page.goto("/settings/sample")
    axe(page)
    screenshot(page, "settings-sample")
    page.once("dialog", lambda dialog: dialog.accept())
    press(page, "Remove the sample data")
    assert "599 firms, 55 projects" in page.get_by_role("status").inner_text()
    assert page.get_by_text("No sample data is here").is_visible()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_settings_are_clean_for_screen_readers_and_look_right(page, site, sign_in, axe, screenshot, language):
    sign_in(page, "admin", language)
    for name in ("chamber", "staff", "account", "sample", "keys"):
        page.goto(f"/settings/{name}")
        axe(page)
        screenshot(page, f"settings-{name}-{language}")
    screenshot(page, f"settings-keys-{language}-dark", scheme="dark")


def test_staff_are_added_and_given_a_password_for_one_use(page, site, sign_in, axe, axe_here, screenshot, chromium):
    sign_in(page, "admin")
    page.goto("/settings/staff")
    page.get_by_label("Name", exact=True).fill("Nora New")
    page.get_by_label("E-mail address").fill("officer@chamber.example")
    press(page, "Add somebody")
    assert page.get_by_role("alert").first.get_by_text("Somebody has the address").is_visible()
    assert page.get_by_label("Name", exact=True).input_value() == "Nora New"
    axe_here(page.content())
    screenshot(page, "staff-wrong")
    page.get_by_label("E-mail address").fill("nora@chamber.example")
    press(page, "Add somebody")
    password = page.locator(".secret").inner_text()
    screenshot(page, "staff-password")
    axe_here(page.content())
    other = chromium.new_context(base_url=site.url).new_page()
    other.goto("/sign-in")
    other.get_by_label("E-mail address").fill("nora@chamber.example")
    other.get_by_label("Password").fill(password)
    press(other, "Sign in")
    assert other.url == f"{site.url}/settings/account"
    other.get_by_label("Present password").fill(password)
    other.get_by_label("New password", exact=True).fill("seven green umbrellas")
    other.get_by_label("New password again").fill("seven green umbrellas")
    screenshot(other, "account-first")
    press(other, "Change my password")
    assert other.url == f"{site.url}/today"
    other.context.close()


def test_stale_edit_of_the_chamber_shows_both(page, site, sign_in, axe_here, screenshot):
    sign_in(page, "admin")
    page.goto("/settings/chamber")
    other = page.context.new_page()
    other.goto("/settings/chamber")
    other.get_by_label("Region").fill("Peel")
    press(other, "Save")
    page.get_by_label("Region").fill("Halton Hills")
    press(page, "Save")
    assert page.get_by_role("heading", name="Somebody was faster").is_visible()
    axe_here(page.content())
    screenshot(page, "stale")
    press(page, "Save mine")
    assert page.get_by_label("Region").input_value() == "Halton Hills"
