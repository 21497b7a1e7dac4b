"""How many days without relapse, up to a horizon? The restricted mean, and how arms differ."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the restricted mean time free of relapse, where the plan names a horizon."""
    asked = plan.durability
    if plan.relapse is None or asked is None or asked.horizon is None:
        return {}
    curve = ka.estimate_relapse(trial, plan.scale, plan.relapse, **plan.relapse_options(trial))
    return {"relapse_means": curve.rmst(asked.horizon)}
