"""Pages of projects: list, page, needs, release, edit, history, delete; each refusal once."""

import dataclasses
import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import Table, insert, select

from matcher import Origin, Release, Stage
from service import desk_tables as desk
from service.clock import now, today
from service.contacts.actions import ContactDraft, Owner
from service.contacts.actions import add as add_contact
from service.projects import actions
from service.projects.needs import find_need, offered_guesses
from service.security import COMMAND_LINE
from service.tables import UtcDateTime
from service.tables import projects as projects_table

EV = {
    "id": "ev",
    "title": "Battery enclosures",
    "description": "We develop cast and machined aluminium enclosures for battery packs with liquid cooling.",
    "technologies": ["battery cooling", "leak testing"],
    "city": "Milton",
    "province": "ON",
    "stage": "seeking",
    "needs": [{"text": "CNC machining of aluminium housings", "role": "supplier", "quantity": "200 a year"}],
}


@pytest.fixture
def services(client, app):
    return app.state.services


@pytest.fixture
def officer(services, pages):
    return pages("officer")


@pytest.fixture
def ev(services):
    return add(services, **EV)


def add(services, **row):
    actions.create_project(services, COMMAND_LINE, row)
    return row["id"]


def words_of(answer):
    """What a page says, without its tags."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.text, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def project(services, key="ev"):
    return actions.get_project(services, key).record


def guess_of(services):
    return offered_guesses(project(services))[0]


def days_ago(n):
    return (today() - timedelta(days=n)).isoformat()


def in_days(n):
    return days_ago(-n)


def test_list_shows_stage_place_and_release_of_open_projects_the_soonest_first(services, officer):
    add(services, id="a", title="Late", stage="call", closes=in_days(40), city="Oakville")
    add(services, id="b", title="Soon", stage="seeking", closes=in_days(3), release="full_text")
    add(services, id="c", title="Undated", stage="running")
    add(services, id="d", title="Over", stage="finished")
    add(services, id="e", title="Forgotten", stage="seeking", checked=days_ago(91))
    page = officer.get("/projects")
    assert re.findall(r'<a href="/projects/(.)">', page.text) == ["b", "a", "c"]
    text = words_of(page)
    assert "Open now (3)" in text and "To be checked (1)" in text and "All projects (5)" in text
    assert "Seeking partners closes" in text and "3 days left The full text" in text
    assert "Oakville" in text and "Place not known" in text
    assert "Forgotten" in officer.get("/projects?view=check").text
    assert re.findall(r'<a href="/projects/(.)">', officer.get("/projects?view=all").text) == ["b", "a", "e", "d", "c"]


@pytest.mark.parametrize(
    ("address", "titles"),
    [
        ("?q=québec", ["Presse à Québec"]),
        ("?q=milton+enclosures", ["Enclosures"]),
        ("?q=acme", ["Presse à Québec"]),
        ("?stage=call", ["Presse à Québec"]),
        ("?release=full_text", ["Enclosures"]),
        ("?stage=odd&release=odd&view=odd&page=99", ["Enclosures", "Presse à Québec"]),
        ("?q=%00", ["Enclosures", "Presse à Québec"]),
    ],
)
def test_list_is_searched_and_filtered(services, officer, address, titles):
    add(services, id="a", title="Enclosures", stage="seeking", city="Milton", release="full_text")
    add(services, id="b", title="Presse à Québec", stage="call", lead="Acme")
    page = officer.get(f"/projects{address}")
    assert re.findall(r'<th scope="row"><a href="/projects/.">([^<]+)</a>', page.text) == titles


def test_list_without_projects_and_without_hits_says_what_to_do(services, officer, pages):
    assert "Drop a brief above" in officer.get("/projects").text
    assert "An officer of your chamber" in words_of(pages("viewer").get("/projects"))
    add(services, id="a", title="Forgotten", stage="seeking", checked=days_ago(200))
    assert "1 would be open, if somebody looked" in words_of(officer.get("/projects"))
    assert "No project fits these words" in words_of(officer.get("/projects?q=zebra"))
    assert "Look among all projects" not in words_of(officer.get("/projects?q=zebra"))


def test_long_list_has_pages(services, officer, database):
    add(services, id="p000", title="Project 000", stage="running")
    with database.write() as tx:
        row = dict(tx.execute(select(projects_table)).mappings().one())
        for n in range(1, 60):
            title = f"Project {n:03}"
            body = row["body"].replace("p000", f"p{n:03}").replace("Project 000", title)
            tx.execute(
                insert(projects_table).values(row | {"id": f"p{n:03}", "sort_title": title.lower(), "body": body})
            )
    first, second = officer.get("/projects"), officer.get("/projects?page=2")
    assert first.text.count('<th scope="row">') == 50 and second.text.count('<th scope="row">') == 10
    assert 'rel="next" href="/projects?page=2"' in first.text.replace("&amp;", "&")
    assert "Page 2 of 2" in second.text and "Back to the first page" in second.text


def test_page_says_what_they_wrote_and_what_we_guess(services, officer, ev):
    text = words_of(officer.get("/projects/ev"))
    n = len(offered_guesses(project(services)))
    assert n > 0
    assert f"They need {n + 1} things: 1 they wrote, {n} we guess." in text
    assert "CNC machining of aluminium housings , 200 a year" in text
    assert "We guess: such projects usually need it" in text and "not searched for yet" in text
    assert "Who may see this: only us" in text and "First step: find one." in text


def test_guesses_that_a_written_need_says_already_are_not_offered(services, ev):
    guess = guess_of(services)
    row = {"text": f"a supplier of {guess.text} in Ontario"}
    actions.add_need(services, COMMAND_LINE, "ev", row, expected=None)
    assert guess.id not in [need.id for need in offered_guesses(project(services))]


def test_page_of_a_project_without_needs_shows_guesses_and_pieces_of_its_text(services, officer):
    add(services, **{**EV, "id": "bare", "needs": []})
    text = words_of(officer.get("/projects/bare"))
    assert "They wrote no needs down. We guess" in text and "pieces of their text" in text
    assert "not searched for yet" not in text


def test_right_stores_a_guess_and_comes_back_to_it_with_the_filters(services, officer, ev):
    guess = guess_of(services)
    address = f"/projects/ev/needs/{guess.id}/right"
    answer = officer.post_form(address, shown=guess.text, back="/projects/ev?km=30")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/projects/ev?km=30&at={guess.id}#needs"
    stored = find_need(project(services), guess.id)
    assert stored in project(services).needs and stored.confirmed and stored.origin is Origin.INFERRED
    page = officer.get(answer.headers["location"])
    assert f'id="need-{guess.id}" tabindex="-1" autofocus' in page.text and "you said it is right" in page.text
    assert officer.post_form(address, shown=guess.text).status_code == 303  # twice does no harm


def test_not_needed_is_put_aside_and_can_be_put_back(services, officer, ev):
    guess = guess_of(services)
    officer.post_form(f"/projects/ev/needs/{guess.id}/not-needed", shown=guess.text)
    assert project(services).rejected_needs == (guess.text,)
    assert guess.id not in [need.id for need in offered_guesses(project(services))]
    assert "1 thing is not needed, you said" in words_of(officer.get("/projects/ev"))
    officer.post_form("/projects/ev/needs/restore", text=guess.text)
    assert project(services).rejected_needs == () and guess_of(services) == guess


def test_written_need_that_is_not_needed_goes_and_can_come_back(services, officer, ev):
    officer.post_form("/projects/ev/needs/n1/not-needed", shown="CNC machining of aluminium housings")
    assert project(services).needs == ()


def test_colleague_who_changed_a_need_is_not_overruled_by_one_click(services, officer, ev):
    actions.edit_need(services, COMMAND_LINE, "ev", "n1", {"text": "milling of plastics"}, expected=None)
    answer = officer.post_form("/projects/ev/needs/n1/not-needed", shown="CNC machining of aluminium housings")
    assert project(services).needs[0].text == "milling of plastics"
    assert "A colleague has changed this need meanwhile" in officer.get(answer.headers["location"]).text


def test_need_is_changed_and_counts_as_right(services, officer, ev):
    form = officer.get("/projects/ev/needs/n1?back=/projects/ev%3Fkm=30").text
    assert "200 a year" in form and 'value="/projects/ev?km=30"' in form
    answer = officer.post_form(
        "/projects/ev/needs/n1", text="CNC machining of housings", role="either", quantity="", material="6061",
        version="1", back="/projects/ev?km=30",
    )  # fmt: skip
    assert answer.headers["location"] == "/projects/ev?km=30&at=n1#needs"
    need = project(services).needs[0]
    assert (need.text, need.role, need.quantity, need.material, need.confirmed) == (
        "CNC machining of housings", "either", None, "6061", True,
    )  # fmt: skip


def test_stale_change_of_a_need_shows_both(services, officer, ev):
    page = officer.get("/projects/ev/needs/n1").text
    mark = re.search(r'name="mark" value="(\w+)"', page)[1]
    actions.edit_need(services, COMMAND_LINE, "ev", "n1", {"text": "milling"}, expected=None)
    answer = officer.post_form("/projects/ev/needs/n1", text="turning", role="supplier", version="1", mark=mark)
    assert answer.status_code == 412 and "turning" in answer.text and "milling" in answer.text
    assert project(services).needs[0].text == "milling"
    officer.post_form("/projects/ev/needs/n1", text="turning", role="supplier", version="2", mark=mark)
    assert project(services).needs[0].text == "turning"


def test_change_of_another_need_meanwhile_is_no_reason_to_refuse(services, officer, ev):
    page = officer.get("/projects/ev/needs/n1").text
    mark = re.search(r'name="mark" value="(\w+)"', page)[1]
    actions.add_need(services, COMMAND_LINE, "ev", {"text": "bending"}, expected=None)
    answer = officer.post_form("/projects/ev/needs/n1", text="turning", role="supplier", version="1", mark=mark)
    assert answer.status_code == 303
    assert [need.text for need in project(services).needs] == ["turning", "bending"]


def test_need_is_added_and_an_empty_one_refused_beside_its_field(services, officer, ev):
    officer.post_form("/projects/ev/needs", text="helium leak testing", role="supplier")
    assert project(services).needs[1].text == "helium leak testing"
    answer = officer.post_form("/projects/ev/needs", text=" ", role="partner")
    assert answer.status_code == 422 and 'id="e-text"' in answer.text
    assert '<option value="partner" selected>' in answer.text
    answer = officer.post_form("/projects/ev/needs/n1", text="x" * 2001, role="supplier", version="1")
    assert answer.status_code == 422 and "x" * 2001 in answer.text


def test_project_nobody_looked_at_is_checked_by_one_button(services, officer):
    add(services, id="old", title="Old", stage="seeking", checked=days_ago(120))
    assert "not looked at for 120 days, so not open" in words_of(officer.get("/projects/old"))
    assert 'action="/projects/old/check"' in officer.get("/projects?view=check").text
    answer = officer.post_form("/projects/old/check", back="/projects/old")
    assert project(services, "old").checked == today().isoformat()
    assert "Noted: checked today." in officer.get(answer.headers["location"]).text


def test_release_is_chosen_and_a_short_note_must_be_written(services, officer, ev):
    answer = officer.post_form("/projects/ev/release", release="short_note", note=" ", version="1")
    assert answer.status_code == 422 and "Write the short note" in answer.text
    assert 'value="short_note" checked' in answer.text
    note = "A maker of enclosures seeks machining. Call 905 555 0100."
    officer.post_form("/projects/ev/release", release="short_note", note=note, version="1")
    assert project(services).release is Release.SHORT_NOTE
    assert actions.release_note(services, "ev").startswith("A maker of enclosures")
    assert "905" not in actions.release_note(services, "ev")
    officer.post_form("/projects/ev/release", release="only_us", note="", version="2")
    assert project(services).release is Release.ONLY_US
    assert actions.release_note(services, "ev")  # kept for the next time


def test_release_that_a_colleague_changed_shows_both(services, officer, ev):
    actions.set_release(services, COMMAND_LINE, "ev", Release.FULL_TEXT, "", expected=1)
    answer = officer.post_form("/projects/ev/release", release="short_note", note="Ours", version="1")
    assert answer.status_code == 412 and "Ours" in answer.text and "The full text" in answer.text
    assert officer.post_form("/projects/ev/release", release="odd", version="2").status_code == 422


def test_edit_keeps_what_is_not_on_the_form_and_finds_firms_by_name(services, officer, client, ev):
    client.post("/v1/firms", json={"id": "acme", "name": "Acme Précision Inc."})
    form = officer.get("/projects/ev/edit").text
    assert 'value="Battery enclosures"' in form and "leak testing" in form
    answer = officer.post_form(
        "/projects/ev/edit", title="Enclosures", description="Other words.", stage="announced", city="", province="",
        lead="acme precision inc.", partners="Bolt Ltd\nACME PRÉCISION INC.", closes="2099-03", version="1",
        technologies="casting",
    )  # fmt: skip
    assert answer.headers["location"] == "/projects/ev"
    stored = project(services)
    assert (stored.title, stored.city, stored.stage, stored.closes) == (
        "Enclosures", None, Stage.ANNOUNCED, "2099-03",
    )  # fmt: skip
    assert (stored.lead, stored.partners, stored.technologies) == ("acme", ("Bolt Ltd", "acme"), ("casting",))
    assert stored.needs and stored.release is Release.ONLY_US
    page = words_of(officer.get("/projects/ev"))
    assert "Led by: Acme Précision Inc." in page and "Bolt Ltd" in page and "closes March 2099" in page
    assert 'name="closes" type="text" value="2099-03"' in officer.get("/projects/ev/edit").text


def test_stale_edit_shows_both_and_save_mine_saves(services, officer, ev):
    actions.patch_project(services, COMMAND_LINE, "ev", {"title": "Theirs"}, expected=None)
    fields = {"title": "Mine", "stage": "seeking", "version": "1"}
    answer = officer.post_form("/projects/ev/edit", **fields)
    assert answer.status_code == 412 and "Mine" in answer.text and "Theirs" in answer.text
    officer.post_form("/projects/ev/edit", **fields | {"version": "2"})
    assert project(services).title == "Mine"


def test_history_says_who_did_what_in_words(services, officer, ev):
    officer.post_form("/projects/ev/check")
    text = words_of(officer.get("/projects/ev/history"))
    assert "Officer Person looked: still right" in text and "a program added the project" in text


def test_deletion_lists_what_goes_and_takes_it_along(services, officer, ev, database):
    add(services, id="other", title="Other")
    for key in ("ev", "other"):
        add_contact(database, COMMAND_LINE, Owner(project_id=key), ContactDraft(name="Sam Lee"))
        with database.write() as tx:
            tx.execute(insert(desk.call_lists).values(id=f"l-{key}", project_id=key, role="supplier", created_by="x",
                                                      created_at=now()))  # fmt: skip
            tx.execute(insert(desk.calls).values(
                id=f"c-{key}", list_id=f"l-{key}", firm_id="f", position=1, added_by_hand=False, band="maybe",
                why="[]", asks="[]", result="open", note="", version=1,
            ))  # fmt: skip
    page = officer.get("/projects/ev/delete")
    text = words_of(page)
    assert all(words in text for words in ("1 need", "1 contact", "1 call list", "1 call with its answer"))
    stale = officer.post_form("/projects/ev/delete", version="9")
    assert stale.status_code == 412 and "Look again" in stale.text
    answer = officer.post_form("/projects/ev/delete", version="1")
    assert answer.headers["location"] == "/projects"
    assert "is deleted" in officer.get("/projects").text
    with database.read() as tx:
        for table in (desk.contacts, desk.call_lists):
            assert tx.execute(select(table.c.project_id)).scalars().all() == ["other"]
        assert tx.execute(select(desk.calls.c.list_id)).scalars().all() == ["l-other"]
    assert officer.get("/projects/ev").status_code == 404
    assert "This project is deleted" in officer.get("/projects/ev/history").text


def filler(column):
    if column.name == "project_id":
        return "ev"
    if isinstance(column.type, UtcDateTime):
        return now()
    return {bool: False, int: 1}.get(column.type.python_type, "x")


def test_every_table_that_names_a_project_is_emptied_by_its_deletion(services, ev, database):
    tables = [table for table in vars(desk).values() if isinstance(table, Table) and "project_id" in table.c]
    assert len(tables) >= 9
    with database.write() as tx:
        for table in tables:
            row = {column.name: filler(column) for column in table.c if column.autoincrement is not True}
            tx.execute(insert(table).values(row))
    assert actions.what_goes(services, "ev").keys() == {table.name for table in tables}
    actions.delete_project(services, COMMAND_LINE, "ev", expected=None)
    assert actions.what_goes(services, "ev") == {}


WRITES = [
    "/projects/ev/check", "/projects/ev/release", "/projects/ev/needs", "/projects/ev/needs/restore",
    "/projects/ev/needs/n1", "/projects/ev/needs/n1/right", "/projects/ev/needs/n1/not-needed", "/projects/ev/edit",
    "/projects/ev/delete",
]  # fmt: skip


def test_viewer_reads_and_is_shown_no_button_and_refused_every_write(services, pages, ev):
    viewer = pages("viewer")
    page = viewer.get("/projects/ev")
    assert page.status_code == 200
    main = page.text[page.text.index('class="project-needs"') :]
    assert 'method="post"' not in main and "Not needed" not in main and ">Change<" not in main
    before = actions.get_project(services, "ev")
    for address in WRITES:
        assert viewer.post_form(address, text="x", title="x", role="supplier", version="1").status_code == 403, address
    for address in ("/projects/ev/edit", "/projects/ev/delete", "/projects/ev/needs/n1"):
        assert viewer.get(address).status_code == 403, address
    assert actions.get_project(services, "ev") == before


def test_every_write_is_refused_without_its_token(services, officer, ev):
    before = actions.get_project(services, "ev")
    for address in WRITES:
        assert officer.post(address, data={"title": "x", "text": "x"}).status_code == 403, address
    assert actions.get_project(services, "ev") == before


def test_project_or_need_that_is_not_there_is_404(services, officer, ev):
    for address in ("/projects/none", "/projects/none/edit", "/projects/none/history", "/projects/ev/needs/none"):
        assert officer.get(address).status_code == 404, address
    for address in ("/projects/none/check", "/projects/ev/needs/none/right", "/projects/none/delete"):
        assert officer.post_form(address).status_code == 404, address


def test_nobody_is_sent_elsewhere_after_a_write(services, officer, ev):
    answer = officer.post_form("/projects/ev/check", back="https://evil.example/")
    assert answer.headers["location"] == "/projects/ev"


def test_id_with_odd_letters_has_a_page(services, officer):
    add(services, id="a?b#c%d&é", title="Odd")
    link = re.search(r'<th scope="row"><a href="([^"]+)">', officer.get("/projects?view=all").text)[1]
    page = officer.get(link)
    assert page.status_code == 200 and "Odd" in page.text
    form = re.search(r'action="([^"]+)/check"', page.text)[1]
    assert officer.post_form(f"{form}/check").status_code == 303


def test_record_is_unchanged_by_looking(services, officer, ev):
    before = dataclasses.asdict(project(services))
    officer.get("/projects/ev")
    assert dataclasses.asdict(project(services)) == before
