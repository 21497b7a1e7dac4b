"""The antidepressant trial, from its file to every rate, mean, test and curve, against R."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.survival.kaplan_meier import quantile
from tests.shared import DATA, is_close, reference, reference_value, requires_shared

pytestmark = requires_shared

SET = "antidepressant_data"
ARMS = ["PLACEBO", "DRUG"]
VISITS = ["4", "5", "6", "7"]
HALF, SEVEN = ka.Response(at_least=0.5), ka.Remission(at_most=7)
HANDLINGS = {"oc": "observed", "locf": "locf", "nri": "nri"}
# wilcox.test searches the ends of its interval by uniroot with a tolerance of 1e-4 points; ours
# are the ordered differences themselves (tests/groups/test_mann_whitney.py).
UNIROOT = 1e-4


@cache
def trial() -> ka.Trial:
    """The file as it is, all text, as a trial."""
    return ka.as_trial(
        ka.read_table(DATA / "antidepressant_trial.csv"),
        subject="PATIENT",
        arm="THERAPY",
        arms=ARMS,
        visit="VISIT",
        visits=VISITS,
        day="RELDAYS",
        scores={"HAMD17": "HAMDTL17", "HAMA": "HAMATOTL"},
        baseline={"HAMD17": "BASVAL"},
        subject_columns=["GENDER", "POOLINV"],
    )


@cache
def rates(outcome: str, ci: str = "wilson") -> Any:
    estimate = ka.estimate_response if outcome == "resp" else ka.estimate_remission
    return estimate(
        trial(),
        "HAMD17",
        HALF if outcome == "resp" else SEVEN,
        by="TRT01P",
        missing=list(HANDLINGS.values()),
        ci=ci,
        difference=["miettinen-nurminen", "newcombe", "wald", "mee"],
    )


def tolerance(name: str) -> dict[str, float]:
    entry = reference()["results"][SET][name]
    return {"rtol": entry["rtol"], "atol": entry["atol"]}


def close(ours: Any, theirs: Any, name: str) -> bool:
    return is_close(ours, theirs, **tolerance(name))


def one(frame: pl.DataFrame, **where: str) -> dict[str, Any]:
    rows = frame.filter(pl.col(column).cast(pl.String) == value for column, value in where.items())
    (row,) = rows.to_dicts()
    return row


def test_the_file_keeps_its_contract():
    report = ka.check_trial(trial())
    assert {breach.severity for breach in report.breaches} == {"info"}
    assert (trial().n_subjects, trial().adqs.height) == (172, 2 * 608 + 172)
    assert trial().arms == tuple(ARMS)
    assert not trial().subjects_given


@pytest.mark.parametrize("handling", HANDLINGS)
@pytest.mark.parametrize("outcome", ["resp", "rem"])
@pytest.mark.parametrize("ci", ["wilson", "clopper-pearson", "wald", "agresti-coull", "jeffreys"])
def test_rates_at_the_last_visit(outcome, handling, ci):
    name = f"visit7_{outcome}_{handling}_by_arm"
    for arm, theirs in reference_value(SET, name).items():
        ours = one(rates(outcome, ci).table, TRT01P=arm, AVISIT="7", missing=HANDLINGS[handling])
        assert (ours["count"], ours["n"]) == (theirs["x"], theirs["n"])
        assert close(ours["estimate"], theirs["p"], name)
        low, high = theirs[ci.replace("-", "_")]
        assert close(ours["conf_low"], low, name)
        assert close(ours["conf_high"], high, name)


MEASURES = [
    ("risk difference", "miettinen-nurminen", "rd", "rd_miettinen_nurminen"),
    ("risk difference", "mee", "rd", "rd_mee"),
    ("risk difference", "newcombe", "rd", "rd_newcombe_hybrid_score"),
    ("risk difference", "wald", "rd", "rd_wald"),
    ("risk ratio", "miettinen-nurminen", "rr", "rr_miettinen_nurminen"),
    ("odds ratio", "wald", "or_sample", "or_wald"),
]


@pytest.mark.parametrize("handling", HANDLINGS)
@pytest.mark.parametrize("outcome", ["resp", "rem"])
def test_contrasts_at_the_last_visit(outcome, handling):
    name = f"visit7_{outcome}_{handling}_DRUG_vs_PLACEBO"
    theirs = reference_value(SET, name)
    rows = rates(outcome).contrasts.filter(
        (pl.col("AVISIT") == "7") & (pl.col("missing") == HANDLINGS[handling])
    )
    assert rows["contrast"].unique().to_list() == ["DRUG - PLACEBO"]
    for measure, method, estimate, interval in MEASURES:
        ours = one(rows, measure=measure, method=method)
        assert close(ours["estimate"], theirs[estimate], name), measure
        assert close(ours["conf_low"], theirs[interval][0], name), method
        assert close(ours["conf_high"], theirs[interval][1], name), method
    pearson = one(rows, measure="risk difference", method="newcombe")["p_value"]
    assert close(pearson, theirs["chisq_pearson"]["p"], name)
    # Miettinen and Nurminen divide the chi-square by N / (N - 1).
    total = theirs["counts"]["n1"] + theirs["counts"]["n2"]
    z = math.sqrt(theirs["chisq_pearson"]["stat"] * (total - 1) / total)
    score = one(rows, measure="risk difference", method="miettinen-nurminen")["p_value"]
    assert close(score, math.erfc(z / math.sqrt(2)), name)
    needed = one(rows, measure="number needed to treat")
    assert close(needed["estimate"], theirs["nnt"], name)
    assert needed["conf_low"] is None  # every interval of the difference here holds 0
    assert needed["note"].startswith("The interval of the risk difference holds 0: NNTB ")


def test_observed_counts_at_every_visit():
    for theirs in reference_value(SET, "response_counts_every_visit_observed"):
        for outcome, counted in (("resp", "response"), ("rem", "remission")):
            ours = one(
                rates(outcome).table,
                TRT01P=theirs["arm"],
                AVISIT=str(theirs["visit"]),
                missing="observed",
            )
            assert (ours["count"], ours["n"]) == (theirs[counted], theirs["n"])


def test_everybody_is_counted_at_every_visit():
    sizes = reference_value(SET, "counts")["n"]
    sums = rates("resp").audit.group_by("TRT01P", "AVISIT", "missing").agg(pl.col("count").sum())
    assert sums.height == 2 * 4 * 3
    assert all(row["count"] == sizes[row["TRT01P"]] for row in sums.iter_rows(named=True))


def test_means_and_standard_deviations():
    change = ka.estimate_change(trial(), "HAMD17", by="TRT01P").table
    counts = reference_value(SET, "counts")
    for i, arm in enumerate(ARMS):
        for j, visit in enumerate(VISITS):
            score = one(change, TRT01P=arm, AVISIT=visit, measure="score")
            moved = one(change, TRT01P=arm, AVISIT=visit, measure="change")
            assert score["n"] == counts["observed_by_visit"]["values"][i][j]
            assert score["n"] + score["n_missing"] == counts["n"][arm]
            mean = counts["mean_hamd_by_arm_visit"]["values"][i][j]
            assert close(score["mean"], mean, "counts")
            sd = counts["sd_change_by_arm_visit"]["values"][i][j]
            assert close(moved["sd"], sd, "counts")


POOLED = "the reference pools the arms"
COMPARED = {
    "responder_vs_nonresponder_HAMA_visit7_observed": {
        "anxiety_visit": "7",
        "missing": "observed",
        "allow": POOLED,
    },
    "responder_vs_nonresponder_HAMA_week1": {
        "anxiety_visit": "4",
        "missing": "locf",
        "allow": POOLED,
    },
    "drug_arm_only_responder_HAMA_week1": {
        "anxiety_visit": "4",
        "missing": "observed",
        "by": "TRT01P",
    },
}


def compared(name: str, data: Any = None, **changes: Any) -> pl.DataFrame:
    options = {"scale": "HAMD17", "rule": HALF, "response_visit": "7"} | COMPARED[name] | changes
    result = ka.compare_responders(trial() if data is None else data, "HAMA", **options)
    table = result.table.filter(pl.col("missing") == options["missing"])
    if options.get("by"):
        table = table.filter(pl.col("TRT01P") == "DRUG")
    return table


def assert_equal_to_r(table: pl.DataFrame, name: str) -> None:
    theirs = reference_value(SET, name)
    row = one(table, test="welch")
    assert (row["role"], row["contrast"]) == ("primary", "responder - non-responder")
    assert [row["n"], row["n_reference"]] == theirs["n"]
    assert close(row["mean"], theirs["mean"][0], name)
    assert close(row["mean_reference"], theirs["mean"][1], name)
    welch = {
        "statistic": "t",
        "df": "df",
        "p_value": "p",
        "estimate": "diff",
        "std_error": "se",
        "conf_low": "lo",
        "conf_high": "hi",
    }
    for our, their in welch.items():
        assert close(row[our], theirs["welch"][their], name), our
    g = theirs["hedges_g_pooled"]
    assert close(row["effect_size"], g["Hedges_g"], name)
    assert close(row["effect_low"], g["CI_low"], name)
    assert close(row["effect_high"], g["CI_high"], name)
    ranks = one(table, test="mann-whitney")
    assert ranks["role"] == "sensitivity"
    assert close(ranks["statistic"], theirs["mann_whitney_W"], name)
    assert close(ranks["p_value"], theirs["mw_asymp_cc_p"], name)
    assert close(ranks["superiority"], theirs["prob_superiority_a_gt_b"], name)
    assert close(ranks["estimate"], theirs["hodges_lehmann_median_of_differences"], name)
    shift = theirs["hodges_lehmann_R_asymp"]
    assert is_close(ranks["conf_low"], shift["lo"], rtol=0, atol=UNIROOT)
    assert is_close(ranks["conf_high"], shift["hi"], rtol=0, atol=UNIROOT)


@pytest.mark.parametrize("name", COMPARED)
def test_anxiety_of_responders_and_non_responders(name):
    assert_equal_to_r(compared(name), name)


@pytest.mark.parametrize("name", COMPARED)
def test_the_other_tests_by_name(name):
    theirs = reference_value(SET, name)
    row = one(compared(name, primary="student"), test="student")
    for our, their in {"statistic": "t", "df": "df", "p_value": "p", "conf_low": "lo"}.items():
        assert close(row[our], theirs["student"][their], name), our
    exact = one(compared(name, primary="mann-whitney-exact"), test="mann-whitney-exact")
    assert close(exact["p_value"], theirs["mw_exact_p_with_ties"], name)


def test_the_drug_arm_alone_as_a_bare_frame():
    name = "drug_arm_only_responder_HAMA_week1"
    drug = trial().adsl.filter(pl.col("TRT01P") == "DRUG").select("USUBJID")
    bare = trial().adqs.join(drug, on="USUBJID", how="semi")
    assert_equal_to_r(compared(name, bare, by=None), name)


def test_arms_pooled_without_a_reason_are_refused():
    with pytest.raises(ka.ArgumentError, match=r"^The data hold several arms \(PLACEBO, DRUG\)\."):
        compared("responder_vs_nonresponder_HAMA_week1", allow=None)


@cache
def onset() -> Any:
    return ka.estimate_time_to_response(trial(), "HAMD17", HALF, by="TRT01P")


def test_time_to_response_by_the_rows():
    rows = ka.time_to_response(trial(), "HAMD17", HALF)
    table = reference_value(SET, "time_to_first_response_km")["km"]["table"]
    for arm, values in zip(ARMS, table["values"], strict=True):
        of_arm = rows.filter(pl.col("TRT01P") == arm)
        records, events = values[0], values[3]
        assert of_arm.height == records
        assert of_arm.filter(pl.col("CNSR") == 0).height == events


def test_time_to_response_at_given_days():
    name = "time_to_first_response_km"
    milestones = ka.estimate_milestones(onset(), [7, 14, 28, 42]).table
    at_risk = ka.estimate_at_risk(onset(), [7, 14, 28, 42]).table
    for theirs in reference_value(SET, name)["km"]["conf_log-log"]["at_times"]:
        arm, day = theirs["strata"].removeprefix("g="), theirs["time"]
        here = (pl.col("TRT01P") == arm) & (pl.col("time") == day)
        (ours,) = milestones.filter(here).to_dicts()
        (risk,) = at_risk.filter(here)["n_at_risk"]
        assert risk == theirs["n.risk"]
        assert close(ours["survival"], theirs["surv"], name)
        assert close(ours["std_error"], theirs["std.err"], name)
        assert close(ours["conf_low"], theirs["lower"], name)
        assert close(ours["conf_high"], theirs["upper"], name)


def test_time_to_response_medians_and_quartiles():
    name = "time_to_first_response_km"
    theirs = reference_value(SET, name)["km"]["conf_log-log"]["quantiles"]
    for i, arm in enumerate(ARMS):
        for j, share in enumerate((0.25, 0.5, 0.75)):
            ours = quantile(onset().curves[arm], share)
            ends = zip(("quantile", "lower", "upper"), ours, strict=True)
            for their, value in ends:  # R has NA for what is not reached
                assert value == (theirs[their]["values"][i][j] or math.inf), (arm, share, their)
    medians = {row["TRT01P"]: row for row in onset().medians.iter_rows(named=True)}
    assert [medians[arm]["median"] for arm in ARMS] == [48, 43]
    assert [medians[arm]["conf_low"] for arm in ARMS] == [41, 32]


def test_time_to_response_by_the_log_rank_test():
    name = "time_to_first_response_km"
    theirs = reference_value(SET, name)["lr"]["logrank_rho0"]
    (ours,) = onset().tests.to_dicts()
    assert close(ours["statistic"], theirs["chisq"], name)
    assert ours["df"] == theirs["df"]
    assert close(ours["p_value"], theirs["p"], name)
    groups = {row["TRT01P"]: row for row in onset().groups.iter_rows(named=True)}
    assert [groups[arm]["n_event"] for arm in ARMS] == theirs["obs"]
    for arm, expected in zip(ARMS, theirs["exp"], strict=True):
        assert close(groups[arm]["expected"], expected, name)
