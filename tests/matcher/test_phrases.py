"""Words side by side, and likeness to a whole profile: worked by hand, stored or late, and with a passage masked."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Firm, HashEncoder, Matcher, Project, Role, Statement, StatementKind
from matcher.indexes.phrases import PhraseIndex, pairs_of
from matcher.live import phrase_weights
from matcher.snapshot import load_snapshot, save_snapshot
from matcher.training.scorer import QUESTION

TERMS = st.lists(st.sampled_from("abcd"), max_size=6)


def firm(key, *texts, lang="en"):
    statements = [Statement(f"s{i}", StatementKind.CAPABILITY, text, "site") for i, text in enumerate(texts)]
    return Firm(key, f"Firm {key}", city="Milton", lang=lang, statements=tuple(statements))


@given(st.lists(st.lists(TERMS, max_size=3), max_size=5), TERMS)
def test_index_agrees_with_looking_at_every_document(documents, question):
    numbers = {term: i for i, term in enumerate("abc")}  # d has no number: it stands in no pair
    weights = {pair: 1.0 + i for i, pair in enumerate(dict.fromkeys(zip(question, question[1:], strict=False)))}
    expected = [sum(w for pair, w in weights.items() if "d" not in pair and pair in pairs_of(d)) for d in documents]
    assert PhraseIndex.build(documents, numbers).scores(weights, numbers).tolist() == expected


def test_words_side_by_side_count_and_words_apart_do_not():
    matcher = Matcher.build(
        [firm("apart", "Pressure checks and vessel repairs."), firm("side", "Pressure vessel repairs and checks.")],
        HashEncoder(),
    )
    search = matcher.search(Project("p", "Pressure vessel"))
    assert search.phrases.tolist() == [0.0, 1.0]  # by id: apart, side
    assert matcher.rank_all(Project("p", "Pressure vessel"), Role.SUPPLIER)[0][0] == "side"


def test_pairs_do_not_reach_over_the_end_of_a_passage():
    matcher = Matcher.build([firm("two", "Repairs of pressure", "Vessel makers since 1950")], HashEncoder())
    assert matcher.search(Project("p", "Pressure vessel")).phrases.tolist() == [0.0]


def test_a_late_firm_and_a_stored_one_say_the_same(tmp_path):
    project = Project("p", "Soudage de cuves", "Soudage de cuves sous pression, pressure vessel welding.")
    texts = ("Soudage de cuves sous pression.", "Nous soudons l'acier.")
    firms = [firm("a", *texts, lang="fr"), firm("b", "Pressure vessel welding.", "Steel.")]
    matcher = Matcher.build([*firms, firm("c", "Bakery.")], HashEncoder())
    matcher.update([replace(one, id=f"{one.id}2") for one in firms], change=1)
    search = matcher.search(project)
    found = {search.view.firm_id(int(p)): i for i, p in enumerate(search.candidates.positions)}
    for key in "ab":
        assert search.phrases[found[key]] == search.phrases[found[f"{key}2"]] > 0
        assert search.profile[found[key]] == pytest.approx(search.profile[found[f"{key}2"]], abs=1e-6)
    save_snapshot(matcher.view.snapshot, tmp_path)
    again = Matcher(load_snapshot(tmp_path), HashEncoder()).search(project)
    stored = [i for i, p in enumerate(search.candidates.positions) if p < 3]
    np.testing.assert_array_equal(
        again.view.phrases(search.queries.texts[0]), search.view.phrases(search.queries.texts[0])[:3]
    )
    np.testing.assert_allclose(again.profile, search.profile[stored], atol=1e-6)


def test_weight_of_a_phrase_is_that_of_its_rarity():
    matcher = Matcher.build([firm("a", "Steel welding. Steel cutting."), firm("b", "Steel.")], HashEncoder())
    lexical = matcher.view.snapshot.lexical
    assert phrase_weights("steel welding, steel welding", "en", lexical) == {
        ("steel", "weld"): lexical.idf("steel") + lexical.idf("weld"),
        ("weld", "steel"): lexical.idf("steel") + lexical.idf("weld"),
    }


def test_whole_profile_is_the_mean_of_its_passages():
    encoder = HashEncoder()
    matcher = Matcher.build(
        [firm("a", "Gears", "Welding of frames"), Firm("b", "Nothing known", city="Milton")], encoder
    )
    search = matcher.search(Project("p", "Gears"))
    vectors = encoder.encode(["Gears", "Welding of frames"])
    mean = vectors.sum(axis=0) / np.linalg.norm(vectors.sum(axis=0))
    assert search.profile[0] == pytest.approx(float(mean @ search.queries.vectors[0]), abs=1e-6)
    assert not matcher.view.profiles[1].any()


def test_what_is_masked_is_left_out_of_phrases_and_profile():
    firms = [
        firm("a", "Pressure vessel welding in steel and titanium.", "Gear cutting for trucks."),
        firm("b", "Bakery"),
    ]
    project = Project("p", "Pressure vessel welding")
    shown = Matcher.build(firms, HashEncoder()).match(project).supplier[0]
    quote = next(e for need in shown.needs for e in need.evidence if "vessel" in e.quote)
    assert shown.firm_id == "a"
    # A firm without that passage, by the statistics of the index that had it.
    matcher = Matcher.build(firms, HashEncoder())
    explainer = matcher._explainer(matcher.search(project))
    inputs = explainer.inputs(0)
    phrases, profile = inputs.said_without(explainer._whole, 0)
    assert phrases == 0.0 and inputs.said_without(explainer._whole)[0] > 0
    assert profile == pytest.approx(float(inputs.vectors[1] @ explainer._whole), abs=1e-6)
    assert quote.without_it < shown.score
    assert QUESTION.phrases_whole > 0 and QUESTION.likeness_profile > 0
