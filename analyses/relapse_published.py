"""What did others find? Published figures beside the relapse curve, each at its own time."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the relapse curve beside the published studies that the plan names."""
    asked = plan.durability
    if plan.relapse is None or asked is None or not asked.published:
        return {}
    curve = ka.estimate_relapse(trial, plan.scale, plan.relapse, **plan.relapse_options(trial))
    return {"relapse_published": ka.compare_published(curve, asked.published)}
