"""How often do the intervals over all infusions hold the truth with 15, 31 and 60 subjects?

Writes gee_coverage.csv beside itself: python -m tests.simulation.gee_coverage

What is simulated, and what is counted, was written down before the first trial was drawn:

- Two arms, half of the subjects each (the first has the odd one), six infusions a subject; one
  in five stops early, after one to five infusions, all alike, for no reason.
- The chance of the event differs between subjects by a beta distribution, so that the mean and
  the correlation of two infusions of a subject are exactly those of the setting.
- The event comes at 8 % or 45 % of infusions, in both arms ("same") or in the second arm, and at
  25 % or 70 % in the first ("apart"). The correlation is 0.05 or 0.3.
- 10,000 trials a setting. A trial counts where an estimate exists: not without any event in an
  arm, nor with events only. How many do is kept beside. An interval without width, where all
  subjects have the same score, counts as one that misses; the package gives none there.
- Kept: how often the 95 % interval holds the truth, of the share of the first arm, of risk
  difference and odds ratio, and of the odds ratio from one infusion to the next in the first arm
  (truth: 1). In "same", 1 less the coverage is the error of the first kind of the test at 5 %.

All trials of a setting are fitted at once; the test beside this file holds some of them against
what `ketanalysis.adverse_events.marginal` returns, one by one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = (
    *("world", "n", "incidence", "icc", "quantity", "correlation", "variance", "df"),
    *("trials", "coverage"),
)
TRIALS = 10_000
CHUNK = 2_000
SEED = 20_010_331
INFUSIONS = 6
SIZES, CORRELATIONS = (15, 31, 60), (0.05, 0.3)
SHARES = {"same": ((0.08, 0.08), (0.45, 0.45)), "apart": ((0.25, 0.08), (0.70, 0.45))}
POWERS = {"sandwich": 0.0, "kauermann-carroll": 0.5, "mancl-derouen": 1.0}
WORKING = ("independence", "exchangeable")
MOST_STEPS, SETTLED = 200, 1e-8


class Trials(NamedTuple):
    """Events and infusions given, shape (trials, n, 6); who is in which arm, shape (arms, n)."""

    met: Floats
    given: Floats
    arms: Floats

    def first_arm(self) -> Trials:
        """Return the trials with their first arm alone."""
        own = self.arms[0] == 1
        return Trials(self.met[:, own], self.given[:, own], self.arms[:1, own])


class Found(NamedTuple):
    """Estimates and standard errors of the trials, shape (trials,); NaN where there is none."""

    estimate: Floats
    std_error: Floats


def drawn(rng: np.random.Generator, n: int, shares: tuple[float, float], icc: float) -> Trials:
    """Return a chunk of trials."""
    is_first = np.arange(n) < (n + 1) // 2
    mean, size = np.where(is_first, *shares), (1 - icc) / icc
    chance = rng.beta(mean * size, (1 - mean) * size, (CHUNK, n))
    met = rng.random((CHUNK, n, INFUSIONS)) < chance[:, :, None]
    stops = rng.random((CHUNK, n)) < 0.2
    length = np.where(stops, rng.integers(1, INFUSIONS, (CHUNK, n)), INFUSIONS)
    given = np.arange(INFUSIONS) < length[:, :, None]
    arms = np.stack([is_first, ~is_first]).astype(float)
    return Trials((met & given).astype(float), given.astype(float), arms)


def alpha_of(residual: Floats, given: Floats) -> Floats:
    """Return the exchangeable correlation of each trial from its Pearson residuals."""
    m = given.sum(axis=2)
    pairs = (m * (m - 1)).sum(axis=1)
    squares = (residual**2).sum(axis=2)
    products = (residual.sum(axis=2) ** 2 - squares).sum(axis=1) / pairs
    alpha: Floats = products / (squares.sum(axis=1) / m.sum(axis=1))
    alpha[(alpha >= 1 - 1e-6) | (alpha <= -1 / (INFUSIONS - 1))] = np.nan
    return alpha


def arm_logits(trials: Trials, correlation: str) -> dict[str, list[Found]]:
    """Return, by variance, the log odds of the event in each arm, of the model with a mean an arm.

    The leverage of a subject is its part of the weights of its arm: the working residuals are
    divided by one less that, to the power.
    """
    events, m = trials.met.sum(axis=2), trials.given.sum(axis=2)
    arms = trials.arms
    weight = np.ones_like(m)
    for _ in range(MOST_STEPS):
        total = (weight * m) @ arms.T
        share = ((weight * events) @ arms.T) / total
        share[(share <= 0) | (share >= 1)] = np.nan
        own = share @ arms
        if correlation == "independence":
            break
        p = own[:, :, None]
        alpha = alpha_of((trials.met - p * trials.given) / np.sqrt(p * (1 - p)), trials.given)
        before, weight = weight, 1 / (1 + (m - 1) * alpha[:, None])
        if not np.nanmax(np.abs(weight - before)) > SETTLED:
            break
    logit, found = np.log(share / (1 - share)), {}
    for variance, power in POWERS.items():
        left = weight * (events - m * own) / (1 - weight * m / (total @ arms)) ** power
        spread = np.sqrt((left**2) @ arms.T) / (share * (1 - share) * total)
        found[variance] = [Found(logit[:, arm], spread[:, arm]) for arm in range(len(arms))]
    return found


def trend_of(trials: Trials, correlation: str) -> dict[str, Found]:
    """Return, by variance, the log odds ratio from one infusion to the next of one arm."""
    order = np.arange(1.0, INFUSIONS + 1)
    exists = np.flatnonzero(~_is_separated(trials.met, trials.given, order))
    met, given = trials.met[exists], trials.given[exists]
    x = np.stack([np.ones(INFUSIONS), order], axis=1)
    b = _settled(met, given, x, correlation)
    bread, gain, scores = _parts(met, given, x, b, correlation)
    found = {}
    for variance, power in POWERS.items():
        left = _made_up(gain, scores, bread, power)
        covariance = bread @ np.einsum("tki,tkj->tij", left, left) @ bread
        whole = np.full((2, len(trials.met)), np.nan)
        whole[:, exists] = b[:, 1], np.sqrt(covariance[:, 1, 1])
        found[variance] = Found(*whole)
    return found


def _settled(met: Floats, given: Floats, x: Floats, correlation: str) -> Floats:
    """Return the coefficients of each trial, shape (trials, 2); NaN where they do not settle."""
    share = met.sum(axis=(1, 2)) / given.sum(axis=(1, 2))
    b = np.stack([np.log(share / (1 - share)), np.zeros(len(met))], axis=1)
    moving = np.arange(len(met))
    for _ in range(MOST_STEPS):
        bread, _, scores = _parts(met[moving], given[moving], x, b[moving], correlation)
        move = np.einsum("tij,tj->ti", bread, scores.sum(axis=1))
        b[moving] += move
        b[moving[~np.isfinite(move).all(axis=1)]] = np.nan
        moving = moving[np.abs(move).max(axis=1) > SETTLED]
        if not len(moving):
            break
    b[moving] = np.nan
    return b


def _is_separated(met: Floats, given: Floats, order: Floats) -> Flags:
    """Return in which trials no event comes later (or none earlier) than any infusion without."""
    has = met.any(axis=1)
    lacks = (given - met).any(axis=1)
    last, first = np.where(has, order, -np.inf).max(axis=1), np.where(has, order, np.inf).min(1)
    without_last = np.where(lacks, order, -np.inf).max(axis=1)
    without_first = np.where(lacks, order, np.inf).min(axis=1)
    return np.asarray((last <= without_first) | (first >= without_last))


def _parts(
    met: Floats, given: Floats, x: Floats, b: Floats, correlation: str
) -> tuple[Floats, Floats, Floats]:
    """Return bread (t, 2, 2), and by subject z'R^-1 z (t, n, 2, 2) and the scores (t, n, 2)."""
    p = 1 / (1 + np.exp(-(b @ x.T)))[:, None, :]
    spread = np.sqrt(p * (1 - p))
    z = (given * spread)[..., None] * x
    r = (met - p * given) / spread
    m = given.sum(axis=2)
    alpha = np.zeros(len(met)) if correlation == "independence" else alpha_of(r, given)
    shared = (alpha[:, None] / (1 + (m - 1) * alpha[:, None]))[..., None, None]
    sums = z.sum(axis=2)
    gain = np.einsum("tkmi,tkmj->tkij", z, z) - shared * sums[..., :, None] * sums[..., None, :]
    scores = np.einsum("tkmi,tkm->tki", z, r) - shared[..., 0] * sums * r.sum(axis=2)[..., None]
    rest = (1 - alpha)[:, None, None]
    gain, scores = gain / rest[..., None], scores / rest
    return _inverse(gain.sum(axis=1)), gain, scores


def _inverse(m: Floats) -> Floats:
    """Return the inverse of symmetric matrices (t, 2, 2), not finite where there is none."""
    turned = np.stack([m[:, 1, 1], -m[:, 0, 1], -m[:, 1, 0], m[:, 0, 0]], axis=1)
    determinant = m[:, 0, 0] * m[:, 1, 1] - m[:, 0, 1] * m[:, 1, 0]
    return np.asarray(turned / determinant[:, None]).reshape(-1, 2, 2)


def _made_up(gain: Floats, scores: Floats, bread: Floats, power: float) -> Floats:
    """Return (I - G B)^-power times the scores; power 0, 1/2 or 1."""
    if power == 0:
        return scores
    left = np.eye(2) - gain @ bread[:, None]
    if power == 0.5:  # the principal root of a 2 x 2 matrix
        root = np.sqrt(np.linalg.det(left))[..., None, None]
        trace = np.trace(left, axis1=-2, axis2=-1)[..., None, None]
        left = (left + root * np.eye(2)) / np.sqrt(trace + 2 * root)
    return np.asarray(np.linalg.solve(left, scores[..., None])[..., 0])


def quantities(
    trials: Trials, shares: tuple[float, float], correlation: str
) -> Iterator[tuple[str, str, Found, float, int]]:
    """Yield quantity, variance, the estimates, the truth, and subjects less coefficients."""
    mean, n = np.array(shares), trials.met.shape[1]
    logit, alone = np.log(mean / (1 - mean)), trials.first_arm()
    n_first = alone.met.shape[1]
    of_one, trends = arm_logits(alone, correlation), trend_of(alone, correlation)
    for variance, (first, other) in arm_logits(trials, correlation).items():
        yield "share", variance, of_one[variance][0], logit[0], n_first - 1
        yield "next infusion", variance, trends[variance], 0.0, n_first - 2
        p, q = (1 / (1 + np.exp(-one.estimate)) for one in (first, other))
        error = np.hypot(p * (1 - p) * first.std_error, q * (1 - q) * other.std_error)
        yield "risk difference", variance, Found(p - q, error), mean[0] - mean[1], n - 2
        ratio = Found(first.estimate - other.estimate, np.hypot(first.std_error, other.std_error))
        yield "odds ratio", variance, ratio, logit[0] - logit[1], n - 2


def held(found: Found, truth: float, df: float) -> Flags:
    """Return whether each 95 % interval holds the truth, of the trials that have one."""
    has = np.isfinite(found.estimate) & np.isfinite(found.std_error)
    half = stats.t.ppf(0.975, df) * found.std_error[has]
    return np.asarray(np.abs(found.estimate[has] - truth) <= half)


def rows() -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table."""
    places = [
        (world, shares, icc, n)
        for world, pairs in SHARES.items()
        for shares in pairs
        for icc in CORRELATIONS
        for n in SIZES
    ]
    for place, (world, shares, icc, n) in enumerate(places):
        counts: dict[tuple[str, ...], list[int]] = {}
        rng = np.random.default_rng([SEED, place])
        for _ in range(TRIALS // CHUNK):
            trials = drawn(rng, n, shares, icc)
            for key, holds in chunk_rows(trials, shares):
                total = counts.setdefault(key, [0, 0])
                total[0] += len(holds)
                total[1] += int(holds.sum())
        for key, (had, hold) in counts.items():
            yield world, n, shares[1], icc, *key, had, f"{hold / had:.4f}"


def chunk_rows(
    trials: Trials, shares: tuple[float, float]
) -> Iterator[tuple[tuple[str, ...], Flags]]:
    """Yield which intervals hold the truth, by quantity, correlation, variance and df."""
    for correlation in WORKING:
        with np.errstate(invalid="ignore", divide="ignore"):
            found = list(quantities(trials, shares, correlation))
        for quantity, variance, one, truth, left in found:
            for df, number in (("normal", np.inf), ("subjects", left)):
                yield (quantity, correlation, variance, df), held(one, truth, number)


if __name__ == "__main__":
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())
