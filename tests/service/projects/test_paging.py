from datetime import UTC, datetime, timedelta

import pytest
from repeat import times

from matcher import project_from_row
from service.projects import repository

TODAY = datetime.now(UTC).date()
MANY = times(300)
STAGES = ("call", "seeking", "announced", "running", "finished", "unknown")


def day(offset):
    return (TODAY + timedelta(days=offset)).isoformat()


def row(number):
    """Projects of every stage; two thirds of them open by stage, half of those by date, half of those by check."""
    return {
        "id": f"p{number:04}",
        "title": f"Project {number} of Größe {number % 7}",
        "stage": STAGES[number % 6],
        "closes": day(-1) if number % 4 < 2 else day(5),
        "checked": day(-91) if number % 8 < 4 else day(-90),
    }


def is_open(number):
    return number % 6 < 4 and number % 4 >= 2 and number % 8 >= 4


@pytest.fixture
def many(client, database):
    with database.write() as tx:
        for number in range(MANY):
            repository.insert_project(tx, project_from_row(row(number)))


def pages(client, *, limit, between=lambda n_page: None, **params):
    """Pages of ids from first to last."""
    cursor, n_page = None, 0
    while True:
        given = {"limit": limit, **params, **({"cursor": cursor} if cursor else {})}
        answer = client.get("/v1/projects", params=given)
        assert answer.status_code == 200, answer.text
        yield [item["id"] for item in answer.json()["items"]]
        cursor, n_page = answer.json()["next"], n_page + 1
        if cursor is None:
            return
        between(n_page)


def test_many_projects_are_paged_without_loss_or_repeat_while_rows_come_and_go(client, many):
    def write(n_page):
        client.put(f"/v1/projects/a{n_page}", json={"title": "before all"})
        client.put(f"/v1/projects/p{MANY - 1 - n_page:04}-more", json={"title": "further on"})
        client.delete(f"/v1/projects/p{n_page:04}")

    found = list(pages(client, limit=37, between=write))
    ids = [project_id for page in found for project_id in page]
    assert len(ids) == len(set(ids)) and {f"p{n:04}" for n in range(MANY)} <= set(ids)
    assert all(len(page) == 37 for page in found[:-1]) and 0 < len(found[-1]) <= 37
    assert any(project_id.endswith("-more") for project_id in ids) and not any(i.startswith("a") for i in ids)


def test_filter_on_open_gives_full_pages_and_every_row_once(client, many):
    for wanted, limit in ((True, 1), (True, 13), (True, 200), (False, 13), (False, 200)):
        expected = [f"p{n:04}" for n in range(MANY) if is_open(n) is wanted]
        found = list(pages(client, limit=limit, open=wanted))
        assert [project_id for page in found for project_id in page] == expected
        assert all(len(page) == limit for page in found[:-1]) and 0 < len(found[-1]) <= limit


def test_filters_join(client, many):
    expected = [f"p{n:04}" for n in range(MANY) if is_open(n) and n % 6 == 1 and "3" in f"{n} {n % 7}"]
    found = list(pages(client, limit=5, open=True, stage="seeking", q="GROSSE 3"))
    assert expected and [project_id for page in found for project_id in page if page] == expected


def test_open_is_what_the_stage_the_closing_date_and_the_check_say_on_the_day(client):
    month, year = day(0)[:7], day(0)[:4]
    last_month = (TODAY.replace(day=1) - timedelta(days=1)).isoformat()[:7]
    cases = {
        "no-date": ({}, True),
        "today": ({"closes": day(0)}, True),
        "yesterday": ({"closes": day(-1)}, False),
        "this-month": ({"closes": month}, True),
        "this-year": ({"closes": year}, True),
        "last-month": ({"closes": last_month}, False),
        "last-year": ({"closes": str(TODAY.year - 1)}, False),
        "checked-90": ({"checked": day(-90)}, True),
        "checked-91": ({"checked": day(-91)}, False),
        "checked-never": ({"checked": None}, False),
        "finished": ({"stage": "finished"}, False),
        "unknown": ({"stage": "unknown"}, False),
        "call": ({"stage": "call"}, True),
    }
    for project_id, (fields, _) in cases.items():
        body = {"id": project_id, "title": "X", "stage": "announced", **fields}
        assert client.post("/v1/projects", json=body).status_code == 201
    for wanted in (True, False):
        found = [i for page in pages(client, limit=200, open=wanted) for i in page]
        assert found == sorted(project_id for project_id, (_, opened) in cases.items() if opened is wanted)


def test_possibly_open_projects_are_all_but_those_of_stage_or_date(many, database):
    with database.read() as tx:
        found = [stored.id for stored in repository.all_possibly_open(tx, TODAY)]
    assert found == [f"p{n:04}" for n in range(MANY) if n % 6 < 4 and n % 4 >= 2]


def test_words_are_found_in_the_title_in_any_order_case_and_accent(client):
    for project_id, title in (("a", "Éolienne: Pièces coulées"), ("b", "100% recycled_parts"), ("c", "Plain parts")):
        client.post("/v1/projects", json={"id": project_id, "title": title, "description": "hidden words"})
    for q, expected in (
        ("pieces EOLIENNE", ["a"]), ("PIÈCES", ["a"]), ("parts", ["b", "c"]), ("plain pièces", []), ("100%", ["b"]),
        ("%", ["b"]), ("_", ["b"]), ("\\", []), ("hidden", []), ("'; DROP TABLE projects; --", []),
    ):  # fmt: skip
        assert [i for page in pages(client, limit=200, q=q) for i in page] == expected, q


def test_odd_parameters_of_the_list_are_422_with_their_field(client):
    for params in ({"limit": 0}, {"limit": 201}, {"limit": "x"}, {"open": "perhaps"}, {"stage": "soon"}, {"q": ""},
                   {"q": "x" * 201}, {"cursor": "x"}, {"cursor": "%%%"}, {"cursor": ""}):  # fmt: skip
        answer = client.get("/v1/projects", params=params)
        assert answer.status_code == 422, (params, answer.text)
        assert [error["field"] for error in answer.json()["errors"]] == list(params)


def test_page_that_ends_with_the_last_row_has_no_next(client):
    for number in range(4):
        client.put(f"/v1/projects/p{number}", json={"title": "X"})
    assert [len(page) for page in pages(client, limit=2)] == [2, 2]
    assert list(pages(client, limit=2, open=True)) == [[]]
