import pytest

PROJECT = {
    "id": "skid", "title": "Hydrogen skid", "technologies": ["pressure vessel welding", "process control"],
    "description": "The team will fabricate stainless pipework for the skid.", "stage": "seeking",
}  # fmt: skip
VESSEL, CONTROL = PROJECT["technologies"]
PIPEWORK = "The team will fabricate stainless pipework for the skid"


@pytest.fixture
def skid(client):
    answer = client.post("/v1/projects", json=PROJECT)
    assert answer.status_code == 201, answer.text
    return "/v1/projects/skid"


@pytest.fixture
def guesses(client, skid):
    return texts(client, skid)


def needs(client, address):
    answer = client.get(f"{address}/needs")
    assert answer.status_code == 200, answer.text
    return answer.json()


def texts(client, address):
    return [need["text"] for need in needs(client, address)]


def others(guesses, *gone):
    """The guesses but for some. Which sentences give guesses, and in what order, is the library's affair."""
    return [text for text in guesses if text not in gone]


def kept(client, address, guesses, *more):
    """Needs as they are now, without guesses that moved up into the places of rejected ones."""
    return [text for text in texts(client, address) if text in guesses or text in more]


def id_of(client, address, text):
    return next(need["id"] for need in needs(client, address) if need["text"] == text)


def test_without_stated_needs_the_guesses_are_listed_with_their_cause(client, skid):
    answer = client.get(f"{skid}/needs")
    assert {(need["origin"], need["confirmed"]) for need in answer.json()} == {("inferred", False)}
    causes = {need["text"]: need["cause"] for need in answer.json()}
    assert (causes[VESSEL], causes[CONTROL], causes[PIPEWORK]) == (VESSEL, CONTROL, f"{PIPEWORK}.")
    assert answer.headers["etag"] == client.get(skid).headers["etag"]
    assert client.get(skid).json()["needs"] == []


def test_added_need_is_stated_gets_a_number_and_replaces_the_guesses(client, skid):
    answer = client.post(f"{skid}/needs", json={"text": " wire harness ", "role": "supplier", "by": "2027-06"})
    assert answer.status_code == 201 and answer.headers["etag"] == '"2"'
    added = answer.json()
    assert (added["id"], added["text"], added["role"], added["by"]) == ("n1", "wire harness", "supplier", "2027-06")
    assert (added["origin"], added["confirmed"], added["version"]) == ("stated", False, 2)
    assert client.post(f"{skid}/needs", json={"text": "enclosure", "id": "box"}).json()["id"] == "box"
    assert client.post(f"{skid}/needs", json={"text": "valves"}).json()["id"] == "n2"
    assert texts(client, skid) == ["wire harness", "enclosure", "valves"]
    assert client.get(answer.headers["location"]).json() == needs(client, skid)
    client.delete(f"{skid}/needs/n1")
    assert client.post(f"{skid}/needs", json={"text": "pumps"}).json()["id"] == "n3"
    rows = client.get(f"{skid}/history").json()
    assert [row["action"] for row in rows] == ["need.add", "need.delete", *["need.add"] * 3, "project.create"]


def test_add_refuses_a_repeat_id_odd_fields_and_one_too_many(client, skid):
    client.post(f"{skid}/needs", json={"id": "box", "text": "a"})
    assert client.post(f"{skid}/needs", json={"id": "box", "text": "b"}).status_code == 409
    for bad in ({"origin": "inferred"}, {"id": "a/b"}, {"y": 1}, {"weight": -1}, {"role": "any"}, {"text": " "},
                {"text": "x" * 200_001}, {"text": None}):  # fmt: skip
        assert client.post(f"{skid}/needs", json={"text": "x", **bad}).status_code == 422, bad
    assert client.post(f"{skid}/needs", json={}).status_code == 422
    client.patch(skid, json={"needs": [f"need {i}" for i in range(200)]})
    answer = client.post(f"{skid}/needs", json={"text": "one more"})
    assert answer.status_code == 422 and "200" in answer.json()["detail"]
    assert len(needs(client, skid)) == 200


def test_id_of_a_guess_is_not_given_to_a_stated_need(client, skid):
    body = {"id": id_of(client, skid, VESSEL), "text": "something else"}
    assert client.post(f"{skid}/needs", json=body).status_code == 409


def test_need_sent_twice_with_a_key_is_added_once(client, skid):
    headers = {"Idempotency-Key": "a-key", "If-Match": '"1"'}
    first = client.post(f"{skid}/needs", json={"text": "valves"}, headers=headers)
    second = client.post(f"{skid}/needs", json={"text": "valves"}, headers=headers)
    assert first.status_code == second.status_code == 201 and first.content == second.content
    assert second.headers["idempotent-replayed"] == "true"
    assert client.post(f"{skid}/needs", json={"text": "pumps"}, headers=headers).status_code == 422
    assert texts(client, skid) == ["valves"]


def test_confirmed_guess_is_stored_and_the_other_guesses_stay(client, skid, guesses):
    guess = id_of(client, skid, CONTROL)
    answer = client.post(f"{skid}/needs/{guess}/confirm", headers={"If-Match": '"1"'})
    assert answer.status_code == 200 and answer.headers["etag"] == '"2"'
    (stored,) = answer.json()["needs"]
    assert (stored["id"], stored["text"], stored["origin"], stored["confirmed"]) == (guess, CONTROL, "inferred", True)
    assert stored["cause"] == CONTROL
    listed = [(need["text"], need["confirmed"]) for need in needs(client, skid)]
    assert listed == [(CONTROL, True), *((text, False) for text in others(guesses, CONTROL))]
    assert client.post(f"{skid}/needs/{guess}/confirm").json()["needs"] == [stored]


def test_corrected_guess_is_stored_confirmed_and_its_old_words_are_not_guessed_again(client, skid, guesses):
    guess = id_of(client, skid, VESSEL)
    changes = {"text": "ASME vessel welding", "role": "supplier", "certificate": "ASME U"}
    project = client.patch(f"{skid}/needs/{guess}", json=changes, headers={"If-Match": '"1"'}).json()
    (stored,) = project["needs"]
    assert stored == {**stored, **changes, "id": guess, "origin": "inferred", "confirmed": True, "cause": VESSEL}
    assert project["rejected_needs"] == [VESSEL]
    assert kept(client, skid, guesses, "ASME vessel welding") == ["ASME vessel welding", *others(guesses, VESSEL)]
    again = client.patch(f"{skid}/needs/{guess}", json={"text": "vessel welding to ASME"}).json()
    assert again["rejected_needs"] == [VESSEL, "ASME vessel welding"]
    assert kept(client, skid, guesses, "vessel welding to ASME") == ["vessel welding to ASME", *others(guesses, VESSEL)]


def test_guess_corrected_in_its_details_or_letters_only_is_still_searched_for(client, skid, guesses):
    guess = id_of(client, skid, VESSEL)
    project = client.patch(f"{skid}/needs/{guess}", json={"quantity": "12"}).json()
    assert project["needs"][0]["quantity"] == "12" and project["needs"][0]["confirmed"]
    assert project["rejected_needs"] == [] and texts(client, skid) == [VESSEL, *others(guesses, VESSEL)]
    client.patch(f"{skid}/needs/{guess}", json={"text": VESSEL.upper()})
    assert texts(client, skid) == [VESSEL.upper(), *others(guesses, VESSEL)]


def test_words_that_were_rejected_are_searched_for_again_once_staff_write_them(client, skid, guesses):
    guess = id_of(client, skid, VESSEL)
    client.patch(f"{skid}/needs/{guess}", json={"text": "tanks"})
    project = client.patch(f"{skid}/needs/{guess}", json={"text": VESSEL}).json()
    assert project["rejected_needs"] == ["tanks"]
    assert texts(client, skid) == [VESSEL, *others(guesses, VESSEL)]


def test_corrected_stated_need_stays_stated_and_rejects_nothing(client, skid):
    client.post(f"{skid}/needs", json={"text": "valves", "size": "DN50"})
    project = client.patch(f"{skid}/needs/n1", json={"text": "check valves", "size": None}).json()
    (stored,) = project["needs"]
    assert (stored["text"], stored["size"], stored["origin"], stored["confirmed"]) == (
        "check valves", None, "stated", False,
    )  # fmt: skip
    assert project["rejected_needs"] == []
    for bad in ({"text": ""}, {"text": None}, {"id": "x"}, {"origin": "inferred"}, {"confirmed": True}, {"role": None}):
        assert client.patch(f"{skid}/needs/n1", json=bad).status_code == 422, bad
    assert client.get(skid).json()["needs"] == [stored]


def test_rejected_guess_is_not_guessed_again_and_nothing_is_stored(client, skid, guesses):
    guess = id_of(client, skid, PIPEWORK)
    project = client.post(f"{skid}/needs/{guess}/reject", headers={"If-Match": '"1"'}).json()
    assert (project["needs"], project["rejected_needs"], project["version"]) == ([], [PIPEWORK], 2)
    assert kept(client, skid, guesses) == others(guesses, PIPEWORK)
    assert PIPEWORK not in texts(client, skid)
    assert client.post(f"{skid}/needs/{guess}/reject").status_code == 404
    assert client.get(skid).json()["version"] == 2


def test_rejected_stored_need_is_taken_away_too(client, skid, guesses):
    guess = id_of(client, skid, VESSEL)
    client.post(f"{skid}/needs/{guess}/confirm")
    project = client.post(f"{skid}/needs/{guess}/reject").json()
    assert (project["needs"], project["rejected_needs"]) == ([], [VESSEL])
    assert kept(client, skid, guesses) == others(guesses, VESSEL)
    assert VESSEL not in texts(client, skid)


def test_deleted_need_is_gone_and_a_confirmed_guess_is_a_guess_again(client, skid, guesses):
    guess = id_of(client, skid, VESSEL)
    client.post(f"{skid}/needs/{guess}/confirm")
    assert client.delete(f"{skid}/needs/{guess}", headers={"If-Match": '"2"'}).json()["needs"] == []
    assert [(need["text"], need["confirmed"]) for need in needs(client, skid)] == [(text, False) for text in guesses]
    client.post(f"{skid}/needs", json={"text": "valves"})
    assert client.delete(f"{skid}/needs/n1").json()["rejected_needs"] == []
    assert texts(client, skid) == guesses


def test_delete_of_a_guess_says_to_reject_it_instead(client, skid):
    answer = client.delete(f"{skid}/needs/{id_of(client, skid, VESSEL)}")
    assert answer.status_code == 404 and "reject it instead" in answer.json()["detail"]


def test_need_that_is_not_there_is_404(client, skid):
    for method, path in (("PATCH", ""), ("DELETE", ""), ("POST", "/confirm"), ("POST", "/reject")):
        body = {"text": "x"} if method == "PATCH" else None
        for need in ("n9", "%00", "é"):
            answer = client.request(method, f"{skid}/needs/{need}{path}", json=body)
            assert answer.status_code == 404, (method, path, need)
    assert client.get("/v1/projects/nobody/needs").status_code == 404
    assert client.get(skid).json()["version"] == 1


def test_history_tells_who_did_what_to_which_need_and_none_of_its_words(client, skid):
    client.patch(f"{skid}/needs/{id_of(client, skid, VESSEL)}", json={"text": "secret words", "role": "partner"})
    client.post(f"{skid}/needs/{id_of(client, skid, CONTROL)}/confirm")
    client.post(f"{skid}/needs/{id_of(client, skid, PIPEWORK)}/reject")
    answer = client.get(f"{skid}/history")
    assert [row["action"] for row in answer.json()] == ["need.reject", "need.confirm", "need.edit", "project.create"]
    assert answer.json()[2]["details"]["fields"] == ["role", "text"] and answer.json()[2]["version"] == 2
    assert answer.json()[0]["actor"] and "secret" not in answer.text and "pipework" not in answer.text


def test_needs_as_they_are_now_are_what_matches_are_made_for(client, skid, guesses):
    client.post("/v1/firms", json={"id": "weld", "name": "Weld Co", "city": "Milton", "capabilities": [VESSEL]})
    client.post(f"{skid}/needs/{id_of(client, skid, VESSEL)}/reject")
    client.post(f"{skid}/needs/{id_of(client, skid, CONTROL)}/confirm")
    (match,) = client.get(f"{skid}/matches", params={"role": "supplier"}).json()["supplier"]
    shown = {need["text"] for need in match["needs"]}
    assert shown == set(texts(client, skid)) >= set(others(guesses, VESSEL)) and VESSEL not in shown
