"""Style and scripts as `make setup` built them: names by content, so that browsers keep them for good."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from starlette.staticfiles import StaticFiles

from service.errors import ServiceError

FOLDER = Path(__file__).parent.parent / "web" / "dist"
ADDRESS = "/static"


class PagesNotBuilt(ServiceError):
    """The web files are missing."""


@cache
def manifest(folder: Path = FOLDER) -> dict[str, str]:
    """Built name by source name.

    Raises:
        PagesNotBuilt: nothing was built.
    """
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PagesNotBuilt(f"style and scripts of the pages are not in {folder}: run `make setup`") from error
    assert isinstance(found, dict)
    return found


def asset(name: str) -> str:
    """Address of a file of ``web/src``, such as ``app.js``."""
    return f"{ADDRESS}/{manifest()[name]}"


def static_files() -> StaticFiles:
    """What is served at ``/static``.

    Raises:
        PagesNotBuilt: nothing was built.
    """
    manifest()
    return StaticFiles(directory=FOLDER)
