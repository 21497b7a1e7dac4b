"""Files as data frames: CSV and its kin read as text without a guess, Parquet as it is.

What is in doubt is refused with its line and what to declare; what was recognised is noted.
Only local files are opened: no pattern of names, no address.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, check_one_of, listed, near_miss
from ketanalysis.frames import to_polars
from ketanalysis.reading.decimal_comma import (
    looks_decimal,
    refuse_ambiguous_points,
    with_decimal_points,
)
from ketanalysis.reading.decoding import check_is_text, to_utf8
from ketanalysis.reading.delimited import check_names, read_delimited

KINDS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet")
MAX_BYTES = 2_000_000_000
MAX_RATIO = 200
_RATIO_FROM = 10_000_000
_PIECE = 1 << 20

Missing = Sequence[str] | Mapping[str, Sequence[str]]
PathLike = str | os.PathLike[str]


def read_table(
    path: PathLike,
    *,
    decimal: str | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    missing: Missing = (),
    keep_line_breaks: bool = False,
    max_bytes: int = MAX_BYTES,
    max_ratio: float = MAX_RATIO,
) -> pl.DataFrame:
    r"""Read a local file as a data frame: which values stand in it, unchanged?

    Text files give text columns only, so that the ids 001, 01 and 1 stay three; numbers are
    made later by `ketanalysis.frames.number_column`, which reports what is none. Use
    `read_table_with_notes` to learn what was recognised on the way.

    Parameters
    ----------
    path
        A .csv, .tsv or .txt file (also .gz) or a .parquet file. ``*`` and ``[1]`` in a name
        are letters like others.
    decimal
        ``","`` turns decimal commas into points wherever every value with a comma is a
        number; ``"."`` leaves all as it stands. None does what ``","`` does in files
        separated by semicolons, and nothing in others.
    separator
        One character. None takes the comma, semicolon, tab or | on which all rows agree.
    encoding
        None reads UTF-8, and UTF-16 with its byte order mark. Others must be declared:
        ``"cp1252"`` is what Excel saves on Windows.
    missing
        Texts that mean "no value", for all columns or as a dict of columns. By default only
        the empty cell does: NA, None and null are texts.
    keep_line_breaks
        True accepts a quoted value over several lines even where each of them would be a
        row of its own, which else is refused: two stray quotation marks look the same.
    max_bytes, max_ratio
        Limits of the unpacked size, and of its ratio to the packed size.

    Returns
    -------
    polars.DataFrame
        One row a data row, in the file's order; text columns (Parquet keeps its types).
        Missing values are null.

    Raises
    ------
    ArgumentError
        When the file does not exist, is of no known kind, or an argument contradicts it.
    ContractError
        When the file is empty, damaged, in another encoding, ragged, or holds two columns
        of one name; the message names the file and the line.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "scores.csv")
    >>> _ = path.write_text("USUBJID,AVAL\n001,31\n002,ND\n")
    >>> read_table(path).rows()
    [('001', '31'), ('002', 'ND')]
    """
    frame, _ = read_table_with_notes(
        path,
        decimal=decimal,
        separator=separator,
        encoding=encoding,
        missing=missing,
        keep_line_breaks=keep_line_breaks,
        max_bytes=max_bytes,
        max_ratio=max_ratio,
    )
    return frame


def read_table_with_notes(
    path: PathLike,
    *,
    decimal: str | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    missing: Missing = (),
    keep_line_breaks: bool = False,
    max_bytes: int = MAX_BYTES,
    max_ratio: float = MAX_RATIO,
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Read a local file as `read_table` does, and say in sentences what was recognised.

    Returns
    -------
    frame : polars.DataFrame
        As `read_table` gives it.
    notes : tuple of str
        Separator, encoding and decimal commas that were recognised, cells that a declared
        code made missing, empty lines, a missing last line end. Empty for a plain file.
    """
    _check_arguments(decimal, separator, missing)
    name, file = str(path), _local_file(path)
    kind = _kind(name)
    if kind == ".parquet":
        if (decimal, separator, encoding) != (None, None, None):
            raise ArgumentError(
                f"decimal, separator and encoding are for text files; {name} is Parquet."
            )
        frame = _parquet(file, name, max_bytes)
        return _with_missing(frame, missing, name)

    data = _file_bytes(file, name, kind.endswith(".gz"), max_bytes, max_ratio)
    check_is_text(data, name)
    data, notes = to_utf8(data, name, encoding)
    if not data.strip():
        raise ContractError(f"{name} is empty.")
    usual = "\t" if kind.startswith(".tsv") else ","
    frame, found, more = read_delimited(
        data, name, separator, usual, keep_line_breaks=keep_line_breaks
    )
    frame, missed = _with_missing(frame, missing, name)
    frame, commas = _decimal_points(frame, name, decimal, found)
    return frame, notes + more + missed + commas


def file_sha256(path: PathLike) -> str:
    """Return the SHA-256 of a local file as 64 hexadecimal digits, as ``sha256sum`` prints it."""
    with _local_file(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _check_arguments(decimal: str | None, separator: str | None, missing: Missing) -> None:
    check_one_of("decimal", decimal, (None, ".", ","))
    if isinstance(missing, str):
        raise ArgumentError(f"missing must be a list of texts, not {missing!r}: [{missing!r}].")
    if separator is None:
        return
    if len(separator) != 1 or not separator.isascii() or separator in '"\n\r\0':
        raise ArgumentError(f"separator must be one ASCII character, not {separator!r}.")


def _local_file(path: PathLike) -> Path:
    if not isinstance(path, (str, os.PathLike)):
        raise ArgumentError(f"path must be the path of a file, not {type(path).__name__}.")
    if "://" in str(path):
        raise ArgumentError(f"Only local files are read, not {path}.\n  Download it first.")
    file = Path(path)
    if file.is_dir():
        raise ArgumentError(f"{path} is a folder, not a file.")
    if file.is_file():
        return file
    if file.exists():
        raise ArgumentError(f"{path} is not a plain file.")
    if not file.parent.is_dir():
        raise ArgumentError(f"There is no file {path}: its folder does not exist.")
    beside = sorted(one.name for one in file.parent.iterdir() if one.is_file())
    hint = near_miss(file.name, beside)
    held = f" Its folder holds {listed(beside, most=5)}." if beside and not hint else ""
    raise ArgumentError(f"There is no file {path}.{hint}{held}")


def _kind(name: str) -> str:
    for kind in KINDS:
        if name.casefold().endswith(kind):
            return kind
    raise ArgumentError(
        f"{name} must end in {', '.join(KINDS[:-1])} or {KINDS[-1]}.\n"
        "  Save the table as CSV (UTF-8)."
    )


def _file_bytes(file: Path, name: str, is_packed: bool, max_bytes: int, max_ratio: float) -> bytes:
    try:
        size = file.stat().st_size
        if size > max_bytes:
            raise _too_large(name, max_bytes)
        if not is_packed:
            return file.read_bytes()
        with file.open("rb") as handle:
            return b"".join(_unpacked(handle, name, size, max_bytes, max_ratio))
    except OSError as error:
        raise ArgumentError(f"{name} cannot be read: {error.strerror}.") from None


def _unpacked(
    handle: IO[bytes], name: str, size: int, max_bytes: int, max_ratio: float
) -> Iterator[bytes]:
    """Yield the unpacked pieces of a gzip file, and stop before it grows beyond the limits."""
    import gzip

    total = 0
    with gzip.GzipFile(fileobj=handle) as stream:
        while True:
            try:
                piece = stream.read(_PIECE)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                what = "is cut off" if isinstance(error, EOFError) else "is damaged or no gzip file"
                raise ContractError(f"{name} {what}: get a new copy.") from None
            if not piece:
                return
            total += len(piece)
            if total > max_bytes:
                raise _too_large(name, max_bytes)
            if total > _RATIO_FROM and total > size * max_ratio:
                raise ContractError(
                    f"{name} unpacks to more than {max_ratio:g} times its size; a data file "
                    "does not.\n  Set max_ratio higher if you trust it."
                )
            yield piece


def _too_large(name: str, max_bytes: int) -> ContractError:
    return ContractError(
        f"{name} holds more than {max_bytes:,} bytes.\n  Set max_bytes higher if you trust it."
    )


def _parquet(file: Path, name: str, max_bytes: int) -> pl.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with file.open("rb") as handle:
            source = pq.ParquetFile(handle, page_checksum_verification=True)
            groups = range(source.metadata.num_row_groups)
            if sum(source.metadata.row_group(g).total_byte_size for g in groups) > max_bytes:
                raise _too_large(name, max_bytes)
            table = source.read()
    except (pa.ArrowException, OSError) as error:
        raise ContractError(f"{name} is damaged or no Parquet file: get a new copy.") from error
    frame = to_polars(table, name)
    check_names(frame.columns, name)
    if not frame.height:
        raise ContractError(f"{name} has a header ({listed(frame.columns)}) and 0 data rows.")
    return frame


def _with_missing(
    frame: pl.DataFrame, missing: Missing, name: str
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Make declared codes null in text columns, and count them by column and code."""
    texts = [column for column, dtype in frame.schema.items() if dtype == pl.String]
    by_column = missing if isinstance(missing, Mapping) else dict.fromkeys(texts, missing)
    changed: list[pl.Series] = []
    notes = []
    for column, codes in by_column.items():
        if column not in frame.columns:
            raise ArgumentError(
                f"missing names {column!r}, which is no column of {name}."
                f"{near_miss(column, frame.columns)}"
            )
        values = frame[column].cast(pl.String).str.strip_chars()
        is_code = values.is_in([str(code) for code in codes])
        if not is_code.any():
            continue
        changed.append(frame[column].set(is_code, None))
        counts = values.filter(is_code).value_counts(name="count").sort(column).rows()
        told = ", ".join(f'"{code}" ({count})' for code, count in counts)
        notes.append(f"Read as missing in {column}: {told}.")
    return frame.with_columns(changed), tuple(notes)


def _decimal_points(
    frame: pl.DataFrame, name: str, decimal: str | None, separator: str
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    if decimal == ",":
        refuse_ambiguous_points(frame, name)
        return with_decimal_points(frame, name)
    if decimal == ".":
        return frame, ()
    if separator == ";":
        return with_decimal_points(frame, name)
    columns = looks_decimal(frame)
    if not columns:
        return frame, ()
    return frame, (
        f'Commas were kept in {listed(columns)}; if they are decimal, declare decimal=",".',
    )
