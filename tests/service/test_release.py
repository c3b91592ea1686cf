"""What leaves the chamber: every document, at every level, names only firms that agreed to be named."""

import io

import pypdf
import pytest
from call_list_data import load

from matcher import Release
from service.introductions import actions as introductions
from service.introductions.actions import Between, Said
from service.outsiders import actions
from service.outsiders.documents import EXPORTS, Sender
from service.projects import actions as projects
from service.security import COMMAND_LINE

SENDER = Sender("Milton Chamber", "1 Main Street", "Ada Admin", "28 November 2026")
NAMED, INTERESTED, ASKED = "Weld Co", "Tray Works", "Corner Bakery"
NOTE = "A maker of trays looks for welders; Tray Works and Corner Bakery know more, or ask lee@trays.example."


@pytest.fixture
def services(app, pages):
    pages("officer").get("/today")
    services = app.state.services
    load(services)
    return services


@pytest.fixture
def asked(services, staff):
    """One firm may be named, one said yes and may not, one has not answered."""
    caller, made = staff.officer.caller, {}
    for firm in ("weld", "tray", "bakery"):
        made[firm] = introductions.propose(services, caller, Between("trays", firm, "supplier"))
    for firm in ("weld", "tray"):
        said = Said(True, "phone", may_be_named=firm == "weld")
        introductions.firm_answers(services, caller, made[firm].id, said, expected=None)
    return made


def release(services, level, note=""):
    projects.set_release(services, COMMAND_LINE, "trays", level, note, expected=None)


def text_of(kind, data):
    if kind == "pdf":
        return " ".join(" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    return data.decode("utf-8-sig")


def everything(services, officer):
    """What an outsider could get, by where: every document, and the page that shows it before."""
    found = {"page": officer.get("/projects/trays/outsiders").text}
    for kind in EXPORTS:
        found[kind] = text_of(kind, actions.export(services, COMMAND_LINE, "trays", kind, SENDER)[1])
    return found


@pytest.mark.parametrize("level", [Release.SHORT_NOTE, Release.FULL_TEXT])
def test_every_document_names_only_firms_that_agreed(services, pages, asked, level):
    row = {"description": f"Trays are laser welded. {INTERESTED}  has seen it; so has CORNER BAKERY, 905 555 0134."}
    projects.patch_project(services, COMMAND_LINE, "trays", row, expected=None)
    release(services, level, NOTE)
    for where, text in everything(services, pages("officer")).items():
        assert NAMED in text, where
        for hidden in (INTERESTED, ASKED, ASKED.upper(), "905 555 0134", "Wanda Weld", "lee@trays.example"):
            assert hidden not in text, (where, hidden)
        assert "1 firm is interested and has not agreed to be named." in text, where
        assert "1 firm was asked and has not answered yet." in text, where


def test_levels_open_the_note_or_the_text_and_nothing_else(services, pages, asked):
    release(services, Release.SHORT_NOTE, NOTE)
    for where, text in everything(services, pages("officer")).items():
        body = text.split("<h2", 1)[-1] if where == "page" else text
        assert "Trays are laser welded" not in body and "leak testing" not in body, where
        if where in ("pdf", "page"):
            assert "A maker of trays looks for welders" in body and "Battery trays" not in body
    release(services, Release.FULL_TEXT)
    pdf = everything(services, pages("officer"))["pdf"]
    assert "Battery trays" in pdf and "Trays are laser welded" in pdf and "leak testing with helium" in pdf
    assert "A maker of trays" not in pdf


@pytest.mark.parametrize("kind", sorted(EXPORTS))
def test_nothing_leaves_while_only_we_may_see_it(services, pages, asked, kind):
    officer = pages("officer")
    page = officer.get("/projects/trays/outsiders").text
    assert "Nothing of it leaves the chamber." in page and NAMED not in page
    refused = officer.post_form(f"/projects/trays/outsiders/{kind}")
    assert refused.status_code == 409 and "Only you may see this project" in refused.text


def test_firm_that_takes_its_yes_back_is_named_no_more(services, pages, asked, staff):
    release(services, Release.FULL_TEXT)
    no = Said(False, "phone", "price")
    introductions.firm_answers(services, staff.officer.caller, asked["weld"].id, no, expected=None)
    for where, text in everything(services, pages("officer")).items():
        assert NAMED not in text, where


def test_firm_kept_apart_is_neither_named_nor_counted(services, pages, asked, staff):
    release(services, Release.FULL_TEXT)
    introductions.keep_apart(services, staff.officer.caller, asked["weld"].id, "They sued them", expected=None)
    introductions.keep_apart(services, staff.officer.caller, asked["tray"].id, "", expected=None)
    for where, text in everything(services, pages("officer")).items():
        assert NAMED not in text and "is interested" not in text and "sued" not in text, where
        assert "1 firm was asked" in text, where


def test_only_what_a_firm_confirmed_is_told(services, pages, asked):
    from service.firms import actions as firms

    stored = firms.get_firm(services, "weld")
    said = [{"kind": "capability", "text": "Guessed plating", "source": "a public page", "confirmed": False},
            {"kind": "capability", "text": "Laser welding of trays, call 905 555 0199", "confirmed": True}]  # fmt: skip
    firms.patch_firm(services, COMMAND_LINE, "weld", {"statements": said}, expected=stored.version)
    release(services, Release.FULL_TEXT)
    for where, text in everything(services, pages("officer")).items():
        assert "Laser welding of trays" in text and "plating" not in text and "0199" not in text, where


def test_documents_arrive_as_files_and_the_audit_says_so_without_names(services, pages, asked):
    release(services, Release.FULL_TEXT)
    officer = pages("officer")
    for kind, found in EXPORTS.items():
        answer = officer.post_form(f"/projects/trays/outsiders/{kind}")
        assert answer.status_code == 200 and found.filename in answer.headers["content-disposition"]
        assert answer.headers["content-type"] == found.media_type
    with services.database.read() as tx:
        from service import audit

        rows = [row for row in audit.history(tx, "project", "trays") if row["action"] == "project.export"]
    assert [row["details"] for row in rows] == [
        {"kind": kind, "level": "full_text", "n_named": 1} for kind in reversed(EXPORTS)
    ]


def test_refusals(services, pages, asked):
    release(services, Release.FULL_TEXT)
    officer, viewer = pages("officer"), pages("viewer")
    assert viewer.get("/projects/trays/outsiders").status_code == 200
    assert "Download the briefing" not in viewer.get("/projects/trays/outsiders").text
    assert viewer.post_form("/projects/trays/outsiders/pdf").status_code == 403
    assert officer.post("/projects/trays/outsiders/pdf").status_code == 403  # without the form's token
    assert officer.get("/projects/nothing/outsiders").status_code == 404
    assert officer.post_form("/projects/trays/outsiders/docx").status_code == 404
    assert officer.post_form("/projects/nothing/outsiders/pdf").status_code == 404


def test_cell_that_a_spreadsheet_would_run_is_text(services, pages, asked):
    from service.firms import actions as firms

    stored = firms.get_firm(services, "weld")
    firms.patch_firm(services, COMMAND_LINE, "weld", {"name": "=1+1 Welders"}, expected=stored.version)
    release(services, Release.FULL_TEXT)
    table = everything(services, pages("officer"))["csv"]
    assert "'=1+1 Welders" in table.splitlines()[1]


def test_documents_speak_french(services, pages, asked):
    release(services, Release.FULL_TEXT)
    officer = pages("officer")
    officer.post_form("/language", language="fr", next="/today")
    answer = officer.post_form("/projects/trays/outsiders/pdf")
    assert "Entreprises qui ont dit oui et que l’on peut nommer" in text_of("pdf", answer.content)
