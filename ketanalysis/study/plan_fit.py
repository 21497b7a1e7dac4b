"""Whether a plan and a trial fit: every scale, visit, arm and column that the plan names exists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.items.held_items import holds_items
from ketanalysis.study.plan import Plan
from ketanalysis.trial import Trial

Named = tuple[str, str, Sequence[str]]


def check_plan_fits(plan: Plan, trial: Trial) -> None:
    """Raise `ArgumentError` where the plan names what the trial does not have."""
    for where, given, held in _named(plan, trial):
        if given not in held:
            raise ArgumentError(
                f"{where} must be one of {listed(map(repr, held), 20)}, which the data have, not "
                f"{given!r}.{near_miss(given, held)}"
            )


def _named(plan: Plan, trial: Trial) -> Iterator[Named]:
    """Yield what the plan names: where, the name, and what the trial has."""
    yield "[plan] scale", plan.scale, trial.scales
    yield "[plan] visit", plan.visit, trial.visits
    if plan.among is not None:
        yield "[plan.among] visit", plan.among.visit, trial.visits
    if plan.anxiety is not None:
        for name in plan.anxiety.outcomes:
            yield "[plan.anxiety] outcomes", name, trial.scales
        if plan.anxiety.repeated is not None:
            yield "[plan.anxiety] repeated", plan.anxiety.repeated, trial.scales
        for visit in (plan.anxiety.visit, *plan.anxiety.infusions):
            where = "visit" if visit == plan.anxiety.visit else "infusions"
            yield f"[plan.anxiety] {where}", visit, trial.visits
        for column in plan.anxiety.adjust:
            yield "[plan.anxiety] adjust", column, ["BASE", *trial.adsl.columns]
    if plan.sensitivity is not None:
        for visit in plan.sensitivity.visits:
            yield "[plan.sensitivity] visits", visit, trial.visits
    yield from _of_models(plan, trial)


def _of_models(plan: Plan, trial: Trial) -> Iterator[Named]:
    columns = trial.adsl.columns
    if plan.baseline is not None:
        for column in (*(plan.baseline.columns or ()), *plan.baseline.categorical):
            yield "[plan.baseline] columns", column, columns
    if plan.model is not None:
        for column in plan.model.covariates:
            yield "[plan.model] covariates", column, columns
    yield from _of_questions(plan, trial)
    if plan.imputation is None:
        return
    for visit in plan.imputation.visits:
        yield "[plan.imputation] visits", visit, trial.visits
    for column in plan.imputation.covariates:
        yield "[plan.imputation] covariates", column, columns
    arms = [plan.imputation.reference] if plan.imputation.reference is not None else []
    for arm in (*arms, *plan.imputation.shifts):
        where = "reference" if arm in arms else "delta"
        yield f"[plan.imputation] {where}", arm, trial.arms


def _of_questions(plan: Plan, trial: Trial) -> Iterator[Named]:
    if plan.acute is not None:
        for name in plan.acute.scales:
            yield "[plan.acute] scales", name, trial.scales
    for name, part in (("subgroups", plan.subgroups), ("suicidality", plan.suicidality)):
        for column in part.columns if part is not None else ():
            yield f"[plan.{name}] columns", column, trial.adsl.columns
    if plan.suicidality is not None:
        if not holds_items(trial, plan.suicidality.scale):
            yield "[plan.suicidality] scale", plan.suicidality.scale, trial.scales
        yield "[plan.suicidality] visit", plan.suicidality.visit, trial.visits
    if plan.blinding is not None:
        for column in plan.blinding.guess:
            yield "[plan.blinding] guess", column, trial.adsl.columns
    asked = plan.prediction
    if asked is None:
        return
    for named in dict(asked.scores).values():
        yield "[plan.prediction] scores", named[0], trial.scales
        yield "[plan.prediction] scores", named[1], trial.visits
    if asked.arm is not None:
        yield "[plan.prediction] arm", asked.arm, trial.arms
    if asked.early_visit is not None:
        yield "[plan.prediction] early_visit", asked.early_visit, trial.visits
