"""Forks processes of the service from one that has its imports behind it: they take most of a start.

Run as a script that takes orders, one a line of JSON, and answers each with a line: ``start`` gives the id of a new
process, ``poll`` says whether one runs still. Until that was answered with no, its id is not given to another process.
"""

import json
import os
import sys


def main():
    # What a serving process and a worker load, before either begins; threads are made by neither.
    import onnxruntime  # noqa: F401
    import uvicorn  # noqa: F401

    import service.app
    import service.restore
    import service.worker  # noqa: F401

    for line in sys.stdin:
        order = json.loads(line)
        answer = start(order) if order["do"] == "start" else os.waitpid(order["pid"], os.WNOHANG)[0] == 0
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def start(order):
    begun, begins = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        send_output_to(order["log"])
        os.close(begins)  # from here on it can be killed, with all that it starts
        become(order)
    os.close(begins)
    os.read(begun, 1)
    os.close(begun)
    return child


def send_output_to(path):
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number, target in enumerate((nothing, log, log)):
        os.dup2(target, number)


def become(order):
    """Go on as the command that was ordered."""
    from service.cli import main as command

    os.environ.update(order["environment"])
    sys.argv = ["matcher-service", *order["arguments"]]
    code = 1
    try:
        command()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
