"""Small results of times to an event, made from fixed numbers, for the tests of their figures."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.survival.cox import fit_cox
from ketanalysis.survival.cox_result import CoxResult
from ketanalysis.survival.estimates import SurvivalResult, estimate_survival
from ketanalysis.survival.incidence import estimate_cumulative_incidence
from ketanalysis.survival.incidence_regression import FineGrayResult, fit_fine_gray
from ketanalysis.survival.incidence_results import CumulativeIncidence
from ketanalysis.survival.results import RestrictedMeans

ARMS = ("placebo", "ketamine")


def survival(arms: tuple[str, ...] = ARMS, n: int = 12) -> SurvivalResult:
    """Return n subjects an arm: times 3, 6, 9, ... days, every fourth censored."""
    rows = [
        {"USUBJID": f"{arm}-{i}", "ARM": arm, "AVAL": 3.0 * (i + 1) + a, "CNSR": int(i % 4 == 3)}
        for a, arm in enumerate(arms)
        for i in range(n)
    ]
    return estimate_survival(pl.DataFrame(rows), by="ARM", groups=arms, known_at="baseline")


def restricted_means(arms: tuple[str, ...] = ARMS, by: str | None = "ARM") -> RestrictedMeans:
    """Return the restricted means up to day 25 of `survival`."""
    curves = survival(arms)
    return (curves if by else estimate_survival(curves.tte)).rmst(25)


def incidence(
    arms: tuple[str, ...] = ARMS, n: int = 16, by: str | None = "ARM"
) -> CumulativeIncidence:
    """Return n subjects an arm: relapse, a further infusion, relapse, censored, in turn."""
    rows = [
        {"ARM": arm, "AVAL": 3.0 * (i + 1) + a, "status": (1, 2, 1, 0)[(i + a) % 4]}
        for a, arm in enumerate(arms)
        for i in range(n)
    ]
    grouped: Any = {"by": by, "groups": arms, "known_at": "baseline"} if by else {}
    return estimate_cumulative_incidence(
        pl.DataFrame(rows), event="status", causes={"relapse": 1, "further infusion": 2},
        censored=0, **grouped,
    )  # fmt: skip


def fine_gray(arms: tuple[str, ...] = ARMS) -> FineGrayResult:
    """Return subdistribution hazard ratios of the arms and of age, 16 subjects an arm."""
    rows = incidence(arms).tte.with_columns(
        pl.col("ARM").cast(pl.Enum(arms)), AGE=30.0 + pl.int_range(pl.len()) * 7 % 31
    )
    return fit_fine_gray(
        rows, "ARM + AGE", event="status", causes={"relapse": 1, "further infusion": 2},
        censored=0, known_at="baseline",
    )  # fmt: skip


def cox(arms: tuple[str, ...] = ARMS) -> CoxResult:
    """Return hazard ratios of the arms and of age, 12 subjects an arm."""
    rows = survival(arms).tte.with_columns(
        pl.col("ARM").cast(pl.Enum(arms)), AGE=30.0 + pl.int_range(pl.len()) * 7 % 31
    )
    return fit_cox(rows, "ARM + AGE", known_at="baseline")
