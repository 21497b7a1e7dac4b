"""The structured abstract of a report, in the order of CONSORT for abstracts (Hopewell 2008).

What the plan does not declare is said to be not declared. The conclusion repeats the primary
estimate and its interval in plain words: which one that is, the plan says, and nothing else.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rates.contrasts import sides_of
from ketanalysis.rounding import decimals, number, percent
from ketanalysis.study.answers import name_scales, unbroken
from ketanalysis.study.blocks import Said
from ketanalysis.study.folder import Study
from ketanalysis.study.plan import Plan
from ketanalysis.study.running import StudyResults
from ketanalysis.tables.words import HANDLING_WORDS, at_visit

NOT_DECLARED = "Not declared."
RATES = ("response", "remission")
# The result that answers each primary endpoint.
RESULTS = {"response": "response", "remission": "remission", "change": "model_contrasts"}


def head_points(study: Study, n_subjects: int, masked: tuple[str, ...] | None) -> list[Said]:
    """Return what was asked, of whom, with which treatment and by which outcome."""
    plan, trial = study.plan, study.trial
    declared = plan.protocol
    several = len(trial.arms) > 1
    arms = f"{len(trial.arms)} arms, {', '.join(trial.arms)}" if several else "One arm"
    population = plan.estimand.population
    points = [
        Said(_sentence(declared.objective if declared else None), "Objective."),
        Said(
            name_scales(
                f"{_sentence(declared.design) if declared and declared.design else ''} "
                f"{arms}; {n_subjects} subjects."
                f"{f' Population: {population}.' if population else ''}".lstrip(),
                study,
            ),
            "Design and participants.",
        ),
        Said(_sentence(plan.estimand.treatment), "Interventions."),
        Said(outcome_words(plan), "Outcome."),
    ]
    return points if masked is None else [_blinded(masked), *points]


def end_points(plan: Plan) -> list[Said]:
    """Return where the trial is registered, and who paid for it."""
    declared = plan.protocol
    return [
        Said(_sentence(declared.registration if declared else None), "Registration."),
        Said(_sentence(declared.funding if declared else None), "Funding."),
    ]


def outcome_words(plan: Plan) -> str:
    """Return the primary outcome with its definition, and how missing scores count."""
    primary = primary_endpoint(plan)
    place = f"{plan.scale} {at_visit(plan.visit)}"
    if primary == "change":
        words = f"Change in {plan.scale} from baseline {at_visit(plan.visit)}, by the mixed model."
    elif primary is not None:
        rule: Any = getattr(plan, primary)
        first = rule.sentence(plan.scale).partition(". ")[0].rstrip(".")
        words = f"{primary.capitalize()} on {place}. {first}."
    else:
        words = f"{place}; which of its analyses is the primary one is not declared."
    handled = HANDLING_WORDS[plan.missing[0]]
    beside = "" if primary == "change" else f" Missing scores, primary analysis: {handled}."
    return unbroken(f"{words}{beside}")


def primary_endpoint(plan: Plan) -> str | None:
    """Return "response", "remission" or "change", as the plan declares; None where it does not.

    A plan that asks one of the three alone leaves no choice.
    """
    if plan.protocol is not None and plan.protocol.primary is not None:
        return plan.protocol.primary
    if plan.sensitivity is not None:
        return plan.sensitivity.endpoints[0]
    asked = {"response": plan.response, "remission": plan.remission, "change": plan.model}
    named = [name for name, part in asked.items() if part is not None]
    return named[0] if len(named) == 1 else None


def primary_result(results: StudyResults) -> str | None:
    """Return the name of the result that answers the primary endpoint, where it was asked."""
    primary = primary_endpoint(results.study.plan)
    return None if primary is None else RESULTS[primary]


def conclusion(results: StudyResults) -> str:
    """Return the primary estimate and its interval in plain words, without a verdict."""
    study = results.study
    primary = primary_endpoint(study.plan)
    if primary is None:
        return "None is drawn: the plan does not declare which analysis is the primary one."
    result: Any = results.get(RESULTS[primary])
    if result is None:
        return "None is drawn: the primary analysis has no result."
    compared = _compared(study.plan, primary, result)
    say = _rate if primary in RATES else _change
    said = [say(study, primary, row, result.conf_level) for row in compared]
    if not said and primary in RATES:
        said = [_share(study, primary, row, result.conf_level) for row in _alone(result, study)]
    end = " The data are simulated: nothing follows for patients." if study.trial.simulated else ""
    return unbroken(f"{' '.join(said) or 'None is drawn: nothing is compared.'}{end}")


def _compared(plan: Plan, primary: str, result: Any) -> list[dict[str, Any]]:
    """Return the contrasts of the primary visit, handling and measure."""
    table = result.contrasts if primary in RATES else result.table
    if table.is_empty():
        return []
    rows = table.filter(pl.col("AVISIT").cast(pl.String) == plan.visit)
    if primary in RATES:
        primary_rows = pl.col("missing") == plan.missing[0]
        rows = rows.filter(primary_rows & (pl.col("measure") == "risk difference"))
    return list(rows.to_dicts())


def _alone(result: Any, study: Study) -> list[dict[str, Any]]:
    visit = pl.col("AVISIT").cast(pl.String) == study.plan.visit
    return list(
        result.table.filter(visit & (pl.col("missing") == study.plan.missing[0])).to_dicts()
    )


def _rate(study: Study, primary: str, row: dict[str, Any], level: float) -> str:
    one, other = sides_of(row["contrast"], study.trial.arms) or (row["contrast"], "the reference")
    what = f"{primary.capitalize()} on {study.plan.scale} {at_visit(study.plan.visit)}"
    if row["estimate"] is None or row["conf_low"] is None:
        return f"{what}: the difference between {one} and {other} could not be estimated."
    found, low, high = (percent(row[name]) for name in ("estimate", "conf_low", "conf_high"))
    points = "percentage points"
    said = (
        f"as frequent with {one} as with {other}"
        if _size(found) == "0"
        else f"{_size(found)} {points} {_more(found)} frequent with {one} than with {other}"
    )
    reach = _reach(low, high, points, "more frequent", "less frequent")
    return f"{what} was {said}; the {100 * level:g} % confidence interval reaches {reach}."


def _change(study: Study, primary: str, row: dict[str, Any], level: float) -> str:
    one, other = sides_of(row["contrast"], study.trial.arms) or (row["contrast"], "the reference")
    scale, visit = study.plan.scale, at_visit(study.plan.visit)
    if row["estimate"] is None or row["conf_low"] is None:
        return f"The difference in {scale} between {one} and {other} could not be estimated."
    digits = decimals(row["conf_low"], row["conf_high"])
    ends = ("estimate", "conf_low", "conf_high")
    found, low, high = (number(row[name], digits) for name in ends)
    said = (
        f"as high with {one} as with {other}"
        if float(_size(found)) == 0
        else f"{_size(found)} points {'lower' if _is_below(found) else 'higher'} with {one} "
        f"than with {other}"
    )
    reach = _reach(low, high, "points", "higher", "lower")
    return (
        f"{scale} {visit}, adjusted for baseline, was on average {said}; the {100 * level:g} % "
        f"confidence interval reaches {reach}."
    )


def _share(study: Study, primary: str, row: dict[str, Any], level: float) -> str:
    what = f"{primary.capitalize()} on {study.plan.scale} {at_visit(study.plan.visit)}"
    ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])} %"
    return (
        f"{what} was seen in {percent(row['estimate'])} %; the {100 * level:g} % confidence "
        f"interval reaches from {ends}. Nothing is compared: there is one arm."
    )


def _reach(low: str, high: str, unit: str, above: str, below: str) -> str:
    """Return ``from 14 percentage points less frequent to 18 more frequent``."""
    if _is_below(low) == _is_below(high):
        side = below if _is_below(low) else above
        return f"from {_size(low)} to {_size(high)} {unit} {side}"
    return f"from {_size(low)} {unit} {below} to {_size(high)} {above}"


def _size(text: str) -> str:
    return text.lstrip("\N{MINUS SIGN}-")


def _is_below(text: str) -> bool:
    return text.startswith(("\N{MINUS SIGN}", "-"))


def _more(text: str) -> str:
    return "less" if _is_below(text) else "more"


def _sentence(text: str | None) -> str:
    if not text:
        return NOT_DECLARED
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def _blinded(left_out: tuple[str, ...]) -> Said:
    told = f" Left out, because they tell an arm: {', '.join(left_out)}." if left_out else ""
    return Said(f"The arms have masked names.{told}", "Blinded.")
