"""Monotone likelihood is named, and Firth's penalty has the numbers of R."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest

from ketanalysis.errors import EstimationError
from ketanalysis.survival.cox import fit_cox
from ketanalysis.survival.cox_firth import third_derivatives
from ketanalysis.survival.cox_likelihood import likelihood
from ketanalysis.survival.cox_monotone import monotone
from ketanalysis.survival.cox_newton import estimable
from ketanalysis.survival.cox_result import CoxResult
from ketanalysis.survival.cox_risk_sets import risk_sets_of
from tests.shared import ORACLE

TABLE = pl.read_csv(ORACLE / "cox_firth.csv", infer_schema_length=None)
DATA_SETS = ("ovarian", "monotone", "ties")


def fitted(dataset: str, ties: str, penalty: str | None = "firth") -> CoxResult:
    rows = TABLE.filter(pl.col("dataset") == dataset, pl.col("record") == "data")
    return fit_cox(
        rows.select(time="a", status=pl.col("b").cast(pl.Int64), arm="c", age="d"),
        "arm + age",
        time="time",
        event="status",
        known_at="baseline",
        ties=ties,
        penalty=penalty,
    )


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("dataset", DATA_SETS)
def test_firth_is_the_maximum_that_r_finds(dataset: str, ties: str) -> None:
    fit = fitted(dataset, ties)
    theirs = TABLE.filter(pl.col("dataset") == dataset, pl.col("ties") == ties)
    whole = theirs.filter(pl.col("record") == "all").row(0, named=True)
    assert fit.tests["statistic"][0] == pytest.approx(whole["a"], rel=1e-9)
    assert fit.criteria["log_likelihood"].item() == pytest.approx(whole["b"], rel=1e-10)
    for row in fit.table.iter_rows(named=True):
        mine = theirs.filter(pl.col("name") == row["term"])
        b, error, low, high = (
            mine.filter(pl.col("record") == "coef").select("a", "b", "c", "d").row(0)
        )
        # nlm finds a flat top to about 1e-7 standard errors.
        assert row["coefficient"] == pytest.approx(b, rel=1e-6, abs=1e-6 * error)
        assert row["std_error"] == pytest.approx(error, rel=1e-6)
        assert np.log([row["conf_low"], row["conf_high"]]) == pytest.approx([low, high], rel=1e-8)
        statistic = mine.filter(pl.col("record") == "test")["a"].item()
        assert row["statistic"] == pytest.approx(statistic, rel=1e-7, abs=1e-9)


def test_a_monotone_likelihood_is_refused_and_named() -> None:
    with pytest.raises(EstimationError) as caught:
        fitted("monotone", "efron", penalty=None)
    assert str(caught.value) == (
        "Cox's model has no finite estimate: its likelihood is monotone in arm. At every event "
        "those who had it are at the edge of what was at risk, such as where one group has no "
        "event, and the hazard ratio goes to 0 or infinity.\n"
        '  penalty="firth" has a finite estimate with profile intervals; the log-rank test '
        "(compare_survival) stands as it is."
    )
    firth = fitted("monotone", "efron")
    assert firth.notes[0] == (
        "Hazard ratios by Cox's model with Firth's penalty, ties Efron's; 95 % profile intervals "
        "and penalised likelihood ratio tests."
    )
    assert 0 < firth.table["estimate"][0] < 1


def test_the_linear_program_is_right_in_every_direction() -> None:
    """Far out in a monotone direction the likelihood still rises; elsewhere it has fallen."""
    rng = np.random.default_rng(7)
    directions = [np.array(d, dtype=float) for d in product((-1, 0, 1), repeat=2) if any(d)]
    found = []
    for _ in range(60):
        n = 7
        time, event = rng.integers(1, 6, n).astype(float), rng.random(n) < 0.6
        x = rng.integers(0, 2, (n, 2)).astype(float)
        if not event.any():
            continue
        sets = risk_sets_of(time, event, None, np.zeros(n, dtype=int))
        if not estimable(sets, x).all():
            continue
        far = [likelihood(sets, x, 30 * d, "breslow").value for d in directions]
        farther = [likelihood(sets, x, 60 * d, "breslow").value for d in directions]
        start = likelihood(sets, x, np.zeros(2), "breslow").value
        # In a monotone direction it goes to a limit above; in others it goes to minus infinity.
        rises = any(abs(b - a) < 1e-6 and b > start for a, b in zip(far, farther, strict=True))
        assert monotone(sets, x).any() == rises
        found.append(rises)
    assert 5 < sum(found) < len(found) - 5


def test_monotone_with_late_entry() -> None:
    # Taken as one risk set the arms overlap; those who enter late never meet the early event.
    time, event = np.array([1.0, 4, 5, 6]), np.array([True, True, True, False])
    x = np.array([[0.0], [1], [1], [0]])
    entry = np.array([0.0, 2, 2, 2])
    zero = np.zeros(4, dtype=int)
    assert monotone(risk_sets_of(time, event, entry, zero), x).tolist() == [True]
    assert monotone(risk_sets_of(time, event, None, zero), x).tolist() == [False]


def test_the_derivative_of_the_information() -> None:
    rng = np.random.default_rng(3)
    n = 30
    sets = risk_sets_of(
        rng.integers(1, 9, n).astype(float), rng.random(n) < 0.7, None, rng.integers(0, 2, n)
    )
    x, b, step = rng.normal(size=(n, 2)), np.array([0.5, -0.2]), 1e-5
    for ties in ("efron", "breslow"):
        found = third_derivatives(likelihood(sets, x, b, ties))
        for j, direction in enumerate(np.eye(2) * step):
            up, down = (likelihood(sets, x, b + s * direction, ties).information for s in (1, -1))
            np.testing.assert_allclose(found[j], (up - down) / (2 * step), rtol=1e-6, atol=1e-8)
