"""Cumulative incidence of two competing events in one group, and Cox's model of one of them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from contest import Contender, Goal, Runs, Section, ratio, table, take_turns

OURS = "ketanalysis"
ARRAYS = "ketanalysis, arrays"
CUMINC, LIFELINES_AJ = "R cmprsk::cuminc", "lifelines AalenJohansen"
COXPH, LIFELINES_COX = "R survival::coxph", "lifelines CoxPH"
TINY = 300
SEED = 20_240_302
TOLERANCE = {"incidence": 1e-9, "cox": 1e-6}  # the Newton steps of the peers stop at about 1e-7


def run(size: int, rounds: int) -> list[Section]:
    """Return both parts: incidences, and a model."""
    return [incidences(size, rounds), models(size, rounds)]


def incidences(size: int, rounds: int) -> Section:
    """Compare shares at ten times. No ties: lifelines would move them apart at random."""
    with tempfile.TemporaryDirectory(prefix="ketanalysis-bench-") as folder:
        data, tiny = written(Path(folder), size, is_tied=False)
        runs = take_turns(
            [
                Contender.python(OURS, "our_competing_events.py", "incidence", data, tiny, 5),
                Contender.python(ARRAYS, "our_competing_events.py", "arrays", data, tiny, 5),
                Contender.python(LIFELINES_AJ, "peer_lifelines_competing.py", data, tiny, 1),
                Contender.r(CUMINC, "peer_cuminc.R", *in_csv(data, tiny), 5),
            ],
            rounds,
        )
    heading = f"Cumulative incidence, {size:,} subjects, no ties"
    return section(heading, runs, rounds, "incidence")


def models(size: int, rounds: int) -> Section:
    """Compare the coefficients of an arm and an age, Efron's ties, whole days."""
    with tempfile.TemporaryDirectory(prefix="ketanalysis-bench-") as folder:
        data, tiny = written(Path(folder), size, is_tied=True)
        runs = take_turns(
            [
                Contender.python(OURS, "our_competing_events.py", "cox", data, tiny, 3),
                Contender.python(LIFELINES_COX, "peer_lifelines_cox.py", data, tiny, 1),
                Contender.r(COXPH, "peer_coxph.R", *in_csv(data, tiny), 3),
            ],
            rounds,
        )
    return section(f"Cox model, {size:,} subjects, 365 days", runs, rounds, "cox")


def section(heading: str, runs: dict[str, Runs], rounds: int, what: str) -> Section:
    """Return what a part says: the table, and whether nobody was quicker."""
    lines, failures = table(runs, OURS, lambda ours, theirs: differs(ours, theirs, what))
    goals = [
        Goal(f"no slower than {name}", ratio(one.seconds, runs[OURS].seconds).median, 1)
        for name, one in runs.items()
        if name not in (OURS, ARRAYS) and not one.not_run
    ]
    spread = f"Medians of {rounds} rounds (least to most)."
    told = [f"- {goal}" for goal in goals]
    return Section(heading, (spread, "", *lines, "", *told), tuple(failures))


def in_csv(*paths: Path) -> list[Path]:
    """Return the files as R reads them."""
    return [path.with_suffix(".csv") for path in paths]


def written(folder: Path, size: int, *, is_tied: bool) -> tuple[Path, Path]:
    """Write the data and their first rows, as Parquet for Python and CSV for R."""
    random = np.random.default_rng(SEED)
    arm = np.arange(size) % 2
    age = random.integers(20, 66, size)
    relapse = random.exponential(200 / np.exp(-0.4 * arm + 0.01 * (age - 40)))
    infusion = random.exponential(300, size)
    left = random.uniform(1, 548, size).clip(1, 365 if is_tied else None)
    time = np.minimum(np.minimum(relapse, infusion), left)
    code = np.where(time == left, 0, np.where(relapse <= infusion, 1, 2))
    if not is_tied:  # and no two times so near that they count as one
        time = (np.argsort(np.argsort(time)) + 1) * (365 / size)
    frame = pl.DataFrame(
        {
            "TRT01P": pl.Series(np.where(arm == 1, "ketamine", "midazolam")),
            "AGE": age,
            "AVAL": np.ceil(time) if is_tied else time,
            "event_code": code,
        },
        schema_overrides={"TRT01P": pl.Enum(["midazolam", "ketamine"])},
    )
    data, tiny = folder / "data.parquet", folder / "tiny.parquet"
    for path, rows in ((data, frame), (tiny, frame.head(TINY))):
        rows.write_parquet(path)
        rows.write_csv(path.with_suffix(".csv"))
    return data, tiny


def differs(ours: list[float], theirs: list[float], what: str) -> str:
    """Return the first difference of two answers; nothing where they agree."""
    if len(ours) != len(theirs):
        return f"{len(theirs)} numbers, not {len(ours)}"
    for mine, other in zip(ours, theirs, strict=True):
        if abs(mine - other) > TOLERANCE[what]:
            return f"{other}, not {mine}"
    return ""
