"""A workbook as chambers really send them; made by openpyxl when a test runs, so that no binary file is kept."""

from datetime import date

import openpyxl

HEADERS = [
    "No.", "Company Name", "Category", "Ville / City", "Postal Code", "Contact(s)", "E-mail", "Phone", "Web Site",
    "# of employees", "NAICS 2022", "Certifications", "Products & Services", "Status", "Expiry Date", "Booth colour",
]  # fmt: skip


def write_messy_workbook(path):
    book = openpyxl.Workbook()
    _members(book.active)
    _lapsed(book.create_sheet("Lapsed members"))
    _instructions(book.create_sheet("Notes & instructions"))
    book.save(path)


def _members(sheet):
    sheet.title = "Members"
    sheet["A1"] = "Milton & District Chamber of Trade: MEMBER DIRECTORY"
    sheet.merge_cells("A1:P1")
    sheet["A2"] = "Printed 2024-05-01, do not circulate"
    for column, header in enumerate(HEADERS, 1):
        sheet.cell(4, column, header)
    rows = [
        # 5, 6: one category merged over both rows
        [1, "1234567 Ontario Inc. o/a Acme Tool Ltd.", "Machine shops", "Milton", "L9T 1X1",
         "Jane Smith / Bob Roy", "jane@acme.example; bob@acme.example", "905-555-0101", "www.acme.example/", 25,
         332710.0, "ISO 9001:2015, AS9100D", "CNC milling; turning | grinding", "Active", date(2024, 12, 31), "blue"],
        [2, "Fonderie Lévis Ltée", None, "MILTON, ON", "l9t2b2", "Luc Tremblay", "905 555 0102", None,
         "fonderie.example", "25-50", "331511, 331523", "none",
         "We pour grey iron and aluminium castings for pumps. Call 905-555-0199.", "Actif", None, "red"],
        # 7: a section row over the whole width
        ["SERVICE PROVIDERS"],
        # 8: a second contact of the firm in row 9 comes first by mistake
        [None, None, None, None, None, "Priya Patel", "priya@weld.example", None],
        [3, "Weld-Rite Limited", "Welding", "Georgetown", None, "Mme. Anne Roy", None, "(905) 555-0103", None,
         "12 employees", None, "CWB", "- TIG welding\n- MIG welding", "Current", None, None],
        [4, "Weld-Rite Limited", "Welding", "Georgetown", "L7G 4S8", "Tom Lee", "tom@weld.example", None,
         "http://www.weld-rite.example", 12, None, None, "Pipe welding", "Active", None, None],
        # 11: the header again, as after a page break
        HEADERS,
        [5, "Précision Delta Inc.", "Machine shops", "Oakville", "L6H 0A1", "Raj Singh", "raj@delta.example", None,
         None, "2024-10-19", "33271A", "ISO 13485", "=Special= fixtures", "Pending", None, "=A1+1 is text"],
        [6, "Delta Tool Co.", "Tooling", "Burlington", None, None, None, None, "delta.example", 1250, 333511, None,
         None, "Former", None, None],
        [7, "Delta Tool Co.", "Tooling", "Guelph", None, None, None, None, None, 8, 333511, None, None, "Active",
         date(2023, 6, 30), None],
        # 15 blank; 16 without a name; 17 totals
        [],
        [8, None, "Tooling", "Milton", None, None, "someone@nowhere.example", None, None, 3, None, None, None,
         "Active"],
        [None, "Total members", None, None, None, None, None, None, None, 1323],
    ]  # fmt: skip
    for number, row in enumerate(rows, 5):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, str) and value.startswith("="):
                cell.data_type = "s"
    sheet.merge_cells("C5:C6")
    sheet.merge_cells("A7:P7")
    sheet["J20"] = "=SUM(J5:J16)"


def _lapsed(sheet):
    sheet["A1"] = "Contact us before using this list"
    for column, header in enumerate(["Entreprise", "Courriel", "Municipalité", "Site web", "Effectif"], 1):
        sheet.cell(4, column, header)
    rows = [
        ["ACME TOOL LIMITED", "old@acme.example", "Milton", "acme.example", 25],
        ["Weld-Rite Limited", "old@weld.example", "Georgetown", None, 12],
        ["Plastiques Nord", "905.555.0104", "Acton", None, None],
        ["Total : 3"],
    ]
    for number, row in enumerate(rows, 5):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column, value)


def _instructions(sheet):
    sheet["A1"] = "How to use this workbook"
    sheet["A3"] = "Ask Jane Smith (905-555-0101) before you mail anybody."
    sheet["A4"] = "Lapsed firms stand on the second sheet."
