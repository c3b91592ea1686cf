import json
import re

import pytest

from service.db import head_revision, migrate
from service.settings import Settings

SECRET = "zirconium crucible"


def test_probes_need_no_key_and_tell_no_firm(client):
    client.post("/v1/firms", json={"id": "secretive", "name": "Secretive Ltd.", "profile": SECRET})
    client.get("/v1/firms/secretive")
    client.post("/v1/match", json={"text": SECRET})
    bare = {"Authorization": ""}
    assert client.get("/healthz", headers=bare).json() == {"status": "ok"}
    ready = client.get("/readyz", headers=bare).json()
    assert ready["status"] == "ready" and ready["change"] == 1
    counts = client.get("/metrics", headers=bare).text
    assert 'route="/v1/firms/{firm_id}"' in counts and "matcher_index_firms 1.0" in counts
    assert "secretive" not in counts and "crucible" not in counts


def test_request_id_is_given_back_or_made(client):
    assert client.get("/healthz", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert re.fullmatch(
        r"[0-9a-f]{32}", client.get("/healthz", headers={"X-Request-ID": "a b"}).headers["x-request-id"]
    )


def test_every_route_needs_a_key_but_the_probes(client):
    paths = client.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for method in operations:
            address = re.sub(r"\{\w+\}", "x", path)
            status = client.request(method, address, headers={"Authorization": ""}).status_code
            assert status == (200 if path in ("/healthz", "/readyz", "/metrics") else 401), (method, path)


def test_log_lines_are_json_with_the_request_id_and_no_text(settings, capfd):
    from structlog import get_logger

    from service.logs import set_up_logs

    set_up_logs("INFO", "json")
    get_logger("x").info("request", route="/v1/firms")
    row = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert row["event"] == "request" and row["level"] == "info" and row["timestamp"].endswith("Z")
    set_up_logs("WARNING", "console")


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="expected sqlite:///FILE or postgresql"):
        Settings(database_url="mysql://x")
    with pytest.raises(ValueError, match="expected a count and a unit"):
        Settings(rate_limit="many")
    assert Settings(database_url="postgres://h/d").url == "postgresql+psycopg://h/d"


def test_tables_of_another_version_are_not_ready(settings, client, database):
    assert migrate(database) == head_revision()  # nothing to do, and nothing lost
    with database.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = client.get("/readyz")
    assert answer.status_code == 503 and "matcher-service migrate" in answer.json()["detail"]
    assert client.get("/healthz").status_code == 200
