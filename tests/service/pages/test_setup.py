"""The set-up in the browser, the sample data, and what stays when it goes."""

import re
import stat

import pytest
from sqlalchemy import select

from service.accounts.staff import list_users
from service.firms import actions as firm_actions
from service.projects import actions as project_actions
from service.security import COMMAND_LINE
from service.setup import sample
from service.setup.actions import get_chamber
from service.setup.code import ensure_code, invite
from service.tables import audit, firms, import_rows, projects
from service.worker import Worker

GOOD = {
    "name": "Milton Chamber of Commerce", "postal_address": "1 Main Street\nMilton", "place": "Milton",
    "region": "Halton", "language": "fr", "signer_name": "Ada Admin", "signer_title": "Manager",
    "signer_telephone": "905 555 0100", "signer_email": "ada@chamber.example", "admin_name": "Ada Admin",
    "email": "Ada@chamber.example", "password": "blue kettle under the stairs",
    "again": "blue kettle under the stairs", "start": "empty",
}  # fmt: skip
FIRMS = (
    '{"id": "one", "name": "One Machining", "city": "Milton", "capabilities": ["cnc machining"]}\n'
    '{"id": "two", "name": "Two Moulding", "city": "Oakville", "capabilities": ["moulding"]}\n'
    '{"id": "mine", "name": "Sample of the same id", "capabilities": ["something"]}\n'
)
PROJECTS = '{"id": "battery", "title": "Battery housings", "description": "Aluminium housings.", "stage": "call"}\n'


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Few records in the place of the shipped ones."""
    for kind, name in sample.FILES:
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        first = name in ("directory/firms.jsonl", "projects/projects.jsonl")
        path.write_text({"firms": FIRMS, "projects": PROJECTS}[kind] if first else "", encoding="utf-8")
    monkeypatch.setattr(sample, "FILES", (sample.FILES[0], sample.FILES[2]))
    monkeypatch.setattr(sample, "data_folder", lambda: tmp_path / "data")


def send(visitor, settings, **fields):
    code = ensure_code(settings)
    return visitor.post_form("/setup", page=f"/setup?code={code}", code=code, **GOOD | fields)


@pytest.fixture
def settings(settings):
    """Guesses are counted by clock minutes: on a busy machine ten of them could reach into the next."""
    return settings.model_copy(update={"sign_in_rate": "10/hour"})


def ids(database, table):
    with database.read() as tx:
        return set(tx.execute(select(table.c.id)).scalars())


def work(database, encoder, settings):
    Worker(database, encoder, settings).drain()


def test_code_is_asked_for_before_anything_is_shown(visitor, settings, database):
    answer = visitor.get("/setup")
    assert answer.status_code == 200 and "Set-up code" in answer.text and "Postal address" not in answer.text
    wrong = visitor.get("/setup?code=guess")
    assert "This is not the set-up code." in wrong.text and "Postal address" not in wrong.text
    answer = visitor.post_form("/setup", page="/setup?code=" + ensure_code(settings), code="guess", **GOOD)
    assert answer.status_code == 403 and list_users(database) == []
    assert "Postal address" in visitor.get(invite(database, settings, "")).text


def test_code_is_for_the_owner_of_the_installation_and_guesses_are_counted(visitor, settings):
    ensure_code(settings)
    assert stat.S_IMODE(settings.setup_code_file.stat().st_mode) == 0o600
    answers = [visitor.get(f"/setup?code=guess{n}").status_code for n in range(12)]
    assert answers == [200] * 10 + [429] * 2


def test_set_up_makes_chamber_and_admin_and_signs_them_in(visitor, settings, database):
    answer = send(visitor, settings)
    assert (answer.status_code, answer.headers["location"]) == (303, "/today")
    assert "Rien ne vous attend" in visitor.get("/today").text  # in the language that was chosen
    chamber = get_chamber(database)
    assert (chamber.name, chamber.place, chamber.signer_telephone) == (GOOD["name"], "Milton", "905 555 0100")
    (user,) = list_users(database)
    assert (user.email, user.role.value, user.language) == ("ada@chamber.example", "admin", "fr")
    assert not settings.setup_code_file.exists()
    assert invite(database, settings, "") is None
    for code in ("", "?code=x"):
        assert visitor.get(f"/setup{code}").status_code == 404
    assert visitor.post_form("/setup", **GOOD).status_code == 404
    assert "blue kettle" not in str(audit_rows(database))


def audit_rows(database):
    with database.read() as tx:
        return tx.execute(select(audit)).all()


def test_faults_are_told_beside_each_field_and_what_was_typed_stays(visitor, settings, database):
    answer = send(
        visitor, settings, name=" ", postal_address="", signer_email="no address", email="ada", password="short",
        again="other", place="Nowhere",
    )  # fmt: skip
    assert answer.status_code == 422
    for words in (
        "Write the chamber&#39;s name", "Write the postal address", "This is no e-mail address",
        "The two passwords are not the same.",
    ):  # fmt: skip
        assert words in answer.text
    assert 'value="Nowhere"' in answer.text and 'value="short"' not in answer.text
    assert list_users(database) == [] and get_chamber(database) is None
    assert "The password has 5 characters" in send(visitor, settings, password="short", again="short").text


def test_sample_data_is_loaded_by_the_worker_while_a_page_tells_how_far_it_is(
    visitor, settings, database, encoder, shipped
):
    assert send(visitor, settings, start="sample", language="en").headers["location"] == "/setup/progress"
    answer = visitor.get("/setup/progress")
    assert '<meta http-equiv="refresh"' in answer.text and "matcher-service worker" in answer.text
    assert visitor.get("/settings/sample").text.count("How far is it?") == 1
    work(database, encoder, settings)
    assert visitor.get("/setup/progress").headers["location"] == "/today"
    assert "The sample data is here: 3 firms, 1 project." in visitor.get("/today").text
    assert ids(database, firms) == {"one", "two", "mine"} and ids(database, projects) == {"battery"}


def test_failed_import_of_the_sample_data_is_said(visitor, settings, database, encoder, shipped, tmp_path, monkeypatch):
    (tmp_path / "data" / "projects" / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    monkeypatch.setattr(sample, "FILES", (sample.FILES[0], ("projects", "projects/broken.pdf")))
    send(visitor, settings, start="sample", language="en")
    work(database, encoder, settings)
    answer = visitor.get("/setup/progress")
    assert "Not everything could be loaded." in answer.text and "refresh" not in answer.text
    assert "Sample data is here" in visitor.get("/settings/sample").text


def test_removal_takes_what_nobody_touched_and_nothing_else(pages, settings, database, encoder, shipped, app):
    services = app.state.services
    own = {"id": "mine", "name": "Our member", "capabilities": ["welding"]}
    firm_actions.create_firm(services, COMMAND_LINE, own)
    sample.load(database, COMMAND_LINE)
    work(database, encoder, settings)
    firm_actions.create_firm(services, COMMAND_LINE, {"id": "later", "name": "Later", "capabilities": ["casting"]})
    firm_actions.patch_firm(services, COMMAND_LINE, "two", {"city": "Burlington"}, expected=None)
    admin = pages("admin")
    page = admin.get("/settings/sample").text
    assert "1 firm, 1 project" in page
    assert "1 record stays, because somebody changed it" in page and "Two Moulding" in page
    assert admin.post_form("/settings/sample/remove").status_code == 303
    page = admin.get("/settings/sample").text
    assert "The sample data is gone: 1 firm, 1 project." in page and "No sample data is here" in page
    assert ids(database, firms) == {"mine", "two", "later"} and ids(database, projects) == set()
    assert services.follower.catch_up() is None
    assert firm_actions.get_firm(services, "mine").record.name in ("Our member", "Sample of the same id")
    with database.read() as tx:
        left = set(tx.execute(select(import_rows.c.record_id)).scalars())
    assert "one" not in left and "battery" not in left


def test_record_made_anew_after_a_deletion_is_not_of_the_sample(pages, settings, database, encoder, shipped, app):
    services = app.state.services
    sample.load(database, COMMAND_LINE)
    work(database, encoder, settings)
    firm_actions.delete_firm(services, COMMAND_LINE, "one", expected=None)
    firm_actions.create_firm(services, COMMAND_LINE, {"id": "one", "name": "Ours", "capabilities": ["casting"]})
    project_actions.delete_project(services, COMMAND_LINE, "battery", expected=None)
    found = sample.state(database)
    assert found.firms == ("mine", "two") and found.projects == () and found.kept == ()
    pages("admin").post_form("/settings/sample/remove")
    assert ids(database, firms) == {"one"}


def test_start_empty_removes_what_a_demonstration_has_loaded(visitor, settings, database, encoder, shipped):
    sample.load(database, COMMAND_LINE)
    work(database, encoder, settings)
    page = visitor.get(f"/setup?code={ensure_code(settings)}").text
    assert "Keep the sample data that is loaded" in page
    send(visitor, settings, start="empty")
    assert ids(database, firms) == set()


def test_keeping_what_a_demonstration_has_loaded_loads_nothing_twice(visitor, settings, database, encoder, shipped):
    sample.load(database, COMMAND_LINE)
    work(database, encoder, settings)
    send(visitor, settings, start="sample")
    assert len(sample.state(database).jobs) == 2
    assert visitor.get("/setup/progress").headers["location"] == "/today"


@pytest.mark.parametrize("address", ["/settings/sample/load", "/settings/sample/remove", "/settings/chamber"])
def test_only_admins_change_the_chamber_and_the_sample_data(pages, address):
    for role in ("viewer", "officer"):
        assert pages(role).post_form(address).status_code == 403


def test_chamber_is_changed_and_faults_are_told(pages, database):
    admin = pages("admin")
    page = admin.get("/settings/chamber").text
    version = re.search(r'name="version" value="(\d+)"', page).group(1)
    fields = {name: value for name, value in GOOD.items() if name not in ("password", "again", "email", "start")}
    answer = admin.post_form("/settings/chamber", **fields | {"region": "", "version": version})
    assert answer.status_code == 422 and "Write the region" in answer.text
    assert admin.post_form("/settings/chamber", **fields | {"region": "Peel", "version": version}).status_code == 303
    assert get_chamber(database).region == "Peel"
