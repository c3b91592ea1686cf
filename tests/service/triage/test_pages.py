"""Sorting, whom to call to learn most, and a call that becomes knowledge."""

import re

import pytest

from service.firms import actions as firms
from service.firms import notes
from service.projects import actions as projects
from service.security import Caller, Scope

SOMEBODY = Caller("user:x", "x", Scope.WRITE)
NEEDS = (
    {"text": "titanium machining on five axes for aerospace brackets", "role": "supplier"},
    {"text": "powder coating of battery trays", "role": "supplier"},
)


@pytest.fixture
def officer(pages):
    browser = pages("officer")
    for _ in range(200):
        if browser.get("/readyz").status_code == 200:
            return browser
    raise AssertionError("not ready")


@pytest.fixture
def services(officer, app):
    return app.state.services


@pytest.fixture
def known(services):
    """Three firms of which nearly nothing is known, a dentist, one well known, and an open project."""
    for row in (
        {"id": "ti", "name": "Ti Works", "capabilities": ["titanium machining"]},
        {"id": "pc", "name": "Coaters", "capabilities": ["coating"]},
        {"id": "apex", "name": "Apex"},
        {"id": "teeth", "name": "Milton Dentistry", "capabilities": ["dental care"]},
        {"id": "full", "name": "Full Co", "profile": "Powder coating of steel parts, trays and frames in two lines."},
    ):
        firms.create_firm(services, SOMEBODY, {"city": "Milton", "province": "ON", **row})
    projects.create_project(
        services, SOMEBODY,
        {
            "id": "p", "title": "Brackets", "description": "An aircraft bracket project in Milton.", "stage": "running",
            "needs": [{"id": f"n{i}", **need} for i, need in enumerate(NEEDS)],
            "checked": __import__("service.clock", fromlist=["today"]).today().isoformat(),
        },
    )  # fmt: skip
    return services


def fit_of(services, key):
    note = notes.note_of(services.database, key)
    return note and note.fit


def test_firms_are_sorted_by_rule_and_moved_in_bulk(officer, known):
    assert "Sort these 5 firms" in officer.get("/firms/sort?fit=none").text
    assert officer.post_form("/firms/sort/rest").headers["location"] == "/firms/sort?fit=could"
    assert [fit_of(known, key) for key in ("ti", "pc", "apex", "teeth", "full")] == [
        "could", "could", "unsure", "not", "could",
    ]  # fmt: skip
    html = officer.get("/firms/sort?fit=not").text
    assert "Milton Dentistry" in html and "says: dentistry" in html
    answer = officer.post_form("/firms/sort", fit="could", firm=["apex", "teeth"], back="/firms/sort?fit=not")
    assert answer.headers["location"] == "/firms/sort?fit=not"
    assert "2 firms moved to: Could fit" in officer.get("/firms/sort?fit=not").text
    assert fit_of(known, "apex") == fit_of(known, "teeth") == "could"
    assert "your staff put it here" in officer.get("/firms/sort?fit=could").text
    # A rule sorts only what nobody has sorted.
    officer.post_form("/firms/sort/rest")
    assert fit_of(known, "teeth") == "could"


def test_nothing_ticked_or_a_group_that_is_none_changes_nothing(officer, known):
    officer.post_form("/firms/sort", fit="could")
    assert "Tick the firms first" in officer.get("/firms/sort").text
    officer.post_form("/firms/sort", fit="wonderful", firm="apex")
    assert fit_of(known, "apex") is None
    answer = officer.post_form("/firms/sort", fit="not", firm="apex", back="https://evil.example/")
    assert answer.headers["location"] == "/firms/sort"


def test_calls_are_in_the_order_of_what_an_answer_could_change(officer, known):
    assert "No firm is sorted yet" in officer.get("/firms/learn").text
    officer.post_form("/firms/sort/rest")
    notes.set_fit(known.database, SOMEBODY, ["apex"], "could")
    html = officer.get("/firms/learn").text
    assert "Of the 4 firms that could fit we know enough about 1." in html
    assert "These 3 calls would teach us most." in html
    order = re.findall(r'href="/firms/learn/(\w+)">[^<]+</a></h2>', html)
    # What little is known of Ti Works comes nearest to what is asked. Full Co is known well, and not called.
    assert order[0] == "ti" and set(order) == {"ti", "pc", "apex"}
    assert "titanium machining on five axes" in html  # the question is the project's
    assert html.index("Ti Works") < html.index("Apex")


def test_a_call_becomes_knowledge_and_says_what_has_changed(officer, known):
    officer.post_form("/firms/sort/rest")
    said = "25 people, 3- and 5-axis titanium machining for aerospace brackets, aluminium and titanium, no AS9100"
    page = officer.post_form("/firms/learn/ti", said=said, how="phone")
    assert page.status_code == 200 and "You mean these 5 things?" in page.text
    assert [s.text for s in firms.get_firm(known, "ti").record.statements] == ["titanium machining"]  # nothing yet
    fields = dict(re.findall(r'name="(text-\d)" value="([^"]*)"', page.text))
    kinds = {
        name: re.search(r'value="(\w+)" selected', body).group(1)
        for name, body in re.findall(r'name="(kind-\d)">(.*?)</select>', page.text, re.S)
    }
    version = re.search(r'name="version" value="(\d+)"', page.text).group(1)
    answer = officer.post_form(
        "/firms/learn/ti", step="confirm", said=said, how="phone", version=version, keep=["0", "1", "2", "3", "4"],
        **fields, **kinds,
    )  # fmt: skip
    assert answer.status_code == 303 and answer.headers["location"] == "/firms/learn/ti/done"
    html = officer.get(answer.headers["location"]).text
    assert re.search(
        r"5 things are confirmed\. Before: we knew too little\. Now: (worth a call|maybe|unlikely) for", html
    )
    firm = firms.get_firm(known, "ti").record
    assert firm.employees == 25 and firm.certifications == ()
    new = [s for s in firm.statements if s.confirmed]
    assert {s.text for s in new} == set(fields.values()) and all(s.text in said for s in new)
    assert [s.kind.value for s in new if "AS9100" in s.text] == ["note"]
    assert all(s.date and s.source == "phone" for s in new)
    assert "Ti Works" not in officer.get("/firms/learn").text


def test_only_what_is_ticked_is_kept_and_nothing_ticked_is_refused(officer, known):
    fields = {"text-0": "steel", "kind-0": "material", "text-1": "ISO 13485", "kind-1": "certificate"}
    page = officer.post_form("/firms/learn/apex", step="confirm", said="x", how="phone", **fields)
    assert page.status_code == 422 and "Tick at least one thing" in page.text and 'value="ISO 13485"' in page.text
    answer = officer.post_form("/firms/learn/apex", step="confirm", said="x", how="phone", keep="0", **fields)
    assert answer.status_code == 303
    assert [(s.kind.value, s.text) for s in firms.get_firm(known, "apex").record.statements] == [("material", "steel")]
    html = officer.get("/firms/learn/apex/done").text
    assert "Nothing changed in our lists: we still know too little." in html


def test_what_stands_there_already_is_confirmed_and_not_written_twice(officer, known):
    officer.post_form(
        "/firms/learn/ti", step="confirm", said="x", how="mail", keep="0",
        **{"text-0": "Titanium machining", "kind-0": "capability"},
    )  # fmt: skip
    [only] = firms.get_firm(known, "ti").record.statements
    assert only.confirmed and only.date


def test_a_stale_page_and_bad_values_store_nothing(officer, known):
    firms.patch_firm(known, SOMEBODY, "ti", {"city": "Acton"}, expected=None)
    good = {"text-0": "steel", "kind-0": "material", "keep": "0", "step": "confirm", "said": "x", "how": "phone"}
    stale = officer.post_form("/firms/learn/ti", version="1", **good)
    assert stale.status_code == 412 and 'value="steel"' in stale.text
    for wrong in ({"how": "pigeon"}, {"kind-0": "secret"}, {"said": ""}, {"said": "x" * 5000}):
        assert officer.post_form("/firms/learn/ti", **{**good, **wrong}).status_code == 422, wrong
    assert len(firms.get_firm(known, "ti").record.statements) == 1


def test_viewers_read_and_do_not_write(known, pages):
    viewer = pages("viewer")
    for address in ("/firms/sort", "/firms/learn", "/firms/learn/ti", "/firms/learn/ti/done"):
        assert viewer.get(address).status_code == 200
    assert "<textarea" not in viewer.get("/firms/learn/ti").text
    for address in ("/firms/sort", "/firms/sort/rest", "/firms/learn/ti"):
        assert viewer.post_form(address, said="steel", fit="not", firm="ti").status_code == 403
    assert viewer.get("/firms/learn/nobody").status_code == 404
