"""Little files for the tests of reading, and what reading one gives or says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ketanalysis.errors import ContractError
from ketanalysis.reading.files import read_table, read_table_with_notes

HEADER = b"USUBJID,AVISIT,AVAL\n"
PLAIN = HEADER + b"001,Day 1,32\n002,Day 1,28\n"
ROWS = [("001", "Day 1", "32"), ("002", "Day 1", "28")]
BOM = b"\xef\xbb\xbf"


def refusal(
    data: bytes, file: str = "a.csv", error: type[Exception] = ContractError, **arguments: Any
) -> str:
    """Return the whole message with which a file of these bytes is refused."""
    Path(file).write_bytes(data)
    with pytest.raises(error) as caught:
        read_table(file, **arguments)
    assert type(caught.value) is error
    return str(caught.value)


def rows_and_notes(data: bytes, **arguments: Any) -> tuple[list[tuple[Any, ...]], tuple[str, ...]]:
    """Return the rows of a file of these bytes, and what was noted of it."""
    Path("a.csv").write_bytes(data)
    frame, notes = read_table_with_notes("a.csv", **arguments)
    return frame.rows(), notes
