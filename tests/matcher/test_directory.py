import functools
from datetime import date

import pytest

from matcher.sources.directory import propose_mapping, read_directory
from matcher.sources.report import build_report
from matcher.types import StatementKind

from .directory_files import firms, said, write_file, write_workbook
from .messy_workbook import write_messy_workbook

TODAY = date(2024, 6, 1)


@pytest.fixture
def write(tmp_path):
    return functools.partial(write_file, tmp_path)


@pytest.fixture
def write_book(tmp_path):
    return functools.partial(write_workbook, tmp_path)


# ---------------------------------------------------------------- the messy workbook


def test_messy_workbook_is_read_without_editing_it(tmp_path):
    path = tmp_path / "messy.xlsx"
    write_messy_workbook(path)
    read = read_directory(path, today=TODAY)
    assert [(line, f.id, f.city, f.postal_code, f.website, f.employees, f.member) for line, f in read.records] == [
        (5, "1234567-ontario-inc-o-a-acme-tool-ltd", "Milton", "L9T 1X1", "https://www.acme.example", 25, True),
        (6, "fonderie-levis-ltee", "Milton", "L9T 2B2", "https://fonderie.example", None, True),
        (9, "weld-rite-limited", "Georgetown", "L7G 4S8", "http://www.weld-rite.example", 12, True),
        (12, "precision-delta-inc", "Oakville", "L6H 0A1", None, None, None),
        (13, "delta-tool-co-burlington", "Burlington", None, "https://delta.example", 1250, False),
        (14, "delta-tool-co-guelph", "Guelph", None, None, 8, True),
        (5, "acme-tool-limited", "Milton", None, "https://acme.example", 25, False),
        (7, "plastiques-nord", "Acton", None, None, None, False),
    ]
    acme, fonderie, weld, delta = firms(read)[:4]
    assert acme.name == "1234567 Ontario Inc. o/a Acme Tool Ltd."
    assert {statement.source for firm in firms(read) for statement in firm.statements} == {"messy.xlsx"}
    assert said(acme, "capability") == ["Machine shops", "CNC milling", "turning", "grinding"]
    assert acme.certifications == ("ISO 9001:2015", "AS9100D") and acme.naics == ("332710",)
    assert acme.of_kind(StatementKind.NAICS)[0].edition == "2022"
    assert said(acme, "membership") == ["Status: Active", "Expiry Date: 2024-12-31"]
    assert said(acme, "note") == ["Booth colour: blue"]
    assert said(fonderie, "capability") == [
        "Machine shops",  # the merged cell
        "We pour grey iron and aluminium castings for pumps. Call [phone].",
    ]
    assert said(fonderie, "size") == ["# of employees: 25-50"] and fonderie.naics == ("331511", "331523")
    assert (fonderie.province, fonderie.certifications) == ("ON", ())
    assert said(weld, "capability") == ["Welding", "TIG welding", "MIG welding", "Pipe welding"]
    assert said(delta, "capability") == ["Machine shops", "=Special= fixtures"] and delta.naics == ()
    assert said(delta, "note") == [
        "# of employees: 2024-10-19", "NAICS 2022: 33271A", "Booth colour: =A1+1 is text", "Section: SERVICE PROVIDERS",
    ]  # fmt: skip


def test_messy_workbook_reports_all_that_was_left_out(tmp_path):
    path = tmp_path / "messy.xlsx"
    write_messy_workbook(path)
    read = read_directory(path, today=TODAY)
    assert read.dropped == {
        "Contact(s)": 6, "E-mail": 6, "Phone": 2, "Courriel": 3, "e-mail or telephone in text": 1,
    }  # fmt: skip
    assert [(r.line, r.field, r.value) for r in read.refused] == [
        (6, "id", "weld-rite-limited"),
        (16, "Company Name", ""),
    ]
    assert read.refused[0].reason == (
        "the same firm stands on row 9 (sheet 'Members') with another membership; keep one of the two "
        "(sheet 'Lapsed members')"
    )
    assert read.refused[1].reason == "the row has no name of a firm; fill it in (sheet 'Members')"
    members, lapsed = "sheet 'Members': ", "sheet 'Lapsed members': "
    assert read.notes == (
        "sheet 'Notes & instructions' was not read: it has no column of names of firms, or the mapping leaves it out",
        members + "formulas without a stored value were taken as empty: 1 (row 20); open the file in a spreadsheet "
        "program and save it",
        members + "column 'No.' was left out: it counts rows, or the mapping says so",
        members + "1 blank row skipped (row 15)",
        members + "1 repeated header row skipped (row 11)",
        members + "1 totals row skipped (row 17)",
        members + "1 section row skipped (row 7)",
        members + "1 row of contacts only skipped (row 8)",
        members + "2 rows above the headers skipped (rows 1 and 2)",
        members + "headcounts that a spreadsheet turned into dates (10-19) were kept as notes: 1 (row 12)",
        members + "industry codes without 2 to 6 digits were kept as notes: 1 (row 12)",
        members + "firms have an active status and an expiry date that is past: taken as members: 1 (row 14)",
        lapsed + "1 totals row skipped (row 8)",
        lapsed + "1 row above the headers skipped (row 1)",
        lapsed + "taken as former members or none by the name of the sheet or section: 3",
        "1 row joined with an earlier one of the same firm: row 10 (sheet 'Members') to row 9 (sheet 'Members')",
    )
    report, stored = build_report(path.name, read, {})
    assert (report.n_read, len(stored)) == (10, 8)
    assert [(d.firm_id, d.other_id, d.reason) for d in report.duplicates] == [
        ("1234567-ontario-inc-o-a-acme-tool-ltd", "acme-tool-limited", "same website"),
    ]


def test_messy_workbook_leaks_no_contact_and_is_the_same_again(tmp_path):
    path = tmp_path / "messy.xlsx"
    write_messy_workbook(path)
    read = read_directory(path, today=TODAY)
    everything = repr(read) + propose_mapping(path).to_json()
    for secret in ("Jane", "Roy", "Tremblay", "Patel", "Singh", "Tom", "@", "555-", "555.", "nowhere.example"):
        assert secret not in everything, secret
    first, stored = build_report(path.name, read, {})
    held = {firm.id: firm for firm in stored}
    again, changed = build_report(path.name, read_directory(path, today=TODAY), held, held)
    assert again.unchanged == first.new and not changed and again.disappeared == ()


# ---------------------------------------------------------------- rows


def test_rows_that_are_no_firms_are_skipped_and_counted(write):
    path = write(
        "a.csv",
        "Member list\n"
        "Company,City,Employees\n"
        "A\n"
        "Acme,Milton,5\n"
        "\n"
        "Lapsed members\n"
        "Total Tool Inc.,Acton,7\n"
        "company,CITY,employees\n"
        "Only a name known\n"
        "Sub-total,,7\n"
        "Grand Total: 2,,12\n"
        '"Source: the chamber\'s own file, May 2024"\n'
        "\n",
    )
    read = read_directory(path)
    assert [(f.name, f.member) for f in firms(read)] == [
        ("Acme", None), ("Total Tool Inc.", False), ("Only a name known", False),
    ]  # fmt: skip
    assert read.notes == (
        "1 blank row skipped (row 5)",
        "1 repeated header row skipped (row 8)",
        "2 totals rows skipped (rows 10 and 11)",
        "2 section rows skipped (rows 3 and 6)",
        "1 remark below or between the rows skipped (row 12)",
        "1 row above the headers skipped (row 1)",
        "taken as former members or none by the name of the sheet or section: 2",
    )
    assert said(firms(read)[1], "note") == ["Section: Lapsed members"]


def test_membership_by_status_and_by_date(write):
    rows = [
        ("Active", "", True), ("Actif", "", True), ("Current", "", True), ("Lapsed", "", False), ("Expired", "", False),
        ("Former member", "", False), ("Ancien membre", "", False), ("Inactive", "", False), ("Non-member", "", False),
        ("Gold", "", None), ("Pending", "", None), ("", "", None), ("", "2024-05-31", False), ("", "2024-06-01", True),
        ("", "31/12/2023", False), ("", "5 juin 2024", True), ("", "Dec 2023", False), ("", "2023", False),
        ("", "07/05/2024", None), ("", "soon", None), ("Lapsed", "2030-01-01", False), ("Active", "2020-01-01", True),
    ]  # fmt: skip
    lines = "".join(f"F{i},{status},{expires}\n" for i, (status, expires, _) in enumerate(rows))
    path = write("a.csv", "Company,Membership status,Expiry date\n" + lines)
    read = read_directory(path, today=TODAY)
    assert [(*rows[i][:2], f.member) for i, f in enumerate(firms(read))] == rows
    assert "firms have an active status and an expiry date that is past: taken as members: 1 (row 23)" in read.notes
    undated = read_directory(path)
    assert [f.member for f in firms(undated)] == [None if expires and not s else m for s, expires, m in rows]


def test_several_values_in_one_cell(write):
    path = write(
        "a.csv",
        "Company,Capabilities,NAICS,Certifications,Employees,Website\n"
        'Acme,"CNC; welding | painting\n• assembly","332710, 333511","ISO 9001:2015 and AS9100, CWB",25 employees,'
        '"acme.example, www.acme-tool.example"\n'
        'Bolt,"milling, turning, and 5-axis work","332710 - Machine shops; 3335",n/a,~25,coming soon\n'
        'Cast,"We pour iron, bronze and aluminium, and machine it.",31-33 Manufacturing,,0,HTTP://Cast.example/\n',
    )
    acme, bolt, cast = firms(read_directory(path))
    assert said(acme, "capability") == ["CNC", "welding", "painting", "assembly"]
    assert acme.naics == ("332710", "333511") and acme.certifications == ("ISO 9001:2015", "AS9100", "CWB")
    assert (acme.employees, acme.website) == (25, "https://acme.example")
    assert said(acme, "note") == ["Website: www.acme-tool.example"]
    assert said(bolt, "capability") == ["milling", "turning", "5-axis work"]
    assert said(bolt, "naics") == ["332710 Machine shops", "3335"] and bolt.certifications == ()
    assert (bolt.employees, said(bolt, "size"), said(bolt, "note")) == (
        None,
        ["Employees: ~25"],
        ["Website: coming soon"],
    )
    assert said(cast, "capability") == ["We pour iron, bronze and aluminium, and machine it."]
    assert (said(cast, "note"), cast.naics) == (["NAICS: 31-33 Manufacturing"], ())
    assert (cast.employees, said(cast, "size"), cast.website) == (None, ["Employees: 0"], "http://cast.example")


def test_a_column_for_each_certificate(write):
    read = read_directory(write("a.csv", "Company,ISO 9001,CWB\nAcme,Yes,x\nBolt,no,\n"))
    assert [f.certifications for f in firms(read)] == [("ISO 9001", "CWB"), ()]
    assert said(firms(read)[1], "note") == ["ISO 9001: no"]


def test_town_and_province_from_a_whole_address(write):
    path = write("a.csv", 'Company,Address\nAcme,"12 Main St, Unit 4, Milton, ON L9T 1X1"\nBolt,PO Box 3\n')
    acme, bolt = firms(read_directory(path))
    assert (acme.city, acme.province, acme.postal_code) == ("Milton", "ON", "L9T 1X1")
    assert said(acme, "place") == ["12 Main St, Unit 4, Milton, ON L9T 1X1"]
    assert (bolt.city, said(bolt, "place")) == (None, ["PO Box 3"])


def test_a_chamber_and_a_university_in_the_list_are_what_their_names_say(write):
    text = "Company,City\nMilton Chamber of Commerce,Milton\nUniversity of Guelph,Guelph\nCollege Tool Ltd.,Milton\n"
    assert [f.kind for f in firms(read_directory(write("a.csv", text)))] == ["chamber", "research", "firm"]


# ---------------------------------------------------------------- ids


def test_ids_do_not_depend_on_the_order_of_rows(write):
    rows = ["Acme,Milton,5", "Acme,Guelph,6", "Bolt Ltée,Acton,7", "Élan,Milton,8"]
    head = "Company,City,Employees\n"
    one = read_directory(write("a.csv", head + "\n".join(rows)))
    other = read_directory(write("a.csv", head + "\n".join(reversed(rows))))
    assert [f.id for f in firms(one)] == ["acme-milton", "acme-guelph", "bolt-ltee", "elan"]
    assert {f.id: f for f in firms(one)} == {f.id: f for f in firms(other)}


def test_repeats_are_joined_when_they_complete_each_other_and_refused_when_not(write):
    path = write(
        "a.csv",
        "Company,City,Employees,Products,Website\n"
        "Acme,Milton,,dies,\n"
        "ACME,milton,12,jigs,acme.example\n"
        "Acme,Milton,13,saws,\n"
        "Acme,,,taps,\n",
    )
    read = read_directory(path)
    (firm,) = firms(read)
    assert (firm.id, firm.name, firm.employees, firm.website) == ("acme", "Acme", 12, "https://acme.example")
    assert said(firm, "product") == ["dies", "jigs", "taps"]
    assert [(r.line, r.field, r.value, r.reason) for r in read.refused] == [
        (4, "id", "acme", "the same firm stands on row 2 with another number of employees; keep one of the two")
    ]
    assert read.notes == ("2 rows joined with an earlier one of the same firm: row 3 to row 2, row 5 to row 2",)
    report, _ = build_report("a.csv", read, {}, {"acme": firm})
    assert (report.n_read, report.disappeared) == (2, ())


def test_member_ids_are_ids_when_each_names_one_firm(write):
    read = read_directory(write("a.csv", "Member ID,Company\nM 17,Acme\nM 18,Bolt\n,Cast\n"))
    assert [f.id for f in firms(read)] == ["m-17", "m-18", "cast"]
    assert read.notes == ("1 row without a member id: the firm's id was made from its name",)
    read = read_directory(write("b.csv", "Member ID,Company\n17,Acme\n17,Bolt\n"))
    assert [f.id for f in firms(read)] == ["acme", "bolt"]
    assert "member ids not used as ids: 1 of them name two firms" in read.notes[0]


def test_two_names_that_make_one_id_are_told_apart(write):
    long = "x" * 90
    read = read_directory(write("a.csv", f"Company,City\n{long} one,Milton\n{long} two,Milton\nAcme Milton,Acton\n"))
    ids = [f.id for f in firms(read)]
    assert len(set(ids)) == 3 and all(len(key) <= 80 for key in ids)


def test_a_firm_whose_row_is_refused_has_not_disappeared(write):
    held = {f.id: f for f in firms(read_directory(write("a.csv", "Member ID,Company\n17,Acme\n18,Bolt\n19,Cast\n")))}
    read = read_directory(write("a.csv", f"Member ID,Company\n17,Acme\n18,{'n' * 501}\n"))
    report, _ = build_report("a.csv", read, held, held)
    assert (report.unchanged, report.disappeared) == (("17",), ("19",))
