"""How long does it last without maintenance? Time to relapse among those who entered."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the relapse curve by arm, and the share still free at the days the plan names."""
    if plan.relapse is None:
        return {}
    curve = ka.estimate_relapse(trial, plan.scale, plan.relapse, **plan.relapse_options(trial))
    results: dict[str, ka.Result] = {"relapse": curve}
    if plan.durability is not None and plan.durability.milestones:
        results["relapse_milestones"] = curve.milestones(plan.durability.milestones)
    return results
