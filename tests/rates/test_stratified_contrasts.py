"""Rates compared over strata: the real trial against R, hand-made strata, who is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.rates.mantel_haenszel import common_difference, common_odds_ratio
from ketanalysis.rates.strata import as_strata
from ketanalysis.rates.stratified_score import stratified_difference
from tests.shared import reference_value, requires_shared
from tests.test_real_trial import trial

HALF = ka.Response(at_least=0.5)
ARMS = pl.Enum(["p", "k"])

# arm, site, with response, all: site C has no subject on p, one subject has no site
CELLS = [
    ("p", "A", 2, 6), ("k", "A", 4, 7), ("p", "B", 1, 5), ("k", "B", 3, 4), ("k", "C", 1, 2),
    ("p", None, 1, 1),
]  # fmt: skip


def frame(cells: list[tuple[Any, ...]] = CELLS, **columns: Any) -> pl.DataFrame:
    """One baseline of 40 and one score of 10 (a response) or 30 a subject."""
    rows = []
    for arm, site, with_response, n in cells:
        for i in range(n):
            who = f"{arm}{site}{i}"
            score = 10.0 if i < with_response else 30.0
            rows += [(who, arm, site, "0", 40.0, "Y"), (who, arm, site, "1", score, None)]
    schema = ["USUBJID", "TRT01P", "SITEID", "AVISIT", "AVAL", "ABLFL"]
    made = pl.DataFrame(rows, schema=schema, orient="row")
    return made.with_columns(
        pl.col("TRT01P").cast(ARMS), pl.col("AVISIT").cast(pl.Enum(["0", "1"]))
    ).with_columns(**columns)


def compared(data: Any = None, **options: Any) -> Any:
    data = frame() if data is None else data
    given = {"by": "TRT01P", "missing": "nri", "strata": "SITEID"} | options
    return ka.estimate_response(data, "MADRS", HALF, **given)


def measures(result: Any) -> dict[str, dict[str, Any]]:
    return {row["measure"]: row for row in result.contrasts.iter_rows(named=True)}


@requires_shared
def test_the_antidepressant_trial_by_pooled_investigator() -> None:
    theirs = reference_value("antidepressant_data", "cmh_response_locf_by_POOLINV")
    found = ka.estimate_response(
        trial(), "HAMD17", HALF, by="TRT01P", missing="locf", visits="7", strata="POOLINV",
        test="cmh",
    )  # fmt: skip
    rows = measures(found)
    rd, odds = rows["risk difference"], rows["odds ratio"]
    assert rd["statistic"] == pytest.approx(theirs["stat"], rel=1e-9)
    assert rd["p_value"] == pytest.approx(theirs["p"], rel=1e-9)
    assert odds["estimate"] == pytest.approx(theirs["common_or"], rel=1e-9)
    assert (odds["conf_low"], odds["conf_high"]) == pytest.approx(tuple(theirs["ci"]), rel=1e-9)
    # The file names DRUG and PLACEBO in one order, we the other: the odds ratio is of DRUG.
    assert rd["contrast"] == "DRUG - PLACEBO"
    assert found.strata.select("count", "n", "count_reference", "n_reference").sum().row(0) == (
        33, 84, 24, 88,
    )  # fmt: skip
    assert found.strata["weight"].sum() == pytest.approx(1.0)


def test_the_common_measures_are_those_of_the_kernels() -> None:
    found = compared(difference=["miettinen-nurminen", "mantel-haenszel"], weights="mn")
    strata = as_strata([4, 3], [7, 4], [2, 1], [6, 5])
    score, mh = stratified_difference(strata, "mn"), common_difference(strata)
    rows = found.contrasts.filter(pl.col("measure") == "risk difference").to_dicts()
    for row, expected in zip(rows, (score, mh), strict=True):
        assert row["estimate"] == expected.estimate
        assert (row["conf_low"], row["conf_high"]) == (expected.low, expected.high)
        assert (row["method"], row["p_value"]) == (expected.method, expected.p_value)
    assert [row["weights"] for row in rows] == ["mn", "cmh"]
    assert measures(found)["odds ratio"]["estimate"] == common_odds_ratio(strata).estimate
    assert found.contrasts["measure"].to_list() == [
        *["risk difference"] * 2,
        "risk ratio",
        "odds ratio",
        "number needed to treat",
        "homogeneity of the odds ratio",
    ]


def test_a_stratum_without_one_arm_is_named_and_counted() -> None:
    found = compared()
    assert measures(found)["risk difference"]["note"] == (
        "Left out, with subjects in one group only: C of SITEID (2 subjects)."
    )
    assert found.warnings == (
        "Some strata have subjects in one group only and say nothing of the difference: the notes "
        "of the contrasts name them.",
        "Subjects who are counted in the rates but not in the stratified contrasts: 1 (no SITEID).",
    )
    (alone,) = found.strata.filter(pl.col("SITEID") == "C").to_dicts()
    assert (alone["n"], alone["n_reference"], alone["weight"], alone["estimate"]) == (
        2, 0, None, None,
    )  # fmt: skip
    assert alone["note"] == "No subjects in p."


def test_a_subject_without_a_stratum_stays_in_the_rates_and_leaves_the_contrasts() -> None:
    found = compared()
    assert found.table.select("TRT01P", "count", "n").rows() == [("p", 4, 12), ("k", 8, 13)]
    assert found.audit.rows()[-1] == (
        None, None, None, "excluded", "no SITEID, so not in the stratified contrasts", 1,
    )  # fmt: skip
    assert found.strata["n_reference"].sum() == 11


def test_the_weights_are_named_in_every_print() -> None:
    for weights, words, short in (
        ("cmh", "Cochran-Mantel-Haenszel (n1 n0 / N)", "CMH weights"),
        ("mn", "Miettinen-Nurminen (inverse variance, by iteration)", "MN weights"),
        ("sample-size", "sample size (N)", "sample size weights"),
    ):
        found = compared(weights=weights)
        note = (
            f"Contrasts stratified by SITEID (3 strata), with weights: {words}. Whether the strata "
            "share one odds ratio is tested beside them (Breslow-Day-Tarone), and decides nothing."
        )
        assert note in found.notes
        assert words in " ".join(found.summary().split())
        assert f"Miettinen-Nurminen, stratified, {short}; " in found.text()
        assert short in found.inline(measure="risk difference")


def test_tests_by_name_have_rows_of_their_own() -> None:
    found = compared(test=["cmh-exact", "cmh", "cmh-corrected", "cmh-mid-p"])
    rows = found.contrasts.select("measure", "test").rows()
    assert rows[:4] == [
        ("risk difference", "cochran-mantel-haenszel exact"),
        ("test of no difference", "cochran-mantel-haenszel"),
        ("test of no difference", "cochran-mantel-haenszel with continuity correction"),
        ("test of no difference", "cochran-mantel-haenszel exact, mid-p"),
    ]


def test_several_columns_and_the_order_of_rows() -> None:
    sex = pl.Series(["F", "F", "M", "M"] * 12 + ["F", "F"])
    data = frame(SEX=sex)
    found = compared(data, strata=["SITEID", "SEX"])
    assert {"SITEID", "SEX"} <= set(found.strata.columns)
    shuffled = compared(data.sample(fraction=1, shuffle=True, seed=3), strata=["SITEID", "SEX"])
    assert shuffled.contrasts.equals(found.contrasts)
    assert shuffled.strata.equals(found.strata)


def test_three_arms_are_each_compared_with_the_first() -> None:
    cells = [(a, s, x, 8) for a, x in (("p", 2), ("k", 5), ("e", 4)) for s in ("A", "B")]
    data = frame([(a if a != "e" else "k", s, x, n) for a, s, x, n in cells])
    arm = [a for a, _, _, n in cells for _ in range(2 * n)]
    who = [f"{a}{s}{i}" for a, s, _, n in cells for i in range(n) for _ in (1, 2)]
    data = data.with_columns(
        TRT01P=pl.Series(arm, dtype=pl.Enum(["p", "k", "e"])), USUBJID=pl.Series(who)
    )
    found = compared(data).contrasts.filter(pl.col("measure") == "risk difference")
    assert found["contrast"].to_list() == ["k - p", "e - p"]
    assert found["estimate"].to_list() == pytest.approx([3 / 8, 2 / 8])


def test_a_trial_and_a_bare_pandas_frame_give_the_same() -> None:
    data = frame()
    ours = compared(data)
    pandas = data.to_pandas()
    pandas["TRT01P"] = pd.Categorical(pandas["TRT01P"].astype(str), ["p", "k"], ordered=True)
    pandas["AVISIT"] = pd.Categorical(pandas["AVISIT"].astype(str), ["0", "1"], ordered=True)
    theirs = compared(pandas)
    assert isinstance(theirs.tidy(), pd.DataFrame)
    assert theirs.contrasts.equals(ours.contrasts)
    wide = data.filter(pl.col("AVISIT") == "1").select("USUBJID", "TRT01P", "SITEID", d1="AVAL")
    as_trial = ka.as_trial(
        wide.with_columns(d0=pl.lit(40.0), TRT01P=pl.col("TRT01P").cast(pl.String)),
        subject="USUBJID", arm="TRT01P", arms=["p", "k"], wide={"MADRS": "d{visit}"},
        visits={"0": 0, "1": 24}, baseline_visit="0", subject_columns=["SITEID"],
    )  # fmt: skip
    assert compared(as_trial).contrasts.equals(ours.contrasts)


def test_the_strata_of_several_visits_are_those_of_the_visit() -> None:
    trial = ka.load_example("ketamine")
    found = ka.estimate_remission(
        trial, "MADRS", ka.Remission(at_most=10), by="TRT01P", missing="observed", strata="SITEID"
    )
    rates = found.table.group_by("TRT01P", "AVISIT").agg(pl.col("count", "n").sum())
    for visit in found.table["AVISIT"].unique():
        strata = found.strata.filter(pl.col("AVISIT") == visit)
        ketamine = rates.filter(TRT01P="ketamine", AVISIT=visit)
        assert strata.select("count", "n").sum().row(0) == ketamine.select("count", "n").row(0)


# --- refusals -----------------------------------------------------------------------------------

REFUSED = [
    (
        {"strata": "SITE"},
        "strata needs the column SITE, which the frame does not have; it has USUBJID, TRT01P, "
        "SITEID, AVISIT, AVAL, ABLFL. Did you mean SITEID?",
    ),
    (
        {"by": None},
        "strata= belongs to a comparison of groups, and by= names none. Name the column of the "
        'groups: by="TRT01P".',
    ),
    ({"strata": "TRT01P"}, "strata cannot name 'TRT01P', which by= divides already."),
    ({"strata": []}, "strata must name a column; leave it out for none."),
    ({"strata": ["SITEID", "SITEID"]}, "strata cannot name the column 'SITEID' twice."),
    (
        {"difference": "newcombe"},
        "difference must be one of 'miettinen-nurminen', 'mantel-haenszel', 'greenland-robins' "
        "with strata=, not 'newcombe'.",
    ),
    (
        {"test": "fisher"},
        "test must be one of 'cmh', 'cmh-corrected', 'cmh-exact', 'cmh-mid-p' with strata=, not "
        "'fisher'.",
    ),
    (
        {"odds_ratio": "wald"},
        "odds_ratio must be one of 'mantel-haenszel', 'conditional-exact', 'conditional-mid-p' "
        "with strata=, not 'wald'.",
    ),
    (
        {"strata": None, "test": "cmh"},
        "test must be one of 'miettinen-nurminen', 'pearson', 'pearson-corrected', 'wald', "
        "'fisher', 'fisher-mid-p', 'boschloo', 'barnard' without strata=, not 'cmh'.",
    ),
    (
        {"strata": None, "difference": "mantel-haenszel"},
        "difference must be one of 'miettinen-nurminen', 'mee', 'newcombe', 'wald' without "
        "strata=, not 'mantel-haenszel'.",
    ),
    (
        {"weights": "inverse"},
        "weights must be one of 'cmh', 'mn', 'sample-size', not 'inverse'.",
    ),
    (
        {"adjust": "BASE"},
        "strata= and adjust= are two answers to one question: name one of them. A stratum can be "
        "a covariate: adjust=[...] with its column.",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_change_is_named(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        compared(**changes)
    assert str(refusal.value) == text


def test_a_stratum_that_changes_within_a_subject_is_refused() -> None:
    sites = pl.Series(np.where(np.arange(50) % 2, "A", "B"))
    with pytest.raises(ContractError) as refusal:
        compared(frame(SITEID=sites))
    assert str(refusal.value) == (
        "strata needs columns that are the same in all rows of a subject; SITEID changes in "
        "subject pA0."
    )


def test_groups_without_an_order_have_no_contrasts() -> None:
    data = frame(DRUG=pl.col("TRT01P").cast(pl.String))
    found = compared(data, by="DRUG")
    assert found.contrasts.is_empty()
    assert found.strata.is_empty()
    adjusted = compared(data, by="DRUG", strata=None, adjust="SITEID")
    assert adjusted.contrasts.is_empty()
