"""Who ever responded: at any of the named visits, and how many visits that were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.grid import Grid, by_columns, groups_of, score_grid
from ketanalysis.meaningful import MeaningfulChange
from ketanalysis.population import Population
from ketanalysis.rates.contrasts import check_order
from ketanalysis.rates.criteria import Rule
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
from ketanalysis.rates.windows import ever, rows_of, run_rows
from ketanalysis.rounding import number
from ketanalysis.sustained import Sustained

KINDS = (Response, Remission, MeaningfulChange, Sustained)
KINDS_WORDS = "a Response, a Remission, a MeaningfulChange or a Sustained"
MISSING = {
    "observed": "subjects scored at one of the visits at least",
    "locf": "last score after baseline carried forward",
    "nri": "a visit without a score is one without the outcome; everybody is counted",
}
MISSING_RUNS = MISSING | {
    "observed": "subjects with as many scores in one run of visits as the rule asks"
}


def estimate_ever_response(
    data: Any,
    scale: str,
    rule: Rule | Sustained,
    by: str | Sequence[str] | None = None,
    *,
    visits: str | Sequence[str] | None = None,
    missing: str | Sequence[str] | None = None,
    population: Population = "ITT",
    ci: str = "wilson",
    difference: str | Sequence[str] = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> RatesResult:
    """Estimate the share of subjects who met a rule at any of the named visits.

    Answers "who ever responded?". Not who responds at the end, nor at a fixed time: a response
    that was lost again counts, and every further visit is a further chance. How many visits
    were scored is in the table, because it can differ between groups.

    Parameters
    ----------
    data, scale, by, population, ci, difference, conf_level
        As in `estimate_response`.
    rule
        A `Response`, `Remission` or `MeaningfulChange`; or a `Sustained` with a number of
        visits, which must hold in any run of that many neighbouring visits.
    visits
        The visits that count; must be written.
    missing
        As in `estimate_response`: "observed" counts those scored at one of the visits at
        least, "nri" everybody.

    Returns
    -------
    RatesResult
        As `estimate_response`, one row a group and handling. AVISIT names the visits;
        ``n_visits`` is the mean number of them at which the group was scored.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response`; also where `visits` is not written, or fewer than the rule asks.

    Notes
    -----
    Missing values: a subject without the outcome who missed visits may have had it unseen.
    Checked against: tests/oracle/outcomes.csv (R 4.2.2, from raw scores in base R), counts
    exact, intervals relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> ever = ka.estimate_ever_response(
    ...     ka.load_example("ketamine"), "MADRS", ka.Response(at_least=0.5), by="TRT01P",
    ...     visits=["4 h", "24 h", "Day 7", "Day 14"], missing="nri")
    >>> ever.table["count"].to_list()
    [17, 27]
    """
    check_rule(rule, KINDS, KINDS_WORDS)
    columns, handlings = by_columns(by, (*TAKEN, "n_visits")), chosen_handlings(missing)
    named = named_visits(visits, "of which one with the outcome is enough")
    grid = score_grid(data, scale, columns, population=population, visits=named)
    check_baseline(grid, rule)
    check_order(grid.subjects, columns)

    rows = rows_of(grid, named, "visits")
    if isinstance(rule, Sustained) and rule.named:
        rows = run_rows(grid, rule, rows)
    shown = [grid.visits[row] for row in rows]
    scored = _mean_scored(grid, rows, columns)
    result = shares(
        grid,
        rule,
        f"ever {rule.label}",
        columns,
        {name: ever(grid, rule, rows, name) for name in handlings},
        visit_words(shown, "or"),
        meaning=MISSING_RUNS if isinstance(rule, Sustained) else MISSING,
        notes=(
            "Counted is who met the rule at any of the visits (ever), also where it was lost "
            "again.",
            visits_note(shown),
            _scored_note(scored, columns, len(rows)),
        ),
        ci=ci,
        difference=difference,
        conf_level=conf_level,
    )
    beside = pl.concat([scored["n_visits"]] * len(handlings))  # the groups again, a handling each
    return replace(result, table=result.table.with_columns(n_visits=beside))


def _mean_scored(grid: Grid, rows: list[int], columns: tuple[str, ...]) -> pl.DataFrame:
    """Return the mean number of the visits at which each group was scored."""
    scored = (~np.isnan(grid.scores[rows])).sum(axis=0)
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in columns}
    means = [
        {**key, "n_visits": float(scored[mask].mean()) if mask.any() else None}
        for key, mask in groups_of(grid, columns)
    ]
    return pl.DataFrame(means, schema={**keys, "n_visits": pl.Float64})


def _scored_note(scored: pl.DataFrame, columns: tuple[str, ...], n_visits: int) -> str:
    parts = []
    for row in scored.iter_rows(named=True):
        group = " / ".join(str(row[column]) for column in columns)
        parts.append(number(row["n_visits"]) + (f" ({group})" if group else ""))
    return (
        f"Visits scored, mean a subject, of {n_visits}: {', '.join(parts)}. More visits give more "
        "chances to be counted."
    )
