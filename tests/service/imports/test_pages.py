"""The wizard from a spreadsheet to our list, and back."""

import io
import re
import sys
from pathlib import Path

import openpyxl
import pytest

from service.contacts import actions as contacts
from service.firms import actions as firms
from service.security import Caller, Scope
from service.worker import Worker

sys.path.insert(0, str(Path(__file__).parents[2] / "matcher"))
from messy_workbook import write_messy_workbook  # noqa: E402

ACME, FONDERIE = "1234567-ontario-inc-o-a-acme-tool-ltd", "fonderie-levis-ltee"


@pytest.fixture
def worker(database, encoder, settings):
    return Worker(database, encoder, settings)


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
def messy(tmp_path):
    path = tmp_path / "messy.xlsx"
    write_messy_workbook(path)
    return path.read_bytes()


def upload(browser, data, name="members.xlsx"):
    answer = browser.post_form("/imports/new", files={"file": (name, data)})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("/")[2]


def check(browser, worker, draft, **fields):
    values = {"members": "list", "people": "yes", **fields}
    answer = browser.post_form(f"/imports/{draft}/columns", **values)
    assert answer.status_code == 303, answer.text
    assert 'http-equiv="refresh"' in browser.get(answer.headers["location"]).text
    worker.drain()
    return browser.get(answer.headers["location"]).text


def add(browser, worker, draft, **fields):
    answer = browser.post_form(f"/imports/{draft}/add", **fields)
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    assert 'http-equiv="refresh"' in browser.get(address).text
    worker.drain()
    return address, browser.get(address).text


def bring(browser, worker, data, name="members.xlsx", **fields):
    draft = upload(browser, data, name)
    check(browser, worker, draft, **fields)
    return add(browser, worker, draft)


def csv(*rows, header="Company,City,Website,Products,Status"):
    return "\n".join([header, *rows]).encode()


def test_a_messy_workbook_becomes_firms_contacts_and_a_first_sorting(officer, worker, messy, database):
    draft = upload(officer, messy)
    html = officer.get(f"/imports/{draft}/columns").text
    assert "Booth colour" in html and "jane@acme.example" in html  # samples of every column, for staff
    assert re.search(r'<option value="contact" selected>', html)
    checked = check(officer, worker, draft)
    assert "10 rows read: 8 firms" in checked and "2 need you" in checked and "8 contacts" in checked
    assert "Weld-Rite Limited" in checked and "It has no name of a firm: fill it in." in checked
    assert officer.get("/v1/firms").status_code == 401
    assert firm_or_none(database, ACME) is None  # nothing is added by a check
    address, html = add(officer, worker, draft)
    assert "10 rows read: " in html and "8 new" in html and "8 contacts" in html
    people = contacts.of_firm(database, ACME)
    assert [(p.name, p.email, p.telephone) for p in people] == [
        ("Jane Smith", "jane@acme.example", "905-555-0101"), ("Bob Roy", "bob@acme.example", ""),
    ]  # fmt: skip
    assert {p.source for p in people} == {"import members.xlsx"}
    assert firm_or_none(database, ACME).statements and "jane" not in str(firm_or_none(database, ACME)).lower()
    with database.read() as tx:
        from service.firms.notes_repository import notes_of

        assert notes_of(tx, [ACME])[ACME].fit == "could"
    assert officer.get("/imports").text.count(address) == 1
    # The draft is over: its pages lead to what it became.
    assert officer.get(f"/imports/{draft}/columns").headers["location"] == address
    assert officer.post_form(f"/imports/{draft}/add").headers["location"] == address


def firm_or_none(database, key):
    from service.firms import repository

    with database.read() as tx:
        stored = repository.find(tx, key)
    return stored and stored.record


def test_a_changed_mapping_is_used_and_a_list_without_names_is_refused(officer, worker, database):
    draft = upload(officer, csv("Acme,Milton,acme.example,gears,Active", "Beta,Acton,,pumps,Active"), "a.csv")
    html = officer.get(f"/imports/{draft}/columns").text
    column = re.search(r'name="(column-\d)"[^>]*>(?:(?!</select>).)*value="products" selected', html, re.S).group(1)
    name = re.search(r'name="(column-\d)"[^>]*>(?:(?!</select>).)*value="name" selected', html, re.S).group(1)
    refused = officer.post_form(f"/imports/{draft}/columns", members="yes", **{name: "note", column: "services"})
    assert refused.status_code == 422 and "Say which column holds the names" in refused.text
    chosen = re.search(rf'name="{column}"(.*?)</select>', refused.text, re.S).group(1)
    assert 'value="services" selected' in chosen  # what was chosen is kept
    check(officer, worker, draft, **{column: "services"})
    add(officer, worker, draft)
    assert [s.kind for s in firm_or_none(database, "acme").statements if s.text == "gears"] == ["service"]


def test_a_newer_list_shows_changes_and_who_has_gone(officer, worker, database):
    same = "Beta,Acton,,pumps,Active"
    bring(officer, worker, csv("Acme,Milton,acme.example,gears,Active", same, "Gone,Milton,,x y,Active"), "old.csv")
    draft = upload(officer, csv("Acme,Oakville,acme.example,gears,Active", same), "new.csv")
    assert "Yes, of old.csv" in officer.get(f"/imports/{draft}/columns").text
    html = check(officer, worker, draft, source="old.csv")
    assert "<del>Milton</del>" in html and "<ins>Oakville</ins>" in html
    assert "1 firm is gone: left, or forgotten?" in html and "Gone has left" in html
    _address, html = add(officer, worker, draft, left="gone")
    assert "1 gone from the list (1 left)" in html
    assert firm_or_none(database, "gone").member is False and firm_or_none(database, "acme").city == "Oakville"


def test_a_whole_import_is_taken_back_but_not_what_somebody_worked_with(officer, worker, services, database):
    bring(officer, worker, csv("Acme,Milton,acme.example,gears,Active", "Gone,Milton,,x y,Active"), "list.csv")
    before = firm_or_none(database, "acme")
    second = csv(
        "Acme,Oakville,acme.example,gears,Active,Ann Lee,ann@acme.example", "Beta,Acton,,pumps,Active,,",
        "Gamma,Acton,,valves,Active,,", header="Company,City,Website,Products,Status,Contact,E-mail",
    )  # fmt: skip
    draft = upload(officer, second, "list.csv")
    check(officer, worker, draft)
    address, _html = add(officer, worker, draft, left="gone")
    assert contacts.of_firm(database, "acme") and firm_or_none(database, "gone").member is False
    firms.add_statement(
        services, Caller("user:x", "x", Scope.WRITE), "gamma", {"kind": "capability", "text": "lapping"}, expected=None
    )
    answer = officer.post_form(f"{address}/undo")
    assert answer.status_code == 303
    html = officer.get(address).text
    assert "The list was taken back: 1 firm is gone again, 2 are what they were before." in html
    assert "1 firm stays as it is" in html
    assert firm_or_none(database, "beta") is None and firm_or_none(database, "gamma") is not None
    assert firm_or_none(database, "acme") == before and firm_or_none(database, "gone").member is True
    assert contacts.of_firm(database, "acme") == []
    assert officer.post_form(f"{address}/undo").status_code == 409
    # The next import of this list is compared with what the one before the undone had said.
    draft = upload(officer, csv("Acme,Milton,acme.example,gears,Active"), "list.csv")
    html = check(officer, worker, draft)
    assert "1 firm stays as it is" in html and "1 firm is gone: left, or forgotten?" in html and "Gone has left" in html


def test_staff_edits_survive_the_next_import_and_contacts_come_once(officer, worker, services, database, messy):
    bring(officer, worker, messy)
    firms.patch_firm(
        services, Caller("user:x", "x", Scope.WRITE), FONDERIE, {"city": "Acton"}, expected=None
    )  # fmt: skip
    _address, html = bring(officer, worker, messy)
    assert "8 as they were" in html and "8 known already" in html
    assert firm_or_none(database, FONDERIE).city == "Acton" and len(contacts.of_firm(database, ACME)) == 2


def test_contacts_are_left_out_when_they_are_not_wanted(officer, worker, database, messy):
    draft = upload(officer, messy)
    check(officer, worker, draft, people="")
    add(officer, worker, draft)
    assert contacts.of_firm(database, ACME) == [] and firm_or_none(database, ACME)


def test_all_of_a_list_are_members_where_it_does_not_say_otherwise(officer, worker, database):
    data = csv("Acme,gears", "Beta,pumps", header="Company,Products")
    bring(officer, worker, data, "a.csv", members="yes")
    assert firm_or_none(database, "acme").member is True
    draft = upload(officer, data, "b.csv")
    refused = officer.post_form(f"/imports/{draft}/columns", members="perhaps")
    assert refused.status_code == 422 and "Choose one of these." in refused.text


def test_the_list_comes_back_as_a_workbook_with_what_was_added(officer, worker, services, database, messy):
    address, _html = bring(officer, worker, messy)
    firms.add_statement(
        services, Caller("user:x", "x", Scope.WRITE), ACME,
        {"kind": "capability", "text": "=5-axis milling", "confirmed": True, "date": "2026-11-01"}, expected=None,
    )  # fmt: skip
    answer = officer.get(f"{address}/list.xlsx")
    assert answer.headers["content-disposition"].startswith("attachment;")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows())
    heads = [cell.value for cell in rows[0]]
    by_name = {row[0].value: dict(zip(heads, row, strict=True)) for row in rows[1:]}
    acme = by_name["1234567 Ontario Inc. o/a Acme Tool Ltd."]
    assert acme["Contact"].value == "Jane Smith; Bob Roy" and acme["Booth colour"].value == "blue"
    assert acme["Confirmed by the firm"].value == "=5-axis milling" and acme["Confirmed by the firm"].data_type == "s"
    assert len(rows) == 9  # two of them have one name, in two towns
    # It can be read again, and changes nothing of what firms say.
    draft = upload(officer, answer.content, "back.xlsx")
    assert "8 firms" in check(officer, worker, draft, people="")
    assert len(list(openpyxl.load_workbook(io.BytesIO(officer.get("/imports/list.xlsx").content)).active.rows)) == 9


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [("x.pdf", b"%PDF", "is not a list that we can read"), ("x.csv", b"", "is empty"), ("x.xlsx", b"PK no", "x.xlsx")],
)
def test_a_bad_file_is_refused_beside_its_field(officer, name, data, words):
    answer = officer.post_form("/imports/new", files={"file": (name, data)})
    assert answer.status_code == 422 and words in answer.text and 'id="e-file"' in answer.text
    assert officer.post_form("/imports/new").status_code == 422


def test_a_list_that_was_thrown_away_is_gone(officer, worker, database):
    draft = upload(officer, csv("Acme,Milton,,gears,Active"), "a.csv")
    check(officer, worker, draft)
    assert officer.post_form(f"/imports/{draft}/drop").status_code == 303
    assert officer.get(f"/imports/{draft}/check").status_code == 404
    assert officer.post_form(f"/imports/{draft}/add").status_code == 404
    assert firm_or_none(database, "acme") is None


def test_viewers_read_and_do_not_write(officer, worker, pages, messy):
    address, _html = bring(officer, worker, messy)
    viewer = pages("viewer")
    html = viewer.get(address).text
    assert "8 new" in html and "Take this whole list back" not in html
    assert viewer.get("/imports").status_code == 200 and "/imports/new" not in viewer.get("/imports").text
    for answer in (
        viewer.get("/imports/new"), viewer.post_form("/imports/new", files={"file": ("a.csv", csv("A,B,,c,d"))}),
        viewer.post_form(f"{address}/undo"),
    ):  # fmt: skip
        assert answer.status_code == 403
    assert officer.post(f"{address}/undo").status_code == 403  # without the form's token
    assert officer.get("/imports/nothing").status_code == 404


def test_a_deleted_firm_leaves_nothing_in_what_imports_remember(officer, worker, services, database):
    from sqlalchemy import select

    from service.desk_tables import import_undo

    bring(officer, worker, csv("Acme,Milton,acme.example,secret gears,Active"), "list.csv")
    bring(officer, worker, csv("Acme,Oakville,acme.example,secret gears,Active"), "list.csv")
    firms.delete_firm(services, Caller("user:x", "x", Scope.WRITE), "acme", expected=None)
    with database.read() as tx:
        assert tx.execute(select(import_undo).where(import_undo.c.record_id == "acme")).all() == []
        from service.tables import jobs

        assert all("secret gears" not in (row.result or "") for row in tx.execute(select(jobs.c.result)))


@pytest.mark.parametrize(
    ("members", "mailed"),
    [
        ("yes", {"ann@acme.example", "gus@gamma.example"}), ("list", {"ann@acme.example"}), ("unsure", set()),
        ("no", set()),
    ],
)  # fmt: skip
def test_who_may_be_mailed_is_one_question_and_its_answer_is_the_proof(officer, worker, database, members, mailed):
    data = csv(
        "Acme,Milton,,gears,Active,Ann Lee,ann@acme.example", "Beta,Acton,,pumps,Former,Bo Li,bo@beta.example",
        "Gamma,Acton,,valves,,Gus Roy,gus@gamma.example", header="Company,City,Website,Products,Status,Contact,E-mail",
    )  # fmt: skip
    draft = upload(officer, data, "list.csv")
    assert "We will not mail them." in officer.get(f"/imports/{draft}/columns").text
    told = f"{len(mailed)} address" if mailed else "3 contacts"
    assert told in check(officer, worker, draft, members=members) and may_mail(database) == {}
    address, html = add(officer, worker, draft)
    assert told in html
    rows = may_mail(database)
    assert set(rows) == mailed
    for row in rows.values():
        assert (row.basis, row.expires, row.withdrawn_at) == ("member", None, None)
        assert (
            "list.csv" in row.source and address.rsplit("/", 1)[1] in row.source and row.recorded_by.startswith("user:")
        )
    bring(officer, worker, data, "list.csv", members=members)  # the same list next week proves nothing new
    assert {key: row.id for key, row in may_mail(database).items()} == {key: row.id for key, row in rows.items()}
    officer.post_form(f"{address}/undo")
    left = may_mail(database)
    assert len(left) == len(mailed) and all(row.withdrawn_how == "the list was taken back" for row in left.values())


def may_mail(database):
    from service.consent import repository

    with database.read() as tx:
        found = repository.of_emails(tx, repository.addresses(tx))
    return {email: row for email, some in found.items() for row in some}


def test_a_list_brings_no_firm_back_that_was_merged_into_another(officer, worker, services, database):
    from service.contacts import repository as contacts_repository
    from service.firms import merging
    from service.firms import repository as firms_repository

    rows = (
        "Acme Machining,Milton,acme.example,CNC machining,Member",
        "Acme Machine Works,Milton,works.example,milling,Member",
    )
    header = "Company,City,Website,Products,Status,Contact,Email"
    people = ("Ada Acme,ada@acme.example", "Wim Works,wim@works.example")
    data = csv(*(f"{row},{who}" for row, who in zip(rows, people, strict=True)), header=header)
    bring(officer, worker, data, "members.csv")
    with database.read() as tx:
        one, two = sorted(firm.id for firm in firms_repository.all_firms(tx))  # the works, then the machining
    caller = Caller("test", "test", Scope.WRITE)
    merging.merge(services, caller, one, two, expected=None, expected_gone=None)
    more = csv(f"{rows[0]},Nora New,nora@acme.example", f"{rows[1]},{people[1]}", header=header)
    _address, page = bring(officer, worker, more, "members.csv")
    assert firm_or_none(database, two) is None and firm_or_none(database, one) is not None
    assert "1 row is of a firm that was merged into another" in " ".join(page.split())
    with database.read() as tx:
        found = contacts_repository.of_firms(tx, [one])[one]
    assert {person.name for person in found} == {"Ada Acme", "Wim Works", "Nora New"}
    (past,) = merging.merges_into(services, one)
    merging.undo(services, caller, past.id)
    assert firm_or_none(database, two) is not None
    bring(officer, worker, more, "members.csv")
    assert firm_or_none(database, two) is not None
