"""Tables of groups compared: difference, effect size and test, a row an outcome and test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from ketanalysis.groups.effect_sizes import EFFECTS
from ketanalysis.groups.omnibus import OMNIBUS_EFFECTS
from ketanalysis.groups.test_names import TEST_NAMES, statistic_words
from ketanalysis.rounding import decimals, interval, number, p_digits, p_value
from ketanalysis.tables.registry import group_label, level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import HANDLING_WORDS, contrast_words

Row = dict[str, Any]
EFFECT_NAMES = {
    **{name: effect.label for name, effect in EFFECTS.items()},
    **{name: effect.label for name, effect in OMNIBUS_EFFECTS.items()},
}
# Rows whose estimate is no difference of means: what the table says of them.
OTHER_ESTIMATES = {
    "Hodges-Lehmann shift": "The Mann-Whitney rows give the Hodges-Lehmann shift",
    "probability of superiority": "The Brunner-Munzel rows give the probability of superiority",
    "difference of mean ranks": "Dunn's rows give the difference of mean ranks",
}
MOST_SAID = 4  # by-groups and outcomes that get a sentence each
# Beside another row, a rank test does not repeat the effect size.
NOT_REPEATED = (
    *("mann-whitney", "mann-whitney-exact", "permutation"),
    *("brunner-munzel", "brunner-munzel-permutation"),
)


@table_of("comparison")
@table_of("responders")
def comparison(result: Any) -> Table:
    """One row an outcome and test: groups, difference, effect size, p."""
    if result.kind == "comparison" and (result.table["contrast"] == "all groups").any():
        return several_groups(result)
    by = list(getattr(result, "by", ())) if result.kind == "responders" else []
    estimate, effect = _estimate_label(result), _effect_label(result)
    has_several = result.table["outcome"].n_unique() > 1
    has_adjusted = result.table["p_adjusted"].null_count() < result.table.height
    columns = [
        *([Column("Score", "left")] if has_several else []),
        Column("Test", "left"),
        Column("n", spanner=_side(result, result.group)),
        Column("Mean", spanner=_side(result, result.group)),
        Column("n", spanner=_side(result, result.reference)),
        Column("Mean", spanner=_side(result, result.reference)),
        Column(f"{estimate} ({level(result.conf_level)})"),
        *([Column(f"{effect} ({level(result.conf_level)})")] if effect else []),
        Column("p"),
    ]
    columns += [Column("p, adjusted")] if has_adjusted else []
    lines, groups = [], []
    for row in _in_blocks(result, by):
        digits = digits_of(row)
        points = 1 if _is_share(row) else digits
        line = [
            *([row["outcome"]] if has_several else []),
            test_label(row["test"]),
            str(row["n"]),
            number(row["mean"], points),
            str(row["n_reference"]),
            number(row["mean_reference"], points),
            estimate_cell(row),
            *([_effect(row)] if effect else []),
            p_digits(row["p_value"]),
        ]
        line += [p_digits(row["p_adjusted"])] if has_adjusted else []
        lines.append(tuple(line))
        groups.append(_block(row, by))
    notes = (*result.notes, *row_notes(result), *_adjusted_notes(result), *_twin_notes(result, by))
    return Table(result.title, tuple(columns), tuple(lines), _runs(groups), notes)


def _in_blocks(result: Any, by: list[str]) -> list[Row]:
    """Return the rows so that all scores of a by-group and handling stand together."""
    rows: dict[str, list[Row]] = {}
    for row in result.table.iter_rows(named=True):
        rows.setdefault(_block(row, by), []).append(row)
    return [row for block in rows.values() for row in block]


def several_groups(result: Any) -> Table:
    """One row a test of all groups, then one a pair: difference, effect size, statistic, p."""
    has_several = result.table["outcome"].n_unique() > 1
    has_adjusted = result.table["p_adjusted"].null_count() < result.table.height
    columns = [
        *([Column("Score", "left")] if has_several else []),
        Column("Groups", "left"),
        Column("Test", "left"),
        Column("n"),
        Column(f"{_estimate_label(result)} ({level(result.conf_level)})"),
        Column(f"Effect size ({level(result.conf_level)})"),
        Column("Statistic"),
        Column("p"),
        *([Column("p, adjusted")] if has_adjusted else []),
    ]
    lines = []
    for row in result.table.iter_rows(named=True):
        is_pair = row["n_reference"] is not None
        where = contrast_words(row["contrast"], result.levels) if is_pair else "All"
        line = [
            *([row["outcome"]] if has_several else []),
            where,
            test_label(row["test"]),
            f"{row['n']}, {row['n_reference']}" if is_pair else str(row["n"]),
            estimate_cell(row) if is_pair else "",
            named_effect(row),
            statistic_words(row),
            p_digits(row["p_value"]),
            *([_p_cell(row["p_adjusted"])] if has_adjusted else []),
        ]
        lines.append(tuple(line))
    notes = (*result.notes, *row_notes(result), *group_notes(result), *_adjusted_notes(result))
    return Table(result.title, tuple(columns), tuple(lines), notes=notes)


@table_of("paired")
def paired(result: Any) -> Table:
    """One row an outcome and test: subjects with both scores, means, difference, p."""
    has_several = result.table["outcome"].n_unique() > 1
    has_adjusted = result.table["p_adjusted"].null_count() < result.table.height
    of_pairs: list[tuple[Column, Callable[[Row], str]]] = [
        (
            Column(f"Mean, {result.reference}"),
            lambda row: number(row["mean_reference"], _points(row)),
        ),
        (Column(f"Mean, {result.group}"), lambda row: number(row["mean"], _points(row))),
        (Column(f"{_estimate_label(result)} ({level(result.conf_level)})"), estimate_cell),
    ]
    shown: list[tuple[Column, Callable[[Row], str]]] = [
        *([(Column("Score", "left"), lambda row: str(row["outcome"]))] if has_several else []),
        (Column("Test", "left"), lambda row: paired_label(row["test"])),
        (Column("Subjects"), lambda row: str(row["n"])),
        *(of_pairs if len(result.levels) == 2 else []),
        (Column(f"Effect size ({level(result.conf_level)})"), named_effect),
        (Column("Statistic"), statistic_words),
        (Column("p"), lambda row: p_digits(row["p_value"])),
        *(
            [(Column("p, adjusted"), lambda row: _p_cell(row["p_adjusted"]))]
            if has_adjusted
            else []
        ),
    ]
    lines = [tuple(cell(row) for _, cell in shown) for row in result.table.iter_rows(named=True)]
    notes = (*result.notes, *row_notes(result))
    if len(result.levels) > 2:
        notes = (*notes, *group_notes(result))
    return Table(result.title, tuple(column for column, _ in shown), tuple(lines), notes=notes)


def test_label(test: str) -> str:
    """Return the name of a test as a table heads it."""
    return TEST_NAMES[test].label if test in TEST_NAMES else test


def paired_label(test: str) -> str:
    """Return the name of a test of pairs as a table heads it."""
    return "Permutation of signs" if test == "permutation" else test_label(test)


def digits_of(row: Row) -> int:
    """Return the decimals of an estimate; a share has two at least."""
    return decimals(row["conf_low"], row["conf_high"], least=2 if _is_share(row) else 1)


def estimate_cell(row: Row) -> str:
    """Return an estimate with its interval: ``−4.7 (−9.0 to −0.4)``."""
    digits = digits_of(row)
    if row["estimate"] is not None and row["conf_low"] is None and row["test"] == "dunn":
        return number(row["estimate"], digits)
    ends = interval(row["conf_low"], row["conf_high"], digits)
    return f"{number(row['estimate'], digits)} ({ends})"


def named_effect(row: Row) -> str:
    """Return an effect size by its name, with its interval where it has one."""
    if row["effect_size"] is None:
        return ""
    name = effect_name(row["effect"])
    if row["effect_low"] is None:
        return f"{name} {number(row['effect_size'], 2)}"
    ends = interval(row["effect_low"], row["effect_high"], 2)
    return f"{name} {number(row['effect_size'], 2)} ({ends})"


def effect_name(effect: str) -> str:
    """Return an effect size as a heading names it."""
    from ketanalysis.groups.paired_differences import PAIRED_EFFECTS

    if effect in PAIRED_EFFECTS:
        return PAIRED_EFFECTS[effect].label
    return "Kendall's W" if effect == "kendalls-w" else EFFECT_NAMES[effect]


def row_notes(result: Any) -> tuple[str, ...]:
    """Return the notes of the rows, once each, and what an estimate is that is no difference."""
    held = [note for note in result.table["note"].to_list() if note]
    notes = list(dict.fromkeys(f"{note[:1].upper()}{note[1:]}." for note in held))
    found = [words for name, words in OTHER_ESTIMATES.items() if name in result.table["measure"]]
    notes += _how_permuted(result)
    if result.table["measure"].n_unique() > 1 or "Hodges-Lehmann shift" in result.table["measure"]:
        notes += [f"{words}, not a difference of means." for words in found]
    return tuple(notes)


def _how_permuted(result: Any) -> list[str]:
    """Return how the splits of each permutation test came, once each."""
    label = paired_label if result.kind == "paired" else test_label
    return list(
        dict.fromkeys(
            f"{label(row['test'])}: {row['method']}."
            for row in result.table.iter_rows(named=True)
            if "permutation" in row["test"] and row["method"]
        )
    )


def group_notes(result: Any) -> tuple[str, ...]:
    """Return how the scores of each group lie, one sentence an outcome."""
    said = []
    for (outcome,), rows in result.groups.group_by("outcome", maintain_order=True):
        groups = "; ".join(
            f"{row['group']} {number(row['mean'])} (SD {number(row['sd'])}, n = {row['n']})"
            for row in rows.iter_rows(named=True)
        )
        said.append(f"Mean {outcome}: {groups}.")
    return tuple(said)


def _adjusted_notes(result: Any) -> tuple[str, ...]:
    adjusted = getattr(result, "adjusted", None)
    if adjusted is None or adjusted.is_empty():
        return ()
    said = []
    for (outcome,), rows in adjusted.group_by("outcome", maintain_order=True):
        if rows["estimate"].null_count():
            continue
        digits = min(_points(row) for row in rows.iter_rows(named=True))
        means = "; ".join(
            f"{row['group']} {number(row['estimate'], digits)} "
            f"({interval(row['conf_low'], row['conf_high'], digits)})"
            for row in rows.iter_rows(named=True)
        )
        said.append(f"Adjusted mean {outcome} ({level(result.conf_level)}): {means}.")
    return tuple(said)


def _points(row: Row) -> int:
    return decimals(row["conf_low"], row["conf_high"])


def _is_share(row: Row) -> bool:
    return bool(row["measure"] == "probability of superiority")


def _estimate_label(result: Any) -> str:
    measures = result.table.filter(pl.col("estimate").is_not_null())["measure"].unique().to_list()
    return "Superiority" if measures == ["probability of superiority"] else "Difference"


def _effect_label(result: Any) -> str:
    if result.kind == "responders":
        return effect_name(result.effect)
    names = result.table["effect"].drop_nulls()
    return effect_name(names[0]) if len(names) else ""


def _p_cell(p: float | None) -> str:
    return "" if p is None else p_digits(p)


def _side(result: Any, group: str) -> str:
    """Return the name of a group as a heading; a label of the data stays as it is."""
    return group.capitalize() if result.kind == "responders" else group


def _block(row: Row, by: list[str]) -> str:
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


def _effect(row: Row) -> str:
    if row["effect_size"] is None or (row["role"] != "primary" and row["test"] in NOT_REPEATED):
        return ""
    return f"{number(row['effect_size'], 2)} ({interval(row['effect_low'], row['effect_high'], 2)})"


def _twin_notes(result: Any, by: list[str]) -> list[str]:
    """Return the continuous twin, and the Bayes factors, of a comparison of responders."""
    twin = getattr(result, "twin", None)
    if twin is None:
        return []
    if twin.height > MOST_SAID:
        low, high = (number(x, 2) for x in (twin["estimate"].min(), twin["estimate"].max()))
        said = [
            f"Without a cut-off: Spearman correlations of {twin.height} comparisons with "
            f"improvement in points, from {low} to {high}: `twin`."
        ]
        return [*said, *_uncut(result, by), *_bayes(result, by)]
    said = [
        f"Without a cut-off{', ' + group_label(row, by) if by else ''}: Spearman correlation of "
        f"{row['outcome']} with improvement in points {number(row['estimate'], 2)} "
        f"({interval(row['conf_low'], row['conf_high'], 2)}), n = {row['n']}."
        for row in twin.iter_rows(named=True)
    ]
    return [*said, *_uncut(result, by), *_bayes(result, by)]


def _uncut(result: Any, by: list[str]) -> list[str]:
    """Return the slope of the end score on the outcome, at the same baseline."""
    rows = result.continuous.filter(pl.col("measure").str.starts_with("ANCOVA"))
    if rows.height > MOST_SAID:
        return ["The end score on each outcome, uncut and at the same baseline: `continuous`."]
    said = []
    for row in rows.iter_rows(named=True):
        where = f"{group_label(row, by)}, " if by else ""
        digits = max(2, decimals(row["conf_low"], row["conf_high"]))
        said.append(
            f"{where}{row['measure']}: {number(row['estimate'], digits)} "
            f"({interval(row['conf_low'], row['conf_high'], digits)}), "
            f"{p_value(row['p_value'])}, n = {row['n']}."
        )
    return said


def _bayes(result: Any, by: list[str]) -> list[str]:
    """Return the Bayes factors of the primary handling, with every prior beside its number."""
    rows = result.bayes
    if rows.is_empty():
        return []
    first = rows.filter(pl.col("missing") == rows["missing"][0])
    cells = first.group_by([*by, "outcome"], maintain_order=True)
    if first.height > 3 * MOST_SAID:
        return ["Bayes factors of each outcome under three priors: `bayes`."]
    said = []
    for _, cell in cells:
        row = cell.row(0, named=True)
        if row["log_bayes_factor"] is None:
            continue
        where = f", {group_label(row, by)}" if by else ""
        factors = ", ".join(
            f"{factor:.3g} (prior scale {scale:.2f} SD)"
            for factor, scale in zip(cell["bayes_factor"], cell["prior_scale"], strict=True)
            if factor is not None
        )
        said.append(
            f"Bayes factor of a difference in {row['outcome']} against none{where} (pooled t): "
            f"{factors}."
        )
    return said
