"""Who responds and stays so: a rule held over several visits, with the excuses of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ketanalysis.errors import ArgumentError
from ketanalysis.grid import by_columns, score_grid
from ketanalysis.population import Population
from ketanalysis.rates.contrasts import check_order
from ketanalysis.rates.handling import chosen_handlings
from ketanalysis.rates.response import TAKEN, RatesResult
from ketanalysis.rates.shares import (
    check_baseline,
    check_rule,
    named_visits,
    shares,
    visit_words,
    visits_note,
)
from ketanalysis.rates.windows import rows_of, run_rows, sustained
from ketanalysis.sustained import Sustained

MISSING = {
    "observed": "subjects with no more visits without a score than the rule allows",
    "locf": "last score after baseline carried forward",
    "nri": "more visits without a score than the rule allows count as failure",
}


def estimate_sustained(
    data: Any,
    scale: str,
    rule: Sustained,
    by: str | Sequence[str] | None = None,
    *,
    visits: str | Sequence[str] | None = None,
    missing: str | Sequence[str] | None = None,
    population: Population = "ITT",
    ci: str = "wilson",
    difference: str | Sequence[str] = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> RatesResult:
    """Estimate the share of subjects with a sustained response or remission.

    Answers "who got well and stayed so over these visits?". Not how long it lasts afterwards
    (`estimate_relapse`), nor response at one visit (`estimate_response`).

    Parameters
    ----------
    data, scale, by, population, ci, difference, conf_level
        As in `estimate_response`.
    rule
        The definition, for example ``Sustained(Remission(at_most=12), visits=3, of=4,
        excursions=1, missed=1)``.
    visits
        Where the rule asks for a number of visits: the visits of which the last are meant.
        Left out where the rule names its visits.
    missing
        How more missing scores than the rule itself allows are handled: "observed" leaves
        such subjects out, "nri" counts them as failures, "locf" fills the gaps first with the
        last score after baseline.

    Returns
    -------
    RatesResult
        As `estimate_response`, one row a group and handling; AVISIT names the visits.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response`; also where the rule names visits without scores.

    Notes
    -----
    Under "nri" leaving counts as failure: a composite estimand (ICH E9(R1)), in which a
    subject who left well and one who left ill are the same.
    Checked against: tests/oracle/outcomes.csv (R 4.2.2, from raw scores in base R), counts
    exact, intervals relative 1e-9; the antidepressant trial in
    tests/rates/test_sustained_response.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rule = ka.Sustained(
    ...     ka.Response(at_least=0.5), visits=2, of=["24 h", "Day 7", "Day 14"], excursions=1,
    ...     missed=0, still=ka.Response(at_least=0.25))
    >>> result = ka.estimate_sustained(
    ...     ka.load_example("ketamine"), "MADRS", rule, by="TRT01P", missing="nri")
    >>> result.outcome
    'sustained response'
    """
    check_rule(rule, (Sustained,), "a Sustained, such as Sustained(Remission(at_most=12), ...)")
    columns, handlings = by_columns(by, TAKEN), chosen_handlings(missing)
    named = _visits(rule, visits)
    grid = score_grid(data, scale, columns, population=population, visits=named)
    check_baseline(grid, rule)
    check_order(grid.subjects, columns)

    rows = run_rows(grid, rule, rows_of(grid, named, "visits"))
    shown = [grid.visits[row] for row in rows]
    return shares(
        grid,
        rule,
        rule.label,
        columns,
        {name: sustained(grid, rule, rows, name) for name in handlings},
        visit_words(shown, "and"),
        meaning=MISSING,
        notes=(visits_note(shown),),
        ci=ci,
        difference=difference,
        conf_level=conf_level,
    )


def _visits(rule: Sustained, visits: str | Sequence[str] | None) -> tuple[str, ...]:
    if not rule.named:
        return named_visits(visits, f"of which the last {rule.length} are meant")
    if visits is not None:
        raise ArgumentError(
            "visits= belongs to a rule with a number of visits; this one names its own: "
            f"{', '.join(rule.named)}."
        )
    return rule.named
