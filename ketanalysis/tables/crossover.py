"""Tables of crossovers and of ascending doses."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import decimals, interval, number, p_digits
from ketanalysis.tables.registry import level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import contrast_words

Line = tuple[str, ...]
Block = tuple[str, list[Line]]


@table_of("crossover")
def crossover(result: Any) -> Table:
    """The treatment effect first; then what stands beside it, and the F tests of the model."""
    blocks: list[Block] = [
        (
            "Treatment",
            [_line(row, contrast_words(row["contrast"])) for row in result.table.to_dicts()],
        )
    ]
    beside = [
        _line(
            row, f"{row['term'].capitalize()}, {contrast_words(row['contrast'])}: {row['method']}"
        )
        for row in result.beside.to_dicts()
    ]
    tests: list[Line] = [
        (f"{row['term'].capitalize()}", "", "", p_digits(row["p_value"]))
        for row in result.tests.to_dicts()
    ]
    blocks += [("Beside it (chooses nothing)", beside), ("F tests of the mixed model", tests)]
    return _table(result, "Contrast", blocks)


@table_of("dose response")
def dose_response(result: Any) -> Table:
    """The mean at each dose, the trend, each dose against the reference, and the departure."""
    rows = result.table.to_dicts()
    means: list[Line] = [
        (f"{row['dose']:g} (n = {row['n']})", *_numbers(row), "") for row in result.means.to_dicts()
    ]
    trend: list[Line] = [
        _line(row, f"For {row['contrast']}") for row in rows if row["term"] == "trend"
    ]
    trend += [
        (row["term"].capitalize(), "", "", p_digits(row["p_value"]))
        for row in result.tests.to_dicts()
    ]
    against = [_line(row, contrast_words(row["contrast"])) for row in rows if row["term"] == "dose"]
    blocks: list[Block] = [
        ("Mean at the dose", means),
        ("Trend", trend),
        ("Doses compared", against),
    ]
    return _table(result, result.dose, blocks)


def _table(result: Any, first: str, blocks: list[Block]) -> Table:
    columns = (
        Column(first, "left"),
        Column("Points"),
        Column(level(result.conf_level)),
        Column("p"),
    )
    held = [(label, lines) for label, lines in blocks if lines]
    lines = tuple(line for _, own in held for line in own)
    sizes = tuple((label, len(own)) for label, own in held)
    return Table(result.title, columns, lines, sizes, result.notes)


def _line(row: dict[str, Any], label: str) -> Line:
    adjusted = row.get("p_adjusted")
    p = row["p_value"] if adjusted is None else adjusted
    return (label, *_numbers(row), p_digits(p))


def _numbers(row: dict[str, Any]) -> tuple[str, str]:
    digits = decimals(row["conf_low"], row["conf_high"])
    return number(row["estimate"], digits), interval(row["conf_low"], row["conf_high"], digits)
