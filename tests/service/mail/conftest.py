import mail_server
import pytest

from service.mail.sending import Sender


@pytest.fixture
def server():
    with mail_server.serving() as server:
        yield server


@pytest.fixture
def sender(database, settings, server):
    """A sender that works with the server, switched on."""
    mail_server.switch_on(database)
    given = settings.model_copy(update=server.settings | {"smtp_timeout": 0.4})
    return Sender(database, given, "worker-1")
