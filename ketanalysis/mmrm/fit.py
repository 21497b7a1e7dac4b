"""The mixed model for repeated measures: `fit_mmrm` and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import (
    ContractError,
    EstimationError,
    check_conf_level,
    check_one_of,
)
from ketanalysis.formulas.coding import Coding, code_formula, present_categories
from ketanalysis.formulas.grammar import Covariance, Formula, read_formula
from ketanalysis.mmrm.covariance import STRUCTURES
from ketanalysis.mmrm.inference import (
    DF_WORDS,
    VCOV_WORDS,
    check_methods,
    inference,
)
from ketanalysis.mmrm.likelihood import Model
from ketanalysis.mmrm.model_frame import ModelFrame, model_frame
from ketanalysis.mmrm.newton import Maximum, maximise
from ketanalysis.mmrm.one_thread import one_thread
from ketanalysis.mmrm.patterns import summed
from ketanalysis.mmrm.records import Layout, group_levels, lay_out, records_of
from ketanalysis.mmrm.result import (
    ModelResult,
    check_size,
    covariance_table,
    criteria_row,
    deviations_table,
    left_out_columns,
    outcome_words,
    terms_table,
)


@one_thread()
def fit_mmrm(
    data: Any,
    formula: str,
    *,
    scale: str | None = None,
    reml: bool = True,
    df: str = "kenward-roger-linear",
    vcov: str = "model",
    weights: str | None = None,
    population: str = "ITT",
    fallback: Sequence[str] = (),
    conf_level: float = 0.95,
) -> ModelResult:
    """Fit a mixed model for repeated measures (MMRM).

    Answers "how do scores change over the visits, and do the arms differ, if those who left had
    gone on as others like them did?" (missing at random). Not for a share of responders, and
    not where leaving depends on scores that nobody saw: see `estimate_response` and the
    sensitivity analyses.

    Parameters
    ----------
    data
        A `Trial` (with `scale`), or a frame with one row a subject and visit and every column of
        the formula. For a trial AVAL, BASE, CHG and PCHG are there, at the visits after
        baseline, and the columns of ADSL.
    formula
        As in R's mmrm: ``"CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID)"``. The
        structure is one of us, cs, csh, ar1, ar1h, toep, toeph, ad, adh over visits, or
        sp_exp over times (``sp_exp(AFRLT | USUBJID)``); ``us(AVISIT | TRT01P / USUBJID)``
        has a covariance for each arm.
    scale
        PARAMCD of the scale.
    reml
        Restricted (True) or full maximum likelihood.
    df
        "kenward-roger-linear" (SAS DDFM=KR on an unstructured matrix; at one visit it is
        ordinary least squares), "kenward-roger" (R mmrm's default variant, which is not),
        "kenward-roger-expected" (R pbkrtest's), "satterthwaite" (R mmrm's default),
        "between-within" or "residual". Every print names the variant in full.
    vcov
        Covariance of the coefficients: "model", "empirical", "empirical-jackknife" or
        "empirical-bias-reduced"; the last three go with "satterthwaite", "between-within" or
        "residual".
    weights
        Column of weights, above 0; a row's variance is divided by its weight.
    population
        Of a trial: "ITT", "safety" or "per protocol".
    fallback
        Structures to take in turn where the one in the formula does not converge; the result
        names the one that was taken. Without it the fit stops with the reason.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    ModelResult
        Coefficients, criteria, covariance of the visits; `estimate_means`,
        `estimate_contrasts` and `compare_terms` go on from it.

    Raises
    ------
    ArgumentError
        A formula that cannot be read, a name that is no column, arms in plain text, methods
        that do not go together.
    ContractError
        Two rows of a subject at a visit; values that are no finite numbers.
    EstimationError
        Nothing to fit, no convergence, or a covariance that is singular.

    Notes
    -----
    Missing values: a row without response or covariate leaves the model and is counted in
    `audit`; a subject without any row too.
    A column of the design that is a combination of earlier ones is left out and named in the
    warnings, as in R.
    AIC and BIC count the covariance parameters only, and BIC the subjects, as R's mmrm.
    Sources: Mallinckrodt et al. (2008) Drug Inf J 42:303; Kenward and Roger (1997) Biometrics
    53:983; the modules of `ketanalysis.mmrm` name the equations.
    Checked against: tests/oracle/mmrm.csv (R 4.2.2, nlme::gls, lme4, lmerTest, pbkrtest), and R
    mmrm 0.3.18 and SAS PROC MIXED on four data sets in tests/mmrm/test_reference.py, relative
    1e-6 where these converged.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> fit = ka.fit_mmrm(ka.load_example("ketamine"),
    ...     "CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID)", scale="MADRS")
    >>> fit.criteria["converged"].item()
    True
    """
    check_conf_level(conf_level)
    check_one_of("df", df, tuple(DF_WORDS))
    check_one_of("vcov", vcov, tuple(VCOV_WORDS))
    check_methods(df, vcov, is_restricted=reml)
    parsed = read_formula(formula, tuple(STRUCTURES))
    assert parsed.covariance is not None
    for name in fallback:
        check_one_of("fallback", name, tuple(STRUCTURES))
    slot = _slot(data, parsed.covariance)
    more = [parsed.covariance.over, parsed.covariance.group, weights]
    needed = tuple(dict.fromkeys([slot, *(name for name in more if name is not None)]))
    frame = model_frame(
        data,
        parsed,
        subject=parsed.covariance.subject,
        needed=needed,
        scale=scale,
        population=population,
    )
    _check_numbers(frame.rows, parsed.covariance, weights)
    visits = _visits(frame.rows, slot)
    coding = code_formula(parsed, frame.rows)
    layout = lay_out(frame.rows, parsed.covariance.subject, slot, visits)
    fitted = _fitted(frame, layout, visits, coding, parsed, weights, reml, (*fallback,))
    structure, model, found, subjects, tried = fitted
    known = inference(model, found, subjects, df=df, vcov=vcov)
    groups = group_levels(frame.rows, parsed.covariance.group)
    return ModelResult(
        table=terms_table(coding, known, conf_level),
        title=f"Mixed model for repeated measures: {formula}",
        audit=frame.audit,
        notes=_notes(frame, parsed, structure, df, vcov, reml, tried),
        warnings=(*left_out_columns(coding, model.patterns), *_other_structures(tried)),
        conf_level=conf_level,
        simulated=frame.simulated,
        from_pandas=frame.from_pandas,
        formula=parsed,
        criteria=criteria_row(model, found, layout.n),
        covariance=covariance_table(model, found, visits, groups),
        coding=coding,
        rows=frame.rows,
        inference=known,
        structure=structure,
        scale=outcome_words(parsed.response, scale),
        deviations=deviations_table(model, found, visits, groups),
    )


def _slot(data: Any, covariance: Covariance) -> str:
    """Return the column whose values are the places of a subject's rows: the visit."""
    return "AVISIT" if STRUCTURES[covariance.structure].spatial else covariance.over


def _visits(rows: pl.DataFrame, slot: str) -> tuple[object, ...]:
    column = rows[slot]
    if isinstance(column.dtype, pl.Enum):
        return present_categories(column)
    if column.dtype.is_numeric():
        return tuple(column.unique().sort())
    for clock in ("AVISITN", "AFRLT"):
        if clock in rows.columns:
            times = rows.group_by(slot).agg(pl.col(clock).median()).sort(clock)
            if times[clock].null_count() == 0 and times[clock].n_unique() == times.height:
                return tuple(times[slot])
    return tuple(column.cast(pl.String).unique().sort())


def _check_numbers(rows: pl.DataFrame, covariance: Covariance, weights: str | None) -> None:
    """Refuse times and weights that are no numbers, and weights that are not above 0."""
    times = covariance.over if STRUCTURES[covariance.structure].spatial else None
    for what, name in (("Times", times), ("Weights", weights)):
        if name is not None and not rows.schema[name].is_numeric():
            raise ContractError(f"{what} must be numbers; {name} holds {rows.schema[name]}.")
    if weights is not None and not (rows[weights] > 0).all():
        raise ContractError(f"Weights must be above 0; {weights} has others.")


Fitted = tuple[str, Model, Maximum, Any, tuple[str, ...]]


def _fitted(
    frame: ModelFrame,
    layout: Layout,
    visits: tuple[object, ...],
    coding: Coding,
    formula: Formula,
    weights: str | None,
    reml: bool,
    fallback: tuple[str, ...],
) -> Fitted:
    """Return the first structure of those named that converges, and why others did not."""
    asked = formula.covariance
    assert asked is not None
    tried: list[str] = []
    for name in (asked.structure, *fallback):
        structure = STRUCTURES["us" if layout.m == 1 else name]
        records = records_of(
            frame.rows,
            layout,
            coding,
            formula.response,
            group=asked.group,
            weights=weights,
            times=asked.over if structure.spatial else None,
        )
        by_visit = structure.heterogeneous or structure.name == "us"
        patterns, subjects = summed(records, by_visit_scale=by_visit)
        model = Model(patterns, structure, reml)
        try:
            check_size(patterns, visits, by_visit=by_visit)
            return name, model, maximise(model), subjects, tuple(tried)
        except (EstimationError, np.linalg.LinAlgError) as error:
            if not fallback or name == fallback[-1]:
                if isinstance(error, EstimationError):
                    raise
                raise EstimationError(
                    f"The likelihood of a covariance that is {structure.words} cannot be "
                    "computed at its starting values. Name another structure."
                ) from None
            tried.append(f"{name}: {error}")
    raise AssertionError("a structure was fitted or refused")


def _notes(
    frame: ModelFrame,
    formula: Formula,
    structure: str,
    df: str,
    vcov: str,
    reml: bool,
    tried: tuple[str, ...],
) -> tuple[str, ...]:
    assert formula.covariance is not None
    words = STRUCTURES[structure].words
    apart = f", for each {formula.covariance.group} apart" if formula.covariance.group else ""
    how = "Restricted maximum likelihood" if reml else "Maximum likelihood"
    return (
        frame.population,
        f"{how}; covariance of the visits: {words} ({structure}){apart}.",
        f"Degrees of freedom: {DF_WORDS[df]}.",
        f"Covariance of the coefficients: {VCOV_WORDS[vcov]}"
        f"{', adjusted by the same method' if df.startswith('kenward') else ''}.",
    )


def _other_structures(tried: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"Another structure was taken, because the first did not fit: {why}" for why in tried
    )
