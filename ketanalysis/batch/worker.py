"""The worker: a child process that imports once and takes one study after the other."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ketanalysis.batch.failure import outcome_of
from ketanalysis.batch.outcome import Job, Outcome
from ketanalysis.render.child_process import follow_parent

Task = Callable[[Job, dict[str, Any]], None]


def serve(folder: Path) -> None:
    """Take jobs as lines of JSON, answer each with a line, until there are no more.

    The first line is the setting: the task as ``module:function``, and the limit of memory. The
    parent ends a worker by force; one whose jobs end by themselves has no parent any more.
    """
    follow_parent(folder)
    try:
        _serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve() -> None:
    jobs, answers = _lines_of_our_own()
    setting = json.loads(jobs.readline())
    _limit_memory(setting["memory"])
    module, _, name = setting["task"].partition(":")
    task: Task = getattr(importlib.import_module(module), name)
    for number, line in enumerate(jobs):
        outcome = run_job(task, Job(**json.loads(line)))
        answers.write(json.dumps(asdict(outcome)) + "\n")
        answers.flush()
        gc.collect()
        if number == 0:
            gc.freeze()  # the packages stay, and need not be looked through after every study


def run_job(task: Task, job: Job) -> Outcome:
    """Return how a study ended; whatever it raises is an outcome."""
    facts: dict[str, Any] = {}
    try:
        task(job, facts)
    except BaseException as error:
        return outcome_of(error, job, facts)
    return Outcome("done", facts=facts)


def _lines_of_our_own() -> tuple[Any, Any]:
    """Return the two pipes; what a study prints or starts sees neither."""
    jobs = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return jobs, answers


def _limit_memory(gigabytes: float | None) -> None:
    if gigabytes is None:
        return
    with contextlib.suppress(ImportError):
        import resource

        size = int(gigabytes * 1e9)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


__all__ = ["Task", "run_job", "serve"]
