"""What the tests take for granted, looked at: normality, equal variances, equal slopes.

Reported beside a comparison and never used to choose its test: a test that is picked by
another test has neither's error rate.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.groups.analysis_of_variance import (
    Omnibus,
    anova,
    is_constant,
)
from ketanalysis.groups.two_samples import OUT_OF_RANGE, Floats

FEWEST, MOST = 4, 5_000  # Royston approximates from 4 on; with 3 values a tie alone gives p = 0
TOO_FEW_FOR_SHAPIRO = "not computed: fewer than 4 values"
TOO_MANY_FOR_SHAPIRO = "not computed: made for at most 5,000 values"
NO_VARIATION_HERE = "not computed: the values do not vary"
NO_RATIO = "not computed: a group has no variance"
ASSUMPTIONS_SCHEMA: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(("outcome", "check", "group"), pl.String),
        "n": pl.Int64,
        **dict.fromkeys(("statistic", "df_num", "df_den", "p_value"), pl.Float64),
        "note": pl.String,
    }
)
Row = dict[str, Any]


def of_groups(named: Mapping[str, Floats]) -> list[Row]:
    """Return the checks of groups: Shapiro-Wilk a group and of the residuals, spread.

    Notes
    -----
    Shapiro and Wilk (1965), Biometrika 52: 591-611, as approximated by Royston (1995), Appl
    Stat 44: 547-551; Levene (1960) about the mean; Brown and Forsythe (1974), J Am Stat Assoc
    69: 364-367, about the median.
    Checked against: tests/oracle/several_groups.csv (R 4.2.2, stats::shapiro.test, relative 1e-6:
    the approximation's constants are single precision in one port and double in the other;
    car::leveneTest, relative 1e-10).
    """
    rows = [shapiro(values, group=name) for name, values in named.items()]
    samples = [values for values in named.values() if values.size]
    residuals = [_about(values, values.mean()) for values in samples]
    rows.append(shapiro(np.concatenate(residuals or [np.empty(0)]), group="residuals"))
    away = {
        "Brown-Forsythe": [np.abs(_about(values, np.median(values))) for values in samples],
        "Levene": [np.abs(_about(values, values.mean())) for values in samples],
    }
    n = sum(values.size for values in samples)
    has_all = len(samples) == len(named)
    for check, distances in away.items():
        found = anova(distances) if has_all else Omnibus(reason="not computed: an empty group")
        rows.append(_row(check, None, n, found))
    return [*rows, _ratio(samples, n)]


def shapiro(values: Floats, group: str | None = None) -> Row:
    """Return the Shapiro-Wilk test of some values, shape ``(n,)``."""
    if values.size < FEWEST:
        return _row("Shapiro-Wilk", group, values.size, Omnibus(reason=TOO_FEW_FOR_SHAPIRO))
    if values.size > MOST:
        return _row("Shapiro-Wilk", group, values.size, Omnibus(reason=TOO_MANY_FOR_SHAPIRO))
    if is_constant(values):
        return _row("Shapiro-Wilk", group, values.size, Omnibus(reason=NO_VARIATION_HERE))

    from scipy import stats

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = stats.shapiro(np.sort(values))
    result = Omnibus(statistic=float(found.statistic), p_value=float(found.pvalue))
    return _row("Shapiro-Wilk", group, values.size, result)


def of_slopes(slopes: Omnibus, residuals: Floats) -> list[Row]:
    """Return the checks of an adjusted comparison: its residuals, its slopes."""
    return [
        shapiro(residuals, group="residuals of the adjusted model"),
        _row("equal slopes", None, residuals.size, slopes),
    ]


def assumptions_frame(rows: Sequence[Row]) -> pl.DataFrame:
    """Return the checks as a frame, null where there is no number."""
    return pl.DataFrame(list(rows), schema=dict(ASSUMPTIONS_SCHEMA)).with_columns(
        pl.col("statistic", "df_num", "df_den", "p_value").fill_nan(None)
    )


def _about(values: Floats, centre: float | np.floating[Any]) -> Floats:
    """Return distances from the centre, exactly 0 where the values do not vary."""
    is_same = values.size < 2 or is_constant(values)
    return np.zeros(values.size) if is_same else values - centre


def _ratio(samples: Sequence[Floats], n: int) -> Row:
    if not samples or min(s.size for s in samples) < 2 or any(is_constant(s) for s in samples):
        return _row("variance ratio", None, n, Omnibus(reason=NO_RATIO))
    with np.errstate(over="ignore"):
        spread = [float(values.var(ddof=1)) for values in samples]
    if not np.isfinite(sum(spread)):
        return _row("variance ratio", None, n, Omnibus(reason=OUT_OF_RANGE))
    return _row("variance ratio", None, n, Omnibus(statistic=max(spread) / min(spread)))


def _row(check: str, group: str | None, n: int, found: Omnibus) -> Row:
    return {
        "check": check,
        "group": group,
        "n": n,
        "statistic": found.statistic,
        "df_num": found.df_num,
        "df_den": found.df_den,
        "p_value": found.p_value,
        "note": found.reason,
    }
