"""From the rows of a frame to the records of the model: features of subjects and their map.

A design column is a product of coded variables. Those that depend on the visit alone go into the
map, those that are constant within a subject become a feature once for all columns that use
them, and only what changes within a subject beyond the visit needs a feature for each visit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ContractError
from ketanalysis.formulas.coding import Coding, Piece, coded, level_codes, piece_values
from ketanalysis.mmrm.covariance import Floats
from ketanalysis.mmrm.patterns import Records

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each row stands: its subject (rows,), its visit (rows,), and how many there are.

    `starts` is the first row of each subject, shape (n,).
    """

    subject: Indices
    visit: Indices
    n: int
    m: int
    starts: Indices

    def spread(self, values: NDArray[np.generic]) -> Floats:
        """Return values of rows as subjects by visits, shape (n, m); NaN where there is no row."""
        grid = np.full((self.n, self.m), np.nan)
        grid[self.subject, self.visit] = values
        return grid


def lay_out(rows: pl.DataFrame, subject: str, visit: str, visits: tuple[object, ...]) -> Layout:
    """Return the layout of rows sorted by subject; two rows of a subject at a visit are refused."""
    ids = rows[subject]
    is_new = np.ones(len(ids), dtype=bool)
    is_new[1:] = (ids[1:] != ids[:-1]).to_numpy()
    codes = np.cumsum(is_new) - 1
    starts = np.flatnonzero(is_new)
    layout = Layout(codes, level_codes(rows[visit], visits), len(starts), len(visits), starts)
    place = layout.subject * layout.m + layout.visit
    twice = np.flatnonzero(np.bincount(place, minlength=1) > 1)
    if len(twice):
        first = rows.row(int(np.flatnonzero(place == twice[0])[0]), named=True)
        raise ContractError(
            f"A subject can have one row a visit; {len(twice)} subjects and visits have more, "
            f"first {subject} {first[subject]} at {first[visit]!r}. Keep one of the rows, or name "
            "the scale."
        )
    return layout


def records_of(
    rows: pl.DataFrame,
    layout: Layout,
    coding: Coding,
    response: str,
    *,
    group: str | None = None,
    weights: str | None = None,
    times: str | None = None,
) -> Records:
    """Return the records of rows that are sorted by subject and have no missing value."""
    parts = _parts(rows, layout, coding)
    z, t = _features(coding, layout, parts)
    groups = np.zeros(layout.n, dtype=np.int64)
    if group is not None:
        groups[layout.subject] = _codes(rows, layout, group)
    return Records(
        y=layout.spread(rows[response].cast(pl.Float64).to_numpy()),
        z=z,
        t=t,
        group=groups,
        weights=None if weights is None else layout.spread(_floats(rows, weights)),
        times=None if times is None else layout.spread(_floats(rows, times)),
    )


def _floats(rows: pl.DataFrame, column: str) -> Floats:
    return np.asarray(rows[column].cast(pl.Float64).to_numpy())


def _codes(rows: pl.DataFrame, layout: Layout, group: str) -> Indices:
    codes = rows[group].rank("dense").to_numpy().astype(np.int64) - 1
    if isinstance(rows.schema[group], pl.Enum):
        codes = rows[group].to_physical().rank("dense").to_numpy().astype(np.int64) - 1
    first = np.zeros(layout.n, dtype=np.int64)
    first[layout.subject[::-1]] = codes[::-1]
    changed = first[layout.subject] != codes
    if changed.any():
        raise ContractError(
            f"{group} must be the same in all rows of a subject to group the covariance; it is "
            f"not in {len(np.unique(layout.subject[changed]))} subjects."
        )
    return codes


@dataclass(frozen=True, eq=False)
class _Part:
    """A coded variable by what it depends on: ``by`` is "subject", "visit" or "row"."""

    by: str
    values: Floats  # (n,), (m,) or (n, m)


def _parts(rows: pl.DataFrame, layout: Layout, coding: Coding) -> dict[Piece, _Part]:
    """Return each coded variable; what a factor depends on is found once for all its levels."""
    pieces = dict.fromkeys(piece for column in coding.columns for piece in column.pieces)
    whole: dict[str, tuple[str, NDArray[np.generic]]] = {}
    for factor in dict.fromkeys(piece.factor for piece in pieces):
        whole[factor.label] = _part(layout, coded(factor, coding, rows))
    found = {}
    for piece in pieces:
        by, held = whole[piece.factor.label]
        values = piece_values(piece, coding, held)
        found[piece] = _Part(by, np.nan_to_num(values) if by == "row" else values)
    return found


def _part(layout: Layout, values: NDArray[np.generic]) -> tuple[str, NDArray[np.generic]]:
    by_subject = values[layout.starts]
    if (by_subject[layout.subject] == values).all():
        return "subject", by_subject
    by_visit = np.zeros(layout.m, dtype=values.dtype)
    by_visit[layout.visit[::-1]] = values[::-1]
    if (by_visit[layout.visit] == values).all():
        return "visit", by_visit
    return "row", layout.spread(values)


def _features(coding: Coding, layout: Layout, parts: dict[Piece, _Part]) -> tuple[Floats, Floats]:
    """Return features z (n, k) and their map t (m, k, p)."""
    held: dict[tuple[Piece, ...], list[int]] = {}
    features: list[Floats] = []
    places: list[tuple[int, list[int], Floats]] = []
    for j, column in enumerate(coding.columns):
        of_visit = [parts[p].values for p in column.pieces if parts[p].by == "visit"]
        others = tuple(p for p in column.pieces if parts[p].by != "visit")
        key = tuple(sorted(others, key=lambda p: p.label))
        if key not in held:
            made = _product(layout, [parts[p] for p in others])
            held[key] = list(range(len(features), len(features) + len(made)))
            features += made
        places.append((j, held[key], np.prod([np.ones(layout.m), *of_visit], axis=0)))
    t = np.zeros((layout.m, len(features), len(coding.columns)))
    for j, own, by_visit in places:
        if len(own) == 1:
            t[:, own[0], j] = by_visit
        else:
            t[np.arange(layout.m), own, j] = by_visit
    return np.column_stack(features), t


def _product(layout: Layout, parts: list[_Part]) -> list[Floats]:
    """Return one feature (n,), or one for each visit where a variable changes within subjects."""
    if all(part.by == "subject" for part in parts):
        return [np.prod([np.ones(layout.n), *(part.values for part in parts)], axis=0)]
    whole = np.ones((layout.n, layout.m))
    for part in parts:
        whole = whole * (part.values[:, None] if part.by == "subject" else part.values)
    return list(whole.T)


def group_levels(rows: pl.DataFrame, group: str | None) -> tuple[str, ...]:
    """Return the covariance groups in the order of their codes; one nameless group for None."""
    if group is None:
        return ("",)
    return tuple(str(level) for level in rows[group].unique().sort())
