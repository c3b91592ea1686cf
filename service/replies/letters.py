"""Letters that answer an answer: a new link, a receipt, news of an introduction, the question what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from service.mail import links
from service.mail.compose import compose
from service.mail.links import Purpose, Ref
from service.mail.outbox_repository import Letter, LetterPurpose, put_in
from service.replies import repository
from service.settings import Settings
from service.setup import repository as setup_repository

if TYPE_CHECKING:
    from service.replies.actions import Opened

NEW_LINK_DAYS = 14


def asked_lately(tx: Connection, ref: Ref, moment: datetime) -> bool:
    """Whether a new link for this one was sent today: asking often sends no more."""
    return repository.has_letter(tx, _new_link_key(ref, moment))


def _new_link_key(ref: Ref, moment: datetime) -> str:
    return f"new_link:{ref.id}:{moment.date().isoformat()}"


def new_link(tx: Connection, settings: Settings, opened: Opened, request_id: str, moment: datetime) -> None:
    """The line of a list whose link had expired, with links that work."""
    ref = links.add_ref(
        tx, email=opened.ref.email, contact_id=opened.contact.id, firm_id=opened.item.firm_id,
        list_id=opened.made.id, request_id=request_id, expires_at=moment + timedelta(days=NEW_LINK_DAYS),
    )  # fmt: skip
    addresses = {
        purpose.value: links.address(tx, settings, ref, purpose, opened.item.position)
        for purpose in (Purpose.YES, Purpose.NO)
    }
    content = compose(
        settings, "new_link", opened.language, chamber=opened.chamber, told=opened.told, **addresses
    )  # fmt: skip
    put_in(
        tx,
        Letter(
            key=_new_link_key(opened.ref, moment), kind="new_link", purpose=LetterPurpose.REQUESTED,
            email=opened.ref.email, language=opened.language, subject=content.subject, text=content.text,
            html=content.html, sender_name=opened.chamber.name if opened.chamber else "",
            reply_to=opened.chamber.signer_email if opened.chamber else "", contact_id=opened.contact.id,
            request_id=request_id,
        ),
    )  # fmt: skip


def receipt(tx: Connection, settings: Settings, ref: Ref, request_id: str, language: str) -> None:
    """That no letters come any more."""
    chamber = setup_repository.find(tx)
    content = compose(settings, "stopped", language, chamber=chamber)
    put_in(
        tx,
        Letter(
            key=f"stopped:{request_id}", kind="stopped", purpose=LetterPurpose.REQUESTED, email=ref.email,
            language=language, subject=content.subject, text=content.text, html=content.html,
            sender_name=chamber.name if chamber else "", reply_to=chamber.signer_email if chamber else "",
            contact_id=ref.contact_id, request_id=request_id,
        ),
    )  # fmt: skip
