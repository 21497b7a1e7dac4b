"""compare_groups with covariates and with three or more groups: rows, pairs, and who is counted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.groups.comparison_result import TABLE_SCHEMA
from ketanalysis.groups.groups import compare_groups
from ketanalysis.groups.omnibus import OMNIBUS
from tests.groups.oracles import number, of_set, rows
from tests.groups.several_groups_data import COVARIATES, SEVERAL, frame_of
from tests.shared import DATA, is_close, reference_value, requires_shared

SEED = {"seed": 1, "resamples": 99}


def compared(name="unbalanced", **options):
    frame = options.pop("frame", None)
    frame = frame_of(name) if frame is None else frame
    reference = options.pop("reference", next(iter(SEVERAL[name])))
    return compare_groups(frame, "score", "arm", reference=reference, **options)


def refusal(kind=ArgumentError, **options):
    with pytest.raises(kind) as error:
        compared(**options)
    return str(error.value)


# --- the numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEVERAL)
def test_the_rows_carry_the_numbers_of_r(name):
    table = compared(name, test=tuple(OMNIBUS), pairwise="tukey", **SEED).table
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
        row for row in rows("ancova.csv") if (row["dataset"], row["covariates"]) == (name, adjust)
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


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"test": "ancova"},
            "test='ancova' needs adjust=: the covariates, for example adjust='BASE'.",
        ),
        (
            {"test": "anova", "adjust": "base"},
            "adjust= goes with test='ancova', not 'anova': no other test has covariates.",
        ),
        (
            {"test": "anova", "pairwise": "ancova", "pairs": "all", "pairwise_adjust": "holm"},
            "pairwise='ancova' goes with test='ancova' and adjust=.",
        ),
        (
            {"test": "anova", "pairwise": "welch", "pairwise_adjust": "holm"},
            "pairs must be named for pairwise='welch': 'reference' (each group with the "
            "reference) or 'all'.",
        ),
        (
            {"test": "anova", "pairwise": "dunn", "pairs": "all"},
            "pairwise_adjust must be named for pairwise='dunn': one of 'holm', 'hochberg', "
            "'hommel', 'bonferroni', 'bh', 'by', 'none'.",
        ),
        (
            {"test": "anova", "pairwise": "tukey", "pairs": "reference"},
            "pairwise='tukey' is made for pairs='all', not 'reference'.",
        ),
        (
            {"test": "anova", "pairwise": "dunnett", "pairwise_adjust": "holm"},
            "pairwise='dunnett' adjusts its p values itself: leave pairwise_adjust= out.",
        ),
        ({"test": "anova", "pairs": "all"}, "pairs= goes with pairwise=, which names no test."),
        (
            {"test": "anova", "pairwise": "student", "pairs": "all", "pairwise_adjust": "holm"},
            "pairwise must be one of 'tukey', 'games-howell', 'dunnett', 'dunn', 'ancova', "
            "'welch', 'mann-whitney', 'mann-whitney-exact', 'brunner-munzel', "
            "'brunner-munzel-permutation', 'permutation', not 'student'.",
        ),
        (
            {"test": "anova", "effect": "cohen"},
            "effect must be one of 'hedges-g', 'cohens-d', 'glass-delta', 'superiority', "
            "'cliffs-delta', 'rank-biserial', 'eta-squared', 'omega-squared', 'epsilon-squared', "
            "'rank-epsilon-squared', not 'cohen'. Did you mean cohens-d?",
        ),
        (
            {"test": "ancova", "adjust": "score"},
            "adjust cannot name 'score', which is compared already.",
        ),
        (
            {"test": "ancova", "adjust": "bas"},
            "adjust must name a column of the frame, not 'bas'; it has USUBJID, arm, score, base, "
            "site. Did you mean base?",
        ),
        (
            {"test": "permutation-anova"},
            "test 'permutation-anova' cannot count every split of 29 subjects, and needs both "
            "seed= and resamples=, for example seed=1, resamples=9999.",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(options, message):
    assert refusal(**options) == message


def test_two_groups_have_no_pairs():
    frame = frame_of("unbalanced").filter(pl.col("arm") != "low")
    assert refusal(frame=frame, test="anova", pairwise="tukey") == (
        "pairwise= compares the pairs of three or more groups, and 'arm' has two: placebo, high. "
        "Name the test of two groups in test=."
    )
    assert refusal(frame=frame, effect="eta-squared") == (
        "effect 'eta-squared' belongs to a test of several groups ('anova', 'welch-anova', "
        "'kruskal-wallis', 'permutation-anova'); for two groups there are 'hedges-g', 'cohens-d', "
        "'glass-delta', 'superiority', 'cliffs-delta', 'rank-biserial'."
    )


def test_a_covariate_must_be_finite():
    frame = frame_of("unbalanced").with_columns(
        base=pl.when(pl.col("USUBJID") == "3").then(float("inf")).otherwise("base")
    )
    assert refusal(ContractError, frame=frame, test="ancova", adjust="base") == (
        "base must be finite, but 1 value is infinite.\n  Row 4, counted from 1."
    )
