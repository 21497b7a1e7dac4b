"""Does the curve hang on how relapse was defined and dated? Other rules beside the primary one."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the relapse curve by the variants of the rule, and by further fates of infusions."""
    asked = plan.durability
    if plan.relapse is None or asked is None or not (asked.rule_sensitivity or asked.redose):
        return {}
    options = plan.relapse_options(trial)
    redose = [plan.redose, *asked.redose] if plan.redose and asked.redose else plan.redose
    result = ka.estimate_relapse_sensitivity(
        trial,
        plan.scale,
        plan.relapse if asked.rule_sensitivity else {"as declared": plan.relapse},
        times=asked.milestones,
        **options | {"redose": redose},
    )
    return {"relapse_rules": result}
