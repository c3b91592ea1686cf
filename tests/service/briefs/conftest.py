"""Briefs as they come in, made when a test runs."""

import io
from email.message import EmailMessage

import pytest
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen import canvas

PAGES = (
    (
        "Compact EV inverter, pilot line",
        "Acme Drives develops a compact inverter for electric delivery vans with a sealed,",
        "liquid-cooled aluminium housing. A pilot line is set up in the region.",
        "Location: Milton, ON",
        "Closing date: April 9, 2099",
        "Contact: Jane Doe, jane.doe@acme.example, 905-555-0177",
    ),
    (
        "What we are looking for",
        "- CNC machining of aluminium housings, 5,000 a year",
        "- Automotive wire harness with sealed connectors",
        "- Liquid-cooled cold plates",
    ),
)


def make_pdf(pages=PAGES):
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=letter)
    for lines in pages:
        for number, line in enumerate(lines):
            page.setFont("Helvetica-Bold" if number == 0 else "Helvetica", 16 if number == 0 else 11)
            page.drawString(72, 720 - 20 * number, line)
        page.showPage()
    page.save()
    return out.getvalue()


def make_scan():
    """A page with a drawing and no text."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=letter)
    page.rect(100, 100, 300, 400, fill=1)
    page.save()
    return out.getvalue()


def make_mail():
    message = EmailMessage()
    message["From"], message["To"] = "Sam Lee <sam.lee@acme.example>", "match@chamber.example"
    message["Subject"] = "Robotic welding cell for seat frames"
    message["Date"] = "Mon, 1 Feb 2027 10:00:00 -0500"
    message.set_content(
        "Hello,\n\nwe are looking for suppliers of:\n\n- robotic welding of steel seat frames\n"
        "- powder coating of welded frames\n\nSam Lee\nsam.lee@acme.example\n905 555 0134\n"
    )
    return message.as_bytes()


@pytest.fixture
def pdf():
    return make_pdf()


@pytest.fixture
def scan():
    return make_scan()


@pytest.fixture
def mail():
    return make_mail()
