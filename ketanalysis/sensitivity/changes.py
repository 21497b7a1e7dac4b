"""The difference in change between arms under each handling of missing scores.

Observed and carried-forward scores are compared by analysis of covariance, the mixed model takes
all visits, and imputed scores go through `estimate_imputed_change`: each adjusts for the baseline
and the same covariates, so that the rows differ by the handling alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError
from ketanalysis.grid import Grid, score_grid
from ketanalysis.imputation.change import estimate_imputed_change
from ketanalysis.imputation.settings import Imputation
from ketanalysis.mmrm.ancova import fit_ancova
from ketanalysis.mmrm.fit import fit_mmrm
from ketanalysis.mmrm.means import estimate_contrasts
from ketanalysis.population import Population
from ketanalysis.rates.contrasts import sides_of
from ketanalysis.rates.handling import STRATEGY_OF

MIXED = "mmrm"
DF = "kenward-roger-linear"
METHODS = {
    "observed": "analysis of covariance",
    "locf": "analysis of covariance",
    MIXED: "mixed model",
}
IMPUTED = "analysis of covariance, Rubin's rules"
JACKKNIFE = "analysis of covariance, jackknife"
CELLS = ("estimate", "std_error", "conf_low", "conf_high", "df", "p_value")


def change_rows(
    data: Any,
    scale: str,
    by: str,
    handlings: Sequence[str],
    visits: Sequence[str],
    population: Population,
    imputation: Imputation | None,
    conf_level: float,
) -> Iterator[dict[str, Any]]:
    """Yield one row a handling, visit and contrast: the difference in change, in points."""
    covariates = () if imputation is None else imputation.covariates
    grid = score_grid(data, scale, list(dict.fromkeys([by, *covariates])), population=population)
    imputed = [name for name in handlings if name in STRATEGY_OF]
    if imputed:
        assert imputation is not None
        yield from _imputed(data, scale, by, imputed, visits, population, imputation, conf_level)
    for handling in handlings:
        if handling == MIXED:
            at = imputation.visits if imputation is not None else ()
            yield from _mixed(grid, by, covariates, visits, at, conf_level)
        elif handling not in STRATEGY_OF:
            scores = grid.carried_forward() if handling == "locf" else grid.scores
            for visit in visits:
                own = scores[grid.visit_index(visit)]
                yield from _at_one_visit(grid, own, by, covariates, handling, visit, conf_level)


def _at_one_visit(
    grid: Grid,
    scores: NDArray[np.float64],
    by: str,
    covariates: Sequence[str],
    handling: str,
    visit: str,
    conf_level: float,
) -> Iterator[dict[str, Any]]:
    frame, terms = _wide(grid, by, covariates)
    frame = frame.with_columns(CHG=_numbers(scores - grid.baseline))
    try:
        fit = fit_ancova(frame, f"CHG ~ BASE + ARM{terms}", conf_level=conf_level)
        found = estimate_contrasts(fit, "ARM").table.to_dicts()
    except EstimationError as error:
        found = _nothing(grid, by, str(error))
    seen = ~np.isnan(scores) & ~np.isnan(grid.baseline)
    for row in _every_arm(found, grid, by):
        yield _row(row, handling, visit, METHODS[handling], _sizes(grid, by, seen, row["contrast"]))


def _mixed(
    grid: Grid,
    by: str,
    covariates: Sequence[str],
    visits: Sequence[str],
    at: Sequence[str],
    conf_level: float,
) -> Iterator[dict[str, Any]]:
    """Yield the contrasts of an unstructured mixed model over the visits of the imputation."""
    used = [visit for visit in grid.visits if not at or visit in at]
    wide, _ = _wide(grid, by, covariates)
    more = "".join(f" + C{i}*AVISIT" for i in range(len(covariates)))
    long = pl.concat(
        wide.with_columns(
            AVISIT=pl.lit(visit, pl.Enum(used)),
            CHG=_numbers(grid.scores[grid.visit_index(visit)] - grid.baseline),
        )
        for visit in used
    )
    formula = f"CHG ~ BASE*AVISIT + ARM*AVISIT{more} + us(AVISIT | USUBJID)"
    found: dict[str, list[dict[str, Any]]] = {}
    try:
        fit = fit_mmrm(long, formula, df=DF, conf_level=conf_level)
        for row in estimate_contrasts(fit, "ARM", "AVISIT").table.to_dicts():
            found.setdefault(row["AVISIT"], []).append(row)
    except EstimationError as error:
        found = {visit: _nothing(grid, by, str(error)) for visit in visits}
    for visit in visits:
        seen = ~np.isnan(grid.scores[grid.visit_index(visit)]) & ~np.isnan(grid.baseline)
        own = found.get(visit, _nothing(grid, by, "The model leaves this visit out."))
        for row in _every_arm(own, grid, by):
            sizes = _sizes(grid, by, seen, row["contrast"])
            yield _row(row, MIXED, visit, METHODS[MIXED], sizes)


def _imputed(
    data: Any,
    scale: str,
    by: str,
    handlings: Sequence[str],
    visits: Sequence[str],
    population: Population,
    imputation: Imputation,
    conf_level: float,
) -> Iterator[dict[str, Any]]:
    """Yield the contrasts of imputed scores; all strategies share the draws of the model."""
    result = estimate_imputed_change(
        data,
        scale,
        by,
        imputation,
        strategy=[STRATEGY_OF[name] for name in handlings],
        visits=visits,
        population=population,
        conf_level=conf_level,
    )
    names = {STRATEGY_OF[name]: name for name in handlings}
    method = JACKKNIFE if imputation.method == "conditional-mean" else IMPUTED
    sizes = {row["arm"]: row["n"] for row in result.means.to_dicts()}  # the same at every visit
    for row in result.table.to_dicts():
        pair = _pair(row["contrast"], sizes)
        yield _row(row, names[row["strategy"]], row["AVISIT"], method, pair)


def _wide(grid: Grid, by: str, covariates: Sequence[str]) -> tuple[pl.DataFrame, str]:
    """Return USUBJID, ARM, BASE and the covariates as C0, C1, ..., and these as model terms."""
    renamed = [pl.col(name).alias(f"C{i}") for i, name in enumerate(covariates)]
    frame = grid.subjects.select("USUBJID", pl.col(by).alias("ARM"), *renamed)
    terms = "".join(f" + C{i}" for i in range(len(covariates)))
    return frame.with_columns(BASE=_numbers(grid.baseline)), terms


def _numbers(values: NDArray[np.float64]) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)


def _arms(grid: Grid, by: str) -> list[str]:
    present = grid.subjects[by].cast(pl.String).unique().to_list()
    return [arm for arm in grid.subjects[by].dtype.categories if arm in present]  # type: ignore[attr-defined]


def _nothing(grid: Grid, by: str, why: str) -> list[dict[str, Any]]:
    first, *others = _arms(grid, by)
    return [{"contrast": f"{arm} - {first}", "note": why} for arm in others]


def _every_arm(rows: list[dict[str, Any]], grid: Grid, by: str) -> list[dict[str, Any]]:
    """Return a row a contrast, also where an arm has no score and so no place in the model."""
    held = {row["contrast"]: row for row in rows}
    nothing = _nothing(grid, by, "An arm has no scores here.")
    return [held.get(row["contrast"], row) for row in nothing]


def _sizes(grid: Grid, by: str, seen: NDArray[np.bool_], contrast: str) -> tuple[int, int]:
    """Return how many of the group and of the reference have a score."""
    arms = grid.subjects[by].cast(pl.String)
    counts = {arm: int((seen & (arms == arm).to_numpy()).sum()) for arm in _arms(grid, by)}
    return _pair(contrast, counts)


def _pair(contrast: str, counts: Mapping[str, int]) -> tuple[int, int]:
    """Return the counts of group and reference of a contrast."""
    sides = sides_of(contrast, counts)
    assert sides is not None
    return counts[sides[0]], counts[sides[1]]


def _row(
    row: dict[str, Any], handling: str, visit: str, method: str, sizes: tuple[int, int]
) -> dict[str, Any]:
    return {
        "missing": handling,
        "AVISIT": visit,
        "contrast": row["contrast"],
        **{name: row.get(name) for name in CELLS},
        "method": method,
        "n": sizes[0],
        "n_reference": sizes[1],
        "note": row.get("note") or "",
    }
