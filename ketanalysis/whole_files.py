"""Files that are whole or not there: written beside, had on the disk, put in place.

An archive has its entries in one order and of one time, so that the same parts give the same bytes.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# No archive says when it was made.
MOMENT = (1980, 1, 1, 0, 0, 0)


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


def zipped(parts: Mapping[str, bytes], *, first: Sequence[str] = (), plain: str = "") -> bytes:
    """Return an archive of these parts by name, `first` before the others, `plain` not packed."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as target:
        for name in [*first, *sorted(set(parts) - set(first))]:
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.external_attr = 0o600 << 16
            entry.compress_type = zipfile.ZIP_STORED if name == plain else zipfile.ZIP_DEFLATED
            target.writestr(entry, parts[name])
    return held.getvalue()


def unzipped(archive: bytes) -> dict[str, bytes]:
    """Return the parts of an archive by name, without its folders."""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        return {name: source.read(name) for name in source.namelist() if not name.endswith("/")}
