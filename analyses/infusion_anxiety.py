"""Do anxiety scores of the infusion differ between later responders and non-responders?

The plan's section ``anxiety`` says which scores are compared and how. What stands beside the
comparison (effect sizes, the continuous twin, power, equivalence, Bayes factors, two parts) is in
the same result; the report shows what the plan asked for.
"""

from __future__ import annotations

from typing import Any

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the comparison, each arm apart: ketamine raises both anxiety and response."""
    asked = plan.anxiety
    if asked is None or plan.response is None:
        return {}
    test: dict[str, Any] = {} if asked.primary is None else {"primary": asked.primary}
    comparison = ka.compare_responders(
        trial,
        asked.outcomes,
        scale=plan.scale,
        rule=plan.response,
        response_visit=plan.visit,
        anxiety_visit=asked.visit,
        missing=asked.missing,
        p_adjust=asked.p_adjust,
        by="TRT01P" if trial.arms else None,
        adjust=list(asked.adjust) or None,
        margin=asked.margin,
        allow=asked.allow,
        seed=asked.seed,
        resamples=asked.resamples,
        conf_level=plan.conf_level,
        **test,
    )
    return {"infusion_anxiety": comparison}
