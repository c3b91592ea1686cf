"""Several writers of one project at the same moment."""

import threading

import pytest

from matcher import project_from_row
from service.errors import Conflict
from service.projects import repository

N = 15


def together(*works):
    """Run each in a thread of its own, all begun at once, and give back what they gave."""
    barrier, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place, work):
        barrier.wait()
        found[place] = work()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def busy(client):
    client.put("/v1/projects/busy", json={"title": "Busy", "needs": [f"need {i}" for i in range(N)]})
    return "/v1/projects/busy"


def test_writers_of_one_project_lose_nothing_of_each_other(client, busy):
    def add():
        return [client.post(f"{busy}/needs", json={"text": f"added {i}"}).status_code for i in range(N)]

    def edit():
        return [client.patch(f"{busy}/needs/n{i + 1}", json={"size": f"{i} mm"}).status_code for i in range(N)]

    def patch():
        return [client.patch(busy, json={"city": f"Town {i}"}).status_code for i in range(N)]

    assert together(add, edit, patch) == [[201] * N, [200] * N, [200] * N]
    project = client.get(busy).json()
    assert project["version"] == 1 + 3 * N and project["city"] == f"Town {N - 1}"
    assert sorted(need["text"] for need in project["needs"] if need["text"].startswith("added")) == sorted(
        f"added {i}" for i in range(N)
    )
    assert [need["size"] for need in project["needs"][:N]] == [f"{i} mm" for i in range(N)]
    assert len({need["id"] for need in project["needs"]}) == 2 * N
    assert sorted(row["version"] for row in client.get(f"{busy}/history").json()) == list(range(1, 2 + 3 * N))


def test_of_writers_with_the_same_version_one_wins_and_the_others_are_412(client, busy):
    def write(city):
        return lambda: client.patch(busy, json={"city": city}, headers={"If-Match": '"1"'})

    answers = together(*(write(f"Town {i}") for i in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    (winner,) = (answer.json() for answer in answers if answer.status_code == 200)
    assert client.get(busy).json() == winner and winner["version"] == 2


def test_same_create_sent_at_once_makes_one_project_and_a_repeat_gets_its_answer(client):
    def create():
        return client.post("/v1/projects", json={"title": "At once"}, headers={"Idempotency-Key": "a-key"})

    answers = together(*[create] * 4)
    made = [answer for answer in answers if answer.status_code == 201]
    assert made and {answer.content for answer in made} == {made[0].content}
    assert {answer.status_code for answer in answers} <= {201, 409}, "409: the first is still being written"
    again = create()
    assert again.status_code == 201 and again.content == made[0].content
    assert len(client.get("/v1/projects").json()["items"]) == 1
    assert len(client.get("/v1/projects/at-once/history").json()) == 1


def test_other_create_with_the_same_key_at_once_leaves_one_project(client):
    def create(title):
        return lambda: client.post("/v1/projects", json={"title": title}, headers={"Idempotency-Key": "a-key"})

    answers = together(*(create(f"Title {i}") for i in range(4)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) == 1 and set(statuses) <= {201, 409, 422}
    assert len(client.get("/v1/projects").json()["items"]) == 1


def test_project_put_by_two_at_once_is_there_once(client):
    def put(title):
        return lambda: client.put("/v1/projects/new", json={"title": title}).status_code

    statuses = together(*(put(f"Title {i}") for i in range(4)))
    assert statuses.count(201) == 1 and set(statuses) <= {200, 201, 409}
    project = client.get("/v1/projects/new").json()
    assert project["version"] == 1 + statuses.count(200)


def test_write_from_a_version_that_is_past_is_refused_whoever_forgot_to_lock(client, busy, database):
    with database.read() as tx:
        past = repository.find(tx, "busy")
    assert client.patch(busy, json={"city": "Acton"}).status_code == 200
    with pytest.raises(Conflict, match="read it again"), database.write() as tx:
        repository.update_project(tx, past, past.record)
    assert client.get(busy).json()["city"] == "Acton"


def test_many_are_found_in_blocks_and_written_back(client, database):
    ids = [f"p{number:04}" for number in range(1203)]
    with database.write() as tx:
        for project_id in ids:
            repository.insert_project(tx, project_from_row({"id": project_id, "title": "X"}))
    with database.write() as tx:
        found = repository.find_many(tx, [*ids, "nobody"])
        repository.update_project(tx, found["p1202"], project_from_row({"id": "p1202", "title": "Y"}))
    assert sorted(found) == ids
    assert client.get("/v1/projects/p1202").json()["title"] == "Y"
