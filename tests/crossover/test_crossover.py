"""Crossovers and ascending doses against R, a printed example, and what is refused."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.crossover.crossover import CrossoverResult, compare_crossover
from ketanalysis.crossover.design import read_crossover
from ketanalysis.crossover.dose_response import DoseResponseResult, estimate_dose_response
from ketanalysis.crossover.two_period import two_period_rows
from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.glossary import GLOSSARY
from tests.shared import ORACLE

OURS = {"t": "t", "rank": "rank sums (Koch)", "paired": "paired t, periods ignored"}


@cache
def oracle(name: str) -> list[dict[str, str]]:
    with (ORACLE / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def frame(name: str) -> pl.DataFrame:
    found = pl.read_csv(ORACLE / "crossover_data.csv").filter(data=name)
    return found.rename({"id": "USUBJID", "sequence": "TRTSEQP", "period": "APERIOD"})


def crossover(name: str, **options: Any) -> CrossoverResult:
    reference = "A" if name == "williams" else "S"
    return compare_crossover(frame(name), "y", **({"reference": reference} | options))


@pytest.mark.parametrize("name", ["pef", "ties", "gaps"])
def test_t_ranks_and_pairs_are_those_of_r(name: str) -> None:
    beside = crossover(name).beside
    rows = [row for row in oracle("crossover") if row["data"] == name and row["method"] != "mixed"]
    assert len(rows) == beside.height == 7
    for theirs in rows:
        is_own = (pl.col("term") == theirs["term"]) & (pl.col("method") == OURS[theirs["method"]])
        (ours,) = beside.filter(is_own).to_dicts()
        # t.test and the exact rank tests: relative 1e-9.
        assert ours["p_value"] == pytest.approx(float(theirs["p_value"]), rel=1e-9)
        if theirs["method"] != "rank":
            for column in ("estimate", "std_error", "df", "conf_low", "conf_high"):
                assert ours[column] == pytest.approx(float(theirs[column]), rel=1e-9), column


@pytest.mark.parametrize("name", ["pef", "ties", "gaps", "williams"])
def test_the_mixed_model_is_that_of_lmer(name: str) -> None:
    """pbkrtest's Kenward-Roger; lmer stops near 1e-6 of the variance, so 1e-5 of what follows."""
    table = crossover(name, df="kenward-roger-expected").table
    rows = [row for row in oracle("crossover") if (row["data"], row["method"]) == (name, "mixed")]
    assert len(rows) == table.height
    for theirs in rows:
        (ours,) = table.filter(pl.col("contrast").str.starts_with(theirs["contrast"])).to_dicts()
        for column in ("estimate", "std_error", "df"):
            assert ours[column] == pytest.approx(float(theirs[column]), rel=1e-5), column
        assert ours["p_value"] == pytest.approx(float(theirs["p_value"]), rel=1e-3)


def test_the_example_that_is_printed() -> None:
    """Quoted from Senn (2002), chapter 3, not read again: formoterol minus salbutamol, l/min."""
    for method in ("mixed", "t"):
        (row,) = crossover("pef", method=method).table.to_dicts()
        shown = tuple(round(row[name], 1) for name in ("estimate", "conf_low", "conf_high"))
        assert shown == (46.6, 22.9, 70.3)


def test_carry_over_of_the_model_is_that_of_the_totals() -> None:
    """In a complete AB/BA design both compare the totals of the sequences: F is t squared."""
    result = crossover("pef")
    model = result.tests.filter(term="carry-over").row(0, named=True)
    totals = result.beside.filter(term="carry-over", method="t").row(0, named=True)
    assert model["statistic"] == pytest.approx(totals["statistic"] ** 2, rel=1e-6)
    assert model["p_value"] == pytest.approx(totals["p_value"], rel=1e-6)
    assert "rejects far too often (Freeman 1989)" in result.warnings[-1]


def test_a_williams_design_has_a_test_of_carry_over() -> None:
    tests = crossover("williams").tests
    assert tests["term"].to_list() == ["sequence", "period", "treatment", "carry-over"]
    assert tests["df_num"].to_list() == [3, 3, 3, 3]
    assert crossover("williams").beside.is_empty()
    assert crossover("williams").notes[-1] == "The p values of 3 contrasts are not adjusted."


def test_who_lacks_a_period_is_counted() -> None:
    result = crossover("gaps")
    assert result.audit.rows() == [
        ("included", "scores in all 2 periods", 15),
        ("included", "scores in some periods only", 2),
    ]
    assert result.warnings[0] == (
        "2 subjects lack a period: the mixed model keeps them; the analyses beside it leave them "
        "out."
    )


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([0.1, 0.3, 1.7, 12.0]), st.integers(0, 999))
def test_units_and_order_do_not_matter(factor: float, seed: int) -> None:
    """Ties stay ties in another unit, though 0.3 x 17 - 0.3 x 12 is not 0.3 x 5 in binary."""
    data = frame("ties").with_columns(y=pl.col("y") * factor)
    options = {"visit": None, "subject": "USUBJID", "sequence": "TRTSEQP", "period": "APERIOD"}
    one, other = (
        list(
            two_period_rows(read_crossover(d, "y", reference="S", sequences=None, **options), 0.95)
        )
        for d in (frame("ties"), data.sample(fraction=1, shuffle=True, seed=seed))
    )
    for ours, theirs in zip(one, other, strict=True):
        assert theirs["p_value"] == pytest.approx(ours["p_value"], rel=1e-7)
        assert theirs["estimate"] == pytest.approx(factor * ours["estimate"], rel=1e-7)


def test_the_other_reference_turns_the_sign() -> None:
    one, other = crossover("pef"), crossover("pef", reference="F")
    assert other.table["estimate"][0] == pytest.approx(-one.table["estimate"][0], rel=1e-9)
    assert other.table["contrast"].to_list() == ["S - F"]


def test_sequences_as_a_trial_writes_them() -> None:
    renamed = frame("pef").with_columns(
        TRTSEQP=pl.col("TRTSEQP").replace({"FS": "drug - placebo", "SF": "placebo - drug"})
    )
    result = compare_crossover(renamed, "y", reference="placebo")
    assert result.table["estimate"][0] == pytest.approx(crossover("pef").table["estimate"][0])
    assert result.notes[0] == (
        "Sequences: drug - placebo: drug then placebo; placebo - drug: placebo then drug."
    )
    numbered = frame("pef").with_columns(TRTSEQP=pl.col("TRTSEQP").replace({"FS": "1", "SF": "2"}))
    told = {"1": ["F", "S"], "2": ["S", "F"]}
    assert compare_crossover(numbered, "y", reference="S", sequences=told).table.equals(
        crossover("pef").table
    )


def test_a_trial_is_read_by_period() -> None:
    scores = frame("pef").select(
        "USUBJID", "APERIOD", PARAMCD=pl.lit("FQ"), AVISIT=pl.lit("1 h"), AVAL=pl.col("y") / 10
    )
    adsl = frame("pef").select("USUBJID", "TRTSEQP").unique()
    trial = ka.Trial(adsl=adsl, adqs=scores, visits=("1 h",))
    result = compare_crossover(trial, "FQ", reference="S", visit="1 h")
    assert result.table["estimate"][0] == pytest.approx(4.66071428571, rel=1e-9)
    with pytest.raises(ArgumentError) as refusal:
        compare_crossover(trial, "FQ", reference="S")
    assert str(refusal.value) == "visit= must be written for a trial: which visit of each period."


SAID = {
    "plain": "Difference in y within 13 subjects: F minus S 47 (95 % CI 23 to 70), p = 0.001. "
    "Period: p = 0.168. ",
    "apa": "Difference in y within 13 subjects: F minus S 47 (95% CI [23, 70]), p = .001. "
    "Period: p = .168. ",
    "jama": "Difference in y within 13 subjects: F minus S 47 (95% CI, 23-70), P = .001. "
    "Period: P = .17. ",
}


@pytest.mark.parametrize("style", SAID)
def test_the_result_in_words(style: str) -> None:
    result = crossover("pef")
    said = SAID[style].replace("47 (", "46.6 (").replace("23 to 70", "22.9 to 70.3")
    said = said.replace("[23, 70]", "[22.9, 70.3]").replace("23-70", "22.9-70.3")
    assert result.text(style).startswith(said)
    assert "Beside it (chooses nothing)" in result.summary()
    frames = (result.table, result.beside, result.tests, result.means)
    assert {column for table in frames for column in table.columns} <= set(GLOSSARY)


REFUSED = [
    (
        {"reference": "placebo"},
        "reference must be one of the treatments 'F', 'S', not 'placebo'.",
    ),
    ({"method": "anova"}, "method must be one of 'mixed', 't', not 'anova'."),
    (
        {"sequences": {"FS": ["F", "S"]}},
        "sequences must name every sequence, and has none for 'SF'; it names 'FS'.",
    ),
    (
        {"sequences": {"FS": ["F"], "SF": ["S", "F"]}},
        "The sequence 'FS' must say the treatment of each of 2 periods, as 'AB' or "
        "'placebo-ketamine' do; it says 'F'. Or declare it: sequences={\"FS\": [\"...\", "
        '"..."]}.',
    ),
    (
        {"sequence": "SEQ"},
        "data needs the column SEQ; it has data, USUBJID, TRTSEQP, APERIOD, y. Did you mean "
        "TRTSEQP?",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_change_is_named(changes, text) -> None:
    with pytest.raises(ArgumentError) as refusal:
        crossover("pef", **changes)
    assert str(refusal.value) == text


def test_what_the_data_must_be_is_named() -> None:
    data = frame("pef")
    with pytest.raises(ContractError) as refusal:
        compare_crossover(pl.concat([data, data[:1]]), "y", reference="S")
    assert str(refusal.value) == (
        "A subject can have one score a period; 2 rows share theirs, first subject FS1 in period "
        "1. Keep the visit that counts."
    )
    with pytest.raises(ArgumentError) as refusal:
        crossover("williams", method="t")
    assert str(refusal.value) == (
        "method (of a design other than AB/BA) must be one of 'mixed', not 't'."
    )


def doses(name: str, **options: Any) -> DoseResponseResult:
    data = pl.read_csv(ORACLE / "dose_data.csv").filter(data=name).rename({"id": "USUBJID"})
    return estimate_dose_response(data, "y", "dose", **({"reference": 0} | options))


@pytest.mark.parametrize("name", ["ascending", "gaps"])
def test_trends_and_doses_are_those_of_lmer(name: str) -> None:
    """As the mixed model of a crossover: 1e-5, where lmer stops."""
    options = {"df": "kenward-roger-expected", "adjust": "none"}
    found = {scale: doses(name, scale=scale, **options) for scale in ("linear", "log2")}
    rows = [row for row in oracle("dose_response") if row["data"] == name]
    assert len(rows) == 6
    for theirs in rows:
        if theirs["method"] == "departure":
            (test,) = found["linear"].tests.to_dicts()
            assert test["statistic"] == pytest.approx(float(theirs["estimate"]), rel=1e-5)
            assert test["df_den"] == pytest.approx(float(theirs["df"]), rel=1e-5)
            assert test["p_value"] == pytest.approx(float(theirs["p_value"]), rel=1e-4)
            continue
        if theirs["method"] == "levels":
            contrast = f"{theirs['term'].removeprefix('level')} - 0"
            (ours,) = found["linear"].table.filter(contrast=contrast).to_dicts()
        else:
            ours = found[theirs["method"]].table.row(0, named=True)
        for column in ("estimate", "std_error", "df"):
            assert ours[column] == pytest.approx(float(theirs[column]), rel=1e-5), column
        assert ours["p_value"] == pytest.approx(float(theirs["p_value"]), rel=1e-4)


def test_ascending_doses_are_confounded_with_time() -> None:
    result = doses("ascending", adjust="none")
    assert result.warnings == (
        "Every subject had the doses in the same order, so that dose and time cannot be told "
        "apart: scores also change because time passes, expectation grows, or the dose before "
        "still works.",
    )
    assert result.text().startswith(
        "y changed by −16.5 (95 % CI −20.8 to −12.2) points for a unit "
    )
    assert result.summary().startswith("y over doses (dose) within subjects\n")
    frames = (result.table, result.means, result.tests)
    assert {column for table in frames for column in table.columns} <= set(GLOSSARY)
    rows = {"USUBJID": [*"aabbccdd"], "DOSE": [0, 1, 1, 0] * 2, "P": [1, 2] * 4}
    turned = rows | {"y": [9, 4, 5, 8, 7, 3, 6, 9]}
    both = estimate_dose_response(turned, "y", "DOSE", reference=0, period="P", adjust="none")
    assert both.warnings == ()


def test_dunnett_adjusts_the_doses_and_not_the_trend() -> None:
    """Of one correlation of 1/2 and 33 degrees of freedom: between single and Bonferroni."""
    single, adjusted = doses("ascending", adjust="none").table, doses("ascending").table
    assert adjusted["p_adjusted"][0] is None
    assert adjusted.row(0)[:9] == single.row(0)[:9]
    for one, other in zip(single[1:].to_dicts(), adjusted[1:].to_dicts(), strict=True):
        assert one["p_value"] <= other["p_adjusted"] <= min(1, 3 * one["p_value"])
        assert other["conf_low"] < one["conf_low"]


def test_doses_that_are_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        doses("ascending", reference=2)
    assert str(refusal.value) == (
        "reference must be one of two or more doses, 0, 0.25, 0.5, 1; not 2."
    )
    rows = {"USUBJID": ["a", "a"], "DOSE": [0, 0], "y": [1, 2]}
    with pytest.raises(ContractError) as refusal:
        estimate_dose_response(rows, "y", "DOSE", reference=0)
    assert str(refusal.value) == (
        "A subject can have one score a dose; 2 rows share theirs, first subject a at 0. Keep the "
        "time point that the plan names."
    )
