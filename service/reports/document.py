"""The report on paper: numbers only, no names of firms, so that it can be handed on."""

from __future__ import annotations

from service.reports import words
from service.reports.actions import STAGES, Report
from service.reports.unmet import Unmet
from service.words import _, language


def report_pdf(report: Report, unmet: Unmet | None, *, chamber: str, period: str, day: str) -> bytes:
    """The report as a PDF.

    Args:
        report: the numbers.
        unmet: needs that nobody meets; None where they are not known yet.
        chamber: whose report it is.
        period: in words.
        day: on which it was made, in words.
    """
    # Loading it takes a while, and most processes never make a document.
    from service.pdf import Heading, Piece, Rows, Text, make_pdf

    def counted(found: list[tuple[str, int]]) -> Rows:
        return Rows((), tuple((text, str(n)) for text, n in found), (0.75, 0.25))

    said = words.stage_words()
    reasons, values = words.counted_words(report)
    pieces: list[Piece] = [
        Text(period, is_small=True),
        Text(words.told_line(report)),
        Rows((), tuple((said[name], str(report.count(name))) for name in STAGES), (0.75, 0.25)),
    ]
    if values:
        pieces += [Heading(_("What the orders are worth")), counted(values)]
    if reasons:
        pieces += [Heading(_("Why not")), counted(reasons)]
    reached = [
        (words.rows_words()["small"], str(report.count("small"))),
        (words.rows_words()["first_time"], str(report.count("first_time"))),
    ]
    pieces += [
        Heading(_("How fast we were")), Text(words.days_line(report)), Text(words.promises_line(report)),
        Heading(_("Whom we reached")), Rows((), tuple(reached), (0.75, 0.25)), Text(words.shown_line(report)),
    ]  # fmt: skip
    if unmet is not None:
        pieces.append(Heading(_("What nobody here offers")))
        rows = tuple((need.text, words.gap_words(need)) for need in unmet.needs)
        pieces.append(Rows((), rows, (0.5, 0.5)) if rows else Text(_("Every need of the open projects has a firm.")))
    foot = _("%(chamber)s, made on %(day)s", chamber=chamber, day=day)
    return make_pdf(_("Report"), pieces, author=chamber, language=language(), foot=foot)
