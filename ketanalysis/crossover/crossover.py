"""Crossovers: treatment effects within subjects, the period, and a look at carry-over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.crossover.design import Crossover, read_crossover
from ketanalysis.crossover.two_period import CARRY, PERIOD, TREATMENT, two_period_rows
from ketanalysis.errors import EstimationError, check_conf_level, check_one_of
from ketanalysis.mmrm.fit import fit_mmrm
from ketanalysis.mmrm.means import NOT_ESTIMABLE, estimate_contrasts
from ketanalysis.mmrm.result import ModelResult
from ketanalysis.mmrm.terms import compare_terms
from ketanalysis.results import Result

METHODS = ("mixed", "t")
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
    "method": pl.String,
    "note": pl.String,
}
TESTS = {
    "term": pl.String,
    "statistic": pl.Float64,
    "df_num": pl.Int64,
    "df_den": pl.Float64,
    "p_value": pl.Float64,
    "note": pl.String,
}
NUMBERS = ("estimate", "std_error", "conf_low", "conf_high", "statistic", "df", "p_value")
GRIZZLE = (
    "The test of carry-over compares subjects and has little power; it must not choose the "
    "analysis. Testing it first and taking the first period where it is significant (Grizzle's two "
    "stages) rejects far too often (Freeman 1989): carry-over is ruled out by a long enough "
    "wash-out, not by a test."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CrossoverResult(Result):
    """Treatments of a crossover compared.

    Attributes
    ----------
    table
        One row a treatment against the reference, by the primary method: term "treatment",
        contrast, n (subjects), estimate in points, std_error, conf_low, conf_high, statistic,
        df, p_value, method, note.
    beside
        AB/BA only: treatment, period and carry-over by t and by rank sums (Koch), and the
        paired t that ignores periods.
    tests
        F tests of the mixed model: sequence, period, treatment, and carry-over in a model that
        has it too.
    means
        One row a sequence and period: sequence, period, treatment, n, mean, sd.
    treatments
        The reference first.
    value
        What was compared.
    """

    kind: ClassVar[str] = "crossover"

    beside: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))
    tests: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TESTS))
    means: pl.DataFrame = field(default_factory=pl.DataFrame)
    treatments: tuple[str, ...] = ()
    value: str = ""


def compare_crossover(
    data: Any,
    value: str,
    *,
    reference: str,
    visit: str | None = None,
    subject: str = "USUBJID",
    sequence: str = "TRTSEQP",
    period: str = "APERIOD",
    sequences: Mapping[str, Sequence[str]] | None = None,
    method: str = "mixed",
    df: str = "kenward-roger-linear",
    conf_level: float = 0.95,
) -> CrossoverResult:
    """Compare treatments that each subject had in turn, AB/BA or more (Williams designs).

    Answers "does it work, with each patient as their own control?". Not for a treatment whose
    effect outlasts the wash-out: then the second period is not a fresh start, and no analysis
    repairs it. Not for ascending doses in one order (see `estimate_dose_response`).

    Parameters
    ----------
    data
        A `Trial` with APERIOD in ADQS and TRTSEQP in ADSL, or a frame with one row a subject
        and period.
    value
        The scale (PARAMCD), or the column of the frame.
    reference
        The treatment that is subtracted. There is no default.
    visit
        Of a trial: the visit of each period that is compared.
    subject, sequence, period
        Columns. The sequence says the treatments in order: "AB" or "placebo-ketamine".
    sequences
        Sequence → its treatments in order, where its name does not say them:
        ``{"1": ["placebo", "ketamine"], "2": ["ketamine", "placebo"]}``.
    method
        "mixed" (subjects random; keeps those with a missing period) or "t" (AB/BA only: t of
        period differences, complete subjects).
    df
        Degrees of freedom of the mixed model, as in `fit_mmrm`.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    CrossoverResult
        `table`, `beside` (other analyses, named, which choose nothing), `tests`, `means`.

    Raises
    ------
    ArgumentError
        A name that does not exist, a sequence that does not say its treatments, "t" for
        another design than AB/BA.
    ContractError
        Two scores of a subject in a period, a subject in two sequences.
    EstimationError
        No score, or a model that does not converge.

    Notes
    -----
    Missing values: the mixed model takes all scores, the others subjects with every period.
    The mixed model is ``value ~ sequence + period + treatment`` with one covariance between
    the periods of a subject (compound symmetry, which may be negative); carry-over, of first
    order, is looked at in a second model and left out of the first.
    Sources: Jones and Kenward (2014); Senn (2002), Cross-over Trials in Clinical Research;
    Freeman (1989) Stat Med 8:1421.
    Checked against: tests/oracle/crossover.csv (R 4.2.2, lme4::lmer, pbkrtest, t.test,
    wilcox.test), relative 1e-9, the mixed model 1e-5, where lmer stops.

    Examples
    --------
    >>> rows = {"USUBJID": [*"aabbccdd"], "TRTSEQP": ["AB"] * 4 + ["BA"] * 4,
    ...         "APERIOD": [1, 2] * 4, "MADRS": [30, 20, 28, 22, 18, 31, 20, 27]}
    >>> compare_crossover(rows, "MADRS", reference="A", method="t").table["estimate"].item()
    -9.0
    """
    check_conf_level(conf_level)
    check_one_of("method", method, METHODS)
    design = read_crossover(
        data,
        value,
        visit=visit,
        subject=subject,
        sequence=sequence,
        period=period,
        reference=reference,
        sequences=sequences,
    )
    if method == "t" and not design.is_two_by_two:
        check_one_of("method (of a design other than AB/BA)", method, ("mixed",))
    beside = list(_beside(design, conf_level))
    table, tests = _mixed(design, df, conf_level, is_needed=method == "mixed")
    if method == "t":
        table = [row for row in beside if row["term"] == TREATMENT and row["method"] == "t"]
    return CrossoverResult(
        table=pl.DataFrame(table, schema=SCHEMA),
        title=f"{value} in a crossover: {_versus(design.treatments)}",
        audit=design.audit,
        notes=_notes(design, method, df, conf_level),
        warnings=(*_warnings(design, beside), GRIZZLE),
        conf_level=conf_level,
        simulated=design.simulated,
        from_pandas=design.from_pandas,
        beside=pl.DataFrame(beside, schema=SCHEMA),
        tests=pl.DataFrame(tests, schema=TESTS),
        means=_means(design),
        treatments=design.treatments,
        value=value,
    )


def _versus(treatments: tuple[str, ...]) -> str:
    first, *others = treatments
    return f"{', '.join(others)} minus {first}"


def _beside(design: Crossover, conf_level: float) -> Iterator[dict[str, Any]]:
    if not design.is_two_by_two:
        return
    first, second = design.treatments
    a, b = (f"{x}{'' if len(x) == 1 else '-'}{y}" for x, y in ((first, second), (second, first)))
    contrasts = {TREATMENT: f"{second} - {first}", PERIOD: "second - first", CARRY: f"{a} - {b}"}
    for row in two_period_rows(design, conf_level):
        yield row | {"contrast": contrasts[row["term"]]}


def _mixed(
    design: Crossover, df: str, conf_level: float, *, is_needed: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the contrasts of the mixed model, and its F tests; empty where it does not fit."""
    try:
        fit = _fit(design, df, conf_level)
    except EstimationError:
        if is_needed:
            raise
        return [], []
    found = estimate_contrasts(fit, "TREATMENT", reference=design.treatments[0])
    n = design.rows["subject"].n_unique()
    table = [
        {
            "term": TREATMENT,
            "contrast": row["contrast"],
            "n": n,
            **{name: row[name] for name in NUMBERS},
            "method": "mixed",
            "note": row["note"],
        }
        for row in found.table.to_dicts()
    ]
    tests = [
        {"term": str(row["term"]).lower(), **{k: row[k] for k in TESTS if k != "term"}}
        for row in compare_terms(fit).table.to_dicts()
    ]
    return table, [*tests, *_carry_over(design, df, conf_level)]


def _fit(design: Crossover, df: str, conf_level: float, carry: Sequence[str] = ()) -> ModelResult:
    rows = design.rows.select(
        pl.col("subject").alias("SUBJECT"),
        pl.col("sequence").cast(pl.Enum([*design.sequences])).alias("SEQUENCE"),
        pl.col("period").alias("PERIOD"),
        pl.col("treatment").alias("TREATMENT"),
        pl.col("value").alias("VALUE"),
        *(
            (pl.col("previous").cast(pl.String) == name)
            .fill_null(False)
            .cast(pl.Float64)
            .alias(f"AFTER{place}")
            for place, name in enumerate(carry)
        ),
    )
    terms = ["SEQUENCE"] if len(design.sequences) > 1 and not carry else []
    terms += ["PERIOD", "TREATMENT", *(f"AFTER{place}" for place in range(len(carry)))]
    formula = f"VALUE ~ {' + '.join(terms)} + cs(PERIOD | SUBJECT)"
    return fit_mmrm(rows, formula, df=df, conf_level=conf_level)


def _carry_over(design: Crossover, df: str, conf_level: float) -> Iterator[dict[str, Any]]:
    """Yield the F test of first-order carry-over, in the model without sequences."""
    others = design.treatments[1:]
    try:
        fit = _fit(design, df, conf_level, others)
    except EstimationError as error:
        yield {"term": CARRY, "note": f"not estimable: {error}"}
        return
    places = [
        place for place, name in enumerate(fit.table["term"].to_list()) if name.startswith("AFTER")
    ]
    contrasts = np.eye(fit.table.height)[places]
    found = fit.inference.joint(contrasts)
    yield {
        "term": CARRY,
        "statistic": found.statistic,
        "df_num": found.df_num,
        "df_den": found.df_den,
        "p_value": found.p_value,
        "note": NOT_ESTIMABLE if found.p_value is None else "",
    }


def _means(design: Crossover) -> pl.DataFrame:
    return (
        design.rows.group_by("sequence", "period", "treatment")
        .agg(
            n=pl.len().cast(pl.Int64),
            mean=pl.col("value").mean(),
            sd=pl.col("value").std(),
        )
        .sort("sequence", "period")
        .with_columns(pl.col("period").cast(pl.String), pl.col("treatment").cast(pl.String))
    )


def _notes(design: Crossover, method: str, df: str, conf_level: float) -> tuple[str, ...]:
    orders = "; ".join(
        f"{name}: {' then '.join(parts)}" for name, parts in design.sequences.items()
    )
    how = (
        f"Treatment effect: mixed model with sequence, period and treatment, one covariance "
        f"between the periods of a subject, restricted maximum likelihood, {df} degrees of freedom."
        if method == "mixed"
        else "Treatment effect: half the difference of the mean period differences of the two "
        "sequences, Student's t; subjects with both periods."
    )
    n = len(design.treatments) - 1
    several = (f"The p values of {n} contrasts are not adjusted.",) if n > 1 else ()
    return (f"Sequences: {orders}.", how, f"{conf_level * 100:g} % intervals.", *several)


def _warnings(design: Crossover, beside: list[dict[str, Any]]) -> Iterator[str]:
    some = design.audit.filter(pl.col("reason") == "scores in some periods only")["count"]
    if len(some):
        also = "; the analyses beside it leave them out" if beside else ""
        yield f"{some[0]} subjects lack a period: the mixed model keeps them{also}."
