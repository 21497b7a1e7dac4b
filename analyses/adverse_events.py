"""Which side effects, in whom? Subjects with each event out of those exposed."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return subjects with adverse events by arm."""
    if trial.adae is None:
        return {}
    by = "TRT01P" if trial.arms else None
    return {"adverse_events": ka.estimate_adverse_events(trial, by=by, conf_level=plan.conf_level)}
