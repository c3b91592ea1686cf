import dataclasses
import math

import numpy as np
import pytest

from matcher.config import MatchConfig
from matcher.encoding import HashEncoder
from matcher.errors import ArtifactMismatch, UnknownRecord
from matcher.library import open_encoder
from matcher.pipeline import Matcher
from matcher.records import firm_from_row, project_from_row
from matcher.snapshot import build_snapshot, load_snapshot, save_snapshot
from matcher.types import Filters, Need, Project, Removed, Role, UnknownPolicy

EV = "ngen-lightweight-ev-inverter-components"


def firm(key, text, **more):
    return firm_from_row({"id": key, "name": key.title(), "city": "Milton", "province": "ON", "profile": text, **more})


def test_quotes_stand_at_their_offsets_and_contributions_sum(matcher, projects, firms):
    statements = {(f.id, s.id): s.text for f in firms for s in f.statements}
    result = matcher.match(projects[EV], filters=Filters(region="Halton"))
    quotes = 0
    for match in (*result.partner, *result.supplier):
        assert math.isclose(match.score, sum(c.logit for c in match.contributions), abs_tol=1e-5)
        for need in match.needs:
            for evidence in need.evidence:
                quotes += 1
                assert statements[match.firm_id, evidence.statement_id][evidence.start : evidence.end] == evidence.quote
    assert quotes > 10
    assert all(f.city in {"Milton", "Oakville", "Burlington", "Halton Hills", "Georgetown", "Acton", "Campbellville"}
               for f in firms if f.id in {m.firm_id for m in result.supplier})  # fmt: skip


def test_counts_of_removed_firms_add_up(matcher, projects, firms):
    result = matcher.match(projects[EV], filters=Filters(region="Halton"), explain=False)
    assert result.n_eligible + sum(r.n_fails + r.n_not_stated for r in result.removed) == len(firms)


def test_participants_chamber_and_funder_are_never_ranked(matcher, projects, firms):
    names = {f.id: f.name for f in firms}
    for project in projects.values():
        for role in Role:
            ranked = {firm_id for firm_id, _ in matcher.rank_all(project, role)}
            assert not ranked & project.already_in
            assert not any("Chamber of" in names[i] or names[i].startswith("NGen") for i in ranked)


def test_group_company_of_a_participant_is_already_in():
    lead = firm("lead", "Makes gears.", website="https://www.gears.example")
    twin = firm("twin", "Makes gears too.", website="http://gears.example/plant")
    same = firm("lead-2", "Makes gears as well.")
    same = dataclasses.replace(same, name="LEAD Inc.")
    matcher = Matcher.build([lead, twin, same, firm("other", "Makes gears.")], HashEncoder())
    result = matcher.match(Project("p", "Gears", lead="lead"))
    assert result.already_in == ("lead", "lead-2", "twin")
    assert [m.firm_id for m in result.supplier] == ["other"]
    assert matcher.why_not(Project("p", "Gears", lead="lead"), "twin", Role.SUPPLIER).reason == "already_in"


def test_firm_that_does_not_state_a_certificate_is_asked_not_dropped():
    stated = firm("stated", "CNC machining.", certifications=["ISO 9001:2015"])
    silent = firm("silent", "CNC machining.")
    matcher = Matcher.build([stated, silent], HashEncoder())
    project = Project("p", "CNC machining")
    result = matcher.match(project, filters=Filters(certification="iso 9001"))
    assert [m.firm_id for m in result.supplier] == ["stated"]
    assert [(m.firm_id, m.not_stated) for m in result.ask.supplier] == [("silent", ("certification",))]
    left = matcher.match(project, filters=Filters(certification="ISO 9001", unknown=UnknownPolicy.EXCLUDE))
    assert left.ask.supplier == () and left.removed[-1].n_not_stated == 1


@pytest.mark.model
def test_seller_and_childrens_school_rank_below_makers(tmp_path):
    maker = firm("maker", "Job shop with CNC machining of robot parts.")
    seller = firm("seller", "Dealer of CNC machining centres and robot parts.", role=["sells equipment"])
    school = firm("school", "Robotics school: children learn CNC machining of robot parts at summer camps.")
    matcher = Matcher.build([school, seller, maker], open_encoder(cache=tmp_path / "vectors.sqlite3"))
    need = Need("n1", "CNC machining of robot parts")
    ranked = [f for f, _ in matcher.rank_all(Project("p", "Robot parts", needs=(need,)), Role.SUPPLIER)]
    assert ranked == ["maker", "seller", "school"]


def test_accident_and_court_are_never_quoted():
    text = "Welds pressure vessels. The welding company was fined after a worker was killed while welding vessels."
    matcher = Matcher.build([firm("w", text)], HashEncoder())
    result = matcher.match(Project("p", "Welding of vessels", needs=(Need("n", "welding pressure vessels"),)))
    quotes = [e.quote for n in result.supplier[0].needs for e in n.evidence]
    assert quotes == ["Welds pressure vessels."]


def test_without_it_is_the_score_of_the_firm_without_that_passage():
    whole = firm("a", "CNC machining of aluminium.", capabilities=["laser welding of steel"])
    best = firm("best", "Laser welding of steel.")  # has each query's best score, with and without the passage
    matcher = Matcher.build([whole, best, firm("b", "Paints walls."), firm("c", "Bakes bread.")], HashEncoder())
    project = Project("p", "laser welding of steel", needs=(Need("n", "laser welding of steel"),))
    found = {m.firm_id: m for m in matcher.match(project).supplier}["a"]
    quote = found.needs[0].evidence[0]
    assert quote.quote == "laser welding of steel" and quote.without_it < found.score - 0.5
    matcher.update([firm("a", "CNC machining of aluminium.")], change=1)
    assert math.isclose(quote.without_it, dict(matcher.rank_all(project, Role.SUPPLIER))["a"], abs_tol=2e-6)


def test_changed_firm_is_found_and_deleted_one_is_gone():
    matcher = Matcher.build([firm("a", "Paints walls."), firm("b", "Bakes bread.")], HashEncoder())
    project = Project("p", "laser welding")
    matcher.update([firm("a", "Laser welding."), firm("new", "Laser welding of tubes.")], ["b"], change=7)
    result = matcher.match(project)
    assert {m.firm_id for m in result.supplier} == {"a", "new"} and result.change == 7
    fresh = Matcher.build([firm("a", "Laser welding."), firm("new", "Laser welding of tubes.")], HashEncoder())
    assert {m.firm_id for m in fresh.match(project).supplier} == {"a", "new"}
    with pytest.raises(UnknownRecord, match="'b' is not in the index"):
        matcher.why_not(project, "b", Role.SUPPLIER)


def test_snapshot_survives_a_damaged_successor(tmp_path):
    firms = [firm("a", "Laser welding."), firm("b", "Bakes bread.")]
    good = save_snapshot(build_snapshot(firms, HashEncoder(), change=1), tmp_path)
    bad = save_snapshot(build_snapshot(firms[:1], HashEncoder(), change=2), tmp_path)
    (tmp_path / bad.id / "dense.faiss").write_bytes(b"half")
    loaded = load_snapshot(tmp_path)
    assert loaded.id == good.id and [f.id for f in loaded.firms] == ["a", "b"]
    assert loaded.firms == tuple(firms)
    np.testing.assert_array_equal(loaded.dense.vectors(np.arange(2)), good.dense.vectors(np.arange(2)))
    with pytest.raises(ArtifactMismatch, match="rebuild with `matcher index`"):
        Matcher(loaded, HashEncoder(32))


def test_nobody_is_said_when_nothing_fits():
    matcher = Matcher.build([firm("b", "Bakes bread and cakes for weddings every single day.")], HashEncoder())
    result = matcher.match(Project("p", "quantum cryptography"), filters=Filters(region="Halton"))
    assert set(result.nobody) == {"partner", "supplier"} and "Halton" in result.nobody["supplier"]


def test_wrong_filters_are_refused(matcher, projects):
    with pytest.raises(ValueError, match="did you mean 'Halton'"):
        matcher.match(projects[EV], filters=Filters(region="Haltn"))
    with pytest.raises(ValueError, match="expected 2 to 6 digits"):
        matcher.match(projects[EV], filters=Filters(naics="steel"))
    with pytest.raises(ValueError, match="limit is 0"):
        matcher.match(projects[EV], limit=0)


def test_opportunities_hold_open_projects_only():
    from datetime import date

    matcher = Matcher.build([firm("w", "Laser welding of steel tubes and frames for machines.")], HashEncoder())
    row = {"title": "Laser welding of steel tubes", "stage": "call"}
    projects = [
        project_from_row({"id": "open", "closes": "2030-02-01", "checked": "2030-01-01", **row}),
        project_from_row({"id": "closed", "closes": "2030-01-01", "checked": "2030-01-01", **row}),
        project_from_row({"id": "stale", "checked": "2029-01-01", **row}),
    ]
    found = matcher.opportunities("w", projects, today=date(2030, 1, 15))
    assert {o.project_id for o in found} == {"open"}


def test_firms_that_are_left_out_are_counted_and_move_nobody_else():
    firms = [
        firm_from_row({"id": f"f{i}", "name": f"Firm {i}", "capabilities": [f"gear cutting and grinding, kind {i}"]})
        for i in range(4)
    ]
    matcher, project = Matcher.build(firms, HashEncoder(64)), Project("p", "Gear cutting and grinding for pumps")
    whole = matcher.match(project)
    without = matcher.match(project, leave_out=("f1", "unknown"))
    scores = {match.firm_id: match.score for match in whole.supplier}
    assert {match.firm_id: match.score for match in without.supplier} == {k: v for k, v in scores.items() if k != "f1"}
    assert Removed("left_out", 1, 0) in without.removed and without.n_eligible == 3


def test_bands_count_every_eligible_firm_whether_it_is_listed_or_not():
    profile = "gear cutting and grinding of hardened steel for heavy pumps and other drives"
    firms = [firm_from_row({"id": f"f{i}", "name": f"Firm {i}", "capabilities": [profile]}) for i in range(3)]
    thin = firm_from_row({"id": "thin", "name": "Thin", "capabilities": ["gears"]})
    away = firm_from_row({"id": "away", "name": "Away", "city": "Milton", "employees": 3, "capabilities": [profile]})
    config = MatchConfig(maybe=-1e6, worth_a_call=1e6)
    matcher = Matcher.build([*firms, thin, away], HashEncoder(64), config=config)
    result = matcher.match(Project("p", profile), limit=1, filters=Filters(size=(None, 2)))
    assert len(matcher.match(Project("p", profile), ask_limit=3, filters=Filters(size=(None, 2))).ask.supplier) == 3
    assert result.n_asked == 4 and result.n_eligible == 0 and sum(result.bands["supplier"].values()) == 0
    result = matcher.match(Project("p", profile), limit=1)
    assert result.bands["supplier"] == {"worth_a_call": 0, "maybe": 4, "unlikely": 0, "too_little": 1}


def test_a_firm_that_is_asked_for_is_listed_with_its_own_rank():
    firms = [firm(f"f{i}", "gear cutting " * (5 - i) + "painting and printing of signs") for i in range(4)]
    matcher, project = Matcher.build(firms, HashEncoder(64)), Project("p", "Gear cutting")
    whole = matcher.match(project, limit=10).supplier
    result = matcher.match(project, limit=1, also=(whole[2].firm_id, "nobody"))
    assert result.supplier == (whole[0], whole[2]) and result.supplier[1].rank == 3


def test_better_bands_come_first_when_a_list_is_cut_by_band():
    said = {"date": "2026-11", "confirmed": True, "kind": "capability"}
    sure = firm_from_row(
        {"id": "sure", "name": "Sure", "statements": [{**said, "text": "gear cutting and much other work on drives"}]}
    )
    loose = [firm(f"f{i}", "gear cutting and grinding of hardened steel for pumps") for i in range(3)]
    config = MatchConfig(maybe=-1e6, worth_a_call=-1e6)
    matcher, project = (
        Matcher.build([sure, *loose], HashEncoder(64), config=config),
        Project("p", loose[0].statements[0].text),
    )
    plain = matcher.match(project, limit=2).supplier
    assert [match.firm_id for match in plain] == ["f0", "f1"]
    cut = matcher.match(project, limit=2, by_band=True).supplier
    assert [(match.firm_id, match.rank) for match in cut] == [("sure", 4), ("f0", 1)]
    assert matcher.match(project, limit=9).supplier[3] == cut[0]
