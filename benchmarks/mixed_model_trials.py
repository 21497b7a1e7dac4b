"""How often does the mixed model err, and how often a carried score? A simulation of 60,000 trials.

    PYTHONPATH=. python benchmarks/mixed_model_trials.py --workers 2

writes mixed_model_trials.csv beside itself, the same bytes for any number of workers;
docs/simulation-mmrm.md tells what came out. What follows was fixed before the first trial was run.

A trial has two arms of equal size and scores of depression (MADRS, points) at a baseline of mean 32
and deviation 5 and at four visits after it. The change from baseline is normal: a mean for the arm
and visit, minus 0.3 for each point of baseline above 32, with deviations of 8, 9, 9.5 and 10 points
and correlations of 0.5 + 0.5 * 0.6 ** (visits apart). After each visit but the last a subject
leaves for good with the odds exp(-2.2 + 0.08 * (score - 20)) of the score at that visit: those who
are ill leave, nothing else counts (missing at random), and nearly one in three is gone at the end.
What is tested is the difference at the last visit, in three worlds (`WORLDS`):

- same: the arms have the same course.
- faster: the drug works within a day and placebo within four weeks, so that they meet at the last
  visit. Scores that are carried forward come from earlier visits, more often in the arm that was
  worse there: they must show a difference that is not there.
- better: the drug is better by 6 points at the last visit, and earlier too.

The mixed model is fitted by the kernels of `fit_mmrm` and tested in four ways; a fit that is
refused is counted with its reason and enters no rate. Beside it stand two analyses of covariance
of the last visit: of the last score carried forward, and of the scores that were observed.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from ketanalysis.errors import EstimationError
from ketanalysis.mmrm.covariance import STRUCTURES
from ketanalysis.mmrm.inference import inference
from ketanalysis.mmrm.likelihood import Model
from ketanalysis.mmrm.newton import maximise
from ketanalysis.mmrm.patterns import Records, summed

Floats = NDArray[np.float64]

SEED = 20_260_401
TRIALS = 10_000
BLOCK = 250  # trials of one row of the file
SIZES = (30, 150)
VISITS = 4
WORLDS = {  # mean change of the placebo arm and of the drug arm at the visits
    "same": ((-8, -11, -13, -15), (-8, -11, -13, -15)),
    "faster": ((-6, -9, -12, -15), (-14, -15, -15, -15)),
    "better": ((-6, -9, -12, -14), (-14, -16, -18, -20)),
}
SD = np.array([8.0, 9.0, 9.5, 10.0])
APART = np.abs(np.subtract.outer(np.arange(VISITS), np.arange(VISITS)))
FACTOR = np.linalg.cholesky(np.outer(SD, SD) * (0.5 + 0.5 * 0.6**APART))
MIXED = ("kenward-roger-linear", "kenward-roger", "satterthwaite", "between-within")
METHODS = (*(f"mixed model, {df}" for df in MIXED), "last score carried forward", "observed scores")
REASONS = {  # how a refusal begins, and the column that counts it
    "The covariance of the visits is estimated as singular": "singular",
    "The fit with a covariance": "not_converged",
    "The data cannot tell all": "not_identified",
    "The information on the covariance": "not_identified",
}
COUNTS = ("singular", "not_converged", "not_identified", "not_estimable")
TABLE = Path(__file__).with_suffix(".csv")


@dataclass(frozen=True)
class SimulatedTrial:
    """One trial: baseline (n,), arm (n,), 0 or 1, change (n, visits), NaN after leaving."""

    base: Floats
    arm: NDArray[np.int64]
    change: Floats


@dataclass(frozen=True)
class Found:
    """The difference of the arms at the last visit by one method, or why there is none."""

    estimate: float = np.nan
    std_error: float = np.nan
    df: float = np.nan
    refused: str = ""

    def excludes(self, difference: float) -> bool:
        """Whether the 95 % interval leaves a difference out."""
        return bool(abs(self.estimate - difference) > stdtrit(self.df, 0.975) * self.std_error)


def truth(world: str) -> float:
    """Return the difference of the arms at the last visit, drug minus placebo."""
    placebo, drug = WORLDS[world]
    return float(drug[-1] - placebo[-1])


def simulate(world: str, n: int, trial: int) -> SimulatedTrial:
    """Return one trial; its numbers depend on its own place alone."""
    random = np.random.default_rng([SEED, list(WORLDS).index(world), n, trial])
    arm = np.arange(n) % 2
    base = 32 + 5 * random.standard_normal(n)
    noise = random.standard_normal((n, VISITS)) @ FACTOR.T
    change = np.asarray(WORLDS[world], dtype=np.float64)[arm] - 0.3 * (base - 32)[:, None] + noise
    score = base[:, None] + change[:, :-1]
    leaves = random.random((n, VISITS - 1)) < 1 / (1 + np.exp(2.2 - 0.08 * (score - 20)))
    gone = np.column_stack([np.zeros(n, dtype=bool), np.cumsum(leaves, axis=1) > 0])
    return SimulatedTrial(base, arm, np.where(gone, np.nan, change))


def estimates(trial: SimulatedTrial) -> list[Found]:
    """Return what each method finds, in the order of METHODS."""
    last = trial.change[:, -1]
    seen = ~np.isnan(trial.change)
    place = VISITS - 1 - np.argmax(seen[:, ::-1], axis=1)
    carried = trial.change[np.arange(len(last)), place]
    stays = seen[:, -1]
    return [
        *mixed(trial),
        covariance_analysis(trial.base, trial.arm, carried),
        covariance_analysis(trial.base[stays], trial.arm[stays], last[stays]),
    ]


def mixed(trial: SimulatedTrial) -> list[Found]:
    """Fit CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID) by the kernels of `fit_mmrm`."""
    t = design_map()
    z = np.column_stack([np.ones(len(trial.base)), trial.base, trial.arm])
    records = Records(trial.change, z, t, np.zeros(len(z), dtype=np.int64))
    patterns, subjects = summed(records, by_visit_scale=True)
    contrast = t[-1, 2][None, :]  # what the arm adds at the last visit
    model = Model(patterns, STRUCTURES["us"], is_restricted=True)
    try:
        maximum = maximise(model)
        found = []
        for df in MIXED:
            known = inference(model, maximum, subjects, df=df, vcov="model")
            test = known.single(contrast)[0]
            if test.estimate is None or test.std_error is None or test.df is None:
                return [Found(refused="not_estimable")] * len(MIXED)
            found.append(Found(test.estimate, test.std_error, test.df))
    except EstimationError as error:
        return [Found(refused=reason(error))] * len(MIXED)
    return found


def reason(error: EstimationError) -> str:
    """Return the column that counts a refusal; one that is not known stops the simulation."""
    return next(column for begins, column in REASONS.items() if str(error).startswith(begins))


def design_map() -> Floats:
    """Return the map of constant, baseline and arm to the columns of R's design, (m, 3, p)."""
    m = VISITS
    t = np.zeros((m, 3, 3 * m))
    t[:, 0, 0] = t[:, 1, 1] = t[:, 2, m + 1] = 1
    for visit in range(1, m):
        t[visit, 0, 1 + visit] = t[visit, 1, m + 1 + visit] = t[visit, 2, 2 * m + visit] = 1
    return t


def covariance_analysis(base: Floats, arm: NDArray[np.int64], change: Floats) -> Found:
    """Return the difference of the arms adjusted for baseline, by least squares."""
    x = np.column_stack([np.ones(len(base)), base - base.mean(), arm])
    df = len(x) - 3
    if df < 1 or len(set(arm.tolist())) < 2:
        return Found(refused="not_estimable")
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ (x.T @ change)
    residual = change - x @ beta
    error = np.sqrt(residual @ residual / df * inverse[2, 2])
    return Found(float(beta[2]), float(error), float(df))


def block(place: tuple[str, int, int]) -> list[dict[str, object]]:
    """Return one row a method for the trials of one block: world, size, number of the block."""
    world, n, number = place
    trials = range(number * BLOCK, (number + 1) * BLOCK)
    found = [estimates(simulate(world, n, trial)) for trial in trials]
    return [
        {"world": world, "n": n, "block": number, "method": method} | summary(of_method, world)
        for method, of_method in zip(METHODS, zip(*found, strict=True), strict=True)
    ]


def summary(found: tuple[Found, ...], world: str) -> dict[str, object]:
    """Return the counts of one method, and its sums to six decimals."""
    fitted = [one for one in found if not one.refused]
    values = np.array([one.estimate for one in fitted])
    return {
        "trials": len(found),
        **{name: sum(one.refused == name for one in found) for name in COUNTS},
        "rejected": sum(one.excludes(0) for one in fitted),
        "covered": sum(not one.excludes(truth(world)) for one in fitted),
        "sum_estimate": f"{values.sum():.6f}",
        "sum_squares": f"{(values**2).sum():.6f}",
        "sum_error": f"{sum(one.std_error for one in fitted):.6f}",
    }


def places() -> list[tuple[str, int, int]]:
    """Return the blocks in the order of the file."""
    return list(itertools.product(WORLDS, SIZES, range(TRIALS // BLOCK)))


def run(workers: int) -> Iterator[dict[str, object]]:
    """Yield the rows of the file; each block is the work of one process."""
    if workers == 1:
        yield from itertools.chain.from_iterable(map(block, places()))
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from itertools.chain.from_iterable(pool.map(block, places()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=1, help="processes (default 1)")
    parser.add_argument("--out", type=Path, default=TABLE, help="file (default beside this one)")
    asked = parser.parse_args()
    with asked.out.open("w", encoding="utf-8", newline="") as file:
        rows = run(asked.workers)
        first = next(rows)
        writer = csv.DictWriter(file, list(first), lineterminator="\n")
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
