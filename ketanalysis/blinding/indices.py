"""The blinding indices: Bang's of each arm, and James' of the whole trial, from counts.

Bang's index is the mean of what each subject's guess is worth: +1 for the own arm, -1 for the
other, less where the subject was less certain, 0 for "don't know". James' index weighs
disagreement of guess and arm against what chance would give, and counts "don't know" as blinded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketanalysis.blinding.score_interval import weighted_score
from ketanalysis.rates.cells import normal_quantile
from ketanalysis.rates.two_by_two import two_sided

Floats = NDArray[np.float64]

EPSILON = 1e-12
NOBODY = "not estimable: nobody of the arm answered"
ONE_SIDE = "not estimable: all who guessed, or their arms, are on one side"
ALL_UNSURE = "all answered that they do not know: no interval"
NO_GUESS = "all answered that they do not know: no test"
ALL_THE_SAME = "all answers are worth the same: no Wald interval"
AT_THE_END = "the index is 0 or 1: no logit interval"
NO_VARIANCE = "the answers leave no variance: no interval"
NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index with its test of pure chance; NaN where there is none, and ``reason`` says why."""

    estimate: float = NAN
    std_error: float = NAN
    conf_low: float = NAN
    conf_high: float = NAN
    statistic: float = NAN
    p_value: float = NAN
    method: str = ""
    reason: str = ""


def bang_index(worth: Floats, count: Floats, ci: str = "score", conf_level: float = 0.95) -> Index:
    """Return Bang's index of one arm: how many more guess right than wrong, as a share.

    Parameters
    ----------
    worth
        Shape (k,): what each answer is worth to a subject of the arm, -1 to 1, all different;
        1, -1 and 0 for right, wrong and "don't know".
    count
        Shape (k,): subjects of the arm with each answer; 0 for an answer that nobody gave.
    ci
        "score" (the values that a score test keeps; for right, wrong and "don't know" that of
        Tango 1998) or "wald" (the estimate and its standard error, as published; its ends can
        lie beyond -1 and 1).
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    Index
        Estimate from -1 (all guess wrong) over 0 (as by chance) to 1 (all guess right). The
        test is of 0, by the interval's own method.

    Notes
    -----
    Bang, Ni and Davis (2004), Control Clin Trials 25:143-156, sections 3.1 to 3.3; the
    variance is that of a multinomial, without correction.
    Checked against: tests/oracle/blinding.csv (R 4.2.2, the published formulas in base R), all
    columns, relative 1e-9, and printed digits in tests/blinding/test_indices.py.

    Examples
    --------
    >>> import numpy as np
    >>> found = bang_index(np.array([1.0, -1.0, 0.0]), np.array([82.0, 25.0, 170.0]), "wald")
    >>> round(found.estimate, 3), round(found.std_error, 3)
    (0.206, 0.035)
    """
    n = float(count.sum())
    if not n:
        return Index(reason=NOBODY)
    mean = float(worth @ count) / n
    error = float(np.sqrt(max(float(worth**2 @ count) / n - mean**2, 0.0) / n))
    z = float(normal_quantile(conf_level))
    if ci == "wald":
        low, high, at_null = mean - z * error, mean + z * error, error
    else:
        low, high, at_null = weighted_score(worth, count, z)
    statistic = mean / at_null if at_null > 0 else NAN
    flat = ci == "wald" and error == 0
    return Index(
        estimate=mean,
        std_error=error if error > 0 else NAN,
        conf_low=NAN if flat else low,
        conf_high=NAN if flat else high,
        statistic=statistic,
        p_value=two_sided(statistic),
        method=ci,
        reason=ALL_THE_SAME if flat else "" if at_null > 0 else NO_GUESS,
    )


def james_index(counts: Floats, ci: str = "logit", conf_level: float = 0.95) -> Index:
    """Return James' index: 0 all guess right, 0.5 as by chance, 1 all wrong or all "don't know".

    Parameters
    ----------
    counts
        Shape (3, 2): guesses of the first side, of the second, and "don't know"; a column a
        side as treated.
    ci
        "logit" (symmetric on the log odds of the index, so that it stays between 0 and 1) or
        "wald" (the estimate and its standard error, as published).
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    Index
        The test is of 0.5. Where all answer "don't know" the index is 1 by definition, with
        no interval.

    Notes
    -----
    James et al. (1996), Stat Med 15:1421-1434. A right guess weighs 0 and "don't know" 1; what
    a wrong one weighs cancels, as long as it is the same on both sides. The variance is the
    delta method's, by the gradient of the index in the cells of one multinomial sample.
    Checked against: tests/oracle/blinding.csv (R 4.2.2, the published variance written out in
    base R, and by numerical derivatives), all columns, relative 1e-9, and R package BI's printed
    digits.

    Examples
    --------
    >>> import numpy as np
    >>> found = james_index(np.array([[82.0, 27.0], [25.0, 29.0], [170.0, 83.0]]))
    >>> round(found.estimate, 3), round(found.std_error, 3)
    (0.748, 0.022)
    """
    n = float(counts.sum())
    share = counts / n if n else counts
    guess, unsure = share[:2], share[2]
    guessed = 1 - float(unsure.sum())
    if n and not guess.any():
        return Index(estimate=1.0, reason=ALL_UNSURE)
    weights = np.array([[0.0, 1.0], [1.0, 0.0]])
    rows, columns = guess.sum(axis=1), guess.sum(axis=0)
    seen = float((weights * guess).sum())
    chance = float(rows @ weights @ columns)
    if not chance > 0:
        return Index(reason=ONE_SIDE)
    estimate = float(unsure.sum()) + guessed**2 * seen / (2 * chance)
    slope = (weights @ columns)[:, np.newaxis] + (rows @ weights)[np.newaxis, :]
    of_guess = guessed**2 / 2 * (weights / chance - seen / chance**2 * slope)
    gradient = np.vstack([of_guess, np.full(2, 1 - guessed * seen / chance)])
    mean = float((share * gradient).sum())
    variance = (float((share * gradient**2).sum()) - mean**2) / n
    error = float(np.sqrt(max(variance, 0.0)))
    if not error > EPSILON:
        return Index(estimate=estimate, method=ci, reason=NO_VARIANCE)
    low, high = _james_ends(estimate, error, ci, float(normal_quantile(conf_level)))
    statistic = (estimate - 0.5) / error
    return Index(
        estimate=estimate,
        std_error=error,
        conf_low=low,
        conf_high=high,
        statistic=statistic,
        p_value=two_sided(statistic),
        method=ci,
        reason="" if low < high else AT_THE_END,
    )


def _james_ends(estimate: float, error: float, ci: str, z: float) -> tuple[float, float]:
    from scipy.special import expit, logit

    if ci == "wald":
        return estimate - z * error, estimate + z * error
    if not 0 < estimate < 1:
        return NAN, NAN
    half = z * error / (estimate * (1 - estimate))
    return float(expit(logit(estimate) - half)), float(expit(logit(estimate) + half))
