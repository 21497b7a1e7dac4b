"""How much worse must those who left have been for the conclusion to turn? The tipping point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of
from ketanalysis.imputation.change import ancova, audit_of, notes_of, pooled_row
from ketanalysis.imputation.imputed import draw_parameters, imputable, impute, shifted
from ketanalysis.imputation.pooling import pool_rubin
from ketanalysis.imputation.settings import Imputation
from ketanalysis.population import Population
from ketanalysis.results import Result

TABLE = {
    "delta": pl.Float64,
    "contrast": pl.String,
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
        One row a shift and contrast: delta (points), estimate, std_error, conf_low, conf_high, df,
        statistic, p_value.
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
    Checked against: a shift of 0 is `estimate_imputed_change`, and the estimate is linear in the
    shift, tests/imputation/test_tipping.py.

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
    rows = []
    for shift in points:
        delta = [shift if name == shifted_arm else 0.0 for name in one.arms]
        moved = shifted(one, imputed, delta)
        estimates, variances, df = ancova(one.data.z, moved, len(one.arms))
        for i in range(1, len(one.arms)):
            place = len(one.arms) - 1 + i
            pooled = pool_rubin(estimates[:, at, place], variances[:, at, place], df)
            contrast = f"{one.arms[i]} - {one.arms[0]}"
            rows.append({"delta": shift, "contrast": contrast} | pooled_row(pooled, conf_level))
    table = pl.DataFrame(rows, schema=TABLE)
    return TippingResult(
        table=table,
        tips=_tips(table),
        title=f"Tipping point of {scale} at {visit}, imputed scores of {shifted_arm} shifted",
        audit=audit_of(one),
        notes=notes_of(one, imputation, [strategy], scale),
        conf_level=conf_level,
        simulated=one.grid.simulated,
        from_pandas=one.grid.from_pandas,
        scale=scale,
        visit=visit,
        arm=shifted_arm,
    )


def _tips(table: pl.DataFrame) -> pl.DataFrame:
    """Return the first shift of each contrast at which the interval holds 0."""
    holds = (pl.col("conf_low") <= 0) & (pl.col("conf_high") >= 0)
    nearest = pl.col("delta").filter(holds).sort_by(pl.col("delta").filter(holds).abs())
    return table.group_by("contrast", maintain_order=True).agg(nearest.first())
