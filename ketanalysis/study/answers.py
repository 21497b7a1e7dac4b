"""The main result of each question in a sentence, in words that a reader knows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import polars as pl

from ketanalysis.instruments import find_instrument
from ketanalysis.study.folder import Study
from ketanalysis.tables.words import (
    HANDLING_WORDS,
    at_visit,
    contrast_words,
    in_words,
    plain_words,
)
from ketanalysis.text import SENTENCES, STYLES

NOT_REACHED = "median not reached "
RULES = ("response", "remission", "relapse")


def subtitle(study: Study, n_subjects: int | None = None) -> str:
    """Return what a report is about, in one line; with another number of subjects where given."""
    trial = study.trial
    several = len(trial.arms) > 1
    arms = f"{len(trial.arms)} arms: {', '.join(trial.arms)}" if several else "one arm"
    mark = "Simulated data, not a real trial. " if trial.simulated else ""
    n = trial.n_subjects if n_subjects is None else n_subjects
    return f"{mark}{n} subjects, {arms}"


def answer(name: str, result: Any, study: Study) -> str:
    """Return what a result says, after its definition where the plan has one."""
    result = _at_the_visit(result, study.plan.visit)
    text = SENTENCES[result.kind](result, STYLES["plain"]).removeprefix(f"{result.title}. ")
    text = text.replace(": All ", ": ", 1).removeprefix("All: ")
    text = in_words(name_scales(text, study))
    visit = study.plan.visit
    text = text.replace(f" at {visit}", f" {at_visit(visit)}", 1)
    if result.kind == "rates":
        handling = result.table["missing"][0]
        text = text.replace(f"({handling})", f"with {HANDLING_WORDS[handling]}", 1)
        text = _minus(text, result.contrasts, study)
    if result.kind in ("contrasts", "sensitivity"):
        text = _minus(text, result.table, study)
    if result.kind == "survival":
        text = text.replace(" to NR) ", " to not reached) ").replace("median NR ", NOT_REACHED)
    return f"{definition_of(name, result, study)} {unbroken(text)}".lstrip()


def definition_of(name: str, result: Any, study: Study) -> str:
    """Return what counts as response, remission or relapse here; of other results nothing."""
    rule: Any = result.definition if name in RULES else None
    if rule is None:
        return ""
    first, _, _ = rule.sentence(study.plan.scale).partition(". ")
    return unbroken(f"{first.rstrip('.')}.")


def scales(study: Study) -> list[str]:
    """Return the scales that the plan names, the primary first."""
    plan = study.plan
    others = plan.anxiety.outcomes if plan.anxiety is not None else ()
    return list(dict.fromkeys([plan.scale, *others]))


def name_scales(text: str, study: Study) -> str:
    """Return the text with the name of each scale at its first mention."""
    for scale in scales(study):
        known = find_instrument(scale)
        if known is not None and known.id == scale and "_" in scale:
            text = text.replace(scale, f"{known.name} ({scale})", 1)
    return plain_words(text)


def unbroken(text: str) -> str:
    """Return the text with ``95 %`` and ``p = 0.03`` kept on one line."""
    space = "\N{NO-BREAK SPACE}"
    return re.sub(r"\b([pn]) = ", rf"\1{space}={space}", text.replace(" %", f"{space}%"))


def _minus(text: str, contrasts: pl.DataFrame, study: Study) -> str:
    """Return the text with ``minus`` where an arm has a hyphen itself: the study knows its arms."""
    for contrast in contrasts["contrast"].unique(maintain_order=True):
        text = text.replace(contrast, contrast_words(contrast, study.trial.arms))
    return text


def _at_the_visit(result: Any, visit: str) -> Any:
    """Return the contrasts of a model at the primary visit alone; other results as they are."""
    if result.kind != "contrasts" or "AVISIT" not in result.table.columns:
        return result
    at = pl.col("AVISIT").cast(pl.String) == visit
    return replace(result, table=result.table.filter(at))
