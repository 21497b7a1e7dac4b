"""How many infusions until response: the median over those who may have stopped before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.durability.adtte import with_everybody
from ketanalysis.durability.curve import known_from
from ketanalysis.durability.infusions import Infused, infused
from ketanalysis.durability.onset import WAITING
from ketanalysis.errors import check_one_of
from ketanalysis.grid import by_columns
from ketanalysis.population import refuse_selected
from ketanalysis.rates.contrasts import check_order
from ketanalysis.rates.criteria import met_by, obstacles
from ketanalysis.rates.shares import check_baseline, check_rule
from ketanalysis.survival.estimates import estimate_survival
from ketanalysis.survival.results import SurvivalResult

PARAMCD = "INFRESP"
STOPPED = (
    "Who stopped without the outcome is censored at the last infusion with a score, as if those "
    "who stop were like those who go on. Mostly they are not: the share of all who began is in "
    "estimate_response_by_infusion."
)


def estimate_infusions_to_response(
    data: Any,
    scale: str,
    rule: Response | Remission,
    by: str | None = None,
    *,
    within: tuple[float, float] | None = None,
    take: str | None = None,
    infusion: str | None = None,
    received: str | None = None,
    population: str = "ITT",
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    known_at: str | None = None,
) -> SurvivalResult:
    """Estimate after how many infusions a response first comes (Kaplan-Meier over infusions).

    Answers "how many infusions does it take?", with the median and its interval. Not the share
    that responds after a given infusion (`estimate_response_by_infusion`): a response that is
    lost again still counts here, and who stops early is censored.

    Parameters
    ----------
    data, within, take, infusion, received
        As in `estimate_response_by_infusion`.
    scale, rule, population
        As in `estimate_response`; the rule can be a `Remission`.
    by, conf_type, conf_level, known_at
        As in `estimate_time_to_response`.

    Returns
    -------
    SurvivalResult
        As `estimate_survival`, with infusions as the unit of time: ``time`` 3 is the third
        infusion. ``tte`` has one row a subject: AVAL is the first infusion after which the
        rule was met (CNSR 0), or the last one with a score (CNSR 1).

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response_by_infusion`.

    Notes
    -----
    A response after an infusion without a score is dated at the next with one. Where exactly
    half have responded between two infusions, the median lies between them, as R has it.
    Checked against: tests/oracle/infusions.csv (R 4.2.2, survival::survfit and quantile of
    rows made in base R), relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> until = ka.estimate_infusions_to_response(
    ...     ka.load_example("ketamine"), "MADRS", ka.Response(at_least=0.5), by="TRT01P",
    ...     within=(0, 96), take="last")
    >>> until.medians["median"].to_list()
    [inf, 3.0]
    """
    check_rule(rule, (Response, Remission), "a Response or a Remission")
    refuse_selected(population, "Infusions to response")
    if known_at is not None:
        check_one_of("known_at", known_at, ("baseline",))
    columns = by_columns(by)
    given = infused(data, scale, columns, population, within, take, infusion, received)
    check_baseline(given.grid, rule)
    check_order(given.grid.subjects, columns)

    rows = with_everybody(_rows(given, rule), data, given.grid, columns, population)
    known = known_from(data, by, known_at)
    result = estimate_survival(
        rows,
        by=by,
        conf_type=conf_type,
        conf_level=conf_level,
        time_unit="infusions",
        known_at=known,
    )
    grouped = f", by {by}" if by else ""
    what = f"{WAITING[rule.name].format(scale=scale)} after so many infusions"
    return replace(
        result,
        title=f"Kaplan-Meier with {conf_type} {100 * conf_level:g} % intervals: {what}{grouped}",
        definition=rule,
        notes=(rule.sentence(scale), given.note, STOPPED, *result.notes),
        simulated=given.grid.simulated,
        from_pandas=given.grid.from_pandas,
    )


def _rows(given: Infused, rule: Response | Remission) -> pl.DataFrame:
    """Return one row a subject in ADTTE columns: infusions until the outcome, or the last seen."""
    grid, scores = given.grid, given.scores
    number = np.arange(1, len(scores) + 1)[:, None]
    scored = ~np.isnan(scores)
    met = met_by(grid, rule, scores) & scored
    first = np.where(met, number, np.inf).min(axis=0, initial=np.inf)
    last = np.where(scored, number, 0).max(axis=0, initial=0)
    responded = np.isfinite(first)

    seen = np.where(responded, f"first {rule.label}", "last infusion with a score")
    reason = np.where(last == 0, "no score after an infusion", seen).astype(object)
    entered = given.received > 0
    reason[~entered] = "no infusion"
    for why_not, who in obstacles(grid, rule):
        reason[who & entered] = why_not
        entered = entered & ~who
    why = pl.Series(reason, dtype=pl.String)
    is_event = entered & responded
    return grid.subjects.with_columns(
        PARAMCD=pl.lit(PARAMCD),
        PARAM=pl.lit(f"Infusions to first {rule.label} on {grid.scale}"),
        AVAL=pl.when(pl.Series(entered)).then(pl.Series(np.where(responded, first, last))),
        CNSR=pl.when(pl.Series(entered)).then(pl.Series(np.where(responded, 0, 1))),
        EVNTDESC=pl.when(pl.Series(is_event)).then(why),
        CNSDTDSC=pl.when(pl.Series(entered & ~responded)).then(why),
        entered=pl.Series(entered),
        reason=why,
    )
