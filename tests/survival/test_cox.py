"""Cox's model: R's coxph, cox.zph, concordance and survfit, the classics, and who agrees."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.survival.comparison import compare_survival
from ketanalysis.survival.cox import fit_cox
from ketanalysis.survival.cox_exact import exact_likelihood
from ketanalysis.survival.cox_likelihood import likelihood
from ketanalysis.survival.cox_risk_sets import risk_sets_of
from tests.shared import DATA, reference_value, requires_shared
from tests.survival.cox_oracle import MODELS, data_of, fitted, values

# R was told to go on to 1e-14 of the log likelihood; sums over up to 230 rows.
RTOL = 1e-9
INEXACT = [(dataset, model) for dataset, model in MODELS if not model.startswith("exact")]
PLAIN = [(dataset, model) for dataset, model in INEXACT if model.endswith("plain")]


def of_r(dataset: str, model: str, record: str) -> list[float]:
    return list(values(dataset, model, record).values())


@pytest.mark.parametrize(("dataset", "model"), MODELS)
def test_estimates_and_tests_are_coxphs(dataset: str, model: str) -> None:
    fit = fitted(dataset, model)
    assert fit.table["term"].to_list() == list(values(dataset, model, "coef"))
    for column, record in (("coefficient", "coef"), ("std_error", "se")):
        np.testing.assert_allclose(fit.table[column], of_r(dataset, model, record), rtol=RTOL)
    criteria = fit.criteria.row(0, named=True)
    ends = [criteria["log_likelihood_null"], criteria["log_likelihood"]]
    np.testing.assert_allclose(ends, of_r(dataset, model, "loglik"), rtol=1e-12)
    tests = dict(fit.tests.select("test", "statistic").rows())
    assert tests["score"] == pytest.approx(values(dataset, model, "score")["all"], rel=RTOL)
    assert tests["Wald"] == pytest.approx(values(dataset, model, "wald")["all"], rel=RTOL)
    assert tests["likelihood ratio"] == pytest.approx(2 * (ends[1] - ends[0]), rel=1e-12)


@pytest.mark.parametrize(("dataset", "model"), INEXACT)
def test_concordance_proportions_and_robust_errors_are_rs(dataset: str, model: str) -> None:
    fit = fitted(dataset, model)
    agreement = [fit.concordance.estimate, fit.concordance.std_error]
    np.testing.assert_allclose(agreement, of_r(dataset, model, "concordance"), rtol=1e-12)
    for transform in ("km", "rank", "identity", "log"):
        theirs = values(dataset, model, f"zph {transform}")
        ours = fit.proportional_hazards(transform).table
        assert ours["term"].to_list() == [*list(theirs)[:-1], "all terms"]
        np.testing.assert_allclose(ours["statistic"], list(theirs.values()), rtol=RTOL)
    for options, name in (({"robust": True}, "robust"), ({"cluster": "id"}, "cluster")):
        other = fitted(dataset, model, **options)
        np.testing.assert_allclose(
            other.table["std_error"], of_r(dataset, model, f"{name} se"), rtol=RTOL
        )
        score = other.tests["statistic"].to_list()[-1]
        assert score == pytest.approx(values(dataset, model, f"{name} score")["all"], rel=RTOL)
        assert other.table["estimate"].equals(fit.table["estimate"])
    error = values(dataset, model, "cluster concordance")["se"]
    assert other.concordance.std_error == pytest.approx(error, rel=1e-12)


@pytest.mark.parametrize(("dataset", "model"), PLAIN)
def test_curves_are_survfits(dataset: str, model: str) -> None:
    fit, rows = fitted(dataset, model), data_of(dataset)
    arms = rows["arm"].unique().sort().to_list()
    middle = (rows["age"].min() + rows["age"].max()) / 2  # type: ignore[operator]
    ours = fit.curves({"arm": arms[1], "age": middle, "base": rows["base"].min()}).table
    pairs = {
        "time": "time", "at risk": "n_at_risk", "surv": "survival", "hazard": "cumulative_hazard",
        "se": "std_error", "low": "conf_low", "high": "conf_high",
    }  # fmt: skip
    for record, column in pairs.items():
        theirs = of_r(dataset, model, f"curve {record}")
        np.testing.assert_allclose(ours[column], theirs, rtol=RTOL, err_msg=record)
    baseline = fit.curves({"arm": arms[0], "age": 0, "base": 0}).table["cumulative_hazard"]
    np.testing.assert_allclose(baseline, of_r(dataset, model, "baseline hazard"), rtol=RTOL)


CLASSICS: dict[str, tuple[str, str, dict[str, Any], list[str]]] = {
    "lung": ("cox_sex_age_ecog", "sex + age + `ph.ecog`", {"event_value": 2}, []),
    "veteran": (
        "cox_full_with_zph",
        "trt + celltype + karno + diagtime + age + prior",
        {},
        ["squamous", "smallcell", "adeno", "large"],
    ),
    "ovarian": ("cox_rx_age", "rx + age", {"time": "futime", "event": "fustat"}, []),
}


@requires_shared
@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
@pytest.mark.parametrize("dataset", CLASSICS)
def test_the_classics(dataset: str, ties: str) -> None:
    name, formula, options, levels = CLASSICS[dataset]
    frame = pl.read_csv(DATA / f"{dataset}.csv", null_values=["NA"])
    if levels:
        frame = frame.with_columns(pl.col("celltype").cast(pl.Enum(levels)))
    columns = {"time": "time", "event": "status"} | options
    fit = fit_cox(frame, formula, ties=ties, known_at="baseline", **columns)
    theirs = reference_value(dataset, name)[ties]
    ours = fit.table.select("coefficient", "estimate", "std_error", "statistic", "p_value")
    # R stopped at its default, a relative 1e-9 of the log likelihood; so says the file (1e-6).
    np.testing.assert_allclose(ours.to_numpy(), theirs["coef"]["values"], rtol=1e-6, atol=1e-9)
    ends = fit.table.select("conf_low", "conf_high").to_numpy()
    np.testing.assert_allclose(ends, np.array(theirs["hr_ci"]["values"])[:, 2:], rtol=1e-6)
    tests = {row["test"]: row for row in fit.tests.iter_rows(named=True)}
    for test, key in (("likelihood ratio", "lrt"), ("score", "score")):
        assert tests[test]["statistic"] == pytest.approx(theirs[key]["test"], rel=1e-6)
        assert tests[test]["p_value"] == pytest.approx(theirs[key]["pvalue"], rel=1e-5)
    # R prints the Wald statistic with two decimals.
    assert tests["Wald"]["statistic"] == pytest.approx(theirs["wald"]["test"], abs=0.0051)
    if ties == "exact":
        return
    assert fit.concordance.estimate == pytest.approx(theirs["concordance"]["C"], rel=1e-9)
    assert fit.concordance.std_error == pytest.approx(theirs["concordance"]["se(C)"], rel=1e-9)
    if ties == "efron":
        for transform, key in (("km", "zph_km_transform"), ("identity", "zph_identity")):
            zph = fit.proportional_hazards(transform).table
            found = zph.select("statistic", "df", "p_value").to_numpy()
            file = reference_value(dataset, name)[key]["values"]
            np.testing.assert_allclose(found, file, rtol=1e-6)


def test_lifelines_agrees_where_it_goes_and_not_on_proportional_hazards() -> None:
    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.statistics import proportional_hazard_test

    fit = fitted("veteran", "efron plain")
    rows = data_of("veteran").select("time", "status", "age", "base", pl.col("arm").cast(pl.Int64))
    frame = pd.DataFrame(rows.to_dict(as_series=False))
    theirs = CoxPHFitter().fit(frame, "time", "status")
    ours = fit.table.sort("term")
    # It stops at a step of 1e-7 of the coefficients.
    np.testing.assert_allclose(
        theirs.params_.sort_index()[["age", "arm", "base"]],
        ours.sort("term")["coefficient"].gather([0, 1, 2]),
        rtol=1e-4,
    )
    zph = proportional_hazard_test(theirs, frame, time_transform="km").summary["test_statistic"]
    right = values("veteran", "efron plain", "zph km")
    # The approximation of R before survival 3: 10 % off here, and more with strong effects.
    assert abs(zph["base"] / right["base"] - 1) > 0.02


# Exact ties with late entry: every set of as many subjects at risk, one by one.


def test_exact_ties_with_late_entry_by_enumeration() -> None:
    from itertools import combinations

    time = np.array([2.0, 2, 2, 3, 4, 4, 5, 5])
    event = np.array([1, 1, 0, 1, 1, 1, 1, 0]).astype(bool)
    entry = np.array([0.0, 1, 0, 2, 2.5, 0, 3, 4])
    x = np.column_stack(([0.0, 1, 1, 0, 1, 0, 1, 0], [3.0, 1, 2, 5, 4, 2, 0, 1]))
    b = np.array([0.4, -0.3])
    expected = 0.0
    for at in np.unique(time[event]):
        at_risk = np.flatnonzero((entry < at) & (time >= at))
        died = np.flatnonzero(event & (time == at))
        sums = sum(np.exp((x[list(s)] @ b).sum()) for s in combinations(at_risk, len(died)))
        expected += (x[died] @ b).sum() - np.log(sums)
    sets = risk_sets_of(time, event, entry, np.zeros(8, dtype=int))
    found = exact_likelihood(sets, x, b)
    assert found.value == pytest.approx(expected, rel=1e-13)
    step = 1e-5
    for j, direction in enumerate(np.eye(2) * step):
        up, down = (exact_likelihood(sets, x, b + s * direction) for s in (1, -1))
        assert found.score[j] == pytest.approx((up.value - down.value) / (2 * step), rel=1e-8)
        slope = (down.score - up.score) / (2 * step)
        np.testing.assert_allclose(found.information[j], slope, rtol=1e-8)


def test_by_hand() -> None:
    # Two groups, times 1 (group 1), 2 (group 0), 3 (group 1): with r = exp(b) the likelihood is
    # r / (2 r + 1) * 1 / (1 + r) * 1, at its largest where 2 r^2 = 1.
    frame = pl.DataFrame({"AVAL": [1, 2, 3], "CNSR": [0, 0, 0], "SEX": ["M", "F", "M"]})
    assert fit_cox(frame, "SEX").table["estimate"].item() == pytest.approx(0.5**0.5, rel=1e-10)


def test_without_ties_all_ties_agree_and_the_score_test_is_the_log_rank() -> None:
    frame = data_of("veteran").select(
        (pl.col("time") + pl.int_range(137) / 1000).alias("AVAL"), "status", "arm"
    )
    fits = [
        fit_cox(frame, "arm", event="status", ties=ties, known_at="baseline")
        for ties in ("efron", "breslow", "exact")
    ]
    for fit in fits[1:]:
        np.testing.assert_allclose(fit.table["estimate"], fits[0].table["estimate"], rtol=1e-10)
    test = compare_survival(frame, "arm", event="status", known_at="baseline")
    score = fits[0].tests.filter(pl.col("test") == "score")["statistic"].item()
    assert score == pytest.approx(test.table["statistic"].item(), rel=1e-10)


people = st.lists(
    st.tuples(st.integers(1, 12), st.booleans(), st.integers(0, 9), st.integers(0, 1)),
    min_size=8,
    max_size=40,
).filter(lambda rows: sum(r[1] for r in rows) > 3 and len({r[2] for r in rows}) > 3)


@settings(max_examples=40, deadline=None)
@given(rows=people, seed=st.integers(0, 99), ties=st.sampled_from(["efron", "breslow"]))
def test_order_units_and_labels(rows: list, seed: int, ties: str) -> None:
    time, event, x, stratum = (np.array(column) for column in zip(*rows, strict=True))
    order = np.random.default_rng(seed).permutation(len(time))
    b = np.array([0.3])
    one = likelihood(
        risk_sets_of(time.astype(float), event, None, stratum * 1), x[:, None] * 1.0, b, ties
    )
    other = likelihood(
        risk_sets_of(time[order] * 24.0, event[order], None, 1 - stratum[order]),
        x[order, None] / 7.0,
        b * 7,
        ties,
    )
    np.testing.assert_allclose(other.value, one.value, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(other.score * 7, one.score, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(other.information * 49, one.information, rtol=1e-8, atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(rows=people)
def test_a_row_cut_in_two_is_the_same_row(rows: list) -> None:
    """A subject followed from 0 to 3 and from 3 on has the likelihood of one followed through."""
    time, event, x, _ = (np.array(column) for column in zip(*rows, strict=True))
    cut = time > 3
    pieces = (
        np.concatenate((np.where(cut, 3, time), time[cut])).astype(float),
        np.concatenate((event & ~cut, event[cut])),
        np.concatenate((np.zeros(len(time)), np.full(cut.sum(), 3.0))),
    )
    columns = np.concatenate((x, x[cut]))[:, None] * 1.0
    zero = np.zeros(len(columns), dtype=int)
    b = np.array([-0.2])
    whole = likelihood(
        risk_sets_of(time.astype(float), event, None, zero[: len(time)]), x[:, None] * 1.0, b
    )
    found = likelihood(risk_sets_of(*pieces, zero), columns, b)
    np.testing.assert_allclose(found.value, whole.value, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.information, whole.information, rtol=1e-8, atol=1e-9)
