"""A later outcome given an earlier one: who remits of those who responded at once, and who not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.frames import to_polars
from ketanalysis.glossary import method_words
from ketanalysis.grid import Grid, by_columns, groups_of, score_grid
from ketanalysis.meaningful import MeaningfulChange
from ketanalysis.population import Population
from ketanalysis.rates.contrasts import check_order
from ketanalysis.rates.criteria import Rule, obstacles
from ketanalysis.rates.handling import chosen_handlings, count_met, with_set_aside
from ketanalysis.rates.proportions import proportion_interval
from ketanalysis.rates.response import AUDIT, check_methods
from ketanalysis.rates.shares import check_baseline, check_rule, missing_note, population_note
from ketanalysis.rates.two_proportions import RISK_DIFFERENCES, risk_difference
from ketanalysis.results import Result
from ketanalysis.trial import Trial

GIVEN, NOT_GIVEN, DIFFERENCE = "given", "not given", "risk difference"
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
    columns, handlings = by_columns(by, (*ROWS, *CELLS, *AUDIT)), chosen_handlings(missing)
    check_one_of("difference", difference, tuple(RISK_DIFFERENCES))
    check_methods(ci, (difference,), conf_level)
    is_pooled = _check_arms(data, columns, allow)
    grid = score_grid(data, scale, columns, population=population)
    rows = _rows_of(grid, given_at, at)
    for one in (rule, given):
        check_baseline(grid, one)
    check_order(grid.subjects, columns)

    groups = groups_of(grid, columns)
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in columns}
    both = {name: _both(grid, given, rule, rows, name) for name in handlings}
    cells = [
        {**key, "missing": name} | row
        for name, pair in both.items()
        for key, mask in groups
        for row in pair.cells(mask)
    ]
    table = [
        {**key, "missing": name} | row
        for name, pair in both.items()
        for key, mask in groups
        for row in _measures(pair, mask, ci, difference, conf_level)
    ]
    audit = [
        {**key, "AVISIT": f"{given_at} and {at}", "missing": name} | row
        for name, pair in both.items()
        for key, mask in groups
        for row in pair.reasons(mask)
    ]
    earlier, later = f"{given.label} at {given_at}", f"{rule.label} at {at}"
    title = f"{later[0].upper()}{later[1:]} given {earlier}, {scale}"
    return ConditionalResult(
        table=pl.DataFrame(table, schema={**keys, **ROWS}),
        title=f"{title}, by {', '.join(columns)}" if columns else title,
        definition=rule,
        audit=with_set_aside(pl.DataFrame(audit, schema={**keys, **AUDIT}), grid),
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
        cells=pl.DataFrame(cells, schema={**keys, **CELLS}),
        scale=scale,
        by=columns,
        earlier=earlier,
        later=later,
    )


@dataclass(frozen=True, eq=False)
class Both:
    """The earlier and the later outcome of each subject, and who is counted, each (n,)."""

    earlier: NDArray[np.bool_]
    later: NDArray[np.bool_]
    is_counted: NDArray[np.bool_]
    why: tuple[tuple[str, str, NDArray[np.bool_]], ...]

    def cells(self, mask: NDArray[np.bool_]) -> list[dict[str, Any]]:
        """Return the two rows of the 2 x 2 table of a group."""
        rows = []
        for name, row in ((GIVEN, self.earlier), (NOT_GIVEN, ~self.earlier)):
            of = row & self.is_counted & mask
            count = int(np.count_nonzero(of & self.later))
            rows.append({"group": name, "count": count, "n": int(np.count_nonzero(of))})
        return rows

    def reasons(self, mask: NDArray[np.bool_]) -> list[dict[str, Any]]:
        """Return how many subjects of a group are in or out, by reason."""
        rows = [
            {"status": status, "reason": reason, "count": int(np.count_nonzero(who & mask))}
            for status, reason, who in self.why
        ]
        return [row for row in rows if row["count"]]


def _both(grid: Grid, given: Rule, rule: Rule, rows: tuple[int, int], handling: str) -> Both:
    first, last = count_met(grid, given, handling), count_met(grid, rule, handling)
    is_counted = np.asarray(first.counted[rows[0]] & last.counted[rows[1]])
    out = "included" if handling == "nri" else "excluded"
    failed = ": counted as failure" if handling == "nri" else ""
    carried = " or carried forward" if handling == "locf" else ""

    unjudged = dict((*obstacles(grid, given), *obstacles(grid, rule)))
    can_judge = ~np.any([*unjudged.values(), np.zeros(grid.n, dtype=bool)], axis=0)
    scores = grid.carried_forward() if handling == "locf" else grid.scores
    early, late = (np.isnan(scores[row]) for row in rows)
    why = (
        ("included", f"scored{carried} at both visits", ~early & ~late & can_judge),
        (out, f"no score at the earlier visit{failed}", early & ~late & can_judge),
        (out, f"no score at the later visit{failed}", ~early & late & can_judge),
        (out, f"no score at both visits{failed}", early & late & can_judge),
        *((out, f"{reason}{failed}", who) for reason, who in unjudged.items()),
    )
    return Both(first.met[rows[0]], last.met[rows[1]], is_counted, why)


def _measures(
    pair: Both, mask: NDArray[np.bool_], ci: str, difference: str, conf_level: float
) -> list[dict[str, Any]]:
    given, others = pair.cells(mask)
    a, n1, c, n0 = given["count"], given["n"], others["count"], others["n"]
    found = risk_difference(a, n1, c, n0, method=difference, conf_level=conf_level)
    shares = {
        GIVEN: (a, n1),
        NOT_GIVEN: (c, n0),
        "sensitivity": (a, a + c),
        "specificity": (n0 - c, n1 - a + n0 - c),
        "positive predictive value": (a, n1),
        "negative predictive value": (n0 - c, n0),
    }
    rows = [_share(name, count, n, ci, conf_level) for name, (count, n) in shares.items()]
    apart = {
        "measure": DIFFERENCE,
        "estimate": _none(found.estimate),
        "conf_low": _none(found.low),
        "conf_high": _none(found.high),
        "method": found.method,
        "p_value": _none(found.p_value),
        "test": found.test,
        "note": _note(n1, n0) or found.note,
    }
    return [*rows[:2], apart, *rows[2:]]


def _note(n1: int, n0: int) -> str:
    if n1 + n0 == 0:
        return "nobody is counted"
    return "nobody had the earlier outcome" if not n1 else "everybody had it" * (not n0)


def _share(name: str, count: int, n: int, ci: str, conf_level: float) -> dict[str, Any]:
    low, high = proportion_interval(count, n, ci, conf_level)
    return {
        "measure": name,
        "count": count,
        "n": n,
        "estimate": count / n if n else None,
        "conf_low": _none(float(low)),
        "conf_high": _none(float(high)),
        "method": ci,
        "note": "" if n else "no subjects",
    }


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
    if allow is not None and (not isinstance(allow, str) or not allow.strip()):
        raise ArgumentError(f"allow= must give the reason in words, not {allow!r}.")
    arms: tuple[str, ...] = ()
    if isinstance(data, Trial):
        arms = data.arms
    else:
        frame = to_polars(data, what="data")
        if "TRT01P" in frame.columns:
            arms = tuple(map(str, frame["TRT01P"].drop_nulls().unique().sort()))
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


def _none(value: float) -> float | None:
    return None if np.isnan(value) else value
