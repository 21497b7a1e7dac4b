"""Samples fitted all together give what each gives alone, or no fit at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from ketanalysis.errors import EstimationError
from ketanalysis.imputation import sample_fits, sample_likelihood
from ketanalysis.imputation.drawing import bootstrap_parameters, jackknife_parameters, streams
from ketanalysis.imputation.model import ImputationData, Indices, Parameters, fit_parameters
from ketanalysis.imputation.sample_fits import fit_samples

# Both stop where a step promises less than 1e-10 and take one more, which leaves some 1e-10 of
# the parameters: seen are differences of up to 1e-11.
ALIKE = 1e-8


def made(n: int, m: int, seed: int, *, lost: float, by_arm: bool = False) -> ImputationData:
    """Return scores of two arms, of which some are lost at every visit but the first."""
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    baseline = rng.normal(30, 5, n)
    subject = rng.normal(0, 4, n)
    noise = rng.normal(0, 4, (n, m))
    scores = 0.6 * baseline[:, None] + subject[:, None] + noise - 3 * arm[:, None]
    scores[rng.random((n, m)) < lost] = np.nan
    z = np.column_stack([np.ones(n), arm, baseline])
    return ImputationData(scores, z, z, arm, np.full(n, m), by_arm)


def samples_of(data: ImputationData, count: int, seed: int) -> list[Indices]:
    rng = np.random.default_rng(seed)
    own = [np.flatnonzero(data.arm == arm) for arm in (0, 1)]
    return [np.concatenate([rng.choice(one, len(one)) for one in own]) for _ in range(count)]


def alone(data: ImputationData, who: Indices, whole: Parameters) -> Parameters | None:
    try:
        return fit_parameters(data.taken(who), whole)
    except EstimationError:
        return None


def assert_alike(one: Parameters, other: Parameters) -> None:
    for mine, theirs in ((one.coefficients, other.coefficients), (one.sigma, other.sigma)):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=ALIKE * np.abs(theirs).max())


@pytest.mark.parametrize(
    "data",
    [
        made(31, 3, 1, lost=0.1),
        made(31, 3, 2, lost=0.1, by_arm=True),
        made(80, 5, 3, lost=0.12),
        made(150, 2, 4, lost=0.5),  # who has no score at all says nothing
        made(20, 2, 5, lost=0.0),
        made(40, 1, 6, lost=0.2),
    ],
    ids=["trial", "by arm", "many patterns", "no score", "complete", "one visit"],
)
def test_a_sample_has_the_fit_it_has_alone(data: ImputationData) -> None:
    whole, samples = fit_parameters(data), samples_of(data, 12, 7)
    n_fits = 0
    for (who, fit), sample in zip(fit_samples(data, samples, whole), samples, strict=True):
        assert who is sample
        if fit is not None:
            n_fits += 1
            assert_alike(fit, fit_parameters(data.taken(who), whole))
    assert n_fits >= 11


def test_a_sample_without_a_maximum_has_no_fit() -> None:
    # Of so few subjects many a sample determines one visit by another, or lacks an arm at one.
    data = made(14, 3, 8, lost=0.25)
    whole = fit_parameters(data)
    found = [(fit, alone(data, who, whole)) for who, fit in _fits(data, whole, 60)]
    lacking = [fit for fit, single in found if single is None]
    assert len(lacking) > 3
    assert all(fit is None for fit in lacking)
    for fit, single in found:
        if fit is not None:
            assert single is not None
            assert_alike(fit, single)


def test_blocks_of_samples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    data = made(31, 3, 9, lost=0.1)
    whole = fit_parameters(data)
    at_once = [fit for _, fit in _fits(data, whole, 7)]
    monkeypatch.setattr(sample_fits, "samples_at_once", lambda layout: 3)
    for one, other in zip(at_once, [fit for _, fit in _fits(data, whole, 7)], strict=True):
        assert one is not None
        assert other is not None
        assert_alike(one, other)


def test_a_block_holds_fewer_samples_of_larger_models() -> None:
    small, _ = sample_likelihood.layout_of(made(31, 3, 1, lost=0.1))
    large, _ = sample_likelihood.layout_of(made(400, 12, 1, lost=0.3))
    assert sample_likelihood.samples_at_once(small) > 100
    assert sample_likelihood.samples_at_once(large) == 1


def test_a_sample_that_is_not_fitted_here_is_fitted_alone_or_drawn_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = made(31, 3, 10, lost=0.1)
    expected = bootstrap_parameters(data, streams(3, 5))

    def none(data: ImputationData, samples: Sequence[Indices], whole: Parameters) -> object:
        return ((who, None) for who in samples)

    monkeypatch.setattr("ketanalysis.imputation.drawing.fit_samples", none)
    for one, other in zip(bootstrap_parameters(data, streams(3, 5)), expected, strict=True):
        assert_alike(one, other)


def test_the_subjects_left_out_in_turn() -> None:
    data = made(24, 3, 11, lost=0.1)
    whole = fit_parameters(data)
    for left_out, (rest, fit) in enumerate(jackknife_parameters(data)):
        who = np.delete(np.arange(data.n), left_out)
        np.testing.assert_array_equal(rest.scores, data.scores[who])
        assert_alike(fit, fit_parameters(rest, whole))


def _fits(
    data: ImputationData, whole: Parameters, count: int
) -> list[tuple[Indices, Parameters | None]]:
    return list(fit_samples(data, samples_of(data, count, 12), whole))
