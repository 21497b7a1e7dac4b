"""When visits take place: as planned where that was declared, else when they were made."""

from __future__ import annotations

import polars as pl

import ketanalysis as ka
from ketanalysis.grid import score_grid
from ketanalysis.schedule import visit_times

VISITS = {"0": -1.0, "1": 24.0, "2": 168.0}


def scores(hours: bool) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "id": ["a", "a", "a", "b", "b", "b"],
            "visit": ["0", "1", "2"] * 2,
            "score": [30, 20, 10, 28, 22, 12],
            "hour": [-2.0, 23.0, 170.0, -1.0, 26.0, 171.0],
        }
    )
    return frame if hours else frame.drop("hour")


def trial(**options: object) -> ka.Trial:
    return ka.as_trial(
        scores("hour" in options),
        subject="id",
        visit="visit",
        scores={"MADRS": "score"},
        baseline_visit="0",
        **options,  # type: ignore[arg-type]
    )


def test_planned_hours_stay_beside_the_actual_ones() -> None:
    with_both = trial(visits=VISITS, hour="hour")
    assert with_both.visit_hours == (-1.0, 24.0, 168.0)
    times = visit_times(with_both, score_grid(with_both, "MADRS"))
    assert times.rows() == [("1", 24.0, True), ("2", 168.0, True)]
    planned = trial(visits=VISITS)
    assert visit_times(planned, score_grid(planned, "MADRS")).equals(times)


def test_without_a_plan_it_is_the_median_of_the_scores() -> None:
    actual = trial(visits=list(VISITS), hour="hour")
    assert actual.visit_hours == ()
    times = visit_times(actual, score_grid(actual, "MADRS"))
    assert times.rows() == [("1", 24.5, False), ("2", 170.5, False)]


def test_without_any_time_there_is_none() -> None:
    nothing = trial(visits=list(VISITS))
    times = visit_times(nothing, score_grid(nothing, "MADRS"))
    assert times["hours"].to_list() == [None, None]


def test_the_change_carries_the_times_and_the_baseline_stands_at_0() -> None:
    change = ka.estimate_change(trial(visits=VISITS, hour="hour"), "MADRS")
    assert change.times.rows() == [
        ("Baseline", 0.0, True),
        ("1", 24.0, True),
        ("2", 168.0, True),
    ]
    one = ka.estimate_change(trial(visits=VISITS, hour="hour"), "MADRS", visits=["2"])
    assert one.times["AVISIT"].to_list() == ["Baseline", "2"]
