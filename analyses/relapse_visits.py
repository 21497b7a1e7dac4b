"""What do visits tell of when relapse came? The interval-censored estimate beside Kaplan-Meier."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the interval-censored estimate by arm, where the plan names its origin."""
    asked = plan.durability
    if plan.relapse is None or asked is None or asked.interval_origin is None:
        return {}
    curve = ka.estimate_relapse_intervals(
        trial,
        plan.scale,
        plan.relapse,
        resamples=asked.resamples,
        seed=asked.seed,
        **plan.relapse_options(trial) | {"origin": asked.interval_origin},
    )
    return {"relapse_visits": curve}
