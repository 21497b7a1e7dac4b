"""Ascending doses in the same subjects: the trend over doses, and each dose against the lowest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    EstimationError,
    check_conf_level,
    check_one_of,
    listed,
    near_miss,
)
from ketanalysis.formulas.reference_grid import reference_grid
from ketanalysis.frames import id_text, is_pandas, to_polars
from ketanalysis.mmrm.fit import fit_mmrm
from ketanalysis.mmrm.means import estimate_contrasts, estimate_means
from ketanalysis.mmrm.result import ModelResult
from ketanalysis.results import Result

SCALES = {"linear": "a unit of dose", "log2": "a doubling of the dose"}
ADJUSTMENTS = ("dunnett", "holm", "bonferroni", "none")
HOW = {
    "dunnett": "intervals and p values adjusted (Dunnett)",
    "holm": "p values adjusted (Holm)",
    "bonferroni": "intervals and p values adjusted (Bonferroni)",
    "none": "not adjusted",
}
TREND, CONTRAST = "trend", "dose"
SCHEMA = {
    "term": pl.String,
    "contrast": pl.String,
    "n": pl.Int64,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "statistic": pl.Float64,
    "df": pl.Float64,
    "p_value": pl.Float64,
    "p_adjusted": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}
MEANS = {
    "dose": pl.Float64,
    "n": pl.Int64,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
}
TESTS = {
    "term": pl.String,
    "statistic": pl.Float64,
    "df_num": pl.Int64,
    "df_den": pl.Float64,
    "p_value": pl.Float64,
}
NUMBERS = ("estimate", "std_error", "conf_low", "conf_high", "statistic", "df", "p_value")
ONE_DOSE = "not estimable: the doses on the scale of the trend are one"
ASCENDING = (
    "Every subject had the doses in the same order, so that dose and time cannot be told apart: "
    "scores also change because time passes, expectation grows, or the dose before still works."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DoseResponseResult(Result):
    """Scores over doses within subjects.

    Attributes
    ----------
    table
        First the trend (points a unit of dose, or a doubling), then each dose against the
        reference: term ("trend", "dose"), contrast, n, estimate, std_error, conf_low, conf_high,
        statistic, df, p_value, p_adjusted (over the doses), method (of the adjustment), note.
    means
        Least-squares mean of each dose: dose, n, estimate, std_error, conf_low, conf_high.
    tests
        The F test whether the doses depart from a straight line on the scale of the trend.
    value, dose
        The columns.
    """

    kind: ClassVar[str] = "dose response"

    means: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MEANS))
    tests: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TESTS))
    value: str = ""
    dose: str = ""


def estimate_dose_response(
    data: Any,
    value: str,
    dose: str,
    *,
    reference: float,
    subject: str = "USUBJID",
    period: str | None = None,
    scale: str = "linear",
    adjust: str = "dunnett",
    covariance: str = "cs",
    df: str = "kenward-roger-linear",
    conf_level: float = 0.95,
) -> DoseResponseResult:
    """Estimate how scores change over doses that the same subjects had one after the other.

    Answers "does a higher dose do more?", as in series of ascending doses. Not a comparison of
    groups with one dose each (see `compare_groups`), and not free of time: with doses in
    ascending order each dose also comes later, and the warning says so.

    Parameters
    ----------
    data
        A frame with one row a subject and dose.
    value, dose
        The columns of the score and of the dose (a number; placebo is 0).
    reference
        The dose with which the others are compared, such as 0.
    subject
        The column of the subject ids.
    period
        The column of the period, where the order of doses differs between subjects: the models
        then have a term for it.
    scale
        "linear" (points a unit of dose) or "log2" (points a doubling; without dose 0).
    adjust
        Of the doses against the reference: "dunnett", "holm", "bonferroni" or "none".
    covariance, df
        Of the mixed model over doses, as in `fit_mmrm`.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    DoseResponseResult
        `table` (trend and contrasts), `means`, `tests`.

    Raises
    ------
    ArgumentError
        A column or dose that does not exist, or fewer than two doses.
    ContractError
        Two scores of a subject at a dose; doses that are no numbers.
    EstimationError
        No score, or no convergence.

    Notes
    -----
    Missing values: the mixed model takes every score; rows without score or dose are counted.
    Models: ``value ~ dose`` for the trend, ``value ~ factor(dose)`` for the contrasts, both with
    the covariance between the doses of a subject.
    Checked against: tests/oracle/dose_response.csv (R 4.2.2, lme4::lmer with lmerTest and pbkrtest
    beside), relative 1e-5, where lmer stops.

    Examples
    --------
    >>> rows = {"USUBJID": [*"aaabbbccc"], "DOSE": [0, 0.25, 0.5] * 3,
    ...         "FQ": [60, 52, 40, 71, 66, 50, 55, 54, 41]}
    >>> found = estimate_dose_response(rows, "FQ", "DOSE", reference=0)
    >>> found.table["term"].to_list()
    ['trend', 'dose', 'dose']
    """
    check_conf_level(conf_level)
    check_one_of("scale", scale, tuple(SCALES))
    check_one_of("adjust", adjust, ADJUSTMENTS)
    rows, audit = _rows(data, value, dose, subject, period)
    levels = rows["DOSE"].unique().sort().to_list()
    if len(levels) < 2 or float(reference) not in levels:
        raise ArgumentError(
            f"reference must be one of two or more doses, {listed(f'{x:g}' for x in levels)}; not "
            f"{reference:g}."
        )
    orders = rows.drop_nulls("PERIOD").sort("SUBJECT", "PERIOD").group_by("SUBJECT").agg("DOSE")
    is_one_order = period is None or orders["DOSE"].n_unique() < 2
    term = "" if is_one_order else " + PERIOD"
    fit = _fitted(rows, f"LEVEL{term}", covariance, df, conf_level)
    contrasts = estimate_contrasts(fit, "LEVEL", reference=f"{reference:g}", adjust=adjust)
    n = rows["SUBJECT"].n_unique()
    return DoseResponseResult(
        table=pl.DataFrame(
            [
                _trend(rows, scale, term, covariance, df, conf_level),
                *(
                    {"term": CONTRAST, "n": n, "method": adjust, "contrast": row["contrast"]}
                    | {name: row[name] for name in NUMBERS}
                    | {"p_adjusted": row.get("p_adjusted"), "note": row["note"]}
                    for row in contrasts.table.to_dicts()
                ),
            ],
            schema=SCHEMA,
        ),
        title=f"{value} over doses ({dose}) within subjects",
        audit=audit,
        notes=(
            f"Mixed model over doses, covariance {covariance}, restricted maximum likelihood, {df} "
            f"degrees of freedom{', with a term for the period' if term else ''}.",
            f"Trend: points for {SCALES[scale]}{'; without dose 0' if scale == 'log2' else ''}. "
            f"Doses against {reference:g}: {HOW[adjust]}.",
            f"{conf_level * 100:g} % intervals: Student's t.",
        ),
        warnings=(ASCENDING,) if is_one_order else (),
        conf_level=conf_level,
        from_pandas=is_pandas(data),
        means=_means(fit, rows, conf_level),
        tests=_departure(fit, levels, scale),
        value=value,
        dose=dose,
    )


def _rows(
    data: Any, value: str, dose: str, subject: str, period: str | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    frame = to_polars(data, "data")
    for column in (subject, value, dose, *((period,) if period else ())):
        if column not in frame.columns:
            raise ArgumentError(
                f"data needs the column {column}; it has {listed(frame.columns, 20)}."
                f"{near_miss(column, frame.columns)}"
            )
    for column in (value, dose):
        if not frame[column].dtype.is_numeric():
            raise ContractError(f"{column} must hold numbers, not {frame[column].dtype}.")
    all_rows = frame.select(
        id_text(frame[subject], subject).alias("SUBJECT"),
        frame[value].cast(pl.Float64).alias("VALUE"),
        frame[dose].cast(pl.Float64).alias("DOSE"),
        PERIOD=frame[period].cast(pl.String) if period else pl.lit(None, dtype=pl.String),
    )
    used = all_rows.drop_nulls(["SUBJECT", "VALUE", "DOSE"])
    if used.is_empty():
        raise EstimationError("No row has a subject, a dose and a score.")
    if used["DOSE"].min() < 0:  # type: ignore[operator]
        raise ContractError(f"{dose} must be 0 or more.")
    twice = used.filter(pl.struct("SUBJECT", "DOSE").is_duplicated())
    if twice.height:
        one = twice.sort("SUBJECT", "DOSE").row(0, named=True)
        raise ContractError(
            f"A subject can have one score a dose; {twice.height} rows share theirs, first subject "
            f"{one['SUBJECT']} at {one['DOSE']:g}. Keep the time point that the plan names."
        )
    names = [f"{level:g}" for level in used["DOSE"].unique().sort()]
    labels = pl.Series("LEVEL", [f"{x:g}" for x in used["DOSE"]], dtype=pl.Enum(names))
    lost = all_rows.height - used.height
    audit = [("included", "rows with dose and score", used.height)]
    audit += [("excluded", "rows without dose or score", lost)] if lost else []
    schema = {"status": pl.String, "reason": pl.String, "count": pl.Int64}
    return used.with_columns(labels), pl.DataFrame(audit, schema=schema, orient="row")


def _fitted(
    rows: pl.DataFrame, right: str, covariance: str, df: str, conf_level: float
) -> ModelResult:
    if "PERIOD" in right:
        periods = rows["PERIOD"].unique().sort().to_list()
        rows = rows.with_columns(pl.col("PERIOD").cast(pl.Enum(periods)))
    formula = f"VALUE ~ {right} + {covariance}(LEVEL | SUBJECT)"
    return fit_mmrm(rows, formula, df=df, conf_level=conf_level)


def _trend(
    rows: pl.DataFrame, scale: str, term: str, covariance: str, df: str, conf_level: float
) -> dict[str, Any]:
    own = rows
    if scale == "log2":
        own = rows.filter(pl.col("DOSE") > 0).with_columns(pl.col("DOSE").log(2))
        names = [x for x in rows["LEVEL"].dtype.categories if x != "0"]  # type: ignore[attr-defined]
        own = own.with_columns(pl.col("LEVEL").cast(pl.String).cast(pl.Enum(names)))
    fit = _fitted(own, f"DOSE{term}", covariance, df, conf_level)
    (found,) = fit.table.filter(pl.col("term") == "DOSE").to_dicts()
    where = {"term": TREND, "contrast": SCALES[scale], "method": "none"}
    note = ONE_DOSE if found["p_value"] is None else ""
    counted = {"n": own["SUBJECT"].n_unique(), "note": note}
    return where | counted | {name: found[name] for name in NUMBERS}


def _means(fit: ModelResult, rows: pl.DataFrame, conf_level: float) -> pl.DataFrame:
    found = estimate_means(fit, "LEVEL", conf_level=conf_level).table
    counts = dict(rows.group_by("LEVEL").len().with_columns(pl.col("LEVEL").cast(pl.String)).rows())
    made = [
        {"dose": float(str(row["LEVEL"])), "n": counts[str(row["LEVEL"])]}
        | {name: row[name] for name in ("estimate", "std_error", "conf_low", "conf_high")}
        for row in found.to_dicts()
    ]
    return pl.DataFrame(made, schema=MEANS)


def _departure(fit: ModelResult, levels: list[float], scale: str) -> pl.DataFrame:
    """Return the F test that the slopes between neighbouring doses are all the same."""
    at = np.array([np.log2(x) if scale == "log2" and x > 0 else x for x in levels])
    first = 1 if scale == "log2" and levels[0] == 0 else 0
    grid = reference_grid(fit.formula, fit.coding, fit.rows)
    _, means = grid.means(["LEVEL"])
    steps = np.diff(np.asarray(means)[first:], axis=0) / np.diff(at[first:])[:, np.newaxis]
    if len(steps) < 2:
        return pl.DataFrame(schema=TESTS)
    found = fit.inference.joint(np.diff(steps, axis=0))
    row = {
        "term": "departure from a straight line",
        "statistic": found.statistic,
        "df_num": found.df_num,
        "df_den": found.df_den,
        "p_value": found.p_value,
    }
    return pl.DataFrame([row], schema=TESTS)
