"""compare_paired: pairs by subject and never by row, everybody counted, refusals word by word."""

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
from ketanalysis.groups.paired import compare_paired
from ketanalysis.groups.paired_differences import PAIRED_EFFECTS
from ketanalysis.groups.paired_result import PairedResult
from ketanalysis.groups.paired_tests import PAIRED_TESTS
from tests.groups.oracles import of_set
from tests.groups.paired_data_sets import PAIRS, VISITS

FRAME = pl.DataFrame(
    {
        "USUBJID": ["S1", "S2", "S3", "S4", "S1", "S2", "S3", "S5", "S6", "S6", "S7", "S8"],
        "AVISIT": ["pre"] * 4 + ["post"] * 4 + ["pre", "post", "pre", None],
        "MADRS": [30.0, 34, 28, 25, 12, 20, 9, 11, None, 7, 31, 22],
        "ITTFL": ["Y"] * 10 + ["N", "Y"],
    }
)


def compared(**changes):
    arguments = {"value": "MADRS", "within": "AVISIT", "reference": "pre"} | changes
    frame = arguments.pop("frame", FRAME)
    return compare_paired(frame, arguments.pop("value"), arguments.pop("within"), **arguments)


def long(x, y):
    n = len(x)
    return pl.DataFrame(
        {
            "USUBJID": [f"{i:03}" for i in range(n)] * 2,
            "AVISIT": pl.Series(["pre"] * n + ["post"] * n, dtype=pl.Enum(["pre", "post"])),
            "MADRS": np.array([*y, *x], dtype=float),
        }
    )


def refusal(kind=ArgumentError, **changes):
    with pytest.raises(kind) as error:
        compared(**changes)
    return str(error.value)


# --- the numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAIRS)
def test_the_rows_carry_the_numbers_of_r(name):
    result = compared(
        frame=long(*PAIRS[name]), test=tuple(PAIRED_TESTS), effect=tuple(PAIRED_EFFECTS)
    )
    found, r = {row["test"]: row for row in result.table.to_dicts()}, of_set("paired.csv", name)
    # Tolerances as in test_paired_tests.py.
    assert found["paired-t"]["estimate"] == pytest.approx(r["difference"], rel=1e-10)
    assert found["paired-t"]["p_value"] == pytest.approx(r["p"], rel=1e-10)
    assert found["paired-t"]["conf_low"] == pytest.approx(r["low"], rel=1e-10)
    assert found["wilcoxon"]["p_value"] == pytest.approx(r["signed_p"], rel=1e-10)
    assert found["wilcoxon-exact"]["p_value"] == pytest.approx(r["exact_p_coin"], rel=1e-10)
    assert found["wilcoxon-exact"]["estimate"] == pytest.approx(r["pseudo_median"], rel=1e-10)
    assert found["sign"]["p_value"] == pytest.approx(r["sign_p"], rel=1e-10)
    assert found["permutation"]["p_value"] == pytest.approx(r["flip_p_coin"], rel=1e-10)
    effects = dict(zip(result.effects["effect"], result.effects["estimate"], strict=True))
    ours = [effects[k] for k in ("hedges-gav", "cohens-dav", "cohens-dz", "rank-biserial")]
    assert ours == pytest.approx([r[k] for k in ("gav", "dav", "dz", "r")], rel=1e-9)
    assert result.table["effect_size"].unique().to_list() == [effects["hedges-gav"]]
    check = result.assumptions.row(0, named=True)
    assert check["p_value"] == pytest.approx(r["shapiro_p"], rel=1e-6)
    for row in found.values():
        assert (row["n"], row["n_reference"]) == (r["n"], None)


@pytest.mark.parametrize("name", VISITS)
def test_friedman_has_the_numbers_of_r(name):
    scores, r = VISITS[name], of_set("friedman.csv", name)
    n, k = scores.shape
    frame = pl.DataFrame(
        {
            "id": np.repeat(np.arange(n), k),
            "visit": np.tile(np.arange(k), n),
            "score": scores.ravel(),
        }
    )
    result = compare_paired(frame, "score", "visit", subject="id", reference=0, test="friedman")
    row = result.table.row(0, named=True)
    assert [row["statistic"], row["p_value"]] == pytest.approx([r["q"], r["p"]], rel=1e-10)
    assert (row["effect"], row["contrast"], row["df_num"]) == ("kendalls-w", "all occasions", k - 1)
    assert row["effect_size"] == pytest.approx(r["w"], rel=1e-10)
    assert result.group == ""


# --- everybody counted ---------------------------------------------------------------------------


def test_subjects_with_one_of_two_scores_are_counted_and_named():
    result = compared(among="ITTFL")
    assert result.audit.rows() == [
        ("MADRS", "included", "compared", 3),
        ("MADRS", "excluded", "no AVISIT", 1),
        ("MADRS", "excluded", "no value at post", 1),
        ("MADRS", "excluded", "no value at pre", 2),
        ("MADRS", "excluded", "not in ITTFL", 1),
    ]
    assert result.audit["count"].sum() == FRAME["USUBJID"].n_unique()
    assert result.unpaired.rows() == [
        ("S4", "MADRS", "no value at post"),
        ("S5", "MADRS", "no value at pre"),
        ("S6", "MADRS", "no value at pre"),
        ("S7", "MADRS", "not in ITTFL"),
        ("S8", "MADRS", "no AVISIT"),
    ]
    row = result.table.row(0, named=True)
    assert (row["n"], row["n_missing"]) == (3, 3)
    assert row["estimate"] == pytest.approx(np.mean([12 - 30, 20 - 34, 9 - 28]))
    assert result.groups.select("group", "n", "n_missing").rows() == [("pre", 3, 2), ("post", 3, 1)]
    assert result.warnings == (
        "MADRS: 3 of 6 subjects lack a score at an occasion and are not compared.",
        'MADRS: there are only 3 pairs; "wilcoxon-exact" can be named as a further test.',
    )


def test_pairs_are_made_by_subject_and_not_by_row():
    shuffled = FRAME.sample(fraction=1, shuffle=True, seed=3)
    for name in ("table", "audit", "unpaired", "groups", "effects", "data", "assumptions"):
        one, other = getattr(compared(), name), getattr(compared(frame=shuffled), name)
        assert_frame_equal(one, other, check_exact=True)
    # By position, S5 would be paired with S4.
    assert compared(among="ITTFL").data["value"].to_list() == [28, 30, 34, 9, 12, 20]


def test_the_data_hold_pairs_and_no_subject():
    data = compared(among="ITTFL").data
    assert data.columns == ["outcome", "pair", "group", "value"]
    assert data.filter(pl.col("pair") == 1)["value"].to_list() == [28, 9]


def test_a_result_names_subjects_in_one_frame_only():
    result = compared(among="ITTFL")
    for frame in (result.table, result.audit, result.groups, result.effects, result.data):
        assert "USUBJID" not in frame.columns
    said = f"{result.summary()} {result.text()} {' '.join(result.warnings)}"
    assert not any(f"S{i}" in said for i in range(1, 9))


def test_occasions_choose_two_of_several_and_the_others_are_counted():
    later = FRAME.vstack(
        pl.DataFrame(
            {
                "USUBJID": ["S1", "S9"],
                "AVISIT": ["later"] * 2,
                "MADRS": [1.0, 2],
                "ITTFL": ["Y"] * 2,
            }
        )
    )
    assert refusal(frame=later) == (
        "test 'paired-t' compares two occasions, and 'AVISIT' has 3: pre, later, post. Name two in "
        "occasions=, take test='friedman', or fit a mixed model for repeated measures, which keeps "
        "subjects with a missing visit."
    )
    result = compared(frame=later, occasions=["pre", "post"])
    assert_frame_equal(result.table, compared().table)
    assert ("MADRS", "excluded", "only at other occasions", 1) in result.audit.rows()
    assert refusal(frame=later, occasions=["pre", "pst"]) == (
        "occasions must be among those of AVISIT: later, post, pre; not 'pst'. Did you mean post?"
    )
    with_days = later.with_columns(
        DAY=pl.col("AVISIT").replace_strict({"pre": 0, "post": 7, "later": 14}, default=None)
    )
    by_day = compare_paired(with_days, "MADRS", "DAY", reference=0, occasions=[0, 7])
    assert by_day.table["estimate"].item() == result.table["estimate"].item()


def test_every_column_is_in_the_glossary():
    result = compared()
    assert isinstance(result, PairedResult)
    assert result.table.schema == dict(TABLE_SCHEMA)
    frames = (result.table, result.groups, result.audit, result.effects, result.data)
    columns = {column for frame in frames for column in frame.columns}
    assert columns - GLOSSARY.keys() - {"value"} == set()


def test_several_outcomes_are_one_family():
    frame = FRAME.with_columns(OTHER=pl.col("MADRS") * -2 + 3)
    result = compared(frame=frame, value=["MADRS", "OTHER"], p_adjust="bonferroni")
    p = result.table["p_value"]
    assert result.table["p_adjusted"].to_list() == pytest.approx([min(1, 2 * x) for x in p])
    assert result.table["estimate"][1] == pytest.approx(-2 * result.table["estimate"][0])


# --- frames of every kind ------------------------------------------------------------------------


def test_pandas_comes_back_as_pandas():
    result = compared(frame=FRAME.to_pandas())
    assert type(result.tidy()).__module__.startswith("pandas")
    assert_frame_equal(result.table, compared().table)
    assert_frame_equal(compared(frame=FRAME.lazy()).table, compared().table)


def test_ids_may_be_numbers_and_long_ones_stay_apart():
    ids = {name: 10**17 + i for i, name in enumerate(FRAME["USUBJID"].unique().sort())}
    frame = FRAME.with_columns(USUBJID=pl.col("USUBJID").replace_strict(ids))
    assert_frame_equal(compared(frame=frame).table, compared().table)


def test_a_trial_is_taken_as_it_is():
    trial = ka.load_example("ketamine")
    result = compare_paired(
        trial, "MADRS", "AVISIT", reference="Baseline", occasions=["Baseline", "Day 14"]
    )
    wide = trial.scores("MADRS").pivot("AVISIT", index="USUBJID", values="AVAL")
    both = wide.drop_nulls(["Baseline", "Day 14"])
    assert result.table["n"].item() == both.height
    assert result.table["estimate"].item() == pytest.approx(
        (both["Day 14"] - both["Baseline"]).mean()
    )
    assert result.audit["count"].sum() == trial.n_subjects
    assert result.simulated
    assert result.levels == ("Baseline", "Day 14")


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999))
def test_swapping_the_reference_flips_the_signs(seed):
    rng = np.random.default_rng(seed)
    frame = long(rng.integers(0, 20, 7), rng.integers(0, 20, 7))
    tests = tuple(PAIRED_TESTS)
    one, other = (
        compared(frame=frame, test=tests),
        compared(frame=frame, test=tests, reference="post"),
    )
    for name in ("estimate", "effect_size"):
        flipped = [None if v is None else -v for v in other.table[name]]
        assert one.table[name].to_list() == pytest.approx(flipped)
    assert one.table["p_value"].to_list() == pytest.approx(other.table["p_value"].to_list())


# --- what cannot be estimated --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "note"),
    [
        ([5, 6, 9], [3, 4, 7], "not estimable: all subjects have the same difference"),
        ([5, 6, 9], [5, 6, 9], "not estimable: all subjects have the same difference"),
        ([5], [3], "not estimable: fewer than 2 pairs"),
    ],
)
def test_the_t_test_gives_no_p_0_by_accident(x, y, note):
    result = compared(frame=long(x, y))
    row = result.table.row(0, named=True)
    assert [row[c] for c in ("p_value", "statistic", "conf_low", "effect_size")] == [None] * 4
    assert row["note"] == note
    assert f"MADRS: {note}." in result.warnings


def test_no_differences_at_all():
    result = compared(frame=long([5, 6], [5, 6]), test=["wilcoxon-exact", "sign", "permutation"])
    assert result.table["p_value"].null_count() == 3
    assert set(result.table["note"]) == {"not estimable: no subject has a difference"}


def test_nobody_with_both_scores():
    frame = FRAME.filter(~pl.col("USUBJID").is_in(["S1", "S2", "S3"]))
    result = compared(frame=frame, test=tuple(PAIRED_TESTS))
    assert result.table["n"].to_list() == [0] * 5
    assert set(result.table["note"]) == {"not estimable: fewer than 2 pairs"}
    assert result.groups["mean"].to_list() == [None, None]
    assert result.summary().startswith("MADRS within subjects")
    assert "not estimable" in result.text()
    for name in ("table", "groups", "effects", "assumptions"):
        for column in getattr(result, name).select(pl.selectors.float()):
            assert column.drop_nulls().is_finite().all()


def test_zeros_and_few_pairs_are_noted():
    table = compared(frame=long([5, 6, 8], [5, 9, 9]), test=["wilcoxon", "sign"]).table
    assert table["note"].to_list() == [
        "1 without a difference, who have no rank; no interval of this level exists for so few "
        "pairs",
        "1 without a difference, who have no sign; no interval of this level exists for so few "
        "pairs",
    ]


# --- refusals ------------------------------------------------------------------------------------


def test_repeated_measures_anova_is_refused_with_the_reason():
    for name in ("rm-anova", "anova"):
        assert refusal(test=name) == (
            f"test {name!r} is not offered for repeated scores: it leaves out every subject with a "
            "missing visit and takes all pairs of visits to be equally close. Take "
            "test='friedman', which counts whom it leaves out, or fit a mixed model for repeated "
            "measures, which keeps them."
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"subject": "PATIENT"},
            "subject must name the column of the subject ids, by which scores are paired; the "
            "frame has no 'PATIENT', it has USUBJID, AVISIT, MADRS, ITTFL.",
        ),
        (
            {"test": "wilcox"},
            "test must be one of 'paired-t', 'wilcoxon', 'wilcoxon-exact', 'sign', 'permutation', "
            "'friedman', not 'wilcox'. Did you mean wilcoxon?",
        ),
        (
            {"effect": "hedges-g"},
            "effect must be one of 'hedges-gav', 'cohens-dav', 'cohens-dz', 'rank-biserial', not "
            "'hedges-g'. Did you mean hedges-gav?",
        ),
        (
            {"within": "VISIT"},
            "within must name a column of the frame, not 'VISIT'; it has USUBJID, AVISIT, MADRS, "
            "ITTFL. Did you mean AVISIT?",
        ),
        (
            {"reference": "prae"},
            "reference must be one of the occasions of AVISIT: post, pre; not 'prae'. Did you mean "
            "pre?",
        ),
        (
            {"test": "friedman"},
            "test='friedman' compares three or more occasions, and 'AVISIT' has two: pre, post. "
            "Name a test of pairs: 'paired-t', 'wilcoxon', 'wilcoxon-exact', 'sign', "
            "'permutation'.",
        ),
        (
            {"test": ["friedman", "sign"]},
            "test='friedman' compares three or more occasions and stands alone: the other tests "
            "compare two.",
        ),
        (
            {"frame": FRAME.filter(pl.col("AVISIT") == "pre")},
            "within must name a column of two or more occasions; 'AVISIT' has 1: pre.",
        ),
    ],
)
def test_what_the_caller_must_change(changes, message):
    assert refusal(**changes) == message


def test_what_the_data_must_change():
    twice = FRAME.vstack(FRAME.filter(pl.col("USUBJID") == "S2"))
    assert refusal(ContractError, frame=twice) == (
        "A subject must have one row an occasion, but several have more: S2 at post (2 rows), S2 "
        "at pre (2 rows).\n"
        "  Occasions are those of AVISIT, subjects those of USUBJID: keep one scale and one row "
        "each before the comparison."
    )
    lost = FRAME.with_columns(USUBJID=pl.col("USUBJID").replace({"S1": None}))
    assert refusal(ContractError, frame=lost) == (
        "USUBJID must not be missing, but 2 rows have none."
    )
    floats = FRAME.with_columns(USUBJID=pl.Series(range(12), dtype=pl.Float64))
    assert refusal(ContractError, frame=floats).startswith(
        "USUBJID must be text or whole numbers, not floating-point numbers."
    )
    alike = FRAME.with_columns(AVISIT=pl.col("AVISIT").replace({"post": "Pre"}))
    assert refusal(ContractError, frame=alike) == (
        "The occasions of AVISIT must differ by more than case or spaces, but these do not: 'Pre', "
        "'pre'.\n"
        "  Give each occasion one spelling."
    )
