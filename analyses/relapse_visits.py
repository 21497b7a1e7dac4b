"""What do visits tell of when relapse came? The interval-censored estimate beside Kaplan-Meier."""

from __future__ import annotations

from dataclasses import replace

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the interval-censored estimate by arm and its test, where the plan asks for them."""
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
    if asked.interval_test is None or len(trial.arms) < 2:
        return {"relapse_visits": curve}
    test = ka.compare_interval_survival(curve.tte, "TRT01P", scores=asked.interval_test)
    title = f"Relapse on {plan.scale} as visits saw it, compared between arms"
    named = replace(test, title=title, simulated=curve.simulated)
    return {"relapse_visits": curve, "relapse_visits_test": named}
