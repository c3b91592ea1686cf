import pytest
from processes import kill_all


@pytest.fixture(autouse=True)
def nothing_left_running():
    yield
    kill_all()
