import dataclasses
import shutil

import numpy as np
import orjson
import pytest
from sqlalchemy import delete, insert, select, update

import service.verify
from matcher import (
    CachedEncoder,
    HashEncoder,
    build_snapshot,
    current_id,
    firm_from_row,
    load_snapshot,
    project_from_row,
    save_snapshot,
    to_json,
)
from service import jobs
from service.db import next_change
from service.errors import Conflict, DatabaseNotReady
from service.firms import repository as firms_repository
from service.projects import repository as projects_repository
from service.tables import clock, firms, leases, metadata, projects, tombstones
from service.verify import Fault, verify
from service.worker import Worker

TEXTS = ["Laser welding of battery trays", "CNC machining of aluminium", "Powder coating of steel", "Anodising"]


def firm(firm_id, *texts, **fields):
    return firm_from_row({"id": firm_id, "name": f"{firm_id.title()} Ltée", "capabilities": list(texts), **fields})


def store(database, *records):
    with database.write() as tx:
        for record in records:
            firms_repository.insert_firm(tx, record, next_change(tx))


def drain(database, encoder, settings):
    worker = Worker(database, encoder, settings)
    worker.drain()
    jobs.release(database, worker.name)


@pytest.fixture
def indexed(database, encoder, settings):
    """Four firms and a project, embedded and in a snapshot, and one firm that came later."""
    store(database, *(firm(f"f{i}", text, city="Milton") for i, text in enumerate(TEXTS)))
    with database.write() as tx:
        projects_repository.insert_project(tx, project_from_row({"id": "trays", "title": "Trays", "stage": "call"}))
    drain(database, encoder, settings)
    drain(database, encoder, settings)
    store(database, firm("late", "Bronze casting"))
    return database


@pytest.fixture
def look(indexed, encoder, settings):
    return lambda **options: verify(indexed, settings, encoder, **options)


@pytest.fixture
def folder(indexed, settings):
    return settings.index_folder / current_id(settings.index_folder)


def write(database, *statements):
    with database.write() as tx:
        for statement in statements:
            tx.execute(statement)


def quoted(client, text):
    """Firms that are quoted with a text when it is asked for."""
    matches = client.post("/v1/match", json={"text": text, "role": "supplier"}).json()["supplier"]
    quotes = [(m["firm_id"], e["quote"]) for m in matches for need in m["needs"] for e in need["evidence"]]
    return {firm_id for firm_id, quote in quotes if text in quote}


def all_rows(database):
    with database.read() as tx:
        return {t.name: sorted(map(repr, tx.execute(select(t)).all())) for t in metadata.sorted_tables}


def faults(report):
    return [(finding.fault, finding.record_id) for finding in report.findings]


def check_repair(look, *, mended):
    """Looking again changes nothing; a repair mends; then all is well."""
    report = look(repair=True)
    assert faults(report) == [] and report.is_sound
    assert {finding.fault for finding in report.repaired} == mended
    after = look()
    assert after.is_sound and after.repaired == ()
    assert after.n_compared + after.n_newer == after.n_firms
    return after


def test_a_sound_index_is_compared_whole(look, indexed, settings):
    report = look()
    assert report.is_sound and report.findings == () and report.snapshot == current_id(settings.index_folder)
    assert (report.n_firms, report.n_compared, report.n_newer, report.n_projects) == (5, 4, 1, 1)
    assert (report.n_passages, report.n_vectors, report.n_waiting, report.change) == (4, 4, 0, 5)
    assert look(sample=2).n_vectors == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.change = 1


def test_a_repair_of_what_is_sound_does_nothing(look, indexed, settings):
    before = all_rows(indexed), current_id(settings.index_folder)
    assert look(repair=True).repaired == ()
    assert (all_rows(indexed), current_id(settings.index_folder)) == before


def test_an_empty_database_without_an_index_is_sound(database, encoder, settings):
    report = verify(database, settings, encoder)
    assert report.is_sound and report.snapshot is None and report.n_firms == 0


def test_a_database_without_tables_is_said(database, encoder, settings):
    write(database, metadata.tables["audit"].delete())
    with database.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseNotReady):
        verify(database, settings, encoder)


# -- rows against the index


def other_body(database, firm_id, **changes):
    with database.read() as tx:
        row = orjson.loads(tx.execute(select(firms.c.body).where(firms.c.id == firm_id)).scalar_one())
    return to_json(firm_from_row({**row, **changes})).decode()


def test_a_body_edited_behind_the_index_is_found_and_followed_after_the_repair(look, indexed, client):
    body = other_body(indexed, "f1", capabilities=["Gear hobbing"])
    write(indexed, update(firms).where(firms.c.id == "f1").values(body=body))
    before = all_rows(indexed)
    report = look()
    assert faults(report) == [(Fault.FIRM, "f1")] and "says something else in the index" in report.findings[0].text
    assert all_rows(indexed) == before  # never silently
    assert quoted(client, "Gear hobbing") == set()
    check_repair(look, mended={Fault.FIRM})
    assert quoted(client, "Gear hobbing") == {"f1"}


def test_a_row_removed_behind_the_index_is_found_and_gone_after_the_repair(look, indexed, client):
    write(indexed, delete(firms).where(firms.c.id == "f2"))
    report = look()
    assert faults(report) == [(Fault.EXTRA, "f2")]
    assert quoted(client, "Powder coating") == {"f2"}
    check_repair(look, mended={Fault.EXTRA})
    assert quoted(client, "Powder coating") == set()


def test_a_row_that_was_deleted_properly_is_no_finding(look, indexed):
    with indexed.write() as tx:
        firms_repository.delete_firm(tx, "f2", next_change(tx))
    assert look().is_sound


def test_a_row_that_the_index_lacks_is_found(look, indexed):
    columns = firms_repository.columns(firm("smuggled", "Forging"), 1)
    with indexed.write() as tx:
        moment = tx.execute(select(firms.c.created_at).limit(1)).scalar_one()
        values = {"id": "smuggled", "version": 1, "created_at": moment, "updated_at": moment}
        tx.execute(insert(firms).values(**values, **columns))
    assert faults(look()) == [(Fault.FIRM, "smuggled")]
    check_repair(look, mended={Fault.FIRM})


def test_a_firm_that_is_marked_as_deleted_is_found(look, indexed):
    write(indexed, insert(tombstones).values(id="f0", change=2))
    assert faults(look()) == [(Fault.TOMBSTONE, "f0")]
    check_repair(look, mended={Fault.TOMBSTONE})


def test_other_passages_than_the_firm_has_are_found(look, indexed, encoder, settings):
    stored = load_snapshot(settings.index_folder)
    cut = stored.end.copy()
    cut[0] -= 4
    save_snapshot(dataclasses.replace(stored, end=cut), settings.index_folder)
    assert (Fault.PASSAGES, "f0") in faults(look())
    check_repair(look, mended={Fault.PASSAGES})


# -- the database with itself


@pytest.mark.parametrize(
    "body", ["{oops", "[1]", '{"id": "f1"}', '{"id": "x", "name": "X"}', '{"id": "f1", "name": 3}']
)
def test_a_body_that_cannot_be_read_is_found_and_the_rest_is_mended(body, look, indexed, client):
    write(indexed, update(firms).where(firms.c.id == "f1").values(body=body, change=next_after(indexed)))
    report = look()
    assert (Fault.BODY, "f1") in faults(report)
    (finding,) = (f for f in report.findings if f.fault is Fault.BODY)
    assert not finding.can_repair and "restore a backup" in finding.text
    write(indexed, update(firms).where(firms.c.id == "f0").values(kind="funder"))
    report = look(repair=True)
    assert faults(report) == [(Fault.BODY, "f1")] and [f.fault for f in report.repaired] == [Fault.COLUMNS]


def next_after(database):
    with database.write() as tx:
        return next_change(tx)


def test_a_body_alone_that_nothing_can_mend_begins_no_repair(look, indexed, settings):
    write(indexed, update(projects).values(body="{}"))
    before = current_id(settings.index_folder)
    report = look(repair=True)
    assert faults(report) == [(Fault.BODY, "trays")] and current_id(settings.index_folder) == before


@pytest.mark.parametrize(
    ("table", "key", "values", "names"),
    [
        (firms, "f0", {"sort_name": "zz"}, "sort_name"),
        (firms, "f0", {"kind": "chamber", "member": True, "sort_city": ""}, "sort_city, kind, member"),
        (projects, "trays", {"stage": "finished"}, "stage"),
        (projects, "trays", {"sort_title": "x", "closes": "2020-01-01"}, "sort_title, closes"),
    ],
)
def test_columns_that_say_something_else_than_the_body_are_found(table, key, values, names, look, indexed):
    before = all_rows(indexed)[table.name]
    write(indexed, update(table).where(table.c.id == key).values(values))
    report = look()
    assert faults(report) == [(Fault.COLUMNS, key)] and f": {names} says" in report.findings[0].text
    check_repair(look, mended={Fault.COLUMNS})
    assert all_rows(indexed)[table.name] == before


def test_a_clock_behind_its_rows_is_found_and_raised(look, indexed, client):
    write(indexed, update(firms).where(firms.c.id == "late").values(change=40))
    report = look()
    assert faults(report) == [(Fault.CLOCK, None)] and "stands at 5" in report.findings[0].text
    assert check_repair(look, mended={Fault.CLOCK}).change > 40
    assert client.post("/v1/firms", json={"id": "new", "name": "New"}).status_code == 201
    assert look().is_sound


def test_vectors_said_to_be_made_ahead_of_the_clock_are_found(look, indexed):
    write(indexed, update(clock).values(embedded=99))
    assert faults(look()) == [(Fault.CLOCK, None)]
    check_repair(look, mended={Fault.CLOCK})


def test_a_missing_clock_is_found_and_set_again(look, indexed):
    write(indexed, delete(clock))
    assert (Fault.CLOCK, None) in faults(look())
    assert check_repair(look, mended={Fault.CLOCK, Fault.INDEX}).change > 5


def test_a_database_that_was_set_back_behind_the_index_is_found(look, indexed):
    """As when an old copy of a SQLite file is put in the place of the new one."""
    write(indexed, delete(firms).where(firms.c.id.in_(["f3", "late"])), update(clock).values(change=2, embedded=2),
          update(firms).values(change=2))  # fmt: skip
    report = look()
    assert faults(report) == [(Fault.SET_BACK, None)] and "set back behind the index" in report.findings[0].text
    assert check_repair(look, mended={Fault.SET_BACK}).change > 5
    with indexed.read() as tx:
        assert tx.execute(select(tombstones.c.id)).scalars().all() == ["f3"]


# -- the stored snapshot


FILES = ["firms.jsonl", "passages.npz", "dense.faiss", "manifest.json"]


@pytest.mark.parametrize("name", FILES)
def test_a_deleted_file_of_the_snapshot_is_found_and_mended(name, look, folder):
    (folder / name).unlink()
    report = look()
    assert faults(report) == [(Fault.INDEX, None)] and "is damaged" in report.findings[0].text
    check_repair(look, mended={Fault.INDEX})


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_in_the_snapshot_is_found_and_mended(name, look, folder):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 0x80  # no text in UTF-8 any more, where it was text
    (folder / name).write_bytes(content)
    report = look()
    assert [finding.fault for finding in report.findings] == [Fault.INDEX]
    check_repair(look, mended={Fault.INDEX})


@pytest.mark.parametrize(
    "manifest", [b"[]", b"{}", b'{"kind": "index", "schema": 1}', b'{"kind": "index", "schema": 99}']
)
def test_an_odd_manifest_is_a_finding_and_no_crash(manifest, look, folder):
    (folder / "manifest.json").write_bytes(manifest)
    assert faults(look()) == [(Fault.INDEX, None)]
    check_repair(look, mended={Fault.INDEX})


def test_an_older_whole_snapshot_behind_a_damaged_one_is_compared(look, indexed, encoder, settings):
    save_snapshot(build_snapshot([firm("f0")], encoder, change=5), settings.index_folder)
    (settings.index_folder / current_id(settings.index_folder) / "firms.jsonl").unlink()
    report = look()
    assert report.snapshot.startswith("000000000004-") and faults(report) == [(Fault.INDEX, None)]
    assert "is damaged; the newest whole one is" in report.findings[0].text
    check_repair(look, mended={Fault.INDEX})


def test_a_missing_index_is_found_and_written(look, settings):
    shutil.rmtree(settings.index_folder)
    report = look()
    assert faults(report) == [(Fault.INDEX, None)] and report.snapshot is None and report.n_firms == 5
    check_repair(look, mended={Fault.INDEX})


def test_a_pointer_to_nowhere_is_found(look, settings):
    (settings.index_folder / "CURRENT").write_bytes(b"\xff\xfe")
    assert faults(look()) == [(Fault.INDEX, None)]
    check_repair(look, mended={Fault.INDEX})


def test_an_index_of_another_encoder_is_found_and_replaced(indexed, settings, tmp_path):
    other = CachedEncoder(HashEncoder(32), tmp_path / "other.sqlite3")
    report = verify(indexed, settings, other)
    assert faults(report) == [(Fault.INDEX, None)] and "'hash-128' (128 dimensions)" in report.findings[0].text
    assert report.n_vectors == 0 and report.n_compared == 4
    report = verify(indexed, settings, other, repair=True)
    assert report.is_sound and report.n_waiting == 5 and load_snapshot(settings.index_folder).encoder_id == "hash-32"
    drain(indexed, other, settings)
    assert verify(indexed, settings, other).n_waiting == 0
    other.close()


def test_an_index_of_another_database_is_found_and_replaced(look, indexed):
    write(indexed, update(clock).values(database_id="another"))
    report = look()
    assert faults(report) == [(Fault.INDEX, None)] and "of another database" in report.findings[0].text
    check_repair(look, mended={Fault.INDEX})


# -- vectors


def test_a_vector_that_differs_from_the_store_is_found_and_made_again(look, indexed, encoder, settings):
    with encoder._lock:
        wrong = np.full(128, 0.5, dtype=np.float32).tobytes()
        encoder._db.execute("UPDATE vectors SET vector = ? WHERE key = ?", (wrong, encoder.key(TEXTS[0])))
    report = look()
    assert faults(report) == [(Fault.VECTOR, None)] and "1 of 4 vectors differ" in report.findings[0].text
    assert look(repair=True).is_sound
    drain(indexed, encoder, settings)
    after = look()
    assert after.is_sound and after.n_waiting == 0 and after.n_vectors == 5
    assert np.allclose(encoder.cached(TEXTS)[TEXTS[0]], HashEncoder(128).encode(TEXTS[:1])[0])


def test_vectors_that_nobody_would_make_are_found_and_made(look, indexed, encoder, settings):
    drain(indexed, encoder, settings)
    with encoder._lock:
        encoder._db.execute("DELETE FROM vectors WHERE key = ?", (encoder.key(TEXTS[1]),))
    with indexed.read() as tx:
        every, newest = firms_repository.all_firms(tx), tx.execute(select(clock.c.change)).scalar_one()
    save_snapshot(build_snapshot(every, encoder, change=newest, words_only=True), settings.index_folder)
    report = look()
    assert faults(report) == [(Fault.VECTOR, None)] and "1 passages have no vector" in report.findings[0].text
    look(repair=True)
    drain(indexed, encoder, settings)
    assert look().is_sound and look().n_waiting == 0


# -- beside a worker


def test_a_repair_waits_for_a_worker_and_gives_the_index_back(look, indexed, settings):
    write(indexed, update(firms).where(firms.c.id == "f0").values(kind="funder"))
    assert jobs.hold(indexed, jobs.INDEX_LEASE, "a worker that died", 0.5)
    check_repair(look, mended={Fault.COLUMNS})
    with indexed.read() as tx:
        assert tx.execute(select(leases)).first() is None


def test_a_repair_beside_a_busy_worker_is_refused(indexed, encoder, settings, monkeypatch):
    monkeypatch.setattr(service.verify, "PATIENCE_SECONDS", 0.5)
    write(indexed, update(firms).where(firms.c.id == "f0").values(kind="funder"))
    assert jobs.hold(indexed, jobs.INDEX_LEASE, "a busy worker", 600)
    before = all_rows(indexed)
    quick = settings.model_copy(update={"lease_seconds": 0.1})
    with pytest.raises(Conflict, match="a worker is at the index"):
        verify(indexed, quick, encoder, repair=True)
    assert all_rows(indexed) == before
