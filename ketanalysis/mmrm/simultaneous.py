"""Several contrasts at once: Holm, Bonferroni, Tukey, and Dunnett by the multivariate t."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketanalysis.mmrm.largest_t import LargestT
from ketanalysis.multiplicity import adjust_p

Floats = NDArray[np.float64]
ADJUSTMENTS = ("none", "holm", "bonferroni", "tukey", "dunnett")
Row = dict[str, Any]


def adjusted(
    rows: Sequence[Row], covariance: Floats | None, adjust: str, conf_level: float, n_levels: int
) -> list[Row]:
    """Return the rows of a family with p_adjusted and, where it has one, the wider interval.

    The covariance of the contrasts, (l, l), is needed for "dunnett".
    """
    if adjust == "none" or len(rows) == 0:
        return [row | {"p_adjusted": None} for row in rows]
    if adjust in ("holm", "bonferroni"):
        found = adjust_p([row["p_value"] for row in rows], adjust).tolist()
        level = 1 - (1 - conf_level) / len(rows) if adjust == "bonferroni" else conf_level
        return [
            _widened(row, _t_quantile(row, level)) | {"p_adjusted": None if np.isnan(p) else p}
            for row, p in zip(rows, found, strict=True)
        ]
    if adjust == "tukey":
        tail = _tukey(n_levels)
        return [
            _simultaneous(row, tail, lambda df: _quantile(tail, conf_level, df)) for row in rows
        ]
    assert covariance is not None
    largest = LargestT(covariance)
    return [
        _simultaneous(row, largest.beyond, lambda df: largest.quantile(conf_level, df))
        for row in rows
    ]


def _quantile(tail: Any, conf_level: float, df: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(lambda t: tail(t, df) - (1 - conf_level), 0.1, 100, xtol=1e-10))


def _simultaneous(row: Row, tail: Any, quantile: Any) -> Row:
    if row["statistic"] is None:
        return row | {"p_adjusted": None}
    df = row["df"]
    p = tail(abs(row["statistic"]), df)
    reach = quantile(df)
    return _widened(row, reach) | {"p_adjusted": min(1.0, max(0.0, p))}


def _widened(row: Row, reach: float | None) -> Row:
    if reach is None or row["std_error"] is None:
        return row
    half = reach * row["std_error"]
    return row | {"conf_low": row["estimate"] - half, "conf_high": row["estimate"] + half}


def _t_quantile(row: Row, level: float) -> float | None:
    from scipy.special import ndtri, stdtrit

    if row["df"] is None:
        return None
    point = (1 + level) / 2
    return float(ndtri(point) if np.isinf(row["df"]) else stdtrit(row["df"], point))


def _tukey(n_levels: int) -> Any:
    """Return the tail of the studentised range of `n_levels` means, by the t statistic."""

    def tail(statistic: float, df: float) -> float:
        from scipy.stats import studentized_range

        return float(studentized_range.sf(np.sqrt(2) * statistic, n_levels, df))

    return tail
