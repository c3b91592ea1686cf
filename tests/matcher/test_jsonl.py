import json
from datetime import date
from pathlib import Path

import pytest

from matcher.errors import SourceError
from matcher.records import firm_from_row, to_dict
from matcher.sources.duplicates import normal_name, possible_duplicates
from matcher.sources.jsonl import read_firms, read_projects, write_jsonl
from matcher.sources.report import build_report

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
    report, changed = build_report("f", read_firms(path), stored, {"a", "b", "c"})
    assert report.unchanged == ("a", "b", "c") and not changed
    write_jsonl(path, [firm_from_row({"id": "a", "name": "A2"}), firms[1]])
    report, changed = build_report("f", read_firms(path), stored, {"a", "b", "c"})
    assert report.updated == ("a",) and report.disappeared == ("c",) and changed[0].name == "A2"


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
