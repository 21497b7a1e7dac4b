"""The rows of a comparison of responders: the numbers of R, and every count by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from ketanalysis.glossary import GLOSSARY
from ketanalysis.trial import Trial
from tests.groups.responder_data import compare, little, trial_of
from tests.shared import ORACLE

NUMBERS = (
    *("n", "n_reference", "mean", "mean_reference", "estimate", "std_error", "conf_low"),
    *("conf_high", "statistic", "df", "p_value", "p_adjusted"),
)


# --- against R --------------------------------------------------------------------------------


def oracle() -> pl.DataFrame:
    return pl.read_csv(ORACLE / "responders.csv", infer_schema_length=None)


def oracle_trial() -> Trial:
    data = oracle().filter(pl.col("record") == "data")
    arm = pl.when(pl.col("arm") == 1).then(pl.lit("drug")).otherwise(pl.lit("placebo"))
    subjects = data.select(
        pl.format("S{}", pl.col("subject").cast(pl.String).str.zfill(2)).alias("USUBJID"),
        arm.cast(pl.Enum(["placebo", "drug"])).alias("TRT01P"),
        pl.col("site").alias("SITE"),
        pl.col("age").alias("AGE"),
        *("baseline", "madrs", "one", "two", "three"),
    )
    return trial_of(subjects, ("placebo", "drug"), one="one", two="two", three="three")


OUTCOMES = ["one", "two", "three"]


def test_by_arm_is_t_test_wilcox_test_and_p_adjust() -> None:
    result = compare(oracle_trial(), OUTCOMES, by="TRT01P", p_adjust="holm")
    theirs = oracle().filter(pl.col("record") == "by")
    assert result.table.height == theirs.height == 24
    for other in theirs.iter_rows(named=True):
        ours = result.table.row(
            by_predicate=(pl.col("TRT01P") == ("placebo", "drug")[other["arm"]])
            & (pl.col("outcome") == other["outcome"])
            & (pl.col("missing") == other["missing"])
            & (pl.col("test") == other["test"]),
            named=True,
        )
        for name in NUMBERS:
            if other[name] is not None:
                # The same closed formulas in double precision on at most 42 numbers.
                assert ours[name] == pytest.approx(other[name], rel=1e-9), (other, name)
        is_primary = other["missing"] == "observed" and other["test"] == "welch"
        assert ours["role"] == ("primary" if is_primary else "sensitivity")


def test_adjusted_is_lm_with_factor_and_number() -> None:
    result = compare(oracle_trial(), OUTCOMES, adjust=["TRT01P", "AGE", "SITE"], p_adjust="bh")
    theirs = oracle().filter(pl.col("record") == "adjust")
    keys = ["outcome", "missing", "test"]
    ours = theirs.select(keys).join(result.table, on=keys, how="left", maintain_order="left")
    for name in NUMBERS:
        np.testing.assert_allclose(
            ours[name].cast(pl.Float64), theirs[name].cast(pl.Float64), rtol=1e-9, err_msg=name
        )
    assert ours["measure"].unique().to_list() == [
        "difference of means, adjusted for TRT01P, AGE, SITE"
    ]
    no_age = result.audit.filter(pl.col("reason") == "no AGE")
    assert no_age.select("status", "count").rows() == [("excluded", 4)]
    assert result.notes[1] == (
        "Differences are responder minus non-responder, by a linear model adjusted for TRT01P "
        "(categories), AGE (a number), SITE (categories); 95 % intervals."
    )
    assert result.twin.is_empty()


def test_the_twin_is_cor_test() -> None:
    result = compare(oracle_trial(), OUTCOMES, by="TRT01P", p_adjust="none")
    theirs = oracle().filter(pl.col("record") == "twin")
    assert result.twin["TRT01P"].cast(pl.String).to_list() == ["placebo"] * 3 + ["drug"] * 3
    assert result.twin["outcome"].to_list() == theirs["outcome"].to_list()
    assert result.twin["n"].to_list() == theirs["n"].to_list()
    for name in ("estimate", "p_value"):
        np.testing.assert_allclose(result.twin[name], theirs[name], rtol=1e-9)
    assert result.table["p_adjusted"].null_count() == result.table.height
    assert "p values are not adjusted over the outcomes." in result.notes


# --- by hand ----------------------------------------------------------------------------------


def test_counted_by_hand() -> None:
    result = compare(little(), by="TRT01P")
    rows = result.table.filter(pl.col("test") == "welch")
    columns = ["TRT01P", "missing", "n", "n_reference", "n_missing", "mean", "mean_reference"]
    # Placebo (even): S00 5, S04 8 and S10 6 respond; S02 11 and S08 14 do not, nor S06 (no ANX).
    # Drug (odd): S01 30, S07 25 and S11 33 respond; S03 44 and S09 52 do not; S05 60 unknown.
    assert rows.select(columns).rows() == [
        ("placebo", "observed", 3, 2, 1, 19 / 3, 12.5),
        ("placebo", "nri", 3, 2, 1, 19 / 3, 12.5),
        ("drug", "observed", 3, 2, 0, 88 / 3, 48.0),
        ("drug", "nri", 3, 3, 0, 88 / 3, 52.0),
    ]
    assert result.audit.rows() == [
        ("placebo", "ANX", "observed", "included", "responder", 3),
        ("placebo", "ANX", "observed", "included", "non-responder", 2),
        ("placebo", "ANX", "observed", "excluded", "no ANX", 1),
        ("placebo", "ANX", "nri", "included", "responder", 3),
        ("placebo", "ANX", "nri", "included", "non-responder", 2),
        ("placebo", "ANX", "nri", "excluded", "no ANX", 1),
        ("drug", "ANX", "observed", "included", "responder", 3),
        ("drug", "ANX", "observed", "included", "non-responder", 2),
        ("drug", "ANX", "observed", "excluded", "response not known", 1),
        ("drug", "ANX", "nri", "included", "responder", 3),
        ("drug", "ANX", "nri", "included", "non-responder", 3),
    ]
    assert result.title == (
        "ANX at 4 h in responders and non-responders (MADRS, Day 14), by TRT01P"
    )
    assert result.warnings == (
        'The smallest group has 2 subjects; primary="mann-whitney-exact" does not rest on large '
        "samples.",
    )
    assert {c for c in result.table.columns if c.islower()} <= set(GLOSSARY)


@pytest.mark.parametrize(
    "missing, rows",
    [
        ("observed", ["observed", "nri"]),
        ("nri", ["nri", "observed"]),
        ("locf", ["locf", "observed", "nri"]),
    ],
)
def test_observed_and_imputed_stand_beside_each_other(missing: str, rows: list[str]) -> None:
    result = compare(little(), by="TRT01P", missing=missing)
    assert result.table["missing"].unique(maintain_order=True).to_list() == rows
    primary = result.table.filter(pl.col("role") == "primary")
    assert primary["missing"].unique().to_list() == [missing]
    assert primary["test"].unique().to_list() == ["welch"]


@pytest.mark.parametrize(
    "primary, tests",
    [
        ("welch", ["welch", "mann-whitney"]),
        ("student", ["student", "mann-whitney"]),
        ("mann-whitney", ["mann-whitney", "welch"]),
        ("mann-whitney-exact", ["mann-whitney-exact", "welch"]),
    ],
)
def test_another_kind_of_test_stands_beside(primary: str, tests: list[str]) -> None:
    result = compare(little(), by="TRT01P", primary=primary)
    assert result.table["test"].unique(maintain_order=True).to_list() == tests
    offered = "mann-whitney-exact" in result.warnings[0]
    assert offered == (primary != "mann-whitney-exact")


def test_the_audit_adds_up() -> None:
    trial = little()
    lost = trial.adsl.with_columns(TRT01P=pl.when(pl.col("USUBJID") != "S03").then("TRT01P"))
    result = compare(trial.with_(adsl=lost), ["ANX", "CALM"], by="TRT01P", p_adjust="holm")
    cells = result.audit.drop_nulls("outcome").group_by("TRT01P", "outcome", "missing")
    sizes = cells.agg(pl.col("count").sum()).sort("TRT01P")
    assert sizes["count"].to_list() == [6] * 4 + [5] * 4
    assert result.audit.filter(pl.col("outcome").is_null()).rows() == [
        (None, None, None, "excluded", "no TRT01P", 1)
    ]


def test_data_hold_the_values_and_nobody() -> None:
    result = compare(little(), by="TRT01P")
    assert result.data.columns == ["TRT01P", "outcome", "missing", "group", "value"]
    first = result.data.filter((pl.col("TRT01P") == "drug") & (pl.col("missing") == "nri"))
    assert first.select("group", "value").rows() == [
        *(("non-responder", value) for value in (44.0, 52.0, 60.0)),
        *(("responder", value) for value in (25.0, 30.0, 33.0)),
    ]
    for frame in (result.data, result.table, result.twin, result.audit):
        assert "USUBJID" not in frame.columns


def test_adjusted_without_a_covariate_that_varies() -> None:
    trial = little(())
    adsl = trial.adsl.with_columns(SITE=pl.lit("x"), TWIN=pl.col("AGE") * 2)
    trial = trial.with_(adsl=adsl)
    result = compare(trial, adjust=["SITE", "AGE", "TWIN"])
    note = result.table["note"].unique().to_list()
    assert note == ["SITE, TWIN adds nothing to the model"]
    plain = compare(trial, adjust="AGE")
    assert result.table["estimate"].to_list() == pytest.approx(plain.table["estimate"].to_list())
    assert result.table["df"].to_list() == plain.table["df"].to_list()


def test_a_level_that_only_the_unscored_have() -> None:
    """R drops levels that no subject in the model has; so do we."""
    trial = little(())
    odd = pl.when(pl.col("USUBJID") == "S06").then(pl.lit("far")).otherwise(pl.lit("near"))
    result = compare(trial.with_(adsl=trial.adsl.with_columns(SITE=odd)), adjust="SITE")
    assert result.table["note"].to_list() == ["SITE adds nothing to the model"] * 2
    assert result.table["estimate"].null_count() == 0


# --- where there is no number -----------------------------------------------------------------


def with_scores(column: str, values: Any, arms: tuple[str, ...] = ()) -> Trial:
    """Return the little trial with other scores of MADRS at day 14, or other anxiety."""
    trial = little(arms)
    scale, visit = {"madrs": ("MADRS", "Day 14"), "anx": ("ANX", "4 h")}[column]
    here = (pl.col("PARAMCD") == scale) & (pl.col("AVISIT").cast(pl.String) == visit)
    other = trial.adqs.filter(here).with_columns(AVAL=pl.Series(values, dtype=pl.Float64))
    return trial.with_(adqs=pl.concat([trial.adqs.filter(~here), other]))


@pytest.mark.parametrize(
    "column, values, note",
    [
        ("madrs", [35.0] * 12, "not estimable: fewer than 2 subjects in a group"),
        ("madrs", [5.0] * 12, "not estimable: fewer than 2 subjects in a group"),
        ("madrs", [5.0] + [35.0] * 11, "not estimable: fewer than 2 subjects in a group"),
        ("anx", [7.0] * 12, "not estimable: no variation in either group"),
    ],
    ids=["no responders", "all respond", "one responder", "no variation"],
)
def test_not_estimable_is_a_row_with_a_reason(column: str, values: Any, note: str) -> None:
    result = compare(with_scores(column, values))
    welch = result.table.filter(pl.col("test") == "welch")
    assert welch["note"].to_list() == [note] * 2
    assert welch["p_value"].null_count() == welch["estimate"].null_count() == 2
    assert result.table.height == 4
    assert "not estimable" in str(result)


def test_not_estimable_under_adjustment() -> None:
    result = compare(with_scores("madrs", [35.0] * 12), adjust="AGE")
    assert result.table["note"].unique().to_list() == [
        "not estimable: no subject in one of the groups"
    ]
    assert result.table.select("n", "n_reference").row(0) == (0, 10)
    same = compare(with_scores("anx", [7.0] * 12), adjust="AGE")
    assert same.table["note"][0] == "not estimable: no variation in either group"
    assert compare(with_scores("anx", [7.0] * 12)).twin["note"].to_list() == [
        "not estimable: one of the two scores does not vary"
    ]
