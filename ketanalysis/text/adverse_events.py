"""Sentences on adverse events: in how many subjects, at how many infusions, how often in time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from ketanalysis.adverse_events.ascertainment import asked_words
from ketanalysis.adverse_events.records import ANY
from ketanalysis.rounding import decimals, number
from ketanalysis.tables.registry import group_label
from ketanalysis.tables.words import contrast_words
from ketanalysis.text.contrasts import contrast_phrase
from ketanalysis.text.registry import phrase_of, sentences_of
from ketanalysis.text.style import Style

MOST = 3  # events that a sentence names beside the total


@phrase_of("adverse events")
def share(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``20/48 (42 %; 95 % CI 28 to 57), asked for by checklist``, or a contrast."""
    if "measure" in row:
        return f"{contrast_phrase(result, row, style)}, {asked_words(row['ascertainment'])}"
    return f"{_share(result, row, style)}, {asked_words(row['ascertainment'])}"


def _share(result: Any, row: dict[str, Any], style: Style) -> str:
    numbers = (row[name] for name in ("count", "n", "estimate", "conf_low", "conf_high"))
    return style.share(*numbers, conf_level=result.conf_level)


@sentences_of("adverse events")
def adverse_events(result: Any, style: Style) -> str:
    """Say in how many any event was seen, which were the most frequent, and what was serious."""
    parts = []
    for way in result.ways:
        own = result.table.filter(pl.col("ascertainment") == way)
        parts.append(_of_way(result, own, way, style))
    return " ".join(parts)


def _of_way(result: Any, rows: pl.DataFrame, way: str, style: Style) -> str:
    whole = rows.filter(pl.all_horizontal(pl.col(_keys(rows)) == ANY))
    asked = asked_words(way)
    said = [f"At least one adverse event, {asked}: {_groups(result, whole, style)}."]
    terms = rows.filter((pl.col("AEDECOD") != ANY) & (pl.col("count").sum().over("AEDECOD") > 0))
    frequent = terms["AEDECOD"].unique(maintain_order=True).to_list()
    by_count = sorted(frequent, key=lambda name: -int(terms.filter(AEDECOD=name)["count"].sum()))[
        :MOST
    ]
    named = [f"{name}, {_groups(result, terms.filter(AEDECOD=name), style)}" for name in by_count]
    if named:
        said.append(f"Most frequent: {'. '.join(named)}.")
    return " ".join([*said, *_serious(result, way, style)])


def _keys(rows: pl.DataFrame) -> list[str]:
    return [name for name in ("AESOC", "AEDECOD") if name in rows.columns]


def _groups(result: Any, rows: pl.DataFrame, style: Style) -> str:
    return "; ".join(
        f"{group_label(row, result.by)} {_share(result, row, style)}" for row in rows.to_dicts()
    )


def _serious(result: Any, way: str, style: Style) -> Iterable[str]:
    rows = result.overview.filter(
        (pl.col("ascertainment") == way) & (pl.col("category") == "serious")
    )
    if rows.is_empty():
        return
    if rows["count"].sum():
        yield f"Serious: {_groups(result, rows, style)}."
        return
    bounds = "; ".join(
        f"{group_label(row, result.by)} 0/{row['n']}, at most {style.percent(row['bound'], 1)}"
        for row in rows.to_dicts()
    )
    yield f"None was serious ({bounds}, exact one-sided bound)."


@phrase_of("adverse events by infusion")
def infusion_share(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``50/265 infusions (19 %; 95 % CI 14 to 25), asked for by checklist``."""
    asked = asked_words(row["ascertainment"])
    if "measure" in row:
        return f"{contrast_phrase(result, row, style)}, {asked}"
    return f"{_of_infusions(result, row, style)}, {asked}"


def _of_infusions(result: Any, row: dict[str, Any], style: Style) -> str:
    if row["infusion"] != "all":
        return _share(result, row, style)
    ends = style.ci_percent(row["conf_low"], row["conf_high"], conf_level=result.conf_level)
    shown = style.percent(row["estimate"])
    if style.name == "jama":
        return f"{row['count']} of {row['n_infusions']} infusions ({shown} [{ends}])"
    between = ";" if style.name == "plain" else ","
    return f"{row['count']}/{row['n_infusions']} infusions ({shown}{between} {ends})"


@sentences_of("adverse events by infusion")
def by_infusion(result: Any, style: Style) -> str:
    """Say at how many infusions each event came, by how much groups differ, and the trend."""
    said = []
    whole = result.table.filter(pl.col("infusion") == "all")
    keys = whole.select("ascertainment", "AEDECOD").unique(maintain_order=True).rows()
    for way, event in keys[: MOST + 1]:
        own = (pl.col("ascertainment") == way) & (pl.col("AEDECOD") == event)
        shares = "; ".join(
            f"{group_label(row, result.by)} {_of_infusions(result, row, style)}"
            for row in whole.filter(own).to_dicts()
        )
        said.append(f"{event}, {asked_words(way)}: {shares}.")
        for row in result.contrasts.filter(own).to_dicts():
            if row["measure"] == "risk difference" or row["contrast"].startswith("next"):
                said.append(_compared(result, row, style))
    return " ".join(said)


def _compared(result: Any, row: dict[str, Any], style: Style) -> str:
    found = contrast_phrase(result, row, style)
    if row["measure"] == "risk difference":
        return f"Difference, {contrast_words(row['contrast'], _names(result))}: {found}."
    group = row["contrast"].partition(", ")[2]
    whose = f" in {group}" if group else ""
    return f"Odds ratio from one infusion to the next{whose}: {found}."


def _names(result: Any) -> list[str]:
    dtype = result.table.schema[result.by[0]] if result.by else None
    if isinstance(dtype, pl.Enum):
        return [str(name) for name in dtype.categories]
    return [str(v) for v in result.table[result.by[0]].unique()] if result.by else []


@phrase_of("adverse event rates")
def rate(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``0.12 per infusion (95 % CI 0.08 to 0.16), asked for by checklist``."""
    return f"{_rate(result, row, style)}, {asked_words(row['ascertainment'])}"


def _rate(result: Any, row: dict[str, Any], style: Style) -> str:
    low, high = row["conf_low"], row["conf_high"]
    if row["estimate"] is None:
        return row.get("note") or "not estimable"
    sign = "\N{INFINITY}"
    digits = decimals(low, high, 2)
    value = number(row["estimate"], digits, infinite=sign)
    ends = style.ci(low, high, digits, conf_level=result.conf_level, infinite=sign)
    if "measure" in row:
        return f"{value} ({ends}; {style.p(row['p_value'])})"
    return f"{value} per {result.unit} ({ends})"


@sentences_of("adverse event rates")
def rates(result: Any, style: Style) -> str:
    """Say the rates of any event and of the most frequent ones, and their ratios."""
    said = []
    keys = result.table.select("ascertainment", "AEDECOD").unique(maintain_order=True).rows()
    counted = "first events" if result.counting == "first" else "events"
    for way, event in keys[: MOST + 1]:
        own = (pl.col("ascertainment") == way) & (pl.col("AEDECOD") == event)
        found = "; ".join(
            f"{group_label(row, result.by)} {_rate(result, row, style)}"
            for row in result.table.filter(own).to_dicts()
        )
        said.append(f"{event}, {counted}, {asked_words(way)}: {found}.")
        for row in result.contrasts.filter(own).to_dicts():
            words = contrast_words(row["contrast"], _names(result), "over")
            said.append(f"Rate ratio, {words}: {_rate(result, row, style)}.")
    return " ".join(said)
