"""Links in letters: opaque, signed, each for one purpose and one contact.

A link holds the id of a row of ``link_refs``, and a number where a letter has several of a kind; signed together with
its purpose, so that one made for *yes* opens nothing else. Reading one changes nothing: mail scanners follow links.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Connection

from service.clock import now
from service.errors import NotFound
from service.mail import links_repository
from service.mail.links_repository import Ref as Ref
from service.settings import Settings
from service.words import _

LONGEST = 300


class Purpose(StrEnum):
    """What a link is for; also a part of its address."""

    YES = "yes"
    NO = "no"
    COLLEAGUE = "colleague"
    STATUS = "status"
    STOP = "stop"
    WISHES = "wishes"
    PAGE = "page"
    CONFIRM = "confirm"
    FOLLOW_UP = "follow-up"


class LinkRefused(NotFound):
    """The link is forged, for something else, or not known: which of them is not told."""

    def __init__(self) -> None:
        """Say the same whatever is wrong."""
        super().__init__(_("This link does not work. Take the newest letter from us, or ask us."))


def add_ref(
    tx: Connection, *, email: str, contact_id: str | None = None, firm_id: str | None = None,
    list_id: str | None = None, request_id: str | None = None, introduction_id: str | None = None,
    expires_at: datetime | None = None,
) -> Ref:  # fmt: skip
    """A new thing for links to stand for: one for each letter.

    Args:
        tx: the transaction that puts the letter in.
        email: whom the letter goes to.
        contact_id: of a firm or project.
        firm_id: whose links they are.
        list_id: of the list that the letter is.
        request_id: of what was asked for.
        introduction_id: of what the letter is about.
        expires_at: None is never.
    """
    ref = Ref(
        secrets.token_urlsafe(12), contact_id, firm_id, email, list_id, request_id, introduction_id, now(), expires_at
    )
    links_repository.add(tx, ref)
    return ref


def address(tx: Connection, settings: Settings, ref: Ref, purpose: Purpose, number: int = 0) -> str:
    """The whole address of a link.

    Args:
        tx: one that writes.
        settings: for the address that people reach this service at.
        ref: what it stands for.
        purpose: the one thing that it opens.
        number: which of several, such as the position of an opportunity on its list.
    """
    token = _signer(links_repository.key_or_new(tx), purpose).dumps([ref.id, number])
    return f"{base_address(settings)}/letters/{purpose.value}/{token}"


def base_address(settings: Settings) -> str:
    """Where people reach this service; the machine itself while nothing is set."""
    return settings.public_url or "http://127.0.0.1:8000"


def read(tx: Connection, purpose: Purpose, token: str) -> tuple[Ref, int]:
    """What a link stands for, and its number. Whether it has expired is for the caller to look at.

    Raises:
        LinkRefused: it is none of ours, or for another purpose.
    """
    if len(token) > LONGEST:
        raise LinkRefused
    try:
        ref_id, number = _signer(links_repository.key(tx), purpose).loads(token)
    except (BadData, ValueError, TypeError):
        raise LinkRefused from None
    ref = links_repository.find(tx, ref_id) if isinstance(ref_id, str) and isinstance(number, int) else None
    if ref is None:
        raise LinkRefused
    return ref, number


def _signer(key: str, purpose: Purpose) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=f"letters/{purpose.value}")
