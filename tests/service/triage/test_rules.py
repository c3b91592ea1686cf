"""A first sorting: makers could fit, who serves households could not, and where it speaks both ways we say so."""

import pytest

from matcher import firm_from_row
from service.triage.rules import sort_firm


def sort(name="X Ltd.", naics=(), **row):
    statements = [{"kind": "naics", "text": code} for code in naics]
    found = sort_firm(firm_from_row({"id": "x", "name": name, "statements": statements, **row}))
    return found.fit, found.why


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"naics": ["332710"]}, ("could", "code")),
        ({"naics": ["621210"]}, ("not", "code")),
        ({"naics": ["531210", "332710"]}, ("could", "code")),
        ({"naics": ["484110"]}, ("unsure", "code")),
        ({"naics": ["621210"], "capabilities": ["dental milling machines, CNC"]}, ("unsure", "both")),
        ({"name": "Milton Family Dentistry"}, ("not", "words")),
        ({"name": "Century Realty"}, ("not", "words")),
        ({"name": "Cabinet comptable Roy"}, ("not", "words")),
        ({"name": "Weld-Rite Limited"}, ("could", "words")),
        ({"capabilities": ["usinage de précision"]}, ("could", "words")),
        ({"name": "Restaurant Robotics"}, ("unsure", "both")),
        ({"name": "Apex"}, ("unsure", "none")),
        ({"name": "A University", "kind": "research"}, ("could", "kind")),
        # Whom a firm sells to, in a long text, does not say what it is.
        ({"profile": "We install heating controls for banks, restaurants, hotels and schools across Ontario."},
         ("could", "words")),
    ],
)  # fmt: skip
def test_sorting(given, expected):
    assert sort(**given) == expected
