"""Making the lists of a run: rank every open, released project once, pick for each contact, write what they will read.

Nothing here is sent. Each list is written with its letter, held, in one transaction; a worker that dies is followed by
the next one, which finds what is written by (contact, period) and goes on.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from matcher import (
    Firm,
    Match,
    Project,
    Release,
    Role,
    is_open,
)
from service import words
from service.clock import now
from service.consent import ledger
from service.consent.ledger import Permission
from service.context import Services
from service.firms import repository as firms_repository
from service.introductions import days
from service.mail import settings_repository as mail_settings
from service.mail.outbox_repository import LetterPurpose
from service.matches import repository as matches_repository
from service.opportunities import picking, reasons, repository, writing
from service.opportunities.picking import Before, Chance, History, Picked, Rhythm
from service.opportunities.repository import Person
from service.opportunities.told import Told
from service.projects import repository as projects_repository
from service.projects.words import takes_partners
from service.records import Stored
from service.release import Released, released_in
from service.setup import repository as setup_repository

log = logging.getLogger(__name__)
MOST_UNKNOWN = 2
CHUNK = 50
THIN_WORDS = 25
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class OpenProject:
    """A project that firms may be told of."""

    project: Project
    released: Released
    fingerprint: str
    closes: date | None
    certificates: tuple[str, ...]


@dataclass
class World:
    """What a run looks at, read once.

    Attributes:
        left_out: contacts without a list, by reason.
        began: day on which the first lists were let go, or None: nobody was passed over in silence before it.
    """

    today: date
    moment: datetime
    projects: dict[str, OpenProject]
    people: list[Person]
    firms: dict[str, Stored[Firm]]
    permissions: dict[str, Permission]
    wishes: Mapping[str, Mapping[str, object]]
    told: Mapping[str, Mapping[tuple[str, str], Sequence[repository.Item]]]
    left: Mapping[str, Sequence[repository.FirmList]]
    settled: Mapping[str, set[tuple[str, str]]]
    owners: Mapping[str, str]
    unfit: set[str]
    waiting: set[str]
    most_items: int
    language: str
    zone: ZoneInfo
    began: date | None
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Draft:
    """A list that is to be written."""

    person: Person
    kind: str
    picked: tuple[Picked, ...]
    is_first: bool
    permission: Permission
    period: str


def look(services: Services) -> World:
    """Read what a run looks at."""
    today, moment, zone = days.today_of(services), now(), ZoneInfo(services.settings.timezone)
    with services.database.read() as tx:
        stored = projects_repository.all_possibly_open(tx, today)
        open_now = [one for one in stored if is_open(one.record, today) and one.record.release is not Release.ONLY_US]
        projects = {one.id: _open_project(one, released_in(tx, one)) for one in open_now}
        people = repository.people(tx)
        chamber, began = setup_repository.find(tx), repository.first_release(tx)
        return World(
            today=today, moment=moment, projects=projects, people=people,
            firms=firms_repository.find_many(tx, {one.firm_id for one in people}),
            permissions=ledger.permissions_of(tx, {one.email for one in people}, LetterPurpose.OPPORTUNITIES, moment),
            wishes=repository.wishes_of_all(tx), told=repository.told_by_contact(tx),
            left=repository.left_lists(tx), settled=repository.settled_pairs(tx),
            owners=repository.owners_by_firm(tx), unfit=matches_repository.unfit(tx),
            waiting=repository.waiting_contacts(tx), most_items=mail_settings.find(tx).most_items,
            language=chamber.language if chamber else words.DEFAULT, zone=zone,
            began=began.astimezone(zone).date() if began else None,
        )  # fmt: skip


def _open_project(stored: Stored[Project], released: Released) -> OpenProject:
    project = stored.record
    certificates = picking.certificates_of(project)
    try:
        closes = date.fromisoformat(project.closes) if project.closes else None
    except ValueError:
        closes = None
    return OpenProject(project, released, picking.fingerprint(project, certificates), closes, certificates)


def rank(services: Services, world: World, progress: Progress | None = None) -> dict[str, list[Chance]]:
    """Chances of every firm that somebody could be told of: each project is ranked once for all firms."""
    matcher = services.follower.fresh()
    wanted = {one.firm_id for one in world.people}
    found: dict[str, list[Chance]] = defaultdict(list)
    for n, one in enumerate(world.projects.values(), 1):
        roles = (Role.SUPPLIER, Role.PARTNER) if takes_partners(one.project.stage) else (Role.SUPPLIER,)
        for reached in matcher.reaching(one.project, roles):
            if reached.firm_id in wanted:
                found[reached.firm_id].append(
                    Chance(
                        one.project.id, reached.role.value, reached.score, reached.band.value, one.fingerprint,
                        one.closes,
                    )
                )  # fmt: skip
        if progress is not None:
            progress(n, len(world.projects))
    return found


def drafts(world: World, chances: Mapping[str, Sequence[Chance]]) -> list[Draft]:
    """Who gets what; who gets nothing is counted by reason."""
    found = []
    for person in world.people:
        reason, draft = _draft(world, person, chances.get(person.firm_id, ()))
        if draft is None:
            world.left_out[reason] += 1
        else:
            found.append(draft)
    return found


def who_wants(world: World, rhythms: Collection[Rhythm]) -> list[Person]:
    """People who chose one of some rhythms."""
    return [one for one in world.people if _wishes(world.wishes.get(one.contact_id))[0] in rhythms]


def _draft(world: World, person: Person, chances: Sequence[Chance]) -> tuple[str, Draft | None]:
    """What somebody gets, or why they get nothing."""
    if reason := _not_to_be_told(world, person):
        return reason, None
    permission = world.permissions[person.email]
    rhythm, paused_until, quiet = _wishes(world.wishes.get(person.contact_id))
    history = _history(world, person, permission)
    told = {key: _before(items) for key, items in world.told.get(person.contact_id, {}).items()}
    fitting = _fitting(world, person, chances)
    # All that is news: where nothing that the firm confirmed is a reason for one, the next takes its place.
    picked = picking.pick(fitting, told, world.today, len(fitting))
    closing = picking.closes_soon(picked[: world.most_items], world.today)
    if not picking.is_due(rhythm, paused_until, quiet, history, world.today, closing=closing):
        return "not_yet", None
    kind = _kind(world, person, history, picked=picked, chances=chances)
    if kind is None:
        return "nothing_new", None
    period, is_first = picking.period_of(rhythm, world.today), not world.left.get(person.contact_id)
    return kind, Draft(person, kind, tuple(picked) if kind == "list" else (), is_first, permission, period)


def _not_to_be_told(world: World, person: Person) -> str:
    """Why somebody gets nothing whatever fits; empty where nothing speaks against it."""
    permission, stored = world.permissions[person.email], world.firms.get(person.firm_id)
    checks = (
        ("no_firm", stored is None),
        (permission.reason, not permission.allowed),
        ("unfit", person.firm_id in world.unfit),
        ("waiting", person.contact_id in world.waiting),
        ("nothing_confirmed", stored is not None and not any(s.confirmed for s in stored.record.statements)),
        ("busy", _is_busy(world, person)),
    )
    return next((reason for reason, holds in checks if holds), "")


def _fitting(world: World, person: Person, chances: Sequence[Chance]) -> list[Chance]:
    """Chances that the firm has not answered, and is not kept apart from."""
    settled = world.settled.get(person.firm_id, set())
    return [
        one
        for one in chances
        if (one.project_id, one.role) not in settled
        and (one.project_id, "*") not in settled
        and not _said_no(world, person, one.project_id)
    ]


def _kind(
    world: World, person: Person, history: History, *, picked: Sequence[Picked], chances: Sequence[Chance]
) -> str | None:
    """Which letter it is; None for silence."""
    if picking.asks_whether_useful(history):
        return "useful"
    if picked:
        return "list"
    firm = world.firms[person.firm_id].record
    if not chances and world.projects and _is_thin(firm) and not _asked_lately(world, person):
        return "question"
    return "nothing_fitted" if world.projects and picking.was_silent(history, world.today) else None


def _wishes(row: Mapping[str, object] | None) -> tuple[Rhythm, date | None, frozenset[int]]:
    if row is None:
        return Rhythm.WEEKLY, None, frozenset()
    until = date.fromisoformat(str(row["paused_until"])) if row["paused_until"] else None
    quiet = frozenset(int(day) for day in str(row["quiet_days"]).split(",") if day.strip().isdigit())
    return Rhythm(str(row["rhythm"])), until, quiet


def _history(world: World, person: Person, permission: Permission) -> History:
    left = world.left.get(person.contact_id, ())
    with_items = [one for one in left if one.kind == "list" and one.sent_at is not None]
    old = world.moment - timedelta(days=picking.PATIENCE_DAYS)
    unanswered, mute_since = 0, None
    for one in with_items:
        if one.answered_at is not None:
            break
        if one.sent_at is not None and one.sent_at <= old:
            unanswered, mute_since = unanswered + 1, _day(one.sent_at, world)
    asked = next((_day(one.sent_at, world) for one in left if one.kind == "useful"), None)
    since = max(date.fromisoformat(permission.since) if permission.since else world.today, world.began or world.today)
    return History(
        last=_day(left[0].sent_at, world) if left else None,
        last_list=_day(with_items[0].sent_at, world) if with_items else None,
        unanswered=unanswered, asked=asked, since=since, mute_since=mute_since,
    )  # fmt: skip


def _day(moment: datetime | None, world: World) -> date | None:
    return None if moment is None else moment.astimezone(world.zone).date()


def _before(items: Sequence[repository.Item]) -> Before:
    return Before(
        items[0].fingerprint, frozenset(one.news for one in items), any(one.answer is not None for one in items)
    )


def _said_no(world: World, person: Person, project_id: str) -> bool:
    """A no hides the project in both roles, unless it was only of one role's kind."""
    told = world.told.get(person.contact_id, {})
    return any(
        item.answer == "no" for (project, _role), items in told.items() if project == project_id for item in items
    )


def _is_busy(world: World, person: Person) -> bool:
    today = world.today.isoformat()
    told = world.told.get(person.contact_id, {})
    return any(item.until is not None and item.until > today for items in told.values() for item in items)


def _is_thin(firm: Firm) -> bool:
    return sum(len(statement.text.split()) for statement in firm.statements) < THIN_WORDS


def _asked_lately(world: World, person: Person) -> bool:
    left = [one for one in world.left.get(person.contact_id, ()) if one.kind == "question"]
    if not left:
        return False
    last = _day(left[0].sent_at, world)
    return last is not None and (world.today - last).days < picking.QUARTER_DAYS


# -- writing them


def write(
    services: Services,
    run_id: str,
    world: World,
    wanted: Sequence[Draft],
    matches: Mapping[tuple[str, str, str], Match],
    *,
    releases_itself: bool,
) -> Iterator[int]:
    """Write lists with their letters, some in each transaction.

    Yields:
        How many were looked at so far.
    """
    for start in range(0, len(wanted), CHUNK):
        with services.database.write() as tx:
            for draft in wanted[start : start + CHUNK]:
                language = draft.person.language or world.language
                firm = world.firms[draft.person.firm_id].record
                lines: list[tuple[Picked, Told]] = []
                for one in draft.picked:
                    of = world.projects[one.chance.project_id]
                    match = matches.get((one.chance.project_id, firm.id, one.chance.role))
                    told = None if match is None else reasons.told_of(of, match, firm, language)
                    if told is not None and len(lines) < world.most_items:
                        lines.append((one, told))
                if draft.kind == "list" and not lines:
                    world.left_out["nothing_confirmed_fits"] += 1
                    continue
                if repository.has_list(tx, draft.person.contact_id, draft.period):
                    world.left_out["had_one"] += 1
                    continue
                writing.add(
                    tx, services.settings, run_id=run_id, list_id=str(uuid.uuid4()), draft=draft, firm=firm,
                    lines=lines, language=language, officer_id=world.owners.get(firm.id, ""),
                    model=services.follower.matcher.model, n_looked=len(world.projects),
                    question=reasons.question(world, firm, language),
                    at_once=releases_itself and not draft.is_first, today=world.today,
                )  # fmt: skip
        yield min(start + CHUNK, len(wanted))
