"""The report of a period, the rows behind its numbers, and the report as a PDF."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Request
from fastapi.responses import Response

from service.clock import now
from service.context import Services
from service.deps import ServicesDep
from service.errors import IndexNotReady, NotFound
from service.introductions import days
from service.introductions.words import role_words
from service.pages import Form, PageUser, VisitDep, page_router, render
from service.pages.formats import format_date
from service.reports import actions, words
from service.reports.document import report_pdf
from service.reports.lists import numbers_of
from service.reports.period import Period, read_period
from service.reports.unmet import Unmet, unmet_needs
from service.words import _

router = page_router("/reports")
First = Annotated[str | None, Query(alias="from", max_length=20)]
Last = Annotated[str | None, Query(alias="to", max_length=20)]
MOST_ROWS = 500


@router.get("")
def report(
    request: Request, services: ServicesDep, _caller: PageUser,
    first: First = None, last: Last = None,
) -> Response:  # fmt: skip
    """The page."""
    period, faults = read_period(first, last, days.today_of(services))
    form = _form(period, first, last)
    for name, message in faults.items():
        form.wrong(name, message)
    found = actions.make_report(services, period)
    reasons, values = words.counted_words(found)
    return render(
        request, "reports/report.html", 422 if faults else 200, report=found, form=form, words=words,
        stages=words.stage_words(), reasons=reasons, values=values, query=period.query(), choices=_choices(services),
        unmet=_unmet(services, only_known=True), period=period_words(services, period),
        lists=numbers_of(services, period.span(_zone(services))),
    )  # fmt: skip


@router.get("/unmet")
def unmet(request: Request, services: ServicesDep, _caller: PageUser) -> Response:
    """What nobody offers, worked out now: a part of the report, and a page of its own without scripts."""
    part = request.headers.get("HX-Request") == "true"
    template = "reports/unmet.html" if part else "reports/unmet_page.html"
    return render(request, template, unmet=_unmet(services, only_known=False), words=words)


@router.get("/report.pdf")
def as_pdf(
    services: ServicesDep, _caller: PageUser, visit: VisitDep,
    first: First = None, last: Last = None,
) -> Response:  # fmt: skip
    """The page on paper."""
    period, faults = read_period(first, last, days.today_of(services))
    if faults:
        raise NotFound(" ".join(faults.values()))
    found = actions.make_report(services, period)
    data = report_pdf(
        found, _unmet(services, only_known=False), chamber=visit.chamber.name if visit.chamber else _("The chamber"),
        period=period_words(services, period), day=_day(services, now().astimezone(_zone(services)).date()),
    )  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="report.pdf"'}
    return Response(data, media_type="application/pdf", headers=headers)


@router.get("/{name}")
def rows(
    request: Request, services: ServicesDep, _caller: PageUser, name: str,
    first: First = None, last: Last = None,
) -> Response:  # fmt: skip
    """The rows behind one number."""
    period, faults = read_period(first, last, days.today_of(services))
    if faults:
        raise NotFound(" ".join(faults.values()))
    found = actions.rows_of(services, period, name)
    return render(
        request, "reports/rows.html", title=words.rows_words()[name], name=name, rows=found[:MOST_ROWS],
        n_rows=len(found), query=period.query(), roles=role_words(), period=period_words(services, period),
    )  # fmt: skip


def period_words(services: Services, period: Period) -> str:
    """A period in words."""
    first, last = (_day(services, day) if day else "" for day in (period.first, period.last))
    if first and last:
        return _("From %(first)s to %(last)s", first=first, last=last)
    if first:
        return _("Since %(first)s", first=first)
    return _("Until %(last)s", last=last) if last else _("From the beginning until today")


def _form(period: Period, first: str | None, last: str | None) -> Form:
    typed = {"from": first, "to": last}
    known = {"from": str(period.first or ""), "to": str(period.last or "")}
    return Form(**{name: known[name] if typed[name] is None else str(typed[name]) for name in typed})


def _choices(services: Services) -> list[tuple[str, str]]:
    """Periods that are asked for often, as addresses with their words."""
    today = days.today_of(services)
    spans = {30: _("Last 30 days"), 90: _("Last 90 days"), 365: _("Last 12 months")}
    found = [(Period(today - timedelta(days=n), today).query(), label) for n, label in spans.items()]
    return [*found, (Period(None, None).query(), _("Everything"))]


def _unmet(services: Services, *, only_known: bool) -> Unmet | None:
    try:
        return unmet_needs(services, only_known=only_known)
    except IndexNotReady:
        return None


def _zone(services: Services) -> ZoneInfo:
    return ZoneInfo(services.settings.timezone)


def _day(services: Services, day: date) -> str:
    return format_date(day, zone=_zone(services))
