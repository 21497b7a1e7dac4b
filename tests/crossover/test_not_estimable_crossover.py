"""Crossovers and doses without an answer: each row says why, and gives no number by accident."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, EstimationError
from tests.by_accident import accidents

Pairs = list[tuple[str, tuple[float | None, ...]]]


def crossover(subjects: Pairs, **options: Any) -> Any:
    made = [
        (f"S{i}", order, period, value)
        for i, (order, values) in enumerate(subjects)
        for period, value in enumerate(values, start=1)
    ]
    types = {"USUBJID": pl.String, "TRTSEQP": pl.String, "APERIOD": pl.Int64, "Y": pl.Float64}
    data = pl.DataFrame(made, schema=types, orient="row")
    return ka.compare_crossover(data, "Y", reference="A", **options)


SAME = "not estimable: all subjects have the same difference"
NO_SECOND: Pairs = [("AB", (5, None)), ("AB", (6, None)), ("BA", (5, None)), ("BA", (7, None))]
ONE_LOST: Pairs = [("AB", (5, 8)), ("AB", (6, 6)), ("AB", (4, 7)), ("BA", (5, None))]
SUBJECTS: dict[str, Pairs] = {
    "all zero": [("AB", (0, 0))] * 3 + [("BA", (0, 0))] * 3,
    "all equal": [("AB", (5, 5))] * 3 + [("BA", (5, 5))] * 3,
    "one difference": [("AB", (5 + i, 7 + i)) for i in range(3)]
    + [("BA", (7 + i, 5 + i)) for i in range(3)],
    "one difference a sequence": [("AB", (5, 7))] * 3 + [("BA", (9, 5))] * 3,
    "one subject a sequence": [("AB", (5, 7)), ("BA", (9, 5))],
    "one subject in BA": [("AB", (5, 7)), ("AB", (3, 9)), ("AB", (4, 4)), ("BA", (5, 7))],
    "ties": [("AB", (1, 2)), ("AB", (2, 2)), ("BA", (2, 1)), ("BA", (2, 2)), ("BA", (1, 1))],
    "two a sequence": [("AB", (1, 4)), ("AB", (2, 2)), ("BA", (2, 1)), ("BA", (2, 5))],
    "second period lost": NO_SECOND,
    "a sequence lost": ONE_LOST,
    "each has one period": [
        ("AB", (5, None)),
        ("AB", (6, None)),
        ("BA", (None, 5)),
        ("BA", (1, None)),
    ],
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_t_and_ranks_have_no_number_by_accident(name):
    found = crossover(SUBJECTS[name], method="t")
    assert accidents(found) == []
    assert found.beside.height == 7


@pytest.mark.parametrize("name", ["one subject in BA", "ties", "two a sequence", "a sequence lost"])
def test_the_mixed_model_has_no_number_by_accident(name):
    assert accidents(crossover(SUBJECTS[name])) == []


@pytest.mark.parametrize("name", ["all zero", "all equal", "one difference"])
def test_one_difference_has_no_p_value(name):
    found = crossover(SUBJECTS[name], method="t")
    assert found.table.select("p_value", "conf_low", "std_error").row(0) == (None, None, None)
    assert found.table["note"].to_list() == ["not estimable: no variation in either group"]
    paired = found.beside.row(6, named=True)
    assert (paired["std_error"], paired["p_value"], paired["note"]) == (None, None, SAME)
    with pytest.raises(EstimationError):
        crossover(SUBJECTS[name])


def test_no_second_period_leaves_the_paired_tests_without_a_subject():
    found = crossover(NO_SECOND, method="t")
    assert found.beside["p_value"].null_count() == 7
    assert found.beside["note"][0] == "not estimable: fewer than 2 subjects in a group"
    assert found.beside["note"][6] == "not estimable: fewer than 2 pairs"


def test_one_sequence_cannot_tell_treatment_from_period():
    found = crossover([("AB", (5, 8)), ("AB", (6, 6)), ("AB", (4, 7)), ("AB", (9, 3))])
    row = found.table.row(0, named=True)
    assert (row["estimate"], row["p_value"]) == (None, None)
    assert row["note"].startswith("not estimable: ")
    assert found.tests["p_value"].null_count() == found.tests.height == 3
    assert accidents(found) == []


def test_an_f_test_without_degrees_of_freedom_is_no_f_test():
    """Three subjects in a Williams square: Kenward and Roger's factor is negative, F with it."""
    values = [
        ("ABC", (2.04, -2.56, 0.42)),
        ("BCA", (-0.57, -0.45, -0.22)),
        ("CAB", (-2.02, -0.23, -0.87)),
    ]
    found = crossover(values)
    assert accidents(found) == []
    known = found.tests.drop_nulls("statistic")
    assert (known["statistic"] >= 0).all()
    lacking = found.tests.filter(pl.col("p_value").is_null())
    assert (
        "not estimable: no degrees of freedom are left for the error" in lacking["note"].to_list()
    )


def doses(rows: list[tuple[str, float, float]], **options: Any) -> Any:
    types = {"USUBJID": pl.String, "DOSE": pl.Float64, "Y": pl.Float64}
    data = pl.DataFrame(rows, schema=types, orient="row")
    return ka.estimate_dose_response(data, "Y", "DOSE", reference=0, **options)


DRAWN = [
    (s, d, y)
    for s, values in zip(
        "abcde", ((6, 5, 2), (9, 4, 6), (3, 5, 1), (8, 8, 4), (5, 1, 3)), strict=True
    )
    for d, y in zip((0.0, 0.25, 0.5), map(float, values), strict=True)
]
NO_DOSES = {
    "all zero": [(s, d, 0.0) for s in "abc" for d in (0.0, 0.25, 0.5)],
    "an exact line": [(s, d, 5 + 2 * d + i) for i, s in enumerate("abc") for d in (0.0, 0.25, 0.5)],
    "one subject": DRAWN[:3],
    "one score each": [("a", 0.0, 1.0), ("b", 0.25, 2.0), ("c", 0.5, 4.0)],
}


@pytest.mark.parametrize("name", NO_DOSES)
def test_doses_without_variation_are_refused_with_the_reason(name):
    with pytest.raises(EstimationError, match=r"variance|covariance"):
        doses(NO_DOSES[name])


@pytest.mark.parametrize("scale", ["linear", "log2"])
@pytest.mark.parametrize("adjust", ["dunnett", "holm", "none"])
def test_few_doses_have_no_number_by_accident(scale, adjust):
    assert accidents(doses(DRAWN, scale=scale, adjust=adjust)) == []
    two = [row for row in DRAWN if row[1] != 0.25]
    assert accidents(doses(two, scale=scale, adjust=adjust)) == []


def test_one_dose_above_zero_has_no_doubling():
    found = doses([row for row in DRAWN if row[1] != 0.25], scale="log2")
    trend, contrast = found.table.to_dicts()
    assert (trend["estimate"], trend["p_value"]) == (None, None)
    assert trend["note"] == "not estimable: the doses on the scale of the trend are one"
    assert contrast["p_value"] is not None


def test_one_dose_is_refused():
    with pytest.raises(ArgumentError, match="one of two or more doses"):
        doses([row for row in DRAWN if row[1] == 0])
