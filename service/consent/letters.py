"""The letter in which somebody can agree to our letters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.contacts.repository import Contact
from service.mail import links
from service.mail.links import Purpose
from service.mail.outbox_repository import Letter, LetterPurpose, put_in
from service.settings import Settings
from service.setup import repository as setup_repository

KIND = "confirm_consent"


def put_in_question(
    tx: Connection, settings: Settings, contact: Contact, request_id: str, purpose: LetterPurpose, until: datetime
) -> str:
    """Put the letter in; answers its id.

    Args:
        tx: a writing transaction.
        settings: for the addresses of links.
        contact: whom to ask.
        request_id: what the letter answers, and what its yes names.
        purpose: REQUESTED where they asked for it, else OPPORTUNITIES.
        until: how long its button works.
    """
    from service.mail.compose import compose  # brings what inlines styles

    chamber = setup_repository.find(tx)
    language = contact.language or (chamber.language if chamber else "en")
    # The link that stops letters never ends (s. 11(2)); the yes ends with the request.
    ref = links.add_ref(
        tx, email=contact.email, contact_id=contact.id, firm_id=contact.firm_id, request_id=request_id
    )  # fmt: skip
    stop = links.address(tx, settings, ref, Purpose.STOP)
    content = compose(
        settings, KIND, language, chamber=chamber, email=contact.email, stop=stop, until=until,
        confirm=links.address(tx, settings, ref, Purpose.CONFIRM), was_asked=purpose is LetterPurpose.REQUESTED,
    )  # fmt: skip
    letter = Letter(
        key=f"{KIND}:{request_id}", kind=KIND, purpose=purpose, email=contact.email, language=language,
        subject=content.subject, text=content.text, html=content.html,
        sender_name=chamber.signer_name if chamber else "", reply_to=chamber.signer_email if chamber else "",
        unsubscribe=stop, contact_id=contact.id, request_id=request_id,
    )  # fmt: skip
    return put_in(tx, letter)
