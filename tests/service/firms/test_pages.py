"""Pages of firms: each does its work, and refuses what it must."""

import re
import time

import pytest

from service.clock import today
from service.firms import actions, merging, notes
from service.projects.actions import create_project
from service.security import COMMAND_LINE

WORDS = "five-axis machining of titanium housings for large pumps"
ACME = {
    "id": "acme", "name": "Acme Machining Ltd.", "city": "Milton", "province": "ON", "employees": 25,
    "capabilities": [WORDS], "certifications": ["ISO 9001"], "sources": ["https://www.acme.example/about"],
}  # fmt: skip


@pytest.fixture
def officer(pages):
    return pages("officer")


@pytest.fixture
def services(app, officer):
    while officer.get("/readyz").status_code != 200:
        time.sleep(0.01)
    for row in (ACME, {"id": "zed", "name": "Zed Dental", "city": "Oakville", "member": True}):
        actions.create_firm(app.state.services, COMMAND_LINE, row)
    return app.state.services


def firm(services, firm_id="acme"):
    return actions.get_firm(services, firm_id)


def hidden(html, name):
    return re.search(rf'name="{name}" value="([^"]*)"', html).group(1)


def flashes(browser, address):
    return re.findall(r'class="flash \w+" role="status">([^<]+)<', browser.get(address).text)


READ = ("/firms", "/firms/acme", "/firms/acme/history")
WRITE = (
    "/firms/new", "/firms/acme/edit", "/firms/acme/delete", "/firms/acme/merge", "/firms/acme/merge?with=zed",
    "/contacts/new?firm=acme",
)  # fmt: skip
POSTS = (
    "/firms", "/firms/new", "/firms/acme/edit", "/firms/acme/statements", "/firms/acme/confirm",
    "/firms/acme/statement", "/firms/acme/retract", "/firms/acme/fit", "/firms/acme/put-away",
    "/firms/acme/bring-back", "/firms/acme/delete", "/firms/acme/merge", "/firms/acme/not-the-same",
    "/firms/acme/merges/x/undo", "/contacts/new?firm=acme", "/contacts/x", "/contacts/x/delete",
)  # fmt: skip


def test_a_viewer_reads_everything_and_writes_nothing(services, pages):
    viewer = pages("viewer")
    for address in READ:
        html = viewer.get(address).text
        assert "Acme" in html
        main = html.split("<main", 1)[1]
        assert 'method="post"' not in main and "Add a firm" not in main and "/contacts/new" not in main, address
    for address in WRITE:
        assert viewer.get(address).status_code == 403, address
    before = firm(services)
    for address in POSTS:
        assert viewer.post_form(address, name="X", text="X", kind="capability", how="phone").status_code == 403
    assert firm(services) == before


def test_what_is_not_there_is_a_page_that_says_so(services, officer):
    for address in ("/firms/nobody", "/firms/nobody/edit", "/firms/nobody/history", "/firms/nobody/delete"):
        assert officer.get(address).status_code == 404, address
    assert officer.get("/firms/acme/statement?key=none").status_code == 404
    assert officer.get("/contacts/new").status_code == 404
    assert officer.get("/contacts/new?firm=nobody").status_code == 404
    assert officer.get("/contacts/none").status_code == 404


def test_the_list_is_narrowed_by_its_address(services, officer):
    def shown(address):
        return re.findall(r'<th scope="row"><a href="/firms/([^"]+)"', officer.get(address).text)

    assert shown("/firms") == ["acme", "zed"]
    assert shown("/firms?q=dental") == ["zed"]
    assert shown("/firms?town=mil") == ["acme"]
    assert shown("/firms?member=yes") == ["zed"]
    assert shown("/firms?known=yes") == ["acme"]
    assert shown("/firms?known=no") == ["zed"]
    assert shown("/firms?member=no") == []
    assert "No firm is like that" in officer.get("/firms?q=nothing").text
    assert officer.get("/firms?after=garbage").status_code == 422


def test_an_empty_list_says_what_to_do(officer):
    html = officer.get("/firms").text
    assert "No firms yet" in html and 'href="/imports/new"' in html


def test_many_firms_are_sorted_at_once(services, officer):
    answer = officer.post_form("/firms", firm=["zed", "acme", "gone"], fit="not", back="/firms?q=d")
    assert (answer.status_code, answer.headers["location"]) == (303, "/firms?q=d")
    assert flashes(officer, "/firms") == ["2 firms are sorted."]
    assert {key: notes.note_of(services.database, key).fit for key in ("acme", "zed")} == {"acme": "not", "zed": "not"}
    officer.post_form("/firms", firm="acme", fit="could")
    assert "1 firm could fit such projects." in officer.get("/firms").text
    officer.post_form("/firms", firm="acme", fit="none")
    assert notes.note_of(services.database, "acme").fit is None
    officer.post_form("/firms", fit="could")
    assert flashes(officer, "/firms")[-1] == "Tick the firms first, then say whether they could fit."
    assert officer.post_form("/firms", firm="acme", fit="nonsense").status_code == 422
    elsewhere = officer.post_form("/firms", firm="acme", fit="could", back="https://evil.example/")
    assert elsewhere.headers["location"] == "/firms"


NEW = {"kind": "firm", "member": "", "lang": "", "city": "", "website": "", "employees": ""}


def test_a_firm_is_added_and_its_page_is_next(services, officer):
    answer = officer.post_form("/firms/new", **{**NEW, "name": "New Söhne & Cie", "employees": "1,200"})
    assert answer.headers["location"] == "/firms/new-sohne-cie"
    stored = firm(services, "new-sohne-cie").record
    assert (stored.name, stored.employees, stored.member, stored.city) == ("New Söhne & Cie", 1200, None, None)
    assert "We know nothing of what they do yet." in officer.get("/firms/new-sohne-cie").text


def test_a_firm_like_one_that_is_there_is_added_only_when_asked_twice(services, officer):
    row = {**NEW, "name": "ACME Machining Limited", "city": "Milton"}
    answer = officer.post_form("/firms/new", **row)
    assert answer.status_code == 409
    assert "We may have this firm already" in answer.text and 'value="ACME Machining Limited"' in answer.text
    assert officer.post_form("/firms/new", **row, anyway="yes").status_code == 303
    assert [d.other.id for d in merging.doubles_of(services, "acme")] == ["acme-machining-limited"]


def test_a_firm_of_the_same_id_gets_another_one(services, officer):
    answer = officer.post_form("/firms/new", **{**NEW, "name": "Acme", "city": "Ottawa"})
    assert answer.headers["location"] == "/firms/acme-2"
    assert officer.post_form("/firms/new", **{**NEW, "name": "New"}).headers["location"] == "/firms/new-2"
    assert officer.get("/firms/new-2").status_code == 200


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "Write the firm’s name."),
        ({"employees": "many"}, "Write a whole number"),
        ({"website": "our site"}, "This is no address of a website"),
        ({"kind": "club"}, "Choose one of these."),
    ],
)
def test_a_form_with_mistakes_comes_back_as_it_was_typed(services, officer, changes, message):
    answer = officer.post_form("/firms/new", **{**NEW, "name": "Typed", "city": "Acton", **changes})
    assert answer.status_code == 422
    assert message in answer.text and 'value="Acton"' in answer.text


def test_facts_are_changed_and_a_stale_change_shows_both(services, officer):
    html = officer.get("/firms/acme/edit").text
    version = hidden(html, "version")
    facts = {**NEW, "name": "Acme", "city": "Acton", "employees": "30", "member": "yes", "version": version}
    assert officer.post_form("/firms/acme/edit", **facts).status_code == 303
    stored = firm(services).record
    assert (stored.name, stored.city, stored.employees, stored.member) == ("Acme", "Acton", 30, True)
    assert len(stored.statements) == 2
    answer = officer.post_form("/firms/acme/edit", **{**facts, "city": "Guelph"})
    assert answer.status_code == 412
    assert "Guelph" in answer.text and "Acton" in answer.text
    assert firm(services).record.city == "Acton"


def test_the_page_says_who_said_what_and_when(services, officer):
    html = officer.get("/firms/acme").text
    assert f">{WORDS}</q>" in html
    assert "public page acme.example" in html and "undated" in html and "Not confirmed" in html
    assert "2 lines nobody has confirmed yet." in html


def test_ticked_lines_are_confirmed_with_how_and_when(services, officer):
    html = officer.get("/firms/acme").text
    version = hidden(html, "version")
    keys = re.findall(r'name="statement" value="([^"]+)"', html)
    assert len(keys) == 2
    answer = officer.post_form(
        "/firms/acme/confirm", statement=keys[:1], how="in_person", date="2026-01-05", version=version
    )
    assert answer.headers["location"] == "/firms/acme#does"
    confirmed = [s for s in firm(services).record.statements if s.confirmed]
    assert [(s.id, s.date) for s in confirmed] == [(keys[0], "2026-01-05")]
    html = officer.get("/firms/acme").text
    assert "in person, Officer Person" in html and "Jan 5, 2026" in html


def test_what_cannot_be_confirmed_is_not(services, officer):
    key = firm(services).record.statements[0].id
    for fields, said in (
        ({}, "Tick the lines first that they confirmed."),
        ({"statement": key, "date": "2999-01-01"}, "The day must be one that is past, or today."),
        ({"statement": key, "version": "99"}, "Somebody has changed this firm meanwhile."),
        ({"statement": "none"}, "Somebody has changed this firm meanwhile."),
    ):
        officer.post_form("/firms/acme/confirm", how="phone", **fields)
        assert flashes(officer, "/firms/acme")[0].startswith(said)
    assert officer.post_form("/firms/acme/confirm", statement=key, how="phone", date="2026-02-30").status_code == 422
    assert not any(s.confirmed for s in firm(services).record.statements)


def test_what_the_firm_said_is_confirmed_and_what_was_read_elsewhere_is_not(services, officer):
    line = {"kind": "equipment", "text": "three 5-axis mills, call Sam at 905 555 0134"}
    officer.post_form("/firms/acme/statements", **line, how="phone", source="")
    officer.post_form("/firms/acme/statements", kind="material", text="Inconel", how="elsewhere", source="a trade fair")
    told, read = firm(services).record.statements[-2:]
    assert (told.confirmed, told.date, told.source) == (True, today().isoformat(), "the firm, by phone")
    assert told.text == "three 5-axis mills, call Sam at [phone]"
    assert (read.confirmed, read.date, read.source) == (False, None, "a trade fair")
    assert "by phone, Officer Person" in officer.get("/firms/acme").text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": ""}, "Write what they do, in their words."),
        ({"how": "elsewhere"}, "Write where you read or heard it."),
        ({"kind": "rumour"}, "Choose one of these."),
        ({"text": WORDS}, "This stands there already, in the same words."),
    ],
)
def test_a_line_with_mistakes_comes_back_as_it_was_typed(services, officer, fields, message):
    sent = {"kind": "capability", "text": "typed words", "how": "phone", "source": "", **fields}
    answer = officer.post_form("/firms/acme/statements", **sent)
    assert answer.status_code == 422 and message in answer.text
    assert sent["text"] in answer.text
    assert len(firm(services).record.statements) == 2


def test_a_corrected_line_must_be_confirmed_again(services, officer):
    key = firm(services).record.statements[0].id
    actions.confirm_statement(services, COMMAND_LINE, "acme", key, how="phone", date="2026-01-05", expected=None)
    html = officer.get(f"/firms/acme/statement?key={key}").text
    row = {"key": key, "kind": "service", "source": "", "date": "2026-01-05", "version": hidden(html, "version")}
    assert officer.post_form("/firms/acme/statement", text="machining", **row).status_code == 303
    corrected = firm(services).record.statements[0]
    assert (corrected.text, corrected.kind, corrected.confirmed) == ("machining", "service", False)
    stale = officer.post_form("/firms/acme/statement", text="my words", **row)
    assert stale.status_code == 412 and "my words" in stale.text and "machining" in stale.text
    odd = officer.post_form("/firms/acme/statement", text="x", **{**row, "date": "soon", "version": ""})
    assert odd.status_code == 422 and "expected a day that exists" in odd.text


def test_a_line_is_taken_away(services, officer):
    stored = firm(services)
    key = stored.record.statements[0].id
    officer.post_form("/firms/acme/retract", key=key, version="99")
    assert len(firm(services).record.statements) == 2
    officer.post_form("/firms/acme/retract", key=key, version=stored.version)
    assert [s.id for s in firm(services).record.statements] == [stored.record.statements[1].id]


def test_one_firm_is_sorted_and_put_away_and_brought_back(services, officer):
    officer.post_form("/firms/acme/fit", fit="could", first_time="yes")
    note = notes.note_of(services.database, "acme")
    assert (note.fit, note.first_time) == ("could", True)
    officer.post_form("/firms/acme/put-away")
    assert "Put away since" in officer.get("/firms/acme").text
    assert "/firms/acme" not in officer.get("/firms").text.split("<table")[1]
    assert "/firms/acme" in officer.get("/firms?away=yes").text.split("<table")[1]
    assert officer.post_form("/firms/acme/put-away").status_code == 409
    officer.post_form("/firms/acme/bring-back")
    assert "Put away since" not in officer.get("/firms/acme").text
    assert notes.note_of(services.database, "acme").fit == "could"


def test_what_is_deleted_is_listed_first(services, officer):
    contact = {"name": "Sam", "telephone": "905 555 0134", "email": "", "role": "", "language": "", "source": ""}
    officer.post_form("/contacts/new?firm=acme", **contact)
    html = officer.get("/firms/acme/delete").text
    assert "2 lines on what it does" in html and "1 contact" in html
    stale = officer.post_form("/firms/acme/delete", version="99")
    assert stale.status_code == 412 and "1 contact" in stale.text
    assert officer.post_form("/firms/acme/delete", version=hidden(html, "version")).headers["location"] == "/firms"
    assert officer.get("/firms/acme").status_code == 404


def test_two_firms_are_looked_at_merged_and_taken_apart(services, officer):
    row = {"id": "acme-2", "name": "Acme Machining Limited", "city": "Milton", "website": "acme.example"}
    actions.create_firm(services, COMMAND_LINE, row)
    assert "May be the same firm:" in officer.get("/firms/acme").text
    found = officer.get("/firms/acme/merge?q=acme").text
    assert "/firms/acme/merge?with=acme-2" in found and 'with=acme"' not in found
    html = officer.get("/firms/acme/merge?with=acme-2").text
    fields = {name: hidden(html, name) for name in ("version", "other", "other_version")}
    assert officer.post_form("/firms/acme/merge", keep="other", **{**fields, "other_version": "9"}).status_code == 412
    assert officer.post_form("/firms/acme/merge", keep="other", **fields).headers["location"] == "/firms/acme-2"
    assert officer.get("/firms/acme").status_code == 404
    html = officer.get("/firms/acme-2").text
    assert WORDS in html
    undo = re.search(r'action="(/firms/acme-2/merges/[^"]+)"', html).group(1)
    officer.post_form(undo)
    assert officer.get("/firms/acme").status_code == 200
    officer.post_form("/firms/acme/not-the-same", other="acme-2")
    assert "May be the same firm:" not in officer.get("/firms/acme").text
    assert officer.get("/firms/acme/merge?with=acme").status_code == 409


def test_history_is_told_in_words(services, officer):
    officer.post_form("/firms/acme/fit", fit="could", first_time="")
    html = officer.get("/firms/acme/history").text
    assert "Added to our list" in html and "Sorted: Could fit" in html and "Officer Person" in html


def test_a_website_that_is_no_address_is_no_link(services, officer):
    actions.create_firm(services, COMMAND_LINE, {"id": "odd", "name": "Odd", "website": "javascript://alert(1)"})
    assert 'href="javascript' not in officer.get("/firms/odd").text


def test_an_id_with_odd_letters_has_a_page(services, officer):
    actions.create_firm(services, COMMAND_LINE, {"id": "a&b?c#d%é", "name": "Odd id"})
    link = re.search(r'href="(/firms/a[^"]+)"', officer.get("/firms?q=odd+id").text).group(1)
    html = officer.get(link).text
    assert "<h1>Odd id</h1>" in html
    action = re.search(r'action="([^"]+)/statements"', html).group(1)
    officer.post_form(f"{action}/statements", kind="product", text="pumps", how="phone", source="")
    assert [s.text for s in firm(services, "a&b?c#d%é").record.statements] == ["pumps"]


OPEN = {
    "id": "pumps", "title": "Pumps for mines", "stage": "seeking", "checked": today().isoformat(),
    "needs": [
        {"id": "n1", "text": WORDS, "role": "supplier"}, {"id": "n2", "text": "AS9100", "role": "supplier"},
    ],
}  # fmt: skip


def test_opportunities_say_why_and_what_to_ask(services, officer, pages):
    create_project(services, COMMAND_LINE, OPEN)
    html = officer.get("/firms/acme/opportunities").text
    assert '<a href="/projects/pumps">Pumps for mines</a>' in html
    assert f"<q>{WORDS}</q>" in html and "number 1 of 2" in html
    assert "If they hold AS9100, 1 project would move up." in html
    viewer = pages("viewer").get("/firms/acme/opportunities").text
    assert "Pumps for mines" in viewer and 'method="post"' not in viewer.split("<main", 1)[1]


def test_a_firm_of_which_too_little_is_known_is_told_what_one_answer_would_change(services, officer):
    create_project(services, COMMAND_LINE, OPEN)
    html = officer.get("/firms/zed/opportunities").text
    assert "No open project fits what we know of them." in html
    form = re.search(r'<input type="hidden" name="text" value="([^"]+)">.*?name="kind" value="([^"]+)"', html, re.S)
    assert form.groups() == (WORDS, "capability")
    assert "We know too little" in html
    answer = officer.post_form(
        "/firms/zed/statements", text=WORDS, kind="capability", how="phone", source="", next="opportunities"
    )
    assert answer.headers["location"] == "/firms/zed/opportunities"
    assert "1 open project fits what we know of them." in officer.get("/firms/zed/opportunities").text


def test_opportunities_without_an_open_project_or_of_a_firm_put_away_say_so(services, officer):
    assert "No project is open now." in officer.get("/firms/acme/opportunities").text
    create_project(services, COMMAND_LINE, OPEN)
    notes.archive(services, COMMAND_LINE, "acme")
    assert "This firm is put away: it stands in no list." in officer.get("/firms/acme/opportunities").text
