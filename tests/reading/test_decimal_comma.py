"""Decimal commas: read where they are beyond doubt, kept or refused where they are not."""

from __future__ import annotations

import pytest

from ketanalysis.errors import ArgumentError
from tests.reading.sample_files import BOM, PLAIN, refusal, rows_and_notes

SEMICOLONS = "The fields are separated by semicolons, as the header shows."
COMMAS_READ = "Decimal commas were read in AVAL."


# name, bytes of a.csv, the whole message
BAD_CSV = [
    (
        "comma and point in one column",
        b"id;AVAL\n1;32,5\n2;31.5\n",
        [
            'a.csv, column AVAL must have one decimal mark: data row 1 has "32,5", data row 2 '
            'has "31.5".',
            '  Write one mark throughout; declare decimal="." to read the column as it stands.',
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
        "unknown decimal mark",
        "a.csv",
        PLAIN,
        {"decimal": ";"},
        ArgumentError,
        "decimal must be one of None, '.', ',', not ';'.",
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
        "German Excel",
        b"id;AVAL;text\r\n1;32,5;a, b\r\n2;31;c\r\n",
        {},
        [("1", "32.5", "a, b"), ("2", "31", "c")],
        (SEMICOLONS, COMMAS_READ),
    ),
    (
        "German Excel, quoted, with byte order mark",
        BOM + b'id;AVAL\n1;"-32,5"\n2;"31"\n',
        {},
        [("1", "-32.5"), ("2", "31")],
        (SEMICOLONS, COMMAS_READ),
    ),
    (
        "German Excel, Windows-1252 declared",
        b"id;AVAL\r\nK\xf6ln;32,5\r\n",
        {"encoding": "cp1252"},
        [("Köln", "32.5")],
        ("The text was decoded from cp1252.", SEMICOLONS, COMMAS_READ),
    ),
    (
        "decimal comma beside a code",
        b"id;AVAL\n1;32,5\n2;ND\n",
        {},
        [("1", "32.5"), ("2", "ND")],
        (SEMICOLONS, COMMAS_READ),
    ),
    (
        "commas that are not decimal",
        b"id;AVAL\n1;1,2,3\n2;31,5\n",
        {},
        [("1", "1,2,3"), ("2", "31,5")],
        (SEMICOLONS,),
    ),
    (
        "decimal point declared",
        b"id;AVAL\n1;32,5\n2;31.5\n",
        {"decimal": "."},
        [("1", "32,5"), ("2", "31.5")],
        (SEMICOLONS,),
    ),
    (
        "point for thousands beside decimal commas",
        b"id;AVAL;DOSE\n1;32,5;1.234\n2;31;980\n",
        {},
        [("1", "32.5", "1.234"), ("2", "31", "980")],
        (
            SEMICOLONS,
            COMMAS_READ,
            "Values like 1.234 were kept as they stand in DOSE; beside decimal commas such a "
            "point can mark thousands.",
        ),
    ),
    (
        "quoted decimal comma between commas",
        b'id,AVAL\n1,"32,5"\n',
        {},
        [("1", "32,5")],
        ('Commas were kept in AVAL; if they are decimal, declare decimal=",".',),
    ),
    (
        "the same, declared",
        b'id,AVAL\n1,"32,5"\n',
        {"decimal": ","},
        [("1", "32.5")],
        (COMMAS_READ,),
    ),
]


@pytest.mark.parametrize(
    "data, arguments, rows, notes", [case[1:] for case in NOTED], ids=[case[0] for case in NOTED]
)
def test_what_was_recognised_is_noted(data, arguments, rows, notes) -> None:
    assert rows_and_notes(data, **arguments) == (rows, notes)


def test_a_point_that_may_mark_thousands_is_refused_beside_a_declared_comma() -> None:
    message = (
        "a.csv, column DOSE can be read in two ways where the decimal mark is a comma: data row 2 "
        'has "1.234".\n'
        '  Write "1234" if the point marks thousands, "1,234" if it is decimal; or declare\n'
        '  decimal="." to read the file as it stands.'
    )
    for data in (b"id;DOSE\na;999\nb;1.234\n", b"id;DOSE\na;\nb;1.234\n"):
        assert refusal(data, decimal=",") == message
    for other in (b"12.5", b"1.234.567", b"text", b"1234"):  # these settle it
        data = b"id;DOSE\na;1.234\nb;" + other + b"\n"
        rows, _ = rows_and_notes(data, decimal=",")
        assert rows == [("a", "1.234"), ("b", other.decode())]
    assert rows_and_notes(b"id;DOSE\na;1.234\n", decimal=".")[0] == [("a", "1.234")]
