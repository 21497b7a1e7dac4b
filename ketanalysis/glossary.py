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
    "role": Term("primary, sensitivity beside it, or pairwise after a test of several groups"),
    "check": Term("what of the assumptions of a test is looked at"),
    "pair": Term("running number of a subject with all scores, in order of the scores; no id"),
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
    "n_missing": Term("subjects without the value", "subjects"),
    "n_event": Term("events", "subjects"),
    "n_censored": Term("censored at the time", "subjects"),
    "n_at_risk": Term("at risk just before the time", "subjects"),
    "count": Term("subjects with the outcome, or in the row", "subjects"),
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
    "entry": Term("time from the origin from which the subject is at risk", "days"),
    "entered": Term("whether the subject entered the curve"),
    "estimable": Term("whether the data allow the estimate"),
    "note": Term("what a reader must know of the row"),
}

# Methods that are named after people, as they print; in data they are lower case.
NAMES = (
    *("wilson", "clopper-pearson", "agresti-coull", "jeffreys", "wald"),
    *("miettinen-nurminen", "newcombe", "mee", "katz", "fisher", "pearson"),
)
_NAME = re.compile(rf"\b({'|'.join(NAMES)})\b")


def method_words(method: str) -> str:
    """Return the name of a method as it prints: ``clopper-pearson`` is ``Clopper-Pearson``."""
    return _NAME.sub(lambda found: found[0].title(), method)
