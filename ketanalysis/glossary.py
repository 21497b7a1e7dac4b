"""What each result column means, and its unit: the words that every result speaks.

UPPER CASE columns came from the trial and are defined by the contracts in ``schemas/``;
lower case columns came from ketanalysis and stand here. A result adds a column only by
adding it to this table; a test holds every result against it.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Term(NamedTuple):
    """One column: what it means, and in which unit."""

    meaning: str
    unit: str = ""


GLOSSARY: dict[str, Term] = {
    "term": Term("the model term that the row is about"),
    "contrast": Term("the two groups compared: first minus second, or first over second"),
    "measure": Term("what is estimated in the row: risk difference, odds ratio, ..."),
    "missing": Term("how a missing score was handled: observed, locf, nri, mi, j2r, cr, cir, lmcf"),
    "group": Term("the group that the row is about"),
    "reference": Term("the group that the other is compared with"),
    "endpoint": Term("the rule that is met, or change from baseline, in words"),
    "outcome": Term("the score that is compared"),
    "role": Term("primary, sensitivity beside it, or pairwise after a test of several groups"),
    "check": Term("what of the assumptions of a test is looked at"),
    "pair": Term("running number of a subject with all scores, in order of the scores; no id"),
    "variable": Term("the characteristic that the row is about: a column, or a scale at baseline"),
    "kind": Term("number, category, flag or date; of a pattern: complete, monotone, ..."),
    "level": Term("the category of the variable, or a reason; empty for the whole measure"),
    "stage": Term("what subjects reached: randomised, treated, completed the study, ..."),
    "treatment": Term("a concomitant treatment, or its class"),
    "period": Term("when it was taken: any, before, during, new (during and not before)"),
    "pattern": Term("scores over the visits, one sign each: X scored, . not"),
    "estimate": Term("the estimate"),
    "std_error": Term("its standard error", "as the estimate"),
    "conf_low": Term("lower end of the interval", "as the estimate"),
    "conf_high": Term("upper end of the interval", "as the estimate"),
    "conf_level": Term("confidence level of the interval", "0 to 1"),
    "statistic": Term("the test statistic"),
    "df": Term("degrees of freedom"),
    "df_num": Term("numerator degrees of freedom"),
    "df_den": Term("denominator degrees of freedom"),
    "p_value": Term("two-sided p value unless `alternative` says otherwise, unrounded", "0 to 1"),
    "p_adjusted": Term("p value adjusted for the number of tests of its family", "0 to 1"),
    "method": Term("the method of the interval, by name"),
    "test": Term("the test of the p value, by name"),
    "alternative": Term("the alternative hypothesis of the test"),
    "effect": Term("the effect size, by name: hedges-g, cliffs-delta, eta-squared, ..."),
    "effect_size": Term(
        "the effect size that `effect` names (Hedges g where there is no `effect`)",
        "SD; a share or correlation has none",
    ),
    "effect_low": Term("lower end of the interval of the effect size", "as the effect size"),
    "effect_high": Term("upper end of the interval of the effect size", "as the effect size"),
    "superiority": Term(
        "probability that a subject of the group scores above one of the reference, ties half",
        "0 to 1",
    ),
    "n": Term("subjects in the denominator", "subjects"),
    "n_reference": Term("subjects of the reference group in the comparison", "subjects"),
    "n_infusions": Term("infusions in the row", "infusions"),
    "basis": Term("what is counted: subjects, or infusions"),
    "unit": Term("unit of mean, median, smallest and largest value"),
    "minutes": Term("time since the start of the infusion; negative before it", "minutes"),
    "value": Term("the reading, or the score that is shown", "as the parameter"),
    "change": Term(
        "a reading less the pre-infusion value, or a score less the baseline", "as the parameter"
    ),
    "pre": Term("pre-infusion value: the last reading before the start", "as the parameter"),
    "pre_minutes": Term("when the pre-infusion value was read", "minutes"),
    "peak": Term("worst reading after the start of the infusion", "as the parameter"),
    "peak_minutes": Term("when the worst reading was first read", "minutes"),
    "last_minutes": Term("when the last reading of the infusion was taken", "minutes"),
    "n_after": Term("readings after the start of the infusion", "readings"),
    "way_back": Term("whether the reading left the margin, and was seen to return"),
    "return_at": Term("when the first reading back within the margin was taken", "minutes"),
    "return_after": Term("when the reading before that was taken, not back yet", "minutes"),
    "n_stayed": Term("infusions at which no reading left the margin", "infusions"),
    "n_returned": Term("infusions at which a return was seen", "infusions"),
    "n_not_returned": Term("infusions that left the margin without a seen return", "infusions"),
    "count_reference": Term("subjects of the reference group with the outcome", "subjects"),
    "weight": Term("share of the stratum in the common difference; all strata sum to 1", "0 to 1"),
    "weights": Term("the weights of the strata: cmh, mn or sample-size"),
    "stratum": Term("the stratum that the row is about"),
    "n_missing": Term(
        "subjects (or infusions) without the value; in a score, items that were not answered",
        "subjects, infusions or items",
    ),
    "n_items": Term("items of the score, or domains where a domain counts once", "items"),
    "n_carried": Term("answers carried forward from an earlier visit", "items"),
    "prorated": Term("whether the score makes up for unanswered items"),
    "n_event": Term("events", "subjects"),
    "n_censored": Term("censored at the time", "subjects"),
    "n_at_risk": Term("at risk just before the time", "subjects"),
    "n_out": Term("of the stage before, who did not reach the stage, for any reason", "subjects"),
    "n_scored": Term("with a score at the visit", "subjects"),
    "n_intermittent": Term("without a score at the visit, and with one later", "subjects"),
    "n_left": Term("whose last score was before the visit", "subjects"),
    "n_never": Term("without any score", "subjects"),
    "n_ongoing": Term("whose last score was before the visit, still in the study", "subjects"),
    "n_last": Term("whose last score is at the visit", "subjects"),
    "discrepancy": Term("count and n_out beyond total: not 0 where an arrow is wrong", "subjects"),
    "count": Term(
        "subjects (scores from items: assessments; infusions as basis says) with the outcome, or "
        "in the row",
        "subjects",
    ),
    "total": Term("all subjects of the row's group", "subjects"),
    "percent": Term("share", "per cent"),
    "expected": Term("events expected if the groups did not differ", "subjects"),
    "time": Term("time since the origin", "days unless stated"),
    "survival": Term("estimated share still free of the event", "0 to 1"),
    "share": Term("share that has had the event by the time in `estimate`", "0 to 1"),
    "mean": Term("arithmetic mean", "points, or as the column unit"),
    "mean_reference": Term("arithmetic mean of the reference group", "points"),
    "sd": Term("standard deviation, n - 1", "as the mean"),
    "median": Term("median"),
    "q1": Term("first quartile, type 7 as R's default"),
    "q3": Term("third quartile, type 7 as R's default"),
    "min": Term("smallest value"),
    "max": Term("largest value"),
    "status": Term("included or excluded; of a subject's score, completed or why there is none"),
    "reason": Term("why the subject stands in this row"),
    "number": Term("running number of the subject in this result; no identifier"),
    "baseline": Term("score at baseline", "points"),
    "score": Term("score at the visit", "points"),
    "relative_change": Term("change over baseline minus floor", "share; -0.5 is a fall by half"),
    "responder": Term("whether the rule is met at the visit, by observed score"),
    "last_visit": Term("last visit with a score, up to the visit that was named"),
    "last_score": Term("score at the last visit", "points"),
    "last_change": Term("change at the last visit", "points"),
    "last_relative_change": Term("relative change at the last visit", "share"),
    "last_seen": Term("last visit with a score at all"),
    "hours": Term("time since the start of the first infusion", "hours"),
    "planned": Term("whether the time is the planned one"),
    "baseline_band": Term("band of severity at baseline"),
    "band": Term("band of severity at the visit"),
    "move": Term("lower, same or higher band than at baseline, or missing"),
    "duration": Term(
        "time from the first infusion to the last score, infusion or event, in days; of an adverse "
        "event from its start to its end, in hours",
        "days or hours",
    ),
    "end": Term("how the follow-up of the subject ended"),
    "n_infusion": Term("infusions of the subject", "infusions"),
    "event": Term("what happened"),
    "state": Term("response or remission"),
    "start": Term("first assessment at which the state was seen", "days"),
    "stop": Term("assessment at which it was gone, or the last one", "days"),
    "lost": Term("whether the state was seen to be gone"),
    "earliest": Term("first date"),
    "latest": Term("last date"),
    "strategy": Term("what is assumed of scores after a subject left: mar, j2r, cr, cir, lmcf"),
    "arm": Term("the arm that the row is about"),
    "fraction_missing": Term("fraction of information that is missing", "0 to 1"),
    "n_imputed": Term("subjects whose score at the visit was imputed", "subjects"),
    "delta": Term("points added to the imputed scores of an arm", "points"),
    "log_likelihood": Term("logarithm of the likelihood at its maximum, restricted where REML"),
    "aic": Term("Akaike's information criterion; of a mixed model it counts the covariance's"),
    "bic": Term("Bayesian information criterion; of a mixed model by the number of subjects"),
    "n_observations": Term("scores in the model", "scores"),
    "n_parameters": Term(
        "parameters of the covariance; of a logistic model its coefficients without the intercept"
    ),
    "steps": Term("steps of the optimiser"),
    "converged": Term("whether the maximum was reached"),
    "visit": Term("the first visit of a pair"),
    "with": Term("the second visit of a pair"),
    "covariance": Term("covariance of the residuals of two visits", "points squared"),
    "correlation": Term("correlation of the residuals of two visits", "-1 to 1"),
    "entry": Term("time from the origin from which the subject is at risk", "days"),
    "entered": Term("whether the subject entered the curve"),
    "n_visits": Term("mean number of the named visits at which a subject was scored", "visits"),
    "ascertainment": Term("how adverse events were asked for; several ways are never added up"),
    "n_events": Term("records of adverse events", "records"),
    "rule_of_three": Term(
        "3 / n where nobody had the event: it may still be so frequent", "0 to 1"
    ),
    "bound": Term("one-sided exact upper bound where nobody had the event", "0 to 1"),
    "onset": Term("from the start of the infusion to the start of the event", "hours"),
    "exposure": Term("time at risk, or infusions, in the unit of the row"),
    "category": Term("the class that the subjects of the row fall in; classes exclude each other"),
    "infusion": Term("number of the infusion, 1 is the first; or all"),
    "denominator": Term("whose share it is: received the infusion, or began (a first infusion)"),
    "threshold": Term(
        "the improvement that is reached or exceeded; of a vital sign what is crossed, in words",
        "share of baseline, 0 to 1",
    ),
    "estimable": Term("whether the data allow the estimate"),
    "note": Term("what a reader must know of the row"),
    "guess": Term("the column that holds the guess of the treatment"),
    "answer": Term("what was answered to the question which treatment it was"),
    "guessed": Term("the treatment that the answer guesses; none where it is: do not know"),
    "certainty": Term("how certain the answer is: 1 sure, 0 do not know", "0 to 1"),
    "n_right": Term("those who guessed their own treatment", "subjects"),
    "n_wrong": Term("those who guessed the other treatment", "subjects"),
    "n_unsure": Term("those who answered that they do not know", "subjects"),
    "odds_ratio": Term("odds ratio of the term: a unit more, or the level against the reference"),
    "odds_low": Term("lower end of the interval of the odds ratio"),
    "odds_high": Term("upper end of the interval of the odds ratio"),
    "events_per_parameter": Term("subjects with the rarer outcome over coefficients", "subjects"),
    "log_likelihood_null": Term("logarithm of the likelihood of the model without predictors"),
    "cox_snell": Term("explained variation of Cox and Snell; its largest value is below 1"),
    "nagelkerke": Term("Cox and Snell's over its largest value", "0 to 1"),
    "tjur": Term("mean fitted probability with the outcome less that without it", "0 to 1"),
    "criterion": Term("what the number of subjects is to secure"),
    "early": Term("whether the early rule is met"),
    "scale": Term("the rating scale, as in PARAMCD"),
    "fact": Term("what is said of a rating scale: its range, scoring, a cut-off, ..."),
    "statement": Term("the fact in words"),
    "used_by": Term("who uses a published cut-off"),
    "source": Term("where a fact was read, or the table that the row was counted from"),
    "verified": Term("whether the source of a fact could be read"),
}

# Methods that are named after people, as they print; in data they are lower case.
NAMES = (
    *("wilson", "clopper-pearson", "agresti-coull", "jeffreys", "wald", "cornfield"),
    *("miettinen-nurminen", "newcombe", "mee", "katz", "fisher", "pearson", "boschloo", "barnard"),
    *("cochran-mantel-haenszel", "mantel-haenszel", "robins-breslow-greenland", "greenland-robins"),
    *("sato", "breslow-day-tarone", "breslow-day"),
)
# And those whose names are written otherwise.
WRITTEN = {
    "wilson-rubin": "Wilson for imputed data (Lott and Reiter)",
    "wald-rubin": "Rubin's rules",
    "newcombe-rubin": "Newcombe from intervals of imputed data",
    "wilson-corrected": "Wilson with continuity correction",
    "m-estimation": "M-estimation",
    "ye": "Ye et al.",
    "conditional-exact": "conditional exact",
    "conditional-mid-p": "conditional mid-p",
}
_NAME = re.compile(rf"\b({'|'.join((*WRITTEN, *NAMES))})\b")


def method_words(method: str) -> str:
    """Return the name of a method as it prints: ``clopper-pearson`` is ``Clopper-Pearson``."""
    return _NAME.sub(lambda found: WRITTEN.get(found[0], found[0].title()), method)
