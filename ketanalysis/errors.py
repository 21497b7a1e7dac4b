"""What a refusal says and whose turn it is: the data's, the caller's or the numbers'."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from numbers import Real
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


class TooFewError(ArgumentError):
    """What was asked for cannot be passed on: it would tell of few subjects. Quotes no data."""


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


def alike(values: Iterable[object]) -> list[str]:
    """Return the texts that are one when case and surrounding spaces are ignored, side by side."""
    folded: dict[str, list[str]] = {}
    for value in values:
        if isinstance(value, str) and value not in folded.setdefault(value.strip().casefold(), []):
            folded[value.strip().casefold()].append(value)
    return [value for same in folded.values() if len(same) > 1 for value in same]


def cast_remedy(column: str) -> str:
    """Return what to do with a column of text that must hold numbers, as a line of its own."""
    return (
        f'\n  Cast the column: pl.col("{column}").cast(pl.Float64). Text from a file is read as '
        "text so that no code is lost."
    )


def check_one_of(argument: str, given: object, allowed: Sequence[object]) -> None:
    """Raise `ArgumentError` naming all allowed values unless `given` is one of them."""
    if given in allowed:
        return
    names = ", ".join(repr(value) for value in allowed)
    raise ArgumentError(
        f"{argument} must be one of {names}, not {given!r}.{near_miss(given, allowed)}"
    )


def check_reason(allow: str | None) -> None:
    """Raise `ArgumentError` where ``allow=`` is given without a reason in words."""
    given: object = allow
    if given is not None and (not isinstance(given, str) or not given.strip()):
        raise ArgumentError(f"allow= must give the reason in words, not {given!r}.")


def check_conf_level(conf_level: float) -> None:
    """Raise `ArgumentError` unless the confidence level is a number between 0 and 1."""
    given: object = conf_level
    if isinstance(given, bool) or not isinstance(given, Real):
        raise ArgumentError(
            "conf_level must be a number (int or float) between 0 and 1 (0.95 is 95 %), "
            f"not {conf_level!r}."
        )
    if not 0 < conf_level < 1:
        raise ArgumentError(
            f"conf_level must be between 0 and 1 (0.95 is 95 %), not {conf_level!r}."
        )
