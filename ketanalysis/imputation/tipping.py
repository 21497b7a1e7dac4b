"""How much worse must those who left have been for the conclusion to turn? The tipping point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, EstimationError, check_conf_level, check_one_of
from ketanalysis.imputation.change import ancova, audit_of, notes_of, pooled_row
from ketanalysis.imputation.imputed import (
    Imputable,
    draw_parameters,
    imputable,
    impute,
    shifted,
)
from ketanalysis.imputation.pooling import Pooled, pool_rubin
from ketanalysis.imputation.settings import Imputation
from ketanalysis.meaningful import MeaningfulChange
from ketanalysis.mmrm.covariance import Floats
from ketanalysis.population import Population
from ketanalysis.rates.criteria import Rule, met_by, obstacles
from ketanalysis.results import Result

TABLE = {
    "delta": pl.Float64,
    "contrast": pl.String,
    "measure": pl.String,
    **dict.fromkeys(
        ("estimate", "std_error", "conf_low", "conf_high", "df", "statistic", "p_value"),
        pl.Float64,
    ),
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TippingResult(Result):
    """A tipping point analysis.

    Attributes
    ----------
    table
        One row a shift and contrast: delta (points), measure ("difference in change" in points, or
        "risk difference", 0 to 1), estimate, std_error, conf_low, conf_high, df, statistic,
        p_value.
    tips
        One row a contrast: the smallest shift, among those tried, at which the interval holds 0;
        null where it does at none.
    """

    kind: ClassVar[str] = "tipping point"

    tips: pl.DataFrame
    scale: str = ""
    visit: str = ""
    arm: str = ""


def estimate_tipping_point(
    data: Any,
    scale: str,
    arm: str,
    imputation: Imputation,
    *,
    visit: str,
    shifts: Sequence[float],
    shifted_arm: str,
    rule: Response | Remission | MeaningfulChange | None = None,
    strategy: str = "mar",
    population: Population = "ITT",
    conf_level: float = 0.95,
) -> TippingResult:
    """Estimate the difference between arms while the imputed scores of one arm are made worse.

    Answers "how much worse than expected must those who left have been, for the difference to
    vanish?". The shifts are declared, not searched for.

    Parameters
    ----------
    data, scale, arm, population, conf_level
        As in `estimate_imputed_change`.
    imputation
        Multiple imputation ("approximate-bayes" or "bayes"); its own `delta` must be empty.
    visit
        The visit that is compared.
    shifts
        Points that are added to the imputed scores, such as ``range(0, 21, 2)``.
    shifted_arm
        The arm whose imputed scores are shifted.
    rule
        A definition, such as ``Response(at_least=0.5)``: then the shares of those who meet it are
        compared. Without it, change from baseline.
    strategy
        As in `estimate_imputed_change`.

    Returns
    -------
    TippingResult
        A row a shift; `tips` has the first shift at which the interval holds 0.

    Raises
    ------
    ArgumentError
        No shift, an arm or visit that does not exist, or conditional mean imputation.

    Notes
    -----
    The same imputed data sets are shifted, so that the rows differ by the shift alone.
    Source: Yan, Lee and Li (2009) J Biopharm Stat 19:1085.
    Checked against: a shift of 0 is `estimate_imputed_change`, or `estimate_response` with "mi",
    and the estimate is linear in the shift, tests/imputation/test_tipping.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> how = ka.Imputation("approximate-bayes", draws=20, seed=1)
    >>> result = ka.estimate_tipping_point(ka.load_example("ketamine"), "MADRS", "TRT01P", how,
    ...     visit="24 h", shifts=[0, 10, 20], shifted_arm="ketamine")
    >>> result.table["delta"].to_list()
    [0.0, 10.0, 20.0]
    """
    check_conf_level(conf_level)
    points = [float(shift) for shift in shifts]
    if not points:
        raise ArgumentError("shifts must name at least one shift, in points.")
    if imputation.method == "conditional-mean" or imputation.delta:
        raise ArgumentError(
            'A tipping point needs multiple imputation ("approximate-bayes" or "bayes") without '
            "delta=."
        )
    one = imputable(data, scale, arm, imputation, population)
    check_one_of("shifted_arm", shifted_arm, one.arms)
    at = one.grid.visit_index(visit)
    imputed = impute(one, strategy, draw_parameters(one, imputation))
    measure = "difference in change" if rule is None else "risk difference"
    what = scale if rule is None else f"{rule.label} on {scale}"
    rows = []
    for shift in points:
        delta = [shift if name == shifted_arm else 0.0 for name in one.arms]
        moved = shifted(one, imputed, delta)
        pooled = _changes(one, moved, at) if rule is None else _shares(one, moved, at, rule)
        for name, found in zip(one.arms[1:], pooled, strict=True):
            where = {"delta": shift, "contrast": f"{name} - {one.arms[0]}", "measure": measure}
            rows.append(where | pooled_row(found, conf_level))
    table = pl.DataFrame(rows, schema=TABLE)
    return TippingResult(
        table=table,
        tips=_tips(table),
        definition=rule,
        title=f"Tipping point of {what} at {visit}, imputed scores of {shifted_arm} shifted",
        audit=audit_of(one),
        notes=_notes(one, imputation, strategy, scale, rule),
        conf_level=conf_level,
        simulated=one.grid.simulated,
        from_pandas=one.grid.from_pandas,
        scale=scale,
        visit=visit,
        arm=shifted_arm,
    )


def _changes(one: Imputable, y: Floats, at: int) -> list[Pooled]:
    """Pool the differences of change at a visit, each arm minus the first."""
    estimates, variances, df = ancova(one.data.z, y, len(one.arms))
    places = range(len(one.arms), 2 * len(one.arms) - 1)
    return [pool_rubin(estimates[:, at, i], variances[:, at, i], df) for i in places]


def _shares(one: Imputable, y: Floats, at: int, rule: Rule) -> list[Pooled]:
    """Pool the differences of the shares who meet a rule at a visit, each arm minus the first."""
    grid = one.imputed_grid
    met = met_by(grid, rule, y[:, :, at])
    can_judge = np.ones(grid.n, dtype=bool)
    for _, who in obstacles(grid, rule):
        can_judge &= ~who
    members = [can_judge & (one.data.arm == arm) for arm in range(len(one.arms))]
    for name, who in zip(one.arms, members, strict=True):
        if not who.any():
            raise EstimationError(f"In no subject of {name} can the rule be judged.")
    p = np.stack([met[:, who].mean(axis=1) for who in members])
    variance = p * (1 - p) / np.array([who.sum() for who in members])[:, None]
    others = range(1, len(members))
    return [pool_rubin(p[i] - p[0], variance[i] + variance[0]) for i in others]


def _notes(
    one: Imputable, imputation: Imputation, strategy: str, scale: str, rule: Rule | None
) -> tuple[str, ...]:
    notes = notes_of(one, imputation, [strategy], scale)
    if rule is None:
        return notes
    how = "Differences of shares, pooled by Rubin's rules; imputed scores are judged as they are."
    return (rule.sentence(scale), *notes[:-1], how)


def _tips(table: pl.DataFrame) -> pl.DataFrame:
    """Return the first shift of each contrast at which the interval holds 0."""
    holds = (pl.col("conf_low") <= 0) & (pl.col("conf_high") >= 0)
    nearest = pl.col("delta").filter(holds).sort_by(pl.col("delta").filter(holds).abs())
    return table.group_by("contrast", maintain_order=True).agg(nearest.first())
