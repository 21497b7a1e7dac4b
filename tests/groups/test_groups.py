"""compare_groups: the table, everybody counted, and the refusals word by word."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.groups.comparison_result import ComparisonResult
from ketanalysis.groups.group_tests import TESTS
from ketanalysis.groups.groups import compare_groups
from ketanalysis.groups.two_samples import NO_VARIATION
from tests.groups.two_sample_data import TWO_SAMPLES, from_r
from tests.shared import DATA, reference_value, requires_shared

FRAME = pl.DataFrame(
    {
        "USUBJID": ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9"],
        "RESP": ["no", "no", "no", "yes", "yes", None, "yes", "no", "dropped"],
        "ITTFL": ["Y", "Y", "Y", "Y", "Y", "Y", "Y", None, "N"],
        "ANX": [30.0, 50, 55, 10, 25, 7, None, 60, 20],
        "DED": [1.0, 2, float("nan"), 4, 4, 3, 3, 1, 9],
    }
)


def compared(**changes):
    arguments = {"value": "ANX", "by": "RESP", "reference": "no", "among": "ITTFL"} | changes
    frame = arguments.pop("frame", FRAME)
    return compare_groups(frame, arguments.pop("value"), arguments.pop("by"), **arguments)


def two_groups(a, b):
    return pl.DataFrame({"arm": ["a"] * len(a) + ["b"] * len(b), "score": [*a, *b]}, strict=False)


def refusal(kind, **changes):
    with pytest.raises(kind) as error:
        compared(**changes)
    return str(error.value)


# --- the numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", TWO_SAMPLES)
def test_the_rows_carry_the_numbers_of_r(name):
    a, b = TWO_SAMPLES[name]
    result = compare_groups(
        two_groups(a, b), "score", "arm", reference="b", test=tuple(TESTS), seed=1, resamples=99
    )
    rows, r = {row["test"]: row for row in result.table.to_dicts()}, from_r(name)
    # Tolerances as in test_two_samples.py and test_mann_whitney.py.
    assert rows["welch"]["p_value"] == pytest.approx(r["welch_p"], rel=1e-10)
    assert rows["welch"]["conf_low"] == pytest.approx(r["welch_low"], rel=1e-10)
    assert rows["welch"]["std_error"] == pytest.approx(r["welch_se"], rel=1e-10)
    assert rows["student"]["conf_high"] == pytest.approx(r["student_high"], rel=1e-10)
    assert rows["mann-whitney"]["statistic"] == r["w"]
    assert rows["mann-whitney"]["p_value"] == pytest.approx(r["rank_p"], rel=1e-10)
    assert rows["mann-whitney-exact"]["p_value"] == pytest.approx(r["exact_p_coin"], rel=1e-10)
    assert rows["mann-whitney"]["superiority"] == pytest.approx(r["superiority"], rel=1e-10)
    assert rows["mann-whitney"]["estimate"] == pytest.approx(r["shift"], rel=1e-10)
    for row in rows.values():
        assert (row["n"], row["n_reference"]) == (r["n_a"], r["n_b"])
        assert row["n_missing"] == len(a) + len(b) - r["n_a"] - r["n_b"]
        assert row["mean"] == pytest.approx(r["mean_a"], rel=1e-14)
        assert row["effect_size"] == pytest.approx(r["g"], rel=1e-10)
        assert row["effect_low"] == pytest.approx(r["g_low"], rel=1e-5)
    groups = {row["group"]: row for row in result.groups.to_dicts()}
    assert groups["a"]["sd"] == pytest.approx(r["sd_a"], rel=1e-14)
    assert groups["b"]["mean"] == pytest.approx(r["mean_b"], rel=1e-14)


@requires_shared
def test_the_real_trial_gives_the_numbers_of_r():
    visits = pl.read_csv(DATA / "antidepressant_trial.csv").with_columns(
        USUBJID=pl.col("PATIENT").cast(pl.String)
    )
    last = visits.sort("VISIT").group_by("USUBJID").agg(pl.col("BASVAL", "HAMDTL17").last())
    response = last.select("USUBJID", RESP=pl.col("HAMDTL17") * 2 <= pl.col("BASVAL"))
    week1 = visits.filter(pl.col("VISIT") == 4).join(response, on="USUBJID")
    result = compare_groups(
        week1, "HAMATOTL", "RESP", reference=False, test=("welch", "mann-whitney-exact")
    )
    r = reference_value("antidepressant_data", "responder_vs_nonresponder_HAMA_week1")
    welch, ranks = result.table.to_dicts()
    assert [welch["n"], welch["n_reference"]] == r["n"]
    assert welch["contrast"] == "true - false"
    ours = [welch[key] for key in ("estimate", "std_error", "conf_low", "conf_high", "p_value")]
    theirs = [r["welch"][key] for key in ("diff", "se", "lo", "hi", "p")]
    assert ours == pytest.approx(theirs, rel=1e-9)
    assert welch["effect_size"] == pytest.approx(r["hedges_g_pooled"]["Hedges_g"], rel=1e-9)
    assert ranks["p_value"] == pytest.approx(r["mw_exact_p_with_ties"], rel=1e-9)
    assert result.groups["median"].to_list() == r["median"][::-1]


# --- everybody counted -----------------------------------------------------------------------


def test_everybody_is_counted_once_an_outcome():
    result = compared(value=["ANX", "DED"], p_adjust="none")
    assert result.audit.rows() == [
        ("ANX", "no", "included", "compared", 3),
        ("ANX", "yes", "included", "compared", 2),
        ("ANX", "no", "excluded", "ITTFL missing", 1),
        ("ANX", None, "excluded", "no group", 1),
        ("ANX", "yes", "excluded", "no value", 1),
        ("ANX", "dropped", "excluded", "not in ITTFL", 1),
        ("DED", "no", "included", "compared", 2),
        ("DED", "yes", "included", "compared", 3),
        ("DED", "no", "excluded", "ITTFL missing", 1),
        ("DED", None, "excluded", "no group", 1),
        ("DED", "no", "excluded", "no value", 1),
        ("DED", "dropped", "excluded", "not in ITTFL", 1),
    ]
    assert result.table["n_missing"].to_list() == [1, 1]
    assert result.groups.select("outcome", "group", "n", "n_missing").rows() == [
        ("ANX", "no", 3, 0),
        ("ANX", "yes", 2, 1),
        ("DED", "no", 2, 1),
        ("DED", "yes", 3, 0),
    ]


def test_the_data_hold_every_value_compared_and_no_subject():
    result = compared()
    assert result.data.columns == ["outcome", "group", "value"]
    assert result.data["value"].to_list() == [30, 50, 55, 10, 25]
    assert result.data["group"].dtype.categories.to_list() == ["no", "yes"]


def test_the_groups_are_described_with_type_7_quartiles():
    row = compared().groups.row(0, named=True)
    assert [row[name] for name in ("median", "q1", "q3", "min", "max")] == [50, 40, 52.5, 30, 55]
    assert row["sd"] == pytest.approx(math.sqrt(175))


def test_one_row_an_outcome_and_test_in_the_order_asked():
    tests = ("mann-whitney", "welch", "student", "mann-whitney-exact")
    table = compared(value=["DED", "ANX"], test=tests, p_adjust="bh").table
    assert table["outcome"].to_list() == ["DED"] * 4 + ["ANX"] * 4
    assert table["test"].to_list() == [*tests, *tests]
    assert table["role"].to_list() == ["primary", *["sensitivity"] * 3] * 2
    assert table["contrast"].unique().to_list() == ["yes - no"]


def test_p_values_are_adjusted_over_the_outcomes_within_a_test():
    table = compared(value=["ANX", "DED"], test=("welch", "student"), p_adjust="holm").table
    for name in ("welch", "student"):
        rows = table.filter(pl.col("test") == name)
        small, large = sorted(rows["p_value"])
        expected = {small: 2 * small, large: max(2 * small, large)}
        assert rows["p_adjusted"].to_list() == pytest.approx([expected[p] for p in rows["p_value"]])
    unadjusted = compared(value=["ANX", "DED"], p_adjust="none")
    assert unadjusted.table["p_adjusted"].null_count() == 2
    assert "The p values of 2 outcomes are not adjusted." in unadjusted.notes


def test_every_column_is_in_the_glossary():
    result = compared()
    columns = {*result.table.columns, *result.groups.columns, *result.audit.columns}
    assert columns - GLOSSARY.keys() - {"superiority"} == set()


def test_the_face_of_the_result():
    result = compared(test=("welch", "mann-whitney"))
    assert isinstance(result, ComparisonResult)
    assert result.kind == "comparison"
    assert result.title == "ANX by RESP: yes - no"
    assert (result.by, result.group, result.reference) == ("RESP", "yes", "no")
    assert result.notes == (
        "The primary test is Welch's t test, named in the call; beside it stands the "
        "Mann-Whitney test (asymptotic, continuity and tie correction). p values are two-sided.",
        "Effect size: Hedges g (pooled SD, exact small-sample correction), with the interval of "
        "the noncentral t distribution.",
        "Normality and equal variances were checked beside the tests, and chose none of them.",
    )
    assert result.warnings == (
        "ANX: the smaller group has only 2 subjects; "
        '"mann-whitney-exact" can be named as a further test.',
    )


def test_without_a_subject_column_it_says_what_a_row_was_taken_for():
    notes = compared(frame=FRAME.drop("USUBJID")).notes
    assert notes[-1] == "Without a subject column, every row was taken as one subject."


# --- what cannot be estimated ----------------------------------------------------------------


def test_no_variation_is_null_with_a_note_and_never_p_0():
    result = compare_groups(two_groups([3, 3, 3], [5, 5]), "score", "arm", reference="b")
    row = result.table.row(0, named=True)
    assert (row["mean"], row["mean_reference"]) == (3, 5)
    assert [row[k] for k in ("estimate", "std_error", "p_value", "effect_size")] == [None] * 4
    assert row["note"] == NO_VARIATION
    assert result.warnings == (f"score: {NO_VARIATION}.",)


def test_a_group_without_any_value():
    result = compare_groups(two_groups([None, None], [5, 6]), "score", "arm", reference="b")
    row = result.table.row(0, named=True)
    assert (row["n"], row["n_reference"], row["n_missing"]) == (0, 2, 2)
    assert row["mean"] is None
    assert row["note"] == "not estimable: fewer than 2 subjects in a group"
    assert result.groups["mean"].to_list() == [5.5, None]


# --- frames ----------------------------------------------------------------------------------


def test_pandas_comes_back_as_pandas():
    result = compared(frame=FRAME.to_pandas())
    assert result.from_pandas
    assert type(result.tidy()).__module__.startswith("pandas")
    assert_frame_equal(result.table, compared().table)


def test_a_dict_and_a_lazy_frame_give_the_same():
    assert_frame_equal(compared(frame=FRAME.to_dict(as_series=False)).table, compared().table)
    assert_frame_equal(compared(frame=FRAME.lazy()).table, compared().table)


@pytest.mark.parametrize(
    ("column", "reference", "contrast"),
    [
        ([True, True, False, False], False, "true - false"),
        ([1, 1, 0, 0], 0, "1 - 0"),
        ([1.0, 1.0, 0.0, 0.0], 0, "1.0 - 0.0"),
        (["x", "x", "0", "0"], 0, "x - 0"),
    ],
)
def test_groups_may_be_truth_values_or_numbers(column, reference, contrast):
    frame = {"arm": column, "score": [4, 6, 1, 2]}
    table = compare_groups(frame, "score", "arm", reference=reference).table
    assert table["contrast"].item() == contrast
    assert table["estimate"].item() == 3.5


def test_names_of_ours_may_be_columns_of_theirs():
    frame = {"group": ["a", "a", "b", "b"], "value": [1, 2, 4, 7], "reason": [True] * 4}
    result = compare_groups(frame, "value", "group", reference="a", among="reason")
    assert result.table["estimate"].item() == 4


small_scores = st.lists(st.integers(0, 20), min_size=2, max_size=8)


@settings(max_examples=12, deadline=None)
@given(a=small_scores, b=small_scores, seed=st.integers(0, 99))
def test_row_order_and_labels_change_nothing(a, b, seed):
    frame = two_groups(a, b).with_columns(pl.col("score").cast(pl.Float64))
    order = np.random.default_rng(seed).permutation(frame.height)
    plain = compare_groups(frame, "score", "arm", reference="b", test=tuple(TESTS))
    shuffled = compare_groups(frame[order.tolist()], "score", "arm", reference="b", test=[*TESTS])
    assert_frame_equal(plain.table, shuffled.table, check_exact=True)
    assert_frame_equal(plain.audit, shuffled.audit)
    renamed = frame.with_columns(pl.col("arm").replace({"a": "z", "b": "é"}))
    relabelled = compare_groups(renamed, "score", "arm", reference="é", test=tuple(TESTS))
    assert_frame_equal(
        plain.table.drop("contrast"), relabelled.table.drop("contrast"), check_exact=True
    )


# --- refusals --------------------------------------------------------------------------------


def test_a_subject_with_several_rows_is_refused_by_name():
    twice = pl.concat([FRAME, FRAME.filter(pl.col("USUBJID").is_in(["S4", "S1"]))])
    assert refusal(ContractError, frame=twice) == (
        "USUBJID must be unique (one row a subject), but 2 have several rows: "
        "S1 (2 rows), S4 (2 rows).\n"
        "  Choose one visit and one scale before the comparison."
    )


def test_a_repeat_outside_the_comparison_does_no_harm():
    twice = pl.concat([FRAME, FRAME.filter(pl.col("USUBJID") == "S9")])
    assert_frame_equal(compared(frame=twice).table, compared().table)


def test_a_missing_subject_is_refused():
    frame = FRAME.with_columns(USUBJID=pl.col("USUBJID").replace({"S1": None}))
    assert (
        refusal(ContractError, frame=frame) == "USUBJID must not be missing, but 1 rows have none."
    )


def test_three_groups_and_one_group_are_refused():
    assert refusal(ArgumentError, among=None) == (
        "test 'welch' compares two groups, and 'RESP' has 3: no, dropped, yes. Name a test of "
        "several groups ('anova', 'welch-anova', 'kruskal-wallis', 'permutation-anova' or "
        "'ancova'), or keep two of them."
    )
    only = FRAME.filter(pl.col("RESP") == "no")
    assert refusal(ArgumentError, frame=only, among=None) == (
        "by must name a column of two or more groups; 'RESP' has 1: no."
    )
    none = FRAME.filter(pl.col("RESP").is_null())
    assert refusal(ArgumentError, frame=none) == (
        "by must name a column of two or more groups; 'RESP' has 0."
    )


def test_an_unknown_reference_is_refused_with_a_hint():
    assert refusal(ArgumentError, reference="yess") == (
        "reference must be one of the groups of RESP: no, yes; not 'yess'. Did you mean yes?"
    )


def test_unknown_columns_are_refused_with_a_hint():
    held = "it has USUBJID, RESP, ITTFL, ANX, DED."
    assert refusal(ArgumentError, value="ANXX") == (
        f"value must name a column of the frame, not 'ANXX'; {held} Did you mean ANX?"
    )
    assert refusal(ArgumentError, by="RESPONSE") == (
        f"by must name a column of the frame, not 'RESPONSE'; {held} Did you mean RESP?"
    )
    assert refusal(ArgumentError, among="ITTF") == (
        f"among must name a column of the frame, not 'ITTF'; {held} Did you mean ITTFL?"
    )


def test_an_unknown_test_is_refused_with_all_names():
    assert refusal(ArgumentError, test="wilcoxon") == (
        "test must be one of 'welch', 'student', 'mann-whitney', 'mann-whitney-exact', "
        "'brunner-munzel', 'brunner-munzel-permutation', 'permutation', 'ancova', 'anova', "
        "'welch-anova', 'kruskal-wallis', 'permutation-anova', not 'wilcoxon'."
    )


def test_several_outcomes_need_an_adjustment():
    assert refusal(ArgumentError, value=["ANX", "DED"]) == (
        "p_adjust must be named when several outcomes are compared (2 here): one of 'holm', "
        "'hochberg', 'hommel', 'bonferroni', 'bh', 'by', 'none'."
    )
    assert refusal(ArgumentError, p_adjust="fdr").startswith("p_adjust must be one of 'holm', ")


def test_empty_and_repeated_lists_are_refused():
    assert (
        refusal(ArgumentError, value=[]) == "value must name at least one, but the list is empty."
    )
    assert refusal(ArgumentError, test=["welch", "student", "welch"]) == (
        "test must name each only once, but 'welch' is repeated."
    )


def test_scores_must_be_finite_numbers():
    assert refusal(ContractError, value="RESP") == (
        "RESP must hold numbers, not String.\n"
        '  Cast the column: pl.col("RESP").cast(pl.Float64). Text from a file is read as text so '
        "that no code is lost."
    )
    frame = FRAME.with_columns(ANX=pl.col("ANX").replace({7.0: math.inf}))
    assert refusal(ContractError, frame=frame) == (
        "ANX must be finite, but 1 value is infinite.\n  Row 6, counted from 1."
    )
    frame = FRAME.with_columns(ANX=pl.lit(-math.inf))
    assert refusal(ContractError, frame=frame) == (
        "ANX must be finite, but 9 values are infinite.\n  Rows 1, 2, 3 and 6 more, counted from 1."
    )


def test_groups_that_look_alike_are_refused():
    frame = {"RESP": ["no", "No", "no ", "yes"], "ANX": [1, 2, 3, 4]}
    assert refusal(ContractError, frame=frame, among=None) == (
        "The groups of RESP must differ by more than case or spaces, but these do not: "
        "'No', 'no', 'no '.\n"
        "  Give each group one spelling."
    )


def test_a_flag_must_be_a_flag():
    assert refusal(ContractError, among="RESP") == (
        "RESP must hold true and false, or Y and N, not dropped, no, yes."
    )


def test_a_flag_may_be_true_and_false():
    flagged = FRAME.with_columns(ITTFL=pl.col("ITTFL") == "Y")
    assert_frame_equal(compared(frame=flagged).table, compared().table)
    assert_frame_equal(compared(frame=flagged).audit, compared().audit)


def test_the_level_is_checked():
    assert refusal(ArgumentError, conf_level=95) == (
        "conf_level must be between 0 and 1 (0.95 is 95 %), not 95."
    )
