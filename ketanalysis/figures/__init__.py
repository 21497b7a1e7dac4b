"""Figures of results, for print: one function a kind of result, all in one sober style."""

from ketanalysis.figures import (
    adverse_events,
    categories,
    cumulative,
    groups,
    infusions,
    means,
    rates,
    responder_curve,
    survival,
    trajectory,
)
from ketanalysis.figures.registry import FIGURES, figure_of, plot

__all__ = [
    "FIGURES",
    "adverse_events",
    "categories",
    "cumulative",
    "figure_of",
    "groups",
    "infusions",
    "means",
    "plot",
    "rates",
    "responder_curve",
    "survival",
    "trajectory",
]
