"""Opinions: given, taken back, counted, exported."""

import dataclasses
import html
import re
from datetime import timedelta

import orjson
import pytest

from matcher import Band, Filters, Role
from service.audit import history
from service.clock import now
from service.errors import Invalid, NotFound
from service.opinions import actions, repository
from service.opinions.actions import Agreement, Verdict
from service.opinions.repository import Opinion
from service.projects.actions import get_project
from service.security import Caller, Scope

OLGA, BOB = Caller("user:olga", "Olga", Scope.WRITE), Caller("user:bob", "Bob", Scope.WRITE)


def give(desk, firm_id, verdict, caller=OLGA, role=Role.SUPPLIER, **more):
    return actions.give(desk.services, caller, "trays", firm_id, role, Verdict(verdict), **more)


def words(answer):
    return " ".join(html.unescape(re.sub(r"(?s)<[^>]+>", " ", answer.text)).split()).replace(" .", ".")


def stored(desk):
    with desk.services.database.read() as tx:
        return list(repository.in_force(tx, "trays"))


def test_an_opinion_keeps_who_when_and_what_was_shown(desk):
    before = now()
    opinion = give(desk, "weld", "right", note="Good people, 905 555 0199.", filters=Filters(region="Halton"))
    assert stored(desk) == [opinion]
    matcher = desk.services.follower.matcher
    match = matcher.why_not(_project(desk), "weld", Role.SUPPLIER, filters=Filters(region="Halton")).match
    assert (opinion.user_id, opinion.rank, opinion.band) == ("user:olga", 1, "worth_a_call")
    assert float(opinion.score) == match.score and opinion.model == matcher.model
    assert before - timedelta(seconds=1) <= opinion.at <= now() and "555" not in opinion.note
    shown = orjson.loads(opinion.shown)
    assert shown["needs"][0]["state"] == "found" and "laser welding" in shown["needs"][0]["quotes"][0]
    assert sum(shown["contributions"].values()) == pytest.approx(match.score, abs=1e-3)
    with desk.services.database.read() as tx:
        row = next(row for row in history(tx, "project", "trays") if row["action"] == "opinion.give")
    assert "Good people" not in str(row["details"]) and row["details"]["verdict"] == "right"


def _project(desk):
    return get_project(desk.services, "trays").record


def test_a_second_opinion_of_the_same_person_replaces_the_first(desk):
    first, second = give(desk, "weld", "right"), give(desk, "weld", "not_available")
    other = give(desk, "weld", "right", caller=BOB)
    assert stored(desk) == [second, other]
    with desk.services.database.read() as tx:
        assert repository.find(tx, first.id).undone_at is not None


def test_undo_is_done_once_and_only_in_its_project(desk):
    opinion = give(desk, "weld", "wrong_role")
    with pytest.raises(NotFound):
        actions.undo(desk.services, OLGA, "another", opinion.id)
    actions.undo(desk.services, BOB, "trays", opinion.id)
    actions.undo(desk.services, BOB, "trays", opinion.id)
    assert stored(desk) == []
    with desk.services.database.read() as tx:
        undone = [row for row in history(tx, "project", "trays") if row["action"] == "opinion.undo"]
    assert len(undone) == 1 and undone[0]["actor"] == "user:bob"


def test_the_newest_opinion_decides_and_wrong_things_hold_for_both_roles(desk):
    give(desk, "weld", "wrong_capability")
    give(desk, "seam", "wrong_role")
    give(desk, "coat", "not_available", role=Role.PARTNER)
    give(desk, "weld", "right", caller=BOB)
    with desk.services.database.read() as tx:
        suppliers = actions.decisive(tx, "trays", Role.SUPPLIER)
        partners = actions.decisive(tx, "trays", Role.PARTNER)
    assert {k: o.verdict for k, o in suppliers.items()} == {
        "weld": "right", "seam": "wrong_role", "coat": "not_available",
    }  # fmt: skip
    assert {k: o.verdict for k, o in partners.items()} == {"weld": "wrong_capability", "coat": "not_available"}


def opinion_of(firm_id, verdict, user="user:a", band=Band.WORTH_A_CALL, role="supplier", minutes=0, project="p"):
    return Opinion(
        id=f"{project}-{firm_id}-{user}-{role}-{minutes}", project_id=project, firm_id=firm_id, role=role,
        verdict=verdict, note="", user_id=user, at=now() + timedelta(minutes=minutes), band=band.value, rank=1,
        score="1.0", model="m", snapshot="s", shown="{}",
    )  # fmt: skip


def add(database, *found):
    with database.write() as tx:
        for one in found:
            repository.add(tx, one)


def test_agreement_is_worked_out_by_hand(database):
    add(
        database,
        opinion_of("a", "right"), opinion_of("b", "right"), opinion_of("c", "wrong_capability"),
        opinion_of("d", "wrong_role"), opinion_of("e", "not_available"),  # says nothing of the match
        opinion_of("f", "right", band=Band.MAYBE), dataclasses.replace(opinion_of("g", "right"), undone_at=now()),
    )  # fmt: skip
    with database.read() as tx:
        assert actions.agreement(tx) == Agreement(2, 4)


def test_the_export_has_one_grade_a_pair_the_newest_of_anybody(database):
    assert actions.export_judgements(database) == ("project_id\tfirm_id\trole\tgrade\n", 0)
    add(
        database,
        opinion_of("a", "right"), opinion_of("a", "wrong_capability", user="user:b", minutes=1),
        opinion_of("a", "right", role="partner"), opinion_of("b", "not_available"),
        opinion_of("c", "right", project="o"), dataclasses.replace(opinion_of("d", "right"), undone_at=now()),
    )  # fmt: skip
    text, n = actions.export_judgements(database)
    assert text == "project_id\tfirm_id\trole\tgrade\no\tc\tsupplier\t2\np\ta\tpartner\t2\np\ta\tsupplier\t0\n"
    assert n == 3


def test_what_makes_no_sense_is_refused(desk):
    with pytest.raises(Invalid, match="1001 characters"):
        give(desk, "weld", "right", note="x" * 1001)
    with pytest.raises(NotFound):
        actions.give(desk.services, OLGA, "ghost", "weld", Role.SUPPLIER, Verdict.RIGHT)
    officer = desk.pages("officer")
    ghost = officer.post_form("/projects/trays/opinions", say="right ghost", role="supplier")
    assert ghost.status_code == 404
    assert officer.post_form("/projects/trays/opinions", say="? weld", role="supplier").status_code == 422
    assert officer.post_form("/projects/trays/opinions/ghost/undo").status_code == 404


def test_a_firm_is_hidden_by_a_button_and_comes_back_by_another(desk):
    officer = desk.pages("officer")
    sent = {"say": "wrong_capability seam", "role": "supplier", "back": "/projects/trays?km=50"}
    answer = officer.post_form("/projects/trays/opinions", **sent)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/projects/trays?km=50&done=")
    page = officer.get(answer.headers["location"].split("#")[0])
    said = words(page)
    assert "Hidden for this project: Seam Co. Nothing else has moved." in said
    assert "1 worth a call · 1 maybe" in said and "1 firm is hidden for this project" in said
    assert "Wrong thing: they do not do this Officer Person, " in said
    key = re.search(r"/opinions/([0-9a-f-]{36})/undo", page.text).group(1)
    assert officer.post_form(f"/projects/trays/opinions/{key}/undo").status_code == 303
    assert "1 worth a call · 2 maybe" in words(officer.get("/projects/trays"))


def test_a_firm_that_is_right_stays_and_the_agreement_is_said(desk):
    officer = desk.pages("officer")
    answer = officer.post_form("/projects/trays/opinions", say="right weld", role="supplier")
    assert answer.headers["location"] == "/projects/trays#firm-weld"
    said = words(officer.get("/projects/trays"))
    assert "Officers agreed with 1 of 1 marked “Worth a call”." in said and "Your opinion: right." in said


def test_the_export_is_for_admins(desk):
    give(desk, "weld", "right")
    answer = desk.pages("admin").get("/projects/opinions.tsv")
    assert answer.text == "project_id\tfirm_id\trole\tgrade\ntrays\tweld\tsupplier\t2\n"
    assert answer.headers["content-disposition"] == 'attachment; filename="opinions.tsv"'
    assert desk.pages("officer").get("/projects/opinions.tsv").status_code == 403
