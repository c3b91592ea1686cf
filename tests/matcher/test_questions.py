import pytest

from matcher.questions import ask_about, need_words
from matcher.types import Need, NeedRole, Origin

GUESS = {"role": NeedRole.SUPPLIER, "origin": Origin.INFERRED}


@pytest.mark.parametrize(
    ("need", "question"),
    [
        (Need("n1", "CNC machining", **GUESS), "Do you do CNC machining in-house?"),
        (Need("n1", "AS9100", **GUESS), "Do you hold AS9100, or could you?"),
        (Need("n1", "wire harness", **GUESS), "Do you make or supply this: wire harness?"),
        (
            Need("n1", "A plant for the pilot line.", NeedRole.EITHER, Origin.INFERRED),
            "Have you done work of this kind: A plant for the pilot line?",
        ),
        (
            Need("n1", "Housings for inverters", NeedRole.SUPPLIER, material="aluminium", quantity="5,000 a year"),
            "Could you supply this: Housings for inverters (in aluminium, in a quantity of 5,000 a year)?",
        ),
        (Need("n1", "A host for trials", NeedRole.PARTNER), "Would you take part in this: A host for trials?"),
    ],
)
def test_a_question_is_put_as_an_officer_would(need, question):
    assert ask_about(need) == question


def test_a_guess_is_asked_in_french_by_its_french_label():
    need = Need("n1", "precision machining", **GUESS)
    assert need_words(need, "fr") != "precision machining"
    assert ask_about(need, "fr") == f"Faites-vous ceci dans vos ateliers : {need_words(need, 'fr')} ?"


def test_what_a_person_wrote_keeps_its_words_in_french():
    need = Need("n1", "wire harness", NeedRole.SUPPLIER)
    assert ask_about(need, "fr") == "Fabriquez-vous ou fournissez-vous ceci : wire harness ?"
