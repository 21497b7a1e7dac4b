"""Relapse rows from scores and infusions: who relapses when, and until when the others did not.

Entered are responders of day 14; relapse is a MADRS of at least 22 at two assessments in a row,
dated at the first; the clock starts at the last infusion.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from contest import Contender, Goal, Runs, Section, ratio, run_once, table, take_turns
from simulated_courses import VISITS, write_courses

OURS = "ketanalysis"
PANDAS = ("pandas, grouped", "pandas, pivoted")
DATA_TABLE = ("data.table, grouped", "data.table, ungrouped")
TINY = 1000
GOAL_SIZE = 1_000_000
GOALS = {PANDAS[0]: 5, PANDAS[1]: 5, DATA_TABLE[0]: 8, DATA_TABLE[1]: 8}
TOLERANCE = 1e-9  # of a sum of days, which each adds up in another order


def run(size: int, rounds: int, repeats: int) -> Section:
    with tempfile.TemporaryDirectory(prefix="ketanalysis-bench-") as made:
        data, tiny = Path(made) / "data", Path(made) / "tiny"
        for folder, n in ((data, size), (tiny, min(size, TINY))):
            folder.mkdir()
            write_courses(folder, n)
            run_once(Contender.r("reading into R", R_PEER, "prepare", folder))
        given = (data, tiny, repeats)
        runs = take_turns(
            [
                Contender.python(OURS, "our_relapse.py", *given),
                Contender.python(PANDAS[0], PANDAS_PEER, "grouped", *given),
                Contender.python(PANDAS[1], PANDAS_PEER, "pivoted", *given),
                Contender.r(DATA_TABLE[0], R_PEER, "grouped", *given),
                Contender.r(DATA_TABLE[1], R_PEER, "ungrouped", *given),
            ],
            rounds,
        )
    lines, failures = table(runs, OURS, differs)
    told = [f"- {goal}" for goal in goals(runs)]
    if size < GOAL_SIZE:
        told = [f"The goals are for {GOAL_SIZE:,} subjects: `--size {GOAL_SIZE}`."]
    heading = f"Relapse rows, {size:,} subjects × {len(VISITS)} visits"
    spread = f"Medians of {rounds} rounds of {repeats} repetitions (least to most)."
    return Section(heading, (spread, "", *lines, "", *told), tuple(failures))


R_PEER, PANDAS_PEER = "peer_data_table_relapse.R", "peer_pandas_relapse.py"


def goals(runs: dict[str, Runs]) -> list[Goal]:
    """Return the goals for every form of a peer; those of a peer that did not run are left out."""
    return [
        Goal(
            f"at least {times} × {name}",
            ratio(runs[name].seconds, runs[OURS].seconds).median,
            times,
        )
        for name, times in GOALS.items()
        if not runs[name].not_run
    ]


def differs(ours: list[float], theirs: list[float]) -> str:
    """Return the first difference: subjects, relapses, days until relapse, days of the others."""
    names = ("subjects", "relapses", "days until relapse", "days without")
    for name, mine, other in zip(names, ours, theirs, strict=True):
        if abs(mine - other) > TOLERANCE * abs(mine):
            return f"{name}: {other}, not {mine}"
    return ""
