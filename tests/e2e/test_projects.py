"""A project in the browser: from a dropped brief to needs that are right, and everything around it."""

import io
import re
import time

import pytest
from desk_records import FIRMS, LEAK, PAINT, WELD
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen import canvas

from matcher import Origin, Release
from service.firms.actions import create_firm
from service.projects import actions
from service.security import COMMAND_LINE

BRIEF = (
    ("Cooled battery trays, pilot line",
     "Acme Drives develops cooled aluminium trays for the batteries of electric delivery vans.",
     "A pilot line is set up in the region.", "Location: Milton, ON", "Closing date: April 9, 2099"),
    ("What we are looking for", f"- {WELD}, 300 a year", f"- {LEAK}", f"- {PAINT}"),
)  # fmt: skip


def make_pdf(pages):
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=letter)
    for lines in pages:
        for number, line in enumerate(lines):
            page.setFont("Helvetica-Bold" if number == 0 else "Helvetica", 16 if number == 0 else 11)
            page.drawString(72, 720 - 20 * number, line)
        page.showPage()
    page.save()
    return out.getvalue()


def make_scan():
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=letter)
    page.rect(100, 100, 300, 400, fill=1)
    page.save()
    return out.getvalue()


@pytest.fixture
def brief(tmp_path):
    path = tmp_path / "Inverter brief.pdf"
    path.write_bytes(make_pdf(BRIEF))
    return path


@pytest.fixture
def firms(site):
    """Firms of Halton and beyond, read by the service."""
    for row in FIRMS:
        create_firm(site.services, COMMAND_LINE, row)
    for _ in range(500):
        site.services.follower.catch_up()
        if site.services.follower.matcher.refresh_vectors() == 0:
            return site
        time.sleep(0.02)
    raise AssertionError("the firms were not read in time")


@pytest.fixture
def project(site):
    row = {
        "id": "ev", "title": "Battery enclosures", "stage": "seeking", "city": "Milton", "province": "ON",
        "description": "We develop machined aluminium enclosures for battery packs with liquid cooling.",
        "technologies": ["battery cooling", "leak testing"], "lead": "Acme Drives", "closes": "2099-03-31",
        "needs": [{"text": "CNC machining of aluminium housings", "role": "supplier", "quantity": "200 a year"}],
    }  # fmt: skip
    actions.create_project(site.services, COMMAND_LINE, row)
    return "/projects/ev"


def stored(site, key="ev"):
    return actions.get_project(site.services, key).record


def drop(page, path):
    """Choose the file, as dropping it does; the form sends itself."""
    with page.expect_navigation():
        page.locator("#brief-file").set_input_files(path)


def press(page, name, exact=False):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=exact).click()


def test_dropped_brief_becomes_a_project_whose_needs_are_settled_on_one_page(
    page, firms, sign_in, brief, axe, screenshot
):
    sign_in(page, "officer")
    page.goto("/projects")
    assert page.get_by_role("heading", name="No projects yet").is_visible()
    screenshot(page, "projects-none")
    drop(page, brief)
    assert page.url.endswith("/projects/cooled-battery-trays-pilot-line?read=1")
    heading = page.locator("#needs-title").inner_text()
    wrote, guessed = re.fullmatch(
        r"Read 2 pages. They need \d things: (\d) they wrote, (\d) we guess.", heading
    ).groups()
    assert (wrote, int(guessed) > 0) == ("3", True)
    first = page.locator(".needs > li").first
    assert "They wrote it, page 2" in first.inner_text() and "300 a year" in first.inner_text()
    assert page.get_by_role("link", name="Who may see this: only us").is_visible()
    assert "1 worth a call" in page.locator("#firms").inner_text()
    assert page.get_by_role("link", name="Weld Co").first.is_visible()
    axe(page)
    screenshot(page, "project-read")
    guess = page.locator(".needs > li", has_text="We guess").first
    key = guess.get_attribute("id")
    guess.get_by_role("button", name="Right").click()
    page.locator(f"#{key}", has_text="you said it is right").wait_for()
    assert page.evaluate("document.activeElement.id") == key  # the keyboard stays where it was
    last = page.locator(".needs > li", has_text="We guess").last
    text = last.locator("b").inner_text()
    last.get_by_role("button", name="Not needed").click()
    page.get_by_text("1 thing is not needed, you said").wait_for()
    record = stored(firms, "cooled-battery-trays-pilot-line")
    assert [need.confirmed for need in record.needs if need.origin is Origin.INFERRED] == [True]
    assert [one.lower() for one in record.rejected_needs] == [text.lower()]
    page.get_by_text("1 thing is not needed, you said").click()
    press(page, "Put back")
    assert stored(firms, "cooled-battery-trays-pilot-line").rejected_needs == ()


def test_need_is_changed_in_its_place_and_one_is_added(page, project, site, sign_in, axe, screenshot):
    sign_in(page, "officer")
    page.goto(f"{project}?km=50")
    page.get_by_role("link", name="Change – CNC machining").click()
    page.locator("#need-form").wait_for()
    assert page.url.endswith(f"{project}?km=50")  # in its place
    assert page.evaluate("document.activeElement.id") == "f-text"
    screenshot(page, "project-need-change")
    page.locator("#need-form").get_by_label("What they need").fill("Five-axis machining of housings")
    with page.expect_navigation():
        page.locator("#need-form").get_by_role("button", name="Save").click()
    assert "km=50" in page.url and page.get_by_text("Five-axis machining of housings").first.is_visible()
    page.get_by_text("Add a need", exact=True).click()
    page.locator("details.add").get_by_label("What they need").fill("Helium leak testing")
    press(page, "Add it")
    assert [need.text for need in stored(site).needs] == ["Five-axis machining of housings", "Helium leak testing"]
    page.goto(f"{project}/needs/n1")
    axe(page)


def test_everything_works_without_scripts(chromium, project, site, sign_in, brief):
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    try:
        page = context.new_page()
        sign_in(page, "officer")
        page.goto(project)
        before = len(stored(site).needs)
        page.locator(".needs > li", has_text="We guess").first.get_by_role("button", name="Right").click()
        assert len(stored(site).needs) == before + 1
        page.get_by_role("link", name="Change – CNC machining").click()
        page.get_by_label("What they need").fill("Milling of housings")
        page.get_by_role("button", name="Save").click()
        assert stored(site).needs[0].text == "Milling of housings"
        page.goto("/projects")
        page.locator("#brief-file").set_input_files(brief)
        page.get_by_role("button", name="Read it").click()
        assert "Read 2 pages" in page.locator("#needs-title").inner_text()
    finally:
        context.close()


def test_scan_opens_the_paste_box_and_pasted_words_are_read(page, firms, sign_in, tmp_path, axe_here, screenshot):
    sign_in(page, "officer")
    path = tmp_path / "scan.pdf"
    path.write_bytes(make_scan())
    page.goto("/projects/read")
    screenshot(page, "project-paste")
    drop(page, path)
    assert "scan.pdf is a scan" in page.get_by_role("alert").inner_text()
    screenshot(page, "project-scan")
    axe_here(page.content())
    page.get_by_label("Text of the brief").fill("We are looking for:\n- CNC machining of aluminium housings\n")
    press(page, "Read it")
    assert page.locator("#needs-title").inner_text() == "Read the text. They need 1 thing, and wrote all of it."


def test_brief_that_is_here_is_compared_before_it_is_stored(page, firms, sign_in, brief, axe_here, screenshot):
    sign_in(page, "officer")
    row = {"id": "trays", "title": "Cooled battery trays", "stage": "seeking", "needs": [{"text": "cold plates"}]}
    actions.create_project(firms.services, COMMAND_LINE, row)
    page.goto("/projects")
    drop(page, brief)
    assert page.get_by_role("heading", name="We have this one already?").is_visible()
    screenshot(page, "project-compare")
    axe_here(page.content())
    page.get_by_label(PAINT).uncheck()
    press(page, "Take over what is ticked")
    record = stored(firms, "trays")
    assert record.closes == "2099-04-09"
    assert [need.text for need in record.needs] == ["cold plates", WELD, LEAK]


def test_release_with_a_note_contact_edit_and_history(page, project, site, sign_in, axe, screenshot):
    sign_in(page, "officer")
    page.goto(project)
    page.get_by_label("A short note that we approved").check()
    page.locator("#release").get_by_role("button", name="Save").click()
    assert page.get_by_text("Write the short note that others may read.").first.is_visible()
    page.get_by_role("textbox", name="Short note").fill("A maker of enclosures seeks machining in Halton.")
    with page.expect_navigation():
        page.locator("#release").get_by_role("button", name="Save").click()
    assert stored(site).release is Release.SHORT_NOTE
    assert page.get_by_text("First step: find one.").is_visible()
    page.get_by_role("link", name="Edit the project").click()
    screenshot(page, "project-edit")
    axe(page)
    page.get_by_label("Town").fill("Oakville")
    press(page, "Save")
    assert stored(site).city == "Oakville"
    page.get_by_role("link", name="What was done").click()
    assert "Olga Officer changed the project" in page.locator("main").inner_text()
    axe(page)


def test_stale_edit_shows_both_and_loses_nothing(page, project, site, sign_in, screenshot):
    sign_in(page, "officer")
    page.goto(f"{project}/edit")
    actions.patch_project(site.services, COMMAND_LINE, "ev", {"title": "Theirs"}, expected=None)
    page.get_by_label("Title").fill("Mine")
    press(page, "Save")
    assert page.get_by_text("Theirs").is_visible() and page.get_by_text("Mine").first.is_visible()
    screenshot(page, "project-stale")
    press(page, "Save mine")
    assert stored(site).title == "Mine"


def test_deletion_says_what_goes_first(page, project, site, sign_in, axe, screenshot):
    sign_in(page, "officer")
    page.goto(project)
    page.get_by_role("link", name="Delete", exact=True).click()
    assert page.get_by_text("1 need").is_visible()
    screenshot(page, "project-delete")
    axe(page)
    press(page, "Delete it for good")
    assert page.get_by_text("“Battery enclosures” is deleted.").is_visible()


def test_viewer_sees_the_page_without_any_button(page, project, site, sign_in, axe):
    sign_in(page, "viewer")
    page.goto(project)
    assert page.locator("main form[method=post]").count() == 0
    axe(page)
    page.goto("/projects")
    assert page.locator("main form[method=post]").count() == 0


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_of_projects_are_clean_for_screen_readers(page, project, site, sign_in, axe, screenshot, language):
    sign_in(page, "officer", language)
    for address, name in (
        ("/projects", "projects"), ("/projects?q=zebra", "projects-no-hit"), (project, "project"),
        ("/projects/new", "project-new"), ("/projects/read", "project-paste"),
    ):  # fmt: skip
        page.goto(address)
        axe(page)
        screenshot(page, f"{name}-{language}")


def test_french_brief_is_read_in_french(page, firms, sign_in, brief):
    sign_in(page, "officer", "fr")
    page.goto("/projects")
    drop(page, brief)
    heading = page.locator("#needs-title").inner_text()
    assert re.fullmatch(r"2 pages lues\. Ils ont \d besoins : 3 qu’ils ont écrits, \d que nous devinons\.", heading)
    page.locator(".needs > li", has_text="Nous devinons").first.get_by_role("button", name="Exact").click()
    page.get_by_text("vous avez dit que c’est exact").wait_for()


def test_keyboard_alone_settles_a_guess(page, project, site, sign_in):
    sign_in(page, "officer")
    page.goto(project)
    button = page.locator(".needs > li", has_text="We guess").first.get_by_role("button", name="Right")
    for _ in range(60):
        if button.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("you said it is right").wait_for()
    assert any(need.origin is Origin.INFERRED and need.confirmed for need in stored(site).needs)
