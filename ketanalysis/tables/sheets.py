"""A table as a sheet, CSV or XLSX: its printed cells, none of which a program reads as a formula.

Source of the rule: OWASP, CSV injection (CWE-1236).
"""

from __future__ import annotations

import csv
import datetime
import importlib.util
import io
import re
import unicodedata
from typing import Literal

from ketanalysis.errors import ArgumentError
from ketanalysis.tables.table import Table, spanned

# No file says when it was made: the same table gives the same bytes.
MOMENT = datetime.datetime(1980, 1, 1)
_FORMULA = frozenset("=+-@")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
# What ends a cell for a program that was told, or guessed, another separator than the comma.
_SEPARATORS = re.compile(r"([;\t\n\r])")
_STARTS = ("\t", "\n", "\r")
_BLANK_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"})
# Letters and symbols that are seen as nothing: fillers of Hangul, the empty Braille cell.
_BLANK_SIGNS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
MOST_SIGNS = 32767  # of a cell of Excel
MOST_OF_A_PROPERTY = 255  # of what a file says of itself; the title stands whole on the page

Header = Literal["columns", "title"]


def to_csv(table: Table, header: Header = "columns") -> str:
    """Return CSV: names and rows for every reader, or the title above and the notes below too."""
    rows = [_names(table), *_body(table)]
    if header == "title":
        rows = [_filled(table.title, len(rows[0])), *sheet_rows(table)]
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return held.getvalue()


def to_xlsx(table: Table) -> bytes:
    """Return a workbook of one sheet; every cell is text, as it is printed."""
    if importlib.util.find_spec("xlsxwriter") is None:
        raise ArgumentError("An .xlsx file needs xlsxwriter: run pip install 'ketanalysis[io]'.")
    import xlsxwriter  # type: ignore[import-untyped]

    rows = [_filled(table.title, 1), *sheet_rows(table)]
    _check_lengths(rows)
    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(held, options)
    book.set_properties({"title": table.title[:MOST_OF_A_PROPERTY], "created": MOMENT})
    sheet = book.add_worksheet("Table")
    bold = book.add_format({"bold": True})
    heads = len(_head_rows(table))
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write_string(at, column, cell, bold if at <= heads else None)
    book.close()
    return held.getvalue()


def _check_lengths(rows: list[list[str]]) -> None:
    longest = max((cell for row in rows for cell in row), key=len)
    if len(longest) > MOST_SIGNS:
        raise ArgumentError(
            f"A cell of an .xlsx file must have at most {MOST_SIGNS:,} signs, not "
            f"{len(longest):,}: {longest[:40]!r} and so on.\n"
            "  Write a .csv file, or shorten the text."
        )


def harmless(cell: str) -> str:
    r"""Return a cell with an apostrophe before what a spreadsheet would compute.

    That is a text whose first sign to be seen is ``= + - @``, in any width or height; one that
    begins with a tabulator or a new line; and the same behind a semicolon, a tabulator or a new
    line, where other spreadsheets begin a cell. Numbers stay as they are.

    Examples
    --------
    >>> [harmless(cell) for cell in ("-1.5", "-x", "\u200b=1+1", "a;@SUM(1)")]
    ['-1.5', "'-x", "'\u200b=1+1", "a;'@SUM(1)"]
    """
    held = "".join(map(_without_formula, _SEPARATORS.split(cell)))
    return f"'{held}" if cell.startswith(_STARTS) else held


def _without_formula(piece: str) -> str:
    start = next((sign for sign in piece if not _is_blank(sign)), "")
    is_formula = unicodedata.normalize("NFKC", start)[:1] in _FORMULA
    return f"'{piece}" if is_formula and not _NUMBER.fullmatch(piece) else piece


def _is_blank(sign: str) -> bool:
    return unicodedata.category(sign) in _BLANK_CATEGORIES or sign in _BLANK_SIGNS


def sheet_rows(table: Table) -> list[list[str]]:
    """Return spanners, head, rows and notes, all of one width; groups are a first column."""
    rows = [*_head_rows(table), *_body(table)]
    return [*rows, *(_filled(note, len(rows[0])) for note in table.notes)]


def _filled(text: str, width: int) -> list[str]:
    return [text, *[""] * (width - 1)]


def _body(table: Table) -> list[list[str]]:
    groups = table.grouped_rows()
    if not _has_groups(table):
        return [list(line) for _, lines in groups for line in lines]
    return [[label, *line] for label, lines in groups for line in lines]


def _has_groups(table: Table) -> bool:
    return any(label for label, _ in table.grouped_rows())


def _names(table: Table) -> list[str]:
    """Return one name a column, with what spans it."""
    return [*_group_name(table), *map(spanned, table.columns)]


def _group_name(table: Table) -> list[str]:
    return ["Group"] if _has_groups(table) else []


def _head_rows(table: Table) -> list[list[str]]:
    first = _group_name(table)
    rows = [[*first, *(column.label for column in table.columns)]]
    if any(column.spanner for column in table.columns):
        rows.insert(0, [*("" for _ in first), *(column.spanner for column in table.columns)])
    return rows
