"""What was typed is cut apart; nothing is added, and a "no" never becomes a fact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.triage.splitting import split_answer


def things(text):
    return [(one.kind.value, one.text) for one in split_answer(text)]


def test_the_example_of_a_call_gives_its_five_things():
    found = split_answer("25 people, 3- and 5-axis, aluminium and titanium, no AS9100")
    assert [(one.kind.value, one.text, one.employees) for one in found] == [
        ("size", "25 people", 25), ("equipment", "3- and 5-axis", None), ("material", "aluminium", None),
        ("material", "titanium", None), ("note", "no AS9100", None),
    ]  # fmt: skip


def test_french_is_cut_the_same_way():
    assert things("25 personnes, usinage 5 axes, aluminium et titane, pas d'AS9100, ISO 9001 en cours") == [
        ("size", "25 personnes"), ("equipment", "usinage 5 axes"), ("material", "aluminium"), ("material", "titane"),
        ("note", "pas d'AS9100"), ("note", "ISO 9001 en cours"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "no AS9100", "AS9100: no", "not ISO 13485 yet", "They don't hold AS9100", "they do not have ISO 9001",
        "without AS9100", "ISO 9001 expired", "maybe AS9100 next year", "working on ISO 13485", "aucun AS9100",
        "AS9100?", "could get CWB by June", "we used to hold AS9100",
    ],
)  # fmt: skip
def test_what_is_refused_or_not_sure_is_a_note(text):
    assert {kind for kind, _ in things(text)} == {"note"}


def test_a_certificate_after_a_no_is_not_ticked_but_one_after_but_is():
    doubtful, material = split_answer("no AS9100, ISO 13485, titanium")[1:]
    assert not doubtful.sure and doubtful.kind.value == "certificate" and material.sure
    held = split_answer("They don't hold AS9100 but ISO 13485")[1]
    assert held.sure and held.text == "ISO 13485"


def test_only_an_exact_count_becomes_a_number():
    said = ("1,250 employees", "about 25 people", "25+ staff", "12 salariés")
    assert [split_answer(text)[0].employees for text in said] == [1250, None, None, 12]


def test_numbers_and_brackets_stay_whole():
    assert [text for _, text in things("1,000 parts a month; welding (TIG, MIG), 0.5 mm")] == [
        "1,000 parts a month", "welding (TIG, MIG)", "0.5 mm",
    ]  # fmt: skip


def test_a_process_is_what_they_do_and_a_machine_is_equipment():
    assert things("laser welding, 2 Mazak lathes") == [("capability", "laser welding"), ("equipment", "2 Mazak lathes")]


@given(st.text(max_size=200))
def test_every_thing_stands_in_what_was_typed(text):
    typed = " ".join(text.split())
    for one in split_answer(text):
        assert one.text and one.text in typed
