"""A list that somebody is about to bring in: its file waits here between upload, columns, check, and adding it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import Connection

from matcher import ColumnPreview, DirectoryMapping, SourceError, preview_columns
from service import audit, jobs
from service.clock import now
from service.db import Database
from service.errors import Conflict, Invalid, NotFound
from service.imports import repository
from service.imports.actions import FIRM_FILES, KIND
from service.jobs import Job, State
from service.security import Caller
from service.words import _

DRAFT = "import-draft"
TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsm")
MEMBERS = ("list", "yes", "no", "unsure")
KEPT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that waits.

    Attributes:
        filename: as it was uploaded.
        source: the list that it is, or the earlier one that it takes the place of.
        mapping: of its columns, once somebody has looked at them.
        members: ``yes`` or ``no`` where all or none are members, ``list`` where the list itself says it, ``unsure``
            where nobody is to be mailed.
        people: whether its contacts are wanted.
        check_id: the check of it.
        import_id: the import that it became.
    """

    id: str
    filename: str
    source: str
    mapping: str | None
    members: str
    people: bool
    check_id: str | None
    import_id: str | None
    created_by: str
    created_at: datetime

    @property
    def is_table(self) -> bool:
        """Whether it has columns to look at."""
        return self.filename.lower().endswith(TABLES)

    def payload(self) -> dict[str, Any]:
        """As it is stored."""
        names = ("source", "mapping", "members", "people", "check_id", "import_id")
        return {"file": self.filename, **{name: getattr(self, name) for name in names}}


def start(database: Database, caller: Caller, filename: str, data: bytes) -> str:
    """Put a file aside; answers the id of its draft.

    Raises:
        Invalid: it cannot be a list of firms.
    """
    name = PurePath(filename.replace("\\", "/")).name
    if not name or len(name) > 200:
        raise Invalid("file", _("The file has no usable name: expected one such as members.xlsx."))
    if not name.lower().endswith(FIRM_FILES):
        raise Invalid("file", _("%(name)s is not a list that we can read: expected an Excel or CSV file.", name=name))
    if not data:
        raise Invalid("file", _("%(name)s is empty: expected a row for each firm.", name=name))
    if name.lower().endswith(TABLES):
        with _on_disk(name, data) as path, _in_words():
            preview_columns(path)
    payload = {"file": name, "source": name, "mapping": None, "members": "list", "people": True}
    with database.write() as tx:
        _drop_old(tx)
        draft_id = jobs.enqueue(tx, caller, DRAFT, payload, filename=name, data=data, state=State.PUT_ASIDE)
        audit.record(tx, caller, "import.upload", "import", draft_id)
    return draft_id


def get(database: Database, draft_id: str) -> Draft:
    """One draft.

    Raises:
        NotFound: it is not there any more.
    """
    with database.read() as tx:
        job = jobs.find(tx, draft_id)
    if job is None or job.kind != DRAFT:
        raise NotFound(_("This list is not here any more: upload it again."))
    return _draft_of(job)


def columns(database: Database, draft: Draft) -> tuple[DirectoryMapping, tuple[ColumnPreview, ...]]:
    """Columns with samples: as somebody mapped them, as this list was read last time, or as we propose it.

    Raises:
        Invalid: the file does not fit.
    """
    with database.read() as tx:
        filename, data = jobs.upload_of(tx, draft.id)
        earlier = _last_mapping(tx, draft.source)
    with _on_disk(filename, data) as path:
        for text in (draft.mapping, earlier):
            if text is not None:
                try:
                    return preview_columns(path, mapping=DirectoryMapping.from_json(text))
                except SourceError:
                    continue  # last year's list looked otherwise
        with _in_words():
            return preview_columns(path)


def earlier_sources(database: Database, draft: Draft) -> list[str]:
    """Lists that came before, which this one may be a newer version of."""
    with database.read() as tx:
        return [name for name in repository.sources(tx, "firms") if not name.startswith("sample data: ")]


def check(
    database: Database, caller: Caller, draft: Draft, *, mapping: str | None, source: str, members: str, people: bool
) -> str:
    """Have a list checked by the worker: nothing is added yet.

    Returns:
        Id of the check.

    Raises:
        Invalid: the mapping is none, or there is no such earlier list.
        Conflict: it was added already.
    """
    if members not in MEMBERS:
        raise Invalid("members", _("Choose one of these."))
    if source != draft.filename and source not in earlier_sources(database, draft):
        raise Invalid("source", _("Choose one of these."))
    if mapping is not None:
        with _in_words():
            DirectoryMapping.from_json(mapping)
    with database.write() as tx:
        here = _open_draft(tx, draft.id)
        if here.check_id is not None:
            jobs.remove(tx, here.check_id)
        filename, data = jobs.upload_of(tx, draft.id)
        chosen = {**here.payload(), "source": source, "mapping": mapping, "members": members, "people": people}
        check_id = jobs.enqueue(tx, caller, KIND, _import_payload(chosen, check=True), filename=filename, data=data)
        jobs.note(tx, draft.id, payload={**chosen, "check_id": check_id})
        audit.record(tx, caller, "import.submit", "import", check_id, details={"check": True, "kind": "firms"})
    return check_id


def add(database: Database, caller: Caller, draft: Draft, gone: Mapping[str, str]) -> str:
    """Add a list that was checked; twice is once.

    Args:
        database: where jobs stand.
        caller: who does it.
        draft: the list.
        gone: ``left`` for firms that are not on the list any more and are no members now, by id.

    Returns:
        Id of the import.
    """
    with database.write() as tx:
        here = _draft_of(_find(tx, draft.id))
        if here.import_id is not None:
            return here.import_id
        filename, data = jobs.upload_of(tx, draft.id)
        payload = {**_import_payload(here.payload(), check=False), "gone": dict(gone), "sort": True}
        import_id = jobs.enqueue(tx, caller, KIND, payload, filename=filename, data=data)
        if here.check_id is not None:
            jobs.remove(tx, here.check_id)  # it holds what firms say, and has done its work
        jobs.note(tx, draft.id, payload={**here.payload(), "check_id": None, "import_id": import_id})
        jobs.end_put_aside(tx, draft.id)
        audit.record(tx, caller, "import.submit", "import", import_id, details={"check": False, "kind": "firms"})
    return import_id


def drop(database: Database, caller: Caller, draft: Draft) -> None:
    """Throw a list away that was not added."""
    with database.write() as tx:
        here = _open_draft(tx, draft.id)
        if here.check_id is not None:
            jobs.remove(tx, here.check_id)
        jobs.remove(tx, draft.id)
        audit.record(tx, caller, "import.drop", "import", draft.id)


def _import_payload(chosen: Mapping[str, Any], *, check: bool) -> dict[str, Any]:
    names = ("source", "file", "mapping", "members", "people")
    return {**{name: chosen[name] for name in names}, "kind": "firms", "check": check}


def _find(tx: Connection, draft_id: str) -> Job:
    job = jobs.find(tx, draft_id)
    if job is None or job.kind != DRAFT:
        raise NotFound(_("This list is not here any more: upload it again."))
    return job


def _open_draft(tx: Connection, draft_id: str) -> Draft:
    draft = _draft_of(_find(tx, draft_id))
    if draft.import_id is not None:
        raise Conflict(_("This list was added already."))
    return draft


def _draft_of(job: Job) -> Draft:
    held = job.payload
    return Draft(
        job.id, held["file"], held["source"], held["mapping"], held["members"], held["people"], held.get("check_id"),
        held.get("import_id"), job.created_by, job.created_at,
    )  # fmt: skip


def _last_mapping(tx: Connection, source: str) -> str | None:
    for job in jobs.newest(tx, KIND, limit=50):
        if job.payload["source"] == source and job.result and job.result.get("mapping"):
            return str(job.result["mapping"])
    return None


def _drop_old(tx: Connection) -> None:
    """Files that nobody came back to are not kept for ever."""
    before = now() - timedelta(days=KEPT_DAYS)
    for job in jobs.newest(tx, DRAFT, limit=200):
        if job.created_at < before:
            if check_id := job.payload.get("check_id"):
                jobs.remove(tx, check_id)
            jobs.remove(tx, job.id)


@contextmanager
def _on_disk(filename: str, data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / re.sub(r"[^\w.() -]", "_", filename)
        path.write_bytes(data)
        yield path


@contextmanager
def _in_words() -> Iterator[None]:
    """A file that cannot be read is something wrong with the field where it was chosen."""
    try:
        yield
    except SourceError as error:
        raise Invalid("file", str(error)) from error
