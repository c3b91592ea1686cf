"""Sending as staff see it: off until it can be on, what waits and left, by hand after the same question, returns."""

import email
import email.policy

import mail_server
import pytest
from fastapi.testclient import TestClient
from mail_letters import letter, member, put, row
from sqlalchemy import select

from service import clock
from service.consent import ledger
from service.mail.compose import plain
from service.mail.outbox_repository import LetterPurpose
from service.tables import audit

RETURNED = """From: Mail System <mailer-daemon@example.net>
To: lists@chamber.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {email}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--b--
"""
COMPLAINT = """From: feedback@example.net
To: lists@chamber.example
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

Somebody complained.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Example/1
Version: 1

--b
Content-Type: message/rfc822

From: lists@chamber.example
To: sam@example.org
Subject: list

Hello
--b--
"""


@pytest.fixture
def admin(pages):
    return pages("admin")


@pytest.fixture
def officer(pages):
    return pages("officer")


def may_go(database, address):
    with database.read() as tx:
        return ledger.may_send_in(tx, email=address, purpose=LetterPurpose.OPPORTUNITIES, moment=clock.now())


def send(browser, **fields):
    return browser.post_form("/settings/mail", daily_cap="50", most_items="3", **fields)


def test_it_cannot_be_switched_on_before_all_is_there(admin, database):
    assert "Nothing goes out" in admin.get("/settings/mail").text
    refused = send(admin, is_on="yes", version="0")
    assert refused.status_code == 422 and "MATCHER_SMTP_HOST" in refused.text and "MATCHER_PUBLIC_URL" in refused.text
    assert send(admin, version="0").status_code == 303
    assert "Saved" in admin.get("/settings/mail").text
    wrong = admin.post_form("/settings/mail", daily_cap="many", most_items="30", version="1")
    assert wrong.status_code == 422 and wrong.text.count('class="error"') >= 2
    assert "meanwhile" in admin.get(send(admin, version="7").headers["location"]).text


def test_only_admins_change_it_and_viewers_change_nothing(pages, database):
    letter_id = put(database, letter())
    for role in ("viewer", "officer"):
        assert pages(role).post_form("/settings/mail", daily_cap="5", most_items="3").status_code == 403
    for what in ("file", "by-hand", "again", "stop"):
        assert pages("viewer").post_form(f"/settings/letters/{letter_id}/{what}").status_code == 403
    assert pages("officer").post(f"/settings/letters/{letter_id}/stop").status_code == 403  # no form of ours
    assert pages("viewer").get("/settings/letters").status_code == 200
    assert row(database, letter_id).state == "queued"


def test_a_test_letter_arrives_and_a_server_that_is_away_is_told(app, admin, database, settings):
    assert "nothing to try" in admin.get(admin.post_form("/settings/mail/test").headers["location"]).text
    with mail_server.serving() as server:
        given = settings.model_copy(update=server.settings)
        object.__setattr__(app.state.services, "settings", given)
        assert "on its way" in admin.get(admin.post_form("/settings/mail/test").headers["location"]).text
    (message,) = server.handler.messages
    assert message["To"] == "admin@chamber.example" and "It works" in message["Subject"]
    html, text = (message.get_body((kind,)).get_content() for kind in ("html", "plain"))
    assert plain(html).split() == text.split() and "1 Main Street" in text and "<style" not in html
    assert "was not taken" in admin.get(admin.post_form("/settings/mail/test").headers["location"]).text


def test_a_letter_is_read_saved_and_sent_by_hand_after_the_same_question(officer, database):
    letter_id = put(database, letter())
    page = officer.get(f"/settings/letters/{letter_id}").text
    assert "nothing shows that we may write" in page and "I sent it" not in page
    refused = officer.post_form(f"/settings/letters/{letter_id}/file")
    assert "may not go" in officer.get(refused.headers["location"]).text
    member(database, "sam@example.org")
    assert "is a member (since 2026)" in officer.get(f"/settings/letters/{letter_id}").text
    file = officer.post_form(f"/settings/letters/{letter_id}/file")
    message = email.message_from_bytes(file.content, policy=email.policy.default)
    assert message["To"] == "sam@example.org" and message["List-Unsubscribe-Post"]
    officer.post_form(f"/settings/letters/{letter_id}/by-hand")
    assert (row(database, letter_id).state, row(database, letter_id).sent_how) == ("sent", "by_hand")
    again = officer.post_form(f"/settings/letters/{letter_id}/by-hand")
    assert "has left" in officer.get(again.headers["location"]).text
    assert "sent by hand" in officer.get("/settings/letters?view=sent").text
    with database.read() as tx:
        told = " ".join(tx.execute(select(audit.c.details)).scalars())
    assert "sam@example.org" not in told


def test_what_failed_is_tried_again_and_what_waits_is_stopped(officer, database):
    letter_id = put(database, letter())
    assert (
        "not failed" in officer.get(officer.post_form(f"/settings/letters/{letter_id}/again").headers["location"]).text
    )
    officer.post_form(f"/settings/letters/{letter_id}/stop")
    assert row(database, letter_id).state == "stopped"
    assert officer.post_form(f"/settings/letters/{letter_id}/burn").status_code == 404
    assert officer.get("/settings/letters/none").status_code == 404


def test_a_letter_looks_as_it_will_and_nothing_in_it_runs(officer, database):
    letter_id = put(database, letter(html="<p>Hello</p><script>alert(1)</script>"))
    look = officer.get(f"/settings/letters/{letter_id}/look")
    (policy,) = look.headers.get_list("content-security-policy")
    assert "script" not in policy and "default-src 'none'" in policy and "sandbox" in policy


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (RETURNED.format(email="sam@example.org", action="failed", status="5.1.1"), False),
        (RETURNED.format(email="sam@example.org", action="delayed", status="4.2.2"), True),
        (COMPLAINT, False),
        ("Subject: holiday\n\nI am away until Monday.", True),
    ],
    ids=["gone", "not yet", "complaint", "no report"],
)
def test_mail_that_came_back_stops_whom_it_names(admin, database, text, allowed):
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    answer = admin.post_form("/settings/mail/returned", files=[("file", ("back.eml", text.encode(), "message/rfc822"))])
    assert answer.status_code == 303 and may_go(database, "sam@example.org").allowed is allowed
    assert row(database, letter_id).state == ("queued" if allowed else "stopped")


def test_many_returned_letters_come_in_one_file_and_junk_is_refused(admin, database):
    for n in range(3):
        member(database, f"m{n}@example.org")
    back = [RETURNED.format(email=f"m{n}@example.org", action="failed", status="5.1.1") for n in range(2)]
    box = "".join(f"From x Tue Dec  1 00:00:00 2026\n{one}\n" for one in back)
    admin.post_form("/settings/mail/returned", files=[("file", ("all.mbox", box.encode(), "application/mbox"))])
    assert [may_go(database, f"m{n}@example.org").allowed for n in range(3)] == [False, False, True]
    refused = admin.post_form("/settings/mail/returned", files=[("file", ("x.eml", b"", "message/rfc822"))])
    assert refused.status_code == 422
    assert isinstance(admin, TestClient)
