"""How long does it last without maintenance? Time to relapse among those who entered."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the relapse curve by arm."""
    if plan.relapse is None:
        return {}
    curve = ka.estimate_relapse(
        trial,
        plan.scale,
        plan.relapse,
        by="TRT01P" if trial.arms else None,
        among=plan.among,
        origin=plan.origin,
        redose=plan.redose,
        conf_level=plan.conf_level,
    )
    return {"relapse": curve}
