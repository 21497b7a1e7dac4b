"""What a fitted logistic model found: coefficients, odds ratios, tests of terms, criteria."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.formulas.coding import Coding
from ketanalysis.formulas.grammar import Formula
from ketanalysis.regression.logistic import LogisticFit
from ketanalysis.regression.profiles import RatioTest
from ketanalysis.results import Result

Floats = NDArray[np.float64]

TERMS: dict[str, Any] = {
    "term": pl.String,
    **dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), pl.Float64),
    **dict.fromkeys(("odds_ratio", "odds_low", "odds_high"), pl.Float64),
    **dict.fromkeys(("statistic", "p_value"), pl.Float64),
    **dict.fromkeys(("test", "method", "note"), pl.String),
}
RATIO_TESTS: dict[str, Any] = {
    "term": pl.String,
    "statistic": pl.Float64,
    "df": pl.Float64,
    "p_value": pl.Float64,
    "test": pl.String,
    "note": pl.String,
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LogisticResult(Result):
    """A logistic regression: `fit_logistic`.

    Attributes
    ----------
    table
        One row a coefficient, named as in R: term, estimate and interval (log odds), odds_ratio,
        odds_low, odds_high, statistic and p_value of ``test`` (z of Wald's, chi-squared of
        the likelihood ratio's). A coefficient that follows from others has nulls and a note.
    tests
        Likelihood ratio tests, one row a term that no other contains, and ``all terms``.
    criteria
        One row: n, n_event, n_parameters (coefficients without the intercept),
        events_per_parameter (of the rarer outcome), log_likelihood, log_likelihood_null, aic,
        bic, cox_snell, nagelkerke, tjur. With Firth's penalty the likelihoods are penalised,
        and aic, bic, cox_snell and nagelkerke null: they are not defined for it.
    formula, coding
        The formula as read, and the columns of the design.
    penalty
        "none" or "firth".
    outcome
        What is predicted, in words.
    design, event, fitted
        The columns that were estimated, shape (n, p), the outcome (n,), fitted probabilities
        (n,); subjects in order of outcome and values, not of ids.
    """

    kind: ClassVar[str] = "logistic"

    tests: pl.DataFrame = field(default_factory=pl.DataFrame)
    criteria: pl.DataFrame = field(default_factory=pl.DataFrame)
    formula: Formula
    coding: Coding
    penalty: str = "none"
    outcome: str = ""
    design: Floats = field(default_factory=lambda: np.empty((0, 0)))
    event: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    fitted: Floats = field(default_factory=lambda: np.empty(0))


def criteria_row(y: Floats, fit: LogisticFit, everything: RatioTest | None) -> pl.DataFrame:
    """Return size and fit of a model in one row.

    Notes
    -----
    Cox and Snell (1989), The Analysis of Binary Data, page 208; Nagelkerke (1991), Biometrika
    78:691; Tjur (2009), Am Stat 63:366.
    """
    n, p = len(y), len(fit.coefficients)
    events = int(y.sum())
    full = fit.log_likelihood
    null = everything.log_likelihood if everything is not None else full
    is_plain = fit.penalty == "none"
    cox = 1 - math.exp(2 * (null - full) / n)
    largest = 1 - math.exp(2 * null / n)
    plain = {
        "aic": -2 * full + 2 * p,
        "bic": -2 * full + math.log(n) * p,
        "cox_snell": cox,
        "nagelkerke": cox / largest,
    }
    held = {
        "n": n,
        "n_event": events,
        "n_parameters": p - 1,
        "events_per_parameter": min(events, n - events) / (p - 1) if p > 1 else None,
        "log_likelihood": full,
        "log_likelihood_null": null,
        **(plain if is_plain else dict.fromkeys(plain)),
        "tjur": float(fit.fitted[y == 1].mean() - fit.fitted[y == 0].mean()),
    }
    floats = dict.fromkeys(set(held) - {"n", "n_event", "n_parameters"}, pl.Float64)
    return pl.DataFrame([held], schema_overrides=floats)
