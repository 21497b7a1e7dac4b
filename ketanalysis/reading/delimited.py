"""What a delimited text file holds: its separator, its header and its rows, all as text.

Takes UTF-8 bytes without a byte order mark. `ketanalysis.reading.row_scan` proves that every row
has the header's number of fields; only then does polars read them. Nothing is padded or cut.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import NoReturn

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, listed
from ketanalysis.reading.row_scan import (
    Scan,
    character_at,
    header_end,
    line_at,
    opening,
    rows_over_lines,
    scan,
    with_line_feeds,
    without_lines,
)

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_NAMED_IN_FILE = re.compile(rb'"?sep=([^\r\n"])"?\r?\n', re.IGNORECASE)


def read_delimited(
    data: bytes,
    name: str,
    separator: str | None = None,
    usual: str = ",",
    *,
    keep_line_breaks: bool = False,
) -> tuple[pl.DataFrame, str, tuple[str, ...]]:
    """Return the rows as text, the separator, and what a reader should know of the file.

    Parameters
    ----------
    data
        UTF-8 bytes without a byte order mark and without NUL.
    name
        The file's name in messages.
    separator
        One character; None finds it from the header and accepts it only where all rows
        agree with it and with no other.
    usual
        The separator that needs no note.
    keep_line_breaks
        Whether a quoted value may hold line breaks even where its lines look like rows.

    Raises
    ------
    ContractError
        When rows differ in their number of fields, a quotation mark is out of place, names
        of columns are not distinct, or there are no data rows.
    """
    data, notes = _whole_lines(data, name)
    data, named = _without_separator_line(data)
    if named:
        notes.append(f'Line 1 ("sep={named}") names the separator.')
    found = find_separator(data, name, separator or named)
    is_cut = any("without a line end" in note for note in notes)
    _check_rows(data, name, found, is_cut=is_cut)
    names = _header_names(data, name, found)
    if not found.n_rows:
        raise ContractError(f"{name} has a header ({listed(names)}) and 0 data rows.")
    notes += check_names(names, name)
    if found.separator != usual and not (separator or named):
        kind = SEPARATORS[found.separator]
        notes.append(f"The fields are separated by {kind}, as the header shows.")
    notes += _check_line_breaks(data, name, found, keep_line_breaks=keep_line_breaks)
    frame = _parsed(data, name, found, names)
    notes += _empty_row_notes(data, found, frame, skip_first=bool(named))
    return frame, found.separator, tuple(notes)


def find_separator(data: bytes, name: str, declared: str | None = None) -> Scan:
    """Return the scan by the one separator that header and rows agree on."""
    from_header = data.lstrip(b"\r\n")
    header = re.sub(rb'"[^"]*"', b"", from_header[: header_end(from_header)])
    seen = [mark for mark in SEPARATORS if mark.encode() in header]
    if declared is not None:
        return _by_declared(data, name, declared, seen)
    scans = [scan(data, mark) for mark in seen or SEPARATORS]
    if not seen:
        return _one_column(data, name, scans)
    agreeing = [found for found in scans if found.is_sound and found.fields > 1]
    if len(agreeing) > 1:
        kinds = " or by ".join(SEPARATORS[found.separator] for found in agreeing)
        raise ContractError(
            f"{name} can be read as separated by {kinds}: every row fits both.\n"
            f"  Declare separator={agreeing[0].separator!r} or "
            f"separator={agreeing[1].separator!r}."
        )
    if agreeing:
        return agreeing[0]
    return max(scans, key=lambda found: header.count(found.separator.encode()))


def check_names(names: Sequence[str], name: str) -> list[str]:
    """Refuse column names that are equal, or equal but for case and spaces; return notes."""
    first: dict[str, int] = {}
    for place, column in enumerate(names, start=1):
        key = " ".join(unicodedata.normalize("NFC", column).casefold().split())
        if not key and place > 1:
            raise ContractError(
                f"{name}: column {place} has no name in the header.\n"
                "  Name it, or take out a separator too many at the end of the header."
            )
        if key in first:
            _refuse_names(names[first[key] - 1], column, (first[key], place), name)
        first[key] = place
    notes = []
    if names and not names[0].strip():
        notes.append("Column 1 has no name (row names?); it is kept under the empty name.")
    spaced = [f'"{column}"' for column in names if column.strip() and column != column.strip()]
    if spaced:
        notes.append(f"Column names with spaces around them are kept so: {listed(spaced)}.")
    return notes


def _whole_lines(data: bytes, name: str) -> tuple[bytes, list[str]]:
    lines = with_line_feeds(data)
    if isinstance(lines, int):
        raise ContractError(
            f"{name} line {line_at(data, lines)} holds a carriage return that is no line end.\n"
            "  Other lines end with a line feed: save the file with one kind of line end, or\n"
            "  put the value in quotation marks."
        )
    if lines.endswith(b"\n"):
        return lines, []
    return lines + b"\n", ["The last line is complete but stands without a line end."]


def _without_separator_line(data: bytes) -> tuple[bytes, str | None]:
    """Take out Excel's first line ``sep=;``; its line end stays, so that lines keep numbers."""
    match = _NAMED_IN_FILE.match(data)
    if match is None:
        return data, None
    return data[match.end() - 1 :], match.group(1).decode()


def _by_declared(data: bytes, name: str, declared: str, seen: Sequence[str]) -> Scan:
    found = scan(data, declared)
    if found.fields > 1 or not found.is_sound:
        return found
    for mark in seen:
        other = scan(data, mark)
        if other.is_sound and other.fields > 1:
            raise ArgumentError(
                f"separator={declared!r} does not stand in the header of {name}; all rows are "
                f"separated by {SEPARATORS[mark]}.\n  Leave separator out, or give {mark!r}."
            )
    return found


def _one_column(data: bytes, name: str, scans: Sequence[Scan]) -> Scan:
    """Return the scan of a file of one column, unless its rows show that line 1 is a title."""
    for found in scans:
        if len(found.odd):
            start, _, fields = found.odd[0].tolist()
            raise ContractError(
                f"{name}: line {line_at(data, found.header[0])} has no separator, but line "
                f"{line_at(data, start)} has {fields} fields, separated by "
                f"{SEPARATORS[found.separator]}.\n"
                "  The header must stand on the first line: take out titles above it. If the\n"
                "  file has one column whose values hold such signs, declare separator=."
            )
    return scans[0]


def _check_rows(data: bytes, name: str, found: Scan, *, is_cut: bool) -> None:
    if found.fault is not None:
        _refuse_quote(data, name, found)
    if not found.fields:
        raise ContractError(f"{name} holds nothing but empty lines.")
    if len(found.odd):
        _refuse_odd_rows(data, name, found, is_cut=is_cut)


def _refuse_quote(data: bytes, name: str, found: Scan) -> NoReturn:
    assert found.fault is not None
    kind, place = found.fault.kind, found.fault.place
    line = line_at(data, place)
    if kind == "inside":
        raise ContractError(
            f"{name} line {line}, character {character_at(data, place)}: a quotation mark stands "
            "inside a field that does not begin with one.\n"
            '  Put the whole value in quotation marks and double those inside it: "5"" tall".'
        )
    begin = opening(data, place)
    where = f"line {line_at(data, begin)}, character {character_at(data, begin)}"
    if kind == "open":
        raise ContractError(
            f"{name}: the quotation mark opened on {where}, is never closed.\n"
            "  Close it after the value, or take it out."
        )
    raise ContractError(
        f"{name}: the quotation mark opened on {where}, is followed by one on line {line} that "
        "does not end the value.\n"
        "  Close it after the value; double a quotation mark that belongs to the value."
    )


def _refuse_odd_rows(data: bytes, name: str, found: Scan, *, is_cut: bool) -> NoReturn:
    start, end, fields = found.odd[0].tolist()
    line, last_line = line_at(data, start), line_at(data, end)
    kind = SEPARATORS.get(found.separator, repr(found.separator))
    text = [
        f"{name} line {line} must have {found.fields} fields, separated by {kind}, like the "
        f"header, not {fields}."
    ]
    if last_line > line:
        text.append(f"The row runs to line {last_line}: is a quotation mark left open?")
    if len(found.odd) > 1:
        lines = _first_five([line_at(data, start) for start in found.odd[1:7, 0].tolist()])
        text.append(f"More rows that differ: {len(found.odd) - 1} (line {lines}).")
    if is_cut and end == len(data) - 1:
        text.append("The file ends within this line: it may have been cut off.")
    elif fields < found.fields:
        text.append("An empty value still needs its separator.")
    else:
        text.append("A separator or decimal comma inside a value needs quotation marks around it.")
    if len(found.odd) == found.n_rows and (found.odd[:, 2] == fields).all():
        text.append("No row is like the header: is line 1 a title instead of the header?")
    raise ContractError("\n  ".join(text))


def _refuse_names(one: str, other: str, places: tuple[int, int], name: str) -> NoReturn:
    said = f'"{one}"' if one == other else f'"{one}" and "{other}", equal but for case or spaces'
    raise ContractError(
        f"{name}: each column must have its own name; columns {places[0]} and {places[1]} are "
        f"both {said}.\n  Rename one of them."
    )


def _check_line_breaks(data: bytes, name: str, found: Scan, *, keep_line_breaks: bool) -> list[str]:
    """Refuse a value over several lines that may be rows between two stray quotes."""
    rows = rows_over_lines(data, found)
    if not rows:
        return []
    doubtful = [(first, last) for first, last, is_doubtful in rows if is_doubtful]
    if doubtful and not keep_line_breaks:
        first, last = doubtful[0]
        raise ContractError(
            f"{name} lines {first} to {last} are one row, because a value in quotation marks "
            "runs over them;\n  but each of these lines has the fields of a row of its own. "
            "Are the marks stray?\n  Take them out, or declare keep_line_breaks=True."
        )
    lines = _first_five([first for first, _, _ in rows[:6]])
    return [f"Rows with a value over several lines: {len(rows)} (line {lines})."]


def _header_names(data: bytes, name: str, found: Scan) -> list[str]:
    start, end = found.header
    text = data[start:end].decode("utf-8").removesuffix("\r")
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=found.separator))
    except csv.Error:
        raise ContractError(
            f"{name} line {line_at(data, start)} has {len(text)} characters and cannot be a "
            "header.\n  Look for missing separators and line ends."
        ) from None


def _parsed(data: bytes, name: str, found: Scan, names: list[str]) -> pl.DataFrame:
    """Return the data rows as text by polars, which must find as many as the scan did."""
    start = found.header[1] + 1
    blank = found.blank[found.blank[:, 0] >= start] - start
    body = without_lines(data[start:], blank)
    has_quotes = b'"' in body
    try:
        frame = pl.read_csv(
            body,
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            separator=found.separator,
            quote_char='"' if has_quotes else None,
            infer_schema=False,
            glob=False,
        )
        height = frame.height
    except pl.exceptions.PolarsError:  # its text would show the data
        height = 0
    if height != found.n_rows:
        raise ContractError(
            f"{name} has {found.n_rows} data rows, but {height} could be read.\n"
            "  Look for quotation marks that do not belong to a value."
        ) from None
    if not has_quotes:
        return frame
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()))


def _empty_row_notes(
    data: bytes, found: Scan, frame: pl.DataFrame, *, skip_first: bool
) -> list[str]:
    notes = []
    blank = found.blank[1:] if skip_first else found.blank
    if len(blank):
        lines = _first_five([line_at(data, start) for start in blank[:6, 0].tolist()])
        notes.append(f"Empty lines that were skipped: {len(blank)} (line {lines}).")
    hollow = frame.select(pl.all_horizontal(pl.all().is_null()).arg_true()).to_series()
    if len(hollow):
        rows = _first_five((hollow.head(6) + 1).to_list())
        notes.append(f"Rows without any value: {len(hollow)} (data row {rows}).")
    return notes


def _first_five(places: Sequence[int]) -> str:
    return ", ".join(str(place) for place in places[:5]) + (", …" if len(places) > 5 else "")
