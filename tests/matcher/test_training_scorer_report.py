import json
import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from command_line import run

from matcher.encoding import HashEncoder
from matcher.errors import SourceError
from matcher.evaluation.baselines import run_baselines, score_bm25
from matcher.evaluation.collections import Collection, Query, load_collection
from matcher.features import FEATURES
from matcher.needs import infer_needs, project_needs
from matcher.records import firm_from_row
from matcher.training.intervals import Estimate, mean_with_interval, share_with_interval, statistic_with_interval
from matcher.training.lengths import COMPARED, length_row, lengths_of, rank_correlation
from matcher.training.printing import (
    Sheet,
    chance_sheet,
    curve_sheets,
    full_report,
    length_sheet,
    quality_sheet,
    reliability_picture,
    removal_sheet,
)
from matcher.training.quality import measures_of, quality
from matcher.training.report import (
    chance_bins,
    learning_curve,
    log_loss,
    parts_of,
    reliability,
    removals,
    without_usual_needs,
)
from matcher.training.samples import Sample, graded_samples
from matcher.training.scorer import GradedHead, Recipe, fit_all, graded_heads, out_of_fold
from matcher.types import NeedRole, Project, Role


def sample(name, grades, role=Role.PARTNER, n_unjudged=0, **features):
    """A graded project: a column of each feature, 0 where none is given; the last firms may be graded by nobody."""
    n_firms = len(grades) + n_unjudged
    table = np.zeros((len(FEATURES), n_firms))
    table[0] = 1
    for feature, values in features.items():
        table[FEATURES.index(feature)] = values
    firms = tuple(f"f{i}" for i in range(n_firms))
    query = Query(f"{name}:{role.value}", name, Project(name, name), role)
    return Sample(query, role, firms, table, dict(zip(firms, grades, strict=False)))


def partners(n, **features):
    return {"pooled": [sample(f"p{i}", [3, 0, 2, 0], **features) for i in range(n)]}


# -- intervals


def test_interval_of_a_mean_by_hand():
    # Of 0, 0, 3 the mean of three draws is the number of 3s drawn: none in 8 of 27 draws, three in 1 of 27 (3.7 %).
    assert mean_with_interval([0, 0, 3]) == Estimate(1.0, 0.0, 3.0)
    assert mean_with_interval([0.25, 0.25]) == Estimate(0.25, 0.25, 0.25)
    # Of 0 and 1 a hundred times each: standard error 0.5 / sqrt(200), 1.96 of them on each side.
    wide = mean_with_interval([0, 1] * 100)
    assert wide.low == pytest.approx(0.5 - 0.0693, abs=0.005) and wide.high == pytest.approx(0.5 + 0.0693, abs=0.005)
    assert mean_with_interval([0, 1, 5], seed=1) == mean_with_interval([0, 1, 5], seed=1)
    with pytest.raises(ValueError, match="at least one"):
        mean_with_interval([])


def test_interval_of_any_figure_draws_projects_and_gives_the_figure_of_all_as_it_is():
    values = np.asarray([1.0, 2.0, 30.0])
    found = statistic_with_interval(lambda projects: float(np.median(values[projects])), 3)
    # The median of three draws is 1 or 30 in 7 of 27 draws each.
    assert found == Estimate(2.0, 1.0, 30.0)


def test_wilson_interval_of_a_share_by_hand():
    # z² = 3.8415. 5 of 10: middle 0.5, half = 1.96 · sqrt(0.025 + 0.009604) / 1.38415 = 0.2634.
    found = share_with_interval(5, 10)
    assert (found.low, found.high) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))
    # 0 of 10: from 0 to z² / (10 + z²).
    assert share_with_interval(0, 10).low == 0
    assert share_with_interval(0, 10).high == pytest.approx(3.8415 / 13.8415, abs=1e-4)
    assert share_with_interval(10, 10).high == pytest.approx(1)
    for n_true, n in ((0, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match=f"{n_true} of {n}"):
            share_with_interval(n_true, n)


# -- quality


def test_ndcg_over_judged_firms_leaves_out_whom_nobody_judged():
    one = sample("p", [2, 0], n_unjudged=1)
    # The unjudged firm first, then grade 2, then grade 0: nDCG is 2 / log2(3) over 2 / log2(2).
    found = measures_of([one], [np.asarray([1.0, 0.0, 2.0])])
    assert found["nDCG@10"] == [pytest.approx(1 / math.log2(3))]
    assert found["nDCG@10_judged"] == [1.0] and found["judged@10"] == [pytest.approx(2 / 3)]
    row = quality([one, sample("q", [0, 0])], [np.asarray([1.0, 0.0, 2.0]), np.zeros(2)])
    assert row["nDCG@10"] == row["nDCG@10_low"] == row["nDCG@10_high"] == pytest.approx(1 / math.log2(3))


def test_one_family_cannot_be_judged_out_of_fold():
    same = [sample("concrete a", [2, 0]), sample("concrete b", [2, 0])]
    with pytest.raises(SourceError, match="of 1 family \\['concrete'\\]: expected two or more"):
        out_of_fold(same, ("base",))


# -- parts removed


def test_parts_are_features_of_the_heads_and_pairs_of_words_and_likeness():
    recipe = Recipe(Role.PARTNER, ("words_whole", "likeness_whole", "likeness_parts"), 0.003)
    heads = [GradedHead("partner", recipe, partners(2))]
    assert parts_of(heads) == {
        "words_whole": ("words_whole",),
        "likeness_whole": ("likeness_whole",),
        "likeness_parts": ("likeness_parts",),
        "only_sells": ("only_sells",),
        "profile_length": ("profile_length",),
        "off_topic": ("off_topic",),
        "words_whole, likeness_whole": ("words_whole", "likeness_whole"),
    }


def test_heads_that_nobody_graded_for_are_left_out():
    assert [head.name for head in graded_heads(partners(2))] == ["partner"]


def test_removing_the_one_part_that_tells_loses_what_it_told():
    # Only words tell; without them all are alike and stand by id: 3, 0, 2, 0.
    told = partners(4, words_whole=[1.0, 0.0, 0.9, 0.1])
    best, by_id = 3 + 2 / math.log2(3), 3 + 2 / math.log2(4)
    other = partners(4, words_whole=[0.9, 0.0, 1.0, 0.1])  # made in another way, 2 stands before 3
    rows = {row.name: row for row in removals(told, {"care": other})}
    key = ("partner", "pooled")
    assert list(rows)[-2:] == ["care", "all"] and rows["all"].ndcg == {key: 1.0} and not rows["all"].change
    lost = rows["words_whole"]
    assert lost.ndcg[key] == pytest.approx(by_id / best)
    assert lost.change[key].value == lost.change[key].high == pytest.approx(by_id / best - 1)
    assert rows["likeness_whole"].ndcg[key] == 1.0 and rows["likeness_whole"].change[key] == Estimate(0, 0, 0)
    assert rows["care"].ndcg[key] == pytest.approx((2 + 3 / math.log2(3)) / best)
    text = removal_sheet(list(rows.values()))
    assert text.rows[0] == ("words_whole", f"{by_id / best:.3f} (-0.061 to -0.061)", "–", "–", "–", "–")
    assert text.rows[-1] == ("all", "1.000", "–", "–", "–", "–")


def test_without_the_vocabulary_only_parts_of_the_text_are_asked(projects):
    project = projects["ngen-lightweight-ev-inverter-components"]
    collection = Collection("c", (), (), (Query("q", "", project, Role.SUPPLIER),), {}, 2, 0)
    assert NeedRole.SUPPLIER in {need.role for need in project_needs(project)}
    asked = project_needs(without_usual_needs(collection).queries[0].project)
    assert asked == tuple(need for need in infer_needs(project, limit=1000) if need.role is NeedRole.EITHER)[:12]


# -- fewer projects


def test_log_loss_by_hand():
    one = sample("p", [3, 0], n_unjudged=1)
    assert log_loss(one, np.asarray([0.0, 0.0, 9.0])) == pytest.approx(math.log(2))
    # Chances of 0.8 for the one that is right and 0.2 for the other: -ln 0.8 each.
    assert log_loss(one, np.asarray([math.log(4), -math.log(4), 0])) == pytest.approx(-math.log(0.8))


def test_curve_ends_with_what_is_out_of_fold_and_loses_where_little_was_seen():
    # Of six families, one alone shows that likeness tells; words tell in none.
    samples = {"pooled": [sample(f"p{i}", [0, 3, 0], words_whole=[0.5, 0.5, 0.5]) for i in range(5)]}
    samples["pooled"].append(sample("q", [0, 3, 0], likeness_whole=[0.0, 1.0, 0.0]))
    samples["pooled"][0] = sample("p0", [0, 3, 0], likeness_whole=[0.0, 1.0, 0.0])
    points = learning_curve(samples, sizes=(1, 3, 12), n_draws=3)
    assert [point.n_families for point in points] == [1, 3, 5]
    head = graded_heads(samples)[0]
    whole = head.held_out()["pooled"]
    assert points[-1].ndcg == mean_with_interval(measures_of(samples["pooled"], whole)["nDCG@10"])
    losses = [log_loss(s, row) for s, row in zip(samples["pooled"], whole, strict=True)]
    assert points[-1].log_loss == mean_with_interval(losses)
    assert points[-1].ndcg_change == points[-1].log_loss_change == Estimate(0, 0, 0)
    # Two projects can be ranked by likeness, where it was seen: the fewer families, the rarer. The rest stand by id.
    assert points[0].ndcg.value <= points[1].ndcg.value <= points[2].ndcg.value > points[0].ndcg.value
    assert points[2].ndcg.value == pytest.approx((2 + 4 / math.log2(3)) / 6)
    assert points == learning_curve(samples, sizes=(1, 3, 12), n_draws=3)
    assert points[0] != learning_curve(samples, sizes=(1, 3, 12), n_draws=3, seed=1)[0]
    ndcg, loss = curve_sheets(points)
    assert ndcg.columns == ("head, grades", "1 families", "3 families", "5 families")
    assert ndcg.rows[0][-1].startswith(f"{points[2].ndcg.value:.3f} (") and len(loss.rows) == 1


# -- chances


def test_bins_of_chances_by_hand():
    chance = np.asarray([0.0, 0.1, 0.2, 0.3, 0.9, 1.0])
    low, middle, high = chance_bins(chance, np.asarray([0, 0, 1, 0, 1, 1.0]), edges=(0, 0.2, 0.5, 0.9, 1))
    assert (low.low, low.high, low.n_pairs, low.observed.value) == (0, 0.2, 2, 0)
    assert low.predicted == pytest.approx(0.05)
    assert (middle.n_pairs, middle.observed.value) == (2, 0.5)  # a chance of 0.2 belongs above the edge
    assert middle.predicted == pytest.approx(0.25)
    assert (high.low, high.high, high.n_pairs, high.observed.value) == (0.9, 1, 2, 1)  # and 1 into the last bin


def test_reliability_by_hand():
    logit = math.log(4)  # chances of 0.8 and 0.2
    samples = [sample("p", [3, 0, 0, 0, 3]), sample("q", [2, 2, 0, 0, 1])]
    logits = [np.asarray([logit, logit, -logit, -logit, -logit]), np.asarray([logit, logit, -logit, -logit, -logit])]
    found = reliability("partner", "pooled", samples, logits)
    # Right by 0.2 in eight pairs and wrong by 0.8 in two: (8 · 0.04 + 2 · 0.64) / 10.
    assert found.brier.value == pytest.approx(0.16)
    assert found.brier_base_rate == pytest.approx(0.24) and found.brier_gain.value == pytest.approx(0.08)
    # Ten bins of one pair each: the mean distance, 0.2 in eight and 0.8 in two.
    assert found.error.value == pytest.approx(0.32)
    # p alone: 3 right and 2 wrong; q alone: all right.
    assert found.brier.low == pytest.approx(0.04) and found.brier.high == pytest.approx((3 * 0.04 + 2 * 0.64) / 5)
    # A pair of chance 0.8 is off by 0.2 in 4 of 5 draws and by 0.8 in the fifth: 0.32 again.
    assert found.error_by_chance == pytest.approx(0.32, abs=0.02)
    assert found.error_by_chance_high > found.error_by_chance
    assert [(part.n_pairs, part.observed.value) for part in found.bins] == [(6, pytest.approx(1 / 6)), (4, 0.75)]
    assert chance_sheet([found]).rows[0][1:3] == ("0.160 (0.040 to 0.280)", "0.240")
    picture = ET.fromstring(reliability_picture(found))
    circles = [(float(c.get("cx")), float(c.get("cy"))) for c in picture.iter("{http://www.w3.org/2000/svg}circle")]
    # A square of 320 that begins at 48, shares upwards.
    assert circles == [(48 + 64, pytest.approx(48 + 320 * 5 / 6, abs=0.1)), (48 + 256, 48 + 80)]


# -- lengths


def test_rank_correlation_by_hand():
    assert rank_correlation([1, 2, 3], [10, 20, 30]) == 1 and rank_correlation([1, 2, 3], [3, 2, 1]) == -1
    # Ranks 1 2 3 against 1 3 2: 1 - 6 · (0 + 1 + 1) / (3 · 8).
    assert rank_correlation([1, 2, 3], [10, 30, 20]) == 0.5
    # Ranks 1.5 1.5 3 against 1 2 3: covariance 1.5, variances 1.5 and 2, 1.5 / sqrt(3).
    assert rank_correlation([0, 0, 9], [1, 2, 3]) == pytest.approx(1.5 / math.sqrt(3))
    assert rank_correlation([1, 1, 1], [1, 2, 3]) is None and rank_correlation([1], [1]) is None


def test_length_row_by_hand():
    one = sample("p", [0, 0, 3], n_unjudged=1)
    words = {"f0": 10, "f1": 20, "f2": 30, "f3": 40}
    bm25 = {"p:partner": {"f0": 0.0, "f1": 5.0, "f2": 1.0, "f3": 7.0}}
    row = length_row("partner", "pooled", [one], [np.asarray([4.0, 3.0, 2.0, 1.0])], bm25, words)
    assert tuple(row.correlation) == COMPARED
    values = {name: found.value for name, found in row.correlation.items()}
    assert values["ours"] == values["ours_graded"] == values["ours_zero"] == -1
    assert values["bm25"] == pytest.approx(1 - 6 * 2 / (4 * 15))  # ranks 1 3 2 4
    assert values["bm25_graded"] == 0.5 and values["bm25_zero"] == 1
    assert values["grades"] == pytest.approx(1.5 / math.sqrt(3))
    nothing = length_row("partner", "pooled", [sample("p", [0, 3])], [np.zeros(2)], bm25, words)
    assert nothing.correlation["ours"] is None and nothing.correlation["bm25"].value == 1
    assert length_sheet([nothing]).rows[0][:3] == ("partner, pooled", "–", "+1.00 (+1.00 to +1.00)")


def test_profile_length_counts_words_of_passages_and_no_certificates():
    firm = firm_from_row({"id": "a", "name": "A", "profile": "We weld steel frames.", "certifications": ["ISO 9001"]})
    assert lengths_of(Collection("c", (firm,), ("",), (), {}, 2, 0)) == {"a": 4}


# -- in print


def test_markdown_of_a_sheet():
    sheet = Sheet("T", ("a", "long"), (("wide one", "1"),), "Note.")
    assert sheet.markdown().splitlines() == [
        "**T**",
        "",
        "| a        | long |",
        "| -------- | ---- |",
        "| wide one | 1    |",
        "",
        "Note.",
    ]


TRADES = ("welding of steel frames", "plastic injection moulding", "printed circuit boards")


@pytest.fixture
def graded(tmp_path):
    """Three projects and six firms of three trades: a firm of a project's trade is graded 3, the others 0."""
    (tmp_path / "projects").mkdir()
    firms = [
        {"id": f"f{i}{j}", "name": f"Firm {i}{j}", "city": "Milton", "profile": f"We offer {trade}. " + "Ask us. " * j}
        for i, trade in enumerate(TRADES)
        for j in range(2)
    ]
    projects = [
        {"id": f"p{i}", "title": f"Project {i}", "description": f"A plant that needs {t}."}
        for i, t in enumerate(TRADES)
    ]
    for name, rows in (("firms.jsonl", firms), ("projects.jsonl", projects)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = ["project_id\tfirm_id\trole\tgrade"]
    for role in Role:
        lines += [f"p{i}\t{f['id']}\t{role.value}\t{3 * (f['id'][1] == str(i))}" for i in range(3) for f in firms]
    for name in ("qrels.tsv", "qrels_halton.tsv"):
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    needs = [f"p{i}\tsupplier\t{trade}" for i, trade in enumerate(TRADES)]
    (tmp_path / "projects" / "needs_halton.tsv").write_text("\n".join(["project_id\trole\tneed", *needs]) + "\n")
    return tmp_path


def test_bm25_alone_is_the_baseline(graded):
    collection = load_collection(graded)
    runs = run_baselines(collection, HashEncoder(32))
    ids = [firm.id for firm in collection.firms]
    for query, row in score_bm25(collection).items():
        assert dict(runs["bm25"][query]) == pytest.approx(dict(zip(ids, row.tolist(), strict=True)))


def test_full_report_agrees_with_the_scorer(graded):
    pooled, region = load_collection(graded), load_collection(graded, qrels="qrels_halton.tsv", region="Halton")
    needs = {}
    steps = []
    sheets, pictures = full_report(
        pooled, region, needs, HashEncoder(64), n_draws=1, progress=lambda *step: steps.append(step)
    )
    # Nobody stated a need, so there is no head for these, and nothing of it in any table.
    rows = fit_all(graded_samples(pooled, region, HashEncoder(64), needs))[1]
    assert list(rows) == [(head, key) for head in ("partner", "supplier") for key in ("pooled", "Halton")]
    assert sheets[0] == quality_sheet(rows)
    assert sheets[1].rows[-1] == ("all", *(f"{row['nDCG@10']:.3f}" for row in rows.values()), "–")
    assert sheets[1].rows[-2][0] == "guesses of the vocabulary" and steps[0] == (0, 5, "features")
    names = ["partner, pooled", "partner, Halton", "supplier, pooled", "supplier, Halton"]
    assert [row[0] for row in sheets[2].rows] == [row[0] for row in sheets[4].rows] == names
    assert sorted(pictures) == sorted(f"reliability-{n.replace(', ', '-').lower()}.svg" for n in names)


@pytest.mark.slow
@pytest.mark.model
def test_command_prints_and_writes_the_same_tables_and_no_scorer(graded, tmp_path):
    folder = tmp_path / "report"
    done = run("train", "scorer-report", folder, "--data", graded, "--draws", "1")
    text = (folder / "report.md").read_text(encoding="utf-8")
    for table in text.split("\n\n**"):
        assert table.strip() in done.stdout
    assert "| stated, Halton " in text and len(list(folder.iterdir())) == 7  # three heads, two sets of grades
    assert not list(tmp_path.rglob("scorer.json"))


def test_command_says_what_is_missing_before_it_works(tmp_path):
    done = run("train", "scorer-report", tmp_path / "r", "--other-encoder", tmp_path / "none", code=1)
    assert "no encoder in" in done.stderr and not (tmp_path / "r").exists()
    (tmp_path / "file").write_text("")
    assert "file" in run("train", "scorer-report", tmp_path / "file", code=2).stderr
