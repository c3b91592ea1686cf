"""kill -9 at random moments: everything that was committed is there afterwards, and is found.

``REPEAT=4 pytest -m slow tests/service/ops/test_crash.py`` kills twenty times, as before a release.
"""

import contextlib
import json
import random
import threading
import time

import httpx
import pytest
from processes import fork, free_port, kill, ready_client, stop, wait_for_snapshot
from repeat import times

from matcher import open_encoder
from service.verify import verify

pytestmark = [pytest.mark.slow, pytest.mark.model]
KILLS = times(5)
TRADES = ["laser welding", "powder coating", "CNC machining", "leak testing", "sand casting", "wire harnesses"]


def check_whole(database, settings):
    """The index says what the database says, to the last firm."""
    encoder = open_encoder(cache=settings.vectors_file)
    report = verify(database, settings, encoder, sample=50)
    encoder.close()
    assert not report.findings, report.findings


def found_by_its_own_words(client, number):
    result = client.post("/v1/match", json={"text": f"quixotic{number}", "role": "supplier", "limit": 1}).json()
    return [m["firm_id"] for m in result["supplier"]] == [f"f{number}"]


def row(number):
    trade = TRADES[number % len(TRADES)]
    return {"id": f"f{number}", "name": f"Firm {number}", "city": "Milton", "province": "ON",
            "profile": f"{trade} of quixotic{number} parts for machine {number}."}  # fmt: skip


def test_service_killed_during_writes_loses_nothing_that_it_acknowledged(database, settings, keys):
    chance, port = random.Random(7), free_port()
    told, number = [], 0
    for _ in range(KILLS):
        process = fork(settings, "serve", "--port", str(port))
        client = ready_client(process, port, keys.write)
        killer = threading.Timer(chance.uniform(0.02, 0.6), kill, [process])
        killer.start()
        with contextlib.suppress(httpx.TransportError):
            while True:
                number += 1
                if client.post("/v1/firms", json=row(number)).status_code == 201:
                    told.append(number)
        killer.join()
        client.close()
    process, helper = fork(settings, "serve", "--port", str(port)), fork(settings, "worker", fold_rows=1)
    client = ready_client(process, port, keys.write)
    assert len(told) >= KILLS
    for known in told:
        assert client.get(f"/v1/firms/f{known}").status_code == 200
    for known in chance.sample(told, min(20, len(told))):
        assert found_by_its_own_words(client, known)
    wait_for_snapshot(client)
    client.close()
    stop(helper)
    stop(process)
    check_whole(database, settings)


def wait_for_progress(client, location, *, seconds=60):
    """Until a worker has stored rows, made vectors or written a snapshot; the state of the import at that moment."""
    deadline, first = time.monotonic() + seconds, None
    while True:
        job, ready = client.get(location).json(), client.get("/readyz").json()
        seen = job["done"], job["state"] == "done", ready["snapshot"], ready["waiting"]
        first = first or seen
        if seen != first:
            return job["state"]
        assert time.monotonic() < deadline, "the worker does nothing: see worker.log"
        time.sleep(0.01)  # another process is at work


def test_worker_killed_during_imports_and_indexing_loses_and_repeats_nothing(database, settings, keys):
    chance, port, n_rows = random.Random(11), free_port(), 100 * KILLS
    process = fork(settings, "serve", "--port", str(port))
    client = ready_client(process, port, keys.write)
    data = "\n".join(json.dumps(row(number)) for number in range(n_rows)).encode()
    location = client.post("/v1/imports", files={"file": ("firms.jsonl", data)}).headers["location"]
    quick = {"import_chunk": 20, "fold_rows": 20, "fold_share": 0.02, "lease_seconds": 0.5}
    states = []
    for _ in range(KILLS):
        helper = fork(settings, "worker", **quick)
        states.append(wait_for_progress(client, location))
        time.sleep(chance.uniform(0, 0.4))  # a random moment of its work
        kill(helper)
    assert "running" in states, "no import was cut off: make it longer"
    helper = fork(settings, "worker", **quick)
    deadline = time.monotonic() + 240
    while (job := client.get(location).json())["state"] != "done":
        assert time.monotonic() < deadline and job["state"] != "failed", job
        time.sleep(0.2)  # another process is at work
    assert job["counts"] | {"duplicates": 0} == {
        "read": n_rows, "new": n_rows, "updated": 0, "unchanged": 0, "refused": 0, "duplicates": 0, "disappeared": 0
    }  # fmt: skip
    wait_for_snapshot(client)
    for known in chance.sample(range(n_rows), 20):
        assert found_by_its_own_words(client, known)
        assert client.get(f"/v1/firms/f{known}").json()["version"] == 1
    client.close()
    stop(helper)
    stop(process)
    check_whole(database, settings)
