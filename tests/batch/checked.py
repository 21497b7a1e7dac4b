"""The invariants of a batch, checked after every fault; and batches of the fake study to fault."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ketanalysis.batch.estimates import as_parquet
from ketanalysis.batch.ledger import Ledger, read_lines
from ketanalysis.batch.naming import folder_name, study_ids
from ketanalysis.batch.running import BatchResult, run_studies
from ketanalysis.batch.settings import Settings
from ketanalysis.batch.tree import STAGING, batch_hashes
from ketanalysis.batch.verifying import verify_batch
from tests.batch.fake_task import TASK

ROOT = Path(__file__).parents[2]


def make_studies(folder: Path, behaviours: Mapping[str, str]) -> list[Path]:
    """Write a study folder for each name, which behaves as told."""
    made = []
    for name, behaviour in behaviours.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "behave").write_text(behaviour, encoding="utf-8")
        number = int(hashlib.sha256(os.fsencode(name)).hexdigest()[:6], 16)
        estimates = as_parquet(pl.DataFrame({"estimate": [number / 7]}))
        (folder / name / "estimates.parquet").write_bytes(estimates)
        made.append(folder / name)
    return made


def run_fake(
    studies: list[Path], out: Path, *, resume: bool = False, task: str = TASK, **changes: object
) -> BatchResult:
    """Run a batch of fake studies in this process."""
    settings = dataclasses.replace(Settings(timeout=60, task=task), **changes)  # type: ignore[arg-type]
    return run_studies(studies, out, settings, resume=resume, progress=lambda study, status: None)


def fake_command(
    studies: list[Path], out: Path, *, resume: bool = False, jobs: int = 2
) -> list[str]:
    """Return the command that runs a batch of fake studies in a process of its own."""
    program = (
        "import sys; from ketanalysis import cli; from ketanalysis.batch import settings; "
        f"settings.Settings.task = {TASK!r}; "
        "settings.Settings.__init__.__defaults__ = "
        f"(*settings.Settings.__init__.__defaults__[:-1], {TASK!r}); "
        "cli.main()"
    )
    flags = ["--resume"] if resume else []
    return [
        *(sys.executable, "-c", program, "batch", *map(str, studies)),
        *("--out", str(out), "--jobs", str(jobs), "--timeout", "60", *flags),
    ]


def environment() -> dict[str, str]:
    """Return an environment in which the command finds the package and the fake task."""
    return os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}


def run_command(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        command, env=environment(), capture_output=True, text=True, check=False, **options
    )


def inputs_of(studies: list[Path]) -> dict[Path, bytes]:
    """Return the bytes of every input."""
    files = (path for study in studies for path in study.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files}


def check_out(
    out: Path,
    studies: list[Path],
    *,
    inputs: Mapping[Path, bytes],
    like: Mapping[str, str] | None = None,
    exit_code: int | None = None,
) -> dict[str, str]:
    """Check the invariants I1 to I7 of an output folder; return the status of each study.

    `like` is the tree of an undisturbed run, for a batch that came to its end; `exit_code` is
    what the run gave, and both mean that nothing may be left over.
    """
    ledger = Ledger(
        out / "ledger.jsonl", read_lines(out) if (out / "ledger.jsonl").exists() else []
    )
    written = ledger.studies()
    found = batch_hashes(out)
    status = {}
    for study in study_ids(studies):
        line = written.get(study)
        here = {
            name: sha for name, sha in found.items() if name.startswith(f"{folder_name(study)}/")
        }
        if line is None:
            status[study] = "not started"
            continue
        assert line["status"] in ("done", "failed"), "I2"
        status[study] = line["status"]
        # What a run is about to replace may be on its way, but never be another thing.
        assert here in ({}, line["outputs"]) or ledger.lines[-1]["event"] != "end", "I1"
    assert inputs_of(studies) == inputs, "I5"
    if exit_code is not None:
        assert exit_code == int("failed" in status.values()), "I6"
        assert ledger.last("end")["exit_code"] == exit_code, "I6"  # type: ignore[index]
        shown = {
            one["study"]: one["status"] for one in json.loads((out / "studies.json").read_text())
        }
        assert shown == status, "I6"
        assert verify_batch(out).is_intact, "I1"
        left = {path.name for path in out.iterdir() if path.name.startswith(".")}
        assert left == set(), f"I7 {left}"
        assert not (out / STAGING).exists(), "I7"
    if like is not None:
        assert found == like, "I4"
    return status


def orphans() -> list[int]:
    """Return the processes that a hanging study started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"sleep", b"987"]:
            found.append(int(path.parent.name))
    return found
