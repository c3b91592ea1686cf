"""Letters by a real mail server: only what may go goes, once, with the headers that stop it; all else says why."""

from datetime import UTC, datetime, timedelta

import mail_server
import pytest
from mail_letters import letter, member, put, row

from service import clock
from service.consent import ledger
from service.consent.ledger import RequestKind
from service.consent.rules import StopReason
from service.mail import outbox_repository
from service.mail.outbox_repository import LetterPurpose, LetterState
from service.mail.sending import MOST_ATTEMPTS, Sender


def state(database, letter_id):
    return row(database, letter_id).state


def test_a_letter_goes_with_the_headers_that_stop_it(database, sender, server):
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    assert sender.step() and not sender.step()
    (message,) = server.handler.messages
    assert message["From"] == "Milton Chamber <lists@chamber.example>" and message["To"] == "sam@example.org"
    assert message["Reply-To"] == "ada@chamber.example"
    assert message["List-Unsubscribe"] == "<https://match.example.org/letters/stop/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Message-ID"] == f"<{letter_id}@chamber.example>" and message["Auto-Submitted"]
    assert message.get_body(("plain",)).get_content().strip() == "Hello"
    assert message.get_body(("html",)).get_content().strip() == "<p>Hello</p>"
    sent = row(database, letter_id)
    assert (sent.state, sent.sent_how, sent.attempts) == ("sent", "smtp", 1) and sent.consent_id and sent.sent_at


def test_nothing_goes_while_it_is_off(database, settings, server):
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    assert not Sender(database, settings.model_copy(update=server.settings), "w").step()
    assert state(database, letter_id) == "queued" and not server.handler.attempts


def test_without_a_reason_the_server_is_never_asked(database, sender, server):
    letter_id = put(database, letter("nobody@example.org"))
    assert sender.step()
    assert (row(database, letter_id).state, row(database, letter_id).error) == ("refused", "nothing")
    assert not server.handler.attempts


def test_a_withdrawal_a_moment_ago_counts(database, sender, server):
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    with database.write() as tx:
        ledger.withdraw_in(tx, "sam@example.org", how="link", by="test", moment=clock.now())
    sender.step()
    assert (state(database, letter_id), row(database, letter_id).error) == ("refused", "withdrawn")
    assert not server.handler.messages


def test_what_was_asked_for_goes_once_and_carries_no_list(database, sender, server):
    with database.write() as tx:
        request = ledger.ask_in(tx, RequestKind.SIGN_IN, "sam@example.org", "c1", "", timedelta(hours=1))
    first = put(
        database, letter(purpose=LetterPurpose.REQUESTED, request_id=request, unsubscribe="", kind="own_sign_in")
    )
    again = put(
        database, letter(purpose=LetterPurpose.REQUESTED, request_id=request, unsubscribe="", kind="own_sign_in")
    )
    as_list = put(database, letter(request_id=request))
    while sender.step():
        pass
    assert sorted([state(database, first), state(database, again)]) == ["refused", "sent"]
    assert state(database, as_list) == "refused"
    (message,) = server.handler.messages
    assert "List-Unsubscribe" not in message


def test_the_same_key_is_the_same_letter(database, sender, server):
    member(database, "sam@example.org")
    one = letter(key="list:c1:2026-W49")
    assert put(database, one) == put(database, one)
    sender.step()
    assert put(database, one) and not sender.step()
    assert len(server.handler.messages) == 1


def test_not_now_is_tried_again_later_under_the_same_id(database, sender, server):
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    server.handler.behave = lambda address, n: "451 4.7.1 come back later" if n == 1 else None
    start = clock.now()
    sender.step()
    waiting = row(database, letter_id)
    assert waiting.state == "queued" and waiting.error.startswith("451 4.7.1")
    assert timedelta(seconds=40) < waiting.next_at - start < timedelta(seconds=80)
    assert not sender.step()
    with clock.use_clock(lambda: start + timedelta(minutes=2)):
        assert sender.step()
    assert state(database, letter_id) == "sent" and row(database, letter_id).attempts == 2


@pytest.mark.parametrize("does", ["cut", "cut after", "stall"])
def test_a_connection_that_is_cut_or_stalls_is_tried_again(database, sender, server, does):
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    server.handler.behave = lambda address, n: does if n == 1 else None
    sender.step()
    assert state(database, letter_id) == "queued"
    moment = clock.now()
    with clock.use_clock(lambda: moment + timedelta(minutes=2)):
        assert sender.step()
    assert state(database, letter_id) == "sent"
    # Where the server had taken it, mailboxes know the second by its id.
    assert {m["Message-ID"] for m in server.handler.messages} == {row(database, letter_id).message_id}
    assert len(server.handler.messages) == (2 if does == "cut after" else 1)


@pytest.mark.parametrize(
    ("reply", "stops"),
    [
        ("550 5.1.1 gone", True),
        ("550 no such user here", True),
        ("554 5.7.1 not wanted here", False),
        ("550 blocked for spam", False),
        ("552 5.2.2 mailbox full", False),
    ],
)
def test_never_is_not_tried_again_and_a_mailbox_that_is_gone_is_stopped(database, sender, server, reply, stops):
    member(database, "sam@example.org")
    letter_id, later = put(database, letter()), put(database, letter())
    server.handler.behave = lambda address, n: reply if n == 1 else None
    sender.step()
    assert row(database, letter_id).state == "failed" and reply[:3] in row(database, letter_id).error
    assert state(database, later) == ("refused" if stops else "sent")
    with database.read() as tx:
        found = ledger.may_send_in(tx, email="sam@example.org", purpose=LetterPurpose.OPPORTUNITIES, moment=clock.now())
    assert found.allowed is not stops and (found.reason == StopReason.BOUNCED.value) is stops


def test_after_three_days_of_trying_a_letter_is_given_up_however_long_it_was_held(database, sender, server):
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    server.handler.behave = lambda address, n: "451 4.3.2 busy"
    start = moment = clock.now() + timedelta(days=30)  # it waited for a person until then
    while state(database, letter_id) == "queued":
        with clock.use_clock(lambda at=moment: at):
            assert sender.step()
        moment = row(database, letter_id).next_at.replace(tzinfo=UTC) + timedelta(seconds=1)
    assert state(database, letter_id) == "failed" and row(database, letter_id).attempts == MOST_ATTEMPTS
    assert timedelta(days=2) < moment - start < timedelta(days=4)


def test_a_server_that_does_not_take_our_address_blames_no_letter(database, settings):
    mail_server.switch_on(database)
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    with mail_server.serving() as server:
        server.handler.sender_reply = "550 5.7.1 sender not allowed"
        sender = Sender(database, settings.model_copy(update=server.settings), "w")
        sender.step()
        assert row(database, letter_id).state == "queued" and row(database, letter_id).attempts == 0
        assert not sender.step()


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_mail_is_handed_over_encrypted_and_a_stranger_s_certificate_is_refused(database, settings, tmp_path, how):
    mail_server.switch_on(database)
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    context, ca = mail_server.certificate(tmp_path)
    more = {"tls_context": context, "require_starttls": True} if how == "starttls" else {"ssl_context": context}
    with mail_server.serving(**more) as server:
        given = settings.model_copy(update=server.settings | {"smtp_tls": how, "smtp_host": "localhost"})
        Sender(database, given, "w").step()
        assert not server.handler.messages and "let us in" in row(database, letter_id).error
        moment = clock.now() + timedelta(minutes=10)
        with clock.use_clock(lambda: moment):
            assert Sender(database, given.model_copy(update={"smtp_ca": str(ca)}), "w").step()
    assert state(database, letter_id) == "sent" and len(server.handler.messages) == 1


def test_a_server_that_takes_nothing_from_us_blames_no_letter(database, settings, server):
    mail_server.switch_on(database)
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    sender = Sender(database, settings.model_copy(update=server.settings | {"smtp_user": "x"}), "w")
    sender.step()  # it knows no sign-in
    waiting = row(database, letter_id)
    assert waiting.state == "queued" and waiting.attempts == 0 and "let us in" in waiting.error
    assert not sender.step()


def test_the_cap_of_a_day_holds_lists_back_and_not_what_was_asked_for(database, settings, server):
    mail_server.switch_on(database, daily_cap=2)
    sender = Sender(database, settings.model_copy(update=server.settings), "w")
    ids = []
    for n in range(4):
        member(database, f"m{n}@example.org")
        ids.append(put(database, letter(f"m{n}@example.org")))
    with database.write() as tx:
        request = ledger.ask_in(tx, RequestKind.SIGN_IN, "sam@example.org", None, "", timedelta(hours=30))
    with clock.use_clock(lambda: datetime(2026, 12, 1, 15, tzinfo=UTC)):
        while sender.step():
            pass
    assert [state(database, one) for one in ids].count("sent") in (0, 2)  # letters are due from when they were put in
    asked = put(database, letter(purpose=LetterPurpose.REQUESTED, request_id=request))
    while sender.step():
        pass
    assert state(database, asked) == "sent"
    assert [state(database, one) for one in ids].count("sent") == 2
    tomorrow = clock.now() + timedelta(days=1)
    with clock.use_clock(lambda: tomorrow):
        while sender.step():
            pass
    assert [state(database, one) for one in ids] == ["sent"] * 4


def test_a_letter_of_a_dead_worker_is_taken_up_when_its_time_is_over(database, sender, server):
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    moment = clock.now()
    with database.write() as tx:
        (taken,) = outbox_repository.claim(tx, "dead", moment, moment + timedelta(minutes=5), limit=9, asked_only=False)
    assert taken.id == letter_id and not sender.step()
    with clock.use_clock(lambda: moment + timedelta(minutes=6)):
        assert sender.step()
    assert state(database, letter_id) == "sent"


def test_a_stopped_letter_does_not_go(database, sender, server):
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    with database.write() as tx:
        assert outbox_repository.stop_address(tx, "sam@example.org") == 1
    assert not sender.step() and state(database, letter_id) == LetterState.STOPPED


def test_without_a_server_letters_are_files(database, settings, tmp_path):
    mail_server.switch_on(database)
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    sender = Sender(database, settings.model_copy(update={"mail_folder": str(tmp_path / "out")}), "w")
    assert sender.step()
    (file,) = (tmp_path / "out").iterdir()
    assert file.name == f"{letter_id}.eml" and b"Aluminium housings" in file.read_bytes()
    assert row(database, letter_id).sent_how == "folder"


def test_a_folder_that_cannot_be_written_says_so_and_loses_nothing(database, settings, tmp_path):
    mail_server.switch_on(database)
    member(database, "sam@example.org")
    letter_id = put(database, letter())
    (tmp_path / "file").write_text("")
    sender = Sender(database, settings.model_copy(update={"mail_folder": str(tmp_path / "file" / "out")}), "w")
    sender.step()
    assert row(database, letter_id).state == "queued" and "out" in row(database, letter_id).error
