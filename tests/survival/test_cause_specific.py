"""A hazard ratio is called cause-specific where another event was censored."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.survival.cox import fit_cox
from ketanalysis.survival.cox_result import CoxResult
from ketanalysis.tables import tabulate
from tests.survival.survival_data import random_frame


def rows(competing: int = 2) -> pl.DataFrame:
    """Times with three codes: 0 censored, 1 the event, and another."""
    return random_frame().with_columns(
        status=pl.when(CNSR=1).then(0).when(pl.int_range(60) % 4 == 0).then(competing).otherwise(1)
    )


def fit(frame: pl.DataFrame | None = None, **options: Any) -> CoxResult:
    given = {"event": "status", "event_value": 1} | options
    return fit_cox(rows() if frame is None else frame, "TRT01P", **given)


def refusal(**options: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        fit(**options)
    return str(caught.value)


def test_a_declared_competing_event_is_named_everywhere() -> None:
    found = fit(competing=2)
    assert found.measure == "cause-specific hazard ratio"
    assert found.table["measure"].to_list() == ["cause-specific hazard ratio"]
    assert found.title == "Cox model of the cause-specific hazard of AVAL: TRT01P"
    assert found.notes[:2] == (
        "Cause-specific hazard ratios by Cox's model, ties Efron's; 95 % Wald intervals.",
        "Cause-specific hazard: 2 (status) is a competing event, censored when it comes.",
    )
    assert "subjects. Cause-specific hazard ratios: TRT01P: PBO / KET " in found.text()
    assert tabulate(found).columns[1].label == "Cause-specific hazard ratio"
    assert found.plot().axes[0].get_xlabel() == "Cause-specific hazard ratio (95 % CI)"
    firth = fit(competing=[2], penalty="firth")
    assert firth.notes[0].startswith("Cause-specific hazard ratios by Cox's model with Firth's")
    assert found.proportional_hazards().title.endswith("cause-specific hazard of AVAL: TRT01P")


def test_the_numbers_are_those_without_the_word() -> None:
    columns = ["estimate", "std_error", "p_value"]
    plain, named = fit(competing=[]), fit(competing=2)
    assert named.table.select(columns).equals(plain.table.select(columns))
    assert (plain.measure, plain.title) == ("hazard ratio", "Cox model of AVAL: TRT01P")


def test_codes_that_nobody_declared_are_named() -> None:
    said = (
        "Cause-specific hazard: 0, 2 (status) are all counted as censored; which of them are "
        "competing events was not declared (competing=)."
    )
    found = fit()
    assert found.measure == "cause-specific hazard ratio"
    assert found.notes[1] == said
    two_codes = rows().filter(pl.col("status") < 2)
    assert fit(two_codes).measure == "hazard ratio"


def test_a_censoring_code_can_be_a_competing_event() -> None:
    frame = random_frame().with_columns(CNSR=pl.col("CNSR") * (1 + pl.int_range(60) % 2))
    found = fit_cox(frame, "TRT01P", competing=[1, 2])
    assert found.notes[1] == (
        "Cause-specific hazard: 1, 2 (CNSR) are competing events, censored when they come."
    )
    assert fit_cox(frame, "TRT01P").measure == "hazard ratio"


def test_rows_of_relapse_know_that_an_infusion_competes() -> None:
    derived = rows().rename({"status": "event_code"}).with_columns(entered=pl.lit(value=True))
    note = "Cause-specific hazard: a further infusion is a competing event, censored when it comes."
    for options in ({}, {"event": "event_code", "event_value": 1}):
        assert fit_cox(derived, "TRT01P", **options).notes[1] == note
    other = fit_cox(derived, "TRT01P", event="event_code", event_value=2)
    assert other.notes[1].startswith("Cause-specific hazard: a relapse is a competing event")
    none = derived.filter(pl.col("event_code") < 2)
    assert fit_cox(none, "TRT01P").measure == "hazard ratio"


def test_expected_curves_are_no_shares_then() -> None:
    warning = (
        "Events compete, so that the curve of a cause-specific hazard is not the share of subjects "
        "free of the event: that is 1 less its cumulative incidence "
        "(estimate_cumulative_incidence)."
    )
    assert warning in fit(competing=2).curves({"TRT01P": "KET"}).warnings
    assert warning not in fit(competing=[]).curves({"TRT01P": "KET"}).warnings


def test_a_code_that_cannot_compete_is_refused() -> None:
    assert refusal(competing=1) == (
        "competing must name codes of other events than the one of interest, not 1 (status)."
    )
    assert refusal(competing=["2"]) == (
        "competing must be among the codes of status (0, 1, 2), not '2'."
    )
    with pytest.raises(ArgumentError, match=r"^competing must name codes of other events .* not 0"):
        fit_cox(random_frame(), "TRT01P", competing=0)
