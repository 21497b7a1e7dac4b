"""Who remitted? Shares by visit and arm under every declared handling of missing scores."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return remission rates at the primary visit."""
    if plan.remission is None:
        return {}
    primary = ka.estimate_remission(
        trial,
        plan.scale,
        plan.remission,
        by="TRT01P" if trial.arms else None,
        missing=plan.missing,
        imputation=plan.imputation_for(plan.missing),
        visits=[plan.visit],
        conf_level=plan.conf_level,
    )
    return {"remission": primary}
