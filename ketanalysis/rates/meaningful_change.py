"""Who improved by as much as matters to a person (minimal clinically important difference)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ketanalysis.grid import by_columns, score_grid
from ketanalysis.imputation.settings import Imputation
from ketanalysis.meaningful import MeaningfulChange
from ketanalysis.population import Population
from ketanalysis.rates.by_visit import TAKEN, RatesResult, rates_by_visit
from ketanalysis.rates.methods import plain_methods
from ketanalysis.rates.shares import check_baseline, check_rule


def estimate_meaningful_change(
    data: Any,
    scale: str,
    rule: MeaningfulChange,
    by: str | Sequence[str] | None = None,
    *,
    missing: str | Sequence[str] | None = None,
    visits: Sequence[str] | None = None,
    population: Population = "ITT",
    ci: str = "wilson",
    difference: str | Sequence[str] = "miettinen-nurminen",
    imputation: Imputation | None = None,
    conf_level: float = 0.95,
) -> RatesResult:
    """Estimate the share of subjects whose improvement reaches a meaningful change.

    Answers "in how many is the change large enough to matter to them?". Not for a difference
    between the means of groups: what matters there is another and smaller number.

    Parameters
    ----------
    data, scale, by, missing, visits, population, ci, difference, imputation, conf_level
        As in `estimate_response`.
    rule
        A `MeaningfulChange`: published (``meaningful_change("GAD7")``) or declared with its
        source, in points or as a share of baseline.

    Returns
    -------
    RatesResult
        As `estimate_response`.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response`.

    Notes
    -----
    Checked against: tests/oracle/outcomes.csv (R 4.2.2, from raw scores in base R), counts
    exact, intervals relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rule = ka.MeaningfulChange(at_least=6, unit="points", source="an example, from no source")
    >>> change = ka.estimate_meaningful_change(
    ...     ka.load_example("ketamine"), "MADRS", rule, visits=["Day 14"], missing="nri")
    >>> change.table.select("count", "n").rows()
    [(70, 96)]
    """
    what = 'a MeaningfulChange, such as meaningful_change("GAD7")'
    check_rule(rule, (MeaningfulChange,), what)
    by_columns(by, TAKEN)
    grid = score_grid(data, scale, by, population=population, visits=visits)
    check_baseline(grid, rule)
    methods = plain_methods(ci, difference, conf_level)
    return rates_by_visit(
        data, grid, rule, rule.label, by, missing, visits, methods, population, imputation
    )
