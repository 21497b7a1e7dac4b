"""Covariance structures: what they are, and their derivatives against differences."""

from __future__ import annotations

import numpy as np
import pytest

from ketanalysis.mmrm.covariance import STRUCTURES

CASES = [(name, m) for name in STRUCTURES for m in (2, 3, 5)]


def made(name: str, m: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(m)
    theta = 0.4 * rng.normal(size=STRUCTURES[name].n_parameters(m))
    times = rng.uniform(0, 5, size=(2, m))
    return theta, np.abs(times[:, :, None] - times[:, None, :])


@pytest.mark.parametrize("name, m", CASES)
def test_first_derivatives(name: str, m: int) -> None:
    theta, distance = made(name, m)
    one = STRUCTURES[name]
    shape, step = one.at(theta, m, distance), 1e-6
    for i, move in enumerate(step * np.eye(len(theta))):
        up, down = one.at(theta + move, m, distance), one.at(theta - move, m, distance)
        slope = (up.sigma - down.sigma) / (2 * step)
        assert np.allclose(slope, shape.first[:, i], rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name, m", CASES)
def test_second_derivatives(name: str, m: int) -> None:
    theta, distance = made(name, m)
    one = STRUCTURES[name]
    second, step = one.second(theta, m, distance), 1e-6
    for i, move in enumerate(step * np.eye(len(theta))):
        up, down = one.at(theta + move, m, distance), one.at(theta - move, m, distance)
        slope = (up.first - down.first) / (2 * step)
        assert np.allclose(slope, second[:, i], rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name, m", CASES)
def test_curvature_is_the_second_derivative_against_a_gradient(name: str, m: int) -> None:
    theta, distance = made(name, m)
    one = STRUCTURES[name]
    gradient = np.random.default_rng(0).normal(size=one.at(theta, m, distance).sigma.shape)
    gradient = gradient + gradient.transpose(0, 2, 1)
    whole = np.einsum("fabij,fij->ab", one.second(theta, m, distance), gradient)
    assert np.allclose(one.curvature(theta, m, gradient, distance), whole, rtol=1e-12)


@pytest.mark.parametrize("name, m", CASES)
def test_weighted_second_derivatives_are_their_sum(name: str, m: int) -> None:
    theta, distance = made(name, m)
    one = STRUCTURES[name]
    weights = np.random.default_rng(1).normal(size=(len(theta), len(theta)))
    weights = weights + weights.T
    whole = np.einsum("ab,fabij->fij", weights, one.second(theta, m, distance))
    found = one.weighted_second(theta, m, weights, distance)
    assert np.allclose(found, whole, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in STRUCTURES if name != "sp_exp"])
def test_rescaling_visits_moves_the_deviations_only(name: str) -> None:
    theta, _ = made(name, 4)
    one = STRUCTURES[name]
    scale = np.array([2.0, 3.0, 0.5, 10.0]) if one.heterogeneous else np.full(4, 7.0)
    moved = one.at(one.rescaled(theta, scale), 4).sigma[0]
    assert np.allclose(moved, one.at(theta, 4).sigma[0] * np.outer(scale, scale), rtol=1e-12)


def test_what_the_structures_are() -> None:
    corr = {}
    for name in ("cs", "ar1", "toep", "ad"):
        theta, _ = made(name, 4)
        sigma = STRUCTURES[name].at(theta, 4).sigma[0]
        assert np.allclose(np.diag(sigma), sigma[0, 0])
        corr[name] = sigma / sigma[0, 0]
    assert np.allclose(corr["cs"][np.tril_indices(4, -1)], corr["cs"][1, 0])
    assert corr["ar1"][2, 0] == pytest.approx(corr["ar1"][1, 0] ** 2)
    assert corr["toep"][3, 2] == pytest.approx(corr["toep"][1, 0])
    assert corr["toep"][2, 0] != pytest.approx(corr["toep"][1, 0] ** 2)
    assert corr["ad"][2, 0] == pytest.approx(corr["ad"][1, 0] * corr["ad"][2, 1])
    counts = {name: one.n_parameters(4) for name, one in STRUCTURES.items()}
    assert counts == {
        **{"us": 10, "cs": 2, "csh": 5, "ar1": 2, "ar1h": 5},
        **{"toep": 4, "toeph": 7, "ad": 4, "adh": 7, "sp_exp": 2},
    }
