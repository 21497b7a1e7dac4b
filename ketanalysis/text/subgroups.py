"""Sentences on subgroups: the effect in all, and whether it differs."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import decimals, number, percent
from ketanalysis.subgroups.effects import NUMBER, OVERALL
from ketanalysis.tables.subgroups import arms_of
from ketanalysis.tables.words import contrast_words, sign_words
from ketanalysis.text.registry import phrase_of, sentences_of
from ketanalysis.text.style import Style

SIGN = "\N{INFINITY}"


@phrase_of("subgroups")
def effect(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``2.40 (95 % CI 0.78 to 7.44)``, a risk difference in percentage points."""
    if row["estimate"] is None:
        return row["note"] or "not estimable"
    low, high = row["conf_low"], row["conf_high"]
    if row["measure"] == "risk difference":
        ends = style.ci_percent(low, high, conf_level=result.conf_level)
        return f"{percent(row['estimate'])} percentage points ({ends})"
    digits = decimals(low, high, 2 if row["measure"] == "odds ratio" else 1)
    ends = style.ci(low, high, digits, conf_level=result.conf_level, infinite=SIGN)
    return f"{number(row['estimate'], digits, infinite=SIGN)} ({ends})"


@sentences_of("subgroups")
def subgroups(result: Any, style: Style) -> str:
    """Say the overall effect, each subgroup's effects, and the interaction tests."""
    measure = result.table["measure"][-1]
    rows = result.table.filter(pl.col("measure") == measure)
    said = []
    for name in rows["subgroup"].unique(maintain_order=True):
        own = rows.filter(pl.col("subgroup") == name)
        said.append(_of_subgroup(result, name, own, measure, style))
    return " ".join(said)


def _of_subgroup(result: Any, name: str, rows: pl.DataFrame, measure: str, style: Style) -> str:
    contrasts = rows["contrast"].n_unique()
    parts = []
    for row in rows.iter_rows(named=True):
        words = contrast_words(row["contrast"], arms_of(result))
        where = "" if name == OVERALL else row["level"]
        whose = ", ".join(part for part in (where, words if contrasts > 1 else "") if part)
        named = f"{whose}: " if whose else ""
        parts.append(f"{named}{effect(result, row, style)}")
    if name == OVERALL:
        words = contrast_words(str(rows["contrast"][0]), arms_of(result), sign_words(measure))
        which = f", {words}" if contrasts == 1 else ""
        whole = f"{_measure(measure, result.outcome)} on {result.scale} at {result.visit}{which}"
        return f"{whole}: {'; '.join(parts)}."
    return f"By {name}, {'; '.join(parts)}; {_tests(result, name, style)}."


def _tests(result: Any, name: str, style: Style) -> str:
    own = result.interactions.filter((pl.col("subgroup") == name) & (pl.col("test") != "Wald"))
    found = []
    for row in own.iter_rows(named=True):
        what = "with the score uncut" if row["kind"] == NUMBER else "interaction"
        if row["p_value"] is None:
            found.append(f"{what} {row['note'] or 'not estimable'}")
            continue
        adjusted = row["p_adjusted"]
        both = adjusted is not None and adjusted != row["p_value"]
        beside = f", adjusted {style.p(adjusted)}" if both else ""
        found.append(f"{what} {style.p(row['p_value'])}{beside}")
    return ", ".join(found)


def _measure(measure: str, outcome: str) -> str:
    return measure.capitalize() if outcome == "change" else f"{measure.capitalize()} of {outcome}"
