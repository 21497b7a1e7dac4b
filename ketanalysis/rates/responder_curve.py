"""The cumulative responder curve: the share that reaches each threshold of improvement.

One curve an arm shows every cut-off at once, so none can be chosen for its result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import polars as pl

from ketanalysis.definitions import Response
from ketanalysis.errors import ArgumentError
from ketanalysis.glossary import method_words
from ketanalysis.grid import by_columns, groups_of, score_grid
from ketanalysis.population import Population
from ketanalysis.rates.contrasts import check_order, order_notes
from ketanalysis.rates.handling import HANDLINGS, chosen_handlings, with_set_aside
from ketanalysis.rates.response import TAKEN, check_methods, with_interval
from ketanalysis.rates.shares import check_baseline, missing_note, population_note, share_note
from ketanalysis.rates.thresholds import (
    AREAS,
    ROWS,
    area_rows,
    reached_by,
    reason_rows,
    share_rows,
    step_rows,
)
from ketanalysis.results import Result

MISSING = HANDLINGS | {"nri": "a missing score reaches no threshold"}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ResponderCurveResult(Result):
    """Shares that reach each threshold of improvement, by group.

    Attributes
    ----------
    table
        One row a group, handling and whole per cent from 0 to 100: by-columns, missing,
        threshold (0 to 1), count, n, estimate, conf_low, conf_high (pointwise), method.
    steps
        Where each curve falls, exactly: by-columns, missing, threshold (the improvement of a
        subject, 0 to 1), estimate (share that reaches it).
    areas
        One row a group and handling with the mean improvement, cut off at 0 and 100 %, which
        is the area under its curve; and one a contrast with the area between two curves.
        ``estimate`` and its interval are shares of baseline.
    scale, visit, by
        The scale, the visit, and the by-columns.
    """

    kind: ClassVar[str] = "responder curve"

    steps: pl.DataFrame = field(default_factory=pl.DataFrame)
    areas: pl.DataFrame = field(default_factory=pl.DataFrame)
    scale: str = ""
    visit: str = ""
    by: tuple[str, ...] = ()


def estimate_responder_curve(
    data: Any,
    scale: str,
    by: str | Sequence[str] | None = None,
    *,
    visit: str | None = None,
    missing: str | Sequence[str] | None = None,
    population: Population = "ITT",
    from_floor: bool | None = None,
    floor: float | None = None,
    better: Literal["lower", "higher"] | None = None,
    ci: str = "wilson",
    conf_level: float = 0.95,
) -> ResponderCurveResult:
    """Estimate the share of subjects that reaches each threshold of improvement, 0 to 100 %.

    Answers "does the result hang on the cut-off of response?". There is no test at any
    threshold: the one where the curves are farthest apart is chosen by the data.

    Parameters
    ----------
    data, scale, by, population, ci, conf_level
        As in `estimate_response`.
    visit
        The visit; must be written.
    missing
        As in `estimate_response`; under "nri" a missing score reaches no threshold.
    from_floor, floor, better
        As in `Response`.

    Returns
    -------
    ResponderCurveResult
        `table` at every whole per cent, `steps` where the curves fall, `areas` under and
        between them.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response`; also where `visit` is not written.

    Notes
    -----
    The area between two curves is the difference in mean improvement, each subject's cut off
    at 0 and at 100 %; its interval is Welch's. A threshold is reached exactly, by whole
    numbers: 20 to 10 points is 50 %.
    Checked against: tests/oracle/responder_curve.csv and tests/oracle/responder_area.csv (R
    4.2.2, counts by integer comparison, areas as rectangles under stats::ecdf, stats::t.test),
    counts exact, areas relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> curve = ka.estimate_responder_curve(
    ...     ka.load_example("ketamine"), "MADRS", by="TRT01P", visit="Day 14", missing="nri")
    >>> curve.table.filter(curve.table["threshold"] == 0.5)["count"].to_list()
    [13, 23]
    """
    rule = Response(at_least=0.5, from_floor=from_floor, floor=floor, better=better)
    columns, handlings = by_columns(by, (*TAKEN, *ROWS, *AREAS)), chosen_handlings(missing)
    check_methods(ci, ("wald",), conf_level)
    if not isinstance(visit, str) or not visit:
        raise ArgumentError(f"visit= must name the visit of the curve, not {visit!r}.")
    grid = score_grid(data, scale, columns, population=population)
    row = grid.visit_index(visit)
    check_baseline(grid, rule)
    check_order(grid.subjects, columns)

    reached = {name: reached_by(grid, rule, row, name) for name in handlings}
    groups = groups_of(grid, columns)
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in columns}
    title = f"Responder curve of {scale} at {visit}"
    return ResponderCurveResult(
        table=with_interval(share_rows(reached, groups, keys), ci, conf_level),
        title=f"{title} by {', '.join(columns)}" if columns else title,
        audit=with_set_aside(reason_rows(reached, groups, keys, visit, row), grid),
        notes=(
            population_note(grid),
            f"Shown is the share whose {scale} improved from baseline by the threshold or more.",
            *share_note(rule, scale),
            missing_note(handlings, MISSING),
            f"Pointwise {conf_level * 100:g} % intervals: {method_words(ci)}. No threshold is "
            "tested.",
            "The area between two curves is the difference in mean improvement, cut off at 0 and "
            "100 %, with Welch's interval.",
            *order_notes(grid.subjects, columns),
        ),
        warnings=grid.warnings,
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        steps=step_rows(reached, groups, keys),
        areas=area_rows(reached, groups, columns, keys, conf_level),
        scale=scale,
        visit=visit,
        by=columns,
    )
