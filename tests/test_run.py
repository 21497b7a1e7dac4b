"""The two commands, the lock behind them, and the version that is told once."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ketanalysis

ROOT = Path(__file__).resolve().parents[1]


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    asked = [
        *project["project"]["dependencies"],
        *(line for extra in ("report", "io", "dask") for line in extras[extra]),
        *project["dependency-groups"]["dev"],
    ]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, flags=re.MULTILINE))
    wrong = [
        line
        for line in asked
        if not Requirement(line).specifier.contains(
            pins.get(canonicalize_name(Requirement(line).name), "0")
        )
    ]
    assert not wrong, "\n".join(wrong)
    hashed = re.findall(r"^[a-z0-9-]+==\S+.*\\\n    --hash=sha256:", lock, flags=re.MULTILINE)
    assert len(hashed) == len(re.findall("^[a-z]", lock, flags=re.MULTILINE))


def test_the_version_is_told_once() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^version: (\S+)$", citation, flags=re.MULTILINE) == [
        ketanalysis.__version__
    ]
    assert f"## [{ketanalysis.__version__}]" in changes


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_a_script_is_executable_and_posix(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert (ROOT / script).read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", ROOT / script]).returncode == 0


def test_a_wrong_command_is_answered_by_the_usage() -> None:
    done = subprocess.run([ROOT / "run", "dance"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ./run report")
