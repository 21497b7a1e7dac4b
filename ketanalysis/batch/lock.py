"""One run at a time in one folder: the lock, whom it belongs to, and its take-over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ketanalysis.errors import ArgumentError

LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder; refuse where a run that is alive holds it.

    The system lets go of the lock when its process ends in any way, so that a lock file that a
    crash left, or whose process number is another's today, is taken over.
    """
    path = folder / LOCK
    handle = _hold(path, folder)
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {_started(os.getpid())}\n".encode(), 0)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _hold(path: Path, folder: Path) -> int:
    import fcntl

    while True:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(path, flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 100, 0).decode("ascii", "replace").partition(" ")[0].strip()
            os.close(handle)
            raise ArgumentError(
                f"out must be a folder that no other run writes to: process {holder or '?'} is "
                f"at work in {folder}.\n  Wait until it has ended, or choose another folder."
            ) from None
        # The run before may have removed the file between our two calls.
        if path.exists() and os.fstat(handle).st_ino == path.stat().st_ino:
            return handle
        os.close(handle)


def _started(pid: int) -> str:
    """Return when a process began, in the system's ticks; nothing where it does not say."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]
