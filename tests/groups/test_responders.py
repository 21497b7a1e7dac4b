"""Responders against non-responders: every trap by name, every refusal, frames of every kind."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

from ketanalysis.definitions import Among, Remission, Response
from ketanalysis.errors import ContractError
from ketanalysis.groups.correlation import spearman
from ketanalysis.groups.group_tests import TESTS
from tests.groups.responder_data import HALF, VISITS, compare, little, message

# --- the traps --------------------------------------------------------------------------------


def test_pooled_arms_are_refused_or_named() -> None:
    assert message(little()) == (
        "The data hold several arms (placebo, drug). Ketamine raises both anxiety and response, "
        "so arms pooled show a link where none exists inside either. Write by='TRT01P' (each arm "
        "apart), adjust='TRT01P' (one estimate, adjusted), or allow=\"the reason\" (printed in "
        "the result)."
    )
    frame = little().adqs.join(little().adsl, on="USUBJID")
    assert message(frame).startswith("The data hold several arms (placebo, drug).")
    pooled = compare(little(), allow="the arms did not differ.")
    assert pooled.notes[-1] == "Arms are pooled, with the reason: the arms did not differ."
    assert "Arms are pooled, with the reason: the arms did not differ." in str(pooled)
    assert compare(little(), by="TRT01P", allow="no need").notes[-1].startswith("Missing")
    for empty in ("", "  ", True):
        assert message(little(), allow=empty) == (
            f"allow= must give the reason in words, not {empty!r}."
        )


def test_anxiety_after_response_is_named() -> None:
    trial = little(())
    later = trial.adqs.with_columns(
        AVISIT=pl.when(pl.col("PARAMCD") == "ANX")
        .then(pl.lit("Day 21").cast(pl.Enum(VISITS)))
        .otherwise("AVISIT"),
        AFRLT=pl.when(pl.col("PARAMCD") == "ANX").then(504.0).otherwise("AFRLT"),
    )
    words = (
        "Day 21 comes after Day 14: the score was taken when response was already known, and "
        "cannot be read as predicting it."
    )
    assert compare(trial.with_(adqs=later), anxiety_visit="Day 21").warnings[0] == words
    text = later.with_columns(pl.col("AVISIT").cast(pl.String))
    assert compare(text, anxiety_visit="Day 21").warnings[0] == words
    same = compare(trial, "MADRS", anxiety_visit="Day 14")
    assert same.warnings[0] == (
        "The score was taken at Day 14, together with response, and cannot be read as "
        "predicting it."
    )
    assert not any("predicting" in warning for warning in compare(trial).warnings)


def test_remission_needs_no_registered_scale() -> None:
    """The twin's direction comes from the definition where the registry does not know it."""
    trial = little(())
    renamed = trial.adqs.with_columns(pl.col("PARAMCD").replace("MADRS", "MYSCALE"))
    renamed = trial.with_(adqs=renamed)
    well = compare(renamed, scale="MYSCALE", rule=Remission(at_most=20))
    better = Response(at_least=0.5, better="lower", floor=0)
    assert compare(renamed, scale="MYSCALE", rule=better).twin.equals(well.twin)
    turned = compare(renamed, scale="MYSCALE", rule=Remission(at_least=20))
    assert turned.twin["estimate"].item() == pytest.approx(-well.twin["estimate"].item())
    # S05 and S06 lack a score; the others by hand.
    anx = [5, 30, 11, 44, 8, 25, 14, 52, 6, 33]
    improvement = [40 - m for m in (10, 12, 30, 31, 20, 14, 35, 38, 18, 16)]
    assert well.twin["estimate"].item() == spearman(anx, improvement).estimate


def test_every_refusal() -> None:
    trial = little(())
    assert message(trial, rule=Among(HALF, visit="Day 14")) == (
        "rule must be a Response or a Remission, not Among(rule=Response(at_least=0.5), "
        "visit='Day 14')."
    )
    assert message(trial, ["ANX", "CALM"]) == (
        "p_adjust= must be written for 2 outcomes, which are one family of tests: 'holm', "
        "'hochberg', 'hommel', 'bonferroni', 'bh', 'by', 'none', 'max-t'."
    )
    for outcome in ([], ["ANX", "ANX"]):
        assert message(trial, outcome) == (
            f"outcome must name one scale or several different ones, not {outcome!r}."
        )
    assert message(trial, "ANY") == (
        "outcome must be one of the scales 'MADRS', 'ANX', 'CALM', not 'ANY'. Did you mean ANX?"
    )
    assert message(trial, missing=["nri", "locf"]) == (
        "missing= must be one handling; the observed-case and the non-responder imputed row "
        "stand beside it anyway."
    )
    assert message(trial, missing=None).startswith("missing= must say how a missing score is")
    assert message(trial, anxiety_visit="4h") == (
        "anxiety_visit must be a visit at which ANX was scored: '4 h'; not '4h'. Did you mean 4 h?"
    )
    assert message(trial, response_visit="Day 7").startswith(
        "response_visit must be a visit after baseline at which MADRS was scored: 'Day 14'; not"
    )
    assert message(little(), by="TRT01P", adjust=["AGE", "TRT01P"]) == (
        "TRT01P cannot stand in both by= and adjust=: within a group it does not vary."
    )
    assert message(trial, primary="t").startswith("primary must be one of 'welch', 'student',")
    assert message(trial.adqs.drop("PARAMCD")).startswith("data needs the column PARAMCD; it has")


def test_scores_that_cannot_be() -> None:
    frame = little(()).adqs
    double = pl.concat([frame, frame.filter(pl.col("PARAMCD") == "ANX").head(2)])
    assert message(double, kind=ContractError) == (
        "A subject can have one ANX score at 4 h; 2 have several (S00, S01). Keep the right row, "
        "or name the second assessment as a visit of its own."
    )
    boundless = frame.with_columns(
        AVAL=pl.when(pl.col("AVAL") == 44).then(float("inf")).otherwise("AVAL")
    )
    assert message(boundless, kind=ContractError) == (
        "ANX must be finite, but 1 of its scores are infinite."
    )


# --- frames -----------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"by": "TRT01P"}, {"adjust": ["TRT01P", "AGE"]}])
def test_bare_frames_in_any_order_give_the_same(options: Any) -> None:
    trial = little()
    frame = trial.adqs.join(trial.adsl, on="USUBJID")
    expected = compare(trial, ["ANX", "CALM"], p_adjust="bh", **options)
    for given in (frame, frame.reverse(), frame.sample(fraction=1, shuffle=True, seed=3)):
        result = compare(given, ["ANX", "CALM"], p_adjust="bh", **options)
        assert result.table.equals(expected.table)
        assert result.data.equals(expected.data)
        assert result.twin.equals(expected.twin)
        assert result.audit.equals(expected.audit)
        assert result.warnings == expected.warnings


def test_pandas_in_pandas_out() -> None:
    frame = little(()).adqs.with_columns(
        AVISITN=pl.col("AVISIT").to_physical().cast(pl.Int64), AVISIT=pl.col("AVISIT").cast(str)
    )
    result = compare(frame.to_pandas())
    assert isinstance(result.tidy(), pd.DataFrame)
    assert result.table.equals(compare(little(())).table)


# --- tests and effect sizes by name -------------------------------------------------------------


def test_every_test_of_two_groups_can_be_primary() -> None:
    trial = little(())
    plain = compare(trial)
    for name in TESTS:
        result = compare(trial, primary=name, seed=1, resamples=999)
        assert result.table.schema == plain.table.schema
        row = result.table.filter(pl.col("role") == "primary").row(0, named=True)
        assert row["test"] == name
        assert 0 < row["p_value"] <= 1
        assert str(result).startswith(result.title)
        assert result.text("apa")
    permuted = compare(trial, primary="permutation")
    assert permuted.table["test"].unique(maintain_order=True).to_list() == [
        "permutation",
        "mann-whitney",
    ]
    superior = compare(trial, primary="brunner-munzel").table.row(0, named=True)
    assert superior["measure"] == "probability of superiority"
    assert superior["estimate"] == superior["superiority"]


def test_another_effect_size_is_named_everywhere() -> None:
    result = compare(little(()), effect="cliffs-delta")
    assert result.effect == "cliffs-delta"
    assert "Effect size: Cliff delta, with the asymmetric interval" in result.notes[1]
    assert "Cliff delta (95 % CI)" in str(result)
    assert "Hedges" not in str(result)
    row = result.table.row(0, named=True)
    assert -1 <= row["effect_low"] < row["effect_size"] < row["effect_high"] <= 1
    plain = compare(little(()))
    assert result.table.drop("effect_size", "effect_low", "effect_high").equals(
        plain.table.drop("effect_size", "effect_low", "effect_high")
    )
    assert message(little(()), effect="hedges") == (
        "effect must be one of 'hedges-g', 'cohens-d', 'glass-delta', 'superiority', "
        "'cliffs-delta', 'rank-biserial', not 'hedges'. Did you mean hedges-g?"
    )


def test_a_small_group_needs_no_hint_where_the_test_is_exact() -> None:
    hint = 'primary="mann-whitney-exact" does not rest on large samples'
    assert any(hint in warning for warning in compare(little(())).warnings)
    for name in ("mann-whitney-exact", "permutation", "brunner-munzel-permutation"):
        result = compare(little(()), primary=name)
        assert not any("does not rest on" in warning for warning in result.warnings)
