"""What a time to relapse needs to have declared: the checks, and the sentences on the choices."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from ketanalysis.definitions import Among, Relapse, RelapseRule, Response
from ketanalysis.durability.entry import share_rule
from ketanalysis.durability.origin import ORIGINS, has_randomisation, origin_words
from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.instruments import find_instrument
from ketanalysis.rounding import number
from ketanalysis.trial import Trial

REDOSE = {
    "censor": "A subject who has a further infusion after entry is censored at it, and later "
    "scores are not judged.",
    "event": "A further infusion after entry counts as relapse on its day, and later scores are "
    "not judged.",
    "competing": "A further infusion after entry competes with relapse: it ends the subject's time "
    "on its day with a code of its own (event_code 2, relapse is 1), and later scores are not "
    "judged.",
    "ignore": "Further infusions after entry are passed over.",
}


def check_plan(
    data: Any,
    scale: str,
    rule: RelapseRule,
    among: Among | None,
    origin: str | float | None,
    redose: str | None,
) -> tuple[Among, str | float]:
    """Refuse what is not declared or does not fit; return who enters, and the origin."""
    if not isinstance(rule, RelapseRule):
        raise ArgumentError(f"rule must be a Relapse, not {rule!r}.")
    if not rule.routes:
        raise ArgumentError(
            "The rule is a criterion alone: write consecutive= and dated= in it, or join it by & "
            "or | to a rule that has them."
        )
    if not isinstance(among, Among):
        raise ArgumentError(
            "among= must say who enters the curve, for example "
            'among=Among(Response(at_least=0.5), visit="Day 14").'
        )
    has_infusions = isinstance(data, Trial) and data.adex is not None
    if among.infusion is not None and not has_infusions:
        raise ArgumentError(
            "Among(infusion=...) needs the infusions (as_trial(..., infusions=)); without them "
            "name the visit at which the rule must be met."
        )
    declared = _checked_origin(data, origin, has_infusions)
    _check_redose(redose, has_infusions)
    if rule.counted and not (isinstance(data, Trial) and data.adice is not None):
        raise ArgumentError(
            f"The rule counts events ({listed(rule.counted)}), and the data hold none: give "
            "as_trial(..., events=), or a rule without events."
        )
    for leaf in rule.leaves:
        _check_scale(leaf.scale or scale, leaf, among, is_own=leaf.scale in (None, scale))
    return among, declared


def _checked_origin(data: Any, origin: Any, has_infusions: bool) -> str | float:
    if isinstance(origin, str):
        if origin == "last infusion" and not has_infusions:
            raise ArgumentError(
                'origin="last infusion" needs the infusions (as_trial(..., infusions=)); without '
                'them give "entry", "first infusion", or the day of the last infusion as a number.'
            )
        if origin == "randomisation" and not has_randomisation(data):
            raise ArgumentError(
                'origin="randomisation" needs its day in ADSL: RANDDY (study day), or the dates '
                "RANDDT and TRTSDT (first treatment)."
            )
        return origin
    is_number = isinstance(origin, Real) and not isinstance(origin, bool)
    if not is_number or not math.isfinite(origin):
        raise ArgumentError(
            f"origin= must say where the clock starts: {listed(map(repr, ORIGINS))}, a visit "
            "(landmark), or a number of days since the first infusion (landmark), not "
            f"{origin!r}; the same subject gives different medians."
        )
    return float(origin)


def _check_redose(redose: str | None, has_infusions: bool) -> None:
    if redose is not None:
        check_one_of("redose", redose, tuple(REDOSE))
    elif has_infusions:
        raise ArgumentError(
            f"redose= must say what an infusion after entry does: {listed(map(repr, REDOSE))}."
        )


def _check_scale(scale: str, rule: Relapse, among: Among, *, is_own: bool) -> None:
    """Refuse a criterion that the scale cannot carry."""
    share = share_rule(among) if is_own else Response(at_least=0.5)
    name, _ = rule.criterion
    known = find_instrument(scale)
    if name in ("improvement_below", "return_to"):
        says_start = share.from_floor is not None or share.better is not None
        if not says_start and (known is None or known.floor):
            raise ArgumentError(
                f"Relapse({name}=...) on {scale} needs to know from which score "
                "improvement is measured: let subjects enter by a Response that says so "
                "(from_floor= on a registered scale, better= and floor= on another); it then "
                "holds for relapse too."
            )
        return
    direction = known.direction if known else f"{share.better or 'lower'} is better"
    is_better = direction in ("higher is better", "higher scores are better")
    if name == "lost_at_least":
        if known is None and share.better is None:
            raise ArgumentError(
                f"Relapse(lost_at_least=...) on {scale} needs to know whether higher or lower "
                "scores are better: let subjects enter by a Response that says so (better=)."
            )
        return
    if name in ("at_least", "above") and is_better:
        raise ArgumentError(
            f"Higher scores of {scale} are better, so a high score cannot be a relapse: write "
            "Relapse(at_most=...), Relapse(below=...) or Relapse(improvement_below=...)."
        )
    if name == "rise_at_least" and is_better:
        raise ArgumentError(
            f"Higher scores of {scale} are better, so a rise cannot be a relapse: write "
            "Relapse(lost_at_least=...) or Relapse(improvement_below=...)."
        )
    if name in ("at_most", "below") and not is_better:
        raise ArgumentError(
            f"Lower scores of {scale} are better, so a low score cannot be a relapse: write "
            "Relapse(at_least=...) or Relapse(above=...)."
        )


def plan_notes(
    data: Any,
    rule: RelapseRule,
    among: Among,
    origin: str | float,
    redose: str | None,
    entry_days: list[float],
) -> tuple[str, ...]:
    """Return one sentence on each choice; `entry_days` are those of the subjects who entered."""
    notes = [f"The clock starts at {origin_words(origin)}."]
    if entry_days and max(entry_days) > 0:
        notes.append(
            f"Entry was known {number(min(entry_days))} to {number(max(entry_days))} days after "
            "the origin; subjects are at risk from then on (late entry)."
        )
    if _can_be_landmark(origin):
        notes.append(LANDMARK)
    share = among.rule if isinstance(among.rule, Response) else None
    shares = any(leaf.criterion[0] in ("improvement_below", "return_to") for leaf in rule.leaves)
    if shares and share is not None and share.from_floor is not None:
        start = "from the scale's lowest score" if share.from_floor else "of the raw score"
        notes.append(f"Improvement is measured {start}, at entry and at relapse.")
    if not isinstance(data, Trial) or data.adex is None:
        notes.append("The data hold no infusions; further treatment is not known.")
    elif redose is not None:
        notes.append(REDOSE[redose])
    return tuple(notes)


LANDMARK = (
    "Where the origin is later than entry, subjects enter who had not relapsed, had no further "
    "infusion that counts, and were still seen then; scores count after it."
)


def _can_be_landmark(origin: str | float) -> bool:
    return not isinstance(origin, str) or origin == "randomisation" or origin not in ORIGINS
