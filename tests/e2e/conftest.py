"""The real service on a port of its own, its worker, and a real Chromium in front of it."""

import re
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest
import uvicorn

from matcher import CachedEncoder, HashEncoder
from service.accounts import sessions, staff
from service.accounts.repository import find_user_by_email
from service.app import create_app
from service.db import Database, migrate
from service.security import COMMAND_LINE, Role
from service.settings import Settings
from service.setup.actions import ChamberDraft, first_admin, set_up
from service.worker import Worker

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
AXE = ROOT / "service" / "web" / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "blue kettle under the stairs"
EMAILS = {role.value: f"{role.value}@chamber.example" for role in Role}
NAMES = {"viewer": "Vic Viewer", "officer": "Olga Officer", "admin": "Ada Admin"}
WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}
# The rules of WCAG 2.2 A and AA, and axe's own advice on landmarks and headings.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# The way from set-up to outcome, each kind of refusal, and one look at every page: what `make test` walks. The rest is
# `wide`: the other language, other inputs and other corners of the same pages (`make test-wide`).
PATH = {
    "test_a_list_is_answered_with_a_tap_and_ends_in_an_introduction[en]",
    "test_a_firm_is_confirmed_on_the_telephone_and_gets_a_contact",
    "test_brief_that_is_here_is_compared_before_it_is_stored",
    "test_dropped_brief_becomes_a_project_whose_needs_are_settled_on_one_page",
    "test_every_view_is_clean_and_looks_right[en]",
    "test_expired_session_leads_to_signing_in_and_back",
    "test_form_of_a_session_that_is_over_is_refused_and_shows_what_was_typed",
    "test_keyboard_alone_says_yes",
    "test_language_is_switched_on_any_page_and_remembered",
    "test_list_is_filled_in_and_its_yes_becomes_an_introduction",
    "test_my_spreadsheet_becomes_knowledge[en]",
    "test_my_spreadsheet_becomes_knowledge[fr]",
    "test_number_opens_its_rows_and_the_report_is_a_file[en]",
    "test_oldest_promise_is_one_click_away[fr]",
    "test_outsiders_see_what_was_released_and_no_more",
    "test_owner_walks_through_their_own_page",
    "test_pages_are_clean_in_both_languages[en]",
    "test_pages_of_projects_are_clean_for_screen_readers[en]",
    "test_pages_of_signing_in_are_clean_for_screen_readers[en]",
    "test_reason_is_noted_and_taken_back_by_who_gets_letters[en]",
    "test_set_up_with_sample_data_ends_at_today_and_is_removed_in_one_click",
    "test_stale_edit_shows_both_and_loses_nothing",
    "test_two_firms_become_one_and_two_again",
    "test_viewer_sees_the_page_without_any_button",
    "test_whole_way_from_question_to_order",
    "test_why_is_the_firm_that_i_know_not_here[en]",
    "test_why_is_the_firm_that_i_know_not_here[fr]",
}


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if item.name not in PATH:
                item.add_marker(pytest.mark.wide)


class Site:
    """The running service: its address, and its database for preparing what a test looks at."""

    def __init__(self, settings, encoder):
        self.settings, self.encoder = settings, encoder
        self.database = Database(settings.url)
        migrate(self.database)
        self.app = create_app(settings, encoder=encoder)
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(self.app, log_config=None, access_log=False))
        self._serving = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._stop = threading.Event()
        self._working = threading.Thread(target=self._work, daemon=True)

    def start(self):
        self._serving.start()
        while not self.server.started:
            assert self._serving.is_alive(), "the service did not start"
            time.sleep(0.02)
        self._working.start()

    def stop(self):
        self._stop.set()
        self._working.join(30)
        self.server.should_exit = True
        self._serving.join(30)
        self.database.close()

    @property
    def services(self):
        """The parts of the serving process, as actions take them."""
        return self.app.state.services

    def _work(self):
        worker = Worker(self.database, self.encoder, self.settings)
        while not self._stop.is_set():
            if not worker.step():
                self._stop.wait(0.05)

    def set_up(self, language="en"):
        """A chamber with one of each role, as the set-up leaves it."""
        draft = ChamberDraft(
            "Milton Chamber of Commerce", "1 Main Street\nMilton, Ontario", "Milton", "Halton", language,
            "Ada Admin", "Manager", "905 555 0100", "ada@chamber.example",
        )  # fmt: skip
        admin = first_admin(email=EMAILS["admin"], name=NAMES["admin"], password=PASSWORD, language=language)
        set_up(self.database, draft, admin)
        for role in (Role.OFFICER, Role.VIEWER):
            user = staff.new_user(
                email=EMAILS[role.value], name=NAMES[role.value], role=role, password=PASSWORD, language=language
            )
            with self.database.write() as tx:
                staff.add_user_in(tx, COMMAND_LINE, user)

    def token(self, role):
        """The cookie of somebody who is signed in."""
        with self.database.read() as tx:
            user = find_user_by_email(tx, EMAILS[role])
        return sessions.begin(self.database, user)


@pytest.fixture
def fresh_site(tmp_path):
    """A service that nobody has set up yet."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'service.sqlite3'}", var=tmp_path / "var", poll_seconds=0.05,
        log_level="WARNING", log_format="console", sign_in_rate="5/hour",
    )  # fmt: skip
    encoder = CachedEncoder(HashEncoder(128), settings.vectors_file)
    site = Site(settings, encoder)
    site.start()
    yield site
    site.stop()
    encoder.close()


@pytest.fixture
def site(fresh_site):
    """A service with a chamber and one of each role."""
    fresh_site.set_up()
    return fresh_site


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: install it (Debian: apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(chromium, fresh_site):
    """A browser window of its own; pages that log an error, or break the content policy, fail the test."""
    context = chromium.new_context(base_url=fresh_site.url, viewport=_size("desktop"), locale="en-CA")
    context.set_default_timeout(15_000)
    problems = []
    context.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: problems.append(str(error.error)))
    yield context
    context.close()
    # A refusal that a test asks for is logged by the browser too; everything else is a fault of ours.
    assert [text for text in problems if "status of 4" not in text] == []


@pytest.fixture
def page(context):
    return context.new_page()


@pytest.fixture
def sign_in(site):
    """``sign_in(page, role)``: go on as somebody of this role, without the form."""

    def go(page, role="officer", language="en"):
        cookies = {"session": site.token(role)}
        page.context.add_cookies([{"name": k, "value": v, "url": site.url} for k, v in cookies.items()])
        if language != "en":
            page.goto("/settings/account")
            with page.expect_navigation():
                page.get_by_role("button", name="Français").first.click()
        return page

    return go


@pytest.fixture
def axe_here(chromium, fresh_site):
    """``axe_here(html)``: no finding of axe-core on this page, in light and in dark.

    The page is looked at in a window of its own that lets the test's script in; the browser's own keeps its policy.
    """
    assert AXE.is_file(), "axe-core is missing: run `make setup`"
    copy = chromium.new_context(bypass_csp=True, viewport=_size("desktop"))
    looked, shown = copy.new_page(), []
    address = f"{fresh_site.url}/copy"
    looked.route(address, lambda route: route.fulfill(body=shown[-1], content_type="text/html"))

    def check(html, skip=(), where="", size=None):
        # What scripts did is in it already; here they would do it again, and nobody is signed in.
        shown.append(re.sub(r"<script\b[^>]*></script>", "", html))
        looked.set_viewport_size(size or _size("desktop"))
        looked.emulate_media(color_scheme="light")
        looked.goto(address)
        looked.evaluate(AXE.read_text(encoding="utf-8"))
        faults = _faults(looked, RULES, skip, "light")
        looked.emulate_media(color_scheme="dark")
        faults += _faults(looked, ["color-contrast"], skip, "dark")  # nothing else is other in the dark
        assert not faults, f"{where}\n" + "\n".join(faults)

    yield check
    copy.close()


@pytest.fixture
def axe(axe_here):
    """``axe(page)``: the same for what a page shows now."""

    def check(page, skip=()):
        axe_here(page.content(), skip, page.url, page.viewport_size)

    return check


@pytest.fixture
def screenshot():
    """``screenshot(page, name)``: the page at telephone and desktop width, into build/screenshots."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def take(page, name, scheme="light"):
        before = page.viewport_size
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size(_size(width))
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} scrolls sideways by {wide} px at {width} width"
            page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(before)

    return take


def _faults(page, rules, skip, scheme):
    found = page.evaluate(
        "([only, skip]) => axe.run(document, {runOnly: only, resultTypes: ['violations'], rules: "
        "Object.fromEntries(skip.map((rule) => [rule, {enabled: false}]))})",
        [rules, list(skip)],
    )
    return [
        f"{fault['id']} ({scheme}): {fault['help']}: {node['html'][:160]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


def _size(name):
    width, height = WIDTHS[name]
    return {"width": width, "height": height}
