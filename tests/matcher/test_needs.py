from dataclasses import replace

import numpy as np
import pytest

from matcher.config import MatchConfig
from matcher.needs import infer_needs, need_id, project_needs, project_text
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
    assert [need.text for need in infer_needs(PROJECT)] == [
        "Battery line",
        "laser welding",
        "battery modules",
        "vision inspection",
        "robot cells",
        "dry rooms",
        "The line will weld cells into modules by laser",
        "It draws on vision inspection, robot cells, and dry rooms",
    ]
    assert {need.origin for need in infer_needs(PROJECT)} == {Origin.INFERRED}


@pytest.mark.parametrize(
    "description",
    [
        "It requires robot cells, dry rooms, and lasers. The line is new in Ontario.",  # not the closing sentence
        "The line is new in Ontario. It requires robot cells and dry rooms.",  # two parts are a clause, not a list
    ],
)
def test_only_a_closing_list_is_taken_apart(description):
    texts = [need.text for need in infer_needs(Project("p", "Battery line", description))]
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


def test_stated_needs_weigh_their_whole_share_and_guesses_grow_with_the_text():
    head, stated = CONFIG.supplier, Need("n", "gears")
    found = score((stated,), 10)
    assert found["words_needs"] == pytest.approx(head.scale * head.stated * 1.0)
    assert found["words_whole"] == pytest.approx(head.scale * (1 - head.stated) * 0.2)
    assert found["likeness_needs"] == pytest.approx(head.scale * head.stated * head.need_similarity * 0.5)
    assert score((replace(guess("gears"), confirmed=True),), 10) == found
    pieces = (guess("gears"), guess("cut gears"))
    same = {"words": (0.2, 1.0, 1.0), "likeness": (0.5, 0.5, 0.5)}
    long, short = score(pieces, CONFIG.long_text, **same), score(pieces, CONFIG.long_text // 4, **same)
    assert long["words_needs"] == pytest.approx(head.scale * head.guessed)
    assert long["words_needs"] == pytest.approx(4 * short["words_needs"])
    assert short["words_whole"] > long["words_whole"]
    assert score((stated, guess("gears")), 10, **same)["words_needs"] < found["words_needs"]
    # A guess that is the whole question is no piece of it, however short; the only piece of one that is left is.
    assert score((guess("cut gears"),), 2)["words_needs"] == pytest.approx(long["words_needs"])
    assert score((guess("cut gears"),), 12)["words_needs"] == pytest.approx(long["words_needs"] / 10)


def test_without_needs_of_the_role_the_whole_text_stands_for_them():
    head, other = CONFIG.supplier, Need("n", "gears", NeedRole.PARTNER)
    found = score((other,), 100)
    assert sum(found.values()) == pytest.approx(head.bias + head.scale * (0.2 + head.similarity * 0.5))


def test_vector_of_a_text_that_is_cut_counts_by_the_part_it_stands_for():
    stated = (Need("n", "gears"),)
    short, cut = score(stated, CONFIG.vector_words), score(stated, 2 * CONFIG.vector_words)
    assert cut["likeness_whole"] == pytest.approx(short["likeness_whole"] / 2)
    assert {k: v for k, v in cut.items() if k != "likeness_whole"} == {
        k: v for k, v in short.items() if k != "likeness_whole"
    }
