"""The plan: to a study file and back, and every key that does not belong is refused."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.examples.protocol import ketamine_plan

WORDS = st.text("abcdefgh äß€ 0123456789", min_size=1, max_size=8)
SHARES = st.floats(0.01, 0.99)
POINTS = st.integers(0, 60)
RESPONSES = st.one_of(
    st.builds(lambda x: ka.Response(at_least=x), SHARES),
    st.builds(lambda x: ka.Response(above=x, better="higher"), SHARES),
)
REMISSIONS = st.one_of(
    st.builds(lambda x: ka.Remission(at_most=x), POINTS),
    st.builds(lambda x: ka.Remission(below=x), POINTS),
)
RELAPSES = st.one_of(
    st.builds(lambda x: ka.Relapse(at_least=x, consecutive=1, dated="first"), POINTS),
    st.builds(
        lambda x, gap: ka.Relapse(
            improvement_below=x,
            consecutive=2,
            gap_days=(gap, gap + 10),
            events=("hospitalisation",),
            dated="midpoint",
            unconfirmed="event",
        ),
        SHARES,
        POINTS,
    ),
)
ESTIMANDS = st.builds(
    ka.Estimand,
    population=st.none() | WORDS,
    intercurrent=st.none() | st.dictionaries(WORDS, WORDS, min_size=1, max_size=3),
)
ANXIETIES = st.builds(
    ka.Anxiety,
    outcomes=st.lists(WORDS, min_size=1, max_size=3, unique=True).map(tuple),
    visit=WORDS,
    missing=st.sampled_from(["observed", "nri", "locf"]),
    p_adjust=st.sampled_from([None, "holm"]),
    adjust=st.lists(WORDS, max_size=2, unique=True),
    margin=st.none() | st.integers(1, 30),
    prior=st.sampled_from([None, "wide"]),
    repeated=st.just("VAS"),
    infusions=st.lists(WORDS, min_size=1, max_size=3, unique=True),
    covariance=st.just("cs"),
)
ACUTES = st.builds(
    ka.AcuteEffects,
    scales=st.lists(WORDS, min_size=1, max_size=2, unique=True),
    pre_within=st.integers(1, 90),
    until=st.integers(1, 240),
    points=st.dictionaries(
        WORDS, st.tuples(st.integers(-60, 0), st.integers(1, 240)), min_size=1, max_size=3
    ),
    flag=st.sampled_from([None, "published"]),
    fallback=st.lists(st.sampled_from(["cs", "ar1"]), max_size=2, unique=True),
)
CUTS = st.lists(
    st.builds(
        lambda name, x: ka.Subgroup(name, scale="HAMA", at_least=x), st.just("anxious"), POINTS
    ),
    max_size=1,
)
SUBGROUPS = st.builds(
    ka.Subgroups,
    declared=st.sampled_from(["before", "after"]),
    missing=st.sampled_from(["observed", "nri"]),
    endpoint=st.sampled_from(["response", "change"]),
    columns=st.lists(WORDS, min_size=1, max_size=2, unique=True),
    cuts=CUTS,
    p_adjust=st.just("holm"),
)
SUICIDALITIES = st.builds(
    ka.SuicidalIdeation,
    scale=WORDS,
    remission=REMISSIONS,
    visit=WORDS,
    missing=st.just("nri"),
    declared=st.just("before"),
    columns=st.lists(WORDS, max_size=2, unique=True),
    cuts=CUTS,
)
MODELS = st.builds(
    ka.MixedModel,
    df=st.sampled_from(["kenward-roger", "satterthwaite"]),
    structure=st.sampled_from(["us", "cs"]),
    covariates=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    fallback=st.lists(st.sampled_from(["ar1", "toep"]), max_size=2, unique=True).map(tuple),
)
IMPUTATIONS = st.builds(
    ka.Imputation,
    st.sampled_from(["approximate-bayes", "bayes"]),
    draws=st.integers(2, 99),
    seed=st.integers(0, 99),
    visits=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    delta=st.dictionaries(WORDS, st.integers(1, 9), max_size=2),
)
SENSITIVITIES = st.builds(
    ka.Sensitivity,
    missing=st.lists(st.sampled_from(["nri", "locf", "mmrm"]), min_size=1, unique=True),
    endpoints=st.lists(st.sampled_from(["response", "change"]), min_size=1, unique=True),
    visits=st.lists(WORDS, max_size=2, unique=True).map(tuple),
)
BASELINES = st.builds(
    ka.Baseline,
    columns=st.none() | st.lists(WORDS, min_size=1, max_size=3, unique=True),
    categorical=st.lists(WORDS, max_size=2, unique=True).map(tuple),
)
PREDICTIONS = st.builds(
    ka.Prediction,
    predictors=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    scores=st.dictionaries(WORDS, st.tuples(WORDS, WORDS), max_size=2),
    direction=st.dictionaries(WORDS, st.sampled_from(["higher", "lower"]), max_size=2),
    cutoffs=st.dictionaries(WORDS, st.lists(st.integers(0, 9), min_size=1), max_size=2),
    thresholds=st.lists(SHARES, max_size=2),
    early=st.just(ka.Response(at_least=0.5)),
    early_visit=WORDS,
)
BLINDINGS = st.builds(
    ka.Blinding,
    guess=st.lists(WORDS, min_size=1, max_size=2, unique=True),
    dont_know=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    answers=st.dictionaries(WORDS, WORDS | st.tuples(WORDS, SHARES), max_size=2),
)
DAYS = st.floats(0.5, 400)
DURABILITIES = st.builds(
    ka.Durability,
    milestones=st.lists(DAYS, max_size=2).map(tuple),
    horizon=st.none() | DAYS,
    rule_sensitivity=st.booleans(),
    redose=st.sampled_from([(), ("event",), ("ignore", "competing")]),
    interval_origin=st.just("entry"),
    interval_test=st.sampled_from([None, "sun", "finkelstein", "wilcoxon"]),
    published=st.sampled_from([(), ("McInnes 2022", "Murrough 2013")]),
) | st.builds(ka.Durability, interval_origin=st.just(14.0), resamples=st.just(99), seed=st.just(0))
PLANS = st.builds(
    ka.Plan,
    scale=WORDS,
    visit=WORDS,
    missing=st.lists(st.sampled_from(["observed", "nri", "locf"]), min_size=1, unique=True),
    response=st.none() | RESPONSES,
    remission=st.none() | REMISSIONS,
    relapse=st.none() | RELAPSES,
    among=st.none() | st.builds(ka.Among, RESPONSES | REMISSIONS, visit=WORDS),
    origin=st.sampled_from([None, "last infusion", 14.0]),
    redose=st.sampled_from([None, "censor", "event"]),
    anxiety=st.none() | ANXIETIES,
    acute=st.none() | ACUTES,
    subgroups=st.none() | SUBGROUPS,
    suicidality=st.none() | SUICIDALITIES,
    baseline=st.none() | BASELINES,
    model=st.none() | MODELS,
    imputation=st.none() | IMPUTATIONS,
    sensitivity=st.none() | SENSITIVITIES,
    prediction=st.none() | PREDICTIONS,
    blinding=st.none() | BLINDINGS,
    durability=st.none() | DURABILITIES,
    estimand=ESTIMANDS,
    conf_level=st.sampled_from([0.9, 0.95]),
)


@given(PLANS)
def test_a_plan_goes_to_a_study_file_and_back(plan: ka.Plan) -> None:
    text = tomlkit.dumps({"plan": plan.to_dict()})
    assert ka.Plan.from_dict(tomllib.loads(text)["plan"]) == plan
    assert hash(plan) == hash(ka.Plan.from_dict(plan.to_dict()))


def test_the_plan_of_the_example() -> None:
    plan = ketamine_plan()
    assert ka.Plan.from_dict(plan.to_dict()) == plan
    assert plan.sentences()[0] == (
        "Response is an improvement in MADRS of at least 50 % from baseline."
    )
    assert plan.sentences()[-1].startswith("Estimand: population: all randomised subjects; ")


def test_what_is_not_written_is_not_in_the_file() -> None:
    plan = ka.Plan(scale="MADRS", visit="d14", missing="nri")
    assert plan.missing == ("nri",)
    assert plan.to_dict() == {
        "scale": "MADRS",
        "visit": "d14",
        "missing": ["nri"],
        "conf_level": 0.95,
    }
    assert plan.sentences() == [
        "Estimand: population: not declared; treatment: not declared; endpoint: not declared; "
        "intercurrent events: not declared; summary: not declared."
    ]


def test_one_outcome_may_be_written_as_text() -> None:
    assert ka.Anxiety("ASC_ANX", visit="4 h").outcomes == ("ASC_ANX",)  # type: ignore[arg-type]


BASE: dict[str, Any] = {"scale": "MADRS", "visit": "d14", "missing": "nri"}


@pytest.mark.parametrize(
    "table, message",
    [
        ({}, "[plan] must have scale and visit and missing."),
        ({"scale": "MADRS", "visit": "d14"}, "[plan] must have missing."),
        (
            {**BASE, "respons": {"at_least": 0.5}},
            "[plan] has no key 'respons'; it has scale, visit, missing, response, remission, "
            "relapse, among, origin, redose, anxiety, acute, baseline, imputation, model, "
            "sensitivity, prediction, blinding, subgroups, suicidality, durability, estimand, "
            "protocol, conf_level. Did you mean response?",
        ),
        (
            {**BASE, "response": {"atleast": 0.5}},
            "[plan.response]: Response has no field 'atleast'; it has at_least, above, below, "
            "at_most, from_floor, floor, better. Did you mean at_least?",
        ),
        (
            {**BASE, "response": {}},
            "[plan.response]: Response needs exactly one of at_least=, above=, not none: the "
            "comparator is never implied.",
        ),
        (
            {**BASE, "response": 0.5},
            "[plan.response] must be a section with keys, not 0.5.",
        ),
        (
            {**BASE, "relapse": {"at_least": 22, "consecutive": 2, "dated": "first"}},
            "[plan.relapse]: A confirmed rule needs unconfirmed=: what becomes of a subject whose "
            'last assessment qualifies without confirmation, "censor" or "event".',
        ),
        (
            {**BASE, "anxiety": {"outcome": ["ANX"], "visit": "4h"}},
            "[plan.anxiety] has no key 'outcome'; it has outcomes, visit, missing, p_adjust, "
            "primary, adjust, margin, prior, two_part, repeated, infusions, covariance, seed, "
            "resamples, allow. Did you mean outcomes?",
        ),
        (
            {**BASE, "anxiety": {"outcomes": ["ANX"], "visit": "4h", "infusions": ["4h"]}},
            "Anxiety(repeated=...), infusions= and covariance= belong together: the score, its "
            "visits, and how the scores of a subject go together over them.",
        ),
        (
            {**BASE, "anxiety": {"outcomes": ["ANX"], "visit": "4h", "seed": 1}},
            "Anxiety(seed=...) and resamples= belong together: both, or neither.",
        ),
        (
            {**BASE, "anxiety": {"outcomes": ["ANX"], "visit": "4h", "prior": "broad"}},
            "prior must be one of 'medium', 'wide', 'ultrawide', not 'broad'.",
        ),
        (
            {**BASE, "anxiety": {"outcomes": ["ANX"], "visit": "4h", "two_part": ["CADSS"]}},
            "two_part must be one of 'ANX', not 'CADSS'.",
        ),
        (
            {**BASE, "acute": {"scales": "CADSS", "pre_within": 60, "until": 240}},
            "[plan.acute] must have points.",
        ),
        (
            {
                **BASE,
                "acute": {"scales": "CADSS", "pre_within": 60, "until": 240, "points": {"2 h": 9}},
            },
            "AcuteEffects(points=...) must name time points by two minutes each, such as "
            "{\"40 min\": (20, 60)}, not {'2 h': 9}.",
        ),
        (
            {
                **BASE,
                "acute": {
                    "scales": ["A", "B", "C"],
                    "pre_within": 60,
                    "until": 240,
                    "points": {"2 h": [9, 60]},
                },
            },
            "AcuteEffects(scales=...) must name one scale or two, not ['A', 'B', 'C'].",
        ),
        (
            {**BASE, "subgroups": {"declared": "before", "missing": "nri", "endpoint": "response"}},
            "Subgroups needs columns= (categories of ADSL) or cuts= (Subgroup values).",
        ),
        (
            {
                **BASE,
                "suicidality": {
                    "scale": "SSI",
                    "remission": {"at_most": 3},
                    "visit": "d3",
                    "missing": "nri",
                    "columns": ["DIAG"],
                },
            },
            'SuicidalIdeation(declared=...) must say "before" or "after": whether the subgroups '
            "were declared before the data were seen.",
        ),
        (
            {**BASE, "anxiety": {"visit": "4h"}},
            "[plan.anxiety] must have outcomes.",
        ),
        (
            {**BASE, "anxiety": {"outcomes": [], "visit": "4h"}},
            "Anxiety(outcomes=...) must be a text or a list of texts, not [].",
        ),
        (
            {**BASE, "anxiety": {"outcomes": ["ANX"], "visit": "4h", "missing": "mi"}},
            "missing must be one of 'observed', 'locf', 'nri', not 'mi'.",
        ),
        (
            {**BASE, "missing": "nry"},
            "missing must be one of 'observed', 'locf', 'nri', 'mi', 'j2r', 'cr', 'cir', 'lmcf', "
            "not 'nry'. Did you mean nri?",
        ),
        (
            {**BASE, "missing": ["nri", "mi"]},
            'The plan names missing = "mi", and not how scores are imputed: add '
            "imputation=Imputation(...), in a study file [plan.imputation].",
        ),
        ({**BASE, "model": {}}, "[plan.model] must have df."),
        ({**BASE, "blinding": {"guess": "G"}}, "[plan.blinding] must have dont_know."),
        (
            {**BASE, "blinding": {"guess": "G", "dont_know": [], "answers": "ketamine"}},
            "Blinding(answers=...) must be a table of names and values, not 'ketamine'.",
        ),
        (
            {**BASE, "prediction": {"scores": {"ANX": "ASC_ANX"}}},
            "Prediction(scores=...) must name a scale and a visit for each score, such as "
            '{"ANX": ("ASC_ANX", "4 h")}, not \'ANX\': \'ASC_ANX\'.',
        ),
        (
            {**BASE, "prediction": {"early": {"at_least": 0.5}}},
            "Prediction(early=...) and early_visit= belong together: the improvement, and when it "
            "is looked at.",
        ),
        (
            {**BASE, "model": {"df": "satterthwaite", "structure": "sp_exp"}},
            "MixedModel(structure=...) is a structure over visits; sp_exp is one over times: call "
            "fit_mmrm for it.",
        ),
        (
            {**BASE, "sensitivity": {"missing": ["nri"], "endpoints": ["responders"]}},
            "endpoints must be one of 'response', 'remission', 'change', not 'responders'. Did you "
            "mean response?",
        ),
        (
            {**BASE, "imputation": {"method": "bayes", "draws": 5, "sed": 1}},
            "[plan.imputation]: Imputation has no field 'sed'; it has method, draws, seed, "
            "reference, covariates, visits, events, after_events, by_arm, delta. Did you mean "
            "seed?",
        ),
        ({**BASE, "visit": 14}, "Plan(visit=...) must be a text, not 14."),
        ({**BASE, "missing": 3}, "Plan(missing=...) must be a text or a list of texts, not 3."),
        ({**BASE, "origin": ["x"]}, "Plan(origin=...) must be a number, not ['x']."),
        ({**BASE, "redose": 1}, "Plan(redose=...) must be a text, not 1."),
        ({**BASE, "conf_level": "95"}, "Plan(conf_level=...) must be a number, not '95'."),
        (
            {**BASE, "conf_level": 95},
            "conf_level must be between 0 and 1 (0.95 is 95 %), not 95.",
        ),
    ],
)
def test_plans_that_do_not_fit(table: dict[str, Any], message: str) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.Plan.from_dict(table)
    assert str(refused.value) == message


@pytest.mark.parametrize("value", [5, True, [[1]]])
@pytest.mark.parametrize(
    "section, key", [("relapse", "events"), ("relapse", "gap_days"), ("estimand", "intercurrent")]
)
def test_a_value_of_the_wrong_kind_is_an_error_of_its_section(
    section: str, key: str, value: object
) -> None:
    whole = {
        "relapse": {"at_least": 22, "consecutive": 2, "dated": "first", "unconfirmed": "event"}
    }
    table = {**BASE, section: {**whole.get(section, {}), key: value}}
    with pytest.raises(ka.ArgumentError, match=rf"^\[plan\.{section}\]"):
        ka.Plan.from_dict(table)
