"""Hedges g of a difference of least-squares means, from a deviation that the caller names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, EstimationError

if TYPE_CHECKING:
    from ketanalysis.mmrm.result import ModelResult

EFFECTS = {
    "residual": "the model's residual deviation at the visit",
    "baseline": "the pooled deviation of BASE",
}
EMPTY = {"effect_size": None, "effect_low": None, "effect_high": None}


def standardised(
    fit: ModelResult,
    key: dict[str, Any],
    row: dict[str, Any],
    effect_sd: str | float | None,
    conf_level: float,
) -> dict[str, float | None]:
    """Return Hedges g of one contrast with its interval.

    g = J(df) d, d = difference / sd; its variance is (SE / sd)^2 + d^2 / (2 df), with df the
    degrees of freedom of the deviation (emmeans::eff_size; a deviation given as a number is
    known without error).
    """
    if effect_sd is None or row["estimate"] is None:
        return dict(EMPTY)
    from scipy.special import ndtri, stdtrit

    sd, df = deviation(fit, key, effect_sd)
    d = row["estimate"] / sd
    error = np.sqrt((row["std_error"] / sd) ** 2 + (d**2 / (2 * df) if np.isfinite(df) else 0.0))
    point = (1 + conf_level) / 2
    reach = ndtri(point) if np.isinf(row["df"]) else stdtrit(row["df"], point)
    j = _correction(df)
    return {
        "effect_size": float(j * d),
        "effect_low": float(j * (d - reach * error)),
        "effect_high": float(j * (d + reach * error)),
    }


def deviation(fit: ModelResult, key: dict[str, Any], effect_sd: str | float) -> tuple[float, float]:
    """Return the deviation in points and its degrees of freedom (infinite where it is given)."""
    if not isinstance(effect_sd, str):
        if not effect_sd > 0:
            raise ArgumentError(f"effect_sd must be above 0 points, not {effect_sd!r}.")
        return float(effect_sd), np.inf
    if effect_sd == "residual":
        return _residual(fit, key)
    if effect_sd == "baseline":
        return _baseline(fit)
    raise ArgumentError(
        f'effect_sd must be "residual", "baseline" or a number of points, not {effect_sd!r}.'
    )


def _residual(fit: ModelResult, key: dict[str, Any]) -> tuple[float, float]:
    held = fit.deviations
    covariance = fit.formula.covariance
    over = covariance.over if covariance is not None else ""
    if over in key:
        held = held.filter(pl.col("visit") == str(key[over]))
    if held.height != 1:
        raise ArgumentError(
            'effect_sd="residual" needs one deviation for each contrast: name by="AVISIT", and a '
            "model whose covariance is not grouped by arm."
        )
    df = held["df"].item()
    return float(held["sd"].item()), np.inf if df is None else float(df)


def _baseline(fit: ModelResult) -> tuple[float, float]:
    if "BASE" not in fit.rows.columns:
        raise ArgumentError('effect_sd="baseline" needs the column BASE among the model\'s rows.')
    subject = fit.formula.covariance.subject if fit.formula.covariance else "USUBJID"
    arms = [arm for arm in ("TRT01P", "TRT01A") if arm in fit.rows.columns][:1]
    once = fit.rows.unique(subject, keep="first", maintain_order=True)
    parts = once.partition_by(arms) if arms else [once]
    groups = [part["BASE"].drop_nulls().cast(pl.Float64).to_numpy() for part in parts]
    square = float(sum(((group - group.mean()) ** 2).sum() for group in groups if len(group)))
    df = sum(map(len, groups)) - len(groups)
    if df < 1 or square <= 0:
        raise EstimationError(
            "The deviation of BASE cannot be estimated: it has too few different values."
        )
    return float(np.sqrt(square / df)), float(df)


def _correction(df: float) -> float:
    """Return J(df) of Hedges (1981), equation (6e) in its exact form."""
    from scipy.special import gammaln

    if np.isinf(df):
        return 1.0
    return float(np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2))
