"""Ratings during infusions against R, and which rating belongs to which infusion."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.acute_effects.acute_effects import AcuteEffectsResult, estimate_acute_effects
from ketanalysis.errors import ArgumentError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.threshold import Threshold
from tests.shared import ORACLE

ARMS = pl.Enum(["midazolam", "ketamine"])
POINTS = {"before": (-60, 0), "40 min": (20, 60), "2 h": (90, 150)}


@cache
def oracle(name: str) -> list[dict[str, str]]:
    with (ORACLE / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def frame() -> pl.DataFrame:
    rows = [
        {
            "USUBJID": one["id"],
            "TRT01P": one["arm"],
            "EXSEQ": int(one["infusion"]),
            "ARRLT": float(one["hours"]),
            "AVAL": float(one["score"]),
        }
        for one in oracle("acute_effects_data")
    ]
    return pl.DataFrame(rows, schema_overrides={"TRT01P": ARMS})


def acute(data: Any = None, **options: Any) -> AcuteEffectsResult:
    asked = {"by": "TRT01P", "pre_within": 60, "points": POINTS, "flag": "published"} | options
    return estimate_acute_effects(frame() if data is None else data, "CADSS", **asked)


def row_of(result: AcuteEffectsResult, theirs: dict[str, str]) -> dict[str, Any]:
    """Return our row of what R estimated."""
    is_own = (pl.col("TRT01P") == theirs["arm"]) & (pl.col("infusion") == theirs["infusion"])
    what = theirs["what"]
    if what == "flag":
        own = result.thresholds.filter(is_own, pl.col("basis") == "subjects")
    elif what.startswith("40 min"):
        measure = "change" if what.endswith("change") else "value"
        own = result.course.filter(is_own, pl.col("ATPT") == "40 min", measure=measure)
    else:
        own = result.table.filter(is_own, measure=what)
    (row,) = own.rename({"estimate": "mean"}, strict=False).to_dicts()
    return row


def test_courses_peaks_and_the_flag_are_those_of_r() -> None:
    result = acute(frame().sample(fraction=1, shuffle=True, seed=2), trend="peak")
    rows = [row for row in oracle("acute_effects") if "slope" not in row["what"]]
    assert len(rows) == 2 * 4 * 5
    for theirs in rows:
        ours = row_of(result, theirs)
        assert ours["n"] == int(theirs["n"])
        # Means and t intervals of some ten numbers, exact intervals: relative 1e-9.
        assert ours["mean"] == pytest.approx(float(theirs["estimate"]), rel=1e-9)
        for end in ("conf_low", "conf_high"):
            assert ours[end] == pytest.approx(float(theirs[end]), rel=1e-9, abs=1e-11)


def test_slopes_over_infusions_are_those_of_gls() -> None:
    """Compound symmetry; R stops its search near 1e-6 of the estimate, hence relative 1e-5."""
    for measure in ("change", "peak"):
        result = acute(trend=measure, covariance="cs", df="satterthwaite")
        ours = {(row["TRT01P"], row["term"]): row for row in result.trend.to_dicts()}
        for theirs in oracle("acute_effects"):
            if theirs["what"] not in (f"slope of {measure}", f"slope of {measure}, difference"):
                continue
            term = "per infusion, difference" if "difference" in theirs["what"] else "per infusion"
            one = ours[theirs["arm"], term]
            assert one["n_infusions"] == int(theirs["n"])
            assert one["estimate"] == pytest.approx(float(theirs["estimate"]), rel=1e-5)
            assert one["std_error"] == pytest.approx(float(theirs["std_error"]), rel=1e-5)


def test_a_page_by_hand() -> None:
    """Two subjects, two infusions; b is not rated before the second."""
    rows = {
        "USUBJID": ["a"] * 6 + ["b"] * 5,
        "EXSEQ": [1] * 3 + [2] * 3 + [1] * 3 + [2] * 2,
        "AVAL": [0, 12, 1, 0, 6, 0, 5, 5, 4, 9, 0],
        "ARRLT": [-0.5, 0.7, 2, -0.5, 0.7, 2, -0.5, 0.7, 2, 0.7, 2],
    }
    result = acute(rows, by=None)
    shown = result.infusions.select("USUBJID", "EXSEQ", "pre", "peak", "change")
    assert shown.rows() == [
        ("a", 1, 0, 12, 12),
        ("a", 2, 0, 6, 6),
        ("b", 1, 5, 5, 0),
        ("b", 2, None, 9, None),
    ]
    flags = result.thresholds.select("infusion", "basis", "count", "n", "n_missing").rows()
    assert flags == [
        ("1", "subjects", 1, 2, 0),
        ("2", "subjects", 1, 1, 1),
        ("all", "subjects", 1, 2, 0),
        ("all", "infusions", 2, 3, 1),
    ]
    assert "above the value before" in result.thresholds["threshold"][0]


def trial() -> ka.Trial:
    """One subject, infusions at 0 and 48 hours, rated around both and a day later."""
    hours = [-0.5, 0.7, 2, 24, 47.6, 48.7, 50]
    scores = pl.DataFrame(
        {
            "USUBJID": ["a"] * 7,
            "AVISIT": [f"v{i}" for i in range(7)],
            "AFRLT": hours,
            "PARAMCD": ["CADSS"] * 7,
            "AVAL": [0.0, 14, 1, 2, 1, 8, 0],
        }
    )
    given = pl.DataFrame({"USUBJID": ["a", "a"], "EXSEQ": [1, 2], "AFRLT": [0.0, 48.0]})
    adsl = pl.DataFrame({"USUBJID": ["a"]})
    return ka.Trial(adsl=adsl, adqs=scores, adex=given, visits=tuple(scores["AVISIT"]))


def test_a_rating_of_a_trial_belongs_to_one_infusion() -> None:
    result = acute(trial(), by=None, until=180)
    assert result.infusions.select("EXSEQ", "pre", "peak", "peak_minutes").rows() == [
        (1, 0.0, 14.0, 42.0),
        (2, 1.0, 8.0, 42.0),
    ]
    assert result.readings["ATPT"].to_list() == ["before", "40 min", "2 h"] * 2
    assert "Readings not used: 1 outside the infusions (no EXSEQ)." in result.notes


def test_one_infusion_has_no_slope() -> None:
    once = frame().filter(pl.col("EXSEQ") == 1)
    result = acute(once)
    assert result.trend.is_empty()
    assert "over infusions" not in result.text()


def test_a_slope_that_does_not_exist_says_why() -> None:
    few = frame().filter(pl.col("USUBJID").is_in(["P01", "P02"]))
    result = acute(few)
    assert result.trend["estimate"].to_list() == [None] * 3
    assert all(note.startswith("not estimable: ") for note in result.trend["note"])


def test_the_face_of_the_result() -> None:
    result = acute(return_within=2, return_stays=True)
    frames = (result.table, result.trend, result.thresholds, result.course, result.returns)
    ours = {column for table in frames for column in table.columns if column.islower()}
    assert ours <= set(GLOSSARY)
    assert result.title == "CADSS during infusions by TRT01P"
    assert "Waning: change per further infusion, points (95 % CI; p)" in result.summary()
    figure = result.plot(infusion=1)
    assert figure.axes[0].get_xlabel() == "Hours since the start of infusion 1"
    low, high = figure.axes[0].get_xlim()
    ticks = {
        at: tick.get_text()
        for at, tick in zip(
            figure.axes[0].get_xticks(), figure.axes[0].get_xticklabels(), strict=True
        )
        if low <= at <= high
    }
    assert ticks == {-30: "−0.5", 0: "0", 30: "0.5", 60: "1", 90: "1.5", 120: "2"}
    said = result.text("jama")
    assert "Slope ketamine over infusions: −" in said
    assert " points per infusion (95% CI, −" in said


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 3), st.integers(0, 10_000))
def test_units_and_order_do_not_matter(factor: int, seed: int) -> None:
    data = frame().with_columns(AVAL=pl.col("AVAL") * factor)
    shuffled = data.sample(fraction=1, shuffle=True, seed=seed)
    one = acute(flag=None, covariance="cs").trend
    other = acute(shuffled, flag=None, covariance="cs").trend
    for ours, theirs in zip(one["estimate"], other["estimate"], strict=True):
        assert theirs == pytest.approx(ours * factor, rel=1e-6)


REFUSED = [
    (
        {"flag": "yes"},
        'flag must be "published" or a level in points, such as Threshold("CADSS", above=4, '
        "unit=\"points\"), not 'yes'.",
    ),
    (
        {"points": {"before": (0, -60)}},
        "points['before'] must be (from, to) in minutes since the start, not (0, -60).",
    ),
    (
        {"points": {"40 min": (20, 60), "1 h": (60, 80)}},
        "points must not overlap: '40 min' ends at 60 minutes and '1 h' begins at 60.",
    ),
    ({"trend": "mean"}, "trend must be one of 'change', 'peak', not 'mean'."),
    (
        {"pre_within": None},
        "pre_within= must be written: within how many minutes before the start of the infusion the "
        "last reading counts as the pre-infusion value.",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_change_is_named(changes, text) -> None:
    with pytest.raises(ArgumentError) as refusal:
        acute(**changes)
    assert str(refusal.value) == text


def test_what_the_data_must_have_is_named() -> None:
    with pytest.raises(ArgumentError) as refusal:
        acute(trial(), by=None)
    assert str(refusal.value) == (
        "until= must be written for a trial: how many minutes after the start of an infusion a "
        "rating still belongs to it. Later ones are ratings of mood, not of the infusion."
    )
    with pytest.raises(ArgumentError) as refusal:
        acute(frame().drop("EXSEQ"))
    assert str(refusal.value) == (
        "data needs the column EXSEQ, the number of the infusion (1 where there was one); it has "
        "USUBJID, TRT01P, ARRLT, AVAL."
    )
    with pytest.raises(ArgumentError) as refusal:
        acute(frame().drop("ARRLT"))
    assert str(refusal.value) == (
        "data needs the column ARRLT, hours since the start of its own infusion (40 minutes are "
        "0.6667, negative before it), or AFRLT; it has USUBJID, TRT01P, EXSEQ, AVAL."
    )
    with pytest.raises(ArgumentError) as refusal:
        estimate_acute_effects(frame(), "VASANX", pre_within=60, flag="published")
    assert str(refusal.value) == (
        "VASANX has no published flag of dissociation whose source could be read. Write the level "
        'of your protocol: flag=Threshold("VASANX", above=..., unit="points").'
    )


def test_a_level_of_the_protocol_is_a_flag_too() -> None:
    level = Threshold("CADSS", rise_at_least=10, unit="points")
    result = acute(flag=level)
    assert result.thresholds["threshold"].unique().to_list() == ["CADSS rise of at least 10 points"]
