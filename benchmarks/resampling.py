"""Bootstrap (BCa, Hedges g) and permutation of two means: 10,000 resamples of 31 or 500."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from contest import Contender, Goal, Runs, Section, ratio, table, take_turns

OURS, SCIPY, PINGOUIN = "ketanalysis", "scipy, vectorised", "pingouin"
SIZES = {31: (17, 50.0), 500: (250, 12.0)}  # subjects: in the first group, goal against pingouin
SEED = 20_190_222
# Two bootstraps of 10,000 differ by chance: the ends of an interval of g by about 0.02.
ESTIMATE, BY_CHANCE = 1e-9, 0.08


def run(rounds: int, repeats: int) -> list[Section]:
    return [one(n, task, rounds, repeats) for task in ("bootstrap", "permutation") for n in SIZES]


def one(n: int, task: str, rounds: int, repeats: int) -> Section:
    size, wanted = SIZES[n]
    with tempfile.TemporaryDirectory(prefix="ketanalysis-bench-") as folder:
        data = Path(folder, "scores.parquet")
        write_scores(data, n, size)
        given = (data, data, repeats)
        contenders = [
            Contender.python(OURS, "our_resampling.py", task, *given),
            Contender.python(SCIPY, "peer_resampling.py", f"{task} scipy", *given),
        ]
        if task == "bootstrap":
            again = (data, data, max(1, repeats // 10))
            contenders.append(
                Contender.python(PINGOUIN, "peer_resampling.py", f"{task} pingouin", *again)
            )
        runs = take_turns(contenders, rounds)
    lines, failures = table(runs, OURS, differs)
    spread = f"Medians of {rounds} rounds of {repeats} repetitions (least to most)."
    told = [f"- {goal}" for goal in goals(runs, wanted)]
    what = "BCa bootstrap of Hedges g" if task == "bootstrap" else "Permutation of two means"
    heading = f"{what}, 10,000 resamples, {n} subjects"
    return Section(heading, (spread, "", *lines, "", *told), tuple(failures))


def write_scores(path: Path, n: int, size: int) -> None:
    """Write scores of two groups, with so many decimals that no sum can be counted exactly."""
    random = np.random.default_rng(SEED)
    group = np.repeat([1, 0], [size, n - size])
    value = random.normal(30, 12, n) - 5.0 * group
    pl.DataFrame({"GROUP": group, "VALUE": value}).write_parquet(path)


def goals(runs: dict[str, Runs], wanted: float) -> list[Goal]:
    def over(name: str) -> float:
        return ratio(runs[name].seconds, runs[OURS].seconds).median

    found = [Goal("no slower than scipy", over(SCIPY), 1)]
    if PINGOUIN in runs:
        found.append(Goal(f"{wanted:g} times pingouin", over(PINGOUIN), wanted))
    return found


def differs(ours: list[float], theirs: list[float]) -> str:
    """Return the first difference: the estimate exactly, the rest as chance allows."""
    if abs(ours[0] - theirs[0]) > ESTIMATE:
        return f"estimate {theirs[0]:g}, not {ours[0]:g}"
    for mine, other in zip(ours[1:], theirs[1:], strict=True):
        if abs(mine - other) > BY_CHANCE:
            return f"{other:g}, not {mine:g}"
    return ""
