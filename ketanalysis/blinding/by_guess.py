"""The treatment effect within those who guessed the drug, the control, or neither."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.blinding.guesses import read_guesses
from ketanalysis.definitions import Response
from ketanalysis.errors import ArgumentError, EstimationError, check_conf_level
from ketanalysis.grid import Grid, score_grid
from ketanalysis.groups.linear_model import NO_RESIDUAL, Adjusted, adjusted_difference
from ketanalysis.population import Population
from ketanalysis.rates.criteria import met_by, obstacles
from ketanalysis.rates.proportions import proportion_interval
from ketanalysis.rates.subject_columns import subject_columns
from ketanalysis.regression.least_squares import nested_f
from ketanalysis.results import Result
from ketanalysis.trial import Trial

Floats = NDArray[np.float64]

ALL, ADJUSTED, UNSURE = "all", "all, adjusted for the guess", "don't know"
SCHEMA = {
    "guessed": pl.String,
    "contrast": pl.String,
    "n": pl.Int64,
    "n_reference": pl.Int64,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "statistic": pl.Float64,
    "df": pl.Float64,
    "p_value": pl.Float64,
    "note": pl.String,
}
TESTS = {
    "term": pl.String,
    "statistic": pl.Float64,
    "df_num": pl.Int64,
    "df_den": pl.Int64,
    "p_value": pl.Float64,
    "note": pl.String,
}
RESPONSES = {
    "group": pl.String,
    "guessed": pl.String,
    "count": pl.Int64,
    "n": pl.Int64,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "note": pl.String,
}
FEW_CELLS = "not estimable: too few subjects in the cells"
NO_CELL = "not estimable: nobody of the arm who guessed so can be judged"
AFTER = (
    "The guess was made after randomisation and follows the response: those who got better guess "
    "the drug. Groups by guess are not randomised, and an effect that is smaller within them can "
    "be the work of the guess, or of this selection. No analysis of guesses tells the two apart."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class EffectByGuessResult(Result):
    """Treatment effects by guess.

    Attributes
    ----------
    table
        One row a group of subjects by what they guessed (all; all, adjusted for the guess; each
        treatment; "don't know"): contrast, n, n_reference, estimate (difference in points,
        adjusted for the baseline), std_error, conf_low, conf_high, statistic, df, p_value, note.
    tests
        The F test whether the effect differs between the guesses.
    responses
        Responders by arm and guess: group, guessed, count, n, estimate, conf_low, conf_high
        (Wilson), note; empty without `response`.
    scale, visit, guess
        What was asked.
    """

    kind: ClassVar[str] = "effect by guess"

    tests: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TESTS))
    responses: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RESPONSES))
    scale: str = ""
    visit: str = ""
    guess: str = ""


def estimate_effect_by_guess(
    data: Any,
    scale: str,
    guess: str,
    arm: str = "TRT01P",
    *,
    visit: str,
    dont_know: str | Sequence[str] | None = None,
    answers: Mapping[Any, Any] | None = None,
    sides: Mapping[str, str] | None = None,
    response: Response | None = None,
    population: Population = "ITT",
    conf_level: float = 0.95,
) -> EffectByGuessResult:
    """Estimate the treatment effect within those who guessed drug, control, or did not know.

    Answers "is there an effect in those who did not know, or guessed wrong?". Not an effect
    freed of unblinding: the guess follows the response, and the warning of the result says so.

    Parameters
    ----------
    data
        A `Trial`, or a frame in ADQS columns (see `estimate_response`) that holds the guess too.
    scale, visit
        The outcome: the score at the visit, adjusted for the baseline.
    guess, arm
        Columns of ADSL (or of the frame, the same in all rows of a subject).
    dont_know, answers, sides
        As in `estimate_blinding`.
    response
        A definition of response, for the table of response by arm and guess.
    population
        As in `estimate_response`.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    EffectByGuessResult
        Differences of the other treatment minus that of the first arm.

    Raises
    ------
    ArgumentError
        As `estimate_blinding`; a visit at which the scale was not scored.
    EstimationError
        Nobody has a baseline, a score at the visit and a guess.

    Notes
    -----
    Missing values: who has no baseline, no score at the visit or no answer is not in the
    comparison, and is counted in the audit by the reason.
    Within each guess: ``score ~ treatment + baseline`` by least squares; the test of different
    effects is F of ``treatment x guess``.
    Checked against: tests/oracle/effect_by_guess.csv (R 4.2.2, stats::lm, stats::anova), all
    columns, relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> trial = ka.load_example("ketamine")
    >>> own = trial.adsl["TRT01P"].cast(str)
    >>> guessed = trial.with_(adsl=trial.adsl.with_columns(GUESS=own.shift(1).fill_null("?")))
    >>> found = ka.estimate_effect_by_guess(
    ...     guessed, "MADRS", "GUESS", visit="Day 14", dont_know="?")
    >>> found.table["guessed"].to_list()[:2]
    ['all', 'all, adjusted for the guess']
    """
    check_conf_level(conf_level)
    if response is not None and not isinstance(response, Response):
        raise ArgumentError(
            f"response must be a Response, such as Response(at_least=0.5), not {response!r}."
        )
    grid = score_grid(data, scale, population=population, visits=[visit])
    told = subject_columns(data, grid, (guess, arm), "guess")
    read = read_guesses(
        _in_order(data, told, arm),
        guess,
        arm,
        answers=answers,
        dont_know=dont_know,
        sides=sides,
        second=None,
        second_certainty=0.25,
        count=None,
    )
    treatments = tuple(dict.fromkeys(read.sides))
    place = grid.visit_index(visit)
    rows = _subjects(grid, told, read.rows, arm, place)
    if response is not None:
        rows = rows.with_columns(met=_met(grid, response, place))
    used = rows.filter(pl.col("reason") == "")
    if used.is_empty():
        raise EstimationError(
            f"Nobody has a {scale} baseline, a score at {visit!r} and an answer to {guess}."
        )
    return EffectByGuessResult(
        table=pl.DataFrame(list(_effects(used, treatments, conf_level)), schema=SCHEMA),
        title=f"{scale} at {visit}: {treatments[1]} minus {treatments[0]} by {guess}",
        audit=_audit(rows, grid),
        notes=_notes(grid, scale, visit, conf_level, response),
        warnings=(AFTER,),
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        tests=_interaction(used, treatments),
        responses=_responses(used, read.arms, treatments, conf_level),
        scale=scale,
        visit=visit,
        guess=guess,
    )


def _in_order(data: Any, told: pl.DataFrame, arm: str) -> pl.DataFrame:
    """Give the arm of a trial the order that was declared; other orders are kept."""
    is_told = isinstance(data, Trial) and arm == "TRT01P" and bool(data.arms)
    return told.with_columns(pl.col(arm).cast(pl.Enum(data.arms))) if is_told else told


def _subjects(
    grid: Grid, told: pl.DataFrame, read: pl.DataFrame, arm: str, place: int
) -> pl.DataFrame:
    """Return one row a subject: arm, own, guessed, value, BASE, and the reason why not used."""
    known = told.with_row_index("row").filter(pl.col(arm).is_not_null())["row"]
    numbered = read.with_columns(row=known)
    value = pl.Series("value", grid.scores[place]).fill_nan(None)
    base = pl.Series("BASE", grid.baseline).fill_nan(None)
    rows = pl.DataFrame([value, base]).with_row_index("row")
    rows = rows.join(numbered, on="row", how="left", maintain_order="left")
    reason = (
        pl.when(pl.col("arm").is_null())
        .then(pl.lit(f"no {arm}"))
        .when(pl.col("BASE").is_null())
        .then(pl.lit("no baseline"))
        .when(pl.col("value").is_null())
        .then(pl.lit("no score at the visit"))
        .when(pl.col("answer").is_null())
        .then(pl.lit("no answer"))
        .otherwise(pl.lit(""))
    )
    return rows.with_columns(reason=reason, guessed=pl.col("guessed").fill_null(UNSURE))


def _met(grid: Grid, response: Response, place: int) -> pl.Series:
    """Return whether each subject responded at the visit, null where that cannot be judged."""
    met = pl.Series("met", met_by(grid, response, grid.scores[place]))
    cannot = np.isnan(grid.scores[place])
    for _, holds in obstacles(grid, response):
        cannot = cannot | holds
    return met.set(pl.Series(cannot), None)


def _effects(
    used: pl.DataFrame, treatments: tuple[str, ...], conf_level: float
) -> Iterator[dict[str, Any]]:
    dummies = _dummies(used, treatments)
    yield _effect(ALL, used, np.empty((used.height, 0)), treatments, conf_level)
    yield _effect(ADJUSTED, used, dummies, treatments, conf_level)
    for name in (*treatments, UNSURE):
        own = used.filter(pl.col("guessed") == name)
        if own.height or name != UNSURE:
            yield _effect(name, own, np.empty((own.height, 0)), treatments, conf_level)


def _dummies(used: pl.DataFrame, treatments: tuple[str, ...]) -> Floats:
    """Return 0/1 columns of the guesses but the first, shape (n, 2)."""
    guessed = used["guessed"].to_numpy()
    return np.column_stack([guessed == name for name in (*treatments[1:], UNSURE)]).astype(float)


def _effect(
    name: str,
    own: pl.DataFrame,
    further: Floats,
    treatments: tuple[str, ...],
    conf_level: float,
) -> dict[str, Any]:
    is_drug = (own["own"] == treatments[1]).to_numpy()
    row: dict[str, Any] = {
        "guessed": name,
        "contrast": f"{treatments[1]} - {treatments[0]}",
        "n": int(is_drug.sum()),
        "n_reference": int((~is_drug).sum()),
    }
    columns = np.column_stack([own["BASE"].to_numpy(), further])
    found = (
        adjusted_difference(own["value"].to_numpy(), is_drug, columns, conf_level)
        if own.height
        else Adjusted(reason="not estimable: nobody guessed it")
    )
    numbers = {
        "estimate": found.difference,
        "std_error": found.std_error,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "statistic": found.statistic,
        "df": found.df,
        "p_value": found.p_value,
    }
    known = {key: None if np.isnan(number) else number for key, number in numbers.items()}
    return row | known | {"note": found.reason or ""}


def _interaction(used: pl.DataFrame, treatments: tuple[str, ...]) -> pl.DataFrame:
    drug = (used["own"] == treatments[1]).to_numpy().astype(float)
    dummies = _dummies(used, treatments)
    one = np.ones(used.height)
    small = np.column_stack([one, drug, dummies, used["BASE"].to_numpy()])
    full = np.column_stack([small, dummies * drug[:, np.newaxis]])
    found = nested_f(small, full, used["value"].to_numpy())
    is_known = not np.isnan(found.statistic)
    row = {
        "term": "treatment x guess",
        "statistic": found.statistic if is_known else None,
        "df_num": found.df_num,
        "df_den": found.df_den,
        "p_value": found.p_value if is_known else None,
        "note": ""
        if is_known
        else FEW_CELLS
        if found.df_num < 1 or found.df_den < 1
        else NO_RESIDUAL,
    }
    return pl.DataFrame([row], schema=TESTS)


def _responses(
    used: pl.DataFrame,
    arms: tuple[str, ...],
    treatments: tuple[str, ...],
    conf_level: float,
) -> pl.DataFrame:
    if "met" not in used.columns:
        return pl.DataFrame(schema=RESPONSES)
    rows = []
    for arm in arms:
        for name in (*treatments, UNSURE):
            own = used.filter(pl.col("arm") == arm, pl.col("guessed") == name)
            judged = own["met"].drop_nulls()
            count, n = int(judged.sum()), len(judged)
            low, high = (float(end) for end in proportion_interval(count, n, "wilson", conf_level))
            ends = (low, high) if n else (None, None)
            share = count / n if n else None
            rows.append((arm, name, count, n, share, *ends, "" if n else NO_CELL))
    return pl.DataFrame(rows, schema=RESPONSES, orient="row")


def _audit(rows: pl.DataFrame, grid: Grid) -> pl.DataFrame:
    counts = dict(rows["reason"].value_counts().iter_rows())
    out = [("included", "baseline, score and guess", counts.pop("", 0))]
    out += [("excluded", reason, n) for reason, n in sorted(counts.items())]
    out += [("excluded", reason, n) for reason, n in grid.set_aside]
    schema = {"status": pl.String, "reason": pl.String, "count": pl.Int64}
    return pl.DataFrame(out, schema=schema, orient="row")


def _notes(
    grid: Grid, scale: str, visit: str, conf_level: float, response: Response | None
) -> tuple[str, ...]:
    return (
        f"Population: {grid.population}.",
        f"Difference in {scale} at {visit}, adjusted for the baseline by least squares; subjects "
        "with baseline, score and answer.",
        f"{conf_level * 100:g} % intervals: Student's t.",
        *([response.sentence(scale)] if response is not None else []),
    )
