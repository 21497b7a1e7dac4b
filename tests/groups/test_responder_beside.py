"""What stands beside the tests of responders: each frame against its own kernel, R, and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.definitions import Response
from ketanalysis.groups.bayes_factor import bayes_factor
from ketanalysis.groups.dominance import cliffs_delta, superiority
from ketanalysis.groups.equivalence import equivalence
from ketanalysis.groups.max_t import max_t
from ketanalysis.groups.two_part import two_part
from ketanalysis.groups.two_samples import hedges_g, welch
from tests.groups.responder_data import compare, little, message
from tests.shared import DATA, reference_value, requires_shared

# Placebo (even): S00 5, S04 8, S10 6 respond; S02 11, S08 14 do not; S06 has no anxiety.
YES, NO = [5.0, 8.0, 6.0], [11.0, 14.0]
FRAMES = ("effects", "bayes", "power", "equivalence", "two_part", "leaving", "continuous")


def rows(frame: pl.DataFrame, **where: Any) -> list[dict[str, Any]]:
    kept = frame.filter(*(pl.col(c).cast(pl.String) == v for c, v in where.items()))
    return kept.rows(named=True)


def in_placebo(name: str, **options: Any) -> list[dict[str, Any]]:
    frame = getattr(compare(little(), by="TRT01P", **options), name)
    where = {"TRT01P": "placebo"} | ({"missing": "observed"} if "missing" in frame.columns else {})
    return rows(frame, **where)


# --- each frame is its kernel -------------------------------------------------------------------


def test_effects_stand_in_one_set_of_rows() -> None:
    found = {row["measure"]: row for row in in_placebo("effects")}
    assert [*found] == ["difference of means", "hedges-g", "cliffs-delta", "superiority"]
    raw = welch(YES, NO)
    assert found["difference of means"]["estimate"] == raw.difference
    assert found["difference of means"]["std_error"] == raw.std_error
    for name, size in (
        ("hedges-g", hedges_g),
        ("cliffs-delta", cliffs_delta),
        ("superiority", superiority),
    ):
        expected = size(YES, NO)
        row = found[name]
        assert (row["estimate"], row["conf_low"], row["conf_high"]) == (
            expected.estimate,
            expected.conf_low,
            expected.conf_high,
        )
        assert (row["n"], row["n_reference"]) == (3, 2)


def test_bootstrap_rows_need_seed_and_resamples() -> None:
    plain = in_placebo("effects")
    drawn = in_placebo("effects", seed=1, resamples=199)
    assert drawn[: len(plain)] == plain
    assert [row["method"] for row in drawn[len(plain) :]] == [
        "BCa bootstrap, 199 random resamples, seed 1"
    ] * 3


def test_bayes_factors_under_three_priors() -> None:
    found = in_placebo("bayes")
    assert [row["prior"] for row in found] == ["medium", "wide", "ultrawide"]
    for row in found:
        expected = bayes_factor(YES, NO, prior_scale=row["prior_scale"])
        assert row["bayes_factor"] == expected.bayes_factor
        assert row["statistic"] == expected.statistic


def test_equivalence_needs_a_margin() -> None:
    assert in_placebo("equivalence") == []
    (row,) = in_placebo("equivalence", margin=20)
    expected = equivalence(YES, NO, 20)
    assert (row["p_value"], row["conf_low"]) == (expected.p_value, expected.conf_low)
    assert row["conclusion"] == "equivalent within the margin"
    assert row["conf_level"] == pytest.approx(0.9)
    (narrow,) = in_placebo("equivalence", margin=0.5, primary="student")
    assert narrow["conclusion"] == "equivalence not shown"
    assert narrow["method"] == "two one-sided pooled t tests"
    assert message(little(), by="TRT01P", margin=-1).startswith("margin must be a number of points")


def test_two_parts_stand_in_four_rows() -> None:
    trial = little(())
    zeros = trial.adqs.with_columns(
        AVAL=pl.when((pl.col("PARAMCD") == "ANX") & (pl.col("AVAL") < 12)).then(0).otherwise("AVAL")
    )
    found = rows(compare(trial.with_(adqs=zeros)).two_part, missing="observed")
    yes, no = [0.0, 30, 0, 25, 0, 33], [0.0, 44, 14, 52]
    expected = two_part(yes, no)
    assert [row["measure"] for row in found] == [
        "any (above 0): risk difference",
        "among those with any: Hodges-Lehmann shift",
        "among those with any: probability of superiority",
        "both together",
    ]
    assert (found[0]["count"], found[0]["n"]) == (3, 6)
    assert (found[0]["count_reference"], found[0]["n_reference"]) == (3, 4)
    assert found[0]["estimate"] == pytest.approx(-0.25)
    assert found[3]["p_value"] == expected.p_value
    assert (found[1]["n"], found[1]["n_reference"]) == (3, 3)


def test_who_left_is_the_circle_in_numbers() -> None:
    """S05 of the drug arm left with an anxiety of 60; five others were seen."""
    (drug,) = rows(compare(little(), by="TRT01P").leaving, TRT01P="drug")
    assert (drug["n"], drug["n_reference"], drug["n_failures"]) == (1, 5, 3)
    assert (drug["mean"], drug["mean_reference"]) == (60.0, (30 + 44 + 25 + 52 + 33) / 5)
    assert drug["note"] == "not estimable: fewer than 2 subjects in a group"
    note = next(n for n in compare(little(), by="TRT01P").notes if n.startswith("Missing"))
    assert note == (
        "Missing response scores: observed: subjects scored at the visit; nri: a missing score "
        "counts as failure. Under nri, those who left count as non-responders: when anxiety makes "
        "subjects leave, that row shows a link by definition. With 21 % drop-out of that kind and "
        "no true link, it rejected 13 % of simulated trials of 31 subjects and 34 % of 100, "
        "instead of 5 %. Here (drug) 1 of 3 non-responders under nri left: mean ANX 60.0, against "
        "36.8 in the 5 whose response was seen."
    )


def test_power_needs_no_scores() -> None:
    found = {row["measure"]: row["estimate"] for row in in_placebo("power")}
    assert found["half-width of the 90 % interval of the difference, in SD"] == pytest.approx(
        2.3533634 * np.sqrt(1 / 3 + 1 / 2),
        rel=1e-6,  # qt(0.95, 3)
    )
    assert found["share of the information that the cut keeps"] == pytest.approx(0.6220, abs=1e-4)


# --- the continuous twin ------------------------------------------------------------------------


def test_the_twin_holds_end_score_and_baseline() -> None:
    found = rows(compare(little(()), by=None).continuous)
    assert [row["measure"] for row in found] == [
        "Spearman correlation with MADRS at Day 14",
        "partial Spearman correlation with MADRS at Day 14, at the same MADRS at baseline",
        "partial Pearson correlation with MADRS at Day 14, at the same MADRS at baseline",
        "ANCOVA: points of MADRS at Day 14 per point of ANX, at the same MADRS at baseline",
    ]
    # every baseline is 40, so that the partial correlations are the plain ones
    assert found[1]["estimate"] == pytest.approx(found[0]["estimate"], rel=1e-12)
    assert found[3]["statistic"] == pytest.approx(found[2]["statistic"], rel=1e-9)
    assert [row["n"] for row in found] == [10] * 4
    twin = compare(little(())).twin["estimate"].item()
    assert twin == pytest.approx(-found[0]["estimate"], rel=1e-12)


def test_arms_are_held_in_the_adjusted_twin() -> None:
    result = compare(little(), adjust=["TRT01P"])
    assert result.twin.is_empty()
    assert [row["measure"] for row in result.continuous.rows(named=True)][-1] == (
        "ANCOVA: points of MADRS at Day 14 per point of ANX, at the same MADRS at baseline, TRT01P"
    )
    assert len(result.continuous) == 3
    # what would pool the arms is not there
    assert result.bayes.is_empty()
    assert result.two_part.is_empty()
    assert result.effects["method"].unique().to_list() == ["least squares"]
    assert not result.power.is_empty()


def test_a_scale_against_itself_says_so() -> None:
    trial = little(())
    early = trial.adqs.filter(pl.col("PARAMCD") == "ANX").with_columns(
        PARAMCD=pl.lit("MADRS"), AVAL=pl.col("AVAL").clip(0, 60)
    )
    result = compare(trial.with_(adqs=pl.concat([trial.adqs, early])), "MADRS")
    assert result.warnings[0] == (
        "MADRS at 4 h and response at Day 14 are of one scale. Changes to both visits share the "
        "baseline score, and correlate 0.5 by construction where the three scores are unrelated: "
        'compare scores, adjusted for the baseline (adjust="BASE").'
    )
    assert result.twin["note"].to_list() == [
        "MADRS and the improvement are of one scale and share its baseline: they correlate by "
        "construction"
    ]
    adjusted = compare(trial.with_(adqs=pl.concat([trial.adqs, early])), "MADRS", adjust="BASE")
    assert adjusted.table["note"].unique().to_list() == ["BASE adds nothing to the model"]


# --- the outcome's own baseline -----------------------------------------------------------------


def with_own_baseline() -> Any:
    trial = little(())
    ids = trial.adsl["USUBJID"]
    base = [12, 25, 14, 38, 10, 44, 13, 20, None, 47, 9, 30]
    more = pl.DataFrame(
        {
            "USUBJID": ids,
            "PARAMCD": ["ANX"] * 12,
            "AVISIT": pl.Series(["Baseline"] * 12).cast(trial.adqs.schema["AVISIT"]),
            "AFRLT": [-1.0] * 12,
            "AVAL": pl.Series(base, dtype=pl.Float64),
            "ABLFL": ["Y"] * 12,
        }
    )
    return trial.with_(adqs=pl.concat([trial.adqs, more.select(trial.adqs.columns)]))


def test_base_is_the_outcomes_own_baseline() -> None:
    result = compare(with_own_baseline(), adjust="BASE")
    row = rows(result.table, missing="observed")[0]
    # S06 has no anxiety, S05 no response, S08 no baseline; by hand with least squares
    y = np.array([5, 30, 11, 44, 8, 25, 52, 6, 33.0])
    x = np.array([12, 25, 14, 38, 10, 20, 47, 9, 30.0])
    g = np.array([1, 1, 0, 0, 1, 1, 0, 1, 1.0])
    design = np.column_stack([np.ones(9), g, x])
    assert row["estimate"] == pytest.approx(np.linalg.lstsq(design, y, rcond=None)[0][1], rel=1e-9)
    assert (row["n"], row["n_reference"], row["n_missing"]) == (6, 3, 2)
    assert result.audit.filter(pl.col("missing") == "observed").select(
        "reason", "count"
    ).rows() == [
        ("responder", 6),
        ("non-responder", 3),
        ("response not known", 1),
        ("no ANX", 1),
        ("no ANX at baseline", 1),
    ]
    raw, adjusted, *_ = rows(result.effects, missing="observed")
    assert (raw["method"], adjusted["method"]) == ("Welch t", "least squares")
    assert adjusted["estimate"] == row["estimate"]
    assert "BASE (a number)" in result.notes[1]
    assert message(little(()), adjust="BASE") == (
        'adjust="BASE" needs the baseline of ANX, and no row of it has ABLFL "Y" or a BASE: a '
        "scale that is rated after an infusion only has none. Leave BASE out, or adjust for "
        "another scale's baseline as a column of ADSL."
    )


# --- several outcomes ---------------------------------------------------------------------------


def test_holm_bh_and_max_t_stand_beside_each_other() -> None:
    result = compare(little(()), ["ANX", "CALM"], p_adjust="max-t")
    family = result.multiplicity
    assert family["method"].unique(maintain_order=True).to_list() == ["holm", "bh", "max-t"]
    scores = [[5, 50], [30, 20], [11, 41], [44, 14], [8, 38], [None, 47], [25, 25], [14, 34]]
    scores += [[52, 12], [6, 46], [33, 23]]
    group = [1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1]
    expected, words = max_t(np.array(scores, dtype=float), group)
    found = family.filter(pl.col("method") == "max-t")
    assert found["p_adjusted"].to_list() == pytest.approx(expected.tolist(), rel=1e-12)
    assert found["note"].to_list() == [words] * 2
    shown = result.table.filter((pl.col("test") == "welch") & (pl.col("missing") == "observed"))
    assert shown["p_adjusted"].to_list() == pytest.approx(expected.tolist(), rel=1e-12)
    assert result.notes[-1] == (
        "p values are adjusted over the outcomes (step-down max-T of Westfall and Young, all "
        "splits counted)."
    )
    assert compare(little(())).multiplicity.is_empty()


def test_max_t_where_it_cannot_be() -> None:
    assert message(little(), ["ANX", "CALM"], adjust="TRT01P", p_adjust="max-t") == (
        'p_adjust="max-t" permutes responders among subjects, which adjust= does not allow: write '
        'by= for arms, or p_adjust="holm".'
    )
    family = compare(little(), ["ANX", "CALM"], adjust="TRT01P", p_adjust="holm").multiplicity
    last = family.filter(pl.col("method") == "max-t")
    assert last["p_adjusted"].null_count() == 2
    assert last["note"].unique().to_list() == [
        "not computed: max-t permutes subjects, which covariates do not allow"
    ]


def many(n: int = 31, seed: int = 5) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    base, end = rng.integers(25, 40, n), rng.integers(4, 36, n)
    parts = [("MADRS", "Baseline", base, "Y"), ("MADRS", "Day 14", end, None)]
    parts += [(f"S{k}", "4 h", rng.integers(0, 80, n), None) for k in range(3)]
    visits = pl.Enum(["Baseline", "4 h", "Day 14"])
    return pl.concat(
        pl.DataFrame(
            {
                "USUBJID": [f"{i:03d}" for i in range(n)],
                "PARAMCD": [name] * n,
                "AVISIT": pl.Series([visit] * n).cast(visits),
                "AVAL": values.astype(float),
                "ABLFL": pl.Series([flag] * n, dtype=pl.String),
            }
        )
        for name, visit, values, flag in parts
    )


def test_more_splits_than_can_be_counted_need_a_seed() -> None:
    outcomes = ["S0", "S1", "S2"]
    assert message(many(), outcomes, p_adjust="max-t") == (
        "test 'max-t' cannot count every split of 31 subjects, and needs both seed= and "
        "resamples=, for example seed=1, resamples=9999."
    )
    plain = compare(many(), outcomes, p_adjust="holm").multiplicity
    assert plain.filter(pl.col("method") == "max-t")["note"].unique().to_list() == [
        "not computed: max-t needs seed= and resamples="
    ]
    drawn = compare(many(), outcomes, p_adjust="max-t", seed=4, resamples=999)
    assert drawn.notes[-1] == (
        "p values are adjusted over the outcomes (step-down max-T of Westfall and Young, 999 "
        "random splits, seed 4)."
    )
    assert drawn.table.filter(pl.col("test") == "welch")["p_adjusted"].null_count() == 0


# --- others' data -------------------------------------------------------------------------------


@requires_shared
def test_the_antidepressant_trial_is_that_of_r() -> None:
    """HAM-A at week 1 by response at the last visit carried forward, as the reference says."""
    wide = pl.read_csv(DATA / "antidepressant_trial.csv").sort("PATIENT", "VISIT")
    long = pl.concat(
        wide.select(
            USUBJID=pl.col("PATIENT").cast(pl.String),
            PARAMCD=pl.lit(name),
            AVISIT=pl.col("VISIT").cast(pl.String),
            AVISITN=pl.col("VISIT"),
            AVAL=pl.col(column).cast(pl.Float64),
            BASE=pl.col("BASVAL").cast(pl.Float64),
        )
        for name, column in (("HAMD17", "HAMDTL17"), ("HAMATOT", "HAMATOTL"))
    )
    theirs = reference_value("antidepressant_data", "responder_vs_nonresponder_HAMA_week1")
    result = compare(
        long,
        "HAMATOT",
        scale="HAMD17",
        rule=Response(at_least=0.5),
        response_visit="7",
        anxiety_visit="4",
        missing="locf",
        primary="welch",
        allow="the reference pools the arms",
    )
    row = rows(result.table, missing="locf", test="welch")[0]
    # as the reference file asks: relative 1e-6
    for ours, name in (("estimate", "diff"), ("statistic", "t"), ("df", "df"), ("p_value", "p")):
        assert row[ours] == pytest.approx(theirs["welch"][name], rel=1e-6), name
    assert [row["n"], row["n_reference"]] == theirs["n"]
    sizes = {r["measure"]: r for r in rows(result.effects, missing="locf")}
    assert sizes["hedges-g"]["estimate"] == pytest.approx(
        theirs["hedges_g_pooled"]["Hedges_g"], rel=1e-6
    )
    assert sizes["superiority"]["estimate"] == pytest.approx(
        theirs["prob_superiority_a_gt_b"], rel=1e-6
    )
    assert sizes["cliffs-delta"]["estimate"] == pytest.approx(
        theirs["rank_biserial"]["r_rank_biserial"], rel=1e-6
    )


# --- properties ---------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_rows_names_and_units(seed: int, factor: int) -> None:
    frame = many(14, seed)
    plain = compare(frame, "S0")
    shuffled = compare(frame.sample(fraction=1, shuffle=True, seed=seed), "S0")
    turned = frame.with_columns(USUBJID=pl.format("z{}", 999 - pl.col("USUBJID").cast(pl.Int64)))
    times = pl.when(pl.col("PARAMCD") == "S0").then(pl.col("AVAL") * factor).otherwise("AVAL")
    bigger = compare(frame.with_columns(AVAL=times), "S0")
    other_ids = compare(turned, "S0")
    for name in FRAMES:
        assert getattr(shuffled, name).equals(getattr(plain, name)), name
        assert getattr(other_ids, name).equals(getattr(plain, name)), name
    free = ["bayes_factor", "log_bayes_factor"]
    for column in free:
        assert bigger.bayes[column].to_list() == pytest.approx(
            plain.bayes[column].to_list(), rel=1e-6, abs=1e-9
        )
    assert bigger.power.equals(plain.power)
    slope, more = (r.continuous["estimate"].to_list()[-1] for r in (plain, bigger))
    assert (slope is None) == (more is None)
    if slope is not None:
        assert more * factor == pytest.approx(slope, rel=1e-9, abs=1e-12)
