"""Draws of the imputation model's parameters: how uncertain the model itself is.

Approximate Bayes refits the model to bootstrap samples of the subjects, drawn within the arms
(Little and Rubin 2020, Statistical Analysis with Missing Data, section 10.2.3). Bayes is data
augmentation with a flat prior for the coefficients and Jeffreys' prior |Sigma|^-(m+1)/2
(Schafer 1997, Analysis of Incomplete Multivariate Data, chapter 5). Every draw has a random
stream of its own, so that the number of workers changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ketanalysis.errors import EstimationError
from ketanalysis.imputation.conditional import Blanks, blanks_of, filled
from ketanalysis.imputation.model import ImputationData, Indices, Parameters, fit_parameters
from ketanalysis.imputation.sample_fits import fit_samples
from ketanalysis.mmrm.covariance import Floats

MOST_FAILURES = 0.01  # share of bootstrap samples that may have no maximum
BURN_IN, THINNING = 200, 20


def streams(seed: int, draws: int) -> Sequence[np.random.Generator]:
    """Return one random stream a draw, the same for any number of workers."""
    return [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(draws)]


def bootstrap_parameters(
    data: ImputationData, rngs: Sequence[np.random.Generator]
) -> list[Parameters]:
    """Return the parameters of one bootstrap sample a random stream."""
    whole = fit_parameters(data)
    members = [np.flatnonzero(data.arm == arm) for arm in np.unique(data.arm)]
    samples = (_sample(members, rng) for rng in rngs)
    found: list[Parameters] = []
    failures = 0
    for rng, (drawn, fit) in zip(rngs, fit_samples(data, samples, whole), strict=True):
        who, own = drawn, fit
        while own is None:  # what a sample lacks is told where it is fitted alone
            try:
                own = fit_parameters(data.taken(who), whole)
            except (EstimationError, np.linalg.LinAlgError):
                failures += 1
                _check_failures(failures, len(rngs))
                who = _sample(members, rng)
        found.append(own)
    return found


def _sample(members: Sequence[Indices], rng: np.random.Generator) -> Indices:
    """Return a bootstrap sample of the subjects of each arm."""
    return np.concatenate([rng.choice(own, len(own)) for own in members])


def _check_failures(failures: int, draws: int) -> None:
    if failures > max(1, MOST_FAILURES * draws):
        raise EstimationError(
            f"The imputation model had no maximum in {failures} bootstrap samples of {draws}: "
            "too few subjects for so many visits and covariates. Leave out visits or covariates, "
            'or name method="bayes".'
        )


def jackknife_parameters(data: ImputationData) -> Iterator[tuple[ImputationData, Parameters]]:
    """Yield the data without each subject in turn, and the parameters that they give."""
    whole = fit_parameters(data)
    everybody = np.arange(data.n)
    others = (everybody[everybody != left_out] for left_out in everybody)
    for who, fit in fit_samples(data, others, whole):
        rest = data.taken(who)
        yield rest, fit or fit_parameters(rest, whole)


def posterior_parameters(
    data: ImputationData, rng: np.random.Generator, draws: int
) -> list[Parameters]:
    """Return draws from the posterior, each `THINNING` steps of the chain after the last."""
    seen = data.taken(np.flatnonzero(~np.isnan(data.scores).all(axis=1)))
    parameters = fit_parameters(seen)
    blanks = blanks_of(seen)
    root = np.linalg.cholesky(np.linalg.inv(seen.z.T @ seen.z))
    found: list[Parameters] = []
    for step in range(BURN_IN + draws * THINNING):
        parameters = _posterior_step(seen, blanks, root, parameters, rng)
        if step >= BURN_IN and (step - BURN_IN + 1) % THINNING == 0:
            found.append(parameters)
    return found


def _posterior_step(
    data: ImputationData,
    blanks: Sequence[Blanks],
    root: Floats,
    parameters: Parameters,
    rng: np.random.Generator,
) -> Parameters:
    """Return the next parameters: scores given parameters, then parameters given scores.

    `root` is a root of (Z'Z)^-1. Given complete scores Sigma is inverse Wishart with n - k
    degrees of freedom about the residual cross products, and the coefficients are normal about
    least squares.
    """
    means = data.z @ parameters.coefficients.T
    y = filled(data.scores, means, blanks, parameters.sigma, rng)
    n, k, m = data.n, data.z.shape[1], data.m
    centre = root @ (root.T @ (data.z.T @ y))  # (k, m)
    residual = y - data.z @ centre
    lower = np.linalg.cholesky(np.linalg.inv(residual.T @ residual))
    factor = lower @ _bartlett(rng, n - k, m)  # factor factor' is Wishart
    sigma = np.asarray(np.linalg.inv(factor @ factor.T), dtype=np.float64)
    noise = root @ rng.standard_normal((k, m)) @ np.linalg.cholesky(sigma).T
    return Parameters((centre + noise).T, sigma[None])


def _bartlett(rng: np.random.Generator, df: int, m: int) -> Floats:
    """Return the lower triangle whose product with itself is a standard Wishart matrix."""
    lower = np.tril(rng.standard_normal((m, m)), -1)
    lower[np.diag_indices(m)] = np.sqrt(rng.chisquare(df - np.arange(m)))
    return lower
