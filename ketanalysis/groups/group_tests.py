"""The tests of two groups by name, for arrays: the rows that every comparison is made of.

Numbers in, rows out. `compare_arrays` serves analyses that form their own groups, such as
responders and non-responders; for a frame, take `ketanalysis.groups.groups.compare_groups`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import check_one_of
from ketanalysis.groups.brunner_munzel import (
    Superiority,
    brunner_munzel,
    brunner_munzel_permutation,
)
from ketanalysis.groups.effect_sizes import EFFECTS
from ketanalysis.groups.mann_whitney import EXACT_TIES, RankMethod, mann_whitney
from ketanalysis.groups.permutation import permutation
from ketanalysis.groups.resampling import NOTHING_DRAWN, Draws
from ketanalysis.groups.two_samples import Floats, student, welch

Row = dict[str, Any]
TestRow = Callable[[Floats, Floats, float, Draws], Row]
FEW_SUBJECTS = "no interval of this level exists for so few subjects"
BLANK: Row = dict.fromkeys(("std_error", "statistic", "df", "df_num", "df_den", "superiority"))


def compare_arrays(
    a: ArrayLike,
    b: ArrayLike,
    tests: Sequence[str] = ("welch",),
    conf_level: float = 0.95,
    effect: str = "hedges-g",
    draws: Draws = NOTHING_DRAWN,
) -> list[Row]:
    """Compare one outcome of two groups, given as arrays; `b` is the reference.

    Parameters
    ----------
    a, b
        Scores in points, shape ``(n_a,)`` and ``(n_b,)``; NaN is missing and counted.
    tests
        Names as for `compare_groups`; the first is primary.
    conf_level
        Confidence level, 0 to 1.
    effect
        The effect size of every row, by name as for `compare_groups`.
    draws
        Seed and number of resamples, for permutation tests that need them.

    Returns
    -------
    list of dict
        One row a test, with the columns of ``ComparisonResult.table`` except ``outcome``,
        ``contrast`` and ``p_adjusted``; None where there is no number.

    Raises
    ------
    ArgumentError
        When a test or effect size is unknown, or resamples are needed and not named.
    ContractError
        When a value is infinite.

    Examples
    --------
    >>> compare_arrays([10, 25], [30, 50, 55], ["welch"])[0]["estimate"]
    -27.5
    """
    for name in tests:
        check_one_of("test", name, tuple(TESTS))
    check_one_of("effect", effect, tuple(EFFECTS))
    a, b = np.asarray(a, dtype=np.float64).ravel(), np.asarray(b, dtype=np.float64).ravel()
    size = EFFECTS[effect].estimate(a, b, conf_level)
    a_there, b_there = a[~np.isnan(a)], b[~np.isnan(b)]
    shared = {
        "n": a_there.size,
        "n_reference": b_there.size,
        "n_missing": a.size + b.size - a_there.size - b_there.size,
        "mean": mean_of(a_there),
        "mean_reference": mean_of(b_there),
        "effect": effect,
        "effect_size": size.estimate,
        "effect_low": size.conf_low,
        "effect_high": size.conf_high,
    }
    rows = [
        {"role": "sensitivity" if place else "primary", "test": name}
        | shared
        | TESTS[name](a_there, b_there, conf_level, draws)
        for place, name in enumerate(tests)
    ]
    return [without_nan(row) | {"note": row["note"] or of_effect(size.reason)} for row in rows]


def without_nan(row: Row) -> Row:
    """Return the row with None where there is no finite number."""
    return {
        key: None if isinstance(held, float) and not np.isfinite(held) else held
        for key, held in row.items()
    }


def of_effect(reason: str | None) -> str | None:
    """Return why an effect size or its interval is not there, in words that say it is that."""
    if reason is None:
        return None
    if reason.startswith("interval"):
        return reason.replace("interval", "interval of the effect size", 1)
    return f"effect size {reason}"


def mean_of(values: Floats) -> float:
    """Return the mean, the same for every order of the values; NaN without values."""
    return float(np.sort(values).mean()) if values.size else float("nan")


def _mean_row(test: Callable[..., Any], method: str) -> TestRow:
    def row(a: Floats, b: Floats, conf_level: float, draws: Draws) -> Row:
        found = test(a, b, conf_level)
        return BLANK | {
            "measure": "difference of means",
            "estimate": found.difference,
            "std_error": found.std_error,
            "conf_low": found.conf_low,
            "conf_high": found.conf_high,
            "method": method,
            "statistic": found.statistic,
            "df": found.df,
            "p_value": found.p_value,
            "note": found.reason or _constant(a, b),
        }

    return row


def _constant(a: Floats, b: Floats) -> str | None:
    constant = [
        where
        for where, values in (("the group", a), ("the reference", b))
        if values.size > 1 and np.ptp(values) == 0
    ]
    return f"no variation in {constant[0]}" if constant else None


def _rank_row(kind: RankMethod, method: str) -> TestRow:
    def row(a: Floats, b: Floats, conf_level: float, draws: Draws) -> Row:
        found = mann_whitney(a, b, kind, conf_level)
        note = found.reason
        if note is None and np.isnan(found.shift):
            note = "shift not computed: more than 25 million pairs"
        elif note is None and np.isnan(found.conf_low):
            note = FEW_SUBJECTS
        elif note is None and kind == "exact" and found.is_tied and a.size + b.size > EXACT_TIES:
            note = "scores are tied: the p value allows for it, the interval is conservative"
        return BLANK | {
            "measure": "Hodges-Lehmann shift",
            "estimate": found.shift,
            "conf_low": found.conf_low,
            "conf_high": found.conf_high,
            "method": method,
            "statistic": found.statistic,
            "p_value": found.p_value,
            "superiority": found.superiority,
            "note": note,
        }

    return row


def _superiority_row(found: Superiority) -> Row:
    return BLANK | {
        "measure": "probability of superiority",
        "estimate": found.superiority,
        "std_error": found.std_error,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "method": found.method or None,
        "statistic": found.statistic,
        "df": found.df,
        "p_value": found.p_value,
        "superiority": found.superiority,
        "note": found.reason,
    }


def _brunner_munzel_row(a: Floats, b: Floats, conf_level: float, draws: Draws) -> Row:
    return _superiority_row(brunner_munzel(a, b, conf_level))


def _studentised_row(a: Floats, b: Floats, conf_level: float, draws: Draws) -> Row:
    return _superiority_row(brunner_munzel_permutation(a, b, conf_level, draws))


def _permutation_row(a: Floats, b: Floats, conf_level: float, draws: Draws) -> Row:
    found = permutation(a, b, conf_level, draws)
    has_no_interval = found.reason is None and not np.isfinite(found.conf_low + found.conf_high)
    return BLANK | {
        "measure": "difference of means",
        "estimate": found.difference,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "method": found.method or None,
        "p_value": found.p_value,
        "note": found.reason or (FEW_SUBJECTS if has_no_interval else None),
    }


TESTS: Mapping[str, TestRow] = MappingProxyType(
    {
        "welch": _mean_row(welch, "Welch t"),
        "student": _mean_row(student, "pooled t"),
        "mann-whitney": _rank_row("asymptotic", "ordered differences, normal approximation"),
        "mann-whitney-exact": _rank_row("exact", "ordered differences, exact"),
        "brunner-munzel": _brunner_munzel_row,
        "brunner-munzel-permutation": _studentised_row,
        "permutation": _permutation_row,
    }
)
# What holds in small groups without an approximation.
FOR_SMALL_GROUPS = ("mann-whitney-exact", "brunner-munzel-permutation", "permutation")
