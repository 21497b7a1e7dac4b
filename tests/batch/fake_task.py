"""A study that costs nothing and does what its file `behave` says: fail, hang, abort, fill, ...

Its worker imports next to nothing, so that there is time for many; `test_reports.py` has real ones.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ketanalysis.batch.failure import InputChanged
from ketanalysis.batch.outcome import Job
from ketanalysis.errors import ContractError
from ketanalysis.whole_files import put_in_place

TASK = "tests.batch.fake_task:report"


class TwoArguments(Exception):
    """An exception that no pickle could carry."""

    def __init__(self, one: str, two: object) -> None:
        super().__init__(f"{one} of S-SECRET-1")
        self.lock = threading.Lock()


def report(job: Job, facts: dict[str, Any]) -> None:
    """Do as told, then write what a report writes: depending on the input alone."""
    folder, target = Path(job.folder), Path(job.target)
    behaviour = (folder / "behave").read_text(encoding="utf-8")
    facts["inputs"] = {name: _sha256(folder / name) for name in ("behave", "estimates.parquet")}
    BEHAVIOURS[behaviour.split()[0]](folder)
    digest = hashlib.sha256(f"{job.study} {behaviour}".encode()).hexdigest()
    put_in_place(target / "report.html", f"<p>{digest}</p>\n".encode() * 40)
    put_in_place(target / "results.parquet", (folder / "estimates.parquet").read_bytes())
    said = {"title": job.study, "n_subjects": 1, "arms": {}, "simulated": True}
    said |= {
        "findings": {"warning": 1},
        "not_answered": {},
        "key_figures": {"response": {"definition": "", "text": digest}},
    }
    put_in_place(target / "study.json", json.dumps(said).encode())
    LAST.get(behaviour, _well)(target)
    if _sha256(folder / "behave") != facts["inputs"]["behave"]:
        raise InputChanged("behave")


def _well(folder: Path) -> None:
    pass


def _slow(folder: Path) -> None:
    time.sleep(0.1)


def _raise(folder: Path) -> None:
    raise TwoArguments("the score", 2)


def _contract(folder: Path) -> None:
    raise ContractError("ADQS.AVAL of S-SECRET-1 must be between 0 and 60, not 70.")


def _hang(folder: Path) -> None:
    subprocess.Popen(["sleep", "987"])
    time.sleep(3600)


def _kill(folder: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _abort(folder: Path) -> None:
    os.abort()


def _segfault(folder: Path) -> None:
    ctypes.string_at(0)


def _leave(folder: Path) -> None:
    os._exit(7)


def _memory(folder: Path) -> None:
    bytearray(64_000_000_000)


def _outside(folder: Path) -> None:
    (Path("/somebody/secret-place") / "scores.csv").read_bytes()


def _untidy(folder: Path) -> None:
    subprocess.Popen(["sleep", "987"])
    os.chdir("/")
    os.environ["TZ"] = "Asia/Tokyo"
    os.environ["SECRET_OF_THE_PARENT"] = "1"
    time.tzset()
    for _ in range(50):
        sys.stdout.write("x" * 1_000_000)
    os.close(1)


def _copy(folder: Path) -> None:
    os.fork()


def _change(folder: Path) -> None:
    (folder / "behave").write_text("change again")


def _surroundings(folder: Path) -> None:
    import matplotlib
    import polars as pl
    import statsmodels

    assert matplotlib.rcParams["figure.facecolor"] == "white"
    assert Path(statsmodels.__file__).name == "__init__.py"
    assert os.listdir() == []
    assert "SECRET_OF_THE_PARENT" not in os.environ
    assert time.tzname[0] == os.environ["TZ"] == "UTC"
    assert pl.thread_pool_size() == 1
    for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        assert os.environ[name] == "1"


BEHAVIOURS = {
    name.removeprefix("_"): function
    for name, function in list(globals().items())
    if name.startswith("_") and callable(function) and not name.startswith("__")
}


def _link(target: Path) -> None:
    (target / "more.html").symlink_to("/etc/passwd")


def _pipe(target: Path) -> None:
    os.mkfifo(target / "more.html")


def _gone(target: Path) -> None:
    shutil.rmtree(target)


def _elsewhere(target: Path) -> None:
    _gone(target)
    target.symlink_to("/etc")


# What is done to the folder of the output, when all is written.
LAST = {"link": _link, "pipe": _pipe, "gone": _gone, "elsewhere": _elsewhere}
BEHAVIOURS |= dict.fromkeys(LAST, _well)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
