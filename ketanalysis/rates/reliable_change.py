"""Reliable change: who changed by more than the error of measurement, and who recovered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketanalysis.comparison import holds
from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.grid import Grid, by_columns, score_grid
from ketanalysis.meaningful import ReliableChange
from ketanalysis.population import Population
from ketanalysis.rates.categories import CategoriesResult, categories
from ketanalysis.rates.contrasts import check_order
from ketanalysis.rates.criteria import improvement, met_by
from ketanalysis.rates.handling import chosen_handlings
from ketanalysis.rates.response import TAKEN

IMPROVED, UNCHANGED, WORSE = "reliably improved", "unchanged", "reliably deteriorated"
RECOVERED, ONLY_IMPROVED = "recovered", "reliably improved, not recovered"


def estimate_reliable_change(
    data: Any,
    scale: str,
    rule: ReliableChange,
    by: str | Sequence[str] | None = None,
    *,
    missing: str | Sequence[str] | None = None,
    visits: Sequence[str] | None = None,
    population: Population = "ITT",
    ci: str = "wilson",
    difference: str | Sequence[str] = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> CategoriesResult:
    """Estimate how many changed by more than the error of measurement (Jacobson and Truax).

    Answers "in how many is the change more than noise, and how many recovered?". Reliable is
    not meaningful: a scale with little error makes small changes reliable. Regression to the
    mean counts as reliable improvement in every arm; without a comparison it says little.

    Parameters
    ----------
    data, scale, by, visits, population, ci, difference, conf_level
        As in `estimate_response`.
    rule
        A `ReliableChange`: reliability, standard deviation and their source have no default.
        With its `recovered` cut-off the improved are divided: clinically significant change is
        "recovered".
    missing
        As in `estimate_response`; under "nri" everybody is counted, and "not
        assessed" is a category of its own.

    Returns
    -------
    CategoriesResult
        One row a group, visit, handling and category: "reliably improved" (with a cut-off
        "recovered" and "reliably improved, not recovered"), "unchanged", "reliably
        deteriorated".

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response`.

    Notes
    -----
    A change is reliable where it exceeds the threshold that the definition prints; the
    threshold itself is unchanged. Jacobson and Truax (1991), J Consult Clin Psychol 59:12-19.
    Checked against: tests/oracle/outcomes.csv (R 4.2.2, from raw scores in base R), counts
    exact, intervals relative 1e-9; the threshold by hand in tests/test_meaningful.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rule = ka.ReliableChange(reliability=0.85, sd=6, source="an example, from no source")
    >>> change = ka.estimate_reliable_change(
    ...     ka.load_example("ketamine"), "MADRS", rule, visits=["Day 14"], missing="observed")
    >>> change.table.select("category", "count").rows()
    [('reliably improved', 64), ('unchanged', 18), ('reliably deteriorated', 0)]
    """
    if not isinstance(rule, ReliableChange):
        raise ArgumentError(
            "rule must be a ReliableChange, such as ReliableChange(reliability=0.9, sd=6.5, "
            f'source="..."), not {rule!r}.'
        )
    columns, handlings = by_columns(by, (*TAKEN, "category")), chosen_handlings(missing)
    grid = score_grid(data, scale, columns, population=population, visits=visits)
    if np.isnan(grid.baseline).all():
        raise EstimationError(f"Reliable change needs a baseline; no subject has one of {scale}.")
    check_order(grid.subjects, columns)

    def places(scores: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the place among the categories, the best first."""
        gain = improvement(grid, scores, rule.better)
        is_better = holds(gain, rule.threshold, "above")
        is_worse = holds(-gain, rule.threshold, "above")
        if rule.recovered is None:
            return np.where(is_better, 0, np.where(is_worse, 2, 1))
        is_well = met_by(grid, rule.recovered, scores) & ~_well_before(grid, rule)
        return np.where(is_better, np.where(is_well, 0, 1), np.where(is_worse, 3, 2))

    improved = (IMPROVED,) if rule.recovered is None else (RECOVERED, ONLY_IMPROVED)
    return categories(
        grid,
        (*improved, UNCHANGED, WORSE),
        places,
        (("no baseline", np.isnan(grid.baseline)),),
        outcome="reliable change",
        definition=rule,
        columns=columns,
        handlings=handlings,
        visits=visits,
        notes=("Regression to the mean is among the improved of every group.",),
        warnings=_warnings(grid, rule),
        ci=ci,
        difference=difference,
        conf_level=conf_level,
    )


def _well_before(grid: Grid, rule: ReliableChange) -> NDArray[np.bool_]:
    """Whether a subject was on the healthy side of the cut-off at baseline, shape (n,)."""
    if rule.recovered is None:
        return np.zeros(grid.n, dtype=bool)
    return met_by(grid, rule.recovered, grid.baseline)


def _warnings(grid: Grid, rule: ReliableChange) -> tuple[str, ...]:
    well = int(_well_before(grid, rule).sum())
    if not well:
        return ()
    return (
        f"Subjects on the healthy side of the cut-off already at baseline, who cannot recover: "
        f"{well}.",
    )
