"""Answers by the links of letters: read without a change, said by a button, undone while nobody has acted on them.

Whoever holds a link may use it: it was mailed to one address. Every write is one transaction with its audit row; the
same answer twice is one answer.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, timedelta

import orjson
from sqlalchemy import Connection

from service import audit
from service.accounts import repository as accounts_repository
from service.clock import now
from service.consent import ledger
from service.consent.ledger import RequestKind
from service.contacts import repository as contacts_repository
from service.contacts.repository import Contact
from service.context import Services
from service.errors import Conflict, Invalid, NotFound
from service.firms import repository as firms_repository
from service.introductions import days, steps
from service.introductions import repository as introductions_repository
from service.introductions.steps import Between, Said
from service.mail import links
from service.mail import outbox_repository as outbox
from service.mail.links import LinkRefused, Purpose, Ref
from service.opinions import repository as opinions_repository
from service.opinions.repository import Opinion
from service.opportunities import repository as lists_repository
from service.opportunities.repository import FirmList, Item
from service.opportunities.told import Told
from service.replies import letters, repository
from service.replies.repository import Promise
from service.replies.words import REASONS
from service.security import Caller, Scope
from service.setup import repository as setup_repository
from service.setup.repository import Chamber
from service.words import _

CALL_DAYS = 2
MOST_BUSY_DAYS = 370
ANSWERS = ("yes", "no", "colleague")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link to one line of a list stands for.

    Attributes:
        is_over: it has expired: nothing can be answered by it any more.
        promise: what a yes was answered with.
    """

    ref: Ref
    made: FirmList
    item: Item
    told: Told
    contact: Contact
    firm_name: str
    chamber: Chamber | None
    officer: accounts_repository.User | None
    promise: Promise | None
    is_over: bool

    @property
    def language(self) -> str:
        """Of the letter."""
        return self.made.language

    @property
    def officer_name(self) -> str:
        """Who calls."""
        return self.officer.name if self.officer else self.chamber.signer_name if self.chamber else ""

    @property
    def telephone(self) -> str:
        """Their number."""
        return self.chamber.signer_telephone if self.chamber else ""


def open_item(services: Services, purpose: Purpose, token: str) -> Opened:
    """What a link stands for; changes nothing.

    Raises:
        LinkRefused: it opens nothing, for whatever reason.
    """
    with services.database.read() as tx:
        return _open(tx, purpose, token)


def _open(tx: Connection, purpose: Purpose, token: str) -> Opened:
    ref, number = links.read(tx, purpose, token)
    made = lists_repository.find_list(tx, ref.list_id) if ref.list_id else None
    item = lists_repository.item_at(tx, made.id, number) if made else None
    contact = contacts_repository.find(tx, ref.contact_id) if ref.contact_id else None
    # Somebody who was deleted, or works elsewhere now, has no link any more.
    if made is None or item is None or contact is None or contact.firm_id is None or contact.email != ref.email:
        raise LinkRefused
    firm = firms_repository.find(tx, contact.firm_id)
    if firm is None:
        raise LinkRefused
    chamber, promise = setup_repository.find(tx), repository.promise_of_item(tx, item.id)
    officer_id = promise.officer_id if promise else _officer(tx, made, chamber)
    return Opened(
        ref=ref, made=made, item=item, told=Told.from_json(item.told), contact=contact, firm_name=firm.record.name,
        chamber=chamber, officer=accounts_repository.find_user(tx, officer_id) if officer_id else None,
        promise=promise, is_over=ref.is_over(now()),
    )  # fmt: skip


def _officer(tx: Connection, made: FirmList, chamber: Chamber | None) -> str | None:
    return repository.first_officer(tx, [made.officer_id], chamber.signer_email if chamber else "")


def _caller(opened: Opened) -> Caller:
    return Caller(f"contact:{opened.contact.id}", "contact", Scope.WRITE)


def say_yes(services: Services, token: str) -> Opened:
    """*Yes, call me*: the introduction goes on, and somebody promises to call.

    Raises:
        LinkRefused: the link opens nothing.
        Conflict: it has expired, or cannot be any more.
    """
    today = days.today_of(services)
    with services.database.write() as tx:
        opened = _open(tx, Purpose.YES, token)
        _check_open(opened)
        if opened.item.answer != "yes":
            _answer(tx, opened, "yes")
            caller, item = _caller(opened), opened.item
            between = Between(item.project_id, item.firm_id, item.role)
            stored = steps.firm_says_in(tx, caller, between, Said(True, "list"), today)
            officer_id = _officer(tx, opened.made, opened.chamber)
            if stored is not None and officer_id and not stored.owner_id:
                stored = introductions_repository.change(tx, stored, {"owner_id": officer_id}, now())
            repository.add_promise(
                tx,
                Promise(
                    str(uuid.uuid4()), item.id, stored.id if stored else None, item.firm_id, opened.contact.id,
                    item.project_id, officer_id or "", days.after(today, CALL_DAYS).isoformat(), None, None, "", now(),
                    None,
                ),
            )  # fmt: skip
            _judge(tx, opened, "right", "yes")
        return _open(tx, Purpose.YES, token)


def say_no(services: Services, token: str, reason: str, until: str = "") -> Opened:
    """*Not for us*, with the reason.

    Args:
        services: the parts of this process.
        token: of the link.
        reason: of :data:`service.replies.words.REASONS`.
        until: ISO date, of *too busy until*.

    Raises:
        LinkRefused: the link opens nothing.
        Conflict: it has expired.
        Invalid: there is no such reason or day.
    """
    if reason not in REASONS:
        raise Invalid("reason", _("Choose the reason: it is what we learn from."))
    today = days.today_of(services)
    day = _busy_until(until, today) if reason == "busy" else None
    with services.database.write() as tx:
        opened = _open(tx, Purpose.NO, token)
        _check_open(opened)
        if opened.item.answer == "yes":
            _take_back(tx, opened)
            opened = _open(tx, Purpose.NO, token)
        why, verdict = REASONS[reason]
        if (opened.item.answer, opened.item.reason, opened.item.until) != ("no", reason, day):
            _answer(tx, opened, "no", reason=reason, until=day)
            between = Between(opened.item.project_id, opened.item.firm_id, opened.item.role)
            steps.firm_says_in(tx, _caller(opened), between, Said(False, "list", why), today)
            if verdict is not None:
                _judge(tx, opened, verdict, reason)
        return _open(tx, Purpose.NO, token)


def undo(services: Services, purpose: Purpose, token: str) -> Opened:
    """Take an answer back while nobody has acted on it.

    Raises:
        LinkRefused: the link opens nothing.
        Conflict: it has expired, or somebody has acted on it.
    """
    with services.database.write() as tx:
        opened = _open(tx, purpose, token)
        _check_open(opened)
        if opened.item.answer is not None:
            _take_back(tx, opened)
        return _open(tx, purpose, token)


def _take_back(tx: Connection, opened: Opened) -> None:
    promise = opened.promise
    if promise is not None:
        if promise.kept_at is not None:
            raise Conflict(_("We have called about this already: please tell us on the telephone."))
    _undo_moves(tx, opened)
    if promise is not None:
        repository.change_promise(tx, promise.id, undone_at=now())
    _undo_opinions(tx, opened.item, _caller(opened).id)
    _answer(tx, opened, None)


def _undo_moves(tx: Connection, opened: Opened) -> None:
    """Take back the steps of the introduction that this answer made."""
    item, caller = opened.item, _caller(opened)
    stored = introductions_repository.find_for(tx, item.project_id, item.firm_id, item.role)
    step = steps.last_move(introductions_repository.steps_of(tx, stored.id)) if stored else None
    if step is not None and step.actor != caller.id and opened.promise is not None:
        raise Conflict(_("This has gone on since you answered: please call us."))
    made = {"yes": ("firm_yes", "proposed"), "no": ("firm_no",)}.get(item.answer or "", ())
    while stored is not None and step is not None and step.actor == caller.id and step.step in made:
        stored = steps.undo_in(tx, caller, stored, step)
        step = steps.last_move(introductions_repository.steps_of(tx, stored.id)) if stored else None


def _undo_opinions(tx: Connection, item: Item, user_id: str) -> None:
    for opinion in opinions_repository.in_force(tx, item.project_id):
        if opinion.user_id == user_id and opinion.firm_id == item.firm_id:
            opinions_repository.undo(tx, opinion.id, now())


def _answer(
    tx: Connection, opened: Opened, answer: str | None, *, reason: str | None = None, until: str | None = None
) -> None:
    moment = now()
    done = lists_repository.change_item(
        tx, opened.item.id, expected=opened.item.version, answer=answer, reason=reason, until=until,
        answered_at=moment if answer else None, answered_by="contact" if answer else None,
    )  # fmt: skip
    if not done:
        raise Conflict(_("Somebody else answered at the same moment: look again."))
    left = repository.count_answers(tx, opened.made.id)
    repository.mark_answered(tx, opened.made.id, moment if answer or left else None)
    details = {"item": opened.item.id, "answer": answer, "reason": reason}
    audit.record(tx, _caller(opened), "list.answer", "list", opened.made.id, details=details)


def _judge(tx: Connection, opened: Opened, verdict: str, note: str) -> None:
    """Every answer is an opinion to learn from, with what was shown."""
    item = opened.item
    shown = orjson.dumps({"quote": opened.told.quote, "what": opened.told.what}).decode()
    opinions_repository.add(
        tx,
        Opinion(
            str(uuid.uuid4()), item.project_id, item.firm_id, item.role, verdict, note, _caller(opened).id, now(),
            item.band, None, item.score, item.model, "", shown,
        ),
    )  # fmt: skip


def _busy_until(given: str, today: date) -> str:
    try:
        day = date.fromisoformat(given.strip())
    except ValueError:
        raise Invalid("until", _("Write the day as year-month-day, such as %(day)s.", day=today.isoformat())) from None
    if not today < day <= today + timedelta(days=MOST_BUSY_DAYS):
        raise Invalid("until", _("Choose a day to come, within a year."))
    return day.isoformat()


def _check_open(opened: Opened) -> None:
    if opened.is_over:
        raise Conflict(_("This link has expired."))


def name_colleague(services: Services, token: str, name: str, email: str) -> Opened:
    """Note whom the list was passed on to; nothing is mailed to them, who have not agreed to it.

    Raises:
        LinkRefused: the link opens nothing.
        Invalid, Conflict: as for a contact, or the link has expired.
    """
    from service.contacts import actions as contacts
    from service.contacts.actions import ContactDraft, Owner

    source = _("named by a colleague at the same firm, by the link of a list")
    draft = ContactDraft(name=name, email=email, source=source).cleaned()
    if not (draft.name and draft.email):
        raise Invalid("email" if draft.name else "name", _("Write their name and their e-mail address."))
    with services.database.write() as tx:
        opened = _open(tx, Purpose.COLLEAGUE, token)
        _check_open(opened)
        if opened.item.answer is None:
            _answer(tx, opened, "colleague")
        try:
            contacts.add_in(tx, _caller(opened), Owner(firm_id=opened.item.firm_id), draft)
        except Conflict:
            pass  # they are known already
        return _open(tx, Purpose.COLLEAGUE, token)


def ask_for_new_link(services: Services, purpose: Purpose, token: str) -> None:
    """Send the same line anew, with links that work, to the address on file.

    Raises:
        LinkRefused: the link opens nothing.
    """
    with services.database.write() as tx:
        opened = _open(tx, purpose, token)
        moment = now()
        if opened.is_over and not letters.asked_lately(tx, opened.ref, moment):
            request_id = ledger.ask_in(
                tx, RequestKind.NEW_LINK, opened.ref.email, opened.contact.id, opened.item.id, timedelta(days=2)
            )
            letters.new_link(tx, services.settings, opened, request_id, moment)


# -- stopping letters


def read_stop(services: Services, token: str) -> tuple[str, str, bool]:
    """Address for fewer letters instead, the language, and whether they are stopped already.

    Raises:
        LinkRefused: it opens nothing.
    """
    with services.database.read() as tx:
        ref, _number = links.read(tx, Purpose.STOP, token)
        fewer = links.address(tx, services.settings, ref, Purpose.WISHES) if ref.contact_id else ""
        return fewer.removeprefix(links.base_address(services.settings)), _language(tx, ref), _is_stopped(tx, ref)


def stop(services: Services, token: str) -> tuple[Ref, str]:
    """Stop all letters to the address of a link, at once; a second time changes nothing.

    Raises:
        LinkRefused: it opens nothing.
    """
    with services.database.write() as tx:
        ref, _number = links.read(tx, Purpose.STOP, token)
        moment, by = now(), f"contact:{ref.contact_id}" if ref.contact_id else "link"
        if ledger.withdraw_in(tx, ref.email, how="by the link in a letter", by=by, moment=moment):
            outbox.stop_address(tx, ref.email)
            caller = Caller(by, "contact", Scope.WRITE)
            audit.record(tx, caller, "consent.withdraw", "contact", ref.contact_id or "", details={"how": "link"})
            request_id = ledger.ask_in(
                tx, RequestKind.WITHDRAWAL_RECEIPT, ref.email, ref.contact_id, "", timedelta(days=2)
            )
            letters.receipt(tx, services.settings, ref, request_id, _language(tx, ref))
        return ref, _language(tx, ref)


def _is_stopped(tx: Connection, ref: Ref) -> bool:
    from service.mail.outbox_repository import LetterPurpose

    found = ledger.may_send_in(tx, email=ref.email, purpose=LetterPurpose.OPPORTUNITIES, moment=now())
    return found.reason == "withdrawn"


def _language(tx: Connection, ref: Ref) -> str:
    contact = contacts_repository.find(tx, ref.contact_id) if ref.contact_id else None
    chamber = setup_repository.find(tx)
    return (contact.language if contact else "") or (chamber.language if chamber else "en")


# -- promises


def keep(services: Services, caller: Caller, promise_id: str, word: str = "") -> Promise:
    """Note that somebody called, and what was said, for the firm to read.

    Raises:
        NotFound: it is not there.
        Conflict: it was kept or undone already.
        Invalid: the words are too long.
    """
    word = " ".join(word.split())
    if len(word) > 500:
        raise Invalid("word", _("This is too long: expected at most %(most)s characters.", most=500))
    with services.database.write() as tx:
        promise = repository.find_promise(tx, promise_id)
        if promise is None:
            raise NotFound(_("This is not there any more."))
        if not repository.change_promise(tx, promise_id, kept_at=now(), kept_by=caller.id, word=word):
            raise Conflict(_("This was done already."))
        audit.record(tx, caller, "promise.keep", "firm", promise.firm_id, details={"promise": promise_id})
        return promise


def record_answer(services: Services, caller: Caller, item_id: str, answer: str, reason: str = "") -> None:
    """Note an answer that came by telephone or mail.

    Raises:
        NotFound: the line is not there.
        Invalid: no such answer or reason.
        Conflict: somebody was faster.
    """
    if answer not in ("yes", "no") or (answer == "no" and reason not in REASONS):
        raise Invalid("answer", _("Choose what they answered."))
    today = days.today_of(services)
    with services.database.write() as tx:
        item = lists_repository.find_item(tx, item_id)
        if item is None:
            raise NotFound(_("This is not there any more."))
        said = Said(True, "phone") if answer == "yes" else Said(False, "phone", REASONS[reason][0])
        moment = now()
        done = lists_repository.change_item(
            tx, item_id, expected=item.version, answer=answer, reason=reason or None, answered_at=moment,
            answered_by=caller.id,
        )  # fmt: skip
        if not done:
            raise Conflict(_("Somebody else answered at the same moment: look again."))
        repository.mark_answered(tx, item.list_id, moment)
        steps.firm_says_in(tx, caller, Between(item.project_id, item.firm_id, item.role), said, today)
        repository.keep_promises(tx, item.firm_id, item.project_id, by=caller.id, at=moment)
        if answer == "no":  # what they tapped before no longer holds
            _undo_opinions(tx, item, f"contact:{item.contact_id}")
        audit.record(
            tx, caller, "list.record_answer", "list", item.list_id, details={"item": item_id, "answer": answer}
        )


# -- when and what


@dataclass(frozen=True, slots=True)
class WishesShown:
    """How somebody wants their lists."""

    language: str
    rhythm: str
    paused_until: str
    quiet: tuple[str, ...]
    today: str


def read_wishes(services: Services, token: str) -> WishesShown:
    """How whoever holds a link wants their lists.

    Raises:
        LinkRefused: it opens nothing.
    """
    with services.database.read() as tx:
        contact = _reader(tx, token)
        return _wishes_in(services, tx, contact)


def change_wishes(
    services: Services, token: str, *, rhythm: str, paused_until: str, language: str, quiet: tuple[str, ...]
) -> WishesShown:
    """Change it.

    Raises:
        LinkRefused: the link opens nothing.
        Invalid: a choice is none.
        Conflict: somebody changed it at the same moment.
    """
    from service.own_page import repository as own
    from service.own_page.repository import Wishes
    from service.replies.words import rhythm_words
    from service.words import LANGUAGES

    if rhythm not in rhythm_words():
        raise Invalid("rhythm", _("Choose one of these."))
    if language not in LANGUAGES:
        raise Invalid("language", _("Choose one of the languages."))
    if any(day not in "0123456" or len(day) != 1 for day in quiet):
        raise Invalid("quiet", _("Choose one of these."))
    today = days.today_of(services)
    until = _busy_until(paused_until, today) if rhythm == "paused" else None
    with services.database.write() as tx:
        contact = _reader(tx, token)
        before = own.find_wishes(tx, contact.id)
        caller = Caller(f"contact:{contact.id}", "contact", Scope.WRITE)
        new = Wishes(
            contact.id, contact.firm_id or "", rhythm, until, ",".join(sorted(set(quiet))),
            1 if before is None else before.version + 1, caller.id, now(),
        )  # fmt: skip
        if not own.put_wishes(tx, new):
            raise Conflict(_("Somebody changed this at the same moment: look again."))
        if contact.language != language:
            changed = replace(contact, language=language, version=contact.version + 1, updated_at=now())
            contacts_repository.change(tx, changed, expected=contact.version)
            contact = changed
        audit.record(tx, caller, "contact.wishes", "contact", contact.id, details={"rhythm": rhythm})
        return _wishes_in(services, tx, contact)


def _reader(tx: Connection, token: str) -> Contact:
    ref, _number = links.read(tx, Purpose.WISHES, token)
    contact = contacts_repository.find(tx, ref.contact_id) if ref.contact_id else None
    if contact is None or contact.email != ref.email:
        raise LinkRefused
    return contact


def _wishes_in(services: Services, tx: Connection, contact: Contact) -> WishesShown:
    from service.own_page import repository as own

    found, chamber = own.find_wishes(tx, contact.id), setup_repository.find(tx)
    return WishesShown(
        language=contact.language or (chamber.language if chamber else "en"),
        rhythm=found.rhythm if found else "weekly", paused_until=(found.paused_until or "") if found else "",
        quiet=tuple(filter(None, found.quiet_days.split(","))) if found else (),
        today=days.today_of(services).isoformat(),
    )  # fmt: skip


# -- what came of it


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An introduction whose outcome is asked for."""

    introduction_id: str
    title: str
    outcome: str | None
    language: str
    state: str


# A later quote takes the place of a meeting; nothing takes the place of a quote.
_ORDER = {None: 0, "meeting": 1, "quote": 2, "order": 3}


def read_follow_up(services: Services, token: str) -> FollowUp:
    """What a link asks after; changes nothing.

    Raises:
        LinkRefused: it opens nothing.
    """
    with services.database.read() as tx:
        return _follow_up(tx, token)[0]


def answer_follow_up(services: Services, token: str, outcome: str) -> FollowUp:
    """Note what came of it, as the firm says.

    Raises:
        LinkRefused: the link opens nothing.
        Invalid: no such outcome.
    """
    if outcome not in ("meeting", "quote", "order", "nothing_yet"):
        raise Invalid("outcome", _("Choose what came of it."))
    today = days.today_of(services)
    with services.database.write() as tx:
        found, stored, contact = _follow_up(tx, token)
        caller = Caller(f"contact:{contact.id}", "contact", Scope.WRITE)
        if stored.state == "introduced" and outcome != "nothing_yet":
            if _ORDER[outcome] > _ORDER.get(stored.outcome, 0):
                value = "not_said" if outcome == "order" else None
                steps.outcome_in(tx, caller, stored, outcome, today, value_range=value, reason=None)
        else:
            audit.record(tx, caller, "introduction.asked", "introduction", stored.id, details={"outcome": outcome})
        return _follow_up(tx, token)[0]


def _follow_up(tx: Connection, token: str) -> tuple[FollowUp, introductions_repository.Introduction, Contact]:
    from service.projects import repository as projects_repository

    ref, _number = links.read(tx, Purpose.FOLLOW_UP, token)
    stored = introductions_repository.find(tx, ref.introduction_id) if ref.introduction_id else None
    contact = contacts_repository.find(tx, ref.contact_id) if ref.contact_id else None
    if stored is None or contact is None or contact.email != ref.email or ref.is_over(now()):
        raise LinkRefused
    project, chamber = projects_repository.find(tx, stored.project_id), setup_repository.find(tx)
    language = contact.language or (chamber.language if chamber else "en")
    title = project.record.title if project else ""
    return FollowUp(stored.id, title, stored.outcome, language, stored.state), stored, contact


# -- for staff


@dataclass(frozen=True, slots=True)
class PromiseShown:
    """A promise with what is needed to keep it."""

    promise: Promise
    firm_name: str
    people: tuple[Contact, ...]
    told: Told | None
    title: str


def look_at_promise(services: Services, promise_id: str) -> PromiseShown:
    """Who was promised a call about what.

    Raises:
        NotFound: it is not there.
    """
    from service.projects import repository as projects_repository

    with services.database.read() as tx:
        promise = repository.find_promise(tx, promise_id)
        if promise is None:
            raise NotFound(_("This is not there any more."))
        item = lists_repository.find_item(tx, promise.item_id) if promise.item_id else None
        firm, project = firms_repository.find(tx, promise.firm_id), projects_repository.find(tx, promise.project_id)
        people = contacts_repository.of_firms(tx, [promise.firm_id]).get(promise.firm_id, [])
    people.sort(key=lambda one: one.id != promise.contact_id)
    return PromiseShown(
        promise, firm.record.name if firm else promise.firm_id, tuple(people),
        Told.from_json(item.told) if item else None, project.record.title if project else promise.project_id,
    )  # fmt: skip


def firm_of_item(services: Services, item_id: str) -> str:
    """Address of the page of the firm that a line was told to.

    Raises:
        NotFound: it is not there.
    """
    from service.addresses import firm_address

    with services.database.read() as tx:
        item = lists_repository.find_item(tx, item_id)
    if item is None:
        raise NotFound(_("This is not there any more."))
    return firm_address(item.firm_id)
