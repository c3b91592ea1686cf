import dataclasses
import fcntl
import os
import threading
import time
from datetime import date

import numpy as np
import pytest

from matcher.config import MatchConfig
from matcher.encoding import CachedEncoder, HashEncoder
from matcher.errors import ArtifactMismatch, UnknownRecord
from matcher.indexes.exact import ExactIndex
from matcher.live import View
from matcher.needs import project_needs, project_text
from matcher.pipeline import Matcher
from matcher.records import firm_from_row
from matcher.retrieval import Queries, retrieve, similarities
from matcher.snapshot import CURRENT, build_snapshot, current_id, load_snapshot, save_snapshot
from matcher.types import Filters, Need, NeedState, Project, Role, Stage

TODAY = date(2030, 1, 15)


def firm(key, text, **more):
    return firm_from_row({"id": key, "name": key.title(), "city": "Milton", "province": "ON", "profile": text, **more})


def words_only(firms, encoder):
    return build_snapshot(firms, encoder, words_only=True)


@pytest.fixture
def store(tmp_path):
    encoder = CachedEncoder(HashEncoder(), tmp_path / "vectors.sqlite3")
    yield encoder
    encoder.close()


# -- the delta


@pytest.mark.parametrize("query", ["laser welding of steel", "soudage au laser", "steel steel painting", "unknown"])
def test_delta_is_scored_with_the_snapshots_statistics(query):
    firms = [
        firm("en", "Laser welding of steel and steel tubes."),
        firm("fr", "Soudage au laser de tubes en acier pour les machines.", lang="fr"),
        firm("other", "Painting of walls."),
    ]
    stored = Matcher.build(firms, HashEncoder())
    same = [dataclasses.replace(f, id=f"{f.id}-2") for f in firms]  # the name, which is searched too, is the same
    stored.update(same, change=1)
    view = stored.view
    scores = view.bm25([query])[0]
    for f in firms:
        first, second = view.position(f.id), view.position(f"{f.id}-2")
        assert scores[second] == pytest.approx(scores[first], rel=1e-6)
    assert view.best_bm25([query])[0] == pytest.approx(max(scores.max(), 1e-9), rel=1e-6)


def test_replaced_and_deleted_firms_are_nowhere():
    best = firm("best", "Laser welding.", website="https://one.example")
    firms = [best, firm("twin", "Bakes bread.", website="https://one.example"), firm("b", "Laser welding of steel.")]
    matcher = Matcher.build([*firms, firm("c", "Paints walls.")], HashEncoder())
    project = Project("p", "Laser welding", lead="twin")
    assert matcher.match(project).already_in == ("best", "twin")
    high = matcher.view.best_bm25(["laser welding"])[0]
    matcher.update([firm("b", "Bakes cakes.")], ["best"], change=3)
    view = matcher.view
    assert view.n_firms == 3 and view.position("best") is None and high > 0
    assert view.best_bm25(["laser welding"])[0] == pytest.approx(1e-9), "nobody is left who says these words"
    assert matcher.match(project).already_in == ("twin",)
    assert {i for i, _ in matcher.rank_all(Project("p", "Laser welding"), Role.SUPPLIER)} == {"b", "c", "twin"}
    for ask in (
        lambda: matcher.why_not(project, "best", Role.SUPPLIER),
        lambda: matcher.opportunities("best", [], today=TODAY),
    ):
        with pytest.raises(UnknownRecord, match="'best' is not in the index"):
            ask()
    matcher.update([best], change=4)  # a deleted firm that comes back
    assert matcher.match(project).already_in == ("best", "twin") and matcher.view.n_firms == 4
    assert matcher.view.best_bm25(["laser welding"])[0] == pytest.approx(high, rel=1e-6)


def test_every_one_of_the_best_few_may_be_gone():
    firms = [firm(f"f{i:02}", "Laser welding." if i < 30 else "Laser welding of steel and walls.") for i in range(40)]
    matcher = Matcher.build(firms, HashEncoder())
    matcher.update([], [f"f{i:02}" for i in range(30)], change=1)
    scores = matcher.view.bm25(["laser welding"])[0]
    assert matcher.view.best_bm25(["laser welding"])[0] == scores[matcher.view.present].max() > 0


def test_ties_are_broken_by_id_across_snapshot_and_delta():
    stored = [firm(key, "Laser welding.") for key in ("b", "d", "f")]
    matcher = Matcher.build([dataclasses.replace(f, name="Same") for f in stored], HashEncoder())
    late = [dataclasses.replace(firm(key, "Laser welding."), name="Same") for key in ("a", "c", "ca", "d", "g")]
    matcher.update(late, change=1)
    ranked = [i for i, _ in matcher.rank_all(Project("p", "Laser welding"), Role.PARTNER)]
    assert ranked == ["a", "b", "c", "ca", "d", "f", "g"]


def test_an_update_leaves_a_view_in_use_as_it_was():
    matcher = Matcher.build([firm("a", "Laser welding.")], HashEncoder())
    before = matcher.view
    matcher.update([firm("b", "Laser welding.")], ["a"], change=2)
    assert (before.n_firms, before.firm(0).id, before.change) == (1, "a", 0)
    assert [matcher.view.firm_id(int(p)) for p in np.flatnonzero(matcher.view.present)] == ["b"]


# -- exact truth


def exact_index(view):
    """All passages that are present, searched by brute force, and the firm of each."""
    texts = [(p, row) for p in range(view.n_positions) if view.present[p] for row in range(view.n_passages(p))]
    vectors = np.stack([view.vectors(p)[0][row] for p, row in texts])
    owners = np.asarray([p for p, _ in texts])
    return ExactIndex(vectors), owners


@pytest.mark.parametrize("filters", [Filters(), Filters(region="Halton"), Filters(size=(50, None))])
@pytest.mark.parametrize("changed", [False, True])
def test_faiss_agrees_with_brute_force_through_the_matcher(firms, snapshot, projects, filters, changed):
    config = MatchConfig(depth=15, passages_per_firm=3)
    matcher = Matcher(snapshot, HashEncoder(128), config=config)
    if changed:
        matcher.update(
            [dataclasses.replace(f, id=f"{f.id}-new") for f in firms[::9]], [f.id for f in firms[::7]], change=1
        )
    view, depth = matcher.view, config.depth * config.passages_per_firm
    index, owners = exact_index(view)
    for project in list(projects.values())[:8]:
        search = matcher.search(project, filters=filters)
        wanted = search.eligible | search.asked
        n_own = search.queries.n_own
        truth = index.search(search.queries.vectors, len(owners), wanted[owners])
        found = dict(zip(search.candidates.positions.tolist(), search.candidates.similarity.T, strict=True))
        assert all(wanted[p] for p in found)
        for query, (scores, rows) in enumerate(zip(*truth, strict=True)):
            best = np.zeros(view.n_positions)
            last_first = rows[rows >= 0][::-1]  # so that of a firm's passages the nearest stays
            best[owners[last_first]] = scores[rows >= 0][::-1]
            here = [values[query] for values in found.values()]
            np.testing.assert_allclose(here, best[list(found)], rtol=0, atol=1e-5)
            early = [int(owners[row]) for row in rows[rows >= 0] if owners[row] < view.n_stored][:depth]
            # What any plant needs finds nobody: it is compared with those that the project's own queries found.
            assert query >= n_own or set(list(dict.fromkeys(early))[: config.depth - 1]) <= set(found)


def test_a_large_index_finds_what_a_small_one_finds(snapshot, projects):
    random = np.random.default_rng(0)
    vectors = random.normal(size=(snapshot.n_passages, 128)).astype(np.float32)  # no two are equally near
    view = View.of(snapshot.with_vectors(np.arange(snapshot.n_passages), vectors))
    everyone = np.ones(view.n_positions, dtype=bool)
    for mask in (everyone, np.arange(view.n_positions) % 5 > 0, np.arange(view.n_positions) % 7 == 0):
        for i, project in enumerate(list(projects.values())[:5]):
            needs = project_needs(project)
            asked = np.random.default_rng(i).normal(size=(len(needs) + 1, 128)).astype(np.float32)
            queries = Queries((project_text(project), *(need.text + str(i) for need in needs)), needs, asked)
            small = retrieve(view, queries, mask, depth=20, passages_per_firm=4)
            large = retrieve(view, queries, mask, depth=20, passages_per_firm=4, few_passages=0)
            np.testing.assert_array_equal(small.positions, large.positions)
            np.testing.assert_allclose(small.similarity, large.similarity, rtol=0, atol=1e-4)


# -- vectors that arrive later


def test_vectors_are_taken_up_as_they_arrive(store):
    firms = [firm("a", "Laser welding."), firm("b", "Bakes bread.")]
    matcher = Matcher(words_only(firms, store), store)
    matcher.update([firm("c", "Laser cutting.")], change=1, words_only=True)
    project = Project("p", "laser welding")
    assert matcher.view.n_waiting == matcher.refresh_vectors() == 3
    result = matcher.match(project)
    assert result.warnings == ("3 firms are found by words only until their text is embedded",)
    for match in result.supplier:  # until a vector comes, likeness is guessed from the words
        value = {c.feature: c.value for c in match.contributions}
        assert value["likeness_whole"] == pytest.approx(0.6 * value["words_whole"], abs=1e-6)
    store.encode(["Laser cutting."])
    assert matcher.refresh_vectors() == 2
    before = matcher.view
    assert matcher.refresh_vectors() == 2 and matcher.view is before, "nothing new was stored"
    store.encode(["Laser welding.", "Bakes bread."])
    assert matcher.refresh_vectors() == 0
    fresh = Matcher.build([*firms, firm("c", "Laser cutting.")], store)
    for mine, theirs in zip(matcher.match(project).supplier, fresh.match(project).supplier, strict=True):
        likeness = [c.value for c in mine.contributions if c.feature.startswith("likeness")]
        assert mine.firm_id == theirs.firm_id
        assert likeness == [c.value for c in theirs.contributions if c.feature.startswith("likeness")]
    assert matcher.match(project).warnings == ()


def test_vectors_stored_by_another_process_are_seen(store, tmp_path):
    matcher = Matcher(words_only([firm("a", "Laser welding.")], store), store)
    assert matcher.refresh_vectors() == 1
    other = CachedEncoder(HashEncoder(), tmp_path / "vectors.sqlite3")
    other.encode(["Laser welding."])
    other.close()
    assert matcher.refresh_vectors() == 0
    store.forget(["Laser welding."])
    assert matcher.refresh_vectors() == 0, "what was taken up stays until the firm goes"


def test_a_vector_that_has_not_arrived_is_no_likeness(store):
    opposite = "alpha"
    store.encode([opposite])
    mixed = firm("mixed", opposite, capabilities=["beta gamma"])  # one vector made, one not
    matcher = Matcher(words_only([mixed, firm("none", "delta epsilon")], store), store)
    view, query = matcher.view, -store.encode([opposite])  # a query that is most unlike what is known
    found = similarities(view, query, np.arange(2))
    assert found[0].tolist() == [pytest.approx(-1.0, abs=1e-6), 0.0]
    queries = Queries(("x",), (), query)
    for few in (0, 10_000):
        small = retrieve(view, queries, np.ones(2, dtype=bool), depth=1, passages_per_firm=4, few_passages=few)
        assert small.positions.tolist() == [0], "a firm without vectors is not near anything"


# -- threads


REST = [firm(f"r{i}", f"Bakes bread number {i} and paints walls.") for i in range(60)]


def probes(version):
    return [dataclasses.replace(firm(f"probe{i}", "Laser welding."), name=f"v{version}") for i in range(5)]


def keep_changing(matcher, stop):
    version = 0
    while not stop.is_set():
        version += 1
        if version % 4:
            matcher.update(probes(version), [f"r{version % 60}"], change=version)
        else:
            matcher.swap(build_snapshot([*REST, *probes(version)], matcher.encoder, change=version), change=version)


def keep_asking(matcher, stop, errors, seen):
    project = Project("p", "laser welding")
    try:
        while not stop.is_set():
            result = matcher.match(project, limit=5)
            assert {m.name for m in result.supplier} == {f"v{result.change}"}
            assert matcher.why_not(project, "probe1", Role.PARTNER).rank == 2
            seen.append(result.change)
    except Exception as error:
        errors.append(error)


def test_queries_see_one_consistent_view_while_firms_change():
    matcher = Matcher.build([*REST, *probes(0)], HashEncoder(32))
    stop, errors, seen = threading.Event(), [], []
    threads = [threading.Thread(target=keep_changing, args=(matcher, stop))]
    threads += [threading.Thread(target=keep_asking, args=(matcher, stop, errors, seen)) for _ in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while len(seen) < 120 and not errors and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors and len(seen) >= 100 and len(set(seen)) > 3


# -- snapshots on disk


def test_save_and_load_give_the_same_answers(tmp_path, snapshot, projects):
    encoder = HashEncoder(128)
    built = Matcher(save_snapshot(snapshot, tmp_path), encoder)
    opened = Matcher.open(tmp_path, encoder)
    for project in list(projects.values())[:6]:
        for filters in (Filters(), Filters(region="Halton", certification="ISO 9001"), Filters(naics="33")):
            first, again = built.match(project, filters=filters), built.match(project, filters=filters)
            assert first == again == opened.match(project, filters=filters)


def test_half_built_folders_are_removed_but_none_that_is_held(tmp_path):
    encoder = HashEncoder()
    ids = [save_snapshot(build_snapshot([firm("a", "x")], encoder, change=i), tmp_path).id for i in range(2)]
    (tmp_path / "building-000000000009-dead").mkdir()
    (tmp_path / "building-000000000009-alive").mkdir()
    hands = [os.open(tmp_path / name, os.O_RDONLY) for name in (ids[0], "building-000000000009-alive")]
    fcntl.flock(hands[0], fcntl.LOCK_SH)  # as a process does that loads it
    fcntl.flock(hands[1], fcntl.LOCK_EX)  # as the one that writes it
    for i in range(2, 6):
        ids.append(save_snapshot(build_snapshot([firm("a", "x")], encoder, change=i), tmp_path).id)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {ids[0], *ids[3:], "building-000000000009-alive", CURRENT}
    for hand in hands:
        os.close(hand)
    save_snapshot(build_snapshot([firm("a", "x")], encoder, change=7), tmp_path)
    assert len([p for p in tmp_path.iterdir() if p.is_dir()]) == 3


def test_an_open_snapshot_outlives_its_folder(tmp_path):
    encoder = HashEncoder()
    save_snapshot(build_snapshot([firm("a", "Laser welding."), firm("b", "Bakes bread.")], encoder), tmp_path)
    matcher = Matcher.open(tmp_path, encoder)
    for i in range(1, 5):
        save_snapshot(build_snapshot([firm("z", "x")], encoder, change=i), tmp_path)
    assert not (tmp_path / matcher.view.snapshot.id).exists()
    assert matcher.match(Project("p", "laser welding")).supplier[0].firm_id == "a"
    assert current_id(tmp_path) == load_snapshot(tmp_path).id != matcher.view.snapshot.id


@pytest.mark.parametrize(
    "name", ["firms.jsonl", "ids.json", "passages.npz", "facets.npz", "facets.json", "dense.faiss"]
)
def test_each_damaged_file_falls_back_to_the_last_good_snapshot(tmp_path, name):
    encoder = HashEncoder()
    good = save_snapshot(build_snapshot([firm("a", "Laser welding.")], encoder, change=1), tmp_path)
    bad = save_snapshot(build_snapshot([firm("b", "Bakes bread.")], encoder, change=2), tmp_path)
    path = tmp_path / bad.id / name
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[: size // 2])
    assert load_snapshot(tmp_path).id == good.id
    path.write_bytes(b"\0" * size)  # the right length, as a disk may leave it after a power cut
    assert load_snapshot(tmp_path, verify=True).id == good.id


def test_a_record_that_was_cut_off_later_says_so(tmp_path):
    save_snapshot(build_snapshot([firm("a", "Laser welding.")], HashEncoder()), tmp_path)
    snapshot = load_snapshot(tmp_path)
    os.truncate(tmp_path / snapshot.id / "firms.jsonl", 10)
    with pytest.raises(ArtifactMismatch, match="ends at byte 10"):
        snapshot.firms[0]
    with pytest.raises(IndexError):
        snapshot.firms[1]


def test_facets_of_other_rules_are_read_anew(tmp_path, snapshot):
    good = save_snapshot(snapshot, tmp_path)
    path = tmp_path / good.id / "facets.json"
    text = path.read_bytes()
    mark = text.index(b'"fingerprint":"') + 15
    path.write_bytes(text[:mark] + b"0" * 64 + text[mark + 64 :])
    loaded = load_snapshot(tmp_path)
    for name in ("place", "employees", "member", "candidate", "activity", "kin"):
        np.testing.assert_array_equal(getattr(loaded.facets, name), getattr(good.facets, name))
    assert loaded.facets.places == good.facets.places and loaded.firms == tuple(good.firms)


# -- odd questions


@pytest.mark.parametrize(
    "project",
    [
        Project("p", "Laser welding"),
        Project("p", "x", needs=tuple(Need(f"n{i}", f"laser welding of part {i}") for i in range(12))),
        Project("p", "Soudage au laser de tôles d'acier", "Nous recherchons un atelier de soudage.", city="Milton"),
        Project("p", "Long", "Laser welding of steel tubes for machines. " * 465),
        Project("p", "?!", "…"),
    ],
    ids=["no description", "12 needs", "French", "20,000 characters", "no words"],
)
@pytest.mark.parametrize("n_firms", [0, 1, 3])
def test_no_question_is_too_odd(project, n_firms):
    firms = [firm(key, "Laser welding of steel tubes and frames for machines.") for key in "abc"[:n_firms]]
    matcher = Matcher.build(firms, HashEncoder())
    result = matcher.match(project)
    assert result.n_eligible == len(result.partner) == len(result.supplier) == n_firms
    assert set(result.nobody) == {"partner", "supplier"} or any(
        n.state is not NeedState.NOT_KNOWN for n in result.supplier[0].needs
    )
    if not n_firms:
        assert result.nobody["supplier"] == "Nobody: no firm passes the filters."
    matcher.update([firm("late", "Laser welding of steel.")], change=1)
    assert matcher.match(project).n_eligible == n_firms + 1


def test_opportunities_are_what_each_project_would_say(firms, snapshot, projects):
    matcher = Matcher(snapshot, HashEncoder(128), config=MatchConfig(maybe=-2.5))
    live = [dataclasses.replace(p, stage=Stage.CALL, checked="2030-01-01") for p in list(projects.values())[::3]]
    some = [f.id for f in firms[::61]]
    n_found = 0
    for firm_id in some:
        found = matcher.opportunities(firm_id, live, today=TODAY, limit=1000)
        n_found += len(found)
        assert [o.match.score for o in found] == sorted((o.match.score for o in found), reverse=True)
        told = {(o.project_id, o.role): (o.rank, o.n_ranked, o.match) for o in found}
        for project in live:
            for role in Role:
                one = matcher.why_not(project, firm_id, role)
                reached = one.match is not None and one.match.band in ("maybe", "worth_a_call")
                assert ((project.id, role) in told) == reached
                if reached:
                    assert told[project.id, role] == (one.rank, one.n_ranked, one.match)
    assert n_found > 10
