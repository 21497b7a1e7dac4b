"""Minutes since the start of the infusion, from either clock, and null where not known."""

from __future__ import annotations

import polars as pl

from ketanalysis.infusion_clock import minutes_since_start, starts_of
from ketanalysis.vital_parameters import MMHG_PER_KPA, VITAL_SIGNS, vital_name

READINGS = pl.DataFrame(
    {
        "USUBJID": ["a", "a", "a", "b", "b"],
        "EXSEQ": [1, 2, 3, 1, None],
        "AFRLT": [0.25, 48.5, 96.0, None, 3.0],
    }
)
INFUSIONS = pl.DataFrame({"USUBJID": ["a", "a"], "EXSEQ": [1, 2], "AFRLT": [0.0, 48.25]})


def test_the_clock_of_the_trial_less_the_start_of_the_infusion() -> None:
    assert minutes_since_start(READINGS, INFUSIONS).to_list() == [15, 15, None, None, None]


def test_the_first_infusion_starts_at_0_by_definition() -> None:
    for unknown in (None, INFUSIONS.drop("AFRLT")):
        assert minutes_since_start(READINGS, unknown).to_list() == [15, None, None, None, None]
    late = INFUSIONS.with_columns(AFRLT=pl.lit(0.25))
    assert minutes_since_start(READINGS, late).to_list()[0] == 0
    assert starts_of(READINGS, late.filter(EXSEQ=2)).to_list() == [0, 0.25, None, 0, None]


def test_the_clock_of_the_infusion_itself_comes_first() -> None:
    own = READINGS.with_columns(ARRLT=pl.Series([-0.1, None, 2.0, None, 1.0]))
    assert minutes_since_start(own, INFUSIONS).to_list() == [-6, 15, 120, None, 60]
    assert minutes_since_start(own.drop("AFRLT"), None).to_list() == [-6, None, 120, None, 60]


def test_a_minute_of_hours_in_binary_is_a_whole_minute() -> None:
    own = pl.DataFrame({"USUBJID": ["a"] * 90, "EXSEQ": [1] * 90}).with_columns(
        ARRLT=pl.int_range(90) / 60
    )
    assert minutes_since_start(own, None).to_list() == list(range(90))


def test_numbers_and_ids_of_other_types_are_the_same() -> None:
    other = INFUSIONS.with_columns(pl.col("EXSEQ").cast(pl.Float64))
    enum = READINGS.with_columns(pl.col("USUBJID").cast(pl.Enum(["a", "b"])))
    assert minutes_since_start(enum, other).to_list() == [15, 15, None, None, None]


def test_the_table_of_vital_signs() -> None:
    for code, sign in VITAL_SIGNS.items():
        assert sign.code == code
        assert sign.worst in ("highest", "lowest", "")
        assert all(low < high for _, low, high in sign.ranges)
        assert sign.source
    assert {code for code, sign in VITAL_SIGNS.items() if sign.worst == "lowest"} == {
        "SPO2",
        "OXYSAT",
        "RESP",
    }
    assert round(MMHG_PER_KPA, 5) == 7.50062  # as the messages say
    assert VITAL_SIGNS["SYSBP"].plausible("kPa") == (6.7, 37.3)
    assert VITAL_SIGNS["SYSBP"].plausible("cmH2O") is None
    assert vital_name("MAP") == "mean arterial pressure"
