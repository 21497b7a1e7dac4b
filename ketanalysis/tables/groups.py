"""Tables of groups compared: difference, effect size and test, a row an outcome and test."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import decimals, interval, number, p_digits
from ketanalysis.tables.registry import group_label, level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import HANDLING_WORDS, TEST_NAMES


@table_of("comparison")
@table_of("responders")
def comparison(result: Any) -> Table:
    """One row an outcome and test: groups, difference, effect size, p."""
    by = list(getattr(result, "by", ())) if result.kind == "responders" else []
    has_adjusted = result.table["p_adjusted"].null_count() < result.table.height
    has_several = result.table["outcome"].n_unique() > 1
    columns = [
        *([Column("Score", "left")] if has_several else []),
        Column("Test", "left"),
        Column("n", spanner=_side(result, result.group)),
        Column("Mean", spanner=_side(result, result.group)),
        Column("n", spanner=_side(result, result.reference)),
        Column("Mean", spanner=_side(result, result.reference)),
        Column(f"Difference ({level(result.conf_level)})"),
        Column(f"Hedges g ({level(result.conf_level)})"),
        Column("p"),
    ]
    columns += [Column("p, adjusted")] if has_adjusted else []
    lines, groups = [], []
    for row in result.table.iter_rows(named=True):
        digits = decimals(row["conf_low"], row["conf_high"])
        line = [
            *([row["outcome"]] if has_several else []),
            TEST_NAMES.get(row["test"], row["test"]),
            str(row["n"]),
            number(row["mean"], digits),
            str(row["n_reference"]),
            number(row["mean_reference"], digits),
            f"{number(row['estimate'], digits)} "
            f"({interval(row['conf_low'], row['conf_high'], digits)})",
            _effect(row),
            p_digits(row["p_value"]),
        ]
        line += [p_digits(row["p_adjusted"])] if has_adjusted else []
        lines.append(tuple(line))
        groups.append(_block(row, by))
    notes = dict.fromkeys(n for n in result.table["note"].to_list() if n)
    if "Hodges-Lehmann shift" in result.table["measure"]:
        notes["The Mann-Whitney rows give the Hodges-Lehmann shift, not a difference of means"] = (
            None
        )
    return Table(
        result.title,
        tuple(columns),
        tuple(lines),
        _runs(groups),
        (*result.notes, *(f"{note}." for note in notes), *_twin_notes(result, by)),
    )


def _side(result: Any, group: str) -> str:
    """Return the name of a group as a heading; a label of the data stays as it is."""
    return group.capitalize() if result.kind == "responders" else group


def _block(row: dict[str, Any], by: list[str]) -> str:
    if "missing" not in row:
        return ""
    where = f"{group_label(row, by)}; " if by else ""
    words = f"{where}missing response scores: {HANDLING_WORDS[row['missing']]}"
    return words[:1].upper() + words[1:] if not by else words


def _runs(labels: list[str]) -> tuple[tuple[str, int], ...]:
    runs: list[tuple[str, int]] = []
    for label in labels:
        if runs and runs[-1][0] == label:
            runs[-1] = (label, runs[-1][1] + 1)
        else:
            runs.append((label, 1))
    return tuple(runs) if any(label for label, _ in runs) else ()


def _effect(row: dict[str, Any]) -> str:
    if row["effect_size"] is None or (row["role"] != "primary" and row["test"] == "mann-whitney"):
        return ""
    return f"{number(row['effect_size'], 2)} ({interval(row['effect_low'], row['effect_high'], 2)})"


def _twin_notes(result: Any, by: list[str]) -> list[str]:
    twin = getattr(result, "twin", None)
    if twin is None:
        return []
    return [
        f"Without a cut-off{', ' + group_label(row, by) if by else ''}: Spearman correlation of "
        f"{row['outcome']} with improvement in points {number(row['estimate'], 2)} "
        f"({interval(row['conf_low'], row['conf_high'], 2)}), n = {row['n']}."
        for row in twin.iter_rows(named=True)
    ]
