"""Today in a browser: nothing waits, then the oldest promise, and a brief that is dropped."""

from datetime import timedelta

import pytest
from call_list_data import load

from service.accounts.repository import find_user_by_email
from service.introductions import actions as introductions
from service.introductions import days, repository
from service.introductions.actions import Between, Said


@pytest.fixture
def officer(site):
    with site.database.read() as tx:
        return find_user_by_email(tx, "officer@chamber.example").caller


def late(site, officer, firm, n_days, *, yes):
    one = introductions.propose(site.services, officer, Between("trays", firm, "supplier"))
    if yes:
        introductions.firm_answers(site.services, officer, one.id, Said(True, "phone"), expected=None)
    with site.database.write() as tx:
        stored = repository.find(tx, one.id)
        day = (days.today_of(site.services) - timedelta(days=n_days)).isoformat()
        repository.change(tx, stored, {"answer_by": day}, stored.updated_at)
    return one


def test_nothing_waits_and_says_what_comes_first(page, sign_in, axe, screenshot):
    sign_in(page)
    page.goto("/today")
    assert page.get_by_role("heading", name="Nothing waits for you").is_visible()
    axe(page)
    screenshot(page, "today-empty")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_oldest_promise_is_one_click_away(page, site, sign_in, officer, axe, screenshot, language):
    load(site.services)
    late(site, officer, "weld", 1, yes=False)
    tray = late(site, officer, "tray", 3, yes=True)
    sign_in(page, language=language)
    page.goto("/today")
    axe(page)
    screenshot(page, f"today-{language}")
    screenshot(page, f"today-dark-{language}", scheme="dark")
    with page.expect_navigation():
        page.locator("article.todo a.btn").first.click()
    assert page.url.endswith(f"/introductions/{tray.id}")


def test_brief_that_is_dropped_becomes_a_project(page, sign_in, tmp_path):
    brief = tmp_path / "brief.txt"
    brief.write_text(
        "Battery trays for electric buses\n\nWe look for a supplier of laser welding of battery trays, 300 a year.\n"
        "We need helium leak testing of sealed housings.\n",
        encoding="utf-8",
    )
    sign_in(page)
    page.goto("/today")
    with page.expect_navigation():
        page.get_by_label("Drop a project brief here").set_input_files(brief)
    assert "/projects/" in page.url


def test_viewer_is_shown_nothing_to_do(page, site, sign_in, officer, axe):
    load(site.services)
    late(site, officer, "weld", 1, yes=False)
    sign_in(page, "viewer")
    page.goto("/today")
    assert page.get_by_role("heading", name="Nothing waits for you").is_visible()
    assert page.get_by_label("Drop a project brief here").count() == 0
    axe(page)
