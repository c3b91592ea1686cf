import json

import numpy as np
import pytest

from matcher.config import HEADS, read_scorer, shipped_scorer
from matcher.errors import ArtifactMismatch, ArtifactMissing, EncoderError, SourceError
from matcher.features import FEATURES
from matcher.training.material import read_material
from matcher.training.pairs import Pair, detail_pairs, mixed
from matcher.training.profiles import TrainingFirm
from matcher.training.quality import calibration_error, quality
from matcher.training.samples import Sample
from matcher.training.scorer import family_of, fit_head, logits_of, out_of_fold
from matcher.types import Role


def sample(name, values, grades):
    from matcher.evaluation.collections import Query
    from matcher.types import Project

    table = np.zeros((len(FEATURES), len(grades)))
    table[0], table[1] = 1, values
    firms = tuple(f"f{i}" for i in range(len(grades)))
    query = Query(f"{name}:partner", name, Project(name, name), Role.PARTNER)
    return Sample(query, Role.PARTNER, firms, table, dict(zip(firms, grades, strict=True)))


def test_head_learns_what_tells_and_no_weight_has_a_wrong_sign():
    good = [sample(f"p{i}", [0.9, 0.8, 0.2, 0.1, 0.3], [3, 2, 0, 1, 0]) for i in range(4)]
    head = fit_head(good, ("base", "words_whole", "only_sells"), strength=0.001)
    assert head.words_whole > 1 and head.base < 0 and head.likeness_whole == 0
    held_out = out_of_fold(good, ("base", "words_whole"), strength=0.001)
    measured = quality(good, held_out)
    assert measured["nDCG@10"] > 0.95 and measured["wrong_2"] == 0
    assert measured["brier"] < measured["brier_base_rate"]
    odd = [sample(f"p{i}", [0.1, 0.2, 0.9], [3, 2, 0]) for i in range(4)]
    assert fit_head(odd, ("base", "words_whole")).words_whole == 0
    np.testing.assert_allclose(logits_of(head, good[0]), head.base + head.words_whole * good[0].values[1])


def test_calibration_error_by_hand_and_families():
    chance, truth = np.repeat([0.2, 0.8], 5), np.asarray([0, 0, 0, 0, 1, 1, 1, 1, 1, 1.0])
    assert calibration_error(chance, truth, n_bins=2) == pytest.approx(0.1)
    assert family_of("a", "N95 masks") == family_of("b", "Face shields") != family_of("c", "Concrete blocks")


def test_shipped_scorer_is_whole_and_a_damaged_one_is_refused(tmp_path):
    version, heads, bands = shipped_scorer()
    assert version and set(heads) == set(HEADS) and bands["maybe"] < bands["worth_a_call"]
    with pytest.raises(ArtifactMissing, match="no scorer"):
        read_scorer(tmp_path / "scorer.json")
    (tmp_path / "scorer.json").write_text(json.dumps({"version": "x", "heads": {}, "bands": {}}))
    with pytest.raises(ArtifactMismatch, match="matcher train scorer"):
        read_scorer(tmp_path / "scorer.json")


def test_folder_without_profiles_says_what_is_expected(tmp_path):
    with pytest.raises(SourceError, match="ccc_profiles/profiles.jsonl.gz"):
        read_material(tmp_path)


@pytest.mark.slow
@pytest.mark.model
def test_small_run_of_the_encoder_trains_goes_on_and_is_exported(tmp_path):
    from matcher.encoding import OnnxEncoder
    from matcher.training.encoder import Recipe, Trainer, load_model, train
    from matcher.training.export import default_model, export_encoder
    from matcher.training.restore import average_models, restore_model

    pairs = [Pair("a", f"g{i % 8}", f"welding of part {i}", f"we weld item {i}") for i in range(24)]
    recipe = Recipe(epochs=2, batch=8, learning_rate=1e-4, max_tokens=16)
    first = Trainer(default_model(), pairs, recipe, checkpoints=tmp_path / "c")
    steps = first.run(save_every=1)
    assert next(steps).number == 1 and next(steps).number == 2
    seen = []
    model = train(default_model(), pairs, recipe, tmp_path / "m", checkpoints=tmp_path / "c", progress=seen.append)
    assert [step.number for step in seen] == [3, 4, 5, 6]
    encoder = OnnxEncoder.load(export_encoder(model, tmp_path / "e", name="tried"))
    assert encoder.encode(["welding"]).shape == (1, 384)
    # What ships can be gone on from: its int8 weights are turned back, and give the same vectors.
    again = restore_model(tmp_path / "e", default_model(), tmp_path / "r")
    texts = ["welding of aluminium frames", "usinage"]
    restored = OnnxEncoder.load(export_encoder(again, tmp_path / "e2", name="again")).encode(texts)
    assert (restored * encoder.encode(texts)).sum(axis=1).min() > 0.999
    half = load_model(average_models(again, default_model(), 0.5, tmp_path / "h"), "cpu").state_dict()
    one, other = (load_model(model, "cpu").state_dict() for model in (again, default_model()))
    for name in list(half)[:20]:
        np.testing.assert_allclose(half[name].numpy(), (one[name] + other[name]).numpy() / 2, atol=1e-6)
    (tmp_path / "e" / "encoder.onnx").write_bytes(b"no graph")
    with pytest.raises(EncoderError, match="expected an exported encoder"):
        restore_model(tmp_path / "e", default_model(), tmp_path / "r2")


def test_described_offerings_ask_for_the_rest_of_their_firm_and_a_mix_is_drawn_by_kind():
    texts = [
        f"Product {i}: a machine of kind {i} that is built and tested for makers of goods in plants" for i in range(4)
    ]
    offerings = tuple(tuple(text.split(": ")) for text in texts)
    firm = TrainingFirm("f", "en", "ON", True, "", offerings, None, (), ())
    found = list(detail_pairs([firm], np.random.default_rng(0)))
    assert {pair.kind for pair in found} == {"detail", "half"} and len(found) == 5
    for pair in found:
        assert pair.group == "f" and not set(pair.query.split(". ")) & set(pair.passage.split(". "))
    drawn = mixed(found, {"half": 5, "detail": 2})
    assert [pair.kind for pair in drawn] == ["half", "detail", "detail"]
    with pytest.raises(ValueError, match="no pairs of kind"):
        mixed(found, {"goods": 1})
