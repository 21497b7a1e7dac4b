"""Who are the subjects? Baseline characteristics by arm."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return Table 1: the columns that the plan names, or all that describe a subject."""
    table = ka.tabulate_baseline(
        trial,
        columns=plan.baseline.columns if plan.baseline is not None else None,
        by="TRT01P" if trial.arms else None,
        categorical=plan.baseline.categorical if plan.baseline is not None else (),
    )
    return {"baseline": table}
