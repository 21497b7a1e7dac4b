"""ROC curves against pROC, by hand, chosen cut-offs, refusals, what must hold, the sentences."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.groups.resampling import Draws
from ketanalysis.prediction.curve import best_cutoff, points, resampled_counts
from ketanalysis.prediction.delong import (
    ALONE,
    CONSTANT,
    ONE_CLASS,
    PERFECT,
    SAME,
    area,
    paired_test,
)
from ketanalysis.prediction.roc import estimate_roc
from tests.prediction.test_logistic import data, week_one
from tests.shared import DATA, ORACLE, is_close, reference_value, requires_shared

# areas are ratios of whole numbers, variances short sums: R wrote 15 digits of both
NEAR = {"rel": 1e-10, "abs": 1e-12}


@cache
def oracle(name: str) -> list[dict[str, str]]:
    with (ORACLE / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "row", oracle("roc"), ids=lambda r: f"{r['set']}-{r['marker']}-{r['direction']}"
)
def test_area_interval_and_cutoffs_are_those_of_proc(row):
    frame = data(row["set"])
    asked = {"outcome": "y", "direction": row["direction"]}
    plain = estimate_roc(frame, row["marker"], cutoffs=25, **asked)
    logit = estimate_roc(frame, row["marker"], ci="delong-logit", **asked)
    one = plain.table.row(0, named=True)
    assert one["estimate"] == pytest.approx(float(row["auc"]), **NEAR)
    assert one["std_error"] ** 2 == pytest.approx(float(row["variance"]), **NEAR)
    for found, ends in ((plain, ("low", "high")), (logit, ("logit_low", "logit_high"))):
        own = found.table.select("conf_low", "conf_high").row(0)
        assert own == pytest.approx([float(row[end]) for end in ends], **NEAR)
    at = dict(plain.cutoffs.select("measure", "estimate").rows())
    assert at["sensitivity"] == pytest.approx(float(row["sensitivity"]), **NEAR)
    assert at["specificity"] == pytest.approx(float(row["specificity"]), **NEAR)
    best = estimate_roc(frame, row["marker"], cutoffs="youden", seed=1, resamples=99, **asked)
    found = dict(best.cutoffs.select("measure", "estimate").rows())
    assert found["sensitivity"] == pytest.approx(float(row["best_sensitivity"]), **NEAR)
    assert found["specificity"] == pytest.approx(float(row["best_specificity"]), **NEAR)


def test_comparisons_are_those_of_proc():
    asked: dict[str, Any] = {"outcome": "y", "direction": "higher"}
    held = {(r["set"], r["kind"]): r for r in oracle("roc_tests")}
    for name in ("small", "sites", "rare"):
        row = estimate_roc(data(name), ["anx", "base"], **asked).contrasts.row(0, named=True)
        theirs = held[name, "paired"]
        assert row["statistic"] == pytest.approx(float(theirs["statistic"]), **NEAR)
        assert row["p_value"] == pytest.approx(float(theirs["p"]), rel=1e-9)
    groups = estimate_roc(data("sites"), "base", by="site", **asked)
    assert groups.contrasts["contrast"].to_list()[0] == "Bern - Basel"
    for row in groups.contrasts.iter_rows(named=True):
        theirs = held.get((row["site"], "unpaired"))
        if theirs is None:
            assert row["site"] == "Bern"
            continue
        assert row["statistic"] == pytest.approx(float(theirs["statistic"]), **NEAR)
        assert row["df"] == pytest.approx(float(theirs["df"]), **NEAR)
        assert row["p_value"] == pytest.approx(float(theirs["p"]), rel=1e-9)


@requires_shared
def test_asah_is_that_of_proc():
    frame = pl.read_csv(DATA / "aSAH.csv")
    found = estimate_roc(
        frame, ["ndka", "s100b"], direction="higher", outcome="outcome", event="Poor"
    )
    rows = {row["marker"]: row for row in found.table.iter_rows(named=True)}
    for name in ("s100b", "ndka"):
        value, row = reference_value("aSAH", f"roc_{name}"), rows[name]
        assert (row["n_event"], row["n"] - row["n_event"]) == tuple(value["n"][::-1])
        assert is_close(row["estimate"], value["auc"], rtol=1e-7)
        assert is_close(row["std_error"] ** 2, value["delong_var"], rtol=1e-7)
        assert is_close(row["conf_low"], value["delong_ci"][0], rtol=1e-7)
        assert is_close(row["conf_high"], value["delong_ci"][1], rtol=1e-7)
    test, row = (
        reference_value("aSAH", "roc_test_delong_paired"),
        found.contrasts.row(0, named=True),
    )
    assert is_close(row["statistic"], test["z"], rtol=1e-6)
    assert is_close(row["p_value"], test["p"], rtol=1e-6)


@requires_shared
def test_the_antidepressant_trial_is_that_of_proc():
    frame = week_one().with_columns(non=~pl.col("locf"))
    found = estimate_roc(frame, ["HAMDTL17", "HAMATOTL"], direction="higher", outcome="non")
    value = reference_value("antidepressant_data", "roc_week1_HAMA_predicts_nonresponse")
    row = found.table.row(1, named=True)
    assert is_close(row["estimate"], value["auc"], rtol=1e-6)
    assert is_close(row["std_error"] ** 2, value["delong_var"], rtol=1e-6)
    test = reference_value("antidepressant_data", "roc_delong_compare_HAMA_vs_HAMD_week1")
    assert is_close(found.contrasts["statistic"][0], test["z"], rtol=1e-6)
    assert is_close(found.contrasts["p_value"][0], test["p"], rtol=1e-6)


# --- what has no number --------------------------------------------------------------------------


def test_what_cannot_be_estimated_says_why():
    def reason(y: list[int], x: list[float]) -> tuple[Any, Any, Any]:
        found = estimate_roc({"y": y, "x": x}, "x", direction="higher", outcome="y")
        return found.table.select("estimate", "conf_low", "note").row(0)

    assert reason([0, 0, 0, 1], [1, 2, 3, 2]) == (0.5, None, ALONE)
    assert reason([0, 0, 1, 1], [1, 2, 3, 4]) == (1.0, None, PERFECT)
    assert reason([0, 0, 1, 1], [4, 4, 4, 4]) == (0.5, None, CONSTANT)
    frame = {"y": [0, 1, 0, 1, 1, 1], "x": [1, 2, 3, 4, 5, 6], "g": [*"aaaabb"]}
    by = estimate_roc(frame, "x", direction="higher", outcome="y", by="g")
    assert by.table["note"].to_list() == [None, ONE_CLASS]
    assert by.contrasts.select("estimate", "p_value", "note").row(0) == (None, None, ONE_CLASS)
    same = area(np.arange(6.0), np.array([0, 1, 0, 1, 1, 0], dtype=bool))
    assert paired_test(same, same).reason == SAME


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"direction": None},
        'direction= must say whether "higher" or "lower" values of the marker mean the event; it '
        "is never taken from the data.",
    ),
    ({"direction": ">"}, "direction of x must be one of 'higher', 'lower', not '>'."),
    ({"direction": {"z": "lower"}}, "direction= must name every marker; it lacks 'x'."),
    ({"cutoffs": "best"}, "A cut-off must be a number or \"youden\", not 'best'."),
    (
        {"cutoffs": "youden"},
        'A cut-off that is chosen in the data ("youden") is reported with its optimism by the '
        "bootstrap, which needs seed= and resamples=, for example seed=1, resamples=2000.",
    ),
    ({"marker": "g"}, "A marker must hold numbers; g holds String."),
    (
        {"marker": ["x", "z"], "cutoffs": 3},
        "cutoffs= must name the cut-offs of each marker, where there are several: "
        "cutoffs={'x': 20}.",
    ),
    ({"ci": "bootstrap"}, "ci must be one of 'delong', 'delong-logit', not 'bootstrap'."),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_change_is_named(changes, text):
    frame = {"y": [0, 1, 0, 1], "x": [1, 2, 3, 4], "z": [1, 2, 3, 4], "g": [*"aabb"]}
    options = {"marker": "x", "direction": "higher", "outcome": "y"} | changes
    with pytest.raises(ArgumentError) as refusal:
        estimate_roc(frame, options.pop("marker"), **options)
    assert str(refusal.value) == text


# --- a cut-off that was chosen here --------------------------------------------------------------


def test_the_optimism_of_a_chosen_cutoff_is_that_of_a_loop():
    frame = data("small")
    marker, event = frame["base"].to_numpy().astype(float), frame["y"].to_numpy() == 1
    found = best_cutoff(marker, event, Draws(3, 120))
    (counts,) = resampled_counts(len(marker), Draws(3, 120))
    seen = points(marker, event)
    gains = []
    for row in counts.astype(int):
        x, y = np.repeat(marker, row), np.repeat(event, row)
        if y.all() or not y.any():
            continue
        own = points(x, y)
        index = own.sensitivity + own.specificity
        at = np.flatnonzero(index >= index.max() - 1e-12)[-1]
        place = np.flatnonzero(seen.cutoff <= own.cutoff[at])[0]
        gains.append(
            [
                own.sensitivity[at] - seen.sensitivity[place],
                own.specificity[at] - seen.specificity[place],
            ]
        )
    assert found.n_resamples == len(gains)
    assert found.optimism[:2] == pytest.approx(np.mean(gains, axis=0), abs=1e-12)
    assert found.optimism[2] == pytest.approx(found.optimism[:2].sum())
    assert found.optimism[2] > 0.05


def test_a_chosen_cutoff_is_never_reported_as_validated():
    asked: dict[str, Any] = {"outcome": "y", "direction": "lower", "seed": 1, "resamples": 400}
    found = estimate_roc(data("small"), "anx", cutoffs="youden", **asked)
    assert found.cutoffs["conf_low"].null_count() == 3
    assert set(found.cutoffs["chosen"]) == {"youden"}
    index = found.cutoffs.row(2, named=True)
    assert index["corrected"] == pytest.approx(index["estimate"] - index["optimism"])
    for style in ("plain", "apa", "jama"):
        assert "corrected for optimism" in found.text(style)
        assert "Not validated: the cut-off was chosen in the subjects in whom it is tried." in (
            found.text(style)
        )
    assert "chosen here (Youden)" in str(found)
    again = estimate_roc(data("small"), "anx", cutoffs="youden", **asked)
    assert again.cutoffs.equals(found.cutoffs)


# --- what must hold ------------------------------------------------------------------------------

SAMPLES = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=6, max_size=40).filter(
    lambda rows: 1 < sum(had for _, had in rows) < len(rows) - 1
)


@given(rows=SAMPLES, seed=st.integers(0, 999))
@settings(max_examples=40)
def test_what_leaves_an_area_as_it_is(rows, seed):
    x, y = (np.array(column) for column in zip(*rows, strict=True))
    x = x.astype(float)
    one = area(x, y)
    pairs = [(a > b) + (a == b) / 2 for a in x[y] for b in x[~y]]
    assert one.auc == pytest.approx(np.mean(pairs), abs=1e-15)
    rising = area(np.exp(x) + 3, y)
    assert (rising.auc, rising.variance) == (one.auc, one.variance)
    order = np.random.default_rng(seed).permutation(len(x))
    assert area(x[order], y[order]).auc == one.auc
    turned, relabelled = area(-x, y), area(x, ~y)
    assert turned.auc == pytest.approx(1 - one.auc)
    assert relabelled.auc == pytest.approx(1 - one.auc)
    assert turned.variance == pytest.approx(one.variance)
    assert relabelled.variance == pytest.approx(one.variance)
    twice = area(np.tile(x, 2), np.tile(y, 2))
    assert twice.auc == pytest.approx(one.auc)
    curve = points(x, y)
    trapezoids = np.trapezoid([0, *curve.sensitivity], [0, *(1 - curve.specificity)])
    assert trapezoids == pytest.approx(one.auc)


def test_a_paired_test_is_antisymmetric():
    asked: dict[str, Any] = {"outcome": "y", "direction": "higher"}
    one = estimate_roc(data("rare"), ["anx", "base"], **asked).contrasts.row(0, named=True)
    other = estimate_roc(data("rare"), ["base", "anx"], **asked).contrasts.row(0, named=True)
    assert one["estimate"] == -other["estimate"]
    assert one["conf_low"] == pytest.approx(-other["conf_high"])
    assert one["p_value"] == pytest.approx(other["p_value"])


def test_sentences_of_a_trial():
    found = ka.estimate_roc(
        ka.load_example("ketamine"), "ANX", direction="lower", scale="MADRS",
        rule=ka.Response(at_least=0.5), visit="Day 14", missing="nri",
        scores={"ANX": ("ASC_ANX", "4 h")}, arm="ketamine", cutoffs=20,
    )  # fmt: skip
    assert found.text("jama").startswith(
        "Area under the ROC curve for response on MADRS at Day 14: ANX 0.63 (95% CI, 0.47-0.80). "
        "At ANX 20 or less: sensitivity 11 of 22 (50% [95% CI, 28%-72%]), specificity 16 of 25 "
        "(64% [95% CI, 43%-82%]), positive predictive value 11 of 20 (55% [95% CI, 32%-77%]), "
        "negative predictive value 16 of 27 (59% [95% CI, 39%-78%])."
    )
    assert found.inline("ANX") == "0.63 (95 % CI 0.47 to 0.80)"
    assert "What means the event, as declared: lower ANX." in found.notes


def test_a_marker_that_does_not_vary_is_called_so_by_its_own_name() -> None:
    found = estimate_roc(
        {"y": [0, 1, 0, 1], "x": [2, 2, 2, 2]}, "x", direction="higher", outcome="y"
    )
    assert found.table["estimate"].to_list() == [0.5]
    assert "x: no interval: the marker does not vary." in str(found).replace("\n  ", " ")
