"""31 patients, 17 responders: how often does what stands in `compare_responders` mislead?

Writes responder_error_rates.csv beside itself: python -m tests.simulation.responder_error_rates
Every trial runs through ketanalysis itself. A rate is that of false positives where there is no
link, or of intervals that miss the true value where there is one. Promises and verdicts are those
of `group_error_rates`; "trap" marks a practice that the package names and warns of: it is shown
and not judged.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ketanalysis.errors import EstimationError
from ketanalysis.groups.bootstrap import bootstrap
from ketanalysis.groups.brunner_munzel import brunner_munzel
from ketanalysis.groups.correlation import pearson, spearman
from ketanalysis.groups.dominance import cliffs_delta, superiority
from ketanalysis.groups.equivalence import equivalence
from ketanalysis.groups.linear_model import adjusted_difference, adjusted_slope
from ketanalysis.groups.mann_whitney import mann_whitney
from ketanalysis.groups.max_t import max_t
from ketanalysis.groups.over_infusions_model import fit_infusions
from ketanalysis.groups.partial_correlation import partial_correlation
from ketanalysis.groups.permutation import permutation
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.two_part import two_part
from ketanalysis.groups.two_samples import hedges_g, welch
from ketanalysis.multiplicity import adjust_p
from tests.simulation.group_error_rates import LEVEL, ratings, verdict

SEED = 71_931
TABLE = Path(__file__).with_suffix(".csv")
YES, NO = 17, 14
D = 0.8  # SD, where there is a difference
ODDS = 2.6  # of leaving, for each SD of anxiety; 21 % leave
START = -1.5589  # log odds of leaving at the mean anxiety, so that 21 % leave
SUPERIOR = float(stats.norm.cdf(D / np.sqrt(2)))

Floats = NDArray[np.float64]
Trial = Callable[[np.random.Generator], bool]


def normal(rng: np.random.Generator, d: float = 0.0, sd: float = 1.0) -> tuple[Floats, Floats]:
    """Return whole-number scores of responders and non-responders, d SD apart."""
    return np.round(rng.normal(40 + 12 * d, 12, YES), 1), np.round(rng.normal(40, 12 * sd, NO), 1)


def zeros(rng: np.random.Generator) -> tuple[Floats, Floats]:
    return ratings(rng, YES), ratings(rng, NO)


def rejects(test: Callable[..., Any], draw: Any, **options: Any) -> Trial:
    return lambda rng: bool(test(*draw(rng), **options).p_value < LEVEL)


def misses(size: Callable[..., Any], draw: Any, true: float) -> Trial:
    def outside(rng: np.random.Generator) -> bool:
        found = size(*draw(rng))
        return bool(found.conf_low > true or found.conf_high < true)

    return outside


def apart(rng: np.random.Generator) -> tuple[Floats, Floats]:
    return normal(rng, D)


def unequal(rng: np.random.Generator) -> tuple[Floats, Floats]:
    return normal(rng, 0.0, 2.0)


def at_the_margin(rng: np.random.Generator) -> bool:
    """Whether equivalence is claimed where the difference is the margin, 12 points or 1 SD."""
    return bool(equivalence(*normal(rng, 1.0), margin=12).p_value < LEVEL)


def bootstrapped(rng: np.random.Generator) -> bool:
    a, b = apart(rng)
    found = bootstrap(a, b, "hedges-g", draws=Draws(int(rng.integers(2**31)), 999))
    return bool(found.conf_low > D or found.conf_high < D)


# --- eleven subscales -----------------------------------------------------------------------------


def subscales(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return 31 subjects with 11 subscales that share half of their variance, and who responded."""
    own, common = rng.normal(0, 1, (31, 11)), rng.normal(0, 1, (31, 1))
    return np.round(own + common, 1), np.repeat([1.0, 0.0], [YES, NO])


def any_by_max_t(rng: np.random.Generator) -> bool:
    scores, group = subscales(rng)
    draws = Draws(int(rng.integers(2**31)), 199)
    return bool((max_t(scores, group, draws=draws)[0] < LEVEL).any())


def any_by(method: str) -> Trial:
    def found(rng: np.random.Generator) -> bool:
        scores, group = subscales(rng)
        p = [brunner_munzel(v[group == 1], v[group == 0]).p_value for v in scores.T]
        return bool((adjust_p(p, method) < LEVEL).any())

    return found


def any_pooled(method: str) -> Trial:
    """By Student's t, as the linear model without covariates gives it."""
    nothing = np.empty((31, 0))

    def found(rng: np.random.Generator) -> bool:
        scores, group = subscales(rng)
        p = [adjusted_difference(column, group == 1, nothing).p_value for column in scores.T]
        return bool((adjust_p(p, method) < LEVEL).any())

    return found


# --- the continuous twin --------------------------------------------------------------------------


def scores(rng: np.random.Generator, slope: float = 0.0) -> tuple[Floats, Floats, Floats]:
    """Return anxiety, end score and baseline of 31; the baseline goes with both."""
    base = rng.normal(32, 5, 31)
    anxiety = 0.8 * (base - 32) + rng.normal(30, 10, 31)
    end = 0.5 * base + slope * (anxiety - 30) + rng.normal(0, 6, 31)
    return anxiety, end, base


def correlated(rng: np.random.Generator) -> tuple[Floats, Floats]:
    x = rng.normal(0, 1, 31)
    return x, 0.4 * x + np.sqrt(1 - 0.16) * rng.normal(0, 1, 31)


def slope_missed(rng: np.random.Generator) -> bool:
    x, y, base = scores(rng, 0.3)
    found = adjusted_slope(y, x, base[:, np.newaxis])
    return not found.conf_low <= 0.3 <= found.conf_high


def adjusted_missed(rng: np.random.Generator) -> bool:
    base = rng.normal(30, 6, 31)
    group = np.arange(31) < YES
    value = 0.8 * base + 5 * group + rng.normal(0, 5, 31)
    found = adjusted_difference(value, group, base[:, np.newaxis])
    return not found.conf_low <= 5 <= found.conf_high


def partial(method: str) -> Trial:
    return lambda rng: bool(partial_correlation(*scores(rng), method).p_value < LEVEL)


def two_changes(rng: np.random.Generator) -> bool:
    """A change to 4 h and a change to the end, of three scores that are unrelated."""
    base, early, end = rng.normal(32, 6, 31), rng.normal(20, 6, 31), rng.normal(16, 6, 31)
    return bool(pearson(early - base, end - base).p_value < LEVEL)


# --- who left, and arms that are pooled -----------------------------------------------------------


def leavers(handling: str, n: int) -> Trial:
    """Anxiety and response without a link; 21 % leave, the anxious more often."""

    def found(rng: np.random.Generator) -> bool:
        z, responds = rng.normal(0, 1, n), rng.random(n) < YES / 31
        left = rng.random(n) < 1 / (1 + np.exp(-(START + np.log(ODDS) * z)))
        kept = np.ones(n, dtype=bool) if handling == "nri" else ~left
        is_yes = responds & ~left
        return bool(welch(z[kept & is_yes], z[kept & ~is_yes]).p_value < LEVEL)

    return found


def arms(n: int, adjusted: bool) -> Trial:
    """Two arms of n: one raises anxiety by 1 SD and response from 25 to 60 %, without a link."""

    def found(rng: np.random.Generator) -> bool:
        arm = np.repeat([0.0, 1.0], n)
        anxiety = rng.normal(arm, 1)
        responds = rng.random(2 * n) < np.where(arm == 1, 0.6, 0.25)
        if adjusted:
            return bool(adjusted_difference(anxiety, responds, arm[:, np.newaxis]).p_value < LEVEL)
        return bool(welch(anxiety[responds], anxiety[~responds]).p_value < LEVEL)

    return found


# --- six infusions --------------------------------------------------------------------------------


def infusions(rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """Return anxiety at four infusions of 31 subjects that fades by 5 points an infusion.

    No link with response; half of the non-responders stop after the second infusion.
    """
    level, is_yes = rng.normal(30, 8, (31, 1)), np.arange(31) < YES
    anxiety = level - 5 * np.arange(4) + rng.normal(0, 8, (31, 4))
    stops = ~is_yes & (rng.random(31) < 0.5)
    anxiety[stops, 2:] = np.nan
    return anxiety, is_yes


def by_model(measure: str) -> Trial:
    def found(rng: np.random.Generator) -> bool:
        try:
            rows = fit_infusions(*infusions(rng), structure="us")
        except EstimationError:
            return False
        p = rows[measure].p_value  # none where all non-responders stopped: no false positive
        return p is not None and p < LEVEL

    return found


def by_means(rng: np.random.Generator) -> bool:
    anxiety, is_yes = infusions(rng)
    mean = np.nanmean(anxiety, axis=1)
    return bool(welch(mean[is_yes], mean[~is_yes]).p_value < LEVEL)


Cell = tuple[str, str, Trial, str, int]
NONE, APART = "no difference, 17 and 14", "0.8 SD apart, 17 and 14"
UNEQUAL, ZEROS = "twice the spread in 14, no difference", "nearly half are 0, no difference"
SCALES, TWIN = "11 related subscales, no difference", "31 subjects, baseline goes with both"
LEFT = "21 % leave, the anxious more often; no link; {} subjects"
ARMS = "two arms of {}, no link inside either"
COURSE = "four infusions, anxiety fades, half of the non-responders stop; no link"


def cells() -> list[Cell]:
    """Return name, design, one trial, promise, number of trials."""
    exact = {"method": "exact"}
    n = 10_000
    return [
        ("welch", NONE, rejects(welch, normal), "about", n),
        ("welch", UNEQUAL, rejects(welch, unequal), "about", n),
        ("welch", ZEROS, rejects(welch, zeros), "about", n),
        ("interval of welch", APART, misses(welch, apart, 12 * D), "about", n),
        ("mann-whitney-exact", NONE, rejects(mann_whitney, normal, **exact), "at most", n),
        ("mann-whitney-exact", ZEROS, rejects(mann_whitney, zeros, **exact), "at most", n),
        ("brunner-munzel", NONE, rejects(brunner_munzel, normal), "about", n),
        ("brunner-munzel", UNEQUAL, rejects(brunner_munzel, unequal), "about", n),
        ("permutation", NONE, rejects(permutation, normal), "at most", n),
        ("permutation", ZEROS, rejects(permutation, zeros), "at most", n),
        ("interval of hedges-g", NONE, misses(hedges_g, normal, 0.0), "about", n),
        ("interval of hedges-g", APART, misses(hedges_g, apart, D), "about", n),
        (
            "interval of cliffs-delta",
            APART,
            misses(cliffs_delta, apart, 2 * SUPERIOR - 1),
            "about",
            n,
        ),
        ("interval of superiority", APART, misses(superiority, apart, SUPERIOR), "about", n),
        ("BCa bootstrap of hedges-g", APART, bootstrapped, "nothing", n),
        ("equivalence", "difference at the margin, 17 and 14", at_the_margin, "at most", n),
        ("two-part", ZEROS, rejects(two_part, zeros), "about", n),
        ("max-t", SCALES, any_by_max_t, "at most", n),
        ("brunner-munzel, holm", SCALES, any_by("holm"), "nothing", n),
        ("brunner-munzel, bh", SCALES, any_by("bh"), "nothing", n),
        ("brunner-munzel, not adjusted", SCALES, any_by("none"), "trap", n),
        (
            "interval of spearman",
            "true 0.38",
            misses(spearman, correlated, 6 / np.pi * np.arcsin(0.2)),
            "about",
            n,
        ),
        ("partial spearman", TWIN, partial("spearman"), "about", n),
        ("partial pearson", TWIN, partial("pearson"), "exactly", n),
        ("interval of the ANCOVA slope", TWIN, slope_missed, "exactly", n),
        ("interval of the adjusted difference", TWIN, adjusted_missed, "exactly", n),
        ("two changes from one baseline", "31 subjects, unrelated scores", two_changes, "trap", n),
        ("welch, observed cases", LEFT.format(31), leavers("observed", 31), "about", n),
        ("welch, nri", LEFT.format(31), leavers("nri", 31), "trap", n),
        ("welch, observed cases", LEFT.format(100), leavers("observed", 100), "about", n),
        ("welch, nri", LEFT.format(100), leavers("nri", 100), "trap", n),
        ("welch, arms pooled", ARMS.format(31), arms(31, False), "trap", n),
        ("welch, arms pooled", ARMS.format(50), arms(50, False), "trap", n),
        ("linear model with the arm", ARMS.format(31), arms(31, True), "about", n),
        ("mixed model, mean of the infusions", COURSE, by_model("mean"), "about", n),
        ("mixed model, difference of slopes", COURSE, by_model("slopes"), "about", n),
        ("mean over the infusions each had", COURSE, by_means, "trap", n),
        ("pooled t, holm", SCALES, any_pooled("holm"), "at most", n),
        ("pooled t, bh", SCALES, any_pooled("bh"), "at most", n),
        ("pooled t, not adjusted", SCALES, any_pooled("none"), "trap", n),
    ]


def judged(rate: float, error: float, promise: str) -> str:
    return verdict(rate, error, "nothing" if promise == "trap" else promise)


def run(cell: Cell, number: int, trials: int, seed: int = SEED) -> dict[str, Any]:
    """Return the row of one cell."""
    name, design, trial, promise, _ = cell
    rng = np.random.default_rng([seed, number])
    found = sum(trial(rng) for _ in range(trials))
    error = float(np.sqrt(LEVEL * (1 - LEVEL) / trials))
    return {
        "test": name,
        "design": design,
        "trials": trials,
        "rejected": found,
        "rate": round(found / trials, 4),
        "mc_error": round(error, 5),
        "promise": promise,
        "verdict": judged(found / trials, error, promise),
    }


def main() -> None:
    rows = []
    for number, cell in enumerate(cells()):
        rows.append(run(cell, number, cell[-1]))
        print(rows[-1], file=sys.stderr, flush=True)
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
