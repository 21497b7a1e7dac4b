"""Levels of response: full, partial and none, side by side, so that they add up to everybody."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ketanalysis.definition import share_words
from ketanalysis.definitions import Response
from ketanalysis.errors import ArgumentError
from ketanalysis.grid import by_columns, score_grid
from ketanalysis.population import Population
from ketanalysis.rates.categories import CategoriesResult, categories
from ketanalysis.rates.contrasts import check_order
from ketanalysis.rates.criteria import met_by, obstacles
from ketanalysis.rates.handling import chosen_handlings
from ketanalysis.rates.response import TAKEN
from ketanalysis.rates.shares import check_baseline, share_note


def estimate_response_levels(
    data: Any,
    scale: str,
    by: str | Sequence[str] | None = None,
    *,
    levels: Sequence[float] | None = None,
    missing: str | Sequence[str] | None = None,
    visits: Sequence[str] | None = None,
    population: Population = "ITT",
    from_floor: bool | None = None,
    floor: float | None = None,
    better: Literal["lower", "higher"] | None = None,
    ci: str = "wilson",
    difference: str | Sequence[str] = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> CategoriesResult:
    """Estimate the shares of subjects at each level of improvement: response, partial, none.

    Answers "how many responded fully, partly, not at all?". The levels exclude each other and
    add up; for the share above every threshold see `estimate_responder_curve`.

    Parameters
    ----------
    data, scale, by, visits, population, ci, difference, conf_level
        As in `estimate_response`.
    levels
        The lower ends of the levels as shares of improvement, in order; must be written:
        ``(0.25, 0.5)`` is no response, partial response (25 to 49 %) and response. The lower
        end belongs to its level.
    missing
        As in `estimate_response`; under "nri" everybody is counted, and "not
        assessed" is a category of its own, which is no response.
    from_floor, floor, better
        As in `Response`.

    Returns
    -------
    CategoriesResult
        One row a group, visit, handling and level.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response`; also levels that are no rising shares.

    Notes
    -----
    Checked against: tests/oracle/outcomes.csv (R 4.2.2, from raw scores in base R), counts
    exact, intervals relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> levels = ka.estimate_response_levels(
    ...     ka.load_example("ketamine"), "MADRS", levels=(0.25, 0.5), visits=["Day 14"],
    ...     missing="observed")
    >>> levels.table.select("category", "count").rows()
    [('at least 50 %', 36), ('25 % to less than 50 %', 27), ('less than 25 %', 19)]
    """
    columns, handlings = by_columns(by, (*TAKEN, "category")), chosen_handlings(missing)
    rules = _rules(levels, from_floor, floor, better)
    grid = score_grid(data, scale, columns, population=population, visits=visits)
    check_baseline(grid, rules[0])
    check_order(grid.subjects, columns)

    def places(scores: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return 0 for the highest level, and one more for each level that is not reached."""
        missed = np.stack([~met_by(grid, rule, scores) for rule in rules])
        return np.asarray(missed.sum(axis=0), dtype=np.int64)

    names = _names([rule.bound for rule in rules])
    return categories(
        grid,
        names,
        places,
        obstacles(grid, rules[0]),
        outcome="levels of response",
        definition=None,
        columns=columns,
        handlings=handlings,
        visits=visits,
        notes=(
            f"Levels of improvement in {scale} from baseline: {'; '.join(names)}.",
            *share_note(rules[0], scale),
        ),
        ci=ci,
        difference=difference,
        conf_level=conf_level,
    )


def _rules(
    levels: Sequence[float] | None,
    from_floor: bool | None,
    floor: float | None,
    better: Literal["lower", "higher"] | None,
) -> list[Response]:
    """Return each level as the response that reaches it."""
    if levels is None or isinstance(levels, str | float | int) or not len(levels):
        raise ArgumentError(
            "levels= must name the lower ends of the levels as shares of improvement, such as "
            f"(0.25, 0.5) for partial response and response; not {levels!r}."
        )
    rules = [
        Response(at_least=level, from_floor=from_floor, floor=floor, better=better)
        for level in levels
    ]
    bounds = [rule.bound for rule in rules]
    if bounds != sorted(set(bounds)):
        raise ArgumentError(f"levels must rise, such as (0.25, 0.5); not {tuple(levels)!r}.")
    return rules


def _names(bounds: Sequence[float]) -> list[str]:
    """Return the levels in words, the best first."""
    words = [share_words(bound) for bound in bounds]
    between = [f"{low} to less than {high}" for low, high in pairwise(words)]
    return [f"at least {words[-1]}", *reversed(between), f"less than {words[0]}"]
