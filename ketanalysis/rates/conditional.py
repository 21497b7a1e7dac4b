"""A later outcome given an earlier one: who remits of those who responded at once, and who not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, check_one_of, check_reason, listed
from ketanalysis.glossary import method_words
from ketanalysis.grid import Grid, by_columns, groups_of, score_grid
from ketanalysis.meaningful import MeaningfulChange
from ketanalysis.population import Population
from ketanalysis.rates.by_visit import check_methods
from ketanalysis.rates.contrasts import check_order
from ketanalysis.rates.criteria import Rule
from ketanalysis.rates.handling import chosen_handlings, with_set_aside
from ketanalysis.rates.shares import check_baseline, check_rule, missing_note, population_note
from ketanalysis.rates.two_outcomes import Both, both_outcomes, measures
from ketanalysis.rates.two_proportions import RISK_DIFFERENCES
from ketanalysis.results import Result
from ketanalysis.trial import arms_of

ROWS = {
    "missing": pl.String,
    "measure": pl.String,
    "count": pl.Int64,
    "n": pl.Int64,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "p_value": pl.Float64,
    "test": pl.String,
    "note": pl.String,
}
REASONS = {
    "missing": pl.String,
    "status": pl.String,
    "reason": pl.String,
    "count": pl.Int64,
}
CELLS = {"missing": pl.String, "group": pl.String, "count": pl.Int64, "n": pl.Int64}
MISSING = {
    "observed": "subjects scored at both visits",
    "locf": "last score after baseline carried forward",
    "nri": "a missing score counts as failure, at either visit",
}
RULES = (Response, Remission, MeaningfulChange)
COUPLED = (
    "Both outcomes are judged from the same baseline score: an error in it moves both the same "
    "way, and makes them look more alike than they are (mathematical coupling)."
)
IN_SAMPLE = (
    "This is an association in one sample, not a prediction that was tested in another; nor does "
    "it say that the later outcome would not have come without the earlier one."
)
CARRIED = (
    "Under locf an early score that was carried forward is its own later outcome: the two agree "
    "by construction."
)
POOLED = (
    "The trial has {arms} in several arms, and treatment raises both outcomes: pooled they are "
    'associated through the arms alone. Write by="TRT01P", or allow="REASON" to pool them.'
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ConditionalResult(Result):
    """A later outcome in those with and without an earlier one.

    Attributes
    ----------
    table
        One row a group, handling and measure: by-columns, missing, measure ("given", "not
        given": the shares with the later outcome; "risk difference" between them;
        "sensitivity", "specificity", "positive predictive value", "negative predictive
        value" of the earlier outcome for the later), count, n, estimate, conf_low,
        conf_high, method, p_value, test, note.
    cells
        The 2 x 2 table, one row a group, handling and row of it: by-columns, missing, group
        ("given" or "not given"), count (with the later outcome), n.
    scale, by
        The scale and the by-columns.
    earlier, later
        The two outcomes in words: "response at 24 h".
    """

    kind: ClassVar[str] = "conditional"

    cells: pl.DataFrame = field(default_factory=pl.DataFrame)
    scale: str = ""
    by: tuple[str, ...] = ()
    earlier: str = ""
    later: str = ""


def estimate_conditional_response(
    data: Any,
    scale: str,
    rule: Rule,
    by: str | Sequence[str] | None = None,
    *,
    at: str | None = None,
    given: Rule | None = None,
    given_at: str | None = None,
    missing: str | Sequence[str] | None = None,
    population: Population = "ITT",
    allow: str | None = None,
    ci: str = "clopper-pearson",
    difference: str = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> ConditionalResult:
    """Estimate a later outcome given an earlier one on the same scale.

    Answers "of those who responded to the first infusion, how many remitted in the end, and how
    many of the others?", and how well the earlier outcome tells the later one. Not an effect:
    both are outcomes of the same subjects.

    Parameters
    ----------
    data, scale, by, population, conf_level
        As in `estimate_response`. A trial with several arms needs its arm in `by`, or `allow`.
    rule, at
        The later outcome, and its visit.
    given, given_at
        The earlier outcome, and its visit, for example ``Response(at_least=0.2)`` at "24 h".
    missing
        "observed" (scored at both visits), "nri" (a missing score is a failure, at either
        visit) or "locf"; must be written.
    allow
        Why the arms may be pooled; printed.
    ci
        As in `estimate_response`, for every share; exact unless named.
    difference
        As in `estimate_response`, one method.

    Returns
    -------
    ConditionalResult
        One row a group, handling and measure. Where nobody had the earlier outcome, or all
        had, the row has no estimate and a note.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response`; also where a visit or rule is not written, the earlier visit
        is not earlier, or arms would be pooled.

    Notes
    -----
    Sensitivity is the share with the earlier outcome among those with the later one,
    specificity the share without it among those without.
    Checked against: tests/oracle/conditional.csv (R 4.2.2, table and binom.test from raw
    scores), counts exact, intervals relative 1e-9; Parikh et al. 2024 and Murrough et al. 2013
    by hand in tests/rates/test_conditional.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> half = ka.Response(at_least=0.5)
    >>> found = ka.estimate_conditional_response(
    ...     ka.load_example("ketamine"), "MADRS", half, by="TRT01P", at="Day 14",
    ...     given=ka.Response(at_least=0.2), given_at="24 h", missing="observed")
    >>> found.cells.select("group", "count", "n").rows()[2:]
    [('given', 23, 34), ('not given', 0, 5)]
    """
    check_rule(rule, RULES, "a Response, a Remission or a MeaningfulChange")
    given, given_at = _checked_given(given), _checked_visit("given_at", given_at, "earlier")
    at = _checked_visit("at", at, "later")
    columns, handlings = by_columns(by, (*ROWS, *CELLS, *REASONS)), chosen_handlings(missing)
    check_one_of("difference", difference, tuple(RISK_DIFFERENCES))
    check_methods(ci, (difference,), conf_level)
    is_pooled = _check_arms(data, columns, allow)
    grid = score_grid(data, scale, columns, population=population)
    rows = _rows_of(grid, given_at, at)
    for one in (rule, given):
        check_baseline(grid, one)
    check_order(grid.subjects, columns)

    both = {name: both_outcomes(grid, given, rule, rows, name) for name in handlings}
    earlier, later = f"{given.label} at {given_at}", f"{rule.label} at {at}"
    title = f"{later[0].upper()}{later[1:]} given {earlier}, {scale}"
    return ConditionalResult(
        table=_rows(
            grid, columns, both, ROWS, lambda p, m: measures(p, m, ci, difference, conf_level)
        ),
        title=f"{title}, by {', '.join(columns)}" if columns else title,
        definition=rule,
        audit=with_set_aside(_rows(grid, columns, both, REASONS, Both.reasons), grid),
        notes=(
            f"Earlier outcome: {given.sentence(scale)}",
            population_note(grid),
            missing_note(handlings, MISSING),
            f"{conf_level * 100:g} % intervals: {method_words(ci)}; difference by "
            f"{method_words(difference)}.",
            *((COUPLED,) if _share_baseline(rule, given) else ()),
            IN_SAMPLE,
            *((f"Arms are pooled: {allow}.",) if is_pooled else ()),
        ),
        warnings=(*grid.warnings, *((CARRIED,) if "locf" in handlings else ())),
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        cells=_rows(grid, columns, both, CELLS, Both.cells),
        scale=scale,
        by=columns,
        earlier=earlier,
        later=later,
    )


def _rows(
    grid: Grid,
    columns: tuple[str, ...],
    both: Mapping[str, Both],
    schema: Mapping[str, Any],
    made: Callable[[Both, NDArray[np.bool_]], list[dict[str, Any]]],
) -> pl.DataFrame:
    """Return what is made of each group under each handling, one frame."""
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in columns}
    rows = [
        {**key, "missing": name} | row
        for name, pair in both.items()
        for key, mask in groups_of(grid, columns)
        for row in made(pair, mask)
    ]
    return pl.DataFrame(rows, schema={**keys, **schema})


def _checked_given(given: Rule | None) -> Rule:
    if not isinstance(given, RULES):
        raise ArgumentError(
            f"given= must be the earlier outcome, such as Response(at_least=0.2), not {given!r}."
        )
    return given


def _checked_visit(argument: str, visit: str | None, which: str) -> str:
    if not isinstance(visit, str) or not visit:
        raise ArgumentError(
            f"{argument}= must name the visit of the {which} outcome, not {visit!r}."
        )
    return visit


def _check_arms(data: Any, columns: tuple[str, ...], allow: str | None) -> bool:
    """Refuse arms that are pooled without a reason; return whether they are pooled."""
    check_reason(allow)
    arms = arms_of(data)
    is_pooled = len(arms) > 1 and "TRT01P" not in columns and "TRT01A" not in columns
    if is_pooled and allow is None:
        raise ArgumentError(POOLED.format(arms=listed(arms)))
    return is_pooled


def _rows_of(grid: Grid, given_at: str, at: str) -> tuple[int, int]:
    first, last = grid.visit_index(given_at, "given_at"), grid.visit_index(at, "at")
    if first >= last:
        raise ArgumentError(
            f"given_at must be a visit before at: {given_at!r} is not before {at!r}."
        )
    return first, last


def _share_baseline(*rules: Rule) -> bool:
    return all(not isinstance(rule, Remission) for rule in rules)
