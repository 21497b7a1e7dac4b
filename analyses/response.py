"""Who responded? Shares by visit and arm under every declared handling of missing scores."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return response rates at all visits, and at the primary visit alone."""
    if plan.response is None:
        return {}
    by = "TRT01P" if trial.arms else None
    every = ka.estimate_response(
        trial,
        plan.scale,
        plan.response,
        by=by,
        missing=plan.missing[0],
        imputation=plan.imputation_for(plan.missing[:1]),
        conf_level=plan.conf_level,
    )
    primary = ka.estimate_response(
        trial,
        plan.scale,
        plan.response,
        by=by,
        missing=plan.missing,
        imputation=plan.imputation_for(plan.missing),
        visits=[plan.visit],
        conf_level=plan.conf_level,
    )
    return {"response": primary, "response_by_visit": every}
