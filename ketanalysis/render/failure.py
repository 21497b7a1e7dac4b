"""Why a report cannot be rendered: the file, the line and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ketanalysis.errors import KetanalysisError, near_miss


class RenderError(KetanalysisError):
    """A report cannot be rendered; nothing was written.

    ``file`` is the .qmd, ``line`` its line (1 is the first; None where no line is to blame)
    and ``cell`` the label or number of the cell that failed, if one did.
    """

    def __init__(
        self, message: str, *, file: Path, line: int | None = None, cell: str | None = None
    ) -> None:
        where = [str(file)]
        if line is not None:
            where.append(f"line {line}")
        if cell is not None:
            where.append(f"cell {cell}")
        super().__init__(f"{', '.join(where)}: {message}")
        self.file = file
        self.line = line
        self.cell = cell


def cannot_honour(kind: str, name: str, allowed: Iterable[str]) -> str:
    """Return the sentence that refuses an option, with all options that are honoured."""
    names = sorted(allowed)
    return (
        f"the {kind} {name!r} cannot be honoured.{near_miss(name, names)}\n"
        f"  Honoured are: {', '.join(names)}."
    )
