from pathlib import Path

import numpy as np
import pytest

from matcher.encoding import CachedEncoder, HashEncoder, OnnxEncoder
from matcher.errors import ArtifactMissing, EncoderError

MODEL = Path(__file__).parent.parent.parent / "models" / "encoder"
TEXTS = [f"{'precision machining of aluminium ' * (i % 9)} part {i}" for i in range(31)]


@pytest.mark.model
def test_vector_does_not_depend_on_its_batch():
    encoder = OnnxEncoder.load(MODEL)
    text = "laser welding of battery trays"
    alone = encoder.encode([text])[0]
    among = encoder.encode([*TEXTS[:15], text, *TEXTS[15:]])[15]
    np.testing.assert_allclose(alone, among, atol=1e-5)
    assert np.linalg.norm(alone) == pytest.approx(1, abs=1e-5)
    assert not encoder.encode([" "])[0].any()


@pytest.mark.model
def test_shipped_encoder_knows_capabilities_in_both_languages():
    encoder = OnnxEncoder.load(MODEL)
    assert encoder.id.startswith("capability-minilm-int8-")
    asked, same, french, other = encoder.encode(
        ["injection moulding", "plastic parts moulded to order", "moulage par injection de plastique", "tax advice"]
    )
    assert min(asked @ same, asked @ french) > asked @ other + 0.3


def test_missing_encoder_says_so(tmp_path):
    with pytest.raises(ArtifactMissing, match="has no manifest.json"):
        OnnxEncoder.load(tmp_path)


def test_cache_gives_the_same_vectors_and_goes_on_after_a_stop(tmp_path):
    path = tmp_path / "vectors.sqlite3"
    first = CachedEncoder(HashEncoder(), path)
    vectors = first.encode(TEXTS)
    first.close()
    seen: list[int] = []
    again = CachedEncoder(HashEncoder(), path)
    np.testing.assert_array_equal(
        again.encode([*TEXTS, "new"], progress=lambda done, _: seen.append(done))[:31], vectors
    )
    assert seen == [31, 32] and set(again.cached(["new", "never"])) == {"new"}
    other = CachedEncoder(HashEncoder(32), path)
    assert other.cached(TEXTS) == {} and other.encode(["x"]).shape == (1, 32)
    again.close()
    other.close()


def test_stored_vectors_can_be_forgotten_and_changes_are_counted(tmp_path):
    one, other = (CachedEncoder(HashEncoder(), tmp_path / "vectors.sqlite3") for _ in range(2))
    version = one.version()
    assert one.version() == version
    other.encode(["laser", "welding"])
    seen = one.version()
    assert seen != version, "another process stored vectors"
    assert one.forget(["laser", "laser", "never stored"]) == 1 and one.version() != seen
    assert set(other.cached(["laser", "welding"])) == {"welding"}
    one.close()
    other.close()


def test_a_store_that_cannot_be_written_says_so_and_goes_on_after(tmp_path):
    path = tmp_path / "vectors.sqlite3"
    encoder = CachedEncoder(HashEncoder(), path)
    encoder.encode(["known"])
    encoder._db.execute("PRAGMA query_only = 1")  # as a disk that takes no more
    with pytest.raises(EncoderError, match="cannot be written"):
        encoder.encode(["new"])
    assert set(encoder.cached(["known", "new"])) == {"known"}
    encoder._db.execute("PRAGMA query_only = 0")
    assert encoder.encode(["new"]).shape == (1, 64)
    encoder.close()
