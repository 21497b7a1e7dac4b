"""Code that a study folder holds itself: listed always, run only where it is trusted."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from ketanalysis import __version__
from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.shipped import room
from ketanalysis.tables.table import Column, Table

ROOMS = {"analyses": ".py", "reports": ".qmd"}
_ORIGIN = re.compile(r"copied from ketanalysis \S+, SHA-256 ([0-9a-f]{64})")


@dataclass(frozen=True)
class OwnCode:
    """One analysis or report of a study folder.

    ``file`` is relative to the folder, ``sha256`` the hash of what stands there, ``origin`` the
    hash of the shipped file it was copied from (None for a file made by hand).
    ``is_shipped`` says that it is the copy of a shipped file, not changed since.
    """

    file: str
    path: Path
    sha256: str
    origin: str | None
    is_shipped: bool


def own_code(folder: Path | None) -> tuple[OwnCode, ...]:
    """Return every analysis and report that a study folder holds, by name."""
    if folder is None:
        return ()
    found = []
    for name, ending in ROOMS.items():
        for path in sorted((folder / name).glob(f"*{ending}")):
            if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
                found.append(_described(path, f"{name}/{path.name}"))
    return tuple(found)


def code_hashes(folder: Path, *, is_trusted: bool) -> dict[str, str]:
    """Return file → SHA-256 of the code that is run: none where it is not trusted."""
    return {one.file: one.sha256 for one in own_code(folder)} if is_trusted else {}


def own_file(folder: Path | None, kind: str, name: str) -> Path | None:
    """Return the study's own analysis or report of this name, or None."""
    wanted = f"{kind}/{name}{ROOMS[kind]}"
    return next((one.path for one in own_code(folder) if one.file == wanted), None)


def eject(folder: Path, name: str) -> Path:
    """Copy a shipped analysis or report to a study folder, to be changed there.

    Parameters
    ----------
    folder
        The study folder.
    name
        ``relapse`` (an analysis) or ``trial_report`` (a report).

    Returns
    -------
    pathlib.Path
        The copy; its first remark holds the hash of its origin.

    Raises
    ------
    ArgumentError
        There is no such analysis or report, or the folder already holds one.
    """
    shipped = _shipped()
    if name not in shipped:
        raise ArgumentError(
            f"--eject must be one of {listed(sorted(shipped))}, not {name!r}."
            f"{near_miss(name, list(shipped))}"
        )
    origin = shipped[name]
    target = folder / origin.parent.name / origin.name
    if target.exists():
        raise ArgumentError(f"{target} is already there; it is not written over.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_marked(origin), encoding="utf-8")
    return target


def own_code_table(found: tuple[OwnCode, ...], *, is_trusted: bool) -> Table:
    """Return the code of the study folder: what it is, and whether it was run."""
    rows = tuple((one.file, _origin_words(one), one.sha256) for one in found)
    columns = (Column("File", "left"), Column("Origin", "left"), Column("SHA-256", "left"))
    said = "It was run (--trust-study-code)." if is_trusted else "It was not run."
    return Table("Code of the study folder", columns, rows, notes=(said,))


def _described(path: Path, file: str) -> OwnCode:
    text = path.read_bytes()
    sha = hashlib.sha256(text).hexdigest()
    found = _ORIGIN.search(text[:2000].decode("utf-8", "replace"))
    shipped = _shipped().get(path.stem)
    is_same = shipped is not None and text in (shipped.read_bytes(), _marked(shipped).encode())
    return OwnCode(file, path, sha, found[1] if found else None, is_same)


def _origin_words(one: OwnCode) -> str:
    if one.is_shipped:
        return "as shipped"
    return "the study's own" if one.origin is None else "shipped, changed since"


def _shipped() -> dict[str, Path]:
    return {
        path.stem: path for name, ending in ROOMS.items() for path in room(name).glob(f"*{ending}")
    }


def _marked(origin: Path) -> str:
    """Return the text of a shipped file with a remark on where it came from."""
    text = origin.read_text(encoding="utf-8")
    sha = hashlib.sha256(origin.read_bytes()).hexdigest()
    remark = f"copied from ketanalysis {__version__}, SHA-256 {sha}"
    if origin.suffix == ".py":
        return f"# {remark}\n{text}"
    head, line, body = text[4:].partition("\n---\n")
    return f"---\n{head}{line}\n<!-- {remark} -->\n{body}"
