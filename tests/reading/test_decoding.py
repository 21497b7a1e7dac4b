"""Encodings: what is declared must fit, what is in doubt is refused by its byte."""

from __future__ import annotations

import gzip

import pytest

from ketanalysis.errors import ArgumentError
from tests.reading.sample_files import BOM, HEADER, PLAIN, refusal, rows_and_notes

CP1252 = '  It is probably Windows-1252 (Excel saves so): declare encoding="cp1252".'
SPOILT = ("Ã¶", "Ã–", "Âµ", "â€")


# name, bytes of a.csv, the whole message
BAD_CSV = [
    (
        "Latin-1",
        b"id,site\n1,Ulm\n2,K\xf6ln\n",
        ["a.csv is not UTF-8: line 3 holds the byte 0xF6 (byte 4 of the line).", CP1252],
    ),
    (
        "Windows-1252",
        b"id,cost\n1,\x80 5\n",
        ["a.csv is not UTF-8: line 2 holds the byte 0x80 (byte 3 of the line).", CP1252],
    ),
    (
        "Latin-1 with old Mac line ends",
        b"id,site\r1,Ulm\r2,K\xf6ln\r",
        ["a.csv is not UTF-8: line 3 holds the byte 0xF6 (byte 4 of the line).", CP1252],
    ),
    (
        "no encoding fits",
        b"id,site\n1,\x81\n",
        [
            "a.csv is not UTF-8: line 2 holds the byte 0x81 (byte 3 of the line).",
            "  Ask who made the file for its encoding, and declare encoding=.",
        ],
    ),
    (
        "two encodings",
        "id,site\n1,Köln\n".encode() + b"2,K\xf6ln\n",
        [
            "a.csv is not UTF-8: line 3 holds the byte 0xF6 (byte 4 of the line).",
            "  The text before it is UTF-8, so the file mixes encodings or is damaged there: "
            "correct that line.",
        ],
    ),
    (
        "UTF-16 without mark",
        PLAIN.decode().encode("utf-16-le"),
        [
            "a.csv is not UTF-8.",
            '  It looks like UTF-16 without its mark: declare encoding="utf-16-le".',
        ],
    ),
    (
        "big-endian UTF-16 without mark",
        PLAIN.decode().encode("utf-16-be"),
        [
            "a.csv is not UTF-8.",
            '  It looks like UTF-16 without its mark: declare encoding="utf-16-be".',
        ],
    ),
    (
        "UTF-16 cut off",
        PLAIN.decode().encode("utf-16")[:-1],
        [
            "a.csv is not utf-16-le: line 3 holds the byte 0x0A out of place.",
            "  Ask who made the file for its encoding, and declare encoding=.",
        ],
    ),
    (
        "NUL",
        HEADER + b"001,Day 1,3\x002\n",
        [
            "a.csv line 2 holds a NUL (byte 12 of the line); text has none.",
            "  The file is damaged, or is no text: get a new copy.",
        ],
    ),
    (
        "xlsx",
        b"PK\x03\x04abc",
        [
            "a.csv is a zip or xlsx file, not text, whatever its name says.",
            "  Save the sheet as CSV, or unpack the zip.",
        ],
    ),
    (
        "xls",
        b"\xd0\xcf\x11\xe0abc",
        [
            "a.csv is an old Excel (xls) file, not text, whatever its name says.",
            "  Save the sheet as CSV.",
        ],
    ),
    (
        "gzip without its name",
        gzip.compress(PLAIN),
        [
            "a.csv is a gzip file, not text, whatever its name says.",
            "  Give it a name that ends in .gz.",
        ],
    ),
    (
        "Parquet without its name",
        b"PAR1abc",
        [
            "a.csv is a Parquet file, not text, whatever its name says.",
            "  Give it a name that ends in .parquet.",
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
        "Latin-1 declared, Windows-1252 given",
        "a.csv",
        b"id,cost\n1,\x80 5\n",
        {"encoding": "latin-1"},
        ArgumentError,
        "encoding='latin-1' cannot be: a.csv line 2 holds the byte 0x80, a control character "
        'there.\n  It is probably Windows-1252: declare encoding="cp1252".',
    ),
    (
        "Windows-1252 declared, UTF-8 given",
        "a.csv",
        "id,site\n1,Köln\n".encode(),
        {"encoding": "cp1252"},
        ArgumentError,
        "encoding='cp1252' cannot be: a.csv is UTF-8 with other letters than ASCII.\n"
        "  Leave encoding out.",
    ),
    (
        "the byte order mark says otherwise",
        "a.csv",
        BOM + PLAIN,
        {"encoding": "cp1252"},
        ArgumentError,
        "encoding='cp1252' cannot be: a.csv begins with the byte order mark of utf-8.\n"
        "  Leave encoding out.",
    ),
    (
        "unknown encoding",
        "a.csv",
        PLAIN,
        {"encoding": "cp1525"},
        ArgumentError,
        "encoding must be one of 'utf-8', 'utf-16', 'utf-16-le', 'utf-16-be', 'cp1252', "
        "'latin-1', 'iso-8859-15', 'cp1250', 'cp1251', 'mac-roman', 'shift_jis', 'gb18030', "
        "'big5', 'euc-kr', not 'cp1525'. Did you mean cp1252?",
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
        "UTF-16",
        "id,x\n1,ö\n".encode("utf-16"),
        {},
        [("1", "ö")],
        ("The text was decoded from utf-16-le.",),
    ),
    (
        "a character lost before",
        "id,x\n1,K\ufffdln\n".encode(),
        {},
        [("1", "K\ufffdln")],
        ("Line 2 holds U+FFFD: a program before this one has already lost a character.",),
    ),
]


@pytest.mark.parametrize(
    "data, arguments, rows, notes", [case[1:] for case in NOTED], ids=[case[0] for case in NOTED]
)
def test_what_was_recognised_is_noted(data, arguments, rows, notes) -> None:
    assert rows_and_notes(data, **arguments) == (rows, notes)


@pytest.mark.parametrize("word", ["Köln", "Größe", "Öl", "12 µg", "it’s"])
def test_letters_that_were_spoilt_before_are_told(word: str) -> None:
    spoilt = word.encode().decode("cp1252")
    rows, notes = rows_and_notes(f"id,city\n1,Ulm\n2,{spoilt}\n".encode())
    assert rows[1] == ("2", spoilt)
    held = next(pair for pair in SPOILT if pair in spoilt)
    assert notes == (
        f'Line 3 holds "{held}", as UTF-8 looks when a program before this one read it as '
        "Windows-1252: check the letters.",
    )


@pytest.mark.parametrize("word", ["Köln", "MAÇÃ", "SÃO", "Âge", "Größe 3 µg", "it’s 3 €", "â"])
def test_letters_that_are_right_are_not(word: str) -> None:
    assert rows_and_notes(f"id,city\n1,{word}\n".encode()) == ([("1", word)], ())
