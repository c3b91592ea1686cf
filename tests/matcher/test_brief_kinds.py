"""Messages, encodings and kinds of files of briefs, and what each refusal says."""

import pytest

from matcher.errors import SourceError
from matcher.sources.briefs import read_brief, read_brief_bytes
from matcher.sources.documents import MAX_BYTES

from . import brief_files as make
from .brief_files import read, stated, texts

# Messages


def test_message_with_a_brief_attached_and_another_that_cannot_be_read():
    html = "<p>Notre équipe cherche un atelier pour l’usinage de corps de pompe en bronze.</p>"
    data = make.mail(
        "TR : Pièces usinées – pompe",
        "Bonjour,\n\nNotre équipe cherche un atelier pour l’usinage de corps de pompe en bronze.\n\nCordialement,\n"
        "Marie Tremblay\n450-555-0111\n",
        html=html,
        charset="windows-1252",
        cte="quoted-printable",
        attached=[
            ("devis.pdf", "application/pdf", make.rfq()),
            ("plans.zip", "application/zip", make.zipped({"a.dwg": "x"})),
        ],
        sender="Marie Tremblay <marie@ex.example>",
    )
    brief = read(data, "m.eml")
    assert brief.project.title == "Pièces usinées – pompe"
    assert texts(brief)[0] == "usinage de corps de pompe en bronze" and texts(brief)[1] == "Manifold block, 8 port"
    assert [n.page for n in brief.needs] == [None, 1, 1, 1] and len(brief.needs) == 4
    notes = " | ".join(brief.notes)
    assert "read together: the message, devis.pdf" in notes and "'plans.zip' not read" in notes
    assert "1 needs from the message" in notes and "3 needs from devis.pdf" in notes
    assert "Tremblay" not in str(brief)


def test_message_in_two_forms_is_read_once_and_its_html_table_is_seen():
    html = (
        "<p>We are looking for these parts:</p><table border=1><tr><th>Part</th><th>Qty</th><th>Material</th></tr>"
        "<tr><td>Flange</td><td>50</td><td>304L</td></tr></table>"
    )
    brief = read(make.mail("Flanges", "We are looking for these parts:\nFlange 50 304L\n", html=html), "m.eml")
    assert texts(brief) == ["Flange"]
    assert stated(brief.needs[0].need) == {"part": "Flange", "material": "304L", "quantity": "50"}


def test_forwarded_message_is_read_for_what_it_forwards():
    body = (
        "FYI, see below.\n\n---------- Forwarded message ---------\nFrom: Ann Smith <ann@plant.example>\n"
        "Date: Mon, Feb 1, 2027\nSubject: Palletizing\nTo: Pat\n\nWe are looking for a robot integrator and stainless "
        "conveyors for our plant in Georgetown, Ontario.\n\nAnn Smith\n905-555-0100\n"
    )
    brief = read(make.mail("Fwd: Palletizing", body), "m.eml")
    assert texts(brief) == ["robot integrator", "stainless conveyors"] and brief.project.title == "Palletizing"
    assert "Smith" not in str(brief) and brief.project.city == "Georgetown"


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-8"])
def test_message_in_an_older_encoding(charset):
    text = "Nous recherchons : usinage de pièces d\u2019acier à Québec".replace("\u2019", "'")
    brief = read(make.mail("Pièces", text, charset=charset, cte="quoted-printable"), "m.eml")
    assert texts(brief) == ["usinage de pièces d'acier à Québec"]


# Kinds of files and their refusals


def test_type_is_told_by_content():
    assert texts(read(make.rfq(), "brief.txt")) == ["Manifold block, 8 port", "Spool, ground and honed", "End cover"]
    html = b"<html><body><h1>Gears</h1><p>We are looking for gear grinding.</p></body></html>"
    assert texts(read(html, "brief.doc")) == ["gear grinding"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "windows-1252"])
def test_text_in_any_encoding(encoding):
    text = "Pièces d’acier\n\nNous recherchons l’usinage de pièces.\n"
    brief = read(text.encode(encoding))
    assert brief.project.title == "Pièces d’acier" and texts(brief) == ["usinage de pièces"]


def test_text_of_one_line():
    brief = read("We need a supplier of 500 stainless steel flanges (304L) with ISO 9001 by September 2027.")
    assert texts(brief) == ["stainless steel flanges (304L)"]
    assert brief.needs[0].need.quantity == "500" and brief.needs[0].need.by == "September 2027"
    assert brief.needs[0].need.certificate == "ISO 9001" and brief.project.title.startswith("We need a supplier")


def test_words_divided_at_line_ends_and_running_lines_are_put_right():
    story = [
        make.heading("Valve project", 1),
        make.para("We are looking for preci-<br/>sion manu-<br/>facturing of five-<br/>axis gears."),
        make.PageBreak(),
        make.para("Second page."),
    ]
    brief = read(make.pdf(story, header="Acme valves 2027"), "v.pdf")
    assert texts(brief) == ["precision manufacturing of five-axis gears"]
    assert "Page 1 of 9" not in "".join(brief.pages) and "Acme valves" not in "".join(brief.pages)


def test_ligatures_and_odd_blanks_are_made_plain():
    brief = read("Valves\n\nWe are looking for e\ufb03cient \ufb02ow testing\u00a0of valves.\n")
    assert texts(brief) == ["efficient flow testing of valves"]


def test_pdf_with_only_an_owner_password_opens():
    assert len(read(make.locked(make.rfq(), "", "owner"), "o.pdf").needs) == 3


def test_changes_text_boxes_and_hidden_text_of_word():
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    def build(document):
        document.add_heading("Gears", 0)
        document.add_paragraph("We are looking for:")
        for xml in (
            "<w:ins w:id='1' w:author='a'><w:r><w:t>Gear grinding</w:t></w:r></w:ins>",
            "<w:del w:id='2' w:author='a'><w:r><w:delText>Gear hobbing</w:delText></w:r></w:del>"
            "<w:r><w:rPr><w:vanish/></w:rPr><w:t>Secret broaching</w:t></w:r><w:r><w:t>Heat treatment</w:t></w:r>",
        ):
            paragraph = document.add_paragraph(style="List Bullet")
            for element in parse_xml(f"<w:p {nsdecls('w')}>{xml}</w:p>"):
                paragraph._p.append(element)

    assert texts(read(make.word(build), "g.docx")) == ["Gear grinding", "Heat treatment"]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
REFUSED = {
    "empty": ("a.txt", lambda: b"", "is empty"),
    "blank": ("a.pdf", lambda: b"\n \n", "is empty"),
    "password": ("a.pdf", lambda: make.locked(make.rfq(), "secret", "owner"), "protected by a password"),
    "scan": ("a.pdf", make.scan, "paste the text instead"),
    "cut short": ("a.pdf", lambda: make.rfq()[:3000], "damaged PDF"),
    "not a pdf": ("a.pdf", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 20, "damaged PDF"),
    "zip bomb": ("a.docx", lambda: make.zipped({"word/document.xml": b"0" * (80 << 20)}), "zip bomb"),
    "many files": ("a.docx", lambda: make.zipped({f"f{i}": "" for i in range(5001)}), "zip bomb"),
    "no zip": ("a.docx", lambda: b"PK\x03\x04 nothing", "damaged"),
    "other zip": ("a.docx", lambda: make.zipped({"a.txt": "x"}), "not a Word document"),
    "spreadsheet": ("a.docx", lambda: make.zipped({"xl/workbook.xml": "<a/>"}), "a spreadsheet"),
    "broken word": ("a.docx", lambda: make.zipped({"word/document.xml": "<a/>"}), "no Word document"),
    "word without text": ("a.docx", lambda: make.word(lambda document: None), "holds no text"),
    "old word": ("a.doc", lambda: OLE + bytes(600), "old Office format"),
    "locked word": ("a.docx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
    "outlook": ("a.msg", lambda: OLE + "__substg1.0_".encode("utf-16-le"), "save it as .eml"),
    "junk": ("a.txt", lambda: bytes(range(256)) * 8, "is no text"),
    "picture": ("a.txt", lambda: b"\x89PNG\r\n\x1a\n" + bytes(50), "a picture"),
    "rich text": ("a.txt", lambda: b"{\\rtf1 We need gears}", "Rich Text"),
    "deep page": ("a.html", lambda: b"<div>" * 3000 + b"We need welding", "nested more than 400 levels"),
    "only scripts": (
        "a.html",
        lambda: b"<html><script>We need gears</script></html>",
        "no text that a reader would see",
    ),
    "empty message": ("a.eml", lambda: make.mail("Hello", ""), "message without text"),
    "no words": ("a.txt", lambda: b"--- 12 ---\n", "holds no words"),
    "a book": ("a.txt", lambda: b"We cut the gears well. " * 40_000, "are read as a brief"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_what_to_do(case):
    name, data, message = REFUSED[case]
    with pytest.raises(SourceError, match="(?s).*".join(["", message])) as refused:
        read_brief_bytes(data(), name)
    assert repr(name) in str(refused.value)


def test_too_large_is_refused_before_reading(tmp_path):
    path = tmp_path / "big.txt"
    with path.open("wb") as out:
        out.truncate(MAX_BYTES + 1)
    with pytest.raises(SourceError, match="at most 50 MB"):
        read_brief(path)
    with pytest.raises(SourceError, match="cannot be read"):
        read_brief(tmp_path / "missing.txt")
