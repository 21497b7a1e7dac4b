"""The likelihood by sums over patterns against the likelihood subject by subject."""

from __future__ import annotations

import numpy as np
import pytest

from ketanalysis.mmrm.covariance import STRUCTURES
from ketanalysis.mmrm.likelihood import Model, evaluate, slopes
from ketanalysis.mmrm.patterns import Records, estimable_columns, summed

N, M = 30, 4


def made(*, weighted: bool, spatial: bool) -> Records:
    """Two covariance groups, gaps, a covariate, weights, uneven times."""
    rng = np.random.default_rng(11)
    z = np.column_stack([np.ones(N), rng.integers(0, 2, N), rng.normal(20, 5, N)])
    t = np.zeros((M, 3, 2 * M + 1))
    for a in range(M):
        t[a, 0, a] = t[a, 1, M + a] = t[a, 2, 2 * M] = 1
    y = 3 * rng.normal(size=(N, M)).cumsum(axis=1) + z @ [[1], [2], [0.5]]
    y[rng.random((N, M)) < 0.25] = np.nan
    y[:, 0] = np.where(np.isnan(y).all(axis=1), 10.0, y[:, 0])
    weights = rng.uniform(0.5, 2, (N, M)) if weighted else None
    visits = np.array([1.0, 2.0, 4.0, 8.0])
    times = visits + rng.uniform(0, 0.5, (N, M)) if spatial else None
    return Records(y, z, t, rng.integers(0, 2, N), weights, times)


def whole(records: Records, model: Model, theta: np.ndarray) -> tuple[float, np.ndarray]:
    """Return -2 log likelihood without constants and the coefficients, subject by subject."""
    data, xs, ys, vs = model.patterns, [], [], []
    for i in range(N):
        seen = ~np.isnan(records.y[i])
        at = np.zeros(M) if records.times is None else records.times[i]
        distance = np.abs(at[:, None] - at[None, :])[None]
        own = model.of_group(theta, int(records.group[i]))
        sigma = model.structure.at(own, M, distance).sigma[0] * np.outer(data.scale, data.scale)
        sigma = sigma[np.ix_(seen, seen)]
        if records.weights is not None:
            root = np.sqrt(records.weights[i][seen])
            sigma = sigma / np.outer(root, root)
        xs.append((records.z[i] @ records.t)[seen])
        ys.append(records.y[i][seen])
        vs.append(np.linalg.inv(sigma))
    information = sum(x.T @ v @ x for x, v in zip(xs, vs, strict=True))
    beta = np.linalg.solve(
        information, sum(x.T @ v @ y for x, v, y in zip(xs, vs, ys, strict=True))
    )
    value = sum(
        (y - x @ beta) @ v @ (y - x @ beta) - np.linalg.slogdet(v)[1]
        for x, v, y in zip(xs, vs, ys, strict=True)
    )
    if model.is_restricted:
        value += np.linalg.slogdet(information)[1]
    return float(value), beta


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("name", STRUCTURES)
def test_value_gradient_and_hessian(name: str, reml: bool, weighted: bool) -> None:
    structure = STRUCTURES[name]
    records = made(weighted=weighted, spatial=structure.spatial)
    patterns, _ = summed(records, by_visit_scale=structure.heterogeneous)
    model = Model(patterns, structure, reml)
    rng = np.random.default_rng(5)
    theta = np.tile(structure.start(np.ones(M)), 2) + 0.1 * rng.normal(size=model.n_parameters)
    point = evaluate(model, theta)
    found = slopes(model, point)

    value, beta = whole(records, model, theta)
    constant = 2 * float(patterns.n @ (patterns.mask @ np.log(patterns.scale)))
    assert point.value + constant - patterns.log_weights == pytest.approx(value, rel=1e-10)
    assert np.allclose(point.beta + patterns.shift, beta, rtol=1e-8)
    step = 1e-5  # differences lose half of the digits
    for i, move in enumerate(step * np.eye(len(theta))):
        up, down = evaluate(model, theta + move), evaluate(model, theta - move)
        assert (up.value - down.value) / (2 * step) == pytest.approx(
            found.gradient[i], rel=1e-6, abs=1e-6
        )
        bend = (slopes(model, up).gradient - slopes(model, down).gradient) / (2 * step)
        assert np.allclose(bend, found.hessian[i], rtol=1e-5, atol=1e-5)
        moved = (np.linalg.inv(up.phi) - np.linalg.inv(down.phi)) / (2 * step)
        assert np.allclose(moved, -found.by_theta[i], rtol=1e-4, atol=1e-4)


def test_columns_that_are_combinations_of_those_before() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3))
    whole_design = np.column_stack([x[:, 0], x[:, 1], x[:, 0] - 2 * x[:, 1], x[:, 2], 0 * x[:, 0]])
    assert estimable_columns(whole_design.T @ whole_design).tolist() == [0, 1, 3]
