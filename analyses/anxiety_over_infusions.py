"""Does anxiety over infusions 1 to k differ by later response, and does it fade?"""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the mixed model of the score over infusions, each arm apart."""
    asked = plan.anxiety
    if asked is None or asked.repeated is None or asked.covariance is None:
        return {}
    if plan.response is None:
        return {}
    course = ka.compare_responders_over_infusions(
        trial,
        asked.repeated,
        scale=plan.scale,
        rule=plan.response,
        response_visit=plan.visit,
        infusions=asked.infusions,
        covariance=asked.covariance,
        missing=asked.missing,
        by="TRT01P" if trial.arms else None,
        adjust=list(asked.adjust) or None,
        allow=asked.allow,
        conf_level=plan.conf_level,
    )
    return {"anxiety_over_infusions": course}
