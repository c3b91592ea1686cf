"""Rankings and their reasons in words and tables, for people."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten

from rich import box
from rich.table import Table

from matcher.commands.console import BAND_WORDS, note, out, plain, say
from matcher.types import (
    Evidence,
    Filters,
    Match,
    MatchResult,
    NeedMatch,
    NeedState,
    Opportunity,
    Origin,
    Project,
    Role,
    UnknownPolicy,
    WhyNot,
)

FEATURE_WORDS = {
    "base": "where every firm starts",
    "words_whole": "words shared with the whole text",
    "likeness_whole": "likeness of meaning to the whole text",
    "words_parts": "words shared with the parts of the text it fits best",
    "likeness_parts": "likeness of meaning to the parts of the text it fits best",
    "words_needs": "words shared with the needs",
    "likeness_needs": "likeness of meaning to the needs",
    "serves_plants": "likeness to what any plant buys",
    "phrases_whole": "words of the text side by side",
    "likeness_profile": "likeness to all that the firm says",
    "shared_things": "processes, materials and products that both name",
    "profile_length": "the length of its profile",
    "only_sells": "it sells what others make",
    "off_topic": "it teaches or serves households",
}
FILTER_WORDS = {
    "not_a_candidate": "no candidates (chamber, funder, association)",
    "already_in": "already in",
    "region": "outside the region",
    "within_km": "too far",
    "certification": "without the certificate",
    "naics": "in another industry",
    "size": "of another size",
    "membership": "of the other membership",
}
STATE_WORDS = {NeedState.FOUND: "found", NeedState.GUESSED: "guessed", NeedState.NOT_KNOWN: "not known"}


def show_result(
    project: Project, result: MatchResult, roles: Sequence[Role], filters: Filters, *, explain: bool
) -> None:
    """Print a result: what was left out, each role's ranking, and where nobody fits, that."""
    say(project.title, style="bold")
    say(_counts(result, filters))
    if result.already_in:
        say(f"already in, so not ranked: {', '.join(result.already_in)}")
    if result.distance_from:
        say(f"distances are town to town, from {result.distance_from}")
    for role in roles:
        say("")
        found: tuple[Match, ...] = getattr(result, role.value)
        ask: tuple[Match, ...] = getattr(result.ask, role.value)
        if role.value in result.nobody:
            say(f"{role.value}: {result.nobody[role.value]}", style="bold")
            if found or ask:
                say("The nearest, all the same:")
        if found:
            _show_matches(f"As {role.value}", found, explain=explain)
        if ask:
            _show_matches(f"As {role.value}, ask first: what a filter asks for is not stated", ask, explain=explain)
    for warning in result.warnings:
        note(warning)


def _counts(result: MatchResult, filters: Filters) -> str:
    """How many firms pass, and how many each filter left out or does not know."""
    parts = []
    apart = "left out" if filters.unknown is UnknownPolicy.EXCLUDE else "listed apart"
    for removed in result.removed:
        words = FILTER_WORDS.get(removed.filter, removed.filter)
        if removed.n_fails:
            parts.append(f"{removed.n_fails} {words}")
        if removed.n_not_stated:
            parts.append(f"{removed.n_not_stated} do not state {removed.filter.replace('_', ' ')} ({apart})")
    firms = "1 firm passes" if result.n_eligible == 1 else f"{result.n_eligible} firms pass"
    return f"{firms}; not among them: {', '.join(parts)}" if parts else firms


def _show_matches(title: str, rows: Sequence[Match], *, explain: bool) -> None:
    say(title, style="bold")
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("firm (id)", overflow="fold")
    table.add_column("town", overflow="fold")
    table.add_column("distance")
    table.add_column("call?", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            str(row.rank),
            f"{plain(row.name)} ({row.firm_id})",
            plain(row.city or "not stated"),
            _distance(row.distance_km),
            BAND_WORDS[row.band],
            f"{row.score:.2f}",
        )
    out.print(table)
    for row in rows if explain else ():
        _explain(row, f"{row.rank}. {row.name}")


def _distance(km: float | None) -> str:
    """A distance as a table has room for; that it is town to town stands above the tables."""
    if km is None:
        return "not known"
    return "same town" if km == 0 else f"about {max(5, 5 * round(km / 5))} km"


def _explain(match: Match, title: str) -> None:
    """Print why a firm stands where it does: each need with its quotes, what to ask, and what counted."""
    say(title, style="bold")
    if match.not_stated:
        say(f"does not state: {', '.join(name.replace('_', ' ') for name in match.not_stated)}", indent=3)
    shown: set[tuple[str, int]] = set()
    for need in match.needs:
        if need.state is not NeedState.NOT_KNOWN:
            _explain_need(need, shown)
    if unknown := [plain(need.text) for need in match.needs if need.state is NeedState.NOT_KNOWN]:
        say(f"not known: {'; '.join(unknown)}", indent=3)
    _show_questions(match, indent=3)
    counted = ", ".join(
        f"{FEATURE_WORDS.get(c.feature, c.feature.replace('_', ' '))} {c.logit:+.2f}"
        for c in match.contributions
        if round(c.logit, 2)
    )
    say(f"what counted: {counted}; together {match.score:+.2f}", indent=3)
    say("")


def _show_questions(match: Match, *, indent: int = 0) -> None:
    """Print what to ask first; all questions are in the result that ``--json`` prints."""
    from matcher.questions import first_questions  # with the vocabulary, which most commands do not need

    for question in first_questions(match.needs):
        say(f"ask: {question}", indent=indent)


def _explain_need(need: NeedMatch, shown: set[tuple[str, int]]) -> None:
    """Print one need; a quote that stands above already is only named."""
    origin = "" if need.origin is Origin.STATED else " (we guess that this is needed)"
    say(f"{STATE_WORDS[need.state]}: {need.text}{origin}", indent=3)
    for quote in need.evidence:
        place = (quote.statement_id, quote.start)
        if place in shown:
            say(f'"{shorten(quote.quote, 50, placeholder=" …")}" (quoted above)', indent=6)
            continue
        shown.add(place)
        say(f'"{quote.quote}"', indent=6)
        say(f"{_origin(quote)}; without it the score would be {quote.without_it:+.2f}", indent=6, style="dim")


def _origin(quote: Evidence) -> str:
    """Who said a quote and when, and whether the firm stands by it; of many addresses the first."""
    first, *more = (quote.source or "source not stated").split("; ")
    others = f" and {len(more)} more" if more else ""
    return f"{first}{others}, {quote.date or 'undated'}, {'confirmed' if quote.confirmed else 'not confirmed'}"


def show_why_not(found: WhyNot) -> None:
    """Print a firm's place, the one reason, the nearest quote, and what to ask."""
    place = f"number {found.rank} of {found.n_ranked}" if found.rank else "not ranked"
    say(f"{found.firm_id} as {found.role.value}: {place}. {found.text}")
    if found.nearest:
        say(f'nearest: "{found.nearest.quote}"')
        say(_origin(found.nearest), indent=9, style="dim")
    if found.match:
        _show_questions(found.match)


def show_opportunities(
    firm_id: str, found: Sequence[Opportunity], *, n_open: int, n_projects: int, explain: bool
) -> None:
    """Print a firm's list, or why it is empty."""
    if not found:
        say(f"no open project reaches Maybe for {firm_id}: {n_open} of {n_projects} projects are open")
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("project (id)", overflow="fold")
    for column in ("as", "place", "call?", "closes"):
        table.add_column(column, no_wrap=True)
    for item in found:
        table.add_row(
            f"{plain(item.title)} ({item.project_id})",
            item.role.value,
            f"{item.rank} of {item.n_ranked}",
            BAND_WORDS[item.match.band],
            item.closes or "not stated",
        )
    out.print(table)
    for item in found if explain else ():
        _explain(item.match, f"{item.title}, as {item.role.value}")
