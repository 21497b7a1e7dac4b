"""Checks by name that look at more than one cell: what a trial's tables must say together.

A rule blames one column and says which rows break it, as a polars expression. A contract asks
for it by name (``rules = ["scale_range"]``); the rules that compare two tables are asked for
by `check_trial` (`ketanalysis.contracts.checking`). A cell that is missing breaks no rule here:
whether it may be missing is said in the contract. To add a rule, write it beside its like in
`subject_rules`, `score_rules`, `item_rules`, `event_rules` or `vital_rules` and list it below.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from ketanalysis.contracts import (
    event_rules,
    item_rules,
    score_rules,
    subject_rules,
    vital_rules,
)
from ketanalysis.contracts.rule import Rule
from ketanalysis.errors import ContractError, near_miss

RULES: dict[str, Callable[[str], Rule]] = {
    "trimmed": subject_rules.trimmed,
    "near_duplicate": subject_rules.near_duplicate,
    "one_arm": subject_rules.one_arm,
    "has_arm": subject_rules.has_arm,
    "known_scale": score_rules.known_scale,
    "scale_range": score_rules.scale_range,
    "asc_unit": score_rules.asc_unit,
    "missing_baseline": score_rules.missing_baseline,
    "scale_without_baseline": score_rules.scale_without_baseline,
    "one_baseline": score_rules.one_baseline,
    "baseline_zero": score_rules.baseline_zero,
    "baseline_after_treatment": score_rules.baseline_after_treatment,
    "time_order": score_rules.time_order,
    "same_time": score_rules.same_time,
    "hours_or_days": score_rules.hours_or_days,
    "no_day_zero": score_rules.no_day_zero,
    "item_number": item_rules.item_number,
    "item_range": item_rules.item_range,
    "infusion_order": event_rules.infusion_order,
    "infusion_clock": event_rules.infusion_clock,
    "end_after_start": event_rules.end_after_start,
    "one_class": event_rules.one_class,
    "emergent_onset": event_rules.emergent_onset,
    "dose_zero": event_rules.dose_zero,
    "dose_has_unit": event_rules.dose_has_unit,
    "known_vital": vital_rules.known_vital,
    "vital_unit": vital_rules.vital_unit,
    "one_unit": vital_rules.one_unit,
    "vital_range": vital_rules.vital_range,
    "saturation_range": vital_rules.saturation_range,
    "diastolic_below_systolic": vital_rules.diastolic_below_systolic,
    "one_reading": vital_rules.one_reading,
    "reading_has_time": vital_rules.reading_has_time,
    "entered_has_value": event_rules.entered_has_value,
    "event_described": event_rules.event_described,
    "interval_order": event_rules.interval_order,
    "interval_end": event_rules.interval_end,
}


def named_rule(name: str, column: str) -> Rule:
    """Return the rule of that name on that column.

    Raises
    ------
    ContractError
        Where there is no rule of that name; the message lists all names.
    """
    if name not in RULES:
        raise ContractError(
            f"a rule must be one of {', '.join(RULES)}, not {name!r}.{near_miss(name, RULES)}"
        )
    return RULES[name](column)


def rule_names() -> pl.DataFrame:
    """Return the rules that a contract can ask for, one row a rule: which checks are there?

    Columns: ``rule``, ``meaning``, ``severity``.

    Examples
    --------
    >>> rule_names()["rule"].to_list()[:2]
    ['trimmed', 'near_duplicate']
    """
    rows = [
        (name, str(make.__doc__).splitlines()[0], make("AVAL").severity)
        for name, make in RULES.items()
    ]
    return pl.DataFrame(rows, schema=["rule", "meaning", "severity"], orient="row")
