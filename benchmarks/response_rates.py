"""Response rates by arm and visit with Wilson intervals: observed, LOCF and NRI."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from contest import (
    Contender,
    Goal,
    Runs,
    Section,
    memory_ratio,
    ratio,
    run_once,
    table,
    take_turns,
)
from simulated_scores import VISITS, write_scores

OURS = "ketanalysis"
PANDAS = ("pandas, grouped", "pandas, pivoted")
DATA_TABLE = ("data.table, grouped", "data.table, ungrouped")
TINY = 1000
GOAL_SIZE = 1_000_000
NO_GOALS = f"The goals are for {GOAL_SIZE:,} subjects: `--size {GOAL_SIZE}`."
TOLERANCE = 1e-12  # of a proportion: all take Wilson's closed form, so only rounding differs


def run(size: int, rounds: int, repeats: int, orders: tuple[str, ...]) -> list[Section]:
    """Return a section for each order of the rows."""
    with tempfile.TemporaryDirectory(prefix="ketanalysis-bench-") as made:
        data, tiny = Path(made) / "data", Path(made) / "tiny"
        for folder, n in ((data, size), (tiny, min(size, TINY))):
            folder.mkdir()
            write_scores(folder, n)
            for order in orders:
                prepare_r(folder / order)
        return [one_order(data / order, tiny / order, size, rounds, repeats) for order in orders]


def prepare_r(path: Path) -> None:
    """R reads its own files, as it would not read Parquet by itself; reading is not timed."""
    csv, rds = path.with_suffix(".csv"), path.with_suffix(".rds")
    run_once(Contender.r("reading into R", "peer_data_table.R", "prepare", csv, rds))
    csv.unlink()


def contenders(data: Path, tiny: Path, repeats: int) -> list[Contender]:
    parquet = (data.with_suffix(".parquet"), tiny.with_suffix(".parquet"), repeats)
    rds = (data.with_suffix(".rds"), tiny.with_suffix(".rds"), repeats)
    return [
        Contender.python(OURS, "our_rates.py", *parquet),
        Contender.python(PANDAS[0], "peer_pandas.py", "grouped", *parquet),
        Contender.python(PANDAS[1], "peer_pandas.py", "pivoted", *parquet),
        Contender.python("plain polars", "peer_polars.py", *parquet),
        Contender.r(DATA_TABLE[0], "peer_data_table.R", "grouped", *rds),
        Contender.r(DATA_TABLE[1], "peer_data_table.R", "ungrouped", *rds),
    ]


def one_order(data: Path, tiny: Path, size: int, rounds: int, repeats: int) -> Section:
    runs = take_turns(contenders(data, tiny, repeats), rounds)
    lines, failures = table(runs, OURS, differs)
    heading = f"Response rates, {size:,} subjects × {len(VISITS)} visits, {data.name} rows"
    spread = f"Medians of {rounds} rounds (least to most)."
    told = [f"- {goal}" for goal in goals(runs)] if size >= GOAL_SIZE else [NO_GOALS]
    return Section(heading, (spread, "", *lines, "", *told), tuple(failures))


def goals(runs: dict[str, Runs]) -> list[Goal]:
    """Return the goals for every form of a peer; those of a peer that did not run are left out."""
    ours = runs[OURS]
    found = [
        Goal(f"at least 10 × {name}", ratio(runs[name].seconds, ours.seconds).median, 10)
        for name in (*PANDAS, *DATA_TABLE)
        if not runs[name].not_run
    ]
    for name in PANDAS:
        memory = memory_ratio(runs[name], ours)
        if memory is not None:
            text = f"memory under half of that of {name}"
            found.append(Goal(text, 1 / memory.median, 0.5, at_least=False))
    return found


def differs(ours: list[list[Any]], theirs: list[list[Any]]) -> str:
    """Return the first difference: counts must be equal, proportions within the tolerance."""
    by_key = {tuple(row[:3]): row[3:] for row in theirs}
    if len(by_key) != len(ours):
        return f"{len(by_key)} rows, not {len(ours)}"
    for row in ours:
        key, mine = tuple(row[:3]), row[3:]
        other = by_key.get(key)
        if other is None:
            return f"no row {key}"
        if mine[:2] != other[:2]:
            return f"counts of {key}: {other[:2]}, not {mine[:2]}"
        if any(abs(a - b) > TOLERANCE for a, b in zip(mine[2:], other[2:], strict=True)):
            return f"rate or interval of {key}: {other[2:]}, not {mine[2:]}"
    return ""
