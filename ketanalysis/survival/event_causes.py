"""Which cause each event had, where causes compete: declared codes, none guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.survival.event_codes import check_column
from ketanalysis.survival.event_times import EventTimes, event_times
from ketanalysis.survival.risk_sets import Counts

CausesGiven = Mapping[str, Any] | Sequence[Any]
# The column of `time_to_relapse(redose="competing")`, whose codes are our own.
OURS = "event_code"
OUR_CAUSES = {"relapse": 1, "further infusion": 2}
_CAUSE = "cause of the event"


@dataclass(frozen=True)
class Causes:
    """The causes that compete, in order: their names, the codes of each, those of censoring."""

    column: str
    names: tuple[str, ...]
    codes: tuple[tuple[Any, ...], ...]
    censored: tuple[Any, ...]

    @property
    def events(self) -> list[Any]:
        """Every code that means an event of some cause."""
        return [code for codes in self.codes for code in codes]

    @property
    def note(self) -> str:
        """Return the coding as a sentence."""
        said = (
            f"{name} ({listed(map(repr, codes))})"
            for name, codes in zip(self.names, self.codes, strict=True)
        )
        censored = f"; censored ({listed(map(repr, self.censored))})" if self.censored else ""
        return f"Causes in {self.column}: {listed(said)}{censored}."


def declared_causes(
    frame: pl.DataFrame, event: str, causes: CausesGiven | None, censored: Any
) -> Causes:
    """Return the causes as they were declared.

    Raises
    ------
    ArgumentError
        If the column is missing, no cause is named, or a code is named twice.

    Examples
    --------
    >>> rows = pl.DataFrame({"status": [0, 1, 2]})
    >>> declared_causes(rows, "status", {"relapse": 1, "death": 2}, 0).note
    'Causes in status: relapse (1), death (2); censored (0).'
    """
    check_column("event", event, frame)
    if causes is None and event == OURS and "entered" in frame.columns:
        causes, censored = OUR_CAUSES, 0 if censored is None else censored
    if causes is None or isinstance(causes, str) or not len(causes):
        raise ArgumentError(
            f"causes must name the events that compete, each with its code of {event}, that of "
            f"interest first, not {causes!r}.\n"
            '  Write causes={"relapse": 1, "death": 2}, censored=0.'
        )
    named = causes if isinstance(causes, Mapping) else {str(code): code for code in causes}
    codes = tuple(_several(code) for code in named.values())
    given = [*(code for each in codes for code in each), *_several(censored)]
    twice = [code for i, code in enumerate(given) if code in given[:i]]
    if twice:
        raise ArgumentError(
            f"Each code of {event} must be one cause, or censored; {listed(map(repr, twice))} is "
            "named twice."
        )
    return Causes(event, tuple(map(str, named)), codes, _several(censored))


def caused_times(
    frame: pl.DataFrame, endpoint: str | None, causes: Causes, **options: Any
) -> tuple[EventTimes, Counts]:
    """Read the rows as `event_times`, and the cause (n,) of each: 0 censored, 1 the first cause.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `event_times`, and if a subject that enters has a code that was not declared.

    Examples
    --------
    >>> rows = pl.DataFrame({"AVAL": [5, 8, 9], "status": [2, 0, 1]})
    >>> declared = declared_causes(rows, "status", {"relapse": 1, "death": 2}, 0)
    >>> caused_times(rows, None, declared)[1].tolist()
    [2, 0, 1]
    """
    is_silent = not {"reason", "EVNTDESC"} & set(frame.columns)
    described = frame.with_columns(EVNTDESC=_names(frame, causes)) if is_silent else frame
    read = event_times(
        described, endpoint, event=causes.column, event_value=causes.events, **options
    )
    rows = read.tte.head(len(read.time))
    code = cause_codes(rows, causes)
    notes = tuple(note for note in read.notes if not note.startswith("Event: "))
    tte = read.tte.drop("EVNTDESC") if is_silent else read.tte
    return replace(read, tte=tte, notes=(causes.note, *notes)), code


def cause_codes(rows: pl.DataFrame, causes: Causes) -> Counts:
    """Return the cause (n,) of each row: 0 censored, 1 the first; an undeclared code is refused.

    Examples
    --------
    >>> rows = pl.DataFrame({"status": [2, 0, 1]})
    >>> cause_codes(rows, declared_causes(rows, "status", {"relapse": 1, "death": 2}, 0)).tolist()
    [2, 0, 1]
    """
    code = _numbers(rows, causes)
    _check_declared(rows, code, causes)
    return code.to_numpy()


def _check_declared(rows: pl.DataFrame, code: pl.Series, causes: Causes) -> None:
    if not code.null_count():
        return
    unknown = rows.filter(code.is_null())
    found = unknown[causes.column].unique().sort().to_list()
    whose = f" (USUBJID {listed(unknown['USUBJID'], 3)})" if "USUBJID" in rows.columns else ""
    raise ArgumentError(
        f"Every code of {causes.column} must be declared as a cause or as censored; "
        f"{listed(map(repr, found))} {'is' if len(found) == 1 else 'are'} not{whose}.\n"
        f"  Say censored={found[0]!r} if it is no event, or name it in causes=."
    )


def _numbers(rows: pl.DataFrame, causes: Causes) -> pl.Series:
    """Return 0 for censored, 1 for the first cause; null for a code that was not declared."""
    column = rows[causes.column]
    if column.dtype in (pl.Enum, pl.Categorical):
        column = column.cast(pl.String)
    numbers = {
        code: place
        for code in column.unique().to_list()
        for place, codes in enumerate((causes.censored, *causes.codes))
        if code is not None and code in codes
    }
    if not numbers:
        return pl.Series(_CAUSE, [None] * rows.height, dtype=pl.Int64)
    return column.replace_strict(
        list(numbers), list(numbers.values()), default=None, return_dtype=pl.Int64
    )


def _names(rows: pl.DataFrame, causes: Causes) -> pl.Series:
    names: dict[int, str] = dict(enumerate(causes.names, start=1))
    return _numbers(rows, causes).replace_strict(names, default=None, return_dtype=pl.String)


def _several(code: Any) -> tuple[Any, ...]:
    if code is None:
        return ()
    return tuple(code) if isinstance(code, (list, tuple, set)) else (code,)
