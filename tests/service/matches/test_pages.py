"""The project page's right column, and the pages around it, as a browser without scripts gets them."""

import html
import re

import pytest
from desk_records import PAINT, WELD

from service.audit import history


@pytest.fixture
def officer(desk, pages):
    return pages("officer")


def words(answer):
    """What an answer says, without marks and runs of blanks."""
    return " ".join(html.unescape(re.sub(r"(?s)<[^>]+>", " ", answer.text)).split()).replace(" .", ".")


def rows(desk, action):
    with desk.services.database.read() as tx:
        return [row["details"] for row in history(tx, "project", "trays") if row["action"] == action]


def test_the_project_page_answers_in_its_first_sentence(officer):
    answer = officer.get("/projects/trays")
    assert answer.status_code == 200
    said = words(answer)
    assert "1 worth a call · 2 maybe · 1 we know too little about" in said
    assert "Nobody local for: helium leak testing of sealed pumps." in said
    assert "In Halton, 5 firms. 1 elsewhere than Halton ( show" in said and "Not yet checked by our staff." in said
    assert f"“Could you supply this: {PAINT}?”" in said
    assert "the firm by phone, to Olga Officer, November 3, 2026, confirmed → laser welding of battery trays" in said


@pytest.mark.parametrize("view", ["list", "covers", "map", "compare"])
@pytest.mark.parametrize("role", ["supplier", "partner"])
def test_every_view_is_there_in_every_language(officer, view, role):
    address = f"/projects/trays?view={view}&role={role}&compare=weld&compare=seam"
    assert officer.get(address).status_code == 200
    officer.post_form("/language", language="fr", next="/today")
    answer = officer.get(address)
    assert answer.status_code == 200 and '<html lang="fr"' in answer.text


def test_a_viewer_reads_everything_and_finds_no_button(desk, pages):
    viewer = pages("viewer")
    page = viewer.get("/projects/trays").text
    start = page.index('id="matches"')
    assert 'method="post"' not in page[start : page.index("</section>", page.index('id="advanced"'))]
    assert viewer.get("/projects/trays/firm?q=weld").status_code == 200
    assert "I know they do this" not in viewer.get("/projects/trays/firm?firm=weld").text


@pytest.mark.parametrize(
    "address",
    ["/picked", "/picked/remove", "/apart", "/apart/x/undo", "/opinions", "/opinions/x/undo", "/firm/weld/know"],
)
def test_a_viewer_writes_nothing(desk, pages, address):
    answer = pages("viewer").post_form(
        f"/projects/trays{address}", firm_id="weld", role="supplier", verdict="right", text="x"
    )  # fmt: skip
    assert answer.status_code == 403
    assert [row["action"] for row in _audit(desk)] == ["project.create"]


def _audit(desk):
    with desk.services.database.read() as tx:
        return history(tx, "project", "trays")


def test_pages_of_a_project_that_is_not_there_are_404(officer):
    for address in ("/projects/ghost/firm", "/projects/ghost/firm?q=weld"):
        assert officer.get(address).status_code == 404
    for address in ("/picked", "/apart"):
        assert officer.post_form(f"/projects/ghost{address}", firm_id="weld", role="supplier").status_code == 404
    assert officer.post_form("/projects/trays/picked", firm_id="ghost", role="supplier").status_code == 404
    assert officer.post_form("/projects/trays/apart/ghost/undo").status_code == 404


def test_wrong_filters_are_said_beside_their_field_and_kept(officer):
    page = officer.get("/projects/trays?km=far&region=Atlantis&certificate=%3Cb%3E").text
    assert "Write a number of kilometres, such as 30." in page and 'value="far"' in page
    assert "We know no region or town of this name." in page and 'value="Atlantis"' in page
    assert "<b>&" not in page and 'value="&lt;b&gt;"' in page


def test_looking_for_a_firm_says_its_place_and_the_one_reason(officer):
    assert "As a supplier it is number 1 of 5. Nobody stands higher." in words(
        officer.get("/projects/trays/firm?q=weld+co")
    )
    said = words(officer.get("/projects/trays/firm?q=bread"))
    assert (
        "number 5 of 5. Others fit better. We have read nothing of Bread Co on: laser welding of battery trays" in said
    )
    assert "Nearest words bread and cakes for weddings" in said
    assert "It is elsewhere than Halton, which the filter asks for." in words(
        officer.get("/projects/trays/firm?firm=away")
    )
    assert "It is already in this project" in words(officer.get("/projects/trays/firm?firm=lead"))
    assert "They never said where they are" in words(officer.get("/projects/trays/firm?firm=lost"))
    anywhere = words(officer.get("/projects/trays/firm?region=&firm=away"))
    assert "number" in anywhere and "elsewhere" not in anywhere


def test_a_name_that_is_mistyped_or_not_there(officer):
    said = words(officer.get("/projects/trays/firm?q=wled+co"))
    assert "Did you mean one of these?" in said and "Weld Co" in said
    none = officer.get("/projects/trays/firm?q=Zyxwv+%26+Sons")
    assert "We have no firm of this name" in none.text and "/firms/new?name=Zyxwv%20%26%20Sons" in none.text
    several = words(officer.get("/projects/trays/firm?q=milton"))
    assert "Which one?" in several and "Bread Co" in several and "Weld Co" in several
    assert officer.get("/projects/trays/firm?firm=ghost").status_code == 404
    assert officer.get("/projects/trays/firm?q=%00").status_code == 200


def know(officer, **more):
    fields = {"text": WELD, "kind": "capability", "how": "phone", "date": "2026-11-20", **more}
    return officer.post_form("/projects/trays/firm/bread/know?role=supplier", **fields)


def test_what_somebody_knows_becomes_a_statement_and_the_page_says_what_it_changes(officer, desk):
    answer = know(officer)
    assert answer.status_code == 303
    said = words(officer.get(answer.headers["location"]))
    assert "Written down. Before: Unlikely, number 5. Now: " in said
    firm = desk.get("/v1/firms/bread").json()
    added = next(s for s in firm["statements"] if s["text"] == WELD)
    assert (added["source"], added["date"], added["confirmed"]) == (
        "the firm by phone, to Officer Person", "2026-11-20", True,
    )  # fmt: skip
    assert len(firm["statements"]) == 2, "nothing that was not typed"


def test_hearsay_stays_unconfirmed(officer, desk):
    know(officer, how="heard", text="grinds gears", kind="equipment")
    added = next(s for s in desk.get("/v1/firms/bread").json()["statements"] if s["text"] == "grinds gears")
    assert (added["confirmed"], added["kind"]) == (False, "equipment")
    assert added["source"] == "Officer Person, who heard it from others"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"text": " "}, "Write what they do, in a few words."),
        ({"date": "2999-01-01"}, "This day has not come yet."),
        ({"date": "soon"}, "Write a day as year-month-day"),
        ({"how": "dreamt"}, "Choose one of these."),
        ({"kind": "naics"}, "Choose one of these."),
        ({"text": "x" * 2001}, "This has 2001 characters"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(officer, desk, wrong, message):
    answer = know(officer, **{"text": "bakes trays", **wrong})
    assert answer.status_code == 422 and message in words(answer)
    assert html.escape(wrong.get("text", "bakes trays").strip()) in answer.text
    assert len(desk.get("/v1/firms/bread").json()["statements"]) == 1


def test_the_same_statement_twice_is_refused_in_words(officer):
    assert know(officer).status_code == 303
    assert know(officer).status_code == 422


def test_a_firm_added_by_hand_is_shown_so_and_comes_off_again(officer, desk):
    answer = officer.post_form("/projects/trays/picked", firm_id="bread", role="supplier", back="/projects/trays?km=40")
    assert answer.headers["location"] == "/projects/trays?km=40"
    said = words(officer.get("/projects/trays"))
    assert "Nothing else has moved." in said and "Added by Officer Person" in said
    officer.post_form("/projects/trays/picked", firm_id="bread", role="supplier")
    assert rows(desk, "match.pick") == [{"firm": "bread", "role": "supplier"}], "twice is once"
    assert "It is on the list, added by hand." in words(officer.get("/projects/trays/firm?firm=bread"))
    officer.post_form("/projects/trays/picked/remove", firm_id="bread", role="supplier")
    assert "Added by" not in words(officer.get("/projects/trays"))


def test_two_are_kept_apart_and_put_together_again(officer, desk):
    answer = officer.post_form("/projects/trays/apart", firm_id="weld", note="Old quarrel <1>")
    page = officer.get(answer.headers["location"].split("#")[0])
    said = words(page)
    assert "Kept apart from this project: Weld Co. Only staff see this." in said
    assert "Old quarrel <1>" in said and "<1>" not in page.text
    assert "You keep it apart from this project." in words(officer.get("/projects/trays/firm?firm=weld"))
    assert officer.post_form("/projects/trays/apart", firm_id="weld").status_code == 409
    key = re.search(r"/apart/([0-9a-f-]{36})/undo", page.text).group(1)
    assert officer.post_form(f"/projects/trays/apart/{key}/undo").status_code == 303
    assert "1 worth a call" in words(officer.get("/projects/trays"))
    assert "note" not in str(rows(desk, "match.keep_apart")), "the reason stays out of the history"


def test_nobody_is_sent_to_another_site(officer):
    answer = officer.post_form("/projects/trays/picked", firm_id="bread", role="supplier", back="https://evil.example/")
    assert answer.headers["location"] == "/projects/trays"
    answer = officer.post_form("/projects/trays/apart", firm_id="bread", back="//evil.example/x")
    assert answer.headers["location"].startswith("/projects/trays?done=")


def test_inside_words_stay_inside(officer):
    inside = "evidence inferred capability consortium embedding BM25 logit cosine query judgement exposure basis"
    for view in ("list", "covers", "map", "compare&compare=weld&compare=seam"):
        page = officer.get(f"/projects/trays?view={view}")
        start = page.text.index('id="matches"')
        said = words(type("Part", (), {"text": page.text[start:]}))
        said = said[: said.index("Version of the ranking")] if "Version of the ranking" in said else said
        found = [word for word in inside.split() if re.search(rf"\b{word}\b", said)]
        assert not found, f"{view}: {found}"
        before = said[: said.index("Advanced")]
        assert not re.search(r"\bscores?\b", before, re.I), view
