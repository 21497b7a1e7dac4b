"""The AB/BA crossover by differences and totals of each subject: t tests, and Koch's rank tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.crossover.design import Crossover
from ketanalysis.groups.group_tests import FEW_SUBJECTS
from ketanalysis.groups.mann_whitney import mann_whitney
from ketanalysis.groups.paired_differences import differences_of, paired_t
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
    own, reference = (np.r_[first[:, 1 - k], second[:, k]] for k in (0, 1))
    paired = paired_t(own, reference, conf_level)
    yield {"term": TREATMENT, "n": n} | _t(paired, 1.0, PAIRED)


def split_by_order(design: Crossover) -> tuple[Floats, Floats]:
    """Return the scores of complete subjects, reference first and second, shapes (n, 2)."""
    periods = design.rows["period"].dtype.categories.to_list()  # type: ignore[attr-defined]
    keys = ["subject", "sequence"]
    wide = design.rows.pivot(on="period", on_columns=periods, index=keys, values="value")
    whole = wide.drop_nulls().sort("subject")
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
    few = FEW_SUBJECTS if np.isnan(found.conf_low) else ""
    return _known(numbers) | {"method": KOCH, "note": found.reason or few}


def _known(numbers: dict[str, float]) -> dict[str, Any]:
    return {key: None if np.isnan(value) else float(value) for key, value in numbers.items()}
