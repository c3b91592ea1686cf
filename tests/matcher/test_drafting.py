"""A draft holds a firm's own words, and nothing that was not said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.drafting import MOST_CHARS, MOST_LINES, draft_firm
from matcher.sources.contacts import mask_contacts
from matcher.types import StatementKind

PARAGRAPH = (
    "Milton Precision is a family-owned machine shop founded in 1988. We provide 3- and 5-axis CNC machining of "
    "aluminium, titanium and Inconel parts up to 800 mm, with CMM inspection in-house. "
    "Our 25 employees run two shifts. We are ISO 9001:2015 certified and working towards AS9100. "
    "We do not offer welding. "
    "Call Sam at 905-555-0134 or sam@example.org. We use cookies to improve your experience."
)
SHEET = """CAPABILITY STATEMENT
Halton Fab Ltd.
Core competencies:
• MIG, TIG and robotic welding
• Laser cutting up to 1 inch steel
Certifications: CWB W47.1, ISO 9001
Equipment
- 350-ton press brake
Materials: mild steel, stainless steel
Careers
We are looking for welders of pressure vessels.
About us
Over 60 people work here.
We repair hydraulic cylinders for mines.
"""


def lines(text):
    return [(one.kind.value, one.text) for one in draft_firm(text).statements]


def test_a_paragraph_is_cut_into_its_own_sentences():
    assert lines(PARAGRAPH) == [
        (
            "capability",
            "We provide 3- and 5-axis CNC machining of aluminium, titanium and Inconel parts up to 800 mm, "
            "with CMM inspection in-house.",
        ),
        ("certificate", "ISO 9001:2015"),
        ("note", "We are ISO 9001:2015 certified and working towards AS9100."),
        ("note", "We do not offer welding."),
    ]
    assert draft_firm(PARAGRAPH).employees == 25


def test_headings_say_what_their_lists_are():
    assert lines(SHEET) == [
        ("capability", "MIG, TIG and robotic welding"),
        ("capability", "Laser cutting up to 1 inch steel"),
        ("certificate", "CWB W47.1"),
        ("certificate", "ISO 9001"),
        ("equipment", "350-ton press brake"),
        ("material", "mild steel"),
        ("material", "stainless steel"),
        ("capability", "We repair hydraulic cylinders for mines."),
    ]
    assert draft_firm(SHEET).employees is None


def test_french_is_read_too():
    text = (
        "Nous fabriquons des pièces usinées en titane pour l'aéronautique. Certifiée AS9100D. "
        "L'entreprise compte 40 employés. Nous ne faisons pas de soudage."
    )
    assert lines(text) == [
        ("capability", "Nous fabriquons des pièces usinées en titane pour l'aéronautique."),
        ("certificate", "AS9100D"),
        ("note", "Nous ne faisons pas de soudage."),
    ]
    assert draft_firm(text).employees == 40


@pytest.mark.parametrize(
    "text",
    [
        "We do not hold AS9100.",
        "No AS9100 yet.",
        "AS9100 is planned for 2027.",
        "ISO 9001 and AS9100 are pending.",
        "We are working towards ISO 13485.",
        "Our suppliers are ISO 9001 certified.",
        "Our ISO 9001 has expired.",
        "Sans certification ISO 9001.",
    ],
)
def test_a_certificate_that_is_lacking_is_never_stated(text):
    assert {kind for kind, _ in lines(text)} <= {"note"}


@pytest.mark.parametrize(
    "text",
    [
        "Over 200 employees", "200-250 employees", "about 30 people", "between 20 and 30 people",
        "We have 20 employees in Milton and 30 employees in Acton.", "We do not employ 25 people.", "25 years",
    ],
)  # fmt: skip
def test_a_headcount_that_is_not_exact_is_none(text):
    assert draft_firm(text).employees is None


def test_law_jobs_and_chaff_are_left_out_and_counted():
    text = (
        "The company was fined for a workplace accident at its welding shop. We are hiring welders: apply now. "
        "© 2026 Fab Ltd. Click here to read more about machining. Winner of a manufacturing award."
    )
    found = draft_firm(text)
    assert found.statements == () and found.n_left_out >= 5


def test_nothing_is_confirmed_and_source_and_date_are_kept():
    (one,) = draft_firm("We cast aluminium parts.", source="capability.pdf", date="2026-11").statements
    assert (one.confirmed, one.source, one.date) == (False, "capability.pdf", "2026-11")


def test_a_line_said_twice_is_one_line():
    assert len(draft_firm("We weld steel frames.\nWe weld steel frames.\nwe weld steel frames.").statements) == 1


def test_more_than_fits_is_said():
    found = draft_firm("\n".join(f"We machine titanium parts of type {n}." for n in range(MOST_LINES + 5)))
    assert (len(found.statements), found.is_cut) == (MOST_LINES, True)
    assert draft_firm("x" * (MOST_CHARS + 1)).is_cut
    assert not draft_firm("We machine titanium.").is_cut
    assert draft_firm("").statements == draft_firm(" \n\t").statements == ()


@given(
    st.lists(
        st.one_of(
            st.sampled_from([*PARAGRAPH.split(". "), *SHEET.splitlines(), "a@b.ca makes valves", "12. laser welding"]),
            st.text(max_size=60),
        ),
        max_size=12,
    ).map("\n".join)
)
def test_every_line_stands_in_the_text(text):
    masked = mask_contacts(text)[0]
    for one in draft_firm(text).statements:
        assert one.text and one.text in masked
        assert one.kind is not StatementKind.NAICS and not one.confirmed
