"""Who responded: whole trials against R, hand-made tables, and what must hold for any trial."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import pandas as pd
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.rates.by_visit import RatesResult
from ketanalysis.rates.response import estimate_remission, estimate_response
from ketanalysis.trial import Trial
from tests.shared import ORACLE

HALF, TEN = Response(at_least=0.5), Remission(at_most=10)
VISITS = ["0", "1", "2", "3", "4"]
ARMS = {
    "boundary": ["placebo", "ketamine"],
    "gaps": ["placebo", "ketamine"],
    "unbalanced": ["placebo", "ketamine", "esketamine"],
}
RULES: dict[str, Response | Remission] = {
    "at_least_50": Response(at_least=0.5),
    "above_50": Response(above=0.5),
    "at_least_35": Response(at_least=0.35),
    "at_least_20": Response(at_least=0.2),
    "above_20": Response(above=0.2),
    "at_most_10": Remission(at_most=10),
    "below_10": Remission(below=10),
}
HANDLINGS = ("observed", "locf", "nri")


@cache
def oracle(name: str) -> list[dict[str, str]]:
    with (ORACLE / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def trial_of(name: str) -> Trial:
    """One of the data sets of tests/oracle/rates.R, with all its subjects in ADSL."""
    rows = pl.DataFrame([row for row in oracle("rates_data") if row["trial"] == name])
    return ka.as_trial(
        rows.sample(fraction=1, shuffle=True, seed=1),
        subject="id",
        visit="visit",
        visits=VISITS,
        scores={"MADRS": "score"},
        baseline_visit="0",
        subjects=rows.select("id", "arm").unique(),
        arm="arm",
        arms=ARMS[name],
    )


def rates_of(name: str, rule: str, **options: Any) -> RatesResult:
    estimate = estimate_remission if isinstance(RULES[rule], Remission) else estimate_response
    return estimate(trial_of(name), "MADRS", RULES[rule], by="TRT01P", missing=HANDLINGS, **options)


def close(theirs: str) -> Any:
    """R wrote 17 digits; its intervals and ours are closed forms and quantiles of R's precision.

    binom.test takes qbeta, exact to about 1e-12; the low end of an interval near 0 loses a few
    digits by subtraction, hence 1e-9 and not less.
    """
    return pytest.approx(float(theirs), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ARMS)
def test_rates_from_raw_scores_are_those_of_r(name, rule):
    wilson = rates_of(name, rule).table
    exact = rates_of(name, rule, ci="clopper-pearson").table
    keys = ("TRT01P", "AVISIT", "missing")
    ours = {tuple(row[key] for key in keys): row for row in wilson.iter_rows(named=True)}
    ends = {tuple(row[key] for key in keys): row for row in exact.iter_rows(named=True)}
    theirs = [row for row in oracle("rates") if (row["trial"], row["rule"]) == (name, rule)]
    assert len(ours) == len(theirs) == len(ARMS[name]) * 4 * 3
    for row in theirs:
        cell = (row["arm"], row["visit"], row["missing"])
        one, other = ours[cell], ends[cell]
        assert (one["count"], one["n"]) == (int(row["count"]), int(row["n"])), cell
        assert one["estimate"] == close(row["estimate"])
        assert (one["conf_low"], one["conf_high"]) == (
            close(row["wilson_low"]),
            close(row["wilson_high"]),
        )
        assert (other["conf_low"], other["conf_high"]) == (
            close(row["exact_low"]),
            close(row["exact_high"]),
        )


# --- hand-made tables ---------------------------------------------------------------------------


def frame(rows: list[tuple[Any, ...]], **changes: Any) -> pl.DataFrame:
    """Rows of subject, visit, score; visit "0" is the baseline."""
    data = pl.DataFrame(rows, schema=["USUBJID", "AVISIT", "AVAL"], orient="row")
    return data.with_columns(
        pl.col("AVISIT").cast(pl.Enum(VISITS)),
        pl.when(pl.col("AVISIT") == "0").then(pl.lit("Y")).alias("ABLFL"),
    ).with_columns(**changes)


def counts(result: RatesResult) -> list[tuple[Any, ...]]:
    return result.table.select("AVISIT", "missing", "count", "n").rows()


SMALL = [("a", "0", 40), ("a", "1", 20), ("b", "0", 30), ("b", "1", 16), ("b", "2", 15)]


def test_a_single_arm_has_rates_and_no_contrasts():
    result = estimate_response(frame(SMALL), "MADRS", HALF, missing=["observed", "locf", "nri"])
    assert counts(result) == [
        ("1", "observed", 1, 2),
        ("2", "observed", 1, 1),
        ("1", "locf", 1, 2),
        ("2", "locf", 2, 2),
        ("1", "nri", 1, 2),
        ("2", "nri", 1, 2),
    ]
    assert result.contrasts.is_empty()
    assert result.notes == (
        "Population: subjects with a baseline (no ADSL was given).",
        "Missing scores: observed: subjects scored at the visit; locf: last score after baseline "
        "carried forward; nri: a missing score counts as failure.",
        "95 % intervals: Wilson.",
        "Visits without any MADRS score, which are not in the table: '3', '4'.",
    )


def test_a_visit_that_is_not_shown_is_still_carried_forward():
    for visits in ("2", ["2"]):
        result = estimate_response(frame(SMALL), "MADRS", HALF, missing="locf", visits=visits)
        assert counts(result) == [("2", "locf", 2, 2)]
    both = estimate_response(frame(SMALL), "MADRS", HALF, missing="locf", visits=["2", "1"])
    assert counts(both) == [("1", "locf", 1, 2), ("2", "locf", 2, 2)]


def test_a_baseline_of_zero_is_named_and_not_a_non_response():
    rows = [*SMALL, ("c", "0", 0), ("c", "1", 0), ("c", "2", 0)]
    result = estimate_response(frame(rows), "MADRS", HALF, missing=["observed", "nri"])
    assert counts(result)[0] == ("1", "observed", 1, 2)
    assert counts(result)[2] == ("1", "nri", 1, 3)
    assert result.warnings == (
        "Subjects in whom response cannot be judged: 1 (baseline of 0 or less, which has no "
        "share).",
    )
    remission = estimate_remission(frame(rows), "MADRS", TEN, missing="observed")
    assert counts(remission)[0] == ("1", "observed", 1, 3)
    assert remission.warnings == ()


def test_subjects_without_arm_or_baseline_are_set_aside_and_counted():
    arm = pl.Series(
        ["ketamine"] * 2 + [None] * 3 + ["ketamine"], dtype=pl.Enum(["placebo", "ketamine"])
    )
    data = frame([*SMALL, ("c", "1", 9)], TRT01P=arm)
    result = estimate_response(data, "MADRS", HALF, by="TRT01P", missing="nri", visits="1")
    assert result.table.select("TRT01P", "count", "n").rows() == [("ketamine", 1, 1)]
    assert result.audit.rows() == [
        ("ketamine", "1", "nri", "included", "scored at the visit", 1),
        (None, None, None, "excluded", "no baseline", 1),
        (None, None, None, "excluded", "no TRT01P", 1),
    ]
    assert result.notes[0] == (
        "Population: subjects with a baseline (no ADSL was given). Set aside: 1 (no baseline). "
        "Set aside: 1 (no TRT01P)."
    )
    assert result.notes[-1] == "Groups without subjects: placebo."


def test_nobody_scored_at_the_visit_is_no_number():
    rows = [*SMALL, ("c", "0", 30)]
    arm = pl.Series(["x"] * 5 + ["y"], dtype=pl.Enum(["x", "y"]))
    result = estimate_response(frame(rows, ARM=arm), "MADRS", HALF, by="ARM", missing="observed")
    empty = result.table.filter(pl.col("ARM") == "y").select("n", "estimate", "conf_low").rows()
    assert empty == [(0, None, None), (0, None, None)]
    assert set(result.contrasts["estimate"].to_list()) == {None}
    assert all(result.contrasts["note"].str.contains("subject"))


def test_pandas_in_is_pandas_out_in_the_order_of_its_categories():
    data = frame(SMALL).to_pandas()
    data["AVISIT"] = pd.Categorical(data["AVISIT"].astype(str), VISITS, ordered=True)
    data["TRT01P"] = pd.Categorical(["k"] * 2 + ["p"] * 3, ["p", "k"], ordered=True)
    result = estimate_response(data, "MADRS", HALF, by="TRT01P", missing="nri")
    tidy = result.tidy()
    assert isinstance(tidy, pd.DataFrame)
    assert tidy["TRT01P"].tolist() == ["p", "p", "k", "k"]
    assert tidy["count"].tolist() == [0, 1, 1, 0]
    assert result.contrasts["contrast"].unique().to_list() == ["k - p"]


def test_several_by_columns_are_compared_within_the_others():
    arm = pl.Series(["k", "k", "p", "p", "p"], dtype=pl.Enum(["p", "k"]))
    data = frame(SMALL, TRT01P=arm, SEX=pl.Series(["F", "F", "M", "M", "M"]))
    result = estimate_response(data, "MADRS", HALF, by=["TRT01P", "SEX"], missing="nri", visits="1")
    assert result.table.select("TRT01P", "SEX", "count", "n").rows() == [
        ("p", "M", 0, 1),
        ("k", "F", 1, 1),
    ]
    alone = result.contrasts.select("SEX", "contrast", "estimate").unique().rows()
    assert alone == [("F", "k - p", None)]


REFUSED = [
    (
        {"rule": TEN},
        "rule must be a Response, such as Response(at_least=0.5), not Remission(at_most=10).",
    ),
    (
        {"ci": "exact"},
        "ci must be one of 'wilson', 'wilson-corrected', 'clopper-pearson', 'mid-p', "
        "'agresti-coull', 'jeffreys', 'wald', not "
        "'exact'.",
    ),
    (
        {"difference": "mn"},
        "difference must be one of 'miettinen-nurminen', 'mee', 'newcombe', 'wald', not 'mn'.",
    ),
    (
        {"difference": []},
        "difference must name a method: miettinen-nurminen, mee, newcombe, wald.",
    ),
    ({"conf_level": 95}, "conf_level must be between 0 and 1 (0.95 is 95 %), not 95."),
    (
        {"by": "count"},
        "by cannot name the column 'count', which the result uses itself; rename it.",
    ),
    (
        {"by": "TRT01P"},
        "The arms in TRT01P have no declared order: give TRT01P as a polars Enum (pandas: an "
        "ordered Categorical), the reference first; found: 'k', 'p'.",
    ),
    (
        {"missing": None},
        'missing= must say how a missing score is handled: "observed" (subjects scored at the '
        'visit), "locf" (last score after baseline carried forward), "nri" (a missing score '
        "counts as failure), or several of them.",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_change_is_named(changes, text):
    data = frame(SMALL, TRT01P=pl.Series(list("kkppp")), count=pl.lit(1))
    options = {"rule": HALF, "missing": "nri"} | changes
    with pytest.raises(ArgumentError) as refusal:
        estimate_response(data, "MADRS", **options)
    assert str(refusal.value) == text


def test_a_response_without_any_baseline_is_refused_and_a_remission_is_not():
    data = frame(SMALL).filter(pl.col("AVISIT") != "0").drop("ABLFL")
    with pytest.raises(EstimationError) as refusal:
        estimate_response(data, "MADRS", HALF, missing="nri")
    assert str(refusal.value) == (
        "Response needs a baseline, and no subject has a MADRS baseline. Flag the baseline rows "
        '(ABLFL = "Y"), or name baseline_visit= or baseline= in as_trial.'
    )
    result = estimate_remission(data, "MADRS", Remission(below=16), missing="observed")
    assert counts(result) == [("1", "observed", 0, 2), ("2", "observed", 1, 1)]
    with pytest.raises(ArgumentError) as refusal:
        estimate_remission(data, "MADRS", HALF, missing="nri")
    assert str(refusal.value) == (
        "rule must be a Remission, such as Remission(at_most=10), not Response(at_least=0.5)."
    )


def test_a_subject_in_two_arms_is_refused():
    data = frame(SMALL, TRT01P=pl.Series(list("kpppp"), dtype=pl.Enum(["p", "k"])))
    with pytest.raises(ContractError) as refusal:
        estimate_response(data, "MADRS", HALF, by="TRT01P", missing="nri")
    assert str(refusal.value) == (
        "TRT01P must be the same in all rows of a subject; it is not in 1 (a)."
    )


# --- what a result says -------------------------------------------------------------------------


def test_a_result_in_words():
    result = rates_of("boundary", "at_least_50", visits=["4"])
    assert result.inline("4", "nri", arm="ketamine") == "22/44 (50 %; 95 % CI 36 to 64)"
    assert result.inline("observed", TRT01P="placebo") == "16/28 (57 %; 95 % CI 39 to 73)"
    assert result.text().startswith(
        "Response on MADRS at 4 (observed): placebo 16/28 (57 %; 95 % CI 39 to 73); ketamine "
        "22/44 (50 %; 95 % CI 36 to 64). Difference ketamine minus placebo: −7 percentage points "
        "(−30 to 16; Miettinen-Nurminen; p = 0.557)."
    )
    assert result.title == "Response on MADRS by TRT01P"
    assert result.summary().startswith("Response on MADRS by TRT01P\n")
    assert "Response is an improvement in MADRS of at least 50 % from baseline." in result.summary()
    assert repr(result) == str(result) == result.summary()
    glance = result.glance().row(0, named=True)
    assert (glance["rows"], glance["conf_level"], glance["warnings"]) == (6, 0.95, 0)


def test_an_inline_number_is_one_number():
    result = rates_of("boundary", "at_least_50")
    with pytest.raises(ArgumentError) as refusal:
        result.inline("4", arm="ketamine")
    assert str(refusal.value) == (
        "3 estimates fit '4', 'ketamine'. Choose one by TRT01P: placebo, ketamine; "
        "AVISIT: 1, 2, 3, 4; missing: observed, locf, nri."
    )
    with pytest.raises(ArgumentError) as refusal:
        result.inline("9", arm="ketamine")
    assert str(refusal.value) == (
        "No estimate fits '9', 'ketamine'. Choose one by TRT01P: placebo, ketamine; "
        "AVISIT: 1, 2, 3, 4; missing: observed, locf, nri."
    )


def test_a_result_without_by_is_of_all():
    result = estimate_response(frame(SMALL), "MADRS", HALF, missing="nri", conf_level=0.999)
    assert result.title == "Response on MADRS"
    assert result.inline("2") == "1/2 (50 %; 99.9 % CI 4 to 96)"
    assert "99.9 % intervals: Wilson." in result.notes
    assert result.text().startswith("Response on MADRS at 2 (nri): All 1/2 (50 %; ")


def test_every_column_of_ours_is_in_the_glossary():
    result = rates_of("gaps", "at_least_50")
    for table in (result.table, result.contrasts, result.audit):
        ours = {column for column in table.columns if column.islower()}
        assert ours <= set(GLOSSARY)


def test_a_planned_visit_without_any_score_is_told():
    visits = pl.Enum(["Baseline", "Day 1", "Day 7"])
    rows = pl.DataFrame(
        {
            "USUBJID": ["1", "1"],
            "AVISIT": pl.Series(["Baseline", "Day 1"], dtype=visits),
            "AVAL": [40.0, 10.0],
            "ABLFL": ["Y", None],
        }
    )
    rates = estimate_response(rows, "MADRS", HALF, missing="nri")
    assert rates.table["AVISIT"].to_list() == ["Day 1"]
    assert rates.notes[-1] == (
        "Visits without any MADRS score, which are not in the table: 'Day 7'."
    )
    chosen = estimate_response(rows, "MADRS", HALF, missing="nri", visits=["Day 1"])
    assert chosen.notes == rates.notes[:-1]
