"""Letters that follow from what happened: news of an answer, an introduction, the question what came of it.

Found by looking at what stands in the database, not told by whoever changed it: each is put in once by its key, by
whichever worker looks first, and a crash loses none.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.clock import now
from service.consent import ledger
from service.consent.ledger import RequestKind
from service.contacts import repository as contacts_repository
from service.contacts.repository import Contact
from service.db import Database
from service.firms import repository as firms_repository
from service.introductions import repository as introductions_repository
from service.introductions.repository import Introduction
from service.introductions.words import State
from service.mail import links, outbox_repository
from service.mail.compose import compose
from service.mail.links import Purpose
from service.mail.outbox_repository import Letter, LetterPurpose
from service.opportunities import repository as lists_repository
from service.projects import repository as projects_repository
from service.replies import repository
from service.settings import Settings
from service.setup import repository as setup_repository
from service.setup.repository import Chamber

# After an introduction we ask twice.
ASK_AFTER_DAYS = (30, 90)
# What is older was told by other means, or is nobody's news any more.
NEWS_DAYS = 30
LINK_DAYS = 60


def put_in_all(database: Database, settings: Settings) -> int:
    """Put in every letter that is due and was not put in before; answers how many."""
    with database.read() as tx:
        if not (wanted := _wanted(tx)):
            return 0
    n = 0
    for key, kind, introduction_id, contact_id in wanted:
        with database.write() as tx:
            n += _put_in(tx, settings, key, kind, introduction_id, contact_id)
    return n


Wanted = tuple[str, str, str, str]


def _wanted(tx: Connection) -> list[Wanted]:
    """(key, kind, introduction, contact) of letters that are due."""
    moment, found = now(), []
    for promise in repository.answered_promises(tx, moment - timedelta(days=NEWS_DAYS)):
        stored = introductions_repository.find(tx, promise.introduction_id or "")
        # Whoever closed it: a yes must not end in silence. What the firm itself said is no news to it.
        is_no = stored is not None and stored.state == State.CLOSED and stored.introduced_at is None
        if stored is not None and stored.firm_answer == "yes" and (stored.state == State.BOTH_YES or is_no):
            found.append((f"news:{stored.id}:{stored.state}", "news", stored.id, promise.contact_id))
    for row in repository.introduced_between(tx, moment, moment - timedelta(days=NEWS_DAYS)):
        for reader in _both_sides(tx, row["firm_id"], row["project_id"], row["id"]):
            found.append((f"introduced:{row['id']}:{reader}", "introduced", row["id"], reader))
    for n_days in ASK_AFTER_DAYS:
        until = moment - timedelta(days=n_days)
        for row in repository.introduced_between(tx, until, until - timedelta(days=NEWS_DAYS)):
            contact = _firm_contact(tx, row["firm_id"], row["id"])
            if contact is not None:
                found.append((f"follow-up:{n_days}:{row['id']}", "follow_up", row["id"], contact.id))
    return [one for one in found if not repository.has_letter(tx, one[0])]


def _firm_contact(tx: Connection, firm_id: str, introduction_id: str) -> Contact | None:
    """Who at a firm said yes by a link, else the first whom we have an address of."""
    people = contacts_repository.of_firms(tx, [firm_id]).get(firm_id, [])
    answered = repository.contact_of_promise(tx, introduction_id)
    people = sorted((one for one in people if one.email), key=lambda one: one.id != answered)
    return people[0] if people else None


def _both_sides(tx: Connection, firm_id: str, project_id: str, introduction_id: str) -> list[str]:
    firm = _firm_contact(tx, firm_id, introduction_id)
    people = contacts_repository.of_projects(tx, [project_id]).get(project_id, [])
    project = next((one for one in people if one.email), None)
    return [one.id for one in (firm, project) if one is not None] if firm and project else []


def _put_in(tx: Connection, settings: Settings, key: str, kind: str, introduction_id: str, contact_id: str) -> bool:
    stored = introductions_repository.find(tx, introduction_id)
    contact = contacts_repository.find(tx, contact_id)
    if stored is None or contact is None or repository.has_letter(tx, key):
        return False
    moment, chamber = now(), setup_repository.find(tx)
    language = contact.language or (chamber.language if chamber else "en")
    purpose, request_id, context = _content(tx, settings, kind, stored, contact, moment)
    content = compose(settings, kind, language, chamber=chamber, **context)
    outbox_repository.put_in(
        tx,
        Letter(
            key=key, kind=kind, purpose=purpose, email=contact.email, language=language, subject=content.subject,
            text=content.text, html=content.html, sender_name=_sender(chamber),
            reply_to=chamber.signer_email if chamber else "", contact_id=contact.id, request_id=request_id,
            introduction_id=introduction_id, unsubscribe=str(context.get("stop", "")),
        ),
    )  # fmt: skip
    return True


def _content(
    tx: Connection, settings: Settings, kind: str, stored: Introduction, contact: Contact, moment: datetime
) -> tuple[LetterPurpose, str | None, dict[str, object]]:
    project = projects_repository.find(tx, stored.project_id)
    firm = firms_repository.find(tx, stored.firm_id)
    title = project.record.title if project else ""
    ref = links.add_ref(
        tx, email=contact.email, contact_id=contact.id, firm_id=contact.firm_id, introduction_id=stored.id,
        list_id=repository.list_of_introduction(tx, stored.id), expires_at=moment + timedelta(days=LINK_DAYS),
    )  # fmt: skip
    if kind == "follow_up":
        address = links.address(tx, settings, ref, Purpose.FOLLOW_UP)
        forever = links.add_ref(tx, email=contact.email, contact_id=contact.id, firm_id=contact.firm_id)
        stop = links.address(tx, settings, forever, Purpose.STOP)
        return LetterPurpose.FOLLOW_UP, None, {"title": title, "answer": address, "stop": stop}
    if kind == "introduced":
        other = _other_side(tx, stored, contact)
        context: dict[str, object] = {
            "title": title, "firm": firm.record.name if firm else "", "other": other,
            "is_firm": contact.firm_id is not None,
        }  # fmt: skip
        return LetterPurpose.INTRODUCTION, None, context
    # They said "yes, call me": this is the answer that they asked for.
    request_id = ledger.ask_in(tx, RequestKind.ANSWER, contact.email, contact.id, stored.id, timedelta(days=LINK_DAYS))
    item = lists_repository.find_item(tx, repository.item_of_introduction(tx, stored.id) or "")
    status = links.address(tx, settings, ref, Purpose.STATUS, item.position if item else 0)
    is_yes = stored.state == State.BOTH_YES
    return LetterPurpose.REQUESTED, request_id, {"title": title, "status": status, "is_yes": is_yes}


def _other_side(tx: Connection, stored: Introduction, contact: Contact) -> Contact | None:
    if contact.firm_id is not None:
        people = contacts_repository.of_projects(tx, [stored.project_id]).get(stored.project_id, [])
        return next((one for one in people if one.email), None)
    return _firm_contact(tx, stored.firm_id, stored.id)


def _sender(chamber: Chamber | None) -> str:
    return f"{chamber.signer_name}, {chamber.name}" if chamber else ""
