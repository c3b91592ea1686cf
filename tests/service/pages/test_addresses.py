"""Ids may hold characters that mean something in an address: every link still leads to the record's own page."""

import html
import re

import pytest

from service.addresses import firm_address, project_address

FIRM, PROJECT = "weld#1?x&y%", "trays?2#a&b"
BRIEF = "A pilot line joins battery trays for electric buses by laser welding and needs suppliers of welding in Milton."


@pytest.fixture
def officer(pages, client):
    row = {"name": "Weld Co", "city": "Milton", "province": "ON", "capabilities": ["laser welding of battery trays"]}
    assert client.post("/v1/firms", json={"id": FIRM, **row}).status_code == 201
    project = {"title": "Battery trays", "description": BRIEF, "stage": "seeking", "city": "Milton", "province": "ON"}
    assert client.post("/v1/projects", json={"id": PROJECT, **project}).status_code == 201
    return pages("officer")


def links(text):
    return {html.unescape(found) for found in re.findall(r'href="(/(?:firms|projects)/[^"#]*)', text)}


def test_addresses_escape_what_means_something_in_one():
    assert firm_address(FIRM) == "/firms/weld%231%3Fx%26y%25"
    assert project_address(PROJECT) == "/projects/trays%3F2%23a%26b"


def test_every_link_of_the_pages_around_a_match_leads_somewhere(officer):
    base = project_address(PROJECT)
    seen = set()
    for start in (base, f"{base}/firm?firm={firm_address(FIRM).rpartition('/')[2]}", firm_address(FIRM)):
        answer = officer.get(start)
        assert answer.status_code == 200, start
        seen |= links(answer.text)
    made = officer.post_form(f"{base}/call-list", page=base, role="supplier", firm=FIRM)
    assert made.status_code == 303
    seen |= links(officer.get(made.headers["location"]).text)
    assert {firm_address(FIRM), base} <= seen
    for link in sorted(seen):
        answer = officer.get(link)
        assert answer.status_code == 200, link


def test_an_opinion_comes_back_to_the_project(officer):
    base = project_address(PROJECT)
    answer = officer.post_form(f"{base}/opinions", page=base, say=f"right {FIRM}", role="supplier")
    assert (answer.status_code, answer.headers["location"].startswith(base)) == (303, True)
