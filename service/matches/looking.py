"""*Looking for a firm?*: its place on a project's list, and the one reason that it is not higher."""

from __future__ import annotations

from dataclasses import dataclass

from matcher import Filters, Firm, Match, Matcher, NeedState, Project, Role, UnknownRecord, WhyNot, project_needs
from service.context import Services
from service.firms import actions as firm_actions
from service.matches import repository, words
from service.matches.cards import Card, Why, card_of, why_from
from service.matches.counts import known_region
from service.matches.decided import Decided, read_decided
from service.matches.params import PanelParams
from service.matches.speaking import in_language
from service.records import Stored
from service.words import _

MOST_FOUND = 10
# How alike a name must be to be offered as "did you mean", out of 100.
ALIKE = 72


@dataclass(frozen=True, slots=True)
class Place:
    """Where one firm stands for a project in one role.

    Attributes:
        version: of the firm's record.
        rank: its number, or None when it is not ranked.
        n_ranked: how many are.
        band: name of its band, or empty.
        reason: the one reason that it is not higher, in words.
        card: with why, not known and ask; None when it is not ranked.
        nearest: the quote that comes nearest to the project, if the card has none.
        is_picked: it was added by hand.
        is_blocked: staff took it off: nothing can be added before that is undone.
    """

    firm: Firm
    version: int
    role: Role
    rank: int | None
    n_ranked: int
    band: str
    reason: str
    card: Card | None
    nearest: Why | None
    is_picked: bool
    is_blocked: bool


def find_firms(services: Services, text: str) -> tuple[list[Firm], bool]:
    """Firms whose name or town holds a text, best first.

    Returns:
        At most ``MOST_FOUND``, and whether they are only alike.
    """
    if not text.strip():
        return [], False
    with services.database.read() as tx:
        found = [stored.record for stored in repository.firms_named(tx, text, MOST_FOUND)]
        if found:
            return found, False
        return [stored.record for stored in repository.firms_alike(tx, text, MOST_FOUND, ALIKE)], True


def place_of(services: Services, stored: Stored[Project], firm_id: str, params: PanelParams) -> Place:
    """Where a firm stands.

    Raises:
        NotFound: no such firm.
    """
    project, role = stored.record, params.role or Role.SUPPLIER
    if not words.takes_partners(project.stage):
        role = Role.SUPPLIER
    firm = firm_actions.get_firm(services, firm_id)
    decided = read_decided(services, project.id, role)
    filters = params.filters(known_region(decided.region))
    found = ranked(services.follower.fresh(), project, firm_id, role, filters)
    blocked = _blocked(decided, firm_id)
    card = None
    if found and found.match:
        said = in_language(found.match, {need.id: need for need in project_needs(project)})
        card = card_of(said, firm.record, filters, opinion=decided.opinions.get(firm_id))
    return Place(
        firm=firm.record, version=firm.version, role=role, rank=found.rank if found else None,
        n_ranked=found.n_ranked if found else 0, band=card.band if card else "",
        reason=blocked or (_reason(found, firm.record, filters, card) if found else _("It was added just now.")),
        card=card, nearest=why_from(found.nearest) if found and found.nearest and not (card and card.why) else None,
        is_picked=any(pick.firm_id == firm_id for pick in decided.picks), is_blocked=bool(blocked),
    )  # fmt: skip


def ranked(matcher: Matcher, project: Project, firm_id: str, role: Role, filters: Filters) -> WhyNot | None:
    """The library's answer; None for a firm that is not in the index yet."""
    try:
        return matcher.why_not(project, firm_id, role, filters=filters)
    except UnknownRecord:
        return None


def standing(services: Services, project: Project, firm_id: str, params: PanelParams) -> tuple[str, int | None]:
    """Band and number of a firm now, to be compared with what they are after a change."""
    role = params.role or Role.SUPPLIER
    decided = read_decided(services, project.id, role)
    found = ranked(
        services.follower.fresh(), project, firm_id, role, params.filters(known_region(decided.region))
    )  # fmt: skip
    match: Match | None = found.match if found else None
    return (words.band_words(match.band) if match else "", match.rank if match else None)


def change_words(before: tuple[str, int | None], after: tuple[str, int | None]) -> str:
    """What a new statement has changed for this project."""
    if before == after:
        return _("Written down. For this project nothing changed.")

    def said(standing: tuple[str, int | None]) -> str:
        band, rank = standing
        return _("%(band)s, number %(rank)s", band=band, rank=rank) if rank else _("not ranked")

    return _("Written down. Before: %(before)s. Now: %(after)s.", before=said(before), after=said(after))


def _blocked(decided: Decided, firm_id: str) -> str:
    if any(apart.firm_id == firm_id for apart in decided.apart):
        return _("You keep it apart from this project. Undo that on the project's page first.")
    if firm_id in decided.hidden:
        verdict = words.verdict_words(decided.hidden[firm_id].verdict)
        return _("It is hidden for this project by your opinion: %(verdict)s.", verdict=verdict)
    if firm_id in decided.unfit:
        return _("You sorted it as “probably not”, or archived it. Change that on the firm's page.")
    return ""


def _reason(found: WhyNot, firm: Firm, filters: Filters, card: Card | None) -> str:
    lines = card.states.values() if card else ()
    unmet = [line.text for line in lines if line.state == NeedState.NOT_KNOWN.value and not line.is_part]
    return words.reason_words(found, firm.name, filters, unmet)
