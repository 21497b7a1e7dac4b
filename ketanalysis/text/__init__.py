"""What a result says in words: the console summary, sentences for a paper, inline numbers."""

from ketanalysis.text import (
    adverse_events,
    blinding,
    groups,
    imputation,
    individual,
    infusions,
    instruments,
    interval_censored,
    models,
    outcomes,
    over_infusions,
    participants,
    prediction,
    proportions,
    rates,
    roc,
    scores,
    sensitivity,
    survival,
)
from ketanalysis.text.console import glance, summary
from ketanalysis.text.inline import inline
from ketanalysis.text.registry import SENTENCES, phrase_of, sentences, sentences_of
from ketanalysis.text.style import STYLES, Style

__all__ = [
    "SENTENCES",
    "STYLES",
    "Style",
    "adverse_events",
    "blinding",
    "glance",
    "groups",
    "imputation",
    "individual",
    "infusions",
    "inline",
    "instruments",
    "interval_censored",
    "models",
    "outcomes",
    "over_infusions",
    "participants",
    "phrase_of",
    "prediction",
    "proportions",
    "rates",
    "roc",
    "scores",
    "sensitivity",
    "sentences",
    "sentences_of",
    "summary",
    "survival",
]
