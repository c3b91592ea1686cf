"""Letters to put in, and somebody whom we may write to."""

import uuid
from datetime import date

from sqlalchemy import select

from service.consent import ledger
from service.consent.ledger import ConsentDraft
from service.consent.rules import Basis
from service.list_tables import outbox
from service.mail import outbox_repository
from service.mail.outbox_repository import Letter, LetterPurpose


def member(database, email):
    """Somebody whom we may write to."""
    draft = ConsentDraft(email, Basis.MEMBER, "members.xlsx", date(2026, 1, 5))
    with database.write() as tx:
        ledger.record_in(tx, "test", draft)


def letter(email="sam@example.org", **more):
    values = {
        "key": f"k-{uuid.uuid4()}", "kind": "list", "purpose": LetterPurpose.OPPORTUNITIES, "email": email,
        "language": "en", "subject": "Aluminium housings, Oakville", "text": "Hello\n", "html": "<p>Hello</p>",
        "sender_name": "Milton Chamber", "reply_to": "ada@chamber.example",
        "unsubscribe": "https://match.example.org/letters/stop/abc",
    }  # fmt: skip
    return Letter(**(values | more))


def put(database, one):
    with database.write() as tx:
        return outbox_repository.put_in(tx, one)


def row(database, letter_id):
    with database.read() as tx:
        return tx.execute(select(outbox).where(outbox.c.id == letter_id)).one()
