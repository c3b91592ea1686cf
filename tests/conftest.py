import json
from pathlib import Path

import pytest
from hypothesis import settings

from matcher.encoding import HashEncoder
from matcher.pipeline import Matcher
from matcher.records import firm_from_row, project_from_row
from matcher.snapshot import build_snapshot

# A deadline would be a timed test; these machines are noisy.
settings.register_profile("repo", deadline=None)
settings.load_profile("repo")
DATA = Path(__file__).parent.parent / "data"


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def firms():
    names = ("firms.jsonl", "firms_halton_2017.jsonl")
    return [firm_from_row(row) for name in names for row in rows(DATA / "directory" / name)]


@pytest.fixture(scope="session")
def projects():
    found = [project_from_row(row) for row in rows(DATA / "projects" / "projects.jsonl")]
    return {project.id: project for project in found}


@pytest.fixture(scope="session")
def snapshot(firms):
    """All shipped firms, indexed once: nothing changes a snapshot."""
    return build_snapshot(firms, HashEncoder(128))


@pytest.fixture
def matcher(snapshot):
    return Matcher(snapshot, HashEncoder(128))
