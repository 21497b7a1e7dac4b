"""A report put in its place whole or not at all, and never over a file of somebody else."""

from __future__ import annotations

from pathlib import Path

from ketanalysis.errors import ArgumentError
from ketanalysis.whole_files import put_in_place

_HEAD = 8192
# What every file holds that another program made for us, at its beginning or its end.
MADE_BY = "made by ketanalysis"


def check_may_write(out: Path, marker: str) -> None:
    """Raise `ArgumentError` unless `out` is free, or holds our `marker`, or says who made it."""
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
        if marker.encode() not in ends and MADE_BY.encode() not in ends:
            raise ArgumentError(
                f"out must be free or a report of ketanalysis: {str(out)!r} is another file.\n"
                "  Move it away, or give another name."
            )


def write_whole(out: Path, content: bytes, marker: str) -> None:
    """Write `content` in the place of `out`, which is free or holds our `marker`."""
    put_in_place(out, content, check=lambda: check_may_write(out, marker))
