"""Weighted log-rank tests and tests for trend: R, formulas, and what is said of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.survival.comparison import compare_survival
from ketanalysis.survival.logrank import logrank
from ketanalysis.survival.logrank_weights import WEIGHTS
from tests.shared import DATA, ORACLE, reference_value, requires_shared
from tests.survival.survival_data import random_frame

TABLE = pl.read_csv(ORACLE / "weighted_logrank.csv")
DATA_ROWS = pl.read_csv(ORACLE / "logrank.csv", infer_schema_length=None).filter(
    pl.col("record") == "data"
)


def options_of(weights: str) -> dict[str, Any]:
    if " " not in weights:
        return {"weights": weights}
    rho, gamma = map(float, weights.split())
    return {"weights": "fleming-harrington", "rho": rho, "gamma": gamma}


@pytest.mark.parametrize("dataset", TABLE["dataset"].unique(maintain_order=True).to_list())
def test_every_weight_is_rs(dataset: str) -> None:
    data = DATA_ROWS.filter(pl.col("dataset") == dataset)
    time, group = data["time"].to_numpy(), data["group"].to_numpy()
    scores = [g**2 for g in range(group.max() + 1)]
    for row in TABLE.filter(pl.col("dataset") == dataset).iter_rows(named=True):
        test = logrank(
            *(time, (data["status"] == 1).to_numpy(), group),
            data["stratum"].to_numpy() if row["kind"] == "stratified" else None,
            **options_of(row["weights"]),
            trend=scores if row["test"] == "trend" else None,
        )
        # Sums over up to 70 risk sets, then one small linear system.
        assert test.statistic == pytest.approx(row["statistic"], rel=1e-9, abs=1e-13), row
        assert test.df == row["df"]
        assert test.p_value == pytest.approx(row["p_value"], rel=1e-8)


@requires_shared
def test_the_score_of_survmisc() -> None:
    # Its score is ours to the digits it prints; its variance is not R survdiff's (40.428 against
    # 40.371 for the log-rank test of these data), so its chi-square is no oracle.
    lung = pl.read_csv(DATA / "lung.csv", null_values=["NA"])
    named = dict(
        zip(("1", "n", "sqrtN", "S1", "S2", "FH_p=1_q=1"), (*WEIGHTS[:5], "1 1"), strict=True)
    )
    for row in reference_value("lung", "weighted_logrank_survMisc"):
        test = logrank(
            *(lung["time"].to_numpy(), (lung["status"] == 2).to_numpy()),
            lung["sex"].to_numpy() - 1,
            **options_of(named[row["W"]]),
        )
        assert (test.observed - test.expected)[1] == pytest.approx(row["Q"], rel=1e-12)
        assert test.variance[1, 1] == pytest.approx(row["Var"], rel=2e-3)
    theirs = reference_value("lung", "logrank")["peto_peto_rho1"]
    rho_one = logrank(
        *(lung["time"].to_numpy(), (lung["status"] == 2).to_numpy(), lung["sex"].to_numpy() - 1),
        **options_of("1 0"),
    )
    assert rho_one.statistic == pytest.approx(theirs["chisq"], rel=1e-11)
    assert rho_one.observed.tolist() == pytest.approx(theirs["obs"], rel=1e-12)


@pytest.mark.parametrize(
    ("options", "name", "note"),
    [
        (
            {"weights": "gehan"},
            "Gehan",
            "Weights: an event counts by the number at risk, so that early ones weigh more; "
            "censoring that differs between the groups moves the weights; weights that a plan did "
            "not name before the data were seen prove nothing.",
        ),
        (
            {"weights": "fleming-harrington", "rho": 0, "gamma": 1},
            "Fleming-Harrington (rho 0, gamma 1)",
            "Weights: S^0 (1 - S)^1, with S the share still free of the event just before "
            "(Fleming and Harrington); weights that a plan did not name before the data were seen "
            "prove nothing.",
        ),
        ({"trend": [0, 1]}, "log-rank for trend", "Trend over the scores KET 0, PBO 1."),
    ],
)
def test_the_test_is_named(options: dict[str, Any], name: str, note: str) -> None:
    found = compare_survival(random_frame(), "TRT01P", "SITEID", **options)
    assert found.table["test"].item() == f"{name}, stratified by SITEID"
    title = f"{name[:1].upper()}{name[1:]} test of AVAL by TRT01P, stratified by SITEID"
    assert found.title == title
    assert found.notes[0] == note
    # Counts and expected events have no weights.
    plain = compare_survival(random_frame(), "TRT01P", "SITEID")
    assert found.groups.equals(plain.groups)


def test_a_trend_over_two_groups_is_the_test_itself() -> None:
    trend = compare_survival(random_frame(), "TRT01P", trend=[3, 7]).table.row(0, named=True)
    plain = compare_survival(random_frame(), "TRT01P").table.row(0, named=True)
    assert trend["statistic"] == pytest.approx(plain["statistic"], rel=1e-12)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"weights": "wilcoxon"},
            "weights must be one of 'log-rank', 'gehan', 'tarone-ware', 'peto-peto', "
            "'modified-peto-peto', 'fleming-harrington', not 'wilcoxon'.",
        ),
        (
            {"weights": "fleming-harrington", "rho": 1},
            'weights="fleming-harrington" needs rho and gamma, each 0 or more; gamma is None.\n'
            "  rho = 1, gamma = 0 weighs early events (R's survdiff with rho = 1), rho = 0, "
            "gamma = 1 late ones.",
        ),
        (
            {"rho": 1},
            'rho and gamma belong to weights="fleming-harrington" and to no other, not to '
            "'log-rank'.",
        ),
        (
            {"trend": [1, 1]},
            "trend must give one score a group, 2 in the order of the groups and not all alike, "
            "not [1, 1].",
        ),
        (
            {"trend": [1, 2, 3]},
            "trend must give one score a group, 2 in the order of the groups and not all alike, "
            "not [1, 2, 3].",
        ),
    ],
)
def test_what_is_refused(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        compare_survival(random_frame(), "TRT01P", **options)
    assert str(caught.value) == text


people = st.lists(
    st.tuples(st.integers(0, 20), st.booleans(), st.integers(0, 2)), min_size=6, max_size=40
).filter(lambda rows: {group for _, _, group in rows} == {0, 1, 2})


@settings(max_examples=40, deadline=None)
@given(rows=people, weights=st.sampled_from([*WEIGHTS[:5], "0 1", "2 0.5"]), turn=st.booleans())
def test_units_labels_and_scores(rows: list, weights: str, turn: bool) -> None:
    time, event, group = (np.array(column) for column in zip(*rows, strict=True))
    options = options_of(weights)
    one = logrank(time.astype(float), event, group, **options)
    other = logrank(time * 24.0, event, 2 - group if turn else group, **options)
    np.testing.assert_allclose(one.statistic, other.statistic, rtol=1e-6, equal_nan=True)
    # Scores may be shifted and stretched.
    trends = [
        logrank(time.astype(float), event, group, **options, trend=scores).statistic
        for scores in ([0, 1, 2], [5, 15, 25])
    ]
    np.testing.assert_allclose(trends[0], trends[1], rtol=1e-7, equal_nan=True)
