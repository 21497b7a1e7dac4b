"""What a study costs in a batch, what of it, and against the plain command.

CPU seconds are compared, so that other work on the machine does not count; the studies are the
example with 31 of its subjects, and its whole plan.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from contest import HERE, LIMIT, ROOT, Goal, Section, shown
from report import COMMAND

import ketanalysis as ka
from ketanalysis.examples.protocol import example_sections

ALLOWED = 1.5  # seconds a study, on two cores


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


def run(count: int) -> Section:
    """Report studies in a batch on two workers, a few by commands of their own, one in parts."""
    with tempfile.TemporaryDirectory(prefix="ketanalysis-bench-") as place:
        folder = Path(place)
        studies = make_studies(folder / "studies", count)
        few = studies[: max(2, count // 10)]
        wall, cpu = cost(lambda: ka.run_batch(studies, folder / "out", jobs=2))
        wall_plain, cpu_plain = cost(lambda: plain(few, folder))
    share = wall / count / ALLOWED
    goal = Goal("a study within the time allowed, two workers", share, 1.0, at_least=False)
    each, each_cpu = wall_plain / len(few), cpu_plain / len(few)
    lines = (
        f"Of the {shown(ALLOWED)} s allowed a study: {shown(share)}; in CPU time of both workers, "
        f"imports and all: {shown(cpu / count / ALLOWED / 2)}.",
        "",
        f"One command a study took {shown(each * count / wall)} times as long, and "
        f"{shown(each_cpu * count / cpu)} times the CPU time.",
        "",
        in_parts(),
        "",
        f"- {goal}",
    )
    return Section(f"Batch of {count} studies of 31 subjects, two workers", lines)


def in_parts() -> str:
    """Return what dominates a study in a process that has reported one before."""
    told = json.loads(
        subprocess.run(
            (sys.executable, str(HERE / "report_parts.py")),
            check=True,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        ).stdout.splitlines()[-1]
    )
    whole, parts = told["cpu"], dict(sorted(told["parts"].items(), key=lambda one: -one[1]))
    parts["all else (tables, text, the page)"] = whole - sum(parts.values())
    said = ", ".join(f"{name} {100 * part / whole:.0f} %" for name, part in parts.items())
    return (
        f"CPU time of a study in a warm process: {shown(whole / ALLOWED / 2)} of what two cores "
        f"have in the time allowed. Of that: {said}."
    )
