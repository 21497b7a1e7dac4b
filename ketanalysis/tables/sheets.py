"""A table as a sheet, CSV or XLSX: its printed cells, none of which a program reads as a formula.

Source of the rule: OWASP, CSV injection (CWE-1236).
"""

from __future__ import annotations

import csv
import datetime
import importlib.util
import io
import re

from ketanalysis.errors import ArgumentError
from ketanalysis.tables.table import Table

# No file says when it was made: the same table gives the same bytes.
MOMENT = datetime.datetime(1980, 1, 1)
_WIDE = "\uff1d\uff0b\uff0d\uff20"  # the same signs in full width
_FORMULA = re.compile(rf"^[\s\x00]*[=+\-@\t\r\x00{_WIDE}]")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def to_csv(table: Table) -> str:
    """Return head and rows as CSV; groups in a first column, the notes below the rows."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in sheet_rows(table))
    return held.getvalue()


def to_xlsx(table: Table) -> bytes:
    """Return a workbook of one sheet; every cell is text, as it is printed."""
    if importlib.util.find_spec("xlsxwriter") is None:
        raise ArgumentError("An .xlsx file needs xlsxwriter: run pip install 'ketanalysis[io]'.")
    import xlsxwriter  # type: ignore[import-untyped]

    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(held, options)
    book.set_properties({"title": _plain(table.title), "created": MOMENT})
    sheet = book.add_worksheet("Table")
    bold = book.add_format({"bold": True})
    heads = len(_head_rows(table))
    sheet.write_string(0, 0, _plain(table.title), bold)
    for at, row in enumerate(sheet_rows(table), 1):
        for column, cell in enumerate(row):
            sheet.write_string(at, column, _plain(cell), bold if at <= heads else None)
    book.close()
    return held.getvalue()


def harmless(cell: str) -> str:
    """Return a cell with an apostrophe before what a spreadsheet would compute."""
    text = cell.replace("\x00", "")
    return f"'{text}" if _FORMULA.match(cell) and not _NUMBER.match(cell) else text


def sheet_rows(table: Table) -> list[list[str]]:
    """Return spanners, head, rows and notes, all of one width."""
    has_groups = any(label for label, _ in table.grouped_rows())
    rows = _head_rows(table)
    for label, lines in table.grouped_rows():
        rows += [[label, *line] if has_groups else list(line) for line in lines]
    width = len(rows[0])
    return [*rows, *[[note, *[""] * (width - 1)] for note in table.notes]]


def _head_rows(table: Table) -> list[list[str]]:
    first = ["Group"] if any(label for label, _ in table.grouped_rows()) else []
    rows = [[*first, *(column.label for column in table.columns)]]
    if any(column.spanner for column in table.columns):
        rows.insert(0, [*("" for _ in first), *(column.spanner for column in table.columns)])
    return rows


def _plain(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
