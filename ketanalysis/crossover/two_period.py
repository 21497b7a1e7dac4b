"""The AB/BA crossover by differences and totals of each subject: t tests, and Koch's rank tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.crossover.design import Crossover
from ketanalysis.groups.mann_whitney import mann_whitney
from ketanalysis.groups.paired_differences import differences_of
from ketanalysis.groups.two_samples import MeanDifference, student

Floats = NDArray[np.float64]
EXACT_UP_TO = 50  # subjects a sequence: the exact rank tests are quick below

TREATMENT, PERIOD, CARRY = "treatment", "period", "carry-over"
T, KOCH, PAIRED = "t", "rank sums (Koch)", "paired t, periods ignored"


def two_period_rows(design: Crossover, conf_level: float) -> Iterator[dict[str, Any]]:
    """Yield treatment, period and carry-over by t and by ranks, and the paired t beside.

    Treatment is B minus A with A the reference, period the second minus the first, carry-over
    the difference of the subjects' totals (AB minus BA), in points.

    Notes
    -----
    Jones and Kenward (2014), Design and Analysis of Cross-Over Trials, 3rd edition, sections 2.3
    and 2.12; Grizzle (1965), Biometrics 21:467; Koch (1972), Biometrics 28:577.
    """
    first, second = split_by_order(design)
    n = len(first) + len(second)
    # Second less first period: in AB it is treatment + period, in BA period less treatment.
    d_ab = differences_of(first[:, 1], first[:, 0])
    d_ba = differences_of(second[:, 1], second[:, 0])
    totals = [differences_of(own[:, 1], -own[:, 0]) for own in (first, second)]
    kinds: dict[str, tuple[Floats, Floats, float]] = {
        TREATMENT: (d_ab, d_ba, 2.0),
        PERIOD: (d_ab, -d_ba, 2.0),
        CARRY: (totals[0], totals[1], 1.0),
    }
    for term, (one, other, by) in kinds.items():
        yield {"term": term, "n": n} | _t(student(one, other, conf_level), by, T)
    for term, (one, other, by) in kinds.items():
        yield {"term": term, "n": n} | _ranks(one, other, by, conf_level)
    effects = np.concatenate([d_ab, -d_ba])
    yield {"term": TREATMENT, "n": n} | _paired(effects, conf_level)


def split_by_order(design: Crossover) -> tuple[Floats, Floats]:
    """Return the scores of complete subjects, reference first and second, shapes (n, 2)."""
    wide = design.rows.pivot(on="period", index=["subject", "sequence"], values="value")
    whole = wide.drop_nulls().sort("subject")
    periods = whole.columns[2:]
    found = []
    for order in (design.treatments, design.treatments[::-1]):
        names = [name for name, parts in design.sequences.items() if parts == order]
        own = whole.filter(pl.col("sequence").is_in(names)).select(periods)
        found.append(own.to_numpy())
    return found[0], found[1]


def _t(found: MeanDifference, by: float, method: str) -> dict[str, Any]:
    """Return a t comparison of two sequences, divided by `by`."""
    numbers = {
        "estimate": found.difference / by,
        "std_error": found.std_error / by,
        "conf_low": found.conf_low / by,
        "conf_high": found.conf_high / by,
        "statistic": found.statistic,
        "df": found.df,
        "p_value": found.p_value,
    }
    return _known(numbers) | {"method": method, "note": found.reason or ""}


def _ranks(one: Floats, other: Floats, by: float, conf_level: float) -> dict[str, Any]:
    """Return the rank test of two sequences with the Hodges-Lehmann shift, divided by `by`."""
    is_small = max(len(one), len(other)) <= EXACT_UP_TO
    found = mann_whitney(one, other, "exact" if is_small else "asymptotic", conf_level)
    numbers = {
        "estimate": found.shift / by,
        "std_error": float("nan"),
        "conf_low": found.conf_low / by,
        "conf_high": found.conf_high / by,
        "statistic": found.statistic,
        "df": float("nan"),
        "p_value": found.p_value,
    }
    return _known(numbers) | {"method": KOCH, "note": found.reason or ""}


def _paired(effects: Floats, conf_level: float) -> dict[str, Any]:
    from scipy.special import stdtr, stdtrit

    n = len(effects)
    mean = float(effects.mean()) if n else float("nan")
    error = float(effects.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    half = float(stdtrit(n - 1, (1 + conf_level) / 2)) * error if n > 1 else float("nan")
    statistic = mean / error if n > 1 and error > 0 else float("nan")
    numbers = {
        "estimate": mean,
        "std_error": error,
        "conf_low": mean - half,
        "conf_high": mean + half,
        "statistic": statistic,
        "df": float(n - 1),
        "p_value": 2 * float(stdtr(n - 1, -abs(statistic))) if n > 1 else float("nan"),
    }
    return _known(numbers) | {"method": PAIRED, "note": ""}


def _known(numbers: dict[str, float]) -> dict[str, Any]:
    return {key: None if np.isnan(value) else float(value) for key, value in numbers.items()}
