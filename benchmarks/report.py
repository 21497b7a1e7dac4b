"""What the example report costs, from the command to the file, as a share of the time allowed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from contest import LIMIT, ROOT, Goal, Ratio, Section, ratio, shown

ALLOWED = 30.0  # seconds
COMMAND = (sys.executable, "-c", "from ketanalysis.cli import main; main()", "report")


def run(rounds: int) -> Section:
    """Make the report once to warm up, then in turn; what stops it is said, and is no failure."""
    seconds = []
    with tempfile.TemporaryDirectory(prefix="ketanalysis-bench-") as folder:
        for number in range(rounds + 1):
            started = time.perf_counter()
            obstacle = make_report(Path(folder, f"{number}.html"))
            seconds.append(time.perf_counter() - started)
            if obstacle:
                return Section("Example report", (f"not run: {obstacle}",))
    shares = ratio(seconds[1:], [ALLOWED] * rounds)
    return Section("Example report", described(shares, rounds))


def make_report(out: Path) -> str:
    """Return why there is no report, or nothing."""
    done = subprocess.run(
        (*COMMAND, "--example", "ketamine", "--out", str(out)),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if done.returncode == 0 and out.exists():
        return ""
    said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return said[-1].replace(f"{ROOT}{os.sep}", "")


def described(shares: Ratio, rounds: int) -> tuple[str, ...]:
    goal = Goal("the whole command within the time allowed", shares.median, 1.0, at_least=False)
    return (
        f"`./run report`, warm, of the {shown(ALLOWED)} s allowed: {shares}; "
        f"median of {rounds} (least to most).",
        "",
        f"- {goal}",
    )
