"""Real processes of the service, started by its own commands, for tests that kill and load them."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent.parent
NURSERY = Path(__file__).parent / "nursery.py"
STARTED = []
_nursery = []
_ordering = threading.Lock()


class Forked:
    """A process that the nursery has made; as a Popen, as far as it is needed here."""

    def __init__(self, pid):
        self.pid = pid
        self._runs = True

    def poll(self):
        """None while it runs."""
        self._runs = self._runs and _order({"do": "poll", "pid": self.pid})
        return None if self._runs else 0

    def wait(self, timeout=30.0):
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("matcher-service", timeout)
            time.sleep(0.005)  # it is no child of this process

    def terminate(self):
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)


def _order(order):
    with _ordering:
        if not _nursery:
            command, environment = [sys.executable, str(NURSERY)], os.environ | {"PYTHONPATH": str(ROOT)}
            _nursery.append(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment)
            )
        _nursery[0].stdin.write(json.dumps(order).encode() + b"\n")
        _nursery[0].stdin.flush()
        return json.loads(_nursery[0].stdout.readline())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(settings, *arguments, **more):
    """Start `matcher-service` with a database and folder; its log goes to a file in the folder."""
    with log_of(settings, arguments[0]).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "service.cli", *map(str, arguments)],
            env=os.environ | surroundings(settings, more), stdout=log, stderr=log, cwd=ROOT, start_new_session=True,
        )  # fmt: skip
    STARTED.append(process)
    return process


def fork(settings, *arguments, **more):
    """The same in a tenth of a second: from a process that has imported already what the command needs."""
    order = {"do": "start", "arguments": [*map(str, arguments)], "environment": surroundings(settings, more),
             "log": str(log_of(settings, arguments[0]))}  # fmt: skip
    process = Forked(_order(order))
    STARTED.append(process)
    return process


def surroundings(settings, more):
    return {
        "DATABASE_URL": settings.url, "MATCHER_VAR": str(settings.var), "MATCHER_LOG_LEVEL": "WARNING",
        "MATCHER_POLL_SECONDS": "0.05", **{f"MATCHER_{name.upper()}": str(value) for name, value in more.items()},
    }  # fmt: skip


def log_of(settings, name):
    """What processes of a command have printed."""
    settings.var.mkdir(parents=True, exist_ok=True)
    return settings.var / f"{name}.log"


def kill(process):
    """kill -9 of the process and of those it started."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def kill_all():
    """End what a test that failed has left running."""
    while STARTED:
        kill(STARTED.pop())


def close_nursery():
    while _nursery:
        nursery = _nursery.pop()
        nursery.stdin.close()
        nursery.stdout.close()
        nursery.wait(timeout=30)


def stop(process):
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        kill(process)
        raise


def ready_client(process, port, key, *, seconds=60):
    """A client of a service that has just been started, once it answers."""
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}, timeout=60)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the service ended while it started: see serve.log"
        with contextlib.suppress(httpx.TransportError):
            if client.get("/readyz").status_code == 200:
                return client
        time.sleep(0.05)  # there is nothing to wait on but its port
    raise AssertionError("the service was not ready in time")


def wait_for_snapshot(client, *, seconds=120, embedded=False):
    """Until the worker has folded every firm into a snapshot and the service serves it, if asked with all vectors."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ready = client.get("/readyz").json()
        folded = ready["snapshot"] and ready["change"] == int(ready["snapshot"][:12])
        if folded and not (embedded and ready["waiting"]):
            return
        time.sleep(0.1)  # another process is at work
    raise AssertionError(ready)
