import gzip
import json
import math
import random

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, R, Success, nDCG

from matcher.artifacts import write_manifest
from matcher.encoding import SCHEMA, HashEncoder
from matcher.errors import SourceError
from matcher.evaluation.base import is_base
from matcher.evaluation.baselines import packed, run_baselines
from matcher.evaluation.collections import load_collection
from matcher.evaluation.harness import evaluate, write_run
from matcher.evaluation.measures import COLUMNS, measure, ndcg
from matcher.types import Role


def test_ndcg_by_hand():
    # Gains 0, 3, 1 at ranks 1 to 3 over the best order 3, 1.
    got = 3 / math.log2(3) + 1 / math.log2(4)
    assert ndcg(["x", "a", "b"], {"a": 3, "b": 1, "c": 0}, 10) == pytest.approx(got / (3 + 1 / math.log2(3)))
    assert measure([], {"a": 1}, 1) == dict.fromkeys(COLUMNS, 0.0)


@pytest.mark.parametrize("relevant", [1, 2])
def test_measures_equal_ir_measures(relevant):
    chance = random.Random(relevant)
    names = {"nDCG@10": nDCG @ 10, "R@10": R(rel=relevant) @ 10, "R@100": R(rel=relevant) @ 100,
             "Success@1": Success(rel=relevant) @ 1, "Success@5": Success(rel=relevant) @ 5,
             "MRR@10": RR(rel=relevant) @ 10}  # fmt: skip
    for _ in range(50):
        firms = [f"f{i:03}" for i in range(150)]
        grades = {firm: chance.choice([0, 0, 1, 2, 3]) for firm in chance.sample(firms, 40)}
        ranking = chance.sample(firms, chance.choice([1, 5, 60, 150]))
        run = {"q": {firm: float(len(ranking) - i) for i, firm in enumerate(ranking)}}
        theirs = {m.measure: m.value for m in ir_measures.iter_calc(names.values(), {"q": grades}, run)}
        ours = measure(ranking, grades, relevant)
        for name, theirs_measure in names.items():
            assert ours[name] == pytest.approx(theirs[theirs_measure], abs=1e-9), name


def beir(folder, qrels="query-id\tcorpus-id\tscore\nq1\ta\t1\n", corpus=None, queries=None):
    rows = [
        {"_id": "b", "title": "B", "text": "bakes bread"},
        {"_id": "a", "title": "A", "text": "welds steel"},
    ]
    asked = [{"_id": "q1", "text": "steel welding"}, {"_id": "q2", "text": "x"}]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus or rows)))
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries or asked)))
    (folder / "qrels.tsv").write_text(qrels)
    return folder


def native(folder, qrels="project_id\tfirm_id\trole\tgrade\np\ta\tpartner\t3\np\ta\tsupplier\t0\n", firms=None):
    rows = [
        {"id": "a", "name": "Acme", "city": "Milton", "province": "ON", "profile": "Welds steel.",
         "capabilities": ["MIG", "TIG"]},
        {"id": "b", "name": "Far", "city": "Guelph", "province": "ON", "profile": "Welds steel frames."},
        {"id": "c", "name": "Silent", "city": "Milton", "province": "ON"},
    ]  # fmt: skip
    project = {"id": "p", "title": "Steel", "description": "We weld.", "technologies": ["MIG", "robots"], "lead": "a"}
    (folder / "firms.jsonl").write_text("\n".join(map(json.dumps, firms or rows)))
    (folder / "projects.jsonl").write_text(json.dumps(project))
    (folder / "qrels.tsv").write_text(qrels)
    return folder


def test_beir_collection_is_evaluated_whole(tmp_path):
    collection = load_collection(beir(tmp_path))
    result = evaluate(collection, HashEncoder())
    values = result.to_json()
    assert values["collection"] == tmp_path.name and values["n_firms"] == 2 and values["n_queries"] == 1
    assert set(values["systems"]) == {"bm25", "dense", "rrf", "passages", "wsum", "ours"}
    assert set(values["systems"]["ours"]) == set(COLUMNS)
    assert values["systems"]["ours"]["nDCG@10"] == 1.0 and values["per_query"]["ours"]["q1"]["MRR@10"] == 1.0
    assert collection.texts == ("A welds steel", "B bakes bread")


def test_compressed_files_give_the_same_collection(tmp_path):
    plain = load_collection(beir(tmp_path))
    for name in ("corpus.jsonl", "queries.jsonl"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        (tmp_path / name).unlink()
    assert load_collection(tmp_path) == plain
    whole = (tmp_path / "corpus.jsonl.gz").read_bytes()
    (tmp_path / "corpus.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="corpus.jsonl.gz cannot be read"):
        load_collection(tmp_path)


def test_native_collection_has_two_roles_and_keeps_participants(tmp_path):
    collection = load_collection(native(tmp_path))
    assert [q.id for q in collection.queries] == ["p:partner"] and collection.n_left_out == 1
    assert [f.id for f in collection.firms] == ["a", "b"]  # a firm without a profile is left out
    assert collection.texts == ("Acme Welds steel. MIG. TIG.", "Far Welds steel frames. .")
    assert collection.queries[0].text == "Steel. We weld. MIG, robots"
    assert evaluate(collection, HashEncoder()).runs["ours"]["p:partner"][0][0] == "a"
    with pytest.raises(SourceError, match="0 firms"):
        load_collection(tmp_path, region="Niagara")
    with pytest.raises(ValueError, match="did you mean"):
        load_collection(tmp_path, region="Haltn")


def test_role_and_region_leave_out_what_they_say_and_count_it(tmp_path):
    grades = "project_id\tfirm_id\trole\tgrade\np\ta\tpartner\t3\np\tb\tpartner\t3\np\ta\tsupplier\t2\n"
    collection = load_collection(native(tmp_path, grades), role=Role.PARTNER, region="Halton")
    assert [f.id for f in collection.firms] == ["a"] and [q.id for q in collection.queries] == ["p:partner"]
    assert collection.qrels == {"p:partner": {"a": 3}} and collection.n_outside == 1
    assert collection.notes == ("1 judgements name firms outside the region and are left out.",)
    assert evaluate(collection, HashEncoder()).mean("bm25", "nDCG@10") == 1.0


def test_judgements_of_what_is_not_there_are_counted_as_trec_eval_counts_them(tmp_path):
    grades = "query-id\tcorpus-id\tscore\nq1\ta\t1\nq1\tgone\t1\nlost\ta\t1\n"
    collection = load_collection(beir(tmp_path, grades))
    assert collection.n_unknown_firms == 1 and collection.unknown_queries == ("lost",) and collection.n_unjudged == 1
    assert [" ".join(note.split()[:4]) for note in collection.notes] == [
        "1 queries were judged",
        "1 judged queries are",
        "1 judgements name firms",
    ]
    result = evaluate(collection, HashEncoder())
    run = {"q1": dict(result.runs["ours"]["q1"])}
    theirs = {m.query_id: m.value for m in ir_measures.iter_calc([nDCG @ 10], collection.qrels, run)}
    assert result.per_query["ours"]["q1"]["nDCG@10"] == pytest.approx(theirs["q1"], abs=1e-9)
    assert theirs["q1"] == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_run_file_gives_trec_eval_the_order_that_was_measured(tmp_path):
    # Equal scores and differences below single precision are what trec_eval would put in another order.
    ranking = [("a", 1.5), ("b", 1.5), ("c", 1.5 - 1e-9), ("d", 0.1), ("e", 0.1), ("f", -3.0)]
    write_run({"p:partner": ranking}, tmp_path / "run")
    rows = [line.split() for line in (tmp_path / "run").read_text().splitlines()]
    assert all(len(row) == 6 for row in rows) and {(row[0], row[1], row[5]) for row in rows} == {
        ("p:partner", "Q0", "ours")
    }
    assert [(row[2], int(row[3])) for row in rows] == [(firm, i) for i, (firm, _) in enumerate(ranking, 1)]
    scores = np.asarray([row[4] for row in rows], dtype=np.float32)
    assert (np.diff(scores) < 0).all() and abs(scores - [s for _, s in ranking]).max() < 1e-5
    grades = {"p:partner": {"b": 1, "e": 2}}
    run = list(ir_measures.read_trec_run(str(tmp_path / "run")))
    theirs = ir_measures.calc_aggregate([nDCG @ 10], grades, run)[nDCG @ 10]
    assert ndcg([firm for firm, _ in ranking], grades["p:partner"], 10) == pytest.approx(theirs, abs=1e-9)
    with pytest.raises(SourceError, match="folder that exists"):
        write_run({}, tmp_path / "nowhere" / "run")


def test_same_collection_gives_the_same_values_twice(tmp_path):
    corpus = [{"_id": f"f{i}", "text": "welds steel" if i % 2 else "bends steel"} for i in range(8)]
    grades = "query-id\tcorpus-id\tscore\nq1\tf3\t1\nq2\tf5\t1\n"
    queries = [{"_id": "q1", "text": "welds steel"}, {"_id": "q2", "text": "nothing like it"}]
    first = evaluate(load_collection(beir(tmp_path, grades, corpus, queries)), HashEncoder())
    second = evaluate(load_collection(tmp_path), HashEncoder())
    assert first.to_json() == second.to_json() and first.runs == second.runs
    # A query that finds nothing by words is counted like any other, and ties stand by id.
    assert first.runs["bm25"]["q1"][0][0] == "f1" and set(first.per_query["bm25"]) == {"q1", "q2"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"qrels": "a\tb\n"}, "expected the header"),
        ({"qrels": "query-id\tcorpus-id\tscore\nq1\ta\n"}, "line 2: expected"),
        ({"qrels": "query-id\tcorpus-id\tscore\nq1\ta\tmuch\n"}, "line 2: expected a whole number .* 'much'"),
        ({"qrels": "query-id\tcorpus-id\tscore\nq1\ta\t1\nq1\ta\t2\n"}, "line 3: .* graded 1 before"),
        ({"qrels": "query-id\tcorpus-id\tscore\nother\ta\t1\n"}, "0 judged queries"),
        ({"corpus": [{"_id": "a", "text": "x"}, {"_id": "a", "text": "y"}]}, "line 2: id 'a' stands on line 1 too"),
        ({"corpus": [{"_id": "a b", "text": "x"}]}, "line 1: id 'a b' is empty or holds blanks"),
        ({"corpus": [{"text": "x"}]}, "line 1: expected an object with _id and text"),
        ({"corpus": [{"_id": "a"}]}, "line 1: expected text to be a string, got None"),
        ({"corpus": [{"_id": "a", "text": ["x"]}]}, "line 1: expected text to be a string"),
        ({"queries": [{"_id": "q1", "text": " "}]}, "queries.jsonl line 1: query 'q1' has no text"),
    ],
)  # fmt: skip
def test_bad_beir_collections_say_what_is_wrong(tmp_path, change, message):
    with pytest.raises(SourceError, match=message):
        load_collection(beir(tmp_path, **change))


@pytest.mark.parametrize("option", [{"role": Role.PARTNER}, {"region": "Halton"}])
def test_beir_collection_has_neither_role_nor_region(tmp_path, option):
    with pytest.raises(SourceError, match="leave out --"):
        load_collection(beir(tmp_path), **option)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"qrels": "project_id\tfirm_id\trole\tgrade\np\ta\tsponsor\t3\n"}, "line 2: expected the role .* 'sponsor'"),
        ({"firms": [{"id": "a", "name": "A"}, {"id": "a", "name": "A"}]}, "line 2: id 'a' stands on line 1 too"),
        ({"firms": [{"id": "a", "name": "A", "employees": "lots"}]}, "firms.jsonl line 1: .*must be whole"),
    ],
)  # fmt: skip
def test_bad_native_collections_say_what_is_wrong(tmp_path, change, message):
    with pytest.raises(SourceError, match=message):
        load_collection(native(tmp_path, **change))


def test_missing_files_are_named(tmp_path):
    with pytest.raises(SourceError, match="has no 'firms.jsonl'"):
        load_collection(tmp_path / "nothing")
    for name in ("qrels.tsv", "queries.jsonl"):
        (beir(tmp_path) / name).unlink()
        with pytest.raises(SourceError, match=f"has no '{name}'"):
            load_collection(tmp_path)
    with pytest.raises(SourceError, match="has no 'other.tsv'"):
        load_collection(beir(tmp_path), qrels="other.tsv")


def test_sentences_are_packed_to_sixty_words():
    assert packed("One two. " + "w " * 59 + "end. Three.") == ["One two.", ("w " * 59 + "end."), "Three."]


def test_baselines_by_hand(tmp_path):
    corpus = [{"_id": "x", "text": "weld weld steel"}, {"_id": "y", "text": "steel"}, {"_id": "z", "text": "bread"}]
    queries = [{"_id": "q1", "text": "weld"}]
    collection = load_collection(beir(tmp_path, "query-id\tcorpus-id\tscore\nq1\tx\t1\n", corpus, queries))
    runs = run_baselines(collection, HashEncoder())
    # Lucene's BM25: three documents of 3, 1 and 1 terms; "weld" stands in one of them, twice.
    idf, norm = math.log(1 + 2.5 / 1.5), 1.5 * (0.25 + 0.75 * 3 / (5 / 3))
    words, likeness = dict(runs["bm25"]["q1"]), dict(runs["passages"]["q1"])
    assert words["x"] == pytest.approx(idf * 2 / (2 + norm), rel=1e-6) and words["y"] == words["z"] == 0.0
    assert dict(runs["wsum"]["q1"])["x"] == pytest.approx(1 + 0.8 * likeness["x"])
    places = [[firm for firm, _ in runs[name]["q1"]].index("x") + 1 for name in ("bm25", "dense")]
    assert dict(runs["rrf"]["q1"])["x"] == pytest.approx(sum(1 / (60 + place) for place in places))


class Reversed(HashEncoder):
    """Another model, whose likeness is the opposite of HashEncoder's."""

    def encode(self, texts, *, progress=None):
        vectors = super().encode(texts)
        return vectors * np.where([len(t.split()) < 3 for t in texts], 1, -1)[:, None].astype(np.float32)


def test_baselines_keep_their_own_encoder(tmp_path):
    corpus = [{"_id": "a", "text": "welds steel all day"}, {"_id": "b", "text": "bakes bread all day"}]
    collection = load_collection(beir(tmp_path, corpus=corpus))
    alone = evaluate(collection, HashEncoder())
    both = evaluate(collection, Reversed(), base=HashEncoder())
    for name in ("bm25", "dense", "rrf", "passages", "wsum"):
        assert both.runs[name] == alone.runs[name]
    assert both.runs["ours"] != alone.runs["ours"]


def test_only_an_export_of_base_minilm_is_taken_for_it(tmp_path):
    card = {"name": "all-MiniLM-L6-v2", "precision": "int8", "max_tokens": 256, "dim": 384}
    for i, change in enumerate(({}, {"name": "adapted"}, {"precision": "float32"}, {"max_tokens": 128})):
        folder = tmp_path / str(i)
        folder.mkdir()
        (folder / "encoder.onnx").write_bytes(b"weights")
        write_manifest(folder, kind="encoder", schema=SCHEMA, facts=card | change)
        assert is_base(folder) is not bool(change)
    assert not is_base(tmp_path / "nothing")
