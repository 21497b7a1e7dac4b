"""Files: found by their paths, unpacked within limits, and read without a word if plain."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.reading.files import file_sha256, read_table, read_table_with_notes
from tests.reading.sample_files import BOM, HEADER, PLAIN, ROWS, refusal, rows_and_notes
from tests.shared import DATA, requires_shared

# name, bytes of a.csv, the whole message
BAD_CSV = [
    ("empty", b"", ["a.csv is empty."]),
    ("blank", b"\n\r\n \n", ["a.csv is empty."]),
    ("byte order mark only", BOM, ["a.csv is empty."]),
]


@pytest.mark.parametrize(
    "data, message", [case[1:] for case in BAD_CSV], ids=[case[0] for case in BAD_CSV]
)
def test_a_bad_file_is_refused_by_its_line(data: bytes, message: list[str]) -> None:
    assert refusal(data) == "\n".join(message)


# name, file, bytes, arguments, error, the whole message
BAD_CALLS = [
    (
        "missing code as bare text",
        "a.csv",
        PLAIN,
        {"missing": "NA"},
        ArgumentError,
        "missing must be a list of texts, not 'NA': ['NA'].",
    ),
    (
        "missing codes for an unknown column",
        "a.csv",
        PLAIN,
        {"missing": {"AVALL": ["NA"]}},
        ArgumentError,
        "missing names 'AVALL', which is no column of a.csv. Did you mean AVAL?",
    ),
    (
        "unknown kind of file",
        "a.xlsx",
        b"x",
        {},
        ArgumentError,
        "a.xlsx must end in .csv, .tsv, .txt, .csv.gz, .tsv.gz, .txt.gz or .parquet.\n"
        "  Save the table as CSV (UTF-8).",
    ),
    (
        "too large",
        "a.csv",
        PLAIN,
        {"max_bytes": 10},
        ContractError,
        "a.csv holds more than 10 bytes.\n  Set max_bytes higher if you trust it.",
    ),
    (
        "too large when unpacked",
        "a.csv.gz",
        gzip.compress(PLAIN * 90),
        {"max_bytes": 1_000},
        ContractError,
        "a.csv.gz holds more than 1,000 bytes.\n  Set max_bytes higher if you trust it.",
    ),
    (
        "gzip bomb",
        "a.csv.gz",
        gzip.compress(b"a,b\n" * 3_000_000),
        {},
        ContractError,
        "a.csv.gz unpacks to more than 200 times its size; a data file does not.\n"
        "  Set max_ratio higher if you trust it.",
    ),
    (
        "no gzip",
        "a.csv.gz",
        PLAIN,
        {},
        ContractError,
        "a.csv.gz is damaged or no gzip file: get a new copy.",
    ),
    (
        "gzip cut off",
        "a.csv.gz",
        gzip.compress(PLAIN)[:-9],
        {},
        ContractError,
        "a.csv.gz is cut off: get a new copy.",
    ),
    (
        "no Parquet",
        "a.parquet",
        b"PAR1xxPAR1",
        {},
        ContractError,
        "a.parquet is damaged or no Parquet file: get a new copy.",
    ),
    (
        "text arguments for Parquet",
        "a.parquet",
        b"PAR1xxPAR1",
        {"decimal": ","},
        ArgumentError,
        "decimal, separator and encoding are for text files; a.parquet is Parquet.",
    ),
]


@pytest.mark.parametrize(
    "file, data, arguments, error, message",
    [case[1:] for case in BAD_CALLS],
    ids=[case[0] for case in BAD_CALLS],
)
def test_a_bad_call_is_refused(file, data, arguments, error, message) -> None:
    assert refusal(data, file, error, **arguments) == message


# name, file, bytes: read without a note
CLEAN = [
    ("plain", "a.csv", PLAIN),
    ("Windows line ends", "a.csv", PLAIN.replace(b"\n", b"\r\n")),
    ("old Mac line ends", "a.csv", PLAIN.replace(b"\n", b"\r")),
    ("byte order mark", "a.csv", BOM + PLAIN),
    ("all quoted", "a.csv", b'"USUBJID","AVISIT","AVAL"\n"001","Day 1","32"\n"002","Day 1",28\n'),
    ("tabs", "a.tsv", PLAIN.replace(b",", b"\t")),
    ("gzip", "A.CSV.GZ", gzip.compress(PLAIN)),
    ("text file", "a.txt", PLAIN),
    ("star in the name", "*.csv", PLAIN),
    ("brackets in the name", "a[1].csv", PLAIN),
]


@pytest.mark.parametrize("file, data", [c[1:] for c in CLEAN], ids=[c[0] for c in CLEAN])
def test_a_clean_file_raises_no_alarm(file: str, data: bytes) -> None:
    Path("other.csv").write_bytes(HEADER + b"009,Day 1,9\n")
    Path(file).write_bytes(data)
    frame, notes = read_table_with_notes(file)
    assert frame.rows() == ROWS
    assert frame.schema == {"USUBJID": pl.String, "AVISIT": pl.String, "AVAL": pl.String}
    assert notes == ()


# name, bytes of a.csv, arguments, rows, notes
NOTED = [
    (
        "NA, None and null are texts",
        b"id,x\nNA,None\nnull,\n",
        {},
        [("NA", "None"), ("null", None)],
        (),
    ),
    (
        "codes declared for a column",
        b"id,x\nNA, -9\nnull,NA\n",
        {"missing": {"x": ["NA", "-9"]}},
        [("NA", None), ("null", None)],
        ('Read as missing in x: "-9" (1), "NA" (1).',),
    ),
    (
        "codes declared for all columns",
        b"id,x\nNA,-9\nnull,NA\n",
        {"missing": ["NA"]},
        [(None, "-9"), ("null", None)],
        ('Read as missing in id: "NA" (1).', 'Read as missing in x: "NA" (1).'),
    ),
    (
        "ids stay apart",
        b"id,x\n001,1E5\n01,100000\n1,\n",
        {},
        [("001", "1E5"), ("01", "100000"), ("1", None)],
        (),
    ),
]


@pytest.mark.parametrize(
    "data, arguments, rows, notes", [case[1:] for case in NOTED], ids=[case[0] for case in NOTED]
)
def test_what_was_recognised_is_noted(data, arguments, rows, notes) -> None:
    assert rows_and_notes(data, **arguments) == (rows, notes)


def test_addresses_are_not_opened() -> None:
    with pytest.raises(ArgumentError) as caught:
        read_table("http://127.0.0.1:9/a.csv")
    assert str(caught.value) == (
        "Only local files are read, not http://127.0.0.1:9/a.csv.\n  Download it first."
    )


def test_a_missing_file_is_named_with_its_neighbour() -> None:
    Path("scores.csv").write_bytes(PLAIN)
    with pytest.raises(ArgumentError) as caught:
        read_table("score.csv")
    assert str(caught.value) == "There is no file score.csv. Did you mean scores.csv?"
    with pytest.raises(ArgumentError) as caught:
        read_table("*")
    assert str(caught.value) == "There is no file *. Its folder holds scores.csv."
    with pytest.raises(ArgumentError) as caught:
        read_table(Path("none", "score.csv"))
    assert str(caught.value) == (
        f"There is no file {Path('none', 'score.csv')}: its folder does not exist."
    )
    with pytest.raises(ArgumentError) as caught:
        read_table(os.curdir)
    assert str(caught.value) == ". is a folder, not a file."
    with pytest.raises(ArgumentError) as caught:
        read_table(b"a.csv")  # type: ignore[arg-type]
    assert str(caught.value) == "path must be the path of a file, not bytes."


def test_parquet_keeps_its_types_and_loses_nan() -> None:
    given_frame = pl.DataFrame({"USUBJID": ["001", "002"], "AVAL": [32.0, float("nan")]})
    given_frame.write_parquet("a[1].parquet")
    frame, notes = read_table_with_notes("a[1].parquet")
    assert frame.rows() == [("001", 32.0), ("002", None)]
    assert notes == ()


def test_parquet_without_rows_or_with_unclear_names_is_refused() -> None:
    pl.DataFrame(schema={"USUBJID": pl.String}).write_parquet("a.parquet")
    with pytest.raises(ContractError) as caught:
        read_table("a.parquet")
    assert str(caught.value) == "a.parquet has a header (USUBJID) and 0 data rows."
    pl.DataFrame({"AVAL": [1], "aval": [2]}).write_parquet("a.parquet")
    with pytest.raises(ContractError, match="equal but for case or spaces"):
        read_table("a.parquet")


def test_parquet_that_unpacks_too_large_is_refused() -> None:
    pl.DataFrame({"x": [0] * 100_000}).write_parquet("a.parquet")
    with pytest.raises(ContractError, match=r"^a\.parquet holds more than 10 bytes\.\n"):
        read_table("a.parquet", max_bytes=10)


def test_sha256_is_that_of_the_bytes() -> None:
    Path("a.csv").write_bytes(b"abc")  # the example of FIPS 180-4
    assert file_sha256("a.csv") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


@requires_shared
def test_published_files_read_without_a_note() -> None:
    for path in sorted(DATA.glob("*.csv*")):
        frame, notes = read_table_with_notes(path)
        same = pl.read_csv(path, infer_schema=False, glob=False)
        assert frame.rows() == [tuple(value or None for value in row) for row in same.iter_rows()]
        assert notes == ()
