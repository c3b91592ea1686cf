"""Letters that answer what somebody asked for on a firm's own page: a link, a receipt. They carry nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.mail.outbox_repository import Letter, LetterPurpose, put_in
from service.settings import Settings
from service.setup import repository as setup_repository
from service.words import DEFAULT

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from service.contacts.repository import Contact


def send(settings: Settings, tx: Connection, kind: str, contact: Contact, request_id: str, **context: object) -> str:
    """Put a letter in that answers a request.

    Args:
        settings: for the addresses in it.
        tx: the transaction that notes the request.
        kind: its template.
        contact: whom it goes to, in their language.
        request_id: what it answers.
        context: what the template names.

    Returns:
        Its id.
    """
    from service.mail.compose import compose  # brings what inlines styles

    chamber = setup_repository.find(tx)
    language = contact.language or (chamber.language if chamber else DEFAULT)
    content = compose(settings, kind, language, chamber=chamber, **context)
    return put_in(
        tx,
        Letter(
            key=f"{kind}:{request_id}", kind=kind, purpose=LetterPurpose.REQUESTED, email=contact.email,
            language=language, subject=content.subject, text=content.text, html=content.html,
            sender_name=chamber.signer_name if chamber else "", reply_to=chamber.signer_email if chamber else "",
            contact_id=contact.id, request_id=request_id,
        ),
    )  # fmt: skip
