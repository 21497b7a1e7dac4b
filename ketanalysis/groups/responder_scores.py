"""The scores that a comparison of responders takes: of one outcome, at one visit, of one scale.

The traps of the data are named here: arms that are pooled, two scores of a subject, an outcome in
another unit than its range.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, check_reason, listed, near_miss
from ketanalysis.frames import to_polars
from ketanalysis.grid import Grid
from ketanalysis.groups.two_samples import Floats
from ketanalysis.instruments import find_instrument
from ketanalysis.population import baseline_of
from ketanalysis.trial import Trial, arms_of

POOLED = (
    "The data hold several arms ({arms}). Ketamine raises both anxiety and response, so arms "
    "pooled show a link where none exists inside either. Write by='TRT01P' (each arm apart), "
    "adjust='TRT01P' (one estimate, adjusted), or allow=\"the reason\" (printed in the result)."
)
WHOLE, UNITS = 100.0, (1.0, 10.0)  # scores from 0 to 100, and what they are entered as by mistake
FEWEST = 5  # scores above 0, before their unit is doubted


def in_order(data: Any) -> Any:
    """Return a bare frame as polars in the order of subjects, so that no sum depends on rows."""
    if isinstance(data, Trial):
        return data
    frame = to_polars(data, what="data")
    for column in ("USUBJID", "PARAMCD"):
        if column not in frame.columns:
            raise ArgumentError(
                f"data needs the column {column}; it has {listed(frame.columns, 20)}."
                f"{near_miss(column, frame.columns)}"
            )
    return frame.sort("USUBJID", maintain_order=True)


class UnitWords(NamedTuple):
    """What is said of the unit of an outcome: a warning, or what was allowed and why."""

    warning: str = ""
    allowed: str = ""


class Pooling(NamedTuple):
    """Whether there are several arms, and whether they are pooled with a reason."""

    has_several: bool
    is_allowed: bool


def check_arms(data: Any, apart: tuple[str, ...], allow: str | None) -> Pooling:
    """Refuse arms that are pooled without a reason; return whether they are pooled."""
    check_reason(allow)
    arms = arms_of(data)
    is_pooled = len(arms) > 1 and "TRT01P" not in apart
    if is_pooled and allow is None:
        raise ArgumentError(POOLED.format(arms=listed(arms)))
    return Pooling(len(arms) > 1, is_pooled)


def values_at(data: Any, grid: Grid, outcome: str, visit: str) -> Floats:
    """Return the outcome at its visit, in the order of the grid's subjects, shape (n,)."""
    frame = data.adqs if isinstance(data, Trial) else data
    scales = frame["PARAMCD"].unique(maintain_order=True).cast(pl.String).to_list()
    if outcome not in scales:
        raise ArgumentError(
            f"outcome must be one of the scales {listed(map(repr, scales), 20)}, not {outcome!r}."
            f"{near_miss(outcome, scales)}"
        )
    rows = frame.filter((pl.col("PARAMCD") == outcome) & pl.col("AVAL").is_not_null())
    visits = [v for v in visits_of(data) if v in set(rows["AVISIT"].cast(pl.String))]
    if visit not in visits:
        raise ArgumentError(
            f"anxiety_visit must be a visit at which {outcome} was scored: "
            f"{listed(map(repr, visits), 20)}; not {visit!r}.{near_miss(visit, visits)}"
        )
    at_visit = rows.filter(pl.col("AVISIT").cast(pl.String) == visit).select(
        "USUBJID", pl.col("AVAL").cast(pl.Float64)
    )
    _check_scores(at_visit, outcome, visit)
    own = grid.subjects.select("USUBJID")
    joined = own.join(at_visit, on="USUBJID", how="left", maintain_order="left")["AVAL"]
    return joined.fill_null(np.nan).to_numpy()


def baseline_values(data: Any, grid: Grid, outcome: str) -> Floats:
    """Return each subject's own baseline of the outcome, shape (n,), NaN where there is none."""
    frame = data.adqs if isinstance(data, Trial) else data
    own = grid.subjects.select("USUBJID").with_row_index("place")
    rows = frame.filter(pl.col("PARAMCD") == outcome).join(
        own, on="USUBJID", how="inner", maintain_order="left"
    )
    values = baseline_of(rows, rows["place"].to_numpy().astype(np.int64), grid.n, outcome)
    if np.isnan(values).all():
        raise ArgumentError(
            f'adjust="BASE" needs the baseline of {outcome}, and no row of it has ABLFL "Y" or a '
            "BASE: a scale that is rated after an infusion only has none. Leave BASE out, or "
            "adjust for another scale's baseline as a column of ADSL."
        )
    return values


def check_unit(data: Any, outcome: str, allow: str | None, margin: float | None) -> UnitWords:
    """Refuse scores of 0 to 100 that look like 0 to 1, or like 0 to 10 where points matter.

    Without a margin, scores up to 10 are warned of: tests and effect sizes do not hang on the
    unit, differences in points do.
    """
    known = find_instrument(outcome)
    if known is None or (known.low, known.high) != (0.0, WHOLE):
        return UnitWords()
    frame = data.adqs if isinstance(data, Trial) else data
    scores = frame.filter(pl.col("PARAMCD") == outcome)["AVAL"].cast(pl.Float64)
    above = scores.filter(scores > 0)
    highest: Any = above.max()
    unit = next((unit for unit in UNITS if len(above) >= FEWEST and highest <= unit), None)
    if unit is None:
        return UnitWords()
    seen = (
        f"{outcome} must lie between 0 and 100, and no score of it is above {highest:g}: these "
        f"look like 0 to {unit:g}. Differences in points are then {WHOLE / unit:g} times too small."
    )
    if allow is not None:
        why = f"Scores of {outcome} up to {highest:g} were taken as 0 to 100, with the reason: "
        return UnitWords(allowed=f"{why}{allow.rstrip('.')}.")
    if unit == UNITS[0] or margin is not None:
        raise ArgumentError(
            f"{seen} Multiply the scores by {WHOLE / unit:g}, or, where they are right, write "
            'allow="the reason" (printed in the result).'
        )
    return UnitWords(warning=seen)


def _check_scores(at_visit: pl.DataFrame, outcome: str, visit: str) -> None:
    infinite = int(at_visit["AVAL"].is_infinite().sum())
    if infinite:
        raise ContractError(f"{outcome} must be finite, but {infinite} of its scores are infinite.")
    twice = at_visit.filter(pl.col("USUBJID").is_duplicated())["USUBJID"].unique().sort()
    if len(twice):
        raise ContractError(
            f"A subject can have one {outcome} score at {visit}; {len(twice)} have several "
            f"({listed(twice, 3)}). Keep the right row, or name the second assessment as a "
            "visit of its own."
        )


def visits_of(data: Any) -> list[str]:
    """Return all visits of the data in order."""
    if isinstance(data, Trial):
        return list(data.visits)
    visit = data["AVISIT"]
    if isinstance(visit.dtype, pl.Enum):
        return [str(name) for name in visit.dtype.categories]
    clocks = (c for c in ("AVISITN", "AFRLT") if c in data.columns)
    clock = next(c for c in clocks if data[c].null_count() < data.height)
    times = data.group_by("AVISIT").agg(pl.col(clock).median()).sort(clock, "AVISIT")
    order: list[str] = times["AVISIT"].cast(pl.String).to_list()
    return order
