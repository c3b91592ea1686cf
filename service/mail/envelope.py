"""A stored letter → the message that goes out, with the headers that make it stoppable by one click (RFC 8058)."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from service.mail.outbox_repository import Stored

LOOPBACK_FROM = "lists@localhost"


def message_id(letter_id: str, mail_from: str) -> str:
    """The id of a letter's message: the same however often it is tried, so that mailboxes see it once."""
    domain = parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
    return f"<{letter_id}@{domain}>"


def message_of(letter: Stored, *, mail_from: str, moment: datetime) -> EmailMessage:
    """The message of a letter.

    Args:
        letter: from the outbox.
        mail_from: address that it comes from; the name beside it is the letter's own.
        moment: of its date.
    """
    address = parseaddr(mail_from or LOOPBACK_FROM)[1]
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=letter.sender_name, addr_spec=address)
    message["To"] = letter.email
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(moment)
    message["Message-ID"] = message_id(letter.id, address)
    message["Content-Language"] = letter.language
    if letter.reply_to:
        message["Reply-To"] = letter.reply_to
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # No machine shall answer this with "I am on holiday".
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
