"""What a refusal says and whose turn it is: the data's, the caller's or the numbers'."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketanalysis.contracts.findings import CheckReport


class KetanalysisError(ValueError):
    """Any refusal of ketanalysis."""


class ContractError(KetanalysisError):
    """The data must change: they do not keep their contract.

    ``report`` holds every finding (a `CheckReport`) where a whole table was checked.
    """

    def __init__(self, message: str, report: CheckReport | None = None) -> None:
        super().__init__(message)
        self.report = report


class ArgumentError(KetanalysisError):
    """The caller must change: an argument is missing, unknown or out of place."""


class EstimationError(KetanalysisError):
    """The numbers do not allow an estimate: no events, separation, no convergence."""


def near_miss(given: object, allowed: Iterable[object]) -> str:
    """Return ``' Did you mean X?'`` for a near miss of one allowed value, else nothing."""
    names = [str(name) for name in allowed]
    folded = {name.casefold(): name for name in reversed(names)}
    close = difflib.get_close_matches(str(given).casefold(), list(folded), n=1, cutoff=0.6)
    return f" Did you mean {folded[close[0]]}?" if close else ""


def listed(values: Iterable[object], most: int = 10) -> str:
    """Return the values as ``a, b, c and 4 more``, in the order given."""
    names = [str(value) for value in values]
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def check_one_of(argument: str, given: object, allowed: Sequence[object]) -> None:
    """Raise `ArgumentError` naming all allowed values unless `given` is one of them."""
    if given in allowed:
        return
    names = ", ".join(repr(value) for value in allowed)
    raise ArgumentError(
        f"{argument} must be one of {names}, not {given!r}.{near_miss(given, allowed)}"
    )


def check_conf_level(conf_level: float) -> None:
    """Raise `ArgumentError` unless the confidence level lies between 0 and 1."""
    if not 0 < conf_level < 1:
        raise ArgumentError(
            f"conf_level must be between 0 and 1 (0.95 is 95 %), not {conf_level!r}."
        )
