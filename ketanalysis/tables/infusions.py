"""Tables of what happened at the infusions: vital signs, and how infusions were given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from ketanalysis.rounding import NOT_ESTIMABLE, decimals, interval, number, p_digits, percent
from ketanalysis.tables.registry import group_label, heading_of, level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.vital_parameters import HIGHEST, vital_name

ALL = "all"
TOLD = ("not recorded", "no infusion", "every infusion", "fewer than half", "readings that ended")
Row = dict[str, Any]
Cells = dict[str, Row]  # by group


@table_of("vital signs")
def vital_signs(result: Any) -> Table:
    """One column a group; blocks of rows for each vital sign, thresholds, and the way back."""
    groups = _groups(result.table, result.by)
    main = result.table["infusion"].unique().sort()[-1]
    blocks: list[tuple[str, list[tuple[str, ...]]]] = []
    for name in result.parameters:
        blocks += _sign_blocks(result, name, str(main), groups)
    blocks += _threshold_block(result, str(main), groups)
    blocks += _return_blocks(result, str(main), groups)
    return _table(result, groups, blocks)


@table_of("acute effects")
def acute_effects(result: Any) -> Table:
    """As vital signs; below them the slope over infusions."""
    table = vital_signs(result)
    groups = _groups(result.table, result.by)
    slopes = _cells(result.trend, result.by, term="per infusion")
    if not slopes:
        return table
    ends = level(result.conf_level)
    measure = "change" if result.trend["measure"][0] == "change" else "peak"
    lines = [_line("In the group", slopes, groups, _mean_slope)]
    apart = _cells(result.trend, result.by, term="per infusion, difference")
    if apart:
        lines.append(_line(f"Less that in {groups[0]}", apart, groups, _mean_slope))
    return replace(
        table,
        rows=(*table.rows, *lines),
        row_groups=(
            *table.row_groups,
            (f"Waning: {measure} per further infusion, points ({ends}; p)", len(lines)),
        ),
    )


def _mean_slope(row: Row) -> str:
    if row["estimate"] is None:
        return NOT_ESTIMABLE
    digits = decimals(row["conf_low"], row["conf_high"])
    ends = interval(row["conf_low"], row["conf_high"], digits)
    return f"{number(row['estimate'], digits)} ({ends}; {p_digits(row['p_value'])})"


@table_of("conduct")
def conduct(result: Any) -> Table:
    """One column a group; blocks of rows: given, stopped, lengths and doses, the last infusion."""
    groups = _groups(result.table, result.by)
    blocks = [
        ("Infusions given, subjects", _given_lines(result, groups)),
        ("How they were given, all infusions", _conduct_lines(result, groups)),
        ("Dose against the infusion before, infusions", _level_lines(result, groups, "dose, step")),
        (f"Last infusion before {_end(result)}, subjects", _last_lines(result, groups)),
    ]
    return _table(result, groups, [(label, lines) for label, lines in blocks if lines])


def _end(result: Any) -> str:
    return "the end of the plan" if result.planned else "the highest number that was given"


def _table(
    result: Any, groups: list[str], blocks: list[tuple[str, list[tuple[str, ...]]]]
) -> Table:
    columns = (Column("", "left"), *(Column(heading_of(group)) for group in groups))
    lines = tuple(line for _, block in blocks for line in block)
    sizes = tuple((label, len(block)) for label, block in blocks)
    return Table(result.title, columns, lines, sizes, (*result.notes, *_cell_notes(result)))


def _groups(table: pl.DataFrame, by: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(group_label(row, by) for row in table.to_dicts()))


def _cells(table: pl.DataFrame, by: tuple[str, ...], **where: str) -> Cells:
    """Return the row of each group that has these values in these columns."""
    tests = [pl.col(column).cast(pl.String) == value for column, value in where.items()]
    return {group_label(row, by): row for row in table.filter(tests).iter_rows(named=True)}


def _line(label: str, cells: Cells, groups: list[str], write: Any) -> tuple[str, ...]:
    return (label, *(write(cells[group]) if group in cells else "" for group in groups))


# Vital signs ----------------------------------------------------------------------------------


def _sign_blocks(
    result: Any, name: str, main: str, groups: list[str]
) -> list[tuple[str, list[tuple[str, ...]]]]:
    unit = dict(result.units)[name]
    worst = "Highest" if dict(result.worst)[name] == HIGHEST else "Lowest"
    where = "all infusions" if main == ALL else f"infusion {main}"
    measured = {
        measure: _cells(result.table, result.by, PARAMCD=name, infusion=main, measure=measure)
        for measure in ("before", "peak", "change", "time of peak")
    }
    ends = level(result.conf_level)
    lines = [
        _line("Infusions (subjects)", measured["peak"], groups, _how_many),
        _line("Before: mean (SD)", measured["before"], groups, _mean_sd),
        _line(f"{worst} after the start: mean (SD)", measured["peak"], groups, _mean_sd),
        _line(f"Change to it: mean ({ends})", measured["change"], groups, _mean_ends),
        _line("Change to it: median (range)", measured["change"], groups, _median_range),
        _line("Minute of it: median (range)", measured["time of peak"], groups, _median_range),
    ]
    words = vital_name(name)
    own = f"{name}, {unit}" if words != name else unit
    title = f"{words[:1].upper()}{words[1:]} ({own})"
    blocks = [(f"{title}, {where}", lines)]
    if main == ALL:
        numbers = [str(k) for k in result.table["infusion"].unique().sort() if k != ALL]
        by_number = [
            _line(
                f"Infusion {k}",
                _cells(result.table, result.by, PARAMCD=name, infusion=k, measure="change"),
                groups,
                lambda row: f"{_mean_ends(row)}; n = {row['n']}",
            )
            for k in numbers
        ]
        blocks.append((f"{title}, change by infusion: mean ({ends})", by_number))
    return blocks


def _threshold_block(
    result: Any, main: str, groups: list[str]
) -> list[tuple[str, list[tuple[str, ...]]]]:
    rows = result.thresholds
    lines = []
    for words in rows["threshold"].unique(maintain_order=True):
        for basis in ("subjects", "infusions"):
            cells = _cells(rows, result.by, threshold=words, infusion=main, basis=basis)
            if cells:
                lines.append(_line(f"{words}, {basis}", cells, groups, _share))
    ends = level(result.conf_level)
    return [(f"Thresholds crossed: n/N (%; {ends})", lines)] if lines else []


def _return_blocks(
    result: Any, main: str, groups: list[str]
) -> list[tuple[str, list[tuple[str, ...]]]]:
    blocks = []
    for name in result.parameters if result.returns.height else ():
        cells = _cells(result.returns, result.by, PARAMCD=name, infusion=main)
        lines = [
            _line("Never left the margin", cells, groups, _of("n_stayed")),
            _line("Seen to return", cells, groups, _of("n_returned")),
            _line("Not seen to return by the last reading", cells, groups, _of("n_not_returned")),
            _line("Minute at which it was seen: median (range)", cells, groups, _median_range),
        ]
        blocks.append((f"Back to the value before, {name}: infusions", lines))
    return blocks


def _of(column: str) -> Any:
    return lambda row: f"{row[column]}/{row['n_infusions']}"


def _how_many(row: Row) -> str:
    return f"{row['n_infusions']} ({row['n']})"


def _mean_sd(row: Row) -> str:
    digits = _digits(row)
    shown = f"{number(row['mean'], digits)} ({number(row['sd'], digits)})"
    return f"{shown}; {row['n_missing']} missing" if row["n_missing"] else shown


def _mean_ends(row: Row) -> str:
    digits = _digits(row)
    return f"{number(row['mean'], digits)} ({interval(row['conf_low'], row['conf_high'], digits)})"


def _median_range(row: Row) -> str:
    values = [row[name] for name in ("median", "min", "max") if row[name] is not None]
    is_whole = row.get("unit", "minutes") == "minutes" or all(v == round(v) for v in values)
    digits = 0 if is_whole else 1
    return f"{number(row['median'], digits)} ({interval(row['min'], row['max'], digits)})"


def _digits(row: Row) -> int:
    return min(3, decimals(row.get("conf_low"), row.get("conf_high")))


def _share(row: Row) -> str:
    n = row["n"] if row["basis"] == "subjects" else row.get("n_infusions") or row["n"]
    if not n:
        return "0/0"
    shown = f"{row['count']}/{n} ({percent(row['estimate'])}"
    if row["conf_low"] is None:
        return f"{shown})"
    return f"{shown}; {percent(row['conf_low'])} to {percent(row['conf_high'])})"


# Infusions ------------------------------------------------------------------------------------


def _given_lines(result: Any, groups: list[str]) -> list[tuple[str, ...]]:
    numbers = [str(k) for k in result.table["infusion"].unique().sort() if k != ALL]
    lines = [
        _line(
            f"Infusion {k}",
            _cells(result.table, result.by, infusion=k, measure="given"),
            groups,
            lambda row: f"{row['count']}/{row['n']} ({percent(row['estimate'])})",
        )
        for k in numbers
    ]
    for label, measure, write in (
        (f"All planned infusions ({level(result.conf_level)})", "all planned infusions", _share),
        ("Infusions a subject: median (range)", "infusions a subject", _whole_range),
    ):
        lines += _recorded(result, groups, label, measure, write)
    return lines


# Label, measure, and whether its levels (the reasons) stand under it.
CONDUCT = (
    ("Stopped early or changed, infusions", "stopped early or changed", True),
    ("Stopped early or changed at least once, subjects", "stopped early or changed, ever", False),
    ("Shorter than planned, infusions", "shorter than planned", True),
    ("Length, minutes: mean (range)", "length", False),
    ("Length, share of plan: mean (range)", "length, share of plan", False),
    ("Total length, minutes: mean (range)", "total length", False),
    ("Dose: mean (range)", "dose", False),
    ("Dose, share of plan: mean (range)", "dose, share of plan", False),
    ("Total dose: mean (range)", "total dose", False),
    ("Dose, mg: mean (range)", "dose in mg", False),
    ("Total dose, mg: mean (range)", "total dose in mg", False),
    ("Days since the infusion before: mean (range)", "days since the infusion before", False),
    ("Days from first to last infusion: mean (range)", "days from first to last", False),
)


def _conduct_lines(result: Any, groups: list[str]) -> list[tuple[str, ...]]:
    lines = []
    for label, measure, has_levels in CONDUCT:
        lines += _recorded(result, groups, label, measure, _mean_range)
        levels = _level_lines(result, groups, measure) if has_levels else []
        lines += [(f"- {line[0]}", *line[1:]) for line in levels]
    return lines


def _recorded(
    result: Any, groups: list[str], label: str, measure: str, write: Any
) -> list[tuple[str, ...]]:
    """Return the lines of a measure over all infusions, one a unit; none where it is not there."""
    rows = result.table.filter(
        (pl.col("measure") == measure) & (pl.col("level") == "") & (pl.col("infusion") == ALL)
    )
    lines = []
    for unit in rows["unit"].unique(maintain_order=True):
        cells = _cells(rows, result.by, unit=unit)
        shown = label.replace(":", f", {unit}:", 1) if unit.startswith(("mg/", "no ")) else label
        lines.append(_line(shown, cells, groups, lambda row: _or_not_recorded(row, write)))
    return lines


def _or_not_recorded(row: Row, write: Any) -> str:
    if row["note"].startswith("not recorded"):
        return "not recorded"
    return str(write(row))


def _mean_range(row: Row) -> str:
    if row["count"] is not None:
        return _share(row)
    digits = 3 if (row["max"] or 0) <= 2 else 1
    shown = f"{number(row['mean'], digits)} ({interval(row['min'], row['max'], digits)})"
    return f"{shown}; {row['n_missing']} missing" if row["n_missing"] else shown


def _whole_range(row: Row) -> str:
    return f"{number(row['median'], 1)} ({interval(row['min'], row['max'], 0)})"


def _level_lines(result: Any, groups: list[str], measure: str) -> list[tuple[str, ...]]:
    rows = result.table.filter(
        (pl.col("measure") == measure)
        & (pl.col("level") != "")
        & (pl.col("infusion") == ALL)
        & (pl.col("basis") == "infusions")
    )
    whole = result.table.filter((pl.col("measure") == measure) & (pl.col("basis") == "infusions"))
    totals = {
        group_label(row, result.by): row["n_infusions"]
        for row in whole.drop_nulls("n_infusions").iter_rows(named=True)
    }
    lines = []
    for name in rows["level"].unique(maintain_order=True):
        cells = _cells(rows, result.by, level=name)
        counts = [cells[group]["count"] if group in cells else 0 for group in groups]
        shown = [f"{n}/{totals.get(g, 0)}" for n, g in zip(counts, groups, strict=True)]
        lines.append((name, *shown))
    return lines


def _last_lines(result: Any, groups: list[str]) -> list[tuple[str, ...]]:
    rows = result.table.filter(pl.col("measure") == "last infusion")
    lines = []
    for k in rows["infusion"].unique().sort():
        own = rows.filter(pl.col("infusion") == k)
        if not own["count"].sum():
            continue
        cells = _cells(own, result.by, level="")
        lines.append(_line(f"Infusion {k}", cells, groups, _plain_share))
        for why in own.filter(pl.col("level") != "")["level"].unique(maintain_order=True):
            of_why = _cells(own, result.by, level=why)
            lines.append(
                (f"- {why}", *(str(of_why[g]["count"]) if g in of_why else "0" for g in groups))
            )
    return lines


def _plain_share(row: Row) -> str:
    return f"{row['count']}/{row['n']} ({percent(row['estimate'])})"


def _cell_notes(result: Any) -> tuple[str, ...]:
    """Say why cells are empty or without an interval, each reason once."""
    frames = [getattr(result, name, None) for name in ("table", "thresholds", "returns")]
    notes = [n for frame in frames if frame is not None for n in frame["note"].to_list()]
    kept = dict.fromkeys(note for note in notes if note and note.startswith(TOLD))
    return tuple(f"{note[:1].upper()}{note[1:]}." for note in kept)
