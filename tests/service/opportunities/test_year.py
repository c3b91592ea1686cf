"""A year of weekly lists through a real mail server, beside a plain account of who should have heard what."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import mail_server
import pytest
from list_world import add_firm, add_project, let_go, make
from sqlalchemy import select, update

from matcher import Release
from service import clock
from service.consent import ledger
from service.consent.ledger import ConsentDraft
from service.consent.rules import Basis
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.list_tables import list_items, lists
from service.mail.sending import Sender
from service.projects import actions as projects_actions
from service.security import COMMAND_LINE

START = datetime(2027, 1, 5, 15, tzinfo=UTC)  # a Tuesday, ten in the morning in Milton
TOPICS = (
    "laser welding of battery trays", "injection moulding of nylon clips", "anodizing of aluminium housings",
    "software for scheduling hospital beds",
)  # fmt: skip


@dataclass
class Member:
    """Somebody at a firm, as the account knows them: (first day, day on which it is over) of each reason."""

    topic: str
    contact: str
    email: str
    reasons: list = field(default_factory=list)
    withdrawn: date | None = None
    confirmed: bool = True
    answers: bool = True

    def may_be_told(self, day):
        if self.withdrawn is not None and day >= self.withdrawn:
            return False
        return any(start <= day and (end is None or day < end) for start, end in self.reasons)


@dataclass
class Job:
    """A project, as the account knows it."""

    topic: str
    closes: date
    checked: date
    released: bool = True
    stage: str = "announced"
    lead: str = ""

    def is_told(self, day):
        return self.released and self.stage != "finished" and self.closes >= day and (day - self.checked).days <= 90

    def state(self):
        return (self.closes, self.stage)


class Year:
    """The chamber and the account of it, changed together."""

    def __init__(self, services, encoder, server, seed):
        self.services, self.encoder, self.server, self.rng = services, encoder, server, random.Random(seed)
        self.sender = Sender(services.database, services.settings, "year")
        self.members, self.jobs = {}, {}
        self.told, self.closing_told, self.refused = {}, set(), set()
        self.n_letters = self.n_lists = self.n_silent = 0
        self.taken_back = None

    def join(self, firm, topic, basis, obtained, day, *, over=None, **more):
        add_firm(self.services, firm, topic, confirmed=more.get("confirmed", True))
        email = f"owner@{firm}.example.org"
        draft = ContactDraft(name=f"Owner of {firm}", email=email, language="en", telephone="")
        contact = contacts.add(self.services.database, COMMAND_LINE, Owner(firm_id=firm), draft)
        self.members[firm] = Member(topic, contact.id, email, [], **more)
        if basis is not None:
            self.give_reason(firm, basis, obtained, day, over=over)

    def give_reason(self, firm, basis, obtained, day, *, over=None):
        member = self.members[firm]
        with self.services.database.write() as tx:
            draft = ConsentDraft(member.email, basis, "form", obtained, contact_id=member.contact, firm_id=firm)
            ledger.record_in(tx, "test", draft)
        member.reasons.append((day, over))

    def withdraw(self, firm, day):
        member = self.members[firm]
        with self.services.database.write() as tx:
            ledger.withdraw_in(tx, member.email, how="link", by="test", moment=clock.now())
        member.withdrawn = day

    def open(self, key, topic, day, **more):
        job = Job(topic, day + timedelta(days=more.pop("lasts", 120)), day, **more)
        release = "full_text" if job.released else "only_us"
        lead = {"lead": job.lead} if job.lead else {}
        add_project(self.services, key, topic, release=release, closes=job.closes.isoformat(), title=f"Job {key}",
                    stage=job.stage, checked=day.isoformat(), **lead)  # fmt: skip
        self.jobs[key] = job

    def change(self, key, **values):
        row = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
        projects_actions.patch_project(self.services, COMMAND_LINE, key, row, expected=None)
        for name, value in values.items():
            setattr(self.jobs[key], name, value)

    def release(self, key, level):
        projects_actions.set_release(self.services, COMMAND_LINE, key, level, note="", expected=None)
        self.jobs[key].released = level is not Release.ONLY_US

    def due(self, firm, day):
        """What the account says that somebody should hear of today."""
        member = self.members[firm]
        if not member.confirmed or not member.may_be_told(day):
            return set()
        found = set()
        for key, job in self.jobs.items():
            if job.topic == member.topic and job.lead != firm and job.is_told(day) and self.is_news(firm, key, day):
                found.add(key)
        return found

    def is_news(self, firm, key, day):
        job = self.jobs[key]
        if (firm, key) in self.refused:
            return False
        if self.told.get((firm, key)) != job.state():
            return True
        return (job.closes - day).days <= 14 and (firm, key) not in self.closing_told

    def week(self, day):
        """One Tuesday: lists are made, let go, sent, and compared with the account."""
        self.taken_back = None
        run, _shown = make(self.services, self.encoder)
        if run.state == "ready":
            self.meanwhile(run, day)
        due = {firm: self.due(firm, day) for firm in self.members}
        self.server.handler.messages.clear()
        while self.sender.step():
            pass
        got = {message["To"]: message for message in self.server.handler.messages}
        assert len(got) == len(self.server.handler.messages), "somebody got two letters in a week"
        self.compare_letters(got, day)
        with self.services.database.read() as tx:
            made = {one.contact_id: one for one in tx.execute(select(lists).where(lists.c.run_id == run.id))}
            items = list(tx.execute(select(list_items)))
        for firm, member in self.members.items():
            one, is_sent = made.get(member.contact), member.email in got
            stands = {item.project_id for item in items if is_sent and item.list_id == one.id}
            self.compare(firm, one, stands, due[firm], day, is_sent=is_sent)
            self.note(firm, day, stands)
            if is_sent and member.answers:
                self.answer(firm, one.id, stands)

    def meanwhile(self, run, day):
        """Somebody withdraws, and a project is taken back, between making lists, the button and the mail."""
        chance = self.rng.random()
        told = [key for key, job in self.jobs.items() if job.is_told(day)]
        self.taken_back = self.rng.choice(told) if told and chance < 0.2 else None
        if self.taken_back and chance < 0.1:
            self.release(self.taken_back, Release.ONLY_US)
        let_go(self.services, run.id)
        if self.taken_back and chance >= 0.1:
            self.release(self.taken_back, Release.ONLY_US)
        if self.rng.random() < 0.03:
            self.withdraw(self.rng.choice(sorted(self.members.keys() - {"mute"})), day)

    def compare_letters(self, got, day):
        by_email = {member.email: firm for firm, member in self.members.items()}
        for email, message in got.items():
            firm = by_email[email]
            assert self.members[firm].may_be_told(day), f"{firm} got a letter without a reason, {day}"
            text = message.get_body(("plain",)).get_content()
            for key, job in self.jobs.items():
                assert job.is_told(day) or f"Job {key}," not in text, f"{key} is not to be told, {day}"

    def compare(self, firm, one, stands, due, day, *, is_sent):
        """What one firm got, beside what it should have got."""
        member = self.members[firm]
        for key in stands:
            assert self.jobs[key].lead != firm and self.is_news(firm, key, day), f"{key} is no news to {firm}, {day}"
        assert member.confirmed or not stands
        if member.answers and (is_sent or self.taken_back is None):
            # A letter that held what was taken back stays here; what else stood on it is told a week later.
            assert due <= stands, f"{firm} was not told of {due - stands}, {day}"
        if is_sent and not stands:
            assert one.kind != "list" and not (due and member.answers)
        self.n_letters += is_sent
        self.n_lists += bool(stands)
        self.n_silent += not is_sent

    def live(self, week, day):
        """What happens to projects in a week."""
        for key, job in list(self.jobs.items()):
            if job.stage != "finished" and (day - job.checked).days > 60 and key != "first3":
                self.change(key, checked=day)
            elif job.is_told(day) and self.rng.random() < 0.04:
                self.change(key, **self.rng.choice([
                    {"closes": day + timedelta(days=self.rng.choice([5, 30, 90]))}, {"stage": "running"},
                    {"stage": "finished"},
                ]))  # fmt: skip
            elif key != "secret" and self.rng.random() < 0.03:
                self.release(key, Release.ONLY_US if job.released else Release.FULL_TEXT)
        if self.rng.random() < 0.4:
            lasts = self.rng.choice([8, 40, 120])
            self.open(f"w{week}", self.rng.choice(TOPICS), day, released=self.rng.random() < 0.8, lasts=lasts)

    def note(self, firm, day, stands):
        for key in stands:
            self.told[firm, key] = self.jobs[key].state()
            # One that is told when it is new, close to its end, is told once more as closing at most.
            if (self.jobs[key].closes - day).days <= 14:
                with self.services.database.read() as tx:
                    found = select(list_items.c.news).where(
                        list_items.c.firm_id == firm, list_items.c.project_id == key, list_items.c.news == "closing"
                    )
                    if tx.execute(found).first() is not None:
                        self.closing_told.add((firm, key))

    def answer(self, firm, list_id, stands):
        with self.services.database.write() as tx:
            tx.execute(update(lists).where(lists.c.id == list_id).values(answered_at=clock.now()))
            for key in sorted(stands):
                if self.rng.random() < 0.15:
                    mine = (list_items.c.list_id == list_id, list_items.c.project_id == key)
                    tx.execute(update(list_items).where(*mine).values(answer="no", reason="too_far"))
                    self.refused.add((firm, key))


@pytest.mark.slow
def test_a_year_of_lists(services, encoder):
    mail_server.switch_on(services.database, most_items=20)
    moment = [START - timedelta(days=1)]
    with clock.use_clock(lambda: moment[0]), mail_server.serving() as server:
        object.__setattr__(services, "settings", services.settings.model_copy(update=server.settings))
        year, day = Year(services, encoder, server, 7), START.date()
        before = day - timedelta(days=1)
        for n in range(6):
            year.join(f"member{n}", TOPICS[n % 4], Basis.MEMBER, date(2026, 1, 5), before)
        # An inquiry of 20 October serves six months, its last day included; a purchase of 1 June 2025 two years.
        year.join("asked", TOPICS[0], Basis.INQUIRY, date(2026, 10, 20), before, over=date(2027, 4, 21))
        year.join("bought", TOPICS[1], Basis.PURCHASE, date(2025, 6, 1), before, over=date(2027, 6, 2))
        year.join("stranger", TOPICS[0], None, None, before)
        year.join("unsure", TOPICS[0], Basis.MEMBER, date(2026, 1, 5), before, confirmed=False)
        year.join("mute", TOPICS[2], Basis.MEMBER, date(2026, 1, 5), before, answers=False)
        for n, topic in enumerate(TOPICS):
            year.open(f"first{n}", topic, before)
        year.open("secret", TOPICS[0], before, released=False, lasts=900)
        year.open("own", TOPICS[0], before, lead="member0", lasts=300)
        for week in range(52):
            day = START.date() + timedelta(weeks=week)
            moment[0] = START + timedelta(weeks=week)
            year.live(week, day)
            if week == 9:
                year.join("late", TOPICS[0], Basis.MEMBER, day, day)
            if week == 20:
                year.withdraw("member1", day)
            if week == 30:  # a new yes after the reasons ran out
                year.give_reason("asked", Basis.EXPRESS, day, day)
            year.week(day)
        assert year.n_lists > 40 and year.n_letters >= year.n_lists and year.n_silent > 250
        with services.database.read() as tx:
            mute = tx.execute(select(lists).where(lists.c.firm_id == "mute").order_by(lists.c.sent_at)).all()
        assert [one.kind for one in mute if one.sent_at][:3] == ["list", "list", "useful"]
        later = [one.sent_at for one in mute if one.sent_at][2:]
        assert len(later) > 1 and all((b - a).days >= 90 for a, b in zip(later, later[1:], strict=False))
