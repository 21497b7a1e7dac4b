"""Which side effects, in whom, and at how many infusions?"""

from __future__ import annotations

import ketanalysis as ka

# What the field asks of an infusion; the other events stand in the table of subjects.
AT_INFUSIONS = ("Anxiety", "Dissociation")


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return subjects with adverse events by arm, and infusions with anxiety and dissociation."""
    if trial.adae is None:
        return {}
    by = "TRT01P" if trial.arms else None
    level = plan.conf_level
    found: dict[str, ka.Result] = {
        "adverse_events": ka.estimate_adverse_events(trial, by=by, conf_level=level)
    }
    recorded = trial.adae["AEDECOD"].unique().to_list()
    events = [name for name in AT_INFUSIONS if name in recorded]
    if events and trial.adex is not None and "EXSEQ" in trial.adae.columns:
        found["adverse_events_by_infusion"] = ka.estimate_adverse_events_by_infusion(
            trial, by=by, events=events, conf_level=level
        )
    return found
