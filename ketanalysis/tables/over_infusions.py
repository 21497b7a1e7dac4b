"""Tables of a score over infusions in responders and non-responders."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import decimals, interval, number, p_digits
from ketanalysis.tables.registry import group_label, level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import HANDLING_WORDS

Row = dict[str, Any]


@table_of("infusion groups")
def infusion_groups(result: Any) -> Table:
    """One row a contrast: subjects, difference or slope with interval, t, df, p."""
    columns = (
        Column("", "left"),
        Column("Responders"),
        Column("Non-responders"),
        Column(f"Points ({level(result.conf_level)})"),
        Column("t"),
        Column("df"),
        Column("p"),
    )
    lines, blocks = [], []
    for row in result.table.iter_rows(named=True):
        digits = max(1, decimals(row["conf_low"], row["conf_high"]))
        ends = interval(row["conf_low"], row["conf_high"], digits)
        lines.append(
            (
                _label(row),
                str(row["n"]),
                str(row["n_reference"]),
                f"{number(row['estimate'], digits)} ({ends})",
                number(row["statistic"], 2),
                number(row["df"], 1),
                p_digits(row["p_value"]),
            )
        )
        blocks.append(_block(row, result.by))
    held = dict.fromkeys(note for note in result.table["note"].to_list() if note)
    notes = (*result.notes, *(f"{note[:1].upper()}{note[1:]}." for note in held))
    return Table(result.title, columns, tuple(lines), _runs(blocks), notes)


def _label(row: Row) -> str:
    if row["infusion"] != "all":
        return f"Difference at infusion {row['infusion']}"
    return str(row["measure"][:1].upper() + row["measure"][1:])


def _block(row: Row, by: tuple[str, ...]) -> str:
    words = f"missing response scores: {HANDLING_WORDS[row['missing']]}"
    return f"{group_label(row, by)}; {words}" if by else words[:1].upper() + words[1:]


def _runs(labels: list[str]) -> tuple[tuple[str, int], ...]:
    runs: dict[str, int] = {}
    for label in labels:
        runs[label] = runs.get(label, 0) + 1
    return tuple(runs.items())
