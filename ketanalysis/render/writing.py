"""A report put in its place whole or not at all, and never over a file of somebody else."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from ketanalysis.errors import ArgumentError

_HEAD = 8192


def check_may_write(out: Path, marker: str) -> None:
    """Raise `ArgumentError` unless `out` is free, or is a file that holds our `marker`."""
    if not out.parent.is_dir():
        raise ArgumentError(f"out must be in a folder that exists, not {str(out.parent)!r}.")
    if out.is_symlink() or (out.exists() and not out.is_file()):
        raise ArgumentError(f"out must be a plain file: {str(out)!r} is a link or a folder.")
    if out.exists():
        with out.open("rb") as file:
            ends = file.read(_HEAD)
            # A PDF tells who made it at its end.
            file.seek(max(0, out.stat().st_size - _HEAD))
            ends += file.read(_HEAD)
        if marker.encode() not in ends:
            raise ArgumentError(
                f"out must be free or a report of ketanalysis: {str(out)!r} is another file.\n"
                "  Move it away, or give another name."
            )


def write_whole(out: Path, content: bytes, marker: str) -> None:
    """Write `content` in the place of `out`, which is free or holds our `marker`."""
    put_in_place(out, content, check=lambda: check_may_write(out, marker))


def put_in_place(out: Path, content: bytes, check: Callable[[], None] | None = None) -> None:
    """Write to a new file beside `out`, have it on the disk, and put it in place.

    `check` is asked at the last moment, and raises where something came to stand there.
    """
    new = out.with_name(f".{out.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(new, flags | getattr(os, "O_BINARY", 0), 0o666), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check()
        os.replace(new, out)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            new.unlink()
        raise
    sync_folder(out.parent)


def sync_folder(folder: Path) -> None:
    """Have the names of a folder on the disk, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
