"""The rows of a logistic model: coefficients with odds ratios, likelihood ratio tests of terms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.formulas.coding import Coding
from ketanalysis.formulas.grammar import Formula
from ketanalysis.prediction.logistic_result import RATIO_TESTS, TERMS
from ketanalysis.regression.logistic import LogisticFit
from ketanalysis.regression.profiles import RatioTest, profile, ratio_test

Floats = NDArray[np.float64]


def term_rows(
    design: Floats,
    y: Floats,
    coding: Coding,
    kept: NDArray[np.int64],
    fit: LogisticFit,
    ci: str,
    conf_level: float,
) -> pl.DataFrame:
    """Return one row a coefficient; one that follows from the others has a note and no number."""
    rows = []
    places = {int(column): place for place, column in enumerate(kept)}
    for column, label in enumerate(coding.labels):
        if column not in places:
            rows.append({"term": label, "note": "follows from the other terms"})
            continue
        line = _line(design, y, places[column], fit, ci, conf_level)
        rows.append({"term": label, **line})
    return pl.DataFrame(rows, schema=TERMS)


def _line(
    design: Floats, y: Floats, place: int, fit: LogisticFit, ci: str, conf_level: float
) -> dict[str, Any]:
    from scipy.special import ndtri

    estimate, error = float(fit.coefficients[place]), float(fit.std_error[place])
    if ci == "wald":
        half = float(ndtri((1 + conf_level) / 2)) * error
        low, high, statistic = estimate - half, estimate + half, estimate / error
        p_value, test = math.erfc(abs(statistic) / math.sqrt(2)), "wald"
    else:
        found = profile(design, y, place, conf_level, penalty=fit.penalty, best=fit)
        low, high, statistic, p_value = found
        test = "likelihood-ratio"
    return {
        "estimate": estimate,
        "std_error": error,
        "conf_low": low,
        "conf_high": high,
        "odds_ratio": math.exp(estimate),
        "odds_low": math.exp(low),
        "odds_high": math.exp(high) if high < 700 else math.inf,
        "statistic": statistic,
        "p_value": p_value,
        "test": test,
        "method": ci,
        "note": None,
    }


def test_rows(
    design: Floats,
    y: Floats,
    coding: Coding,
    kept: NDArray[np.int64],
    formula: Formula,
    fit: LogisticFit,
    everything: RatioTest | None,
) -> pl.DataFrame:
    """Return likelihood ratio tests of the terms that no other term contains, then of all."""
    rows = []
    for term in formula.terms:
        name = ":".join(factor.label for factor in term)
        if any(set(term) < set(other) for other in formula.terms):
            continue
        places = [i for i, column in enumerate(kept) if coding.columns[column].term == name]
        if not places:
            rows.append({"term": name, "note": "follows from the other terms"})
            continue
        found = ratio_test(design, y, places, penalty=fit.penalty, best=fit)
        rows.append(_test_row(name, found))
    if everything is not None:
        rows.append(_test_row("all terms", everything))
    return pl.DataFrame(rows, schema=RATIO_TESTS)


def _test_row(name: str, found: RatioTest) -> dict[str, Any]:
    return {
        "term": name,
        "statistic": found.statistic,
        "df": float(found.df),
        "p_value": found.p_value,
        "test": "likelihood-ratio",
    }
