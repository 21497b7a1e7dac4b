"""The plan of each example trial, as its ``study.toml`` says it."""

from __future__ import annotations

from typing import Any

from ketanalysis.definitions import Among, Estimand, Relapse, Remission, Response
from ketanalysis.errors import check_one_of
from ketanalysis.examples import EXAMPLES
from ketanalysis.imputation.settings import Imputation
from ketanalysis.study.anxiety_sections import AcuteEffects, Anxiety
from ketanalysis.study.durability_section import Durability
from ketanalysis.study.further_sections import Prediction
from ketanalysis.study.plan import Plan
from ketanalysis.study.plan_sections import MixedModel, Protocol, Sensitivity
from ketanalysis.study.subgroup_sections import Subgroups
from ketanalysis.subgroups.definition import Subgroup


def example_sections(name: str) -> tuple[dict[str, Any], Plan]:
    """Return the sections ``[study]`` and ``[columns]`` of an example, and its plan."""
    check_one_of("name", name, EXAMPLES)
    from ketanalysis.examples.ketamine_design import ARMS, LABEL
    from ketanalysis.examples.ketamine_dissociation import ALL_VISITS

    sections = {
        "study": {"title": LABEL, "simulated": True},
        "columns": {
            "subject": "USUBJID",
            "arm": "TRT01P",
            "arms": list(ARMS),
            "visit": "AVISIT",
            "hour": "AFRLT",
            "parameter": "PARAMCD",
            "value": "AVAL",
            "baseline_visit": "Baseline",
            "visits": dict(ALL_VISITS),
        },
    }
    return sections, ketamine_plan()


def ketamine_plan() -> Plan:
    """Return the plan of the simulated ketamine trial."""
    response = Response(at_least=0.5)
    return Plan(
        scale="MADRS",
        visit="Day 14",
        missing=("nri", "observed", "locf"),
        response=response,
        remission=Remission(at_most=10),
        relapse=Relapse(
            at_least=22,
            consecutive=2,
            gap_days=(5, 15),
            events=("hospitalisation", "suicidality"),
            dated="first",
            unconfirmed="censor",
        ),
        among=Among(response, visit="Day 14"),
        origin="last infusion",
        redose="censor",
        anxiety=Anxiety(
            outcomes=("ASC_ANX",),
            visit="4 h",
            margin=15,
            prior="medium",
            two_part=("ASC_ANX",),
        ),
        acute=AcuteEffects(
            scales=("CADSS",),
            pre_within=60,
            until=240,
            points={"before": (-60, 0), "40 min": (20, 60), "2 h": (90, 150)},
            flag="published",
        ),
        durability=Durability(
            milestones=(28, 56),
            horizon=56,
            rule_sensitivity=True,
            interval_origin="entry",
            interval_test="sun",
            published=("McInnes 2022", "Murrough 2013", "Wilkinson 2017"),
        ),
        model=MixedModel(df="kenward-roger-linear"),
        imputation=Imputation(
            "approximate-bayes",
            draws=100,
            seed=20,
            reference="midazolam",
            visits=("24 h", "Day 7", "Day 14"),
        ),
        sensitivity=Sensitivity(
            missing=("nri", "observed", "locf", "mmrm", "mi", "j2r", "cir"),
            endpoints=("response", "remission", "change"),
        ),
        prediction=Prediction(
            predictors=("ANX", "BASE"),
            scores={"ANX": ("ASC_ANX", "4 h")},
            arm="ketamine",
            seed=20,
            resamples=200,
            direction={"ANX": "lower"},
            cutoffs={"ANX": (20,)},
            early=response,
            early_visit="24 h",
        ),
        subgroups=Subgroups(
            declared="before",
            missing="nri",
            endpoint="response",
            columns=("SEX",),
            cuts=(Subgroup("anxious at baseline", scale="HAMA", at_least=24),),
            p_adjust="holm",
        ),
        protocol=Protocol(
            objective="whether six infusions of ketamine give more responses than six of midazolam",
            design="randomised, two parallel groups, an active control",
            primary="response",
            registration="none, the trial is simulated",
            funding="none, the trial is simulated",
        ),
        estimand=Estimand(
            population="all randomised subjects",
            treatment="six infusions of ketamine or midazolam in two weeks",
            endpoint="response on MADRS at day 14",
            intercurrent={"rescue": "composite", "discontinuation": "composite"},
            summary="difference of response rates",
        ),
    )
