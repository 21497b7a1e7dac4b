"""Are two means alike enough: two one-sided t tests against a margin in points.

A p value above 0.05 shows no equality; this does, where the study is large enough. Numbers in,
numbers out: shape ``(n_a,)`` and ``(n_b,)``, NaN is missing and left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of
from ketanalysis.groups.two_samples import student, welch

KINDS = {"welch": welch, "student": student}
NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class Equivalence:
    """Two one-sided tests of a difference of means (`a - b`, in points), unrounded.

    ``conf_low`` and ``conf_high`` hold the difference at ``1 - 2 * alpha``; ``p_low`` tests that
    it lies above ``-margin``, ``p_high`` that it lies below ``margin``, and ``p_value`` is the
    larger: below alpha the groups are equivalent, and then the interval lies within the margin.
    """

    margin: float
    difference: float = NAN
    std_error: float = NAN
    df: float = NAN
    conf_low: float = NAN
    conf_high: float = NAN
    p_low: float = NAN
    p_high: float = NAN
    p_value: float = NAN
    reason: str | None = None


def equivalence(
    a: ArrayLike, b: ArrayLike, margin: float, conf_level: float = 0.95, kind: str = "welch"
) -> Equivalence:
    """Test whether two means differ by less than a margin (two one-sided tests, TOST).

    Parameters
    ----------
    a, b
        Scores in points, shape ``(n_a,)`` and ``(n_b,)``; NaN is missing and left out.
    margin
        The smallest difference in points that would matter, above 0. A clinical judgement made
        before the data: it has no default, and one in standard deviations of the very data
        moves with their noise.
    conf_level
        1 minus the level of each one-sided test; the interval has ``2 * conf_level - 1``.
    kind
        "welch", or "student" with the pooled variance.

    Raises
    ------
    ArgumentError
        When `margin` is not above 0, or `kind` is another.
    ContractError
        When a value is infinite.

    Notes
    -----
    Schuirmann (1987), J Pharmacokinet Biopharm 15: 657-680.
    Checked against: tests/oracle/infusion_anxiety.csv (R 4.2.2, stats::t.test one-sided at either
    margin, its 90 % interval), relative 1e-9.

    Examples
    --------
    >>> round(equivalence([10, 12, 14, 16], [11, 12, 15, 15], margin=5).p_value, 3)
    0.015
    """
    check_conf_level(conf_level)
    check_one_of("kind", kind, tuple(KINDS))
    check_margin(margin)
    found = KINDS[kind](a, b, max(2 * conf_level - 1, 1e-9))
    if found.reason:
        return Equivalence(margin=margin, reason=found.reason)
    from scipy import special

    above = (found.difference + margin) / found.std_error
    below = (found.difference - margin) / found.std_error
    p_low, p_high = float(special.stdtr(found.df, -above)), float(special.stdtr(found.df, below))
    return Equivalence(
        margin=margin,
        difference=found.difference,
        std_error=found.std_error,
        df=found.df,
        conf_low=found.conf_low,
        conf_high=found.conf_high,
        p_low=p_low,
        p_high=p_high,
        p_value=max(p_low, p_high),
    )


def check_margin(margin: float) -> None:
    """Refuse a margin that is no number of points above 0."""
    is_number = isinstance(margin, int | float | np.number) and not isinstance(margin, bool)
    if not is_number or not 0 < margin < float("inf"):
        raise ArgumentError(
            "margin must be a number of points above 0: the smallest difference that would "
            f"matter, judged before the data; not {margin!r}."
        )
