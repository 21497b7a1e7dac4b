"""The Bayes factor of two means: how much more likely are the scores if there is a difference?

Above 1 the data speak for a difference, below 1 for none; 3 and 1/3 are weak, 10 and 1/10
moderate evidence. It is a number here, from the pooled t, and its prior is written beside it:
pingouin returns text, and takes Welch's t, for which the formula does not hold. Numbers in,
numbers out: shape ``(n_a,)`` and ``(n_b,)``, NaN is missing and left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError
from ketanalysis.groups.two_samples import Floats, MeanDifference, observed, student

# What R's BayesFactor calls its scales, for half of the prior effects (in SD) lie within them.
PRIOR_SCALES: Mapping[str, float] = MappingProxyType(
    {"medium": 2**-0.5, "wide": 1.0, "ultrawide": 2**0.5}
)
REACH = 60.0  # of the logarithm of a density below its top: e**-60 is nothing in double precision
PANELS, NODES = 24, 20
NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class BayesFactor:
    """A Bayes factor of a difference against none, unrounded.

    ``bayes_factor`` and its natural logarithm ``log_bayes_factor``; ``statistic`` is the pooled
    t and ``df`` its degrees of freedom; ``prior_scale`` the scale of the Cauchy prior, in SD.
    """

    prior_scale: float
    bayes_factor: float = NAN
    log_bayes_factor: float = NAN
    statistic: float = NAN
    df: float = NAN
    reason: str | None = None


def bayes_factor(a: ArrayLike, b: ArrayLike, *, prior_scale: float) -> BayesFactor:
    """Weigh a difference of two means against none (the JZS Bayes factor).

    Answers "do the scores speak for a difference, for none, or for neither?", which a p value
    cannot. It rests on normal scores of one variance: not for scores that are mostly 0.

    Parameters
    ----------
    a, b
        Scores in points, shape ``(n_a,)`` and ``(n_b,)``; NaN is missing and left out.
    prior_scale
        Scale of the Cauchy prior of the standardised difference, above 0, in SD: half of the
        differences that it expects are smaller. It decides the answer together with the data
        and has no default; `PRIOR_SCALES` holds the three of R's BayesFactor.

    Raises
    ------
    ContractError
        When a value is infinite.
    ArgumentError
        When `prior_scale` is not above 0.

    Notes
    -----
    Rouder, Speckman, Sun, Morey and Iverson (2009), Psychon Bull Rev 16: 225-237, equation 4
    with the scale of the prior; two-sided, the pooled variance of Student's t.
    Checked against: tests/oracle/infusion_anxiety.csv (R 4.2.2, the integral by
    stats::integrate, relative 1e-9; BayesFactor::ttestBF, relative 1e-7 up to t = 5).

    Examples
    --------
    >>> found = bayes_factor([1.0, 2.0, 3.0], [2.0, 4.0, 7.0], prior_scale=2**-0.5)
    >>> round(found.bayes_factor, 3)
    0.949
    """
    _check_scale(prior_scale)
    a, b = observed(a, "a"), observed(b, "b")
    return from_pooled_t(student(a, b), {"n": a.size, "n_reference": b.size}, prior_scale)


def from_pooled_t(
    found: MeanDifference, sizes: Mapping[str, int], prior_scale: float
) -> BayesFactor:
    """Return the Bayes factor of a pooled t test of so many subjects (``n``, ``n_reference``)."""
    if found.reason:
        return BayesFactor(prior_scale=prior_scale, reason=found.reason)
    n_a, n_b = sizes["n"], sizes["n_reference"]
    log = log_jzs(found.statistic, n_a * n_b / (n_a + n_b), found.df, prior_scale)
    with np.errstate(over="ignore"):
        factor = float(np.exp(log))
    return BayesFactor(
        prior_scale=prior_scale,
        bayes_factor=factor,
        log_bayes_factor=log,
        statistic=found.statistic,
        df=found.df,
        reason=None if np.isfinite(factor) else "larger than a number can be; see its logarithm",
    )


def log_jzs(t: float, n_effective: float, df: float, prior_scale: float) -> float:
    """Return the logarithm of the factor of a t.

    ``n_effective`` is ``n_a * n_b / (n_a + n_b)``.
    The variance of the prior, g, is inverse gamma; the integral over ``log g`` is taken by
    Gauss and Legendre where its density is not nothing.
    """

    def log_density(log_g: Floats) -> Floats:
        g = np.exp(log_g)
        spread = 1 + n_effective * g
        fit = -np.log(spread) / 2 - (df + 1) / 2 * np.log1p(t**2 / (spread * df))
        prior = np.log(prior_scale / np.sqrt(2 * np.pi)) - log_g / 2 - prior_scale**2 / (2 * g)
        return np.asarray(fit + prior)

    grid = np.linspace(-40.0, 200.0, 4801) + 2 * np.log(prior_scale)
    heights = log_density(grid)
    top = float(heights.max())
    there = grid[heights > top - REACH]
    edge = np.linspace(float(there[0]) - 0.05, float(there[-1]) + 0.05, PANELS + 1)
    node, weight = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edge)[:, np.newaxis] / 2
    places = edge[:-1, np.newaxis] + half * (1 + node)
    total = float((np.exp(log_density(places) - top) * weight * half).sum())
    return top + float(np.log(total)) + (df + 1) / 2 * float(np.log1p(t**2 / df))


def _check_scale(prior_scale: float) -> None:
    is_number = isinstance(prior_scale, int | float | np.number)
    if not is_number or isinstance(prior_scale, bool) or not 0 < prior_scale < float("inf"):
        named = ", ".join(f"{scale:.3g} ({name})" for name, scale in PRIOR_SCALES.items())
        raise ArgumentError(
            "prior_scale must be a number above 0, the scale of the Cauchy prior in SD, such as "
            f"{named}; not {prior_scale!r}."
        )
