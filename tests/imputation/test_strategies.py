"""Strategies after an event, on one page worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ketanalysis.imputation.strategies import STRATEGIES, covariance_after

OWN = np.array([[30.0, 20.0, 14.0, 10.0]])
REFERENCE = np.array([[30.0, 26.0, 24.0, 25.0]])


@pytest.mark.parametrize(
    "strategy, first, found",
    [
        ("mar", 2, [30, 20, 14, 10]),
        ("j2r", 2, [30, 20, 24, 25]),
        ("j2r", 0, [30, 26, 24, 25]),
        ("j2r", 4, [30, 20, 14, 10]),
        ("cr", 2, [30, 26, 24, 25]),
        ("cr", 4, [30, 20, 14, 10]),
        ("cir", 2, [30, 20, 18, 19]),  # 20 + (24 - 26), 20 + (25 - 26)
        ("cir", 0, [30, 26, 24, 25]),
        ("lmcf", 2, [30, 20, 20, 20]),
        ("lmcf", 3, [30, 20, 14, 14]),
    ],
)
def test_means(strategy: str, first: int, found: list[float]) -> None:
    assert STRATEGIES[strategy](OWN, REFERENCE, np.array([first])).tolist() == [found]


def test_in_the_reference_arm_nothing_changes_but_the_last_mean() -> None:
    for name in ("mar", "j2r", "cr", "cir"):
        assert STRATEGIES[name](OWN, OWN, np.array([2])).tolist() == OWN.tolist()


def made(seed: int) -> np.ndarray:
    root = np.random.default_rng(seed).normal(size=(4, 4))
    return np.asarray(root @ root.T + np.eye(4))


@pytest.mark.parametrize("strategy", ["j2r", "cir"])
def test_covariances_that_differ(strategy: str) -> None:
    """Own before the event; the regression on it, and what it leaves, are the reference arm's."""
    own, other = made(1), made(2)
    joint = covariance_after(own, other, 2, strategy)
    assert np.allclose(joint[:2, :2], own[:2, :2])
    slope = np.linalg.solve(joint[:2, :2], joint[:2, 2:])
    theirs = np.linalg.solve(other[:2, :2], other[:2, 2:])
    assert np.allclose(slope, theirs)
    left = joint[2:, 2:] - joint[2:, :2] @ slope
    assert np.allclose(left, other[2:, 2:] - other[2:, :2] @ theirs)


def test_covariances_at_the_edges() -> None:
    own, other = made(1), made(2)
    assert covariance_after(own, other, 4, "j2r") is own
    assert covariance_after(own, other, 0, "j2r") is other
    assert covariance_after(own, other, 2, "cr") is other
    assert covariance_after(own, other, 2, "lmcf") is own
