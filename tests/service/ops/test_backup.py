import base64
import hashlib
import json
import os
import random
import shutil
import threading
import time
import tracemalloc
import zipfile
from datetime import timedelta

import pytest
from processes import fork, kill, log_of
from repeat import times
from sqlalchemy import Boolean, Float, Integer, LargeBinary, Text, func, insert, select, update

from matcher import firm_from_row, mask_firm, project_from_row, to_json
from service import audit, db, jobs
from service.accounts.actions import KeyChecker, create_key
from service.backup import write_backup
from service.backup_file import FORMAT, LEFT_OUT, BackupError, check_backup
from service.clock import now
from service.db import Database, migrate, next_change
from service.errors import Conflict, DatabaseNotReady
from service.firms import repository as firms_repository
from service.list_tables import mail_settings, outbox
from service.projects import repository as projects_repository
from service.restore import restore_backup
from service.security import COMMAND_LINE, Caller, Scope
from service.tables import (
    UtcDateTime,
    clock,
    firms,
    idempotency,
    import_rows,
    leases,
    metadata,
    projects,
    tombstones,
    uploads,
)

FILE = bytes(range(256)) * 5


def firm(firm_id, text="Laser welding of battery trays", **fields):
    return firm_from_row({"id": firm_id, "name": f"{firm_id.title()} Ltée", "capabilities": [text], **fields})


def store(database, *records):
    with database.write() as tx:
        for record in records:
            firms_repository.insert_firm(tx, record, next_change(tx))


@pytest.fixture
def sqlite(tmp_path, sqlite_template):
    """New SQLite databases with tables."""
    made = []

    def make(name):
        shutil.copy(sqlite_template, tmp_path / name)
        made.append(Database(f"sqlite:///{tmp_path / name}"))
        return made[-1]

    yield make
    for database in made:
        database.close()


@pytest.fixture
def bare(database_url):
    """A database without tables."""
    database = Database(database_url)
    with database.write() as tx:
        metadata.drop_all(tx)
        tx.exec_driver_sql("DROP TABLE alembic_version")
    yield database
    database.close()


def fill(database):
    """Something in every table; one job waits, one is being done."""
    caller = Caller("robin", "Robin", Scope.WRITE)
    create_key(database, COMMAND_LINE, "Robin", Scope.WRITE)
    store(database, firm("acme", city="Milton", member=True), firm("brie", lang="fr"), firm("gone"))
    with database.write() as tx:
        firms_repository.delete_firm(tx, "gone", next_change(tx))
        projects_repository.insert_project(tx, project_from_row({"id": "trays", "title": "Trays ☃", "stage": "call"}))
        job_id = jobs.enqueue(tx, caller, "import", {"source": "a"}, filename="a.csv", data=FILE)
        base = {"source": "list.csv", "kind": "firms", "record_id": "acme", "body": to_json(firm("acme")).decode()}
        tx.execute(insert(import_rows).values(job_id=job_id, **base))
        moment = now()
        values = {"actor": "robin", "key": "k", "fingerprint": "f", "status": 201, "body": "{}", "kind": "firm"}
        tx.execute(insert(idempotency).values(record_id="acme", created_at=moment, **values))
        tx.execute(insert(leases).values(name="index", owner="w", until=moment + timedelta(seconds=60)))
    assert jobs.claim(database, "w", 60) is not None
    with database.write() as tx:
        jobs.enqueue(tx, caller, "import", {"source": "b"}, filename="b.csv", data=b"")
        audit.record(tx, caller, "firm.create", "firm", "acme", version=1, details={"masked": 0})
        for table in metadata.sorted_tables:
            if tx.execute(select(table).limit(1)).first() is None:
                tx.execute(insert(table).values({column.name: something(column) for column in table.columns}))


def something(column):
    """A value of a column's type."""
    kinds = {Boolean: True, Integer: 7, UtcDateTime: now(), LargeBinary: FILE, Float: 0.25, Text: '{"a": "☃"}'}
    return next((value for kind, value in kinds.items() if isinstance(column.type, kind)), "é1")


def contents(database):
    """Rows of every table that travels, without what a restore gives anew."""
    found = {}
    with database.read() as tx:
        for table in metadata.sorted_tables:
            if table.name == "clock" or table.name in LEFT_OUT:
                continue
            rows = [dict(row) for row in tx.execute(select(table)).mappings()]
            for row in rows:
                if table in (firms, tombstones):
                    del row["change"]
            kept = [row for row in rows if row.get("action") != "database.restore"]
            found[table.name] = sorted(kept, key=lambda row: json.dumps(row, default=str))
    return found


def changes(database):
    with database.read() as tx:
        numbers = list(tx.execute(select(firms.c.change).order_by(firms.c.change)).scalars())
        return tx.execute(select(clock)).mappings().one(), numbers


def audit_restore(database):
    with database.read() as tx:
        rows = tx.execute(select(metadata.tables["audit"]).order_by(metadata.tables["audit"].c.id)).mappings().all()
    return [row for row in rows if row["action"] == "database.restore"], rows[-1]["id"]


# -- there and back


def test_letters_that_waited_are_held_since_they_may_have_left(database, sqlite, tmp_path):
    first = sqlite("first.db")
    fill(first)
    with first.write() as tx:
        tx.execute(outbox.delete())
        for n, state in enumerate(("queued", "claimed", "sent", "held", "stopped")):
            row = {column.name: something(column) for column in outbox.columns}
            tx.execute(insert(outbox).values(row | {"id": str(n), "key": str(n), "state": state}))
    write_backup(first, tmp_path / "1.zip")
    assert restore_backup(database, tmp_path / "1.zip").n_held == 2
    with database.read() as tx:
        found = {row.id: row.state for row in tx.execute(select(outbox.c.id, outbox.c.state))}
        assert not tx.execute(select(mail_settings.c.is_on)).scalar_one()
    assert found == {"0": "held", "1": "held", "2": "sent", "3": "held", "4": "stopped"}


def test_rows_are_equal_from_sqlite_to_either_database_and_back(database, sqlite, tmp_path):
    first, last = sqlite("first.db"), sqlite("last.db")
    fill(first)
    before = contents(first)
    write_backup(first, tmp_path / "1.zip")
    report = restore_backup(database, tmp_path / "1.zip")
    assert (report.n_removed, report.upgraded_from) == (0, None)
    assert report.backup.n_rows("firms") == 2 and report.backup.n_rows("uploads") == 2
    write_backup(database, tmp_path / "2.zip")
    restore_backup(last, tmp_path / "2.zip")
    for job in before["jobs"]:  # whoever did it is not there; its attempt did not end by a death
        job.update(state="queued", worker=None, lease_until=None, attempts=0)
    before["mail_settings"][0]["is_on"] = False  # nothing goes out after a restore before somebody says so
    before["jobs"].sort(key=lambda row: json.dumps(row, default=str))
    assert len(before) >= 8 and all(before.values())
    assert contents(database) == before
    assert contents(last) == before
    with last.read() as tx:
        assert sorted(tx.execute(select(uploads.c.data)).scalars()) == [b"", FILE]


def test_a_restored_installation_goes_on_keys_and_numbers_included(database, sqlite, tmp_path):
    source = sqlite("source.db")
    _, key = create_key(source, COMMAND_LINE, "Robin", Scope.READ)
    for name in ("b", "c", "d"):
        create_key(source, COMMAND_LINE, name, Scope.READ)
    write_backup(source, tmp_path / "b.zip")
    restore_backup(database, tmp_path / "b.zip")
    assert KeyChecker(database).caller(key).name == "Robin"
    (row,), newest = audit_restore(database)
    assert row["id"] == newest == 5  # PostgreSQL would begin again at 1 and fail
    create_key(database, COMMAND_LINE, "after", Scope.READ)


def test_what_belongs_to_running_processes_stays_behind(database, sqlite, tmp_path):
    fill(database)
    write_backup(database, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert not {"leases.jsonl", "idempotency.jsonl"} & set(archive.namelist())
        states = [json.loads(line) for line in archive.read("jobs.jsonl").splitlines()]
    assert [(job["state"], job["worker"], job["attempts"]) for job in states] == [("queued", None, 0)] * 2
    restore_backup(database, tmp_path / "b.zip", replace=True)
    with database.read() as tx:
        assert tx.execute(select(leases.c.owner)).scalars().all() == ["w"]  # its worker still runs
        assert tx.execute(select(idempotency)).first() is None
    assert jobs.claim(database, "w2", 60) is not None


def test_every_firm_gets_a_number_of_its_own_above_all_that_were_used(database, sqlite, tmp_path):
    source = sqlite("source.db")
    store(source, firm("a"), firm("b"), firm("c"))
    with source.write() as tx:
        next_change(tx, 10)
    write_backup(source, tmp_path / "b.zip")
    store(database, firm("a"), firm("x"))
    old, _ = changes(database)
    report = restore_backup(database, tmp_path / "b.zip", replace=True)
    row, numbers = changes(database)
    assert numbers == [14, 15, 16]
    assert (row["change"], row["embedded"], row["encoder_id"], report.change) == (16, 0, "", 16)
    assert row["database_id"] != old["database_id"]  # so snapshots of the old state are passed over
    assert report.n_removed == 1
    with database.read() as tx:
        assert [tuple(r) for r in tx.execute(select(tombstones))] == [("x", 14)]


def test_an_empty_database_is_backed_up_and_restored(database, sqlite, tmp_path):
    facts = write_backup(database, tmp_path / "b.zip")
    assert facts.n_rows("clock") == 1 and sum(t.n_rows for t in facts.tables) == 1
    assert restore_backup(sqlite("other.db"), tmp_path / "b.zip").change == 1


def test_a_database_without_tables_gets_them(bare, good):
    restore_backup(bare, good)
    db.check_ready(bare)
    assert {row["id"] for row in contents(bare)["firms"]} == {"acme", "brie"}


# -- the file


def test_file_is_for_its_owner_alone_and_nothing_lies_beside_it(database, tmp_path):
    (tmp_path / "out").mkdir()
    old = os.umask(0)
    try:
        facts = write_backup(database, tmp_path / "out" / "b.zip")
    finally:
        os.umask(old)
    assert os.listdir(tmp_path / "out") == ["b.zip"]
    assert (tmp_path / "out" / "b.zip").stat().st_mode & 0o777 == 0o600
    assert facts == check_backup(tmp_path / "out" / "b.zip")


def test_a_file_that_is_there_stays_unless_asked(database, tmp_path):
    path = tmp_path / "b.zip"
    path.write_text("precious")
    with pytest.raises(Conflict, match="is there already"):
        write_backup(database, path)
    assert path.read_text() == "precious"
    write_backup(database, path, overwrite=True)
    assert check_backup(path).n_rows("firms") == 0


def test_a_missing_folder_is_said(database, tmp_path):
    with pytest.raises(BackupError, match="no folder"):
        write_backup(database, tmp_path / "nowhere" / "b.zip")


def test_a_row_that_could_not_be_loaded_again_is_said_and_no_file_is_left(database, tmp_path):
    store(database, firm("acme"), firm("brie"))
    with database.write() as tx:
        tx.execute(update(firms).where(firms.c.id == "brie").values(body='{"id": "brie", "name": 7}'))
    (tmp_path / "out").mkdir()
    with pytest.raises(BackupError, match=r"firms\.jsonl, line 2: body: name: expected a text"):
        write_backup(database, tmp_path / "out" / "b.zip")
    assert os.listdir(tmp_path / "out") == []


def test_what_a_crash_left_is_removed_by_the_next_backup(database, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / ".b.zip.0123abcd.part").write_bytes(b"half")
    (folder / ".other.zip.0123abcd.part").write_bytes(b"another's")
    write_backup(database, folder / "b.zip")
    assert sorted(os.listdir(folder)) == [".other.zip.0123abcd.part", "b.zip"]


def test_a_backup_while_others_write_is_of_one_moment(database, sqlite, tmp_path):
    stop, failed = threading.Event(), []

    def write(who):
        for number in range(10_000):
            if stop.is_set():
                return
            try:
                store(database, firm(f"{who}-{number}"))
                if number % 3 == 2:
                    with database.write() as tx:
                        firms_repository.delete_firm(tx, f"{who}-{number - 1}", next_change(tx))
            except Exception as error:
                failed.append(error)
                return

    threads = [threading.Thread(target=write, args=(who,)) for who in "ab"]
    for thread in threads:
        thread.start()
    seen = [0]
    try:
        for number in range(4):
            while changes(database)[0]["change"] <= seen[-1] + 3 and not failed:
                time.sleep(0.01)  # until there is something new to read
            path = tmp_path / f"{number}.zip"
            facts = write_backup(database, path)
            with zipfile.ZipFile(path) as archive:
                rows = {t.name: archive.read(t.member).splitlines() for t in facts.tables}
            newest = max(json.loads(line)["change"] for name in ("firms", "tombstones") for line in rows[name])
            assert json.loads(rows["clock"][0])["change"] == newest
            seen.append(newest)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failed and seen == sorted(set(seen))
    other = sqlite("other.db")
    report = restore_backup(other, tmp_path / "3.zip")
    row, numbers = changes(other)
    assert row["change"] == max(numbers) == report.change and len(numbers) == report.backup.n_rows("firms")


# -- bad files


@pytest.fixture(scope="module")
def one_backup(sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("backup")
    shutil.copy(sqlite_template, folder / "good.db")
    source = Database(f"sqlite:///{folder / 'good.db'}")
    fill(source)
    write_backup(source, folder / "good.zip")
    source.close()
    return folder / "good.zip"


@pytest.fixture
def good(one_backup, tmp_path):
    """A backup of something in every table, as a file of the test's own."""
    return shutil.copy(one_backup, tmp_path / "good.zip")


def remade(path, *, members=None, manifest=None, honest=True, keep_names=True):
    """The backup with other members or another manifest; ``honest`` writes checksums and counts that fit."""
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    facts = json.loads(found.pop("manifest.json"))
    for name, content in (members or {}).items():
        if content is None:
            del found[name]
        else:
            found[name] = content(found[name]) if callable(content) else content
    for table in facts["tables"]:
        content = found.get(table["name"] + ".jsonl")
        if honest and content is not None:
            sha = hashlib.sha256(content).hexdigest()
            table.update(rows=len(content.splitlines()), bytes=len(content), sha256=sha)
    if honest and keep_names is False:
        facts["tables"] = [t for t in facts["tables"] if t["name"] + ".jsonl" in found]
    found["manifest.json"] = json.dumps(manifest(facts) if manifest else facts).encode()
    target = path.with_name("remade.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return target


def changed_row(**values):
    def change(content):
        rows = [json.loads(line) for line in content.splitlines()]
        rows[-1].update(values)
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    return change


def without(name):
    def change(content):
        rows = [json.loads(line) for line in content.splitlines()]
        return b"".join(json.dumps({k: v for k, v in row.items() if k != name}).encode() + b"\n" for row in rows)

    return change


BODY = json.dumps({"id": "other", "name": "Other"})
BAD_MEMBERS = {
    "missing member": (dict(members={"firms.jsonl": None}), "missing or unknown: firms.jsonl"),
    "missing and not named": (dict(members={"firms.jsonl": None}, keep_names=False), "missing or unknown: firms.jsonl"),
    "edited member": (
        dict(members={"firms.jsonl": lambda c: c.replace(b"Milton", b"Berlin")}, honest=False),
        "firms.jsonl has another checksum",
    ),
    "longer member": (dict(members={"firms.jsonl": lambda c: c + b"\n"}, honest=False), "bytes, the manifest says"),
    "other count": (
        dict(
            manifest=lambda m: {**m, "tables": [{**t, "rows": t["rows"] + (t["name"] == "firms")} for t in m["tables"]]}
        ),
        "firms.jsonl has 2 rows, the manifest says 3",
    ),
    "two clocks": (dict(members={"clock.jsonl": lambda c: c * 2}), "clock.jsonl has 2 rows"),
    "newer format": (
        dict(manifest=lambda m: {**m, "format_version": 2, "version": "9.1"}),
        "supplier-matcher 9.1 wrote it",
    ),
    "newer tables": (dict(manifest=lambda m: {**m, "revision": "9999"}), "'9999', which this version does not know"),
    "another's format": (dict(manifest=lambda m: {**m, "format": "photos"}), "format 'photos', expected"),
    "manifest without tables": (
        dict(manifest=lambda m: {"format": FORMAT, "format_version": 1, "revision": "0001"}),
        "manifest.json cannot be read",
    ),
    "manifest is a list": (dict(manifest=lambda m: [m]), "expected a JSON object"),
    "not JSON": (dict(members={"audit.jsonl": b"{oops\n"}), r"audit\.jsonl, line 1: "),
    "not an object": (dict(members={"audit.jsonl": b"[1]\n"}), r"audit\.jsonl, line 1: expected a JSON object"),
    "unreadable firm": (
        dict(members={"firms.jsonl": changed_row(body='{"id": "brie"}')}),
        r"firms\.jsonl, line 2: body: name: expected",
    ),
    "body of another": (dict(members={"firms.jsonl": changed_row(body=BODY)}), r"line 2: the body is of 'other'"),
    "body is no JSON": (dict(members={"projects.jsonl": changed_row(body="x")}), r"projects\.jsonl, line 1: body: "),
    "column missing": (dict(members={"firms.jsonl": without("kind")}), "missing or unknown: kind"),
    "column unknown": (dict(members={"firms.jsonl": changed_row(x=1)}), "missing or unknown: x"),
    "null": (dict(members={"firms.jsonl": changed_row(kind=None)}), "kind is null"),
    "text for a number": (
        dict(members={"firms.jsonl": changed_row(version="1")}),
        "version is of type str, expected a whole",
    ),
    "true for a number": (dict(members={"firms.jsonl": changed_row(version=True)}), "version is of type bool"),
    "number for a flag": (dict(members={"firms.jsonl": changed_row(member=1)}), "member is of type int, expected true"),
    "too long": (dict(members={"firms.jsonl": changed_row(kind="k" * 21)}), "kind has 21 characters, at most 20"),
    "no moment": (
        dict(members={"firms.jsonl": changed_row(created_at="soon")}),
        "created_at is 'soon', expected a moment",
    ),
    "no zone": (dict(members={"firms.jsonl": changed_row(created_at="2025-01-01T00:00:00")}), "with its zone"),
    "no base64": (dict(members={"uploads.jsonl": changed_row(data="***")}), "data is not base64"),
    "payload": (dict(members={"jobs.jsonl": changed_row(payload="{")}), "payload is not JSON"),
    "same row twice": (
        dict(members={"firms.jsonl": lambda c: c + c.splitlines(True)[0]}),
        r"lines 1 to 3: the database refuses",
    ),
    "number out of range": (dict(members={"audit.jsonl": changed_row(id=2**70)}), r"id is of type float"),
}


@pytest.mark.parametrize("case", BAD_MEMBERS)
def test_a_changed_backup_is_refused_with_words_and_changes_nothing(case, database, good):
    changes_made, message = BAD_MEMBERS[case]
    bad = remade(good, **changes_made)
    store(database, firm("here"))
    before = contents(database), changes(database)
    with pytest.raises(BackupError, match=message):
        restore_backup(database, bad, replace=True)
    assert (contents(database), changes(database)) == before


def test_remaking_a_backup_without_changes_is_accepted(database, good):
    assert restore_backup(database, remade(good)).backup.n_rows("firms") == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "cannot be read"), (b"PK\x03\x04 hello", "cannot be read"), (b"{}" * 5000, "cannot be read")],
)
def test_a_file_that_is_no_zip_is_refused(content, message, tmp_path):
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(BackupError, match=message):
        check_backup(tmp_path / "b.zip")


def test_a_missing_file_and_a_foreign_zip_are_refused(tmp_path):
    with pytest.raises(BackupError, match="no file"):
        check_backup(tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("holiday.txt", "sun")
    with pytest.raises(BackupError, match="without manifest.json"):
        check_backup(tmp_path / "b.zip")


def test_zip_bombs_are_refused_before_they_unpack(good, monkeypatch):
    with zipfile.ZipFile(good.with_name("m.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b" " * 2_000_000)
    with pytest.raises(BackupError, match="has 2,000,000 bytes, at most 1,000,000"):
        check_backup(good.with_name("m.zip"))
    bomb = remade(good, members={"audit.jsonl": b" " * 70_000_000})
    tracemalloc.start()
    with pytest.raises(BackupError, match="would unpack from"):
        check_backup(bomb)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    with zipfile.ZipFile(good.with_name("l.zip"), "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("manifest.json", b"{}")
    with pytest.raises(BackupError, match="packed in a way"):
        check_backup(good.with_name("l.zip"))


def test_damage_anywhere_is_refused_or_without_effect(good):
    """Bytes turned and ends cut off at random: a file is read as it was written, or refused with words."""
    content, sound = good.read_bytes(), check_backup(good)
    chance, path = random.Random(7), good.with_name("damaged.zip")
    n_refused = 0
    for turn in range(times(100)):
        damaged = bytearray(content)
        if turn % 3 == 0:
            del damaged[chance.randrange(len(damaged)) :]
        else:
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            assert check_backup(path).tables == sound.tables
        except BackupError:
            n_refused += 1
    assert n_refused > times(65)


def test_damage_of_the_directory_of_the_file_is_refused_with_words(good):
    """Its size and place stand before the last two bytes."""
    content, path = good.read_bytes(), good.with_name("damaged.zip")
    for place in range(len(content) - 10, len(content) - 2):
        for bit in (0, 7):
            damaged = bytearray(content)
            damaged[place] ^= 1 << bit
            path.write_bytes(damaged)
            with pytest.raises(BackupError):
                check_backup(path)


# -- restoring over what is there


def test_a_database_with_rows_is_left_alone_unless_asked(database, good):
    store(database, firm("here"))
    before = contents(database)
    with pytest.raises(Conflict, match="holds rows already"):
        restore_backup(database, good)
    assert contents(database) == before
    assert restore_backup(database, good, replace=True).n_removed == 1
    assert {row["id"] for row in contents(database)["firms"]} == {"acme", "brie"}


def test_running_processes_follow_a_restore(client, database, tmp_path):
    def quoted(text):
        """Words that are quoted for a text, by firm."""
        matches = client.post("/v1/match", json={"text": text, "role": "supplier"}).json()["supplier"]
        quotes = [(m["firm_id"], e["quote"]) for m in matches for need in m["needs"] for e in need["evidence"]]
        return {(firm_id, quote) for firm_id, quote in quotes if text in quote}

    for name, text in (("keeps", "anodising of housings"), ("back", "laser welding of trays")):
        row = {"id": name, "name": name, "city": "Milton", "capabilities": [text]}
        assert client.post("/v1/firms", json=row).status_code == 201
    write_backup(database, tmp_path / "b.zip")
    assert client.delete("/v1/firms/back").status_code == 204
    row = {"id": "late", "name": "Late Co", "capabilities": ["laser welding of late parts"]}
    assert client.post("/v1/firms", json=row).status_code == 201
    assert quoted("anodising") == {("keeps", "anodising of housings")}
    assert client.patch("/v1/firms/keeps", json={"capabilities": ["bronze casting"]}).status_code == 200
    assert quoted("laser welding") == {("late", "laser welding of late parts")}
    assert quoted("bronze casting") == {("keeps", "bronze casting")}
    report = restore_backup(database, tmp_path / "b.zip", replace=True)
    assert report.n_removed == 1
    assert quoted("laser welding") == {("back", "laser welding of trays")}
    assert quoted("bronze casting") == set() and quoted("anodising") == {("keeps", "anodising of housings")}
    assert client.get("/v1/firms/late").status_code == 404
    assert [f["id"] for f in client.get("/v1/firms").json()["items"]] == ["back", "keeps"]
    assert client.get("/readyz").json()["change"] == report.change
    assert client.post("/v1/firms", json=row).status_code == 201  # and writing goes on
    assert {firm_id for firm_id, _ in quoted("laser welding")} == {"back", "late"}


def test_the_worker_embeds_every_restored_firm(database, settings, encoder, tmp_path):
    from service.worker import Worker

    store(database, *(firm(f"f{i:03}", f"Laser welding of part {i}") for i in range(70)))
    write_backup(database, tmp_path / "b.zip")
    worker = Worker(database, encoder, settings)
    worker.drain()
    jobs.release(database, worker.name)
    restore_backup(database, tmp_path / "b.zip", replace=True)
    settings.vectors_file.unlink()
    encoder.close()
    fresh = type(encoder)(type(encoder._encoder)(128), settings.vectors_file)
    Worker(database, fresh, settings).drain()
    texts = [f"Laser welding of part {i}" for i in range(70)]
    assert len(fresh.cached(texts)) == 70
    fresh.close()


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """This version with one more migration, as the next one will have."""
    folder = tmp_path / "migrations"
    shutil.copytree(db.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    head = db.head_revision()
    (folder / "versions" / "9999_next.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision = '9999', {head!r}\n"
        "def upgrade():\n"
        "    op.add_column('projects', sa.Column('note', sa.Text()))\n"
        "    op.execute(\"UPDATE projects SET note = 'moved ' || id\")\n"
    )

    def switch():
        monkeypatch.setattr(db, "MIGRATIONS", folder)

    return switch


@pytest.mark.parametrize("state", ["no tables", "empty", "with rows"])
def test_an_older_backup_is_migrated_as_it_comes_in(state, bare, good, next_version):
    older, database = db.head_revision(), bare
    next_version()
    if state != "no tables":
        migrate(database)
    if state == "with rows":
        store(database, firm("here"), firm("acme"))
    report = restore_backup(database, good, replace=state == "with rows")
    assert report.upgraded_from == older and db.head_revision() == "9999"
    db.check_ready(database)
    with database.read() as tx:
        assert tx.exec_driver_sql("SELECT note FROM projects").scalar() == "moved trays"
        gone = set(tx.execute(select(tombstones.c.id)).scalars())
        assert set(tx.execute(select(firms.c.id)).scalars()) == {"acme", "brie"}
    assert gone == ({"gone", "here"} if state == "with rows" else {"gone"})


def test_a_failure_on_the_way_leaves_an_older_backups_target_as_it_was(database, good, next_version):
    bad = remade(good, members={"firms.jsonl": lambda c: c + c.splitlines(True)[0]})
    next_version()
    migrate(database)
    store(database, firm("here"))
    before = contents(database)
    with pytest.raises(BackupError, match="lines 1 to 3"):
        restore_backup(database, bad, replace=True)
    assert contents(database) == before
    db.check_ready(database)


def test_a_database_of_another_version_is_refused(database, good, next_version, tmp_path):
    next_version()
    with pytest.raises(DatabaseNotReady, match="matcher-service migrate"):
        restore_backup(database, good, replace=True)
    with pytest.raises(DatabaseNotReady, match="matcher-service migrate"):
        write_backup(database, tmp_path / "b.zip")


def test_a_foreign_database_is_refused(bare, good):
    with bare.write() as tx:
        tx.exec_driver_sql("CREATE TABLE firms (id INTEGER)")
    with pytest.raises(DatabaseNotReady, match="'firms' that is not of this service"):
        restore_backup(bare, good, replace=True)


# -- size and crashes


def many(database, n_firms):
    text = " ".join(f"word{i}" for i in range(150))
    with database.write() as tx:
        last = next_change(tx, n_firms)
        for start in range(0, n_firms, 500):
            rows = []
            for i in range(start, min(start + 500, n_firms)):
                record = mask_firm(firm(f"f{i:06}", f"{i} {text}"))[0]
                columns = firms_repository.columns(record, last - n_firms + i + 1)
                rows.append({"id": record.id, "version": 1, "created_at": now(), "updated_at": now(), **columns})
            tx.execute(insert(firms), rows)


@pytest.mark.slow
def test_ten_thousand_firms_pass_through_little_memory(database, tmp_path, sqlite):
    write_backup(sqlite("none.db"), tmp_path / "none.zip")
    tracemalloc.start()
    restore_backup(sqlite("empty.db"), tmp_path / "none.zip")
    for_the_tables = tracemalloc.get_traced_memory()[1]  # what it takes to describe them, with rows or without
    tracemalloc.stop()
    many(database, 10_000)
    other = sqlite("other.db")
    tracemalloc.start()
    facts = write_backup(database, tmp_path / "b.zip")
    backup_peak = tracemalloc.get_traced_memory()[1] - for_the_tables
    tracemalloc.reset_peak()
    restore_backup(other, tmp_path / "b.zip")
    restore_peak = tracemalloc.get_traced_memory()[1] - for_the_tables
    tracemalloc.stop()
    (size,) = (table.n_bytes for table in facts.tables if table.name == "firms")
    assert facts.n_rows("firms") == 10_000 and size > 12_000_000
    assert backup_peak < size / 3 and restore_peak < size / 2, (size, backup_peak, restore_peak)


def killed_after(seconds, settings, *command):
    """Kill a command after a while; whether it had said before that it was done."""
    log = log_of(settings, command[0])
    log.unlink(missing_ok=True)
    process = fork(settings, *command)
    time.sleep(seconds)
    kill(process)
    assert "error" not in (said := log.read_text())
    return "wrote and verified" in said or "restored" in said


@pytest.mark.slow
def test_a_killed_backup_leaves_the_old_file_and_a_killed_restore_the_old_state(database, settings, sqlite, tmp_path):
    many(database, 3000)
    path = tmp_path / "b.zip"
    facts = write_backup(database, path)
    chance = random.Random(3)
    for _ in range(times(4)):
        killed_after(chance.uniform(0, 1.5), settings, "backup", path, "--overwrite")
        assert check_backup(path).tables == facts.tables
    write_backup(database, path, overwrite=True)
    assert not list(tmp_path.glob(".b.zip.*.part"))

    other = sqlite("other.db")
    store(other, firm("restored"))
    write_backup(other, tmp_path / "small.zip")
    for turn in range(times(6)):
        wanted = tmp_path / ("small.zip" if turn % 2 == 0 else "b.zip")
        before = len(changes(database)[1])
        was_done = killed_after(chance.uniform(0, 2.5), settings, "restore", wanted, "--replace")
        row, numbers = changes(database)
        after = 1 if turn % 2 == 0 else 3000
        assert len(numbers) in ({after} if was_done else {before, after})
        assert row["change"] >= max(numbers)
        with database.read() as tx:
            assert tx.execute(select(func.count()).select_from(projects)).scalar() == 0


def test_an_upload_is_written_as_base64(good):
    with zipfile.ZipFile(good) as archive:
        rows = [json.loads(line) for line in archive.read("uploads.jsonl").splitlines()]
    assert base64.b64encode(FILE).decode() in {row["data"] for row in rows}
