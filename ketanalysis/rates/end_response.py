"""Who responds at the end: at the last scheduled visit, or at a subject's last scored one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ketanalysis.errors import ArgumentError
from ketanalysis.grid import by_columns, score_grid
from ketanalysis.population import Population
from ketanalysis.rates.contrasts import check_order
from ketanalysis.rates.criteria import Rule
from ketanalysis.rates.ever_response import KINDS, KINDS_WORDS
from ketanalysis.rates.handling import HANDLINGS, chosen_handlings
from ketanalysis.rates.response import TAKEN, RatesResult
from ketanalysis.rates.shares import (
    check_baseline,
    check_rule,
    named_visits,
    shares,
    visits_note,
)
from ketanalysis.rates.sustained_response import MISSING as MISSING_RUNS
from ketanalysis.rates.windows import at_end, rows_of
from ketanalysis.sustained import Sustained

ENDS = {
    "last scheduled": "the last of the visits, the same for everybody",
    "last observed": "the last of the visits at which the subject was scored",
}
MISSING = {
    "last scheduled": HANDLINGS,
    "last observed": {
        "observed": "subjects scored at one of the visits at least",
        "nri": "nobody scored at any of the visits counts as failure",
    },
}
EARLIER = (
    "The last scored visit is an earlier one in those who left: arms in which they leave at other "
    "times are compared at other times, as with the last observation carried forward."
)


def estimate_end_response(
    data: Any,
    scale: str,
    rule: Rule | Sustained,
    by: str | Sequence[str] | None = None,
    *,
    end: str | None = None,
    visits: str | Sequence[str] | None = None,
    missing: str | Sequence[str] | None = None,
    population: Population = "ITT",
    ci: str = "wilson",
    difference: str | Sequence[str] = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> RatesResult:
    """Estimate the share of subjects who meet a rule at the end of a phase.

    Answers "who responds at the end?", of treatment for example. Not who ever responded
    (`estimate_ever_response`): a response that was lost again does not count here.

    Parameters
    ----------
    data, scale, by, population, ci, difference, conf_level
        As in `estimate_response`.
    rule
        A `Response`, `Remission`, `MeaningfulChange` or `Sustained`; the last is judged in the
        run of visits that ends at the end.
    end
        What a subject's end is; must be written: "last scheduled" (the last of `visits`) or
        "last observed" (the last of them at which the subject was scored).
    visits
        The visits of the phase; must be written.
    missing
        As in `estimate_response`. With "last observed" there is no "locf": it carries forward
        by itself.

    Returns
    -------
    RatesResult
        As `estimate_response`, one row a group and handling; `audit` counts who was last
        scored at which visit.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response`; also where `end` or `visits` is not written.

    Notes
    -----
    Checked against: tests/oracle/outcomes.csv (R 4.2.2, from raw scores in base R), counts
    exact, intervals relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> end = ka.estimate_end_response(
    ...     ka.load_example("ketamine"), "MADRS", ka.Response(at_least=0.5), by="TRT01P",
    ...     end="last scheduled", visits=["Day 7", "Day 14"], missing="nri")
    >>> end.table.select("AVISIT", "count", "n").rows()
    [('Day 14', 13, 48), ('Day 14', 23, 48)]
    """
    check_rule(rule, KINDS, KINDS_WORDS)
    columns, handlings = by_columns(by, TAKEN), chosen_handlings(missing)
    _check_end(end, handlings)
    named = named_visits(visits, "of the phase whose end is meant")
    grid = score_grid(data, scale, columns, population=population, visits=named)
    check_baseline(grid, rule)
    check_order(grid.subjects, columns)

    rows = rows_of(grid, named, "visits")
    shown = [grid.visits[row] for row in rows]
    is_observed = end == "last observed"
    meaning = MISSING_RUNS if isinstance(rule, Sustained) else MISSING[str(end)]
    return shares(
        grid,
        rule,
        f"{rule.label} at end",
        columns,
        {name: at_end(grid, rule, rows, str(end), name) for name in handlings},
        "the last scored visit" if is_observed else shown[-1],
        meaning=meaning,
        notes=(f"End ({end}): {ENDS[str(end)]}.", visits_note(shown)),
        warnings=(EARLIER,) if is_observed else (),
        ci=ci,
        difference=difference,
        conf_level=conf_level,
    )


def _check_end(end: str | None, handlings: Sequence[str]) -> None:
    if end not in ENDS:
        words = ", ".join(f'"{name}" ({what})' for name, what in ENDS.items())
        given = "" if end is None else f", not {end!r}"
        raise ArgumentError(f"end= must say what a subject's end is: {words}{given}.")
    if end == "last observed" and "locf" in handlings:
        raise ArgumentError(
            'missing="locf" cannot go with end="last observed", which carries the last score '
            'forward itself: write "observed" or "nri".'
        )
