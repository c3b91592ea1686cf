"""What the tests of directories share: files written, and what came out of them."""

import openpyxl


def write_file(folder, name, data, encoding="utf-8"):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
    return path


def write_workbook(folder, *sheets, name="book.xlsx", change=None):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if change:
        change(book)
    book.save(folder / name)
    return folder / name


def firms(read):
    return [firm for _, firm in read.records]


def names(read):
    return [firm.name for _, firm in read.records]


def said(firm, kind):
    return [statement.text for statement in firm.statements if statement.kind == kind]
