"""A child process of ours: started in an empty folder of its own, ended with all that it started.

A batch's worker starts from this file alone, so that it imports no more than its task needs.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import site
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "POLARS_MAX_THREADS")
_KEPT_PREFIX = "KETANALYSIS_"
_PARENT = "KETANALYSIS_PARENT"


def start_child(
    folder: Path,
    function: str,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int | None = None,
    **environment: str,
) -> subprocess.Popen[bytes]:
    """Start Python on a function of ours, in an empty working folder inside `folder`.

    What the child prints goes to the file ``log`` there. With `stdout`, a pipe, it goes nowhere:
    who prints without end fills no disk. What is given besides is added to its environment.
    """
    for name in ("work", "home", "matplotlib"):
        (folder / name).mkdir(mode=0o700)
    child = Path(__file__).with_name("child.py").resolve()
    with (folder / "log" if stdout is None else Path(os.devnull)).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-P", str(child), str(child.parents[2]), str(folder), function],
            cwd=folder / "work",
            env=_environment(folder) | environment,
            stdin=stdin,
            stdout=log if stdout is None else stdout,
            stderr=log,
            start_new_session=True,
        )


def end_group(child: subprocess.Popen[Any]) -> None:
    """End a child and all that it started, and wait for it."""
    # The child leads its own group: what a cell started ends with it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.wait()


def follow_parent(folder: Path) -> None:
    """End this process and remove its folder when the parent is gone, also if it is by now."""
    # The system's answer alone would name another parent, if ours was killed while we began.
    parent = int(os.environ.get(_PARENT, os.getppid()))
    threading.Thread(target=_end_with_parent, args=(parent, folder), daemon=True).start()


def _end_with_parent(parent: int, folder: Path) -> None:
    # A parent that was killed can no longer end its child, nor clear up.
    while os.getppid() == parent:
        time.sleep(1)
    for _ in range(5):  # the cells may still be writing there
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _environment(folder: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or name.startswith(_KEPT_PREFIX)
    }
    # An empty or relative entry would mean the working folder.
    places = kept.pop("PYTHONPATH", "").split(os.pathsep)
    absolute = [place for place in places if Path(place).is_absolute()]
    return {
        **kept,
        **({"PYTHONPATH": os.pathsep.join(absolute)} if absolute else {}),
        "HOME": str(folder / "home"),
        "IPYTHONDIR": str(folder / "home" / "ipython"),
        _PARENT: str(os.getpid()),
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONUTF8": "1",
        "TMPDIR": str(folder),
        "TZ": "UTC",
    }
