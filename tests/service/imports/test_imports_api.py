import json

import pytest

from service.worker import Worker

ROWS = [
    {"id": "a", "name": "A Ltd", "city": "Milton", "province": "ON", "profile": "Laser welding of trays."},
    {"id": "b", "name": "B Ltd", "city": "Acton", "province": "ON", "profile": "Powder coating."},
]


@pytest.fixture
def worker(database, encoder, settings):
    return Worker(database, encoder, settings)


def lines(rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


def send(client, data, name="firms.jsonl", **form):
    return client.post("/v1/imports", files={"file": (name, data)}, data=form)


def run(client, worker, data, name="firms.jsonl", **form):
    answer = send(client, data, name, **form)
    assert answer.status_code == 202, answer.text
    worker.drain()
    return client.get(answer.headers["location"]).json()


def search(client, text):
    result = client.post("/v1/match", json={"text": text, "explain": False}).json()
    return [m["firm_id"] for m in result["supplier"]]


def test_every_row_is_in_the_report_and_firms_are_found(client, worker):
    bad = [*ROWS, {"name": "no id"}, {"id": "a", "name": "again"}, {"id": "c", "name": "C", "phone": "905-555-0123"}]
    done = run(client, worker, lines(bad) + b"\nnot json")
    assert done["state"] == "done" and (done["done"], done["total"]) == (2, 2)
    report = done["report"]
    assert report["n_read"] == 6 and report["new"] == ["a", "b"]
    assert [r["line"] for r in report["refused"]] == [3, 4, 5, 6] and "905" not in json.dumps(done)
    assert done["counts"]["refused"] == 4
    assert search(client, "laser welding")[0] == "a"


def test_second_import_changes_nothing_and_keeps_what_staff_did(client, worker):
    run(client, worker, lines(ROWS))
    key = client.get("/v1/firms/a").json()["statements"][0]["id"]
    client.post(f"/v1/firms/a/statements/{key}/confirm", json={"date": "2026-11-01"})
    client.post("/v1/firms/a/statements", json={"text": "leak testing"})
    gone = client.get("/v1/firms/b").json()["statements"][0]["id"]
    client.delete(f"/v1/firms/b/statements/{gone}")
    again = run(client, worker, lines(ROWS))
    assert again["counts"] == {
        "read": 2, "new": 0, "updated": 0, "unchanged": 2, "refused": 0, "duplicates": 0, "disappeared": 0
    }  # fmt: skip
    firm = client.get("/v1/firms/a").json()
    assert [(s["text"], s["confirmed"]) for s in firm["statements"]] == [
        ("Laser welding of trays.", True), ("leak testing", False)
    ]  # fmt: skip
    assert client.get("/v1/firms/b").json()["statements"] == []
    moved = run(client, worker, lines([{**ROWS[0], "city": "Oakville"}]))
    assert (moved["report"]["updated"], moved["report"]["disappeared"]) == (["a"], ["b"])
    assert client.get("/v1/firms/a").json()["city"] == "Oakville" and client.get("/v1/firms/b").status_code == 200


def test_check_reports_and_stores_nothing(client, worker):
    done = run(client, worker, lines(ROWS), check="true")
    assert done["report"]["new"] == ["a", "b"] and client.get("/v1/firms").json()["items"] == []


def test_directory_of_members_is_read_and_its_contacts_are_dropped(client, worker):
    table = "Company,Town,E-mail,Phone,What we do\nAcme Tool Ltd.,Milton,jo@acme.example,905-555-0123,CNC machining\n"
    done = run(client, worker, table.encode(), "members.csv")
    assert done["counts"]["new"] == 1, done
    assert sum(done["report"]["dropped"].values()) == 2 and "jo@acme" not in json.dumps(done)
    again = run(client, worker, table.replace("What we do", "Notes").encode(), "members.csv", mapping=done["mapping"])
    assert again["state"] == "done" and json.loads(again["mapping"]) == json.loads(done["mapping"])
    firm = client.get(f"/v1/firms/{done['report']['new'][0]}").json()
    assert (firm["name"], firm["city"]) == ("Acme Tool Ltd.", "Milton")
    assert search(client, "CNC machining") == [firm["id"]]


def test_brief_becomes_a_project_with_its_needs(client, worker):
    text = b"Trays for vans\n\nWe are looking for:\n- laser welding of battery trays\n- leak testing of trays\n"
    done = run(client, worker, text, "brief.txt", kind="projects")
    assert done["counts"]["new"] == 1, done
    project = client.get(f"/v1/projects/{done['report']['new'][0]}").json()
    assert [n["text"] for n in project["needs"]] == ["laser welding of battery trays", "leak testing of trays"]


def test_unreadable_file_fails_with_words_and_the_worker_goes_on(client, worker):
    failed = run(client, worker, b"\x00\x01\x02", "members.xlsx")
    assert failed["state"] == "failed" and failed["error"] and failed["report"] is None
    assert run(client, worker, lines(ROWS))["counts"]["new"] == 2


def test_worker_that_died_is_followed_and_the_report_stays_right(client, database, encoder, settings):
    settings = settings.model_copy(update={"import_chunk": 10})
    rows = [{"id": f"f{n:02}", "name": f"Firm {n}", "profile": f"process {n}"} for n in range(25)]
    location = send(client, lines(rows)).headers["location"]
    first = Worker(database, encoder, settings.model_copy(update={"lease_seconds": 0.01}))
    first.step()  # one chunk; then it is silent for longer than its lease
    assert client.get(location).json()["done"] == 10
    second = Worker(database, encoder, settings)
    second.drain()
    assert client.get(location).json()["counts"]["new"] == 25
    first.drain()  # comes back to life: it has lost the job and must not repeat a chunk
    assert client.get(location).json()["counts"] | {"updated": 0} == client.get(location).json()["counts"]
    assert all(f["version"] == 1 for f in client.get("/v1/firms", params={"limit": 100}).json()["items"])


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [("firms.exe", b"x", {}), ("firms.csv", b"", {}), ("firms.csv", b"a", {"kind": "people"}),
     ("firms.csv", b"a", {"mapping": "{"}), ("..", b"a", {})],
)  # fmt: skip
def test_file_that_cannot_be_an_import_is_refused_at_once(client, name, data, form):
    assert send(client, data, name, **form).status_code == 422


def test_viewer_may_read_imports_but_not_send_one(client, viewer, worker):
    location = send(client, lines(ROWS)).headers["location"]
    assert client.get(location, headers=viewer).status_code == 200
    assert [row["source"] for row in client.get("/v1/imports", headers=viewer).json()] == ["firms.jsonl"]
    answer = client.post("/v1/imports", files={"file": ("a.jsonl", lines(ROWS))}, headers=viewer)
    assert answer.status_code == 403
    assert client.get("/v1/imports/none").status_code == 404


def test_import_sent_twice_under_one_key_runs_once(client, worker):
    headers = {"Idempotency-Key": "once"}
    first = client.post("/v1/imports", files={"file": ("a.jsonl", lines(ROWS))}, headers=headers)
    again = client.post("/v1/imports", files={"file": ("a.jsonl", lines(ROWS))}, headers=headers)
    assert first.headers["location"] == again.headers["location"] and len(client.get("/v1/imports").json()) == 1
