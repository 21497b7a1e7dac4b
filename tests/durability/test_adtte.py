"""ADTTE rows: columns, signs, days, and the subjects who are outside the grid."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ketanalysis.contracts.checking import check_frame
from ketanalysis.durability.adtte import Rows, with_everybody
from ketanalysis.grid import score_grid
from tests.durability.relapse_data import Subject, trial_of


def filled() -> Rows:
    """An event, a censored subject, and two who did not enter."""
    rows = Rows(4)
    rows.origin[:], rows.entry[:] = 24.0, 48.0
    rows.end[:] = [240.0, 360.0, 0.0, np.nan]
    rows.last_free[:] = [192.0, 360.0, 0.0, np.nan]
    rows.say(np.array([False, True, False, False]), "end of observation")
    happened = np.array([True, False, False, False])
    rows.happen(happened, rows.end, np.array([216.0, 0, 0, 0]), "relapse")
    rows.keep_out(np.array([False, False, True, True]), "no baseline")
    rows.keep_out(np.array([False, False, False, True]), "a later reason")
    return rows


def test_times_are_days_since_the_origin() -> None:
    subjects = pl.DataFrame({"USUBJID": list("abcd")})
    frame = filled().frame(subjects, "TTX", "Time to x")
    assert frame.columns == [
        *("USUBJID", "PARAMCD", "PARAM", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC"),
        *("AVALLO", "AVALHI", "entry", "entered", "reason"),
    ]
    assert frame.drop("PARAMCD", "PARAM").rows() == [
        ("a", 9.0, 0, "relapse", None, 7.0, 8.0, 1.0, True, "relapse"),
        ("b", 14.0, 1, None, "end of observation", 14.0, None, 1.0, True, "end of observation"),
        ("c", None, None, None, None, None, None, None, False, "no baseline"),
        ("d", None, None, None, None, None, None, None, False, "no baseline"),
    ]
    assert check_frame(frame.filter("entered"), "adtte").errors.is_empty()


def test_reasons_are_kept_once_and_the_last_one_said_stays() -> None:
    rows = Rows(3)
    rows.say(np.array([True, True, False]), "death")
    rows.say(np.array([False, True, False]), "ECT")
    rows.keep_out(np.array([True, False, False]), "death")
    assert rows.reason.tolist() == ["death", "ECT", ""]
    assert rows.reasons == ["", "death", "ECT"]


def test_a_competing_event_has_a_column_of_its_own() -> None:
    rows = filled()
    rows.event_code = np.array([1, 2, 0, 0])
    frame = rows.frame(pl.DataFrame({"USUBJID": list("abcd")}), "TTX", "Time to x")
    assert frame["event_code"].to_list() == [1, 2, None, None]


@pytest.mark.parametrize("population, out", [("ITT", {"b", "e"}), ("safety", {"a", "c", "e"})])
def test_everybody_has_a_row(population: str, out: set[str]) -> None:
    trial = trial_of({name: Subject([(1, 9)]) for name in "edcba"})
    trial = trial.with_(
        adsl=trial.adsl.with_columns(
            ITTFL=pl.when(pl.col("USUBJID").is_in(["b", "e"]))
            .then(pl.lit("N"))
            .otherwise(pl.lit("Y")),
            SAFFL=pl.when(pl.col("USUBJID").is_in(["a", "c", "e"]))
            .then(None)
            .otherwise(pl.lit("Y")),
            SITE=pl.when(~pl.col("USUBJID").is_in(["d", "e"])).then(pl.lit("x")),
        )
    )
    grid = score_grid(trial, "MADRS", ("SITE",), population=population)
    frame = Rows(grid.n).frame(grid.subjects, "TTX", "Time to x")
    whole = with_everybody(frame, trial, grid, ("SITE",), population)
    assert whole["USUBJID"].to_list() == list("abcde")
    assert whole.columns[:3] == ["USUBJID", "SITE", "TRT01P"]
    flag = {"ITT": "ITTFL", "safety": "SAFFL"}[population]
    reasons = dict(whole.filter(~pl.col("entered")).select("USUBJID", "reason").rows())
    expected = dict.fromkeys(out, f"not in the {population} population ({flag} is not Y)")
    assert reasons == expected | {"d": "no SITE"}
    assert whole["PARAMCD"].unique().to_list() == ["TTX"]
