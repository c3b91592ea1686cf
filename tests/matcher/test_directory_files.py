import functools
import json
import re
import subprocess
import sys
import zipfile
from datetime import date

import pytest

from matcher.errors import SourceError
from matcher.sources.directory import DirectoryMapping, TableLimits, propose_mapping, read_directory

from .directory_files import firms, names, said, write_file, write_workbook

TODAY = date(2024, 6, 1)


@pytest.fixture
def write(tmp_path):
    return functools.partial(write_file, tmp_path)


@pytest.fixture
def write_book(tmp_path):
    return functools.partial(write_workbook, tmp_path)


# ---------------------------------------------------------------- text files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "mac_roman"])
def test_encodings(write, encoding):
    text = (
        "Entreprise,Ville,Activités\nFonderie Générale Ltée,Lévis,pièces coulées à façon\nAcier L’Étoile,Québec,tôle\n"
    )
    read = read_directory(write("a.csv", text, encoding))
    assert [(f.name, f.city) for f in firms(read)] == [
        ("Fonderie Générale Ltée", "Lévis"),
        ("Acier L’Étoile", "Québec"),
    ]
    old = {"cp1252": "read as Windows-1252", "mac_roman": "read as Mac Roman"}.get(encoding)
    assert [note.split(",")[0] for note in read.notes] == ([old] if old else [])


def test_accented_letter_on_the_last_line_only_and_a_file_of_two_encodings(write):
    many = "Company,City\n" + "".join(f"Firm {i},Milton\n" for i in range(5_000))
    read = read_directory(write("a.csv", many.encode() + "Étoile,Lévis\n".encode("cp1252")))
    assert len(read.records) == 5_001 and names(read)[-1] == "Étoile"
    mixed = "Company,City\nCafé Général,Québec\n".encode() + "Étoile,Milton\n".encode("cp1252")
    read = read_directory(write("b.csv", mixed))
    assert names(read) == ["Café Général", "Étoile"]
    assert read.notes == ("characters that are not UTF-8 were read as Windows-1252: 1",)


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolon"), ("\t", "tab"), ("|", "vertical bar"), (",", None)])
def test_separators(write, sign, name):
    rows = [["Company", "City", "Description"], ["Acme", "Milton", '"cuts, bends; and welds"'], ["Bolt", "Acton", "a"]]
    read = read_directory(write("a.txt", "\r\n".join(sign.join(row) for row in rows)))
    assert [said(f, "summary") for f in firms(read)] == [["cuts, bends; and welds"], ["a"]]
    assert read.notes == ((f"cells are separated by {name}",) if name else ())


def test_hint_line_of_a_spreadsheet_program_and_old_line_ends(write):
    read = read_directory(write("a.csv", "sep=;\rCompany;City\rAcme;Milton\r"))
    assert [(line, f.name, f.city) for line, f in read.records] == [(3, "Acme", "Milton")]


def test_odd_quoting(write):
    text = (
        "Company,City,Description\n"
        '"Smith ""Big"" Tools",Milton,"two\nlines, one cell"\n'
        '"Jones "Bad" Tools",Milton,x\n'
        '"Never closed,Milton,x\n'
        "12\" Pipe Ltd.,Milton,x\n"
        '"Last, never closed,Milton'
    )  # fmt: skip
    read = read_directory(write("a.csv", text))
    assert [(line, f.name) for line, f in read.records] == [
        (2, 'Smith "Big" Tools'),
        (4, 'Jones Bad" Tools"'),
        (6, '12" Pipe Ltd.'),
    ]
    assert said(firms(read)[0], "summary") == ["two\nlines, one cell"]
    assert [(r.line, r.field, r.value) for r in read.refused] == [(5, "row", ""), (7, "row", "")]
    assert "opens and is not closed" in read.refused[0].reason
    read = read_directory(write("b.csv", "'Company','City'\n'Acme, Inc.','Milton'\n'O''Brien','Acton'\n"))
    assert names(read) == ["Acme, Inc.", "O'Brien"]
    read = read_directory(write("c.csv", '"Company","City"\n"Acme \\"Big\\" Tool","Milton"\n'))
    assert names(read) == ['Acme "Big" Tool']


def test_ragged_rows_short_ones_are_filled_long_ones_refused(write):
    read = read_directory(write("a.csv", "Company,City,Products\nAcme\nBolt,Oakville,gears,x,y\nCast,Guelph,pumps,,\n"))
    assert names(read) == ["Acme", "Cast"]
    assert [(r.line, r.field, r.value) for r in read.refused] == [(3, "row", "")]
    assert read.refused[0].reason.startswith("the row has 5 cells, the table 3: a separator inside a text?")


def test_control_characters_are_repaired_and_counted(write):
    read = read_directory(write("a.csv", "Company,Description\nAcme,we\x92re\x00 welders\n"))
    assert said(firms(read)[0], "summary") == ["we’re welders"] and read.repaired == {"control characters": 2}


@pytest.mark.slow
def test_fifty_megabytes_within_memory_and_every_row_accounted_for(tmp_path):
    path = tmp_path / "big.csv"
    text = "precision machining of aluminium housings and welded steel frames for industry " * 6
    with path.open("w", encoding="utf-8") as out:
        out.write("Company,City,Products,Description,E-mail\n")
        for i in range(100_000):
            out.write(f'Firm {i} Ltée,Milton,"milling; turning",{text}{i},a{i}@b.example\n')
    assert path.stat().st_size > 50 * 2**20
    code = (
        "import json, pathlib, re; from matcher.sources.directory import read_directory\n"
        "calls = []\n"
        f"read = read_directory(pathlib.Path({str(path)!r}), progress=calls.append)\n"
        # Not ru_maxrss: that begins with the peak of the process that this one was forked from.
        "peak = int(re.search(r'VmHWM:\\s*(\\d+)', pathlib.Path('/proc/self/status').read_text()).group(1))\n"
        "print(json.dumps([len(read.records), len(read.refused), read.dropped, calls[-1], peak]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    n_records, n_refused, dropped, last_call, peak_kib = json.loads(done.stdout)
    assert (n_records, n_refused, dropped, last_call) == (100_000, 0, {"E-mail": 100_000}, 100_000)
    assert peak_kib < 800 * 1024


def test_limits_are_named_when_they_bite(write, write_book):
    path = write("a.csv", "Company,City\nAcme,Milton\n")
    with pytest.raises(SourceError, match="'a.csv' has 25 bytes, expected at most 20: split it"):
        read_directory(path, limits=TableLimits(file_bytes=20))
    read = read_directory(
        write("b.csv", f"Company,Products\nAcme,{'x' * 300}\nBolt,y\n"), limits=TableLimits(cell_chars=200)
    )
    assert names(read) == ["Bolt"]
    assert [(r.line, r.value) for r in read.refused] == [(2, "")] and "at most 200" in read.refused[0].reason
    read = read_directory(write("c.csv", f"Company,City\n{'n' * 501},Milton\nBolt,Milton\n"))
    assert names(read) == ["Bolt"] and "has 501 characters, at most 500" in read.refused[0].reason
    book = write_book(("A", [["Company", "City"], ["Acme", "Milton"], ["Bolt", "Acton"]]))
    with pytest.raises(SourceError, match="sheet 'A' has more than 2 rows"):
        read_directory(book, limits=TableLimits(rows=2))
    with pytest.raises(SourceError, match=r"sheet 'A' has 2 columns \(row 1\), expected at most 1"):
        read_directory(book, limits=TableLimits(columns=1))


# ---------------------------------------------------------------- files that are no table


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "is empty: expected a row of headers"),
        ("a.csv", b"\xef\xbb\xbf \r\n\n", "is empty: expected a row of headers"),
        ("a.csv", b"Company,City\n", "has headers and no row under them"),
        ("a.xlsx", b"\x01\x02 random bytes" * 99, "is named as a workbook and is none"),
        ("a.xlsx", b"PK\x03\x04" + b"rubbish" * 99, "is broken .*: save the workbook anew"),
        ("a.xls", OLE + "Workbook".encode("utf-16-le"), "is in the old form .xls .*: save it as XLSX"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "is protected by a password"),
        ("a.xls", b"<html><body><table><tr><td>Company</td></tr></table>", "is a web page or XML"),
        ("a.csv", b"%PDF-1.7 ...", "is a PDF: expected a table"),
        ("a.csv", bytes(range(256)) * 20, "is not text"),
        ("a.csv", b"abc\x00\x01\x02\x00def\x00\x00" * 50, "is not text"),
    ],
)  # fmt: skip
def test_file_that_is_no_table_says_what_it_is(write, name, data, message):
    with pytest.raises(SourceError, match=message):
        read_directory(write(name, data))


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(SourceError, match="cannot be read .*: expected a CSV or XLSX file"):
            propose_mapping(path)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("content.xml", "is an OpenDocument file: save it as XLSX"),
        ("xl/workbook.bin", "is a binary workbook .*: save it as XLSX"),
        ("word/document.xml", "is a zip file and no workbook"),
    ],
)
def test_other_zip_packages(tmp_path, part, message):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(part, "x")
    with pytest.raises(SourceError, match=message):
        read_directory(path)


def _bomb(path, n_bytes):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", b"<workbook>" + b" " * n_bytes)
    return path


def test_zip_bomb_is_refused_by_its_directory(tmp_path):
    with pytest.raises(SourceError, match="unpacks to [0-9,]+ bytes, expected at most 1,048,576: split the workbook"):
        read_directory(_bomb(tmp_path / "a.xlsx", 2**21), limits=TableLimits(unzipped_bytes=2**20))
    with pytest.raises(SourceError, match="part 'xl/workbook.xml' unpacks to [0-9]+ times its size, .*zip bomb"):
        read_directory(_bomb(tmp_path / "b.xlsx", 2**24))


def test_zip_bomb_whose_directory_lies_is_refused_while_it_is_read(tmp_path):
    path = _bomb(tmp_path / "a.xlsx", 2**24)
    size = (2**24 + 10).to_bytes(4, "little")
    content = path.read_bytes()
    assert content.count(size) == 2  # in the part's own head and in the directory
    path.write_bytes(content.replace(size, (100).to_bytes(4, "little")))
    with pytest.raises(SourceError, match="cannot be read as a workbook|zip bomb"):
        read_directory(path)


def test_workbook_with_entities_or_a_broken_part_is_refused(write_book, tmp_path):
    good = write_book(("A", [["Company", "City"], ["Acme", "Milton"]]))

    def changed(name, change):
        path = tmp_path / name
        with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w") as new:
            for part in old.namelist():
                data = old.read(part)
                new.writestr(part, change(data) if part == "xl/worksheets/sheet1.xml" else data)
        return path

    with pytest.raises(SourceError, match="part 'xl/worksheets/sheet1.xml' declares entities: not read"):
        read_directory(changed("a.xlsx", lambda data: b'<!DOCTYPE x [<!ENTITY a "b">]>' + data))
    with pytest.raises(SourceError, match="cannot be read as a workbook .*save it anew"):
        read_directory(changed("b.xlsx", lambda data: data[: len(data) // 2]))
    with pytest.raises(SourceError, match="row numbered 9999999, expected at most 1048576"):
        read_directory(changed("c.xlsx", lambda data: data.replace(b'<row r="2"', b'<row r="9999999"')))


# ---------------------------------------------------------------- workbooks


def test_hidden_sheet_is_named_and_read_only_when_the_mapping_names_it(write_book):
    rows = [["Company", "City"], ["Acme", "Milton"]]
    old = [["Company", "City"], ["Bolt", "Acton"]]

    def hide(book):
        book["Old"].sheet_state = "hidden"

    path = write_book(("Now", rows), ("Old", old), change=hide)
    read = read_directory(path)
    assert names(read) == ["Acme"] and read.notes == ("sheet 'Old' was not read: it is hidden",)
    mapping = DirectoryMapping(1, ("old",), {"Company": "name", "City": "city"})
    read = read_directory(path, mapping=mapping)
    assert names(read) == ["Bolt"]
    other = DirectoryMapping(1, ("2023",), {"Company": "name", "City": "city"})
    read = read_directory(path, mapping=other)
    assert names(read) == ["Acme"] and "sheets of the mapping (2023) are not here" in read.notes[0]


def test_formulas_give_stored_values_and_are_never_computed(write_book, tmp_path):
    rows = [["Company", "City", "Employees"], ["Acme", "Milton", "=1+1"], ["=Bolt", "+Acton", "@5"]]

    def as_text(book):
        for cell in ("A3", "B3", "C3"):
            book["A"][cell].data_type = "s"

    path = write_book(("A", rows), change=as_text)
    read = read_directory(path)
    assert [(f.name, f.city, f.employees) for f in firms(read)] == [("Acme", "Milton", None), ("=Bolt", "+Acton", None)]
    assert said(firms(read)[1], "size") == ["Employees: @5"]
    assert read.notes[0].startswith("formulas without a stored value were taken as empty: 1 (row 2)")
    stored = tmp_path / "stored.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(stored, "w") as new:
        for part in old.namelist():
            new.writestr(part, re.sub(rb"<f>1\+1</f><v ?(/|></v)>", b"<f>1+1</f><v>77</v>", old.read(part)))
    read = read_directory(stored)
    assert firms(read)[0].employees == 77 and read.notes == ()


def test_cells_of_every_type_become_what_a_person_would_type(write_book):
    rows = [
        ["Company", "Member No", "Employees", "NAICS", "Member since", "Listed", "Rate", "Zip code"],
        ["Acme", 17.0, "1,250", "332710", date(2019, 3, 4), True, 0.1 + 0.2, 14201],
        ["Bolt", 18, 25, 333511.0, None, False, None, "L9T1X1"],
    ]
    acme, bolt = firms(read_directory(write_book(("A", rows))))
    assert (acme.id, acme.employees, acme.naics, acme.postal_code) == ("17", 1250, ("332710",), "14201")
    assert said(acme, "note") == ["Member since: 2019-03-04", "Listed: yes", "Rate: 0.3"]
    assert (bolt.id, bolt.employees, bolt.naics, bolt.postal_code) == ("18", 25, ("333511",), "L9T 1X1")


def test_merged_cells_give_their_value_to_the_rows_they_span(write_book):
    rows = [
        ["Company", "Category", "Products", None, "City"],
        ["Acme", "Tooling", "dies", "jigs", "Milton"],
        ["Bolt", None, "bolts", None, "Acton"],
        ["Cast", None, None, None, "Oakville"],
    ]
    path = write_book(("A", rows), change=lambda b: [b["A"].merge_cells(r) for r in ("B2:B4", "C1:D1")])
    read = read_directory(path)
    assert read.mapping["Products (2)"] == "products"
    assert [said(f, "capability") for f in firms(read)] == [["Tooling"]] * 3
    assert said(firms(read)[0], "product") == ["dies", "jigs"]


def test_headers_differ_from_sheet_to_sheet_and_refusals_name_the_sheet(write_book):
    path = write_book(
        ("Makers", [["Company", "City"], ["Acme", "Milton"], [None, "Acton"]]),
        ("Services", [[], ["Title"], ["Town", "Firm name", "Fax"], ["Oakville", "Bolt", "905-555-0101"]]),
    )
    read = read_directory(path)
    assert [(line, f.name, f.city) for line, f in read.records] == [(2, "Acme", "Milton"), (4, "Bolt", "Oakville")]
    assert [(r.line, r.field, r.reason) for r in read.refused] == [
        (3, "Company", "the row has no name of a firm; fill it in (sheet 'Makers')")
    ]
