"""Data without an answer: each test and effect size says so, and gives no number by accident."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from ketanalysis.groups.bayes_factor import bayes_factor
from ketanalysis.groups.bootstrap import bootstrap
from ketanalysis.groups.brunner_munzel import brunner_munzel, brunner_munzel_permutation
from ketanalysis.groups.dominance import cliffs_delta, rank_biserial, superiority
from ketanalysis.groups.effect_sizes import glass_delta
from ketanalysis.groups.equivalence import equivalence
from ketanalysis.groups.mann_whitney import mann_whitney
from ketanalysis.groups.max_t import STATISTICS, max_t
from ketanalysis.groups.permutation import permutation
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.two_part import two_part
from ketanalysis.groups.two_samples import cohens_d, hedges_g, student, welch
from tests.groups.responder_data import compare, trial_of

DRAWS = Draws(seed=1, resamples=99)
NAN = math.nan
FUNCTIONS: dict[str, Callable[[list[float], list[float]], Any]] = {
    "welch": welch,
    "student": student,
    "mann-whitney": mann_whitney,
    "mann-whitney-exact": lambda a, b: mann_whitney(a, b, "exact"),
    "brunner-munzel": brunner_munzel,
    "brunner-munzel-permutation": lambda a, b: brunner_munzel_permutation(a, b, draws=DRAWS),
    "permutation": lambda a, b: permutation(a, b, draws=DRAWS),
    "two-part": two_part,
    "equivalence": lambda a, b: equivalence(a, b, 2.0),
    "bayes": lambda a, b: bayes_factor(a, b, prior_scale=0.707),
    "hedges-g": hedges_g,
    "cohens-d": cohens_d,
    "glass-delta": glass_delta,
    "superiority": superiority,
    "cliffs-delta": cliffs_delta,
    "rank-biserial": rank_biserial,
    "bootstrap of g": lambda a, b: bootstrap(a, b, "hedges-g", draws=DRAWS),
    "bootstrap of difference": lambda a, b: bootstrap(a, b, "difference", draws=DRAWS),
    "bootstrap of superiority": lambda a, b: bootstrap(a, b, "superiority", draws=DRAWS),
}
NUMBERS = ("estimate", "difference", "shift", "superiority", "p_value", "bayes_factor")
NUMBERS += ("conf_low", "conf_high", "statistic")
# What no test and no effect size can be had from.
EMPTY: dict[str, tuple[list[float], list[float]]] = {
    "nobody": ([], []),
    "no responder": ([], [1, 2, 3]),
    "no non-responder": ([1, 2, 3], []),
    "one responder": ([3], [0, 1, 2, 4]),
    "one non-responder": ([0, 1, 2, 4], [3]),
    "one of each": ([3], [1]),
    "one with a score": ([NAN, NAN, 4], [1, 2, 3]),
    "nobody with a score": ([NAN, NAN], [1, 2, 3]),
    "all zero": ([0, 0, 0], [0, 0, 0, 0]),
    "all equal": ([7, 7, 7], [7, 7, 7, 7]),
}
MOMENTS = ("welch", "student", "equivalence", "bayes", "hedges-g", "cohens-d", "glass-delta")
MOMENTS += ("bootstrap of g",)


def numbers(found: Any) -> dict[str, float]:
    kept = {name: getattr(found, name, NAN) for name in NUMBERS}
    return {name: value for name, value in kept.items() if isinstance(value, float)}


@pytest.mark.parametrize("data", EMPTY)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_number_and_the_reason(name, data):
    found = FUNCTIONS[name](*EMPTY[data])
    assert [n for n, value in numbers(found).items() if not math.isnan(value)] == []
    assert found.reason.startswith("not estimable: ")


@pytest.mark.parametrize("name", MOMENTS)
def test_two_constant_groups_have_no_standard_error(name):
    """The groups differ, and nothing says by how many standard deviations: not endless, not 0."""
    found = FUNCTIONS[name]([2, 2, 2], [5, 5, 5, 5])
    assert [n for n, value in numbers(found).items() if not math.isnan(value)] == []
    assert found.reason.startswith("not estimable: no variation in ")


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("data", [([1, 2], [3, 4]), ([1, 2], [1, 2]), ([1, 1], [2, 2])])
def test_two_against_two_is_finite_or_said(name, data):
    found = FUNCTIONS[name](*data)
    assert not any(math.isinf(value) for value in numbers(found).values())
    p = getattr(found, "p_value", 0.5)
    assert math.isnan(p) or p >= 0.01  # six splits, two degrees of freedom
    if math.isnan(p):
        assert "not estimable" in found.reason


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("data", EMPTY)
def test_max_t_has_no_p_value_there(statistic, data):
    a, b = EMPTY[data]
    scores = np.column_stack([[*a, *b], [*a, *b]]) if a or b else np.empty((0, 2))
    found, words = max_t(scores, [1] * len(a) + [0] * len(b), statistic, DRAWS)
    assert np.isnan(found).all()
    assert words == ""


def responders(madrs: list[float], anxiety: list[float | None]) -> Any:
    subjects = pl.DataFrame(
        {
            "USUBJID": [f"S{i}" for i in range(len(madrs))],
            "baseline": [40.0] * len(madrs),
            "madrs": madrs,
            "anx": anxiety,
            "sub": [None] * (len(madrs) - 2) + [30.0, 45.0],
        },
        schema_overrides={"anx": pl.Float64},
    )
    return compare(
        trial_of(subjects, (), ANX="anx", CALM="sub"),
        ["ANX", "CALM"],
        p_adjust="max-t",
        margin=3.0,
        seed=1,
        resamples=99,
    )


HALF = [10.0, 12.0, 14.0, 30.0, 31.0, 32.0]
TRIALS = {
    "one responder": ([10.0, *[30.0] * 5], [35, 30, 28, 33, 0, 22]),
    "no responder": ([30.0] * 6, [35, 30, 28, 33, 0, 22]),
    "no non-responder": ([10.0] * 6, [35, 30, 28, 33, 0, 22]),
    "all zero": (HALF, [0] * 6),
    "all equal": (HALF, [40] * 6),
    "no score in one group": (HALF, [None, None, None, 33, 0, 22]),
}


@pytest.mark.parametrize("name", TRIALS)
def test_responders_of_such_data_have_no_p_value_and_a_note(name):
    result = responders(*TRIALS[name])
    tables = {"table": result.table, "two_part": result.two_part, "family": result.multiplicity}
    tables |= {"equivalence": result.equivalence, "leaving": result.leaving}
    for table, frame in tables.items():
        assert frame.filter(pl.col("p_value").is_not_null()).rows() == [], table
        assert frame.filter(pl.col("note").is_null()).rows() == [], table
    assert result.bayes["bayes_factor"].is_null().all()
    assert result.bayes["note"].is_not_null().all()


def test_a_small_interval_that_does_not_exist_is_said():
    result = responders(HALF[1:-1], [35, 30, 28, 33])
    row = result.two_part.filter(
        (pl.col("outcome") == "ANX") & pl.col("measure").str.starts_with("among those")
    ).row(0, named=True)
    assert row["p_value"] == pytest.approx(2 / 3)
    assert row["conf_low"] is None
    assert row["note"] == "no interval of this level exists for so few subjects"
