import pytest
from processes import close_nursery, kill_all


@pytest.fixture(autouse=True)
def nothing_left_running():
    yield
    kill_all()


@pytest.fixture(scope="session", autouse=True)
def nursery_is_closed():
    yield
    close_nursery()
