"""One list → its letter, in the language of whoever reads it, put into the outbox with its rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from matcher import Firm, Need
from service import words
from service.accounts import repository as accounts_repository
from service.clock import now
from service.consent import ledger
from service.mail import links
from service.mail.compose import Content, compose
from service.mail.links import Purpose
from service.mail.outbox_repository import Letter, LetterPurpose, LetterState, put_in
from service.opportunities import repository
from service.opportunities.picking import Picked
from service.opportunities.repository import FirmList, Item
from service.opportunities.told import Told
from service.pages import formats
from service.settings import Settings
from service.setup import repository as setup_repository
from service.setup.repository import Chamber
from service.words import _, ngettext

if TYPE_CHECKING:
    from service.opportunities.making import Draft

# An answer is taken a little after the day, and never half a year later.
ANSWER_DAYS, MOST_ANSWER_DAYS = 14, 90
FACTS = ("part", "material", "size", "tolerance", "quantity", "certificate", "by", "buyer")
MOST_LINES = 6


def facts_of(need: Need | None) -> dict[str, str | None]:
    """What is known of a need beside its words; None is not known yet."""
    return {name: getattr(need, name) if need is not None else None for name in FACTS}


def said_by(source: str | None, day: str | None) -> str:
    """Who said it and when, as a letter says it to the firm itself."""
    if not day:
        return ""
    try:
        return formats.format_date(date.fromisoformat(day[:10]), "medium", zone=ZoneInfo("UTC"))
    except ValueError:
        return ""


def fact_words() -> dict[str, str]:
    """Facts of a need, as letters call them."""
    return {
        "part": _("Part"), "material": _("Material"), "size": _("Size"), "tolerance": _("Tolerance"),
        "quantity": _("How many"), "certificate": _("Certificate"), "by": _("By when"), "buyer": _("Who buys"),
    }  # fmt: skip


def add(
    tx: Connection, settings: Settings, *, run_id: str, list_id: str, draft: Draft, firm: Firm,
    lines: Sequence[tuple[Picked, Told]], language: str, officer_id: str, model: str, n_looked: int, question: str,
    at_once: bool, today: date,
) -> None:  # fmt: skip
    """Store a list, what stands on it, and its letter.

    Args:
        tx: a writing transaction.
        settings: for the addresses in the letter.
        run_id: what it belongs to.
        list_id: its id to be.
        draft: for whom.
        firm: theirs.
        lines: what stands on it.
        language: of the letter.
        officer_id: who dealt with the firm last; empty is who signs for the chamber.
        model: what ranked it.
        n_looked: projects that were looked at.
        question: what is asked where nothing fits.
        at_once: let it go without a person.
        today: where the chamber is.
    """
    person, moment = draft.person, now()
    chamber = setup_repository.find(tx)
    officer = accounts_repository.find_user(tx, officer_id) if officer_id else None
    ref = links.add_ref(
        tx, email=person.email, contact_id=person.contact_id, firm_id=firm.id, list_id=list_id,
        expires_at=_answer_until(lines, moment, today),
    )  # fmt: skip
    # The link that stops letters never ends (CASL s. 11(2) asks for sixty days).
    forever = links.add_ref(tx, email=person.email, contact_id=person.contact_id, firm_id=firm.id, list_id=list_id)
    shown = [
        {"told": told, "role": one.chance.role, "news": one.news.value, "closes": one.chance.closes}
        | {what: links.address(tx, settings, ref, Purpose(what), n) for what in ("yes", "no", "colleague")}
        for n, (one, told) in enumerate(lines)
    ]
    stop = links.address(tx, settings, forever, Purpose.STOP)
    content = _letter(
        settings, draft.kind, language, draft=draft, firm=firm, chamber=chamber, officer=officer, items=shown,
        n_looked=n_looked, question=question, stop=stop, wishes=links.address(tx, settings, forever, Purpose.WISHES),
        page=links.address(tx, settings, ref, Purpose.PAGE),
    )  # fmt: skip
    body = {"n_looked": n_looked, "question": question if draft.kind == "question" else ""}
    state = "released" if at_once else "ready"
    repository.add_list(
        tx,
        FirmList(
            list_id, run_id, person.contact_id, firm.id, draft.period, draft.kind, language, content.subject, body,
            state, None, draft.is_first, officer_id, moment, None, None, None,
        ),
        [
            Item(
                str(uuid.uuid4()), list_id, firm.id, person.contact_id, one.chance.project_id, one.chance.role, n,
                one.news.value, one.chance.fingerprint, one.chance.band, f"{one.chance.score:.4f}", model,
                told.to_json(), None, None, None, None, None, 1,
            )
            for n, (one, told) in enumerate(lines)
        ],
    )  # fmt: skip
    put_in(
        tx,
        Letter(
            key=f"list:{person.contact_id}:{draft.period}", kind=draft.kind, purpose=LetterPurpose.OPPORTUNITIES,
            email=person.email, language=language, subject=content.subject, text=content.text, html=content.html,
            sender_name=_sender(chamber, officer), reply_to=_reply_to(chamber, officer), unsubscribe=stop,
            contact_id=person.contact_id, list_id=list_id,
            state=LetterState.QUEUED if at_once else LetterState.HELD,
        ),
    )  # fmt: skip


def _letter(
    settings: Settings, kind: str, language: str, *, draft: Draft, firm: Firm, chamber: Chamber | None,
    officer: accounts_repository.User | None, items: Sequence[dict[str, object]], n_looked: int, question: str,
    stop: str, wishes: str, page: str,
) -> Content:  # fmt: skip
    before = words.language()
    words.use_language(language)
    try:
        why = ledger.why_words(draft.permission)
        facts = fact_words()
        subject = _subject(items, language)
    finally:
        words.use_language(before)
    lines = [statement.text for statement in firm.statements if statement.confirmed][:MOST_LINES]
    return compose(
        settings, kind, language, line=subject, items=items, facts=facts, firm_name=firm.name, lines=lines,
        n_looked=n_looked, question=question, chamber=chamber, officer=officer, why=why, stop=stop, wishes=wishes,
        page=page,
    )  # fmt: skip


def _subject(items: Sequence[dict[str, object]], language: str) -> str:
    """The job, its place and its day: "Aluminium housings, Oakville, quotes by 12 Dec"."""
    if not items:
        return ""
    told, closes = items[0]["told"], items[0]["closes"]
    assert isinstance(told, Told)
    line = told.title
    if isinstance(closes, date):
        day = formats.format_day_month(closes)
        is_supplier = items[0]["role"] == "supplier"
        line += ", " + (_("quotes by %(day)s", day=day) if is_supplier else _("answers by %(day)s", day=day))
    more = len(items) - 1
    return line + (" " + ngettext("(and %(num)s more)", "(and %(num)s more)", more) if more else "")


def _answer_until(lines: Sequence[tuple[Picked, Told]], moment: datetime, today: date) -> datetime:
    last = max((one.chance.closes for one, _told in lines if one.chance.closes), default=None)
    until = min(last or today + timedelta(days=60), today + timedelta(days=MOST_ANSWER_DAYS - ANSWER_DAYS))
    return datetime.combine(max(until, today) + timedelta(days=ANSWER_DAYS), time(), tzinfo=moment.tzinfo)


def _sender(chamber: Chamber | None, officer: accounts_repository.User | None) -> str:
    name = officer.name if officer else chamber.signer_name if chamber else ""
    return f"{name}, {chamber.name}" if chamber and name else (chamber.name if chamber else name)


def _reply_to(chamber: Chamber | None, officer: accounts_repository.User | None) -> str:
    return officer.email if officer else chamber.signer_email if chamber else ""
