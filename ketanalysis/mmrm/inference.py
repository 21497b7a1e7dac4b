"""Contrasts of the coefficients: estimate, standard error, degrees of freedom, t and F tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError
from ketanalysis.mmrm import satterthwaite
from ketanalysis.mmrm.covariance import Floats
from ketanalysis.mmrm.kenward_roger import (
    VARIANTS,
    adjusted_covariance,
    degrees_of_freedom,
    parameter_covariance,
)
from ketanalysis.mmrm.likelihood import Model
from ketanalysis.mmrm.newton import Maximum
from ketanalysis.mmrm.patterns import Subjects
from ketanalysis.mmrm.sandwich import KINDS, Sandwich, sandwich

DF_WORDS = {
    **VARIANTS,
    "satterthwaite": "Satterthwaite",
    "between-within": "between-within",
    "residual": "residual",
}
VCOV_WORDS = {"model": "model-based", **KINDS}


@dataclass(frozen=True)
class Test:
    """One contrast; None where it is not estimable."""

    estimate: float | None = None
    std_error: float | None = None
    df: float | None = None
    statistic: float | None = None
    p_value: float | None = None


@dataclass(frozen=True)
class JointTest:
    """An F test of several contrasts at once; ``df_num`` is their rank."""

    df_num: int
    df_den: float | None = None
    statistic: float | None = None
    p_value: float | None = None


NO_DF = 1e-6  # degrees of freedom that rounding makes of 0


@dataclass(frozen=True, eq=False)
class Inference:
    """Everything that a contrast needs.

    Attributes
    ----------
    beta, phi, covariance
        Coefficients (p,), their model-based covariance, and the one that is used, (p, p).
    by_theta, w
        X'W V_i W X (q, p, p), and the covariance of the covariance parameters (q, q).
    df, vcov
        Names of the methods.
    kept, alias
        Estimated columns of the full design, and those left out as combinations of them.
    norms
        Root of the sum of squares of each column of the full design, (p_full,).
    dfs
        Degrees of freedom of each coefficient, for "between-within" and "residual".
    empirical
        The sandwich, where it is used.
    """

    beta: Floats
    phi: Floats
    covariance: Floats
    by_theta: Floats
    w: Floats
    df: str
    vcov: str
    kept: NDArray[np.intp]
    alias: Floats
    norms: Floats
    dfs: Floats = field(default_factory=lambda: np.zeros(0))
    empirical: Sandwich | None = None

    def reduced(self, contrasts: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Return contrasts of the full design on the estimated columns, and which are estimable.

        A contrast is estimable where what it asks of the columns left out is the combination
        that they are; judged with every column brought to one size.
        """
        size = np.where(self.norms > 0, self.norms, 1.0)
        onto = contrasts[:, self.kept]
        gap = np.abs(np.delete(contrasts, self.kept, axis=1) - onto @ self.alias)
        gap = (gap / np.delete(size, self.kept)).max(axis=1, initial=0.0)
        asked = np.maximum(np.abs(contrasts / size).max(axis=1, initial=0.0), 1e-300)
        return onto, gap <= 1e-8 * asked

    def single(self, contrasts: Floats) -> list[Test]:
        """Return a t test of each contrast of the full design, (l, p_full)."""
        onto, sound = self.reduced(contrasts)
        tests = iter(self._tests(onto[sound]))
        return [next(tests) if ok else Test() for ok in sound]

    def between_contrasts(self, contrasts: Floats) -> Floats:
        """Return the covariance of contrasts of the full design, (l, l)."""
        onto, _ = self.reduced(contrasts)
        return onto @ self.covariance @ onto.T

    def joint(self, contrasts: Floats) -> JointTest:
        """Return the F test that the estimable contrasts of the full design are all zero."""
        onto, sound = self.reduced(contrasts)
        if not sound.any():
            return JointTest(0)
        parts, variances = satterthwaite.independent_parts(onto[sound], self.covariance)
        rank = len(parts)
        if rank == 0:
            return JointTest(0)
        if rank == 1:
            one = self._tests(parts)[0]
            assert one.statistic is not None
            return JointTest(1, one.df, one.statistic**2, one.p_value)
        statistic = float(((parts @ self.beta) ** 2 / variances).mean())
        df, factor = self._joint_df(parts)
        # Below two degrees of freedom an F distribution has no mean to be matched, and Kenward
        # and Roger's factor turns negative.
        if not (df > NO_DF and factor > 0):
            return JointTest(rank)
        return JointTest(rank, df, statistic * factor, _f_tail(statistic * factor, rank, df))

    def joint_smallest(self, contrasts: Floats) -> JointTest:
        """Return the F test as R's emmeans gives it: no scale, the smallest df of its parts.

        The parts are the orthonormal rows that a QR decomposition makes of the contrasts.
        """
        onto, sound = self.reduced(contrasts)
        onto = onto[sound]
        if not len(onto):
            return JointTest(0)
        parts = np.linalg.qr(onto.T)[0].T
        estimates = parts @ self.beta
        rank = len(parts)
        solved = np.linalg.solve(parts @ self.covariance @ parts.T, estimates)
        statistic = float(estimates @ solved) / rank
        df = float(self.single_df(parts).min())
        return JointTest(rank, df, statistic, _f_tail(statistic, rank, df))

    def _tests(self, contrasts: Floats) -> list[Test]:
        """Return a t test of each contrast of the estimated columns, (l, p)."""
        estimates = contrasts @ self.beta
        variances = ((contrasts @ self.covariance) * contrasts).sum(axis=1)
        dfs = self.single_df(contrasts)
        found = []
        for estimate, variance, df in zip(estimates, variances, dfs.tolist(), strict=True):
            if variance <= 0:
                found.append(Test(float(estimate)))
                continue
            error = float(np.sqrt(variance))
            statistic = float(estimate) / error
            found.append(Test(float(estimate), error, df, statistic, _t_tail(statistic, df)))
        return found

    def single_df(self, contrasts: Floats) -> Floats:
        """Return the degrees of freedom of each contrast by itself, shape (l, p) to (l,)."""
        if len(self.dfs):
            own = np.where(contrasts != 0, self.dfs, np.inf)
            return np.asarray(own.min(axis=1, initial=np.inf))
        if self.empirical is not None:
            held = [self.empirical.degrees_of_freedom(row) for row in contrasts]
            return np.asarray(held, dtype=np.float64)
        return satterthwaite.single(contrasts, self.phi, self.by_theta, self.w)

    def _joint_df(self, parts: Floats) -> tuple[float, float]:
        if len(self.dfs):
            return float(self.single_df(parts.any(axis=0, keepdims=True).astype(float))[0]), 1.0
        if self.df in VARIANTS:
            scaled = degrees_of_freedom(parts, self.phi, self.by_theta, self.w)
            return scaled.df, scaled.factor
        return satterthwaite.pooled(self.single_df(parts)), 1.0


def inference(
    model: Model,
    found: Maximum,
    subjects: Subjects,
    *,
    df: str,
    vcov: str,
) -> Inference:
    """Return what contrasts need, by the methods named."""
    point, phi = found.point, found.point.phi
    empirical = None if vcov == "model" else sandwich(model, point, subjects, vcov)
    is_expected = df == "kenward-roger-expected"
    needs_w = df in VARIANTS or (df == "satterthwaite" and empirical is None)
    w = (
        parameter_covariance(model, point, found.slopes, expected=is_expected)
        if needs_w
        else np.zeros((0, 0))
    )
    covariance = phi if empirical is None else empirical.covariance
    if df in VARIANTS:
        with_second = df == "kenward-roger"
        covariance = adjusted_covariance(model, point, found.slopes, w, with_second=with_second)
    return Inference(
        beta=point.beta + model.patterns.shift,
        phi=phi,
        covariance=covariance,
        by_theta=found.slopes.by_theta,
        w=w,
        df=df,
        vcov=vcov,
        kept=model.patterns.kept,
        alias=model.patterns.alias,
        norms=model.patterns.norms,
        dfs=_fixed_df(model, subjects, df),
        empirical=empirical,
    )


def check_methods(df: str, vcov: str, *, is_restricted: bool) -> None:
    """Refuse methods that do not go together."""
    if df in VARIANTS and vcov != "model":
        raise ArgumentError(
            f'df="{df}" adjusts the model-based covariance and cannot go with vcov="{vcov}". '
            'Name df="satterthwaite" for an empirical covariance.'
        )
    if df in VARIANTS and not is_restricted:
        raise ArgumentError(
            f'df="{df}" needs restricted maximum likelihood: leave out reml=False, or name '
            'df="satterthwaite".'
        )


def _fixed_df(model: Model, subjects: Subjects, df: str) -> Floats:
    """Return degrees of freedom by coefficient where they come from counts, else none."""
    data = model.patterns
    p, n = data.t.shape[2], data.n_observations
    if df == "residual":
        return np.full(p, float(n - p))
    if df != "between-within":
        return np.zeros(0)
    n_subjects = float(data.n.sum())
    kinds = ["within" if varies else "between" for varies in _varies_within(model, subjects)]
    between = n_subjects - kinds.count("between")
    intercept = _is_intercept(model, subjects)
    within = n - n_subjects - kinds.count("within")
    return np.array(
        [
            within if kind == "within" or constant else between
            for kind, constant in zip(kinds, intercept, strict=True)
        ]
    )


def _columns(model: Model, subjects: Subjects) -> Floats:
    """Return the design of every subject and visit, (n, m, p); NaN where not observed."""
    data = model.patterns
    x = np.einsum("nk,akp->nap", subjects.z, data.t * data.scale[:, None, None], optimize=True)
    seen = np.repeat(data.mask, data.n.astype(int), axis=0)
    return np.where(seen[:, :, None], x, np.nan)


def _varies_within(model: Model, subjects: Subjects) -> Sequence[bool]:
    x = _columns(model, subjects)
    spread = np.nanmax(x, axis=1) - np.nanmin(x, axis=1)
    size = np.maximum(np.nanmax(np.abs(x), axis=(0, 1)), 1e-300)
    return [bool(v) for v in (spread > 1e-9 * size).any(axis=0)]


def _is_intercept(model: Model, subjects: Subjects) -> Sequence[bool]:
    x = _columns(model, subjects)
    low, high = np.nanmin(x, axis=(0, 1)), np.nanmax(x, axis=(0, 1))
    return [bool(v) for v in (high - low <= 1e-9 * np.maximum(np.abs(high), 1e-300))]


def _t_tail(statistic: float, df: float) -> float:
    from scipy.special import ndtr, stdtr

    low = -abs(statistic)
    return float(2 * (ndtr(low) if np.isinf(df) else stdtr(df, low)))


def _f_tail(statistic: float, df_num: int, df_den: float) -> float:
    from scipy.special import chdtrc, fdtrc

    if np.isinf(df_den):
        return float(chdtrc(df_num, df_num * statistic))
    return float(fdtrc(df_num, df_den, statistic))
