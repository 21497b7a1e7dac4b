"""What subjects guessed: each answer read as a treatment, a certainty, or "don't know"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, check_one_of, listed, near_miss
from ketanalysis.frames import id_text, is_pandas, to_polars
from ketanalysis.grid import names_given
from ketanalysis.trial import Trial

Answer = str | tuple[str, float] | Sequence[Any]

ONE_ARM = (
    "Blinding needs two treatments that could be confused; {what}. With one arm there is nothing "
    "to guess: report what subjects expected before the first dose instead."
)


@dataclass(frozen=True, eq=False)
class Guesses:
    """The answers of all subjects to one question.

    Attributes
    ----------
    rows
        One row a subject: ``arm`` (an Enum), ``answer`` (text, null where there is none),
        ``worth`` (-1 to 1 to this subject, null where not answered), ``guessed`` (the side,
        null for "don't know"), ``count`` (how many subjects the row stands for).
    arms, sides
        The arms in order, and the side that each is on.
    meaning
        One row an answer: ``answer``, ``guessed``, ``certainty`` (0 for "don't know").
    set_aside
        Subjects who are not counted: (reason, count) each.
    """

    rows: pl.DataFrame
    arms: tuple[str, ...]
    sides: tuple[str, ...]
    meaning: pl.DataFrame
    set_aside: tuple[tuple[str, int], ...]
    simulated: bool = False
    from_pandas: bool = False


@dataclass(frozen=True)
class Reading:
    """How answers are read: answer → (side, certainty), None for "don't know"."""

    answers: Mapping[str, tuple[str, float] | None]
    second: str | None = None
    second_certainty: float = 0.25


def read_guesses(
    data: Any,
    guess: str,
    arm: str,
    *,
    answers: Mapping[Any, Any] | None,
    dont_know: str | Sequence[str] | None,
    sides: Mapping[str, str] | None,
    second: str | None,
    second_certainty: float,
    count: str | None,
) -> Guesses:
    """Return the answers in one column, one row a subject, read as the caller declares."""
    columns = [guess, arm, *(column for column in (second, count) if column)]
    frame = _frame(data, columns, arm, is_one_each=count is None)
    frame = frame.with_columns(frame[c].cast(pl.String) for c in (guess, second) if c)
    known = frame.filter(pl.col(arm).is_not_null())
    arms = arms_in_order(known[arm], arm)
    side_of = sides_of(arms, sides)
    given = [c for c in (guess, second) if c]
    said = {text for c in given for text in known[c].drop_nulls().unique().to_list()}
    reading = Reading(
        _declared(said, answers, dont_know, side_of, guess), second, _certainty(second_certainty)
    )
    out = ((f"no {arm}", int(_sum(frame.filter(pl.col(arm).is_null()), count))),)
    return Guesses(
        rows=_rows(known, guess, arm, count, side_of, reading),
        arms=arms,
        sides=tuple(side_of[name] for name in arms),
        meaning=_meaning(reading),
        set_aside=tuple(one for one in out if one[1]),
        simulated=isinstance(data, Trial) and data.simulated,
        from_pandas=is_pandas(data),
    )


def _frame(data: Any, columns: Sequence[str], arm: str, *, is_one_each: bool) -> pl.DataFrame:
    is_trial = isinstance(data, Trial)
    if is_trial and arm == "TRT01P" and not data.arms:
        raise ArgumentError(ONE_ARM.format(what="this trial has one arm (no TRT01P)"))
    frame = data.adsl if is_trial else to_polars(data, what="data")
    for column in columns:
        if column not in frame.columns:
            where = "ADSL" if is_trial else "data"
            raise ArgumentError(
                f"{where} needs the column {column}; it has {listed(frame.columns, 20)}."
                f"{near_miss(column, frame.columns)}"
            )
    if is_one_each and "USUBJID" in frame.columns:
        ids = id_text(frame["USUBJID"], "USUBJID")
        twice = ids.filter(ids.is_duplicated())
        if twice.len():
            raise ContractError(
                f"data must have one row a subject; {twice.n_unique()} have several, first "
                f"{twice[0]}. Keep the assessment that the analysis plan names."
            )
    return frame


def arms_in_order(column: pl.Series, name: str) -> tuple[str, ...]:
    """Return the arms that occur, in the order of the Enum or of the alphabet; one is refused."""
    held = [str(value) for value in column.unique().sort().to_list()]
    if len(held) < 2:
        raise ArgumentError(
            ONE_ARM.format(what=f"{name} holds {listed(map(repr, held)) or 'no value'}")
        )
    return tuple(held)


def sides_of(arms: Sequence[str], sides: Mapping[str, str] | None) -> dict[str, str]:
    """Return arm → the treatment that a guess can name: two of them."""
    if sides is None:
        if len(arms) > 2:
            raise ArgumentError(
                f"A guess is right or wrong between two treatments, and there are {len(arms)} "
                f"arms: {listed(map(repr, arms))}. Say which of two each is with sides=, for "
                f'example sides={{"{arms[0]}": "control", "{arms[1]}": "drug", ...}}.'
            )
        return {arm: arm for arm in arms}
    for arm in arms:
        if arm not in sides:
            raise ArgumentError(
                f"sides must name the treatment of every arm, and has none for {arm!r}; it names "
                f"{listed(map(repr, sides))}.{near_miss(arm, sides)}"
            )
    named = {arm: str(sides[arm]) for arm in arms}
    if len(set(named.values())) != 2:
        raise ArgumentError(
            "sides must put the arms on two sides, not on "
            f"{listed(map(repr, dict.fromkeys(named.values())))}."
        )
    return named


def _declared(
    said: set[str],
    answers: Mapping[Any, Any] | None,
    dont_know: str | Sequence[str] | None,
    side_of: Mapping[str, str],
    guess: str,
) -> dict[str, tuple[str, float] | None]:
    """Return what each answer means, or say which answers are not declared."""
    sides = tuple(dict.fromkeys(side_of.values()))
    if dont_know is None:
        raise ArgumentError(
            'dont_know= must name the answer that means "don\'t know" (one or several), or be () '
            f"where the question had none. {guess} holds {listed(map(repr, sorted(said)))}."
        )
    unsure = names_given("dont_know", dont_know, "an answer")
    found: dict[str, tuple[str, float] | None] = {side: (side, 1.0) for side in sides}
    found |= {str(key): _answer(key, value, sides) for key, value in (answers or {}).items()}
    for name in unsure:
        if found.get(name) is not None:
            raise ArgumentError(f"dont_know names {name!r}, which is the guess of a treatment.")
        found[name] = None
    unknown = sorted(said - set(found))
    if unknown:
        raise ArgumentError(
            f"{guess} holds answers that are not declared: {listed(map(repr, unknown))}. An answer "
            f"that is {' or '.join(map(repr, sides))} guesses that treatment; say of the others "
            f'what they mean with answers=, for example answers={{"{unknown[0]}": ("{sides[-1]}", '
            f"0.5)}} with a certainty, or with dont_know=.{near_miss(unknown[0], sides)}"
        )
    return found


def _answer(key: object, value: Any, sides: Sequence[str]) -> tuple[str, float]:
    side, certainty = (value, 1.0) if isinstance(value, str) else (None, None)
    if side is None and isinstance(value, tuple | list) and len(value) == 2:
        side, certainty = value
    if not isinstance(side, str):
        raise ArgumentError(
            f"answers[{key!r}] must be a treatment or (treatment, certainty), not {value!r}. "
            '"Don\'t know" is declared with dont_know=.'
        )
    check_one_of(f"answers[{key!r}]", side, tuple(sides))
    return side, _certainty(certainty)


def _certainty(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) <= 1:
        raise ArgumentError(f"A certainty must be above 0 and at most 1 (sure), not {value!r}.")
    return float(value)


def _rows(
    known: pl.DataFrame,
    guess: str,
    arm: str,
    count: str | None,
    side_of: Mapping[str, str],
    reading: Reading,
) -> pl.DataFrame:
    """Return arm, answer, guessed side, certainty, worth and count of each subject."""
    order = pl.Enum([*side_of])
    given = {"answer": known[guess], "arm": known[arm].cast(pl.String).cast(order)}
    second = known[reading.second] if reading.second else pl.repeat(None, known.height, eager=True)
    rows = pl.DataFrame(given).with_columns(
        second=second.cast(pl.String), count=_counts(known, count)
    )
    side = {key: None if one is None else one[0] for key, one in reading.answers.items()}
    sure = {key: 0.0 if one is None else one[1] for key, one in reading.answers.items()}
    rows = rows.with_columns(
        guessed=pl.col("answer").replace_strict(side, return_dtype=pl.String),
        certainty=pl.col("answer").replace_strict(sure, return_dtype=pl.Float64),
        other=pl.col("second").replace_strict(side, return_dtype=pl.String),
    )
    is_second = (pl.col("certainty") == 0) & pl.col("other").is_not_null()
    rows = rows.with_columns(
        leaning=pl.when(is_second).then("other").otherwise("guessed"),
        weight=pl.when(is_second).then(reading.second_certainty).otherwise("certainty"),
        own=pl.col("arm").cast(pl.String).replace_strict(dict(side_of), return_dtype=pl.String),
    )
    sign = pl.when(pl.col("leaning") == pl.col("own")).then(1.0).otherwise(-1.0)
    worth = pl.when(pl.col("weight") == 0).then(0.0).otherwise(sign * pl.col("weight"))
    return rows.with_columns(worth=pl.when(pl.col("answer").is_not_null()).then(worth)).select(
        "arm", "answer", "guessed", "certainty", "own", "worth", "count"
    )


def _counts(known: pl.DataFrame, count: str | None) -> pl.Series:
    if count is None:
        return pl.repeat(1, known.height, dtype=pl.Int64, eager=True)
    given = known[count]
    if not given.dtype.is_integer() or given.null_count() or (given < 0).any():
        raise ContractError(f"{count} must hold whole numbers of subjects from 0.")
    return given.cast(pl.Int64)


def _sum(frame: pl.DataFrame, count: str | None) -> int:
    return frame.height if count is None else int(frame[count].sum())


def _meaning(reading: Reading) -> pl.DataFrame:
    rows = [
        (key, None, 0.0) if one is None else (key, one[0], one[1])
        for key, one in reading.answers.items()
    ]
    schema = {"answer": pl.String, "guessed": pl.String, "certainty": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
