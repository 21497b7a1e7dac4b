"""What a plan asks of anxiety, of ratings during infusions and of subgroups, in the report."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.contracts.checking import check_frame
from ketanalysis.study.running import StudyResults
from ketanalysis.study.sections import Section
from ketanalysis.tables import Table
from ketanalysis.tables.responder_parts import PARTS, responder_part

PLAN = ka.Plan(
    scale="MADRS",
    visit="Day 14",
    missing="nri",
    response=ka.Response(at_least=0.5),
    anxiety=ka.Anxiety(
        outcomes=("ASC_ANX",),
        visit="4 h",
        margin=15,
        prior="medium",
        two_part=("ASC_ANX",),
        repeated="CADSS",
        infusions=("40 min", "4 h"),
        covariance="cs",
    ),
    acute=ka.AcuteEffects(
        scales=("CADSS",),
        pre_within=60,
        until=240,
        points={"before": (-60, 0), "40 min": (20, 60), "2 h": (90, 150)},
        flag="published",
        covariance="cs",
    ),
    suicidality=ka.SuicidalIdeation(
        scale="HAMA",
        remission=ka.Remission(at_most=14),
        visit="24 h",
        missing="nri",
        declared="before",
        columns=("SEX",),
    ),
    subgroups=ka.Subgroups(
        declared="before", missing="observed", endpoint="change", columns=("SEX",)
    ),
)
ASKED = (
    *("infusion_anxiety", "anxiety_over_infusions", "acute_effects", "subgroups"),
    "suicidality",
)


@cache
def trial() -> ka.Trial:
    """Return the example with CADSS around the first infusion: before, at 40 min, at 2 h."""
    example = ka.load_example("ketamine")
    arms = example.adsl.select("USUBJID", is_drug=pl.col("TRT01P") == "ketamine").sort("USUBJID")
    pieces = []
    for visit, hour, height in (("Baseline", -0.5, 0), ("40 min", 0.67, 9), ("4 h", 2.0, 1)):
        number = pl.int_range(pl.len()) * 7 % 5
        score = number * (height > 0) + height * (1 + pl.col("is_drug").cast(pl.Int64))
        base = "Y" if hour < 0 else None
        pieces.append(
            arms.select(
                "USUBJID",
                PARAMCD=pl.lit("CADSS"),
                AVISIT=pl.lit(visit).cast(example.adqs.schema["AVISIT"]),
                AVISITN=pl.lit(None, dtype=pl.Int64),
                AFRLT=pl.lit(hour),
                AVAL=score.cast(pl.Float64),
                ABLFL=pl.lit(base, dtype=pl.String),
            ).select(example.adqs.columns)
        )
    others = example.adqs.filter(pl.col("PARAMCD").cast(pl.String) != "CADSS")
    return replace(example, adqs=pl.concat([others, *pieces]))


@cache
def results() -> StudyResults:
    return ka.run_study(trial(), PLAN, only=ASKED)


def comparison(plan: ka.Plan = PLAN) -> ka.Result:
    return ka.run_study(trial(), plan, only=("infusion_anxiety",))["infusion_anxiety"]


def test_every_question_of_the_plan_has_its_result() -> None:
    assert results().refused == {}
    assert list(results()) == [
        *("infusion_anxiety", "anxiety_over_infusions", "acute_effects", "subgroups"),
        *("suicidal_ideation", "suicidal_ideation_subgroups"),
    ]


def test_the_course_within_an_infusion_has_its_figure() -> None:
    found = results()["acute_effects"]
    assert found.course["ATPT"].unique(maintain_order=True).to_list() == ["before", "40 min", "2 h"]
    figure = Section(results()).figure("acute_effects")
    assert figure.ketanalysis_label == "fig-acute-effects"
    assert "CADSS" in figure.ketanalysis_caption


def cells(table: Table) -> dict[str, tuple[str, ...]]:
    """Return the rows of the ketamine arm by their first cell."""
    start = 0
    for label, n in table.row_groups:
        if label.startswith("ketamine"):
            return {row[0]: row[1:] for row in table.rows[start : start + n]}
        start += n
    return {row[0]: row[1:] for row in table.rows}


def test_parts_show_the_numbers_of_the_result() -> None:
    result = comparison()
    effects = cells(responder_part(result, "effects"))
    assert effects["Hedges g"] == ("22", "16", "−0.63 (−1.28 to 0.02)", "noncentral t")
    assert effects["Difference of means"] == ("22", "16", "−10.7 (−21.8 to 0.4)", "Welch t")
    power = cells(responder_part(result, "power"))["ketamine, ASC_ANX"]
    assert power[:4] == ("22", "16", "0.95", "0.66")
    assert power[-1] == "63 %"
    equivalence = cells(responder_part(result, "equivalence"))["ketamine, ASC_ANX"]
    assert equivalence == (
        *("22", "16", "15", "−10.7 (−19.9 to −1.4)", "0.218"),
        "Equivalence not shown",
    )
    bayes = responder_part(result, "bayes", prior="medium")
    assert bayes.rows[1] == ("ketamine, ASC_ANX", "22", "16", "0.71 (medium)", "1.41")
    twin = cells(responder_part(result, "continuous"))
    line = "ANCOVA: points of MADRS at Day 14 per point of ASC_ANX, at the same MADRS at baseline"
    assert twin[line] == ("38", "0.12 (−0.03 to 0.28)", "0.115")
    two = cells(responder_part(result, "two_part", outcomes=("ASC_ANX",)))
    assert two["Both together"] == ("22", "16", "", "0.157")
    assert two["Among those with any: probability of superiority"][-1] == ""


def test_what_the_plan_does_not_choose_is_not_shown() -> None:
    bare = replace(PLAN, anxiety=ka.Anxiety(outcomes=("ASC_ANX",), visit="4 h"))
    section = Section(ka.run_study(trial(), bare, only=("infusion_anxiety",)))
    shown = {part: section.part("infusion_anxiety", part) is not None for part in PARTS}
    assert shown == {
        **dict.fromkeys(("effects", "continuous", "power"), True),
        **dict.fromkeys(("equivalence", "bayes", "two_part"), False),
    }
    asked = Section(results())
    assert all(asked.part("infusion_anxiety", part) is not None for part in PARTS)
    assert Section(ka.run_study(trial(), PLAN, only=("subgroups",))).part("x", "effects") is None


def test_a_part_that_there_is_not() -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        responder_part(comparison(), "effect")
    assert str(refused.value) == (
        "part must be one of 'effects', 'continuous', 'power', 'equivalence', 'bayes', 'two_part', "
        "not 'effect'. Did you mean effects?"
    )


def test_a_subgroup_question_without_its_rule() -> None:
    asked = ka.Subgroups(declared="before", missing="nri", endpoint="remission", columns=("SEX",))
    found = ka.run_study(trial(), replace(PLAN, subgroups=asked), only=("subgroups",))
    assert found.refused == {
        "subgroups": "[plan.subgroups] asks for remission, which the plan does not define: add "
        "[plan.remission]."
    }


def test_many_scores_are_told_in_one_sentence() -> None:
    asked = ka.Anxiety(outcomes=("ASC_ANX", "CADSS", "HAMA"), visit="4 h", p_adjust="holm")
    hama = trial().adqs.filter(pl.col("PARAMCD") == "ASC_ANX")
    scores = pl.concat([trial().adqs, hama.with_columns(PARAMCD=pl.lit("HAMA"))])
    plan = replace(PLAN, anxiety=asked)
    ran = ka.run_study(replace(trial(), adqs=scores), plan, only=("infusion_anxiety",))
    html = Section(ran).table("infusion_anxiety")._repr_html_() or ""
    assert "Without a cut-off: Spearman correlations of 6 comparisons with improvement" in html
    assert "`" not in html
    assert html.count("midazolam; missing response scores: observed cases") == 1


def test_a_scale_rated_at_infusions_alone_is_no_finding_and_others_are() -> None:
    """VASANX may have a baseline: the plan says where it does not."""
    whole = ka.load_example("ketamine")
    renamed = pl.col("PARAMCD").cast(pl.String).replace({"CADSS": "VASANX", "ASC_ANX": "STAIS"})
    scores = whole.adqs.with_columns(PARAMCD=renamed)
    checked = whole.with_(adqs=scores, report=check_frame(scores, "adqs"))
    acute = ka.AcuteEffects(
        scales=("VASANX",), pre_within=60, until=240, points={"before": (-60, 0), "after": (1, 60)}
    )

    def told(plan: ka.Plan) -> str:
        study = ka.Study(checked, plan, "A study")
        return str(Section(StudyResults(study, {}, {})).findings()._repr_markdown_())

    plan = ka.Plan(scale="MADRS", visit="Day 14", missing="nri")
    assert "No baseline of VASANX for any subject" in told(plan)
    assert "No baseline of STAIS for any subject" in told(plan)
    assert "VASANX" not in told(replace(plan, acute=acute))
    assert "No baseline of STAIS for any subject" in told(replace(plan, acute=acute))
