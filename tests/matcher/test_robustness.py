"""What must not move a ranking: what a firm pays, owns or is called by a code."""

import dataclasses
import random

import numpy as np
import pytest

from matcher import HashEncoder, Matcher
from matcher.types import Role, StatementKind

ROLES = (Role.PARTNER, Role.SUPPLIER)


def rankings(firms, projects):
    matcher = Matcher.build(firms, HashEncoder(64))
    return {(p.id, role): matcher.rank_all(p, role) for p in projects for role in ROLES}


@pytest.fixture(scope="module")
def some(projects):
    return list(projects.values())[:6]


@pytest.fixture(scope="module")
def usual(firms, some):
    """The rankings that nothing below may move."""
    return rankings(firms, some)


def changed(firm, chance):
    """The same capabilities under other commercial facts."""
    return dataclasses.replace(
        firm,
        member=chance.choice([True, False, None]),
        employees=chance.choice([None, 3, 80_000]),
        website=f"https://{firm.id}.example.org",  # its own: firms of one address are one group, and leave together
        postal_code=None,
    )


def test_no_commercial_fact_enters_a_score(firms, some, usual):
    chance = random.Random(5)
    assert rankings([changed(firm, chance) for firm in firms], some) == usual


def test_wrong_industry_codes_move_nothing(firms, some, usual):
    chance = random.Random(6)
    codes = [s.text for firm in firms for s in firm.of_kind(StatementKind.NAICS)]
    assert codes

    def corrupted(firm):
        return dataclasses.replace(
            firm,
            statements=tuple(
                dataclasses.replace(s, text=chance.choice(codes))
                if s.kind is StatementKind.NAICS and chance.random() < 0.11
                else s
                for s in firm.statements
            ),
        )

    assert rankings([corrupted(firm) for firm in firms], some) == usual


def test_order_in_which_firms_came_moves_nothing(firms, some, usual):
    shuffled = random.Random(7).sample(firms, len(firms))
    assert rankings(shuffled, some) == usual


def test_saying_a_thing_again_and_again_gains_little(some):
    """A long profile is more words, not more merit."""
    from matcher.records import firm_from_row

    once = {"id": "once", "name": "A", "capabilities": ["laser welding of steel", "sheet metal"]}
    often = {
        "id": "often",
        "name": "B",
        "profile": "We do laser welding of steel. " * 40,
        "capabilities": ["sheet metal"],
    }
    matcher = Matcher.build([firm_from_row(once), firm_from_row(often)], HashEncoder(64))
    from matcher import project_from_text

    scores = dict(matcher.rank_all(project_from_text("laser welding of steel"), Role.SUPPLIER))
    assert abs(scores["once"] - scores["often"]) < 1.0
    assert np.isfinite(list(scores.values())).all()
