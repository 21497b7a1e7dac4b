"""How do scores change? Observed means of the primary scale by visit and arm."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the observed means at the primary visit, and their course over all visits."""
    by = "TRT01P" if trial.arms else None
    level = plan.conf_level
    return {
        "change": ka.estimate_change(
            trial, plan.scale, by=by, visits=[plan.visit], conf_level=level
        ),
        "course": ka.estimate_change(trial, plan.scale, by=by, conf_level=level),
    }
