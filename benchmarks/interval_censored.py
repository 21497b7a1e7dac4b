"""The non-parametric estimate of interval-censored times: visits in whole days, and any time."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from contest import Contender, Goal, Runs, Section, ratio, table, take_turns

OURS = "ketanalysis, arrays"
CALL = "ketanalysis"
LIFELINES = "lifelines"
SURVFIT = "R survival::survfit"
ICENREG = "R icenReg::ic_np"
SIZES = (500, 10_000)
MANY = 10_000
PLANNED = (7, 14, 28, 42, 56, 70, 84)
SEED = 20_241_105
TOLERANCE = 0.002  # of a share: the peers stop while the likelihood still rises


def run(rounds: int) -> list[Section]:
    return [one(size, kind, rounds) for size in SIZES for kind in ("at visits", "at any time")]


def one(size: int, kind: str, rounds: int) -> Section:
    with tempfile.TemporaryDirectory(prefix="ketanalysis-bench-") as folder:
        data, tiny = Path(folder, "data.csv"), Path(folder, "tiny.csv")
        write_intervals(data, size, kind)
        write_intervals(tiny, 40, kind)
        few = 1 if size >= MANY else 5
        given = (data, tiny)
        contenders = [
            Contender.python(OURS, "our_interval_censored.py", "arrays", *given, 15),
            Contender.python(CALL, "our_interval_censored.py", "call", *given, 15),
            Contender.r(ICENREG, "peer_interval_censored.R", "icenReg", *given, 15),
        ]
        if kind == "at visits" or size < MANY:  # both write out a matrix of subjects by intervals
            lifelines, r = "peer_lifelines_interval.py", "peer_interval_censored.R"
            contenders.append(Contender.python(LIFELINES, lifelines, *given, few))
            if kind == "at visits":  # minutes otherwise
                contenders.append(Contender.r(SURVFIT, r, "survfit", *given, few))
        runs = take_turns(contenders, rounds)
    lines, failures = table(runs, OURS, differs)
    told = [f"- {goal}" for goal in goals(runs, size)]
    spread = (
        f"Medians of {rounds} rounds (least to most). Ours stop where the conditions of a maximum "
        f"hold to 1e-10; numbers agree where no share differs by more than {TOLERANCE:g}."
    )
    heading = f"Interval-censored estimate, {size:,} subjects, seen {kind}"
    return Section(heading, (spread, "", *lines, "", *told), tuple(failures))


def write_intervals(path: Path, n: int, kind: str) -> None:
    """Write the last time without and the first with the event; infinite where not seen."""
    random = np.random.default_rng([SEED, n])
    event = random.exponential(60, n)
    if kind == "at visits":
        visits = np.array(PLANNED) + random.integers(-1, 4, (n, len(PLANNED)))
        visits = np.where(random.random(visits.shape) < 0.1, np.nan, visits)
    else:
        visits = np.cumsum(random.exponential(14, (n, len(PLANNED))), axis=1)
    before = np.where(visits < event[:, None], visits, 0.0)
    after = np.where(visits >= event[:, None], visits, np.inf)
    frame = pl.DataFrame(
        {
            "USUBJID": [f"KET-{i:06d}" for i in range(n)],
            "low": np.nanmax(before, axis=1, initial=0.0),
            "high": np.nanmin(after, axis=1, initial=np.inf),
        }
    )
    frame.write_csv(path)


def goals(runs: dict[str, Runs], size: int) -> list[Goal]:
    wanted = {
        LIFELINES: (300.0 if size >= MANY else 1.0, "{:g} x as quick as {}"),
        SURVFIT: (1.0, "no slower than {1}"),
        ICENREG: (1.0 if size >= MANY else 0.5, "at least {:g} x as quick as {}"),
    }
    return [
        Goal(words.format(least, name), ratio(runs[name].seconds, runs[OURS].seconds).median, least)
        for name, (least, words) in wanted.items()
        if name in runs and not runs[name].not_run
    ]


def differs(ours: list[float], theirs: list[float]) -> str:
    """Return the largest difference of survival at the ends of the intervals, if it is one."""
    worst = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    return f"shares differ by {worst:.2g}" if worst > TOLERANCE else ""
