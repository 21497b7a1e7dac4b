"""compare_groups with covariates and with three or more groups: rows, pairs, and who is counted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ketanalysis.glossary import GLOSSARY
from ketanalysis.groups.comparison_result import TABLE_SCHEMA
from ketanalysis.groups.groups import compare_groups
from ketanalysis.groups.omnibus import OMNIBUS
from tests.groups.oracles import number, of_set, rows
from tests.groups.several_groups_data import SEVERAL, compared, frame_of
from tests.shared import DATA, is_close, reference_value, requires_shared

# --- the numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEVERAL)
def test_the_rows_carry_the_numbers_of_r(name):
    table = compared(name, test=tuple(OMNIBUS), pairwise="tukey", seed=1, resamples=99).table
    r = of_set("several_groups.csv", name)
    found = {row["test"]: row for row in table.to_dicts() if row["contrast"] == "all groups"}
    # Tolerances as in test_omnibus.py and test_pairs.py.
    assert found["anova"]["p_value"] == pytest.approx(r["p"], rel=1e-10)
    assert found["anova"]["effect_size"] == pytest.approx(r["eta"], rel=1e-10)
    assert found["anova"]["effect_high"] == pytest.approx(r["share_high"], rel=1e-6)
    assert found["welch-anova"]["df_den"] == pytest.approx(r["welch_df"], rel=1e-10)
    assert found["kruskal-wallis"]["statistic"] == pytest.approx(r["h"], rel=1e-10)
    assert found["kruskal-wallis"]["effect_size"] == pytest.approx(r["rank_epsilon"], rel=1e-10)
    assert found["permutation-anova"]["statistic"] == pytest.approx(r["f"], rel=1e-10)
    theirs = {
        f"{row['first']} - {row['second']}": row
        for row in rows("pairs.csv")
        if row["dataset"] == name and row["test"] == "tukey"
    }
    pairs = table.filter(pl.col("role") == "pairwise")
    assert set(pairs["contrast"]) == set(theirs)
    for row in pairs.to_dicts():
        expected = theirs[row["contrast"]]
        assert row["p_adjusted"] == pytest.approx(number(expected["p_adjusted"]), rel=1e-8)
        assert row["conf_low"] == pytest.approx(number(expected["conf_low"]), rel=1e-6, abs=1e-4)


@requires_shared
@pytest.mark.parametrize(
    ("dataset", "name", "file", "column", "split", "first"),
    [
        ("aSAH", "group_s100b", "aSAH.csv", "s100b", "outcome", "Poor"),
        ("btheb", "baseline_bdi_pre_compare", "btheb_wide.csv", "bdi_pre", "treatment", "BtheB"),
    ],
)
def test_the_checks_of_real_data_are_rs(dataset, name, file, column, split, first):
    frame, r = pl.read_csv(DATA / file), reference_value(dataset, name)
    (other,) = set(frame[split]) - {first}
    result = compare_groups(frame, column, split, reference=other)
    checks = result.assumptions
    normal = checks.filter(pl.col("check") == "Shapiro-Wilk")
    by_group = dict(zip(normal["group"], normal["p_value"], strict=True))
    assert by_group[first] == pytest.approx(r["shapiro"][0], rel=1e-6)
    assert by_group[other] == pytest.approx(r["shapiro"][1], rel=1e-6)
    levene = checks.filter(pl.col("check") == "Brown-Forsythe").row(0, named=True)
    assert is_close(levene["statistic"], r["levene_brown_forsythe"]["F value"], rtol=1e-10)
    assert is_close(levene["p_value"], r["levene_brown_forsythe"]["Pr(>F)"], rtol=1e-9)


# --- the shape of the result ---------------------------------------------------------------------


def test_the_table_has_its_columns_and_all_of_them_are_explained():
    result = compared(test=["anova", "welch-anova"], pairwise="games-howell")
    assert result.table.schema == dict(TABLE_SCHEMA)
    frames = (result.table, result.groups, result.effects, result.adjusted, result.assumptions)
    columns = {column for frame in frames for column in frame.columns}
    assert columns - GLOSSARY.keys() == set()


def test_rows_stand_in_the_order_asked_and_pairs_follow():
    table = compared(test=["kruskal-wallis", "anova"], pairwise="dunnett").table
    assert table["test"].to_list() == ["kruskal-wallis", "anova", "dunnett", "dunnett"]
    assert table["role"].to_list() == ["primary", "sensitivity", "pairwise", "pairwise"]
    assert table["contrast"].to_list() == [
        "all groups",
        "all groups",
        "low - placebo",
        "high - placebo",
    ]
    row = table.row(0, named=True)
    assert (row["n"], row["n_reference"], row["n_missing"]) == (29, None, 0)
    pair = table.row(2, named=True)
    assert (pair["n"], pair["n_reference"]) == (5, 21)
    assert pair["mean"] == pytest.approx(9.4)
    assert pair["effect"] == "hedges-g"


@pytest.mark.parametrize(
    ("pairwise", "pairs", "expected"),
    [
        ("welch", "reference", ["low - placebo", "high - placebo"]),
        ("welch", "all", ["low - placebo", "high - placebo", "high - low"]),
        ("dunn", "all", ["low - placebo", "high - placebo", "high - low"]),
        ("brunner-munzel", "reference", ["low - placebo", "high - placebo"]),
        ("mann-whitney-exact", "reference", ["low - placebo", "high - placebo"]),
        ("permutation", "all", ["low - placebo", "high - placebo", "high - low"]),
    ],
)
def test_pairs_by_any_test_with_an_adjustment_that_is_named(pairwise, pairs, expected):
    result = compared(test="anova", pairwise=pairwise, pairs=pairs, pairwise_adjust="bonferroni")
    rows_ = result.table.filter(pl.col("role") == "pairwise")
    assert rows_["contrast"].to_list() == expected
    bounded = [min(1, len(expected) * p) for p in rows_["p_value"]]
    assert rows_["p_adjusted"].to_list() == pytest.approx(bounded)
    plain = compared(test="anova", pairwise=pairwise, pairs=pairs, pairwise_adjust="none")
    assert plain.table["p_adjusted"].null_count() == plain.table.height


def test_p_values_of_all_groups_are_adjusted_over_outcomes_and_pairs_within_one():
    frame = frame_of("unbalanced").with_columns(other=pl.col("base") * 1.5)
    result = compare_groups(
        frame,
        ["score", "other"],
        "arm",
        reference="placebo",
        test="anova",
        pairwise="welch",
        pairs="reference",
        pairwise_adjust="holm",
        p_adjust="bonferroni",
    )
    of_all = result.table.filter(pl.col("contrast") == "all groups")
    assert of_all["p_adjusted"].to_list() == pytest.approx(
        [min(1, 2 * p) for p in of_all["p_value"]]
    )
    for outcome in ("score", "other"):
        own = result.table.filter((pl.col("outcome") == outcome) & (pl.col("role") == "pairwise"))
        small, large = sorted(own["p_value"])
        assert sorted(own["p_adjusted"]) == pytest.approx([2 * small, max(2 * small, large)])


def test_effects_are_named_and_the_first_of_each_kind_stands_in_the_table():
    result = compared(
        test="anova",
        effect=["omega-squared", "cliffs-delta", "eta-squared", "superiority"],
        pairwise="tukey",
    )
    assert result.table["effect"].to_list() == ["omega-squared"] + ["cliffs-delta"] * 3
    named = result.effects.filter(pl.col("contrast") == "high - low")["effect"].to_list()
    assert named == ["cliffs-delta", "superiority"]
    of_all = result.effects.filter(pl.col("contrast") == "all groups")
    assert of_all["effect"].to_list() == ["omega-squared", "eta-squared"]
    assert result.effects["method"].null_count() == 0
    two = compared(
        frame=frame_of("unbalanced").filter(pl.col("arm") != "low"),
        effect=["superiority", "hedges-g"],
    )
    assert two.table["effect"].to_list() == ["superiority"]
    assert two.effects["effect"].to_list() == ["superiority", "hedges-g"]
    assert two.table["effect_size"].item() == two.effects["estimate"][0]


def test_welchs_row_has_no_interval_that_takes_equal_variances():
    row = compared(test="welch-anova").table.row(0, named=True)
    assert row["effect_low"] is None
    assert row["note"] == (
        "no interval of the effect size: it would take equal variances, which this test does not"
    )


def test_numbers_and_enums_keep_their_order_and_text_says_the_alphabet():
    frame = frame_of("unbalanced")
    assert compared(test="anova").levels == ("placebo", "low", "high")
    assert compared(test="anova", reference="high").levels == ("high", "placebo", "low")
    text = frame.with_columns(pl.col("arm").cast(pl.String))
    found = compared(frame=text, test="anova")
    assert found.levels == ("placebo", "high", "low")
    assert found.notes[-1] == "The groups stand in the order of the alphabet, the reference first."
    doses = frame.with_columns(
        arm=pl.col("arm").cast(pl.String).replace_strict({"placebo": 0, "low": 2, "high": 10})
    )
    numbered = compared(frame=doses, test="anova", reference=0)
    assert numbered.levels == ("0", "2", "10")
    assert "alphabet" not in " ".join(numbered.notes)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 99))
def test_row_order_changes_nothing(seed):
    frame = frame_of("ties_and_zeros")
    order = np.random.default_rng(seed).permutation(frame.height).tolist()
    options = {"test": ["ancova", "anova"], "adjust": ["base", "site"], "pairwise": "dunnett"}
    one = compared("ties_and_zeros", **options)
    other = compared("ties_and_zeros", frame=frame[order], **options)
    for name in ("table", "groups", "adjusted", "effects", "assumptions", "data", "audit"):
        assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def test_pandas_dicts_and_lazy_frames_give_the_same():
    frame = frame_of("unbalanced").with_columns(pl.col("arm").cast(pl.String))
    expected = compared(frame=frame, test="anova").table
    for given_ in (frame.to_pandas(), frame.lazy(), frame.to_dict(as_series=False)):
        assert_frame_equal(compared(frame=given_, test="anova").table, expected)
    assert type(compared(frame=frame.to_pandas(), test="anova").tidy()).__module__.startswith(
        "pandas"
    )


# --- what cannot be estimated --------------------------------------------------------------------


def small(*groups):
    return pl.DataFrame(
        {
            "arm": [name for name, values in zip("abc", groups, strict=False) for _ in values],
            "score": [v for values in groups for v in values],
        },
        strict=False,
    )


@pytest.mark.parametrize(
    ("groups", "note"),
    [
        (([3, 3], [5, 5], [4, 4]), "not estimable: no variation within any group"),
        (([1, 2], [3], [4, 5]), "not estimable: a group has fewer than 2 subjects"),
        (([1, 2], [None, None], [4, 5]), "not estimable: a group has fewer than 2 subjects"),
    ],
)
def test_no_test_of_all_groups_gives_p_0_by_accident(groups, note):
    result = compare_groups(
        small(*groups), "score", "arm", reference="a", test=tuple(OMNIBUS)[:2], pairwise="tukey"
    )
    for column in ("statistic", "p_value", "estimate", "conf_low", "p_adjusted"):
        assert result.table[column].null_count() == result.table.height
    assert result.table["effect_size"].head(2).null_count() == 2
    assert set(result.table["note"]) == {note}
    assert result.warnings == (f"score: {note}.",)


def test_no_frame_of_a_result_holds_nan_or_infinity():
    for groups in (([3, 3], [5, 5], [4, 4]), ([1, 2], [3], [4, 5]), ([1, 1], [1, 1], [1, 1])):
        for pairwise in ("games-howell", "dunnett"):
            result = compare_groups(
                small(*groups), "score", "arm", reference="a", test="anova", pairwise=pairwise
            )
            for name in ("table", "groups", "effects", "assumptions"):
                for column in getattr(result, name).select(pl.selectors.float()):
                    assert column.drop_nulls().is_finite().all(), (name, column.name)
