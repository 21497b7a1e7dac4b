"""Tables that only a report has: every contrast of a rate, subjects in and out, findings."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from ketanalysis.contracts.findings import Breach, CheckReport, printable
from ketanalysis.glossary import method_words
from ketanalysis.rates.number_needed import number_needed
from ketanalysis.rounding import interval, number, p_digits, percent
from ketanalysis.tables.registry import group_label, level
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import (
    HANDLING_NAMES,
    HANDLING_WORDS,
    at_visit,
    contrast_words,
    plain_words,
    without_columns,
)

NEEDED = "number needed to treat"
# Notes that say what stands elsewhere in a report, or what its reader cannot use.
ELSEWHERE = ("Missing scores:", "Contrasts: ", "Not described unless")
# Where a frame of the result is named, which only who programs can open.
_POINTERS = re.compile(r"(:|, each in) `\w+`")
SEVERITY = {"error": "Error", "warning": "Warning", "info": "For information"}
TABLES = {
    "adsl": "Subjects (ADSL)",
    "adqs": "Rating scores (ADQS)",
    "adqsitem": "Item answers (ADQSITEM)",
    "adex": "Infusions (ADEX)",
    "adae": "Adverse events (ADAE)",
    "adice": "Intercurrent events (ADICE)",
    "adcm": "Concomitant treatments (ADCM)",
    "advs": "Vital signs (ADVS)",
    "adtte": "Times to event (ADTTE)",
}


def contrast_table(result: Any) -> Table:
    """Return every contrast of a rate, one block a comparison, visit and handling."""
    groups = list(dict.fromkeys(group_label(r, result.by) for r in result.table.to_dicts()))
    rows = result.contrasts.to_dicts()
    by_key: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        by_key.setdefault((row["contrast"], row["AVISIT"], row["missing"]), []).append(row)
    lines, blocks = [], []
    for (contrast, visit, handling), block in by_key.items():
        label = f"{contrast_words(contrast, groups, 'versus')} {at_visit(visit)}"
        blocks.append((f"{label}, {HANDLING_NAMES[handling]}", len(block)))
        risk = next((r for r in block if r["measure"] == "risk difference"), None)
        lines += [_contrast_line(row, risk) for row in block]
    columns = (
        Column("Measure", "left"),
        Column("Estimate"),
        Column(level(result.conf_level)),
        Column("p"),
    )
    title = without_columns(result.title, result.by)
    return Table(f"{title}: all contrasts", columns, tuple(lines), tuple(blocks), _methods(rows))


def _contrast_line(row: dict[str, Any], risk: dict[str, Any] | None) -> tuple[str, str, str, str]:
    p = p_digits(row["p_value"]) if row["test"] else ""
    if row["measure"] == NEEDED and risk is not None and risk["estimate"] is not None:
        needed = number_needed(risk["estimate"], risk["conf_low"], risk["conf_high"])
        estimate, _, ends = needed.text().partition(" (")
        return (NEEDED.capitalize(), estimate, ends.removesuffix(")"), p)
    if not row["method"]:
        return (row["measure"].capitalize(), "", "", p)
    if row["measure"] == "risk difference":
        ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
        return ("Difference, percentage points", percent(row["estimate"]), ends, p)
    ends = interval(row["conf_low"], row["conf_high"], 2)
    return (row["measure"].capitalize(), number(row["estimate"], 2), ends, p)


def _methods(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    said = []
    for row in rows:
        if row["measure"] == NEEDED:
            said.append(
                "Number needed to treat: reciprocal of the difference and its interval; NNTB, for "
                "one more subject to benefit; NNTH, for one more to be harmed."
            )
        elif not row["method"]:
            said.append(f"{row['measure'].capitalize()}: {method_words(row['test'])}.")
        else:
            test = f", test {method_words(row['test'])}" if row["test"] else ""
            measure = row["measure"].capitalize()
            said.append(f"{measure}: interval {method_words(row['method'])}{test}.")
    return (" ".join(dict.fromkeys(said)),)


def audit_table(result: Any, arms: tuple[str, ...]) -> Table:
    """Return who was counted and who was not: one row a reason, one column an arm."""
    rows = result.audit.to_dicts()
    named = [arm for arm in arms if any(row.get("TRT01P") == arm for row in rows)]
    has_rest = any(row.get("TRT01P") is None for row in rows)
    keys: dict[tuple[str, str, str], dict[str | None, int]] = {}
    for row in rows:
        block = _block_of(row)
        counts = keys.setdefault((block, row["status"], row["reason"]), {})
        counts[row.get("TRT01P")] = counts.get(row.get("TRT01P"), 0) + row["count"]
    order = list(dict.fromkeys(block for block, _, _ in keys))
    chosen = sorted(keys, key=lambda key: order.index(key[0]))
    rest = [None] if has_rest else []
    lines = tuple(
        (
            reason[:1].upper() + reason[1:],
            status,
            *(str(keys[block, status, reason].get(arm, 0)) for arm in [*named, *rest]),
        )
        for block, status, reason in chosen
    )
    blocks = tuple((one, sum(key[0] == one for key in chosen)) for one in order)
    other = "All subjects" if not named else "No arm"
    columns = (
        Column("Reason", "left"),
        Column("In the analysis", "left"),
        *(Column(arm) for arm in named),
        *(Column(other) for _ in rest),
    )
    title = f"Subjects in and out: {without_columns(result.title, getattr(result, 'by', ()))}"
    return Table(title, columns, lines, blocks if any(order) else ())


def _block_of(row: dict[str, Any]) -> str:
    if row.get("missing") is None:
        return "Set aside before" if "missing" in row else ""
    words = HANDLING_WORDS[row["missing"]]
    return f"{words[:1].upper()}{words[1:]}, {at_visit(row['AVISIT'])}"


def breaches_to_show(report: CheckReport, at_infusions: Collection[str]) -> list[Breach]:
    """Return the findings, without those that scales rated at infusions alone have no baseline."""

    def is_meant(breach: Breach) -> bool:
        return breach.rule != "scale_without_baseline" or not (
            set(breach.rows["PARAMCD"]) <= set(at_infusions)
        )

    return [breach for breach in report.breaches if is_meant(breach)]


def findings_table(breaches: Sequence[Breach]) -> Table:
    """Return what the check of the data found, one row a rule, without subject identifiers."""
    found: dict[tuple[str, str, str], int] = {}
    for breach in breaches:
        where = TABLES.get(breach.table, breach.table.upper())
        key = (where, _demand(breach), SEVERITY[breach.severity])
        found[key] = found.get(key, 0) + breach.count
    columns = (
        Column("Finding", "left"),
        Column("Weight", "left"),
        Column("Times"),
    )
    order = list(dict.fromkeys(where for where, _, _ in found))
    lines = tuple(
        (demand, severity, str(found[where, demand, severity]))
        for one in order
        for where, demand, severity in found
        if where == one
    )
    blocks = tuple((one, sum(key[0] == one for key in found)) for one in order)
    return Table("Findings in the data", columns, lines, blocks)


def _demand(breach: Breach) -> str:
    """Return the finding as a sentence; one that names a subject is told by its rule alone."""
    subjects = breach.rows["USUBJID"].drop_nulls().to_list()
    if any(subject in breach.demand for subject in subjects):
        return f"The rule {breach.rule} is not kept."
    if breach.demand.startswith("marks no baseline of "):
        return printable(f"{breach.demand.replace('marks no', 'No', 1)}.")
    if breach.demand.startswith("has no reading of "):
        return printable(f"{breach.demand.replace('has no', 'No', 1)}.")
    if breach.demand.startswith("is not in the contract"):
        _, _, kept = breach.demand.partition(": it is kept")
        return printable(f"The column {breach.column} is kept as it is{kept}.")
    return printable(f"{breach.column or 'The table'} {breach.demand}.")


def shortened(table: Table, *, said: tuple[str, ...]) -> Table:
    """Return the table with its notes as one paragraph, without those that stand elsewhere."""
    kept = [
        _POINTERS.sub("", plain_words(note))
        for note in table.notes
        if note not in said and not note.startswith(ELSEWHERE)
    ]
    warnings = [note for note in kept if note.startswith("Note well:")]
    beside = [note for note in kept if note.startswith("Without a cut-off")]
    plain = " ".join(note for note in kept if note not in [*warnings, *beside])
    notes = (*((plain,) if plain else ()), *beside, *warnings)
    title = table.title
    return Table(title, table.columns, table.rows, table.row_groups, notes)
