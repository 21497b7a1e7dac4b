"""Scores imputed under a strategy: from a trial or frame to complete data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, EstimationError, check_one_of, listed
from ketanalysis.grid import Grid, score_grid
from ketanalysis.imputation.conditional import blanks_of, filled_each
from ketanalysis.imputation.drawing import (
    bootstrap_parameters,
    jackknife_parameters,
    posterior_parameters,
    streams,
)
from ketanalysis.imputation.model import ImputationData, Parameters, fit_parameters
from ketanalysis.imputation.settings import Imputation
from ketanalysis.imputation.shared_draws import drawn_once
from ketanalysis.imputation.strategies import STRATEGIES
from ketanalysis.mmrm.covariance import Floats
from ketanalysis.population import Population
from ketanalysis.trial import Trial

BASED_ON_REFERENCE = ("j2r", "cr", "cir")


@dataclass(frozen=True, eq=False)
class Imputable:
    """A grid that can be imputed.

    Attributes
    ----------
    grid
        The scores; its subjects have arm and covariates.
    arms
        Arms in order.
    who
        Subjects that can be imputed: baseline and covariates known, shape (n,).
    data
        What the model sees of them.
    kept
        Their scores after an event that are kept all the same, NaN elsewhere.
    reference
        Number of the reference arm, or None.
    set_aside
        Scores after an event that are set aside.
    """

    grid: Grid
    arms: tuple[str, ...]
    who: NDArray[np.bool_]
    data: ImputationData
    kept: Floats
    reference: int | None
    set_aside: int

    @property
    def imputed_grid(self) -> Grid:
        """The grid with those subjects alone who can be imputed."""
        return replace(
            self.grid,
            subjects=self.grid.subjects.filter(pl.Series(self.who)),
            scores=self.grid.scores[:, self.who],
            hours=self.grid.hours[:, self.who],
            baseline=self.grid.baseline[self.who],
        )


@dataclass(frozen=True, eq=False)
class Draws:
    """Parameters of the imputation model, one a draw, and the random streams that go on."""

    parameters: list[Parameters]
    streams: list[np.random.Generator]


def imputable(
    data: Any,
    scale: str,
    arm: str | None,
    settings: Imputation,
    population: Population = "ITT",
    beside: Sequence[str] = (),
) -> Imputable:
    """Return the scores of one scale ready for imputation; `beside` are columns to keep."""
    columns = [*([arm] if arm else []), *settings.covariates, *beside]
    grid = score_grid(data, scale, list(dict.fromkeys(columns)), population=population)
    grid = _at_visits(grid, settings.visits)
    arms, codes = _arms(grid, arm)
    covariates = _coded(grid.subjects, settings.covariates)
    who = ~np.isnan(grid.baseline) & ~np.isnan(covariates).any(axis=1)
    if not who.any():
        raise EstimationError(
            f"No subject has a {scale} baseline and all covariates; nobody can be imputed."
        )
    reference = _reference(arms, settings.reference)
    first = _first_after_event(data, grid, settings.events)
    scores, kept, aside = _around_events(grid.scores.T, first, settings.after_events)
    first = np.minimum(first, _after_last_score(scores)) if not settings.events else first
    z = _design(codes, len(arms), grid.baseline, covariates)
    z_reference = (
        z
        if reference is None
        else _design(np.full_like(codes, reference), len(arms), grid.baseline, covariates)
    )
    held = ImputationData(
        scores=scores,
        z=z,
        z_reference=z_reference,
        arm=codes,
        first=first,
        by_arm=settings.by_arm,
    )
    return Imputable(grid, arms, who, held.taken(np.flatnonzero(who)), kept[who], reference, aside)


def check_strategy(strategy: str, one: Imputable) -> None:
    """Refuse a strategy that does not exist, or one without its reference arm."""
    check_one_of("strategy", strategy, tuple(STRATEGIES))
    if strategy in BASED_ON_REFERENCE and one.reference is None:
        raise ArgumentError(
            f'strategy="{strategy}" needs Imputation(reference=...): one of '
            f"{listed(map(repr, one.arms))}."
        )
    if strategy == "lmcf" and (one.data.first == 0).any():
        raise EstimationError(
            "lmcf carries the mean of the last visit before the event forward, and "
            f"{int((one.data.first == 0).sum())} subjects have no visit before theirs."
        )


def draw_parameters(one: Imputable, settings: Imputation) -> Draws:
    """Return the draws of the model, which every strategy starts from; one of conditional means."""
    return drawn_once(one.data, settings, lambda: _draws(one, settings))


def _draws(one: Imputable, settings: Imputation) -> Draws:
    if settings.method == "conditional-mean":
        return Draws([fit_parameters(one.data)], [])
    assert settings.draws is not None
    assert settings.seed is not None
    *rngs, last = streams(settings.seed, settings.draws + 1)
    if settings.method == "bayes":
        return Draws(posterior_parameters(one.data, last, settings.draws), rngs)
    return Draws(bootstrap_parameters(one.data, rngs), rngs)


def impute(one: Imputable, strategy: str, draws: Draws) -> Floats:
    """Return the imputed data sets, shape (draws, n, m); one for conditional means."""
    check_strategy(strategy, one)
    rngs: Sequence[np.random.Generator | None] = [_copy(one) for one in draws.streams] or [None]
    return _complete(one.data, draws.parameters, strategy, one, rngs)


def _copy(stream: np.random.Generator) -> np.random.Generator:
    """Return a stream that goes on as this one does, in a third of the time of a deep copy."""
    source = type(stream.bit_generator)(0)
    source.state = stream.bit_generator.state
    return np.random.Generator(source)


def impute_without_one(one: Imputable, strategy: str) -> list[tuple[ImputationData, Floats]]:
    """Return, for each subject left out, the others and their conditional means, (n - 1, m)."""
    check_strategy(strategy, one)
    return [
        (rest, _complete(rest, [parameters], strategy, one, [None])[0])
        for rest, parameters in jackknife_parameters(one.data)
    ]


def _complete(
    data: ImputationData,
    parameters: Sequence[Parameters],
    strategy: str,
    one: Imputable,
    rngs: Sequence[np.random.Generator | None],
) -> Floats:
    """Return the scores with the missing ones imputed under a strategy, shape (draws, n, m)."""
    coefficients = np.stack([p.coefficients.T for p in parameters])
    means = STRATEGIES[strategy](data.z @ coefficients, data.z_reference @ coefficients, data.first)
    return filled_each(
        data.scores,
        means,
        blanks_of(data),
        np.stack([p.sigma for p in parameters]),
        rngs,
        strategy=strategy,
        reference=one.reference or 0,
    )


def shifted(one: Imputable, imputed: Floats, delta: Sequence[float]) -> Floats:
    """Return data sets with points added to the imputed scores of each arm, (draws, n, m).

    Scores after an event that are kept take their own value.
    """
    missing = np.isnan(one.data.scores)
    points = np.asarray(delta, dtype=np.float64)[one.data.arm][:, None]
    moved = imputed + np.where(missing, points, 0.0)
    return np.where(np.isnan(one.kept), moved, one.kept)


def _at_visits(grid: Grid, visits: tuple[str, ...]) -> Grid:
    """Return the grid at the visits of the imputation model, in the order of the trial."""
    if not visits:
        return grid
    named = {grid.visit_index(visit, "Imputation(visits=...)") for visit in visits}
    rows = sorted(named)
    return replace(
        grid,
        visits=tuple(grid.visits[row] for row in rows),
        scores=grid.scores[rows],
        hours=grid.hours[rows],
    )


def _arms(grid: Grid, arm: str | None) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    if arm is None:
        return ("",), np.zeros(grid.n, dtype=np.int64)
    column = grid.subjects[arm]
    if not isinstance(column.dtype, pl.Enum):
        raise ArgumentError(
            f"The arms in {arm} have no declared order: give {arm} as a polars Enum (pandas: an "
            "ordered Categorical), the reference first."
        )
    present = [a for a in column.dtype.categories if (column.cast(pl.String) == a).any()]
    codes = column.cast(pl.String).cast(pl.Enum(present)).to_physical().to_numpy()
    return tuple(present), codes.astype(np.int64)


def _reference(arms: tuple[str, ...], reference: str | None) -> int | None:
    if reference is None:
        return None
    check_one_of("reference", reference, arms)
    return arms.index(reference)


def _coded(subjects: pl.DataFrame, covariates: tuple[str, ...]) -> Floats:
    """Return numbers as they are and factors as indicators of all levels but the first."""
    columns: list[Floats] = []
    for name in covariates:
        column = subjects[name]
        if column.dtype.is_numeric():
            columns.append(column.cast(pl.Float64).fill_null(np.nan).to_numpy())
            continue
        text = column.cast(pl.String)
        for level in text.drop_nulls().unique().sort()[1:]:
            columns.append((text == level).cast(pl.Float64).fill_null(np.nan).to_numpy())
    return np.column_stack(columns) if columns else np.zeros((subjects.height, 0))


def _design(codes: NDArray[np.int64], n_arms: int, baseline: Floats, covariates: Floats) -> Floats:
    arms = (codes[:, None] == np.arange(1, n_arms)[None, :]).astype(np.float64)
    return np.column_stack([np.ones(len(codes)), arms, baseline, covariates])


def _first_after_event(data: Any, grid: Grid, events: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the first visit at or after each subject's first named event, (n,); m for none."""
    m = len(grid.visits)
    first = np.full(grid.n, m, dtype=np.int64)
    if not events:
        return first
    if not isinstance(data, Trial) or data.adice is None:
        raise ArgumentError(
            "events= needs a trial with intercurrent events (the table ADICE); there is none."
        )
    kind = pl.col("ICECAT").cast(pl.String)
    held = data.adice.select(kind).to_series().unique().sort().to_list()
    for name in events:
        check_one_of("events", name, held)
    when = (
        data.adice.filter(kind.is_in(events))
        .group_by("USUBJID")
        .agg(pl.col("AFRLT").min().alias("at"))
    )
    at = grid.subjects.select("USUBJID").join(when, on="USUBJID", how="left", maintain_order="left")
    hours = at["at"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    planned = np.nanmedian(grid.hours, axis=1)
    clock = np.where(np.isnan(grid.hours.T), planned[None, :], grid.hours.T)
    after = clock >= hours[:, None]
    return np.where(after.any(axis=1), after.argmax(axis=1), m).astype(np.int64)


def _around_events(
    scores: Floats, first: NDArray[np.int64], after: str | None
) -> tuple[Floats, Floats, int]:
    """Return the scores before events, those after that are kept, and how many are set aside."""
    is_after = np.arange(scores.shape[1])[None, :] >= first[:, None]
    before = np.where(is_after, np.nan, scores)
    kept = np.where(is_after & (after == "keep"), scores, np.nan)
    aside = int((is_after & ~np.isnan(scores)).sum()) if after == "discard" else 0
    return before, kept, aside


def _after_last_score(scores: Floats) -> NDArray[np.int64]:
    """Return the first visit after the last score of each subject, (n,)."""
    seen = ~np.isnan(scores)
    m = scores.shape[1]
    last = m - 1 - np.argmax(seen[:, ::-1], axis=1)
    return np.where(seen.any(axis=1), last + 1, 0).astype(np.int64)
