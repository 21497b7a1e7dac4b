"""Disposition, history and treatments of the simulated trial: true to its visits and infusions."""

from __future__ import annotations

import math

import polars as pl
import pytest

from ketanalysis.examples import example_frames
from ketanalysis.examples.ketamine import simulate_ketamine
from ketanalysis.examples.ketamine_people import STOPPED_BEFORE, TREATMENTS

LARGE = 4_000


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    return example_frames("ketamine")


@pytest.fixture(scope="module")
def large() -> dict[str, pl.DataFrame]:
    return simulate_ketamine(4242, per_arm=LARGE)


# Sums of what was there before disposition, history, concomitant treatments and CADSS were drawn:
# they come from streams of their own and change none of it.
BEFORE = {
    ("subjects", "AGE"): (96, 4206.0),
    ("scores", "AVAL"): (1919, 37771.34),
    ("scores", "AFRLT"): (1919, 1163701.28),
    ("infusions", "EXDOSE"): (539, 143.9247),  # four infusions are stopped early
    ("adverse_events", "AFRLT"): (256, 27426.27),
    ("events", "AFRLT"): (39, 32285.14),
}


def test_what_was_drawn_before_stays_as_it_was(frames: dict[str, pl.DataFrame]) -> None:
    then = frames | {"scores": frames["scores"].filter(pl.col("PARAMCD") != "CADSS")}
    found = {
        (name, column): (then[name].height, round(float(then[name][column].sum()), 4))
        for name, column in BEFORE
    }
    assert found == BEFORE


def test_disposition_is_that_of_the_visits_and_infusions(large: dict[str, pl.DataFrame]) -> None:
    subjects = large["subjects"]
    left = set(large["events"].filter(ICECAT="discontinuation")["USUBJID"])
    is_out = subjects["EOSSTT"] == "DISCONTINUED"
    assert set(subjects.filter(is_out)["USUBJID"]) == left
    assert (subjects["DCSREAS"].is_not_null() == is_out).all()
    given = large["infusions"].group_by("USUBJID").len().filter(pl.col("len") == 6)
    is_whole = subjects["EOTSTT"] == "COMPLETED"
    assert set(subjects.filter(is_whole)["USUBJID"]) == set(given["USUBJID"])
    stopped = subjects.filter(~is_whole)
    assert (stopped["DCTREAS"] == stopped["DCSREAS"]).all()
    assert set(subjects["DCSREAS"].drop_nulls()) == {
        *("WITHDRAWAL BY SUBJECT", "LOST TO FOLLOW-UP", "ADVERSE EVENT", "LACK OF EFFICACY"),
    }


def test_treatments_end_after_they_start_and_begin_while_the_subject_is_there(
    large: dict[str, pl.DataFrame],
) -> None:
    taken = large["concomitant"]
    assert taken.select((pl.col("AFRLTEND") >= pl.col("AFRLT")).fill_null(True).all()).item()
    leaves = large["events"].filter(ICECAT="discontinuation").select("USUBJID", left="AFRLT")
    late = taken.join(leaves, on="USUBJID").filter(pl.col("AFRLT") > pl.col("left"))
    assert late.is_empty()
    before = taken.filter(pl.col("AFRLT") < 0)
    assert "ONDANSETRON" not in before["CMDECOD"].to_list()
    # Nobody's treatments hang together: the shares of those who take none of one multiply.
    none = math.prod(1 - always - STOPPED_BEFORE * (always > 0) for _, _, always, _ in TREATMENTS)
    n = large["subjects"].height
    share = before["USUBJID"].n_unique() / n
    assert abs(share - (1 - none)) <= 5 * math.sqrt(none * (1 - none) / n)  # Monte Carlo error
