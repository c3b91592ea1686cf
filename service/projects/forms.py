"""Between the form of a project and its record."""

from __future__ import annotations

import re
from typing import Any

from matcher import Project
from service.context import Services
from service.firms import repository as firms_repository
from service.pages import Difference, Form
from service.projects import words
from service.projects.schemas import MOST_NEEDS
from service.records import fold_text
from service.words import _

MOST_TEXT = 100_000
MOST_LINES = 200
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_NUMBERED = re.compile(r"^\s*(?:[-–•*]|\d{1,3}[.)])\s+")
# Fields of plain text with the most characters of each.
TEXTS = {"title": 300, "description": MOST_TEXT, "city": 100, "province": 100, "lead": 300, "cluster": 200}
DATES = ("closes", "announced")
SUMS = ("total_cad", "cluster_cad")
LISTS = ("technologies", "partners", "sources")


def labels() -> dict[str, str]:
    """Names of the fields."""
    return {
        "title": _("Title"),
        "description": _("What the project is about"),
        "needs": _("What they need"),
        "technologies": _("Technologies and materials"),
        "stage": _("Stage"),
        "closes": _("Closes on"),
        "city": _("Town"),
        "province": _("Province"),
        "lead": _("Who leads it"),
        "partners": _("Who is in already"),
        "announced": _("Announced on"),
        "cluster": _("Programme"),
        "total_cad": _("Whole budget, in dollars"),
        "cluster_cad": _("Part paid by the programme, in dollars"),
        "sources": _("Where we have it from"),
    }


def read_project(form: Form, services: Services) -> dict[str, Any]:
    """The row that a form says; what is wrong is noted beside its field."""
    row: dict[str, Any] = {}
    for name, most in TEXTS.items():
        required = _("Write a title, such as “Aluminium housings for an EV inverter”.") if name == "title" else ""
        row[name] = form.text(name, required=required, most=most) or None
    row["description"] = row["description"] or ""
    row["stage"] = form.choice("stage", words.stage_words())
    for name in DATES:
        row[name] = _date(form, name)
    for name in SUMS:
        found = form.number(name, most=10**12)
        row[name] = None if found is None else float(found)
    for name in LISTS:
        row[name] = _lines(form, name)
    with services.database.read() as tx:
        known = {fold_text(row["lead"] or ""), *map(fold_text, row["partners"])} - {""}
        ids = {}
        for name in known:
            exact = [one.id for one in firms_repository.list_firms(tx, after=None, limit=50, q=name)
                     if fold_text(one.record.name) == name]  # fmt: skip
            if len(exact) == 1:
                ids[name] = exact[0]
    row["lead"] = ids.get(fold_text(row["lead"] or ""), row["lead"])
    row["partners"] = [ids.get(fold_text(name), name) for name in row["partners"]]
    return row


def read_needs(form: Form) -> list[dict[str, Any]]:
    """One need a line, in the order in which they were typed, each once."""
    texts = list(dict.fromkeys(_lines(form, "needs")))
    if len(texts) > MOST_NEEDS:
        form.wrong("needs", _("These are %(n)s lines: a project has at most %(most)s needs.",
                              n=len(texts), most=MOST_NEEDS))  # fmt: skip
    return [{"text": text} for text in texts]


def form_of(project: Project, version: int, names: dict[str, str]) -> Form:
    """The form of a project that is here.

    Args:
        project: the record.
        version: of it.
        names: of firms by id: people read names.
    """
    values: dict[str, object] = {name: getattr(project, name) or "" for name in (*TEXTS, *DATES)}
    values |= {name: "" if (value := getattr(project, name)) is None else f"{value:.0f}" for name in SUMS}
    values["lead"] = names.get(project.lead or "", project.lead or "")
    values |= {name: "\n".join(names.get(one, one) for one in getattr(project, name)) for name in LISTS}
    return Form(stage=project.stage.value, version=version, **values)


def differences(form: Form, held: Form) -> list[Difference]:
    """What was typed beside what is stored, for a stale edit."""
    stages = words.stage_words()
    found = []
    for name, label in labels().items():
        typed, stored = form.value(name), held.value(name)
        if name == "stage":
            typed, stored = stages.get(typed, typed), stages[stored]
        if name != "needs":
            found.append(Difference(label, typed, stored))
    return found


def _date(form: Form, name: str) -> str | None:
    given = form.value(name).strip()
    if not given:
        return None
    if not _DATE.fullmatch(given):
        form.wrong(name, _("Write the date as year, month and day: 2027-03-31. A month, 2027-03, will do too."))
        return None
    return given


def _lines(form: Form, name: str) -> list[str]:
    """Lines without blanks and the bullets that people paste with them."""
    lines = [_NUMBERED.sub("", line).strip() for line in form.value(name).split("\n")]
    kept = [line for line in lines if line]
    if len(kept) > MOST_LINES:
        form.wrong(name, _("These are %(n)s lines: expected at most %(most)s.", n=len(kept), most=MOST_LINES))
    if any(len(line) > 2000 for line in kept):
        form.wrong(name, _("One of these lines is too long: write at most 2000 characters."))
    return kept
