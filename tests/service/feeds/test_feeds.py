"""Calendars, feeds and files by a private address: only what its owner may read, and only while it is in force."""

import csv
import io
import re
from datetime import timedelta

import pytest
from icalendar import Calendar
from list_world import WELD, add_firm, add_person, add_project, let_go, make, mark_all_sent
from lxml import etree

from matcher import Release
from service import clock
from service.accounts import staff as staff_actions
from service.app import build_services
from service.feeds import actions
from service.feeds.actions import Owner
from service.projects import actions as projects_actions
from service.security import COMMAND_LINE

NAMES = ("deadlines.ics", "opportunities.atom", "opportunities.csv", "opportunities.json")


@pytest.fixture
def services(settings, database, encoder, staff):
    services = build_services(settings.model_copy(update={"public_url": "https://match.example.org"}), encoder)
    services.follower.start()
    yield services
    services.follower.stop()
    services.database.close()


def addresses(page):
    return {name: re.search(rf"(/feeds/[\w-]+/{re.escape(name)})", page.text).group(1) for name in NAMES}


def test_staff_read_open_projects_until_the_address_is_ended(services, pages, visitor):
    closes = (clock.today() + timedelta(days=30)).isoformat()
    add_project(services, "trays", WELD, title='=Trays, "large"', closes=closes)
    add_project(services, "late", WELD, release="only_us", stage="finished")
    officer = pages("officer")
    shown = officer.post_form("/settings/feed")
    found = addresses(shown)
    assert found["deadlines.ics"] not in officer.get("/settings/feed").text
    calendar = Calendar.from_ical(visitor.get(found["deadlines.ics"]).content)
    (event,) = calendar.walk("VEVENT")
    assert str(event["summary"]).startswith("=Trays") and event["dtstart"].dt.isoformat() == closes
    feed = etree.fromstring(visitor.get(found["opportunities.atom"]).content)
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 1
    rows = list(csv.DictReader(io.StringIO(visitor.get(found["opportunities.csv"]).content.decode("utf-8-sig"))))
    assert rows[0]["title"].startswith("'=Trays") and rows[0]["closes"] == closes
    assert visitor.get(found["opportunities.json"]).json()["entries"][0]["id"] == "trays"
    again = addresses(officer.post_form("/settings/feed"))
    assert visitor.get(found["deadlines.ics"]).status_code == 404 and visitor.get(again["deadlines.ics"]).is_success
    officer.post_form("/settings/feed/end")
    for address in (again["deadlines.ics"], "/feeds/x/deadlines.ics", again["deadlines.ics"].replace("ics", "exe")):
        assert visitor.get(address).status_code == 404


def test_who_left_reads_nothing_any_more(services, staff, visitor):
    token = actions.make(services, COMMAND_LINE, Owner(user_id=staff.officer.id))
    assert visitor.get(f"/feeds/{token}/deadlines.ics").status_code == 200
    staff_actions.disable_user(services.database, COMMAND_LINE, staff.officer.id)
    assert visitor.get(f"/feeds/{token}/deadlines.ics").status_code == 404


def test_a_firm_reads_what_it_was_told_and_no_more(services, encoder, visitor):
    add_firm(services, "weld", WELD)
    add_project(services, "trays", WELD, title="Battery trays")
    contact = add_person(services, "weld")
    token = actions.make(services, COMMAND_LINE, Owner(firm_id="weld", contact_id=contact))
    address = f"/feeds/{token}/opportunities.json"
    assert visitor.get(address).json()["entries"] == []
    run, _shown = make(services, encoder)
    let_go(services, run.id)
    mark_all_sent(services)
    add_project(services, "other", WELD, title="Never told")
    (entry,) = visitor.get(address).json()["entries"]
    assert entry["title"] == "Battery trays, Oakville"
    projects_actions.set_release(services, COMMAND_LINE, "trays", Release.ONLY_US, "", expected=None)
    assert visitor.get(address).json()["entries"] == []
