"""From who was counted once to a result: shares with intervals, contrasts and everybody's reason.

What the outcomes over several visits share: at any visit, at the end, sustained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, EstimationError, listed
from ketanalysis.glossary import method_words
from ketanalysis.grid import Grid, groups_of, names_given
from ketanalysis.rates.contrasts import contrast_rows, order_notes
from ketanalysis.rates.criteria import Rule
from ketanalysis.rates.handling import (
    HANDLINGS,
    Counted,
    audit_rows,
    count_rows,
    with_set_aside,
)
from ketanalysis.rates.response import (
    AUDIT,
    COUNTS,
    RatesResult,
    baseline_warnings,
    check_methods,
    with_interval,
)
from ketanalysis.sustained import Sustained

Frames = tuple[pl.DataFrame, pl.DataFrame]


def shares(
    grid: Grid,
    rule: Rule | Sustained,
    outcome: str,
    columns: tuple[str, ...],
    counted: Mapping[str, Counted],
    at: str,
    *,
    meaning: Mapping[str, str] = HANDLINGS,
    notes: Sequence[str],
    warnings: Sequence[str] = (),
    ci: str,
    difference: str | Sequence[str],
    conf_level: float,
) -> RatesResult:
    """Return the shares of an outcome that each subject has once.

    Parameters
    ----------
    grid
        The scores.
    rule, outcome
        The definition, and what it is called: "sustained response".
    columns
        The by-columns.
    counted
        Who is counted under each handling of missing scores, one row each.
    at
        What stands in AVISIT: the visits in words.
    meaning
        What each handling of missing scores means for this outcome.
    notes, warnings
        Sentences that stand after the population, and what must not be overlooked.
    ci, difference, conf_level
        As in `estimate_response`.
    """
    differences = (difference,) if isinstance(difference, str) else tuple(difference)
    check_methods(ci, differences, conf_level)
    counts, audit = tabulated(grid, columns, counted, at)
    table = with_interval(counts, ci, conf_level)
    title = f"{outcome.capitalize()} on {grid.scale}"
    return RatesResult(
        table=table,
        contrasts=contrast_rows(table, columns, differences, conf_level),
        title=f"{title} by {', '.join(columns)}" if columns else title,
        definition=rule,
        audit=with_set_aside(audit, grid),
        notes=(
            population_note(grid),
            *notes,
            missing_note(tuple(counted), meaning),
            f"{conf_level * 100:g} % intervals: {method_words(ci)}.",
            *order_notes(table, columns),
        ),
        warnings=(*grid.warnings, *warnings, *baseline_warnings(audit)),
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        scale=grid.scale,
        outcome=outcome,
        by=columns,
        handlings={} if meaning is HANDLINGS else {name: meaning[name] for name in counted},
    )


def tabulated(
    grid: Grid, columns: tuple[str, ...], counted: Mapping[str, Counted], at: str
) -> Frames:
    """Return the counts and the reasons, one row a group and handling, under one AVISIT."""
    groups, visits = groups_of(grid, columns), {at: 0}
    counts: list[dict[str, Any]] = []
    audit: list[dict[str, Any]] = []
    for handling, one in counted.items():
        counts += count_rows(one, groups, visits, handling)
        audit += audit_rows(one, groups, visits, handling)
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in columns}
    label = {"AVISIT": pl.Enum([at])}
    return (
        pl.DataFrame(counts, schema={**keys, **COUNTS, **label}),
        pl.DataFrame(audit, schema={**keys, **AUDIT, **label}),
    )


def population_note(grid: Grid) -> str:
    """Say who is counted, and who is set aside."""
    aside = "".join(f" Set aside: {count} ({reason})." for reason, count in grid.set_aside)
    return f"Population: {grid.population}.{aside}"


def missing_note(handlings: Sequence[str], meaning: Mapping[str, str]) -> str:
    """Say what each handling of missing scores means, for this outcome."""
    return f"Missing scores: {'; '.join(f'{name}: {meaning[name]}' for name in handlings)}."


def check_rule(rule: object, kinds: tuple[type, ...], what: str) -> None:
    """Refuse a rule that is none of `kinds`, which `what` names."""
    if not isinstance(rule, kinds):
        raise ArgumentError(f"rule must be {what}, not {rule!r}.")


def check_baseline(grid: Grid, rule: Rule | Sustained) -> None:
    """Refuse a rule that needs a baseline where nobody has one."""
    judged = rule.rule if isinstance(rule, Sustained) else rule
    if not isinstance(judged, Remission) and np.isnan(grid.baseline).all():
        what = "Response" if isinstance(judged, Response) else "A change"
        raise EstimationError(
            f"{what} needs a baseline, and no subject has a {grid.scale} baseline. Flag the "
            'baseline rows (ABLFL = "Y"), or name baseline_visit= or baseline= in as_trial.'
        )


def named_visits(visits: str | Sequence[str] | None, what: str) -> tuple[str, ...]:
    """Return the visits that were named; the plan names them, so there is no default."""
    if visits is None or visits == "":
        raise ArgumentError(f"visits= must name the visits {what}.")
    names = names_given("visits", visits, "a visit")
    if not names:
        raise ArgumentError(f"visits= must name the visits {what}.")
    return names


def visit_words(visits: Sequence[str], last: str, most: int = 5) -> str:
    """Return ``4, 5 and 6`` (`last` is "and"), or where they are many how many and which ends."""
    if len(visits) > most:
        what = "any of" if last == "or" else "all of"
        return f"{what} {len(visits)} visits, {visits[0]} to {visits[-1]}"
    *first, end = visits
    return f"{', '.join(first)} {last} {end}" if first else end


def visits_note(visits: Sequence[str]) -> str:
    """Name the visits in full."""
    return f"Visits: {listed(visits, 50)}."


def share_note(rule: Response, scale: str) -> tuple[str, ...]:
    """Say from where a share is measured, where the caller declared it."""
    words = rule.sentence(scale).partition("from baseline")[2].strip(", .")
    return (f"The share is {words.replace('as a share', 'taken as a share')}.",) if words else ()
