"""What the simulated trials of mixed_model_trials.csv say: rates with their Monte Carlo errors.

    python benchmarks/mixed_model_rates.py

prints the tables of docs/simulation-mmrm.md, and the numbers of its figure.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

TABLE = Path(__file__).with_name("mixed_model_trials.csv")
REFUSALS = ("singular", "not_converged", "not_identified", "not_estimable")
LEVEL = 0.05
TRUTH = {"same": 0.0, "faster": 0.0, "better": -6.0}
Cell = tuple[str, int, str]  # world, subjects, method


@dataclass(frozen=True)
class Rates:
    """One method in one world and size, over all its trials."""

    trials: int
    refused: int
    rejected: int
    covered: int
    total: float
    squares: float
    errors: float

    @property
    def fitted(self) -> int:
        """Trials with an answer; the rates are of these."""
        return self.trials - self.refused

    @property
    def rejects(self) -> float:
        """Share of trials whose p value is below 0.05."""
        return self.rejected / self.fitted

    @property
    def covers(self) -> float:
        """Share of trials whose 95 % interval holds the truth."""
        return self.covered / self.fitted

    @property
    def mean(self) -> float:
        """Mean of the estimates."""
        return self.total / self.fitted

    @property
    def mean_error(self) -> float:
        """Monte Carlo error of the mean."""
        variance = self.squares / self.fitted - self.mean**2
        return sqrt(variance / self.fitted)

    @property
    def margin(self) -> float:
        """Three Monte Carlo standard errors of a rate that is 5 % (or 95 %)."""
        return 3 * sqrt(LEVEL * (1 - LEVEL) / self.fitted)


def read_rates(path: Path = TABLE) -> dict[Cell, Rates]:
    """Return the sums over the blocks of each cell, in the order of the file."""
    sums: dict[Cell, list[float]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            held = sums.setdefault((row["world"], int(row["n"]), row["method"]), [0.0] * 7)
            refused = sum(int(row[name]) for name in REFUSALS)
            counts = (int(row["trials"]), refused, int(row["rejected"]), int(row["covered"]))
            more = (float(row["sum_estimate"]), float(row["sum_squares"]), float(row["sum_error"]))
            for i, value in enumerate((*counts, *more)):
                held[i] += value
    return {cell: Rates(*map(int, held[:4]), *held[4:]) for cell, held in sums.items()}


def table(rates: dict[Cell, Rates], world: str, n: int) -> list[str]:
    """Return the Markdown rows of one world and size."""
    found = "finds a difference" if TRUTH[world] else "finds one that is not there"
    lines = [
        f"| method | {found}, % | interval holds the truth, % | bias, points | refused |",
        "|---|---|---|---|---|",
    ]
    for (where, size, method), rate in rates.items():
        if (where, size) == (world, n):
            bias = f"{rate.mean - TRUTH[world]:+.2f}".replace("-0.00", "+0.00").replace("-", "−")
            lines.append(
                f"| {method} | {100 * rate.rejects:.2f} | {100 * rate.covers:.2f} "
                f"| {bias} ({rate.mean_error:.2f}) | {rate.refused} |"
            )
    return lines


def figure_numbers(rates: dict[Cell, Rates]) -> list[str]:
    """Return the lines of the page's block that hold what the figure draws: coverage, %."""
    methods = dict.fromkeys(method for _, _, method in rates)
    cells = dict.fromkeys((world, n) for world, n, _ in rates)
    return [
        f'    "{method}": {[round(100 * rates[(*cell, method)].covers, 2) for cell in cells]},'
        for method in methods
    ]


if __name__ == "__main__":
    known = read_rates()
    for where, subjects in dict.fromkeys((world, n) for world, n, _ in known):
        print(f"\n### {where}, {subjects} subjects\n", *table(known, where, subjects), sep="\n")
    print("", *figure_numbers(known), sep="\n")
