"""Shares of infusions with an event: who belongs to which, by hand, and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from ketanalysis.adverse_events.by_infusion import estimate_adverse_events_by_infusion
from ketanalysis.adverse_events.marginal import marginal_share
from ketanalysis.errors import ArgumentError
from ketanalysis.glossary import GLOSSARY
from tests.adverse_events.events_data import trial


def counted(result: Any, **where: str) -> list[tuple[Any, ...]]:
    tests = [pl.col(name).cast(pl.String) == value for name, value in where.items()]
    columns = ("infusion", "count", "n", "n_infusions")
    return result.table.filter(tests).select(*columns).rows()


def test_by_number_of_the_infusion_all_and_ever() -> None:
    result = estimate_adverse_events_by_infusion(trial(), "TRT01P")
    assert counted(result, AEDECOD="Anxiety", TRT01P="drug") == [
        ("1", 1, 3, 3),
        ("2", 1, 3, 3),
        ("all", 2, 3, 6),
        ("ever", 1, 3, 6),
    ]
    assert counted(result, AEDECOD="Anxiety", TRT01P="placebo") == [
        ("1", 1, 4, 4),
        ("2", 0, 3, 3),
        ("all", 1, 4, 7),
        ("ever", 1, 4, 7),
    ]
    assert "Not counted by infusion: 3 of 7 records belong to no infusion." in result.notes
    for frame in (result.table, result.contrasts):
        assert {c for c in frame.columns if c.islower()} <= set(GLOSSARY)
    assert result.warnings[-1] == (
        "The interval of the odds ratio from one infusion to the next is too short, and its p "
        "value too small, where fewer than 15 infusions have the event or have it not: Any event "
        "(placebo), Any event (drug), Anxiety (placebo), Anxiety (drug), Dissociation (drug)."
    )
    plain = estimate_adverse_events_by_infusion(trial(), "TRT01P", variance="sandwich")
    assert plain.warnings[-2] == (
        "Intervals over all infusions are too short with few subjects, and there are 7: name "
        'variance="mancl-derouen" and df="subjects" for those that make up for it.'
    )
    assert result.notes[-1].endswith(
        "logit by generalised estimating equations, independence, Mancl-DeRouen variance, "
        "Student's t, subjects as the sample."
    )
    row = result.table.filter(infusion="all", AEDECOD="Anxiety", TRT01P="drug").row(0, named=True)
    expected = marginal_share(
        np.array([1.0, 1, 0, 0, 0, 0]),
        np.array([1, 1, 2, 2, 3, 3]),
        correlation="independence",
        variance="mancl-derouen",
        df="subjects",
        conf_level=0.95,
    )
    # The same sums in another order.
    assert row["conf_high"] == pytest.approx(expected.high, rel=1e-12)


def test_an_event_without_number_belongs_to_the_infusion_before_it() -> None:
    result = estimate_adverse_events_by_infusion(trial(), within=12)
    # F's dissociation at 49 h belongs to the infusion at 48 h; G's nausea at 24 h to none.
    assert counted(result, AEDECOD="Dissociation") == [
        ("1", 1, 7, 7),
        ("2", 1, 6, 6),
        ("all", 2, 7, 13),
        ("ever", 2, 7, 13),
    ]
    assert result.notes[2:5] == (
        "Ascertainment: checklist.",
        "An event without EXSEQ belongs to the last infusion that began at most 12 hours before "
        "it.",
        "Not counted by infusion: 2 of 7 records belong to no infusion.",
    )
    assert not any("few subjects" in warning for warning in result.warnings)
    whole = estimate_adverse_events_by_infusion(trial(), within=24)
    assert counted(whole, AEDECOD="Nausea", infusion="1") == [("1", 1, 7, 7)]


def test_what_is_not_estimable_says_why() -> None:
    result = estimate_adverse_events_by_infusion(trial(), "TRT01P", events="Dissociation")
    row = result.table.filter(infusion="all", TRT01P="placebo").row(0, named=True)
    assert (row["estimate"], row["conf_high"]) == (0.0, None)
    assert row["note"] == "not estimable: no infusion has the event"
    notes = result.contrasts.filter(contrast="drug - placebo")["note"].unique().to_list()
    assert notes == ["not estimable: no infusion has the event"]
    assert result.contrasts.filter(contrast="drug - placebo")["p_value"].null_count() == 2


def test_an_infusion_that_was_not_given_is_told() -> None:
    adae = trial().adae.with_columns(EXSEQ=pl.Series([None, 1, 1, 3, 1, None, None, 1]))
    result = estimate_adverse_events_by_infusion(trial(adae=adae))
    assert (
        "Not counted by infusion: 3 of 7 records belong to no infusion; 1 name an infusion that "
        "ADEX does not have."
    ) in result.notes


def test_order_of_rows_changes_nothing() -> None:
    result = estimate_adverse_events_by_infusion(trial(), "TRT01P", within=30)
    turned = trial(adae=trial().adae.reverse(), adex=trial().adex.reverse())
    again = estimate_adverse_events_by_infusion(turned, "TRT01P", within=30)
    assert again.table.equals(result.table)
    assert again.contrasts.equals(result.contrasts)


def test_refusals() -> None:
    def message(**options: Any) -> str:
        with pytest.raises(ArgumentError) as caught:
            estimate_adverse_events_by_infusion(options.pop("trial", trial()), **options)
        return str(caught.value)

    assert message(events="Anxeity") == (
        "events must name events that were recorded: Anxiety, Dissociation, Nausea; not "
        "'Anxeity'. Did you mean Anxiety?"
    )
    assert message(within=0) == "within must be a number of hours above 0, not 0."
    untimed = trial(adae=trial().adae.drop("AFRLT"))
    assert message(trial=untimed, within=2) == (
        "within= needs AFRLT, hours since the first infusion, in ADAE and ADEX."
    )
    assert message(variance="hc1").startswith("variance must be one of 'sandwich'")
    nobody = trial(adex=trial().adex.clear())
    assert message(trial=nobody) == (
        "No exposed subject has an infusion (ADEX), so nothing can be counted."
    )
