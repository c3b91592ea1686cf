"""Reading, comparing and storing a brief, on both databases."""

import dataclasses

import pytest

from matcher import Origin, Release, SourceError, Stage
from service.briefs import actions
from service.briefs.compare import Text, find_similar
from service.briefs.words import say_needs, say_note, say_reading, say_refusal
from service.errors import Invalid, Stale
from service.projects.actions import get_project, history
from service.security import COMMAND_LINE


@pytest.fixture
def services(client, app):
    return app.state.services


def test_pdf_gives_needs_with_page_and_quote_and_no_contact_data(services, pdf):
    reading = actions.read_file(pdf, "Inverter brief.pdf")
    stored = actions.store(services, COMMAND_LINE, reading)
    project, brief = stored.record, actions.find_brief(services, stored.id)
    assert (project.title, project.city, project.closes) == ("Compact EV inverter, pilot line", "Milton", "2099-04-09")
    assert (project.stage, project.release) == (Stage.SEEKING, Release.ONLY_US)
    assert [need.text for need in project.needs][0] == "CNC machining of aluminium housings"
    assert {need.origin for need in project.needs} == {Origin.STATED}
    assert brief.places["n1"] == actions.Place(2, "CNC machining of aluminium housings, 5,000 a year")
    assert (brief.filename, brief.kind, brief.n_pages, brief.read_by) == (
        "Inverter brief.pdf", "brief", 2, COMMAND_LINE.id,
    )  # fmt: skip
    assert brief.causes["Compact EV inverter, pilot line"] == 1
    everything = f"{project}{brief}{history(services, stored.id)}"
    assert "jane" not in everything.lower() and "555-0177" not in everything


def test_reading_survives_the_way_through_a_form(pdf):
    reading = actions.read_file(pdf, "brief.pdf")
    assert actions.reading_from_json(reading.to_json()) == reading


@pytest.mark.parametrize("sent", ["", "{}", "[]", '{"project": {}}', "null"])
def test_reading_that_was_tampered_with_is_refused(sent):
    with pytest.raises(Invalid, match="Give the file or text once more"):
        actions.reading_from_json(sent)


def test_reading_that_was_tampered_with_brings_no_contact_data_in(services):
    reading = actions.read_text("We need CNC machining of aluminium housings")
    sent = reading.to_json().replace("CNC machining of", "call 905 555 0100 for")
    stored = actions.store(services, COMMAND_LINE, actions.reading_from_json(sent))
    assert "555 0100" not in f"{stored.record}{actions.find_brief(services, stored.id)}"


def test_pasted_text_without_a_title_is_called_by_its_first_words():
    reading = actions.read_text("hello there")
    assert reading.project.title == "hello there"
    assert (reading.kind, reading.n_pages, reading.project.sources) == ("text", None, ())


@pytest.mark.parametrize(("text", "said"), [("  \n", "Paste the text"), ("word " * 100_000, "paste at most")])
def test_text_that_is_none_or_too_long_is_refused(text, said):
    with pytest.raises(Invalid, match=said):
        actions.read_text(text)


def test_same_project_is_found_by_title_and_by_words_and_others_are_not(services, pdf, mail):
    brief = actions.read_file(pdf, "brief.pdf")
    stored = actions.store(services, COMMAND_LINE, brief)
    assert [one.reason for one in actions.similar(services, brief)] == ["title"]
    renamed = dataclasses.replace(brief, project=dataclasses.replace(brief.project, title="Request for quotation"))
    found = actions.similar(services, renamed)
    assert [(one.project.id, one.reason) for one in found] == [(stored.id, "words")]
    assert actions.similar(services, actions.read_file(mail, "a.eml")) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Cooled battery trays", "Cooled battery trays, pilot line", True),
        ("Battery trays", "Battery trays, pilot line", False),
        ("Robotic welding cell", "Robotic welding cells", True),
        ("Pea and fava protein ingredients and foods", "New fava bean varieties for ingredients and foods", False),
    ],
)
def test_titles_are_compared(one, other, same):
    project = actions.read_text("hello there").project
    new, here = (dataclasses.replace(project, id=title, title=title) for title in (one, other))
    assert bool(find_similar(Text(new, "", ()), [Text(here, "", ())])) is same


def test_shares_of_words_are_weighed_by_how_rare_they_are():
    def text(key, words):
        project = dataclasses.replace(actions.read_text("hello there").project, id=key, title=key)
        return Text(project, words, ())

    common = "project partners supply regional manufacturing pilot line funding members industry growth plan"
    others = [text(f"p{n}", f"{common} {chr(97 + n) * 5} {chr(97 + n) * 6}") for n in range(12)]
    new = text("new", f"{common} aaaaa aaaaaa")
    # Twelve projects share eleven words; the two that only one has decide, and only for that one.
    assert [one.project.id for one in find_similar(new, others)] == ["p0"]


def test_two_projects_of_one_title_get_ids_of_their_own(services, pdf):
    reading = actions.read_file(pdf, "brief.pdf")
    ids = [actions.store(services, COMMAND_LINE, reading).id for _ in range(3)]
    base = "compact-ev-inverter-pilot-line"
    assert ids == [base, f"{base}-2", f"{base}-3"]


def test_project_is_never_called_as_a_page_is(services):
    assert actions.store(services, COMMAND_LINE, actions.read_text("new")).id == "new-2"


def test_second_brief_adds_what_was_ticked_and_nothing_else(services, pdf):
    first = actions.read_text("Compact EV inverter, pilot line\n\nWe are looking for:\n- liquid-cooled cold plates\n")
    stored = actions.store(services, COMMAND_LINE, first)
    came_in = actions.find_brief(services, stored.id).read_at
    reading = actions.read_file(pdf, "brief.pdf")
    found = {change.key: change for change in actions.changes(stored.record, reading)}
    assert found["closes"].is_gap and found["closes"].says == "2099-04-09"
    assert "title" not in found
    new = {change.says for key, change in found.items() if key.startswith("need:")}
    assert new == {"CNC machining of aluminium housings", "Automotive wire harness with sealed connectors"}
    written = actions.take(services, COMMAND_LINE, stored.id, reading, {"need:n1", "closes", "odd"}, expected=1)
    texts = [need.text for need in written.record.needs]
    assert [text.lower() for text in texts] == ["liquid-cooled cold plates", "cnc machining of aluminium housings"]
    assert (written.record.closes, written.record.city) == ("2099-04-09", None)
    brief = actions.find_brief(services, stored.id)
    assert brief.places[written.record.needs[1].id].page == 2
    assert (brief.filename, brief.read_at) == ("brief.pdf", came_in)


def test_taking_into_a_project_that_has_changed_is_refused(services, pdf):
    stored = actions.store(services, COMMAND_LINE, actions.read_text("We need CNC machining of housings"))
    with pytest.raises(Stale):
        actions.take(services, COMMAND_LINE, stored.id, actions.read_file(pdf, "b.pdf"), {"closes"}, expected=7)
    assert get_project(services, stored.id).record.closes is None


def test_words_of_a_reading():
    assert say_reading(14, 4, 2) == "Read 14 pages. They need 6 things: 4 they wrote, 2 we guess."
    assert say_reading(None, 1, 0) == "Read the text. They need 1 thing, and wrote all of it."
    assert say_needs(0, 3) == "They wrote no needs down. We guess 3."
    assert say_needs(0, 0) == "They wrote no needs, and we can guess none."


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "brief.pdf", "brief.pdf is empty"),
        (b"\x89PNG\r\n\x1a\n", "photo.png", "is a picture"),
        (b"%PDF-1.7 broken", "b.pdf", "is damaged"),
        (b"PK\x03\x04 broken", "b.docx", "is damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", "old.doc", "in the old Office format"),
        (b"{\\rtf1 hello}", "b.rtf", "cannot be read. Expected is a PDF"),
    ],
)
def test_refusal_of_a_file_says_what_to_do(data, name, said):
    with pytest.raises(SourceError) as refused:
        actions.read_file(data, name)
    words = say_refusal(refused.value, name)
    assert said in words and words.startswith(name) and "here" in words or "there" in words


def test_scan_is_called_a_scan(scan):
    with pytest.raises(SourceError) as refused:
        actions.read_file(scan, "scan.pdf")
    assert "scan.pdf is a scan" in say_refusal(refused.value, "scan.pdf")


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("2 e-mail addresses or telephone numbers masked", "E-mail addresses and telephone numbers left out: 2."),
        ("closing date left out: the brief names 2027-01-01 and 2027-02-01",
         "No closing date was taken, since the brief names several: 2027-01-01 and 2027-02-01."),
        ("amount 'US$ 120,000' left out: it is not in Canadian dollars",
         "The amount US$ 120,000 was not taken: it is not in Canadian dollars."),
        ("'a.pdf': 3 of 9 pages hold no text that can be read (pictures or damage)",
         "a.pdf: 3 of 9 pages hold no text, only pictures of it. Paste their text if it matters."),
        ("something new", "something new"),
    ],
)  # fmt: skip
def test_notes_of_the_reader_are_said_in_plain_words(note, said):
    assert say_note(note) == said
