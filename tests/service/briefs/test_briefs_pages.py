"""The three ways in, in a browser: each works, and each refusal keeps what was typed."""

import html
import re

import pytest

from service.briefs import actions
from service.projects.actions import get_project, list_projects
from service.security import COMMAND_LINE


@pytest.fixture
def services(client, app):
    return app.state.services


@pytest.fixture
def officer(services, pages):
    return pages("officer")


def titles(services):
    page = list_projects(services, cursor=None, limit=50, q=None, stage=None, open_only=None)
    return [stored.record.title for stored in page.items]


def test_dropped_brief_is_a_project_at_once_and_its_page_says_what_was_read(services, officer, pdf):
    answer = officer.post_form("/projects/read", files={"file": ("Inverter.pdf", pdf, "application/pdf")})
    assert answer.status_code == 303
    page = officer.get(answer.headers["location"])
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.text)))
    found = re.search(r"Read 2 pages. They need (\d) things: 3 they wrote, (\d) we guess.", text)
    assert found and int(found[1]) == 3 + int(found[2]) and int(found[2]) > 0
    assert "CNC machining of aluminium housings, 5,000 a year" in text and "They wrote it, page 2" in text
    assert "E-mail addresses and telephone numbers left out" in text
    assert 'value="only_us" checked' in page.text


def test_pasted_text_is_read_and_a_mail_too(services, officer, mail):
    answer = officer.post_form("/projects/read", text="We are looking for:\n- laser cutting of steel\n- bending\n")
    assert answer.status_code == 303 and "Read the text." in officer.get(answer.headers["location"]).text
    answer = officer.post_form("/projects/read", files={"file": ("a.eml", mail, "message/rfc822")})
    assert get_project(services, answer.headers["location"].split("/")[2].split("?")[0]).record.title == (
        "Robotic welding cell for seat frames"
    )


def test_of_two_files_the_first_is_read_and_that_is_said(services, officer, pdf, mail):
    files = [("file", ("a.pdf", pdf, "application/pdf")), ("file", ("b.eml", mail, "message/rfc822"))]
    answer = officer.post_form("/projects/read", files=files)
    assert "only a.pdf was read" in officer.get(answer.headers["location"]).text
    assert titles(services) == ["Compact EV inverter, pilot line"]


def test_file_without_pages_counts_none(services, officer, mail):
    answer = officer.post_form("/projects/read", files={"file": ("a.eml", mail, "message/rfc822")})
    page = officer.get(answer.headers["location"]).text
    assert "Read the text. They need" in page and "page 1" not in page


def test_scan_opens_the_box_to_paste_into(services, officer, scan):
    answer = officer.post_form("/projects/read", files={"file": ("scan.pdf", scan, "application/pdf")})
    assert answer.status_code == 422
    assert "scan.pdf is a scan" in answer.text and '<textarea id="f-text"' in answer.text
    assert titles(services) == []


def test_nothing_sent_is_said_beside_the_box(officer):
    answer = officer.post_form("/projects/read", text="  ")
    assert answer.status_code == 422 and "Paste the text of the brief" in answer.text


def test_refused_text_is_kept(officer):
    answer = officer.post_form("/projects/read", text="long text " * 45_000)
    assert answer.status_code == 422 and "paste at most" in answer.text and "long text long text" in answer.text


def test_known_project_is_asked_about_before_anything_is_stored(services, officer, pdf):
    actions.store(services, COMMAND_LINE, actions.read_file(pdf, "brief.pdf"))
    answer = officer.post_form("/projects/read", files={"file": ("again.pdf", pdf, "application/pdf")})
    assert answer.status_code == 200 and "We have this one already?" in answer.text
    assert "What came in says nothing new." in answer.text
    assert len(titles(services)) == 1
    fields = hidden(answer.text)
    as_new = officer.post_form("/projects/read/decide", **fields, decide="new")
    assert as_new.headers["location"] == "/projects/compact-ev-inverter-pilot-line-2?read=1"
    assert len(titles(services)) == 2


def test_what_is_ticked_is_taken_over(services, officer, pdf):
    stored = actions.store(services, COMMAND_LINE, actions.read_text("Compact EV inverter, pilot line"))
    answer = officer.post_form("/projects/read", files={"file": ("b.pdf", pdf, "application/pdf")})
    assert 'value="closes" checked' in answer.text
    fields = hidden(answer.text)
    done = officer.post_form("/projects/read/decide", **fields, take=["closes", "need:n2"], decide=f"take:{stored.id}")
    assert done.headers["location"] == f"/projects/{stored.id}"
    project = get_project(services, stored.id).record
    assert project.closes == "2099-04-09" and [need.text for need in project.needs] == [
        "Automotive wire harness with sealed connectors"
    ]


def test_project_that_changed_meanwhile_is_shown_again_and_nothing_is_taken(services, officer, pdf):
    stored = actions.store(services, COMMAND_LINE, actions.read_text("Compact EV inverter, pilot line"))
    answer = officer.post_form("/projects/read", files={"file": ("b.pdf", pdf, "application/pdf")})
    fields = hidden(answer.text) | {"version": "9"}
    again = officer.post_form("/projects/read/decide", **fields, take=["closes"], decide=f"take:{stored.id}")
    assert again.status_code == 200 and "Tick what is to be taken over" in again.text
    assert get_project(services, stored.id).record.closes is None
    assert "A colleague has changed this project meanwhile" in officer.get("/projects").text


def test_other_project_that_is_alike_can_be_looked_at(services, officer, pdf):
    first = actions.store(services, COMMAND_LINE, actions.read_file(pdf, "brief.pdf"))
    second = actions.store(services, COMMAND_LINE, actions.read_file(pdf, "brief.pdf"))
    answer = officer.post_form("/projects/read", files={"file": ("b.pdf", pdf, "application/pdf")})
    assert f'value="look:{second.id}"' in answer.text
    looked = officer.post_form("/projects/read/decide", **hidden(answer.text), decide=f"look:{second.id}")
    assert f'value="take:{second.id}"' in looked.text and f'value="look:{first.id}"' in looked.text


def test_form_makes_a_project_of_what_was_typed(services, officer):
    answer = officer.post_form(
        "/projects/new", title="Robotic cell", stage="seeking", city="Oakville", closes="2099-03-31",
        needs="- laser welding\n2. leak testing\n\nlaser welding", total_cad="1 200 000", partners="Acme\nBolt",
    )  # fmt: skip
    assert answer.headers["location"] == "/projects/robotic-cell"
    project = get_project(services, "robotic-cell").record
    assert [need.text for need in project.needs] == ["laser welding", "leak testing"]
    assert (project.city, project.closes, project.total_cad, project.partners) == (
        "Oakville", "2099-03-31", 1_200_000.0, ("Acme", "Bolt"),
    )  # fmt: skip
    assert project.release == "only_us" and project.checked


def test_form_is_compared_too(services, officer):
    officer.post_form("/projects/new", title="Robotic welding cell", stage="seeking")
    answer = officer.post_form("/projects/new", title="Robotic welding cells", stage="call")
    assert answer.status_code == 200 and "We have this one already?" in answer.text
    assert titles(services) == ["Robotic welding cell"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "Write a title"),
        ({"closes": "next week"}, "Write the date as year, month and day"),
        ({"closes": "2027-02-30"}, "expected a day that exists"),
        ({"stage": "odd"}, "Choose one of these"),
        ({"total_cad": "a lot"}, "Write a whole number"),
        ({"needs": "x\n" * 1 + "\n".join(f"need {n}" for n in range(201))}, "at most 200"),
    ],
)
def test_wrong_field_is_said_beside_it_and_the_rest_is_kept(services, officer, fields, said):
    typed = {"title": "Robotic cell", "stage": "seeking", "city": "Oakville"} | fields
    answer = officer.post_form("/projects/new", **typed)
    assert answer.status_code == 422 and said in html.unescape(answer.text)
    assert 'value="Oakville"' in answer.text
    assert titles(services) == []


@pytest.mark.parametrize("address", ["/projects/read", "/projects/new"])
def test_viewer_neither_sees_nor_sends_the_forms(services, pages, address):
    viewer = pages("viewer")
    assert viewer.get(address).status_code == 403
    assert viewer.post_form(address, text="x", title="x", stage="call").status_code == 403
    assert "brief-file" not in viewer.get("/projects").text
    assert titles(services) == []


def test_decision_without_a_reading_is_refused(officer):
    answer = officer.post_form("/projects/read/decide", decide="new", reading="{}")
    assert answer.status_code == 422 and "Give the file or text once more" in answer.text


def test_nobody_signed_in_is_sent_to_sign_in(client, staff, visitor):
    assert visitor.get("/projects/read").headers["location"].startswith("/sign-in")
    assert visitor.post("/projects/read", data={"text": "x"}).status_code == 403


def hidden(page):
    """Hidden fields of the form of a decision."""
    form = page[page.index('action="/projects/read/decide"') :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found if name != "csrf"}
