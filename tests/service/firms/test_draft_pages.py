"""Drafting what a firm does: the lines are shown first, and only those that are kept are stored, unconfirmed."""

import re
import time
from io import BytesIO

import docx
import pytest
from website_of import page, site_of

from service.clock import today
from service.firms import actions
from service.firms.draft_pages import website_reader
from service.security import COMMAND_LINE

TEXT = (
    "We provide CNC machining of aluminium and titanium parts. Our 25 employees run two shifts. We hold ISO 9001. "
    "We do not offer welding. We use cookies."
)


@pytest.fixture
def officer(pages):
    return pages("officer")


@pytest.fixture
def services(app, officer):
    while officer.get("/readyz").status_code != 200:
        time.sleep(0.01)
    row = {"id": "acme", "name": "Acme", "website": "www.acme.example", "certifications": ["ISO 9001"]}
    actions.create_firm(app.state.services, COMMAND_LINE, row)
    return app.state.services


def statements(services):
    return actions.get_firm(services, "acme").record.statements


def fields(html):
    """What the form of the lines would send, as it stands."""
    form = html.split('action="/firms/acme/draft/add"')[1]
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n([^<]*)</textarea>', form))
    found |= {
        name: "yes" for name in re.findall(r'<input type="checkbox"[^>]* name="([^"]+)" value="yes"[^>]* checked', form)
    }
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        found[name] = re.search(r'value="([^"]+)" selected', options).group(1)
    return found


def test_a_pasted_text_is_shown_first_and_stored_unconfirmed(services, officer):
    assert officer.get("/firms/acme/draft").status_code == 200
    answer = officer.post_form("/firms/acme/draft", way="text", text=TEXT)
    assert answer.status_code == 200
    assert "3 lines say what they do." in answer.text and "25 people work there" in answer.text
    assert "1 sentence was left out" in answer.text or "2 sentences were left out" in answer.text
    assert len(statements(services)) == 1
    sent = fields(answer.text)
    # ISO 9001 stands there already: it is shown, and not ticked.
    assert "stands there already" in answer.text and [n for n in sent if n.startswith("keep-")] == [
        "keep-employees", "keep-0", "keep-2",
    ]  # fmt: skip
    sent["text-0"] = "CNC machining of aluminium parts"
    assert officer.post_form("/firms/acme/draft/add", **sent).headers["location"] == "/firms/acme#does"
    stored = [(s.kind.value, s.text, s.confirmed, s.source) for s in statements(services)[1:]]
    assert stored == [
        ("capability", "CNC machining of aluminium parts", False, "pasted text"),
        ("note", "We do not offer welding.", False, "pasted text"),
    ]
    assert actions.get_firm(services, "acme").record.employees == 25


def test_a_file_is_read(services, officer):
    document, file = docx.Document(), BytesIO()
    document.add_paragraph("Acme capability statement")
    document.add_paragraph("We provide robotic welding of steel frames for buses.")
    document.save(file)
    answer = officer.post_form("/firms/acme/draft", files={"file": ("acme.docx", file.getvalue())}, way="file")
    assert answer.status_code == 200 and "robotic welding of steel frames" in answer.text
    assert "acme.docx" in answer.text


@pytest.mark.parametrize(
    ("sent", "files", "message"),
    [
        ({"way": "text", "text": " "}, None, "Paste a text first."),
        ({"way": "text", "text": "Hello there, welcome."}, None, "Nothing in it says what the firm makes or does."),
        ({"way": "text", "text": "x" * 100_001}, None, "This is too long"),
        ({"way": "file"}, None, "Choose a file first."),
        ({"way": "file"}, {"file": ("a.pdf", b"%PDF-1.4 broken")}, "This cannot be read as text."),
        ({"way": "website", "website": "http://127.0.0.1/"}, None, "This address is not on the public internet"),
        ({"way": "website", "website": "our site"}, None, "This is no address of a website"),
    ],
)
def test_what_cannot_be_read_says_why_and_keeps_what_was_typed(services, officer, sent, files, message):
    answer = officer.post_form("/firms/acme/draft", files=files, **sent)
    assert answer.status_code == 422 and message in answer.text
    assert sent.get("website", "") in answer.text


def test_a_website_is_read_only_when_somebody_asks_and_dated_today(app, services, officer):
    html = officer.get("/firms/acme/draft").text
    assert 'value="www.acme.example"' in html
    robots = (200, "text/plain", b"User-agent: *\nDisallow: /services")
    home = page(f'<h1>Acme</h1><p>{TEXT}</p><a href="/services">Services</a>')
    with site_of({"/robots.txt": robots, "/": home}) as site:
        app.dependency_overrides[website_reader] = lambda: site.reader()
        answer = officer.post_form("/firms/acme/draft", way="website", website=f"www.acme.example:{site.port}")
        assert "1 page was passed over: the website asks programs not to read it." in answer.text
        officer.post_form("/firms/acme/draft/add", **fields(answer.text))
        source = f"http://www.acme.example:{site.port}/"
    read = statements(services)[1]
    assert (read.source, read.date, read.confirmed) == (source, today().isoformat(), False)
    down = officer.post_form("/firms/acme/draft", way="website", website=source)
    assert down.status_code == 422 and "The website did not answer." in down.text


def test_lines_with_mistakes_come_back_as_they_were(services, officer):
    sent = fields(officer.post_form("/firms/acme/draft", way="text", text=TEXT).text)
    answer = officer.post_form("/firms/acme/draft/add", **{**sent, "text-0": " ", "text-2": "typed"})
    assert answer.status_code == 422
    assert "Write what they do, or take the tick away." in answer.text and "typed" in answer.text
    for odd in ({"kind-0": "rumour"}, {"date-0": "soon"}):
        assert officer.post_form("/firms/acme/draft/add", **{**sent, **odd}).status_code == 422
    nothing = officer.post_form("/firms/acme/draft/add", n="2", **{"text-0": "a", "text-1": "b"})
    assert nothing.status_code == 422 and "Tick at least one line, or go back." in nothing.text
    assert officer.post_form("/firms/acme/draft/add", n="junk").status_code == 422
    assert len(statements(services)) == 1


def test_a_viewer_drafts_nothing(services, pages):
    viewer = pages("viewer")
    assert viewer.get("/firms/acme/draft").status_code == 403
    assert viewer.post_form("/firms/acme/draft", way="text", text=TEXT).status_code == 403
    assert viewer.post_form("/firms/acme/draft/add", n="1", **{"keep-0": "yes", "text-0": "x"}).status_code == 403
    assert viewer.get("/firms/nobody/draft").status_code == 403
    assert pages("officer").get("/firms/nobody/draft").status_code == 404
