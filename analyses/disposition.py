"""Who left, when and why? The flow of the subjects."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the flow by arm, as far as the data record it."""
    by = "TRT01P" if trial.arms else None
    return {"disposition": ka.tabulate_disposition(trial, by=by, scale=plan.scale)}
