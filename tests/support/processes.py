"""Real processes of the service, started by its own commands, for tests that kill and load them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent.parent
STARTED: list[subprocess.Popen] = []


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(settings, *arguments, **more):
    """Start `matcher-service` with a database and folder; its log goes to a file in the folder."""
    environment = {
        **os.environ, "DATABASE_URL": settings.url, "MATCHER_VAR": str(settings.var), "MATCHER_LOG_LEVEL": "WARNING",
        "MATCHER_POLL_SECONDS": "0.05", **{f"MATCHER_{name.upper()}": str(value) for name, value in more.items()},
    }  # fmt: skip
    settings.var.mkdir(parents=True, exist_ok=True)
    with (settings.var / f"{arguments[0]}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "service.cli", *arguments], env=environment, stdout=log, stderr=log, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
    STARTED.append(process)
    return process


def kill(process):
    """kill -9 of the process and of those it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_all():
    """End what a test that failed has left running."""
    while STARTED:
        process = STARTED.pop()
        if process.poll() is None:
            kill(process)


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
