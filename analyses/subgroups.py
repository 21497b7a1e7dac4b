"""Does the treatment work better in some? The effect by subgroup, and whether it differs."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the effect at the primary visit in the subgroups that the plan names."""
    asked = plan.subgroups
    if asked is None:
        return {}
    rules = {"response": plan.response, "remission": plan.remission, "change": None}
    if asked.endpoint != "change" and rules[asked.endpoint] is None:
        raise ka.ArgumentError(
            f"[plan.subgroups] asks for {asked.endpoint}, which the plan does not define: add "
            f"[plan.{asked.endpoint}]."
        )
    found = ka.estimate_subgroups(
        trial,
        plan.scale,
        [*asked.columns, *asked.cuts],
        rules[asked.endpoint],
        visit=plan.visit,
        missing=asked.missing,
        declared=asked.declared,
        p_adjust=asked.p_adjust,
        conf_level=plan.conf_level,
    )
    return {"subgroups": found}
