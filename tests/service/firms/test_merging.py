"""Firms that are one, firms that are put away, and what goes with a firm."""

import uuid

import pytest
from sqlalchemy import func, insert, select

from service import desk_tables as desk
from service.clock import now
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.errors import Conflict, NotFound, Stale
from service.firms import actions, belongings, merging, notes
from service.firms.notes import FirmQuery
from service.projects.actions import create_project, get_project
from service.security import COMMAND_LINE

WORDS = "five-axis machining of titanium housings for pumps"


@pytest.fixture
def services(app, client):
    return app.state.services


@pytest.fixture
def two(services):
    for row in (
        {"id": "acme", "name": "Acme Machining Ltd.", "city": "Milton", "employees": 25, "capabilities": [WORDS]},
        {
            "id": "acme-2", "name": "Acme Machining Limited", "city": "Milton", "website": "https://acme.example",
            "employees": 30, "member": True, "capabilities": [WORDS, "wire erosion"], "certifications": ["ISO 9001"],
        },
        {"id": "other", "name": "Other Foundry", "city": "Milton", "capabilities": ["sand casting of aluminium parts"]},
    ):  # fmt: skip
        actions.create_firm(services, COMMAND_LINE, row)
    create_project(services, COMMAND_LINE, {"id": "p1", "title": "Pumps", "lead": "acme-2", "partners": ["other"]})
    return services


def add(services, table, **values):
    with services.database.write() as tx:
        tx.execute(insert(table).values(**values))


def introduction(firm_id, project_id, role="supplier"):
    empty = {"firm_source": "", "project_source": "", "note": "", "may_be_named": False}
    return {
        "id": str(uuid.uuid4()), "project_id": project_id, "firm_id": firm_id, "role": role, "state": "proposed",
        "owner_id": "u", "version": 1, "created_by": "u", "created_at": now(), "updated_at": now(), **empty,
    }  # fmt: skip


def rows_of(services, table):
    with services.database.read() as tx:
        return [dict(row) for row in tx.execute(select(table)).mappings()]


def searched(client, words):
    found = client.post("/v1/match", json={"text": words}).json()
    return {match["firm_id"] for role in ("partner", "supplier") for match in found[role]}


def test_a_close_name_in_the_same_town_is_shown_until_somebody_says_no(two):
    assert [(d.other.id, d.reason) for d in merging.doubles_of(two, "acme")] == [("acme-2", "close name and place")]
    assert [d.other.id for d in merging.doubles_of(two, "acme-2")] == ["acme"]
    assert merging.doubles_of(two, "other") == []
    merging.say_not_double(two, COMMAND_LINE, "acme-2", "acme")
    assert merging.doubles_of(two, "acme") == merging.doubles_of(two, "acme-2") == []


def test_the_same_website_is_shown_whatever_the_name(two):
    row = {"id": "zed", "name": "Zed", "city": "Guelph", "website": "http://www.ACME.example/home"}
    actions.create_firm(two, COMMAND_LINE, row)
    assert [(d.other.id, d.reason) for d in merging.doubles_of(two, "zed")] == [("acme-2", "same website")]


def test_a_merge_keeps_what_both_say_and_moves_what_hangs_on_them(two, client):
    owner = Owner(firm_id="acme-2")
    contact = contacts.add(two.database, COMMAND_LINE, owner, ContactDraft("Sam", telephone="905 555 0134"))
    add(two, desk.introductions, **introduction("acme-2", "p1"))
    kept = merging.merge(two, COMMAND_LINE, "acme", "acme-2", expected=1, expected_gone=1)
    assert (kept.record.employees, kept.record.website, kept.record.member) == (25, "https://acme.example", True)
    assert sorted(s.text for s in kept.record.statements) == sorted([WORDS, "wire erosion", "ISO 9001"])
    with pytest.raises(NotFound):
        actions.get_firm(two, "acme-2")
    assert [c.id for c in contacts.of_firm(two.database, "acme")] == [contact.id]
    assert [row["firm_id"] for row in rows_of(two, desk.introductions)] == ["acme"]
    assert get_project(two, "p1").record.lead == "acme"
    assert "acme" in searched(client, "wire erosion") and "acme-2" not in searched(client, "wire erosion")


def test_a_merge_can_be_taken_back_and_keeps_what_was_learned_since(two, client):
    before = actions.get_firm(two, "acme").record, actions.get_firm(two, "acme-2").record
    contacts.add(two.database, COMMAND_LINE, Owner(firm_id="acme-2"), ContactDraft("Sam", telephone="905 555 0134"))
    add(two, desk.introductions, **introduction("acme", "p1"))
    twice = introduction("acme-2", "p1")
    add(two, desk.introductions, **twice)
    add(two, desk.introductions, **introduction("acme-2", "p2"))
    add(two, desk.firm_notes, firm_id="acme", fit="could", decided_by="u", decided_at=now())
    add(two, desk.firm_notes, firm_id="acme-2", fit="not", decided_by="u", decided_at=now())
    merging.merge(two, COMMAND_LINE, "acme", "acme-2", expected=None, expected_gone=None)
    assert {row["project_id"] for row in rows_of(two, desk.introductions)} == {"p1", "p2"}
    assert notes.note_of(two.database, "acme").fit == "could"
    row = {"kind": "capability", "text": "laser welding"}
    actions.add_statement(two, COMMAND_LINE, "acme", row, expected=None)
    wire = next(s for s in before[1].statements if s.text == "wire erosion")
    actions.confirm_statement(two, COMMAND_LINE, "acme", wire.id, how="by phone", date="2026-11-20", expected=None)
    (past,) = merging.merges_into(two, "acme")
    assert past.gone_name == "Acme Machining Limited"
    kept, again = merging.undo(two, COMMAND_LINE, past.id)
    assert sorted(s.text for s in kept.record.statements) == sorted([WORDS, "laser welding"])
    assert (kept.record.website, kept.record.member) == (None, None)
    assert [s.text for s in again.record.statements] == [s.text for s in before[1].statements]
    assert next(s for s in again.record.statements if s.id == wire.id).confirmed
    assert {(r["firm_id"], r["project_id"]) for r in rows_of(two, desk.introductions)} == {
        ("acme", "p1"), ("acme-2", "p1"), ("acme-2", "p2"),
    }  # fmt: skip
    assert next(r for r in rows_of(two, desk.introductions) if r["id"] == twice["id"]) == {
        **twice, **{name: None for name in rows_of(two, desk.introductions)[0] if name not in twice}
    }  # fmt: skip
    assert notes.note_of(two.database, "acme-2").fit == "not"
    assert len(contacts.of_firm(two.database, "acme-2")) == 1 and contacts.of_firm(two.database, "acme") == []
    assert get_project(two, "p1").record.lead == "acme-2"
    assert {"acme", "acme-2"} <= searched(client, WORDS)
    assert merging.merges_into(two, "acme") == []
    with pytest.raises(Conflict):
        merging.undo(two, COMMAND_LINE, past.id)


def test_a_merge_of_nonsense_is_refused(two):
    with pytest.raises(Conflict):
        merging.merge(two, COMMAND_LINE, "acme", "acme", expected=None, expected_gone=None)
    with pytest.raises(NotFound):
        merging.merge(two, COMMAND_LINE, "acme", "nobody", expected=None, expected_gone=None)
    with pytest.raises(Stale):
        merging.merge(two, COMMAND_LINE, "acme", "acme-2", expected=None, expected_gone=7)
    assert merging.merges_into(two, "acme") == []
    with pytest.raises(NotFound):
        merging.undo(two, COMMAND_LINE, "no-such-merge")


def test_a_merge_is_not_taken_back_over_a_firm_of_the_same_id(two):
    merging.merge(two, COMMAND_LINE, "acme", "acme-2", expected=None, expected_gone=None)
    actions.create_firm(two, COMMAND_LINE, {"id": "acme-2", "name": "Acme again"})
    with pytest.raises(Conflict, match="added again"):
        merging.undo(two, COMMAND_LINE, merging.merges_into(two, "acme")[0].id)


def test_what_hangs_on_a_firm_is_counted_and_goes_with_it(two):
    contacts.add(two.database, COMMAND_LINE, Owner(firm_id="acme-2"), ContactDraft("Sam", telephone="905 555 0134"))
    one = introduction("acme-2", "p1")
    add(two, desk.introductions, **one)
    add(two, desk.introduction_steps, introduction_id=one["id"], step="proposed", at=now(), actor="u", details="{}")
    add(two, desk.kept_apart, id="k", firm_id="acme-2", project_id="p1", note="n", decided_by="u", decided_at=now())
    notes.set_fit(two.database, COMMAND_LINE, ["acme-2"], "could")
    assert notes.belongings_of(two.database, "acme-2") == {"contacts": 1, "introductions": 1, "kept_apart": 1}
    actions.delete_firm(two, COMMAND_LINE, "acme-2", expected=None)
    for table in (desk.contacts, desk.introductions, desk.introduction_steps, desk.kept_apart, desk.firm_notes):
        assert rows_of(two, table) == [], table
    deleted = actions.history(two, "acme-2")[0]
    assert (deleted["action"], deleted["details"]["contacts"]) == ("firm.delete", 1)


def test_what_was_merged_is_gone_when_its_firm_is_deleted(two):
    add(two, desk.introductions, **introduction("acme", "p1"))
    twice = introduction("acme-2", "p1")
    add(two, desk.introductions, **twice)
    add(two, desk.introduction_steps, introduction_id=twice["id"], step="proposed", at=now(), actor="u", details="{}")
    merging.merge(two, COMMAND_LINE, "acme", "acme-2", expected=None, expected_gone=None)
    actions.delete_firm(two, COMMAND_LINE, "acme", expected=None)
    with two.database.read() as tx:
        counts = [
            tx.execute(select(func.count()).select_from(t)).scalar() for t in (desk.merges, desk.introduction_steps)
        ]
    assert counts == [0, 0]


def test_every_table_that_names_a_firm_is_known_to_belongings():
    named = {t.name for t in desk.contacts.metadata.tables.values() if "firm_id" in t.columns}
    assert named == {*belongings.OWNED, *(table.name for table in belongings.ENDING), "not_doubles"}


def test_a_firm_that_is_put_away_is_in_no_ranking_until_it_comes_back(two, client):
    assert "acme" in searched(client, WORDS)
    notes.archive(two, COMMAND_LINE, "acme")
    assert "acme" not in searched(client, WORDS)
    assert client.get("/v1/firms/acme").status_code == 200
    # A write to it, as of an import, does not bring it back.
    actions.patch_firm(two, COMMAND_LINE, "acme", {"employees": 26}, expected=None)
    assert "acme" not in searched(client, WORDS)
    assert merging.doubles_of(two, "acme-2") == []
    with pytest.raises(Conflict):
        notes.archive(two, COMMAND_LINE, "acme")
    notes.bring_back(two, COMMAND_LINE, "acme")
    assert "acme" in searched(client, WORDS)


def names(services, query, limit=50):
    return [row.firm.name for row in notes.list_firms(services.database, query, cursor=None, limit=limit).page.items]


def test_the_list_is_narrowed_and_sorted_by_name(two):
    assert names(two, FirmQuery()) == ["Acme Machining Limited", "Acme Machining Ltd.", "Other Foundry"]
    assert names(two, FirmQuery(q="foundry milton")) == ["Other Foundry"]
    assert names(two, FirmQuery(q="%")) == []
    assert names(two, FirmQuery(city="MIL", member=True)) == ["Acme Machining Limited"]
    assert names(two, FirmQuery(city="ilton")) == []
    notes.set_fit(two.database, COMMAND_LINE, ["acme", "other", "nobody"], "could")
    notes.set_fit(two.database, COMMAND_LINE, ["other"], "not")
    assert names(two, FirmQuery(fit="could")) == ["Acme Machining Ltd."]
    assert names(two, FirmQuery(fit="none")) == ["Acme Machining Limited"]
    notes.archive(two, COMMAND_LINE, "other")
    assert names(two, FirmQuery()) == ["Acme Machining Limited", "Acme Machining Ltd."]
    assert names(two, FirmQuery(archived=True)) == ["Other Foundry"]
    enough = notes.enough_is_known(two)
    assert names(two, FirmQuery(keep=lambda key: not enough(key))) == ["Acme Machining Ltd."]


def test_pages_of_the_list_hold_every_firm_once(two):
    for n in range(7):
        actions.create_firm(two, COMMAND_LINE, {"id": f"same-{n}", "name": "Same Name"})
    seen, cursor = [], None
    while True:
        listing = notes.list_firms(two.database, FirmQuery(), cursor=cursor, limit=3)
        seen += [row.firm.id for row in listing.page.items]
        assert listing.n_found == listing.n_firms == 10
        cursor = listing.page.next
        if cursor is None:
            break
    assert seen == ["acme-2", "acme", "other", *(f"same-{n}" for n in range(7))]
    even = FirmQuery(keep=lambda key: key[-1] in "0246" and key != "acme-2")
    first = notes.list_firms(two.database, even, cursor=None, limit=3)
    assert [row.firm.id for row in first.page.items] == ["same-0", "same-2", "same-4"]
    rest = notes.list_firms(two.database, even, cursor=first.page.next, limit=3)
    assert ([row.firm.id for row in rest.page.items], rest.page.next, rest.n_found) == (["same-6"], None, 4)
