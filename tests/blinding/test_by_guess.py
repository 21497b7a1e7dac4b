"""Effects by guess against R, the table of responders, and what the result warns of."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.blinding.by_guess import EffectByGuessResult, estimate_effect_by_guess
from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.glossary import GLOSSARY
from tests.shared import ORACLE

ARMS = pl.Enum(["midazolam", "ketamine"])
NUMBERS = ("estimate", "std_error", "conf_low", "conf_high", "statistic", "df", "p_value")
VISITS = pl.Enum(["base", "end"])


@cache
def oracle(name: str) -> list[dict[str, str]]:
    with (ORACLE / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def frame(name: str) -> pl.DataFrame:
    """Return the scores of a data set of R, two rows a subject, the guess beside them."""
    rows = []
    for one in oracle("effect_by_guess_data"):
        if one["data"] == name:
            beside = {"USUBJID": one["id"], "TRT01P": one["arm"], "GUESS": one["guess"] or None}
            for visit, column in (("base", "base"), ("end", "score")):
                score = float(one[column]) if one[column] else None
                rows.append(beside | {"AVISIT": visit, "AVAL": score})
    types = {"TRT01P": ARMS, "AVISIT": VISITS, "GUESS": pl.String, "AVAL": pl.Float64}
    made = pl.DataFrame(rows, schema_overrides=types)
    return made.with_columns(ABLFL=pl.when(pl.col("AVISIT") == "base").then(pl.lit("Y")))


def by_guess(data: Any, **options: Any) -> EffectByGuessResult:
    asked = {"visit": "end", "dont_know": "unsure"} | options
    return estimate_effect_by_guess(data, "MADRS", "GUESS", **asked)


@pytest.mark.parametrize("name", ["even", "gaps", "few"])
def test_effects_are_those_of_r(name: str) -> None:
    result = by_guess(frame(name).sample(fraction=1, shuffle=True, seed=3))
    ours = {row["guessed"]: row for row in result.table.to_dicts()}
    (test,) = result.tests.to_dicts()
    theirs = [row for row in oracle("effect_by_guess") if row["data"] == name]
    assert len(theirs) == len(ours) + 1 == 6
    for row in theirs:
        # Least squares of some 60 rows: both sides keep 12 digits and more; R wrote 15.
        if row["guessed"] == "treatment x guess":
            assert (test["df_num"], test["df_den"]) == (int(row["df_num"]), int(row["df"]))
            for column in ("statistic", "p_value"):
                assert test[column] == pytest.approx(float(row[column]), rel=1e-9)
            continue
        one = ours[row["guessed"]]
        assert (one["n"], one["n_reference"]) == (int(row["n"]), int(row["n_reference"]))
        for column in (
            "estimate",
            "std_error",
            "conf_low",
            "conf_high",
            "statistic",
            "df",
            "p_value",
        ):
            assert one[column] == pytest.approx(float(row[column]), rel=1e-9, abs=1e-11), column


def test_everybody_is_in_the_audit() -> None:
    data = frame("gaps")
    result = by_guess(data)
    used = result.table.row(0, named=True)
    assert result.audit["count"].sum() == data["USUBJID"].n_unique()
    assert result.audit.row(0) == (
        "included",
        "baseline, score and guess",
        used["n"] + used["n_reference"],
    )
    assert set(result.audit["reason"][1:]) == {
        "no answer",
        "no baseline",
        "no score at the visit",
    }


def test_responders_by_arm_and_guess_are_counted() -> None:
    data = frame("even")
    result = by_guess(data, response=ka.Response(at_least=0.5))
    wide = data.pivot(on="AVISIT", index=["USUBJID", "TRT01P", "GUESS"], values="AVAL")
    for row in result.responses.to_dicts():
        guess = "unsure" if row["guessed"] == "don't know" else row["guessed"]
        cell = wide.filter(pl.col("TRT01P") == row["group"], pl.col("GUESS") == guess)
        assert row["n"] == cell.height
        assert row["count"] == cell.filter(pl.col("end") <= pl.col("base") / 2).height
    frames = (result.table, result.tests, result.responses)
    assert {column for table in frames for column in table.columns} <= set(GLOSSARY)


def test_a_trial_and_its_face() -> None:
    trial = ka.load_example("ketamine")
    own = trial.adsl["TRT01P"].cast(pl.String)
    guessed = trial.with_(adsl=trial.adsl.with_columns(GUESS=own.shift(1).fill_null("?")))
    result = by_guess(guessed, visit="Day 14", dont_know="?")
    assert result.simulated
    assert result.summary().startswith("MADRS at Day 14: ketamine minus midazolam by GUESS\n")
    assert result.table.filter(guessed="don't know")["note"].item() == (
        "not estimable: no subject in one of the groups"
    )
    assert result.warnings == (
        "The guess was made after randomisation and follows the response: those who got better "
        "guess the drug. Groups by guess are not randomised, and an effect that is smaller within "
        "them can be the work of the guess, or of this selection. No analysis of guesses tells the "
        "two apart.",
    )
    for style, said in (
        ("plain", "−1.7 (95 % CI −5.2 to 1.7)"),
        ("apa", "−1.7 (95% CI [−5.2, 1.7])"),
    ):
        assert result.text(style).startswith(
            "Difference in MADRS at Day 14, ketamine minus midazolam, by the guess (GUESS): all "
            f"{said} (n = 39 v 43); all, adjusted for the guess −2.1 "
        )
    assert "Difference between the guesses: P = .72. The guess was made" in result.text("jama")


def test_refusals() -> None:
    with pytest.raises(ArgumentError) as refusal:
        by_guess(frame("even"), response="half")
    assert str(refusal.value) == (
        "response must be a Response, such as Response(at_least=0.5), not 'half'."
    )
    nobody = frame("even").with_columns(GUESS=pl.lit(None, dtype=pl.String))
    with pytest.raises(EstimationError) as refusal:
        by_guess(nobody)
    assert str(refusal.value) == (
        "Nobody has a MADRS baseline, a score at 'end' and an answer to GUESS."
    )
