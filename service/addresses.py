"""Where the pages of a firm and of a project are. An id may hold ``?``, ``#`` or ``%``, which are escaped here."""

from __future__ import annotations

from urllib.parse import quote


def firm_address(firm_id: str) -> str:
    """The page of a firm."""
    return f"/firms/{quote(firm_id, safe='')}"


def project_address(project_id: str) -> str:
    """The page of a project."""
    return f"/projects/{quote(project_id, safe='')}"
