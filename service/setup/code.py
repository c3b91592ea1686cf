"""The set-up's code: who can read the terminal or ``var`` may set up a fresh installation, and nobody else."""

from __future__ import annotations

import hmac
import os

from service.accounts.staff import is_set_up
from service.db import Database
from service.security import make_token
from service.settings import Settings


def ensure_code(settings: Settings) -> str:
    """The code of this installation; made, readable by its owner only, when there is none."""
    path = settings.setup_code_file
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    code = make_token()[:16]
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(code + "\n")
    return code


def is_right(settings: Settings, given: str) -> bool:
    """Whether this is the code, compared in constant time."""
    return hmac.compare_digest(ensure_code(settings).encode(), given.strip().encode())


def remove_code(settings: Settings) -> None:
    """Take the code out of force."""
    settings.setup_code_file.unlink(missing_ok=True)


def invite(database: Database, settings: Settings, base: str) -> str | None:
    """The address that opens the set-up with its code filled in; None when somebody was set up already.

    Args:
        database: says whether anybody is there.
        settings: say where the code is kept, and perhaps the address that staff type.
        base: address of the service.
    """
    return None if is_set_up(database) else f"{settings.public_url or base}/setup?code={ensure_code(settings)}"
