"""A 2 x 2 table of prediction and outcome against R, what has no number, what must hold."""

from __future__ import annotations

import csv
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.prediction.accuracy import KAPPA, RATIOS, Counts, accuracy, rows_of
from tests.shared import ORACLE

ROWS = list(csv.DictReader((ORACLE / "early_improvement.csv").open(encoding="utf-8")))
TABLES = sorted({tuple(int(row[cell]) for cell in "abcd") for row in ROWS})
CELLS = st.integers(min_value=0, max_value=30)


@pytest.mark.parametrize("table", TABLES)
def test_every_measure_is_that_of_r(table):
    ours = {one.measure: one for one in accuracy(Counts(*table), "clopper-pearson", 0.95)}
    theirs = [row for row in ROWS if tuple(int(row[cell]) for cell in "abcd") == table]
    assert len(theirs) == len(ours) == 8
    for row in theirs:
        one = ours[row["measure"]]
        # closed forms and beta quantiles in double precision; R wrote 15 digits
        found = (one.estimate, one.conf_low, one.conf_high)
        expected = [float(row[name]) for name in ("estimate", "low", "high")]
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12), row["measure"]


def test_what_does_not_exist_is_no_number_and_says_why():
    nobody = {m.measure: m for m in accuracy(Counts(0, 0, 5, 8), "wilson", 0.95)}
    assert math.isnan(nobody["positive predictive value"].estimate)
    assert nobody["positive predictive value"].note == (
        "not estimable: nobody is predicted to have the outcome"
    )
    assert nobody[RATIOS[0]].note == "not estimable: it would divide by 0"
    assert nobody[RATIOS[1]].estimate == 1
    assert nobody[KAPPA].estimate == 0
    all_had = {m.measure: m for m in accuracy(Counts(4, 0, 3, 0), "wilson", 0.95)}
    assert all_had["specificity"].note == "not estimable: everybody had the outcome"
    assert all_had[RATIOS[0]].note == "not estimable: everybody or nobody had the outcome"
    alike = {m.measure: m for m in accuracy(Counts(4, 0, 0, 0), "wilson", 0.95)}
    assert alike[KAPPA].note == "not estimable: all are predicted alike and all fared alike"
    none = accuracy(Counts(0, 0, 0, 0), "wilson", 0.95)
    assert all(math.isnan(one.estimate) and one.note for one in none)
    assert all(row["estimate"] is None for row in rows_of(none))
    perfect = {m.measure: m for m in accuracy(Counts(6, 0, 0, 9), "wilson", 0.95)}
    assert perfect[RATIOS[1]].note == "no interval: the ratio is 0"
    assert perfect[KAPPA].estimate == 1
    assert perfect[KAPPA].note == "no interval: its standard error is 0"


@given(CELLS, CELLS, CELLS, CELLS)
@settings(max_examples=40)
def test_what_swaps_when_the_prediction_is_turned_round(a, b, c, d):
    """Predicting the opposite gives 1 minus each share, and the likelihood ratios swap places."""
    one = {m.measure: m for m in accuracy(Counts(a, b, c, d), "wilson", 0.95)}
    other = {m.measure: m for m in accuracy(Counts(c, d, a, b), "wilson", 0.95)}
    for name in ("sensitivity", "specificity", "accuracy"):
        if not math.isnan(one[name].estimate):
            assert one[name].estimate == pytest.approx(1 - other[name].estimate)
            assert one[name].conf_low == pytest.approx(1 - other[name].conf_high, abs=1e-12)
    first, second = one[RATIOS[0]].estimate, other[RATIOS[1]].estimate
    assert (math.isnan(first) and math.isnan(second)) or first == pytest.approx(second)


@given(CELLS, CELLS, CELLS, CELLS)
@settings(max_examples=40)
def test_outcome_and_prediction_may_change_places(a, b, c, d):
    """Sensitivity is then the positive predictive value, and kappa stays."""
    one = {m.measure: m for m in accuracy(Counts(a, b, c, d), "clopper-pearson", 0.9)}
    other = {m.measure: m for m in accuracy(Counts(a, c, b, d), "clopper-pearson", 0.9)}
    pair = one["sensitivity"], other["positive predictive value"]
    for name in ("count", "n", "estimate", "conf_low", "conf_high"):
        assert getattr(pair[0], name) == pytest.approx(getattr(pair[1], name), nan_ok=True)
    kappas = one[KAPPA].conf_low, other[KAPPA].conf_low
    assert kappas[0] == pytest.approx(kappas[1], nan_ok=True)


@pytest.mark.parametrize("counts", [(0, 0, 1, 2), (0, 0, 5, 5), (0, 1, 0, 1), (4, 0, 0, 6)])
def test_no_interval_has_no_width(counts):
    """All predicted alike, or all rightly: a standard error of 0 is no certainty."""
    for one in accuracy(Counts(*counts), "clopper-pearson", 0.95):
        assert math.isnan(one.conf_low) or one.conf_low < one.conf_high, one.measure
        assert not math.isnan(one.conf_low) or one.note, one.measure
