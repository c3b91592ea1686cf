"""Firms and a project whose places on the project's list are plain, for the pages' tests."""

WELD = "laser welding of battery trays"
LEAK = "helium leak testing of sealed pumps"
PAINT = "powder coating of steel frames"
PROJECT = {
    "id": "trays", "title": "Battery trays", "description": "Trays are laser welded, coated and tested for leaks.",
    "lead": "lead", "partners": ["University of Somewhere"], "city": "Milton", "province": "ON", "stage": "call",
    "closes": "2999-01-01",
    "needs": [{"id": "n1", "text": WELD, "role": "supplier", "quantity": "300 a year"},
              {"id": "n2", "text": LEAK, "role": "supplier"},
              {"id": "n3", "text": PAINT, "role": "supplier"},
              {"id": "n4", "text": "a plant that hosts the pilot line for battery trays", "role": "partner"}],
}  # fmt: skip


def firm(key, city, *texts, confirmed=False, **more):
    """A firm with capabilities; confirmed ones are of a day."""
    said = {"source": "the firm by phone, to Olga Officer", "date": "2026-11-03", "confirmed": True}
    statements = [{"kind": "capability", "text": text, **(said if confirmed else {})} for text in texts]
    return {"id": key, "name": key.title() + " Co", "city": city, "province": "ON", "statements": statements, **more}


FIRMS = [
    firm("weld", "Milton", f"{WELD} and of aluminium frames for vehicles", WELD,
         confirmed=True, employees=25, member=True),
    firm("seam", "Oakville", f"{WELD} in thin steel sheet", WELD, employees=80),
    firm("coat", "Burlington", PAINT, "blasting and cleaning of parts before they are coated", employees=9),
    firm("bread", "Milton", "bread and cakes for weddings, with delivery to the door every day", employees=4),
    firm("thin", "Milton", "welding"),
    firm("away", "Kitchener", f"{WELD} for makers of electric vehicles in the region"),
    {
        **firm("lost", "x", f"{WELD} and assembly of trays for makers of buses"),
        "city": None, "province": None, "member": True,
    },
    firm("lead", "Milton", "builds electric vans and the battery trays that they need"),
]  # fmt: skip


def load(client):
    """Store them by the API of a signed-in key."""
    for row in FIRMS:
        answer = client.post("/v1/firms", json=row)
        assert answer.status_code == 201, answer.text
    assert client.post("/v1/projects", json=PROJECT).status_code == 201
