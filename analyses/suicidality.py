"""How many are free of suicidal ideation, and does the effect differ between subgroups?"""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return remission of suicidal ideation by arm, and by the subgroups that the plan names.

    A scale that the trial holds only as items is scored from them.
    """
    asked = plan.suicidality
    if asked is None:
        return {}
    found: dict[str, ka.Result] = {}
    trial = ka.with_scale(trial, asked.scale)
    found["suicidal_ideation"] = ka.estimate_remission(
        trial,
        asked.scale,
        asked.remission,
        by="TRT01P" if trial.arms else None,
        visits=[asked.visit],
        missing=asked.missing,
        conf_level=plan.conf_level,
    )
    subgroups: list[str | ka.Subgroup] = [*asked.columns, *asked.cuts]
    if subgroups and asked.declared is not None:
        found["suicidal_ideation_subgroups"] = ka.estimate_subgroups(
            trial,
            asked.scale,
            subgroups,
            asked.remission,
            visit=asked.visit,
            missing=asked.missing,
            declared=asked.declared,
            p_adjust=asked.p_adjust,
            conf_level=plan.conf_level,
        )
    return found
