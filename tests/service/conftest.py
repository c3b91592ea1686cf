"""A real service on a real database, SQLite and PostgreSQL, with an encoder that needs no weights."""

import re
import shutil
import time
import uuid
from types import SimpleNamespace

import postgres
import pytest
from application import application
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import update

from matcher import CachedEncoder, HashEncoder
from service import passwords
from service.accounts.actions import create_key
from service.accounts.sessions import begin
from service.accounts.staff import add_user_in, new_user
from service.db import Database, migrate
from service.security import COMMAND_LINE, Role, Scope
from service.settings import Settings
from service.setup.actions import ChamberDraft, set_up
from service.tables import clock


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A migrated file that each test copies: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "service.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_shelf():
    """Databases that tests have one after the other; skipped, saying so, where no PostgreSQL lets us in."""
    if not postgres.is_there():
        pytest.skip(f"no PostgreSQL on {postgres.SERVER} that lets this user in")
    shelf = postgres.Shelf()
    yield shelf
    shelf.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """A new database without records."""
    if request.param == "sqlite":
        path = tmp_path / "service.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        database = Database(f"sqlite:///{path}")
        with database.write() as tx:  # a database of its own, not a copy
            tx.execute(update(clock).values(database_id=str(uuid.uuid4())))
        database.close()
        yield f"sqlite:///{path}"
        return
    shelf = request.getfixturevalue("postgres_shelf")
    taken = shelf.take()
    yield taken.url
    shelf.give_back(taken)


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(
        database_url=database_url, var=tmp_path / "var", poll_seconds=0.05, fold_rows=5, log_level="WARNING",
        log_format="console",
    )  # fmt: skip


@pytest.fixture
def database(settings):
    database = Database(settings.url)
    yield database
    database.close()


@pytest.fixture
def keys(database):
    """One key a scope, and none."""
    made = {scope.value: create_key(database, COMMAND_LINE, scope.value, scope)[1] for scope in Scope}
    return SimpleNamespace(**made)


@pytest.fixture
def encoder(settings):
    encoder = CachedEncoder(HashEncoder(128), settings.vectors_file)
    yield encoder
    encoder.close()


@pytest.fixture
def app(settings, database, encoder):
    return application(settings, encoder)


@pytest.fixture
def client(app, keys):
    """An officer: may read and write."""
    with TestClient(app, headers={"Authorization": f"Bearer {keys.write}"}, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


@pytest.fixture
def viewer(client, keys):
    """The headers of a key that may only read."""
    return {"Authorization": f"Bearer {keys.read}"}


def wait_until_ready(client):
    for _ in range(400):
        if client.get("/readyz").status_code == 200:
            return
        time.sleep(0.005)  # the thread that opens the index needs the interpreter too
    raise AssertionError(client.get("/readyz").text)


PASSWORD = "blue kettle under the stairs"


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords():
    """Argon2 as it is, with the least work: the cost of real hashes is for those who guess them."""
    before, passwords._hasher = passwords._hasher, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    yield
    passwords._hasher = before


class Browser(TestClient):
    """A member of staff at a browser: keeps cookies, follows nothing by itself, and fills in forms' tokens."""

    def post_form(self, address, *, page=None, files=None, **fields):
        """Send a form as the page does that shows it (by default any page): with its token.

        Names with a dash or of Python's own can be given as ``**{"a-b": …}``; a list sends a name more than once.
        """
        return self.post(address, data={"csrf": self.csrf(page), **fields}, files=files)

    def csrf(self, page=None):
        html = self.get(page or "/settings/account").text or self.get("/sign-in").text
        return re.search(r'name="csrf" value="([^"]+)"', html).group(1)


@pytest.fixture
def staff(database):
    """One user a role, and the chamber, as the set-up leaves them."""
    draft = ChamberDraft(
        "Milton Chamber of Commerce", "1 Main Street, Milton, Ontario", "Milton", "Halton", "en", "Ada Admin",
        "Manager", "905 555 0100", "ada@chamber.example",
    )  # fmt: skip
    users = {}
    for role in Role:
        users[role.value] = new_user(
            email=f"{role.value}@chamber.example", name=f"{role.value.title()} Person", role=role, password=PASSWORD,
            language="en",
        )  # fmt: skip
    set_up(database, draft, users["admin"])
    for role in ("viewer", "officer"):
        with database.write() as tx:
            add_user_in(tx, COMMAND_LINE, users[role])
    return SimpleNamespace(**users)


@pytest.fixture
def visitor(app, database):
    """A browser in which nobody is signed in."""
    with Browser(app, follow_redirects=False, raise_server_exceptions=False) as browser:
        yield browser


@pytest.fixture
def pages(app, database, staff, visitor):
    """``pages("officer")``: a browser in which somebody of this role is signed in."""

    def sign_in(role):
        browser = Browser(app, follow_redirects=False, raise_server_exceptions=False)
        browser.cookies.set("session", begin(database, getattr(staff, role)))
        return browser

    return sign_in
