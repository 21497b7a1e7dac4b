"""Levels, meaningful and reliable change: boundaries by whole numbers, and every refusal."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.meaningful import MeaningfulChange, ReliableChange, meaningful_change
from ketanalysis.rates.categories import CategoriesResult
from ketanalysis.rates.levels import estimate_response_levels
from ketanalysis.rates.meaningful_change import estimate_meaningful_change
from ketanalysis.rates.reliable_change import estimate_reliable_change
from ketanalysis.rates.response import estimate_response

SOURCE = "made up for this test"
TEN_POINTS = ReliableChange(reliability=0.5, sd=10, source=SOURCE, criterion=1)  # more than 10


def frame(pairs: list[tuple[Any, Any]], scale: str = "MADRS") -> pl.DataFrame:
    rows = [(f"s{i:04}", 0, base, "Y") for i, (base, _) in enumerate(pairs)]
    rows += [(f"s{i:04}", 1, score, None) for i, (_, score) in enumerate(pairs)]
    schema = {
        "USUBJID": pl.String,
        "AVISIT": pl.Int64,
        "AVAL": pl.Float64,
        "ABLFL": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(PARAMCD=pl.lit(scale))


PAIRS = [(float(base), float(score)) for base in range(1, 61) for score in range(61)]


def counts(result: Any) -> list[int]:
    found: list[int] = result.table["count"].to_list()
    return found


def test_levels_of_every_integer_pair() -> None:
    result = estimate_response_levels(
        frame(PAIRS), "MADRS", levels=(0.2, 0.25, 1 / 3, 0.5), missing="observed"
    )
    gains = [(base - score, base) for base, score in PAIRS]
    at_least = [
        sum(den * gain >= num * base for gain, base in gains)
        for num, den in ((1, 2), (1, 3), (1, 4), (1, 5))
    ]
    expected = [at_least[0]]
    expected += [b - a for a, b in pairwise(at_least)]
    assert counts(result) == [*expected, len(PAIRS) - at_least[-1]]
    assert result.table["category"].to_list() == [
        "at least 50 %",
        "33.3333 % to less than 50 %",
        "25 % to less than 33.3333 %",
        "20 % to less than 25 %",
        "less than 20 %",
    ]


@pytest.mark.parametrize("lower, upper", [("at_least", "below"), ("above", "at_most")])
def test_partial_response_of_every_integer_pair(lower: str, upper: str) -> None:
    rule = Response(**{lower: 0.25, upper: 0.5})  # type: ignore[arg-type]
    result = estimate_response(frame(PAIRS), "MADRS", rule, missing="observed")
    expected = sum(
        base <= 4 * (base - score) and 2 * (base - score) < base
        if lower == "at_least"
        else base < 4 * (base - score) and 2 * (base - score) <= base
        for base, score in PAIRS
    )
    assert counts(result) == [expected]
    assert result.outcome == "partial response"
    assert result.title == "Partial response on MADRS"


@pytest.mark.parametrize("amount", [0.175, 0.32])
def test_a_share_of_baseline_of_every_integer_pair(amount: float) -> None:
    rule = MeaningfulChange(at_least=amount, unit="share of baseline", source=SOURCE)
    result = estimate_meaningful_change(frame(PAIRS, "BDI2"), "BDI2", rule, missing="nri")
    per_mille = round(1000 * amount)
    assert counts(result) == [sum(1000 * (b - s) >= per_mille * b for b, s in PAIRS)]


def test_points_of_every_integer_pair() -> None:
    rule = MeaningfulChange(at_least=7, unit="points", source=SOURCE)
    result = estimate_meaningful_change(frame(PAIRS), "MADRS", rule, missing="nri")
    assert counts(result) == [sum(base - score >= 7 for base, score in PAIRS)]
    tenths = [(20.3, 16.2), (20.3, 16.3), (20.3, 16.4)]  # 4.1, 4.0, 3.9 points
    four = MeaningfulChange(at_least=4, unit="points", source=SOURCE)
    assert counts(estimate_meaningful_change(frame(tenths), "MADRS", four, missing="nri")) == [2]


def test_reliable_change_of_every_integer_pair() -> None:
    rule = ReliableChange(
        reliability=0.5, sd=10, source=SOURCE, criterion=1, recovered=Remission(at_most=12)
    )
    result = estimate_reliable_change(frame(PAIRS), "MADRS", rule, missing="observed")
    better = [(b, s) for b, s in PAIRS if b - s > 10]  # a change of exactly 10 is not reliable
    well = sum(s <= 12 < b for b, s in better)
    worse = sum(s - b > 10 for b, s in PAIRS)
    assert counts(result) == [
        well,
        len(better) - well,
        len(PAIRS) - len(better) - worse,
        worse,
    ]
    already = sum(base <= 12 for base, _ in PAIRS)
    assert result.warnings == (
        "Subjects on the healthy side of the cut-off already at baseline, who cannot recover: "
        f"{already}.",
    )


def test_higher_can_be_better() -> None:
    data = frame([(20.0, 31.0), (20.0, 30.0), (20.0, 9.0)], "WELLBEING")
    with pytest.raises(ArgumentError) as refused:
        estimate_reliable_change(data, "WELLBEING", TEN_POINTS, missing="nri")
    assert str(refused.value) == (
        "WELLBEING is not in the registry of instruments, so its direction is not known. Declare "
        'it in the rule: better="lower" or better="higher".'
    )
    rule = ReliableChange(reliability=0.5, sd=10, source=SOURCE, criterion=1, better="higher")
    assert counts(estimate_reliable_change(data, "WELLBEING", rule, missing="observed")) == [
        1,
        1,
        1,
    ]
    ten = MeaningfulChange(at_least=10, unit="points", source=SOURCE, better="higher")
    assert counts(estimate_meaningful_change(data, "WELLBEING", ten, missing="nri")) == [2]


def test_a_share_on_a_scale_that_starts_above_zero() -> None:
    data = frame([(60.0, 50.0), (60.0, 48.0)], "STAIS")
    share = {"at_least": 0.25, "unit": "share of baseline", "source": SOURCE}
    with pytest.raises(ArgumentError, match=r"^STAIS starts at 20"):
        estimate_meaningful_change(data, "STAIS", MeaningfulChange(**share), missing="nri")
    whole = MeaningfulChange(**share, from_floor=True)
    raw = MeaningfulChange(**share, from_floor=False)
    assert counts(estimate_meaningful_change(data, "STAIS", whole, missing="nri")) == [2]
    assert counts(estimate_meaningful_change(data, "STAIS", raw, missing="nri")) == [0]
    ten = meaningful_change("STAIS")
    assert counts(estimate_meaningful_change(data, "STAIS", ten, missing="nri")) == [2]


def test_who_was_not_assessed_is_a_category() -> None:
    data = frame([(40.0, 10.0), (40.0, None), (None, 10.0), (0.0, 0.0)])
    result = estimate_response_levels(
        data.with_columns(BASE=pl.lit(None, dtype=pl.Float64)),
        "MADRS",
        levels=[0.5],
        missing=["nri", "observed"],
    )
    assert result.table.select("missing", "category", "count", "n").rows() == [
        ("nri", "at least 50 %", 1, 3),
        ("nri", "less than 50 %", 0, 3),
        ("nri", "not assessed", 2, 3),
        ("observed", "at least 50 %", 1, 1),
        ("observed", "less than 50 %", 0, 1),
    ]
    reasons = result.audit.filter(pl.col("missing") == "nri").select("reason", "count").rows()
    assert reasons == [
        ("scored at the visit", 1),
        ("no score at the visit: counted as not assessed", 1),
        ("baseline of 0 or less, which has no share: counted as not assessed", 1),
    ]


def test_words_in_every_style() -> None:
    arm = pl.Series(["a", "a", "b", "b"] * 2, dtype=pl.Enum(["a", "b"]))
    data = frame([(40.0, 10.0), (40.0, 25.0), (40.0, 39.0), (40.0, 11.0)])
    result = estimate_response_levels(
        data.with_columns(TRT01P=arm), "MADRS", "TRT01P", levels=(0.25, 0.5), missing="nri"
    )
    assert result.inline("at least 50 %", arm="b") == "1/2 (50 %; 95 % CI 9 to 91)"
    assert result.text("apa").startswith(
        "Levels of response on MADRS at 1 (nri). a: at least 50 % 1/2 (50%, 95% CI [9%, 91%]), "
        "25 % to less than 50 % 1/2 (50%, 95% CI [9%, 91%]), "
    )
    assert "at least 50 % 1 of 2 (50% [95% CI, 9%-91%])" in result.text("jama")
    assert "1 (missing scores: non-responder imputation)" in result.summary()
    figure = result.plot(width="one")
    assert figure.axes[0].get_xlabel() == "Subjects, %"
    rule = ReliableChange(reliability=0.9, sd=6, source=SOURCE)
    changed = estimate_reliable_change(data, "MADRS", rule, missing="nri")
    assert changed.summary().startswith("Reliable change on MADRS\n")
    assert "more than 5.26 points" in changed.summary()
    assert "Regression to the mean is among the improved of every group." in changed.text()


def test_pandas_in_is_pandas_out() -> None:
    data = frame([(40.0, 10.0), (40.0, 25.0)]).to_pandas()
    for result in (
        estimate_response_levels(data, "MADRS", levels=[0.5], missing="nri"),
        estimate_reliable_change(data, "MADRS", TEN_POINTS, missing="nri"),
    ):
        assert isinstance(result, CategoriesResult)
        assert isinstance(result.tidy(), pd.DataFrame)


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (
        estimate_response_levels,
        {},
        "levels= must name the lower ends of the levels as shares of improvement, such as (0.25, "
        "0.5) for partial response and response; not None.",
    ),
    (
        estimate_response_levels,
        {"levels": 0.5},
        "levels= must name the lower ends of the levels as shares of improvement, such as (0.25, "
        "0.5) for partial response and response; not 0.5.",
    ),
    (
        estimate_response_levels,
        {"levels": (0.5, 0.25)},
        "levels must rise, such as (0.25, 0.5); not (0.5, 0.25).",
    ),
    (
        estimate_response_levels,
        {"levels": (25, 50)},
        "Response(at_least=...) must be a share between 0 and 1 (0.5 is 50 %), not 25.0.",
    ),
    (
        estimate_response_levels,
        {"levels": [0.5], "by": "category"},
        "by cannot name the column 'category', which the result uses itself; rename it.",
    ),
    (
        estimate_reliable_change,
        {"rule": 1.96},
        "rule must be a ReliableChange, such as ReliableChange(reliability=0.9, sd=6.5, "
        'source="..."), not 1.96.',
    ),
    (
        estimate_meaningful_change,
        {"rule": Response(at_least=0.5)},
        'rule must be a MeaningfulChange, such as meaningful_change("GAD7"), not '
        "Response(at_least=0.5).",
    ),
]


@pytest.mark.parametrize("estimate, changes, text", REFUSED, ids=range(len(REFUSED)))
def test_what_the_caller_must_change_is_named(
    estimate: Any, changes: dict[str, Any], text: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        estimate(frame([(40.0, 10.0)]), "MADRS", **{"missing": "nri"} | changes)
    assert str(refusal.value) == text


def test_a_change_needs_a_baseline() -> None:
    data = frame([(40.0, 10.0)]).filter(pl.col("AVISIT") == 1).drop("ABLFL")
    rule = MeaningfulChange(at_least=7, unit="points", source=SOURCE)
    with pytest.raises(EstimationError, match=r"^A change needs a baseline, and no subject has a"):
        estimate_meaningful_change(data, "MADRS", rule, missing="nri")
    with pytest.raises(EstimationError) as refused:
        estimate_reliable_change(data, "MADRS", TEN_POINTS, missing="nri")
    assert str(refused.value) == "Reliable change needs a baseline; no subject has one of MADRS."


def test_the_names_are_public() -> None:
    assert ka.estimate_response_levels is estimate_response_levels
    assert ka.MeaningfulChange is MeaningfulChange
    assert ka.estimate_reliable_change is estimate_reliable_change
