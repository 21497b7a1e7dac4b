"""Whether every file of a batch is still as it was written: all hashes computed anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ketanalysis.batch.ledger import LEDGER, Ledger, broken_lines, read_lines
from ketanalysis.batch.tree import batch_hashes
from ketanalysis.errors import ArgumentError


@dataclass(frozen=True)
class Verification:
    """What a batch holds, against its ledger.

    Attributes
    ----------
    n_files
        How many files were compared.
    changed, missing, unknown
        Files that are not as they were written, are gone, or were not written by the batch.
    ledger_line
        The first line of the ledger that is not as it was written, or None.
    is_complete
        Whether the last run came to its end.
    """

    n_files: int
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    ledger_line: int | None = None
    is_complete: bool = True

    @property
    def is_intact(self) -> bool:
        """Whether nothing was changed, lost or added."""
        return not (self.changed or self.missing or self.unknown or self.ledger_line)

    def __str__(self) -> str:
        kinds = (("changed", self.changed), ("missing", self.missing), ("unknown", self.unknown))
        lines = [f"{kind}: {name}" for kind, names in kinds for name in names]
        if self.ledger_line is not None:
            lines.append(f"changed: {LEDGER}, line {self.ledger_line}")
        if not self.is_complete:
            lines.append("The last run did not come to its end; go on with it by --resume.")
        if self.is_intact:
            lines.append(f"{self.n_files} files are as they were written.")
        return "\n".join(lines)


def verify_batch(out: str | Path) -> Verification:
    """Compute the hash of every file of a batch anew and compare it with the ledger.

    Answers "is this what the batch wrote, to the last byte?". It shows a change by accident or
    by a hand that does not know the ledger; who rewrites files and ledger together is not seen.

    Parameters
    ----------
    out
        The folder of a batch.

    Returns
    -------
    Verification
        Files that were changed, are missing, or were added; ``is_intact`` says it in one word.

    Raises
    ------
    ArgumentError
        The folder holds no batch.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> ka.verify_batch("reports").is_intact  # doctest: +SKIP
    True
    """
    folder = Path(out)
    if not (folder / LEDGER).is_file():
        raise ArgumentError(f"out must be the folder of a batch: {folder} holds no {LEDGER}.")
    ledger = Ledger(folder / LEDGER, read_lines(folder))
    written: dict[str, str] = {}
    for line in ledger.studies().values():
        written |= line["outputs"]
    end = ledger.last("end")
    is_complete = bool(ledger.lines) and ledger.lines[-1]["event"] == "end"
    written |= end["outputs"] if end is not None and is_complete else {}
    found = batch_hashes(folder)
    both = sorted(found.keys() & written.keys())
    return Verification(
        len(both) + 1,
        tuple(name for name in both if found[name] != written[name]),
        tuple(sorted(written.keys() - found.keys())),
        tuple(sorted(found.keys() - written.keys())),
        next(iter(broken_lines(folder)), None),
        is_complete,
    )
