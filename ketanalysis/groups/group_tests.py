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
from ketanalysis.groups.mann_whitney import RankMethod, mann_whitney
from ketanalysis.groups.two_samples import Floats, hedges_g, student, welch


def compare_arrays(
    a: ArrayLike, b: ArrayLike, tests: Sequence[str] = ("welch",), conf_level: float = 0.95
) -> list[dict[str, Any]]:
    """Compare one outcome of two groups, given as arrays; `b` is the reference.

    Parameters
    ----------
    a, b
        Scores in points, shape ``(n_a,)`` and ``(n_b,)``; NaN is missing and counted.
    tests
        Names as for `compare_groups`; the first is primary.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    list of dict
        One row a test, with the columns of ``ComparisonResult.table`` except ``outcome``,
        ``contrast`` and ``p_adjusted``; None where there is no number.

    Raises
    ------
    ArgumentError
        When a test is unknown.
    ContractError
        When a value is infinite.

    Examples
    --------
    >>> compare_arrays([10, 25], [30, 50, 55], ["welch"])[0]["estimate"]
    -27.5
    """
    for name in tests:
        check_one_of("test", name, tuple(TESTS))
    a, b = np.asarray(a, dtype=np.float64).ravel(), np.asarray(b, dtype=np.float64).ravel()
    effect = hedges_g(a, b, conf_level)
    a_there, b_there = a[~np.isnan(a)], b[~np.isnan(b)]
    shared = {
        "n": a_there.size,
        "n_reference": b_there.size,
        "n_missing": a.size + b.size - a_there.size - b_there.size,
        "mean": _mean(a_there),
        "mean_reference": _mean(b_there),
        "effect_size": effect.estimate,
        "effect_low": effect.conf_low,
        "effect_high": effect.conf_high,
    }
    rows = [
        {"role": "sensitivity" if place else "primary", "test": name}
        | shared
        | TESTS[name](a_there, b_there, conf_level)
        for place, name in enumerate(tests)
    ]
    return [
        {key: _or_none(held) for key, held in row.items()} | {"note": row["note"] or effect.reason}
        for row in rows
    ]


def _mean_row(test: Callable[..., Any], method: str) -> Callable[..., dict[str, Any]]:
    def row(a: Floats, b: Floats, conf_level: float) -> dict[str, Any]:
        found = test(a, b, conf_level)
        constant = [
            where
            for where, values in (("the group", a), ("the reference", b))
            if values.size > 1 and np.ptp(values) == 0
        ]
        return {
            "measure": "difference of means",
            "estimate": found.difference,
            "std_error": found.std_error,
            "conf_low": found.conf_low,
            "conf_high": found.conf_high,
            "method": method,
            "statistic": found.statistic,
            "df": found.df,
            "p_value": found.p_value,
            "superiority": None,
            "note": found.reason or (f"no variation in {constant[0]}" if constant else None),
        }

    return row


def _rank_row(kind: RankMethod, method: str) -> Callable[..., dict[str, Any]]:
    def row(a: Floats, b: Floats, conf_level: float) -> dict[str, Any]:
        found = mann_whitney(a, b, kind, conf_level)
        note = found.reason
        if note is None and np.isnan(found.shift):
            note = "shift not computed: more than 25 million pairs"
        elif note is None and np.isnan(found.conf_low):
            note = "no interval of this level exists for so few subjects"
        elif note is None and kind == "exact" and found.is_tied:
            note = "scores are tied: the p value allows for it, the interval is conservative"
        return {
            "measure": "Hodges-Lehmann shift",
            "estimate": found.shift,
            "std_error": None,
            "conf_low": found.conf_low,
            "conf_high": found.conf_high,
            "method": method,
            "statistic": found.statistic,
            "df": None,
            "p_value": found.p_value,
            "superiority": found.superiority,
            "note": note,
        }

    return row


TESTS: Mapping[str, Callable[..., dict[str, Any]]] = MappingProxyType(
    {
        "welch": _mean_row(welch, "Welch t"),
        "student": _mean_row(student, "pooled t"),
        "mann-whitney": _rank_row("asymptotic", "ordered differences, normal approximation"),
        "mann-whitney-exact": _rank_row("exact", "ordered differences, exact"),
    }
)
WORDS = MappingProxyType(
    {
        "welch": "Welch's t test",
        "student": "Student's t test",
        "mann-whitney": "the Mann-Whitney test (asymptotic, continuity and tie correction)",
        "mann-whitney-exact": "the Mann-Whitney test (exact, ties included)",
    }
)


def _or_none(held: Any) -> Any:
    return None if isinstance(held, float) and np.isnan(held) else held


def _mean(values: Floats) -> float:
    return float(np.sort(values).mean()) if values.size else float("nan")
