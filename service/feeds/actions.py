"""Private addresses: made, read, ended; and what stands behind one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from matcher import Release, is_open
from service import audit
from service.clock import now, today
from service.context import Services
from service.errors import NotFound
from service.feeds import repository
from service.feeds.repository import Feed
from service.mail.links import base_address
from service.opportunities import repository as lists_repository
from service.opportunities.told import Told
from service.projects import repository as projects_repository
from service.security import Caller, hash_key, make_token
from service.setup import repository as setup_repository
from service.words import _

NAMES = ("deadlines.ics", "opportunities.atom", "opportunities.csv", "opportunities.json")
MOST_ENTRIES = 500
# Written down once an hour at most: programs that read feeds ask often.
NOTE_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose address it is: a member of staff, or somebody at a firm."""

    user_id: str | None = None
    firm_id: str | None = None
    contact_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One opportunity in a feed.

    Attributes:
        url: page of it; empty where its reader has none.
        closes: last day, where it is a whole date.
        updated: ISO moment or day of the newest change that we know of.
    """

    id: str
    title: str
    text: str
    url: str
    closes: date | None
    updated: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands behind an address."""

    title: str
    entries: tuple[Entry, ...]


def make(services: Services, caller: Caller, owner: Owner) -> str:
    """A new private address, shown once; the one before it ends. Answers its secret part."""
    token = make_token()
    feed = Feed(
        str(uuid.uuid4()), hash_key(token), owner.firm_id, owner.contact_id, owner.user_id, now(), None, None
    )  # fmt: skip
    with services.database.write() as tx:
        repository.add(tx, feed)
        audit.record(tx, caller, "feed.make", "feed", feed.id)
    return token


def addresses(services: Services, token: str) -> dict[str, str]:
    """The whole addresses of everything that can be read by one secret."""
    return {name: f"{base_address(services.settings)}/feeds/{token}/{name}" for name in NAMES}


def end(services: Services, caller: Caller, owner: Owner) -> None:
    """End the private address of somebody; nothing happens where there is none."""
    with services.database.write() as tx:
        feed = repository.of_owner(tx, user_id=owner.user_id, contact_id=owner.contact_id)
        if feed is not None:
            repository.revoke(tx, feed.id, now())
            audit.record(tx, caller, "feed.end", "feed", feed.id)


def of_owner(services: Services, owner: Owner) -> Feed | None:
    """The address that somebody has, or None."""
    with services.database.read() as tx:
        return repository.of_owner(tx, user_id=owner.user_id, contact_id=owner.contact_id)


def read(services: Services, token: str) -> Contents:
    """What stands behind an address.

    Raises:
        NotFound: there is none such, or it was ended.
    """
    moment = now()
    with services.database.read() as tx:
        feed = repository.find(tx, hash_key(token))
        if feed is None or (feed.user_id is not None and not repository.may_sign_in(tx, feed.user_id)):
            raise NotFound(_("There is nothing here"))
    if feed.last_used_at is None or moment - feed.last_used_at > NOTE_EVERY:
        with services.database.write() as tx:
            repository.used(tx, feed.id, moment)
    return _of_firm(services, feed.firm_id) if feed.firm_id else _of_staff(services)


def _of_staff(services: Services) -> Contents:
    """Open projects, as staff see them."""
    day, base = today(), services.settings.public_url
    with services.database.read() as tx:
        chamber = setup_repository.find(tx)
        stored = [one for one in projects_repository.all_possibly_open(tx, day) if is_open(one.record, day)]
    entries = [
        Entry(
            one.id, one.record.title, one.record.description, f"{base}/projects/{one.id}" if base else "",
            _day(one.record.closes), one.updated_at.isoformat(),
        )
        for one in stored
    ]  # fmt: skip
    return Contents(_("Open projects, %(chamber)s", chamber=chamber.name if chamber else ""), _sorted(entries))


def _of_firm(services: Services, firm_id: str) -> Contents:
    """What a firm was told of, as long as outsiders may still read of it."""
    day, base = today(), services.settings.public_url
    with services.database.read() as tx:
        chamber = setup_repository.find(tx)
        told = lists_repository.items_of_firm(tx, firm_id, limit=MOST_ENTRIES)
        stored = projects_repository.find_many(tx, {item.project_id for item, _at in told})
    entries: dict[str, Entry] = {}
    for item, at in told:
        project = stored.get(item.project_id)
        if project is None or project.record.release is Release.ONLY_US or not is_open(project.record, day):
            continue
        if item.answer == "no" or item.project_id in entries:
            continue
        said = Told.from_json(item.told)
        entries[item.project_id] = Entry(
            item.project_id, said.title, said.what, f"{base}/own" if base else "", _day(project.record.closes),
            at.isoformat(),
        )  # fmt: skip
    title = _("Opportunities from %(chamber)s", chamber=chamber.name if chamber else "")
    return Contents(title, _sorted(entries.values()))


def _sorted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda one: (one.closes or date.max, one.id))[:MOST_ENTRIES])


def _day(closes: str | None) -> date | None:
    try:
        return date.fromisoformat(closes) if closes else None
    except ValueError:
        return None  # a month or a year is no day of a calendar
