"""Exact intervals of rates against R's poisson.test, and what must hold for any counts."""

from __future__ import annotations

import csv
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.adverse_events.poisson import poisson_rate, poisson_ratio
from ketanalysis.errors import ArgumentError
from tests.shared import ORACLE

with (ORACLE / "poisson.csv").open(encoding="utf-8") as _file:
    ROWS = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(_file)]


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r['count']:g} {r['level']:g}")
def test_poisson_test(row: dict[str, float]) -> None:
    level = row["level"]
    one = poisson_rate(int(row["count"]), row["exposure"], level)
    # Quantiles of the gamma distribution on both sides.
    assert list(one[:3]) == pytest.approx(
        [row["rate"], row["rate_low"], row["rate_high"]], rel=1e-10
    )
    counts = (int(row["count"]), row["exposure"], int(row["count_0"]), row["exposure_0"])
    two = poisson_ratio(*counts, level)
    theirs = [row[name] for name in ("ratio", "ratio_low", "ratio_high", "p")]
    # Quantiles of the beta distribution, then a quotient; p sums binomial probabilities.
    assert list(two) == pytest.approx(theirs, rel=1e-9)


def test_nothing_to_estimate() -> None:
    assert all(map(math.isnan, poisson_rate(0, 0)))
    assert all(map(math.isnan, poisson_ratio(0, 5, 0, 5)))
    assert all(map(math.isnan, poisson_ratio(3, 5, 2, 0)))
    # None in 10 weeks, by hand: the upper end is -ln(0.025) / 10.
    none = poisson_rate(0, 10)
    assert none.low == 0
    assert none.high == pytest.approx(-math.log(0.025) / 10, rel=1e-13)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.1, 500), st.floats(0.1, 500))
def test_the_ratio_turned_round_is_one_over_it_and_units_do_not_matter(
    count: int, count_0: int, exposure: float, exposure_0: float
) -> None:
    found = poisson_ratio(count, exposure, count_0, exposure_0)
    turned = poisson_ratio(count_0, exposure_0, count, exposure)
    in_days = poisson_ratio(count, exposure * 7, count_0, exposure_0 * 7)
    if count + count_0 == 0:
        assert math.isnan(found.estimate)
        return
    one_over = [1 / v if v else math.inf for v in (turned.high, turned.low)]
    assert [found.low, found.high] == pytest.approx(one_over, rel=1e-8)
    assert found.p_value == pytest.approx(turned.p_value, rel=1e-6)
    assert list(in_days[:3]) == pytest.approx(list(found[:3]), rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 5), "count must be a whole number of events, not -1."),
        ((1.5, 5), "count must be a whole number of events, not 1.5."),
        ((1, -5), "exposure must be a number of 0 or more, not -5."),
        ((1, math.inf), "exposure must be a number of 0 or more, not inf."),
    ],
)
def test_refusals(arguments: tuple[float, float], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        poisson_rate(*arguments)  # type: ignore[arg-type]
    assert str(caught.value) == message
