"""What a fitted model found: its coefficients, criteria, and the covariance of the visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.errors import EstimationError, listed
from ketanalysis.formulas.coding import Coding
from ketanalysis.formulas.grammar import Formula
from ketanalysis.mmrm.covariance import Floats
from ketanalysis.mmrm.inference import Inference, Test
from ketanalysis.mmrm.likelihood import Model
from ketanalysis.mmrm.newton import Maximum
from ketanalysis.mmrm.patterns import Patterns
from ketanalysis.results import Result

TERMS = {
    "term": pl.String,
    **dict.fromkeys(
        ("estimate", "std_error", "conf_low", "conf_high", "df", "statistic", "p_value"),
        pl.Float64,
    ),
}

COVARIANCE = {
    **dict.fromkeys(("group", "visit", "with"), pl.String),
    **dict.fromkeys(("covariance", "correlation"), pl.Float64),
}
CRITERIA = {
    **dict.fromkeys(("log_likelihood", "aic", "bic"), pl.Float64),
    **dict.fromkeys(("n", "n_observations", "n_parameters", "steps"), pl.Int64),
    "converged": pl.Boolean,
}
DEVIATIONS = {"group": pl.String, "visit": pl.String, "sd": pl.Float64, "df": pl.Float64}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ModelResult(Result):
    """A fitted linear model: `fit_mmrm` or `fit_ancova`.

    Attributes
    ----------
    table
        One row a coefficient, named as in R: term, estimate, std_error, conf_low, conf_high,
        df, statistic (t), p_value. A coefficient that cannot be estimated has nulls.
    formula
        The formula as read.
    criteria
        One row: log_likelihood, aic, bic, n (subjects), n_observations, n_parameters (of the
        covariance), steps, converged.
    covariance
        One row a pair of visits: group (where grouped), visit, with, covariance, correlation.
    coding, rows, inference
        Columns of the design, rows of the model, and what contrasts need; `estimate_means` and
        `estimate_contrasts` use them.
    structure
        The covariance structure that was fitted, by R mmrm's name.
    """

    kind: ClassVar[str] = "model"

    formula: Formula
    criteria: pl.DataFrame
    covariance: pl.DataFrame
    coding: Coding
    rows: pl.DataFrame
    inference: Inference
    structure: str = ""
    scale: str = ""
    by: tuple[str, ...] = ()
    deviations: pl.DataFrame = field(default_factory=pl.DataFrame)


def terms_table(coding: Coding, known: Inference, conf_level: float) -> pl.DataFrame:
    """Return one row a coefficient; those that are not estimated have nulls."""
    tests = known.single(np.eye(len(coding.columns)))
    dropped = set(range(len(coding.columns))) - set(known.kept.tolist())
    rows = [
        {"term": label} | test_row(Test() if j in dropped else test, conf_level)
        for j, (label, test) in enumerate(zip(coding.labels, tests, strict=True))
    ]
    return pl.DataFrame(rows, schema=TERMS)


def test_row(test: Test, conf_level: float) -> dict[str, float | None]:
    """Return one contrast as cells of a result's table."""
    from scipy.special import ndtri, stdtrit

    low = high = None
    if test.estimate is not None and test.std_error is not None and test.df is not None:
        point = (1 + conf_level) / 2
        reach = ndtri(point) if np.isinf(test.df) else stdtrit(test.df, point)
        low = test.estimate - float(reach) * test.std_error
        high = test.estimate + float(reach) * test.std_error
    return {
        "estimate": test.estimate,
        "std_error": test.std_error,
        "conf_low": low,
        "conf_high": high,
        "df": test.df,
        "statistic": test.statistic,
        "p_value": test.p_value,
    }


def criteria_row(model: Model, found: Maximum, n_subjects: int) -> pl.DataFrame:
    """Return the likelihood and what is judged by it, in one row."""
    data = model.patterns
    n = data.n_observations
    free = n - (data.t.shape[2] if model.is_restricted else 0)
    scaled = 2 * float(data.n @ (data.mask @ np.log(data.scale))) - data.log_weights
    minus_two = found.point.value + scaled + free * np.log(2 * np.pi)
    q = model.n_parameters
    row = {
        "log_likelihood": -minus_two / 2,
        "aic": minus_two + 2 * q,
        "bic": minus_two + float(np.log(n_subjects)) * q,
        "n": n_subjects,
        "n_observations": n,
        "n_parameters": q,
        "steps": found.steps,
        "converged": True,
    }
    return pl.DataFrame([row], schema=CRITERIA)


def sigma_of(model: Model, found: Maximum, group: int) -> Floats:
    """Return the covariance of the visits of one group on the scale of the scores, (m, m)."""
    data = model.patterns
    shape = found.point.shapes[group]
    return np.asarray(shape.sigma[0] * np.outer(data.scale, data.scale))


def covariance_table(
    model: Model, found: Maximum, visits: tuple[object, ...], groups: tuple[str, ...]
) -> pl.DataFrame:
    """Return covariance and correlation of each pair of visits."""
    rows: list[dict[str, Any]] = []
    if model.structure.spatial:
        return pl.DataFrame(rows, schema=COVARIANCE)
    for g, group in enumerate(groups):
        sigma = sigma_of(model, found, g)
        sd = np.sqrt(np.diag(sigma))
        rows += [
            {
                "group": group or None,
                "visit": str(first),
                "with": str(second),
                "covariance": float(sigma[i, j]),
                "correlation": float(sigma[i, j] / (sd[i] * sd[j])),
            }
            for i, first in enumerate(visits)
            for j, second in enumerate(visits)
        ]
    return pl.DataFrame(rows, schema=COVARIANCE)


def deviations_table(
    model: Model, found: Maximum, visits: tuple[object, ...], groups: tuple[str, ...]
) -> pl.DataFrame:
    """Return the residual deviation of each group and visit, and how well it is known."""
    rows: list[dict[str, Any]] = []
    if not model.structure.spatial:
        w = 2 * np.linalg.pinv(found.slopes.hessian, hermitian=True)
        for g, group in enumerate(groups):
            place = slice(g * model.per_group, (g + 1) * model.per_group)
            first = found.point.shapes[g].first[0]
            sigma = found.point.shapes[g].sigma[0]
            for i, visit in enumerate(visits):
                slope = first[:, i, i]
                spread = float(slope @ w[place, place] @ slope)
                rows.append(
                    {
                        "group": group or None,
                        "visit": str(visit),
                        "sd": float(np.sqrt(sigma[i, i]) * model.patterns.scale[i]),
                        "df": 2 * float(sigma[i, i]) ** 2 / spread if spread > 0 else None,
                    }
                )
    return pl.DataFrame(rows, schema=DEVIATIONS)


def check_size(patterns: Patterns, visits: Sequence[object], *, by_visit: bool = True) -> None:
    """Refuse a model with no term, as many coefficients as rows, or a visit without residuals.

    Where the visits share a variance (`by_visit` False) one visit's residuals are enough.
    """
    n, p = patterns.n_observations, patterns.t.shape[2]
    if p == 0:
        raise EstimationError("The model has no term that the data allow to estimate.")
    if n <= p:
        raise EstimationError(
            f"The model has {p} coefficients and {n} rows: nothing is left to estimate the "
            "variance from. Take terms out of the model."
        )
    empty = [str(v) for v, spread in zip(visits, patterns.spread, strict=True) if spread < 1e-10]
    if len(empty) == len(visits) or (empty and by_visit):
        raise EstimationError(
            f"The scores at {listed(map(repr, empty))} do not vary beyond what the model's terms "
            "determine, so there is no variance to estimate. Leave the visit out, or take terms "
            "out of the model."
        )


def left_out_columns(coding: Coding, patterns: Patterns) -> tuple[str, ...]:
    """Return a warning that names the columns of the design that cannot be estimated, if any."""
    kept = set(patterns.kept.tolist())
    left_out = [label for j, label in enumerate(coding.labels) if j not in kept]
    if not left_out:
        return ()
    return (
        "Columns of the design that are combinations of others, and so cannot be estimated: "
        f"{listed(left_out, 20)}.",
    )


def outcome_words(response: str, scale: str | None) -> str:
    """Return what a model is about: ``change in MADRS`` for CHG of a trial's scale."""
    if scale is None:
        return response
    return {"CHG": f"change in {scale}", "PCHG": f"per cent change in {scale}"}.get(response, scale)
