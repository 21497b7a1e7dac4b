"""What a comparison of two groups of this size can find: power by the noncentral t.

Power is a property of a design, not of its data: nothing here looks at scores. It says, for the
subjects at hand, which differences a two-sided t test would have found.
"""

from __future__ import annotations

import numpy as np

from ketanalysis.errors import ArgumentError, check_conf_level

NAN = float("nan")


def power_of_t(difference: float, n_a: int, n_b: int, conf_level: float = 0.95) -> float:
    """Return the chance that Student's t test finds a difference of so many SD.

    Parameters
    ----------
    difference
        True difference of the means in common standard deviations; its sign does not matter.
    n_a, n_b
        Subjects of the two groups; fewer than 2 in one gives NaN.
    conf_level
        1 minus the two-sided level of the test, 0 to 1.

    Notes
    -----
    Cohen (1988), Statistical Power Analysis, 2nd edition, chapter 2; by the noncentral t, both
    tails.
    Checked against: tests/oracle/infusion_anxiety.csv (R 4.2.2, stats::pt with ncp, and
    stats::power.t.test for equal groups), absolute 1e-9.

    Examples
    --------
    >>> round(power_of_t(1.05, 17, 14), 3)
    0.803
    """
    check_conf_level(conf_level)
    if min(n_a, n_b) < 2:
        return NAN
    from scipy import special

    df, shift = n_a + n_b - 2, abs(difference) * float(np.sqrt(n_a * n_b / (n_a + n_b)))
    bound = float(special.stdtrit(df, (1 + conf_level) / 2))
    above = 1 - float(special.nctdtr(df, shift, bound))
    return above + float(special.nctdtr(df, shift, -bound))


def detectable_difference(
    n_a: int, n_b: int, power: float = 0.8, conf_level: float = 0.95
) -> float:
    """Return the smallest difference, in SD, that the t test finds with this power.

    17 and 14 subjects find 1.05 SD with 80 % power and 0.73 SD with 50 %: a study of that size
    sees large effects only, and a significant one is likely to be overestimated.

    Parameters
    ----------
    n_a, n_b
        Subjects of the two groups; fewer than 2 in one gives NaN.
    power
        The chance to find it, above 1 minus `conf_level` and below 1.
    conf_level
        1 minus the two-sided level of the test, 0 to 1.

    Raises
    ------
    ArgumentError
        When `power` is not between 1 minus `conf_level` and 1.

    Notes
    -----
    The root of `power_of_t`.
    Checked against: tests/oracle/infusion_anxiety.csv (R 4.2.2, uniroot over stats::pt),
    relative 1e-8.

    Examples
    --------
    >>> [round(detectable_difference(17, 14, power), 2) for power in (0.5, 0.8)]
    [0.73, 1.05]
    """
    check_conf_level(conf_level)
    if not 1 - conf_level < power < 1:
        raise ArgumentError(
            f"power must be between {1 - conf_level:g} (the level of the test) and 1, not "
            f"{power!r}."
        )
    if min(n_a, n_b) < 2:
        return NAN
    from scipy import optimize

    def missing(difference: float) -> float:
        return power_of_t(difference, n_a, n_b, conf_level) - power

    high = 1.0
    while missing(high) < 0:
        high *= 2
    return float(optimize.brentq(missing, 0.0, high, xtol=1e-12))


def half_width(n_a: int, n_b: int, conf_level: float) -> float:
    """Return half the width of the interval of a difference of means, in pooled SD.

    The least margin at which groups of this size could be shown to be equivalent, were they
    exactly alike: ``half_width(17, 14, 0.90)`` is 0.61.

    Examples
    --------
    >>> round(half_width(17, 14, 0.90), 2)
    0.61
    """
    check_conf_level(conf_level)
    if min(n_a, n_b) < 2:
        return NAN
    from scipy import special

    quantile = float(special.stdtrit(n_a + n_b - 2, (1 + conf_level) / 2))
    return quantile * float(np.sqrt(1 / n_a + 1 / n_b))


def kept_by_cut(share: float) -> float:
    """Return how much a cut keeps of the information in a normal score, 0 to 1.

    `share` of subjects lie above the cut. 0.637 (2 / pi) is the most, for a cut at the middle:
    subjects divided by it tell as much as 64 % of them would with their scores.

    Notes
    -----
    Cohen (1983), Appl Psychol Meas 7: 249-253: the squared point-biserial over the squared
    Pearson correlation of a normal score; NaN where all lie on one side.
    Checked against: R's dnorm and qnorm in tests/oracle/infusion_anxiety.csv, relative 1e-12.

    Examples
    --------
    >>> round(kept_by_cut(17 / 31), 3)
    0.633
    """
    if not 0 < share < 1:
        return NAN
    from scipy import special

    height = float(np.exp(-(special.ndtri(share) ** 2) / 2) / np.sqrt(2 * np.pi))
    return height**2 / (share * (1 - share))
