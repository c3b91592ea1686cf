"""A firm's owner at its own page, on a telephone and at a desk: by the mailed link, without a password."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.clock import today
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.firms import actions as firms
from service.introductions import actions as introductions
from service.introductions.actions import Between
from service.list_tables import outbox, wishes
from service.projects.actions import create_project
from service.security import COMMAND_LINE

MILLING = "five-axis milling of aluminium housings up to 800 mm"
PARAGRAPH = "We provide CNC turning of titanium parts up to 300 mm. We do helium leak testing of sealed pumps."
FIRM = {
    "id": "acme", "name": "Acme Machining Ltd.", "city": "Milton", "province": "ON", "employees": 25,
    "website": "https://www.acme.example", "as_of": "2025-06",
    "capabilities": [MILLING, "wire erosion of hardened tool steel", "assembly of hydraulic manifolds, small series"],
    "certifications": ["ISO 9001"], "sources": ["https://www.acme.example/about"],
}  # fmt: skip
WORDS = {
    "en": {
        "open": "Open my page", "all": "Yes, all of this is right", "confirmed": "You have confirmed every line.",
        "paragraph": "Write a paragraph", "show": "Show me the lines", "add": "Yes, add the ticked lines",
        "letters": "Your letters", "monthly": "At most once a month", "save": "Save", "saved": "Saved.",
        "agree": "Yes, send me opportunities", "data": "Your data", "download": "Download everything",
        "opportunities": "Opportunities", "send": "Send me a link", "email": "Your e-mail address",
    },
    "fr": {
        "open": "Ouvrir ma page", "all": "Oui, tout est exact", "confirmed": "Vous avez tout confirmé.",
        "paragraph": "Écrire un paragraphe", "show": "Montrez-moi les lignes", "add": "Oui, ajouter les lignes cochées",
        "letters": "Vos courriels", "monthly": "Au plus une fois par mois", "save": "Enregistrer",
        "saved": "Enregistré.", "agree": "Oui, envoyez-moi des occasions", "data": "Vos données",
        "download": "Tout télécharger", "opportunities": "Occasions d’affaires", "send": "Envoyez-moi un lien",
        "email": "Votre adresse courriel",
    },
}  # fmt: skip


@pytest.fixture
def acme(site):
    """Acme with its owner, an open project that may be told of, and one that it was introduced to."""
    while not site.services.follower.is_ready:
        pass
    firms.create_firm(site.services, COMMAND_LINE, FIRM)
    said = {"stage": "call", "city": "Oakville", "province": "ON", "checked": today().isoformat(),
            "release": "full_text", "closes": (today() + timedelta(days=40)).isoformat()}  # fmt: skip
    for key, title, need in (
        ("housings", "Aluminium housings, 5,000 a year, Oakville", "CNC machining of aluminium housings up to 400 mm"),
        ("pumps", "Sealed pumps for cooling of batteries", "hydraulic manifolds"),
    ):
        needs = [
            {"id": "n1", "text": need, "role": "supplier"},
            {"id": "n2", "text": "IATF 16949 certificate", "role": "supplier"},
        ]
        row = {**said, "id": key, "title": title, "description": f"Wanted: {need}.", "needs": needs}
        create_project(site.services, COMMAND_LINE, row)
    introductions.propose(site.services, COMMAND_LINE, Between("pumps", "acme", "supplier"))
    return site


def walk(page, site, language, axe, screenshot):
    said = WORDS[language]
    draft = ContactDraft(name="Pat Owner", email="pat@example.org", language=language, source="by phone")
    pat = contacts.add(site.database, COMMAND_LINE, Owner(firm_id="acme"), draft)

    def look(name):
        screenshot(page, f"own-{name}-{language}")
        axe(page)

    def press(name):
        with page.expect_navigation():
            page.get_by_role("button", name=name, exact=True).first.click()

    def follow(name):
        with page.expect_navigation():
            page.get_by_role("link", name=name, exact=True).first.click()

    page.goto("/own")
    if language == "fr":
        press("Français")
    look("door")
    page.get_by_label(said["email"]).fill("pat@example.org")
    press(said["send"])
    look("on-its-way")
    with site.database.read() as tx:
        text = tx.execute(select(outbox.c.text).where(outbox.c.email == "pat@example.org")).scalar_one()
    assert said["open"] in text and "Pat" not in text
    page.goto(re.search(r"/letters/page/[\w.~-]+", text).group(0))
    look("link")
    press(said["open"])

    assert page.get_by_text(MILLING, exact=True).is_visible()
    look("page")
    press(said["all"])
    assert page.get_by_text(said["confirmed"]).first.is_visible()
    page.get_by_text(said["paragraph"], exact=True).click()
    page.locator("[name=paragraph]").fill(PARAGRAPH)
    press(said["show"])
    look("draft")
    press(said["add"])
    assert page.locator("q", has_text="helium leak testing").first.is_visible()
    look("confirmed")
    record = firms.get_firm(site.services, "acme").record
    assert all(one.confirmed for one in record.statements) and any("titanium" in one.text for one in record.statements)
    page.get_by_role("link", name=re.compile("wire erosion")).click()
    page.locator("[name=text]").wait_for()
    look("line")

    follow(said["opportunities"])
    assert page.get_by_role("heading", name=re.compile("Aluminium housings")).is_visible()
    look("opportunities")

    follow(said["letters"])
    look("letters-asked")
    press(said["agree"])
    page.get_by_label(said["monthly"]).check()
    press(said["save"])
    assert page.get_by_text(said["saved"], exact=False).is_visible()
    look("letters")
    with site.database.read() as tx:
        assert tx.execute(select(wishes.c.rhythm).where(wishes.c.contact_id == pat.id)).scalar_one() == "monthly"

    follow(said["data"])
    page.locator("summary").first.click()
    look("data")
    with page.expect_download() as fetched:
        page.get_by_role("button", name=said["download"]).click()
    files = zipfile.ZipFile(io.BytesIO(fetched.value.path().read_bytes()))
    assert json.loads(files.read("everything.json"))["you"]["email"] == "pat@example.org"


def test_owner_walks_through_their_own_page(page, acme, chromium, sign_in, axe, screenshot):
    walk(page, acme, "en", axe, screenshot)
    page.locator("[name=why]").fill("We close in spring.")
    page.get_by_label("Delete everything about Acme Machining Ltd.").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Ask for deletion").click()
    assert page.get_by_role("heading", name="You asked to be deleted").is_visible()
    screenshot(page, "own-deletion-asked")
    axe(page)
    with acme.database.read() as tx:
        letters = tx.execute(select(outbox.c.kind, outbox.c.html)).all()
    shown = chromium.new_page()  # the looks of a letter stand in it, which the pages' policy forbids
    for kind, html in letters:
        shown.set_content(html)
        screenshot(shown, f"letter-{kind}")
    shown.close()
    sign_in(page, "admin")
    page.goto("/today")
    with page.expect_navigation():
        page.get_by_role("link", name="See what would go").first.click()
    page.goto("/firms/acme")
    assert page.get_by_text("They ask to be deleted.").is_visible()
    screenshot(page, "own-seen-by-staff")
    axe(page)


def test_owner_walks_through_their_own_page_in_french(page, acme, axe, screenshot):
    walk(page, acme, "fr", axe, screenshot)
