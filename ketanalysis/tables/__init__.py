"""Tables for reading: one neutral object, rendered as text, HTML, Markdown or great_tables."""

from ketanalysis.tables import (
    adverse_events,
    baseline,
    blinding,
    change,
    concomitant,
    disposition,
    groups,
    imputation,
    individual,
    infusions,
    instruments,
    interval_censored,
    models,
    outcomes,
    over_infusions,
    prediction,
    profile,
    proportions,
    rates,
    roc,
    sensitivity,
    survival,
)
from ketanalysis.tables.html import to_gt, to_html
from ketanalysis.tables.markdown import to_markdown
from ketanalysis.tables.plain import to_text
from ketanalysis.tables.registry import tabulate
from ketanalysis.tables.table import Column, Table

__all__ = [
    "Column",
    "Table",
    "adverse_events",
    "baseline",
    "blinding",
    "change",
    "concomitant",
    "disposition",
    "groups",
    "imputation",
    "individual",
    "infusions",
    "instruments",
    "interval_censored",
    "models",
    "outcomes",
    "over_infusions",
    "prediction",
    "profile",
    "proportions",
    "rates",
    "roc",
    "sensitivity",
    "survival",
    "tabulate",
    "to_gt",
    "to_html",
    "to_markdown",
    "to_text",
]
