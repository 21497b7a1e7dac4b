"""Prints what a study costs in a warm process, and what of it: one JSON object.

A study is reported twice in this process; the second time is told. Parts that call each other
are told apart by their own time, so that the shares add up to at most 1.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from batch import make_studies

from ketanalysis.batch.outcome import Job
from ketanalysis.batch.settings import Settings
from ketanalysis.batch.task import report_study

# What is timed: a name for the reader, the module, and the function in it as it is called.
PARTS = (
    ("figures, laid out", "ketanalysis.results", "Result.plot"),
    ("figures, drawn as pictures", "ketanalysis.figures.picture", "Picture.to_png"),
    ("analyses of the plan", "ketanalysis.study.document", "run_study"),
    ("reading and checking", "ketanalysis.study.running", "read_study"),
)


class Times:
    """The own CPU time of each part: what it calls of the others is theirs."""

    def __init__(self) -> None:
        self.own: dict[str, float] = {}
        self._inner: list[float] = []

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same and is timed."""

        def call(*args: Any, **kwargs: Any) -> Any:
            began = cpu()
            self._inner.append(0.0)
            try:
                return function(*args, **kwargs)
            finally:
                whole = cpu() - began
                self.own[name] = self.own.get(name, 0.0) + whole - self._inner.pop()
                if self._inner:
                    self._inner[-1] += whole

        return call


def watch(times: Times) -> None:
    """Time every part, where it is looked up by those who call it."""
    for name, module, path in PARTS:
        __import__(module)
        place: Any = sys.modules[module]
        *outer, last = path.split(".")
        for one in outer:
            place = getattr(place, one)
        setattr(place, last, times.timed(name, getattr(place, last)))


def cpu() -> float:
    """Return the CPU seconds of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])


def main() -> None:
    """Report a study twice, and print the CPU seconds of the second time, whole and in parts."""
    times = Times()
    with tempfile.TemporaryDirectory(prefix="ketanalysis-bench-") as folder:
        for number, study in enumerate(make_studies(Path(folder, "studies"), 2)):
            target = Path(folder, f"target-{number}")
            target.mkdir()
            if number:
                watch(times)
            began = cpu()
            report_study(Job(study.name, str(study), str(target), Settings().options()), {})
            whole = cpu() - began
    print(json.dumps({"cpu": whole, "parts": times.own}))


if __name__ == "__main__":
    main()
