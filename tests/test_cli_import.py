import gzip
import json
import random
import signal
import subprocess
import time

import command_line
import openpyxl
import pytest
from command_line import COMMAND, ROOT

from matcher.errors import SourceError
from matcher.library import Library
from matcher.records import firm_from_row
from matcher.sources.report import ReadResult

BRIEF = """# Cold plates for vans

We build electric vans in Milton, Ontario.

## We are looking for

- brazed aluminium cold plates, 300 pieces
- helium leak testing of trays

Call Pat Example at 905-555-0123 or write to pat@example.org.
"""


def run(*arguments, **options):
    return command_line.run("import", *arguments, **options)


def report(*arguments, **options):
    return command_line.run_json("import", *arguments, **options)


def lines(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def firm(key, **row):
    return {"id": key, "name": f"Firm {key}", "capabilities": ["casting", "milling"]} | row


def test_the_same_file_twice_changes_nothing_and_what_left_it_is_told_once(tmp_path):
    at = ("--library", tmp_path / "library")
    path = lines(tmp_path / "firms.jsonl", firm("a"), firm("b"))
    assert report(path, *at)["new"] == ["a", "b"]
    again = report(path, *at)
    assert again["unchanged"] == ["a", "b"] and not again["new"] + again["updated"]
    lines(path, firm("a", capabilities=["casting", "welding"]))
    third = report(path, *at)
    assert (third["updated"], third["disappeared"]) == (["a"], ["b"])
    assert report(path, *at)["disappeared"] == []
    stored = Library(tmp_path / "library").firms()
    assert [s.text for s in stored["a"].statements] == ["casting", "welding"] and "b" in stored


def test_what_staff_retracted_stays_so_even_when_the_firm_left_the_file_and_came_back(tmp_path):
    library = Library(tmp_path / "library")
    at = ("--library", library.folder)
    path = lines(tmp_path / "firms.jsonl", firm("a"), firm("b"))
    run(path, *at)
    lines(library.folder / "firms.jsonl", firm("a", capabilities=["casting"], city="Milton"), firm("b"))
    lines(path, firm("b"))
    assert report(path, *at)["disappeared"] == ["a"]
    lines(path, firm("a"), firm("b"))
    assert report(path, *at)["unchanged"] == ["a", "b"]
    stored = library.firms()["a"]
    assert [s.text for s in stored.statements] == ["casting"] and stored.city == "Milton"


def test_a_file_under_another_name_is_the_same_source_when_told_so(tmp_path):
    at = ("--library", tmp_path / "library", "--source", "members")
    run(lines(tmp_path / "2025.jsonl", firm("a"), firm("b")), *at)
    assert report(lines(tmp_path / "2026.jsonl", firm("a")), *at)["disappeared"] == ["b"]


def test_check_reports_and_stores_nothing(tmp_path):
    path = lines(tmp_path / "firms.jsonl", firm("a"), {"id": "b"})
    done = run(path, "--check", "--library", tmp_path / "library")
    assert "2 read, 1 new, 0 updated, 0 unchanged, 1 refused" in done.stdout and "nothing was stored" in done.stdout
    assert "refused line 2: name '': expected a text" in done.stdout
    assert not (tmp_path / "library").exists()


def test_a_library_that_remembers_ids_only_still_tells_what_disappeared(tmp_path):
    library = Library(tmp_path / "library")
    library.folder.mkdir()
    lines(library.folder / "firms.jsonl", firm("a"), firm("b"))
    (library.folder / "sources.json").write_text(json.dumps({"firms.jsonl": ["a", "b"]}))
    path = lines(tmp_path / "firms.jsonl", firm("a", capabilities=["milling"]))
    found = report(path, "--library", library.folder)
    assert (found["updated"], found["disappeared"]) == (["a"], ["b"])
    assert [s.text for s in library.firms()["a"].statements] == ["milling"]


def test_a_file_of_which_no_row_can_be_read_fails_hints_and_forgets_nothing(tmp_path):
    at = ("--library", tmp_path / "library")
    path = lines(tmp_path / "f.jsonl", firm("a"))
    run(path, *at)
    lines(path, {"id": "p", "title": "P", "stage": "call"})
    done = run(path, *at, code=1)
    assert "unknown field" in done.stdout and "add `--kind projects`" in done.stderr
    assert report(lines(path, firm("b")), *at)["disappeared"] == ["a"]


def test_stdin_and_packed_files_are_read(tmp_path):
    at = ("--library", tmp_path / "library")
    assert report("-", *at, stdin=json.dumps(firm("a")))["new"] == ["a"]
    (tmp_path / "f.jsonl.gz").write_bytes(gzip.compress(json.dumps(firm("b")).encode()))
    assert report(tmp_path / "f.jsonl.gz", *at)["new"] == ["b"]
    assert set(Library(tmp_path / "library").firms()) == {"a", "b"}


def directory(path):
    sheet = openpyxl.Workbook()
    sheet.active.append(["Société", "Ville", "Courriel", "Ce que nous faisons", "Remarque"])
    sheet.active.append(["Acme Tool Ltd.", "Milton", "pat@example.org", "Moulage et usinage", "since 1990"])
    sheet.active.append(["Beta Steel Inc.", "Guelph", "kim@example.org", "Laser cutting", ""])
    sheet.save(path)
    return path


def test_a_directory_is_read_with_its_mapping_saved_and_reused_and_contacts_dropped(tmp_path):
    at = ("--library", tmp_path / "library")
    path, saved = directory(tmp_path / "membres.xlsx"), tmp_path / "mapping.json"
    done = run(path, *at, "--save-mapping", saved)
    assert "2 read, 2 new" in done.stdout and "left out: 2 x Courriel" in done.stdout
    assert "example.org" not in done.stdout + done.stderr
    columns = json.loads(saved.read_text(encoding="utf-8"))["columns"]
    assert columns["Société"] == "name" and columns["Ville"] == "city"
    assert "example.org" not in "".join(p.read_text() for p in (tmp_path / "library").rglob("*.jsonl"))
    columns["Ville"] = "note"
    saved.write_text(json.dumps(json.loads(saved.read_text()) | {"columns": columns}))
    again = report(path, *at, "--mapping", saved)
    assert again["mapping"]["Ville"] == "note" and again["dropped"] == {"Courriel": 2}
    plain = run(path, "--library", tmp_path / "other", "--mapping", tmp_path / "none.json", code=1)
    assert "expected what --save-mapping wrote" in plain.stderr


def test_a_brief_becomes_a_project_with_its_needs_shown(tmp_path):
    at = ("--library", tmp_path / "library", "--kind", "projects")
    (tmp_path / "brief.md").write_text(BRIEF, encoding="utf-8")
    done = run(tmp_path / "brief.md", *at)
    assert "1 read, 1 new" in done.stdout and "Cold plates for vans (cold-plates-for-vans)" in done.stdout
    assert "): brazed aluminium cold plates (material aluminium, quantity 300 pieces)" in done.stdout
    assert "555-0123" not in done.stdout + done.stderr and "example.org" not in done.stdout + done.stderr
    stored = Library(tmp_path / "library").projects()["cold-plates-for-vans"]
    assert any("leak testing" in need.text for need in stored.needs)
    again = report(tmp_path / "brief.md", *at)
    assert again["unchanged"] == ["cold-plates-for-vans"]
    assert [need["need"]["text"] for need in again["brief"]["needs"]] == [need.text for need in stored.needs]
    assert report(tmp_path / "brief.md", *at, "--id", "plates-2")["new"] == ["plates-2"]


@pytest.mark.parametrize(
    ("name", "options", "code", "message"),
    [
        ("brief.pdf", [], 1, "for a project's brief add `--kind projects`"),
        ("members.csv", ["--kind", "projects"], 1, "for a directory of firms leave out `--kind projects`"),
        ("none.jsonl", [], 1, "cannot be read"),
        ("empty.jsonl", [], 1, "is empty"),
        ("firms.jsonl", ["--mapping", "m.json"], 2, "are for tables"),
        ("firms.jsonl", ["--id", "x"], 2, "--id is for a project's brief"),
        ("firms.jsonl", ["--kind", "chambers"], 2, "is not one of"),
    ],
)
def test_what_does_not_fit_is_told_with_its_cure(tmp_path, name, options, code, message):
    for made in ("brief.pdf", "members.csv"):
        (tmp_path / made).write_text("Company,City\nA,Milton\n")
    lines(tmp_path / "firms.jsonl", firm("a"))
    (tmp_path / "empty.jsonl").touch()
    done = run(tmp_path / name, *options, "--library", tmp_path / "library", code=code)
    assert message in done.stderr and done.stdout == ""


def test_a_damaged_library_stops_rather_than_lose_a_row_at_the_next_write(tmp_path):
    library = Library(tmp_path)
    (tmp_path / "firms.jsonl").write_text('{"id": "a", "name": "A"}\n{"id": "b"')
    with pytest.raises(SourceError, match="firms.jsonl' line 2 cannot be read"):
        library.firms()
    path = lines(tmp_path / "new.jsonl", firm("c"))
    assert "library's own file is damaged" in run(path, "--library", tmp_path, code=1).stderr
    assert (tmp_path / "firms.jsonl").read_text().count("\n") == 1


def test_names_that_make_one_slug_are_two_sources(tmp_path):
    library = Library(tmp_path)
    for source, key in (("members (1).csv", "a"), ("members-1.csv", "b")):
        read = ReadResult(((1, firm_from_row(firm(key))),))
        assert library.import_firms(source, read).disappeared == ()


@pytest.mark.slow
def test_an_import_killed_at_any_moment_and_done_again_loses_nothing(tmp_path):
    n_rows = 2500
    path = lines(tmp_path / "firms.jsonl", *(firm(f"f{i}", profile=f"We make part {i}.") for i in range(n_rows)))
    library = Library(tmp_path / "library")
    command = [*COMMAND, "import", str(path), "--library", str(library.folder)]
    began = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    whole = time.monotonic() - began
    expected = library.firms()
    assert len(expected) == n_rows
    chance = random.Random(7)
    for _ in range(6):
        for name in ("firms.jsonl", "lock"):
            (library.folder / name).unlink(missing_ok=True)
        for old in library.folder.glob("imports/*"):
            old.unlink()
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(0.4, 1.0) * whole)
            process.send_signal(signal.SIGKILL)
        stored = library.firms()
        assert stored in ({}, expected)  # whole, or not there
        again = report(path, "--library", library.folder)
        assert len(again["new"]) + len(again["unchanged"]) == n_rows and again["refused"] == []
        assert library.firms() == expected and not list(library.folder.rglob("*.part"))
