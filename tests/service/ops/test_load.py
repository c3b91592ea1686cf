"""Firms are added, changed and deleted while eight clients query: no error, nothing stale, nothing inexact."""

import dataclasses
import json
import random
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from processes import free_port, ready_client, start, stop, wait_for_snapshot
from repeat import times

from matcher import Matcher, load_snapshot, open_encoder, project_from_text, to_dict
from matcher.indexes.exact import ExactIndex

pytestmark = [pytest.mark.slow, pytest.mark.model]
ROOT = Path(__file__).parent.parent.parent.parent
CLIENTS, ROUNDS = 8, times(4)
WORDS = ["laser welding of aluminium", "CNC machining", "plastic injection moulding", "control panels",
         "powder coating", "machine vision for inspection", "soudage de cadres en acier", "heat treatment"]  # fmt: skip


def supplier_ids(client, text, limit=5):
    answer = client.post("/v1/match", json={"text": text, "role": "supplier", "limit": limit, "explain": False})
    assert answer.status_code == 200, answer.text
    return [m["firm_id"] for m in answer.json()["supplier"]]


def query_until(stopped, port, process, key, errors, times):
    client, chance = ready_client(process, port, key), random.Random(threading.get_ident())
    while not stopped.is_set():
        started = time.perf_counter()
        try:
            supplier_ids(client, chance.choice(WORDS))
        except Exception as error:  # whatever it is, the test must show it
            errors.append(repr(error))
        times.append(time.perf_counter() - started)
    client.close()


def write_and_look(client, other, number):
    """One firm's life: each step is seen by the process that wrote it at once, by the other within its second."""
    for step, text in (("added", f"zyzzyva{number} plating"), ("changed", f"quetzal{number} plating")):
        body = {"name": f"New {number}", "city": "Milton", "province": "ON", "profile": text}
        assert client.put(f"/v1/firms/new-{number}", json=body).status_code in (200, 201)
        moment = time.monotonic()
        assert supplier_ids(client, text, 1) == [f"new-{number}"], step
        while supplier_ids(other, text, 1) != [f"new-{number}"]:
            assert time.monotonic() < moment + 1.0, f"{step} firm was not found by the other process after a second"
    assert client.delete(f"/v1/firms/new-{number}").status_code == 204
    for seen in (client, other):
        assert f"new-{number}" not in supplier_ids(seen, f"quetzal{number} plating", 50)


def test_firms_change_while_eight_clients_query(database, settings, keys):
    ports = [free_port(), free_port()]
    helper = start(settings, "worker", fold_rows=4)
    servers = [start(settings, "serve", "--port", str(port)) for port in ports]
    clients = [ready_client(server, port, keys.write) for server, port in zip(servers, ports, strict=True)]
    data = b"".join((ROOT / "data/directory/firms_halton_2017.jsonl").read_bytes().splitlines(True)[:100])
    location = clients[0].post("/v1/imports", files={"file": ("firms.jsonl", data)}).headers["location"]
    while clients[0].get(location).json()["state"] != "done":
        time.sleep(0.1)  # another process is at work
    errors, times, stopped = [], [], threading.Event()
    threads = [
        threading.Thread(target=query_until, args=(stopped, ports[n % 2], servers[n % 2], keys.read, errors, times))
        for n in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    try:
        for number in range(ROUNDS):
            write_and_look(clients[number % 2], clients[1 - number % 2], number)
    finally:  # after a failure eight clients would go on asking for ever, and the suite with them
        stopped.set()
        for thread in threads:
            thread.join()
    assert not errors and len(times) > CLIENTS
    clients[0].put("/v1/firms/last", json={"name": "Last", "city": "Milton", "profile": "laser welding of aluminium"})
    wait_for_snapshot(clients[0])
    check_against_brute_force(clients[0], settings)
    for client in clients:
        client.close()
    for process in (helper, *servers):
        stop(process)


def check_against_brute_force(client, settings):
    """What FAISS found is what NumPy finds over all passages, score by score."""
    snapshot = load_snapshot(settings.index_folder)
    vectors = snapshot.dense.vectors(np.arange(snapshot.n_passages))
    encoder = open_encoder(cache=settings.vectors_file)
    truth = Matcher(dataclasses.replace(snapshot, dense=ExactIndex(vectors)), encoder)
    for text in WORDS:
        served = client.post("/v1/match", json={"text": text, "limit": 20}).json()
        wanted = json.loads(json.dumps(to_dict(truth.match(project_from_text(text), limit=20))))
        for role in ("partner", "supplier"):
            assert [m["firm_id"] for m in served[role]] == [m["firm_id"] for m in wanted[role]]
            for one, other in zip(served[role], wanted[role], strict=True):
                assert one["score"] == pytest.approx(other["score"], abs=1e-5)
    encoder.close()
