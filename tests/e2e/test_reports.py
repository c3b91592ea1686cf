"""The report and what outsiders see, in a browser."""

import pytest
from call_list_data import load

from matcher import Release, Role
from service.accounts.repository import find_user_by_email
from service.calls import actions as calls
from service.calls.actions import Heard
from service.introductions import actions as introductions
from service.introductions.actions import Between, Said
from service.matches.params import PanelParams
from service.projects import actions as projects


@pytest.fixture
def story(site):
    """One yes that may be named, one that may not, one who thinks about it."""
    with site.database.read() as tx:
        caller = find_user_by_email(tx, "officer@chamber.example").caller
    load(site.services)
    for firm in ("weld", "tray"):
        one = introductions.propose(site.services, caller, Between("trays", firm, "supplier"))
        said = Said(True, "phone", may_be_named=firm == "weld")
        introductions.firm_answers(site.services, caller, one.id, said, expected=None)
    made = calls.make_list(
        site.services, caller, "trays", Role.SUPPLIER, params=PanelParams(), firm_ids=["bakery"]
    ).made  # fmt: skip
    call = calls.get_list(site.services, made.id)[1][0]
    calls.note_answer(site.services, caller, call.id, Heard("thinking"), expected=None)
    projects.check_project(site.services, caller, "trays", expected=None)


def test_quiet_report(page, sign_in, axe, screenshot):
    sign_in(page)
    page.goto("/reports")
    page.get_by_text("No project is open").wait_for()
    axe(page)
    screenshot(page, "report-empty")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_number_opens_its_rows_and_the_report_is_a_file(page, site, story, sign_in, axe, screenshot, language):
    sign_in(page, language=language)
    page.goto("/reports")
    page.get_by_text("Battery trays").wait_for()  # what nobody offers has come in
    axe(page)
    screenshot(page, f"report-{language}")
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert download.value.suggested_filename == "report.pdf"
    with page.expect_navigation():
        page.locator(".funnel a").first.click()
    assert page.get_by_role("row").count() == 4
    axe(page)
    screenshot(page, f"report-rows-{language}")


def test_report_works_by_links_alone(chromium, site, story):
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    context.add_cookies([{"name": "session", "value": site.token("viewer"), "url": site.url}])
    page = context.new_page()
    page.goto("/reports")
    page.get_by_role("link", name="Look it up").click()
    assert page.get_by_role("heading", name="What nobody here offers").is_visible()
    assert page.get_by_text("Battery trays").is_visible()
    context.close()


def test_outsiders_see_what_was_released_and_no_more(page, site, story, sign_in, axe, screenshot):
    sign_in(page)
    page.goto("/projects/trays")
    with page.expect_navigation():
        page.get_by_role("link", name="See what outsiders see").click()
    assert page.get_by_role("heading", name="Nothing", exact=True).is_visible()
    axe(page)
    with site.database.read() as tx:
        caller = find_user_by_email(tx, "officer@chamber.example").caller
    projects.set_release(site.services, caller, "trays", Release.FULL_TEXT, "", expected=None)
    page.reload()
    assert page.get_by_text("Weld Co").is_visible() and page.get_by_text("Tray Works").count() == 0
    axe(page)
    screenshot(page, "outsiders")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the briefing").click()
    assert download.value.suggested_filename == "briefing.pdf"
    download.value.save_as("build/screenshots/briefing.pdf")
