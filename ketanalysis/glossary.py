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
    "missing": Term("how a missing score was handled: observed, locf or nri"),
    "group": Term("the group that the row is about"),
    "reference": Term("the group that the other is compared with"),
    "outcome": Term("the score that is compared"),
    "role": Term("primary, or sensitivity beside it"),
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
    "effect_size": Term("Hedges g: difference over the pooled SD, small-sample corrected", "SD"),
    "effect_low": Term("lower end of the interval of the effect size", "SD"),
    "effect_high": Term("upper end of the interval of the effect size", "SD"),
    "superiority": Term(
        "probability that a subject of the group scores above one of the reference, ties half",
        "0 to 1",
    ),
    "n": Term("subjects in the denominator", "subjects"),
    "n_reference": Term("subjects of the reference group in the comparison", "subjects"),
    "count_reference": Term("subjects of the reference group with the outcome", "subjects"),
    "weight": Term("share of the stratum in the common difference; all strata sum to 1", "0 to 1"),
    "weights": Term("the weights of the strata: cmh, mn or sample-size"),
    "stratum": Term("the stratum that the row is about"),
    "n_missing": Term(
        "subjects without the value; in a score, items that were not answered", "subjects or items"
    ),
    "n_items": Term("items of the score, or domains where a domain counts once", "items"),
    "n_carried": Term("answers carried forward from an earlier visit", "items"),
    "prorated": Term("whether the score makes up for unanswered items"),
    "n_event": Term("events", "subjects"),
    "n_censored": Term("censored at the time", "subjects"),
    "n_at_risk": Term("at risk just before the time", "subjects"),
    "count": Term(
        "subjects (of scores from items: assessments) with the outcome, or in the row", "subjects"
    ),
    "total": Term("all subjects of the row's group", "subjects"),
    "percent": Term("share", "per cent"),
    "expected": Term("events expected if the groups did not differ", "subjects"),
    "time": Term("time since the origin", "days unless stated"),
    "survival": Term("estimated share still free of the event", "0 to 1"),
    "mean": Term("arithmetic mean", "points"),
    "mean_reference": Term("arithmetic mean of the reference group", "points"),
    "sd": Term("standard deviation, n - 1", "points"),
    "median": Term("median"),
    "q1": Term("first quartile, type 7 as R's default"),
    "q3": Term("third quartile, type 7 as R's default"),
    "min": Term("smallest value"),
    "max": Term("largest value"),
    "status": Term("included or excluded"),
    "reason": Term("why the subject stands in this row"),
    "strategy": Term("what is assumed of scores after a subject left: mar, j2r, cr, cir, lmcf"),
    "arm": Term("the arm that the row is about"),
    "fraction_missing": Term("fraction of information that is missing", "0 to 1"),
    "n_imputed": Term("subjects whose score at the visit was imputed", "subjects"),
    "delta": Term("points added to the imputed scores of an arm", "points"),
    "log_likelihood": Term("logarithm of the likelihood at its maximum, restricted where REML"),
    "aic": Term("Akaike's information criterion; of a mixed model it counts the covariance's"),
    "bic": Term("Bayesian information criterion; of a mixed model by the number of subjects"),
    "n_observations": Term("scores in the model", "scores"),
    "n_parameters": Term("parameters of the covariance"),
    "steps": Term("steps of the optimiser"),
    "converged": Term("whether the maximum was reached"),
    "visit": Term("the first visit of a pair"),
    "with": Term("the second visit of a pair"),
    "covariance": Term("covariance of the residuals of two visits", "points squared"),
    "correlation": Term("correlation of the residuals of two visits", "-1 to 1"),
    "entry": Term("time from the origin from which the subject is at risk", "days"),
    "entered": Term("whether the subject entered the curve"),
    "estimable": Term("whether the data allow the estimate"),
    "note": Term("what a reader must know of the row"),
    "scale": Term("the rating scale, as in PARAMCD"),
    "fact": Term("what is said of a rating scale: its range, scoring, a cut-off, ..."),
    "statement": Term("the fact in words"),
    "used_by": Term("who uses a published cut-off"),
    "source": Term("where a fact was read"),
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
