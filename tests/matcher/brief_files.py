"""Makes the files of the tests of briefs at test time, and reads them; nothing binary is kept in the repository."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from email.message import EmailMessage

import docx
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen import canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    FrameBreak,
    ListFlowable,
    ListItem,
    PageBreak,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Table,
)

from matcher.records import project_from_row, to_dict
from matcher.sources.briefs import read_brief_bytes
from matcher.types import Origin

TODAY = date(2027, 2, 1)
STYLES = getSampleStyleSheet()


def read(text, name="brief.txt", **options):
    data = text if isinstance(text, bytes) else text.encode()
    brief = read_brief_bytes(data, name, today=TODAY, **options)
    assert brief.project.needs == tuple(n.need for n in brief.needs)
    assert len({n.need.id for n in brief.needs}) == len(brief.needs)
    assert all(n.need.origin is Origin.STATED and n.need.cause for n in brief.needs)
    for need in brief.needs:
        assert need.quote in brief.pages[(need.page or 1) - 1]
    assert project_from_row(to_dict(brief.project)) == brief.project
    assert "@" not in str(to_dict(brief.project)) and "555-0" not in str(to_dict(brief.project)) + str(brief.notes)
    return brief


def texts(brief):
    return [n.need.text for n in brief.needs]


def stated(need):
    names = ("part", "material", "size", "tolerance", "quantity", "certificate", "by", "buyer")
    return {name: getattr(need, name) for name in names if getattr(need, name)}


def heading(text, level=2):
    return Paragraph(text, STYLES["Title" if level == 1 else f"Heading{level}"])


def para(text):
    return Paragraph(text, STYLES["Normal"])


def bullets(*items):
    return ListFlowable([ListItem(para(item)) for item in items], bulletType="bullet")


def table(rows):
    return Table([[para(cell) for cell in row] for row in rows], repeatRows=1)


def pdf(story, *, header=None):
    out = io.BytesIO()

    def running(page, document):
        if header:
            page.drawString(72, 760, header)
            page.drawString(72, 30, f"Page {document.page} of 9")

    SimpleDocTemplate(out, pagesize=letter).build(story, onFirstPage=running, onLaterPages=running)
    return out.getvalue()


def two_columns(left, right):
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=letter)
    document.addPageTemplates([PageTemplate(frames=[Frame(40, 40, 255, 700), Frame(315, 40, 255, 700)])])
    document.build([*left, FrameBreak(), *right])
    return out.getvalue()


def locked(data, user, owner):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(user_password=user, owner_password=owner, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def scan():
    """A page with a drawing and no text."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=letter)
    page.rect(100, 100, 300, 400, fill=1)
    page.save()
    return out.getvalue()


def word(build):
    document = docx.Document()
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def word_table(document, rows):
    made = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, text in zip(made.add_row().cells, row, strict=True):
            cell.text = text


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def mail(subject, text, *, html=None, charset="utf-8", cte=None, attached=(), sender="Sam Lee <sam.lee@acme.example>"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "match@chamber.example", subject
    message["Date"] = "Mon, 1 Feb 2027 10:00:00 -0500"
    message.set_content(text, charset=charset, cte=cte)
    if html:
        message.add_alternative(html, subtype="html", charset=charset, cte=cte)
    for name, kind, content in attached:
        main, sub = kind.split("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def rfq():
    """A formal request of three pages: table of parts, running header, rules for suppliers, another currency."""
    return pdf(
        [
            heading("Request for Quotation", 1),
            heading("Hydraulic valve bodies for mobile cranes"),
            para("Issued: March 1, 2027"),
            para("Closing date: April 9, 2027"),
            para("Location: Milton, ON"),
            heading("1. Background"),
            para("Acme Hydraulics makes valves for cranes. The new series is machined in small lots. " * 4),
            heading("2. Scope of supply"),
            table(
                [
                    ["Item", "Description", "Material", "Qty", "Tolerance", "Required by", "Unit price"],
                    ["10", "Manifold block, 8 port", "6061-T6", "60", "±0.05 mm", "2027-06-15", ""],
                    ["20", "Spool, ground and honed", "8620 steel", "240", "±0.005 mm", "2027-06-30", ""],
                    ["30", "End cover", "Ductile iron", "120", "-", "TBD", ""],
                    ["", "Total", "", "420", "", "", ""],
                ]
            ),
            para("All suppliers must be ISO 9001 certified."),
            PageBreak(),
            heading("3. Requirements"),
            bullets("Material certificates with each lot", "Parts individually bagged"),
            heading("4. Supplier qualifications"),
            bullets("At least five years in business", "Located within 200 km", "Liability insurance of $2 million"),
            PageBreak(),
            heading("5. Evaluation criteria"),
            bullets("Price (40%)", "Quality system (30%)", "Machining capacity (30%)"),
            heading("6. Contact"),
            para("Questions to Jane Doe, jane.doe@acme.example, 905-555-0177, by March 20, 2027."),
            para("Budget estimate US$ 120,000."),
        ],
        header="Acme Hydraulics - RFQ 2027-114 - Confidential",
    )


def guide():
    """A programme's guide for applicants whose lists read like needs."""
    story = [heading("Electric Mobility Challenge", 1), heading("Program Guide", 1), PageBreak()]
    chapters = {
        "Table of contents": (["1. Overview ........ 2", "2. Eligibility ......... 3"], ()),
        "1. Program overview": (["We are looking for projects in batteries, robotics and lightweight materials."], ()),
        "2. Eligible applicants": (
            ["Applicants must be incorporated in Canada."],
            ("Small and medium enterprises", "Industrial partners"),
        ),
        "3. Eligible costs": (["Costs after signature are eligible."], ("Salaries", "Materials and equipment")),
        "4. Funding rates": (["Up to 44% of eligible costs, at most $5 million per project, are reimbursed."], ()),
        "5. Evaluation criteria": (["Proposals are scored."], ("Technology leadership", "Supply chain benefits")),
        "6. How to apply": (["Applicants submit an expression of interest. Deadline: May 31, 2027."], ()),
        "7. Requirements": (["Partners needed:"], ("Machining of parts in Canada", "Robotics integration")),
        "8. Reporting and intellectual property": (["Applicants report each quarter."], ()),
    }
    for title, (texts, items) in chapters.items():
        story += [heading(title), *(para((text + " ") * 5) for text in texts)]
        story += [bullets(*items)] if items else []
        story += [PageBreak()]
    return pdf(story)
