"""How often do the tests find a difference where there is none, with 17 against 14 subjects?

Writes type_one_error.csv beside itself: python -m tests.simulation.type_one_error
The trials are vectorised over scipy's tests; the first trials of every design are run through
ketanalysis as well; nothing is written unless both give the same p values.
A rate is judged at three Monte Carlo standard errors, against what the test promises there:
0.05 where its null hypothesis holds as written, at most 0.05 where the scores are discrete or
skewed, and nothing where the hypothesis it tests (no difference in distribution) is false.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ketanalysis.groups.mann_whitney import mann_whitney
from ketanalysis.groups.two_samples import student, welch

SEED = 20_031
TRIALS = 10_000
CHECKED = 50
N_A, N_B = 17, 14
LEVEL = 0.05
SAME_P = 1e-12  # two programs, one formula
TABLE = Path(__file__).with_suffix(".csv")

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]


def normal(sd: float) -> Draw:
    return lambda rng, shape: rng.normal(20, sd, shape)


def skewed(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    return rng.lognormal(2, 0.8, shape)


def zero_heavy(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Return ratings of 0 to 100 in tens, nearly half of them 0: few values, many ties."""
    return np.where(rng.random(shape) < 0.45, 0, np.ceil(10 * rng.beta(1, 2, shape)) * 10)


# A design: how both groups are drawn, and what Welch, Student and Mann-Whitney promise there.
DESIGNS: dict[str, tuple[Draw, Draw, tuple[str, str, str]]] = {
    "normal, equal spread": (normal(8), normal(8), ("exactly", "exactly", "exactly")),
    "normal, smaller group twice the spread": (
        normal(5),
        normal(10),
        ("exactly", "nothing", "nothing"),
    ),
    "skewed (lognormal)": (skewed, skewed, ("at most", "at most", "exactly")),
    "zero-heavy ratings": (zero_heavy, zero_heavy, ("at most", "at most", "at most")),
}


def p_values(test: str, a: Floats, b: Floats) -> Floats:
    """Return one p value a trial; `a` and `b` have one row a trial."""
    if test == "mann-whitney":
        return stats.mannwhitneyu(a, b, method="asymptotic", axis=1).pvalue
    return stats.ttest_ind(a, b, equal_var=test == "student", axis=1).pvalue


OURS: dict[str, Callable[[Floats, Floats], Any]] = {
    "welch": welch,
    "student": student,
    "mann-whitney": mann_whitney,
}


def verdict(rate: float, error: float, promise: str) -> str:
    """Judge a rate at three Monte Carlo standard errors."""
    if promise == "nothing":
        return "not judged"
    too_high = rate > LEVEL + 3 * error
    too_low = promise == "exactly" and rate < LEVEL - 3 * error
    return "broken" if too_high or too_low else "kept"


def simulate(trials: int, seed: int = SEED) -> list[dict[str, Any]]:
    """Return one row a design and test."""
    rows = []
    for number, (design, (draw_a, draw_b, promises)) in enumerate(DESIGNS.items()):
        rng = np.random.default_rng([seed, number])
        a, b = draw_a(rng, (trials, N_A)), draw_b(rng, (trials, N_B))
        for test, promise in zip(OURS, promises, strict=True):
            p = p_values(test, a, b)
            rate = float(np.mean(p < LEVEL))
            error = float(np.sqrt(LEVEL * (1 - LEVEL) / trials))
            ours = np.array([OURS[test](a[i], b[i]).p_value for i in range(CHECKED)])
            rows.append(
                {
                    "design": design,
                    "test": test,
                    "n_a": N_A,
                    "n_b": N_B,
                    "trials": trials,
                    "rejected": int(np.sum(p < LEVEL)),
                    "rate": round(rate, 4),
                    "mc_error": round(error, 5),
                    "promise": promise,
                    "verdict": verdict(rate, error, promise),
                    "largest_difference": float(np.max(np.abs(ours - p[:CHECKED]))),
                }
            )
    return rows


def main() -> None:
    rows = simulate(TRIALS)
    worst = max(row.pop("largest_difference") for row in rows)
    if worst > SAME_P:
        raise SystemExit(f"ketanalysis and scipy differ by {worst:.1e} in a p value")
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
