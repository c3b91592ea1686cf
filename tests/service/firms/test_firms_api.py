import threading

import pytest

FIRM = {
    "id": "acme", "name": "Acmé Tool Ltd.", "city": "Milton", "province": "ON", "member": True,
    "capabilities": ["CNC machining of aluminium", "laser welding"],
}  # fmt: skip


@pytest.fixture
def acme(client):
    answer = client.post("/v1/firms", json=FIRM)
    assert answer.status_code == 201, answer.text
    return answer.json()


def statement(firm, text):
    return next(s for s in firm["statements"] if s["text"] == text)


def search(client, text):
    result = client.post("/v1/match", json={"text": text, "explain": False}).json()
    return [m["firm_id"] for m in result["supplier"]]


def test_created_firm_is_read_listed_and_found_at_once(client, acme):
    assert acme["version"] == 1 and acme["statements"][0]["kind"] == "capability"
    answer = client.get("/v1/firms/acme")
    assert answer.json() == acme and answer.headers["etag"] == '"1"'
    assert [f["id"] for f in client.get("/v1/firms", params={"q": "acme tool"}).json()["items"]] == ["acme"]
    assert client.get("/v1/firms", params={"q": "100%"}).json()["items"] == []
    assert search(client, "laser welding") == ["acme"]


def test_id_is_made_from_the_name_and_a_repeat_is_409(client, acme):
    body = {"name": "Milton Bakery Inc."}
    assert client.post("/v1/firms", json=body).headers["location"] == "/v1/firms/milton-bakery-inc"
    assert client.post("/v1/firms", json=body).status_code == 409
    problem = client.post("/v1/firms", json=FIRM)
    assert problem.headers["content-type"] == "application/problem+json"
    assert "already" in problem.json()["detail"] and problem.json()["request_id"] == problem.headers["x-request-id"]


def test_changed_and_deleted_firm_is_changed_and_gone_for_the_next_query(client, acme):
    client.patch("/v1/firms/acme", json={"statements": [{"text": "bakes sourdough bread"}]})
    assert search(client, "sourdough") == ["acme"]
    assert client.delete("/v1/firms/acme").status_code == 204
    assert search(client, "sourdough") == []
    assert client.get("/v1/firms/acme").status_code == 404
    assert [row["action"] for row in client.get("/v1/firms/acme/history").json()] == [
        "firm.delete", "firm.patch", "firm.create"
    ]  # fmt: skip
    assert client.post("/v1/firms", json=FIRM).json()["version"] == 1
    assert search(client, "laser welding") == ["acme"]


def test_stale_write_is_refused_and_changes_nothing(client, acme):
    assert client.patch("/v1/firms/acme", json={"city": "Acton"}, headers={"If-Match": '"1"'}).json()["version"] == 2
    for answer in (
        client.patch("/v1/firms/acme", json={"city": "Galt"}, headers={"If-Match": '"1"'}),
        client.put("/v1/firms/acme", json=FIRM, headers={"If-Match": '"1"'}),
        client.delete("/v1/firms/acme", headers={"If-Match": '"1"'}),
    ):
        assert answer.status_code == 412 and "at version 2, you sent 1" in answer.json()["detail"]
    assert client.get("/v1/firms/acme").json()["city"] == "Acton"
    assert client.patch("/v1/firms/acme", json={}, headers={"If-Match": "1"}).status_code == 422


def test_put_replaces_or_creates(client, acme):
    answer = client.put("/v1/firms/acme", json={"name": "Acme"})
    assert answer.status_code == 200 and answer.json()["statements"] == [] and answer.json()["version"] == 2
    assert client.put("/v1/firms/new", json={"name": "New"}).status_code == 201
    assert client.put("/v1/firms/acme", json={"id": "other", "name": "A"}).status_code == 422
    assert client.put("/v1/firms/gone", json={"name": "G"}, headers={"If-Match": '"1"'}).status_code == 404


def test_statement_is_added_confirmed_corrected_and_retracted(client, acme):
    answer = client.post("/v1/firms/acme/statements", json={"kind": "certificate", "text": "ISO 9001"})
    assert answer.status_code == 201 and answer.json()["version"] == 2
    key = answer.json()["id"]
    assert client.post("/v1/firms/acme/statements", json={"kind": "certificate", "text": "ISO 9001"}).status_code == 409
    firm = client.post(
        f"/v1/firms/acme/statements/{key}/confirm", json={"how": "by phone", "date": "2026-11-20"}
    ).json()
    assert (statement(firm, "ISO 9001")["confirmed"], statement(firm, "ISO 9001")["date"]) == (True, "2026-11-20")
    firm = client.patch(f"/v1/firms/acme/statements/{key}", json={"text": "ISO 9001:2015"}).json()
    changed = statement(firm, "ISO 9001:2015")
    assert changed["id"] == key and not changed["confirmed"]
    assert client.delete(f"/v1/firms/acme/statements/{key}").json()["version"] == 5
    assert client.delete(f"/v1/firms/acme/statements/{key}").status_code == 404
    assert client.post("/v1/firms/acme/statements/none/confirm").status_code == 404
    assert client.post("/v1/firms/none/statements", json={"text": "x"}).status_code == 404


def test_contacts_in_texts_are_masked_before_they_are_stored(client, database):
    client.post("/v1/firms", json={"id": "a", "name": "A", "profile": "Call 905-555-0123 or jo@a.example."})
    assert client.get("/v1/firms/a").json()["statements"][0]["text"] == "Call [phone] or [email]."
    with database.read() as tx:
        for table in ("firms", "audit", "idempotency"):
            stored = str(tx.exec_driver_sql(f"SELECT * FROM {table}").fetchall())
            # A time may hold three fives of its own.
            assert "555-0123" not in stored and "5550123" not in stored


def test_same_idempotency_key_gets_the_same_answer_and_another_body_is_refused(client):
    headers = {"Idempotency-Key": "k1"}
    first = client.post("/v1/firms", json=FIRM, headers=headers)
    again = client.post("/v1/firms", json=FIRM, headers=headers)
    assert again.status_code == 201 and again.json() == first.json() and again.headers["idempotent-replayed"] == "true"
    assert client.post("/v1/firms", json={**FIRM, "city": "Acton"}, headers=headers).status_code == 422
    assert len(client.get("/v1/firms").json()["items"]) == 1


def test_no_update_is_lost_between_writers(client, acme):
    def add(number):
        assert client.post("/v1/firms/acme/statements", json={"text": f"process {number}"}).status_code == 201

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    firm = client.get("/v1/firms/acme").json()
    assert firm["version"] == 13 and len(firm["statements"]) == 14


def test_pages_hold_every_firm_once(client):
    for number in range(7):
        client.post("/v1/firms", json={"id": f"f{number}", "name": f"Firm {number}"})
    seen, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/firms", params=params).json()
        seen += [f["id"] for f in page["items"]]
        client.put("/v1/firms/f0a", json={"name": "Between"})
        if (cursor := page["next"]) is None:
            break
    assert seen == [f"f{n}" for n in range(7)]
    assert client.get("/v1/firms", params={"cursor": "bm9uc2Vuc2U"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"), ({}, "name"), ({"name": "A", "phone": "1"}, "phone"),
        ({"name": "A", "employees": -1}, "employees"), ({"name": "A", "id": "a b"}, "id"),
        ({"name": "A", "naics": ["steel"]}, "naics"), ({"name": "A", "statements": [{"text": " "}]}, "text"),
        ({"name": "A", "as_of": "May"}, "as_of"), ({"name": "A", "kind": "shop"}, "kind"),
    ],
)  # fmt: skip
def test_bad_values_are_named(client, body, field):
    answer = client.post("/v1/firms", json=body)
    assert answer.status_code == 422 and field in answer.json()["errors"][0]["field"]


def test_odd_text_is_kept_or_refused_but_never_breaks(client):
    odd = "Ünï\u0000cödé \u202e ✓ 🏭"
    answer = client.post("/v1/firms", json={"id": "odd", "name": odd, "profile": odd})
    assert answer.status_code == 201 and client.get("/v1/firms/odd").json()["name"] == odd
    lone = client.post("/v1/firms", content=b'{"name": "\\ud800"}', headers={"Content-Type": "application/json"})
    assert lone.status_code == 422
    assert client.post("/v1/firms", content=b"{", headers={"Content-Type": "application/json"}).status_code == 422
    assert client.get("/v1/firms", params={"q": odd}).status_code == 200


def test_only_keys_of_the_scope_may_write_and_none_may_nothing(client, viewer, acme):
    assert client.get("/v1/firms/acme", headers=viewer).status_code == 200
    for method, path in (("POST", "/v1/firms"), ("PUT", "/v1/firms/acme"), ("PATCH", "/v1/firms/acme")):
        assert client.request(method, path, json=FIRM, headers=viewer).status_code == 403
    assert client.delete("/v1/firms/acme", headers=viewer).status_code == 403
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer nonsense"}):
        answer = client.get("/v1/firms/acme", headers=headers)
        assert answer.status_code == 401 and "acme" not in answer.json()["detail"]


def test_missing_and_wrong_addresses_are_problems(client):
    assert client.get("/v1/firms/none").json()["title"] == "Not Found"
    assert client.get("/v1/nothing").headers["content-type"] == "application/problem+json"
    assert client.put("/v1/firms").status_code == 405
    assert client.post("/v1/firms", content=b"x" * 6_000_000).status_code == 413


def test_firm_can_be_sent_back_as_it_was_read(client, acme):
    answer = client.put("/v1/firms/acme", json=acme, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    assert {**answer.json(), "version": 1, "updated_at": ""} == {**acme, "updated_at": ""}


def test_lone_surrogate_in_any_text_is_named(client):
    for name in ("city", "website", "profile", "group"):
        body = f'{{"name": "A", "{name}": "\\ud800"}}'.encode()
        answer = client.post("/v1/firms", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == name, answer.text
