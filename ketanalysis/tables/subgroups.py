"""The table of subgroups: effect by subgroup, and the tests of whether it differs."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import decimals, interval, number, p_digits, percent
from ketanalysis.subgroups.effects import NUMBER, OVERALL
from ketanalysis.tables.registry import level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import contrast_words

Row = dict[str, Any]


@table_of("subgroups")
def subgroups(result: Any) -> Table:
    """One row a level, a group of rows a subgroup with its interaction test, columns a contrast."""
    rows = result.table.to_dicts()
    contrasts = list(dict.fromkeys(row["contrast"] for row in rows))
    measures = list(dict.fromkeys(row["measure"] for row in rows))
    arms = arms_of(result)
    columns = [Column("Subgroup", "left")]
    for contrast in contrasts:
        has_ratio = any("ratio" in measure for measure in measures)
        words = contrast_words(contrast, arms, "versus" if has_ratio else "minus")
        labels = ("n/N", "n/N, reference") if "odds ratio" in measures else ("N", "N, reference")
        columns += [Column(label, spanner=words) for label in labels]
        columns += [Column(_head(name, result.conf_level), spanner=words) for name in measures]
    cells = {(r["subgroup"], r["level"], r["contrast"], r["measure"]): r for r in rows}
    lines, groups = [], []
    for name in dict.fromkeys(row["subgroup"] for row in rows):
        levels = list(dict.fromkeys(r["level"] for r in rows if r["subgroup"] == name))
        for one in levels:
            line = [one]
            for contrast in contrasts:
                own = [cells[name, one, contrast, measure] for measure in measures]
                line += [*_counts(own[0]), *map(effect_text, own)]
            lines.append(tuple(line))
        groups.append((heading_of(result, name), len(levels)))
    reasons = dict.fromkeys(row["note"] for row in result.interactions.to_dicts() if row["note"])
    said = [f"{text[:1].upper()}{text[1:]}." for text in reasons]
    return Table(result.title, tuple(columns), tuple(lines), tuple(groups), (*result.notes, *said))


def arms_of(result: Any) -> list[str]:
    """Return the arms of the contrasts, for `contrast_words`."""
    return list(
        dict.fromkeys(
            name
            for contrast in result.table["contrast"].unique(maintain_order=True)
            for name in str(contrast).split(" - ")
        )
    )


def heading_of(result: Any, subgroup: str, *, is_short: bool = False) -> str:
    """Return a subgroup with its tests: ``sex (interaction p = 0.31, adjusted 0.62)``.

    In short without the test of the score behind a cut.
    """
    if subgroup == OVERALL:
        return OVERALL
    own = result.interactions.filter((pl.col("subgroup") == subgroup) & (pl.col("test") != "Wald"))
    parts = []
    for row in own.iter_rows(named=True):
        if is_short and row["kind"] == NUMBER:
            continue
        what = "score uncut" if row["kind"] == NUMBER else "interaction"
        parts.append(f"{what} {_p(row)}")
    return f"{subgroup} ({'; '.join(parts)})"


def _p(row: Row) -> str:
    digits = p_digits(row["p_value"])
    text = f"p {digits[0]} {digits[1:]}" if digits[0] in "<>" else f"p = {digits}"
    if row["p_value"] is None:
        return "not estimable"
    adjusted = row["p_adjusted"]
    if adjusted is None or adjusted == row["p_value"]:
        return text
    return f"{text}, adjusted {p_digits(adjusted)}"


def _head(measure: str, conf_level: float) -> str:
    shown = "Risk difference, points" if measure == "risk difference" else measure.capitalize()
    return f"{shown} ({level(conf_level)})"


def _counts(row: Row) -> list[str]:
    if row["count"] is None:
        return [str(row["n"]), str(row["n_reference"])]
    return [f"{row['count']}/{row['n']}", f"{row['count_reference']}/{row['n_reference']}"]


def effect_text(row: Row) -> str:
    """Return an effect with its interval, in the digits of the package."""
    if row["estimate"] is None:
        return number(None)
    low, high = row["conf_low"], row["conf_high"]
    if row["measure"] == "risk difference":
        return f"{percent(row['estimate'])} ({percent(low)} to {percent(high)})"
    sign = "\N{INFINITY}"
    digits = decimals(low, high, 2 if row["measure"] == "odds ratio" else 1)
    value = number(row["estimate"], digits, infinite=sign)
    return f"{value} ({interval(low, high, digits, infinite=sign)})"
