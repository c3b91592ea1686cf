import time

import pytest
from desk_records import load

from matcher import current_id
from service.worker import Worker


@pytest.fixture
def desk(client, pages, settings, encoder):
    """Firms and a project that are stored and read, and ``pages(role)`` to look at them."""
    load(client)
    client.pages, client.services = pages, client.app.state.services
    worker = Worker(client.services.database, encoder, settings)
    while worker.step():
        pass
    # Served from the worker's snapshot before a test begins: numbers of another one differ a little.
    follower = client.services.follower
    for _ in range(400):
        if follower.matcher.view.snapshot.id == current_id(settings.index_folder):
            break
        time.sleep(0.02)
    assert follower.matcher.refresh_vectors() == 0
    return client
