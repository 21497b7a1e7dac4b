"""compare_groups with covariates and with a trial: R's numbers, and everybody counted."""

from __future__ import annotations

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.groups.groups import compare_groups
from tests.groups.oracles import number, rows
from tests.groups.several_groups_data import COVARIATES, compared, frame_of, refusal
from tests.shared import DATA, reference_value, requires_shared


@pytest.mark.parametrize("name", COVARIATES)
@pytest.mark.parametrize("adjust", ["base", "base site"])
def test_ancova_is_lm_and_emmeans(name, adjust):
    result = compared(
        name,
        test="ancova",
        adjust=adjust.split(),
        pairwise="ancova",
        pairs="reference",
        pairwise_adjust="none",
    )
    theirs = [
        row
        for row in rows("adjusted_groups.csv")
        if (row["dataset"], row["covariates"]) == (name, adjust)
    ]
    # Two decompositions of one small, well conditioned design.
    rel = 1e-9
    omnibus, slopes = theirs[0], theirs[1]
    row = result.table.row(0, named=True)
    assert row["statistic"] == pytest.approx(number(omnibus["estimate"]), rel=rel)
    assert row["p_value"] == pytest.approx(number(omnibus["p_value"]), rel=rel)
    assert row["df_den"] == number(omnibus["df"])
    check = result.assumptions.filter(pl.col("check") == "equal slopes").row(0, named=True)
    assert check["statistic"] == pytest.approx(number(slopes["estimate"]), rel=1e-8)
    assert (check["df_num"], check["df_den"]) == (
        number(slopes["std_error"]),
        number(slopes["df"]),
    )
    assert check["p_value"] == pytest.approx(number(slopes["p_value"]), rel=1e-8)
    columns = ("estimate", "std_error", "df", "conf_low", "conf_high")
    for ours, expected in zip(
        result.adjusted.to_dicts(), (row for row in theirs if row["what"] == "mean"), strict=True
    ):
        assert ours["group"] == expected["group"]
        expected_numbers = [number(expected[c]) for c in columns]
        assert [ours[c] for c in columns] == pytest.approx(expected_numbers, rel=rel)
    pairs = result.table.filter(pl.col("role") == "pairwise").to_dicts()
    for ours, expected in zip(
        pairs, (row for row in theirs if row["what"] == "difference"), strict=True
    ):
        assert ours["contrast"] == f"{expected['group']} - placebo"
        names = (*columns, "statistic", "p_value")
        expected_numbers = [number(expected[c]) for c in names]
        assert [ours[c] for c in names] == pytest.approx(expected_numbers, rel=rel)


def visits() -> pl.DataFrame:
    long = pl.read_csv(DATA / "antidepressant_trial.csv").with_columns(
        USUBJID=pl.col("PATIENT").cast(pl.String)
    )
    wide = long.pivot("VISIT", index=["USUBJID", "THERAPY", "BASVAL"], values=["HAMDTL17"])
    hama = long.pivot("VISIT", index="USUBJID", values="HAMATOTL")
    return wide.join(
        hama.select("USUBJID", HAMA4="4", HAMA7="7"), on="USUBJID", how="left"
    ).with_columns(
        CHG7=pl.col("7") - pl.col("BASVAL"),
        LOCF=pl.coalesce("7", "6", "5", "4") - pl.col("BASVAL"),
        RESP=pl.col("7") * 2 <= pl.col("BASVAL"),
    )


@requires_shared
@pytest.mark.parametrize(
    ("name", "value", "by", "reference", "adjust"),
    [
        ("ancova_visit7_observed", "CHG7", "THERAPY", "PLACEBO", "BASVAL"),
        ("ancova_visit7_locf", "LOCF", "THERAPY", "PLACEBO", "BASVAL"),
        ("ancova_HAMA_visit7_by_response_adj_week1", "HAMA7", "RESP", False, "HAMA4"),
    ],
)
def test_the_real_trial_gives_the_adjusted_numbers_of_r(name, value, by, reference, adjust):
    r = reference_value("antidepressant_data", name)
    result = compare_groups(visits(), value, by, reference=reference, test="ancova", adjust=adjust)
    row = result.table.row(0, named=True)
    estimate, std_error, statistic, p = r["coef"]["values"][-1]
    ours = [row[c] for c in ("estimate", "std_error", "statistic", "p_value")]
    # The file's own tolerance is 1e-6; both programs solve the same least squares.
    assert ours == pytest.approx([estimate, std_error, statistic, p], rel=1e-9)
    assert row["df"] == r["lsmeans"][0]["df"]
    for mean, theirs in zip(result.adjusted.to_dicts(), r["lsmeans"], strict=True):
        assert mean["estimate"] == pytest.approx(theirs["estimate"], rel=1e-9)
        assert mean["std_error"] == pytest.approx(theirs["SE"], rel=1e-9)
        assert mean["conf_low"] == pytest.approx(theirs["lower.CL"], rel=1e-9)
        assert mean["conf_high"] == pytest.approx(theirs["upper.CL"], rel=1e-9)


# --- covariates, and who is counted --------------------------------------------------------------


def test_who_lacks_a_covariate_is_out_of_every_test_and_counted():
    frame = frame_of("unbalanced").with_columns(
        base=pl.when(pl.col("USUBJID").is_in(["0", "28"])).then(None).otherwise("base"),
        score=pl.when(pl.col("USUBJID") == "5").then(None).otherwise("score"),
    )
    result = compared(frame=frame, test=["ancova", "anova"], adjust="base")
    assert result.table["n"].to_list() == [26, 26]
    assert result.table["n_missing"].to_list() == [3, 3]
    assert result.audit.rows() == [
        ("score", "high", "included", "compared", 2),
        ("score", "low", "included", "compared", 5),
        ("score", "placebo", "included", "compared", 19),
        ("score", "high", "excluded", "no base", 1),
        ("score", "placebo", "excluded", "no base", 1),
        ("score", "placebo", "excluded", "no value", 1),
    ]
    assert result.groups["n_missing"].to_list() == [2, 0, 1]


def test_a_covariate_that_says_nothing_is_noted():
    frame = frame_of("unbalanced").with_columns(same=pl.lit("x"), twice=pl.col("base") * 2)
    result = compared(frame=frame, test="ancova", adjust=["base", "same"])
    assert result.table["note"].item() == "same adds nothing to the model"
    assert result.adjusted["estimate"].null_count() == 0
    again = compared(frame=frame, test="ancova", adjust=["base", "twice"])
    assert (
        again.adjusted["note"].to_list()
        == ["no adjusted mean: twice follows from other covariates"] * 3
    )
    assert again.table["statistic"].item() == pytest.approx(result.table["statistic"].item())


def test_two_groups_adjusted_have_a_difference_and_no_standardised_one():
    frame = frame_of("unbalanced").filter(pl.col("arm") != "low")
    result = compared(frame=frame, test=["ancova", "welch"], adjust="base")
    row = result.table.row(0, named=True)
    assert row["measure"] == "difference of means, adjusted for base"
    assert (row["effect"], row["effect_size"]) == (None, None)
    assert result.table.row(1, named=True)["effect"] == "hedges-g"
    assert result.notes[1] == (
        "Adjusted for base (a number); effect sizes are those of the scores as they are."
    )


# --- a trial -------------------------------------------------------------------------------------


def test_a_trial_gives_scores_at_a_visit_and_its_own_baseline():
    trial = ka.load_example("ketamine")
    result = compare_groups(
        trial,
        ["MADRS", "HAMA"],
        "TRT01P",
        visit="Day 14",
        reference="midazolam",
        test=["ancova", "welch"],
        adjust=["BASE", "SEX"],
        p_adjust="holm",
    )
    assert result.simulated
    day14 = trial.adqs.filter((pl.col("AVISIT") == "Day 14") & (pl.col("PARAMCD") == "MADRS"))
    base = trial.adqs.filter((pl.col("ABLFL") == "Y") & (pl.col("PARAMCD") == "MADRS"))
    frame = (
        trial.adsl.join(day14.select("USUBJID", "AVAL"), on="USUBJID")
        .join(base.select("USUBJID", BASE="AVAL"), on="USUBJID")
        .with_columns(pl.col("TRT01P").cast(pl.String))
    )
    by_hand = compare_groups(
        frame, "AVAL", "TRT01P", reference="midazolam", test="ancova", adjust=["BASE", "SEX"]
    )
    ours, theirs = result.table.row(0, named=True), by_hand.table.row(0, named=True)
    assert ours["outcome"] == "MADRS"
    assert [ours[c] for c in ("estimate", "std_error", "p_value")] == pytest.approx(
        [theirs[c] for c in ("estimate", "std_error", "p_value")]
    )
    counted = result.audit.filter(pl.col("outcome") == "MADRS")["count"].sum()
    assert counted == trial.n_subjects
    assert result.notes[1].startswith("Adjusted for BASE (a number), SEX (categories);")


def test_a_trial_needs_its_visit_and_a_frame_has_none():
    trial = ka.load_example("ketamine")
    with pytest.raises(ArgumentError) as error:
        compare_groups(trial, "MADRS", "TRT01P", reference="midazolam")
    assert str(error.value).startswith("visit must be named for a Trial: one of 'Baseline', ")
    with pytest.raises(ArgumentError) as error:
        compare_groups(trial, "MADRS", "TRT01P", visit="Day14", reference="midazolam")
    assert str(error.value).endswith("not 'Day14'. Did you mean Day 14?")
    assert refusal(visit="Day 14", test="anova") == (
        "visit='Day 14' goes with a Trial; of a frame, keep the rows of one visit."
    )
