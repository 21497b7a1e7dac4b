"""Whether a score meets a rule: the definition, the scale's direction and floor, the baseline."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.comparison import holds, improvement_holds
from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError
from ketanalysis.grid import Grid
from ketanalysis.instruments import Instrument, find_instrument
from ketanalysis.meaningful import MeaningfulChange

Rule: TypeAlias = Response | Remission | MeaningfulChange


def met_by(grid: Grid, rule: Rule, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each score, shape (n_visits, n) or (n,), meets a rule."""
    if isinstance(rule, Remission):
        _check_healthy_side(grid.scale, rule)
        return holds(scores, rule.bound, rule.comparator)
    if isinstance(rule, MeaningfulChange):
        if rule.unit == "points":
            return holds(improvement(grid, scores, rule.better), rule.amount, "at_least")
        rule = as_response(rule)
    floor, higher_is_worse = scale_shape(grid.scale, rule)
    bounds = [(rule.comparator, rule.bound), *([rule.ceiling] if rule.ceiling else [])]
    first, *second = (
        improvement_holds(
            scores, grid.baseline, share, comparator, floor=floor, higher_is_worse=higher_is_worse
        )
        for comparator, share in bounds
    )
    return first & second[0] if second else first


def obstacles(grid: Grid, rule: Rule) -> tuple[tuple[str, NDArray[np.bool_]], ...]:
    """Return why the rule cannot be judged in some subjects, and in whom, shape (n,).

    A remission can always be judged; a change in points needs a baseline, and a response one
    of which there is a share.
    """
    if isinstance(rule, Remission):
        return ()
    without = ("no baseline", np.isnan(grid.baseline))
    if isinstance(rule, MeaningfulChange):
        if rule.unit == "points":
            return (without,)
        rule = as_response(rule)
    floor, _ = scale_shape(grid.scale, rule)
    at_floor = f"baseline of {floor:g} or less, which has no share"
    return (without, (at_floor, grid.baseline <= floor))


def as_response(rule: MeaningfulChange) -> Response:
    """Return a meaningful change that is a share of baseline as the response it is."""
    return Response(
        at_least=rule.amount, from_floor=rule.from_floor, floor=rule.floor, better=rule.better
    )


def improvement(
    grid: Grid, scores: NDArray[np.float64], better: Literal["lower", "higher"] | None
) -> NDArray[np.float64]:
    """Return how many points each score is better than baseline, in the shape of `scores`.

    `better` declares the direction of a scale that is not in the registry.
    """
    if better is None and find_instrument(grid.scale) is None:
        raise ArgumentError(
            f"{grid.scale} is not in the registry of instruments, so its direction is not known. "
            'Declare it in the rule: better="lower" or better="higher".'
        )
    raw = Response(at_least=0.5, from_floor=False, better=better)
    _, higher_is_worse = scale_shape(grid.scale, raw)
    return grid.baseline - scores if higher_is_worse else scores - grid.baseline


def scale_shape(scale: str, rule: Response | None = None) -> tuple[float, bool]:
    """Return the floor that a share is taken from, and whether higher scores are worse.

    The registry answers for its scales; for another scale the rule must say both.
    """
    known = find_instrument(scale)
    if known is None:
        return _declared_shape(scale, rule)
    if rule is None:
        return 0.0, known.higher_is_worse
    _check_agreement(known, rule)
    if known.floor > 0 and rule.from_floor is None and rule.floor is None:
        raise ArgumentError(
            f"{scale} starts at {known.floor:g}, so a share of the score is not a share of "
            "the symptoms. Declare from_floor=True (from the lowest score) or "
            "from_floor=False (of the raw score) in the rule."
        )
    is_raw = rule.from_floor is False
    return 0.0 if is_raw else float(known.floor), known.higher_is_worse


def _declared_shape(scale: str, rule: Response | None) -> tuple[float, bool]:
    if rule is None or rule.better is None:
        raise ArgumentError(
            f"{scale} is not in the registry of instruments, so its direction is not "
            'known. Declare it in the rule: Response(..., better="lower", floor=0).'
        )
    if rule.from_floor and rule.floor is None:
        raise ArgumentError(
            f"{scale} is not in the registry of instruments, so its lowest score is not "
            "known. Declare it in the rule: Response(..., floor=0)."
        )
    return float(rule.floor or 0.0), rule.better == "lower"


def _check_agreement(known: Instrument, rule: Response) -> None:
    """Refuse a rule that says of a registered scale what the registry denies."""
    better = "lower" if known.higher_is_worse else "higher"
    if rule.better not in (None, better):
        raise ArgumentError(
            f"{known.id} is in the registry of instruments, where {better} scores are better, "
            f"not {rule.better}. Leave better= out of the rule."
        )
    if rule.floor not in (None, known.floor):
        raise ArgumentError(
            f"{known.id} is in the registry of instruments with the lowest score "
            f"{known.floor:g}, not {rule.floor:g}. Leave floor= out of the rule."
        )


def _check_healthy_side(scale: str, rule: Remission) -> None:
    known = find_instrument(scale)
    if known is None:
        return
    worse, sides = ("higher", ("at_most", "below"))
    if not known.higher_is_worse:
        worse, sides = ("lower", ("at_least", "above"))
    if rule.comparator not in sides:
        raise ArgumentError(
            f"Remission({rule.comparator}=...) cannot be remission on {known.id}, where {worse} "
            f"scores are worse: write {sides[0]}= or {sides[1]}=."
        )
