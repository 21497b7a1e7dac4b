"""Figures of results, for print: one function a kind of result, all in one sober style."""

from ketanalysis.figures import (
    adverse_events,
    balance,
    categories,
    concomitant,
    conduct,
    cumulative,
    flow,
    groups,
    infusions,
    means,
    rates,
    responder_curve,
    survival,
    tipping,
    trajectory,
    vital_signs,
)
from ketanalysis.figures.registry import FIGURES, figure_of, plot

__all__ = [
    "FIGURES",
    "adverse_events",
    "balance",
    "categories",
    "concomitant",
    "conduct",
    "cumulative",
    "figure_of",
    "flow",
    "groups",
    "infusions",
    "means",
    "plot",
    "rates",
    "responder_curve",
    "survival",
    "tipping",
    "trajectory",
    "vital_signs",
]
