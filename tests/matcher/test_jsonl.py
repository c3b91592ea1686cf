import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from matcher.errors import RowError, SourceError
from matcher.records import firm_from_row, project_from_row, to_dict
from matcher.sources.duplicates import normal_name, possible_duplicates
from matcher.sources.jsonl import LONGEST_LINE, read_firms, read_projects, write_jsonl, write_lines
from matcher.sources.report import build_report
from matcher.types import StatementKind

DATA = Path(__file__).parent.parent.parent / "data"


def test_every_shipped_row_loads_and_round_trips():
    for name in ("firms.jsonl", "firms_halton_2017.jsonl"):
        read = read_firms(DATA / "directory" / name)
        assert read.refused == () and len(read.records) in (340, 259)
        assert all(firm_from_row(to_dict(firm)) == firm for _, firm in read.records)
    assert len(read_projects(DATA / "projects" / "projects.jsonl").records) == 49


def test_examples_are_six_open_calls_with_detail():
    today = date(2030, 5, 1)
    read = read_projects(DATA / "projects" / "examples.jsonl", today=today)
    assert read.refused == () and len(read.records) == 6
    for _, project in read.records:
        assert project.title.startswith("Example: ") and project.lead is None and project.city
        assert project.closes and project.closes > "2030-05-01" and len(project.needs) >= 5
        assert any(need.tolerance or need.certificate for need in project.needs)
        assert all(need.origin == "stated" for need in project.needs)


def test_bad_rows_are_refused_with_line_and_reason_and_the_rest_loads(tmp_path):
    path = tmp_path / "firms.jsonl"
    good = json.dumps({"id": "a", "name": "A", "profile": "Call 905-555-0123 or x@y.example now."})
    bad = [
        "{oops",
        "[1]",
        '{"id": "b"}',
        '{"id": "c", "name": "C", "colour": "red"}',
        '{"id": "a", "name": "again"}',
    ]
    path.write_text("\ufeff" + "\r\n".join([good, *bad, ""]), encoding="utf-8")
    read = read_firms(path)
    report, stored = build_report("firms.jsonl", read, {})
    assert [(r.line, r.field) for r in report.refused] == [
        (2, "row"),
        (3, "row"),
        (4, "name"),
        (5, "colour"),
        (6, "id"),
    ]
    assert "line 1 already" in report.refused[-1].reason
    assert report.n_read == 6 and report.new == ("a",)
    assert stored[0].statements[0].text == "Call [phone] or [email] now."
    assert report.dropped == {"e-mail or telephone in text": 2}


def test_import_again_changes_nothing_and_tells_what_disappeared(tmp_path):
    path = tmp_path / "firms.jsonl"
    firms = [firm_from_row({"id": key, "name": key}) for key in "abc"]
    write_jsonl(path, firms)
    stored = {firm.id: firm for firm in firms}
    report, changed = build_report("f", read_firms(path), stored, stored)
    assert report.unchanged == ("a", "b", "c") and not changed
    write_jsonl(path, [firm_from_row({"id": "a", "name": "A2"}), firms[1]])
    report, changed = build_report("f", read_firms(path), stored, stored)
    assert report.updated == ("a",) and report.disappeared == ("c",) and changed[0].name == "A2"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"statements": [{"text": "t", "colour": "red"}]}, "statements.colour"),
        ({"statements": [{"id": "s", "text": "one"}, {"id": "s", "text": "two"}]}, "statements.id"),
        ({"statements": {}}, "statements"),
        ({"employees": 12.5}, "employees"),
        ({"employees": "12"}, "employees"),
        ({"as_of": "2021-02-29"}, "as_of"),
        ({"capabilities": "welding"}, "capabilities"),
        ({"naics": ["machine shop"]}, "naics"),
    ],
)
def test_nothing_in_a_row_is_lost_in_silence(row, field):
    with pytest.raises(RowError) as caught:
        firm_from_row({"id": "a", "name": "A"} | row, line=7)
    assert (caught.value.line, caught.value.field) == (7, field)


def test_relative_dates_count_from_the_day_of_loading_and_are_refused_without_one():
    row = {"id": "p", "title": "P", "closes": "+45d", "checked": "-1d"}
    project = project_from_row(row, today=date(2026, 12, 31))
    assert (project.closes, project.checked) == ("2027-02-14", "2026-12-30")
    with pytest.raises(RowError, match="expected a day that exists"):
        project_from_row(row)


def test_a_packed_file_that_breaks_off_or_unpacks_to_one_endless_line_says_so(tmp_path):
    path = tmp_path / "firms.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": "a", "name": "A"}\n' * 5000)[:-20])
    with pytest.raises(SourceError, match="cannot be read after line"):
        read_firms(path)
    path.write_bytes(b"\x1f\x8b" + b"\x00" * 50)
    with pytest.raises(SourceError, match="expected a JSON Lines file"):
        read_firms(path)
    path.write_bytes(gzip.compress(b" " * (LONGEST_LINE + 1)))
    with pytest.raises(SourceError, match="line 1 is longer than 16 MB"):
        read_firms(path)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "firms.jsonl"
    write_lines(path, [b"old"])

    def lines():
        yield b"new"
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_lines(path, lines())
    assert path.read_bytes() == b"old\n"


def test_empty_and_missing_files_say_so(tmp_path):
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(SourceError, match="is empty: expected one JSON object a line"):
        read_firms(tmp_path / "empty.jsonl")
    with pytest.raises(SourceError, match="cannot be read"):
        read_firms(tmp_path / "none.jsonl")


def test_open_data_profile_is_repaired_before_offsets(tmp_path):
    row = {
        "id": "ccc-1", "legal_name": "Energy Ltd.", "operating_name": "[email] Inc.", "city": "ST. JACOBS",
        "province": "Ontario", "employees": "0", "naics_primary": "332710 - Machine Shops", "naics_alt": [],
        "profile": "We\x92re welders.", "lang": "und", "quality_certification": "ISO 9001",
        "alternate_name": "Sparks", "year_established": "1974", "exporting": "Yes", "export_experience": ["Chile"],
        "offerings": [{"type": "service", "name": "Welding", "desc": "TIG"}],
    }  # fmt: skip
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps(row))
    read = read_firms(path)
    firm = read.records[0][1]
    assert (firm.name, firm.city, firm.province, firm.employees) == ("Energy Ltd.", "St. Jacobs", "ON", None)
    assert firm.naics == ("332710",) and firm.certifications == ("ISO 9001",)
    assert [s.text for s in firm.statements[:2]] == ["We’re welders.", "Welding: TIG"]
    assert read.repaired == {"control characters": 1, "masked names": 1}
    notes = [s.text for s in firm.of_kind(StatementKind.NOTE)]
    assert notes == ["also known as: Sparks", "founded: 1974", "exports to: Chile", "operating name: [email] Inc."]


def test_possible_duplicates_by_site_and_by_name():
    rows = [
        {"id": "a", "name": "Acme Tool Ltd.", "city": "Milton"},
        {"id": "b", "name": "123 Ontario Inc. o/a ACME Tool Limited", "city": "milton"},
        {"id": "c", "name": "Acme Tool", "city": "Guelph"},
        {"id": "d", "name": "Other", "website": "https://www.acme.example"},
        {"id": "e", "name": "Sibling", "website": "acme.example/about"},
    ]
    found = possible_duplicates([firm_from_row(row) for row in rows])
    assert [(d.firm_id, d.other_id, d.reason) for d in found] == [
        ("a", "b", "close name and place"),
        ("d", "e", "same website"),
    ]
    assert normal_name("The Écran Co. Ltd.") == "ecran"
