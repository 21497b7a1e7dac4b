"""Separators, headers and names: what fits twice or not at all is refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.reading.files import read_table
from tests.reading.sample_files import HEADER, PLAIN, ROWS, refusal, rows_and_notes

# name, bytes of a.csv, the whole message
BAD_CSV = [
    (
        "header only",
        HEADER,
        ["a.csv has a header (USUBJID, AVISIT, AVAL) and 0 data rows."],
    ),
    (
        "header without line end",
        HEADER[:-1],
        ["a.csv has a header (USUBJID, AVISIT, AVAL) and 0 data rows."],
    ),
    (
        "title line",
        b"Study 12\n" + PLAIN,
        [
            "a.csv: line 1 has no separator, but line 2 has 3 fields, separated by commas.",
            "  The header must stand on the first line: take out titles above it. If the",
            "  file has one column whose values hold such signs, declare separator=.",
        ],
    ),
    (
        "same name twice",
        b"USUBJID,AVAL,AVAL\n1,2,3\n",
        [
            'a.csv: each column must have its own name; columns 2 and 3 are both "AVAL".',
            "  Rename one of them.",
        ],
    ),
    (
        "same name but for case",
        b"USUBJID,AVAL,aval\n1,2,3\n",
        [
            'a.csv: each column must have its own name; columns 2 and 3 are both "AVAL" and '
            '"aval", equal but for case or spaces.',
            "  Rename one of them.",
        ],
    ),
    (
        "same name but for a space",
        b"USUBJID,AVAL ,AVAL\n1,2,3\n",
        [
            'a.csv: each column must have its own name; columns 2 and 3 are both "AVAL " and '
            '"AVAL", equal but for case or spaces.',
            "  Rename one of them.",
        ],
    ),
    (
        "column without name",
        b"USUBJID,AVAL,\n1,2,\n",
        [
            "a.csv: column 3 has no name in the header.",
            "  Name it, or take out a separator too many at the end of the header.",
        ],
    ),
    (
        "two separators fit",
        b"id,x;y\n1,2;3\n",
        [
            "a.csv can be read as separated by commas or by semicolons: every row fits both.",
            "  Declare separator=',' or separator=';'.",
        ],
    ),
    (
        "no separator fits",
        b"id;weight, kg;x\n1;2\n3;4;5\n",
        [
            "a.csv line 2 must have 3 fields, separated by semicolons, like the header, not 2.",
            "  An empty value still needs its separator.",
        ],
    ),
    (
        "two kinds of line end",
        b"id,x\n1,2\r2,3\n",
        [
            "a.csv line 2 holds a carriage return that is no line end.",
            "  Other lines end with a line feed: save the file with one kind of line end, or",
            "  put the value in quotation marks.",
        ],
    ),
]


@pytest.mark.parametrize(
    "data, message", [case[1:] for case in BAD_CSV], ids=[case[0] for case in BAD_CSV]
)
def test_a_bad_file_is_refused_by_its_line(data: bytes, message: list[str]) -> None:
    assert refusal(data) == "\n".join(message)


# name, file, bytes, arguments, error, the whole message
BAD_CALLS = [
    (
        "separator that is not there",
        "a.csv",
        PLAIN,
        {"separator": ";"},
        ArgumentError,
        "separator=';' does not stand in the header of a.csv; all rows are separated by "
        "commas.\n  Leave separator out, or give ','.",
    ),
    (
        "separator of two characters",
        "a.csv",
        PLAIN,
        {"separator": ", "},
        ArgumentError,
        "separator must be one ASCII character, not ', '.",
    ),
]


@pytest.mark.parametrize(
    "file, data, arguments, error, message",
    [case[1:] for case in BAD_CALLS],
    ids=[case[0] for case in BAD_CALLS],
)
def test_a_bad_call_is_refused(file, data, arguments, error, message) -> None:
    assert refusal(data, file, error, **arguments) == message


# name, bytes of a.csv, arguments, rows, notes
NOTED = [
    (
        "no last line end",
        PLAIN[:-1],
        {},
        ROWS,
        ("The last line is complete but stands without a line end.",),
    ),
    (
        "empty lines",
        HEADER + b"\n" + PLAIN[len(HEADER) :] + b"\r\n\n",
        {},
        ROWS,
        ("Empty lines that were skipped: 3 (line 2, 5, 6).",),
    ),
    (
        "rows of separators",
        PLAIN + b",,\n",
        {},
        [*ROWS, (None, None, None)],
        ("Rows without any value: 1 (data row 3).",),
    ),
    (
        "separator named on line 1",
        b"sep=;\r\nid;x\r\n1;2\r\n",
        {},
        [("1", "2")],
        ('Line 1 ("sep=;") names the separator.',),
    ),
    (
        "row names of R",
        b'"","id"\n"1","x"\n',
        {},
        [("1", "x")],
        ("Column 1 has no name (row names?); it is kept under the empty name.",),
    ),
    (
        "spaces around a name",
        b"id, x\n1,2\n",
        {},
        [("1", "2")],
        ('Column names with spaces around them are kept so: " x".',),
    ),
    ("separator declared", b"id|x\n1|2,3 a\n", {"separator": "|"}, [("1", "2,3 a")], ()),
    ("one column", b"id\n1\n2\n", {}, [("1",), ("2",)], ()),
]


@pytest.mark.parametrize(
    "data, arguments, rows, notes", [case[1:] for case in NOTED], ids=[case[0] for case in NOTED]
)
def test_what_was_recognised_is_noted(data, arguments, rows, notes) -> None:
    assert rows_and_notes(data, **arguments) == (rows, notes)


def test_rows_that_polars_does_not_find_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.csv").write_bytes(PLAIN)
    message = (
        "a.csv has 2 data rows, but {} could be read.\n"
        "  Look for quotation marks that do not belong to a value."
    )
    monkeypatch.setattr(pl, "read_csv", lambda *_, **__: pl.DataFrame({"USUBJID": ["001"]}))
    with pytest.raises(ContractError) as caught:
        read_table("a.csv")
    assert str(caught.value) == message.format(1)

    def fail(*_: object, **__: object) -> None:
        raise pl.exceptions.ComputeError("001,SECRET")

    monkeypatch.setattr(pl, "read_csv", fail)
    with pytest.raises(ContractError) as caught:
        read_table("a.csv")
    assert str(caught.value) == message.format(0)


def test_an_endless_header_is_refused() -> None:
    Path("a.csv").write_bytes(b"x" * 200_000 + b"\n1\n")
    with pytest.raises(ContractError) as caught:
        read_table("a.csv")
    assert str(caught.value) == (
        "a.csv line 1 has 200000 characters and cannot be a header.\n"
        "  Look for missing separators and line ends."
    )


def test_vertical_bars_separate() -> None:
    rows, notes = rows_and_notes(b"USUBJID|AVAL\na|1\n")
    assert rows == [("a", "1")]
    assert notes == ("The fields are separated by vertical bars, as the header shows.",)
    assert rows_and_notes(b"USUBJID,a|b\nx,1\n") == ([("x", "1")], ())
