"""A worker as the batch holds it: started when needed, watched, ended, replaced."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ketanalysis.batch.failure import ended, over_time
from ketanalysis.batch.outcome import Job, Outcome
from ketanalysis.render.child_process import end_group, start_child


@dataclass
class Hand:
    """One worker. `do` gives it a study and waits; a dead one costs that study alone.

    Attributes
    ----------
    setting
        The task and the limit of memory, as the worker takes them.
    timeout
        Seconds that a study may take.
    most
        After so many studies the worker is replaced, so that memory stays flat.
    """

    setting: dict[str, Any]
    timeout: float
    most: int
    _child: subprocess.Popen[bytes] | None = field(init=False, default=None)
    _folder: Path | None = field(init=False, default=None)
    _n_done: int = field(init=False, default=0)
    _is_stopped: bool = field(init=False, default=False)

    def do(self, job: Job) -> Outcome:
        """Return how the study ended."""
        child = self._ready()
        assert child.stdin is not None
        # A worker that died while it waited breaks the pipe: what it says then is read below.
        with contextlib.suppress(BrokenPipeError):
            _tell(child, asdict(job))
        line, is_late = self._answer(child)
        if line is not None:
            self._n_done += 1
            if self._n_done >= self.most:
                self.end()
            # A copy of the worker that a study made may have answered too.
            return Outcome(**json.loads(line.partition(b"\n")[0]))
        self.end(patience=0 if is_late else 10)
        memory = self.setting["memory"]
        return over_time(self.timeout) if is_late else ended(child.returncode, memory)

    def stop(self) -> None:
        """End the worker from another thread, also while `do` waits for it: for good."""
        self._is_stopped = True
        child = self._child
        if child is not None:
            end_group(child)

    def end(self, patience: float = 0) -> None:
        """End the worker with all that it started, and remove its folder.

        One that is ending by itself is given `patience` seconds, to keep its own exit code.
        """
        child, self._child = self._child, None
        folder, self._folder = self._folder, None
        if child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=patience)
            end_group(child)
            for pipe in (child.stdin, child.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        if self._was_stopped():
            raise RuntimeError("the worker was stopped for good.")
        self.end()
        self._folder = Path(tempfile.mkdtemp(prefix="ketanalysis-"))
        serve = "ketanalysis.batch.worker:serve"
        pipe = subprocess.PIPE
        self._child = start_child(
            self._folder, serve, stdin=pipe, stdout=pipe, POLARS_MAX_THREADS="1"
        )
        self._n_done = 0
        if self._was_stopped():  # while it was started
            self.end()
            raise RuntimeError("the worker was stopped for good.")
        with contextlib.suppress(BrokenPipeError):
            _tell(self._child, self.setting)
        return self._child

    def _was_stopped(self) -> bool:
        return self._is_stopped

    def _answer(self, child: subprocess.Popen[bytes]) -> tuple[bytes | None, bool]:
        """Return the worker's line, or None and whether the time was over."""
        assert child.stdout is not None
        deadline = time.monotonic() + self.timeout
        text = b""
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            while not text.endswith(b"\n"):
                left = deadline - time.monotonic()
                if left <= 0:
                    return None, True
                if not selector.select(min(left, 1.0)):
                    continue
                new = os.read(child.stdout.fileno(), 65536)
                if not new:
                    return None, False
                text += new
        return text, False


def _tell(child: subprocess.Popen[bytes], line: dict[str, Any]) -> None:
    assert child.stdin is not None
    child.stdin.write(json.dumps(line).encode() + b"\n")
    child.stdin.flush()
