"""Figures of results, for print: one function a kind of result, all in one sober style."""

from ketanalysis.figures import (
    adverse_events,
    forest,
    groups,
    heatmap,
    raincloud,
    rates,
    shift,
    spaghetti,
    subject_map,
    survival,
    swimmer,
    trajectory,
    waterfall,
)
from ketanalysis.figures.registry import FIGURES, figure_of, plot

__all__ = [
    "FIGURES",
    "adverse_events",
    "figure_of",
    "forest",
    "groups",
    "heatmap",
    "plot",
    "raincloud",
    "rates",
    "shift",
    "spaghetti",
    "subject_map",
    "survival",
    "swimmer",
    "trajectory",
    "waterfall",
]
