"""How do scores change, had those who left gone on as others like them? The mixed model."""

from __future__ import annotations

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the model, its least-squares means by visit and arm, and the contrasts of arms."""
    if plan.model is None:
        return {}
    model = plan.model
    arm = "TRT01P" if len(trial.arms) > 1 else None
    terms = ["BASE", *([arm] if arm else []), *model.covariates]
    formula = " + ".join(f"{term}*AVISIT" for term in terms)
    fit = ka.fit_mmrm(
        trial,
        f"CHG ~ {formula} + {model.structure}(AVISIT | USUBJID)",
        scale=plan.scale,
        df=model.df,
        fallback=model.fallback,
        conf_level=plan.conf_level,
    )
    if arm is None:
        return {"model_means": ka.estimate_means(fit, "AVISIT"), "model": fit}
    return {
        "model_means": ka.estimate_means(fit, arm, by="AVISIT"),
        "model_contrasts": ka.estimate_contrasts(fit, arm, by="AVISIT"),
        "model": fit,
    }
