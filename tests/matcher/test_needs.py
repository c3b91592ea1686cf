from dataclasses import replace

import numpy as np
import pytest

from matcher.config import MatchConfig
from matcher.needs import infer_needs, need_id, project_needs, project_text, usual_needs
from matcher.scoring import FEATURES, score_firms
from matcher.types import Need, NeedRole, Origin, Project, Role

CONFIG = MatchConfig()

PROJECT = Project(
    "p",
    "Battery line",
    "The line will weld cells into modules by laser. It draws on vision inspection, robot cells, and dry rooms.",
    ("laser welding", "battery modules"),
)


def guess(text, **more):
    return Need(need_id(text), text, NeedRole.EITHER, Origin.INFERRED, **more)


def test_title_technologies_items_drawn_on_and_sentences_are_guessed_in_this_order():
    needs = infer_needs(PROJECT)
    parts = [need.text for need in needs if need.role is NeedRole.EITHER]
    assert parts == [
        "Battery line",
        "laser welding",
        "battery modules",
        "vision inspection",
        "robot cells",
        "dry rooms",
    ]
    assert {need.origin for need in needs} == {Origin.INFERRED}
    every = [need.text for need in infer_needs(PROJECT, limit=40) if need.role is NeedRole.EITHER]
    assert every[6:] == [
        "The line will weld cells into modules by laser",
        "It draws on vision inspection, robot cells, and dry rooms",
    ]


def test_what_such_a_project_usually_needs_is_guessed_with_its_cause():
    usual = [need for need in infer_needs(PROJECT) if need.role is NeedRole.SUPPLIER]
    assert len(usual) == 6 == 12 - len([n for n in infer_needs(PROJECT) if n.role is NeedRole.EITHER])
    assert {need.origin for need in usual} == {Origin.INFERRED}
    assert all(0 < need.weight <= 1 for need in usual) and usual[0].weight == 1
    causes = {PROJECT.title, *PROJECT.technologies, *(f"{s}." for s in PROJECT.description.rstrip(".").split(". "))}
    assert {need.cause for need in usual} <= causes
    assert usual_needs(Project("p", "Battery line")) == ()  # a bare question
    rejected = replace(PROJECT, rejected_needs=(usual[0].text.upper(),))
    assert usual[0].text not in {need.text for need in infer_needs(rejected)}


def test_money_and_english_small_words_name_no_concept():
    assert usual_needs(Project("p", "It", "The direct cost of the battery is $3 million in funding.")) == ()
    assert usual_needs(Project("p", "It", "The team is direct to the point of this and that.")) == ()


@pytest.mark.parametrize(
    "description",
    [
        "It requires robot cells, dry rooms, and lasers. The line is new in Ontario.",  # not the closing sentence
        "The line is new in Ontario. It requires robot cells and dry rooms.",  # two parts are a clause, not a list
    ],
)
def test_only_a_closing_list_is_taken_apart(description):
    needs = infer_needs(Project("p", "Battery line", description))
    texts = [need.text for need in needs if need.role is NeedRole.EITHER]
    assert len(texts) == 3 and "dry rooms" not in texts


def test_stated_need_replaces_all_guesses():
    stated = Need("n1", "busbars of copper")
    confirmed = guess("laser welding", confirmed=True)
    project = replace(PROJECT, needs=(confirmed, stated))
    assert project_needs(project) == (confirmed, stated)


def test_confirmed_guess_leaves_the_other_guesses_there():
    confirmed = guess("robot cells", confirmed=True)
    found = project_needs(replace(PROJECT, needs=(confirmed,)))
    assert found[0] is confirmed
    assert sorted(n.text for n in found) == sorted(n.text for n in infer_needs(PROJECT))
    assert len({n.id for n in found}) == len(found)


def test_guess_is_not_repeated_when_its_stored_form_was_reworded_or_has_another_id():
    reworded = replace(guess("laser welding"), text="laser welding of busbars", confirmed=True)
    renamed = Need("kept", "Battery Modules", NeedRole.SUPPLIER, Origin.INFERRED, confirmed=True)
    found = project_needs(replace(PROJECT, needs=(reworded, renamed)))
    texts = [n.text.casefold() for n in found]
    assert texts[:2] == ["laser welding of busbars", "battery modules"]
    assert "laser welding" not in texts[2:] and texts.count("battery modules") == 1
    assert "vision inspection" in texts


def test_rejected_guesses_are_left_out_stored_or_not():
    project = replace(
        PROJECT, needs=(guess("laser welding", confirmed=True),), rejected_needs=("LASER welding", "robot cells")
    )
    texts = {n.text for n in project_needs(project)}
    assert not texts & {"laser welding", "robot cells"} and "vision inspection" in texts


def test_stated_need_outlives_a_rejected_guess_of_the_same_words():
    stated = Need("n1", "robot cells")
    assert project_needs(replace(PROJECT, needs=(stated,), rejected_needs=("robot cells",))) == (stated,)


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_limit_counts_stored_needs_but_never_cuts_them(limit):
    stored = (guess("robot cells", confirmed=True), guess("busbars", confirmed=True))
    found = project_needs(replace(PROJECT, needs=stored), limit=limit)
    assert found[:2] == stored and len(found) == max(limit, 2)


def test_question_of_one_line_is_its_own_need():
    assert [(n.text, n.origin) for n in project_needs(Project("p", "CNC machining."))] == [
        ("CNC machining", Origin.INFERRED)
    ]
    assert project_needs(Project("p", "CNC machining", rejected_needs=("cnc machining",))) == ()


@pytest.mark.parametrize(
    ("project", "text"),
    [
        (Project("p", "Gears"), "Gears"),
        (Project("p", "Gears", "We cut gears.", ("hobbing", "grinding")), "Gears. We cut gears. hobbing, grinding"),
        (Project("p", "Who cuts gears?", "Small ones."), "Who cuts gears? Small ones."),
        (Project("p", "Gears", technologies=("hobbing",)), "Gears. hobbing"),
    ],
)
def test_project_text_joins_what_there_is(project, text):
    assert project_text(project) == text


def score(needs, n_words, words=(0.2, 1.0), likeness=(0.5, 0.5)):
    """Scores of one firm for the whole text and one need."""
    found = score_firms(
        np.asarray(words)[:, None], np.asarray(likeness)[:, None], np.zeros(1, np.int8), needs, Role.SUPPLIER, CONFIG,
        n_words=n_words,
    )  # fmt: skip
    assert found.logits.sum() == pytest.approx(found.logit[0])
    return dict(zip(FEATURES, found.logits[:, 0], strict=True))


def test_every_kind_of_asking_has_its_weights():
    stated, usual = Need("n", "gears"), Need("u", "gears", NeedRole.SUPPLIER, Origin.INFERRED)
    sure = CONFIG.heads["stated"]
    found = score((stated,), 10)
    assert found["base"] == sure.base and found["words_needs"] == pytest.approx(sure.words_needs * 1.0)
    assert found["words_whole"] == pytest.approx(sure.words_whole * 0.2)
    assert found["likeness_needs"] == pytest.approx(sure.likeness_needs * 0.5)
    assert score((replace(guess("gears"), confirmed=True),), 10) == found
    assert score((guess("gears"),), 10)["base"] == CONFIG.heads["question"].base
    assert score((guess("gears"),), 100)["base"] == CONFIG.heads["supplier"].base
    assert score((usual,), 100)["likeness_needs"] == pytest.approx(CONFIG.heads["supplier"].likeness_needs * 0.5)
    # Where a person stands by a need, a guess beside it changes nothing.
    same = {"words": (0.2, 1.0, 0.4), "likeness": (0.5, 0.5, 0.9)}
    assert score((stated, usual), 100, **same) == score((stated,), 100)


def test_usual_needs_count_by_their_weighted_mean_and_stated_ones_by_the_best_two():
    words, likeness = (0.0, 1.0, 0.5, 0.0), (0.0, 0.9, 0.6, 0.3)
    usual = [Need(str(i), "gears", NeedRole.SUPPLIER, Origin.INFERRED, weight=w) for i, w in enumerate((1, 0.5, 0.5))]
    found = score(usual, 100, words, likeness)
    assert found["likeness_needs"] == pytest.approx(CONFIG.heads["supplier"].likeness_needs * (0.45 + 0.15 + 0.075))
    stated = [Need(str(i), "gears") for i in range(3)]
    found = score(stated, 100, words, likeness)
    assert found["likeness_needs"] == pytest.approx(CONFIG.heads["stated"].likeness_needs * 0.75)


def test_without_needs_of_the_role_the_whole_text_stands_for_them():
    head, other = CONFIG.heads["supplier"], Need("n", "gears", NeedRole.PARTNER)
    found = score((other,), 100)
    words = 0.2 * (head.words_whole + head.words_parts + head.words_needs)
    likeness = 0.5 * (head.likeness_whole + head.likeness_parts + head.likeness_needs)
    assert sum(found.values()) == pytest.approx(head.base + words + likeness)


def test_vector_of_a_text_that_is_cut_counts_by_the_part_it_stands_for():
    stated = (Need("n", "gears"),)
    short, cut = score(stated, CONFIG.vector_words), score(stated, 2 * CONFIG.vector_words)
    halved = ("likeness_whole", "likeness_profile")
    assert all(cut[name] == pytest.approx(short[name] / 2) and short[name] for name in halved)
    assert {k: v for k, v in cut.items() if k not in halved} == {k: v for k, v in short.items() if k not in halved}
