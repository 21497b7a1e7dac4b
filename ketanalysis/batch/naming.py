"""What a study is called in a batch, and the folder of its output: distinct and harmless names."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from ketanalysis.errors import ArgumentError

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 64


def folder_name(study: str) -> str:
    """Return a name that any file system holds: what can be read of the id, and 8 hex of its hash.

    Examples
    --------
    >>> folder_name("A/B")
    'A_B-998d3ed8'
    """
    slug = _UNSAFE.sub("_", study).strip("._-")[:_LONGEST].rstrip("._-")
    digest = hashlib.sha256(study.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{slug or 'study'}-{digest}"


def study_ids(folders: Sequence[Path]) -> list[str]:
    """Return one id a study folder: its name, with as many parents as make all ids distinct.

    Raises
    ------
    ArgumentError
        There are no folders, one is not there, or one is given twice.
    """
    if not folders:
        raise ArgumentError("studies must name at least one study folder.")
    places = [_place(folder) for folder in folders]
    twice = next((p for i, p in enumerate(places) if p in places[:i]), None)
    if twice is not None:
        raise ArgumentError(f"studies must name each folder once; {_text(str(twice))} is twice.")
    depth = 1
    while len({place.parts[-depth:] for place in places}) < len(places):
        depth += 1
    return [_text("/".join(place.parts[-depth:])) for place in places]


def _place(folder: Path) -> Path:
    if not folder.is_dir():
        raise ArgumentError(
            f"studies must be study folders (with study.toml): there is no folder "
            f"{_text(str(folder))}."
        )
    return Path(os.path.abspath(folder.resolve()))


def _text(name: str) -> str:
    r"""Return a name that any file can hold, also where its bytes are no UTF-8.

    Such a byte is written as ``\udcff``; a backslash is doubled, so that no two names become one.
    """
    return name.replace("\\", "\\\\").encode("utf-8", "backslashreplace").decode()
