"""Whether a score meets a rule: the definition, the scale's direction and floor, the baseline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ketanalysis.comparison import holds, improvement_holds
from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError
from ketanalysis.grid import Grid
from ketanalysis.instruments import Instrument, find_instrument


def met_by(
    grid: Grid, rule: Response | Remission, scores: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether each score, shape (n_visits, n) or (n,), meets a response or remission rule."""
    if isinstance(rule, Remission):
        _check_healthy_side(grid.scale, rule)
        return holds(scores, rule.bound, rule.comparator)
    floor, higher_is_worse = scale_shape(grid.scale, rule)
    return improvement_holds(
        scores,
        grid.baseline,
        rule.bound,
        rule.comparator,
        floor=floor,
        higher_is_worse=higher_is_worse,
    )


def obstacles(grid: Grid, rule: Response | Remission) -> tuple[tuple[str, NDArray[np.bool_]], ...]:
    """Return why the rule cannot be judged in some subjects, and in whom, shape (n,).

    A remission can always be judged; a response needs a baseline of which there is a share.
    """
    if isinstance(rule, Remission):
        return ()
    floor, _ = scale_shape(grid.scale, rule)
    return (
        ("no baseline", np.isnan(grid.baseline)),
        (f"baseline of {floor:g} or less, which has no share", grid.baseline <= floor),
    )


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
