"""Rows and quotation marks: every row has the fields of the header, or is refused by its line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ContractError, KetanalysisError
from ketanalysis.reading import row_scan
from ketanalysis.reading.files import read_table
from tests.reading.sample_files import HEADER, PLAIN, refusal, rows_and_notes

QUOTE_INSIDE = '  Put the whole value in quotation marks and double those inside it: "5"" tall".'
TOO_MANY = "  A separator or decimal comma inside a value needs quotation marks around it."
NOT_THE_HEADER = "  No row is like the header: is line 1 a title instead of the header?"
NEED_MARK = "  Close it after the value; double a quotation mark that belongs to the value."


# name, bytes of a.csv, the whole message
BAD_CSV = [
    (
        "unquoted decimal comma",
        HEADER + b"001,Day 1,32,5\n002,Day 1,28,0\n",
        [
            "a.csv line 2 must have 3 fields, separated by commas, like the header, not 4.",
            "  More rows that differ: 1 (line 3).",
            TOO_MANY,
            NOT_THE_HEADER,
        ],
    ),
    (
        "row too long",
        PLAIN + b"003,Day 1,28,9\n",
        [
            "a.csv line 4 must have 3 fields, separated by commas, like the header, not 4.",
            TOO_MANY,
        ],
    ),
    (
        "rows too short",
        PLAIN + b"003,Day 1\n" * 8,
        [
            "a.csv line 4 must have 3 fields, separated by commas, like the header, not 2.",
            "  More rows that differ: 7 (line 5, 6, 7, 8, 9, …).",
            "  An empty value still needs its separator.",
        ],
    ),
    (
        "cut off",
        PLAIN + b"003,Da",
        [
            "a.csv line 4 must have 3 fields, separated by commas, like the header, not 2.",
            "  The file ends within this line: it may have been cut off.",
        ],
    ),
    (
        "row over two lines is too short",
        HEADER + b'001,"Day 1,32\n002,Day 1"\n003,Day 1,3\n',
        [
            "a.csv line 2 must have 3 fields, separated by commas, like the header, not 2.",
            "  The row runs to line 3: is a quotation mark left open?",
            "  An empty value still needs its separator.",
        ],
    ),
    (
        "quote never closed",
        HEADER + b'001,"Day 1,32\n002,Day 1,28\n',
        [
            "a.csv: the quotation mark opened on line 2, character 5, is never closed.",
            "  Close it after the value, or take it out.",
        ],
    ),
    (
        "quote closed by the next one",
        HEADER + b'001,"Day 1,32\n002,"Day 1",28\n',
        [
            "a.csv: the quotation mark opened on line 2, character 5, is followed by one on "
            "line 3 that does not end the value.",
            NEED_MARK,
        ],
    ),
    (
        "two stray quotes swallow a row",
        HEADER + b'001,"Day 1,32\n002,Day 1",28\n',
        [
            "a.csv lines 2 to 3 are one row, because a value in quotation marks runs over them;",
            "  but each of these lines has the fields of a row of its own. Are the marks stray?",
            "  Take them out, or declare keep_line_breaks=True.",
        ],
    ),
    (
        "inch sign",
        HEADER + b'001,5" tall,32\n',
        [
            "a.csv line 2, character 6: a quotation mark stands inside a field that does not "
            "begin with one.",
            QUOTE_INSIDE,
        ],
    ),
    (
        "blank before a quote, after a letter of two bytes",
        'Größe, "site"\n1,"x"\n'.encode(),
        [
            "a.csv line 1, character 8: a quotation mark stands inside a field that does not "
            "begin with one.",
            QUOTE_INSIDE,
        ],
    ),
    (
        "text after a quote",
        HEADER + b'001,"Day" 1,32\n',
        [
            "a.csv: the quotation mark opened on line 2, character 5, is followed by one on "
            "line 2 that does not end the value.",
            NEED_MARK,
        ],
    ),
    (
        "title line with a comma",
        b"Study 12, export\n" + PLAIN,
        [
            "a.csv line 2 must have 2 fields, separated by commas, like the header, not 3.",
            "  More rows that differ: 2 (line 3, 4).",
            TOO_MANY,
            NOT_THE_HEADER,
        ],
    ),
]


@pytest.mark.parametrize(
    "data, message", [case[1:] for case in BAD_CSV], ids=[case[0] for case in BAD_CSV]
)
def test_a_bad_file_is_refused_by_its_line(data: bytes, message: list[str]) -> None:
    assert refusal(data) == "\n".join(message)


# name, bytes of a.csv, arguments, rows, notes
NOTED = [
    (
        "line break in a value",
        b'id,x,y\n1,"a\r\nb",2\n',
        {},
        [("1", "a\r\nb", "2")],
        ("Rows with a value over several lines: 1 (line 2).",),
    ),
    (
        "line break in a value between rows, declared",
        b'id,x\n1,"a,b\nc,d"\n',
        {"keep_line_breaks": True},
        [("1", "a,b\nc,d")],
        ("Rows with a value over several lines: 1 (line 2).",),
    ),
]


@pytest.mark.parametrize(
    "data, arguments, rows, notes", [case[1:] for case in NOTED], ids=[case[0] for case in NOTED]
)
def test_what_was_recognised_is_noted(data, arguments, rows, notes) -> None:
    assert rows_and_notes(data, **arguments) == (rows, notes)


def test_a_message_never_shows_another_rows_data() -> None:
    Path("a.csv").write_bytes(HEADER + b'001,"Day 1,32\n002,SECRET,28\n003,SECRET,3\n')
    with pytest.raises(ContractError) as caught:
        read_table("a.csv")
    assert "SECRET" not in str(caught.value)


# Without NUL and lone surrogates, which no text file holds.
TEXTS = st.text(
    st.one_of(
        st.sampled_from('",;\t\n\r ab1é'),
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    ),
    max_size=6,
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(TEXTS, min_size=width, max_size=width), min_size=1, max_size=5))
    return [f"c{place}" for place in range(width)], rows


@given(
    table=tables(),
    separator=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    is_declared=st.booleans(),
    chunk=st.sampled_from([1, 3, 1 << 24]),
)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_pythons_csv_writes_comes_back(table, separator, quoting, is_declared, chunk) -> None:
    names, rows = table
    with Path("round.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, delimiter=separator, quoting=quoting).writerows([names, *rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_scan, "_CHUNK", chunk)
        try:
            frame = read_table(
                "round.csv",
                decimal=".",
                separator=separator if is_declared else None,
                keep_line_breaks=True,
            )
        except KetanalysisError:
            assert not is_declared, "a declared separator leaves no doubt"
            return
    assert frame.columns == names
    assert frame.rows() == [tuple(text or None for text in row) for row in rows]


PIECES = ['"', ",", "\n", "\r\n", "a", "1", " ", '",', '"\n', '\n"', ',"', '""']


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map("".join))
@settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_accepted_reads_as_a_strict_reader_reads_it(text: str) -> None:
    Path("any.csv").write_bytes(b"x,y\n" + text.encode())
    try:
        frame = read_table("any.csv", separator=",", keep_line_breaks=True)
    except KetanalysisError:
        return
    strict = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert frame.rows() == [tuple(value or None for value in row) for row in strict if row]
