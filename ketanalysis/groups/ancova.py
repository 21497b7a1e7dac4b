"""Several means adjusted for covariates: one slope a covariate for all groups (ANCOVA).

The model is ``value ~ group + covariates`` by least squares. Beside it stands the test whether
the slopes differ between the groups, which decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ketanalysis.groups.analysis_of_variance import NAN, Omnibus
from ketanalysis.groups.linear_model import DEPENDENT, NO_DF, NO_RESIDUAL, NOT_APART, remainder
from ketanalysis.groups.pairs import Pair, Places
from ketanalysis.groups.two_samples import NO_VARIATION, Floats

NO_SUBJECT = "not estimable: a group has no subject"
NO_DF_SLOPES = "not estimable: too few subjects for a slope in each group"


@dataclass(frozen=True, kw_only=True)
class Ancova:
    """The fit: adjusted means and all that follows from them.

    Attributes
    ----------
    means
        Adjusted mean of each group in points, shape ``(k,)``: where every covariate is 0.
    covariance
        Their covariance, shape ``(k, k)``.
    df
        Residual degrees of freedom.
    residuals
        Shape ``(n,)``, in points.
    dependent
        Places of covariate columns that follow from the others; they add nothing.
    slopes
        The test of equal slopes in all groups.
    has_means
        Whether the adjusted means are unique; a covariate that follows from others leaves the
        differences as they are, and moves the means.
    """

    means: Floats
    covariance: Floats
    df: int
    residuals: Floats
    dependent: tuple[int, ...] = ()
    slopes: Omnibus = field(default_factory=Omnibus)
    has_means: bool = True
    reason: str | None = None


def ancova(value: Floats, group: NDArray[np.int64], k: int, covariates: Floats) -> Ancova:
    """Fit group means with common slopes for the covariates.

    Parameters
    ----------
    value
        Scores in points, shape ``(n,)``, without missing values.
    group
        The place of each subject's group, 0 to ``k - 1``, shape ``(n,)``.
    k
        How many groups there are.
    covariates
        Shape ``(n, m)``; each column is 0 where the adjusted means shall stand: numbers minus
        their mean, the 0/1 columns of a factor with L levels minus ``1 / L``.

    Returns
    -------
    Ancova
        Without an estimate the means are NaN and ``reason`` says why.

    Notes
    -----
    Fisher (1932), Statistical Methods for Research Workers, 4th edition, section 49.1; equal
    slopes: F of the model with a slope a group against this one.
    Checked against: tests/oracle/adjusted_groups.csv (R 4.2.2, stats::lm, emmeans::emmeans,
    stats::anova), all columns, relative 1e-9.

    Examples
    --------
    >>> import numpy as np
    >>> fit = ancova(np.array([3.0, 5.0, 8.0, 9.0, 4.0]), np.array([0, 0, 1, 1, 0]), 2,
    ...              np.array([[-1.0], [0.0], [1.0], [1.0], [-1.0]]))
    >>> float(round(fit.means[1] - fit.means[0], 4))
    2.0
    """
    blank = Ancova(means=np.full(k, NAN), covariance=np.full((k, k), NAN), df=0, residuals=value)
    is_in = group[:, np.newaxis] == np.arange(k)
    if not is_in.any(axis=0).all():
        return _without(blank, NO_SUBJECT)
    cells = is_in.astype(np.float64)
    kept, dependent = _independent(covariates, cells)
    if not _is_full(cells, kept):
        return _without(blank, NOT_APART, dependent)
    design = np.column_stack([cells, kept])
    df = value.size - design.shape[1]
    if df < 1:
        return _without(blank, NO_DF, dependent)
    if np.ptp(value) == 0:
        return _without(blank, NO_VARIATION, dependent)
    centre = value.mean()
    q, r = np.linalg.qr(design)
    coefficients = np.linalg.solve(r, q.T @ (value - centre))
    residuals = (value - centre) - design @ coefficients
    if float(residuals @ residuals) <= 1e-24 * float(value @ value):
        return _without(blank, NO_RESIDUAL, dependent)
    inverse = np.linalg.inv(r)
    covariance = (inverse @ inverse.T) * float(residuals @ residuals) / df
    return Ancova(
        means=coefficients[:k] + centre,
        covariance=covariance[:k, :k],
        df=df,
        residuals=residuals,
        dependent=dependent,
        slopes=_slopes(value - centre, cells, kept, float(residuals @ residuals), df),
        has_means=not covariates[:, dependent].any(),
    )


def adjusted_pairs(fit: Ancova, pairs: Places, conf_level: float = 0.95) -> list[Pair]:
    """Return differences of adjusted means, first minus second, with t tests and intervals."""
    from scipy import special

    if fit.reason:
        return [Pair(reason=fit.reason) for _ in pairs]
    found = []
    for first, second in pairs:
        contrast = np.zeros(fit.means.size)
        contrast[[first, second]] = 1, -1
        estimate = float(contrast @ fit.means)
        std_error = float(np.sqrt(contrast @ fit.covariance @ contrast))
        margin = float(special.stdtrit(fit.df, (1 + conf_level) / 2)) * std_error
        found.append(
            Pair(
                estimate=estimate,
                std_error=std_error,
                statistic=estimate / std_error,
                df=float(fit.df),
                p_value=2 * float(special.stdtr(fit.df, -abs(estimate / std_error))),
                conf_low=estimate - margin,
                conf_high=estimate + margin,
            )
        )
    return found


def adjusted_omnibus(fit: Ancova) -> Omnibus:
    """Return the F test that all adjusted means are equal."""
    from scipy import special

    if fit.reason:
        return Omnibus(reason=fit.reason)
    df = fit.means.size - 1
    contrasts = np.column_stack([-np.ones(df), np.eye(df)])
    differences = contrasts @ fit.means
    spread = contrasts @ fit.covariance @ contrasts.T
    f = float(differences @ np.linalg.solve(spread, differences)) / df
    return Omnibus(
        statistic=f,
        df_num=df,
        df_den=fit.df,
        p_value=float(special.fdtrc(df, fit.df, f)),
        method="F of adjusted means",
    )


def _without(blank: Ancova, reason: str, dependent: tuple[int, ...] = ()) -> Ancova:
    return Ancova(
        means=blank.means,
        covariance=blank.covariance,
        df=0,
        residuals=blank.residuals,
        dependent=dependent,
        slopes=Omnibus(reason=reason),
        reason=reason,
    )


def _independent(covariates: Floats, cells: Floats) -> tuple[Floats, tuple[int, ...]]:
    """Return the covariate columns that say more than the intercept and those before them."""
    basis = np.full((len(cells), 1), 1 / np.sqrt(len(cells)))
    kept, dependent = [], []
    for place, column in enumerate(covariates.T):
        left = remainder(column, basis)
        length = float(np.linalg.norm(left))
        if length <= DEPENDENT * float(np.linalg.norm(column)) or length == 0:
            dependent.append(place)
        else:
            basis = np.column_stack([basis, left / length])
            kept.append(place)
    return covariates[:, kept], tuple(dependent)


def _is_full(cells: Floats, covariates: Floats) -> bool:
    """Whether no group follows from the covariates and the other groups."""
    columns: Sequence[Floats] = [*covariates.T, *cells.T]
    basis = np.empty((len(cells), 0))
    for column in columns:
        left = remainder(column, basis)
        length = float(np.linalg.norm(left))
        if length <= DEPENDENT * float(np.linalg.norm(column)):
            return False
        basis = np.column_stack([basis, left / length])
    return True


def _slopes(value: Floats, cells: Floats, covariates: Floats, residual: float, df: int) -> Omnibus:
    """Test equal slopes: the fall of the residual squares with a slope a group."""
    from scipy import special

    if not covariates.shape[1]:
        return Omnibus(reason="no covariate")
    own = [cells[:, [g]] * covariates for g in range(cells.shape[1])]
    full, _, rank, _ = np.linalg.lstsq(np.column_stack([cells, *own]), value, rcond=DEPENDENT)
    left = value - np.column_stack([cells, *own]) @ full
    df_den = value.size - int(rank)
    df_num = df - df_den
    within = float(left @ left)
    if df_num < 1 or df_den < 1 or within <= 1e-24 * float(value @ value):
        return Omnibus(reason=NO_DF_SLOPES)
    f = max(0.0, (residual - within) / df_num / (within / df_den))
    return Omnibus(
        statistic=f,
        df_num=df_num,
        df_den=df_den,
        p_value=float(special.fdtrc(df_num, df_den, f)),
        method="F of slopes",
    )
