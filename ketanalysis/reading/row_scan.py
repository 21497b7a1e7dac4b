"""Where the rows of a delimited text are: one pass over its bytes, before anything is read.

The pass counts the fields of every row outside quotation marks and proves that every
quotation mark stands where it can: before or after a whole field, or doubled inside one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

QUOTE, LINE_FEED, RETURN = 34, 10, 13
_CHUNK = 1 << 24

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Fault:
    """A quotation mark that cannot be there.

    Attributes
    ----------
    kind
        ``inside``: within a field that does not begin with one; ``after``: it closes a
        field that goes on; ``open``: it is never closed.
    place
        Its byte position, from 0.
    """

    kind: str
    place: int


@dataclass(frozen=True, eq=False)
class Scan:
    """What the pass found; all places are byte positions from 0.

    Attributes
    ----------
    separator
        The separator that the pass assumed.
    header
        Start and end of the header row, without its line feed.
    fields
        Number of fields of the header.
    n_rows
        Data rows: neither the header nor empty lines.
    odd
        Start, end and number of fields of each row that has another number of fields;
        shape ``(n, 3)``.
    blank
        Start and end (line feed included) of each empty line; shape ``(n, 2)``.
    fault
        The first quotation mark that cannot be there; the pass stopped there.
    """

    separator: str
    header: tuple[int, int] = (0, 0)
    fields: int = 0
    n_rows: int = 0
    odd: Places = field(default_factory=lambda: np.empty((0, 3), dtype=np.int64))
    blank: Places = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    fault: Fault | None = None

    @property
    def is_sound(self) -> bool:
        """Whether all rows have as many fields as the header and all quotes are in place."""
        return not len(self.odd) and self.fault is None


class _FaultFound(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


def scan(data: bytes, separator: str) -> Scan:
    """Return where the rows are and which do not fit; `data` must end with a line feed."""
    buffer = np.frombuffer(data, dtype=np.uint8)
    header, expected, n_rows = (0, 0), 0, 0
    odd, blank = [Scan("").odd], [Scan("").blank]
    try:
        for starts, ends, fields in _rows(data, buffer, separator):
            length = ends - starts
            is_blank = (length == 0) | ((length == 1) & (buffer[starts] == RETURN))
            if not expected and not is_blank.all():
                first = int(np.argmin(is_blank))
                header = (int(starts[first]), int(ends[first]))
                expected, n_rows = int(fields[first]), -1
            n_rows += int(np.count_nonzero(~is_blank))
            is_odd = (fields != expected) & ~is_blank
            odd.append(np.stack((starts, ends, fields), axis=1)[is_odd])
            blank.append(np.stack((starts, ends + 1), axis=1)[is_blank])
    except _FaultFound as found:
        return Scan(separator, header, expected, n_rows, fault=found.fault)
    return Scan(separator, header, expected, n_rows, np.concatenate(odd), np.concatenate(blank))


def without_lines(data: bytes, lines: Places) -> bytes:
    """Return the data without the given lines, each by its start and end."""
    if not len(lines):
        return data
    step = np.zeros(len(data) + 1, dtype=np.int8)
    step[lines[:, 0]] += 1
    step[lines[:, 1]] -= 1
    is_kept = np.cumsum(step[:-1], dtype=np.int8) == 0
    kept: bytes = np.frombuffer(data, dtype=np.uint8)[is_kept].tobytes()
    return kept


def header_end(data: bytes) -> int:
    """Return where the first row ends: at the first line feed outside quotation marks."""
    start, end, quotes = 0, data.find(b"\n"), 0
    while end >= 0:
        quotes += data.count(b'"', start, end)
        if quotes % 2 == 0:
            return end
        start, end = end, data.find(b"\n", end + 1)
    return len(data)


def with_line_feeds(data: bytes) -> bytes | int:
    """Return the data with line feeds for lone carriage returns that end lines.

    Where both kinds of line end stand outside quotation marks, the place of the first lone
    carriage return is returned instead.
    """
    if data.count(b"\r") == data.count(b"\r\n"):
        return data
    buffer = np.frombuffer(data, dtype=np.uint8)
    at = np.flatnonzero((buffer == QUOTE) | (buffer == LINE_FEED) | (buffer == RETURN))
    outside = at[np.cumsum(buffer[at] == QUOTE) % 2 == 0]
    outside = outside[buffer[outside] != QUOTE]
    following = np.append(buffer, 0)[outside + 1]
    lone = outside[(buffer[outside] == RETURN) & (following != LINE_FEED)]
    if not len(lone):
        return data
    if np.any(buffer[outside] == LINE_FEED):
        return int(lone[0])
    changed = buffer.copy()
    changed[lone] = LINE_FEED
    return changed.tobytes()


def rows_over_lines(data: bytes, found: Scan) -> list[tuple[int, int, bool]]:
    """Return first line, last line and doubt of each row that runs over several lines.

    A row is in doubt when each of its lines, were the quotation marks not there, would have
    the header's number of fields: two stray marks make one row of two so.
    """
    if b'"' not in data or data.count(b"\n") == found.n_rows + len(found.blank) + 1:
        return []
    buffer = np.frombuffer(data, dtype=np.uint8)
    special = np.isin(buffer, (QUOTE, LINE_FEED, ord(found.separator)))
    kind = buffer[special]
    at_ends = np.flatnonzero(kind == LINE_FEED)
    marks = np.diff(np.cumsum(kind == ord(found.separator))[at_ends], prepend=0)
    is_inner = np.cumsum(kind == QUOTE)[at_ends] % 2 == 1
    lasts = np.flatnonzero(~is_inner)
    firsts = np.append(0, lasts[:-1] + 1)
    unlike = np.add.reduceat(marks != found.fields - 1, firsts)
    several = lasts > firsts
    return [
        (first + 1, last + 1, not others)
        for first, last, others in _triples(firsts[several], lasts[several], unlike[several])
    ]


def opening(data: bytes, place: int) -> int:
    """Return where the field opens that the quotation mark at `place` belongs to."""
    buffer = np.frombuffer(data, dtype=np.uint8, count=place + 1)
    opens = np.flatnonzero(buffer == QUOTE)[::2]
    begins = opens[(opens == 0) | (buffer[opens - 1] != QUOTE)]
    return int(begins[-1])


def line_at(data: bytes, place: int) -> int:
    """Return the line of a byte position, from 1."""
    return data.count(b"\n", 0, place) + 1


def character_at(data: bytes, place: int) -> int:
    """Return the character of a byte position within its line, from 1."""
    start = data.rfind(b"\n", 0, place) + 1
    return len(data[start:place].decode("utf-8", "replace")) + 1


def _rows(data: bytes, buffer: Bytes, separator: str) -> Iterator[tuple[Places, Places, Places]]:
    """Yield starts, ends and numbers of fields of whole rows, a chunk of the bytes at a time."""
    special = np.zeros(256, dtype=bool)
    special[[ord(separator), LINE_FEED]] = True
    special[QUOTE] = has_quotes = b'"' in data
    start = pending = depth = 0
    for offset in range(0, len(data), _CHUNK):
        at = np.flatnonzero(special[buffer[offset : offset + _CHUNK]]) + offset
        if has_quotes:
            is_quote = buffer[at] == QUOTE
            inside = (np.cumsum(is_quote) + depth) % 2
            _check_quotes(buffer, at[is_quote], inside[is_quote] == 1, separator)
            depth = int(inside[-1]) if len(inside) else depth
            at = at[~is_quote & (inside == 0)]
        at_ends = np.flatnonzero(buffer[at] == LINE_FEED)
        if not len(at_ends):
            pending += len(at)
            continue
        fields = np.diff(at_ends, prepend=-1)
        fields[0] += pending
        pending = len(at) - int(at_ends[-1]) - 1
        ends = at[at_ends]
        yield np.append(start, ends[:-1] + 1), ends, fields
        start = int(ends[-1]) + 1
    if depth:
        raise _FaultFound(Fault("open", opening(data, len(data) - 1)))


def _check_quotes(buffer: Bytes, quotes: Places, opens: Any, separator: str) -> None:
    """Raise at the first quote that neither begins, ends nor is doubled inside a field."""
    before = buffer[quotes - 1]
    after = buffer[quotes + 1]
    edges = (ord(separator), LINE_FEED, QUOTE)
    fits = np.where(opens, np.isin(before, edges), np.isin(after, (*edges, RETURN)))
    if fits.all():
        return
    first = int(np.argmin(fits))
    raise _FaultFound(Fault("inside" if opens[first] else "after", int(quotes[first])))


def _triples(*arrays: Places) -> Iterator[tuple[int, int, int]]:
    return zip(*(array.tolist() for array in arrays), strict=True)
