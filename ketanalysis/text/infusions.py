"""Sentences on what happened at the infusions: vital signs, and how infusions were given."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import decimals, interval, number
from ketanalysis.text.registry import led_by_group, phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style
from ketanalysis.vital_parameters import HIGHEST, vital_name


@phrase_of("acute effects")
@phrase_of("vital signs")
def mean_with_unit(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``18.2 mmHg (95 % CI 16.4 to 20.0)``."""
    if row["mean"] is None:
        return "not recorded"
    digits = decimals(row["conf_low"], row["conf_high"])
    unit = style.sign if row["unit"] == "%" else f" {row['unit']}"
    shown = f"{number(row['mean'], digits)}{unit}"
    if row["conf_low"] is None:
        return shown
    ends = style.ci(row["conf_low"], row["conf_high"], digits, conf_level=result.conf_level)
    return f"{shown} ({ends})"


@sentences_of("vital signs")
def vital_signs(result: Any, style: Style) -> str:
    """Say the mean change of each vital sign, then each threshold, then the way back."""
    main = str(result.table["infusion"].unique().sort()[-1])
    parts = [_change(result, name, main, style) for name in result.parameters]
    parts += [
        _crossed(result, words, main, style)
        for words in result.thresholds["threshold"].unique(maintain_order=True)
    ]
    if result.returns.height:
        parts += [_returned(result, name, main) for name in result.parameters]
    return " ".join(parts)


@sentences_of("acute effects")
def acute_effects(result: Any, style: Style) -> str:
    """Say what `vital_signs` says, then the slope over infusions."""
    said = [vital_signs(result, style)]
    for row in result.trend.to_dicts():
        if row["estimate"] is None:
            continue
        digits = decimals(row["conf_low"], row["conf_high"])
        ends = style.ci(row["conf_low"], row["conf_high"], digits, conf_level=result.conf_level)
        what = (
            "Difference in slopes"
            if "difference" in row["term"]
            else f"Slope {led_by_group(row, result.by)}"
        )
        said.append(
            f"{what.strip()} over infusions: {number(row['estimate'], digits)} points per infusion "
            f"({ends}; {style.p(row['p_value'])})."
        )
    return " ".join(said)


def _change(result: Any, name: str, main: str, style: Style) -> str:
    rows = result.table.filter(
        (pl.col("PARAMCD").cast(pl.String) == name)
        & (pl.col("infusion").cast(pl.String) == main)
        & (pl.col("measure") == "change")
    )
    worst = "highest" if dict(result.worst)[name] == HIGHEST else "lowest"
    groups = "; ".join(
        f"{led_by_group(row, result.by)}{phrase(result, row, style)}, {row['n_infusions']} "
        f"infusions in {row['n']} subjects"
        for row in rows.iter_rows(named=True)
    )
    where = "" if main == "all" else f" of infusion {main}"
    sign = vital_name(name)
    return (
        f"Mean change in {sign} from before the infusion to the {worst} reading{where} after its "
        f"start: {groups}."
    )


def _crossed(result: Any, words: str, main: str, style: Style) -> str:
    rows = result.thresholds.filter(
        (pl.col("threshold") == words) & (pl.col("infusion").cast(pl.String) == main)
    )
    parts = []
    for basis in ("subjects", "infusions"):
        own = rows.filter(pl.col("basis") == basis)
        shown = [
            f"{led_by_group(row, result.by)}{_share(result, row, style)}"
            for row in own.iter_rows(named=True)
        ]
        if shown:
            parts.append(f"{basis}: {'; '.join(shown)}")
    return f"{words} was seen in {'. At '.join(parts)}."


def _share(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return a share; without an interval the count alone."""
    n = row["n"] if row["basis"] == "subjects" else row.get("n_infusions") or row["n"]
    if row["conf_low"] is None:
        return f"{row['count']}/{n}" if style.name != "jama" else f"{row['count']} of {n}"
    return style.share(
        row["count"],
        n,
        row["estimate"],
        row["conf_low"],
        row["conf_high"],
        conf_level=result.conf_level,
    )


def _returned(result: Any, name: str, main: str) -> str:
    rows = result.returns.filter(
        (pl.col("PARAMCD").cast(pl.String) == name) & (pl.col("infusion").cast(pl.String) == main)
    )
    groups = []
    for row in rows.iter_rows(named=True):
        left = row["n_infusions"] - row["n_stayed"]
        median = "" if row["median"] is None else f", median {number(row['median'], 0)} minutes"
        groups.append(
            f"{led_by_group(row, result.by)}at {row['n_returned']} of {left} infusions that left "
            f"the margin{median}"
        )
    return f"The return of {vital_name(name)} was seen: {'; '.join(groups)}."


@phrase_of("conduct")
def share_or_mean(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return a share, or a mean with its unit and range."""
    if row["note"].startswith("not recorded"):
        return str(row["note"])
    if row["count"] is not None:
        return _share(result, row, style)
    unit = f" {row['unit']}" if row["unit"] else ""
    digits = 3 if (row["max"] or 0) <= 2 else 1
    ends = interval(row["min"], row["max"], digits)
    return f"mean {number(row['mean'], digits)}{unit} (range {ends})"


@sentences_of("conduct")
def conduct(result: Any, style: Style) -> str:
    """Say how many infusions were given, who got all, and how many were stopped, and why."""
    given = _of(result, "infusions a subject")
    groups = "; ".join(
        f"{led_by_group(row, result.by)}{row['n_infusions']} in {row['n']} subjects (median "
        f"{number(row['median'], 0)}, range {interval(row['min'], row['max'], 0)})"
        for row in given
    )
    parts = [f"Infusions given: {groups}."]
    if result.planned is not None:
        complete = "; ".join(
            f"{led_by_group(row, result.by)}{phrase(result, row, style)}"
            for row in _of(result, "all planned infusions")
        )
        parts.append(f"All {result.planned} planned infusions: {complete}.")
    return " ".join([*parts, _stopped(result, style)])


def _stopped(result: Any, style: Style) -> str:
    rows = [r for r in _of(result, "stopped early or changed") if r["basis"] == "infusions"]
    if not rows:
        return "Whether infusions were stopped early is not recorded."
    groups = []
    for row in rows:
        key = {column: row[column] for column in result.by}
        reasons = _of(result, "stopped early or changed", has_level=True)
        own = [
            f"{r['level']} {r['count']}"
            for r in reasons
            if all(r[column] == value for column, value in key.items())
            and r["basis"] == "infusions"
        ]
        why = f", by reason: {', '.join(own)}" if own else ""
        groups.append(f"{led_by_group(row, result.by)}{phrase(result, row, style)}{why}")
    return f"Infusions stopped early or changed: {'; '.join(groups)}."


def _of(result: Any, measure: str, has_level: bool = False) -> list[dict[str, Any]]:
    level = pl.col("level") != "" if has_level else pl.col("level") == ""
    rows = result.table.filter(
        (pl.col("measure") == measure) & level & (pl.col("infusion").cast(pl.String) == "all")
    )
    found: list[dict[str, Any]] = rows.to_dicts()
    return found
