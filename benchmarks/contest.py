"""Contenders take turns: each in a process of its own, one after the other, round after round.

A contender is a command that prints, as its last line, one JSON object: `seconds` (one number a
repetition), `peak` (bytes, or null where it cannot be measured) and `answer` (its numbers), or
`not_run` with the reason. Only ratios leave this file: a time says more about a machine than
about a program.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LIMIT = 900  # seconds that one process may take


@dataclass(frozen=True)
class Contender:
    """A name and the command of its process; the program must be on the PATH."""

    name: str
    command: tuple[str, ...]

    @classmethod
    def python(cls, name: str, script: str, *arguments: object) -> Contender:
        return cls(name, (sys.executable, str(HERE / script), *map(str, arguments)))

    @classmethod
    def r(cls, name: str, script: str, *arguments: object) -> Contender:
        return cls(name, ("Rscript", "--vanilla", str(HERE / script), *map(str, arguments)))


@dataclass
class Runs:
    """What a contender did: for each round the median of its seconds, and its peak memory."""

    seconds: list[float] = field(default_factory=list)
    peaks: list[float | None] = field(default_factory=list)
    answer: Any = None
    not_run: str = ""


@dataclass(frozen=True)
class Ratio:
    """Median, least and most of one contender's rounds over the same rounds of ours."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{shown(self.median)} ({shown(self.least)} to {shown(self.most)})"


@dataclass(frozen=True)
class Goal:
    """What was hoped for, what was reached; a missed goal is said, and is no failure."""

    text: str
    reached: float
    wanted: float
    at_least: bool = True

    def __str__(self) -> str:
        margin = self.reached - self.wanted
        is_met = margin >= 0 if self.at_least else margin <= 0
        return f"goal {'met' if is_met else 'MISSED'}: {self.text}; reached {shown(self.reached)}"


@dataclass(frozen=True)
class Section:
    """One table of the results: a heading, Markdown lines, and what went wrong, if anything."""

    heading: str
    lines: tuple[str, ...]
    failures: tuple[str, ...] = ()


def take_turns(contenders: Sequence[Contender], rounds: int) -> dict[str, Runs]:
    """Run every contender once a round; who begins moves on, so that none is always first."""
    runs = {contender.name: Runs() for contender in contenders}
    for number in range(rounds):
        first = number % len(contenders)
        for contender in (*contenders[first:], *contenders[:first]):
            mine = runs[contender.name]
            if mine.not_run:
                continue
            said = run_once(contender)
            mine.not_run = said.get("not_run", "")
            if not mine.not_run:
                mine.seconds.append(statistics.median(said["seconds"]))
                mine.peaks.append(said.get("peak"))
                mine.answer = said.get("answer")
    return runs


def run_once(contender: Contender) -> dict[str, Any]:
    """Return what one process of the contender said; one that fails stops the benchmark."""
    program = contender.command[0]
    if shutil.which(program) is None:
        return {"not_run": f"no {program}"}
    print(f"  {contender.name} ...", file=sys.stderr, flush=True)
    done = subprocess.run(
        contender.command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{contender.name} failed:\n{done.stderr[-3000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> Ratio:
    """Return theirs over ours, round by round: both met the same noise."""
    rounds = [a / b for a, b in zip(theirs, ours, strict=True)]
    return Ratio(statistics.median(rounds), min(rounds), max(rounds))


def memory_ratio(theirs: Runs, ours: Runs) -> Ratio | None:
    """Return the ratio of peaks, or None where the system does not tell them."""
    if None in theirs.peaks or None in ours.peaks:
        return None
    return ratio([peak or 0 for peak in theirs.peaks], [peak or 0 for peak in ours.peaks])


def shown(number: float) -> str:
    """Return three digits at most: 0.123, 1.23, 12.3, 123."""
    digits = next((d for limit, d in ((0.995, 3), (9.95, 2), (99.5, 1)) if number < limit), 0)
    return f"{number:,.{digits}f}"


def table(
    runs: dict[str, Runs], ours: str, differs: Callable[[Any, Any], str]
) -> tuple[list[str], list[str]]:
    """Return the Markdown rows of all contenders, and who gave other numbers than ours."""
    lines = [
        "| contender | time, ours = 1 | peak memory, ours = 1 | numbers |",
        "|---|---|---|---|",
    ]
    failures = []
    for name, theirs in runs.items():
        if theirs.not_run:
            lines.append(f"| {name} | not run: {theirs.not_run} | | |")
            continue
        difference = differs(runs[ours].answer, theirs.answer)
        if difference:
            failures.append(f"{name} differs from {ours}: {difference}")
        time = ratio(theirs.seconds, runs[ours].seconds)
        memory = memory_ratio(theirs, runs[ours]) or "not measured"
        numbers = "" if name == ours else "DIFFER" if difference else "agree"
        lines.append(f"| {name} | {time} | {memory} | {numbers} |")
    return lines, failures
