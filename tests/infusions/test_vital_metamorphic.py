"""What must hold of vital signs for any data: order, units, a constant, names of subjects."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.infusions.vital_signs import VitalSignsResult, estimate_vital_signs
from ketanalysis.threshold import Threshold
from ketanalysis.vital_parameters import MMHG_PER_KPA

PLAN: dict[str, Any] = {"pre_within": 30, "return_within": 8, "return_stays": True}
LEVELS = (
    Threshold("SYSBP", at_least=140, unit="mmHg"),
    Threshold("SYSBP", rise_at_least=20, unit="mmHg"),
)
MINUTES = (-20, -5, 10, 30, 60)
NUMBERS = ("mean", "sd", "std_error", "conf_low", "conf_high", "median", "min", "max")


@st.composite
def readings(draw: st.DrawFn) -> pl.DataFrame:
    """Draw up to 5 subjects with up to 3 infusions, readings in whole mmHg, some missing."""
    rows = []
    for subject in range(draw(st.integers(1, 5))):
        for number in range(1, draw(st.integers(1, 3)) + 1):
            for minutes in MINUTES:
                value = draw(st.one_of(st.none(), st.integers(90, 190)))
                rows.append((f"s{subject}", number, minutes / 60, value))
    schema = {"USUBJID": pl.String, "EXSEQ": pl.Int64, "ARRLT": pl.Float64, "AVAL": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(ATPT=(pl.col("ARRLT") * 60).round().cast(pl.Int64).cast(pl.String))


def estimated(frame: pl.DataFrame, levels: Any = LEVELS, **options: Any) -> VitalSignsResult:
    plan = {**PLAN, "unit": "mmHg", "thresholds": levels}
    return estimate_vital_signs(frame, "SYSBP", **{**plan, **options})


def same(ours: pl.DataFrame, theirs: pl.DataFrame, columns: Any, factor: float = 1) -> bool:
    """Compare numbers; a standard error is a difference of squares, hence 1e-6 absolute."""
    for column in columns:
        for one, other in zip(ours[column], theirs[column], strict=True):
            expected = None if other is None else pytest.approx(other, rel=1e-9, abs=1e-6)
            assert (None if one is None else one * factor) == expected, column
    return True


@settings(max_examples=10)
@given(readings(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(frame: pl.DataFrame, random: Any) -> None:
    first = estimated(frame)
    shuffled = estimated(frame[random.sample(range(frame.height), frame.height)])
    for name in ("table", "thresholds", "returns", "course", "infusions", "readings", "audit"):
        assert getattr(shuffled, name).equals(getattr(first, name)), name
    assert shuffled.notes == first.notes


@settings(max_examples=10)
@given(readings())
def test_kilopascals_are_the_same_pressures(frame: pl.DataFrame) -> None:
    in_mmhg = estimated(frame)
    factor = 1 / MMHG_PER_KPA
    levels = (
        Threshold("SYSBP", at_least=140 * factor, unit="kPa"),
        Threshold("SYSBP", rise_at_least=20 * factor, unit="kPa"),
    )
    in_kpa = estimated(
        frame.with_columns(pl.col("AVAL") * factor),
        levels,
        unit="kPa",
        return_within=8 * factor,
    )
    is_pressure = pl.col("measure") != "time of peak"
    rows = [result.table.filter(is_pressure) for result in (in_mmhg, in_kpa)]
    # A number that is nothing but rounding in one unit may be 0 in the other: no interval.
    known = [c for c in NUMBERS if c not in ("conf_low", "conf_high")]
    assert same(rows[0], rows[1], known, factor)
    for name, columns in {
        "thresholds": ("count", "n", "n_missing", "estimate", "conf_low", "conf_high"),
        "returns": ("n_stayed", "n_returned", "n_not_returned", "median", "min", "max"),
    }.items():
        assert getattr(in_kpa, name).select(columns).equals(getattr(in_mmhg, name).select(columns))


@settings(max_examples=10)
@given(readings(), st.integers(-40, 40))
def test_a_constant_leaves_changes_and_returns_as_they_are(
    frame: pl.DataFrame, constant: int
) -> None:
    first, moved = estimated(frame), estimated(frame.with_columns(pl.col("AVAL") + constant))
    is_change = pl.col("measure").is_in(["change", "time of peak"])
    assert same(first.table.filter(is_change), moved.table.filter(is_change), NUMBERS)
    assert moved.returns.equals(first.returns)
    is_rise = pl.col("threshold").str.contains("rise")
    assert moved.thresholds.filter(is_rise).equals(first.thresholds.filter(is_rise))
    is_level = pl.col("measure").is_in(["before", "peak"])
    shifted = first.table.filter(is_level).with_columns(
        pl.col("mean", "median", "min", "max") + constant
    )
    assert same(shifted, moved.table.filter(is_level), ("mean", "median", "min", "max"))


@settings(max_examples=10)
@given(readings())
def test_a_saturation_is_a_pressure_upside_down(frame: pl.DataFrame) -> None:
    up = estimated(frame, ())
    down = estimated(frame.with_columns(AVAL=200 - pl.col("AVAL")), (), worst={"SYSBP": "lowest"})
    change = [result.table.filter(pl.col("measure") == "change") for result in (up, down)]
    assert same(change[0], change[1], ("mean", "median"), -1)
    assert down.returns.equals(up.returns)
    times = [result.infusions.select("peak_minutes", "return_at") for result in (up, down)]
    assert times[0].equals(times[1])


@settings(max_examples=10)
@given(readings())
def test_infusions_are_counted_once_each(frame: pl.DataFrame) -> None:
    result = estimated(frame)
    infusions = frame.select("USUBJID", "EXSEQ").n_unique()
    assert result.audit.filter(pl.col("PARAMCD") == "SYSBP")["n_infusions"].sum() == infusions
    for table in (result.table, result.returns, result.course):
        counts = table.with_columns(all=pl.col("n_infusions") + pl.col("n_missing"))
        by_number = dict(frame.group_by("EXSEQ").agg(pl.col("USUBJID").n_unique()).iter_rows())
        for row in counts.iter_rows(named=True):
            label = row["infusion"]
            expected = infusions if label == "all" else by_number[int(label)]
            assert row["all"] == expected
