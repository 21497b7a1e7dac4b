"""Imputed change against R rbmi and the published SAS macros, and what must hold by design."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.imputation.conditional import blanks_of, filled
from ketanalysis.imputation.drawing import bootstrap_parameters, streams
from ketanalysis.imputation.imputed import Imputable, draw_parameters, imputable, impute
from tests.shared import DATA, reference_value, requires_shared

RBMI = {"mar": "MAR", "j2r": "JR", "cr": "CR", "cir": "CIR", "lmcf": "LMCF"}
SAS = {"mar": "MAR", "j2r": "J2R", "cr": "CR", "cir": "CIR"}


@cache
def antidepressant() -> ka.Trial:
    frame = pl.read_csv(DATA / "antidepressant_trial.csv", null_values="NA")
    return ka.as_trial(
        frame,
        subject="PATIENT",
        arm="THERAPY",
        arms=["DRUG", "PLACEBO"],  # as the reference values: PLACEBO minus DRUG
        visit="VISIT",
        visits=["4", "5", "6", "7"],
        day="RELDAYS",
        scores={"HAMD17": "HAMDTL17"},
        baseline={"HAMD17": "BASVAL"},
    )


def estimated(how: ka.Imputation, strategy: str, data: Any = None) -> Any:
    trial = antidepressant() if data is None else data
    return ka.estimate_imputed_change(trial, "HAMD17", "TRT01P", how, strategy=strategy)


def compare(result: Any, listed: list[dict[str, Any]], tolerance: float) -> None:
    theirs = {row["parameter"]: row for row in listed}
    for row in result.table.to_dicts():
        their = theirs[f"trt_{row['AVISIT']}"]
        for ours, name in {
            "estimate": "est", "std_error": "se", "conf_low": "lci", "conf_high": "uci",
            "p_value": "pval",
        }.items():  # fmt: skip
            assert row[ours] == pytest.approx(their[name], rel=tolerance, abs=tolerance), name
    for row in result.means.to_dicts():
        their = theirs[f"lsm_{'ref' if row['arm'] == 'DRUG' else 'alt'}_{row['AVISIT']}"]
        assert row["estimate"] == pytest.approx(their["est"], rel=tolerance, abs=tolerance)
        assert row["std_error"] == pytest.approx(their["se"], rel=tolerance, abs=tolerance)


@requires_shared
@pytest.mark.parametrize("strategy", RBMI)
def test_conditional_means_with_the_jackknife_as_rbmi(strategy: str) -> None:
    """Deterministic; rbmi's fits stop about 1e-5 short, which is the 2e-4 of the reference."""
    how = ka.Imputation("conditional-mean", reference="PLACEBO")
    listed = reference_value("antidepressant_data", f"rbmi_condmean_jackknife_{RBMI[strategy]}")
    compare(estimated(how, strategy), listed, 2e-4)


@requires_shared
def test_a_shift_of_imputed_scores_as_rbmi() -> None:
    how = ka.Imputation("conditional-mean", delta={"DRUG": 5.0})
    listed = reference_value("antidepressant_data", "rbmi_condmean_MAR_delta5_drug_missing")
    compare(estimated(how, "mar"), listed, 2e-4)


@requires_shared
@pytest.mark.parametrize("method", ["approximate-bayes", "bayes"])
def test_multiple_imputation_as_the_sas_macros(method: str) -> None:
    """Both are random. With 150 draws the standard error of ours is about 0.035 (from the SD
    between draws, 0.43): 0.12 is three and a half of it; standard errors are steadier."""
    how = ka.Imputation(method, draws=150, seed=7, reference="PLACEBO")
    theirs = reference_value(
        "antidepressant_data", "SAS_five_macros_reference_based_MI_visit7_PLACEBO_minus_DRUG"
    )["J2R"]
    row = estimated(how, "j2r").table.row(-1, named=True)
    assert row["estimate"] == pytest.approx(theirs["est"], abs=0.12)
    assert row["std_error"] == pytest.approx(theirs["se"], abs=0.05)
    assert row["df"] == pytest.approx(theirs["df"], rel=0.06)


@requires_shared
def test_a_visit_without_missing_scores_is_the_analysis_of_covariance() -> None:
    how = ka.Imputation("approximate-bayes", draws=3, seed=1)
    row = estimated(how, "mar").table.row(0, named=True)
    frame = antidepressant()
    fit = ka.fit_ancova(frame, "CHG ~ BASE + TRT01P", scale="HAMD17", visit="4")
    direct = ka.estimate_contrasts(fit, "TRT01P").table.row(0, named=True)
    assert row["n_imputed"] == 0
    assert row["fraction_missing"] == pytest.approx(2 / (row["df"] + 3))
    for name in ("estimate", "std_error"):
        assert row[name] == pytest.approx(direct[name], rel=1e-8)


# --- what must hold by design -----------------------------------------------------------------


def wide(seed: int = 0) -> ka.Trial:
    """Thirty subjects, two arms, three visits, a third without the later ones."""
    rng = np.random.default_rng(seed)
    base = rng.integers(25, 40, 30).astype(float)
    scores = base[:, None] - [[3, 6, 8]] + rng.normal(0, 4, (30, 3)).round()
    frame = {"id": [f"{i:02d}" for i in range(30)], "arm": ["p", "k"] * 15, "m_0": base}
    for visit in range(3):
        seen = [s if visit == 0 or i % 3 or visit > i % 2 + 1 else None
                for i, s in enumerate(scores[:, visit].clip(0))]  # fmt: skip
        frame[f"m_{7 * visit + 7}"] = seen
    return ka.as_trial(
        frame,
        subject="id",
        arm="arm",
        arms=["p", "k"],
        wide={"MADRS": "m_{visit}"},
        visits={str(d): 24 * d for d in (0, 7, 14, 21)},
        baseline_visit="0",
    )


def change(how: ka.Imputation, strategy: str = "mar", data: Any = None) -> Any:
    trial = wide() if data is None else data
    return ka.estimate_imputed_change(trial, "MADRS", "TRT01P", how, strategy=strategy)


@pytest.mark.parametrize("method", ["approximate-bayes", "bayes"])
def test_a_seed_gives_the_same_numbers_again(method: str) -> None:
    first, again, other = (
        change(ka.Imputation(method, draws=5, seed=seed)).table for seed in (1, 1, 2)
    )
    assert first.equals(again)
    assert not first.equals(other)


def imputed(one: Imputable, how: ka.Imputation) -> Any:
    return impute(one, "mar", draw_parameters(one, how))


def test_more_draws_begin_with_the_same_ones() -> None:
    """A stream a draw: neither the number of draws nor of workers changes a draw."""
    how = ka.Imputation("approximate-bayes", draws=3, seed=5)
    more = ka.Imputation("approximate-bayes", draws=6, seed=5)
    one = imputable(wide(), "MADRS", "TRT01P", how)
    assert np.array_equal(imputed(one, how), imputed(one, more)[:3])


def test_the_order_of_rows_does_not_count() -> None:
    trial = wide()
    turned = trial.with_(adqs=trial.adqs.reverse(), adsl=trial.adsl.reverse())
    how = ka.Imputation("approximate-bayes", draws=4, seed=3, reference="p")
    assert change(how, "j2r").table.equals(change(how, "j2r", turned).table)


def test_observed_scores_stay_and_missing_ones_are_drawn_about_their_mean() -> None:
    how = ka.Imputation("approximate-bayes", draws=2, seed=1)
    one = imputable(wide(), "MADRS", "TRT01P", how)
    seen = ~np.isnan(one.data.scores)
    parameters = bootstrap_parameters(one.data, streams(1, 1))[0]
    means = one.data.z @ parameters.coefficients.T
    blanks = blanks_of(one.data)
    rng = np.random.default_rng(0)
    drawn = np.stack(
        [filled(one.data.scores, means, blanks, parameters.sigma, rng) for _ in range(800)]
    )
    centre = filled(one.data.scores, means, blanks, parameters.sigma, None)
    assert (drawn[:, seen] == one.data.scores[seen]).all()
    error = drawn[:, ~seen].std(axis=0) / np.sqrt(800)
    assert (np.abs(drawn[:, ~seen].mean(axis=0) - centre[~seen]) < 4.5 * error).all()


def test_one_visit_after_baseline() -> None:
    trial = wide().with_(
        adqs=wide().adqs.filter(pl.col("AVISIT").cast(pl.String).is_in(["0", "14"]))
    )
    for method in ("approximate-bayes", "bayes"):
        how = ka.Imputation(method, draws=40, seed=2, reference="p")
        at_random, jump = (
            change(how, name, trial).table.row(0, named=True) for name in ("mar", "j2r")
        )
        assert at_random["n_imputed"] > 0
        assert abs(jump["estimate"]) <= abs(at_random["estimate"]) + 0.5
        assert 0 < at_random["fraction_missing"] < 1


def test_delta_moves_the_estimate_by_the_share_that_is_imputed() -> None:
    plain, moved = (
        change(ka.Imputation("approximate-bayes", draws=4, seed=1, delta=delta))
        for delta in ({}, {"k": 10.0})
    )
    for before, after in zip(plain.means.to_dicts(), moved.means.to_dicts(), strict=True):
        if before["arm"] == "p":
            assert after["n_imputed"] == before["n_imputed"]
        if before["n_imputed"] == 0:
            assert after["estimate"] == pytest.approx(before["estimate"], abs=0.5)
    last_before, last_after = (r.table["estimate"][-1] for r in (plain, moved))
    assert last_after > last_before + 1


def test_events_start_the_strategy_and_set_scores_aside() -> None:
    trial = ka.load_example("ketamine")
    for after in ("discard", "keep"):
        how = ka.Imputation(
            "approximate-bayes", draws=3, seed=1, reference="midazolam", events="rescue",
            after_events=after,
        )  # fmt: skip
        result = ka.estimate_imputed_change(trial, "MADRS", "TRT01P", how, strategy="j2r")
        aside = result.audit.filter(pl.col("reason") == "scores after an event, set aside")
        assert aside.height == (1 if after == "discard" else 0)


@pytest.mark.parametrize(
    "options, said",
    [
        (
            {"method": "bayes", "draws": 100},
            'seed= must be a whole number with method="bayes", not None.',
        ),
        (
            {"method": "conditional-mean", "seed": 1},
            'Nothing is random in method="conditional-mean": leave out draws= and seed=.',
        ),
        (
            {"method": "bayes", "draws": 10, "seed": 1, "by_arm": True},
            'by_arm=True needs method="approximate-bayes" or "conditional-mean".',
        ),
        (
            {"method": "bayes", "draws": 10, "seed": 1, "events": "rescue"},
            'after_events= must say what becomes of scores after an event: "discard" or "keep".',
        ),
        (
            {"method": "bayes", "draws": 1, "seed": 1},
            "draws= must be at least 2, and seed= 0 or more.",
        ),
    ],
)
def test_settings_that_do_not_go(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.Imputation(**options)
    assert str(refused.value) == said


def test_a_reference_arm_is_needed() -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        change(ka.Imputation("approximate-bayes", draws=2, seed=1), "j2r")
    assert str(refused.value) == (
        "strategy=\"j2r\" needs Imputation(reference=...): one of 'p', 'k'."
    )


def test_sentences_name_the_strategy() -> None:
    how = ka.Imputation("approximate-bayes", draws=3, seed=1, reference="p")
    text = change(how, "j2r").text("apa")
    assert text.startswith("Difference of change in MADRS at 21: k minus p (j2r) ")
    assert "j2r: jump to reference: as in the reference arm from the event on" in text
