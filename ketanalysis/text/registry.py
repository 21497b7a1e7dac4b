"""Which function writes the sentences, and which the inline numbers, of which kind of result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ketanalysis.errors import ArgumentError
from ketanalysis.results import Result
from ketanalysis.rounding import decimals, number
from ketanalysis.tables.registry import group_label
from ketanalysis.text.style import Style, style_named

Writer = Callable[[Any, Style], str]
Phraser = Callable[[Any, dict[str, Any], Style], str]
SENTENCES: dict[str, Writer] = {}
PHRASES: dict[str, Phraser] = {}


def sentences_of(kind: str) -> Callable[[Writer], Writer]:
    """Register the function that writes the sentences of a kind of result."""

    def register(writer: Writer) -> Writer:
        SENTENCES[kind] = writer
        return writer

    return register


def phrase_of(kind: str) -> Callable[[Phraser], Phraser]:
    """Register the function that writes one row of a kind of result as running text."""

    def register(phraser: Phraser) -> Phraser:
        PHRASES[kind] = phraser
        return phraser

    return register


def sentences(result: Result, style: str = "plain") -> str:
    """Return sentences for a paper: what was found, by which definition and method."""
    chosen = style_named(style)
    if result.kind not in SENTENCES:
        raise ArgumentError(f"There are no sentences for results of the kind {result.kind!r}.")
    found = SENTENCES[result.kind](result, chosen)
    mark = " Data are simulated." if result.simulated else ""
    return f"{found} {' '.join(result.notes)}{mark}".strip()


def phrase(result: Result, row: dict[str, Any], style: Style) -> str:
    """Return one row as running text: by the phrase of its kind, else estimate and interval."""
    phraser: Phraser = PHRASES.get(result.kind, _estimate)
    return phraser(result, row, style)


def led_by_group(row: dict[str, Any], by: Sequence[str], after: str = " ") -> str:
    """Return the row's group and what stands after it; nothing where all are one group.

    Examples
    --------
    >>> led_by_group({"TRT01P": "ketamine"}, ("TRT01P",), ": "), led_by_group({}, ())
    ('ketamine: ', '')
    """
    return f"{group_label(row, by)}{after}" if by else ""


def _estimate(result: Result, row: dict[str, Any], style: Style) -> str:
    low, high = row.get("conf_low"), row.get("conf_high")
    digits = decimals(low, high)
    value = number(row.get("estimate", row.get("mean")), digits)
    return f"{value} ({style.ci(low, high, digits, conf_level=result.conf_level)})"
