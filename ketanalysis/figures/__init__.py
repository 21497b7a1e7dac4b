"""Figures of results, for print: one function a kind of result, all in one sober style."""

from ketanalysis.figures import (
    adverse_events,
    groups,
    infusions,
    means,
    rates,
    survival,
    trajectory,
    vital_signs,
)
from ketanalysis.figures.registry import FIGURES, figure_of, plot

__all__ = [
    "FIGURES",
    "adverse_events",
    "figure_of",
    "groups",
    "infusions",
    "means",
    "plot",
    "rates",
    "survival",
    "trajectory",
    "vital_signs",
]
