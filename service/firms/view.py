"""A firm as its page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matcher import Firm, Statement
from service.accounts import staff
from service.db import Database
from service.firms import notes
from service.firms.notes_repository import Confirmation
from service.firms.words import done_words, group_words, source_link, source_words, told_words
from service.projects import repository as projects_repository
from service.words import _


@dataclass(frozen=True, slots=True)
class Row:
    """One statement with where it comes from.

    Attributes:
        said: who said so, in words.
        link: the page that it was read from, or empty.
        confirmed_by: how it was confirmed and who noted it; empty when nobody did, or nobody wrote it down.
    """

    statement: Statement
    said: str
    link: str
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class Group:
    """Statements under one heading."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """One line of a firm's history."""

    at: object
    words: str
    who: str
    how: str


def groups_of(database: Database, firm: Firm) -> list[Group]:
    """Statements of a firm under their headings, the confirmed ones first."""
    confirmations = notes.confirmations_of(database, firm.id)
    names = staff.names_of(database, {one.actor for one in confirmations.values()})
    found: dict[str, list[Row]] = {}
    headings = group_words()
    for kind, title in headings.items():
        for statement in sorted(firm.of_kind(kind), key=lambda one: not one.confirmed):
            found.setdefault(title, []).append(_row(statement, confirmations.get(statement.id), names))
    return [Group(title, tuple(rows)) for title, rows in found.items()]


def _row(statement: Statement, confirmation: Confirmation | None, names: Mapping[str, str]) -> Row:
    by = ""
    if statement.confirmed and confirmation is not None:
        parts = (told_words().get(confirmation.how, confirmation.how), names.get(confirmation.actor, ""))
        by = ", ".join(part for part in parts if part)
    return Row(statement, source_words(statement.source), source_link(statement.source), by)


def history_of(database: Database, rows: Sequence[Mapping[str, object]]) -> list[Done]:
    """What was done with a firm, in words.

    Args:
        database: knows the staff's names.
        rows: of the audit, newest first.
    """
    names = staff.names_of(database, {str(row["actor"]) for row in rows})
    found = []
    for row in rows:
        details = row["details"]
        assert isinstance(details, dict)
        how = str(details.get("note") or "") if str(row["action"]).startswith("statement.") else ""
        found.append(
            Done(
                row["at"],
                done_words(str(row["action"]), details),
                _("the firm itself") if str(row["actor"]).startswith("contact:") else names.get(str(row["actor"]), ""),
                told_words().get(how, how),
            )
        )
    return found


def titles_of(database: Database, project_ids: Iterable[str]) -> dict[str, str]:
    """Titles of projects by id; those that are not there any more are left out."""
    with database.read() as tx:
        found = projects_repository.find_many(tx, set(project_ids))
    return {key: stored.record.title for key, stored in found.items()}
