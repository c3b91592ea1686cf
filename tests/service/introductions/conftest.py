"""Two projects, three firms, and two officers."""

from types import SimpleNamespace

import pytest

from matcher import Firm
from service.accounts.staff import add_user_in, new_user
from service.app import build_services
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.db import next_change
from service.firms import repository as firms_repository
from service.introductions import actions
from service.introductions.actions import Between
from service.projects import actions as projects_actions
from service.security import COMMAND_LINE, Role

FIRMS = [("weld", "Weld Co"), ("paint", "Paint Co"), ("mill", "Mill Co")]


@pytest.fixture
def services(settings, database, encoder):
    services = build_services(settings, encoder)
    # Nothing is ranked here, so the index stays closed.
    with database.write() as tx:
        for key, name in FIRMS:
            firms_repository.insert_firm(tx, Firm(key, name, city="Milton", province="ON"), next_change(tx))
    for key, title in (("trays", "Battery trays"), ("pumps", "Heat pumps")):
        row = {"id": key, "title": title, "description": "Trays are laser welded.", "stage": "call", "city": "Milton",
               "province": "ON", "closes": "2999-01-01"}  # fmt: skip
        projects_actions.create_project(services, COMMAND_LINE, row)
    yield services
    services.database.close()


@pytest.fixture
def people(database):
    """Two officers."""
    found = {}
    for name in ("olga", "paul"):
        user = new_user(
            email=f"{name}@chamber.example", name=name.title(), role=Role.OFFICER,
            password="blue kettle under the stairs", language="en",
        )  # fmt: skip
        with database.write() as tx:
            add_user_in(tx, COMMAND_LINE, user)
        found[name] = user.caller
    return SimpleNamespace(**found)


@pytest.fixture
def proposed(services, people):
    """Weld Co was asked about the battery trays."""
    return actions.propose(services, people.olga, Between("trays", "weld", "supplier"))


@pytest.fixture
def lead(services):
    """Somebody on the side of the battery trays."""
    draft = ContactDraft(name="Lee Lead", email="lee@trays.example", telephone="905 555 0177")
    return contacts.add(services.database, COMMAND_LINE, Owner(project_id="trays"), draft)
