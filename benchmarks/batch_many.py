"""Memory and bytes of a batch of many small studies: python benchmarks/batch_many.py OUT.md [...].

Run by hand: `studies=500`, `template=data_check`, `jobs=1,4`, `recycle=50`, `bad=1,50,500`.
Each of `jobs` is one run; the memory of parent and workers is written down on the way, and the
bytes of the runs are compared. Then as many studies as `bad` says are spoiled, each in one of four
ways, and the bytes of the others are compared with those of the first run.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

import ketanalysis as ka
from ketanalysis.batch.naming import folder_name
from ketanalysis.batch.tree import SUMMARY, batch_hashes

DEFAULTS = {
    "studies": "500",
    "template": "data_check",
    "jobs": "1,4",
    "recycle": "50",
    "bad": "1,50,500",
}
PLAN = ka.Plan(
    scale="MADRS", visit="d14", missing=("observed",), response=ka.Response(at_least=0.5)
)
VISITS = {"0h": 0, "d1": 24, "d7": 168, "d14": 336}


def make_studies(folder: Path, count: int) -> list[Path]:
    """Write small studies of two arms, each with other scores and other subjects."""
    return [_write(folder / f"study-{number:03}", number) for number in range(count)]


def _write(folder: Path, number: int) -> Path:
    chance, n = random.Random(number), 12 + number % 8
    scores = {f"madrs_{visit}": [chance.randint(6, 34) for _ in range(n)] for visit in VISITS}
    scores["madrs_0h"] = [30 + chance.randint(0, 8) for _ in range(n)]
    arms = ["placebo" if i % 2 else "ketamine" for i in range(n)]
    frame = pl.DataFrame({"id": [f"{i:02}" for i in range(n)], "arm": arms, **scores})
    trial = ka.as_trial(
        frame,
        subject="id",
        arm="arm",
        arms=["placebo", "ketamine"],
        wide={"MADRS": "madrs_{visit}"},
        visits=VISITS,
        baseline_visit="0h",
    )
    return ka.write_study(folder, trial, PLAN, f"Trial {number}")


def spoil(study: Path, number: int) -> None:
    """Spoil a study: a score that cannot be, half a file, no plan, a file that is gone."""
    scores = study / "data" / "adqs.parquet"
    if number % 4 == 0:
        pl.read_parquet(scores).with_columns(AVAL=pl.col("AVAL") + 60).write_parquet(scores)
    elif number % 4 == 1:
        scores.write_bytes(scores.read_bytes()[:500])
    elif number % 4 == 2:
        (study / "study.toml").unlink()
    else:
        (study / "data" / "adsl.parquet").unlink()


class Memory:
    """What parent and workers hold, in MB: the largest worker since the mark before."""

    def __init__(self, marks: list[int]) -> None:
        self.marks = marks
        self.found: dict[int, tuple[float, float]] = {}
        self._ended, self._largest = 0, 0.0

    def __call__(self, study: str, status: str) -> None:
        self._ended += 1
        self._largest = max([self._largest, *map(_megabytes, _children())])
        if self._ended in self.marks:
            self.found[self._ended] = (_megabytes("self"), self._largest)
            self._largest = 0.0


def _children() -> Iterator[str]:
    for path in Path("/proc/self/task").glob("*/children"):
        yield from path.read_text().split()


def _megabytes(process: str) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0  # a worker that ended meanwhile
    lines = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def main(report: str, *asked: str) -> None:
    """Run all and write the tables, a line as soon as it is known."""
    options = DEFAULTS | dict(one.split("=", 1) for one in asked)
    count, template = int(options["studies"]), options["template"]
    marks = sorted({1, count // 10, count // 2, count})
    settings = {"template": template, "recycle_after": int(options["recycle"])}
    with tempfile.TemporaryDirectory() as place, Path(report).open("w", encoding="utf-8") as table:
        folder = Path(place)
        studies = make_studies(folder / "studies", count)
        like: dict[str, str] = {}
        for jobs in map(int, options["jobs"].split(",")):
            memory = Memory(marks)
            out = folder / f"jobs {jobs}"
            done = ka.run_batch(studies, out, jobs=jobs, progress=memory, **settings)
            assert not done.reasons, done.reasons
            found = batch_hashes(out)
            like = like or found
            for mark, (parent, worker) in memory.found.items():
                print(f"| {jobs} | {mark} | {parent:.0f} | {worker:.0f} |", file=table, flush=True)
            print(f"{jobs} workers, same bytes: {found == like}", file=table, flush=True)
        for n_bad in map(int, filter(None, options["bad"].split(","))):
            bad = random.Random(n_bad).sample(range(count), n_bad)
            mixed = make_studies(folder / f"bad {n_bad}", count)
            for number in bad:
                spoil(mixed[number], number)
            done = ka.run_batch(mixed, folder / f"out {n_bad}", jobs=2, **settings)
            assert sorted(done.reasons) == sorted(mixed[number].name for number in bad)
            spoilt = tuple(f"{folder_name(mixed[number].name)}/" for number in bad)
            now = batch_hashes(folder / f"out {n_bad}")
            same = {n: sha for n, sha in like.items() if not n.startswith(spoilt) and "/" in n}
            alike = sum(now.get(name) == sha for name, sha in same.items())
            print(
                f"{n_bad} bad: {len(done.reasons)} failed; of the others {alike} of {len(same)} "
                f"files the same bytes (beside {', '.join(SUMMARY)})",
                file=table,
                flush=True,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
