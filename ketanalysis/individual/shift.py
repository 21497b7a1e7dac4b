"""Who moved to another band of severity: band at baseline by band at a visit, missing counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, ContractError, EstimationError, listed
from ketanalysis.grid import Grid, by_columns, groups_of, score_grid
from ketanalysis.individual.bands import MISSING, NO_BAND, Severity, severity_bands
from ketanalysis.population import Population
from ketanalysis.rates.handling import with_set_aside
from ketanalysis.results import Result

Integers = NDArray[np.int64]
HANDLINGS = {
    "observed": "a subject without a score at the visit stands under missing",
    "locf": "the last score after baseline is carried forward; a subject without any stands under "
    "missing",
}
MOVES = ("lower band", "same band", "higher band", MISSING)
ROWS = {
    "AVISIT": pl.String,
    "missing": pl.String,
    "baseline_band": pl.String,
    "band": pl.String,
    "count": pl.Int64,
    "n": pl.Int64,
    "estimate": pl.Float64,
}
MOVED = {"move": pl.String, "count": pl.Int64, "n": pl.Int64, "estimate": pl.Float64}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ShiftResult(Result):
    """Subjects by band at baseline and band at a visit.

    Attributes
    ----------
    table
        One row a group, band at baseline and band at the visit, empty ones too: by-columns,
        AVISIT, missing (the handling), baseline_band, band, count, n (all subjects of the
        group in that band at baseline), estimate (the row share, 0 to 1; null where n is 0).
        The last band is "missing" on both sides.
    moves
        One row a group and move ("lower band", "same band", "higher band", "missing"):
        by-columns, move, count, n (all subjects of the group), estimate (0 to 1).
    scale, by, visit, missing
        The scale, the by-columns, the visit, and how missing scores were handled.
    bands
        The labels from the lowest scores to the highest, without "missing".
    source
        Where the bands begin, and who says so.
    """

    kind: ClassVar[str] = "shift"

    moves: pl.DataFrame = field(default_factory=pl.DataFrame)
    scale: str = ""
    by: tuple[str, ...] = ()
    visit: str = ""
    missing: str = ""
    bands: tuple[str, ...] = ()
    source: str = ""


def estimate_shift(
    data: Any,
    scale: str,
    by: str | Sequence[str] | None = None,
    *,
    visit: str,
    missing: str | None = None,
    bands: Mapping[str, float] | None = None,
    population: Population = "ITT",
) -> ShiftResult:
    """Count subjects by band of severity at baseline and at a visit, with row shares.

    Answers "of those who were severely ill, how many were well?". Not a test, and not a
    response rate: who crosses a limit by one point moves a band (see `estimate_change`).

    Parameters
    ----------
    data, scale, by, population
        As in `estimate_response`.
    visit
        The visit after baseline.
    missing
        What a missing score at the visit is; must be written: "observed" (the subject stands
        in a column of its own, "missing") or "locf" (the last score after baseline is carried
        forward; who has none stands under "missing"). A baseline is never carried.
    bands
        Label → lowest score of the band, from the lowest scores up. Without it the registry's
        bands are taken, whose source and whether it could be read stand in the notes.

    Returns
    -------
    ShiftResult
        See its attributes; the counts of a group add up to its subjects.

    Raises
    ------
    ArgumentError
        `missing` not written, a scale without bands, or a name that does not exist.
    ContractError
        As `estimate_response`; also a score below the lowest band.
    EstimationError
        No subject has a baseline, or the population is empty.

    Notes
    -----
    Missing values: a subject without a baseline stands in the row "missing". Nobody is left
    out: shares are of all subjects in the band at baseline, the missing ones included.
    A prorated score between two bands belongs to the lower one.
    Checked against: tests/oracle/shift.csv (R 4.2.2, base::table and base::prop.table on
    base::findInterval), counts exact, shares relative 1e-12.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> shift = ka.estimate_shift(
    ...     ka.load_example("ketamine"), "MADRS", by="TRT01P", visit="Day 14", missing="observed")
    >>> shift.bands
    ('none', 'mild', 'moderate', 'severe')
    """
    columns = by_columns(by, (*ROWS, *MOVED))
    handling = _chosen_handling(missing)
    severity = severity_bands(scale, bands)
    grid = score_grid(data, scale, columns, population=population)
    if np.isnan(grid.baseline).all():
        raise EstimationError(
            f"A shift needs a baseline, and no subject has a {scale} baseline. Flag the "
            'baseline rows (ABLFL = "Y"), or name baseline_visit= or baseline= in as_trial.'
        )
    row = grid.visit_index(visit)
    scores = grid.carried_forward() if handling == "locf" else grid.scores
    _check_lowest(grid, severity)
    before, after = severity.place(grid.baseline), severity.place(scores[row])
    table, moves = _counted(grid, columns, severity, before, after, visit, handling)
    title = f"Shift in {scale} severity from baseline to {visit}"
    return ShiftResult(
        table=table,
        title=f"{title} by {', '.join(columns)}" if columns else title,
        audit=_audit(grid, columns, before, after, row),
        notes=(
            f"Population: {grid.population}.",
            severity.source,
            f"Missing scores: {handling}: {HANDLINGS[handling]}.",
            "Shares are of all subjects in the band at baseline, the missing ones included.",
        ),
        warnings=grid.warnings,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        moves=moves,
        scale=scale,
        by=columns,
        visit=visit,
        missing=handling,
        bands=severity.labels,
        source=severity.source,
    )


def shift_counts(before: Integers, after: Integers, k: int) -> Integers:
    """Count subjects by band before and after, shape (k + 1, k + 1); the last one is missing.

    ``before`` and ``after`` have shape (n,), 0 to k - 1, or -1 for missing.

    Examples
    --------
    >>> shift_counts(np.array([1, 1, -1]), np.array([0, -1, 1]), 2).tolist()
    [[0, 0, 0], [1, 0, 1], [0, 1, 0]]
    """
    counts = np.zeros((k + 1, k + 1), dtype=np.int64)
    np.add.at(counts, (np.where(before < 0, k, before), np.where(after < 0, k, after)), 1)
    return counts


def _chosen_handling(missing: str | None) -> str:
    if missing in HANDLINGS:
        return str(missing)
    words = ", ".join(f'"{name}" ({what})' for name, what in HANDLINGS.items())
    given = "" if missing is None else f" It was {missing!r}."
    raise ArgumentError(f"missing= must say how a missing score is handled: {words}.{given}")


def _check_lowest(grid: Grid, severity: Severity) -> None:
    low = severity.lows[0]
    below = np.concatenate([grid.scores.ravel(), grid.baseline])
    below = below[below < low]
    if len(below):
        raise ContractError(
            f"{grid.scale} scores must be in a band, and {len(below)} are below the lowest, which "
            f"begins at {low:g}: {listed((f'{score:g}' for score in np.unique(below)), 5)}. "
            "Correct the scores, or let bands= begin lower."
        )


def _counted(
    grid: Grid,
    columns: tuple[str, ...],
    severity: Severity,
    before: Integers,
    after: Integers,
    visit: str,
    handling: str,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    k, labels = len(severity.labels), (*severity.labels, MISSING)
    rows, moves = [], []
    for key, mask in groups_of(grid, columns):
        counts = shift_counts(before[mask], after[mask], k)
        for i, low in enumerate(labels):
            n = int(counts[i].sum())
            for j, high in enumerate(labels):
                bands = {"baseline_band": low, "band": high}
                head = {**key, "AVISIT": visit, "missing": handling, **bands}
                rows.append(head | _share(int(counts[i, j]), n))
        moved = _moved(counts)
        moves += [
            {**key, "move": move} | _share(count, int(counts.sum()))
            for move, count in zip(MOVES, moved, strict=True)
        ]
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in columns}
    bands_type = {"baseline_band": pl.Enum(labels), "band": pl.Enum(labels)}
    visits = {"AVISIT": pl.Enum(grid.visits)}
    return (
        pl.DataFrame(rows, schema={**keys, **ROWS, **bands_type, **visits}),
        pl.DataFrame(moves, schema={**keys, **MOVED, "move": pl.Enum(MOVES)}),
    )


def _share(count: int, n: int) -> dict[str, Any]:
    return {"count": count, "n": n, "estimate": count / n if n else None}


def _moved(counts: Integers) -> tuple[int, int, int, int]:
    """Return how many went lower, stayed, went higher, and cannot be told."""
    known = counts[:-1, :-1]
    lower, higher = int(np.tril(known, -1).sum()), int(np.triu(known, 1).sum())
    same = int(np.trace(known))
    return lower, same, higher, int(counts.sum()) - lower - same - higher


def _audit(
    grid: Grid, columns: tuple[str, ...], before: Integers, after: Integers, row: int
) -> pl.DataFrame:
    """Return every subject of each group once: where it stands, and why under missing."""
    seen = ~np.isnan(grid.scores[row])
    no_base, no_score = before == NO_BAND, after == NO_BAND
    reasons = (
        ("scored at baseline and at the visit", seen & ~no_base),
        ("last earlier score carried forward", ~seen & ~no_score & ~no_base),
        ("no score at the visit: under missing", no_score & ~no_base),
        ("no baseline: under missing", no_base),
    )
    rows = [
        {**key, "status": "included", "reason": reason, "count": int((who & mask).sum())}
        for key, mask in groups_of(grid, columns)
        for reason, who in reasons
        if (who & mask).any()
    ]
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in columns}
    types = {"status": pl.String, "reason": pl.String, "count": pl.Int64}
    return with_set_aside(pl.DataFrame(rows, schema={**keys, **types}), grid)
