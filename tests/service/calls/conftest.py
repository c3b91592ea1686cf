"""A project with firms that fit it, and whoever calls them."""

from types import SimpleNamespace

import pytest
from call_list_data import load

from service.accounts.staff import add_user_in, new_user
from service.app import build_services
from service.security import COMMAND_LINE, Role


@pytest.fixture
def services(settings, database, encoder):
    services = build_services(settings, encoder)
    services.follower.start()
    load(services)
    yield services
    services.follower.stop()
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
