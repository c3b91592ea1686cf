"""The encoder of the baselines, exported once a machine, and the command that measures with it."""

import json
import shutil

import pytest
from command_line import ROOT, run

from matcher.evaluation.base import is_base, open_base_encoder
from matcher.library import default_encoder_folder

pytestmark = [pytest.mark.slow, pytest.mark.model]


@pytest.fixture(scope="module", autouse=True)
def exported_by_the_code_that_is_here():
    """What an older version of the exporter left is made anew."""
    folder, exporter = default_encoder_folder().with_name("base-encoder"), ROOT / "matcher/training/export.py"
    if folder.exists() and folder.stat().st_mtime < exporter.stat().st_mtime:
        shutil.rmtree(folder)


def test_base_minilm_is_exported_near_its_source_and_used_whatever_is_shipped(tmp_path):
    from sentence_transformers import SentenceTransformer

    from matcher.training.export import default_model

    assert not is_base(default_encoder_folder())
    base = open_base_encoder(cache=tmp_path / "vectors.sqlite3")
    assert base.id.startswith("all-MiniLM-L6-v2-int8-") and base.dim == 384
    texts = ["CNC machining", "We bake bread.", "soudage au laser de tôles d'acier"]
    source = SentenceTransformer(str(default_model()), device="cpu").encode(texts, normalize_embeddings=True)
    assert (source * base.encode(texts)).sum(axis=1).min() > 0.97
    base.close()


def test_evaluate_prints_whole_headings_and_writes_full_names(tmp_path):
    asked = ("evaluate", "data", "--role", "supplier", "--qrels", "qrels_halton.tsv", "--region", "Halton")
    done = run(*asked, "--json", tmp_path / "all.json", "--run", tmp_path / "ours.txt")
    heading = next(line for line in done.stdout.splitlines() if line.lstrip().startswith("system"))
    assert heading.split() == ["system", "nDCG@10", "R@10", "R@100", "S@1", "S@5", "MRR@10", "jdg@10"]
    assert len(heading) <= 80 and "S@1 = Success@1" in done.stdout
    assert "DEBUG" not in done.stderr and "bm25s" not in done.stderr
    written = json.loads((tmp_path / "all.json").read_text())
    assert written["n_firms"] == 47 and written["n_queries"] == 15
    assert set(written["systems"]["ours"]) == {
        "nDCG@10", "R@10", "R@100", "Success@1", "Success@5", "MRR@10", "judged@10",
    }  # fmt: skip
    assert (tmp_path / "ours.txt").read_text().split()[0].endswith(":supplier")
