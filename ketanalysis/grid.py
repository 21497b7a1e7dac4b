"""One scale as a matrix: one row a visit, one column a subject, and who they are.

Every estimate of response, remission, relapse and change starts here. A trial or a bare frame
is sorted into the matrix once; after that a visit is a row, carrying a score forward is one
pass over the rows, and a count is a sum. This is what makes a million subjects cheap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    EstimationError,
    listed,
    near_miss,
)
from ketanalysis.frames import id_text, is_pandas, to_polars
from ketanalysis.instruments import find_instrument
from ketanalysis.population import (
    Completers,
    Population,
    baseline_of,
    baseline_visits,
    before_treatment,
    check_after_own,
    check_not_baseline,
    check_population,
    choose_population,
    places_of,
    population_of_rows,
    population_warnings,
    subject_codes,
    without_group,
)
from ketanalysis.trial import Trial

Groups = list[tuple[dict[str, Any], NDArray[np.bool_]]]


@dataclass(frozen=True, eq=False)
class Grid:
    """The scores of one scale.

    Attributes
    ----------
    scale
        PARAMCD.
    visits
        Visits after baseline at which the scale was scored, in order: ``n_visits`` of them.
    subjects
        One row a subject of the population: USUBJID and the by-columns; ``n`` rows.
    scores
        Shape (n_visits, n); NaN where there is no score.
    hours
        Shape (n_visits, n): AFRLT of each score, NaN where unknown.
    baseline
        Shape (n,); NaN where there is none.
    population
        A sentence: who stands in the columns.
    set_aside
        Subjects of the data who are not in the columns: (reason, count) each.
    unscored
        Declared visits after baseline at which nobody has a score.
    warnings
        What a reader must know of the population.
    from_pandas, simulated
        Passed on to the result.
    """

    scale: str
    visits: tuple[str, ...]
    subjects: pl.DataFrame
    scores: NDArray[np.float64]
    hours: NDArray[np.float64]
    baseline: NDArray[np.float64]
    population: str = ""
    set_aside: tuple[tuple[str, int], ...] = ()
    unscored: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    from_pandas: bool = False
    simulated: bool = False

    @property
    def n(self) -> int:
        """Subjects in the columns."""
        return self.subjects.height

    def visit_index(self, visit: str, argument: str = "visit") -> int:
        """Return the row of a visit, or say which visits the scale has."""
        if visit in self.visits:
            return self.visits.index(visit)
        raise ArgumentError(
            f"{argument} must be a visit after baseline at which {self.scale} was scored: "
            f"{listed(map(repr, self.visits), 20)}; not {visit!r}.{near_miss(visit, self.visits)}"
        )

    def carried_forward(self) -> NDArray[np.float64]:
        """Return the last score after baseline up to each visit (LOCF); never the baseline."""
        carried = self.scores.copy()
        for row in range(1, len(carried)):
            np.copyto(carried[row], carried[row - 1], where=np.isnan(carried[row]))
        return carried


def score_grid(
    data: Any,
    scale: str,
    by: str | Sequence[str] | None = None,
    *,
    population: Population = "ITT",
    visits: Sequence[str] | None = None,
) -> Grid:
    """Sort the scores of one scale into a matrix; `data` is a trial or a bare ADQS frame.

    A bare frame needs USUBJID, AVISIT (an Enum, or with AVISITN or AFRLT for the order) and
    AVAL; PARAMCD where it holds several scales; ABLFL ("Y") or BASE for the baseline; and the
    by-columns, constant within a subject. `visits` are only checked to exist: a score is
    carried forward from any earlier visit.
    """
    columns, named = by_columns(by), chosen_visits(visits)
    check_population(population)
    of = _from_trial if isinstance(data, Trial) else _from_frame
    grid = of(data, scale, columns, population)
    if not grid.visits:
        raise EstimationError(f"{scale} was not scored at any visit after baseline.")
    for visit in named or ():
        grid.visit_index(visit, "visits")
    return replace(grid, warnings=population_warnings(population))


def by_columns(by: str | Sequence[str] | None, taken: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the by-columns as a tuple; names that result columns have (`taken`) are refused."""
    columns = () if by is None else names_given("by", by, "a column")
    for column in columns:
        if columns.count(column) > 1:
            raise ArgumentError(f"by cannot name the column {column!r} twice.")
        if column in ("USUBJID", *taken):
            raise ArgumentError(
                f"by cannot name the column {column!r}, which the result uses itself; rename it."
            )
    return columns


def chosen_visits(visits: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the visits that were named as a tuple, or None for all."""
    if visits is None:
        return None
    names = names_given("visits", visits, "a visit")
    if not names:
        raise ArgumentError("visits must name a visit; leave it out for all visits.")
    return names


def names_given(argument: str, given: str | Iterable[str], what: str) -> tuple[str, ...]:
    """Return one name or several as a tuple; what is no text is refused."""
    several = [given] if isinstance(given, str) or not isinstance(given, Iterable) else [*given]
    for name in several:
        if not isinstance(name, str):
            raise ArgumentError(
                f"{argument} must be the name of {what} or a list of names, not {given!r}."
            )
    return tuple(several)


def groups_of(grid: Grid, columns: tuple[str, ...]) -> Groups:
    """Return each group of the by-columns in order, with who belongs to it, shape (n,)."""
    if not columns:
        return [({}, np.ones(grid.n, dtype=bool))]
    keys = grid.subjects.select(columns).unique().sort(columns)
    code = keys.with_row_index("code")
    codes = grid.subjects.join(code, on=columns, how="left", maintain_order="left")["code"]
    number = codes.to_numpy()
    return [(keys.row(i, named=True), number == i) for i in range(keys.height)]


def _from_trial(trial: Trial, scale: str, by: tuple[str, ...], population: Population) -> Grid:
    scores = trial.scores(scale)
    _check_values(scores, scale)
    for column in by:
        _check_column(trial.adsl, column, "by", "ADSL")
    chosen, sentence, out = choose_population(trial, scores, population)
    subjects = chosen.select("USUBJID", *by).sort("USUBJID")
    subjects, out = without_group(subjects, by, out)
    rows, codes = scores, places_of(scores["USUBJID"], subjects["USUBJID"])
    if codes.min(initial=0) < 0:
        rows, codes = scores.filter(codes >= 0), codes[codes >= 0]
    grid = fill_grid(rows, codes, in_order_of_arms(subjects, trial.arms), scale)
    return replace(grid, population=sentence, set_aside=out, simulated=trial.simulated)


def in_order_of_arms(subjects: pl.DataFrame, arms: tuple[str, ...]) -> pl.DataFrame:
    """Give the arm as treated the order that was declared for the planned arms."""
    if "TRT01A" not in subjects.columns:
        return subjects
    treated = subjects["TRT01A"].cast(pl.String)
    if not treated.is_in(arms).all():
        return subjects
    return subjects.with_columns(treated.cast(pl.Enum(arms)))


def _from_frame(frame: Any, scale: str, by: tuple[str, ...], population: Population) -> Grid:
    if population != "ITT" and not isinstance(population, Completers):
        raise ArgumentError(
            f"The {population} population needs a trial with ADSL; a bare frame has none."
        )
    data = to_polars(frame, what="data")
    for column in ("USUBJID", "AVISIT", "AVAL", *by):
        _check_column(data, column, "by" if column in by else "data", "the frame")
    id_text(data["USUBJID"].head(0), "USUBJID")  # ids that were floating-point numbers
    rows = _one_scale(data, scale)
    _check_values(rows, scale)
    _check_range(rows, scale)
    codes, heads = subject_codes(rows["USUBJID"])
    _check_constant(rows, codes, heads, by)
    subjects = rows.select("USUBJID", *by)[heads]
    is_in, sentence, out = population_of_rows(rows, codes, subjects, by, population)
    if not is_in.all():
        stays = is_in[codes]
        rows, codes = rows.filter(stays), (np.cumsum(is_in) - 1)[codes[stays]]
        subjects = subjects.filter(is_in)
    grid = fill_grid(rows, codes, subjects, scale)
    return replace(grid, population=sentence, set_aside=out, from_pandas=is_pandas(frame))


def _one_scale(data: pl.DataFrame, scale: str) -> pl.DataFrame:
    if "PARAMCD" not in data.columns:
        return data
    held = data["PARAMCD"].unique(maintain_order=True).cast(pl.String).to_list()
    if scale not in held:
        raise ArgumentError(
            f"The frame has no scores of {scale!r}; PARAMCD holds {listed(held)}."
            f"{near_miss(scale, held)}"
        )
    return data if len(held) == 1 else data.filter(pl.col("PARAMCD") == scale)


def _check_constant(
    rows: pl.DataFrame, codes: NDArray[np.int64], heads: NDArray[np.int64], by: tuple[str, ...]
) -> None:
    for column in by:
        value = rows[column]
        number = value if isinstance(value.dtype, pl.Enum) else value.rank("dense")
        place = number.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
        changed = place != place[heads][codes]
        if changed.any():
            subjects = rows.filter(changed)["USUBJID"].unique(maintain_order=True)
            raise ContractError(
                f"{column} must be the same in all rows of a subject; it is not in "
                f"{len(subjects)} ({listed(subjects, 3)})."
            )


def fill_grid(
    rows: pl.DataFrame, codes: NDArray[np.int64], subjects: pl.DataFrame, scale: str
) -> Grid:
    """Scatter the scores over visits and subjects, and keep the visits after baseline."""
    order = visit_order(rows)
    numbers = _visit_numbers(rows["AVISIT"], order)
    shape = (len(order), subjects.height)
    place = np.multiply(numbers, subjects.height, dtype=np.int64) + codes
    scores = _scatter(rows["AVAL"], place, shape)
    n_scored = rows.height - rows["AVAL"].null_count()
    if np.count_nonzero(~np.isnan(scores)) < n_scored:  # a row stands where another one stood
        is_scored = rows["AVAL"].is_not_null().to_numpy()
        rows_scored, place_scored = rows.filter(is_scored), place[is_scored]
        scores = _scatter(rows_scored["AVAL"], place_scored, shape)
        _check_once(rows_scored, scores, scale)
    timed = "AFRLT" in rows.columns
    hours = np.broadcast_to(np.nan, shape)
    if timed:
        clock, at = rows["AFRLT"], place
        if n_scored < rows.height:  # mostly it is not, and nothing is copied
            is_scored = rows["AVAL"].is_not_null().to_numpy()
            clock, at = clock.filter(is_scored), place[is_scored]
        hours = _scatter(clock, at, shape)
    baseline = baseline_of(rows, codes, subjects.height, scale)
    own = baseline_visits(rows, codes, numbers, subjects.height)
    last = int(own.max(initial=-1))
    check_after_own(scores, hours, own, subjects, order, scale)
    before = before_treatment(hours) if timed else np.zeros(len(order), dtype=bool)
    empty = [bool(np.isnan(visit).all()) for visit in scores]
    kept = [i for i in range(last + 1, len(order)) if not (before[i] or empty[i])]
    begin = last if last >= 0 else min(kept, default=len(order))
    begin = max([begin, *np.flatnonzero(before).tolist()])
    if kept and "BASE" in rows.columns and "ABLFL" not in rows.columns:
        check_not_baseline(order[kept[0]], scores[kept[0]], hours[kept[0]], baseline, scale)
    is_run = bool(kept) and kept == list(range(kept[0], kept[-1] + 1))
    after = slice(kept[0], kept[-1] + 1) if is_run else kept  # a slice copies nothing
    return Grid(
        scale=scale,
        visits=tuple(order[i] for i in kept),
        subjects=subjects,
        scores=scores[after],
        hours=hours[after],
        baseline=baseline,
        unscored=tuple(order[i] for i in range(begin + 1, len(order)) if empty[i]),
    )


def _check_values(rows: pl.DataFrame, scale: str) -> None:
    for column in (c for c in ("AVAL", "BASE", "AFRLT") if c in rows.columns):
        dtype = rows.schema[column]
        if not dtype.is_numeric() and dtype != pl.Null:
            raise ContractError(
                f"{column} must hold numbers, not {dtype}. as_trial reads numbers from text, and "
                "names every code that is none."
            )
        infinite = int(rows[column].cast(pl.Float64).is_infinite().sum())
        if infinite:
            raise ContractError(f"{column} of {scale} must be finite; {infinite} rows are not.")
    if rows["AVISIT"].null_count():
        raise ContractError(
            f"AVISIT must name a visit in every row; {rows['AVISIT'].null_count()} rows of "
            f"{scale} have none."
        )


def _check_range(rows: pl.DataFrame, scale: str) -> None:
    """Refuse scores that the scale cannot give: a -99 that means missing would be a response."""
    known = find_instrument(scale)
    if known is None:
        return
    for column in (c for c in ("AVAL", "BASE") if c in rows.columns):
        lowest: Any = rows[column].min()
        highest: Any = rows[column].max()
        if lowest is None or (lowest >= known.low and highest <= known.high):
            continue
        outside = rows.filter((pl.col(column) < known.low) | (pl.col(column) > known.high))
        first = outside.row(0, named=True)
        more = f", and {outside.height - 1} more" if outside.height > 1 else ""
        raise ContractError(
            f"{scale if column == 'AVAL' else f'BASE of {scale}'} must be between {known.low:g} "
            f"and {known.high:g}, not {first[column]:g} (subject {first['USUBJID']}, visit "
            f"{str(first['AVISIT'])!r}{more}). Correct the score, or declare what means missing."
        )


def visit_order(rows: pl.DataFrame) -> list[str]:
    """Return the visits in order: the Enum's, the numbers' own, or by AVISITN or AFRLT."""
    visit = rows["AVISIT"]
    if isinstance(visit.dtype, pl.Enum):
        return visit.dtype.categories.to_list()
    if visit.dtype.is_numeric():
        return visit.unique().sort().cast(pl.String).to_list()
    for clock in ("AVISITN", "AFRLT"):
        if clock in rows.columns:
            times = rows.group_by("AVISIT").agg(pl.col(clock).median()).sort(clock)
            if times[clock].null_count() == 0 and times[clock].n_unique() == times.height:
                return times["AVISIT"].to_list()
    raise ArgumentError(
        "The visits have no order: give AVISIT as a polars Enum (pandas: an ordered "
        "Categorical) in the order of the visits, or add AVISITN or AFRLT (hours since the "
        "first infusion) that differs between visits."
    )


def _visit_numbers(visit: pl.Series, order: list[str]) -> NDArray[np.integer[Any]]:
    enum = pl.Enum(order)
    ordered = visit if visit.dtype == enum else visit.cast(pl.String).cast(enum)
    return ordered.to_physical().to_numpy()


def _scatter(
    values: pl.Series, place: NDArray[np.int64], shape: tuple[int, int]
) -> NDArray[np.float64]:
    matrix = np.full(shape[0] * shape[1], np.nan)
    matrix[place] = values.cast(pl.Float64).to_numpy()
    return matrix.reshape(shape)


def _check_once(scored: pl.DataFrame, scores: NDArray[np.float64], scale: str) -> None:
    if int(np.count_nonzero(~np.isnan(scores))) == scored.height:
        return
    twice = scored.filter(pl.struct("USUBJID", "AVISIT").is_duplicated())
    first = twice.select("USUBJID", "AVISIT").row(0, named=True)
    theirs = twice.filter(
        (pl.col("USUBJID") == first["USUBJID"]) & (pl.col("AVISIT") == first["AVISIT"])
    )
    raise ContractError(
        f"A subject can have one {scale} score a visit; {twice.height} rows share theirs, "
        f"first subject {first['USUBJID']} at visit {str(first['AVISIT'])!r} "
        f"({listed(f'{score:g}' for score in theirs['AVAL'])}). "
        "Keep the right row, or name the second assessment as a visit of its own."
    )


def _check_column(frame: pl.DataFrame, column: str, argument: str, where: str) -> None:
    if column not in frame.columns:
        raise ArgumentError(
            f"{argument} needs the column {column}, which {where} does not have; it has "
            f"{listed(frame.columns, 20)}.{near_miss(column, frame.columns)}"
        )
