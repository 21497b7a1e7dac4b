"""The questions of a report: their words, which analysis answers each, why one has no answer."""

from __future__ import annotations

from collections.abc import Mapping

NOT_PLANNED = "The plan of this study does not ask this question."
# Why an analysis gave nothing, in words; the plan or the data leave it out.
ABSENT = {
    "response": "The plan declares no definition of response; response was not analysed.",
    "remission": "The plan declares no definition of remission; remission was not analysed.",
    "relapse": "The plan declares no definition of relapse; relapse was not analysed.",
    "relapse_milestones": "The plan names no days at which the share free of relapse is given.",
    "relapse_means": "The plan names no horizon of a restricted mean time free of relapse.",
    "relapse_rules": "The plan asks for no other rules of relapse beside the primary one.",
    "relapse_visits": "The plan asks for no interval-censored estimate of relapse.",
    "relapse_published": "The plan names no published figures to be laid beside the curve.",
    "infusion_anxiety": "The plan asks for no comparison of anxiety; none was made.",
    "acute_effects": "The plan asks for no ratings during infusions; none were analysed.",
    "subgroups": "The plan names no subgroups; none were examined.",
    "suicidal_ideation": "The plan asks nothing of suicidal ideation; it was not analysed.",
    "adverse_events": "The study holds no records of adverse events; none were analysed.",
    "adverse_events_by_infusion": "No anxiety or dissociation is recorded with its infusion.",
    "model_contrasts": "The plan declares no mixed model; the change was not modelled.",
    "sensitivity": "The plan asks for no sensitivity analyses; none were made.",
    "prediction": "The plan names nothing that might predict response; no model was fitted.",
    "prediction_roc": "The plan names no score to be looked at alone.",
    "early_improvement": "The plan names no early improvement to be looked at.",
    "blinding": "The plan names no guesses of the treatment; blinding was not examined.",
}
QUESTIONS = {
    "baseline": "Who are the subjects?",
    "disposition": "Who left, and when?",
    "change": "How did scores change?",
    "symptom_change": "How did scores change, by the mixed model?",
    "model_contrasts": "How did scores change, by the mixed model?",
    "sensitivity": "Does the conclusion hang on one choice?",
    "response": "How many responded?",
    "remission": "How many remitted?",
    "relapse": "How long did it last without maintenance?",
    "relapse_milestones": "How many were still free of relapse?",
    "relapse_means": "How many days without relapse?",
    "relapse_rules": "Does it hang on how relapse was defined and dated?",
    "relapse_visits": "What do visits tell of when relapse came?",
    "relapse_visits_test": "Did relapse come earlier in one arm, as visits saw it?",
    "relapse_published": "What did others find?",
    "infusion_anxiety": "Did anxiety differ between responders and non-responders?",
    "anxiety_over_infusions": "Did anxiety over the infusions differ by later response?",
    "acute_effects": "What was felt during the infusions?",
    "acute_effects_beside": "What else was felt during the infusions?",
    "subgroups": "Does the treatment work better in some?",
    "suicidal_ideation": "How many were free of suicidal ideation?",
    "suicidal_ideation_subgroups": "Does that effect differ between subgroups?",
    "adverse_events": "Harms: how many had adverse events?",
    "prediction": "What predicts response?",
    "prediction_roc": "How well does a score alone tell responders apart?",
    "early_improvement": "Does early improvement tell who will respond?",
    "blinding": "Was the treatment guessed?",
    "safety": "How many had adverse events?",
}
# What a paragraph of the methods is about, where the name of the result does not say it.
TOPICS = {
    "infusion_anxiety": "Anxiety",
    "change": "Course of scores",
    "model_contrasts": "Mixed model of change",
    "sensitivity": "Sensitivity analyses",
    "acute_effects": "Ratings during infusions",
    "prediction_roc": "ROC curve",
    "relapse_milestones": "Share free of relapse at given times",
    "relapse_means": "Restricted mean time free of relapse",
    "relapse_rules": "Other rules and datings of relapse",
    "relapse_visits": "Relapse as visits saw it",
    "relapse_visits_test": "Relapse as visits saw it, compared",
    "relapse_published": "Published figures on relapse",
}
# The analysis that a result comes from, where it has another name.
ANALYSES = {
    "course": "change",
    "model": "symptom_change",
    "model_means": "symptom_change",
    "model_contrasts": "symptom_change",
    "response_by_visit": "response",
    "relapse_milestones": "relapse",
    "relapse_visits_test": "relapse_visits",
    **dict.fromkeys(
        (
            "prediction_validated",
            "prediction_calibration",
            "prediction_benefit",
            "prediction_roc",
            "early_improvement",
        ),
        "prediction",
    ),
    "effect_by_guess": "blinding",
    "acute_effects_beside": "acute_effects",
    "suicidal_ideation": "suicidality",
    "suicidal_ideation_subgroups": "suicidality",
    "adverse_events": "safety",
    "adverse_events_by_infusion": "safety",
}
# Results that one analysis gives beside its main one: shown in full, not in the summary.
BESIDE = {
    "baseline",
    "course",
    "model",
    "model_means",
    "response_by_visit",
    "prediction_validated",
    "prediction_calibration",
    "prediction_benefit",
    "effect_by_guess",
    "anxiety_over_infusions",
    "acute_effects_beside",
    "suicidal_ideation_subgroups",
    "adverse_events_by_infusion",
}

# Results that are no sentence: a row a study and arm, which a table shows.
TABLED = {"relapse_published"}
# The results of the structured abstract; the others stand below it.
MAIN = {
    "disposition",
    "response",
    "remission",
    "model_contrasts",
    "relapse",
    "infusion_anxiety",
    "adverse_events",
}


def question(name: str) -> str:
    """Return the question that a result answers, for a reader."""
    return QUESTIONS.get(name, f"{topic(name)}.")


def topic(name: str) -> str:
    """Return what a result is about, as the lead of a paragraph."""
    return TOPICS.get(name) or name.replace("_", " ").capitalize()


def absence(name: str, refused: Mapping[str, str]) -> str:
    """Return why there is no such result; nothing where its main result has said so."""
    reason = refused.get(ANALYSES.get(name, name))
    if not reason and name in BESIDE and name not in ABSENT:
        return ""
    return f"Not estimated: {reason}" if reason else ABSENT.get(name, NOT_PLANNED)
