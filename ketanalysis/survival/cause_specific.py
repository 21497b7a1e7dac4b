"""Whether a hazard is the cause-specific one: which codes that count as censored are events."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.survival.event_causes import OUR_CAUSES, OURS

PLAIN, CAUSE_SPECIFIC = "hazard ratio", "cause-specific hazard ratio"


def cause_specific_note(
    rows: pl.DataFrame,
    censor: str = "CNSR",
    event: str | None = None,
    event_value: Any = None,
    competing: Any = None,
) -> str:
    """Return a sentence on what competes with the event; empty where nothing is known to.

    Parameters
    ----------
    rows
        The rows that enter.
    censor, event, event_value
        As in `event_codes`.
    competing
        The code, or list of codes, of `event` (of `censor` without it) that are events which
        prevent the one of interest; an empty list says that none is. Undeclared (None), those of
        `time_to_relapse(redose="competing")` are known, and several codes that are not
        `event_value` are named.

    Raises
    ------
    ArgumentError
        If a competing code does not occur, or is that of the event.

    Examples
    --------
    >>> rows = pl.DataFrame({"status": [0, 1, 2]})
    >>> cause_specific_note(rows, event="status", event_value=1, competing=2)
    'Cause-specific hazard: 2 (status) is a competing event, censored when it comes.'
    >>> cause_specific_note(rows.head(2), event="status", event_value=1)
    ''
    """
    column = event or censor
    if competing is not None:
        codes = _declared(rows, column, _several(event_value) if event else [0], competing)
        return _of_codes(codes, column) if codes else ""
    if ours := _of_ours(rows, event, event_value):
        return ours
    if event is None or event_value is None:
        return ""
    others = [code for code in _codes(rows, event) if code not in _several(event_value)]
    if len(others) < 2:
        return ""
    return (
        f"Cause-specific hazard: {listed(map(repr, others))} ({event}) are all counted as "
        "censored; which of them are competing events was not declared (competing=)."
    )


def _declared(rows: pl.DataFrame, column: str, events: list[Any], competing: Any) -> list[Any]:
    codes, held = _several(competing), _codes(rows, column)
    for code in codes:
        if code in events:
            raise ArgumentError(
                f"competing must name codes of other events than the one of interest, not {code!r} "
                f"({column})."
            )
        if code not in held:
            raise ArgumentError(
                f"competing must be among the codes of {column} ({listed(map(repr, held))}), not "
                f"{code!r}."
            )
    return codes


def _of_codes(codes: list[Any], column: str) -> str:
    one = len(codes) == 1
    return (
        f"Cause-specific hazard: {listed(map(repr, codes))} ({column}) "
        f"{'is a competing event' if one else 'are competing events'}, censored when "
        f"{'it comes' if one else 'they come'}."
    )


def _of_ours(rows: pl.DataFrame, event: str | None, event_value: Any) -> str:
    """Say which event of `time_to_relapse(redose="competing")` is censored."""
    if not {OURS, "entered"} <= set(rows.columns) or event not in (None, OURS):
        return ""
    of_interest = [OUR_CAUSES["relapse"]] if event is None else _several(event_value or 1)
    codes = rows[OURS].unique().to_list()
    others = [n for n, code in OUR_CAUSES.items() if code in codes and code not in of_interest]
    if not others:
        return ""
    return f"Cause-specific hazard: a {others[0]} is a competing event, censored when it comes."


def _codes(rows: pl.DataFrame, column: str) -> list[Any]:
    return rows[column].unique().sort().to_list()


def _several(codes: Any) -> list[Any]:
    return list(codes) if isinstance(codes, (list, tuple, set)) else [codes]
