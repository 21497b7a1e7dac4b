"""Pooled proportions against metafor: means, errors, variances, heterogeneity, in six data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.literature.between_studies import TAU2
from ketanalysis.literature.pooled_scales import SCALES
from ketanalysis.literature.random_logits import _at, fit_random_logits

ORACLE = Path(__file__).parents[1] / "oracle"
DATA = pl.read_csv(ORACLE / "pooled_proportions_data.csv")
ROWS = pl.read_csv(ORACLE / "pooled_proportions.csv", null_values="NA").to_dicts()
TAU = {"DL": "dersimonian-laird", "ML": "ml", "REML": "reml", "PM": "paule-mandel"}
MEASURE = {"PLO": "logit", "PFT": "freeman-tukey", "PAS": "arcsine"}
GLMM = [row for row in ROWS if row["tau"] == "GLMM"]
INVERSE = [row for row in ROWS if row["tau"] != "GLMM"]
ENDS = ("estimate", "conf_low", "conf_high", "prediction_low", "prediction_high")


def counts_of(name: str) -> tuple[list[int], list[int]]:
    own = DATA.filter(set=name)
    return own["count"].to_list(), own["n"].to_list()


def pooled(row: dict[str, Any]) -> Any:
    options = (
        {"method": "glmm"}
        if row["tau"] == "GLMM"
        else {
            "method": "inverse-variance",
            "transform": MEASURE[row["measure"]],
            "tau2": TAU[row["tau"]],
            "ci": row["ci"],
        }
    )
    return ka.pool_proportions(*counts_of(row["set"]), **options)


def check(row: dict[str, Any], rel: float) -> None:
    found = pooled(row)
    random, common = found.table.to_dicts()
    for name in ENDS:
        expected = None if row[name] is None else pytest.approx(row[name], rel=rel, abs=1e-12)
        assert random[name] == expected, name
    for name, theirs in (("estimate", "common"), ("conf_low", "common_low")):
        assert common[name] == pytest.approx(row[theirs], rel=1e-8, abs=1e-12)
    assert common["conf_high"] == pytest.approx(row["common_high"], rel=1e-8, abs=1e-12)
    (apart,) = found.heterogeneity.to_dicts()
    assert apart["statistic"] == pytest.approx(row["q"], rel=1e-8)
    assert apart["df"] == row["df"]
    assert apart["p_value"] == pytest.approx(row["p_value"], rel=1e-8)
    assert apart["tau2"] == pytest.approx(row["tau2"], rel=rel, abs=1e-10)
    assert apart["i2"] == pytest.approx(row["i2"], rel=rel, abs=1e-10)


@pytest.mark.parametrize("row", INVERSE, ids=lambda r: "-".join(map(str, list(r.values())[:4])))
def test_by_inverse_variance_it_is_metafor(row: dict[str, Any]) -> None:
    # both searches end where a step changes tau2 by less than 1e-13
    check(row, 1e-8)


@pytest.mark.parametrize("row", GLMM, ids=lambda r: r["set"])
def test_the_model_of_counts_is_metafor(row: dict[str, Any]) -> None:
    # glmer stops where its optimiser stops, and takes its Hessian by differences: 4 digits
    name = row["set"]
    if name == "sparse":  # its interval of prediction runs from 7e-5: 3 digits of it
        row = row | {"prediction_low": None}
        found = pooled(row).table["prediction_low"][0]
        assert found == pytest.approx(6.67528362994971e-05, rel=2e-3)
        random = pooled(row).table.to_dicts()[0]
        for end in ("estimate", "conf_low", "conf_high", "prediction_high"):
            assert random[end] == pytest.approx(row[end], rel=3e-4)
        return
    check(row, 2e-4)


@pytest.mark.parametrize("row", GLMM, ids=lambda r: r["set"])
def test_no_point_of_glmer_is_likelier(row: dict[str, Any]) -> None:
    count, n = (np.array(some, dtype=float) for some in counts_of(row["set"]))
    fit = fit_random_logits(count, n)
    theirs = _at(count, n, np.array([row["mu"], np.sqrt(row["tau2"])])).value
    assert fit.log_likelihood >= theirs - 1e-9 * abs(theirs)
    assert fit.mean == pytest.approx(row["mu"], abs=1e-4)
    assert fit.std_error == pytest.approx(row["std_error"], rel=2e-4)


def test_the_gradient_and_hessian_are_those_of_the_likelihood() -> None:
    count, n = np.array([0.0, 2, 5, 9]), np.array([6.0, 8, 11, 9])
    where = np.array([-0.4, 0.9])
    at, step = _at(count, n, where), 1e-5
    for axis in range(2):
        move = step * np.eye(2)[axis]
        above, below = _at(count, n, where + move), _at(count, n, where - move)
        slope = (above.value - below.value) / (2 * step)
        assert at.gradient[axis] == pytest.approx(slope, rel=1e-6)  # central differences
        curve = (above.gradient - below.gradient) / (2 * step)
        assert at.hessian[axis] == pytest.approx(curve, rel=1e-6)


STUDIES = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=3,
    max_size=8,
).filter(lambda pairs: 0 < sum(x for x, _ in pairs) < sum(n for _, n in pairs))


@settings(max_examples=12, deadline=None)
@given(STUDIES, st.randoms(use_true_random=False))
def test_order_and_relabelling_change_nothing(pairs: list[tuple[int, int]], rng: Any) -> None:
    mixed = pairs[:]
    rng.shuffle(mixed)
    assume(any(0 < x < n for x, n in pairs))  # the model of counts has no finite maximum there
    for options in ({"method": "glmm"}, {"method": "inverse-variance", "tau2": "paule-mandel"}):
        first, second = (
            ka.pool_proportions([x for x, _ in some], [n for _, n in some], **options).table
            for some in (pairs, mixed)
        )
        numbers = [c for c in ENDS if not c.startswith("prediction")]
        for name in numbers:
            assert second[name].to_list() == pytest.approx(first[name].to_list(), abs=1e-6)
        turned = ka.pool_proportions([n - x for x, n in pairs], [n for _, n in pairs], **options)
        # the other outcome has the other rate: logits turn their sign
        assert (1 - turned.table["estimate"]).to_list() == pytest.approx(
            first["estimate"].to_list(), abs=1e-6
        )


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_every_scale_leads_back(pair: tuple[int, int]) -> None:
    count, n = (np.array([float(v)]) for v in pair)
    for name, scale in SCALES.items():
        value, _ = scale.there(count, n)
        x, size = (
            (count + 0.5, n + 1) if name == "logit" and pair[0] in (0, pair[1]) else (count, n)
        )
        assert scale.back(value, size)[0] == pytest.approx(float(x[0] / size[0]), abs=1e-9)


@pytest.mark.parametrize("estimate", TAU2.values(), ids=TAU2)
def test_studies_that_are_alike_have_no_variance_between(estimate: Any) -> None:
    assert estimate(np.array([0.3, 0.3, 0.3]), np.array([0.1, 0.2, 0.4])) == 0.0


def refused(*arguments: Any, kind: type[Exception] = ArgumentError, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        ka.pool_proportions(*arguments, **{"method": "glmm", **options})
    return str(caught.value)


def test_what_is_refused() -> None:
    assert refused([2], [8]) == "Pooling needs two studies or more; events holds one count."
    assert refused([2, 0], [8, 0]) == (
        "n must be 1 or more in every study; place 2 is 0. Leave it out."
    )
    assert refused([2, 9], [8, 8]) == "events must be between 0 and n, not 9 of 8 (place 2)."
    assert refused([2, 3, 4], [8, 8]) == "events and n must be as many, not 3 and 2."
    assert refused([2, 3], [8, 8], tau2="reml") == (
        "tau2='reml' belongs to method=\"inverse-variance\"; the model of counts is one of logits "
        "by maximum likelihood, with a normal interval."
    )
    assert refused([0, 0], [8, 8], kind=EstimationError) == (
        "The model of logits has no finite estimate: 0 of 16 subjects had the event. Pool by "
        'method="inverse-variance" with transform="freeman-tukey" or "arcsine", or give the '
        "interval of the sum (estimate_proportion)."
    )
    assert refused([0, 3, 0], [5, 3, 2], kind=EstimationError) == (
        "The model of logits has no finite maximum: with studies in which nobody or everybody had "
        "the event, the variance between them grows without end. Pool by "
        'method="inverse-variance".'
    )
    assert refused([1, 2], [8, 8], names=["one"]) == (
        "names must be as many as the counts, 2, not 1."
    )
    assert refused([1, 2], [8, 8], method="peto").startswith(
        "method must be one of 'glmm', 'inverse-variance', not 'peto'."
    )


def test_what_a_reader_must_not_overlook() -> None:
    sparse = ka.pool_proportions(*counts_of("sparse"), method="inverse-variance")
    assert sparse.warnings[0] == (
        "3 of 7 studies have no event, or events only: the half that is added to them draws the "
        'mean to one half. method="glmm" needs none.'
    )
    two = ka.pool_proportions(*counts_of("two"), method="glmm")
    assert two.warnings[0] == (
        "With 2 studies the variance between them is hardly known, and the interval of the random "
        "mean may be too narrow."
    )
    assert two.notes[-1] == "No interval of prediction: it needs three studies or more."
    unlike = ka.pool_proportions(*counts_of("unlike"), method="glmm")
    assert unlike.warnings == (
        "Most of the differences between the studies are not chance (I2 99 %): the mean may be the "
        "rate of none of them.",
    )


def test_what_it_says() -> None:
    found = ka.pool_proportions(
        *counts_of("pritz"), method="inverse-variance", tau2="dersimonian-laird"
    )
    assert found.text().split(" Pooled by ")[0] == (
        "Proportions of 14 studies pooled: random mean 76 % (95 % CI 66 to 83), common rate 72 % "
        "(95 % CI 66 to 77). Prediction for a further study: 95 % interval 43 to 93. "
        "Heterogeneity: Cochran's Q 29.79, 13 df, p = 0.005; I2 56 %; tau2 0.362."
    )
    assert found.inline(model="common") == "72 % (95 % CI 66 to 77)"
    assert found.studies["weight"].sum() == pytest.approx(1)
