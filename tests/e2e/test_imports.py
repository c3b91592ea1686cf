"""From a messy spreadsheet to knowledge: the second of the three moments, in a real browser."""

import re
import sys
from pathlib import Path

import pytest

from service.clock import today
from service.firms import actions as firms
from service.projects import actions as projects
from service.security import Caller, Scope

sys.path.insert(0, str(Path(__file__).parents[1] / "matcher"))
from messy_workbook import write_messy_workbook  # noqa: E402

SOMEBODY = Caller("user:x", "x", Scope.WRITE)
CSV = """Company,City,Phone,Products,Status
Ti Works,Milton,905-555-0134,titanium machining,Active
Milton Dentistry,Milton,905-555-0135,dental care,Active
Century Realty,Milton,,,Active
Apex,Acton,,,Active
"""
WORDS = {
    "en": {
        "check": "Check first", "add": "Add to our list", "learn": "Whom to call to learn most", "go": "Go on",
        "yes": "Yes, confirmed", "said": "What do they say?", "five": "You mean these 5 things?",
        "read": "4 rows read",
        "before": "Before: we knew too little. Now:",
    },
    "fr": {
        "check": "Vérifier d’abord", "add": "Ajouter à notre liste", "learn": "Qui appeler pour en apprendre le plus",
        "go": "Continuer", "yes": "Oui, confirmé", "said": "Que disent-ils ?",
        "five": "Vous voulez dire ces 5 choses ?",
        "read": "4 lignes lues", "before": "Avant : nous en savions trop peu. Maintenant :",
    },
}  # fmt: skip
SAID = "25 people, 3- and 5-axis titanium machining of aerospace brackets, aluminium and titanium, no AS9100"


def a_project(site):
    while not site.services.follower.is_ready:
        pass
    projects.create_project(
        site.services, SOMEBODY,
        {
            "id": "p", "title": "Aircraft brackets", "description": "An aircraft bracket project.", "stage": "running",
            "checked": today().isoformat(),
            "needs": [{"id": "n", "text": "titanium machining on five axes for aerospace", "role": "supplier"}],
        },
    )  # fmt: skip


def choose_file(page, path):
    page.goto("/imports/new")
    with page.expect_navigation():
        page.set_input_files("#f-file", path)  # the page sends it by itself, as when it is dropped


@pytest.mark.parametrize("language", ["en", "fr"])
def test_my_spreadsheet_becomes_knowledge(site, page, sign_in, axe, axe_here, screenshot, tmp_path, language):
    words = WORDS[language]
    a_project(site)
    sign_in(page, "officer", language=language)
    path = tmp_path / "members.csv"
    path.write_text(CSV, encoding="utf-8")
    choose_file(page, path)
    axe(page)
    screenshot(page, f"imports-columns-{language}")
    with page.expect_navigation():
        page.get_by_role("button", name=words["check"]).click()
    page.get_by_role("button", name=words["add"]).wait_for()  # the page renews itself until it is read
    axe(page)
    with page.expect_navigation():
        page.get_by_role("button", name=words["add"]).click()
    page.get_by_role("link", name=words["learn"]).wait_for()
    assert words["read"] in page.content()
    axe(page)
    screenshot(page, f"imports-result-{language}")
    with page.expect_navigation():
        page.get_by_role("link", name=words["learn"]).click()
    assert page.get_by_role("link", name="905-555-0134").count() == 1 and "Century Realty" not in page.content()
    axe(page)
    screenshot(page, f"learn-{language}")
    with page.expect_navigation():
        page.locator("h2 a", has_text="Ti Works").click()
    page.get_by_label(words["said"]).fill(SAID)
    with page.expect_navigation():
        page.get_by_role("button", name=words["go"]).click()
    assert words["five"] in page.content()
    axe_here(page.content())
    screenshot(page, f"learn-things-{language}")
    with page.expect_navigation():
        page.get_by_role("button", name=words["yes"]).click()
    assert words["before"] in page.content()
    axe(page)
    screenshot(page, f"learn-done-{language}")
    firm = firms.get_firm(site.services, "ti-works").record
    assert firm.employees == 25 and firm.certifications == ()
    assert all(one.text in SAID for one in firm.statements if one.confirmed)


def test_the_messy_workbook_is_checked_added_and_taken_back(site, page, sign_in, axe, screenshot, tmp_path):
    sign_in(page, "officer")
    path = tmp_path / "members.xlsx"
    write_messy_workbook(path)
    page.goto("/imports/new")
    axe(page)
    screenshot(page, "imports-new")
    choose_file(page, path)
    screenshot(page, "imports-columns-messy")
    with page.expect_navigation():
        page.get_by_role("button", name="Check first").click()
    page.get_by_role("button", name="Add to our list").wait_for()
    assert "10 rows read: 8 firms" in page.content()
    axe(page)
    screenshot(page, "imports-check")
    screenshot(page, "imports-check-dark", "dark")
    with page.expect_navigation():
        page.get_by_role("button", name="Add to our list").click()
    page.get_by_role("link", name="Look at the sorting").wait_for()
    axe(page)
    screenshot(page, "imports-result-messy")
    result = page.url
    with page.expect_download() as loading:
        page.get_by_role("link", name=re.compile("Download the list")).click()
    assert loading.value.suggested_filename == "members +.xlsx"
    for fit in ("could", "unsure", "not"):
        page.goto(f"/firms/sort?fit={fit}")
        axe(page)
    page.goto("/firms/sort?fit=could")
    screenshot(page, "sort")
    page.goto("/imports")
    axe(page)
    screenshot(page, "imports-list")
    page.goto(result)
    page.on("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        page.get_by_role("button", name="Take this whole list back").click()
    assert "8 firms are gone again" in page.content()
    axe(page)


def test_the_wizard_works_without_scripts_and_keeps_what_was_wrong(chromium, site, sign_in, tmp_path):
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "officer")
    bad = tmp_path / "x.pdf"
    bad.write_bytes(b"%PDF")
    page.goto("/imports/new")
    page.set_input_files("#f-file", bad)
    page.get_by_role("button", name="Read it").click()
    assert "is not a list that we can read" in page.content()
    good = tmp_path / "members.csv"
    good.write_text(CSV, encoding="utf-8")
    page.set_input_files("#f-file", good)
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("button", name="Check first").click()
    page.get_by_role("button", name="Add to our list").wait_for()
    page.get_by_role("button", name="Add to our list").click()
    page.get_by_role("link", name="Look at the sorting").wait_for()
    context.close()
