"""Why we may e-mail somebody, as staff see it, and the yes that somebody says by the link of a letter."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import orjson
import pytest
import service_command
from sqlalchemy import select, update

from service import clock
from service.consent import actions, ledger, overview
from service.consent.ledger import ConsentDraft
from service.consent.rules import Basis, Refusal, StopReason
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.errors import Conflict
from service.firms import actions as firms
from service.firms import belongings
from service.list_tables import consents, link_refs, outbox
from service.mail import links
from service.mail.outbox_repository import Letter, LetterPurpose, put_in
from service.security import COMMAND_LINE
from service.tables import audit

SAM = "sam@example.org"
# A confirmation that the form takes as it is.
PAPER = {"basis": "express", "source": "form of 3 May, in the drawer", "obtained": "2026-05-03", "was_told": "yes"}


@pytest.fixture(autouse=True)
def clock_of_today():
    with clock.use_clock(lambda: datetime(2026, 6, 1, 12, tzinfo=UTC)):
        yield


@pytest.fixture
def officer(pages):
    return pages("officer")


@pytest.fixture
def services(app, officer):
    firms.create_firm(app.state.services, COMMAND_LINE, {"id": "acme", "name": "Acme", "member": True})
    return app.state.services


@pytest.fixture
def sam(services):
    return contacts.add(services.database, COMMAND_LINE, Owner(firm_id="acme"), ContactDraft("Sam Lee", email=SAM))


def permission(database, purpose=LetterPurpose.OPPORTUNITIES, email=SAM, **more):
    with database.read() as tx:
        return ledger.may_send_in(tx, email=email, purpose=purpose, moment=clock.now(), **more)


def record(database, basis=Basis.MEMBER, email=SAM, days_ago=1, **more):
    day = clock.today() - timedelta(days=days_ago)
    with database.write() as tx:
        return ledger.record_in(tx, "user:x", ConsentDraft(email, basis, "members.xlsx", day, **more))


def waiting(database):
    with database.read() as tx:
        return tx.execute(select(outbox).order_by(outbox.c.created_at)).mappings().all()


def test_a_reason_is_noted_shown_and_taken_back(services, officer, sam, database):
    address = f"/contacts/{sam.id}/why"
    firm_page = officer.get("/firms/acme").text
    assert f'href="{address}"' in firm_page and "no lists to them" in firm_page
    assert "No, we may not." in officer.get(address).text
    assert officer.post_form(address, **PAPER, version="1").headers["location"] == address
    html = officer.get(address).text
    assert "Yes, we may." in html and "agreed to these letters" in html and "form of 3 May" in html
    assert "Officer Person" in html  # who noted it
    found = permission(database)
    assert found.basis is Basis.EXPRESS and "lists may go to them" in officer.get("/firms/acme").text
    assert officer.post_form(f"{address}/{found.consent_id}/end").status_code == 303
    assert permission(database).refusal is Refusal.NOTHING and "taken back on" in officer.get(address).text
    assert officer.post_form(f"{address}/no-such/end").status_code == 404
    with database.read() as tx:
        told = [tuple(row) for row in tx.execute(select(audit.c.action, audit.c.details))]
    assert {"consent.add", "consent.end"} <= {action for action, _ in told}
    assert SAM not in str(told) and "Sam" not in str(told)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"basis": "requested"}, "basis"), ({"source": " "}, "source"), ({"obtained": "yesterday"}, "obtained"),
        ({"obtained": "2026-06-02"}, "obtained"), ({"was_told": ""}, "was_told"),
        ({"basis": "inquiry", "obtained": "2025-11-30"}, "obtained"), ({"basis": "published"}, "relevance"),
        ({"basis": "member", "ended": "2026-05-02"}, "ended"),
    ],
)  # fmt: skip
def test_what_proves_nothing_is_refused_beside_its_field(services, officer, sam, database, changes, field):
    answer = officer.post_form(f"/contacts/{sam.id}/why", **{**PAPER, **changes}, version="1")
    assert answer.status_code == 422 and f'href="#f-{field}"' in answer.text
    assert permission(database).refusal is Refusal.NOTHING


def test_viewers_strangers_forgers_and_stale_pages_change_nothing(services, officer, sam, pages, visitor, database):
    address = f"/contacts/{sam.id}/why"
    viewer = pages("viewer")
    html = viewer.get(address).text
    assert "No, we may not." in html and "<form" not in html.split("<main")[1]
    assert "Download the proof" not in viewer.get("/settings/mail-reasons").text
    for path in ("", "/stop", "/ask", "/works", "/x/end"):
        assert viewer.post_form(address + path, page="/settings/account", **PAPER).status_code == 403, path
        assert officer.post(address + path, data=PAPER).status_code == 403, path
    assert viewer.post_form("/settings/mail-reasons/proof", email=SAM, kind="csv").status_code == 403
    assert visitor.get(address).headers["location"].startswith("/sign-in")
    assert officer.get("/contacts/none/why").status_code == 404
    contacts.change(database, COMMAND_LINE, sam.id, ContactDraft("Sam Lee", email="new@example.org"), expected=1)
    stale = officer.post_form(address, **PAPER, version="1")
    assert stale.status_code == 412 and "form of 3 May" in stale.text and "new@example.org" in stale.text
    with database.read() as tx:
        assert tx.execute(select(consents.c.id)).all() == []


def test_who_wants_no_more_gets_no_more_and_staff_cannot_take_it_back(services, officer, sam, database):
    record(database)
    address = f"/contacts/{sam.id}/why"
    assert officer.post_form(f"{address}/stop", how="told me at the fair").status_code == 303
    assert permission(database).refusal is Refusal.WITHDRAWN
    assert officer.post_form(address, **PAPER, version="1").status_code == 303
    assert permission(database).refusal is Refusal.WITHDRAWN
    html = officer.get(address).text
    assert "They want no more letters" in html and "told me at the fair" in html and "Only they themselves" in html
    officer.post_form(f"{address}/works")
    assert permission(database).refusal is Refusal.WITHDRAWN
    with database.write() as tx:
        ledger.stop_in(tx, "eve@example.org", StopReason.BOUNCED, "550 no such user", "worker")
    eve = contacts.add(database, COMMAND_LINE, Owner(firm_id="acme"), ContactDraft("Eve", email="eve@example.org"))
    record(database, email="eve@example.org")
    assert "550 no such user" in officer.get(f"/contacts/{eve.id}/why").text
    officer.post_form(f"/contacts/{eve.id}/why/works")
    assert permission(database, email="eve@example.org").basis is Basis.MEMBER


def test_a_letter_that_asks_goes_only_where_the_law_lets_it(services, officer, sam, database):
    address = f"/contacts/{sam.id}/why"
    officer.post_form(f"{address}/ask", asked="")
    assert "is advertising too" in officer.get(address).text and waiting(database) == []
    officer.post_form(f"{address}/ask", asked="telepathy")
    assert waiting(database) == []
    officer.post_form(f"{address}/ask", asked="phone")
    (letter,) = waiting(database)
    assert (letter["purpose"], letter["kind"], letter["email"]) == ("requested", "confirm_consent", SAM)
    asked = {"request_id": letter["request_id"], "purpose": LetterPurpose.REQUESTED}
    assert permission(database, **asked).basis is Basis.REQUESTED
    officer.post_form(f"{address}/ask", asked="phone")
    assert "less than a day ago" in officer.get(address).text and len(waiting(database)) == 1
    record(database)
    with clock.use_clock(lambda: datetime(2026, 6, 2, 13, tzinfo=UTC)):
        actions.ask_for_yes(services, COMMAND_LINE, sam.id, "")
        assert waiting(database)[-1]["purpose"] == "opportunities"  # asked of the ledger again when it is sent
    with database.write() as tx:
        ledger.stop_in(tx, SAM, StopReason.COMPLAINED, "report", "worker")
    with clock.use_clock(lambda: datetime(2026, 6, 9, tzinfo=UTC)), pytest.raises(Conflict, match="complained"):
        actions.ask_for_yes(services, COMMAND_LINE, sam.id, "phone")
    assert len(waiting(database)) == 2


def link_of(database):
    text = waiting(database)[-1]["text"]
    return re.search(r"http\S+(/letters/confirm/[\w.-]+)", text).group(1)


def test_a_yes_is_said_by_the_button_and_lifts_the_own_withdrawal(services, officer, sam, visitor, database):
    officer.post_form(f"/contacts/{sam.id}/why/stop")
    officer.post_form(f"/contacts/{sam.id}/why/ask", asked="in_person")
    link = link_of(database)
    for _ in range(3):  # what mail scanners do
        answer = visitor.get(link)
        assert (
            answer.status_code == 200 and "Yes, send them to me" in answer.text and "set-cookie" not in answer.headers
        )
    assert answer.headers["x-robots-tag"] == "noindex, nofollow" and answer.headers["cache-control"] == "no-store"
    assert visitor.head(link).status_code in (200, 405)
    assert permission(database).refusal is Refusal.WITHDRAWN
    for _ in range(2):
        assert "Thank you. You agreed." in visitor.post(link).text
    found = permission(database)
    assert found.basis is Basis.EXPRESS
    with database.read() as tx:
        rows = tx.execute(select(consents.c.recorded_by).where(consents.c.basis == "express")).scalars().all()
    assert rows == ["recipient"]
    # Whoever takes it back afterwards is not signed up again by the old letter.
    officer.post_form(f"/contacts/{sam.id}/why/stop")
    assert visitor.post(link).status_code == visitor.get(link).status_code == 404
    assert permission(database).refusal is Refusal.WITHDRAWN


def test_links_that_are_forged_swapped_late_or_complained_about_are_refused_alike(
    services, officer, sam, visitor, database
):
    officer.post_form(f"/contacts/{sam.id}/why/ask", asked="phone")
    link = link_of(database)
    stop = re.search(r"/letters/stop/([\w.-]+)", waiting(database)[-1]["text"]).group(1)
    pages = set()
    for token in ("none", link.rsplit("/", 1)[1][:-2] + "xx", stop, "x" * 5000, "%00"):
        answer = visitor.post(f"/letters/confirm/{token}")
        assert answer.status_code == 404, token
        pages.add(answer.text)
    with clock.use_clock(lambda: datetime(2026, 6, 15, 12, tzinfo=UTC)):
        answer = visitor.post(link)
    pages.add(answer.text)
    assert answer.status_code == 404 and len(pages) == 1
    with database.write() as tx:
        ledger.stop_in(tx, SAM, StopReason.COMPLAINED, "report", "worker")
    assert visitor.post(link).status_code == 404
    assert permission(database).refusal is Refusal.COMPLAINED
    contacts.delete(database, COMMAND_LINE, sam.id)
    assert visitor.get(link).status_code == 404


def test_whom_we_may_mail_counts_by_reason_and_names_what_ends_soon(services, officer, sam, database):
    more = ("ann@example.org", "bob@example.org", "cy@example.org")
    for email in more:
        contacts.add(database, COMMAND_LINE, Owner(firm_id="acme"), ContactDraft(email.split("@")[0], email=email))
    record(database, Basis.INQUIRY, days_ago=181 - 60)  # ends in sixty days or so
    record(database, Basis.INQUIRY, "ann@example.org", days_ago=150)
    record(database, Basis.EXPRESS, "ann@example.org")
    record(database, Basis.MEMBER, "bob@example.org", days_ago=400)
    with database.write() as tx:
        ledger.stop_in(tx, "bob@example.org", StopReason.BOUNCED, "550", "worker")
    found = overview.look(database)
    assert found.by_reason == {"express": 1, "inquiry": 1} and found.by_refusal == {"bounced": 1, "nothing": 1}
    assert [(one.person.email, one.firm) for one in found.lapsing] == [(SAM, "Acme")]
    assert found.n_old_members == 1 and found.n_may == 2
    html = officer.get("/settings/mail-reasons").text
    assert "Lists may go to 2 addresses" in html and f'action="/contacts/{sam.id}/why/ask"' in html
    assert "bob@example.org" in html and "550" in html
    with clock.use_clock(lambda: datetime(2026, 5, 1, tzinfo=UTC)):
        assert overview.look(database).n_lapsing == 0  # more than sixty days ahead


def test_the_proof_of_an_address_is_a_file_also_after_its_deletion(services, officer, sam, database, settings):
    consent = record(database, contact_id=sam.id, firm_id="acme")
    record(database, Basis.EXPRESS, contact_id=sam.id)
    with database.write() as tx:
        for n, state in enumerate(("sent", "queued")):
            letter = Letter(f"k{n}", "list", LetterPurpose.OPPORTUNITIES, SAM, "en", f"Job {n}", "body", "<p>",
                            contact_id=sam.id)  # fmt: skip
            key = put_in(tx, letter)
            tx.execute(update(outbox).where(outbox.c.id == key).values(state=state, consent_id=consent.id))
        ledger.stop_in(tx, SAM, StopReason.WITHDRAWN, "=cmd()", "recipient")

    def proof(address, kind="json"):
        answer = officer.post_form("/settings/mail-reasons/proof", email=address, kind=kind)
        assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
        return answer.content

    before = orjson.loads(proof("SAM@example.org"))
    assert {row["basis"] for row in before["reasons"]} == {"member", "express"}
    assert {row["subject"] for row in before["letters"]} == {"Job 0", "Job 1"}
    rows = list(csv.DictReader(io.StringIO(proof(SAM, "csv").decode("utf-8-sig"))))
    assert [row["what"] for row in rows] == ["reason", "reason", "stop", "letter", "letter"]
    assert rows[2]["shown_by"] == "'=cmd()"  # no formula of somebody else's runs at ours
    contacts.delete(database, COMMAND_LINE, sam.id)
    after = orjson.loads(proof(SAM))
    name = after["reasons"][0]["email"]
    assert name.startswith("sha256:") and SAM not in str(after | {"address": ""})
    assert orjson.loads(proof(name))["reasons"] == after["reasons"]
    assert [row["id"] for row in after["reasons"]] == [row["id"] for row in before["reasons"]]
    assert all(row["withdrawn_at"] and row["contact_id"] is row["firm_id"] is None for row in after["reasons"])
    assert {row["state"] for row in waiting(database)} == {"sent", "stopped"}
    assert all(row["email"] == name and not row["text"] for row in waiting(database))
    # The same address, brought in again, is still stopped.
    record(database)
    assert permission(database).refusal is Refusal.WITHDRAWN
    refused = officer.post_form("/settings/mail-reasons/proof", email="none", kind="csv")
    assert refused.status_code == 422 and 'href="#f-email"' in refused.text

    asked = service_command.run(settings, "consent", "check", SAM, code=1)
    assert asked.stdout.startswith("no: asked for no more mail")
    target = settings.var / "proof.json"
    service_command.run(settings, "consent", "export", target, "--address", name)
    assert len(orjson.loads(target.read_bytes())) == 1
    assert "there already" in service_command.run(settings, "consent", "export", target, code=1).stderr
    assert SAM in service_command.run(settings, "consent", "export").stdout
    record(database, email="ann@example.org")
    assert "yes: is a member" in service_command.run(settings, "consent", "check", "ann@example.org").stdout


def test_a_firm_that_is_deleted_takes_its_people_and_their_letters_but_not_a_shared_address(services, sam, database):
    firms.create_firm(services, COMMAND_LINE, {"id": "beta", "name": "Beta"})
    shared = ContactDraft("Front desk", email="info@example.org")
    for firm in ("acme", "beta"):
        contacts.add(database, COMMAND_LINE, Owner(firm_id=firm), shared)
    record(database, contact_id=sam.id, firm_id="acme")
    record(database, email="info@example.org")
    with database.write() as tx:
        put_in(tx, Letter("k", "list", LetterPurpose.OPPORTUNITIES, SAM, "en", "s", "t", "h", contact_id=sam.id))
        links.add_ref(tx, email=SAM, contact_id=sam.id, firm_id="acme")
    firms.delete_firm(services, COMMAND_LINE, "acme", expected=None)
    with database.read() as tx:  # the proof stays, and a link that stops letters goes on working
        left = tx.execute(select(link_refs.c.email, link_refs.c.firm_id)).one()
        assert left.email.startswith("sha256:") and left.firm_id is None
        assert set(tx.execute(select(consents.c.firm_id)).scalars()) == {None}
    with database.write() as tx:
        assert ledger.withdraw_in(tx, left.email, how="link of an old letter", by="recipient", moment=clock.now())
    assert permission(database).refusal is Refusal.WITHDRAWN
    assert permission(database, email="info@example.org").basis is Basis.MEMBER
    assert [row["state"] for row in waiting(database)] == ["stopped"]


def test_reasons_follow_a_firm_that_becomes_part_of_another(services, sam, database):
    firms.create_firm(services, COMMAND_LINE, {"id": "beta", "name": "Beta"})
    record(database, contact_id=sam.id, firm_id="acme")
    with database.write() as tx:
        moved = belongings.move(tx, "acme", "beta")
        assert tx.execute(select(consents.c.firm_id)).scalars().all() == ["beta"]
        belongings.take_back(tx, "acme", "beta", orjson.loads(orjson.dumps(moved)))
        assert tx.execute(select(consents.c.firm_id)).scalars().all() == ["acme"]


def test_a_firm_that_is_no_member_any_more_is_mailed_for_two_years(services, sam, database):
    record(database, contact_id=sam.id, firm_id="acme", days_ago=31)
    firms.patch_firm(services, COMMAND_LINE, "acme", {"member": False}, expected=None)
    assert permission(database).until == "2028-05-01"
