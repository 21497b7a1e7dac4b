"""Tables of what stands beside a comparison of responders, each the frame of one question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import polars as pl

from ketanalysis.errors import check_one_of
from ketanalysis.rounding import NOT_ESTIMABLE, decimals, interval, number, p_digits, percent
from ketanalysis.tables.groups import effect_name
from ketanalysis.tables.registry import group_label, level
from ketanalysis.tables.table import Column, Table

Row = dict[str, Any]
SHARES = ("superiority", "cliffs-delta")
COMPARED = "Non-responders"


def responder_part(result: Any, part: str, **options: Any) -> Table:
    """Return the table of one question beside a comparison of responders.

    Parameters
    ----------
    result
        A result of `compare_responders`.
    part
        "effects", "continuous", "power", "equivalence", "bayes" or "two_part".
    options
        Of "bayes" the ``prior`` that is shown, of "two_part" the ``outcomes``; all without them.

    Returns
    -------
    Table
        Rows of the primary handling of missing response scores alone; without rows where the
        result has none.
    """
    check_one_of("part", part, tuple(PARTS))
    return PARTS[part](result, **options)


def _effects(result: Any) -> Table:
    columns = (
        Column("Measure", "left"),
        *_sizes(),
        Column(f"Estimate ({level(result.conf_level)})"),
        Column("Interval", "left"),
    )
    rows = _primary(result.effects)
    lines = [
        (_measure(row["measure"]), *_counts(row), _estimate(row), row["method"] or "")
        for row in rows
    ]
    return _table("Effect sizes", result, columns, lines, rows)


def _continuous(result: Any) -> Table:
    columns = (
        Column("Measure", "left"),
        Column("n"),
        Column(f"Estimate ({level(result.conf_level)})"),
        Column("p"),
    )
    rows = result.continuous.to_dicts()
    lines = [
        (_capital(row["measure"]), str(row["n"]), _estimate(row, 2), p_digits(row["p_value"]))
        for row in rows
    ]
    note = (
        "End scores as observed, not cut into responders. No change from baseline is correlated: "
        "it would share its baseline with whatever hangs on it.",
    )
    return _table("Without the cut", result, columns, lines, rows, note)


def _power(result: Any) -> Table:
    measures = result.power["measure"].unique(maintain_order=True).to_list()
    columns = (
        Column("Groups", "left"),
        *_sizes(),
        *(Column(_short(measure)) for measure in measures),
    )
    held: dict[tuple[Any, ...], list[Row]] = {}
    for row in _primary(result.power):
        held.setdefault((*(row[c] for c in result.by), row["outcome"]), []).append(row)
    lines = []
    for rows in held.values():
        cells = {row["measure"]: row["estimate"] for row in rows}
        shown = [
            percent(cells[m]) + " %"
            if "share" in m and cells[m] is not None
            else number(cells[m], 2)
            for m in measures
        ]
        lines.append((_block(rows[0], result.by), *_counts(rows[0]), *shown))
    note = "Differences and half-widths in standard deviations, two-sided t test at these sizes."
    return Table(
        _title("What groups of this size can find", result), columns, tuple(lines), (), (note,)
    )


def _equivalence(result: Any) -> Table:
    rows = _primary(result.equivalence)
    ends = f"{100 * (2 * result.conf_level - 1):g} % CI"
    columns = (
        Column("Groups", "left"),
        *_sizes(),
        Column("Margin, points"),
        Column(f"Difference ({ends})"),
        Column("p"),
        Column("Conclusion", "left"),
    )
    lines = [
        (
            _block(row, result.by),
            *_counts(row),
            f"{row['margin']:g}",
            _estimate(row),
            p_digits(row["p_value"]),
            _capital(row["conclusion"] or row["note"] or ""),
        )
        for row in rows
    ]
    methods = dict.fromkeys(row["method"] for row in rows if row["method"])
    return Table(
        _title("Equivalence", result), columns, tuple(lines), (),
        tuple(f"{_capital(method)}." for method in methods),
    )  # fmt: skip


def _bayes(result: Any, prior: str | None = None) -> Table:
    columns = (
        Column("Groups", "left"),
        *_sizes(),
        Column("Prior scale, SD"),
        Column("Bayes factor"),
    )
    rows = [row for row in _primary(result.bayes) if prior in (None, row["prior"])]
    lines = [
        (
            _block(row, result.by),
            *_counts(row),
            f"{number(row['prior_scale'], 2)} ({row['prior']})",
            _factor(row["bayes_factor"]),
        )
        for row in rows
    ]
    note = (
        "Of a difference against none, from the pooled t with a Cauchy prior on the difference in "
        "SD: above 3 it speaks for a difference, below 1/3 against one."
    )
    return Table(_title("Bayes factors", result), columns, tuple(lines), (), (note,))


def _two_part(result: Any, outcomes: Sequence[str] = ()) -> Table:
    columns = (
        Column("Part", "left"),
        *_sizes(),
        Column(f"Estimate ({level(result.conf_level)})"),
        Column("p"),
    )
    rows = [row for row in _primary(result.two_part) if not outcomes or row["outcome"] in outcomes]
    lines = []
    for row in rows:
        has_any = row["count"] is not None
        counts = (
            (f"{row['count']}/{row['n']}", f"{row['count_reference']}/{row['n_reference']}")
            if has_any
            else _counts(row)
        )
        shown = "" if row["measure"] == "both together" else _estimate(row, 2)
        # The shift of the line above is its test; a share of pairs has none of its own.
        has_test = not row["measure"].endswith("probability of superiority")
        p = p_digits(row["p_value"]) if has_test else ""
        lines.append((_capital(row["measure"]), *counts, shown, p))
    return _table("Any, and how much", result, columns, lines, rows)


PARTS: Mapping[str, Callable[..., Table]] = MappingProxyType(
    {
        "effects": _effects,
        "continuous": _continuous,
        "power": _power,
        "equivalence": _equivalence,
        "bayes": _bayes,
        "two_part": _two_part,
    }
)


def _table(
    what: str,
    result: Any,
    columns: tuple[Column, ...],
    lines: Sequence[tuple[str, ...]],
    rows: list[Row],
    notes: tuple[str, ...] = (),
) -> Table:
    """Return a table in blocks of a by-group and score; reasons stand below."""
    runs: dict[str, int] = {}
    for row in rows:
        label = _block(row, result.by)
        runs[label] = runs.get(label, 0) + 1
    reasons = dict.fromkeys(row["note"] for row in rows if row.get("note"))
    said = tuple(f"{_capital(reason)}." for reason in reasons)
    return Table(_title(what, result), columns, tuple(lines), tuple(runs.items()), (*notes, *said))


def _title(what: str, result: Any) -> str:
    return f"{what}: {result.title}"


def _primary(frame: pl.DataFrame) -> list[Row]:
    """Return the rows of the primary handling, which is the first."""
    return frame.filter(pl.col("missing") == frame["missing"][0]).to_dicts() if frame.height else []


def _sizes() -> tuple[Column, Column]:
    return Column("Responders"), Column(COMPARED)


def _counts(row: Row) -> tuple[str, str]:
    return str(row["n"]), str(row["n_reference"])


def _block(row: Row, by: Sequence[str]) -> str:
    return f"{group_label(row, by)}, {row['outcome']}" if by else str(row["outcome"])


def _estimate(row: Row, least: int = 1) -> str:
    if row["estimate"] is None:
        return NOT_ESTIMABLE
    least = 2 if row.get("measure") not in (None, "difference of means") else least
    digits = decimals(row["conf_low"], row["conf_high"], least=least)
    if row["conf_low"] is None:
        return number(row["estimate"], digits)
    return (
        f"{number(row['estimate'], digits)} ({interval(row['conf_low'], row['conf_high'], digits)})"
    )


def _measure(measure: str) -> str:
    words = "probability of superiority" if measure == "superiority" else measure
    return _capital(words) if " " in words else effect_name(words)


def _short(measure: str) -> str:
    return _capital(measure)


def _factor(value: float | None) -> str:
    return NOT_ESTIMABLE if value is None else f"{value:.3g}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
