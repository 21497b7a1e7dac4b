"""Infusions, their events and their vital signs in the simulated trial, and what was put in."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.examples import ketamine_vital_signs as vital
from ketanalysis.examples import truth
from ketanalysis.examples.ketamine import simulate_ketamine
from ketanalysis.examples.ketamine_design import ARMS
from ketanalysis.examples.ketamine_truth import VITAL_MEASURED
from ketanalysis.vital_parameters import VITAL_SIGNS

LARGE = 5_000
ERRORS = 5  # standard errors: a run of this size is farther off once in 1.7 million
OWN_ERROR = {"share": 0.0006, "share of infusions": 0.0002, "mmHg": 0.009}


@pytest.fixture(scope="module")
def large() -> dict[str, pl.DataFrame]:
    """Return the tables of a trial so large that its rates are the truth's."""
    return simulate_ketamine(4243, per_arm=LARGE)


@pytest.fixture(scope="module")
def courses(large: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one row an infusion: arm, systolic pressure before, and the highest after."""
    minutes = pl.col("ATPTN")
    return (
        large["vital_signs"]
        .filter(PARAMCD="SYSBP")
        .group_by("USUBJID", "EXSEQ")
        .agg(
            pre=pl.col("AVAL").filter(minutes < 0).first(),
            peak=pl.col("AVAL").filter(minutes > 0).max(),
        )
        .with_columns(change=pl.col("peak") - pl.col("pre"))
        .join(large["subjects"].select("USUBJID", "TRT01P"), on="USUBJID")
    )


# --- infusions and events --------------------------------------------------------------------


def test_infusions_are_numbered_dosed_and_sometimes_stopped(
    large: dict[str, pl.DataFrame],
) -> None:
    infusions = large["infusions"].join(large["subjects"].select("USUBJID", "TRT01P"), on="USUBJID")
    assert (infusions["EXTRT"] == infusions["TRT01P"]).all()
    first = infusions.filter(EXSEQ=1)
    assert first.height == 2 * LARGE
    assert (first["AFRLT"] == 0).all()
    stopped = pl.col("EXADJ").is_not_null()
    assert infusions.select(((pl.col("EXDUR") < 40) == stopped).all()).item()
    planned = pl.when(EXTRT="ketamine").then(0.5).otherwise(0.045)
    # Doses are written with four decimals; one that is stopped by two reasons is rounded twice.
    share = (pl.col("EXDOSE") - planned * pl.col("EXDUR") / 40).abs() <= 1.0001e-4
    assert infusions.select(share.all()).item()
    assert set(infusions["EXADJ"].drop_nulls()) == {"anxiety", "dissociation", "blood pressure"}


def test_each_event_belongs_to_a_given_infusion(large: dict[str, pl.DataFrame]) -> None:
    events, infusions = large["adverse_events"], large["infusions"]
    joined = events.join(
        infusions.select("USUBJID", "EXSEQ", start="AFRLT"), on=["USUBJID", "EXSEQ"]
    )
    assert joined.height == events.height
    assert (joined["AFRLT"] - joined["start"]).is_between(0, 1.01).all()
    assert set(events["AEASCERT"]) == {"checklist"}
    assert set(events["AESEV"]) == {"MILD", "MODERATE", "SEVERE"}


# --- vital signs -----------------------------------------------------------------------------


def test_what_the_other_tables_draw_does_not_hang_on_the_vital_signs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = simulate_ketamine()
    monkeypatch.setattr(vital, "TOO_HIGH", math.inf)
    monkeypatch.setattr(vital, "READING_SD", 2 * vital.READING_SD)
    other = simulate_ketamine()
    for name in ("subjects", "adverse_events", "events", "concomitant"):
        assert whole[name].equals(other[name]), name
    # What is felt during an infusion ends with it.
    scores, others = (one["scores"].filter(pl.col("PARAMCD") != "CADSS") for one in (whole, other))
    assert scores.equals(others)
    assert not whole["vital_signs"].equals(other["vital_signs"])
    # Without stops by blood pressure, the infusions are those that the events alone had stopped.
    was, now = other["infusions"], whole["infusions"]
    assert set(was["EXADJ"].drop_nulls()) == {"dissociation"}
    assert was.drop("EXDOSE", "EXDUR", "EXADJ").equals(now.drop("EXDOSE", "EXDUR", "EXADJ"))
    same = now["EXADJ"] != "blood pressure"
    assert was.filter(same.fill_null(True)).equals(now.filter(same.fill_null(True)))
    assert (~same.fill_null(True)).sum() == 4


def test_readings_belong_to_given_infusions_and_are_possible(
    large: dict[str, pl.DataFrame],
) -> None:
    signs = large["vital_signs"]
    start = large["infusions"].select("USUBJID", "EXSEQ", start="AFRLT")
    timed = signs.join(start, on=["USUBJID", "EXSEQ"])
    assert timed.height == signs.height
    minutes = (timed["AFRLT"] - timed["start"]) * 60
    assert (minutes - timed["ATPTN"]).abs().max() <= 5.01
    assert signs.filter(PARAMCD="SPO2")["AVAL"].max() <= 100
    for code, rows in signs.group_by("PARAMCD"):
        low, high = VITAL_SIGNS[str(code[0])].plausible(rows["AVALU"][0]) or (0, 0)
        assert rows["AVAL"].is_between(low, high).mean() > 0.999
        assert (rows["AVAL"] == rows["AVAL"].round()).all()
    wide = signs.pivot("PARAMCD", index=["USUBJID", "EXSEQ", "ATPT"], values="AVAL")
    assert wide.select((pl.col("DIABP") < pl.col("SYSBP")).all()).item()


def test_an_infusion_is_stopped_where_the_reading_at_20_minutes_is_too_high(
    large: dict[str, pl.DataFrame],
) -> None:
    at_20 = large["vital_signs"].filter(PARAMCD="SYSBP", ATPT="20 min")
    joined = large["infusions"].join(
        at_20.select("USUBJID", "EXSEQ", "AVAL"), on=["USUBJID", "EXSEQ"]
    )
    too_high = joined.filter(pl.col("AVAL") >= vital.TOO_HIGH)
    assert too_high.height > 100
    assert too_high.select((pl.col("EXDUR") <= 21).all()).item()
    by_pressure = joined.filter(EXADJ="blood pressure")
    assert by_pressure.select((pl.col("AVAL") >= vital.TOO_HIGH).all()).item()
    assert set(by_pressure["EXDUR"].unique()) <= {20.0, 21.0}


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("quantity", VITAL_MEASURED)
def test_the_measured_truth_is_that_of_the_large_run(
    large: dict[str, pl.DataFrame], courses: pl.DataFrame, quantity: str, arm: str
) -> None:
    row = truth().filter(quantity=quantity, arm=arm).row(0, named=True)
    own = courses.filter(TRT01P=arm)
    each = own.group_by("USUBJID").agg(
        high=(pl.col("peak") >= 160).any(),
        rise=(pl.col("change") >= 40).any(),
        change=pl.col("change").mean(),
    )
    if quantity.startswith("change"):
        change = own["change"].drop_nulls()
        # Infusions of a subject are alike: the error of the mean is that of the subjects' means.
        error = float(each["change"].std()) / math.sqrt(each.height)  # type: ignore[arg-type]
        seen = float(change.mean())  # type: ignore[arg-type]
    elif quantity.startswith("infusions"):
        stopped = large["infusions"].filter(EXTRT=arm)["EXADJ"].is_not_null()
        seen = float(stopped.mean())  # type: ignore[arg-type]
        error = 2 * math.sqrt(seen * (1 - seen) / len(stopped))  # some stop several times
    else:
        met = each["high" if "160" in quantity else "rise"].fill_null(False)
        seen = float(met.mean())  # type: ignore[arg-type]
        error = math.sqrt(row["value"] * (1 - row["value"]) / len(met))
    assert abs(seen - row["value"]) <= ERRORS * math.hypot(error, OWN_ERROR[row["unit"]])


@pytest.mark.parametrize("sign", vital.SIGNS)
def test_a_whole_infusion_changes_the_sign_as_designed(sign: str) -> None:
    """By the drawing function itself, had no infusion been stopped."""
    arm = np.repeat([0, 1], 4_000)
    drawn = vital._draw(np.random.default_rng(9), arm, np.arange(len(arm)))
    place = vital.SIGNS.index(sign)
    for code, name in enumerate(ARMS):
        rises = drawn.rise[arm == code, place]
        stated = truth().filter(
            quantity=f"{sign} change when a whole infusion has run in", arm=name
        )["value"]
        error = rises.std() / math.sqrt(len(rises))
        assert abs(rises.mean() - stated.item()) <= ERRORS * error


def test_the_effect_grows_while_it_runs_in_and_halves_after_the_end() -> None:
    at = np.array([[-15.0, 10, 20, 40, 70, 100]])
    assert vital.effect(at, np.array([40.0])) == pytest.approx(
        np.array([[0, 0.25, 0.5, 1, 0.5, 0.25]])
    )
    stopped = vital.effect(at, np.array([20.0]))
    assert stopped[0, :3] == pytest.approx([0, 0.25, 0.5])
    assert stopped[0, 3] == pytest.approx(0.5 * 2 ** (-20 / 30))


def test_the_estimates_find_what_was_put_in() -> None:
    """The example itself scatters around the truth: within three standard errors here."""
    trial = ka.load_example("ketamine")
    result = ka.estimate_vital_signs(trial, "SYSBP", by="TRT01P", pre_within=60)
    rows = result.table.filter(pl.col("measure") == "change", pl.col("infusion") == "all")
    for row in rows.iter_rows(named=True):
        stated = (
            truth()
            .filter(quantity="change to the highest SYSBP of an infusion", arm=row["TRT01P"])[
                "value"
            ]
            .item()
        )
        assert abs(row["mean"] - stated) <= 3 * row["std_error"]
