from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import ArtifactMismatch
from matcher.indexes.dense import DenseIndex
from matcher.indexes.exact import ExactIndex
from matcher.indexes.lexical import LexicalIndex
from matcher.indexes.memo import Memo
from matcher.terms import analyse
from matcher.translation import query_terms


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 80), st.booleans())
def test_faiss_agrees_with_brute_force(seed, n_passages, depth, masked):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(n_passages, 8)).astype(np.float32)
    queries = random.normal(size=(3, 8)).astype(np.float32)
    mask = random.random(n_passages) < 0.5 if masked else None
    scores, rows = DenseIndex.build(vectors).search(queries, depth, mask)
    truth, wanted = ExactIndex(vectors).search(queries, depth, mask)
    np.testing.assert_array_equal(rows, wanted)
    np.testing.assert_allclose(scores, truth, rtol=1e-5, atol=1e-5)


def test_dense_round_trip_and_wrong_dimension(tmp_path):
    vectors = np.eye(4, dtype=np.float32)
    DenseIndex.build(vectors).save(tmp_path / "x")
    loaded = DenseIndex.load(tmp_path / "x")
    np.testing.assert_array_equal(loaded.vectors(np.arange(4)), vectors)
    with pytest.raises(ArtifactMismatch, match="index has 4 dimensions but the encoder gives 3"):
        loaded.search(np.zeros((1, 3), dtype=np.float32), 1)
    (tmp_path / "x").write_bytes(b"no")
    with pytest.raises(ArtifactMismatch, match="build it again"):
        DenseIndex.load(tmp_path / "x")


DOCUMENTS = [
    "CNC machining of aluminium parts",
    "welding of steel",
    "usinage et soudage de l'acier",
    "machining machining",
]
LANGS = ["en", "en", "fr", "en"]


def test_bm25_by_hand_and_by_language(tmp_path):
    terms = [analyse(text, lang) for text, lang in zip(DOCUMENTS, LANGS, strict=True)]
    index = LexicalIndex.build(terms, LANGS)
    scores = index.scores("steel")
    # One of four documents, 2 terms of a mean of 11/4: ln(1 + 3.5/1.5) / (1 + 1.5 (0.25 + 0.75 · 2 / 2.75))
    assert scores[1] == pytest.approx(np.log(1 + 3.5 / 1.5) / (1 + 1.5 * (0.25 + 0.75 * 2 / (11 / 4))), rel=1e-5)
    assert scores[[0, 3]].tolist() == [0, 0]
    assert scores[2] > 0, "acier, in the shipped lexicon"
    french = index.score_terms({"en": {"soudag": 1.0}, "fr": {"soudag": 1.0}})
    assert french[2] > 0 and french[:2].tolist() == [0, 0]
    twice = index.score_terms({"en": {}, "fr": {"soudag": 2.0}})
    assert twice[2] == pytest.approx(2 * french[2])
    for query in ("machining of steel", "soudage machining"):
        late = [
            sum(index.weights(Counter(t), len(t)).get(term, 0.0) * n for term, n in query_terms(query)[lang].items())
            for t, lang in zip(terms, LANGS, strict=True)
        ]
        np.testing.assert_allclose(late, index.scores(query), rtol=1e-5)
    index.save(tmp_path)
    np.testing.assert_array_equal(LexicalIndex.load(tmp_path).scores("steel"), scores)


def test_empty_lexical_index_finds_nothing():
    assert LexicalIndex.build([[]], ["en"]).scores("steel").tolist() == [0]


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.02, 1.0), st.integers(1, 400))
def test_a_mask_of_any_width_gives_what_brute_force_gives(seed, share, depth):
    random = np.random.default_rng(seed)
    vectors, queries = (random.normal(size=(n, 8)).astype(np.float32) for n in (1500, 3))
    queries[0] = 0  # every passage is equally near: ties
    # What is masked lies near the query, so that a search without the mask finds little else.
    mask = (vectors @ queries[1] < np.quantile(vectors @ queries[1], share)) | (random.random(1500) < 0.01)
    scores, rows = DenseIndex.build(vectors).search(queries, depth, mask)
    truth, wanted = ExactIndex(vectors).search(queries, depth, mask)
    # Two passages may be so nearly alike that rounding orders them.
    moved = rows[1:] != wanted[1:]
    assert moved.mean() < 0.05 and np.allclose(scores[1:][moved], truth[1:][moved], atol=1e-5)
    np.testing.assert_allclose(scores, truth, rtol=1e-5, atol=1e-5)
    assert (mask[rows] | (rows < 0)).all()


def test_memo_makes_once_and_holds_no_more_than_it_may():
    memo, made = Memo(100), []

    def make(keys):
        def of(missing):
            made.extend(keys[i] for i in missing)
            return [(np.full(10, keys[i], dtype=np.float32),) for i in missing]

        return [float(arrays[0][0]) for arrays in memo.get(keys, of)]

    assert make([1, 2]) == make([1, 2]) == [1, 2] and made == [1, 2]
    assert make([1, 3]) == [1, 3] and made == [1, 2, 3]
    assert memo.has([1, 3]) and not memo.has([2]), "40 bytes each: the one used longest ago went"
    assert make([4, 5, 6, 7]) == [4, 5, 6, 7], "more than it may hold is made all the same"
