"""The rows of a forest plot: what results and tidy frames hold, in one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of, listed, near_miss
from ketanalysis.figures.style import clean
from ketanalysis.figures.words import scale_words
from ketanalysis.frames import to_polars
from ketanalysis.rates.contrasts import sides_of
from ketanalysis.results import Result
from ketanalysis.rounding import counted
from ketanalysis.tables.groups import effect_name
from ketanalysis.tables.words import HANDLING_NAMES, contrast_words

RATES = ("risk difference", "risk ratio", "odds ratio")
DIFFERENCE = ("estimate", "conf_low", "conf_high")
EFFECT = ("effect_size", "effect_low", "effect_high")
SUPERIORITY = "probability of superiority"  # 0.5 where groups do not differ, not 0
MEASURES = {"contrasts": "difference of least-squares means"}  # what a table does not say itself
POINTS = "risk difference"  # shown in percentage points
NUMBERS = ("estimate", "conf_low", "conf_high")


@dataclass(frozen=True)
class ForestRow:
    """One estimate: its words and its numbers; None is not estimable.

    ``counts`` are the texts of the columns between label and axis, as many as `Forest.heads`.
    """

    heading: str
    label: str
    measure: str
    estimate: float | None
    low: float | None
    high: float | None
    p: float | None = None
    note: str = ""
    counts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Forest:
    """All rows of a figure, and what they share."""

    rows: tuple[ForestRow, ...]
    heads: tuple[str, ...] = ()
    p_head: str = "p"
    contrast: str = ""
    methods: tuple[str, ...] = ()
    conf_level: float = 0.95
    is_simulated: bool = False


def forest_of(
    results: Any, measure: str | None, label: str | None, heading: str | None, conf_level: float
) -> Forest:
    """Return the rows of one result, of several, or of a tidy frame; other things are refused."""
    if isinstance(results, Result):
        return _of_result(results, measure)
    if isinstance(results, Mapping) and all(isinstance(r, Result) for r in results.values()):
        return _joined({str(name): _of_result(r, measure) for name, r in results.items()})
    if isinstance(results, list | tuple) and all(isinstance(r, Result) for r in results):
        return _joined({r.title: _of_result(r, measure) for r in results})
    return _of_frame(to_polars(results, what="results"), measure, label, heading, conf_level)


def _joined(forests: dict[str, Forest]) -> Forest:
    """Put several results under each other, each under its own heading where it has many rows."""
    if not forests:
        raise ArgumentError("plot_forest needs at least one result; the list is empty.")
    levels = {one.conf_level for one in forests.values()}
    if len(levels) > 1:
        raise ArgumentError(
            "All results of a forest plot must have one confidence level, not "
            f"{listed(f'{level:g}' for level in sorted(levels))}."
        )
    rows: list[ForestRow] = []
    first = next(iter(forests.values()))
    for name, one in forests.items():
        for row in one.rows:
            has_many = len(one.rows) > 1
            top = f"{name}, {row.heading}" if row.heading and has_many else name
            named = (top, row.label) if has_many else ("", name)
            rows.append(_renamed(row, *named))
    same = {one.heads for one in forests.values()}
    counted = len(same) == 1
    if not counted:
        rows = [_renamed(row, row.heading, row.label, without_counts=True) for row in rows]
    contrasts = {one.contrast for one in forests.values()}
    return Forest(
        tuple(rows),
        heads=first.heads if counted else (),
        p_head=first.p_head if len({one.p_head for one in forests.values()}) == 1 else "p",
        contrast=first.contrast if len(contrasts) == 1 else "",
        methods=tuple(dict.fromkeys(m for one in forests.values() for m in one.methods)),
        conf_level=first.conf_level,
        is_simulated=any(one.is_simulated for one in forests.values()),
    )


def _renamed(
    row: ForestRow, heading: str, label: str, *, without_counts: bool = False
) -> ForestRow:
    counts = () if without_counts else row.counts
    return ForestRow(
        heading, label, row.measure, row.estimate, row.low, row.high, row.p, row.note, counts
    )


def _of_result(result: Any, measure: str | None) -> Forest:
    if result.kind == "rates":
        return _of_rates(result, measure)
    if result.kind in ("comparison", "responders"):
        return _of_comparison(result, measure)
    if set(NUMBERS) <= set(result.table.columns):
        return _of_table(result, measure)
    raise ArgumentError(
        f"A {result.kind!r} result has no estimates for a forest plot: its table must have the "
        f"columns {listed(NUMBERS)}."
    )


def _of_rates(result: Any, measure: str | None) -> Forest:
    measure = RATES[0] if measure is None else measure
    check_one_of("measure", measure, RATES)
    if result.contrasts.is_empty():
        raise ArgumentError(
            "The result holds no contrasts: a forest plot of rates needs by= with groups in order."
        )
    whole = result.contrasts.filter(pl.col("measure") == measure)
    rows = whole.filter(pl.col("method") == whole["method"][0])
    groups = list(dict.fromkeys(str(value) for value in result.table[result.by[0]]))
    return _assembled(
        rows,
        headings=["contrast", *result.by[1:], "missing"],
        labels=["AVISIT"],
        words=lambda column, value: _rate_words(column, value, groups),
        counts=lambda row: _rate_counts(result, row, groups),
        heads=_heads(rows, groups),
        result=result,
        measure=measure,
        p_head="p",
    )


def _rate_words(column: str, value: object, groups: Sequence[str]) -> str:
    if column == "missing":
        return HANDLING_NAMES.get(str(value), str(value))
    return contrast_words(str(value), groups) if column == "contrast" else str(value)


def _heads(rows: pl.DataFrame, groups: Sequence[str]) -> tuple[str, str]:
    if rows["contrast"].n_unique() > 1:
        return ("Group", "Reference")
    return _sides(str(rows["contrast"][0]), groups)


def _sides(contrast: str, groups: Sequence[str]) -> tuple[str, str]:
    """Return the two groups of a contrast: ``drug`` and ``placebo`` of ``drug - placebo``."""
    return sides_of(contrast, groups) or ("Group", "Reference")


def _rate_counts(result: Any, row: dict[str, Any], groups: Sequence[str]) -> tuple[str, str]:
    same = [c for c in (*result.by[1:], "AVISIT", "missing") if c in row]
    sides = _sides(row["contrast"], [*groups, *_all_groups(result)])
    found = []
    for side in sides:
        tests = [pl.col(c) == row[c] for c in same]
        own = result.table.filter(pl.col(result.by[0]).cast(pl.String) == side, *tests)
        found.append(_share(own.row(0, named=True)) if own.height else "0/0")
    return found[0], found[1]


def _share(row: dict[str, Any]) -> str:
    return f"{counted(row['count'], row['estimate'], row['n'])}/{row['n']}"


def _all_groups(result: Any) -> list[str]:
    dtype = result.table.schema[result.by[0]]
    return list(dtype.categories) if isinstance(dtype, pl.Enum) else []


def _of_comparison(result: Any, measure: str | None) -> Forest:
    has_pairs = len(getattr(result, "levels", ())) > 2
    rows = result.table.filter(pl.col("role") == ("pairwise" if has_pairs else "primary"))
    if "missing" in rows.columns:
        rows = rows.filter(pl.col("missing") == rows["missing"][0])
    by = list(result.by) if result.kind == "responders" else []
    columns = _measures(result, rows)
    measure = next(iter(columns), "") if measure is None else measure
    check_one_of("measure", measure, tuple(columns))
    renamed = dict(zip(columns[measure], NUMBERS, strict=True))
    pairs = ["contrast"] if has_pairs else []
    kept = [*by, *pairs, "outcome", "n", "n_reference", "p_value", "p_adjusted", "method", "note"]
    rows = rows.select(*kept, *(pl.col(a).alias(b) for a, b in renamed.items()))
    is_adjusted = rows["p_adjusted"].null_count() < rows.height
    if is_adjusted:
        rows = rows.with_columns(p_value=pl.col("p_adjusted"))
    return _assembled(
        rows,
        headings=["outcome"] if has_pairs else by,
        labels=["contrast"] if has_pairs else ["outcome"],
        words=lambda column, value: _words(result, column, value),
        counts=lambda row: (str(row["n"]), str(row["n_reference"])),
        heads=("n", "n") if has_pairs else (f"{result.group}, n", f"{result.reference}, n"),
        result=result,
        measure=measure,
        p_head="p, adjusted" if is_adjusted else "p",
    )


def _measures(result: Any, rows: pl.DataFrame) -> dict[str, tuple[str, str, str]]:
    """Return what can be drawn from no effect at 0, and the columns that hold it."""
    if rows.is_empty():
        raise ArgumentError(
            "A forest plot of three or more groups shows their pairs, and this result has none: "
            "name pairwise= in the comparison."
        )
    effect = result.effect if result.kind == "responders" else rows["effect"].drop_nulls()
    names = [effect] if isinstance(effect, str) else effect.unique().to_list()
    sizes = [effect_name(name) for name in names if name != "superiority"]
    found = {} if SUPERIORITY in rows["measure"] else {"difference": DIFFERENCE}
    found |= {name: EFFECT for name in sizes}
    if not found:
        raise ArgumentError(
            "A forest plot of groups starts from no difference at 0, and this result holds "
            "probabilities of superiority, which are 0.5 there: name another test or effect."
        )
    return found


def _words(result: Any, column: str, value: object) -> str:
    if column == "outcome":
        return scale_words(str(value))
    return contrast_words(str(value), getattr(result, "levels", ()))


def _of_table(result: Any, measure: str | None) -> Forest:
    """Take the rows of any other result that has estimates, labelled by what names them."""
    table = result.table.drop("term") if result.kind == "cox" else result.table
    if measure is not None:
        if "measure" not in table.columns:
            raise ArgumentError(
                f"measure= cannot choose among the rows of a {result.kind!r} result, which have no "
                "column measure."
            )
        check_one_of("measure", measure, tuple(table["measure"].unique(maintain_order=True)))
        table = table.filter(pl.col("measure") == measure)
    is_adjusted = "p_adjusted" in table.columns and table["p_adjusted"].null_count() < table.height
    if is_adjusted:
        table = table.with_columns(p_value=pl.col("p_adjusted"))
    told = ("method", "test", "note", "alternative", "measure")
    names = [c for c, t in table.schema.items() if t in (pl.String, pl.Enum) and c not in told]
    varied = [name for name in names if table[name].n_unique() > 1] or names[:1]
    return _assembled(
        table,
        headings=varied[:-1],
        labels=varied[-1:],
        words=lambda column, value: str(value),
        counts=lambda row: (),
        heads=(),
        result=result,
        measure=measure or _only(table, "measure") or MEASURES.get(result.kind, ""),
        p_head="p, adjusted" if is_adjusted else "p",
    )


def _only(table: pl.DataFrame, column: str) -> str:
    values = table[column].unique(maintain_order=True).to_list() if column in table.columns else []
    return str(values[0]) if len(values) == 1 else ""


def _assembled(
    rows: pl.DataFrame,
    *,
    headings: Sequence[str],
    labels: Sequence[str],
    words: Any,
    counts: Any,
    heads: tuple[str, ...],
    result: Any,
    measure: str,
    p_head: str,
) -> Forest:
    """Label rows by what varies among them: headings first, then labels; the rest is shared."""
    held = [c for c in headings if c in rows.columns]
    labels = [c for c in labels if c in rows.columns] or held[-1:]
    many = [c for c in held if rows[c].n_unique() > 1 and c not in labels]
    varied = [c for c in labels if rows[c].n_unique() > 1]
    if not varied:  # nothing below the headings: the headings are the labels
        many, varied = many[:-1], many[-1:] or [*labels[:1]]
    made = []
    for row in rows.iter_rows(named=True):
        made.append(
            ForestRow(
                heading=", ".join(words(c, row[c]) for c in many),
                label=", ".join(words(c, row[c]) for c in varied),
                measure=measure,
                estimate=row["estimate"],
                low=row["conf_low"],
                high=row["conf_high"],
                p=row.get("p_value"),
                note=row.get("note") or "",
                counts=counts(row),
            )
        )
    shared = _only(rows, "contrast") if "contrast" in rows.columns else ""
    group, reference = (getattr(result, name, "") for name in ("group", "reference"))
    if not shared and group and reference:
        shared = f"{group} minus {reference}"
    methods = rows["method"].drop_nulls().unique(maintain_order=True) if "method" in rows else ()
    return Forest(
        tuple(made),
        heads=tuple(map(clean, heads)),
        p_head=p_head,
        contrast=clean(words("contrast", shared)) if shared else "",
        methods=tuple(map(str, methods)),
        conf_level=result.conf_level,
        is_simulated=result.simulated,
    )


def _of_frame(
    frame: pl.DataFrame,
    measure: str | None,
    label: str | None,
    heading: str | None,
    conf_level: float,
) -> Forest:
    """Take a tidy frame: estimate, conf_low, conf_high, a label, and what else it names."""
    needed = [*NUMBERS, *(name for name in (label, heading) if name is not None)]
    for column in needed:
        if column not in frame.columns:
            raise ArgumentError(
                f"plot_forest needs the column {column}; the frame has "
                f"{listed(frame.columns, 20)}.{near_miss(column, frame.columns)}"
            )
    label = label or ("label" if "label" in frame.columns else None)
    if label is None:
        raise ArgumentError(
            "plot_forest needs label=: the column that names the rows (or a column called label)."
        )
    heading = heading or ("heading" if "heading" in frame.columns else None)
    if "measure" in frame.columns:
        held = frame["measure"].unique(maintain_order=True).to_list()
        if measure is None and len(held) > 1:
            raise ArgumentError(
                f"The frame holds several measures, which share no axis: {listed(held)}. Choose "
                "one with measure=."
            )
        if measure is not None:
            check_one_of("measure", measure, tuple(held))
            frame = frame.filter(pl.col("measure") == measure)
    pairs = [c for c in ("", "_reference") if {f"n{c}"} <= set(frame.columns)]
    rows = [
        ForestRow(
            heading=str(row[heading]) if heading else "",
            label=str(row[label]),
            measure=measure or str(row.get("measure") or ""),
            estimate=row["estimate"],
            low=row["conf_low"],
            high=row["conf_high"],
            p=row.get("p_value"),
            note=row.get("note") or "",
            counts=tuple(_frame_count(row, pair) for pair in pairs),
        )
        for row in frame.iter_rows(named=True)
    ]
    return Forest(
        tuple(rows),
        heads=tuple({"": "n", "_reference": "n, reference"}[pair] for pair in pairs),
        conf_level=conf_level,
        methods=tuple(frame["method"].drop_nulls().unique(maintain_order=True).cast(pl.String))
        if "method" in frame.columns
        else (),
    )


def _frame_count(row: dict[str, Any], pair: str) -> str:
    count, n = row.get(f"count{pair}"), row[f"n{pair}"]
    if n is None:
        return ""
    return f"{count}/{n}" if count is not None else f"{n}"


def label_of(row: ForestRow) -> str:
    """Return heading and label as one text."""
    return ", ".join(clean(part) for part in (row.heading, row.label) if part)
