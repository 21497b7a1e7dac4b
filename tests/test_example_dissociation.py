"""Dissociation in the example: what was put in, and that nothing else moved when it came."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.examples import example_frames, truth
from ketanalysis.examples.ketamine import simulate_ketamine
from ketanalysis.examples.ketamine_design import ARMS
from ketanalysis.examples.ketamine_dissociation import POINTS, RATING_VISITS, WANING, WINDOW

# The first 32 digits of SHA-256 of each table as CSV, of the example before it had CADSS.
BEFORE = {
    "subjects": "4e215fb93ef7134f8d39e3befafb1b6c",
    "scores": "227595680bc12ad629432500ce3ce07b",
    "infusions": "52aeaace03b71b3b698de1211f2ef60b",
    "adverse_events": "955f16cda2a576452464170297893741",
    "events": "b1bbebe3ca1925cc52f9980038eb9006",
    "concomitant": "60befc91af6529a7e00f2763858fe168",
    "vital_signs": "7dfd18254222413ef9717f8882631063",
}


@pytest.fixture(scope="module")
def large() -> pl.DataFrame:
    """Return CADSS of a large trial with minutes since the start, one row a rating."""
    frames = simulate_ketamine(815, per_arm=5_000)
    numbers = {visit: i // len(POINTS) + 1 for i, visit in enumerate(RATING_VISITS)}
    ratings = frames["scores"].filter(PARAMCD="CADSS")
    ratings = ratings.with_columns(EXSEQ=pl.col("AVISIT").replace_strict(numbers))
    starts = frames["infusions"].select("USUBJID", "EXSEQ", start="AFRLT")
    events = frames["adverse_events"].filter(AEDECOD="Dissociation")
    felt = events.select("USUBJID", "EXSEQ", reported=pl.lit(True))
    arms = frames["subjects"].select("USUBJID", "TRT01P")
    ends = frames["events"].filter(ICECAT="discontinuation").select("USUBJID", left="AFRLT")
    return (
        ratings.join(starts, on=["USUBJID", "EXSEQ"], how="left")
        .join(felt, on=["USUBJID", "EXSEQ"], how="left")
        .join(arms, on="USUBJID", how="left")
        .join(ends, on="USUBJID", how="left")
        .with_columns(
            minute=(pl.col("AFRLT") - pl.col("start")) * 60,
            reported=pl.col("reported").fill_null(False),
            point=pl.col("AVISIT").str.extract(r"^Infusion \d (.*)$"),
        )
    )


def test_no_other_number_of_the_example_changed() -> None:
    frames = example_frames("ketamine")
    frames["scores"] = frames["scores"].filter(pl.col("PARAMCD") != "CADSS")
    digests = {
        name: hashlib.sha256(frame.write_csv().encode()).hexdigest()[:32]
        for name, frame in frames.items()
    }
    assert digests == BEFORE


def test_ratings_are_whole_numbers_taken_around_infusions_that_were_given(
    large: pl.DataFrame,
) -> None:
    assert (large["AVAL"] == large["AVAL"].round()).all()
    assert large["start"].null_count() == 0
    assert not large.select("USUBJID", "AVISIT").is_duplicated().any()
    assert large.select((pl.col("AFRLT") <= pl.col("left").fill_null(np.inf)).all()).item()
    for (point, planned), window in zip(POINTS.items(), WINDOW, strict=True):
        minutes = large.filter(point=point)["minute"]
        # Starts are kept to 0.01 hours, ratings to 0.0001: 0.01 minutes.
        assert minutes.is_between(planned - window - 0.01, planned + window + 0.01).all()


def test_it_is_felt_at_the_end_of_the_infusion_and_gone_two_hours_after_its_start(
    large: pl.DataFrame,
) -> None:
    means = large.group_by("TRT01P", "point").agg(pl.col("AVAL").mean())
    mean = {(arm, point): value for arm, point, value in means.rows()}
    for arm in ARMS:
        # A Poisson number of mean 0.3, in 25,000 ratings an arm or more: 5 standard errors.
        assert mean[arm, "before"] == pytest.approx(0.3, abs=5 * (0.3 / 25_000) ** 0.5)
        assert mean[arm, "at 2 h"] - 0.3 < 0.1 * mean[arm, "at 40 min"]
    assert mean["ketamine", "at 40 min"] > 5 * mean["midazolam", "at 40 min"]


def test_it_wanes_from_one_infusion_to_the_next_as_stated(large: pl.DataFrame) -> None:
    """The same subjects, without the event: the ratio of means is the stated one to the k-1."""
    peaks = large.filter(~pl.col("reported"), TRT01P="ketamine", point="at 40 min")
    first, last = (peaks.filter(EXSEQ=number).select("USUBJID", "AVAL") for number in (1, 6))
    both = first.join(last, on="USUBJID", suffix="_last")
    ratio = (both["AVAL_last"].mean() - 0.3) / (both["AVAL"].mean() - 0.3)  # type: ignore[operator]
    # 2,000 subjects, whose peaks have a coefficient of variation of 0.55: 5 standard errors.
    assert both.height > 2_000
    assert ratio == pytest.approx(WANING**5, abs=5 * WANING**5 * 0.55 * (2 / 2_000) ** 0.5)
    stated = truth().filter(quantity="CADSS at 40 min, an infusion over the one before")
    assert stated["value"].unique().to_list() == [WANING]


@pytest.mark.parametrize("arm", ARMS)
def test_the_first_infusion_has_the_stated_mean(large: pl.DataFrame, arm: str) -> None:
    peaks = large.filter(TRT01P=arm, EXSEQ=1, point="at 40 min")["AVAL"]
    error = float(peaks.std()) / len(peaks) ** 0.5  # type: ignore[arg-type]
    stated = truth().filter(quantity="CADSS at 40 min of the first infusion", arm=arm)
    assert abs(peaks.mean() - stated["value"].item()) <= 5 * error  # type: ignore[operator]


def test_the_analysis_of_the_example_finds_waning() -> None:
    acute = ka.estimate_acute_effects(
        ka.load_example("ketamine"),
        "CADSS",
        "TRT01P",
        pre_within=60,
        until=240,
        points={"before": (-60, 0), "40 min": (20, 60), "2 h": (90, 150)},
        covariance="cs",
    )
    slope = acute.trend.filter(TRT01P="ketamine", term="per infusion").row(0, named=True)
    assert slope["conf_high"] < 0
    # 539 infusions with three ratings each, some of which were missed.
    assert (
        acute.readings.height == example_frames("ketamine")["scores"].filter(PARAMCD="CADSS").height
    )
