import datetime
import json

import pytest

TODAY = datetime.datetime.now(datetime.UTC).date()
PROJECT = {
    "id": "inverter", "title": "Onduleur léger: EV inverter", "description": "We assemble power electronics.",
    "technologies": ["power electronics", "laser welding"], "lead": "dana-canada", "partners": ["McMaster"],
    "city": "Milton", "province": "ON", "stage": "seeking", "closes": "2099-03", "total_cad": 1_500_000.0,
}  # fmt: skip


@pytest.fixture
def inverter(client):
    answer = client.post("/v1/projects", json=PROJECT)
    assert answer.status_code == 201, answer.text
    return answer.json()


def fields_at_fault(answer):
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return [error["field"] for error in answer.json()["errors"]]


def actions_of(client, project_id="inverter"):
    return [row["action"] for row in client.get(f"/v1/projects/{project_id}/history").json()]


def test_created_project_is_read_back_as_it_was_sent_and_listed(client, inverter):
    assert {name: inverter[name] for name in PROJECT} == PROJECT
    assert inverter["version"] == 1 and inverter["release"] == "only_us" and inverter["needs"] == []
    answer = client.get("/v1/projects/inverter")
    assert answer.json() == inverter and answer.headers["etag"] == '"1"'
    assert client.get("/v1/projects").json() == {"items": [inverter], "next": None}
    assert actions_of(client) == ["project.create"]


def test_new_project_was_checked_today_unless_it_says_otherwise(client, inverter):
    assert inverter["checked"] == TODAY.isoformat()
    for given in ("2024", "2024-02", "2024-02-29", None):
        body = {"id": f"p{given}", "title": "X", "checked": given}
        assert client.post("/v1/projects", json=body).json()["checked"] == given


def test_id_is_made_from_the_title_and_a_repeat_is_409(client):
    body = {"title": "Pièces coulées, 2e phase"}
    answer = client.post("/v1/projects", json=body)
    assert answer.headers["location"] == "/v1/projects/pieces-coulees-2e-phase"
    assert client.get(answer.headers["location"]).json() == answer.json()
    problem = client.post("/v1/projects", json=body)
    assert problem.status_code == 409 and "another id" in problem.json()["detail"]


def test_example_of_the_documentation_can_be_sent(client):
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    answer = client.post("/v1/projects", json=schemas["ProjectIn"]["example"])
    assert answer.status_code == 201, answer.text
    address = answer.headers["location"]
    assert client.patch(address, json=schemas["ProjectPatch"]["example"]).status_code == 200
    for name, send in (("StatedNeed", client.post), ("NeedPatch", client.patch)):
        path = address + ("/needs" if name == "StatedNeed" else "/needs/n1")
        assert send(path, json=schemas[name]["example"]).is_success


def test_put_stores_then_replaces_whole(client):
    assert client.put("/v1/projects/new", json={"title": "One", "city": "Acton"}).status_code == 201
    answer = client.put("/v1/projects/new", json={"title": "Two", "id": "new"}, headers={"If-Match": '"1"'})
    assert answer.status_code == 200 and answer.headers["etag"] == '"2"'
    assert (answer.json()["title"], answer.json()["city"]) == ("Two", None)
    assert answer.json()["checked"] == TODAY.isoformat()
    assert actions_of(client, "new") == ["project.replace", "project.create"]


def test_put_refuses_another_id_a_missing_project_with_a_version_and_an_odd_address(client):
    assert fields_at_fault(client.put("/v1/projects/a", json={"id": "b", "title": "X"})) == ["id"]
    assert client.put("/v1/projects/a", json={"title": "X"}, headers={"If-Match": '"1"'}).status_code == 404
    for odd in ("a%0Ab", "a%20b", "a:b", ".hidden", "a%E2%80%8Bb", "x" * 201):
        assert fields_at_fault(client.put(f"/v1/projects/{odd}", json={"title": "X"})) == ["id"], odd
    assert client.put("/v1/projects/a%00b", json={"title": "X"}).status_code in (404, 422)
    assert client.get("/v1/projects").json()["items"] == []


def test_patch_changes_what_is_sent_and_null_takes_away(client, inverter):
    changes = {"stage": "running", "city": None, "technologies": ["casting"], "needs": [{"text": "moulds"}, "dies"]}
    patched = client.patch("/v1/projects/inverter", json=changes, headers={"If-Match": '"1"'}).json()
    assert patched["version"] == 2 and patched["city"] is None and patched["lead"] == "dana-canada"
    assert patched["stage"] == "running" and patched["technologies"] == ["casting"]
    assert [(need["id"], need["text"], need["origin"]) for need in patched["needs"]] == [
        ("n1", "moulds", "stated"), ("n2", "dies", "stated"),
    ]  # fmt: skip
    assert client.get("/v1/projects", params={"stage": "running"}).json()["items"] == [patched]
    assert client.get("/v1/projects", params={"stage": "seeking"}).json()["items"] == []
    row = client.get("/v1/projects/inverter/history").json()[0]
    assert row["details"] == {"fields": ["city", "needs", "stage", "technologies"], "masked": 0}
    assert fields_at_fault(client.patch("/v1/projects/inverter", json={"title": None})) == ["title"]


def test_needs_without_an_id_get_numbers_that_no_other_need_has(client):
    body = {"title": "X", "needs": ["a", {"id": "n1", "text": "b"}, "c", {"id": "n7", "text": "d"}]}
    needs = client.post("/v1/projects", json=body).json()["needs"]
    assert [(need["id"], need["text"]) for need in needs] == [("n8", "a"), ("n1", "b"), ("n9", "c"), ("n7", "d")]


def test_check_sets_today_and_so_opens_a_project_that_was_long_unchecked(client, inverter):
    client.patch("/v1/projects/inverter", json={"checked": "2020-01-01"})
    assert client.get("/v1/projects", params={"open": True}).json()["items"] == []
    answer = client.post("/v1/projects/inverter/check", headers={"If-Match": '"2"'})
    assert answer.json()["checked"] == TODAY.isoformat() and answer.headers["etag"] == '"3"'
    assert client.get("/v1/projects", params={"open": True}).json()["items"] == [answer.json()]
    assert actions_of(client)[0] == "project.check"


def test_deleted_project_is_gone_with_its_stored_answers(client, database):
    headers = {"Idempotency-Key": "once"}
    assert client.post("/v1/projects", json=PROJECT, headers=headers).status_code == 201
    assert client.delete("/v1/projects/inverter", headers={"If-Match": '"1"'}).status_code == 204
    assert client.get("/v1/projects/inverter").status_code == 404
    assert actions_of(client) == ["project.delete", "project.create"]
    with database.read() as tx:
        for table in ("projects", "idempotency", "import_rows"):
            assert tx.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0
    again = client.post("/v1/projects", json=PROJECT, headers=headers)
    assert again.status_code == 201 and "idempotent-replayed" not in again.headers


WRITES = [
    ("PATCH", "", {"city": "Acton"}), ("PUT", "", {"title": "X"}), ("DELETE", "", None), ("POST", "/check", None),
    ("POST", "/needs", {"text": "x"}), ("PATCH", "/needs/n1", {"text": "x"}), ("DELETE", "/needs/n1", None),
    ("POST", "/needs/n1/confirm", None), ("POST", "/needs/n1/reject", None),
]  # fmt: skip


def test_write_is_refused_when_stale_by_a_viewer_without_a_key_and_of_nothing(client, viewer):
    client.post("/v1/projects", json={**PROJECT, "needs": ["castings"]})
    before = client.post("/v1/projects/inverter/check").json()
    for method, path, body in WRITES:
        address = f"/v1/projects/inverter{path}"
        stale = client.request(method, address, json=body, headers={"If-Match": '"1"'})
        assert stale.status_code == 412 and "version 2" in stale.json()["detail"]
        assert fields_at_fault(client.request(method, address, json=body, headers={"If-Match": "2"})) == ["If-Match"]
        assert client.request(method, address, json=body, headers=viewer).status_code == 403
        assert client.request(method, address, json=body, headers={"Authorization": ""}).status_code == 401
        missing = client.request(method, address.replace("inverter", "nobody"), json=body, headers={"If-Match": '"1"'})
        assert missing.status_code == 404 and "'nobody'" in missing.json()["detail"]
    assert client.get("/v1/projects/inverter").json() == before


def test_viewer_reads_and_does_not_create_and_nobody_reads_without_a_key(client, viewer, inverter):
    assert client.post("/v1/projects", json={"title": "X"}, headers=viewer).status_code == 403
    assert client.post("/v1/projects", json={"title": "X"}, headers={"Authorization": ""}).status_code == 401
    for path in ("", "/inverter", "/inverter/needs", "/inverter/history"):
        assert client.get(f"/v1/projects{path}", headers=viewer).status_code == 200
        assert client.get(f"/v1/projects{path}", headers={"Authorization": ""}).status_code == 401
    assert client.get("/v1/projects/nobody", headers=viewer).status_code == 404
    assert client.get("/v1/projects/%00").status_code == 404
    assert client.put("/v1/projects").status_code == 405


NONSENSE = [
    ({"titel": "X"}, "titel"), ({"title": " "}, "title"), ({"title": "x" * 1001}, "title"), ({"title": None}, "title"),
    ({"id": "a b"}, "id"), ({"id": "a\0"}, "id"), ({"id": ".."}, "id"), ({"stage": "soon"}, "stage"),
    ({"release": "all"}, "release"), ({"closes": "2026-13-45"}, "closes"), ({"closes": "2026-02-29"}, "closes"),
    ({"closes": "+45d"}, "closes"), ({"announced": "soon"}, "announced"), ({"checked": "2024-04-31"}, "checked"),
    ({"checked": "2999-01-01"}, "checked"), ({"total_cad": -1}, "total_cad"), ({"total_cad": "a lot"}, "total_cad"),
    ({"technologies": "casting"}, "technologies"), ({"technologies": [1]}, "technologies.0"),
    ({"description": "x" * 200_001}, "description"), ({"needs": [{"role": "supplier"}]}, "needs.0.text"),
    ({"needs": [{"text": "x", "weight": 0}]}, "needs.0.weight"), ({"needs": [{"text": "x", "who": 1}]}, "needs.0.who"),
    ({"needs": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]}, "needs"), ({"needs": ["x"] * 201}, "needs"),
    ({"needs": [{"text": "x", "role": "buyer"}]}, "needs.0.role"),
]  # fmt: skip


def test_value_that_makes_no_sense_is_422_with_its_field_and_stores_nothing(client):
    for bad, field in NONSENSE:
        assert fields_at_fault(client.post("/v1/projects", json={"title": "X", **bad})) == [field], field
        assert fields_at_fault(client.put("/v1/projects/x", json={"title": "X", **bad})) == [field], field
    assert client.get("/v1/projects").json()["items"] == []


NO_PROJECTS = [
    b"", b"{", b"[]", b'"text"', b'{"title": "\xff"}', b'{"title": NaN}', b'{"title": "X", "total_cad": NaN}',
    b'{"title": "X", "total_cad": 1e999}', b'{"title": "X", "cluster_cad": 1' + b"0" * 400 + b"}",
]  # fmt: skip


def test_body_that_is_no_project_is_refused(client):
    for body in NO_PROJECTS:
        answer = client.post("/v1/projects", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), (body, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/v1/projects").json()["items"] == []


def test_patch_refuses_what_create_refuses_and_changes_nothing(client, inverter):
    for bad in ({"closes": "2026-13-45"}, {"checked": "2999-01-01"}, {"id": "other"}, {"stage": None}, {"x": 1}):
        assert fields_at_fault(client.patch("/v1/projects/inverter", json=bad)) == [next(iter(bad))]
    assert client.get("/v1/projects/inverter").json() == inverter


def test_all_scripts_and_control_characters_come_back_as_they_were_sent(client):
    body = {
        "id": "日本-é", "title": "電池 \U0001f50b Ångström", "description": "nul\0 tab\t \u202e e\u0301 \ufffd\u2028.",
        "technologies": ["fräsen\0", "сварка"], "needs": [{"id": "н1", "text": "\u05d7\u05dc\u05e7 \0"}],
    }  # fmt: skip
    answer = client.post("/v1/projects", json=body, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201, answer.text
    stored = client.get(answer.headers["location"]).json()
    assert {name: stored[name] for name in body if name != "needs"} == {k: v for k, v in body.items() if k != "needs"}
    assert [(need["id"], need["text"]) for need in stored["needs"]] == [("н1", "\u05d7\u05dc\u05e7 \0")]
    again = client.post("/v1/projects", json=body, headers={"Idempotency-Key": "k"})
    assert again.content == answer.content and again.headers["idempotent-replayed"] == "true"
    assert (
        client.patch("/v1/projects/日本-é/needs/н1", json={"size": "10 µm\0"}).json()["needs"][0]["size"] == "10 µm\0"
    )
    for q in ("電池", "angstrom", "🔋", "\0"):
        assert len(client.get("/v1/projects", params={"q": q}).json()["items"]) == 1, q


SURROGATES = [
    ({"title": "\ud800"}, "title"), ({"title": "X", "description": "a\udfffb"}, "description"),
    ({"title": "X", "technologies": ["ok", "\ud83d"]}, "technologies.1"), ({"title": "X", "stage": "\ud800"}, "stage"),
    ({"title": "X", "needs": [{"text": "\ud800"}]}, "needs.0.text"), ({"title": "X", "id": "\ud800"}, "id"),
    ({"title": "X", "needs": [{"text": "x", "cause": "\ud800"}]}, "needs.0.cause"),
    ({"title": "X", "\ud800": 1}, "body"),
]  # fmt: skip


def test_half_of_a_surrogate_pair_is_refused_with_its_field(client):
    for bad, field in SURROGATES:
        content = json.dumps(bad).encode()  # as an escape: it cannot be said in UTF-8
        answer = client.post("/v1/projects", content=content, headers={"Content-Type": "application/json"})
        assert fields_at_fault(answer) == [field]


def test_longest_texts_are_stored_and_listed(client):
    text = ("The supplier machines titanium parts to close tolerances. " * 3500)[:200_000].strip()
    body = {"id": "long", "title": "x" * 1000, "description": text, "needs": [{"text": text[:199_999].strip()}]}
    answer = client.post("/v1/projects", json=body)
    assert answer.status_code == 201 and answer.json()["description"] == text
    assert client.get("/v1/projects/long").json()["needs"][0]["text"] == body["needs"][0]["text"]
    assert client.get("/v1/projects", params={"q": "x" * 200}).json()["items"] == [answer.json()]
    assert client.post("/v1/projects", json={"title": "X", "description": "a " * 3_000_000}).status_code == 413


def test_contact_data_is_masked_on_every_write_and_counted_in_the_history(client):
    told = "Write to jo@example.com or call 905-555-0123"
    masked = "Write to [email] or call [phone]"
    created = client.post("/v1/projects", json={"id": "p", "title": told, "description": told, "needs": [told]}).json()
    assert (created["title"], created["description"], created["needs"][0]["text"]) == (masked,) * 3
    assert client.put("/v1/projects/p", json={"title": told}).json()["title"] == masked
    assert client.patch("/v1/projects/p", json={"description": told}).json()["description"] == masked
    assert client.post("/v1/projects/p/needs", json={"text": told}).json()["text"] == masked
    assert client.patch("/v1/projects/p/needs/n1", json={"text": told}).json()["needs"][0]["text"] == masked
    rows = client.get("/v1/projects/p/history")
    assert [row["details"]["masked"] for row in rows.json()] == [2, 2, 2, 2, 6]
    assert "example.com" not in rows.text and "555" not in rows.text


def test_create_sent_twice_is_done_once(client):
    headers = {"Idempotency-Key": "a-key"}
    body = {"title": "Sent twice"}
    first = client.post("/v1/projects", json=body, headers=headers)
    second = client.post("/v1/projects", json=body, headers=headers)
    assert first.status_code == second.status_code == 201 and first.content == second.content
    assert first.headers["location"] == second.headers["location"] and first.headers["etag"] == second.headers["etag"]
    assert "idempotent-replayed" not in first.headers and second.headers["idempotent-replayed"] == "true"
    assert fields_at_fault(client.post("/v1/projects", json={"title": "Other"}, headers=headers)) == ["Idempotency-Key"]
    needs = "/v1/projects/sent-twice/needs"
    assert fields_at_fault(client.post(needs, json={"text": "x"}, headers=headers)) == ["Idempotency-Key"]
    assert len(client.get("/v1/projects").json()["items"]) == 1
    assert actions_of(client, "sent-twice") == ["project.create"]


def test_refused_create_leaves_its_key_free(client, inverter):
    headers = {"Idempotency-Key": "a-key"}
    assert client.post("/v1/projects", json=PROJECT, headers=headers).status_code == 409
    assert client.post("/v1/projects", json={"title": "Other"}, headers=headers).status_code == 201
