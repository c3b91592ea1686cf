"""People at firms and projects: what is accepted, who sees it, and where it must not be."""

import logging

import pytest
from sqlalchemy import select

from service.contacts import actions, repository
from service.contacts.actions import ContactDraft, Owner
from service.errors import Conflict, Invalid, NotFound, Stale
from service.firms.actions import create_firm, delete_firm
from service.projects.actions import create_project
from service.security import COMMAND_LINE
from service.tables import audit

SAM = ContactDraft("Sam Lee", "Owner", "Sam@Example.org", "905 555 0134 ext. 12", "fr", "by phone, 3 May")


@pytest.fixture
def services(app, client):
    return app.state.services


@pytest.fixture
def firm(services):
    create_firm(
        services, COMMAND_LINE, {"id": "acme", "name": "Acme", "capabilities": ["five-axis machining of titanium"]}
    )
    return Owner(firm_id="acme")


def test_a_contact_is_stored_folded_and_found_by_its_firm(services, firm):
    stored = actions.add(services.database, COMMAND_LINE, firm, SAM)
    assert (stored.email, stored.telephone, stored.version) == ("sam@example.org", "905 555 0134 ext. 12", 1)
    with services.database.read() as tx:
        assert repository.of_firms(tx, ["acme", "nobody"]) == {"acme": [stored]}
        assert repository.of_projects(tx, ["acme"]) == {}


def test_those_with_a_telephone_come_first(services, firm):
    mail = actions.add(services.database, COMMAND_LINE, firm, ContactDraft(email="a@example.org"))
    phone = actions.add(services.database, COMMAND_LINE, firm, ContactDraft(telephone="+1 (905) 555-0199"))
    assert [one.id for one in actions.of_firm(services.database, "acme")] == [phone.id, mail.id]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ContactDraft(role="Owner", source="card"), "name"),
        (ContactDraft(email="sam@nowhere"), "email"),
        (ContactDraft(telephone="call me"), "telephone"),
        (ContactDraft(telephone="123 45"), "telephone"),
        (ContactDraft(telephone="1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6"), "telephone"),
        (ContactDraft(name="Sam", language="xx"), "language"),
        (ContactDraft(name="S" * 201), "name"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(services, firm, draft, field):
    with pytest.raises(Invalid) as caught:
        actions.add(services.database, COMMAND_LINE, firm, draft)
    assert caught.value.where == field
    assert actions.of_firm(services.database, "acme") == []


def test_the_same_person_is_not_added_twice(services, firm):
    actions.add(services.database, COMMAND_LINE, firm, SAM)
    with pytest.raises(Conflict):
        actions.add(services.database, COMMAND_LINE, firm, ContactDraft(name="Samuel", email="sam@example.org"))
    nameless = ContactDraft(name="Kim", telephone="905 555 0101")
    actions.add(services.database, COMMAND_LINE, firm, nameless)
    with pytest.raises(Conflict):
        actions.add(services.database, COMMAND_LINE, firm, ContactDraft(name="KIM", telephone="905 555 0101"))
    actions.add(services.database, COMMAND_LINE, firm, ContactDraft(name="Kim", telephone="905 555 0102"))


def test_a_contact_of_nothing_is_refused(services):
    for owner in (Owner(firm_id="nobody"), Owner(project_id="nothing")):
        with pytest.raises(NotFound):
            actions.add(services.database, COMMAND_LINE, owner, SAM)


def test_a_project_has_contacts_of_its_own(services, firm):
    create_project(services, COMMAND_LINE, {"id": "p1", "title": "Housings"})
    stored = actions.add(services.database, COMMAND_LINE, Owner(project_id="p1"), SAM)
    actions.add(services.database, COMMAND_LINE, firm, SAM)
    assert actions.of_project(services.database, "p1") == [stored]


def test_a_change_counts_versions_and_a_stale_one_is_refused(services, firm):
    stored = actions.add(services.database, COMMAND_LINE, firm, SAM)
    new = ContactDraft("Sam Lee", "President", "", "905 555 0134", "", "card")
    changed = actions.change(services.database, COMMAND_LINE, stored.id, new, expected=1)
    assert (changed.version, changed.role, changed.email) == (2, "President", "")
    assert actions.get(services.database, stored.id) == changed
    with pytest.raises(Stale):
        actions.change(services.database, COMMAND_LINE, stored.id, SAM, expected=1)
    with pytest.raises(Stale):
        actions.delete(services.database, COMMAND_LINE, stored.id, expected=1)
    actions.delete(services.database, COMMAND_LINE, stored.id, expected=2)
    with pytest.raises(NotFound):
        actions.get(services.database, stored.id)


def test_contacts_stand_in_no_index_log_audit_or_repr(services, firm, client, caplog):
    with caplog.at_level(logging.DEBUG):
        stored = actions.add(services.database, COMMAND_LINE, firm, SAM)
        actions.change(
            services.database, COMMAND_LINE, stored.id, ContactDraft("Sam Lee", telephone="905 555 0177"), expected=1
        )
    with services.database.read() as tx:
        rows = [str(tuple(row)) for row in tx.execute(select(audit))]
    said = [*rows, caplog.text, repr(stored), repr(SAM), client.get("/v1/firms/acme").text]
    for secret in ("Sam Lee", "sam@example", "0134", "0177"):
        assert not any(secret in text for text in said)
    found = client.post("/v1/match", json={"text": "Sam Lee sam@example.org 905 555 0134"}).json()
    matches = [match for role in ("partner", "supplier") for match in found[role]]
    quotes = [quote for match in matches for need in match["needs"] for quote in need["evidence"]]
    assert matches and not any("Sam" in quote["quote"] or quote["terms"] for quote in quotes)


def test_contacts_go_with_their_firm(services, firm):
    actions.add(services.database, COMMAND_LINE, firm, SAM)
    delete_firm(services, COMMAND_LINE, "acme", expected=None)
    with services.database.read() as tx:
        assert repository.count(tx) == 0
