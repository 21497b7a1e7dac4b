"""Tables of adverse events: subjects with each event, infusions with it, and rates in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from ketanalysis.adverse_events.ascertainment import asked_words
from ketanalysis.adverse_events.overview import AT_LEAST_ONE
from ketanalysis.adverse_events.records import ANY
from ketanalysis.rounding import decimals, interval, number, p_digits, percent
from ketanalysis.tables.registry import (
    group_label,
    heading_of,
    level,
    share_cells,
    share_columns,
    table_of,
)
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import contrast_words

Row = dict[str, Any]
Line = tuple[str, ...]


@table_of("adverse events")
def adverse_events(result: Any) -> Table:
    """One row an event, a block of columns a group, then the differences to the first group.

    The overview stands first (any event, serious, severe, what was done with the treatment);
    each way of asking and each class (AESOC) is a group of rows.
    """
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_label(row, result.by) for row in rows))
    differences = _differences(result)
    names = list(dict.fromkeys(name for name, *_ in differences))
    columns = [Column("Event", "left"), *share_columns(groups, result.conf_level)]
    for name in names:
        shown = f"Difference ({level(result.conf_level)}), points"
        columns.append(Column(shown, spanner=contrast_words(name, groups)))
    blocks: list[tuple[str, list[Line]]] = []
    for way in result.ways:
        shown = f"{asked_words(way)[:1].upper()}{asked_words(way)[1:]}"
        own = [row for row in rows if row["ascertainment"] == way]
        over = [r for r in result.overview.to_dicts() if r["ascertainment"] == way]
        total, *by_event = _events(own, result.by, groups, differences, names)
        blocks.append((shown, [*total[1], *_overview(over, result.by, groups, len(names))]))
        blocks += by_event
    lines = [line for _, block in blocks for line in block]
    named = [(label, len(block)) for label, block in blocks if block]
    return Table(result.title, tuple(columns), tuple(lines), tuple(named), result.notes)


def _overview(
    rows: list[Row], by: Sequence[str], groups: list[str], n_contrasts: int
) -> list[Line]:
    cells = {(group_label(r, by), r["category"]): r for r in rows}
    held = (row["category"] for row in rows if row["category"] != AT_LEAST_ONE)
    categories = list(dict.fromkeys(held))
    return [
        (
            f"{category[:1].upper()}{category[1:]}",
            *(cell for group in groups for cell in share_cells(cells.get((group, category)))),
            *[""] * n_contrasts,
        )
        for category in categories
    ]


def _events(
    rows: list[Row],
    by: Sequence[str],
    groups: list[str],
    differences: dict[tuple[str, ...], str],
    names: list[str],
) -> list[tuple[str, list[Line]]]:
    """Return the line of the total, then those of the events by class, or all under one label."""
    cells = {(group_label(r, by), r.get("AESOC"), r["AEDECOD"]): r for r in rows}
    events = list(dict.fromkeys((row.get("AESOC"), row["AEDECOD"]) for row in rows))
    blocks: dict[str, list[Line]] = {ANY: []}
    for soc, event in events:
        is_total = event == ANY and soc in (None, ANY)
        label = ANY if is_total else "By event" if soc is None else str(soc)
        way = rows[0]["ascertainment"]
        line = [event]
        for group in groups:
            line += share_cells(cells.get((group, soc, event)))
        line += [differences.get((name, way, soc or "", event), "") for name in names]
        blocks.setdefault(label, []).append(tuple(line))
    return list(blocks.items())


def _differences(result: Any) -> dict[tuple[str, ...], str]:
    if result.contrasts.is_empty() or len(result.by) != 1:
        return {}
    rows = result.contrasts.filter(pl.col("measure") == "risk difference")
    return {
        (row["contrast"], row["ascertainment"], row.get("AESOC") or "", row["AEDECOD"]): (
            f"{percent(row['estimate'])} ({percent(row['conf_low'])} to "
            f"{percent(row['conf_high'])})"
        )
        for row in rows.iter_rows(named=True)
    }


@table_of("adverse events by infusion")
def adverse_events_by_infusion(result: Any) -> Table:
    """One row an infusion, a block of columns a group, a group of rows an event."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_label(row, result.by) for row in rows))
    cells = {
        (r["ascertainment"], r["AEDECOD"], r["infusion"], group_label(r, result.by)): r
        for r in rows
    }
    columns = [Column("Infusion", "left"), *share_columns(groups, result.conf_level)]
    named: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        held = named.setdefault((row["ascertainment"], row["AEDECOD"]), [])
        if row["infusion"] not in held:
            held.append(row["infusion"])
    lines, blocks = [], []
    order = result.table.schema["infusion"].categories.to_list()
    for (way, event), infusions in named.items():
        for infusion in sorted(infusions, key=order.index):
            line = [INFUSION_WORDS.get(infusion, infusion)]
            for group in groups:
                line += _infusion_cells(cells.get((way, event, infusion, group)))
            lines.append(tuple(line))
        blocks.append((f"{event}, {asked_words(way)}", len(infusions)))
    said = [_contrast(row, groups, result.conf_level) for row in result.contrasts.to_dicts()]
    return Table(result.title, tuple(columns), tuple(lines), tuple(blocks), (*result.notes, *said))


INFUSION_WORDS = {"all": "All infusions", "ever": "Ever (subjects)"}


def _infusion_cells(row: Row | None) -> list[str]:
    if row is None:
        return ["", "", ""]
    n = row["n_infusions"] if row["infusion"] == "all" else row["n"]
    return share_cells(row | {"n": n})


def _contrast(row: Row, groups: list[str], conf_level: float) -> str:
    """Return a contrast as a sentence under the table."""
    words = contrast_words(row["contrast"], groups)
    words = words.replace("next infusion", "one infusion over the one before", 1)
    event = f"{row['AEDECOD']} ({asked_words(row['ascertainment'])}), {words}"
    if row["estimate"] is None:
        return f"{event}: {row['measure']} {row['note']}."
    low, high = row["conf_low"], row["conf_high"]
    if row["measure"] == "risk difference":
        shown = f"{percent(row['estimate'])} points ({level(conf_level)} "
        shown += f"{percent(low)} to {percent(high)}"
    else:
        digits = decimals(low, high, 2)
        shown = f"{number(row['estimate'], digits)} ({level(conf_level)} "
        shown += interval(low, high, digits)
    return f"{event}: {row['measure']} {shown}; p {_p(row['p_value'])})."


def _p(value: float | None) -> str:
    digits = p_digits(value)
    return digits if digits[0] in "<>" else f"= {digits}"


@table_of("adverse event rates")
def adverse_event_rates(result: Any) -> Table:
    """One row an event, a block of columns a group: events over exposure, rate, interval."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_label(row, result.by) for row in rows))
    cells = {(r["ascertainment"], r["AEDECOD"], group_label(r, result.by)): r for r in rows}
    columns = [Column("Event", "left")]
    for group in groups:
        labels = ("Events/exposure", "Rate", level(result.conf_level))
        columns += [Column(label, spanner=heading_of(group)) for label in labels]
    ratios = {(r["contrast"], r["ascertainment"], r["AEDECOD"]): r for r in _ratios(result)}
    names = list(dict.fromkeys(name for name, *_ in ratios))
    columns += [
        Column(
            f"Rate ratio ({level(result.conf_level)})", spanner=contrast_words(n, groups, "over")
        )
        for n in names
    ]
    lines, blocks = [], []
    for way in dict.fromkeys(row["ascertainment"] for row in rows):
        events = list(dict.fromkeys(r["AEDECOD"] for r in rows if r["ascertainment"] == way))
        for event in events:
            line = [event]
            for group in groups:
                line += _rate_cells(cells.get((way, event, group)))
            line += [_ratio(ratios.get((name, way, event))) for name in names]
            lines.append(tuple(line))
        asked = asked_words(way)
        blocks.append((f"{asked[:1].upper()}{asked[1:]}", len(events)))
    return Table(result.title, tuple(columns), tuple(lines), tuple(blocks), result.notes)


def _ratios(result: Any) -> list[Row]:
    return result.contrasts.to_dicts() if len(result.by) == 1 else []


def _rate_cells(row: Row | None) -> list[str]:
    if row is None:
        return ["", "", ""]
    exposure = number(row["exposure"], 0 if row["unit"] == "infusion" else 1)
    low, high = row["conf_low"], row["conf_high"]
    digits = decimals(low, high, 2)
    ends = interval(low, high, digits)
    return [f"{row['n_events']}/{exposure}", number(row["estimate"], digits), ends]


def _ratio(row: Row | None) -> str:
    if row is None:
        return ""
    if row["estimate"] is None:
        return number(None)
    sign = "\N{INFINITY}"
    digits = decimals(row["conf_low"], row["conf_high"], 2)
    ends = interval(row["conf_low"], row["conf_high"], digits, infinite=sign)
    return f"{number(row['estimate'], digits, infinite=sign)} ({ends})"
