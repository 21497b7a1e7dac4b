"""What a study costs in a batch, against the plain command: python benchmarks/batch.py [studies].

Run by hand. CPU seconds are compared, so that other work on the machine does not count; the
studies are the example with 31 of its subjects, and its whole plan.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from contest import LIMIT, ROOT
from report import COMMAND

import ketanalysis as ka
from ketanalysis.examples.protocol import example_sections


def make_studies(folder: Path, count: int) -> list[Path]:
    """Write studies of 31 subjects of the example, each with others."""
    trial = ka.load_example("ketamine")
    _, plan = example_sections("ketamine")
    made = []
    for number in range(count):
        kept = trial.adsl.select("USUBJID").sample(31, seed=number)
        tables = {
            name: table.join(kept, on="USUBJID", how="semi", maintain_order="left")
            for name, table in trial.tables().items()
        }
        target = folder / f"study-{number:03}"
        made.append(ka.write_study(target, trial.with_(**tables), plan, f"Trial {number}"))
    return made


def cost(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds, and the CPU seconds of all child processes, that a piece of work took."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, used


def plain(studies: list[Path], out: Path) -> None:
    """Report each study by a command of its own."""
    for study in studies:
        target = out / f"{study.name}.html"
        command = (*COMMAND, str(study), "--out", str(target))
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        subprocess.run(command, check=True, capture_output=True, timeout=LIMIT, env=env)


def main(count: int) -> None:
    """Print what a study costs either way."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        studies = make_studies(folder / "studies", count)
        few = studies[: max(2, count // 10)]
        wall, cpu = cost(lambda: ka.run_batch(studies, folder / "out", jobs=2))
        wall_plain, cpu_plain = cost(lambda: plain(few, folder))
        print(
            f"batch of {count}, two workers: {wall / count:.1f} s, {cpu / count:.1f} CPU s a study"
        )
        each, each_cpu = wall_plain / len(few), cpu_plain / len(few)
        print(f"one command a study ({len(few)}): {each:.1f} s, {each_cpu:.1f} CPU s a study")
        print(f"ratio: {each * count / wall:.2f} in time, {each_cpu * count / cpu:.2f} in CPU time")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"largest worker: {peak / 1024:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
