"""What a time to relapse needs to have declared: the checks, and the sentences on the choices."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from ketanalysis.definitions import Among, Relapse, Response
from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.instruments import find_instrument
from ketanalysis.rounding import number
from ketanalysis.trial import Trial

ORIGINS = {
    "last infusion": "the last infusion before entry",
    "first infusion": "the first infusion",
    "entry": "the visit at which the entry rule was met",
}
REDOSE = {
    "censor": "A subject who has a further infusion after entry is censored at it, and later "
    "scores are not judged.",
    "event": "A further infusion after entry counts as relapse on its day, and later scores are "
    "not judged.",
    "ignore": "Further infusions after entry are passed over.",
}


def check_plan(
    data: Any,
    scale: str,
    rule: Relapse,
    among: Among | None,
    origin: str | float | None,
    redose: str | None,
) -> tuple[Among, str | float]:
    """Refuse what is not declared or does not fit; return who enters, and the origin."""
    if not isinstance(rule, Relapse):
        raise ArgumentError(f"rule must be a Relapse, not {rule!r}.")
    if not isinstance(among, Among):
        raise ArgumentError(
            "among= must say who enters the curve, for example "
            'among=Among(Response(at_least=0.5), visit="Day 14").'
        )
    has_infusions = isinstance(data, Trial) and data.adex is not None
    declared = _checked_origin(origin, has_infusions)
    _check_redose(redose, has_infusions)
    if rule.events and not (isinstance(data, Trial) and data.adice is not None):
        raise ArgumentError(
            f"The rule counts events ({listed(rule.events)}), and the data hold none: give "
            "as_trial(..., events=), or a rule without events."
        )
    _check_scale(scale, rule, among)
    return among, declared


def _checked_origin(origin: Any, has_infusions: bool) -> str | float:
    if isinstance(origin, str):
        check_one_of("origin", origin, tuple(ORIGINS))
        if origin == "last infusion" and not has_infusions:
            raise ArgumentError(
                'origin="last infusion" needs the infusions (as_trial(..., infusions=)); without '
                'them give "entry", "first infusion", or the day of the last infusion as a number.'
            )
        return origin
    is_number = isinstance(origin, Real) and not isinstance(origin, bool)
    if not is_number or not math.isfinite(origin):
        raise ArgumentError(
            f"origin= must say where the clock starts: {listed(map(repr, ORIGINS))}, or a number "
            f"of days since the first infusion, not {origin!r}; the same subject gives different "
            "medians."
        )
    return float(origin)


def _check_redose(redose: str | None, has_infusions: bool) -> None:
    if redose is not None:
        check_one_of("redose", redose, tuple(REDOSE))
    elif has_infusions:
        raise ArgumentError(
            f"redose= must say what an infusion after entry does: {listed(map(repr, REDOSE))}."
        )


def _check_scale(scale: str, rule: Relapse, among: Among) -> None:
    """Refuse a criterion that the scale cannot carry."""
    share = among.rule if isinstance(among.rule, Response) else None
    known = find_instrument(scale)
    if rule.improvement_below is not None:
        if share is None and (known is None or known.floor):
            raise ArgumentError(
                f"Relapse(improvement_below=...) on {scale} needs to know from which score "
                "improvement is measured: let subjects enter by a Response that says so "
                "(from_floor= on a registered scale, better= and floor= on another); it then "
                "holds for relapse too."
            )
        return
    direction = known.direction if known else f"{share.better if share else None} is better"
    if direction == "higher is better":
        raise ArgumentError(
            f"Higher scores of {scale} are better, so a high score cannot be a relapse: write "
            "Relapse(improvement_below=...)."
        )


def origin_words(origin: str | float) -> str:
    """Return the origin as it stands in a sentence."""
    if isinstance(origin, str):
        return ORIGINS[origin]
    return f"day {float(origin):g} after the first infusion"


def plan_notes(
    data: Any,
    rule: Relapse,
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
    share = among.rule if isinstance(among.rule, Response) else None
    if rule.improvement_below is not None and share is not None and share.from_floor is not None:
        start = "from the scale's lowest score" if share.from_floor else "of the raw score"
        notes.append(f"Improvement is measured {start}, at entry and at relapse.")
    if not isinstance(data, Trial) or data.adex is None:
        notes.append("The data hold no infusions; further treatment is not known.")
    elif redose is not None:
        notes.append(REDOSE[redose])
    return tuple(notes)
