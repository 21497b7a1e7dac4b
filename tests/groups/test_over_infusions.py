"""Anxiety over infusions by response: R, t tests by hand, every trap, and who stopped."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.groups.over_infusions import compare_responders_over_infusions
from ketanalysis.groups.over_infusions_model import fit_infusions
from ketanalysis.groups.two_samples import student
from ketanalysis.mmrm.fit import fit_mmrm
from ketanalysis.mmrm.means import estimate_contrasts
from tests.figures.made_infusions import COURSE, course_scores, infusion_groups
from tests.groups.responder_data import HALF
from tests.shared import ORACLE

PLAN: dict[str, Any] = {
    "scale": "MADRS",
    "rule": HALF,
    "response_visit": "Day 14",
    "infusions": COURSE,
    "covariance": "us",
    "missing": "observed",
}
ONE_ARM = ("ketamine",)


def compare(data: Any, **options: Any) -> Any:
    return compare_responders_over_infusions(data, "VAS", **(PLAN | options))


def message(data: Any, **options: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        compare(data, **options)
    return str(caught.value)


# --- against R ------------------------------------------------------------------------------------


def oracle() -> list[dict[str, str]]:
    with (ORACLE / "over_infusions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(record: str, name: str) -> np.ndarray:
    rows = [r for r in oracle() if (r["record"], r["name"]) == (record, name)]
    return np.array([float(r["value"]) if r["value"] else np.nan for r in rows])


def course(record: str) -> np.ndarray:
    return np.stack([column(record, f"infusion {k}") for k in range(1, 5)], axis=1)


GROUP = column("data", "group") == 1


def test_complete_scores_give_t_tests_of_each_subject() -> None:
    found = fit_infusions(course("data"), GROUP)
    theirs = [row for row in oracle() if row["record"] == "complete"]
    assert len(theirs) == 6
    for row in theirs:
        ours = found[row["name"]]
        # the likelihood is maximised to about nine digits
        assert ours.estimate == pytest.approx(float(row["estimate"]), rel=1e-9)
        assert ours.std_error == pytest.approx(float(row["std_error"]), rel=1e-6)
        assert ours.df == pytest.approx(float(row["df"]), rel=1e-6)
        assert ours.p_value == pytest.approx(float(row["p_value"]), rel=1e-5)


@pytest.mark.parametrize("record", ["holes", "adjusted"])
def test_incomplete_scores_are_those_of_gls(record: str) -> None:
    held = column("data", "base")[:, np.newaxis] if record == "adjusted" else None
    found = fit_infusions(course("holes"), GROUP, held, df="satterthwaite")
    theirs = [row for row in oracle() if row["record"] == record and not row["subject"]]
    assert len(theirs) == 8
    for row in theirs:
        ours, error = found[row["name"]], float(row["std_error"])
        # gls stops where its likelihood changes by less than 1e-12: flat to 2e-5 of an error
        assert ours.estimate == pytest.approx(float(row["estimate"]), abs=2e-5 * error)
        assert ours.std_error == pytest.approx(error, rel=1e-4)


def test_the_degrees_of_freedom_are_those_of_the_mixed_model() -> None:
    """The same model by its formula: `fit_mmrm` was checked against SAS and R mmrm."""
    scores = course("holes")
    there = [(i, k) for i in range(22) for k in range(4) if not np.isnan(scores[i, k])]
    frame = pl.DataFrame(
        {
            "ID": [f"{i:02d}" for i, _ in there],
            "INF": pl.Series([f"i{k}" for _, k in there]).cast(pl.Enum(["i0", "i1", "i2", "i3"])),
            "GRP": pl.Series(["yes" if GROUP[i] else "no" for i, _ in there]).cast(
                pl.Enum(["no", "yes"])
            ),
            "Y": [scores[i, k] for i, k in there],
        }
    )
    fit = fit_mmrm(frame, "Y ~ INF*GRP + us(INF | ID)")
    rows = estimate_contrasts(fit, "GRP", by="INF", reference="no").table
    found = fit_infusions(scores, GROUP)
    for k, row in enumerate(rows.iter_rows(named=True), start=1):
        ours = found[f"difference {k}"]
        for name in ("estimate", "std_error", "df", "p_value"):
            # two ways to the same maximum
            assert getattr(ours, name) == pytest.approx(row[name], rel=1e-6), (k, name)


def test_the_slope_is_that_of_each_subjects_line() -> None:
    scores = course("data")
    lines = np.array([np.polyfit([1, 2, 3, 4], row, 1)[0] for row in scores])
    found = fit_infusions(scores, GROUP)
    by_hand = student(lines[GROUP], lines[~GROUP])
    assert found["slopes"].estimate == pytest.approx(by_hand.difference, rel=1e-9)
    assert found["slopes"].statistic == pytest.approx(by_hand.statistic, rel=1e-6)
    assert found["slope responder"].estimate == pytest.approx(lines[GROUP].mean(), rel=1e-9)


def test_what_cannot_be_fitted() -> None:
    scores = course("data")
    for given_scores, group, words in (
        (scores[:, :1], GROUP, "Not estimable: only one infusion has scores."),
        (scores, GROUP | True, "Not estimable: no subject with a score in one of the groups."),
    ):
        with pytest.raises(EstimationError) as caught:
            fit_infusions(given_scores, group)
        assert str(caught.value) == words
    late = scores.copy()
    late[~GROUP, 3] = np.nan
    found = fit_infusions(late, GROUP)
    assert found["difference 4"].estimate is None
    assert found["difference 1"].estimate is not None
    assert found["slopes"].estimate is None


# --- the question ---------------------------------------------------------------------------------


def test_the_rows_of_a_result() -> None:
    result = compare(course_scores(ONE_ARM))
    table = result.table
    assert table.filter(pl.col("missing") == "observed")["measure"].to_list() == [
        "difference, mean of the infusions",
        "difference of slopes, points an infusion",
        "slope of responders, points an infusion",
        "slope of non-responders, points an infusion",
        *["difference"] * 3,
    ]
    assert table["missing"].unique(maintain_order=True).to_list() == ["observed", "nri"]
    primary = table.filter(pl.col("role") == "primary")
    assert primary["contrast"].to_list() == ["responder - non-responder"] * 2
    counts = table.filter(pl.col("infusion") == "3").select("n", "n_reference").row(0)
    assert counts == (6, 3)  # every fourth stops, and all of these are non-responders
    means = result.means.filter(
        (pl.col("missing") == "observed") & (pl.col("group") == "responder")
    )
    assert means["n"].to_list() == [6, 6, 6]
    # responders have all scores: in the first infusion the model's mean is the observed one
    assert means["estimate"][0] == pytest.approx(means["mean"][0], rel=1e-9)
    frames = (table, result.means, result.audit)
    assert {c for f in frames for c in f.columns if c.islower()} <= set(GLOSSARY)


def test_each_arm_apart_is_its_own_comparison() -> None:
    both = infusion_groups(("placebo", "ketamine"))
    alone = infusion_groups(("placebo",))
    own = both.table.filter(pl.col("TRT01P") == "placebo").drop("TRT01P")
    assert own.equals(alone.table.drop("TRT01P"))
    assert both.title == (
        "VAS over 3 infusions in responders and non-responders (MADRS, Day 14), by TRT01P"
    )


def test_arms_are_a_covariate_or_apart() -> None:
    frame = course_scores(("placebo", "ketamine"))
    assert message(frame).startswith("The data hold several arms (placebo, ketamine).")
    adjusted = compare(frame, adjust="TRT01P")
    apart = compare(frame, by="TRT01P")
    first = adjusted.table["estimate"][0]
    # the arms are alike but for their level, so that the adjusted difference is each arm's own
    assert first == pytest.approx(apart.table["estimate"][0], abs=0.2)
    assert "adjusted for TRT01P (categories)" in adjusted.notes[1]
    pooled = compare(frame, allow="one dose")
    assert pooled.notes[-1] == "Arms are pooled, with the reason: one dose."


def test_who_stopped_is_named() -> None:
    result = compare(course_scores(ONE_ARM))
    assert result.warnings == (
        "Responders were rated at 3.0 of 3 infusions on average and non-responders at 2.5: a mean "
        "over the infusions each subject had compares other infusions in one group than in the "
        "other. No such mean is taken here; the model compares the groups at the same infusions.",
    )
    even = course_scores(ONE_ARM).filter(pl.col("AVISIT").cast(pl.String) != "Infusion 3")
    assert compare(even, infusions=COURSE[:2]).warnings == ()


def test_infusions_after_response_are_named() -> None:
    frame = course_scores(ONE_ARM)
    early = frame.with_columns(
        AVISIT=pl.when(pl.col("AVISIT").cast(pl.String) == "Day 14")
        .then(pl.lit("Infusion 2"))
        .otherwise(pl.col("AVISIT").cast(pl.String))
        .cast(frame.schema["AVISIT"])
    )
    words = compare(early, response_visit="Infusion 2").warnings[0]
    assert words == (
        "Infusions 2 (Infusion 2), 3 (Infusion 3) are not before Infusion 2: anxiety was rated "
        "when response was already known, and cannot be read as predicting it."
    )


def test_every_refusal() -> None:
    frame = course_scores(ONE_ARM)
    for infusions in (["Infusion 1"], "Infusion 1", ["Infusion 1", "Infusion 1"], 3):
        assert message(frame, infusions=infusions) == (
            "infusions must name two or more different visits, one an infusion in their order, not "
            f"{infusions!r}. For one infusion take compare_responders."
        )
    assert message(frame, covariance="sp_exp").startswith("covariance must be one of 'us',")
    assert message(frame, infusions=["Infusion 1", "Infusion 9"]).startswith(
        "anxiety_visit must be a visit at which VAS was scored: 'Infusion 1', 'Infusion 2', "
        "'Infusion 3'; not 'Infusion 9'."
    )


@pytest.mark.parametrize(
    ("scale", "value", "reason"),
    [
        ("MADRS", 30.0, "not estimable: no subject with a score in one of the groups"),
        (
            "VAS",
            0.0,
            "not estimable: The scores at 'infusion 1', 'infusion 2', 'infusion 3' do not",
        ),
    ],
)
def test_not_estimable_has_a_reason(scale: str, value: float, reason: str) -> None:
    here = (pl.col("PARAMCD") == scale) & pl.col("ABLFL").is_null()
    frame = course_scores(ONE_ARM).with_columns(AVAL=pl.when(here).then(value).otherwise("AVAL"))
    result = compare(frame)
    assert result.table["p_value"].null_count() == result.table.height
    assert all(note.startswith(reason) for note in result.table["note"])
    assert "NE" in str(result)
    assert result.text("jama")


def test_whole_sentences() -> None:
    result = infusion_groups(("ketamine",))
    row = result.table.row(0, named=True)
    said = result.text("apa").partition(" Response is")[0]
    first = (
        f"mean difference over all infusions (ketamine) −3.4 points (95% CI [−8.4, 1.5]), "
        f"t({row['df']:.1f}) = −1.57, p = .149"
    )
    assert said == (
        "VAS, responders minus non-responders by a mixed model over the infusions: "
        f"{first}; difference of slopes (ketamine) −3.1 points an infusion (95% CI [−9.6, 3.5]), "
        "t(7.5) = −1.09, p = .310."
    )


# --- properties -----------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_rows_units_and_sides(seed: int, factor: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(30, 6, (16, 1)) + rng.normal(0, 7, (16, 3))
    scores[rng.random((16, 3)) < 0.1] = np.nan
    group = np.arange(16) < 8
    order = rng.permutation(16)
    plain = fit_infusions(scores, group)
    moved = fit_infusions(scores[order], group[order])
    bigger = fit_infusions(factor * scores, group)
    turned = fit_infusions(scores, ~group)
    for name in ("mean", "slopes", "difference 2"):
        assert moved[name] == plain[name]
        assert bigger[name].estimate == pytest.approx(factor * plain[name].estimate, rel=1e-5)
        assert bigger[name].p_value == pytest.approx(plain[name].p_value, rel=1e-4)
        assert turned[name].estimate == pytest.approx(-plain[name].estimate, rel=1e-5, abs=1e-8)
