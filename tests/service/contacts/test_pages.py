"""The pages of a contact, of a firm and of a project."""

import re

import pytest

from service.contacts import actions
from service.firms.actions import create_firm
from service.projects.actions import create_project
from service.security import COMMAND_LINE

SAM = {
    "name": "Sam Lee", "role": "Owner", "telephone": "905 555 0134", "email": "sam@example.org", "language": "fr",
    "source": "a card",
}  # fmt: skip


@pytest.fixture
def officer(pages):
    return pages("officer")


@pytest.fixture
def services(app, officer):
    create_firm(app.state.services, COMMAND_LINE, {"id": "acme", "name": "Acme"})
    create_project(app.state.services, COMMAND_LINE, {"id": "p1", "title": "Housings"})
    return app.state.services


def test_a_contact_is_added_and_stands_on_the_firms_page(services, officer, pages):
    assert officer.get("/contacts/new?firm=acme").status_code == 200
    answer = officer.post_form("/contacts/new?firm=acme", **SAM)
    assert answer.headers["location"] == "/firms/acme"
    for browser in (officer, pages("viewer")):
        html = browser.get("/firms/acme").text
        assert all(words in html for words in ("Sam Lee", 'href="tel:9055550134"', "sam@example.org", "a card"))


def test_a_contact_of_a_project_leads_back_to_it(services, officer):
    answer = officer.post_form("/contacts/new?project=p1", **SAM)
    assert answer.headers["location"] == "/projects/p1"
    assert [one.name for one in actions.of_project(services.database, "p1")] == ["Sam Lee"]


def test_mistakes_stand_beside_their_fields_and_nothing_typed_is_lost(services, officer):
    answer = officer.post_form("/contacts/new?firm=acme", **{**SAM, "telephone": "later", "email": "none"})
    assert answer.status_code == 422
    assert 'id="e-telephone"' in answer.text and 'value="later"' in answer.text and "Sam Lee" in answer.text
    answer = officer.post_form("/contacts/new?firm=acme", **{**SAM, "email": "none"})
    assert answer.status_code == 422 and 'id="e-email"' in answer.text
    officer.post_form("/contacts/new?firm=acme", **SAM)
    again = officer.post_form("/contacts/new?firm=acme", **SAM)
    assert again.status_code == 422 and "This person is there already" in again.text


def test_a_contact_is_changed_and_deleted_and_a_stale_change_shows_both(services, officer):
    officer.post_form("/contacts/new?firm=acme", **SAM)
    (contact,) = actions.of_firm(services.database, "acme")
    address = f"/contacts/{contact.id}"
    version = re.search(r'name="version" value="(\d+)"', officer.get(address).text).group(1)
    assert officer.post_form(address, **{**SAM, "role": "President"}, version=version).status_code == 303
    stale = officer.post_form(address, **{**SAM, "role": "Buyer"}, version=version)
    assert stale.status_code == 412 and "Buyer" in stale.text and "President" in stale.text
    assert officer.post_form(f"{address}/delete", version=version).headers["location"] == address
    assert officer.post_form(f"{address}/delete", version="2").headers["location"] == "/firms/acme"
    assert actions.of_firm(services.database, "acme") == []
