"""A project's matches in a browser: the list, its opinions, filters, pictures, and the firm that is not there."""

import time

import pytest
from desk_records import FIRMS, PROJECT

from service.firms import actions as firm_actions
from service.projects import actions as project_actions
from service.security import COMMAND_LINE

MORE = [
    {"id": f"plant-{n}", "name": f"Plant {n} with a rather long name Manufacturing Ltd.", "city": city,
     "province": "ON", "capabilities": [f"laser welding of trays, line {n}", "powder coating of steel frames"]}
    for n, city in enumerate(["Milton", "Oakville", "Burlington", "Halton Hills", "Milton"])
]  # fmt: skip


@pytest.fixture
def desk(site):
    """Firms and a project, read by the worker."""
    services = site.services
    for row in [*FIRMS, *MORE]:
        firm_actions.create_firm(services, COMMAND_LINE, row)
    project_actions.create_project(services, COMMAND_LINE, PROJECT)
    for _ in range(500):
        services.follower.catch_up()
        if services.follower.matcher.refresh_vectors() == 0:
            return site
        time.sleep(0.02)
    raise AssertionError("the firms were not read in time")


def click(page, button):
    with page.expect_navigation():
        button.click()


def card(page, name):
    return page.get_by_role("article", name=name)


WORDS = {
    "en": {
        "worth": "1 worth a call", "right": "Right Weld Co", "not_right": "Not right… Seam Co", "thing": "Wrong thing",
        "hidden": "Hidden for this project: Seam Co. Nothing else has moved.", "undo": "Undo Seam Co",
        "back": "Taken back. The list is as it was.", "looking": "Looking for a firm?", "name": "Name or town",
        "look": "Look", "reason": "Others fit better.", "know": "I know they do this", "what": "What do they do?",
        "write": "Write it down", "written": "Written down. Before: Unlikely", "add": "Add to the list anyway",
        "added": "Added by Olga Officer", "agreed": "Officers agreed with 1 of 1 marked “Worth a call”.",
    },
    "fr": {
        "worth": "1 à appeler", "right": "Exact Weld Co", "not_right": "Ce n’est pas ça… Seam Co",
        "thing": "Ce n’est pas ce qu’elle fait", "undo": "Annuler Seam Co",
        "hidden": "Masquée pour ce projet : Seam Co. Rien d’autre n’a bougé.",
        "back": "C’est annulé. La liste est comme avant.", "looking": "Vous cherchez une entreprise ?",
        "name": "Nom ou ville", "look": "Chercher", "reason": "D’autres conviennent mieux.",
        "know": "Je sais qu’elle fait cela", "what": "Que fait-elle ?", "write": "Noter",
        "written": "C’est noté. Avant : Peu probable", "add": "Ajouter quand même à la liste",
        "added": "Ajoutée par Olga Officer", "agreed": "Le personnel a été d’accord pour 1 sur 1",
    },
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "fr"])
def test_why_is_the_firm_that_i_know_not_here(page, desk, sign_in, axe, screenshot, language):
    said = WORDS[language]
    sign_in(page, language=language)
    page.goto("/projects/trays")
    click(page, page.get_by_role("link", name=said["looking"]))
    page.get_by_label(said["name"]).fill("bread")
    click(page, page.get_by_role("button", name=said["look"], exact=True))
    assert said["reason"] in page.locator("main").inner_text()
    axe(page)
    screenshot(page, f"looking-{language}")
    page.locator("summary", has_text=said["know"]).click()
    page.get_by_label(said["what"]).fill("laser welding of battery trays")
    click(page, page.get_by_role("button", name=said["write"], exact=True))
    assert said["written"] in page.get_by_role("status").first.inner_text()
    click(page, page.get_by_role("button", name=said["add"]))
    assert "/projects/trays?" in page.url
    assert said["added"] in card(page, "Bread Co").inner_text()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_opinion_is_two_clicks_and_so_is_its_undo(page, desk, sign_in, screenshot, language):
    said = WORDS[language]
    sign_in(page, language=language)
    page.goto("/projects/trays")
    assert said["worth"] in page.locator("#matches .lead").inner_text()
    click(page, page.get_by_role("button", name=said["right"]))
    assert said["agreed"] in page.locator("#matches").inner_text()
    page.locator("summary", has_text=said["not_right"].split(" Seam")[0]).filter(has_text="Seam Co").click()
    screenshot(page, f"not-right-{language}")
    click(page, card(page, "Seam Co").get_by_role("button", name=said["thing"]))
    assert said["hidden"] in page.get_by_role("status").first.inner_text()
    assert card(page, "Seam Co").count() == 0
    click(page, page.get_by_role("button", name=said["undo"]).first)
    assert said["back"] in page.get_by_role("status").first.inner_text() and card(page, "Seam Co").count() == 1


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_view_is_clean_and_looks_right(page, desk, sign_in, axe, screenshot, language):
    sign_in(page, language=language)
    views = {
        "list": "", "covers": "?view=covers", "map": "?view=map", "partners": "?role=partner",
        "compare": "?view=compare&compare=weld&compare=seam&compare=coat&compare=plant-0",
        "filters": "?km=far&certificate=ISO+9001&near=2", "empty": "?size=5000-",
    }  # fmt: skip
    for name, query in views.items():
        page.goto(f"/projects/trays{query}")
        if name == "map":
            page.locator(".map .dot").first.wait_for()
        axe(page)
        screenshot(page, f"matches-{name}-{language}")
    page.goto("/projects/trays?view=covers")
    screenshot(page, f"matches-covers-{language}-dark", scheme="dark")


def test_the_map_leads_to_its_list(page, desk, sign_in):
    sign_in(page)
    page.goto("/projects/trays?view=map")
    page.locator(".map .dot.call").first.click()
    page.get_by_role("link", name="Milton: 3 firms").click()
    assert page.url.endswith("#town-milton")


def test_the_list_works_by_keyboard_alone(page, desk, sign_in):
    sign_in(page)
    page.goto("/projects/trays")
    summary = page.locator("summary", has_text="Change filters")
    summary.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Within km").focus()
    page.keyboard.type("3")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "km=3" in page.url and "farther than 3 km from Milton" in page.locator("#matches").inner_text()


def test_it_all_works_without_scripts(chromium, desk, site):
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    context.add_cookies([{"name": "session", "value": site.token("officer"), "url": site.url}])
    page = context.new_page()
    page.goto("/projects/trays?view=map")
    assert page.locator("#town-milton").is_visible() and not page.locator("[data-map]").is_visible()
    page.goto("/projects/trays")
    page.locator("summary", has_text="Not right…").first.click()
    click(page, card(page, "Weld Co").get_by_role("button", name="Not available"))
    assert "Hidden for this project: Weld Co." in page.locator("main").inner_text()
    context.close()


def test_a_viewer_reads_the_list(page, desk, sign_in, axe):
    sign_in(page, "viewer")
    page.goto("/projects/trays")
    assert card(page, "Weld Co").is_visible()
    assert page.locator("#matches form[method=post]").count() == 0
    axe(page)
