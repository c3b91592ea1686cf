import json
import math
import random

import ir_measures
import pytest
from ir_measures import RR, R, Success, nDCG

from matcher.encoding import HashEncoder
from matcher.errors import SourceError
from matcher.evaluation.baselines import packed
from matcher.evaluation.collections import load_collection
from matcher.evaluation.harness import evaluate, write_run
from matcher.evaluation.measures import COLUMNS, measure, ndcg


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


def beir(folder, qrels="query-id\tcorpus-id\tscore\nq1\ta\t1\n"):
    rows = [
        {"_id": "b", "title": "B", "text": "bakes bread"},
        {"_id": "a", "title": "A", "text": "welds steel"},
    ]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "steel welding"}\n{"_id": "q2", "text": "x"}')
    (folder / "qrels.tsv").write_text(qrels)
    return folder


def test_beir_collection_is_evaluated_whole(tmp_path):
    collection = load_collection(beir(tmp_path))
    result = evaluate(collection, HashEncoder())
    values = result.to_json()
    assert values["n_firms"] == 2 and values["n_queries"] == 1
    assert set(values["systems"]) == {"bm25", "dense", "rrf", "passages", "wsum", "ours"}
    assert values["systems"]["ours"]["nDCG@10"] == 1.0 and values["per_query"]["ours"]["q1"]["MRR@10"] == 1.0
    write_run(result.runs["ours"], tmp_path / "run")
    first = (tmp_path / "run").read_text().splitlines()[0].split()
    assert first[:4] == ["q1", "Q0", "a", "1"]


def test_native_collection_has_two_roles_and_keeps_participants(tmp_path):
    firm = {"id": "a", "name": "A", "city": "Milton", "province": "ON", "profile": "Welds steel."}
    (tmp_path / "firms.jsonl").write_text(json.dumps(firm))
    (tmp_path / "projects.jsonl").write_text(json.dumps({"id": "p", "title": "Steel", "lead": "a"}))
    (tmp_path / "qrels.tsv").write_text("project_id\tfirm_id\trole\tgrade\np\ta\tpartner\t3\np\ta\tsupplier\t0\n")
    collection = load_collection(tmp_path)
    assert [q.id for q in collection.queries] == ["p:partner"] and collection.n_left_out == 1
    assert evaluate(collection, HashEncoder()).runs["ours"]["p:partner"][0][0] == "a"
    with pytest.raises(SourceError, match="0 firms"):
        load_collection(tmp_path, region="Guelph")


def test_bad_collections_say_what_is_wrong(tmp_path):
    with pytest.raises(SourceError, match="expected the header"):
        load_collection(beir(tmp_path, "a\tb\n"))
    with pytest.raises(SourceError, match="line 2"):
        load_collection(beir(tmp_path, "query-id\tcorpus-id\tscore\nq1\ta\n"))
    with pytest.raises(SourceError, match="has no 'qrels.tsv'"):
        load_collection(tmp_path / "nothing")


def test_sentences_are_packed_to_sixty_words():
    assert packed("One two. " + "w " * 59 + "end. Three.") == ["One two.", ("w " * 59 + "end."), "Three."]
