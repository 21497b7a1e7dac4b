"""Words for a reader who knows medicine and not our column names: missing scores, tests, arms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ketanalysis.rates.contrasts import sides_of
from ketanalysis.rates.handling import HANDLINGS, IMPUTED

HANDLING_NAMES = {
    "observed": "observed cases",
    "locf": "last observation carried forward",
    "nri": "non-responder imputation",
    "mmrm": "mixed model for repeated measures",
    "mi": "multiple imputation, missing at random",
    "j2r": "multiple imputation, jump to reference",
    "cr": "multiple imputation, copy reference",
    "cir": "multiple imputation, copy increments in reference",
    "lmcf": "multiple imputation, last mean carried forward",
}
HANDLING_WORDS = {
    **HANDLING_NAMES,
    "observed": "observed cases (subjects scored at the visit)",
    "nri": "non-responder imputation (missing counts as failure)",
}
_PHRASES = {
    **{f"{name}: {what}": HANDLING_WORDS[name] for name, what in {**HANDLINGS, **IMPUTED}.items()},
    **{
        f"missing response scores {name}:": f"missing response scores: {words};"
        for name, words in HANDLING_NAMES.items()
    },
    "non-responders under nri": "non-responders under non-responder imputation",
    "Under nri, ": "Under non-responder imputation, ",
    "ITT population (ITTFL = Y)": "intention-to-treat population",
    " (SAFFL = Y)": "",
    "subjects with a baseline (no ADSL was given)": "all subjects with a baseline score",
    "Each subject counts once an event": "Each subject counts once for each event",
    " (as SAS and lifelines; R's default is log)": "",
    "link by definition.": "link by definition alone.",
    "mmrm: mixed model for repeated measures": "mixed model for repeated measures",
    "events after AVALLO and until AVALHI": "events between the last visit before one and the "
    "first visit that saw it",
    "No confidence intervals: name resamples= and seed= for those of the bootstrap.": "No "
    "confidence intervals: the plan asks for none.",
    " See validate_model.": "",
    "with covariance us over infusions and kenward-roger-linear degrees of freedom": "with an "
    "unstructured covariance over infusions and degrees of freedom by Kenward and Roger (linear)",
    "unstructured (us)": "unstructured",
}

_NAMES = re.compile(r"\b(nri|locf)\b")
# Tables and figures have the short name, so it stands beside its meaning.
_BASELINE = re.compile(r"(?<!\()\bBASE\b")


def handling_words(name: str, own: Mapping[str, str]) -> str:
    """Return a handling of missing scores in words; `own` is what it means for the outcome."""
    return f"{HANDLING_NAMES[name]} ({own[name]})" if name in own else HANDLING_WORDS[name]


def plain_words(text: str) -> str:
    """Return one of our own sentences without the names of columns and handlings."""
    for ours, words in _PHRASES.items():
        text = text.replace(ours, words)
    text = _BASELINE.sub("baseline score (BASE)", text)
    return _NAMES.sub(lambda found: HANDLING_NAMES[found[0]], text)


def without_columns(title: str, by: Iterable[str]) -> str:
    """Return a title that says ``by arm`` where its last words are ``by TRT01P``."""
    columns = list(by)
    end = f" by {', '.join(columns)}"
    if not columns or "TRT01P" not in columns or not title.endswith(end):
        return title
    shown = ["arm" if column == "TRT01P" else column for column in columns]
    return f"{title.removesuffix(end)} by {', '.join(shown)}"


def in_words(title: str) -> str:
    """Return a title with the arm and the visit in words, where it has their columns."""
    for column, word in {"TRT01P": "arm", "AVISIT": "visit"}.items():
        title = re.sub(rf"\b{column}\b", word, title)
    return title


def contrast_words(contrast: str, groups: Sequence[str] = (), word: str = "minus") -> str:
    """Return ``drug minus placebo`` for ``drug - placebo``, ``drug over placebo`` for ``/``.

    An arm may have a hyphen itself: where there are several, `groups` tell which is the sign.
    """
    sides = sides_of(contrast, groups)
    if sides is not None:
        return f"{sides[0]} {word} {sides[1]}"
    for sign, said in ((" - ", word), (" / ", "over")):
        if contrast.count(sign) == 1:
            return contrast.replace(sign, f" {said} ")
    return contrast


def sign_words(measure: str) -> str:
    """Return what stands between the sides of a measure: ``over`` of a ratio, else ``minus``."""
    return "over" if "ratio" in measure else "minus"


def at_visit(visit: str) -> str:
    """Return ``at Day 14``; a visit that is only a number is called one: ``at visit 7``."""
    return f"at visit {visit}" if visit.isdigit() else f"at {visit}"
