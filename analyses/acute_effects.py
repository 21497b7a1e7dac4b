"""What was felt during the infusions: its course within one, its peak, does it wane?"""

from __future__ import annotations

import ketanalysis as ka

NAMES = ("acute_effects", "acute_effects_beside")


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the ratings that the plan names, by arm; the flag is that of the first."""
    asked = plan.acute
    if asked is None:
        return {}
    return {
        name: ka.estimate_acute_effects(
            trial,
            scale,
            "TRT01P" if trial.arms else None,
            pre_within=asked.pre_within,
            until=asked.until,
            points=dict(asked.points),
            flag=asked.flag if place == 0 else None,
            covariance=asked.covariance,
            fallback=asked.fallback,
            conf_level=plan.conf_level,
        )
        for place, (name, scale) in enumerate(zip(NAMES, asked.scales, strict=False))
    }
