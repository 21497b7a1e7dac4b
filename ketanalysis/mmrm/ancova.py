"""Analysis of covariance: one score a subject, adjusted for baseline and covariates."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, check_conf_level, check_one_of, listed
from ketanalysis.formulas.coding import code_formula
from ketanalysis.formulas.grammar import read_formula
from ketanalysis.mmrm.covariance import STRUCTURES
from ketanalysis.mmrm.inference import inference
from ketanalysis.mmrm.likelihood import Model
from ketanalysis.mmrm.model_frame import model_frame
from ketanalysis.mmrm.newton import Maximum, maximise
from ketanalysis.mmrm.one_thread import one_thread
from ketanalysis.mmrm.patterns import summed
from ketanalysis.mmrm.records import lay_out, records_of
from ketanalysis.mmrm.result import (
    ModelResult,
    check_size,
    covariance_table,
    deviations_table,
    left_out_columns,
    outcome_words,
    terms_table,
)
from ketanalysis.trial import Trial

PLACE = "one row a subject"
VCOV = {
    "model": "constant variance",
    "empirical": "robust (HC0)",
    "empirical-bias-reduced": "robust (HC2)",
    "empirical-jackknife": "robust (HC3)",
}


@one_thread()
def fit_ancova(
    data: Any,
    formula: str,
    *,
    scale: str | None = None,
    visit: str | None = None,
    vcov: str = "model",
    subject: str = "USUBJID",
    population: str = "ITT",
    conf_level: float = 0.95,
) -> ModelResult:
    """Fit an analysis of covariance of one score a subject.

    Answers "do the arms differ at this visit, given the baseline?". Not where subjects left
    before the visit for reasons that earlier scores tell: `fit_mmrm` uses those scores.

    Parameters
    ----------
    data
        A `Trial` (with `scale` and `visit`), or a frame with one row a subject.
    formula
        As in R: ``"AVAL ~ BASE + TRT01P"``.
    scale, visit
        Scale and visit of a trial.
    vcov
        "model" (constant variance, as R's lm), or robust: "empirical" (HC0),
        "empirical-bias-reduced" (HC2) or "empirical-jackknife" (HC3).
    subject
        Column that identifies a subject, where a frame has it.
    population
        Of a trial: "ITT", "safety" or "per protocol".
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    ModelResult
        As `fit_mmrm`; residual degrees of freedom. `estimate_means`, `estimate_contrasts` and
        `compare_terms` go on from it.

    Raises
    ------
    ArgumentError
        A formula that cannot be read, a name that is no column, a trial without visit.
    ContractError
        Two rows of a subject.
    EstimationError
        More coefficients than rows allow.

    Notes
    -----
    Missing values: a row without response or covariate is left out and counted in `audit`.
    AIC and BIC as R's lm: the variance is a parameter, the likelihood is not restricted.
    Source: Senn (2006) Stat Med 25:4334.
    Checked against: tests/oracle/ancova.csv (R 4.2.2, stats::lm, emmeans, sandwich), relative
    1e-9; the antidepressant trial in tests/mmrm/test_ancova.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> fit = ka.fit_ancova(ka.load_example("ketamine"), "AVAL ~ BASE + TRT01P",
    ...                     scale="MADRS", visit="Day 14")
    >>> fit.table["term"].to_list()
    ['(Intercept)', 'BASE', 'TRT01Pketamine']
    """
    check_conf_level(conf_level)
    check_one_of("vcov", vcov, tuple(VCOV))
    parsed = read_formula(formula)
    if isinstance(data, Trial) and visit is None:
        raise ArgumentError(
            f"visit= must name the visit of a trial's analysis of covariance: "
            f"{listed(map(repr, data.visits), 20)}."
        )
    identified = _with_subject(data, subject)
    needed = ("AVISIT",) if visit is not None else ()
    frame = model_frame(
        identified,
        parsed,
        subject=subject,
        needed=needed,
        scale=scale,
        population=population,
        visit=visit,
    )
    rows = frame.rows.with_columns(pl.lit(PLACE).alias(PLACE))
    coding = code_formula(parsed, rows)
    layout = lay_out(rows, subject, PLACE, (PLACE,))
    patterns, subjects = summed(
        records_of(rows, layout, coding, parsed.response), by_visit_scale=True
    )
    check_size(patterns, (visit or "the visit",))
    model = Model(patterns, STRUCTURES["us"], is_restricted=True)
    found = maximise(model)
    known = inference(model, found, subjects, df="residual", vcov=vcov)
    at = f" at {visit}" if visit is not None else ""
    return ModelResult(
        table=terms_table(coding, known, conf_level),
        title=f"Analysis of covariance{at}: {formula}",
        audit=frame.audit,
        notes=(
            frame.population,
            f"Ordinary least squares; variance: {VCOV[vcov]}; residual degrees of freedom.",
        ),
        warnings=left_out_columns(coding, patterns),
        conf_level=conf_level,
        simulated=frame.simulated,
        from_pandas=frame.from_pandas,
        formula=parsed,
        criteria=_criteria(model, found),
        covariance=covariance_table(model, found, (visit or PLACE,), ("",)),
        coding=coding,
        rows=frame.rows,
        inference=known,
        structure="",
        scale=outcome_words(parsed.response, scale),
        deviations=deviations_table(model, found, (visit or PLACE,), ("",)),
    )


def _with_subject(data: Any, subject: str) -> Any:
    """Return a frame with a subject column: its own, else a number a row."""
    if isinstance(data, Trial):
        return data
    from ketanalysis.frames import to_polars

    rows = to_polars(data, what="data")
    if subject in rows.columns:
        scales = ["PARAMCD"] if "PARAMCD" in rows.columns else []
        twice = rows.select(subject, *scales).is_duplicated()
        if twice.any():
            first = rows.filter(twice)[subject][0]
            raise ContractError(
                f"The frame must have one row a subject; {subject} {first} has several. Keep the "
                "rows of one visit."
            )
        return rows
    return rows.with_row_index(subject)


def _criteria(model: Model, found: Maximum) -> pl.DataFrame:
    data = model.patterns
    n, p = data.n_observations, data.t.shape[2]
    scale = float(data.scale[0])
    variance = float(found.point.shapes[0].sigma[0, 0, 0]) * scale**2
    likely = variance * (n - p) / n
    minus_two = n * (np.log(2 * np.pi * likely) + 1)
    return pl.DataFrame(
        {
            "log_likelihood": [-minus_two / 2],
            "aic": [minus_two + 2 * (p + 1)],
            "bic": [minus_two + np.log(n) * (p + 1)],
            "n": [n],
            "n_observations": [n],
            "n_parameters": [1],
            "steps": [found.steps],
            "converged": [True],
        }
    )
