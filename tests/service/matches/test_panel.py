import dataclasses
import json

import pytest
from desk_records import LEAK, PAINT, WELD
from starlette.datastructures import QueryParams

from matcher import Evidence, MatchConfig, NeedMatch, NeedRole, NeedState, Origin, Role, Stage, StatementKind
from matcher.scoring import FEATURES
from service.clock import now
from service.desk_tables import firm_notes
from service.matches import picking
from service.matches.cards import excerpt, why_of
from service.matches.covers import covers_of
from service.matches.panel import build_panel
from service.matches.params import PanelParams, with_done
from service.matches.words import feature_words
from service.opinions import actions as opinions
from service.opinions.actions import Verdict
from service.projects.actions import get_project
from service.security import Caller, Scope
from service.setup import repository as setup_repository
from service.words import use_language

OLGA = Caller("user:olga", "Olga Officer", Scope.WRITE)


def params(query=""):
    return PanelParams.from_query(QueryParams(query))


@pytest.fixture
def build(desk, staff):
    """``build("km=30")``: the panel of this address; ``stage`` changes the project's first."""

    def panel(query="", **changes):
        stored = get_project(desk.services, "trays")
        stored = dataclasses.replace(stored, record=dataclasses.replace(stored.record, **changes))
        return build_panel(desk.services, stored, params(query))

    return panel


def ids(cards):
    return [card.firm_id for card in cards]


def test_the_list_is_by_band_and_counts_every_firm(build):
    panel = build()
    assert ids(panel.cards) == ["weld", "coat", "seam"]
    assert [card.band for card in panel.cards] == ["worth_a_call", "maybe", "maybe"]
    assert (panel.n_worth, panel.n_maybe, panel.n_little, panel.n_more) == (1, 2, 1, 0)
    assert panel.nobody_for == (LEAK,)
    assert panel.where == "Halton" and panel.n_eligible == 5 and panel.n_ask == 1


def test_a_card_says_why_what_is_not_known_and_what_to_ask(build):
    weld = build().cards[0]
    assert [why.quote for why in weld.why][:2] == [WELD, f"{WELD} and of aluminium frames for vehicles"]
    assert (weld.why[0].who, weld.why[0].date) == ("the firm by phone, to Olga Officer", "2026-11-03")
    assert weld.why[0].confirmed and not weld.why[0].is_guess and weld.why[0].needs[0] == WELD
    assert weld.not_known == (LEAK,)
    assert weld.asks == (f"Could you supply this: {PAINT}?", f"Could you supply this: {LEAK}?")
    assert (weld.town, weld.distance, weld.people, weld.member) == ("Milton", "in the same town", 25, True)
    # What is told of a place is all that made it, but for what every firm has.
    told = sum(one.number for one in weld.counted)
    assert weld.number == pytest.approx(told + MatchConfig().heads["stated"].base, abs=0.02)


def test_who_is_already_in_is_named_and_not_ranked(build):
    panel = build()
    assert [(one.name, one.leads, one.address) for one in panel.already_in] == [
        ("Lead Co", True, "/firms/lead"), ("University of Somewhere", False, ""),
    ]  # fmt: skip
    assert "lead" not in ids(panel.cards)


@pytest.mark.parametrize(
    ("stage", "takes"),
    [("call", True), ("seeking", True), ("announced", False), ("running", False), ("finished", False),
     ("unknown", False)],
)  # fmt: skip
def test_partners_are_shown_while_the_project_takes_some(build, stage, takes):
    panel = build("role=partner", stage=Stage(stage))
    assert panel.role is (Role.PARTNER if takes else Role.SUPPLIER)
    assert bool(panel.note) is not takes
    assert [tab.label for tab in panel.tabs][:2] == (
        ["Suppliers", "Partners"] if takes else ["Suppliers", "Who covers what"]
    )
    assert sum(tab.is_current for tab in panel.tabs) == 1


def test_firms_that_never_said_are_kept_to_be_asked_and_counted(build):
    panel = build("certificate=ISO+9001&region=")
    assert panel.cards == () and panel.n_ask == 7 and panel.n_eligible == 0
    assert set(ids(panel.ask)) >= {"weld", "coat", "seam", "lost"} and "bread" not in ids(panel.ask)
    assert panel.ask[0].asks[0] == "Do you hold ISO 9001, or could you?"
    assert panel.ask[0].not_known[0] == "whether they hold ISO 9001"
    assert [one.unstated for one in panel.counts if one.unstated] == ["7 firms never said whether they hold ISO 9001"]
    only = build("certificate=ISO+9001&region=&stated=yes")
    assert only.n_ask == 0 and only.ask == () and only.cards == ()


def test_every_count_has_its_filter_and_an_address_without_it(build):
    panel = build("size=10-49&member=yes&km=30")
    removed = {one.filter: (one.removed, one.drop) for one in panel.counts if one.removed}
    assert removed == {
        "region": ("1 elsewhere than Halton", "?km=30&size=10-49&member=yes&region="),
        "size": ("3 of another size", "?km=30&member=yes"),
    }
    assert ids(panel.cards) == ["weld"]


def test_an_empty_list_says_what_to_do_next(build):
    panel = build("size=5000-")
    assert panel.cards == () and panel.nearest == ()
    texts = [one.text for one in panel.suggestions]
    assert texts[0] == "Leave this filter out: 4 of another size"
    assert panel.suggestions[0].address == "/projects/trays"
    assert "Look everywhere, not only in this region" in texts
    assert panel.suggestions[-1].address == "#needs"


def test_without_a_fitting_firm_the_nearest_are_shown(build):
    panel = build("size=1-5")
    assert panel.cards == () and ids(panel.nearest) == ["bread"]


def test_what_makes_no_sense_is_noted_and_filters_nothing(build):
    panel = build("km=abc&size=50-10&certificate=--&naics=x1&region=Atlantis&role=boss&view=spiral")
    assert set(panel.params.faults) == {"km", "size", "certificate", "naics", "region"}
    assert panel.params.value("km") == "abc" and panel.params.value("size") == "50-10"
    assert ids(panel.cards) == ["weld", "coat", "seam"]


@pytest.mark.parametrize(
    "query",
    [
        "km=30&size=10-49&member=no&stated=yes&region=",
        "role=partner&view=map&near=2&compare=a&compare=b",
        "region=Oakville",
    ],
)
def test_an_address_is_the_same_read_and_written_again(query):
    again = params(params(query).query()[1:])
    assert again == params(query)


def test_numbers_are_read_as_people_write_them():
    assert params("km=12,5").km == 12.5 and params("km=30+km").km == 30
    assert params("size=10+–+49").size == "10-49" and params("size=-9").filters(None).size == (None, 9)
    assert params("region=").filters("Halton").region is None and params("").filters("Halton").region == "Halton"


def test_preferences_order_firms_inside_a_band_only(build):
    plain, moved = build("region="), build("region=&members=3")
    assert ids(plain.cards) == ["weld", "coat", "seam", "lost"]
    assert ids(moved.cards) == ["weld", "lost", "coat", "seam"]
    assert [card.band for card in moved.cards] == [card.band for card in plain.cards]
    assert {c.firm_id: c.number for c in moved.cards} == {c.firm_id: c.number for c in plain.cards}
    # Near counts by kilometres, and where lost is, nobody knows.
    assert ids(build("region=&near=3&small=3").cards) == ["weld", "coat", "seam", "lost"]


def test_firms_sorted_out_or_archived_stand_on_no_list(build, desk):
    with desk.services.database.write() as tx:
        for key, values in {"seam": {"fit": "not"}, "coat": {"archived_at": now()}, "weld": {"fit": "could"}}.items():
            tx.execute(firm_notes.insert().values(firm_id=key, decided_by="user:x", decided_at=now(), **values))
    panel = build()
    assert ids(panel.cards) == ["weld"] and panel.n_unfit == 2 and panel.n_maybe == 0


def test_a_firm_kept_apart_is_gone_and_staff_see_why(build, desk):
    picking.keep_apart(desk.services, OLGA, "trays", "weld", "They went to court. Call 905 555 0199.")
    panel = build()
    assert "weld" not in ids(panel.cards) and panel.n_worth == 0
    assert [(one.name, one.by) for one in panel.kept_apart] == [("Weld Co", "user:olga")]
    assert "555" not in panel.kept_apart[0].apart.note


def test_a_firm_added_by_hand_is_listed_and_moves_nobody(build, desk):
    before = build()
    picking.pick(desk.services, OLGA, "trays", "bread", Role.SUPPLIER)
    picking.pick(desk.services, OLGA, "trays", "away", Role.SUPPLIER)
    picking.pick(desk.services, OLGA, "trays", "weld", Role.SUPPLIER)
    after = build()
    assert [(c.firm_id, c.number, c.place) for c in after.cards] == [
        (c.firm_id, c.number, c.place) for c in before.cards
    ]
    assert ids(after.picked) == ["bread", "away"] and after.cards[0].picked_by == "user:olga"
    assert after.picked[0].place == 5 and after.cards[1].is_unconfirmed and after.picked[0].band == "unlikely"
    assert after.picked[1].place is None and after.picked[1].band == ""  # outside the region: not ranked here
    assert ids(after.listed) == ["weld", "coat", "seam", "bread", "away"]
    assert build("role=partner").picked == ()


def test_an_opinion_hides_a_firm_and_moves_no_score(build, desk):
    before = {card.firm_id: card.number for card in build().cards}
    opinion = opinions.give(desk.services, OLGA, "trays", "coat", Role.SUPPLIER, Verdict.WRONG_CAPABILITY)
    panel = build()
    assert {card.firm_id: card.number for card in panel.cards} == {k: v for k, v in before.items() if k != "coat"}
    assert [(one.name, one.verdict, one.opinion.id) for one in panel.hidden] == [
        ("Coat Co", "Wrong thing: they do not do this", opinion.id)
    ]
    assert panel.n_maybe == 1 and "coat" not in ids(build("role=partner&region=").cards)


def test_a_wrong_role_hides_in_that_role_only(build, desk):
    opinions.give(desk.services, OLGA, "trays", "seam", Role.SUPPLIER, Verdict.WRONG_ROLE)
    partners = build("role=partner")
    assert "seam" not in ids(build().cards) and "seam" in ids([*partners.cards, *partners.nearest])


def test_the_agreement_counts_what_was_marked_worth_a_call(build, desk):
    assert build().agreement.n_judged == 0
    opinions.give(desk.services, OLGA, "trays", "weld", Role.SUPPLIER, Verdict.RIGHT)
    opinions.give(desk.services, OLGA, "trays", "seam", Role.SUPPLIER, Verdict.WRONG_CAPABILITY)  # a maybe
    bob = Caller("user:bob", "Bob", Scope.WRITE)
    opinions.give(desk.services, bob, "trays", "weld", Role.SUPPLIER, Verdict.WRONG_ROLE)
    agreement = build().agreement
    assert (agreement.n_right, agreement.n_judged) == (1, 2)


def test_who_covers_what_is_the_same_in_picture_and_words(build):
    drawn = build("view=covers").covers
    assert [column.text for column in drawn.columns] == [WELD, LEAK, PAINT]
    assert drawn.columns[0].sentence.startswith("Weld Co, Seam Co")
    assert drawn.columns[1].is_empty and drawn.columns[1].sentence == "nobody on this list"
    assert [row.name for row in drawn.rows] == ["Weld Co", "Coat Co", "Seam Co"]
    assert drawn.rows[0].cells[0].state == "found" and drawn.rows[2].cells[1].state == "not_known"
    xs = [cell.x for cell in drawn.rows[0].cells]
    assert xs == [column.x for column in drawn.columns] and max(xs) < drawn.width
    assert max(row.y for row in drawn.rows) < drawn.height
    assert covers_of([], [("n1", "x")]) is None


def test_the_map_has_a_point_for_each_town(build):
    panel = build("view=map&region=")
    towns = {town.name: ids(town.cards) for town in panel.towns}
    assert towns == {"Milton": ["weld"], "Burlington": ["coat"], "Oakville": ["seam"], "Town not known": ["lost"]}
    points = json.loads(panel.points)
    assert [(p["label"], p["href"], p["band"]) for p in points][0] == ("Milton: 1 firm", "#town-milton", "call")
    assert len(points) == 3 and 43 < points[0]["lat"] < 44


def test_up_to_four_firms_stand_side_by_side(build):
    panel = build("view=compare&compare=seam&compare=weld&compare=ghost&compare=seam")
    assert ids(panel.compared) == ["seam", "weld"]
    assert params("compare=a&compare=b&compare=c&compare=d&compare=e").compare == ("a", "b", "c", "d")


def test_needs_and_questions_are_in_the_readers_language(build):
    use_language("fr")
    try:
        panel = build(
            needs=(), description="We need CNC machining and anodising of aluminium.", technologies=("robotics",)
        )
        words = [text for _key, text in panel.needs]
        asks = [ask for card in panel.nearest or panel.cards for ask in card.asks]
    finally:
        use_language("en")
    assert words and asks and all(" ?" in ask for ask in asks)


def test_a_chamber_in_a_region_that_nobody_knows_looks_everywhere(build, desk):
    with desk.services.database.write() as tx:
        setup_repository.change(tx, 1, region="Middle Earth")
    assert build().where == "" and build().n_eligible == 7


def quote(text, key="s1", terms=()):
    return Evidence(key, StatementKind.CAPABILITY, 0, len(text), text, None, None, False, 0.5, tuple(terms), 0.0)


def need(key, state, *quotes, origin=Origin.STATED, role=NeedRole.SUPPLIER):
    return NeedMatch(key, f"need {key}", role, origin, state, None, quotes)


def test_a_quote_stands_once_with_all_that_it_answers():
    why = why_of(
        [
            need("a", NeedState.GUESSED, quote("mills", "s2")),
            need("b", NeedState.FOUND, quote("turns")),
            need("c", NeedState.FOUND, quote("turns"), quote("mills", "s2")),
        ]
    )
    assert [(one.quote, one.needs, one.is_guess) for one in why] == [
        ("turns", ("need b", "need c"), False), ("mills", ("need c", "need a"), False),
    ]  # fmt: skip


def test_a_long_passage_is_cut_to_the_sentence_that_tells():
    text = "We are a family firm of many years. " * 5 + "It welds trays by laser. " + "Our people are kind. " * 6
    assert excerpt(text, ["laser"]).startswith("… It welds trays by laser.") and len(excerpt(text, ["laser"])) < 190
    assert excerpt("It welds.", ["welds"]) == "It welds."
    assert excerpt("word " * 80, []).endswith("word …")


@pytest.mark.parametrize(
    ("address", "expected"),
    [("/projects/p", "/projects/p?done=x#matches"),
     ("/projects/p?km=3&done=old#ask", "/projects/p?km=3&done=x#matches"),
     ("/projects/p?done=old&km=3", "/projects/p?km=3&done=x#matches")],
)  # fmt: skip
def test_what_was_done_is_in_the_address_once(address, expected):
    assert with_done(address, "x") == expected


def test_everything_that_counts_has_words():
    for name in FEATURES:
        assert feature_words(name) != name.replace("_", " "), name
