"""The folded density is R's, its area is 1, and nothing of it lies beyond the scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.density import bandwidth, bounded_density
from tests.rates.test_response import oracle

SAMPLES = {
    "zeros": ([*[0.0] * 9, 1, 2.5, 7, 18, 40.5], 0.0, 100.0),
    "ties": ([5, 5, 5, 6, 6, 7, 9, 9, 12], 0.0, 60.0),
    "full": ([97, 100, 100, 88, 61, 99.5, 100], 0.0, 100.0),
    "free": ([-3.2, 0.4, 1.1, 2.8, 9.7], -math.inf, math.inf),
    "two": ([3, 8], 0.0, math.inf),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_density_is_that_of_r(name: str) -> None:
    values, low, high = SAMPLES[name]
    rows = [row for row in oracle("density") if row["name"] == name]
    at = np.array([float(row["at"]) for row in rows])
    assert len(at) == 9
    x = np.array(values, dtype=float)
    assert bandwidth(x) == pytest.approx(float(rows[0]["width"]), rel=1e-12)
    ours = bounded_density(x, at, low, high)
    # Sums of a few exponentials; far in a tail (1e-300) the exponent's own rounding shows.
    assert ours == pytest.approx([float(row["value"]) for row in rows], rel=1e-10, abs=1e-15)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=25).filter(lambda x: len(set(x)) > 1))
def test_the_area_is_one_and_nothing_lies_beyond_the_scale(scores: list[int]) -> None:
    x = np.array(scores, dtype=float)
    width = bandwidth(x)
    at = np.linspace(0, 100, 4001)
    density = bounded_density(x, at, 0.0, 100.0)
    area = float(np.trapezoid(density, at))
    # One reflection at each end; a kernel wider than the scale would lose a little beyond both.
    assert area == pytest.approx(1, abs=2e-3 if width > 0.1 else 0.2)
    assert (bounded_density(x, np.array([-0.01, 100.01]), 0.0, 100.0) == 0).all()


def test_what_does_not_vary_has_no_density() -> None:
    assert math.isnan(bandwidth(np.array([4.0, 4.0, 4.0])))
    assert math.isnan(bandwidth(np.array([4.0])))
    assert np.isnan(bounded_density(np.array([4.0, 4.0]), np.array([4.0]))).all()
