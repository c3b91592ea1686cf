import pytest

from service.app import build_services


@pytest.fixture
def services(settings, database, encoder, staff):
    services = build_services(settings.model_copy(update={"public_url": "https://match.example.org"}), encoder)
    services.follower.start()
    yield services
    services.follower.stop()
    services.database.close()
