"""A firm's own page by a mailed link: getting in, what it does there, and everything that it must refuse."""

import io
import json
import re
import time
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import insert, select, update

from service.clock import now, today, use_clock
from service.consent import ledger
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.firms import actions as firms
from service.firms import merging
from service.introductions import actions as introductions
from service.introductions.actions import Between
from service.introductions.steps import Said
from service.list_tables import consents, firm_requests, firm_visits, list_items, lists, outbox, promises, wishes
from service.mail import links
from service.mail.links import Purpose
from service.mail.outbox_repository import Letter, LetterPurpose, put_in
from service.projects.actions import create_project
from service.security import COMMAND_LINE

MILLING = "five-axis milling of aluminium housings up to 800 mm"
WELDING = "laser welding of thin steel sheet for battery trays"
ACME = {
    "id": "acme", "name": "Acme Machining Ltd.", "city": "Milton", "province": "ON", "employees": 25,
    "capabilities": [MILLING, WELDING], "certifications": ["ISO 9001"], "sources": ["https://www.acme.example/about"],
    "statements": [{"kind": "note", "text": "the owner thinks of selling"}],
}  # fmt: skip
OTHER = {"id": "zed", "name": "Zed Welding", "city": "Oakville", "capabilities": ["laser welding of frames"]}
PARAGRAPH = "We provide CNC turning of titanium parts up to 300 mm. We are AS9100 certified. We use cookies."


@pytest.fixture
def services(app, visitor, staff):
    while visitor.get("/readyz").status_code != 200:
        time.sleep(0.01)
    for row in (ACME, OTHER):
        firms.create_firm(app.state.services, COMMAND_LINE, row)
    return app.state.services


@pytest.fixture
def pat(services):
    draft = ContactDraft(name="Pat Owner", email="pat@example.org", source="by phone")
    return contacts.add(services.database, COMMAND_LINE, Owner(firm_id="acme"), draft)


def rows(services, table, **same):
    with services.database.read() as tx:
        query = select(table)
        for name, value in same.items():
            query = query.where(table.c[name] == value)
        return [SimpleNamespace(**row) for row in tx.execute(query).mappings()]


def link_in(letter):
    return re.search(r"/letters/page/[\w.~-]+", letter.text).group(0)


def may_go(services, letter):
    """Whether the sender would let a letter out."""
    with services.database.read() as tx:
        found = ledger.may_send_in(
            tx, email=letter.email, purpose=LetterPurpose(letter.purpose), moment=now(), request_id=letter.request_id
        )
    return found.allowed


def mailed(services, visitor, email="pat@example.org"):
    """The newest link that was asked for and put in for this address."""
    before = {one.id for one in rows(services, outbox)}
    visitor.cookies.pop("firm", None)
    assert visitor.post("/own", data={"email": email}).status_code == 200
    [letter] = [one for one in rows(services, outbox) if one.id not in before]
    assert (letter.email, letter.purpose) == (email, LetterPurpose.REQUESTED.value)
    assert may_go(services, letter)
    return link_in(letter)


@pytest.fixture
def inside(services, pat, visitor):
    """A browser in which Pat is at Acme's page."""
    assert visitor.post(mailed(services, visitor)).headers["location"] == "/own/page"
    return visitor


def send(browser, address, *, page="/own/page", files=None, **fields):
    csrf = re.search(r'name="csrf" value="([^"]*)"', browser.get(page).text).group(1)
    return browser.post(address, data={"csrf": csrf, **fields}, files=files)


def acme(services):
    return firms.get_firm(services, "acme")


def line(services, text):
    return next(one for one in acme(services).record.statements if one.text == text)


def test_door_tells_nobody_whose_address_we_know(services, pat, visitor):
    known = visitor.post("/own", data={"email": "Pat@Example.org "})
    unknown = visitor.post("/own", data={"email": "nobody@example.org"})
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text.replace("nobody@example.org", "pat@example.org")
    assert {k: v for k, v in known.headers.items() if k not in ("x-request-id", "content-length")} == {
        k: v for k, v in unknown.headers.items() if k not in ("x-request-id", "content-length")
    }
    assert [one.email for one in rows(services, outbox)] == ["pat@example.org"]
    assert visitor.post("/own", data={"email": "no address"}).status_code == 422
    for _ in range(5):  # somebody else cannot fill Pat's mailbox
        assert visitor.post("/own", data={"email": "pat@example.org"}).status_code == 200
    assert len(rows(services, outbox)) == 3
    for _ in range(10):
        last = visitor.post("/own", data={"email": "nobody@example.org"})
    assert last.status_code == 429
    assert (
        visitor.post("/own", data={"email": "a@example.org"}, headers={"Origin": "https://evil.example"}).status_code
        == 403
    )


def test_link_opens_once_and_never_by_looking(services, pat, visitor):
    link = mailed(services, visitor)
    for _ in range(3):  # a mail scanner follows every link
        answer = visitor.get(link)
        assert answer.status_code == 200 and "Open my page" in answer.text
        assert "firm" not in answer.cookies and "noindex" in answer.headers["x-robots-tag"]
    assert rows(services, firm_visits) == []
    entered = visitor.post(link)
    assert entered.headers["location"] == "/own/page"
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and f"Max-Age={60 * 24 * 3600}" in cookie
    assert visitor.get("/own/page").status_code == 200
    again = send(visitor, link, page=link)
    assert again.status_code == 410 and "Send me a new link" in again.text and "set-cookie" not in again.headers
    assert len(rows(services, firm_visits)) == 1


def test_expired_link_leads_to_a_new_one_at_the_address_on_file(services, pat, visitor):
    link = mailed(services, visitor)
    later = now() + timedelta(minutes=61)
    with use_clock(lambda: later):
        assert visitor.get(link).status_code == 410
        assert visitor.post(link).status_code == 410
        assert visitor.post(f"{link}/new").status_code == 200
        letters = sorted(rows(services, outbox), key=lambda one: one.created_at)
        assert [one.email for one in letters] == ["pat@example.org"] * 2
        assert visitor.post(link_in(letters[-1])).headers["location"] == "/own/page"


@pytest.mark.parametrize("request_id", [None, "r1"])  # a list, and one sent again since its links had expired
def test_link_in_a_list_opens_for_a_month_as_often_as_wanted(services, pat, visitor, request_id):
    with services.database.write() as tx:
        ref = links.add_ref(tx, email=pat.email, contact_id=pat.id, firm_id="acme", list_id="l1", request_id=request_id)
        link = links.address(tx, services.settings, ref, Purpose.PAGE).removeprefix("http://127.0.0.1:8000")
        yes = links.address(tx, services.settings, ref, Purpose.YES).rpartition("/")[2]
    for _ in range(2):
        assert visitor.post(link).headers["location"] == "/own/page"
        visitor.cookies.clear()
    for forged in (yes, link.rpartition("/")[2][:-2] + "xx", "x"):  # of another purpose, changed, none at all
        assert visitor.get(f"/letters/page/{forged}").status_code == 404
        assert visitor.post(f"/letters/page/{forged}").status_code == 404
    later = now() + timedelta(days=31)
    with use_clock(lambda: later):
        assert visitor.post(link).status_code == 410


def test_list_that_was_passed_on_fetches_deletes_and_agrees_to_nothing(services, pat, visitor):
    with services.database.write() as tx:
        ref = links.add_ref(tx, email=pat.email, contact_id=pat.id, firm_id="acme", list_id="l1")
        link = links.address(tx, services.settings, ref, Purpose.PAGE).removeprefix("http://127.0.0.1:8000")
    visitor.post(link)
    assert send(visitor, "/own/page/confirm").status_code == 303
    for address in ("/own/data/download", "/own/data/delete", "/own/letters/agree"):
        assert send(visitor, address, sure="yes").headers["location"] == "/own/fresh", address
    assert rows(services, firm_requests) == rows(services, consents) == []
    assert "by a fresh link" in visitor.get("/own/fresh").text
    assert send(visitor, "/own/fresh").status_code == 200
    [letter] = rows(services, outbox)
    assert letter.email == "pat@example.org"
    send(visitor, link_in(letter), page=link_in(letter))
    assert send(visitor, "/own/letters/agree").headers["location"].startswith("/own/letters?")


def test_visit_ends_by_time_by_sign_out_and_with_the_contact(services, inside, pat):
    for days in (15, 61):
        later = now() + timedelta(days=days)
        with use_clock(lambda moment=later: moment):
            assert inside.get("/own/page").headers["location"] == "/own"
    assert inside.get("/own").headers["location"] == "/own/page"
    stolen = inside.cookies["firm"]
    assert send(inside, "/own/sign-out").headers["location"] == "/own"
    inside.cookies.set("firm", stolen)
    assert inside.get("/own/page").headers["location"] == "/own"
    inside.cookies.clear()
    inside.post(mailed(services, inside))
    cookie, link = inside.cookies["firm"], mailed(services, inside)
    inside.cookies.set("firm", cookie)
    assert inside.get("/own/page").status_code == 200
    contacts.delete(services.database, COMMAND_LINE, pat.id)
    assert inside.get("/own/page").headers["location"] == "/own"
    assert inside.get(link).status_code == 404
    assert rows(services, firm_visits) == []


@pytest.mark.parametrize("end", ["deleted", "merged"])
def test_visit_ends_with_the_firm(services, inside, end):
    if end == "deleted":
        firms.delete_firm(services, COMMAND_LINE, "acme", expected=None)
    else:
        merging.merge(services, COMMAND_LINE, "zed", "acme", expected=None, expected_gone=None)
    assert inside.get("/own/page").headers["location"] == "/own"
    assert rows(services, firm_visits) == []


def test_one_click_confirms_all_and_staff_see_by_whom(services, inside, pages):
    shown = inside.get("/own/page").text
    assert MILLING in shown and "acme.example" in shown and "3 lines are not confirmed" in shown
    assert "thinks of selling" not in shown
    answer = send(inside, "/own/page/confirm", version=acme(services).version)
    assert "3 lines are confirmed" in inside.get(answer.headers["location"]).text
    assert line(services, MILLING).confirmed and line(services, MILLING).date == today().isoformat()
    assert not line(services, "the owner thinks of selling").confirmed
    assert "you confirmed it on this page" in inside.get("/own/page").text
    actors = {row["actor"] for row in firms.history(services, "acme") if row["action"] == "statement.confirm"}
    assert actors == {f"contact:{rows(services, firm_visits)[0].contact_id}"}
    page = pages("officer").get("/firms/acme").text
    assert "have confirmed 3 lines there" in page and "by the firm, on its own page" in page


def test_line_is_corrected_removed_and_added(services, inside):
    key = line(services, MILLING).id
    send(inside, "/own/page/line", key=key, text="five-axis milling up to 900 mm", kind="capability",
         version=acme(services).version)  # fmt: skip
    now_there = next(one for one in acme(services).record.statements if one.id == key)
    assert (now_there.text, now_there.confirmed) == ("five-axis milling up to 900 mm", True)
    send(inside, "/own/page/line", key=line(services, WELDING).id, do="remove", version=acme(services).version)
    assert WELDING not in inside.get("/own/page").text
    send(inside, "/own/page/lines", text="AS9100", kind="certificate")
    assert line(services, "AS9100").confirmed and "you wrote it on this page" in inside.get("/own/page").text
    for wrong in ({"text": "", "kind": "certificate"}, {"text": "x", "kind": "note"}):
        assert send(inside, "/own/page/lines", **wrong).status_code == 422


def test_stale_edit_overwrites_nothing(services, inside):
    old, key = acme(services).version, line(services, MILLING).id
    firms.edit_statement(services, COMMAND_LINE, "acme", key, {"text": "milling up to 500 mm"}, expected=None)
    answer = send(inside, "/own/page/line", key=key, text="my words", kind="capability", version=old)
    assert answer.status_code == 412 and "milling up to 500 mm" in answer.text and "my words" in answer.text
    assert send(inside, "/own/page/confirm", version=old).status_code == 412
    assert send(inside, "/own/page/facts", city="Oakville", version=old).status_code == 412
    assert line(services, "milling up to 500 mm").confirmed is False and acme(services).record.city == "Milton"


def test_another_firms_line_is_not_there(services, inside):
    theirs = firms.get_firm(services, "zed").record.statements[0].id
    assert theirs not in {one.id for one in acme(services).record.statements}
    assert inside.get(f"/own/page/line?key={theirs}").status_code == 404
    for address, fields in (
        ("/own/page/line", {"key": theirs, "text": "hacked", "kind": "capability"}),
        ("/own/page/line", {"key": theirs, "do": "remove"}),
        ("/own/page/confirm", {"statement": theirs}),
        ("/own/page/confirm", {"statement": line(services, "the owner thinks of selling").id}),
    ):
        assert send(inside, address, **fields).status_code == 404
    assert firms.get_firm(services, "zed").version == 1 and acme(services).version == 1


POSTS = (
    "/own/page/confirm", "/own/page/line", "/own/page/lines", "/own/page/draft", "/own/page/draft/add",
    "/own/page/facts", "/own/letters", "/own/letters/agree", "/own/letters/stop", "/own/data/download",
    "/own/data/delete", "/own/data/keep", "/own/sign-out",
)  # fmt: skip


def test_forms_need_the_visits_own_mark_and_a_visit(services, inside):
    cookie = inside.cookies["firm"]
    for address in POSTS:
        assert inside.post(address, data={"csrf": "guess", "text": "x"}).status_code == 403, address
        inside.cookies.clear()
        assert inside.post(address).headers["location"] == "/own", address
        inside.cookies.set("firm", cookie)
    for address in ("/own/page", "/own/opportunities", "/own/letters", "/own/data", "/own/page/line"):
        inside.cookies.set("firm", "guess")
        assert inside.get(address).headers["location"] == "/own", address
    assert acme(services).version == 1 and rows(services, firm_requests) == []


def test_paragraph_and_file_are_shown_before_anything_is_stored(services, inside):
    shown = send(inside, "/own/page/draft", way="paragraph", paragraph=PARAGRAPH)
    assert shown.status_code == 200 and "titanium" in shown.text and acme(services).version == 1
    words = re.findall(r'name="text-(\d+)"[^>]*>\n?([^<]+)</textarea>', shown.text)
    fields = {"n": len(words)}
    for i, text in words:
        fields |= {f"text-{i}": text, f"kind-{i}": "certificate" if "AS9100" in text else "capability"}
        fields |= {f"keep-{i}": "yes"} if "titanium" in text else {}
    send(inside, "/own/page/draft/add", **fields)
    added = [one for one in acme(services).record.statements if "titanium" in one.text]
    assert len(added) == 1 and added[0].confirmed
    assert not any("AS9100" in one.text for one in acme(services).record.statements)
    file = {"file": ("capabilities.txt", b"We provide helium leak testing of sealed pumps.", "text/plain")}
    assert "leak testing" in send(inside, "/own/page/draft", way="file", files=file).text
    for fields in ({"way": "paragraph", "paragraph": "Welcome to our website!"}, {"way": "file"}, {"way": "paragraph"}):
        assert send(inside, "/own/page/draft", **fields).status_code == 422
    assert send(inside, "/own/page/draft/add", n="1", **{"text-0": "x", "kind-0": "capability"}).status_code == 422


def test_paragraph_without_lines_is_read_by_the_chamber(services, inside, pages):
    words = "We are a family business since 1950 and proud of it."
    refused = send(inside, "/own/page/draft", way="paragraph", paragraph=words)
    assert refused.status_code == 422 and "/own/page/hand-in" in refused.text
    assert send(inside, "/own/page/hand-in", paragraph=words).status_code == 303
    officer = pages("officer")
    assert "wrote what it does" in officer.get("/today").text and words in officer.get("/firms/acme").text
    assert pages("viewer").post_form("/firms/acme/paragraphs-read").status_code == 403
    assert officer.post_form("/firms/acme/paragraphs-read").status_code == 303
    assert "wrote what it does" not in officer.get("/today").text and acme(services).version == 1
    for _ in range(5):
        send(inside, "/own/page/hand-in", paragraph=words)
    for wrong in (words, " "):
        assert send(inside, "/own/page/hand-in", paragraph=wrong).status_code == 422
    assert len([one for one in rows(services, firm_requests) if one.done_at is None]) == 5


def test_language_rhythm_and_pause_are_kept_by_contact(services, inside, pat):
    until = (today() + timedelta(days=30)).isoformat()
    fields = {"rhythm": "paused", "paused_until": until, "language": "fr", "quiet": ["0", "4"], "version": "0"}
    assert send(inside, "/own/letters", **fields).status_code == 303
    [kept] = rows(services, wishes)
    assert (kept.contact_id, kept.rhythm, kept.paused_until, kept.quiet_days) == (pat.id, "paused", until, "0,4")
    assert contacts.get(services.database, pat.id).language == "fr"
    assert send(inside, "/own/letters", **fields).status_code == 412  # from a window that was open before
    wrong = (
        {"rhythm": "hourly"}, {"language": "de"}, {"paused_until": "soon"}, {"paused_until": "2001-01-01"},
        {"quiet": [str(day) for day in range(7)]},
    )  # fmt: skip
    for one in wrong:
        assert send(inside, "/own/letters", **{**fields, "version": "1", **one}).status_code == 422, one
    assert rows(services, wishes) == [kept]


def test_agreeing_and_stopping_are_written_down_at_once(services, inside, pat):
    def may():
        with services.database.read() as tx:
            return ledger.may_send_in(tx, email=pat.email, purpose=LetterPurpose.OPPORTUNITIES, moment=now()).allowed

    assert not may() and "Shall we send you opportunities?" in inside.get("/own/letters").text
    for _ in range(2):  # two clicks are one yes
        send(inside, "/own/letters/agree")
    assert len(rows(services, consents)) == 1
    assert may() and "pat@example.org" in inside.get("/own/letters").text
    letter = Letter("list-1", "list", LetterPurpose.OPPORTUNITIES, pat.email, "en", "Job", "text", "html")
    with services.database.write() as tx:
        put_in(tx, letter)
    send(inside, "/own/letters/stop")
    assert not may() and rows(services, outbox, key="list-1")[0].state == "stopped"
    assert sorted(one.kind for one in rows(services, outbox)) == ["list", "own_sign_in", "own_stopped"]
    assert {one.kind for one in rows(services, outbox) if may_go(services, one)} == {"own_sign_in", "own_stopped"}
    send(inside, "/own/letters/agree")  # who stopped can begin again by themselves
    assert may()


def test_only_released_projects_are_told_of_and_only_what_was_released(services, inside):
    said = {"title": "Battery trays", "description": f"Trays need {WELDING}.", "stage": "call", "city": "Milton",
            "province": "ON", "closes": "2999-01-01", "checked": today().isoformat(),
            "needs": [{"id": "n1", "text": WELDING, "role": "supplier"}]}  # fmt: skip
    create_project(services, COMMAND_LINE, {**said, "id": "open", "title": "Open trays", "release": "full_text"})
    create_project(services, COMMAND_LINE, {**said, "id": "mine", "title": "Secret trays"})
    named = {**said["needs"][0], "text": f"{WELDING} as Zed Welding does it"}
    create_project(services, COMMAND_LINE, {**said, "id": "named", "title": "Named trays", "release": "full_text",
                                            "needs": [named]})  # fmt: skip
    introductions.propose(services, COMMAND_LINE, Between("named", "zed", "supplier"))
    send(inside, "/own/page/confirm")
    page = inside.get("/own/opportunities").text
    assert "Secret trays" not in page and "Named trays" in page and "Zed" not in page
    assert "Open trays" in page and "you quote, they pay" in page and WELDING in page


def add_list(services, pat, number, *, sent=True, answer=None):
    """A list with one opportunity, as it is stored; and, with a yes, the call that was promised."""
    moment, key = now(), f"list-{number}"
    shared = {"contact_id": pat.id, "firm_id": "acme"}
    with services.database.write() as tx:
        tx.execute(insert(lists).values(
            id=key, run_id="r", period=f"2026-W{number}", kind="opportunities", language="en", subject=f"Job {number}",
            body="{}", state="sent" if sent else "ready", is_first=False, officer_id="o", made_at=moment,
            sent_at=moment if sent else None, **shared,
        ))  # fmt: skip
        tx.execute(insert(list_items).values(
            id=f"item-{number}", list_id=key, project_id="p", role="supplier", position=0, news="new", fingerprint="f",
            band="maybe", score="1.23", model="m", told=json.dumps({"title": f"Job {number}"}), answer=answer,
            answered_at=moment if answer else None, version=1, **shared,
        ))  # fmt: skip
    return f"item-{number}"


def promise(services, pat, item, officer, **more):
    with services.database.write() as tx:
        tx.execute(insert(promises).values(
            id=item, item_id=item, firm_id="acme", contact_id=pat.id, project_id="p", officer_id=officer.id,
            call_by="2026-12-04", made_at=now(), **{"word": "", **more},
        ))  # fmt: skip


def test_answers_say_where_each_stands(services, inside, pat, staff):
    promise(services, pat, add_list(services, pat, 41, answer="yes"), staff.officer)
    promise(services, pat, add_list(services, pat, 42, answer="yes"), staff.officer, kept_at=now())
    promise(
        services, pat, add_list(services, pat, 43, answer="yes"), staff.officer, word="They chose a firm with AS9100."
    )
    add_list(services, pat, 44, answer="no")
    promise(services, pat, add_list(services, pat, 45, answer="yes"), staff.officer, undone_at=now())
    add_list(services, pat, 46)
    page = inside.get("/own/opportunities").text
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert re.search(
        r"Job 41 You said: yes, call me \(\S+ \d+, \d+\) Officer Person calls you by Friday 4 December", said
    )
    assert re.search(r"Job 42 [^J]+Officer Person has spoken with you", said)
    assert re.search(r"Job 43 [^J]+They chose a firm with AS9100\.", said)
    assert "You said: not for us" in said and "Job 46" not in said
    assert not re.search(r"Job 45 [^J]+calls you", said)


def test_introduction_that_came_to_nothing_says_why_and_names_nobody(services, inside):
    row = {"id": "p", "title": "Secret trays", "description": "Trays.", "stage": "call", "closes": "2999-01-01"}
    create_project(services, COMMAND_LINE, row)
    one = introductions.propose(services, COMMAND_LINE, Between("p", "acme", "supplier"))
    assert "Introductions" not in inside.get("/own/opportunities").text  # nobody has told them yet
    said = introductions.firm_answers(services, COMMAND_LINE, one.id, Said(True, "phone"), expected=one.version)
    shown = inside.get("/own/opportunities").text
    assert "You said yes. We are asking the other side." in shown and "Secret trays" not in shown
    no = Said(False, "phone", "certificate")
    introductions.project_answers(services, COMMAND_LINE, one.id, no, expected=said.version)
    assert "They chose a firm with a certificate" in inside.get("/own/opportunities").text


def test_everything_held_is_one_file_without_what_is_not_theirs(services, inside, pat):
    draft = ContactDraft(name="Kim Colleague", email="kim@example.org")
    kim = contacts.add(services.database, COMMAND_LINE, Owner(firm_id="acme"), draft)
    firms.add_statement(
        services, COMMAND_LINE, "acme", {"kind": "capability", "text": "=1+1 formula bending"}, expected=None
    )
    with services.database.write() as tx:
        tx.execute(update(outbox).values(sent_at=now(), state="sent"))
    add_list(services, pat, 41, answer="yes")
    add_list(services, pat, 42, sent=False)
    answer = send(inside, "/own/data/download")
    assert answer.headers["content-type"] == "application/zip"
    files = zipfile.ZipFile(io.BytesIO(answer.content))
    held = json.loads(files.read("everything.json"))
    assert MILLING in {one["text"] for one in held["lines"]} and held["you"]["email"] == "pat@example.org"
    assert len(held["letters"]) == 1 and held["asked"][0]["kind"] == "sign_in"
    assert [one["subject"] for one in held["lists"]] == ["Job 41"]
    assert [one["answer"] for one in held["opportunities"]] == ["yes"]
    whole = b"".join(files.read(name) for name in files.namelist()).decode()
    assert MILLING in files.read("read-me.html").decode() and "'=1+1" not in files.read("everything.json").decode()
    for hidden in (
        "Kim",
        kim.id,
        "kim@example.org",
        "thinks of selling",
        inside.cookies["firm"],
        "csrf",
        "1.23",
        "Job 42",
    ):
        assert hidden not in whole, hidden


def test_deletion_is_asked_for_shown_to_an_admin_and_done(services, inside, pages):
    assert send(inside, "/own/data/delete", why="we close").status_code == 422
    assert send(inside, "/own/data/delete", why="we close", sure="yes").status_code == 303
    assert "It is done by" in inside.get("/own/data").text
    assert send(inside, "/own/data/delete", sure="yes").status_code == 422  # once is enough
    assert [one.kind for one in rows(services, outbox)].count("own_deletion") == 1
    admin, officer = pages("admin"), pages("officer")
    assert "asks to be deleted" in admin.get("/today").text and "asks to be deleted" not in officer.get("/today").text
    assert "we close" in officer.get("/firms/acme").text
    assert officer.post_form("/firms/acme/stays").status_code == 403
    send(inside, "/own/data/keep")
    assert "asks to be deleted" not in admin.get("/today").text
    send(inside, "/own/data/delete", sure="yes")
    assert admin.post_form("/firms/acme/stays").status_code == 303
    assert all(one.done_at is not None for one in rows(services, firm_requests))
    send(inside, "/own/data/delete", sure="yes")
    firms.delete_firm(services, COMMAND_LINE, "acme", expected=None)
    assert rows(services, firm_requests) == [] and "asks to be deleted" not in admin.get("/today").text


def test_wishes_move_with_a_merge_and_come_back(services, inside, pat):
    send(inside, "/own/letters", rhythm="monthly", language="en", version="0")
    merging.merge(services, COMMAND_LINE, "zed", "acme", expected=None, expected_gone=None)
    assert [one.firm_id for one in rows(services, wishes)] == ["zed"]
    assert inside.get("/own/page").headers["location"] == "/own"
    inside.post(mailed(services, inside))  # the same person is of the other firm now
    assert "Zed Welding" in inside.get("/own/page").text
    merging.undo(services, COMMAND_LINE, merging.merges_into(services, "zed")[0].id)
    assert [(one.firm_id, one.rhythm) for one in rows(services, wishes)] == [("acme", "monthly")]
    assert inside.get("/own/page").headers["location"] == "/own"
