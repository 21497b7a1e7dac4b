"""Tables of models: coefficients, least-squares means, their contrasts, tests of terms."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import decimals, interval, number, p_digits
from ketanalysis.tables.registry import level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import contrast_words

HEADS = {"AVISIT": "Visit", "TRT01P": "Arm", "TRT01A": "Arm as treated"}


@table_of("model")
def model(result: Any) -> Table:
    """One row a coefficient: estimate, standard error, interval, df, t, p."""
    columns = (
        Column("Term", "left"),
        Column("Estimate"),
        Column("SE"),
        Column(level(result.conf_level)),
        Column("df"),
        Column("t"),
        Column("p"),
    )
    rows = [
        (row["term"], *_estimate(row), number(row["statistic"], 2), p_digits(row["p_value"]))
        for row in result.table.iter_rows(named=True)
    ]
    return Table(result.title, columns, tuple(rows), notes=(*result.notes, _criteria(result)))


def _estimate(row: dict[str, Any]) -> tuple[str, str, str, str]:
    digits = decimals(row["conf_low"], row["conf_high"])
    return (
        number(row["estimate"], digits),
        number(row["std_error"], digits),
        interval(row["conf_low"], row["conf_high"], digits),
        number(row["df"], 1),
    )


def _criteria(result: Any) -> str:
    row = result.criteria.row(0, named=True)
    return (
        f"{row['n_observations']} scores of {row['n']} subjects; "
        f"log likelihood {number(row['log_likelihood'], 2)}, AIC {number(row['aic'], 2)}, "
        f"BIC {number(row['bic'], 2)}; converged in {row['steps']} steps."
    )


@table_of("means")
def means(result: Any) -> Table:
    """One row a mean: its factors, estimate, standard error, interval, df."""
    names = [*result.within, *result.by]
    columns = (
        *(Column(HEADS.get(name, name), "left") for name in names),
        Column("Mean"),
        Column("SE"),
        Column(level(result.conf_level)),
        Column("df"),
    )
    rows = [
        (*(str(row[name]) for name in names), *_estimate(row))
        for row in result.table.iter_rows(named=True)
    ]
    return Table(result.title, columns, tuple(rows), notes=(*result.notes, *_row_notes(result)))


@table_of("contrasts")
def contrasts(result: Any) -> Table:
    """One row a contrast: difference with interval, df, t, p, and Hedges g where asked."""
    has_adjusted = result.table["p_adjusted"].null_count() < result.table.height
    has_effect = result.table["effect_size"].null_count() < result.table.height
    columns = [
        *(Column(HEADS.get(name, name), "left") for name in result.within),
        Column("Contrast", "left"),
        Column("Difference"),
        Column("SE"),
        Column(level(result.conf_level)),
        Column("df"),
        Column("t"),
        Column("p"),
    ]
    columns += [Column("p, adjusted")] if has_adjusted else []
    columns += [Column(f"Hedges g ({level(result.conf_level)})")] if has_effect else []
    lines = []
    for row in result.table.iter_rows(named=True):
        line = [
            *(str(row[name]) for name in result.within),
            contrast_words(row["contrast"]),
            *_estimate(row),
            number(row["statistic"], 2),
            p_digits(row["p_value"]),
        ]
        line += [p_digits(row["p_adjusted"])] if has_adjusted else []
        ends = interval(row["effect_low"], row["effect_high"], 2)
        line += [f"{number(row['effect_size'], 2)} ({ends})"] if has_effect else []
        lines.append(tuple(line))
    notes = (*result.notes, *_row_notes(result))
    return Table(result.title, tuple(columns), tuple(lines), notes=notes)


@table_of("terms")
def terms(result: Any) -> Table:
    """One row a term: degrees of freedom, F, p."""
    rows = [
        (
            row["term"],
            str(row["df_num"]),
            number(row["df_den"], 1),
            number(row["statistic"], 2),
            p_digits(row["p_value"]),
        )
        for row in result.table.iter_rows(named=True)
    ]
    columns = (
        Column("Term", "left"),
        Column("df, numerator"),
        Column("df, denominator"),
        Column("F"),
        Column("p"),
    )
    return Table(result.title, columns, tuple(rows), notes=(*result.notes, *_row_notes(result)))


def _row_notes(result: Any) -> tuple[str, ...]:
    """Return what is said of single rows, each once, as sentences."""
    held = dict.fromkeys(note for note in result.table["note"].to_list() if note)
    return tuple(f"{note[:1].upper()}{note[1:]}." for note in held)
