"""A child for the cells of a report that is started before its study is read.

It imports what every report needs while its parent, on another core, reads and checks the data.
"""

from __future__ import annotations

import contextlib
import importlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from ketanalysis.render.child_process import end_group, follow_parent, start_child

PACKAGES = (
    "ketanalysis.study.document",
    "pandera.polars",
    "ketanalysis.figures",
    "seaborn",
    "IPython.core.interactiveshell",
    "formulaic",
)


@dataclass(frozen=True)
class ReadyChild:
    """A child that waits, in a folder of its own, for the steps it is to run."""

    folder: Path
    process: subprocess.Popen[bytes]

    def begin(self) -> None:
        """Let it run ``steps.json``; it has nothing further to read."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended: who waits for it says so
            self.process.stdin.close()


_READY: ContextVar[list[ReadyChild] | None] = ContextVar("child that waits", default=None)


@contextlib.contextmanager
def child_getting_ready() -> Iterator[None]:
    """Start a child, which the first document that is rendered here takes for its cells."""
    folder = Path(tempfile.mkdtemp(prefix="ketanalysis-"))
    try:
        child = start_child(folder, f"{__name__}:wait_for_steps", stdin=subprocess.PIPE)
        token = _READY.set([ReadyChild(folder, child)])
        try:
            yield
        finally:
            _READY.reset(token)
            end_group(child)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ready_child() -> ReadyChild | None:
    """Return the child that waits, once; None where there is none, or it ended."""
    waiting = _READY.get()
    if not waiting:
        return None
    child = waiting.pop()
    return child if child.process.poll() is None else None


def wait_for_steps(folder: Path) -> None:
    """Import, wait for the parent's word, then run the steps of ``steps.json``."""
    follow_parent(folder)
    for name in PACKAGES:
        importlib.import_module(name)
    from ketanalysis.render.kernel import run_cells

    sys.stdin.buffer.read()
    if (folder / "steps.json").exists():
        run_cells(folder)
