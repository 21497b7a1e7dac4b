"""Bands before and after against R, hand-made subjects, and who stands under missing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.individual.bands import severity_bands
from ketanalysis.individual.shift import estimate_shift, shift_counts
from tests.rates.test_response import ARMS, frame, oracle, trial_of


@pytest.mark.parametrize("missing", ["observed", "locf"])
@pytest.mark.parametrize("visit", ["1", "4"])
@pytest.mark.parametrize("name", ARMS)
def test_counts_and_shares_are_those_of_r(name: str, visit: str, missing: str) -> None:
    result = estimate_shift(trial_of(name), "MADRS", "TRT01P", visit=visit, missing=missing)
    keys = ("TRT01P", "baseline_band", "band")
    ours = {tuple(row[key] for key in keys): row for row in result.table.iter_rows(named=True)}
    theirs = [
        row
        for row in oracle("shift")
        if (row["trial"], row["visit"], row["missing"]) == (name, visit, missing)
    ]
    assert len(ours) == len(theirs) == len(ARMS[name]) * 25
    for row in theirs:
        one = ours[row["arm"], row["low"], row["high"]]
        assert (one["count"], one["n"]) == (int(row["count"]), int(row["n"])), row
        # A quotient of two counts: the same in R and here to the last digit or so.
        share = pytest.approx(float(row["share"]), rel=1e-12) if row["share"] else None
        assert one["estimate"] == share


ROWS = [
    *[("a", "0", 40), ("a", "1", 36), ("a", "2", 6)],
    *[("b", "0", 35), ("b", "1", 19)],
    ("c", "0", 20),
    *[("d", "1", 30), ("d", "2", 8)],
    *[("e", "0", 6.5), ("e", "2", 7)],
]


def counted(result: Any) -> dict[tuple[str, str], tuple[int, int]]:
    rows = result.table.filter(pl.col("count") > 0).iter_rows(named=True)
    return {(r["baseline_band"], r["band"]): (r["count"], r["n"]) for r in rows}


def all_of(rows: list[tuple[Any, ...]]) -> ka.Trial:
    """The rows as a trial with everybody in ADSL, also who has no baseline."""
    data = pl.DataFrame(rows, schema=["id", "visit", "score"], orient="row", strict=False)
    return ka.as_trial(
        data.with_columns(pl.col("score").cast(pl.String)),
        subject="id",
        visit="visit",
        visits=["0", "1", "2"],
        scores={"MADRS": "score"},
        baseline_visit="0",
        subjects=data.select("id").unique(),
    )


def test_subjects_worked_by_hand() -> None:
    observed = estimate_shift(all_of(ROWS), "MADRS", visit="2", missing="observed")
    assert counted(observed) == {
        ("severe", "none"): (1, 2),
        ("severe", "missing"): (1, 2),
        ("moderate", "missing"): (1, 1),
        ("none", "mild"): (1, 1),  # 6.5 lies between the bands and belongs to the lower one
        ("missing", "mild"): (1, 1),
    }
    carried = estimate_shift(all_of(ROWS), "MADRS", visit="2", missing="locf")
    assert counted(carried)["severe", "mild"] == (1, 2)
    assert counted(carried)["moderate", "missing"] == (1, 1)  # a baseline is never carried
    assert observed.moves["count"].to_list() == [1, 0, 1, 3]
    assert carried.moves["count"].to_list() == [2, 0, 1, 2]
    assert observed.audit.select("reason", "count").rows() == [
        ("scored at baseline and at the visit", 2),
        ("no score at the visit: under missing", 2),
        ("no baseline: under missing", 1),
    ]


def test_the_source_of_the_bands_is_printed_and_that_it_was_not_read() -> None:
    text = str(estimate_shift(all_of(ROWS), "MADRS", visit="2", missing="observed"))
    assert "Bands of MADRS: none 0 to 6, mild 7 to 19, moderate 20 to 34, severe 35 to 60 (not" in (
        " ".join(text.split())
    )
    assert "attributed to Snaith 1986" in text


def test_declared_bands() -> None:
    data = frame(ROWS)
    result = estimate_shift(
        data, "OWN", visit="2", missing="observed", bands={"low": 0, "high": 10.5}
    )
    assert result.bands == ("low", "high")
    assert result.source == "Bands of OWN: low from 0, high from 10.5 (declared in the call)."
    assert severity_bands("OWN", {"low": 0, "high": 10.5}).high == math.inf


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        (
            {"low": 0},
            "bands must give at least two bands as label and lowest score, not {'low': 0}.",
        ),
        (
            {"low": 5, "high": 2},
            "bands must stand in order, each beginning above the one before; they begin at 5, 2.",
        ),
        (
            {"low": 2, "high": 5},
            "bands must begin at 0, the lowest score of MADRS, not at 2: a "
            "score below would have no band.",
        ),
        (
            {"missing": 0, "high": 5},
            "bands cannot have the label 'missing', which is that of subjects without a score.",
        ),
        ({"": 0, "high": 5}, "bands must have texts as labels, not ''."),
        (
            {"low": 0, "high": "x"},
            "The lowest score of 'high' in bands must be a finite number, not 'x'.",
        ),
    ],
)
def test_bands_that_are_none_are_refused(bands: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        severity_bands("MADRS", bands)
    assert str(refusal.value) == message


def test_what_must_be_declared_is_named() -> None:
    with pytest.raises(ArgumentError) as refusal:
        estimate_shift(frame(ROWS), "MADRS", visit="2")
    words = (
        'missing= must say how a missing score is handled: "observed" (a subject without a score '
        'at the visit stands under missing), "locf" (the last score after baseline is carried '
        "forward; a subject without any stands under missing)."
    )
    assert str(refusal.value) == words
    with pytest.raises(ArgumentError) as refusal:
        estimate_shift(frame(ROWS), "MADRS", visit="2", missing="nri")
    assert str(refusal.value) == f"{words} It was 'nri'."
    with pytest.raises(ArgumentError) as refusal:
        estimate_shift(frame(ROWS), "ASC_ANX", visit="2", missing="observed")
    assert str(refusal.value).startswith("ASC_ANX has no severity bands in the registry; ")
    assert str(refusal.value).endswith(
        'Declare them: bands={"mild": 0, "moderate": 8, "severe": 15} (label and lowest score).'
    )
    with pytest.raises(ContractError) as failure:
        estimate_shift(
            frame(ROWS), "OWN", visit="2", missing="observed", bands={"low": 7, "high": 20}
        )
    assert str(failure.value) == (
        "OWN scores must be in a band, and 2 are below the lowest, which begins at 7: 6, 6.5. "
        "Correct the scores, or let bands= begin lower."
    )
    with pytest.raises(EstimationError, match="A shift needs a baseline, and no subject has a"):
        estimate_shift(
            frame([("a", "1", 3)], ABLFL=pl.lit(None, pl.String)),
            "MADRS",
            visit="1",
            missing="observed",
        )


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), max_size=40))
def test_everybody_is_counted_once_and_swapping_times_turns_the_table(pairs: Any) -> None:
    before = np.array([a for a, _ in pairs], dtype=np.int64)
    after = np.array([b for _, b in pairs], dtype=np.int64)
    counts = shift_counts(before, after, 4)
    assert counts.sum() == len(pairs)
    assert (shift_counts(after, before, 4) == counts.T).all()


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30))
def test_a_band_is_that_of_the_instrument(scores: list[int]) -> None:
    severity = severity_bands("MADRS")
    placed = severity.place(np.array(scores, dtype=float)).tolist()
    assert [severity.labels[i] for i in placed] == [
        ka.instrument("MADRS").severity(score) for score in scores
    ]


def test_the_words() -> None:
    result = estimate_shift(all_of(ROWS), "MADRS", visit="2", missing="observed")
    said = "Bands of MADRS at 2 against baseline, of all subjects: All: lower band 1/5 (20 %), "
    assert result.text().startswith(
        f"{said}same band 0/5 (0 %), higher band 1/5 (20 %), missing 3/5 (60 %). Population: "
    )
    assert "lower band 1/5 (20%)" in result.text("jama")
    assert result.inline(baseline_band="severe", band="none") == "1/2 (50 %)"
    assert result.inline(baseline_band="severe", band="none", style="apa") == "1/2 (50%)"
    assert result.inline(baseline_band="mild", band="none") == "nobody in the band at baseline"
    lines = [" ".join(line.split()) for line in result.summary().splitlines()]
    assert "severe 1 (50 %) 0 (0 %) 0 (0 %) 0 (0 %) 1 (50 %) 2" in lines
