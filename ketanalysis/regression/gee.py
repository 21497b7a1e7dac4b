"""Generalised estimating equations: a logistic model of outcomes that share subjects.

Infusions of one subject are alike. The model is that of all infusions on average (marginal);
the variance comes from how the subjects differ (the sandwich), so that it holds whether or not
the working correlation is the right one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError, check_one_of
from ketanalysis.regression.logistic import fit_by_likelihood, probability
from ketanalysis.regression.separation import separated

Floats: TypeAlias = NDArray[np.float64]

CORRELATIONS = ("independence", "exchangeable")
VARIANCES = ("sandwich", "kauermann-carroll", "mancl-derouen")
POWERS = dict(zip(VARIANCES, (0.0, 0.5, 1.0), strict=True))  # of 1 less the leverage
MOST_STEPS = 200
SETTLED = 1e-12  # of the steps, relative to the coefficients (plus 1)
TOO_ALIKE = 1 - 1e-6
ALONE = 1e-10  # of 1 less the leverage: a subject whose residuals cannot be made up
SEPARATED = (
    "The outcome is separated by the covariates: in some group all infusions, or none, have it, "
    "so the logistic model has no estimate."
)


@dataclass(frozen=True, eq=False)
class GeeFit:
    """A fitted model.

    Attributes
    ----------
    coefficients
        On the log odds scale, shape (p,).
    covariance
        The sandwich, shape (p, p).
    naive
        The covariance that would hold if the working correlation were right, with dispersion
        ``scale``, shape (p, p).
    correlation
        Of two outcomes of one subject; 0 under independence.
    scale
        Mean of the squared Pearson residuals.
    clusters
        Subjects.
    variance
        "sandwich", "kauermann-carroll" or "mancl-derouen".
    """

    coefficients: Floats
    covariance: Floats
    naive: Floats
    correlation: float
    scale: float
    clusters: int
    variance: str

    @property
    def std_error(self) -> Floats:
        """Standard errors of the coefficients, shape (p,)."""
        # A variance of 0 may come out just below it.
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)))


def fit_gee(
    x: Floats,
    y: Floats,
    subject: NDArray[np.int64],
    *,
    correlation: str = "independence",
    variance: str = "sandwich",
) -> GeeFit:
    """Return the fit of ``logit P(y = 1) = x b`` by generalised estimating equations.

    Parameters
    ----------
    x
        Model matrix with its intercept, shape (n, p), no missing values, columns independent.
    y
        0 or 1, shape (n,).
    subject
        The number of the subject of each row, shape (n,), in any order.
    correlation
        Working correlation: "independence" or "exchangeable".
    variance
        "sandwich" (Liang and Zeger), which is too short with few subjects; or the same with
        residuals made up for what the fit takes from them, one less the leverage of their subject
        to the power 1/2 ("kauermann-carroll") or 1 ("mancl-derouen").

    Returns
    -------
    GeeFit
        With one row a subject and independence, coefficients are those of logistic regression.

    Raises
    ------
    ArgumentError
        A correlation or variance that does not exist.
    EstimationError
        Separation, one subject, a subject that alone decides a coefficient, or a search that does
        not settle.

    Notes
    -----
    Liang and Zeger (1986), Biometrika 73:13-22; Kauermann and Carroll (2001), JASA 96:1387-1396;
    Mancl and DeRouen (2001), Biometrics 57:126-134, equation (3).
    The exchangeable correlation is the mean of the products of all pairs of a subject's Pearson
    residuals over their mean square, as R's geepack has it: no degrees of freedom are taken off,
    unlike statsmodels and SAS, whose correlation and coefficients differ in the third digit.
    Under independence all programs agree; the scale cancels in the sandwich.
    Checked against: tests/oracle/gee.csv (R 4.2.2, geepack::geeglm 1.3.9, std.err = "san.se",
    epsilon 1e-14), coefficients, standard errors and correlation, relative 1e-7;
    "mancl-derouen" and "kauermann-carroll" written out in base R there.

    Examples
    --------
    >>> import numpy as np
    >>> fit = fit_gee(np.ones((4, 1)), np.array([1.0, 0, 0, 0]), np.array([0, 0, 1, 1]))
    >>> probability(fit.coefficients).round(6).tolist(), fit.clusters
    ([0.25], 2)
    """
    check_one_of("correlation", correlation, CORRELATIONS)
    check_one_of("variance", variance, VARIANCES)
    order = np.lexsort((y, subject))
    x, y, subject = x[order], y[order], subject[order]
    subjects = Subjects(np.flatnonzero(np.r_[True, subject[1:] != subject[:-1]]), len(y))
    if len(subjects.starts) < 2:
        raise EstimationError("The sandwich variance needs two subjects or more; there is one.")
    if separated(x, y).any():
        raise EstimationError(SEPARATED)
    b, alpha = fit_by_likelihood(x, y).coefficients, 0.0
    if correlation == "exchangeable":
        b, alpha = _settled(x, y, subjects, b)
    return _finished(x, y, subjects, b, alpha, variance)


class Subjects(NamedTuple):
    """Where the rows of each subject begin, of ``n`` rows in the order of the subjects."""

    starts: NDArray[np.int64]
    n: int

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each subject."""
        return np.diff(self.starts, append=self.n)

    def sums(self, values: Floats) -> Floats:
        """Return the sums over the rows of each subject."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=0))

    def weighed(self, values: Floats, alpha: float) -> Floats:
        """Return the inverse of the exchangeable correlation times the values, (n,) or (n, p)."""
        if alpha == 0:
            return values
        shared = alpha / (1 + (self.sizes - 1) * alpha)
        totals = self.sums(values)
        part = totals * (shared if values.ndim == 1 else shared[:, None])
        return np.asarray((values - np.repeat(part, self.sizes, axis=0)) / (1 - alpha))


def _settled(x: Floats, y: Floats, subjects: Subjects, b: Floats) -> tuple[Floats, float]:
    """Return coefficients and correlation, each found given the other until both stay."""
    for _ in range(MOST_STEPS):
        alpha = _alpha(x, y, subjects, b)
        z, r = _standardised(x, y, b)
        weighed = subjects.weighed(z, alpha)
        move = np.linalg.solve(z.T @ weighed, weighed.T @ r)
        b = b + move
        if np.abs(move).max() <= SETTLED * (np.abs(b).max() + 1):
            return b, _alpha(x, y, subjects, b)
    raise EstimationError(
        f"The estimating equations do not settle within {MOST_STEPS} steps; name "
        'correlation="independence", whose estimates always exist where logistic regression has '
        "them."
    )


def _standardised(x: Floats, y: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return the model's derivatives, (n, p), and residuals, (n,), over the standard deviation."""
    p = probability(x @ b)
    spread = np.sqrt(p * (1 - p))
    return np.asarray(x * spread[:, None]), np.asarray((y - p) / spread)


def _alpha(x: Floats, y: Floats, subjects: Subjects, b: Floats) -> float:
    r = _standardised(x, y, b)[1]
    sizes = subjects.sizes
    pairs = float((sizes * (sizes - 1)).sum())
    if not pairs:
        return 0.0
    squares = r**2
    alpha = float((subjects.sums(r) ** 2 - subjects.sums(squares)).sum() / pairs / squares.mean())
    if not -1 / (sizes.max() - 1) < alpha < TOO_ALIKE:
        raise EstimationError(
            f"The exchangeable correlation would be {alpha:.3g}, which no such data can have: the "
            'outcomes of a subject are all alike, or nearly. Name correlation="independence".'
        )
    return alpha


def _finished(
    x: Floats, y: Floats, subjects: Subjects, b: Floats, alpha: float, variance: str
) -> GeeFit:
    z, r = _standardised(x, y, b)
    weighed = subjects.weighed(z, alpha)
    bread: Floats = np.asarray(np.linalg.inv(z.T @ weighed), np.float64)
    scores = subjects.sums(z * subjects.weighed(r, alpha)[:, None])
    if POWERS[variance]:
        gains = subjects.sums(z[:, :, None] * weighed[:, None, :])
        scores = _made_up(scores, gains, bread, POWERS[variance])
    scale = float((r**2).mean())
    moved = scores @ bread  # first, so that rounding leaves no variance below 0
    covariance = moved.T @ moved
    return GeeFit(b, covariance, scale * bread, alpha, scale, len(subjects.starts), variance)


def _made_up(scores: Floats, gains: Floats, bread: Floats, power: float) -> Floats:
    """Return the scores (k, p) of residuals made up for the leverage of their subject.

    The leverage is H = Z B Z'R^-1 of a subject, and its scores are Z'R^-1 (I - H)^-power r. The
    same is (I - G B)^-power Z'R^-1 r with the subject's part of the information, G = Z'R^-1 Z, of
    shape (p, p); with B = C C' and C'G C symmetric, the power is taken of the eigenvalues.
    """
    root = np.linalg.cholesky(bread)
    values, vectors = np.linalg.eigh(np.eye(len(bread)) - root.T @ gains @ root)
    if values.min() < ALONE:
        raise EstimationError(
            "A subject alone decides a coefficient, so that nothing is left over to tell how "
            'subjects differ; name variance="sandwich", and read its interval as too short.'
        )
    along = np.einsum("kpq,kp->kq", vectors, scores @ root) * values**-power
    raised = np.einsum("kpq,kq->kp", vectors, along)
    return np.asarray(np.linalg.solve(root.T, raised.T).T)
