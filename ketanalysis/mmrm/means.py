"""Least-squares means and their contrasts, and the tests of whole terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed
from ketanalysis.formulas.reference_grid import ReferenceGrid, reference_grid
from ketanalysis.mmrm.effect_size import EFFECTS, standardised
from ketanalysis.mmrm.one_thread import one_thread
from ketanalysis.mmrm.result import ModelResult, test_row
from ketanalysis.mmrm.simultaneous import ADJUSTMENTS, adjusted
from ketanalysis.results import Result

STATISTICS = (*("estimate", "std_error", "conf_low", "conf_high", "df", "statistic", "p_value"),)
NOT_ESTIMABLE = "not estimable: the data hold nothing on one of its combinations"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MeansResult(Result):
    """Least-squares means.

    Attributes
    ----------
    table
        One row a mean: the factors, estimate, std_error, conf_low, conf_high, df, note.
    by
        The factors; `within` of them divide the table.
    fit
        The model.
    """

    kind: ClassVar[str] = "means"

    scale: str = ""
    by: tuple[str, ...] = ()
    within: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ContrastsResult(Result):
    """Differences of least-squares means.

    Attributes
    ----------
    table
        One row a contrast: the factors that it stands within, contrast, estimate, std_error,
        conf_low, conf_high, df, statistic, p_value, p_adjusted, effect_size, effect_low,
        effect_high, note.
    within
        The factors that the contrasts stand within.
    """

    kind: ClassVar[str] = "contrasts"

    scale: str = ""
    of: str = ""
    within: tuple[str, ...] = ()


@one_thread()
def estimate_means(
    fit: ModelResult,
    factor: str | Sequence[str],
    by: str | Sequence[str] | None = None,
    *,
    weights: str = "equal",
    at: Mapping[str, float] | None = None,
    conf_level: float | None = None,
) -> MeansResult:
    """Estimate least-squares means: what the model expects in each arm at each visit.

    Answers "where would the arms be if they had the same baseline and covariates?". Not for the
    means that were observed: see `estimate_change`.

    Parameters
    ----------
    fit
        A result of `fit_mmrm` or `fit_ancova`.
    factor
        Factor or factors of the model, such as "TRT01P".
    by
        Further factors, such as "AVISIT"; only the order of the rows differs.
    weights
        How the factors that are not named are averaged: "equal" (R's emmeans, SAS LSMEANS) or
        "proportional" to the rows (SAS OM).
    at
        Values at which numbers stand, instead of their means over the rows of the model.
    conf_level
        Confidence level, 0 to 1; that of the fit unless named.

    Returns
    -------
    MeansResult
        One row a combination; what the data do not allow to estimate is null, with a note.

    Raises
    ------
    ArgumentError
        A name that is no factor of the model.

    Notes
    -----
    Source: Searle, Speed and Milliken (1980) Am Stat 34:216.
    Checked against: R emmeans on mmrm fits, tests/mmrm/test_reference.py, relative 1e-6;
    tests/oracle/mmrm.csv (emmeans on nlme and lm).

    Examples
    --------
    >>> import ketanalysis as ka
    >>> fit = ka.fit_mmrm(ka.load_example("ketamine"),
    ...     "CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID)", scale="MADRS")
    >>> ka.estimate_means(fit, "TRT01P", by="AVISIT").table.columns[:2]
    ['AVISIT', 'TRT01P']
    """
    level = _level(fit, conf_level)
    own, within = _names(factor), _names(by)
    grid = reference_grid(fit.formula, fit.coding, fit.rows, at)
    keys, rows = grid.means([*within, *own], weights)
    tests = fit.inference.single(rows)
    found = [
        key
        | _kept(test_row(test, level), ("statistic", "p_value"))
        | {"note": _note(test.estimate)}
        for key, test in zip(keys, tests, strict=True)
    ]
    return MeansResult(
        table=pl.DataFrame(found, schema=_schema(fit, grid, [*within, *own], MEAN_COLUMNS)),
        title=f"Least-squares means of {fit.scale} by {', '.join([*own, *within])}",
        audit=fit.audit,
        notes=(*fit.notes, *_grid_notes(grid, [*own, *within], weights)),
        warnings=fit.warnings,
        conf_level=level,
        simulated=fit.simulated,
        from_pandas=fit.from_pandas,
        scale=fit.scale,
        by=(*own,),
        within=(*within,),
    )


@one_thread()
def estimate_contrasts(
    fit: ModelResult,
    factor: str,
    by: str | Sequence[str] | None = None,
    *,
    contrast: str = "reference",
    reference: Any = None,
    adjust: str = "none",
    weights: str = "equal",
    at: Mapping[str, float] | None = None,
    effect_sd: str | float | None = None,
    conf_level: float | None = None,
) -> ContrastsResult:
    """Estimate differences of least-squares means: do the arms differ, and when?

    Not for groups that were formed after treatment began.

    Parameters
    ----------
    fit, weights, at, conf_level
        As in `estimate_means`.
    factor
        The factor whose levels are compared, such as "TRT01P".
    by
        Factors within whose levels it is compared, such as "AVISIT"; without it the
        comparison is averaged over all other factors.
    contrast
        "reference" (each level minus the reference), "pairwise" (each minus each earlier
        one), or "consecutive".
    reference
        The level that is subtracted; the first unless named.
    adjust
        Multiplicity within each level of `by`: "none", "holm", "bonferroni", "tukey"
        (for pairwise) or "dunnett" (exact multivariate t, for reference); intervals are
        adjusted by the last three.
    effect_sd
        Adds Hedges g: "residual" (the model's deviation at the visit), "baseline" (pooled
        deviation of BASE), or a number in points.

    Returns
    -------
    ContrastsResult
        One row a contrast, level minus reference; not estimable ones are null, with a note.

    Raises
    ------
    ArgumentError
        A factor or level that does not exist, or an adjustment that does not go with it.

    Notes
    -----
    Hedges g is J d with d the difference over the deviation and J the exact correction for its
    degrees of freedom; the interval is that of emmeans' eff_size, from the standard error of
    the difference and that of the deviation.
    Sources: Dunnett (1955) J Am Stat Assoc 50:1096; Hedges (1981) J Educ Stat 6:107.
    Checked against: as `estimate_means`.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> fit = ka.fit_mmrm(ka.load_example("ketamine"),
    ...     "CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID)", scale="MADRS")
    >>> ka.estimate_contrasts(fit, "TRT01P", by="AVISIT").table["contrast"].unique().to_list()
    ['ketamine - midazolam']
    """
    level = _level(fit, conf_level)
    check_one_of("contrast", contrast, tuple(CONTRASTS))
    check_one_of("adjust", adjust, ADJUSTMENTS)
    _check_adjustment(contrast, adjust)
    within = _names(by)
    grid = reference_grid(fit.formula, fit.coding, fit.rows, at)
    keys, rows = grid.means([*within, factor], weights)
    levels = grid.levels[factor]
    if len(levels) < 2:
        raise ArgumentError(
            f"{factor} must have two levels or more among the rows of the model to be compared; "
            f"there is only {levels[0]!r}."
        )
    pairs = CONTRASTS[contrast](levels, _reference(levels, reference, factor))
    first, second = (np.asarray(side) for side in zip(*pairs, strict=True))
    blocks = rows.reshape(-1, len(levels), rows.shape[1])
    differences = blocks[:, first] - blocks[:, second]
    tests = fit.inference.single(differences.reshape(-1, rows.shape[1]))
    found: list[dict[str, Any]] = []
    for i, block in enumerate(differences):
        key = {name: keys[i * len(levels)][name] for name in within}
        cells = [test_row(test, level) for test in tests[i * len(pairs) : (i + 1) * len(pairs)]]
        covariance = fit.inference.between_contrasts(block) if adjust == "dunnett" else None
        corrected = adjusted(cells, covariance, adjust, level, len(levels))
        found += _block(fit, key, levels, pairs, corrected, effect_sd, level)
    where = f" within each level of {', '.join(within)}" if within else ""
    words = "" if adjust == "none" else f"p values are adjusted{where}: {adjust.title()}."
    return ContrastsResult(
        table=pl.DataFrame(found, schema=_schema(fit, grid, list(within), CONTRAST_COLUMNS)),
        title=f"Differences of least-squares means of {fit.scale}: {factor}"
        f"{' by ' + ', '.join(within) if within else ''}",
        audit=fit.audit,
        notes=(
            *fit.notes,
            *_grid_notes(grid, [factor, *within], weights),
            *((words,) if words else ()),
            *_effect_notes(effect_sd),
        ),
        warnings=fit.warnings,
        conf_level=level,
        simulated=fit.simulated,
        from_pandas=fit.from_pandas,
        scale=fit.scale,
        of=factor,
        within=(*within,),
    )


MEAN_COLUMNS = {
    **dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high", "df"), pl.Float64),
    "note": pl.String,
}
CONTRAST_COLUMNS = {
    "contrast": pl.String,
    **dict.fromkeys(
        (*STATISTICS, "p_adjusted", "effect_size", "effect_low", "effect_high"), pl.Float64
    ),
    "note": pl.String,
}
Pairs = list[tuple[int, int]]
CONTRASTS: dict[str, Callable[[tuple[Any, ...], int], Pairs]] = {
    "reference": lambda levels, first: [(i, first) for i in range(len(levels)) if i != first],
    "pairwise": lambda levels, _: [(j, i) for i, j in combinations(range(len(levels)), 2)],
    "consecutive": lambda levels, _: [(i + 1, i) for i in range(len(levels) - 1)],
}


def _block(
    fit: ModelResult,
    key: dict[str, Any],
    levels: tuple[Any, ...],
    pairs: Pairs,
    corrected: list[dict[str, Any]],
    effect_sd: str | float | None,
    conf_level: float,
) -> list[dict[str, Any]]:
    return [
        key
        | {"contrast": f"{levels[i]} - {levels[j]}"}
        | row
        | standardised(fit, key, row, effect_sd, conf_level)
        | {"note": _note(row["estimate"])}
        for (i, j), row in zip(pairs, corrected, strict=True)
    ]


def _level(fit: ModelResult, conf_level: float | None) -> float:
    if conf_level is None:
        return fit.conf_level
    check_conf_level(conf_level)
    return conf_level


def _names(given: str | Sequence[str] | None) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def _reference(levels: tuple[Any, ...], reference: Any, factor: str) -> int:
    if reference is None:
        return 0
    if reference not in levels:
        raise ArgumentError(
            f"reference must be a level of {factor}: {listed(levels)}; not {reference!r}."
        )
    return levels.index(reference)


def _check_adjustment(contrast: str, adjust: str) -> None:
    needed = {"dunnett": "reference", "tukey": "pairwise"}
    if adjust in needed and contrast != needed[adjust]:
        raise ArgumentError(
            f'adjust="{adjust}" goes with contrast="{needed[adjust]}", not "{contrast}".'
        )


def _kept(row: dict[str, Any], without: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in without}


def _note(estimate: float | None) -> str:
    return NOT_ESTIMABLE if estimate is None else ""


def _schema(
    fit: ModelResult, grid: ReferenceGrid, names: list[str], more: Mapping[str, Any]
) -> dict[str, Any]:
    return {name: grid.dtype(name) for name in names} | dict(more)


def _grid_notes(grid: ReferenceGrid, names: list[str], weights: str) -> tuple[str, ...]:
    others = [name for name in grid.levels if name not in names]
    notes = []
    if grid.covariates:
        shown = ", ".join(f"{name} {value:.4g}" for name, value in grid.covariates.items())
        notes.append(f"Numbers stand at their means over the rows of the model: {shown}.")
    if others:
        how = "equal weights" if weights == "equal" else "weights in proportion to the rows"
        notes.append(f"Averaged over {listed(others)} with {how}.")
    return tuple(notes)


def _effect_notes(effect_sd: str | float | None) -> tuple[str, ...]:
    if effect_sd is None:
        return ()
    words = EFFECTS.get(effect_sd, f"{effect_sd} points") if isinstance(effect_sd, str) else None
    return (f"Effect size: Hedges g, of the deviation: {words or f'{effect_sd:g} points'}.",)
