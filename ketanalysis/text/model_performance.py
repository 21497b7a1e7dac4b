"""Sentences on how a model performs: corrected for optimism, calibrated, in net benefit."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import number
from ketanalysis.tables.model_performance import method_label
from ketanalysis.text.registry import phrase_of, sentences_of
from ketanalysis.text.style import Style

Row = dict[str, Any]


@phrase_of("validation")
def corrected(result: Any, row: Row, style: Style) -> str:
    """Return ``0.71, corrected for optimism 0.66``."""
    digits = 2
    if row["corrected"] is None:
        return f"{number(row['estimate'], digits)}, not to be corrected"
    shown = number(row["estimate"], digits), number(row["corrected"], digits)
    return f"{shown[0]}, corrected for optimism {shown[1]}"


@sentences_of("validation")
def validation(result: Any, style: Style) -> str:
    """Say apparent and corrected measures of every method."""
    said = []
    for (method,), rows in result.table.group_by("method", maintain_order=True):
        parts = [
            f"{row['measure']} {corrected(result, row, style)}"
            for row in rows.iter_rows(named=True)
        ]
        said.append(f"{method_label(method)}: {'; '.join(parts)}.")
    return f"{result.title}. {' '.join(said)}"


@phrase_of("calibration")
def one_measure(result: Any, row: Row, style: Style) -> str:
    """Return ``0.83 (95 % CI 0.41 to 1.25)``, with p where there is a test."""
    if row["estimate"] is None:
        return f"not estimable ({row['note']})" if row["note"] else "not estimable"
    shown = number(row["estimate"], 2)
    p = "" if row["p_value"] is None else f"; {style.p(row['p_value'])}"
    if row["conf_low"] is None:
        return f"{shown}{' (' + p[2:] + ')' if p else ''}"
    ends = style.ci(row["conf_low"], row["conf_high"], 2, conf_level=result.conf_level)
    return f"{shown} ({ends}{p})"


@sentences_of("calibration")
def calibration(result: Any, style: Style) -> str:
    """Say each measure of calibration."""
    parts = [
        f"{row['measure']} {one_measure(result, row, style)}"
        for row in result.table.iter_rows(named=True)
    ]
    return f"{result.title}: {'; '.join(parts)}."


@phrase_of("net benefit")
def benefit(result: Any, row: Row, style: Style) -> str:
    """Return ``0.12 (95 % CI 0.03 to 0.21)``."""
    if row["conf_low"] is None:
        return number(row["estimate"], 3)
    ends = style.ci(row["conf_low"], row["conf_high"], 3, conf_level=result.conf_level)
    return f"{number(row['estimate'], 3)} ({ends})"


@sentences_of("net benefit")
def net_benefit(result: Any, style: Style) -> str:
    """Say the net benefit of model and of treating everybody at each threshold."""
    parts = []
    for (threshold,), rows in result.table.group_by("threshold", maintain_order=True):
        own = {row["strategy"]: row for row in rows.iter_rows(named=True)}
        parts.append(
            f"at {style.percent(threshold)} {benefit(result, own['model'], style)}, of treating "
            f"everybody {number(own['everybody']['estimate'], 3)}"
        )
    return f"{result.title}: {'; '.join(parts)}."
