"""Are the hazards proportional: score tests of coefficients that change with time."""

from __future__ import annotations

import polars as pl

from ketanalysis.errors import ArgumentError, EstimationError, check_one_of
from ketanalysis.survival.cox_residuals import TRANSFORMS, proportionality, transformed_times
from ketanalysis.survival.cox_result import CoxResult, ProportionalHazards, terms_of

SCALES = {
    "km": "1 less the Kaplan-Meier curve (R's default)",
    "rank": "the rank of time",
    "identity": "time as it is",
    "log": "the logarithm of time",
}


def estimate_proportional_hazards(fit: CoxResult, transform: str = "km") -> ProportionalHazards:
    """Test whether the hazard ratios of a Cox model change with time (R's ``cox.zph``).

    A large p value is no proof that they do not: look at the curves, above all with few events.

    Parameters
    ----------
    fit
        A result of `fit_cox` with Efron's or Breslow's ties.
    transform
        The scale of time: "km", "rank", "identity" or "log". It changes the test, so it belongs
        in the plan.

    Returns
    -------
    ProportionalHazards
        One row a term, and "all terms": ``statistic`` (chi-square), ``df``, ``p_value``.

    Raises
    ------
    ArgumentError
        If `fit` is no Cox model with such ties, or the scale is unknown.
    EstimationError
        If an event at time 0 has no logarithm.

    Notes
    -----
    The score test of R survival 3 and later; earlier versions of R, SAS's ZPH option of old and
    lifelines take an approximation.

    Source: Grambsch and Therneau 1994, Biometrika 81:515.

    Checked against: tests/oracle/cox.csv (R 4.2.2, survival::cox.zph 3.5, all transforms),
    relative 1e-7; lung, veteran and ovarian in tests/survival/test_cox.py.

    Examples
    --------
    >>> import polars as pl
    >>> from ketanalysis.survival.cox import fit_cox
    >>> frame = pl.DataFrame({"AVAL": [5, 8, 8, 12, 3, 9], "CNSR": [0, 0, 1, 0, 0, 1],
    ...     "SEX": list("FFMMMF")})
    >>> estimate_proportional_hazards(fit_cox(frame, "SEX")).table["term"].to_list()
    ['SEX', 'all terms']
    """
    if not isinstance(fit, CoxResult):
        raise ArgumentError(f"fit must be a CoxResult of fit_cox, not {type(fit).__name__}.")
    check_one_of("transform", transform, TRANSFORMS)
    if fit.fitted is None:
        raise ArgumentError(
            'The test of proportional hazards is not defined for ties="exact": fit with '
            'ties="efron".'
        )
    read = fit.given.read
    if transform == "log" and (read.time[read.event] == 0).any():
        raise EstimationError(
            'transform="log" needs events after time 0, and some are at 0: take "km", "rank" or '
            '"identity".'
        )
    scale = transformed_times(transform, fit.fitted, read.time, read.event, read.entry)
    rows = [
        (term, *proportionality(fit.fitted, scale, columns))
        for term, columns in terms_of(fit.coding, fit.kept).items()
    ]
    rows.append(("all terms", *proportionality(fit.fitted, scale)))
    schema = {"term": pl.String, "statistic": pl.Float64, "df": pl.Int64, "p_value": pl.Float64}
    return ProportionalHazards(
        table=pl.DataFrame(rows, schema=schema, orient="row").with_columns(
            pl.col("statistic", "p_value").fill_nan(None)
        ),
        title=f"Test of proportional hazards: {fit.title}",
        audit=fit.audit,
        notes=(
            f"Score tests of coefficients that change with {SCALES[transform]} (Grambsch and "
            "Therneau, as R survival 3). A large p value is no proof of proportional hazards.",
            *fit.notes,
        ),
        warnings=fit.warnings,
        conf_level=fit.conf_level,
        simulated=fit.simulated,
        from_pandas=fit.from_pandas,
        transform=transform,
    )
