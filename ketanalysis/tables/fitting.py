"""How a table fits paper: which way the page lies, how large its type is, in how many panels.

One rule for Word, PDF, RTF, LaTeX and reports, from the texts of the columns alone. A column
needs its longest word on one line, and its longest cell too where that is at most `WHOLE`:
numbers and intervals are not folded. The first of these that holds what all columns need is
taken: an upright page of A4 in type of 9 down to 8 points, a turned page in type of 9 down to
7 points, and panels on turned pages that repeat the columns of labels, as few as type of
7 points allows, in the largest type that needs no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ketanalysis.tables.table import Table

# Widths are twentieths of a point: A4 with margins of 2 cm, upright and turned.
PAGE, TURNED_PAGE = 9638, 14570
BESIDE = 240  # what a callout takes of the page
SIZES = (9.0, 8.5, 8.0, 7.5, 7.0)
LEAST_UPRIGHT = 8.0
WHOLE = 2400
LONGEST_WORD = PAGE // 2 - 160
PADDING = 160
# Breadths of the signs of Arial Bold at 9 points, rounded up; every other sign is a wide one.
BREADTHS = {
    **dict.fromkeys("ijl.,:;'|!/() -\u00a0[]", 62),
    **dict.fromkeys("frt", 72),
    **dict.fromkeys("abcdeghknopqsuvxyz0123456789+=<>\u2212\u2013_", 112),
    **dict.fromkeys("ABCDEFGHIJKLNOPQRSTUVXYZ&", 142),
}
BROADEST = 180
NARROWEST = 600


@dataclass(frozen=True)
class Fit:
    """A table on paper.

    ``is_turned`` is whether the page lies on its side, ``size`` the type in points, ``panels``
    the table in one piece or several: each has all rows, the last has the notes. ``width`` is the
    room for it, in twentieths of a point.
    """

    is_turned: bool
    size: float
    panels: tuple[Table, ...]
    width: int

    def widths(self, panel: Table) -> list[int]:
        """Return the width of each column of a panel, in twentieths of a point."""
        scale = self.size / SIZES[0]
        return [int(one * scale) for one in column_widths(panel, int(self.width / scale))]


def fit(table: Table, *, may_turn: bool = True) -> Fit:
    """Return how a table fits A4; one that may not turn stands in something, such as a callout."""
    needs = [_need(table, i) for i in range(len(table.columns))]
    upright, last = (PAGE, TURNED_PAGE) if may_turn else (PAGE - BESIDE,) * 2
    tried = [(upright, size) for size in SIZES if size >= LEAST_UPRIGHT]
    for width, size in [*tried, *((last, size) for size in SIZES)]:
        if sum(needs) <= _room(width, size):
            return Fit(width == TURNED_PAGE, size, (table,), width)

    fewest = len(_pieces(table, needs, _room(last, SIZES[-1])))
    size = max(one for one in SIZES if len(_pieces(table, needs, _room(last, one))) == fewest)
    pieces = _balanced(table, needs, _room(last, size))
    return Fit(may_turn, size, tuple(_panels(table, pieces)), last)


def continued(text: str) -> str:
    """Return what stands above a further panel."""
    return f"{text} (continued)".lstrip()


def _room(width: int, size: float) -> float:
    """Return the room that a width is for texts measured at the largest type."""
    return width * SIZES[0] / size


def _need(table: Table, place: int) -> int:
    longest = max(map(breadth, words_of(table, place)), default=0)
    widest = max((breadth(row[place]) for row in table.rows), default=0)
    return max(NARROWEST, max(min(longest, LONGEST_WORD), min(widest, WHOLE)) + PADDING)


def _labels(table: Table, needs: Sequence[int], room: float) -> int:
    """Return how many columns at the left are repeated: those of text, in half the page."""
    count = 0
    while count < len(needs) - 1 and table.columns[count].align == "left":
        count += 1
    while count > 1 and sum(needs[:count]) > room / 2:
        count -= 1
    return max(1, count)


def _pieces(table: Table, needs: Sequence[int], room: float) -> list[list[int]]:
    """Return the columns of each panel; columns under one spanner stay together if they can."""
    n_labels = _labels(table, needs, room)
    labels = list(range(n_labels))
    left = room - sum(needs[:n_labels])
    pieces: list[list[int]] = []
    for run in _runs(table, needs, n_labels, left):
        asked = sum(needs[i] for i in run)
        if pieces and sum(needs[i] for i in pieces[-1]) + asked <= left:
            pieces[-1] += run
        else:
            pieces.append(list(run))
    return [[*labels, *piece] for piece in pieces] or [labels]


def _runs(table: Table, needs: Sequence[int], start: int, room: float) -> list[list[int]]:
    runs: list[list[int]] = []
    for place in range(start, len(needs)):
        over = table.columns[place].spanner
        if runs and over and table.columns[runs[-1][0]].spanner == over:
            runs[-1].append(place)
        else:
            runs.append([place])
    return [
        piece
        for run in runs
        for piece in ([run] if sum(needs[i] for i in run) <= room else [[i] for i in run])
    ]


def _balanced(table: Table, needs: Sequence[int], room: float) -> list[list[int]]:
    """Return as many pieces in as little room: the last panel is not one lonely column."""
    count = len(_pieces(table, needs, room))
    for less in range(max(needs) * 2, int(room), 100):
        pieces = _pieces(table, needs, less)
        if len(pieces) == count:
            return pieces
    return _pieces(table, needs, room)


def _panels(table: Table, pieces: list[list[int]]) -> list[Table]:
    return [
        replace(
            table,
            title=continued(table.title) if number else table.title,
            columns=tuple(table.columns[i] for i in piece),
            rows=tuple(tuple(row[i] for i in piece) for row in table.rows),
            notes=table.notes if number == len(pieces) - 1 else (),
        )
        for number, piece in enumerate(pieces)
    ]


def column_widths(table: Table, width: int = PAGE) -> list[int]:
    """Return the width of each column: what its text asks for, within the page.

    A column gets no less than its longest word where that fits. What is left goes first to the
    columns that ask for little: numbers and intervals stay whole, long sentences are folded.
    """
    least = [_least(table, i) for i in range(len(table.columns))]
    wanted = [max(low, _wanted(table, i)) for i, low in enumerate(least)]
    if sum(wanted) <= width:
        return wanted
    if sum(least) >= width:
        return [max(1, one * width // sum(least)) for one in least]
    asked = [most - low for low, most in zip(least, wanted, strict=True)]
    given = _shared(asked, width - sum(least))
    return [low + more for low, more in zip(least, given, strict=True)]


def _shared(asked: list[int], spare: int) -> list[int]:
    """Return shares of the spare room: the small wishes whole, the others alike."""
    given = [0] * len(asked)
    by_wish = sorted(range(len(asked)), key=asked.__getitem__)
    for place, column in enumerate(by_wish):
        given[column] = min(asked[column], spare // (len(asked) - place))
        spare -= given[column]
    return given


def texts_of(table: Table, place: int) -> list[str]:
    """Return the label and the cells of a column."""
    return [table.columns[place].label, *(row[place] for row in table.rows)]


def words_of(table: Table, place: int) -> list[str]:
    """Return the words of a column, its label's too."""
    return [word for text in texts_of(table, place) for word in text.split()]


def _least(table: Table, place: int) -> int:
    return max(NARROWEST, max(map(breadth, words_of(table, place)), default=0) + PADDING)


def _wanted(table: Table, place: int) -> int:
    return max(map(breadth, texts_of(table, place))) + PADDING


def breadth(text: str) -> int:
    """Return the room that a text asks for on one line, in twentieths of a point."""
    return sum(BREADTHS.get(sign, BROADEST) for sign in text)
