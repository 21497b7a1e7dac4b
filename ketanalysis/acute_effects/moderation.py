"""Does the treatment effect depend on something measured before? Interaction and simple slopes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.acute_effects.mediation import PATHS, coefficient
from ketanalysis.acute_effects.pathway import check_finite, named_covariates
from ketanalysis.errors import ArgumentError, EstimationError, check_conf_level, listed, near_miss
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.grid import score_grid
from ketanalysis.rates.subject_columns import subject_columns
from ketanalysis.regression.design import design_of, independent
from ketanalysis.regression.least_squares import fit_least_squares, nested_f
from ketanalysis.results import Result
from ketanalysis.trial import Trial

INTERACTION, EFFECT = "interaction", "treatment"
SCHEMA = {"term": PATHS["term"], "at": pl.String, "n": pl.Int64} | {
    name: kind for name, kind in PATHS.items() if name != "term"
}
TESTS = {
    "term": pl.String,
    "statistic": pl.Float64,
    "df_num": pl.Int64,
    "df_den": pl.Int64,
    "p_value": pl.Float64,
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ModerationResult(Result):
    """How a treatment effect depends on a moderator.

    Attributes
    ----------
    table
        One row a term: "interaction" (how much the effect changes a unit of the moderator; of
        categories, from the first), and "treatment" `at` values of the moderator: n, estimate
        in points, std_error, conf_low, conf_high, statistic, df, p_value.
    tests
        The F test of the interaction.
    moderator, outcome, arms
        What was asked.
    """

    kind: ClassVar[str] = "moderation"

    tests: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TESTS))
    moderator: str = ""
    outcome: str = ""
    arms: tuple[str, ...] = ()


def estimate_moderation(
    data: Any,
    *,
    moderator: str,
    outcome: str,
    arm: str = "TRT01P",
    covariates: str | Sequence[str] = (),
    outcome_visit: str | None = None,
    at: Sequence[float] | None = None,
    conf_level: float = 0.95,
) -> ModerationResult:
    """Estimate whether a treatment effect depends on a moderator measured before treatment.

    Answers "does it work better in those who are more anxious to begin with?". Not for what is
    measured after treatment began, such as dissociation: that is a mediator
    (see `estimate_mediation`), and subjects with more of it are not alike in both arms.

    Parameters
    ----------
    data
        A `Trial` or a frame in ADQS columns (with `outcome_visit`), or a frame with one row a
        subject.
    moderator
        A column of ADSL (or of the frame), or "BASE"; a number, or categories.
    outcome
        The scale (PARAMCD), or the column of the frame.
    arm
        Two treatments in a declared order, the reference first.
    covariates
        As in `estimate_mediation`.
    outcome_visit
        The visit at which the scale was scored.
    at
        Values of a moderator that is a number at which the effect is given; without it the mean
        and one SD below and above.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    ModerationResult
        The interaction with its interval, and the effect at values of the moderator.

    Raises
    ------
    ArgumentError
        A name that does not exist, or arms without an order.
    EstimationError
        Too few subjects, or a term that follows from the others.

    Notes
    -----
    Missing values: only subjects with all values are used; the others are counted.
    The model is ``outcome ~ treatment * moderator + covariates`` by least squares (Aiken and
    West 1991, Multiple Regression: Testing and Interpreting Interactions, chapter 2).
    Checked against: tests/oracle/moderation.csv (R 4.2.2, lm and emmeans), all columns,
    relative 1e-8.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> found = ka.estimate_moderation(ka.load_example("ketamine"), moderator="AGE",
    ...     outcome="MADRS", outcome_visit="Day 7", covariates="BASE")
    >>> found.table["term"].to_list()
    ['interaction', 'treatment', 'treatment', 'treatment']
    """
    check_conf_level(conf_level)
    names = tuple(name for name in named_covariates(covariates) if name != moderator)
    rows = _rows(data, moderator, outcome, arm, names, outcome_visit)
    check_finite(rows)
    used = rows.drop_nulls()
    arms = _arms(used, arm)
    _check_varies(used, moderator, outcome, arm)
    table, tests = _estimates(used, moderator, arms, arm, names, at, conf_level)
    lacking = rows.height - used.height
    return ModerationResult(
        table=pl.DataFrame(table, schema=SCHEMA),
        title=f"{arms[1]} minus {arms[0]} on {outcome} by {moderator}",
        audit=pl.DataFrame(
            [("included", "all values", used.height), ("excluded", "a value is missing", lacking)],
            schema={"status": pl.String, "reason": pl.String, "count": pl.Int64},
            orient="row",
        ),
        notes=(
            "Linear model with treatment, moderator and their interaction"
            + (f", adjusted for {', '.join(names)}." if names else "."),
            f"{conf_level * 100:g} % intervals: Student's t.",
        ),
        warnings=(f"{lacking} subjects lack a value and are not in the model.",) if lacking else (),
        conf_level=conf_level,
        simulated=isinstance(data, Trial) and data.simulated,
        from_pandas=is_pandas(data),
        tests=tests,
        moderator=moderator,
        outcome=outcome,
        arms=arms,
    )


def _rows(
    data: Any, moderator: str, outcome: str, arm: str, names: tuple[str, ...], visit: str | None
) -> pl.DataFrame:
    """Return outcome, arm, moderator and covariates of each subject, null where missing."""
    wanted = tuple(dict.fromkeys((arm, moderator, *names)))
    if visit is not None:
        grid = score_grid(data, outcome, visits=[visit])
        told = subject_columns(data, grid, wanted, "moderator")
        if isinstance(data, Trial) and arm == "TRT01P" and data.arms:
            told = told.with_columns(pl.col(arm).cast(pl.Enum(data.arms)))
        score = pl.Series("the outcome", grid.scores[grid.visit_index(visit)])
        return told.with_columns(score.fill_nan(None))
    if isinstance(data, Trial):
        raise ArgumentError("outcome_visit= must be written for a trial: when the outcome counts.")
    frame = to_polars(data, "data")
    for column in (*wanted, outcome):
        if column not in frame.columns:
            raise ArgumentError(
                f"data needs the column {column}; it has {listed(frame.columns, 20)}."
                f"{near_miss(column, frame.columns)}"
            )
    return frame.select(wanted).with_columns(frame[outcome].cast(pl.Float64).alias("the outcome"))


def _arms(used: pl.DataFrame, arm: str) -> tuple[str, str]:
    held = [str(value) for value in used[arm].unique().sort().to_list()]
    dtype = used[arm].dtype
    if not held:
        raise EstimationError("No subject has treatment, moderator, outcome and covariates.")
    if len(held) != 2 or not (isinstance(dtype, pl.Enum) or dtype.is_numeric()):
        raise ArgumentError(
            f"{arm} must hold two treatments in a declared order, the reference first (an Enum, an "
            f"ordered Categorical, or 0 and 1); it holds {listed(map(repr, held))}."
        )
    return held[0], held[1]


def _check_varies(used: pl.DataFrame, moderator: str, outcome: str, arm: str) -> None:
    """Refuse a constant, and a category that one arm does not have."""
    for name, column in ((moderator, moderator), (outcome, "the outcome")):
        if used[column].n_unique() < 2:
            raise EstimationError(
                f"The effect cannot be told at values of {moderator}: {name} is the same in all "
                f"{used.height} subjects."
            )
    if used[moderator].dtype.is_numeric():
        return
    for level in used[moderator].unique().sort().to_list():
        held = used.filter(pl.col(moderator) == level)[arm].n_unique()
        if held < 2:
            raise EstimationError(
                f"The effect in {moderator} {level!r} is not estimable: only one arm has subjects "
                "there. Leave the category out, or join it with another."
            )


def _estimates(
    used: pl.DataFrame,
    moderator: str,
    arms: tuple[str, str],
    arm: str,
    names: tuple[str, ...],
    at: Sequence[float] | None,
    conf_level: float,
) -> tuple[list[dict[str, Any]], pl.DataFrame]:
    drug = (used[arm].cast(pl.String) == arms[1]).to_numpy().astype(float)
    own = design_of(used.select(moderator))
    further = np.empty((used.height, 0))
    if names:
        further = design_of(used.select(names)).columns
        further = further[:, independent(further)]
    small = np.column_stack([np.ones(len(drug)), drug, own.columns, further])
    full = np.column_stack([small, own.columns * drug[:, np.newaxis]])
    y = used["the outcome"].to_numpy()
    fit = fit_least_squares(full, y)
    first = small.shape[1]
    rows = []
    for place, term in enumerate(own.terms):
        contrast = np.eye(full.shape[1])[first + place]
        where = term.partition(": ")[2]
        rows.append((INTERACTION, where or f"a unit of {moderator}", contrast))
    for label, values in _places(used[moderator], own.columns, at):
        contrast = np.zeros(full.shape[1])
        contrast[1], contrast[first:] = 1, values
        rows.append((EFFECT, label, contrast))
    found = nested_f(small, full, y)
    test = {
        "term": f"treatment x {moderator}",
        "statistic": found.statistic,
        "df_num": found.df_num,
        "df_den": found.df_den,
        "p_value": found.p_value,
    }
    table = [
        {"term": term, "at": where, "n": len(drug), **coefficient(fit, contrast, conf_level)}
        for term, where, contrast in rows
    ]
    return table, pl.DataFrame([test], schema=TESTS)


def _places(
    column: pl.Series, columns: Any, at: Sequence[float] | None
) -> Iterator[tuple[str, Any]]:
    """Yield where the effect is given: a label, and the values of the moderator's columns."""
    if column.dtype.is_numeric():
        values = columns[:, 0]
        mean, sd = float(values.mean()), float(values.std(ddof=1))
        for value in at if at is not None else (mean - sd, mean, mean + sd):
            yield f"{value:.4g}", np.array([float(value)])
        return
    for place, level in enumerate(column.unique().sort().to_list()):
        yield str(level), np.eye(columns.shape[1] + 1)[place][1:]
