"""The index folder on disk, and which database its snapshots are of."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from matcher import ArtifactError, Snapshot, load_snapshot
from service.db import Database, current_change, database_id

log = logging.getLogger(__name__)
OWNER = "DATABASE"


def load_stored(folder: Path, database: Database, encoder_id: str) -> Snapshot | None:
    """The newest snapshot that fits this database and this encoder, or None."""
    with database.read() as tx:
        ours, newest = database_id(tx), current_change(tx)
    if _owner(folder) != ours:
        return None
    try:
        snapshot = load_snapshot(folder)
    except ArtifactError as error:
        log.info("no stored index is used: %s", error)
        return None
    if snapshot.encoder_id != encoder_id or snapshot.change > newest:
        log.warning("the stored index is of another encoder or a later state and is passed over")
        return None
    return snapshot


def claim_folder(folder: Path, database: Database) -> None:
    """Make the folder this database's; snapshots of another one are removed."""
    with database.read() as tx:
        ours = database_id(tx)
    if _owner(folder) == ours:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / OWNER).write_text(ours)


def _owner(folder: Path) -> str | None:
    try:
        return (folder / OWNER).read_text().strip()
    except FileNotFoundError:
        return None
