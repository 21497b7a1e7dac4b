"""By what do incidences differ, given covariates: Fine and Gray's model, `fit_fine_gray`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.errors import EstimationError, check_conf_level, check_one_of, listed
from ketanalysis.formulas.coding import Coding
from ketanalysis.formulas.grammar import Formula
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.results import Result
from ketanalysis.survival.cause_specific import CAUSE_SPECIFIC
from ketanalysis.survival.cox import estimable_columns
from ketanalysis.survival.cox_monotone import monotone
from ketanalysis.survival.cox_newton import newton
from ketanalysis.survival.cox_result import TABLE, contrast_of
from ketanalysis.survival.cox_rows import CoxRows, cox_rows
from ketanalysis.survival.cox_tables import by_likelihood, cox_table, cox_warnings
from ketanalysis.survival.estimates import TIME_UNITS
from ketanalysis.survival.event_causes import Causes, CausesGiven, cause_codes, declared_causes
from ketanalysis.survival.event_times import EventTimes
from ketanalysis.survival.fine_gray import FineGrayNumbers, fine_gray
from ketanalysis.survival.risk_sets import Bools, Floats


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FineGrayResult(Result):
    """A fitted model of Fine and Gray.

    Attributes
    ----------
    table
        One row a coefficient: ``term`` (R's name), ``contrast`` (what is compared), ``measure``
        ("subdistribution hazard ratio"), ``estimate``, ``conf_low``, ``conf_high`` (the ratio),
        ``coefficient`` (its logarithm), ``std_error`` (of the logarithm), ``statistic`` (z),
        ``p_value``. A coefficient that cannot be estimated has nulls.
    criteria
        One row: ``n``, ``n_event`` (of the cause), ``log_likelihood`` and
        ``log_likelihood_null`` (with weights, so that no ratio test follows), ``steps``.
    coefficients, covariance
        Of the estimated columns, (k,) and (k, k).
    cause_specific
        As `table`: the cause-specific hazard ratios of the same covariates by Cox's model (Efron's
        ties, the other causes censored), null where its likelihood is monotone.
    cause, causes
        The cause that was modelled, and all that compete.
    formula, coding, kept, numbers
        The formula, its columns, which of them are estimated, and the fit that curves are read
        from.
    """

    kind: ClassVar[str] = "fine_gray"

    criteria: pl.DataFrame
    coefficients: Floats
    covariance: Floats
    cause_specific: pl.DataFrame
    cause: str
    causes: tuple[str, ...]
    formula: Formula
    coding: Coding
    kept: Bools
    numbers: FineGrayNumbers
    endpoint: str | None = None
    time_unit: str = "days"

    def curves(self, at: Any, **options: Any) -> Any:
        """Return the incidence of given subjects, as `estimate_fine_gray_curves`."""
        from ketanalysis.survival.fine_gray_curves import estimate_fine_gray_curves

        return estimate_fine_gray_curves(self, at, **options)


def fit_fine_gray(
    adtte: Any,
    formula: str,
    cause: str | None = None,
    endpoint: str | None = None,
    *,
    time: str = "AVAL",
    event: str = "event_code",
    causes: CausesGiven | None = None,
    censored: Any = None,
    entry: str | None = None,
    known_at: str | None = None,
    conf_level: float = 0.95,
    time_unit: str = "days",
) -> FineGrayResult:
    """Fit Fine and Gray's model of the subdistribution hazard of one of several events.

    Answers "by how much does the incidence of relapse differ, given the other covariates?" where
    another event can come first. A ratio above 1 is a higher incidence; its size is not that of
    a hazard among those still free, which is Cox's model of one cause (``fit_cox(event=,
    event_value=)``). Report both.

    Parameters
    ----------
    adtte, endpoint, time, event, causes, censored
        As in `estimate_cumulative_incidence`.
    entry
        Column of when each subject comes under observation; without it ``entry`` of derived rows.
        Those with another event then weigh by who is censored and by who has entered (Geskus).
    formula, known_at
        As in `fit_cox`; covariates are fixed at the origin.
    cause
        The name of the cause that is modelled; the first without it.
    conf_level
        Confidence level, 0 to 1.
    time_unit
        The unit of the times.

    Returns
    -------
    FineGrayResult
        Ratios with Wald intervals; `cause_specific` has the hazard ratios of the cause, and
        ``curves(at)`` the incidence of given subjects (`estimate_fine_gray_curves`).

    Raises
    ------
    ArgumentError
        As `fit_cox` and `estimate_cumulative_incidence`, and if `cause` is none of the causes.
    ContractError
        As `fit_cox`.
    EstimationError
        If the cause has no event, no finite estimate exists, or with late entry no weights do.

    Notes
    -----
    Ties are Breslow's. The censoring is taken as the same in all subjects (one Kaplan-Meier of
    it); where it hangs on the arm the weights are wrong. Subjects without a covariate are left
    out and counted.

    With late entry standard errors are the sandwich by subject, which takes the weights as known.

    Sources: Fine and Gray 1999, J Am Stat Assoc 94:496; Geskus 2011, Biometrics 67:39.

    Checked against: tests/oracle/fine_gray.csv (R 4.2.2, cmprsk::crr), coefficients and standard
    errors, relative 1e-7; with late entry tests/oracle/fine_gray_entry.csv (survival::finegray and
    coxph with clusters of subjects), relative 1e-7.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "AVAL": [1, 2, 3, 4, 5, 6], "status": [1, 2, 0, 1, 1, 2],
    ...     "AGE": [30, 41, 35, 60, 52, 44]})
    >>> fit = fit_fine_gray(
    ...     frame, "AGE", event="status", causes={"relapse": 1, "infusion": 2}, censored=0)
    >>> fit.table["measure"].item()
    'subdistribution hazard ratio'
    """
    check_one_of("time_unit", time_unit, TIME_UNITS)
    check_conf_level(conf_level)
    frame = to_polars(adtte, what="adtte")
    declared = declared_causes(frame, event, causes, censored)
    if cause is not None:
        check_one_of("cause", cause, declared.names)
    name = cause or declared.names[0]
    place = declared.names.index(name)
    columns = {
        "censor": "CNSR", "event": event, "event_value": list(declared.codes[place]),
        "entry": entry,
    }  # fmt: skip
    given = cox_rows(
        frame, formula, endpoint,
        time=time, start=None, strata=(), cluster=None, known_at=known_at, columns=columns,
    )  # fmt: skip
    kept = estimable_columns(given)
    numbers = _numbers(given, kept, declared, place + 1)
    read = given.read
    others = [other for other in declared.names if other != name]
    competing = f"; {listed(others)} compete{'s' * (len(others) == 1)}" if others else ""
    right = given.formula.text.partition("~")[2].strip()
    return FineGrayResult(
        table=_table(given, kept, numbers, conf_level),
        title=f"Fine and Gray's model of {name}, {read.endpoint or time}: {right}",
        audit=read.audit,
        notes=(
            f"Subdistribution hazard ratios of {name} (Fine and Gray){competing}. Ties Breslow's; "
            f"{100 * conf_level:g} % Wald intervals, {_variance_words(read)}.",
            declared.note,
            *(note for note in read.notes if not note.startswith("Event: ")),
        ),
        warnings=(*read.warnings, *cox_warnings(given, kept)),
        conf_level=conf_level,
        from_pandas=is_pandas(adtte),
        criteria=pl.DataFrame(
            {
                "n": [given.n_subjects],
                "n_event": [int(read.event.sum())],
                "log_likelihood": [numbers.log_likelihood],
                "log_likelihood_null": [numbers.log_likelihood_null],
                "steps": [numbers.steps],
            }
        ),
        coefficients=numbers.coefficients,
        covariance=numbers.covariance,
        cause_specific=_cause_specific(given, kept, conf_level),
        cause=name,
        causes=declared.names,
        formula=given.formula,
        coding=given.coding,
        kept=kept,
        numbers=numbers,
        endpoint=read.endpoint,
        time_unit=time_unit,
    )


def _cause_specific(given: CoxRows, kept: Bools, conf_level: float) -> pl.DataFrame:
    """Return the hazard ratios of the cause: Cox's model of the same rows, the others censored."""
    x = given.x[:, kept]
    try:
        numbers = newton(given.sets, x, "efron")
    except EstimationError:
        numbers = None
    if numbers is None or (numbers.may_run_off and monotone(given.sets, x).any()):
        none = [None] * 7
        rows = [
            (column.label, contrast_of(column, given.coding.levels), CAUSE_SPECIFIC, *none)
            for column in given.coding.columns
        ]
        return pl.DataFrame(rows, schema=TABLE, orient="row")
    found = by_likelihood(given, x, numbers, "efron", False, conf_level)
    return cox_table(given, kept, found, CAUSE_SPECIFIC)


def _variance_words(read: EventTimes) -> str:
    if read.entry is None:
        return "with the variance of the estimated weights"
    return "robust, with the weights (of censoring and of late entry) taken as known"


def _numbers(given: CoxRows, kept: Bools, declared: Causes, place: int) -> FineGrayNumbers:
    read = given.read
    codes = cause_codes(read.tte.head(len(read.time)), declared)
    first = np.where(codes == 0, 0, np.where(codes == place, 1, 2))
    return fine_gray(read.time, first, given.x[:, kept], read.entry)


def _table(
    given: CoxRows, kept: Bools, numbers: FineGrayNumbers, conf_level: float
) -> pl.DataFrame:
    from scipy.special import ndtr, ndtri

    b, error = numbers.coefficients, np.sqrt(np.diag(numbers.covariance))
    half = float(ndtri(0.5 + conf_level / 2)) * error
    columns = (np.exp(b), np.exp(b - half), np.exp(b + half), b, error, b / error)
    values = np.stack((*columns, 2 * ndtr(-np.abs(b / error))), axis=1).tolist()
    rows, left = [], iter(values)
    for column, is_kept in zip(given.coding.columns, kept, strict=True):
        contrast = contrast_of(column, given.coding.levels)
        found = next(left) if is_kept else [None] * 7
        rows.append((column.label, contrast, "subdistribution hazard ratio", *found))
    return pl.DataFrame(rows, schema=TABLE, orient="row")
