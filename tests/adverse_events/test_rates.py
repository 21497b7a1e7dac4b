"""Rates in exposure: events and exposures by hand; the intervals have an oracle of their own."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from ketanalysis.adverse_events.poisson import poisson_rate, poisson_ratio
from ketanalysis.adverse_events.rates import estimate_adverse_event_rates
from ketanalysis.errors import ArgumentError, ContractError
from tests.adverse_events.events_data import trial


def counted(result: Any) -> list[tuple[Any, ...]]:
    return result.table.select("TRT01P", "AEDECOD", "n_events", "exposure").rows()


def test_first_events_per_infusion() -> None:
    result = estimate_adverse_event_rates(trial(), "TRT01P", per="infusion", count="first")
    # By EXSEQ: B at infusion 1 of 2, E at 1 of 2 (both terms). F, G and A have no number.
    # Any event, placebo: B 1, A 2, C 2, D 1 = 6 infusions; drug: E 1, F 2, G 2 = 5.
    assert counted(result) == [
        ("placebo", "Any event", 1, 6.0),
        ("drug", "Any event", 1, 5.0),
        ("placebo", "Anxiety", 1, 6.0),
        ("drug", "Anxiety", 1, 5.0),
        ("placebo", "Dissociation", 0, 7.0),
        ("drug", "Dissociation", 1, 5.0),
    ]
    first = result.table.row(0, named=True)
    assert (first["estimate"], first["conf_low"], first["conf_high"]) == poisson_rate(1, 6.0)[:3]
    ratio = result.contrasts.row(0, named=True)
    found = poisson_ratio(1, 5.0, 1, 6.0)
    assert (ratio["estimate"], ratio["p_value"]) == (found.estimate, found.p_value)
    assert "Not counted by infusion: 3 of 7 records belong to no infusion." in result.notes
    assert result.warnings == ("1 subject with adverse events is not counted; the audit says why.",)


def test_all_events_per_week() -> None:
    result = estimate_adverse_event_rates(
        trial(), "TRT01P", per="patient-week", count="all", follow_up="DAYS"
    )
    # 14 days each: 8 weeks on placebo, 6 on drug; A's event is before the first infusion.
    assert counted(result)[:2] == [("placebo", "Any event", 1, 8.0), ("drug", "Any event", 5, 6.0)]
    assert result.notes[-2] == (
        "1 of 7 records are outside the time at risk and do not count (0 without a time)."
    )
    assert result.warnings[-1].startswith("Subjects have several events each;")


def test_first_events_per_week_end_the_time_at_risk() -> None:
    result = estimate_adverse_event_rates(
        trial(), "TRT01P", per="patient-week", count="first", follow_up="last infusion"
    )
    # Placebo: A and C 48 h, D 0 h, B until 0.5 h. Drug: E until 0.25 h, F 48 h (its event is
    # at 49 h, outside), G until 24 h.
    rows = counted(result)
    assert rows[0] == ("placebo", "Any event", 1, pytest.approx(96.5 / 168, rel=1e-14))
    assert rows[1] == ("drug", "Any event", 2, pytest.approx(72.25 / 168, rel=1e-14))
    assert result.warnings[-1] == "1 exposed subject has no exposure to be at risk in."
    last = estimate_adverse_event_rates(
        trial(), "TRT01P", per="patient-week", count="first", follow_up="last record"
    )
    assert "the last record with a time (ADEX, ADAE)." in last.notes[1]


def test_nobody_with_the_event_and_nobody_exposed_to_it() -> None:
    none = trial(adae=trial().adae.clear())
    result = estimate_adverse_event_rates(none, "TRT01P", per="infusion", count="all")
    assert counted(result) == [("placebo", "Any event", 0, 7.0), ("drug", "Any event", 0, 6.0)]
    assert result.contrasts["note"][0] == (
        "not estimable: no event in either group, or no exposure"
    )
    assert result.contrasts["p_value"][0] is None
    flat = trial(adsl=trial().adsl.with_columns(DAYS=pl.lit(0.0)))
    result = estimate_adverse_event_rates(flat, per="patient-week", count="all", follow_up="DAYS")
    assert result.table["note"][0] == "not estimable: nobody was at risk"
    assert result.table["estimate"][0] is None


def test_refusals() -> None:
    def message(kind: type[Exception] = ArgumentError, **options: Any) -> str:
        with pytest.raises(kind) as caught:
            estimate_adverse_event_rates(options.pop("trial", trial()), **options)
        return str(caught.value)

    week = {"per": "patient-week", "count": "first"}
    assert message(**week) == (
        "follow_up= must say until when events were asked for: 'last infusion', 'last record', or "
        "a column of ADSL with the days since the first infusion."
    )
    assert message(**week, follow_up="DAY") == (
        "follow_up must be 'last infusion', 'last record' or a column of ADSL, not 'DAY'. Did you "
        "mean DAYS?"
    )
    assert message(**week, follow_up="SAFFL") == (
        "follow_up='SAFFL' must hold days since the first infusion as numbers, not String."
    )
    assert message(per="week", count="first") == (
        "per must be one of 'infusion', 'patient-week', 'patient-month', 'patient-year', not "
        "'week'."
    )
    assert (
        message(per="infusion", count="once") == "count must be one of 'first', 'all', not 'once'."
    )
    assert message(trial=trial(adex=None), per="infusion", count="all") == (
        "What is counted by infusion needs the infusions: as_trial(..., infusions=), with EXSEQ."
    )
    twice = trial(adex=pl.concat([trial().adex, trial().adex.head(1)]))
    assert message(ContractError, trial=twice, per="infusion", count="all") == (
        "ADEX must have one row for each subject and infusion; 2 rows share theirs, first subject "
        "A, infusion 1. Keep the right row, or number the infusions."
    )
    unnumbered = trial(adae=trial().adae.drop("EXSEQ"))
    assert message(trial=unnumbered, per="infusion", count="all") == (
        "ADAE has no EXSEQ, so no event is given to an infusion: say with within= up to how many "
        "hours after the start of an infusion an event belongs to it (by AFRLT)."
    )
