import functools
from datetime import date

import pytest

from matcher.errors import SourceError
from matcher.sources.directory import DirectoryMapping, propose_mapping, read_directory

from .directory_files import firms, names, said, write_file, write_workbook

TODAY = date(2024, 6, 1)


@pytest.fixture
def write(tmp_path):
    return functools.partial(write_file, tmp_path)


@pytest.fixture
def write_book(tmp_path):
    return functools.partial(write_workbook, tmp_path)


# ---------------------------------------------------------------- mapping


def test_mapping_is_saved_and_reused_on_a_file_with_other_case_accents_and_columns(write):
    first = write("2023.csv", "Raison sociale,Municipalité,Spécialités,Couleur\nAcme,Milton,fraisage,bleu\n")
    mapping = propose_mapping(first)
    assert mapping == DirectoryMapping(
        1, (), {"Raison sociale": "name", "Municipalité": "city", "Spécialités": "capabilities", "Couleur": "note"}
    )
    saved = DirectoryMapping.from_json(mapping.to_json())
    assert saved == mapping
    second = write(
        "2024.csv",
        "\n\nRAISON  SOCIALE,municipalite,Commis,Ville,Spécialités\nBolt,Oakville,Jane Smith,Acton,tournage\n",
    )
    read = read_directory(second, mapping=saved)
    firm = firms(read)[0]
    assert (firm.name, firm.city, said(firm, "capability")) == ("Bolt", "Oakville", ["tournage"])
    assert said(firm, "note") == ["Ville: Acton"] and read.dropped == {"Commis": 1}
    assert read.notes == (
        "columns of the mapping that are not in the file: 'Couleur'",
        "column 'Commis' is not in the mapping: holds contacts and was dropped",
        "column 'Ville' is not in the mapping: kept as notes",
    )


def test_mapping_that_was_changed_by_hand_decides(write):
    path = write("a.csv", "Company,Title,City\nAcme,Tooling,Milton\n")
    proposed = propose_mapping(path)
    assert proposed.columns["Title"] == "contact"
    changed = DirectoryMapping(1, (), proposed.columns | {"Title": "capabilities", "City": "ignore"})
    firm = firms(read_directory(path, mapping=changed))[0]
    assert said(firm, "capability") == ["Tooling"] and firm.city is None


def test_mapping_for_another_file_says_what_it_expected(write):
    path = write("a.csv", "Firm,City\nAcme,Milton\n")
    with pytest.raises(SourceError, match="does not fit the mapping: expected a column 'Company' in the first 50 rows"):
        read_directory(path, mapping=DirectoryMapping(1, (), {"Company": "name"}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{oops", "is not JSON"),
        ("[]", "expected an object of header_row, sheets and columns"),
        ('{"header_row": 1, "sheets": []}', "expected an object of header_row, sheets and columns"),
        ('{"header_row": 0, "sheets": [], "columns": {"A": "name"}}', "header_row is 0: expected a row number from 1"),
        ('{"header_row": true, "sheets": [], "columns": {"A": "name"}}', "header_row is True"),
        ('{"header_row": 1, "sheets": "A", "columns": {"A": "name"}}', "expected a list of sheet names"),
        ('{"header_row": 1, "sheets": [], "columns": []}', "expected an object of header → field"),
        (
            '{"header_row": 1, "sheets": [], "columns": {"A": "colour"}}',
            "'A' is mapped to 'colour': expected one of id",
        ),
        ('{"header_row": 1, "sheets": [], "columns": {"A": ["name"]}}', "expected one of id"),
        ('{"header_row": 1, "sheets": [], "columns": {"A": "city"}}', "no column is mapped to 'name'"),
    ],
)
def test_bad_saved_mapping_says_what_is_wrong(text, message):
    with pytest.raises(SourceError, match=message):
        DirectoryMapping.from_json(text)


HEADERS = {
    "id": ["Member ID", "No de membre", "Numéro de client", "memberNumber"],
    "name": ["Company", "Entreprise", "Raison sociale", "Nom de l'entreprise", "company_name", "Organization Name",
             "Nom"],
    "city": ["City", "Ville", "Municipalité", "Town / City", "Company City"],
    "postal_code": ["Postal Code", "Code postal", "Zip/Postal", "postal_code"],
    "province": ["Province", "State/Prov", "Prov."],
    "country": ["Country", "Pays"],
    "address": ["Street Address", "Adresse", "Mailing address", "Address 1"],
    "website": ["Website", "Site Web", "Site Internet", "Web address", "URL", "Web site URL"],
    "employees": ["Employees", "Effectif", "Nombre d'employés", "# of Employees", "Nb. employés",
                  "Staff (FTE)"],
    "naics": ["NAICS", "SCIAN", "Code SCIAN 2017", "Primary NAICS Code"],
    "certifications": ["Certifications", "Accréditations", "Quality Certificates"],
    "membership": ["Membership Status", "Statut", "Statut d'adhésion"],
    "expires": ["Expiry Date", "Date d'expiration", "Paid Thru", "Renewal date"],
    "description": ["Description", "Company Profile", "Profil de l'entreprise", "Descripton"],
    "capabilities": ["Capabilities", "Capacités", "Products & Services", "Produits et services", "Keywords"],
    "products": ["Products", "Produits offerts"],
    "services": ["Services offered", "Services"],
    "equipment": ["Equipment", "Équipements", "Parc machine"],
    "materials": ["Materials", "Matériaux"],
    "category": ["Category", "Secteur d'activité", "Industry", "NAICS Description"],
    "contact": [
        "Contact", "Primary Contact Name", "E-mail", "Email Address", "Courriel", "Tel.", "Téléphone",
        "Fax",
        "Télécopieur", "Cell", "Mobile", "First Name", "Prénom", "Nom de famille", "Job Title", "Titre", "Poste",
        "Personne-ressource",
        "Company E-Mail", "Main Phone #", "Adresse courriel", "Representative",
    ],
    "note": ["Booth colour", "Member since", "Year founded", "Remarks", "Membership level"],
}  # fmt: skip


@pytest.mark.parametrize(("field", "header"), [(f, header) for f, found in HEADERS.items() for header in found])
def test_header_names_its_field(write, field, header):
    if field == "name":
        path = write("a.csv", f"{header};Pays\n")
    else:
        path = write("a.csv", f"Company name;{header}\n")
    assert propose_mapping(path).columns[header] == field


def test_values_decide_where_headers_say_nothing(write):
    rows = [
        "Acme Tool Ltd.,Milton,L9T 1X1,www.acme.example,x@acme.example,Jane Smith,20-50,ISO 9001,332710,Active,ON,blue",
        "Bolt Inc.,Oakville,L6H 1A1,bolt.example,905-555-0101,Bob Roy,25 employees,CWB,333511,Lapsed,ON,red",
        "Cast Corp,Guelph,N1G 1A1,,y@cast.example,\"Tremblay, Anne\",10-19,,331511,Active,Ontario,green",
    ]  # fmt: skip
    expected = [
        "name", "city", "postal_code", "website", "contact", "contact", "employees", "certifications", "naics",
        "membership", "province", "note",
    ]  # fmt: skip
    for head in ("", ",".join(f"Column {i}" for i in range(1, 13)) + "\n"):
        mapping = propose_mapping(write("a.csv", head + "\n".join(rows)))
        assert list(mapping.columns.values()) == expected
        assert list(mapping.columns) == [f"Column {i}" for i in range(1, 13)]
        assert mapping.header_row == (1 if head else None)
    read = read_directory(write("b.csv", "\n".join(rows)), mapping=DirectoryMapping.from_json(
        propose_mapping(write("a.csv", "\n".join(rows))).to_json()))  # fmt: skip
    assert [f.member for f in firms(read)] == [True, False, True] and read.dropped == {"Column 5": 3, "Column 6": 3}


def test_empty_headers_are_told_by_their_values(write):
    path = write("a.csv", "Company,City,,\nAcme,Milton,9055550101,Blue\nBolt,Oakville,9055550102,Red\n")
    read = read_directory(path)
    assert read.mapping == {"Company": "name", "City": "city", "Column 3": "contact", "Column 4": "note"}
    assert read.dropped == {"Column 3": 2} and said(firms(read)[0], "note") == ["Column 4: Blue"]


def test_name_beside_company_is_a_person_and_a_list_of_people_is_no_directory(write):
    read = read_directory(write("a.csv", "Name,Company,City\nJane Smith,Acme,Milton\n"))
    assert names(read) == ["Acme"] and read.dropped == {"Name": 1}
    with pytest.raises(
        SourceError, match="no column that looks like names of firms .columns: 'Name', 'Email'."
    ) as error:
        read_directory(write("b.csv", "Name,Email\nJane Smith,a@b.example\nBob Roy,c@d.example\n"))
    assert "Jane" not in str(error.value)


def test_first_row_of_a_file_without_headers_is_never_shown_as_headers(write):
    read = read_directory(write("a.csv", "Acme Ltd.,Jane Smith,905-555-0101\nBolt Inc.,Bob Roy,905-555-0102\n"))
    assert read.mapping == {"Column 1": "name", "Column 2": "contact", "Column 3": "contact"}
    assert names(read) == ["Acme Ltd.", "Bolt Inc."]


# ---------------------------------------------------------------- contacts


def test_contact_data_never_comes_out_wherever_it_stands(write):
    path = write(
        "a.csv",
        "Company,City,Website,Description,Remarks,Courriel,Main contact,Rep\n"
        "Acme 905-555-0101,Milton,jane@acme.example,Call Zed at zed@acme.example now,9055550102,905 555 0103,"
        "Zed Qux; Yan Qux,Zed Qux\n"
        '"","Milton",,,,zed@acme.example,Zed Qux,\n'
        "Bolt,Acton,bolt.example,,blue,,,\nCast,Acton,cast.example,,red,,,\n",
    )
    read = read_directory(path)
    firm = firms(read)[0]
    assert (firm.name, firm.website) == ("Acme", None)
    assert said(firm, "summary") == ["Call Zed at [email] now"] and said(firm, "note") == []
    assert read.dropped == {
        "e-mail or telephone in text": 4, "Courriel": 2, "Main contact": 2, "Rep": 1,
    }  # fmt: skip
    assert [(r.line, r.field, r.value) for r in read.refused] == [(3, "Company", "")]
    for secret in ("555-", "555 ", "9055550102", "acme.example", "Qux"):
        assert secret not in repr(read)


def test_places_under_a_heading_of_contacts_stay_and_people_go(write_book):
    rows = [
        ["Directory of members"],
        ["Company", None, "Contact information", None, None, None],
        ["Name", "Sector", "Name", "City", "E-mail", "Colour"],
        ["Acme", "Tooling", "Jane Smith", "Milton", "a@b.example", "x"],
    ]
    path = write_book(("A", rows), change=lambda b: [b["A"].merge_cells(r) for r in ("A1:F1", "A2:B2", "C2:F2")])
    read = read_directory(path)
    assert read.mapping == {
        "Company: Name": "name", "Company: Sector": "category", "Contact information: Name": "contact",
        "Contact information: City": "city", "Contact information: E-mail": "contact",
        "Contact information: Colour": "contact",
    }  # fmt: skip
    assert (names(read), firms(read)[0].city) == (["Acme"], "Milton")
    assert read.notes == ("2 rows above the headers skipped (rows 1 and 2)",)


def test_people_with_rare_names_under_an_unknown_header_are_told_by_the_others(write):
    people = ["Siobhan Xu", "Jane Smith", "Oluwaseun Ade", "Bob Roy", "Wolfgang Amman", "Zbigniew Nowak"]
    lines = "".join(f"Firm {i} Inc.,{person},Grey Blue\n" for i, person in enumerate(people))
    read = read_directory(write("a.csv", "Company,Who,Colour\n" + lines))
    assert read.mapping == {"Company": "name", "Who": "contact", "Colour": "note"} and read.dropped == {"Who": 6}


def test_one_person_in_a_column_of_notes_is_dropped_and_counted(write):
    read = read_directory(write("a.csv", "Company,Referral\nAcme,Website\nBolt,Jane Smith\nCast,Trade show\n"))
    assert read.dropped == {"Referral": 1}
    assert [said(f, "note") for f in firms(read)] == [["Referral: Website"], [], ["Referral: Trade show"]]


def test_header_row_with_one_known_word_and_columns_that_say_the_same(write):
    path = write(
        "a.csv",
        "MEMBERS 2024\nName,Mailing City,Physical City,Member,Parking\n"
        "Acme,Acton,Milton,Yes,x\nMartin Steel,Acton,Oakville,No,y\n",
    )
    read = read_directory(path)
    assert [(f.name, f.city, f.member) for f in firms(read)] == [
        ("Acme", "Milton", True), ("Martin Steel", "Oakville", False),
    ]  # fmt: skip
    assert said(firms(read)[0], "note") == ["Mailing City: Acton", "Parking: x"]
    read = read_directory(write("b.csv", "Acme Tool,Milton,Member\nBolt Works,Oakville,Member\n"))
    assert names(read) == ["Acme Tool", "Bolt Works"]  # no header: "Member" is what both are
