"""Sensitivity analyses: each row is what its own function gives, and everything named is a row."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.sensitivity.estimands import SensitivityResult, endpoint_words

HALF, TEN = ka.Response(at_least=0.5), ka.Remission(at_most=10)
VISITS = ["Day 14", "24 h"]
HANDLINGS = ["nri", "observed", "locf", "mmrm", "mi", "j2r"]


@cache
def how(**more: Any) -> ka.Imputation:
    given = {"draws": 4, "seed": 1, "reference": "midazolam", "visits": ("24 h", "Day 14")} | more
    return ka.Imputation("approximate-bayes", **given)


@cache
def trial() -> ka.Trial:
    return ka.load_example("ketamine")


@cache
def found() -> SensitivityResult:
    return ka.estimate_sensitivity(
        trial(), "MADRS", [HALF, TEN, "change"], visits=VISITS, missing=HANDLINGS, imputation=how()
    )


def row(missing: str, visit: str, endpoint: ka.Response | ka.Remission | str) -> dict[str, Any]:
    return found().table.row(
        by_predicate=(pl.col("missing") == missing)
        & (pl.col("AVISIT") == visit)
        & (pl.col("endpoint") == endpoint_words(endpoint)),
        named=True,
    )


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    for name in ("estimate", "conf_low", "conf_high", "p_value"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-10), name


def test_every_combination_that_makes_sense_is_a_row() -> None:
    table = found().table
    assert table.height == 2 * (5 + 5 + 5)  # no mixed model of a rule, no failure of a change
    keys = table.select("endpoint", "AVISIT", "missing", "contrast")
    assert keys.is_unique().all()
    first = table.row(0, named=True)
    assert (first["role"], first["AVISIT"], first["missing"]) == ("primary", "Day 14", "nri")
    assert table["role"].to_list().count("primary") == 1
    assert {c for c in table.columns if c.islower()} <= set(GLOSSARY)


@pytest.mark.parametrize("visit", VISITS)
@pytest.mark.parametrize("missing", ["nri", "observed", "locf", "mi", "j2r"])
def test_rules_as_alone(missing: str, visit: str) -> None:
    alone = ka.estimate_response(
        trial(),
        "MADRS",
        HALF,
        by="TRT01P",
        missing=missing,
        visits=[visit],
        imputation=how() if missing in ("mi", "j2r") else None,
    )
    ours = row(missing, visit, HALF)
    same(ours, alone.contrasts.row(0, named=True))
    assert [ours["n_reference"], ours["n"]] == alone.table["n"].to_list()


@pytest.mark.parametrize("visit", VISITS)
def test_observed_change_as_the_analysis_of_covariance(visit: str) -> None:
    fit = ka.fit_ancova(trial(), "CHG ~ BASE + TRT01P", scale="MADRS", visit=visit)
    alone = ka.estimate_contrasts(fit, "TRT01P").table.row(0, named=True)
    same(row("observed", visit, "change"), alone)


def test_carried_forward_change_by_hand() -> None:
    """Subjects scored at the visit keep their score; the others take their last one before."""
    until = ["40 min", "4 h", "24 h", "Day 7", "Day 14"]
    scores = (
        ka.derive_baseline(trial().scores("MADRS"))
        .filter(pl.col("AVISIT").cast(pl.String).is_in(until))
        .drop_nulls("AVAL")
        .sort("AFRLT")
        .group_by("USUBJID", maintain_order=True)
        .agg(pl.col("AVAL").last(), pl.col("BASE").first())
        .join(trial().adsl.select("USUBJID", "TRT01P"), on="USUBJID")
        .with_columns(CHG=pl.col("AVAL") - pl.col("BASE"))
    )
    fit = ka.fit_ancova(scores, "CHG ~ BASE + TRT01P")
    same(
        row("locf", "Day 14", "change"),
        ka.estimate_contrasts(fit, "TRT01P").table.row(0, named=True),
    )


def test_the_mixed_model_as_alone() -> None:
    visits = ["24 h", "Day 14"]
    frame = (
        ka.derive_baseline(trial().scores("MADRS"))
        .filter(pl.col("AVISIT").cast(pl.String).is_in(visits))
        .with_columns(
            AVISIT=pl.col("AVISIT").cast(pl.String).cast(pl.Enum(visits)),
            CHG=pl.col("AVAL") - pl.col("BASE"),
        )
        .join(trial().adsl.select("USUBJID", "TRT01P"), on="USUBJID")
    )
    fit = ka.fit_mmrm(frame, "CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID)")
    for alone in ka.estimate_contrasts(fit, "TRT01P", "AVISIT").table.to_dicts():
        same(row("mmrm", alone["AVISIT"], "change"), alone)


@pytest.mark.parametrize("missing, strategy", [("mi", "mar"), ("j2r", "j2r")])
def test_imputed_change_as_alone(missing: str, strategy: str) -> None:
    alone = ka.estimate_imputed_change(trial(), "MADRS", "TRT01P", how(), strategy=strategy)
    for theirs in alone.table.to_dicts():
        ours = row(missing, theirs["AVISIT"], "change")
        same(ours, theirs)
        assert ours["n"] + ours["n_reference"] == theirs["n"]


def test_covariates_of_the_imputation_stand_in_every_analysis_of_change() -> None:
    result = ka.estimate_sensitivity(
        trial(), "MADRS", "change", visits="Day 14", missing=["observed", "mi"],
        imputation=how(covariates=("SEX",)),
    )  # fmt: skip
    fit = ka.fit_ancova(trial(), "CHG ~ BASE + TRT01P + SEX", scale="MADRS", visit="Day 14")
    alone = ka.estimate_contrasts(fit, "TRT01P", weights="proportional").table.row(0, named=True)
    same(result.table.row(0, named=True), alone)


def test_everybody_is_counted_under_every_handling() -> None:
    own = found().audit.filter(pl.col("AVISIT").is_not_null())
    sums = own.group_by("endpoint", "AVISIT", "missing").agg(pl.col("count").sum())
    assert set(sums["count"]) == {96}
    assert sums.height == 2 * 2 * 5


def test_three_arms_and_an_analysis_that_fails() -> None:
    """One arm has no score at the last visit: its analysis of change has no estimate, but a row."""
    arms, rows = ["p", "low", "high"], []
    for i in range(24):
        arm = arms[i % 3]
        rows.append((str(i), arm, 0, 30.0 + i % 5))
        rows.append((str(i), arm, 7, 20.0 + i % 7))
        rows.append((str(i), arm, 14, None if arm == "high" else 18.0 + i % 6))
    frame = pl.DataFrame(rows, schema=["id", "arm", "day", "madrs"], orient="row")
    small = ka.as_trial(
        frame, subject="id", arm="arm", arms=arms, visit="day", visits=["0", "7", "14"], day="day",
        scores={"MADRS": "madrs"}, baseline_visit="0",
    )  # fmt: skip
    result = ka.estimate_sensitivity(
        small, "MADRS", [HALF, "change"], visits=["7", "14"], missing=["observed", "locf"]
    )
    assert result.table["contrast"].unique().sort().to_list() == ["high - p", "low - p"]
    lacking = result.table.filter(AVISIT="14", missing="observed", contrast="high - p")
    assert lacking["estimate"].to_list() == [None, None]
    assert lacking["n"].to_list() == [0, 0]
    assert lacking["note"].str.len_chars().min() > 0  # type: ignore[operator]
    assert "Not estimable, change from baseline, at visit 14, observed cases: " in result.summary()
    result.plot()


def test_what_it_says() -> None:
    text = found().text()
    begin = (
        "Response, improvement of at least 50 %, at Day 14 (ketamine minus midazolam, "
        "non-responder imputation): 21 percentage points (95 % CI 1 to 39; p = 0.036). Under 4 "
        "other handlings of missing scores it ran from 21 to "
    )
    assert text.startswith(begin)
    assert "Non-responder imputation (primary)" in found().summary()


def test_an_arm_may_hold_a_hyphen_between_blanks() -> None:
    arms = ["usual care - phone", "ketamine"]
    rows = [(str(i), arms[i % 2], day, 30.0 - day - i % 3) for i in range(12) for day in (0, 7)]
    small = ka.as_trial(
        pl.DataFrame(rows, schema=["id", "arm", "day", "madrs"], orient="row"),
        subject="id", arm="arm", arms=arms, visit="day", visits=["0", "7"], day="day",
        scores={"MADRS": "madrs"}, baseline_visit="0",
    )  # fmt: skip
    result = ka.estimate_sensitivity(small, "MADRS", "change", visits="7", missing="observed")
    text = result.summary()
    assert "ketamine, n  usual care - phone, n" in text
    assert ": ketamine minus usual care - phone, " in result.plot().ketanalysis_caption  # type: ignore[attr-defined]


def test_the_figure_has_a_panel_a_measure() -> None:
    figure = found().plot()
    assert [one.get_xlabel() for one in figure.axes] == [
        "Risk difference, percentage points (95 % CI)",
        "Difference in change of MADRS, points (95 % CI)",
    ]
    one = found().plot(measure="difference in change")
    assert one.ketanalysis_data["measure"].unique().to_list() == ["difference in change"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "changed, said",
    [
        (
            {"endpoints": "score"},
            "endpoints must be rules, such as Response(at_least=0.5), and \"change\", not 'score'.",
        ),
        ({"endpoints": []}, 'endpoints must name a rule or "change".'),
        ({"visits": []}, "visits must name a visit."),
        ({"missing": []}, "missing must name a handling of missing scores."),
        (
            {"missing": ["nri", "mmrm"]},
            'missing="mmrm" is a model of points: add "change" to the endpoints, or leave it out.',
        ),
        (
            {"endpoints": "change"},
            'missing="nri" counts failures of a rule: add a rule to the endpoints, or leave it '
            "out.",
        ),
        (
            {"endpoints": ["change", HALF]},
            "The first endpoint and the first handling are the primary analysis, and "
            'missing="nri" does not go with change from baseline. Name another first.',
        ),
        (
            {"missing": ["nri", "mi"]},
            'missing="mi" needs imputation=, which says how scores are imputed: '
            'imputation=Imputation("approximate-bayes", draws=..., seed=...).',
        ),
        (
            {"by": "SEX"},
            "The arms in SEX have no declared order: give SEX as a polars Enum (pandas: an ordered "
            "Categorical), the reference first.",
        ),
    ],
)
def test_refusals(changed: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"endpoints": HALF, "visits": "24 h", "missing": "nri"} | changed
    with pytest.raises(ArgumentError) as refused:
        ka.estimate_sensitivity(trial(), "MADRS", **given)
    assert str(refused.value) == said
