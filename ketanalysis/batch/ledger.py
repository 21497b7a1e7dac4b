"""The ledger: one line of JSON for each thing that was finished, only ever appended to.

Each line holds the hash of itself with the line before, so that a changed byte shows. The
line that a crash cut is no line: it is taken off before the next is written.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ketanalysis.errors import ArgumentError
from ketanalysis.whole_files import sync_folder

LEDGER = "ledger.jsonl"
Line = dict[str, Any]


@dataclass
class Ledger:
    """The lines of a ledger file; `append` puts one on the disk before it returns."""

    path: Path
    lines: list[Line] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path) -> Ledger:
        """Read the ledger of a batch and take off what a crash cut; a new one is empty.

        Raises
        ------
        ArgumentError
            A line is not as it was written: nothing is taken off, so that it can be seen.
        """
        path = folder / LEDGER
        text = path.read_bytes() if path.exists() else b""
        lines, whole = _good_lines(text)
        if _is_changed(text[whole:]):
            raise ArgumentError(
                f"{LEDGER} must be as it was written: line {len(lines) + 1} of that in {folder} "
                "was changed or added.\n  `ketanalysis verify` names what does not fit it. Put the "
                "ledger back, or choose another folder: this one is left as it is."
            )
        if whole < len(text):
            with path.open("r+b") as file:
                file.truncate(whole)
                os.fsync(file.fileno())
        return cls(path, lines)

    def append(self, **line: Any) -> None:
        """Add a line, with the time, and have it on the disk."""
        is_new = not self.path.exists()
        stamped = {**line, "time": datetime.now(UTC).isoformat(timespec="milliseconds")}
        chained = {**stamped, "chain": _chain(_last_chain(self.lines), stamped)}
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(self.path, flags, 0o666), "ab") as file:
            before = file.seek(0, os.SEEK_END)
            try:
                file.write(json.dumps(chained, sort_keys=True).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                with contextlib.suppress(OSError):
                    os.ftruncate(file.fileno(), before)
                raise
        if is_new:
            sync_folder(self.path.parent)
        self.lines.append(chained)

    def studies(self) -> dict[str, Line]:
        """Return the last line of each study, by id."""
        return {line["study"]: line for line in self.lines if line["event"] == "study"}

    def last(self, event: str) -> Line | None:
        """Return the last line of an event (``run``, ``end``), or None."""
        return next((line for line in reversed(self.lines) if line["event"] == event), None)


def read_lines(folder: Path) -> list[Line]:
    """Return the lines of a ledger up to the first that is cut or changed; nothing is mended."""
    return _good_lines((folder / LEDGER).read_bytes())[0]


def broken_lines(folder: Path) -> list[int]:
    """Return the numbers of the lines (1 is the first) that are not as they were written."""
    text = (folder / LEDGER).read_bytes()
    lines, whole = _good_lines(text)
    return [] if whole == len(text) else [len(lines) + 1]


def _good_lines(text: bytes) -> tuple[list[Line], int]:
    """Return the lines up to the first that is cut or changed, and how many bytes they are."""
    lines: list[Line] = []
    whole = 0
    for raw in text.splitlines(keepends=True):
        line = _parsed(raw)
        if line is None or line.get("chain") != _chain(_last_chain(lines), _without(line)):
            break
        lines.append(line)
        whole += len(raw)
    return lines, whole


def _is_changed(rest: bytes) -> bool:
    """Whether the rest is not what a crash leaves: a line without its end, or zeros."""
    return b"\n" in rest and b"\0" not in rest


def _parsed(raw: bytes) -> Line | None:
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    # What is read must be what would be written: a changed space is a change too.
    is_ours = isinstance(line, dict) and json.dumps(line, sort_keys=True).encode() + b"\n" == raw
    return line if is_ours else None


def _last_chain(lines: list[Line]) -> str:
    return str(lines[-1]["chain"]) if lines else ""


def _without(line: Line) -> Line:
    return {key: value for key, value in line.items() if key != "chain"}


def _chain(before: str, line: Line) -> str:
    text = before + json.dumps(line, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
