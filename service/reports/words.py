"""What the report calls its numbers, said the same on the page and on paper."""

from __future__ import annotations

from service.introductions.words import reason_words, value_words
from service.reports.actions import Report
from service.reports.unmet import UnmetNeed
from service.words import _, ngettext


def stage_words() -> dict[str, str]:
    """The way from a firm that is told to an order, in order."""
    return {
        "told": _("Told of a project"),
        "answered": _("Answered"),
        "interested": _("Interested"),
        "introduced": _("Introduced"),
        "met": _("Met"),
        "quoted": _("Sent a quote"),
        "won": _("Won an order"),
    }


def rows_words() -> dict[str, str]:
    """Headings of the rows behind each number."""
    return {
        **stage_words(),
        "first_time": _("Firms told for the first time"),
        "small": _("Firms with fewer than 50 people that were told"),
        "kept": _("Promises kept on time"),
        "late": _("Promises that were late"),
        "days": _("Days from the brief to the first firm told"),
        "waiting": _("Briefs of which no firm was told yet"),
    }


def told_line(report: Report) -> str:
    """Who was told."""
    if not report.n_firms:
        return _("No firm was told of a project in this period.")
    firms = ngettext("%(num)s firm was told of a project", "%(num)s firms were told of a project", report.n_firms)
    members = ngettext("%(num)s of them is a member", "%(num)s of them are members", report.n_members)
    return _("%(firms)s; %(members)s.", firms=firms, members=members)


def days_line(report: Report) -> str:
    """How long it took until somebody was told."""
    dated, waiting = report.count("days"), report.count("waiting")
    if report.median_days is None and not waiting:
        return _("No brief came in during this period.")
    said = []
    if report.median_days is not None:
        n_days = int(report.median_days + 0.5)
        days = ngettext("%(num)s day", "%(num)s days", n_days)
        said.append(
            _("%(days)s from the brief until the first firm was told.", days=days) if dated == 1 else
            _("Half of %(num)s briefs took %(days)s or less until the first firm was told.", num=dated, days=days)
        )  # fmt: skip
    if waiting:
        said.append(ngettext(
            "For %(num)s brief no firm was told yet.", "For %(num)s briefs no firm was told yet.", waiting
        ))  # fmt: skip
    return " ".join(said)


def promises_line(report: Report) -> str:
    """How many promises were kept."""
    kept, total = report.count("kept"), report.count("kept") + report.count("late")
    if not total:
        return _("Nothing was promised for a day in this period.")
    return ngettext("%(kept)s of %(num)s promise kept on time.", "%(kept)s of %(num)s promises kept on time.", total,
                    kept=kept)  # fmt: skip


def shown_line(report: Report) -> str:
    """How widely firms stood on lists."""
    if not report.shown.n_firms:
        return _("No firm stood on a call list in this period.")
    return ngettext(
        "%(num)s firm stood on a call list.", "%(num)s different firms stood on call lists.", report.shown.n_firms
    )  # fmt: skip


def often_words(n_projects: int, times: int) -> str:
    """How often a firm was shown."""
    projects = ngettext("for %(num)s project", "for %(num)s projects", n_projects)
    said = ngettext("%(num)s time", "%(num)s times", times)
    return _("%(times)s, %(projects)s", times=said, projects=projects)


def counted_words(report: Report) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Reasons of a no, and ranges of orders, each with its count."""
    reasons, values = reason_words(), value_words()
    return (
        [(reasons.get(code, code), n) for code, n in report.reasons],
        [(values.get(code, code), n) for code, n in report.values],
    )


def gap_words(need: UnmetNeed) -> str:
    """Whether it is a gap."""
    if need.is_gap:
        return _("A real gap: we know most firms well enough, and none says so.")
    return _("We don’t know our members well enough to say.")


def pool_words(need: UnmetNeed) -> str:
    """What that is said from."""
    firms = ngettext("Of %(num)s firm that was looked at", "Of %(num)s firms that were looked at", need.n_firms)
    little = ngettext("we know too little about %(num)s", "we know too little about %(num)s", need.n_little)
    return _("%(firms)s, %(little)s.", firms=firms, little=little)
