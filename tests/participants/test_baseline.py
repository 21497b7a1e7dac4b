"""Table 1: who is described, what stands in it, and what is refused."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.participants.baseline_tests import NOT_A_TEST
from ketanalysis.tables import tabulate
from tests.shared import DATA, reference_value, requires_shared

ARMS = pl.Enum(["placebo", "drug"])


def people(**changes: Any) -> pl.DataFrame:
    """Ten subjects in two arms; AGE of subject 3 is missing, SEX of subjects 4 and 9."""
    columns: dict[str, Any] = {
        "USUBJID": [f"{i:02}" for i in range(1, 11)],
        "TRT01P": pl.Series(["placebo"] * 6 + ["drug"] * 4, dtype=ARMS),
        "AGE": [30, 40, None, 50, 60, 20, 25, 35, 45, 55],
        "SEX": ["F", "F", "M", None, "M", "F", "M", "M", None, "F"],
        "SMOKER": [True, False, None, False, False, True, True, True, False, None],
    }
    return pl.DataFrame({**columns, **changes})


@pytest.fixture(scope="module")
def trial() -> ka.Trial:
    return ka.load_example("ketamine")


# --- counts -----------------------------------------------------------------------------------


def test_every_number_of_a_small_table() -> None:
    table = ka.tabulate_baseline(people(), by="TRT01P").table
    age = table.filter(variable="AGE")
    assert age.select("TRT01P", "n", "n_missing", "total").rows() == [
        ("placebo", 5, 1, 6),
        ("drug", 4, 0, 4),
    ]
    assert age.select("mean", "median", "q1", "q3", "min", "max").rows() == [
        (40.0, 40.0, 30.0, 50.0, 20.0, 60.0),
        (40.0, 40.0, 32.5, 47.5, 25.0, 55.0),
    ]
    sex = table.filter(variable="SEX")
    assert sex.select("TRT01P", "level", "count", "n", "n_missing", "estimate").rows() == [
        ("placebo", "F", 3, 5, 1, 0.6),
        ("placebo", "M", 2, 5, 1, 0.4),
        ("drug", "F", 1, 3, 1, 1 / 3),
        ("drug", "M", 2, 3, 1, 2 / 3),
    ]
    flag = table.filter(variable="SMOKER")
    assert flag.select("level", "count", "n", "n_missing").rows() == [
        ("Yes", 2, 5, 1),
        ("Yes", 2, 3, 1),
    ]


def test_missing_is_never_in_a_denominator_and_has_its_own_line() -> None:
    result = ka.tabulate_baseline(people(), ["SEX", "SMOKER"], by="TRT01P")
    assert tabulate(result).rows == (
        ("F", "3/5 (60 %)", "1/3 (33 %)", "0.55"),
        ("M", "2/5 (40 %)", "2/3 (67 %)", ""),
        ("Missing", "1/6 (17 %)", "1/4 (25 %)", ""),
        ("SMOKER", "2/5 (40 %)", "2/3 (67 %)", "0.55"),
        ("SMOKER: missing", "1/6 (17 %)", "1/4 (25 %)", ""),
    )
    assert tabulate(result).row_groups == (("Sex, n/N (%)", 3), ("Yes, n/N (%)", 2))
    assert "Missing: of all subjects of the group." in str(result)


def test_a_column_of_all_subjects() -> None:
    result = ka.tabulate_baseline(people(), "AGE", by="TRT01P", overall=True)
    whole = result.table.filter(pl.col("TRT01P").is_null())
    assert whole.select("n", "n_missing", "total", "mean").rows() == [(9, 1, 10, 40.0)]
    assert "All subjects (n = 10)" in str(result)
    alone = ka.tabulate_baseline(people(), "AGE").table
    assert alone.drop("note").equals(whole.drop("TRT01P", "note"))


def test_standardised_differences_of_a_small_table() -> None:
    contrasts = ka.tabulate_baseline(people(), by="TRT01P").contrasts
    assert contrasts["contrast"].unique().to_list() == ["drug - placebo"]
    age, sex, smoker = contrasts["estimate"]
    assert age == 0.0
    # Shares 3/5 and 1/3: variances 6/25 and 2/9, their mean 52/225; 4/15 over its root.
    assert sex == pytest.approx(4 / 15 / (52 / 225) ** 0.5, rel=1e-12)
    assert smoker == pytest.approx(sex, rel=1e-12)  # 2/5 and 2/3: the same distance, upwards


def test_three_groups_all_pairs_or_each_with_the_first() -> None:
    frame = pl.DataFrame(
        {
            "arm": pl.Series(list("aabbcc"), dtype=pl.Enum(["a", "b", "c"])),
            "x": [1.0, 3.0, 2.0, 4.0, 5.0, 9.0],
        }
    )
    pairs = ka.tabulate_baseline(frame, "x", by="arm")
    assert pairs.contrasts["contrast"].to_list() == ["b - a", "c - a", "c - b"]
    largest = pairs.contrasts["estimate"].abs().max()
    assert "Largest std. difference" in str(pairs)
    assert f"{largest:.2f}" in str(pairs)
    first = ka.tabulate_baseline(frame, "x", by="arm", pairs="reference")
    assert first.contrasts["contrast"].to_list() == ["b - a", "c - a"]
    assert "b minus a" in str(first)
    average = ka.tabulate_baseline(frame, "x", by="arm", pooling="average")
    assert average.contrasts["estimate"].to_list() == pytest.approx(
        pairs.contrasts["estimate"].to_list()
    )  # groups of one size


def test_which_statistics_stand_in_the_table_is_named() -> None:
    frame = people(WEIGHT=[70.0] * 9 + [90.5])
    result = ka.tabulate_baseline(frame, ["AGE", "WEIGHT"], statistics="mean", median="WEIGHT")
    assert tabulate(result).rows == (
        ("Mean (SD)", "40.0 (13.7)"),
        ("Missing", "1/10 (10 %)"),
        ("Median [Q1, Q3]", "70.0 [70.0, 70.0]"),
    )
    both = ka.tabulate_baseline(frame, ["AGE"], statistics="range", mean="AGE", median=["AGE"])
    assert both.shown == {"AGE": ("mean", "median")}


def test_p_values_only_where_asked_and_never_without_the_reason_against_them() -> None:
    quiet = ka.tabulate_baseline(people(), by="TRT01P")
    assert quiet.tests.is_empty()
    assert "  p\n" not in str(quiet)
    asked = ka.tabulate_baseline(people(), by="TRT01P", p_values=True, category_test="fisher")
    assert asked.tests["test"].to_list() == ["welch", "fisher", "fisher"]
    assert asked.tests["p_value"].null_count() == 0
    assert NOT_A_TEST in asked.notes
    assert "Fisher's exact test" in str(asked)


def test_small_groups_are_warned_of() -> None:
    assert ka.tabulate_baseline(people(), "AGE", by="TRT01P").warnings == (
        "The smallest group has 4 subjects: large standardised differences are then common by "
        "chance alone.",
    )
    assert any(
        "In groups of 4 and 6 from one population, 1 in 20" in note
        for note in ka.tabulate_baseline(people(), "AGE", by="TRT01P").notes
    )


# --- the trial --------------------------------------------------------------------------------


def test_the_example_has_a_table_1(trial: ka.Trial) -> None:
    result = ka.tabulate_baseline(trial, by="TRT01P")
    assert result.table["variable"].unique(maintain_order=True).to_list() == [
        *("AGE", "SEX", "SITEID", "EPIDUR", "NFAILAD", "HOSPFL", "HAMA", "MADRS"),
    ]
    assert result.labels["AGE"] == "Age, years"
    assert result.labels["MADRS"] == "MADRS at baseline, points"
    madrs = trial.adqs.filter(PARAMCD="MADRS", ABLFL="Y").join(trial.adsl, on="USUBJID")
    for arm in trial.arms:
        row = result.table.filter(variable="MADRS", TRT01P=arm).row(0, named=True)
        assert row["mean"] == pytest.approx(madrs.filter(TRT01P=arm)["AVAL"].mean(), rel=1e-12)
        assert row["sd"] == pytest.approx(madrs.filter(TRT01P=arm)["AVAL"].std(), rel=1e-12)
    assert result.simulated
    assert result.audit.rows() == [
        ("included", "described: ITT population (ITTFL = Y)", 96),
    ]


def test_named_columns_bring_no_scales_unless_they_are_named(trial: ka.Trial) -> None:
    assert set(ka.tabulate_baseline(trial, "AGE").table["variable"]) == {"AGE"}
    named = ka.tabulate_baseline(trial, "AGE", scales="MADRS", labels={"MADRS": "Depression"})
    assert set(named.table["variable"]) == {"AGE", "MADRS"}
    assert named.labels["MADRS"] == "Depression"
    flags = ka.tabulate_baseline(trial, ["ITTFL"], by="TRT01P")
    assert flags.contrasts["note"].to_list() == [
        "not estimable: no variation in either group",
    ]


def test_the_arm_as_treated_has_the_order_of_the_planned_arms(trial: ka.Trial) -> None:
    planned, treated = (ka.tabulate_baseline(trial, "AGE", by=by) for by in ("TRT01P", "TRT01A"))
    assert treated.contrasts.equals(planned.contrasts)
    assert ka.tabulate_disposition(trial, by="TRT01A").checks["TRT01A"].to_list() == (
        ka.tabulate_disposition(trial, by="TRT01P").checks["TRT01P"].to_list()
    )


def test_who_is_not_in_the_population_is_counted(trial: ka.Trial) -> None:
    flag = pl.when(pl.col("USUBJID") == "KET-001").then(pl.lit("N")).otherwise(pl.lit("Y"))
    adsl = trial.adsl.with_columns(ITTFL=flag)
    result = ka.tabulate_baseline(trial.with_(adsl=adsl), "AGE", by="TRT01P")
    assert result.audit.rows() == [
        ("included", "described: ITT population (ITTFL = Y)", 95),
        ("excluded", "not in the ITT population (ITTFL is not Y)", 1),
    ]
    assert "Set aside: 1 (not in the ITT population (ITTFL is not Y))." in result.notes[0]


def test_a_trial_without_adsl_describes_everybody_with_scores() -> None:
    frame = pl.DataFrame({"id": ["01", "02"], "madrs_0h": [34, 29], "madrs_d14": [12, None]})
    single = ka.as_trial(
        frame,
        subject="id",
        wide={"MADRS": "madrs_{visit}"},
        visits={"0h": 0, "d14": 336},
        baseline_visit="0h",
    )
    result = ka.tabulate_baseline(single)
    assert result.table.select("variable", "n", "mean").rows() == [("MADRS", 2, 31.5)]
    assert result.notes[0] == ("Population: all subjects with a row of scores (no ADSL was given).")


# --- the edges --------------------------------------------------------------------------------


def test_an_empty_arm_has_its_column_and_no_numbers() -> None:
    frame = people(TRT01P=pl.Series(["placebo"] * 10, dtype=ARMS))
    result = ka.tabulate_baseline(frame, by="TRT01P", p_values=True)
    empty = result.table.filter(TRT01P="drug")
    assert empty["note"].unique().to_list() == ["no subjects in the group"]
    assert empty["mean"].null_count() == empty.height
    assert empty["estimate"].null_count() == empty.height
    assert result.contrasts.is_empty()
    assert result.tests["p_value"].null_count() == 3
    assert "Groups without subjects: drug." in result.warnings
    assert "0/0 (NE)" in str(result)


def test_one_subject_and_nothing_but_missing_values() -> None:
    frame = pl.DataFrame({"AGE": [30], "X": pl.Series([None], dtype=pl.String), "Y": [None]})
    result = ka.tabulate_baseline(frame)
    assert result.table.select("variable", "kind", "n", "n_missing", "sd", "note").rows() == [
        ("AGE", "number", 1, 0, None, "one value: no SD"),
        ("X", "category", 0, 1, None, "no value in the group"),
        ("Y", "number", 0, 1, None, "no value in the group"),
    ]
    assert "30.0 (NE)" in str(result)
    assert "(no value)" in str(result)


def test_no_variation_is_named() -> None:
    frame = people(AGE=[40] * 10, SEX=["F"] * 10)
    result = ka.tabulate_baseline(frame, ["AGE", "SEX"], by="TRT01P")
    assert result.contrasts["note"].to_list() == [
        "not estimable: no variation in either group",
        "not estimable: all subjects are in one category",
    ]
    shown = " ".join(str(result).split())
    assert "Standardised difference not estimable: no variation in either group: Age, years." in (
        shown
    )


def test_dates_have_a_range_and_no_difference() -> None:
    days = pl.Series(["2024-03-01"] * 5 + ["2024-01-05"] * 4 + [None]).str.to_date()
    result = ka.tabulate_baseline(people(SEEN=days), ["SEEN", "AGE"], by="TRT01P", p_values=True)
    rows = result.table.filter(variable="SEEN")
    assert rows.select("earliest", "latest", "n_missing").rows() == [
        ("2024-01-05", "2024-03-01", 0),
        ("2024-01-05", "2024-01-05", 1),
    ]
    assert result.contrasts["variable"].to_list() == ["AGE"]
    assert "2024-01-05 to 2024-03-01" in str(result)
    pandas = people(SEEN=days).to_pandas()
    pandas["SEEN"] = pandas["SEEN"].astype("datetime64[ns]")
    assert ka.tabulate_baseline(pandas, "SEEN").table["latest"].item() == "2024-03-01"


def test_odd_text_is_only_text() -> None:
    odd = ["<b>", "a|b", "$x$", "\u202e\n", "<b>", "a|b", "$x$", "Ω", "Ω", "<b>"]
    result = ka.tabulate_baseline(people(SEX=odd), "SEX", by="TRT01P", labels={"SEX": "<i>"})
    assert "<b>" not in result._repr_html_()
    assert "&lt;b&gt;" in result._repr_html_()
    assert result.table["count"].sum() == 10
    assert "\\|" in result._repr_markdown_()


def test_pandas_and_arrow_give_the_same_table() -> None:
    here = ka.tabulate_baseline(people(), by="TRT01P")
    arrow = ka.tabulate_baseline(people().to_arrow(), by="TRT01P")
    pandas_frame = people().to_pandas()
    pandas_frame["TRT01P"] = pandas_frame["TRT01P"].cat.as_ordered()
    pandas = ka.tabulate_baseline(pandas_frame, by="TRT01P")
    assert here.table.drop("TRT01P").equals(arrow.table.drop("TRT01P"))
    assert here.table.drop("TRT01P").equals(pandas.table.drop("TRT01P"))
    assert type(pandas.tidy()).__module__.startswith("pandas")


@settings(max_examples=15)
@given(st.permutations(list(range(10))))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    one = ka.tabulate_baseline(people(), by="TRT01P", p_values=True)
    other = ka.tabulate_baseline(people()[order], by="TRT01P", p_values=True)
    assert one.table.equals(other.table)
    assert one.contrasts.equals(other.contrasts)
    assert one.tests.equals(other.tests)


def test_swapping_the_arms_turns_the_signs() -> None:
    swapped = people(TRT01P=people()["TRT01P"].cast(pl.String).cast(pl.Enum(["drug", "placebo"])))
    frame = people(AGE=[30, 40, None, 50, 60, 20, 25, 35, 45, 70])
    one = ka.tabulate_baseline(frame, ["AGE", "SMOKER"], by="TRT01P").contrasts["estimate"]
    other = ka.tabulate_baseline(
        swapped.with_columns(frame["AGE"]), ["AGE", "SMOKER"], by="TRT01P"
    ).contrasts["estimate"]
    assert one.to_list() == pytest.approx([-value for value in other])


# --- other people's data ----------------------------------------------------------------------


@requires_shared
def test_a_trial_of_depression_in_r() -> None:
    """btheb, pre-treatment BDI by arm: n, mean, SD, median and Cohen's d as R's (relative 1e-5)."""
    frame = pl.read_csv(DATA / "btheb_wide.csv")
    arm = pl.col("treatment").cast(pl.Enum(["TAU", "BtheB"]))
    result = ka.tabulate_baseline(
        frame.with_columns(arm), ["bdi_pre"], by="treatment", p_values=True, subject="subject"
    )
    expected = reference_value("btheb", "baseline_bdi_pre_compare")  # group 1 is BtheB
    for column in ("n", "mean", "sd", "median"):
        assert result.table[column].to_list() == pytest.approx(expected[column][::-1], rel=1e-10)
    d = expected["cohens_d_pooled"]["Cohens_d"]
    assert result.contrasts["estimate"].item() == pytest.approx(d, rel=1e-10)
    assert result.tests["p_value"].item() == pytest.approx(expected["welch"]["p"], rel=1e-9)
    assert result.tests["df_den"].item() == pytest.approx(expected["welch"]["df"], rel=1e-9)
