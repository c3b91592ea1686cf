"""Reports: every number is worked by hand, opens its rows, and stands on paper too."""

import io
import re
from datetime import timedelta

import pypdf
import pytest
from call_list_data import load
from sqlalchemy import insert, update

from matcher import Role
from service import desk_tables as desk
from service.calls import actions as calls
from service.calls.actions import Heard
from service.clock import now
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.introductions import actions as introductions
from service.introductions import days
from service.introductions.actions import Between, Said
from service.matches.params import PanelParams
from service.projects import actions as projects
from service.reports import actions
from service.reports.period import Period, read_period
from service.reports.unmet import unmet_needs
from service.security import COMMAND_LINE

ALL = Period(None, None)


@pytest.fixture
def services(app, pages):
    pages("officer").get("/today")
    services = app.state.services
    load(services)
    return services


@pytest.fixture
def story(services, staff):
    """Weld Co: an order. Tray Works: a no. Corner Bakery: reached on a call and thinking. Lead Motors: nobody there."""
    caller = staff.officer.caller
    lead = ContactDraft(name="Lee Lead", email="lee@trays.example", telephone="905 555 0177")
    contacts.add(services.database, COMMAND_LINE, Owner(project_id="trays"), lead)
    weld = introductions.propose(services, caller, Between("trays", "weld", "supplier"))
    introductions.firm_answers(services, caller, weld.id, Said(True, "phone"), expected=None)
    introductions.project_answers(services, caller, weld.id, Said(True, "mail"), expected=None)
    introductions.introduce(services, caller, weld.id, expected=None)
    introductions.set_outcome(services, caller, weld.id, "meeting", value_range=None, reason=None, expected=None)
    introductions.set_outcome(services, caller, weld.id, "order", value_range="not_said", reason=None, expected=None)
    tray = introductions.propose(services, caller, Between("trays", "tray", "supplier"))
    introductions.firm_answers(services, caller, tray.id, Said(False, "phone", "no_capacity"), expected=None)
    made = calls.make_list(
        services, caller, "trays", Role.SUPPLIER, params=PanelParams(), firm_ids=["bakery"]
    ).made  # fmt: skip
    bakery = calls.get_list(services, made.id)[1][0]
    calls.note_answer(services, caller, bakery.id, Heard("thinking"), expected=None)
    with services.database.write() as tx:
        tx.execute(
            insert(desk.briefs).values(
                project_id="trays", filename="b.pdf", kind="pdf", n_pages=3, reading="{}", read_by=caller.id,
                read_at=now() - timedelta(days=4),
            )
        )  # fmt: skip
    return {"weld": weld, "tray": tray, "list": made}


def test_each_number_is_as_counted_by_hand(services, story):
    report = actions.make_report(services, ALL)
    # Told: Weld Co, Tray Works, and Corner Bakery, whose call and introduction count once.
    assert {name: report.count(name) for name in actions.STAGES} == {
        "told": 3, "answered": 2, "interested": 1, "introduced": 1, "met": 1, "quoted": 0, "won": 1,
    }  # fmt: skip
    assert (report.n_firms, report.n_members) == (3, 1)
    assert report.reasons == (("no_capacity", 1),) and report.values == (("not_said", 1),)
    assert [row.firm for row in report.rows["small"]] == ["Weld Co"]  # 25 people; of the others nobody knows
    assert report.median_days == 4 and report.count("waiting") == 0
    assert report.shown.often == (("Corner Bakery", "bakery", 1, 1),)


def test_promises_are_kept_until_the_day_is_over(services, story):
    report = actions.make_report(services, ALL)
    # Weld Co: their yes, the project's yes, introduced, met, order; Tray Works: their no. Each before its day.
    assert (report.count("kept"), report.count("late")) == (6, 0)
    day = days.today_of(services) - timedelta(days=2)
    with services.database.write() as tx:
        bakery = desk.introductions.c.firm_id == "bakery"
        tx.execute(update(desk.introductions).where(bakery).values(answer_by=day.isoformat()))
    late = actions.make_report(services, ALL).rows["late"]
    assert [(row.firm, row.at, row.about) for row in late] == [("Corner Bakery", day, 2)]
    one = next(one for one in introductions.of_project(services, "trays") if one.firm_id == "bakery")
    introductions.firm_answers(services, COMMAND_LINE, one.id, Said(True, "phone"), expected=None)
    late = actions.make_report(services, ALL).rows["late"]
    assert [(row.firm, row.about) for row in late] == [("Corner Bakery", 2)]


def test_step_that_was_undone_is_not_counted(services, story, staff):
    introductions.undo(services, staff.officer.caller, story["weld"].id, expected=None)
    report = actions.make_report(services, ALL)
    assert report.count("won") == 0 and report.count("met") == 1


def test_only_what_happened_in_the_period_counts(services, story):
    past = now() - timedelta(days=40)
    with services.database.write() as tx:
        told = desk.introduction_steps.c.introduction_id == story["weld"].id
        tx.execute(update(desk.introduction_steps).where(told).values(at=past))
    today = days.today_of(services)
    report = actions.make_report(services, Period(today - timedelta(days=30), today))
    assert report.count("told") == 2 and report.count("won") == 0
    assert {row.firm for row in report.rows["first_time"]} == {"Tray Works", "Corner Bakery"}
    before = actions.make_report(services, Period(None, today - timedelta(days=31)))
    assert before.count("told") == 1 and before.count("won") == 1 and before.count("days") == 0
    # The last day counts until midnight.
    assert actions.make_report(services, Period(today, today)).count("told") == 2


def test_firm_told_again_is_not_told_for_the_first_time(services, story):
    with services.database.write() as tx:
        told = desk.introduction_steps.c.introduction_id == story["weld"].id
        tx.execute(update(desk.introduction_steps).where(told).values(at=now() - timedelta(days=400)))
    projects.create_project(services, COMMAND_LINE, {"id": "pumps", "title": "Heat pumps", "stage": "call"})
    introductions.propose(services, COMMAND_LINE, Between("pumps", "weld", "supplier"))
    report = actions.make_report(services, read_period(None, None, days.today_of(services))[0])
    assert "Weld Co" in {row.firm for row in report.rows["told"]}
    assert "Weld Co" not in {row.firm for row in report.rows["first_time"]}


def test_page_shows_numbers_and_each_opens_its_rows(services, story, pages):
    viewer = pages("viewer")
    page = viewer.get("/reports").text
    assert "3 firms were told of a project; 1 of them is a member." in page
    assert "6 of 6 promises kept on time." in page and "They would rather not say: 1" in page
    assert "4 days from the brief until the first firm was told." in page
    links = sorted(set(re.findall(r'href="(/reports/(?!report)[a-z_]+\?[^"]+)"', page)))
    assert len(links) == 10  # six numbers above 0, small, first time, kept, days
    for link in links:
        answer = viewer.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200 and "trays" in answer.text
    rows = viewer.get("/reports/told?from=&to=").text
    assert all(name in rows for name in ("Weld Co", "Tray Works", "Corner Bakery"))
    assert f"/introductions/{story['weld'].id}" in rows


def test_quiet_chamber_has_a_page_to_show(services, pages):
    page = pages("officer").get("/reports").text
    assert "No firm was told of a project in this period." in page and "Nothing to count yet" in page
    assert "Nothing was promised for a day" in page and "%" not in re.sub(r"<[^>]+>", "", page)


def test_bad_days_are_said_beside_their_field_and_kept(services, pages):
    page = pages("officer").get("/reports?from=soon&to=2026-01-01")
    assert page.status_code == 422 and "This is no day" in page.text and 'value="soon"' in page.text
    page = pages("officer").get("/reports?from=2026-02-01&to=2026-01-01")
    assert page.status_code == 422 and "ends before it begins" in page.text
    assert pages("officer").get("/reports?from=9999-12-31&to=9999-12-31").status_code == 200
    assert pages("officer").get("/reports?from=0001-01-01&to=").status_code == 200
    assert pages("officer").get("/reports/told?from=soon").status_code == 404
    assert pages("officer").get("/reports/nothing").status_code == 404


def test_report_on_paper_has_numbers_and_no_firm(services, story, pages):
    answer = pages("officer").get("/reports/report.pdf?from=&to=")
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdf.PdfReader(io.BytesIO(answer.content))
    text = " ".join(" ".join(page.extract_text().split()) for page in document.pages)
    assert "Told of a project 3" in text and "Won an order 1" in text and "No capacity now 1" in text
    assert "Milton Chamber of Commerce" in text and "Weld Co" not in text and "Lee Lead" not in text


def test_report_speaks_french_on_page_and_paper(services, story, pages):
    officer = pages("officer")
    officer.post_form("/language", language="fr", next="/today")
    assert "3 entreprises ont été informées d’un projet; 1 d’entre elles est membre." in officer.get("/reports").text
    data = officer.get("/reports/report.pdf").content
    text = " ".join(pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text().split())
    assert "Informées d’un projet 3" in text and "De l’appel" not in text


def test_unmet_need_is_looked_up_once_and_says_what_it_is_said_from(services, pages):
    stored = projects.get_project(services, "trays")
    projects.check_project(services, COMMAND_LINE, "trays", expected=stored.version)
    assert unmet_needs(services, only_known=True) is None
    officer = pages("officer")
    assert 'hx-get="/reports/unmet"' in officer.get("/reports").text
    page = officer.get("/reports/unmet").text
    assert "leak testing with helium" in page.lower() and "Battery trays" in page
    found = unmet_needs(services, only_known=True)
    assert found is not None and found.n_projects == found.n_open == 1
    need = found.needs[0]
    # Weld Co, Tray Works and Corner Bakery; the lead is in already.
    assert need.n_firms == 3 and need.is_gap == (need.n_little <= 1)
    page = officer.get("/reports").text
    assert "leak testing with helium" in page.lower() and 'hx-get="/reports/unmet"' not in page


def test_without_open_projects_nothing_is_looked_for(services, pages):
    projects.patch_project(services, COMMAND_LINE, "trays", {"stage": "finished"}, expected=None)
    assert "No project is open" in pages("officer").get("/reports/unmet").text
