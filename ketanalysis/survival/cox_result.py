"""What a Cox model found: hazard ratios, tests of the model, and what is read from the fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.formulas.coding import Coding, DesignColumn
from ketanalysis.formulas.grammar import Formula
from ketanalysis.results import Result
from ketanalysis.survival.cause_specific import PLAIN
from ketanalysis.survival.concordance import Concordance, concordance
from ketanalysis.survival.cox_likelihood import Likelihood
from ketanalysis.survival.cox_rows import CoxRows
from ketanalysis.survival.risk_sets import Bools, Counts, Floats

TABLE = {
    **dict.fromkeys(("term", "contrast", "measure"), pl.String),
    **dict.fromkeys(
        ("estimate", "conf_low", "conf_high", "coefficient", "std_error", "statistic", "p_value"),
        pl.Float64,
    ),
}
TESTS = {"test": pl.String, "statistic": pl.Float64, "df": pl.Int64, "p_value": pl.Float64}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CoxResult(Result):
    """A fitted Cox model.

    Attributes
    ----------
    table
        One row a coefficient: ``term`` (R's name), ``contrast`` (what is compared), ``measure``
        ("hazard ratio", or "cause-specific hazard ratio" where events compete), ``estimate``,
        ``conf_low``, ``conf_high`` (the ratio and its interval), ``coefficient`` (its
        logarithm), ``std_error`` (of the logarithm; robust where asked), ``statistic`` (z; with
        Firth's penalty chi-square), ``p_value``. A coefficient that cannot be estimated has
        nulls.
    tests
        Tests of the whole model: likelihood ratio, Wald, score: ``test``, ``statistic``,
        ``df``, ``p_value``.
    criteria
        One row: ``n`` (subjects), ``n_rows``, ``n_event``, ``log_likelihood`` and
        ``log_likelihood_null``, ``aic``, ``n_parameters``, ``steps``.
    formula, coding, kept
        The formula, its columns, and which of them are estimated (p,).
    coefficients, covariance
        Of the estimated columns, (k,) and (k, k).
    fitted
        The likelihood at the estimates, None with exact ties.
    measure
        What a ratio is called: that of the column ``measure``.
    ties, penalty, variance
        The methods by name.
    """

    kind: ClassVar[str] = "cox"

    tests: pl.DataFrame
    criteria: pl.DataFrame
    formula: Formula
    coding: Coding
    kept: Bools
    coefficients: Floats
    covariance: Floats
    fitted: Likelihood | None
    given: CoxRows
    measure: str = PLAIN
    ties: str = "efron"
    penalty: str | None = None
    variance: str = "model"
    strata: tuple[str, ...] = ()
    endpoint: str | None = None
    time_unit: str = "days"

    @cached_property
    def concordance(self) -> Concordance:
        """Harrell's C of the fitted risk, with R's standard error; see `Concordance`."""
        read = self.given.read
        risk = self.given.x[:, self.kept] @ self.coefficients
        # Alike risks that differ by rounding are tied.
        risk = np.round(risk, 12)
        return concordance(
            read.time, read.event, risk, read.entry, self.given.stratum, self.given.cluster
        )

    def proportional_hazards(self, transform: str = "km") -> Any:
        """Return the test of proportional hazards, as `estimate_proportional_hazards`."""
        from ketanalysis.survival.proportional_hazards import estimate_proportional_hazards

        return estimate_proportional_hazards(self, transform)

    def curves(self, at: Any, **options: Any) -> Any:
        """Return the survival of given subjects, as `estimate_cox_curves`."""
        from ketanalysis.survival.cox_curves import estimate_cox_curves

        return estimate_cox_curves(self, at, **options)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ProportionalHazards(Result):
    """Tests of proportional hazards: one row a term, and one for all: statistic, df, p_value."""

    kind: ClassVar[str] = "proportional_hazards"

    transform: str = "km"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CoxCurves(Result):
    """Survival by a Cox model, of subjects with given covariates.

    ``table`` has one row a profile, stratum and event time: ``group`` (the profile in words),
    the strata, ``time``, ``n_at_risk``, ``n_event``, ``cumulative_hazard``, ``survival``,
    ``std_error``, ``conf_low``, ``conf_high``.
    """

    kind: ClassVar[str] = "cox_curves"

    by: tuple[str, ...] = ("group",)
    time_unit: str = "days"
    conf_type: str = "log-log"


def contrast_of(column: DesignColumn, levels: Mapping[str, tuple[Any, ...]]) -> str:
    """Return what a column compares: ``TRT01P: ketamine / placebo``, ``AGE, per 1``."""
    parts = []
    for piece in column.pieces:
        name = piece.factor.label
        if piece.is_level:
            parts.append(f"{name}: {piece.level} / {levels[name][0]}")
        else:
            parts.append(f"{name}, per 1")
    return " × ".join(parts)


def terms_of(coding: Coding, kept: Bools) -> dict[str, Counts]:
    """Return the places of each term's columns among those that are estimated."""
    places = np.cumsum(kept) - 1
    found: dict[str, list[int]] = {}
    for j, column in enumerate(coding.columns):
        if kept[j]:
            found.setdefault(column.term, []).append(int(places[j]))
    return {term: np.array(columns) for term, columns in found.items()}
