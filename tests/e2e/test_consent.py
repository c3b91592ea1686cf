"""Why we may e-mail somebody, in a browser: staff note a reason, one ends soon, and somebody says yes by a link."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.clock import now, today
from service.consent import ledger
from service.consent.ledger import ConsentDraft
from service.consent.rules import Basis, StopReason
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.firms import actions as firms
from service.list_tables import outbox
from service.security import COMMAND_LINE

WORDS = {
    "en": {
        "agreed": "They agreed to our letters, by telephone or on paper", "since": "Since when?",
        "shows": "What shows it?", "told": "They know what they agreed to", "note": "Note this reason",
        "yes": "Yes, we may.", "ask": "Ask them to agree", "download": "Download the proof", "stop": "No more letters",
        "no": "No, we may not.", "why": "Why we may e-mail them.*Sam Lee", "send": "Yes, send them to me",
        "thanks": "Thank you. You agreed.", "asked": "They asked me for it by telephone",
    },
    "fr": {
        "agreed": "A accepté nos courriels, par téléphone ou sur papier", "since": "Depuis quand?",
        "shows": "Qu’est-ce qui le montre?", "told": "La personne sait ce qu’elle a accepté",
        "note": "Noter cette raison",
        "yes": "Oui, nous le pouvons.", "ask": "Demander son accord", "download": "Télécharger la preuve",
        "stop": "Plus aucun courriel", "no": "Non, nous ne le pouvons pas.",
        "why": "Pourquoi nous pouvons lui écrire.*Sam Lee", "send": "Oui, envoyez-les-moi",
        "thanks": "Merci. Vous avez accepté.", "asked": "On me l’a demandé par téléphone",
    },
}  # fmt: skip


@pytest.fixture
def people(site):
    """Sam without any reason; Ann, a member until soon; Bo, whose address sends mail back; Cy, who wants no more."""
    firms.create_firm(site.services, COMMAND_LINE, {"id": "acme", "name": "Acme Machining Ltd.", "city": "Milton"})
    made = {}
    for name in ("Sam Lee", "Ann Roy", "Bo Li", "Cy Fox"):
        draft = ContactDraft(name, "Sales", f"{name.split()[0].lower()}@example.org", "905 555 0134")
        made[name.split()[0]] = contacts.add(site.database, COMMAND_LINE, Owner(firm_id="acme"), draft)
    with site.database.write() as tx:
        for name, ago in (("Ann", 715), ("Bo", 30), ("Cy", 40)):
            one, day = made[name], today() - timedelta(days=ago)
            draft = ConsentDraft(one.email, Basis.PURCHASE, "invoice 4711", day, one.id, "acme")
            ledger.record_in(tx, COMMAND_LINE.id, draft)
        ledger.stop_in(tx, made["Bo"].email, StopReason.BOUNCED, "550 5.1.1 no such user here", "worker")
        ledger.withdraw_in(tx, made["Cy"].email, how="link of a letter", by="recipient", moment=now())
    return made


@pytest.mark.parametrize("language", ["en", "fr"])
def test_reason_is_noted_and_taken_back_by_who_gets_letters(
    page, site, people, sign_in, axe, screenshot, language
):  # fmt: skip
    says = WORDS[language]
    sign_in(page, language=language)
    page.goto("/firms/acme")
    with page.expect_navigation():
        page.get_by_role("link", name=re.compile(says["why"])).click()
    page.get_by_text(says["no"]).wait_for()
    page.get_by_label(says["agreed"]).check()
    page.get_by_label(says["since"]).fill(today().isoformat())
    page.get_by_label(says["shows"]).fill("call of this morning")
    page.get_by_role("button", name=says["note"]).click()
    page.get_by_role("alert").wait_for()  # they were not told what they agree to
    axe(page)
    screenshot(page, f"why-refused-{language}")
    page.get_by_label(says["told"]).check()
    page.get_by_role("button", name=says["note"]).click()
    page.get_by_text(says["yes"]).wait_for()
    axe(page)
    screenshot(page, f"why-{language}")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=says["stop"]).click()
    page.get_by_text(says["no"]).wait_for()
    axe(page)
    screenshot(page, f"why-stopped-{language}")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_whom_we_may_mail_is_one_page_and_its_proof_a_file(page, site, people, sign_in, axe, screenshot, language):
    says = WORDS[language]
    sign_in(page, language=language)
    page.goto("/settings/mail-reasons")
    page.get_by_text("550 5.1.1").wait_for()
    axe(page)
    screenshot(page, f"whom-{language}")
    page.get_by_label("E-mail address" if language == "en" else "Adresse courriel").fill("ann@example.org")
    with page.expect_download() as download:
        page.get_by_role("button", name=says["download"]).click()
    assert download.value.suggested_filename == "proof.csv"
    with page.expect_navigation():
        page.get_by_role("button", name=says["ask"]).click()
    with site.database.read() as tx:
        assert tx.execute(select(outbox.c.email, outbox.c.purpose)).all() == [("ann@example.org", "opportunities")]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_yes_is_said_on_a_telephone_without_signing_in(
    chromium, page, site, people, sign_in, axe, screenshot, language
):  # fmt: skip
    says, sam = WORDS[language], people["Sam"]
    draft = ContactDraft(sam.name, sam.role, sam.email, sam.telephone, language)
    contacts.change(site.database, COMMAND_LINE, sam.id, draft, expected=1)
    sign_in(page, language=language)
    page.goto(f"/contacts/{sam.id}/why")
    with page.expect_navigation():
        page.get_by_role("button", name=says["asked"]).click()
    with site.database.read() as tx:
        letter = tx.execute(select(outbox)).mappings().one()
    link = re.search(r"http\S+(/letters/confirm/[\w.-]+)", letter["text"]).group(1)
    outside = chromium.new_context(base_url=site.url, java_script_enabled=False, locale="de-DE")
    try:
        other = outside.new_page()
        other.set_content(letter["html"])
        screenshot(other, f"letter-confirm-{language}")
        other.goto(link)
        axe(other)
        screenshot(other, f"confirm-{language}")
        other.get_by_role("button", name=says["send"]).click()
        other.get_by_text(says["thanks"]).wait_for()
        axe(other)
        screenshot(other, f"confirmed-{language}")
        assert outside.cookies() == []
        other.goto("/letters/confirm/none")
        axe(other)
        screenshot(other, f"link-refused-{language}")
    finally:
        outside.close()
