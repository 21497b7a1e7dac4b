"""The output folder of a batch: its files, their hashes, and how a study gets its place."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from ketanalysis.batch.ledger import LEDGER
from ketanalysis.batch.lock import LOCK
from ketanalysis.errors import ArgumentError
from ketanalysis.reading.files import file_sha256
from ketanalysis.whole_files import sync_folder

STAGING = ".staging"
UNFINISHED = ".*.part"
SUMMARY = ("index.html", "results.parquet", "results.json", "studies.json")


def prepare(out: Path, *, resume: bool) -> None:
    """Make the folder and see that it can be written to, before any analysis.

    Raises
    ------
    ArgumentError
        It is a link or a file, its parent is missing, it cannot be written to, it holds a batch
        and this is no resumption, or it holds what is not ours.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise ArgumentError(f"out must be a plain folder: {out} is a link or a file.")
    if "\0" in str(out):
        raise ArgumentError(f"out must be the name of a folder, not {str(out)!r}.")
    if not out.parent.is_dir():
        raise ArgumentError(f"out must be in a folder that exists, not {str(out.parent)!r}.")
    try:
        out.mkdir(exist_ok=True)
        probe = out / f".{secrets.token_hex(8)}.part"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise ArgumentError(
            f"out must be a folder that can be written to: {out}: {error.strerror}."
        ) from None
    _check_ours(out, resume=resume)


def _check_ours(out: Path, *, resume: bool) -> None:
    begun = {path.name for path in out.glob(UNFINISHED)}  # of a run that was cut: it is cleared
    held = {path.name for path in out.iterdir()} - {LOCK, STAGING} - begun
    links = [path.name for path in out.iterdir() if path.is_symlink()]
    if links:
        raise ArgumentError(f"out must hold no links: {out} holds {sorted(links)[0]!r}.")
    if held and LEDGER not in held:
        raise ArgumentError(
            f"out must be an empty folder or a batch: {out} holds other files "
            f"({sorted(held)[0]!r}).\n  Choose another folder."
        )
    if held and not resume:
        raise ArgumentError(
            f"out must be a new folder: {out} holds a batch already.\n"
            "  Go on with it by --resume (resume=True), or choose another folder."
        )


def clear_staging(out: Path) -> None:
    """Remove what a run that was cut left behind."""
    shutil.rmtree(out / STAGING, ignore_errors=True)
    for path in out.glob(UNFINISHED):
        path.unlink(missing_ok=True)


def staged(out: Path, name: str) -> Path:
    """Return a new empty folder for a study; it gets its place when it is whole."""
    folder = out / STAGING / f"{name}-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700, parents=True)
    return folder


def is_plain(folder: Path) -> bool:
    """Whether a folder is there and holds nothing but folders and plain files."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return not any(
        path.is_symlink() or not (path.is_dir() or path.is_file()) for path in folder.rglob("*")
    )


def make_anew(folder: Path) -> None:
    """Make an empty folder in the place of whatever stands there."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)
    folder.mkdir(mode=0o700)


def put_folder(folder: Path, out: Path, name: str) -> dict[str, str]:
    """Have every file on the disk, give the folder its place, and return its hashes.

    Whatever stood in that place is of an earlier run, and is removed first.
    """
    for path in sorted(folder.rglob("*")):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        os.fsync(handle)
        os.close(handle)
    sync_folder(folder)
    hashes = file_hashes(folder)
    # The mode of a folder that everybody makes, now that it is whole.
    folder.chmod(0o777 & ~_umask())
    place = out / name
    if place.exists():
        os.replace(place, staged(out, name) / "old")
    os.replace(folder, place)
    sync_folder(out)
    return {f"{name}/{file}": sha for file, sha in hashes.items()}


def file_hashes(folder: Path, *, without: Collection[str] = ()) -> dict[str, str]:
    """Return the hash of every file below a folder, by its relative path; links have none.

    A folder that is not there has no files. `without` names entries of the folder itself that are
    left out, with all below them.
    """
    entries = [path for path in folder.glob("*") if path.name not in without]
    below = [path for entry in entries for path in (entry, *_below(entry))]
    return {
        path.relative_to(folder).as_posix(): "link" if path.is_symlink() else file_sha256(path)
        for path in sorted(below)
        if path.is_symlink() or not path.is_dir()
    }


def _below(entry: Path) -> Iterator[Path]:
    if entry.is_dir() and not entry.is_symlink():
        yield from entry.rglob("*")


def batch_hashes(out: Path) -> dict[str, str]:
    """Return the hash of every file of a batch but the ledger and what is not in its place yet."""
    # What a worker is writing, also one that outlives its run for a moment, is not looked at.
    return file_hashes(out, without=(LEDGER, LOCK, STAGING))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
