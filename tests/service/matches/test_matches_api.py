import pytest

FIRMS = [
    {"id": "weld", "name": "Weld Co", "city": "Milton", "province": "ON", "employees": 25, "member": True,
     "profile": "Laser welding of battery trays. Machines aluminium housings.", "certifications": ["ISO 9001:2015"]},
    {"id": "paint", "name": "Paint Co", "city": "Oakville", "province": "ON",
     "profile": "Powder coating of steel frames for farm machines and vehicles."},
    {"id": "far", "name": "Far Weld", "city": "Calgary", "province": "AB", "profile": "Laser welding of tanks."},
    {"id": "nowhere", "name": "Lost Weld", "profile": "Laser welding of frames and of trays for batteries."},
    {"id": "chamber", "name": "Milton Chamber of Commerce", "kind": "association", "city": "Milton",
     "profile": "Laser welding interest group."},
    {"id": "lead", "name": "Lead Motors", "city": "Milton", "province": "ON", "profile": "Laser welding in house."},
]  # fmt: skip
PROJECT = {
    "id": "trays", "title": "Battery trays", "description": "Trays are laser welded.", "lead": "lead", "city": "Milton",
    "province": "ON", "stage": "call", "closes": "2999-01-01",
    "needs": [{"text": "laser welding of battery trays", "role": "supplier"},
              {"text": "anodising and dyeing", "role": "supplier", "material": "aluminium 6082"}],
}  # fmt: skip


@pytest.fixture
def loaded(client):
    for row in FIRMS:
        assert client.post("/v1/firms", json=row).status_code == 201
    assert client.post("/v1/projects", json=PROJECT).status_code == 201
    return client


def test_matches_hold_the_whole_result_shape(loaded):
    result = loaded.get("/v1/projects/trays/matches").json()
    assert set(result) >= {"project_id", "model", "snapshot", "change", "n_eligible", "removed", "partner", "supplier"}
    ids = [m["firm_id"] for m in result["supplier"]]
    assert ids[0] in {"weld", "nowhere"} and not {"chamber", "lead"} & set(ids)
    assert result["already_in"] == ["lead"]
    best = next(m for m in result["supplier"] if m["firm_id"] == "weld")
    assert best["score"] == pytest.approx(sum(c["logit"] for c in best["contributions"]), abs=1e-5)
    states = {n["text"]: (n["state"], n["ask"]) for n in best["needs"]}
    assert states["laser welding of battery trays"] == ("found", None)
    assert states["anodising and dyeing"][1] == "Could you supply this: anodising and dyeing (in aluminium 6082)?"
    firm = loaded.get("/v1/firms/weld").json()
    for need in best["needs"]:
        for quote in need["evidence"]:
            text = next(s["text"] for s in firm["statements"] if s["id"] == quote["statement_id"])
            assert text[quote["start"] : quote["end"]] == quote["quote"]
            assert quote["without_it"] < best["score"] + 1e-6


def test_filters_have_three_outcomes_and_counts_add_up(loaded):
    result = loaded.get("/v1/projects/trays/matches", params={"region": "Halton", "role": "supplier"}).json()
    assert result["partner"] == [] and [m["firm_id"] for m in result["ask"]["supplier"]] == ["nowhere"]
    assert {m["firm_id"] for m in result["supplier"]} == {"weld", "paint"}
    removed = {r["filter"]: r for r in result["removed"]}
    assert removed["region"] == {"filter": "region", "n_fails": 1, "n_not_stated": 1}
    assert result["n_eligible"] + sum(r["n_fails"] + r["n_not_stated"] for r in result["removed"]) == len(FIRMS)
    only = loaded.get("/v1/projects/trays/matches", params={"region": "Halton", "unknown": "exclude"}).json()
    assert only["ask"] == {"partner": [], "supplier": []}


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({"within_km": 50}, {"weld", "paint"}),
        ({"certification": "ISO 9001"}, {"weld"}),
        ({"size": "10-50"}, {"weld"}),
        ({"size": "26-"}, set()),
        ({"membership": "member"}, {"weld"}),
        ({"limit": 1}, {"weld"}),
    ],
)  # fmt: skip
def test_each_filter_keeps_what_it_says(loaded, params, ids):
    result = loaded.get("/v1/projects/trays/matches", params={**params, "role": "supplier", "region": "Halton"}).json()
    assert {m["firm_id"] for m in result["supplier"]} == ids


@pytest.mark.parametrize(
    "params",
    [{"region": "Narnia"}, {"size": "many"}, {"size": "50-10"}, {"naics": "steel"}, {"limit": 0}, {"role": "friend"},
     {"within_km": -1}, {"colour": "red"}, {"membership": "yes"}, {"certification": "!"}],
)  # fmt: skip
def test_filters_that_make_no_sense_are_422(loaded, params):
    answer = loaded.get("/v1/projects/trays/matches", params=params)
    assert answer.status_code == 422, answer.text


def test_why_not_names_the_one_reason(loaded):
    def why(firm, **params):
        return loaded.get(f"/v1/projects/trays/matches/{firm}", params=params).json()

    assert why("lead")["reason"] == "already_in"
    assert why("chamber")["reason"] == "not_candidate"
    assert why("far", region="Halton")["reason"] == "region"
    assert why("nowhere", region="Halton")["reason"] == "not_stated"
    paint = why("paint")
    assert paint["reason"] == "weaker_match" and paint["rank"] > 1 and paint["nearest"]["quote"]
    assert loaded.get("/v1/projects/trays/matches/none").status_code == 404
    assert loaded.get("/v1/projects/none/matches/weld").status_code == 404
    assert loaded.get("/v1/projects/none/matches").status_code == 404


def test_free_text_a_project_and_a_brief_are_ranked_without_being_stored(loaded):
    words = loaded.post("/v1/match", json={"text": "powder coating", "role": "supplier", "limit": 1}).json()
    assert words["supplier"][0]["firm_id"] == "paint" and words["project_id"] == "text"
    made = {"title": "Frames", "needs": [{"text": "powder coating of frames", "role": "supplier"}]}
    result = loaded.post("/v1/match", json={"project": made}).json()
    assert result["supplier"][0]["firm_id"] == "paint"
    brief = b"Trays for vans\n\nWe are looking for:\n- laser welding of battery trays\n- leak testing of trays\n"
    answer = loaded.post("/v1/match?role=supplier", files={"file": ("brief.txt", brief)}, data={"region": "Halton"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["supplier"][0]["firm_id"] == "weld"
    assert [n["need"]["text"] for n in answer.json()["brief"]["needs"]] == [
        "laser welding of battery trays", "leak testing of trays"
    ]  # fmt: skip
    assert [p["id"] for p in loaded.get("/v1/projects").json()["items"]] == ["trays"]


@pytest.mark.parametrize("body", [{}, {"text": "a", "project": {"title": "b"}}, {"text": ""}, {"text": "  "}, [], "a"])
def test_a_question_that_is_none_is_422(loaded, body):
    answer = loaded.post("/v1/match", json=body)
    assert answer.status_code == 422 and answer.json()["errors"]


def test_an_unreadable_brief_says_what_to_do(loaded):
    answer = loaded.post("/v1/match", files={"file": ("brief.pdf", b"%PDF-1.4 broken")})
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert loaded.post("/v1/match", files={"other": ("brief.pdf", b"x")}).status_code == 422


def test_opportunities_are_open_fitting_projects_only(loaded):
    loaded.patch("/v1/projects/trays", json={"needs": PROJECT["needs"][:1]})
    found = loaded.get("/v1/firms/weld/opportunities").json()
    assert found["n_open"] == 1 and {i["project_id"] for i in found["items"]} == {"trays"}
    assert {i["role"] for i in found["items"]} >= {"supplier"}
    assert loaded.get("/v1/firms/lead/opportunities").json()["items"] == []
    loaded.patch("/v1/projects/trays", json={"closes": "2001-01-01"})
    closed = loaded.get("/v1/firms/weld/opportunities").json()
    assert (closed["n_open"], closed["items"]) == (0, []) and "none of 0 open projects" in closed["nothing"]
    assert loaded.get("/v1/firms/none/opportunities").status_code == 404
