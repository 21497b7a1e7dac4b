"""Do anxiety scores of the infusion differ between later responders and non-responders?"""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the comparison, each arm apart: ketamine raises both anxiety and response."""
    if plan.anxiety is None or plan.response is None:
        return {}
    comparison = ka.compare_responders(
        trial,
        plan.anxiety.outcomes,
        scale=plan.scale,
        rule=plan.response,
        response_visit=plan.visit,
        anxiety_visit=plan.anxiety.visit,
        missing=plan.anxiety.missing,
        p_adjust=plan.anxiety.p_adjust,
        by="TRT01P" if trial.arms else None,
        conf_level=plan.conf_level,
    )
    return {"infusion_anxiety": comparison}
