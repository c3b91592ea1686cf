"""What staff do with letters and with sending: every write is one transaction with its audit row."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from email.message import EmailMessage

from sqlalchemy import Connection

from service import audit
from service.accounts.repository import User
from service.clock import now
from service.consent import ledger
from service.consent.ledger import Permission
from service.context import Services
from service.errors import Conflict, Invalid, NotFound, Stale
from service.introductions import days
from service.mail import outbox_repository as outbox
from service.mail import sending, settings_repository
from service.mail.envelope import message_of
from service.mail.outbox_repository import LetterPurpose, LetterState, Stored
from service.mail.settings_repository import MailSettings
from service.mail.transport import NotSent, open_transport
from service.opportunities.letters import outdated_words, still_stands_in
from service.security import Caller
from service.settings import LOOPBACK
from service.setup import repository as setup_repository
from service.words import _

MOST_CAP, MOST_ITEMS = 100_000, 10
PAGE = 50
WAITING = (LetterState.HELD.value, LetterState.QUEUED.value, LetterState.CLAIMED.value)
IN_TROUBLE = (LetterState.FAILED.value, LetterState.REFUSED.value)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether sending can be switched on.

    Attributes:
        way: smtp, folder, or empty where there is no way out.
        server: the mail server or folder, for people to recognise.
        missing: what is to be done first, in words.
    """

    way: str
    server: str
    missing: tuple[str, ...]


def get_settings(services: Services) -> MailSettings:
    """How mail goes out."""
    with services.database.read() as tx:
        return settings_repository.find(tx)


def readiness(services: Services) -> Readiness:
    """Whether letters can leave, and what is missing."""
    given = services.settings
    with services.database.read() as tx:
        chamber = setup_repository.find(tx)
    missing = []
    if not given.smtp_host and not given.mail_folder:
        missing.append(_("No mail server is set (MATCHER_SMTP_HOST). Lists can be saved as files and sent by hand."))
    host = given.public_url.partition("://")[2].split(":")[0]
    if not given.public_url:
        missing.append(
            _("The address of this service is not set (MATCHER_PUBLIC_URL): links in letters would lead nowhere.")
        )
    elif not given.public_url.startswith("https:") and host not in LOOPBACK:
        missing.append(
            _("The address of this service begins with http: answers would travel in the open. It must be https.")
        )
    if chamber is None or not chamber.postal_address.strip():
        missing.append(_("The chamber's postal address is not set: the law asks for it in every letter."))
    if chamber is None or not (chamber.signer_telephone and chamber.signer_email):
        missing.append(_("The telephone number or e-mail address of who signs is not set."))
    way = "smtp" if given.smtp_host else "folder" if given.mail_folder else ""
    return Readiness(way, given.smtp_host or given.mail_folder, tuple(missing))


def change_settings(services: Services, caller: Caller, new: MailSettings) -> None:
    """Change how mail goes out.

    Raises:
        Invalid: a number makes no sense.
        Conflict: it cannot be switched on yet.
        Stale: somebody was faster.
    """
    if not 1 <= new.daily_cap <= MOST_CAP:
        raise Invalid("daily_cap", _("Write a whole number from %(least)s to %(most)s.", least=1, most=MOST_CAP))
    if not 1 <= new.most_items <= MOST_ITEMS:
        raise Invalid("most_items", _("Write a whole number from %(least)s to %(most)s.", least=1, most=MOST_ITEMS))
    ready = readiness(services)
    if new.is_on and ready.missing:
        raise Conflict(_("It cannot be switched on yet: see what is missing."))
    with services.database.write() as tx:
        before = settings_repository.find(tx)
        if new.version != before.version or not settings_repository.change(tx, new, caller.id):
            raise Stale(_("Somebody has changed this meanwhile."))
        changed = sorted(name for name in MailSettings.__slots__ if getattr(new, name) != getattr(before, name))
        details = {"fields": [name for name in changed if name != "version"], "is_on": new.is_on}
        audit.record(tx, caller, "mail.settings", "mail", "settings", details=details)


def send_test(services: Services, user: User) -> None:
    """Send a letter to somebody of staff, to see that it arrives; it needs no more than a way out.

    Raises:
        Conflict: there is no way out, or the server does not take it.
    """
    transport = open_transport(services.settings)
    if transport is None:
        raise Conflict(_("No mail server is set: there is nothing to try."))
    letter = sample_letter(services, user)
    try:
        transport.send(message_of(letter, mail_from=services.settings.mail_from, moment=now()), user.email)
    except NotSent as error:
        raise Conflict(_("It was not taken: %(reason)s", reason=error.reason)) from error
    finally:
        transport.close()


def sample_letter(services: Services, user: User) -> Stored:
    """The letter that is sent to try the way out."""
    from service.mail.compose import compose

    with services.database.read() as tx:
        chamber = setup_repository.find(tx)
    content = compose(services.settings, "test", user.language, chamber=chamber)
    moment = now()
    return Stored(
        id=str(uuid.uuid4()), kind="test", purpose=LetterPurpose.REQUESTED, contact_id=None, email=user.email,
        list_id=None, request_id=None, introduction_id=None, language=user.language, subject=content.subject,
        text=content.text, html=content.html, reply_to=chamber.signer_email if chamber else "",
        sender_name=chamber.name if chamber else "", unsubscribe="", state=LetterState.CLAIMED, attempts=1,
        next_at=moment, message_id="", error="", created_at=moment, sent_at=None, sent_how=None,
    )  # fmt: skip


def letters(services: Services, view: str, *, page: int) -> tuple[list[Stored], dict[str, int]]:
    """Letters of one view (waiting, sent, trouble, stopped) and how many there are by state."""
    states = {
        "waiting": WAITING, "sent": (LetterState.SENT.value,), "trouble": IN_TROUBLE,
        "stopped": (LetterState.STOPPED.value,),
    }[view]  # fmt: skip
    with services.database.read() as tx:
        found = outbox.listed(tx, states, limit=PAGE + 1, offset=(page - 1) * PAGE)
        return found, outbox.count_by_state(tx)


def get_letter(services: Services, letter_id: str) -> tuple[Stored, Permission]:
    """One letter, and whether it may go now.

    Raises:
        NotFound: it is not there.
    """
    with services.database.read() as tx:
        letter = _find(tx, letter_id)
        return letter, _permission(tx, letter)


def take_out(services: Services, caller: Caller, letter_id: str) -> EmailMessage:
    """A letter as a file to be sent by hand, after the same question that the sender asks.

    Raises:
        NotFound: it is not there.
        Conflict: it may not go, or has left already.
    """
    with services.database.write() as tx:
        letter = _find(tx, letter_id)
        _check_may_go(tx, letter)
        if letter.list_id and not still_stands_in(tx, letter.list_id, days.today_of(services)):
            raise Conflict(_("It may not go: %(why)s.", why=outdated_words()))
        audit.record(tx, caller, "mail.take_out", "letter", letter_id)
    return message_of(letter, mail_from=services.settings.mail_from, moment=now())


def sent_by_hand(services: Services, caller: Caller, letter_id: str) -> None:
    """Note that somebody sent a letter themselves.

    Raises:
        NotFound: it is not there.
        Conflict: it may not go, or has left already.
    """
    with services.database.write() as tx:
        letter = _find(tx, letter_id)
        permission = _check_may_go(tx, letter)
        waiting = (LetterState.HELD.value, LetterState.QUEUED.value, LetterState.FAILED.value)
        claimed = outbox.change_state(
            tx, letter_id, waiting, state=LetterState.CLAIMED.value, worker=caller.id, lease_until=now()
        )
        if not claimed:
            raise Conflict(_("This letter is on its way, or has left already."))
        sending.mark_sent(
            tx, letter, caller.id, moment=now(), how="by_hand", consent_id=permission.consent_id,
            mail_from=services.settings.mail_from,
        )  # fmt: skip
        audit.record(tx, caller, "mail.by_hand", "letter", letter_id)


def try_again(services: Services, caller: Caller, letter_id: str) -> None:
    """Put a letter that failed in line again.

    Raises:
        NotFound: it is not there.
        Conflict: it did not fail.
    """
    with services.database.write() as tx:
        _find(tx, letter_id)
        if not outbox.change_state(tx, letter_id, IN_TROUBLE, state=LetterState.QUEUED.value, next_at=now(), error=""):
            raise Conflict(_("This letter has not failed: there is nothing to try again."))
        audit.record(tx, caller, "mail.again", "letter", letter_id)


def stop(services: Services, caller: Caller, letter_id: str) -> None:
    """Stop a letter that has not left.

    Raises:
        NotFound: it is not there.
        Conflict: it is on its way, or has left.
    """
    waiting = (LetterState.HELD.value, LetterState.QUEUED.value, *IN_TROUBLE)
    with services.database.write() as tx:
        letter = _find(tx, letter_id)
        if not outbox.change_state(tx, letter_id, waiting, state=LetterState.STOPPED.value):
            raise Conflict(_("This letter is on its way, or has left already."))
        if letter.list_id:
            outbox.mark_list_stopped(tx, letter.list_id)
        audit.record(tx, caller, "mail.stop", "letter", letter_id)


def edited(before: MailSettings, **values: object) -> MailSettings:
    """The same settings with some values changed."""
    return replace(before, **values)  # type: ignore[arg-type] # of any of its fields


def _find(tx: Connection, letter_id: str) -> Stored:
    letter = outbox.find(tx, letter_id)
    if letter is None:
        raise NotFound(_("This letter is not there any more."))
    return letter


def _permission(tx: Connection, letter: Stored) -> Permission:
    return ledger.may_send_in(
        tx, email=letter.email, purpose=letter.purpose, moment=now(), request_id=letter.request_id,
        introduction_id=letter.introduction_id,
    )  # fmt: skip


def _check_may_go(tx: Connection, letter: Stored) -> Permission:
    if letter.state in (LetterState.SENT, LetterState.STOPPED, LetterState.CLAIMED):
        raise Conflict(_("This letter is on its way, has left, or was stopped."))
    permission = _permission(tx, letter)
    if not permission.allowed:
        raise Conflict(_("It may not go: %(why)s.", why=ledger.refusal_words(permission)))
    return permission
