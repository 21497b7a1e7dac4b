"""Does the conclusion hang on one choice? Every rule, visit and handling beside the primary one."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the difference between arms under every choice that the plan names."""
    if plan.sensitivity is None or len(trial.arms) < 2:
        return {}
    rules = {"response": plan.response, "remission": plan.remission, "change": "change"}
    named = [rules[name] for name in plan.sensitivity.endpoints]
    grid = ka.estimate_sensitivity(
        trial,
        plan.scale,
        [endpoint for endpoint in named if endpoint is not None],
        by="TRT01P",
        visits=plan.sensitivity.visits or (plan.visit,),
        missing=plan.sensitivity.missing,
        imputation=plan.imputation,
        conf_level=plan.conf_level,
    )
    return {"sensitivity": grid}
