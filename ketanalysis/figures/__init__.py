"""Figures of results, for print: one function a kind of result, all in one sober style."""

from ketanalysis.figures import (
    adverse_events,
    groups,
    means,
    proportions,
    rates,
    survival,
    tipping,
    trajectory,
)
from ketanalysis.figures.registry import FIGURES, figure_of, plot

__all__ = [
    "FIGURES",
    "adverse_events",
    "figure_of",
    "groups",
    "means",
    "plot",
    "proportions",
    "rates",
    "survival",
    "tipping",
    "trajectory",
]
