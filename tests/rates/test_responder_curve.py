"""The responder curve: R at every whole per cent, exact boundaries, areas, and refusals."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.definitions import Response
from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.rates.responder_curve import ResponderCurveResult, estimate_responder_curve
from ketanalysis.rates.response import estimate_response
from tests.rates.test_response import ARMS, oracle, trial_of

HANDLINGS = ["observed", "locf", "nri"]


def curve_of(name: str) -> ResponderCurveResult:
    return estimate_responder_curve(trial_of(name), "MADRS", "TRT01P", visit="4", missing=HANDLINGS)


@pytest.mark.parametrize("name", ARMS)
def test_every_threshold_is_that_of_r(name: str) -> None:
    theirs = {
        (row["arm"], row["missing"], int(row["per_cent"])): (int(row["count"]), int(row["n"]))
        for row in oracle("responder_curve")
        if row["trial"] == name
    }
    ours = {
        (row["TRT01P"], row["missing"], round(100 * row["threshold"])): (row["count"], row["n"])
        for row in curve_of(name).table.iter_rows(named=True)
    }
    assert ours == theirs


@pytest.mark.parametrize("name", ARMS)
def test_areas_are_those_of_r(name: str) -> None:
    """Sums of a few dozen shares in another order: a relative 1e-9 is far above rounding."""
    areas = curve_of(name).areas
    for row in (row for row in oracle("responder_area") if row["trial"] == name):
        is_mean = row["measure"] == "mean"
        measure = "mean improvement, 0 to 100 %" if is_mean else "area between the curves"
        (ours,) = areas.filter(
            (pl.col("TRT01P").cast(pl.String) == row["arm"])
            & (pl.col("missing") == row["missing"])
            & (pl.col("measure") == measure)
        ).to_dicts()
        assert ours["estimate"] == pytest.approx(float(row["estimate"]), rel=1e-9, abs=1e-14)
        if not is_mean:
            assert ours["conf_low"] == pytest.approx(float(row["conf_low"]), rel=1e-9)
            assert ours["conf_high"] == pytest.approx(float(row["conf_high"]), rel=1e-9)
            assert ours["contrast"] == f"{row['arm']} - placebo"


def frame(pairs: list[tuple[int, int]], scale: str = "MADRS") -> pl.DataFrame:
    rows = [(f"s{i:04}", "0", float(base), "Y") for i, (base, _) in enumerate(pairs)]
    rows += [(f"s{i:04}", "1", float(score), None) for i, (_, score) in enumerate(pairs)]
    data = pl.DataFrame(rows, schema=["USUBJID", "AVISIT", "AVAL", "ABLFL"], orient="row")
    return data.with_columns(PARAMCD=pl.lit(scale), AVISIT=pl.col("AVISIT").cast(pl.Int64))


def test_every_integer_pair_at_every_whole_per_cent() -> None:
    """All pairs of baseline 1 to 60 and score 0 to 60 against exact fractions."""
    pairs = [(base, score) for base in range(1, 61) for score in range(61)]
    result = estimate_responder_curve(frame(pairs), "MADRS", visit="1", missing="nri")
    base, score = np.array(pairs).T
    expected = [int(np.sum(100 * (base - score) >= t * base)) for t in range(101)]
    assert result.table["count"].to_list() == expected
    gains = sorted(Fraction(b - s, b) for b, s in pairs)
    knots = sorted({Fraction(0), Fraction(1), *(gain for gain in gains if 0 < gain < 1)})
    shares = [1 - bisect_left(gains, knot) / len(gains) for knot in knots]
    assert result.steps["threshold"].to_list() == pytest.approx([float(knot) for knot in knots])
    assert result.steps["estimate"].to_list() == pytest.approx(shares)


def test_the_curve_holds_every_response_rate() -> None:
    for name in ARMS:
        curve = curve_of(name).table
        for share in (0.2, 0.35, 0.5):
            rates = estimate_response(
                trial_of(name),
                "MADRS",
                Response(at_least=share),
                "TRT01P",
                missing=HANDLINGS,
                visits="4",
            ).table
            at = curve.filter((pl.col("threshold") * 100).round() == round(100 * share))
            assert at.select("count", "n").equals(rates.select("count", "n"))
            ends = ("conf_low", "conf_high")
            for end in ends:
                assert at[end].to_list() == pytest.approx(rates[end].to_list())


scores = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), min_size=2, max_size=30)


@settings(max_examples=40)
@given(scores, scores)
def test_a_curve_falls_and_its_area_is_the_mean(first: Any, second: Any) -> None:
    data = frame([*first, *second]).with_columns(
        ARM=pl.Series(["a"] * len(first) + ["b"] * len(second))
        .append(pl.Series(["a"] * len(first) + ["b"] * len(second)))
        .cast(pl.Enum(["a", "b"]))
    )
    result = estimate_responder_curve(data, "MADRS", "ARM", visit="1", missing="observed")
    for arm in ("a", "b"):
        steps = result.steps.filter(pl.col("ARM") == arm)
        shares, thresholds = steps["estimate"].to_numpy(), steps["threshold"].to_numpy()
        assert (np.diff(shares) <= 0).all()
        area = float(np.sum(np.diff(thresholds) * shares[1:]))
        (mean,) = result.areas.filter((pl.col("ARM") == arm) & pl.col("contrast").is_null())[
            "estimate"
        ]
        assert area == pytest.approx(mean, abs=1e-10)
    swapped = data.with_columns(ARM=pl.col("ARM").cast(pl.String).cast(pl.Enum(["b", "a"])))
    turned = estimate_responder_curve(swapped, "MADRS", "ARM", visit="1", missing="observed")
    between = [
        r.areas.filter(pl.col("contrast").is_not_null()).row(0, named=True)
        for r in (result, turned)
    ]
    assert between[0]["estimate"] == pytest.approx(-between[1]["estimate"], abs=1e-12)


def test_a_scale_that_starts_above_zero_says_from_where() -> None:
    pairs = [(60, 40), (60, 38), (40, 30)]
    with pytest.raises(ArgumentError, match=r"^STAIS starts at 20"):
        estimate_responder_curve(frame(pairs, "STAIS"), "STAIS", visit="1", missing="nri")
    whole = estimate_responder_curve(
        frame(pairs, "STAIS"), "STAIS", visit="1", missing="nri", from_floor=True
    )
    assert whole.table.filter(pl.col("threshold") == 0.5)["count"].item() == 3
    assert "The share is measured from the scale's lowest score." in whole.notes
    upward = estimate_responder_curve(
        frame([(20, 30), (20, 25)], "WELL"),
        "WELL",
        visit="1",
        missing="nri",
        better="higher",
        floor=0,
    )
    assert upward.table.filter(pl.col("threshold") == 0.5)["count"].item() == 1


def test_refusals() -> None:
    data = frame([(40, 20), (30, 20)])
    with pytest.raises(ArgumentError) as refused:
        estimate_responder_curve(data, "MADRS", missing="nri")
    assert str(refused.value) == "visit= must name the visit of the curve, not None."
    with pytest.raises(ArgumentError, match=r"^missing= must say how a missing score"):
        estimate_responder_curve(data, "MADRS", visit="1")
    with pytest.raises(ArgumentError, match=r"^by cannot name the column 'threshold'"):
        estimate_responder_curve(data, "MADRS", "threshold", visit="1", missing="nri")
    bare = data.filter(pl.col("AVISIT") == 1).drop("ABLFL")
    with pytest.raises(EstimationError, match=r"^Response needs a baseline"):
        estimate_responder_curve(bare, "MADRS", visit="1", missing="nri")


def test_one_subject_a_group_has_an_area_without_an_interval() -> None:
    data = frame([(40, 20), (30, 27)]).with_columns(
        ARM=pl.Series(["a", "b", "a", "b"], dtype=pl.Enum(["a", "b"]))
    )
    result = estimate_responder_curve(data, "MADRS", "ARM", visit="1", missing="observed")
    last = result.areas.row(-1, named=True)
    assert last["estimate"] == pytest.approx(-0.4)
    assert (last["conf_low"], last["conf_high"]) == (None, None)
    assert last["note"] == "not estimable: fewer than 2 subjects in a group"


def test_what_it_says() -> None:
    result = curve_of("boundary")
    assert result.title == "Responder curve of MADRS at 4 by TRT01P"
    assert result.text().startswith(
        "Mean improvement in MADRS at 4, cut off at 0 and 100 % (observed): placebo "
    )
    assert "Area between the curves, ketamine minus placebo (nri): " in result.summary()
    assert "No threshold is tested." in result.summary()
    assert result.inline("nri", threshold=0.5, arm="ketamine") == "22/44 (50 %; 95 % CI 36 to 64)"
    figure = result.plot(missing="nri", show_band=True)
    assert figure.axes[0].get_xlabel() == "Improvement in MADRS from baseline, %"
    assert "non-responder imputation" in figure.ketanalysis_caption  # type: ignore[attr-defined]
    assert "p = " not in result.text()
