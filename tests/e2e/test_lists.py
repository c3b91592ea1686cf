"""The story of a list: made, looked at, let go, read on a telephone, answered with a tap, and what came of it."""

import re

import mail_server
import pytest
from list_world import WELD, add_firm, add_person, add_project
from sqlalchemy import select

from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.introductions import actions as introductions
from service.introductions.steps import Said
from service.list_tables import lists, outbox, promises
from service.mail.sending import Sender
from service.replies import notices
from service.security import COMMAND_LINE

WORDS = {
    "en": {"make": "Make lists now", "waits": "1 list waits for you", "looked": "I have looked them through here",
           "go": "Let 1 list go", "yes": "Yes, call me", "thanks": "Thank you.", "call": "Call them",
           "called": "I called them", "again": "Look again", "no": "Not for us", "certificate": "We lack a certificate",
           "chose": "certificate", "wishes": "When and what", "save": "Save", "stop": "Stop these mails"},
    "fr": {"make": "Préparer des listes maintenant", "waits": "1 liste vous attend",
           "looked": "Je les ai parcourues ici", "go": "Laisser partir 1 liste", "yes": "Oui, appelez-moi",
           "thanks": "Merci.", "call": "Les appeler", "called": "Je les ai appelés", "again": "Regarder de nouveau",
           "no": "Pas pour nous", "certificate": "Il nous manque un certificat", "chose": "certificat",
           "wishes": "Quand et quoi", "save": "Enregistrer", "stop": "Arrêter ces courriels"},
}  # fmt: skip


@pytest.fixture
def weld(site):
    """A firm that welds, its owner who reads on a telephone, and a project that was released."""
    while not site.services.follower.is_ready:
        pass
    object.__setattr__(site.services.settings, "public_url", site.url)
    add_firm(site.services, "weld", WELD, "five-axis milling of aluminium up to 800 mm")
    add_project(site.services, "trays", WELD, title="Battery trays")
    contacts.add(
        site.services.database, COMMAND_LINE, Owner(project_id="trays"),
        ContactDraft(name="Pia Project", email="pia@trays.example.org", telephone="416 555 0199"),
    )  # fmt: skip


def rows(site, table):
    with site.services.database.read() as tx:
        return list(tx.execute(select(table)))


def let_go(site, page, words):
    """An officer makes lists, looks at them, and lets them go."""
    page.goto(f"{site.url}/lists")
    page.get_by_role("button", name=words["make"]).click()
    for _ in range(60):
        if page.get_by_role("heading", name=words["waits"]).count():
            break
        page.wait_for_timeout(300)
        page.reload()
    page.get_by_role("button", name=words["looked"]).click()
    return page


def mailed(site):
    """What a real mail server takes of what waits."""
    mail_server.switch_on(site.services.database)
    with mail_server.serving() as server:
        sender = Sender(site.services.database, site.services.settings.model_copy(update=server.settings), "w")
        while sender.step():
            pass
    return server.handler.messages


def link(message, purpose):
    return re.search(rf"http://\S+/letters/{purpose}/[\w.-]+", message.get_body(("plain",)).get_content()).group(0)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_list_is_answered_with_a_tap_and_ends_in_an_introduction(
    site, page, sign_in, weld, axe, screenshot, context, language
):
    words = WORDS[language]
    add_person(site.services, "weld", language=language)
    sign_in(page, "admin", language=language)  # whoever signs for the chamber keeps its promises
    let_go(site, page, words)
    axe(page)
    screenshot(page, f"lists-run-{language}")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=words["go"]).click()
    page.wait_for_load_state()
    (message,) = mailed(site)
    assert message["List-Unsubscribe-Post"] and message["Reply-To"]
    letter = context.new_page()
    letter.set_viewport_size({"width": 390, "height": 844})
    letter.set_content(message.get_body(("html",)).get_content())
    screenshot(letter, f"letter-list-{language}")
    letter.goto(link(message, "yes"))
    axe(letter)
    screenshot(letter, f"answer-yes-{language}")
    letter.get_by_role("button", name=words["yes"]).click()
    assert words["thanks"] in letter.content()
    axe(letter)
    screenshot(letter, f"answer-thanks-{language}")
    page.goto(f"{site.url}/today")
    screenshot(page, f"today-promise-{language}")
    page.get_by_role("link", name=words["call"]).first.click()
    axe(page)
    screenshot(page, f"promise-{language}")
    page.locator("textarea").fill("We send you the drawings by Monday.")
    page.get_by_role("button", name=words["called"]).click()
    (promise,) = rows(site, promises)
    assert promise.kept_at
    said = Said(True, "phone")
    introductions.project_answers(site.services, COMMAND_LINE, promise.introduction_id, said, expected=None)
    introductions.introduce(site.services, COMMAND_LINE, promise.introduction_id, expected=None)
    notices.put_in_all(site.services.database, site.services.settings)
    to = {m["To"]: m for m in mailed(site)}
    assert {"owner@weld.example.org", "pia@trays.example.org"} <= set(to)
    introduced = context.new_page()
    introduced.set_content(to["pia@trays.example.org"].get_body(("html",)).get_content())
    screenshot(introduced, f"letter-introduced-{language}")


def test_a_no_with_its_reason_and_fewer_or_no_letters(site, page, sign_in, weld, axe, screenshot, context):
    words = WORDS["en"]
    add_person(site.services, "weld")
    sign_in(page)
    let_go(site, page, words)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=words["go"]).click()
    page.wait_for_load_state()
    (message,) = mailed(site)
    letter = context.new_page()
    letter.set_viewport_size({"width": 390, "height": 844})
    letter.goto(link(message, "no"))
    axe(letter)
    letter.get_by_label(words["certificate"]).check()
    screenshot(letter, "answer-no")
    letter.get_by_role("button", name=words["no"]).click()
    assert "helps us" in letter.content()
    letter.goto(link(message, "wishes"))
    axe(letter)
    screenshot(letter, "answer-wishes")
    letter.goto(link(message, "colleague"))
    axe(letter)
    screenshot(letter, "answer-colleague")
    letter.goto(link(message, "stop"))
    axe(letter)
    letter.get_by_role("button", name=words["stop"]).click()
    assert "no more mails" in letter.content()
    screenshot(letter, "answer-stop")
    page.goto(f"{site.url}/settings/letters?view=sent")
    axe(page)
    screenshot(page, "letters")
    page.get_by_role("link", name="Battery trays", exact=False).first.click()
    axe(page)
    screenshot(page, "letter-page")
    assert rows(site, lists) and rows(site, outbox)
