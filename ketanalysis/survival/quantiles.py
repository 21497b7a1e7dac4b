"""By when did a given share of subjects have the event: quantiles of Kaplan-Meier curves."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.survival.kaplan_meier import quantile
from ketanalysis.survival.results import SurvivalQuantiles, SurvivalResult
from ketanalysis.survival.rows import beside_groups, emptied_warnings


def estimate_survival_quantiles(result: SurvivalResult, shares: ArrayLike) -> SurvivalQuantiles:
    """Estimate the times by which given shares of each group had the event.

    Answers "when had a quarter relapsed?". The median stands in the table of medians already.

    Parameters
    ----------
    result
        A result of `estimate_survival`, `estimate_relapse` or `estimate_time_to_response`.
    shares
        One or more shares with the event, above 0 and below 1: 0.25 is the lower quartile.

    Returns
    -------
    SurvivalQuantiles
        One row a group and share: the by-column, ``share``, ``estimate``, ``conf_low``,
        ``conf_high``, in the unit of the result. Infinite is not reached, null is not
        estimable.

    Raises
    ------
    ArgumentError
        If a share is not between 0 and 1, or `result` is another kind of result.

    Notes
    -----
    R's rule: where the curve is flat at exactly 1 - share, the middle of that stretch; the
    interval holds the times at which the curve's own interval holds 1 - share.

    Source: Brookmeyer and Crowley 1982, Biometrics 38:29.

    Checked against: tests/oracle/kaplan_meier.csv (R 4.2.2, survival::quantile.survfit),
    relative 1e-12; lung, veteran and ovarian in tests/survival/test_quantiles.py.

    Examples
    --------
    >>> import polars as pl
    >>> from ketanalysis.survival.estimates import estimate_survival
    >>> frame = pl.DataFrame({"AVAL": [5, 8, 9, 12], "CNSR": [0, 0, 0, 1]})
    >>> found = estimate_survival_quantiles(estimate_survival(frame), [0.25, 0.5, 0.75])
    >>> found.table["estimate"].to_list()
    [6.5, 8.5, 10.5]
    """
    if not isinstance(result, SurvivalResult):
        raise ArgumentError(
            f"result must be a SurvivalResult of estimate_survival, not {type(result).__name__}."
        )
    asked = np.atleast_1d(np.asarray(shares, dtype=float))
    if asked.ndim != 1 or not len(asked) or not np.all((asked > 0) & (asked < 1)):
        raise ArgumentError(
            "shares must be one or more shares with the event, above 0 and below 1 (0.5 is the "
            f"median), not {shares!r}."
        )
    rows = [(p, *quantile(curve, p)) for curve in result.curves.values() for p in asked.tolist()]
    ends = pl.col("estimate", "conf_low", "conf_high").fill_nan(None)
    table = pl.DataFrame(
        rows, schema=["share", "estimate", "conf_low", "conf_high"], orient="row"
    ).with_columns(ends)
    groups = result.groups[result.by[0]] if result.by else None
    k = len(result.curves)
    return SurvivalQuantiles(
        table=beside_groups(groups, [len(asked)] * k, table),
        title="Times by which given shares had the event: "
        + (result.title.partition(": ")[2] or result.title),
        definition=result.definition,
        audit=result.audit,
        notes=(
            result.notes[0],
            *_not_reached(result, table, len(asked)),
            *(note for note in result.notes[1:] if not note.startswith("The median is not")),
        ),
        warnings=emptied_warnings(result.samples, result.curves, result.time_unit),
        conf_level=result.conf_level,
        simulated=result.simulated,
        from_pandas=result.from_pandas,
        by=result.by,
        time_unit=result.time_unit,
        conf_type=result.conf_type,
    )


def _not_reached(result: SurvivalResult, table: pl.DataFrame, asked: int) -> tuple[str, ...]:
    names = np.repeat(list(result.curves), asked).tolist()
    beyond = [
        f"{100 * share:g} %" + (f" in {name}" if result.by else "")
        for name, share, time in zip(names, table["share"], table["estimate"], strict=True)
        if np.isinf(time)
    ]
    return (f"Not reached: {listed(beyond)}.",) if beyond else ()
