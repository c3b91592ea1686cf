"""Firms, projects and people at example.org, for lists of opportunities."""

from datetime import date, timedelta

from sqlalchemy import select, update

from service.clock import now, today
from service.consent import ledger
from service.consent.ledger import ConsentDraft
from service.consent.rules import Basis
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.firms import actions as firms_actions
from service.list_tables import lists, outbox
from service.opportunities import runs
from service.projects import actions as projects_actions
from service.security import COMMAND_LINE
from service.worker import Worker

WELD = "laser welding of battery trays"


def add_firm(services, key, *texts, confirmed=True, **more):
    said = [
        {"kind": "capability", "text": text, "source": "by phone", "date": "2026-11-03", "confirmed": confirmed}
        for text in (*texts, "cutting, bending and assembly of sheet metal parts")
    ]
    firms_actions.create_firm(
        services, COMMAND_LINE,
        {"id": key, "name": f"{key.title()} Company", "city": "Milton", "province": "ON", "statements": said, **more},
    )  # fmt: skip


def add_project(services, key, need, *, release="full_text", closes=None, **more):
    row = {
        "id": key, "title": more.pop("title", f"Project {key}"), "description": f"They look for {need}.",
        "city": "Oakville", "province": "ON", "stage": "announced", "checked": today().isoformat(), "release": release,
        "closes": closes or (today() + timedelta(days=60)).isoformat(),
        "needs": [{"text": need, "role": "supplier", "quantity": "5,000 a year"}], **more,
    }  # fmt: skip
    projects_actions.create_project(services, COMMAND_LINE, row)


def add_person(services, firm, *, language="en", basis=Basis.MEMBER, email=None, obtained=date(2026, 1, 5)):
    email = email or f"owner@{firm}.example.org"
    draft = ContactDraft(name=f"Owner of {firm}", email=email, language=language, telephone="905 555 0134")
    person = contacts.add(services.database, COMMAND_LINE, Owner(firm_id=firm), draft)
    if basis is not None:
        with services.database.write() as tx:
            draft = ConsentDraft(email, basis, "members.xlsx", obtained, contact_id=person.id, firm_id=firm)
            ledger.record_in(tx, "test", draft)
    return person.id


def make(services, encoder, *, period=None):
    """A run, made by a worker to its end."""
    run = runs.ask_for_run(services.database, COMMAND_LINE, period or runs.this_week(services))
    worker = Worker(services.database, encoder, services.settings)
    while worker._import_step():
        pass
    return runs.get_run(services, run.id)


def let_go(services, run_id):
    runs.looked_at(services, COMMAND_LINE, run_id)
    return runs.release(services, COMMAND_LINE, run_id)


def mark_all_sent(services, how="smtp"):
    """As the sender leaves them."""
    with services.database.write() as tx:
        ids = tx.execute(select(lists.c.id).where(lists.c.state == "released")).scalars().all()
        tx.execute(update(lists).where(lists.c.id.in_(ids)).values(state="sent", sent_at=now(), sent_how=how))
        tx.execute(update(outbox).where(outbox.c.list_id.in_(ids)).values(state="sent", sent_at=now(), sent_how=how))
