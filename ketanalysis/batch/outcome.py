"""How a study ended, in plain values that a line of JSON holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DONE, FAILED, FULL = "done", "failed", "disk full"
# A path from the root, of two parts or more; after a letter or digit a slash divides, as in mg/kg.
_ABSOLUTE = re.compile(r"(?<![\w./])(?:/[^/\s'\"`:;,()]+)+/[^/\s'\"`:;,()]*")


@dataclass(frozen=True)
class Job:
    """One study to be reported: all that a worker needs to know, in plain values.

    Attributes
    ----------
    study
        Its id.
    folder
        The study folder, absolute.
    target
        The folder of our own that the worker fills, absolute; it is there and empty.
    options
        What the task takes: formats, template, arm, and so on.
    """

    study: str
    folder: str
    target: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def hide(self, text: str) -> str:
        """Return a text without the paths of this machine."""
        from ketanalysis.shipped import room

        shown = {
            self.target: "the output folder",
            self.folder: "the study folder",
            str(room("reports")): "reports",
            str(room("analyses")): "analyses",
            str(Path(__file__).parents[1]): "ketanalysis",
        }
        for path in sorted(shown, key=len, reverse=True):
            text = text.replace(path, shown[path])
        return _ABSOLUTE.sub(_last_part, text)


@dataclass(frozen=True)
class Outcome:
    """How a study ended.

    Attributes
    ----------
    status
        "done", "failed", or "disk full" (which stops the batch).
    reason
        Why it failed: a sentence, without a path of this machine.
    advice
        What to do.
    facts
        What the ledger holds besides: inputs with hashes, seeds.
    """

    status: str
    reason: str = ""
    advice: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def _last_part(path: re.Match[str]) -> str:
    """Return what may be read of a path: the name of the file, not whose machine it is on."""
    return f"…/{path[0].rpartition('/')[2]}"
