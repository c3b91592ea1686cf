import pytest
from service_command import run

from service.accounts.actions import create_key, list_keys, revoke_key
from service.errors import Invalid, NotFound
from service.security import COMMAND_LINE, Scope


def test_key_of_the_command_line_works_until_it_is_revoked(settings, client):
    done = run(settings, "keys", "create", "Sam at the front desk", "--scope", "read")
    key = done.stdout.strip()
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/v1/firms", headers=headers).status_code == 200
    assert client.get("/v1/firms", headers={"Authorization": "", "X-API-Key": key}).status_code == 200
    key_id = key.split("_")[1]
    listed = run(settings, "keys", "list").stdout
    assert key_id in listed and key not in listed
    run(settings, "keys", "revoke", key_id)
    assert client.get("/v1/firms", headers=headers).status_code == 401
    assert "no key" in run(settings, "keys", "revoke", key_id, code=1).stderr


def test_only_a_hash_of_a_key_is_stored(database):
    _, key = create_key(database, COMMAND_LINE, "a", Scope.ADMIN)
    with database.read() as tx:
        rows = str(
            tx.exec_driver_sql("SELECT * FROM api_keys").fetchall()
            + tx.exec_driver_sql("SELECT * FROM audit").fetchall()
        )
    assert key not in rows and key.split("_", 2)[2] not in rows
    assert [k.scope for k in list_keys(database)] == [Scope.ADMIN]


def test_wrong_input_is_named(database):
    with pytest.raises(Invalid, match="expected 1 to 100"):
        create_key(database, COMMAND_LINE, " ", Scope.READ)
    with pytest.raises(NotFound):
        revoke_key(database, COMMAND_LINE, "none")


def test_guessing_keys_is_slowed_down(settings, database, encoder):
    from fastapi.testclient import TestClient

    from service.app import create_app

    app = create_app(
        settings.model_copy(update={"failed_rate_limit": "3/minute", "rate_limit": "5/minute"}), encoder=encoder
    )
    _, key = create_key(database, COMMAND_LINE, "a", Scope.READ)
    with TestClient(app) as client:
        good = {"Authorization": f"Bearer {key}"}
        answers = [client.get("/v1/firms", headers=good).status_code for _ in range(7)]
        assert answers == [200] * 5 + [429] * 2
        assert client.get("/v1/firms", headers=good).headers["retry-after"]
        statuses = [client.get("/v1/firms", headers={"X-API-Key": f"guess{n}"}).status_code for n in range(5)]
        assert statuses == [401] * 3 + [429] * 2
