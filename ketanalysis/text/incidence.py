"""Sentences on competing causes: incidences, at the end and at given times, Gray's tests."""

from __future__ import annotations

from typing import Any

from ketanalysis.text.cox import hazard_ratio
from ketanalysis.text.registry import led_by_group, phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style
from ketanalysis.text.survival import chi_square, share


@phrase_of("cumulative_incidence")
@phrase_of("incidence_milestones")
def incidence(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``40 % (95 % CI 26 to 55)``."""
    return share(result, row["estimate"], row, style)


@sentences_of("cumulative_incidence")
def cumulative_incidence(result: Any, style: Style) -> str:
    """Say events and incidence of each group and cause, and the tests."""
    said = "; ".join(
        f"{led_by_group(row, result.by, ': ')}{row['cause']} in {row['n_event']} of {row['n']} "
        f"subjects, {incidence(result, row, style)} by {row['time']:g} {result.time_unit}"
        for row in result.groups.iter_rows(named=True)
    )
    tests = "".join(
        f" {row['test']} of {row['cause']}: {style.p(row['p_value'])}."
        for row in result.tests.iter_rows(named=True)
    )
    return f"{result.title}. {said[:1].upper()}{said[1:]}.{tests}"


@sentences_of("incidence_milestones")
def incidence_milestones(result: Any, style: Style) -> str:
    """Say the incidence of each group and cause at each time."""
    parts = [
        f"{led_by_group(row, result.by, ', ')}{row['cause']} by {row['time']:g} "
        f"{result.time_unit}: {phrase(result, row, style)}"
        for row in result.table.iter_rows(named=True)
    ]
    return f"{result.title}: {'; '.join(parts)}."


@phrase_of("incidence_comparison")
def gray(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``chi-square 3.52, df 1, p = 0.061``."""
    return chi_square(row, style)


@sentences_of("incidence_comparison")
def incidence_comparison(result: Any, style: Style) -> str:
    """Say the test of each cause."""
    parts = [
        f"{row['cause']} {phrase(result, row, style)}" for row in result.table.iter_rows(named=True)
    ]
    return f"{result.title}: {'; '.join(parts)}."


@phrase_of("fine_gray")
def subdistribution_hazard(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``0.58 (95 % CI 0.41 to 0.80; p < 0.001)``."""
    return hazard_ratio(result, row, style)


@sentences_of("fine_gray")
def fine_gray(result: Any, style: Style) -> str:
    """Say each ratio, and how many events of the cause there were."""
    counts = result.criteria.row(0, named=True)
    parts = [
        f"{row['contrast']} {phrase(result, row, style)}"
        for row in result.table.drop_nulls("estimate").iter_rows(named=True)
    ]
    return (
        f"{result.title}, {counts['n_event']} events in {counts['n']} subjects. Subdistribution "
        f"hazard ratios: {'; '.join(parts)}."
    )


@phrase_of("fine_gray_curves")
def expected_incidence(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``34 % (95 % CI 22 to 46)``."""
    ends = style.ci_percent(row["conf_low"], row["conf_high"], conf_level=result.conf_level)
    return f"{style.percent(row['estimate'])} ({ends})"
