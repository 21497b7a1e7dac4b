"""Rates of imputed scores: the pooling against R, and what imputation must do to a rate."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.rates.cells import Floats
from ketanalysis.rates.pooled import pooled_difference, pooled_ratio, pooled_share
from ketanalysis.rates.proportions import proportion_interval
from tests.shared import DATA, ORACLE, requires_shared

SETS = {
    "wide": ([17, 15, 19, 16, 18], 31, [6, 8, 5, 7, 6], 29),
    "many": (
        [101, 98, 110, 93, 105, 99, 104, 108], 180, [70, 77, 69, 75, 80, 66, 74, 71], 170,
    ),
    "same": ([12, 12, 12], 20, [9, 10, 9], 21),
    "rare": ([1, 2, 1, 3], 14, [13, 12, 13, 11], 14),
}  # fmt: skip
ROWS = pl.read_csv(ORACLE / "imputed_rates.csv", infer_schema=False).to_dicts()
HALF = ka.Response(at_least=0.5)


def counts_of(name: str) -> tuple[Floats, int, Floats, int]:
    x, n, x_0, n_0 = SETS[name]
    return np.array(x, dtype=float), n, np.array(x_0, dtype=float), n_0


def close(theirs: str) -> Any:
    """R wrote 15 digits of closed forms; the quantile of t agrees to about 1e-11."""
    return pytest.approx(float(theirs), rel=1e-9, abs=1e-12)


# --- the pooling --------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['set']} {row['what']}")
def test_pooled_as_r(row: dict[str, str]) -> None:
    name, _, level = row["set"].partition(" ")
    x, n, x_0, n_0 = counts_of(name)
    what = row["what"]
    if what.startswith("share"):
        share = pooled_share(x, n, what.split()[1], float(level))
        pooled = share.pooled
        found = (pooled.estimate, pooled.std_error, pooled.df, share.low, share.high)
        names = ("estimate", "std_error", "df", "low", "high")
        assert list(found) == [close(row[each]) for each in names]
        return
    if what.endswith("ratio"):
        one = pooled_ratio(x, n, x_0, n_0, what, float(level))
    else:
        one = pooled_difference(x, n, x_0, n_0, what, float(level))
    found = (one.estimate, one.df, one.low, one.high, one.p_value)
    assert list(found) == [close(row[each]) for each in ("estimate", "df", "low", "high", "p")]


@given(
    n=st.integers(1, 60),
    share=st.floats(0, 1),
    level=st.sampled_from([0.8, 0.9, 0.95, 0.99]),
    draws=st.integers(2, 9),
)
@settings(max_examples=40)
def test_without_missing_scores_it_is_wilson(n: int, share: float, level: float, draws: int):
    count = round(share * n)
    found = pooled_share(np.full(draws, float(count)), n, "wilson", level)
    low, high = proportion_interval(count, n, "wilson", level)
    assert found.low == pytest.approx(float(low), rel=1e-9, abs=1e-12)
    assert found.high == pytest.approx(float(high), rel=1e-9, abs=1e-12)


@given(counts=st.lists(st.integers(0, 25), min_size=2, max_size=12), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_an_interval_holds_its_share_and_mirrors(counts: list[int], seed: int) -> None:
    x = np.array(counts, dtype=float)
    one, other = pooled_share(x, 25), pooled_share(25 - x, 25)
    assert 0 <= one.low <= one.pooled.estimate + 1e-12
    assert one.pooled.estimate - 1e-12 <= one.high <= 1
    assert one.low == pytest.approx(1 - other.high, abs=1e-12)
    turned = pooled_share(np.random.default_rng(seed).permutation(x), 25)
    assert turned.low == pytest.approx(one.low, abs=1e-12)


def test_more_spread_between_data_sets_widens_the_interval() -> None:
    narrow, wide = ([10.0, 10.0, 11.0, 9.0], [6.0, 14.0, 15.0, 5.0])
    one, other = pooled_share(np.array(narrow), 20), pooled_share(np.array(wide), 20)
    assert one.pooled.estimate == other.pooled.estimate
    assert other.high - other.low > one.high - one.low


def test_a_cell_that_is_empty_in_some_data_sets() -> None:
    found = pooled_ratio(np.array([0.0, 1.0, 2.0]), 9, np.array([3.0, 4.0, 4.0]), 9, "odds ratio")
    assert np.isnan(found.estimate)
    assert found.note == (
        "Not estimable: in 1 of 3 data sets no subject with the outcome in group 1."
    )


def test_nobody_varies() -> None:
    found = pooled_difference(np.full(3, 9.0), 9, np.zeros(3), 8, "wald-rubin")
    assert found.estimate == 1.0
    assert np.isnan([found.low, found.high, found.p_value]).all()
    assert found.note == (
        "The interval is not estimable: in no data set does the outcome vary within a group."
    )


def test_nobody_is_there() -> None:
    assert np.isnan(pooled_share(np.zeros(3), 0).low)
    found = pooled_difference(np.zeros(3), 0, np.ones(3), 8, "wald-rubin")
    assert (np.isnan(found.estimate), found.note) == (True, "No subjects in group 1.")


# --- whole trials -------------------------------------------------------------------------------


@cache
def trial(seed: int = 3, n: int = 40, visits: int = 3, lost: float = 0.3) -> ka.Trial:
    """Two arms, monotone drop-out, one subject without a baseline."""
    rng = np.random.default_rng(seed)
    base = rng.integers(24, 40, n).astype(float)
    fall = np.outer(np.where(np.arange(n) % 2, 14.0, 8.0), np.arange(1, visits + 1) / visits)
    scores = np.clip((base[:, None] - fall + rng.normal(0, 6, (n, visits))).round(), 0, 60)
    gone = rng.random((n, visits)).cumsum(axis=1) > visits * (1 - lost) * 0.9
    frame: dict[str, Any] = {
        "id": [f"{i:03d}" for i in range(n)],
        "arm": ["placebo", "ketamine"] * (n // 2),
        "sex": ["f", "f", "m", "m"] * (n // 4),
        "m_0": [None, *base[1:]],
    }
    for visit in range(visits):
        seen = zip(scores[:, visit], gone[:, visit], strict=True)
        frame[f"m_{7 * visit + 7}"] = [None if lost else score for score, lost in seen]
    rows = pl.DataFrame(frame)
    return ka.as_trial(
        rows.drop("arm", "sex"),
        subjects=rows.select("id", "arm", "sex"),
        subject="id",
        arm="arm",
        arms=["placebo", "ketamine"],
        wide={"MADRS": "m_{visit}"},
        visits={str(7 * v): 24.0 * 7 * v for v in range(visits + 1)},
        baseline_visit="0",
    )


def how(**more: Any) -> ka.Imputation:
    given = {"draws": 8, "seed": 4, "reference": "placebo"} | more
    return ka.Imputation("approximate-bayes", **given)


def rates(data: Any = None, **options: Any) -> Any:
    given = {"by": "TRT01P", "missing": ["mi", "j2r"], "imputation": how()} | options
    return ka.estimate_response(trial() if data is None else data, "MADRS", HALF, **given)


def test_without_missing_scores_the_shares_are_those_observed() -> None:
    whole = trial(lost=-1.0)
    found = rates(whole, missing=["observed", "mi", "cir"], visits=["14"]).table
    for missing in ("mi", "cir"):
        ours = found.filter(missing=missing)
        theirs = found.filter(missing="observed")
        for name in ("n", "estimate", "conf_low", "conf_high"):
            assert ours[name].to_list() == pytest.approx(theirs[name].to_list(), abs=1e-12)


def test_shares_are_the_means_over_the_data_sets() -> None:
    """By hand from the imputed data sets, one after the other."""
    from ketanalysis.imputation.imputed import draw_parameters, imputable, impute

    one = imputable(trial(), "MADRS", "TRT01P", how())
    y = impute(one, "j2r", draw_parameters(one, how()))
    base = one.grid.baseline[one.who]
    responds = base[None, :] - y[:, :, -1] >= 0.5 * base[None, :]
    for arm, row in enumerate(rates().table.filter(missing="j2r", AVISIT="21").to_dicts()):
        assert row["n"] == int((one.data.arm == arm).sum())
        assert row["estimate"] == pytest.approx(responds[:, one.data.arm == arm].mean(), rel=1e-12)
        assert row["count"] is None


def test_everybody_is_counted_once() -> None:
    found = rates(missing=["nri", "mi"])
    for missing in ("nri", "mi"):
        for visit in ("7", "21"):
            here = found.audit.filter(missing=missing, AVISIT=visit)
            assert here["count"].sum() == 40
    left = found.audit.filter(missing="mi", AVISIT="21", status="excluded").to_dicts()
    assert [(row["reason"], row["count"]) for row in left] == [
        ("no baseline or covariate, so nothing to impute from", 1)
    ]
    pooled = found.pooled.filter(AVISIT="21")
    imputed = found.audit.filter(AVISIT="21", reason="no score at the visit: imputed")
    assert pooled["n_imputed"].sum() == imputed["count"].sum() > 0


def test_the_order_of_handlings_is_kept() -> None:
    order = ["j2r", "observed", "mi", "nri"]
    found = rates(missing=order)
    for frame in (
        found.table,
        found.contrasts,
        found.audit.filter(pl.col("missing").is_not_null()),
    ):
        assert frame["missing"].unique(maintain_order=True).to_list() == order


def test_rows_and_seeds() -> None:
    turned = trial().with_(adqs=trial().adqs.reverse(), adsl=trial().adsl.reverse())
    assert rates().table.equals(rates(turned).table)
    assert rates().table.equals(rates().table)
    other = rates(imputation=how(seed=5)).table
    assert not rates().table["estimate"].equals(other["estimate"])


def test_one_visit_is_enough() -> None:
    found = rates(trial(visits=1), visits=["7"])
    assert found.table["n"].to_list() == [19, 20] * 2
    assert found.contrasts["estimate"].null_count() == 0


def test_a_shift_lowers_the_rate_of_its_arm() -> None:
    plain = rates().table.filter(AVISIT="21", missing="mi")["estimate"]
    worse = rates(imputation=how(delta={"ketamine": 60.0})).table
    moved = worse.filter(AVISIT="21", missing="mi")["estimate"]
    assert moved[0] == plain[0]
    assert moved[1] < plain[1]
    n_observed = trial().scores("MADRS").filter(pl.col("AVISIT") == "21")["AVAL"].count()
    assert n_observed < 39


def test_a_frame_of_pandas() -> None:
    frame = trial().adqs.join(trial().adsl.select("USUBJID", "TRT01P"), on="USUBJID").to_pandas()
    found = rates(frame)
    assert type(found.tidy()).__module__.startswith("pandas")
    assert found.table["n"].to_list() == rates().table["n"].to_list()


def test_remission_and_meaningful_change_impute_too() -> None:
    options: dict[str, Any] = {"by": "TRT01P", "missing": "mi", "imputation": how()}
    remitted = ka.estimate_remission(trial(), "MADRS", ka.Remission(at_most=10), **options)
    better = ka.estimate_meaningful_change(
        trial(),
        "MADRS",
        ka.MeaningfulChange(at_least=6, unit="points", source="an example"),
        **options,
    )
    assert remitted.table["estimate"].is_between(0, 1).all()
    assert (better.table["estimate"] >= remitted.table["estimate"]).all()


@requires_shared
def test_a_visit_without_missing_scores_of_the_antidepressant_trial() -> None:
    """Everybody was scored at visit 4: the imputed rows are those of the observed scores."""
    frame = pl.read_csv(DATA / "antidepressant_trial.csv", null_values="NA")
    real = ka.as_trial(
        frame,
        subject="PATIENT",
        arm="THERAPY",
        arms=["PLACEBO", "DRUG"],
        visit="VISIT",
        visits=["4", "5", "6", "7"],
        day="RELDAYS",
        scores={"HAMD17": "HAMDTL17"},
        baseline={"HAMD17": "BASVAL"},
    )
    settings_ = ka.Imputation("approximate-bayes", draws=20, seed=1, reference="PLACEBO")
    found = ka.estimate_response(
        real, "HAMD17", HALF, by="TRT01P", missing=["observed", "mi", "j2r"], imputation=settings_
    )  # fmt: skip
    first = (
        found.table.filter(AVISIT="4").group_by("TRT01P").agg(pl.col("estimate", "n").n_unique())
    )
    assert first.select("estimate", "n").rows() == [(1, 1), (1, 1)]
    at_end = {row["missing"]: row["estimate"] for row in found.contrasts.filter(
        AVISIT="7", measure="risk difference").to_dicts()}  # fmt: skip
    assert at_end["j2r"] < at_end["mi"]  # those who left the drug go on as on placebo


# --- words --------------------------------------------------------------------------------------


def test_the_table_shows_mean_counts_and_says_how() -> None:
    found = rates(missing=["nri", "mi"], visits=["21"])
    text = found.summary()
    row = found.table.filter(missing="mi").row(1, named=True)
    assert f"{row['estimate'] * row['n']:.1f}/20" in text
    assert "Missing scores: multiple imputation, missing at random" in text
    assert "Difference in percentage points, interval and test by Miettinen-Nurminen." in text
    assert found.notes[-1] == (
        "Rates of imputed data: Wilson's interval for imputed data (Lott and Reiter); differences "
        "and ratios by Rubin's rules in place of Miettinen-Nurminen, not defined for them. Their "
        "counts are means over the data sets."
    )
    assert found.inline("21", arm="ketamine", missing="mi").startswith(
        f"{row['estimate'] * row['n']:.1f}/20 ("
    )


@pytest.mark.parametrize(
    "options, said",
    [
        (
            {"imputation": None},
            'missing="mi" needs imputation=, which says how scores are imputed: '
            'imputation=Imputation("approximate-bayes", draws=..., seed=...).',
        ),
        (
            {"missing": "nri"},
            'imputation= does nothing here: missing= names none of "mi", "j2r", "cr", "cir", '
            '"lmcf". Add one, or leave imputation= out.',
        ),
        (
            {"imputation": ka.Imputation("conditional-mean", reference="placebo")},
            "Conditional means are no scores that a rule can judge: a share of them is biased. "
            'Write Imputation("approximate-bayes", ...) or Imputation("bayes", ...).',
        ),
        (
            {"strata": "sex"},
            "strata= is not there for imputed scores. Leave it out, and name its columns in "
            "Imputation(covariates=...), which makes the imputed scores depend on them.",
        ),
        (
            {"ci": "jeffreys"},
            'ci="jeffreys" has no form for imputed scores; write ci="wilson" (Lott and Reiter) or '
            'ci="wald".',
        ),
        (
            {"by": ["TRT01P", "sex"]},
            'by= divides the subjects by "sex", which the imputation does not know, so imputed '
            'scores would make its groups alike. Write Imputation(covariates=["sex"], ...).',
        ),
        (
            {"imputation": how(visits=["21"]), "visits": ["14"]},
            "Rates are shown at '14', which Imputation(visits=...) leaves out. Name it there, or "
            "name the visits that are shown: visits=.",
        ),
        (
            {"imputation": how(reference=None)},
            "strategy=\"j2r\" needs Imputation(reference=...): one of 'placebo', 'ketamine'.",
        ),
    ],
)
def test_refusals(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        rates(**options)
    assert str(refused.value) == said


def test_groups_that_the_imputation_knows() -> None:
    found = rates(by=["TRT01P", "sex"], imputation=how(covariates=["sex"]), missing="mi")
    assert found.table.select("TRT01P", "sex").unique().height == 4
    assert set(found.contrasts["sex"]) == {"f", "m"}
