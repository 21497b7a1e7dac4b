"""Was the treatment guessed? Blinding indices of each arm and of the trial, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.blinding.guesses import Guesses, read_guesses
from ketanalysis.blinding.indices import Index, bang_index, james_index
from ketanalysis.errors import EstimationError, check_conf_level, check_one_of
from ketanalysis.grid import names_given
from ketanalysis.results import Result

BANG, JAMES, ALL = "Bang's index", "James' index", "all"
INTERVALS = {"score": ("score", "logit"), "wald": ("wald", "wald")}  # Bang's, James'
SCHEMA = {
    "guess": pl.String,
    "measure": pl.String,
    "group": pl.String,
    "n": pl.Int64,
    "n_missing": pl.Int64,
    "n_right": pl.Int64,
    "n_wrong": pl.Int64,
    "n_unsure": pl.Int64,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "statistic": pl.Float64,
    "p_value": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}
ANSWERS = {
    "guess": pl.String,
    "group": pl.String,
    "answer": pl.String,
    "guessed": pl.String,
    "certainty": pl.Float64,
    "count": pl.Int64,
    "n": pl.Int64,
    "estimate": pl.Float64,
}
READ = (
    "Bang's index of an arm: the share who guess right less the share who guess wrong, weighted by "
    "certainty; 0 is chance, 1 all right, -1 all wrong. Where one arm is above 0 and the other "
    "below, both lean to the same guess, which is hope or fear and no lost blind."
)
READ_JAMES = (
    "James' index of the trial: 0 all guess right, 0.5 chance, 1 nobody knows or all are wrong. "
    '"Don\'t know" counts as blinded, so that it can be high although those who guess are right '
    "in one arm."
)
AFTER = (
    "A guess made after the response follows it: a drug that works is guessed by those whom it "
    "helped. An index above 0 is then no proof that the blind was broken before."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BlindingResult(Result):
    """Blinding indices.

    Attributes
    ----------
    table
        One row a guess (the column that holds it), measure ("Bang's index" of each arm,
        "James' index" of all) and group: n (who answered), n_missing (who did not), n_right,
        n_wrong, n_unsure, estimate, std_error, conf_low, conf_high, statistic and p_value
        (of chance: 0 for Bang's, 0.5 for James'), method, note.
    answers
        One row a guess, group and answer: guessed (the treatment, null for "don't know"),
        certainty (0 to 1), count, n, estimate (share of those who answered).
    arms, guesses
        The arms in order, and the columns of the guesses.
    """

    kind: ClassVar[str] = "blinding"

    answers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ANSWERS))
    arms: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()


def estimate_blinding(
    data: Any,
    guess: str | Sequence[str],
    arm: str = "TRT01P",
    *,
    dont_know: str | Sequence[str] | None = None,
    answers: Mapping[Any, Any] | None = None,
    sides: Mapping[str, str] | None = None,
    second: str | None = None,
    second_certainty: float = 0.25,
    count: str | None = None,
    ci: str = "score",
    conf_level: float = 0.95,
) -> BlindingResult:
    """Estimate whether the treatment was guessed: Bang's index of each arm, James' of the trial.

    Answers "did they know what they got?". Ketamine is felt, so this belongs beside every effect.
    Not a proof of bias: a guess that follows a good response raises the index as well, and only
    guesses made before the response can tell the two apart.

    Parameters
    ----------
    data
        A `Trial` (columns of ADSL), or a frame with one row a subject.
    guess
        The column that holds the guess, or several (of the patient, of the rater, early, late).
    arm
        The column of the arm as randomised.
    dont_know
        The answer, or answers, that mean "don't know"; must be written. () where the question
        had none.
    answers
        What the other answers mean: answer → treatment, or (treatment, certainty) with a
        certainty above 0 to 1: ``{"surely ketamine": ("ketamine", 1), "rather ketamine":
        ("ketamine", 0.5)}``. An answer that is a treatment's own name guesses it and need not
        be listed.
    sides
        With more than two arms, arm → which of two treatments it is.
    second
        The column of the guess that those who did not know were then asked to make (ancillary
        data); it counts for them in Bang's index only.
    second_certainty
        The certainty of that second guess, above 0 to 1; 0.25 as Bang et al.
    count
        For a table of counts: the column of how many subjects a row stands for.
    ci
        "score" (the default: score intervals of Bang's index and the logit interval of James',
        which keep their level in small arms) or "wald" (as published, and as R package BI).
    conf_level
        Confidence level, 0 to 1; 0.90 gives the ends of the one-sided 95 % intervals that Bang
        et al. print.

    Returns
    -------
    BlindingResult
        `table` of the indices, `answers` of who answered what.

    Raises
    ------
    ArgumentError
        A column that does not exist, one arm, more than two without `sides`, `dont_know` not
        written, an answer whose meaning is not declared.
    ContractError
        Several rows of a subject.
    EstimationError
        Nobody answered.

    Notes
    -----
    Missing values: who did not answer is not counted as "don't know", and stands in n_missing.
    Sources: Bang, Ni and Davis (2004) Control Clin Trials 25:143; James et al. (1996) Stat Med
    15:1421; score interval: Tango (1998) Stat Med 17:891, here for any certainties.
    Checked against: tests/oracle/blinding.csv (R 4.2.2: the published formulas in base R, with
    numerical derivatives beside them), relative 1e-9, and the tables that Bang et al. (2004),
    Houweling et al. (2014) and the R package BI print. Coverage: docs/blinding.md.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> table = {"ARM": ["drug"] * 3 + ["placebo"] * 3, "N": [82, 25, 170, 27, 29, 83],
    ...          "GUESS": ["drug", "placebo", "don't know"] * 2}
    >>> blind = ka.estimate_blinding(table, "GUESS", "ARM", dont_know="don't know", count="N")
    >>> blind.table["estimate"].round(3).to_list()
    [0.206, 0.014, 0.748]
    """
    check_conf_level(conf_level)
    check_one_of("ci", ci, tuple(INTERVALS))
    columns = names_given("guess", guess, "a column")
    read = {
        name: read_guesses(
            data,
            name,
            arm,
            answers=answers,
            dont_know=dont_know,
            sides=sides,
            second=second,
            second_certainty=second_certainty,
            count=count,
        )
        for name in columns
    }
    first = read[columns[0]]
    table = [row for name, one in read.items() for row in _indices(name, one, ci, conf_level)]
    if not any(row["n"] for row in table):
        raise EstimationError("Nobody answered, so there is no index to estimate.")
    return BlindingResult(
        table=pl.DataFrame(table, schema=SCHEMA),
        title=f"Blinding by {', '.join(columns)}",
        audit=_audit(read),
        notes=(
            *_meanings(first, second, second_certainty),
            READ,
            READ_JAMES,
            *_methods(ci, conf_level),
        ),
        warnings=(*_not_answered(read), AFTER),
        conf_level=conf_level,
        simulated=first.simulated,
        from_pandas=first.from_pandas,
        answers=pl.DataFrame(
            [row for name, one in read.items() for row in _answers(name, one)], schema=ANSWERS
        ),
        arms=first.arms,
        guesses=columns,
    )


def _indices(name: str, read: Guesses, ci: str, conf_level: float) -> Iterator[dict[str, Any]]:
    answered = read.rows.filter(pl.col("answer").is_not_null())
    for arm in read.arms:
        own = answered.filter(pl.col("arm") == arm)
        worth = own.group_by("worth").agg(pl.col("count").sum()).sort("worth")
        scale = _scale(read, own["own"][0] if own.height else None, worth["worth"].to_list())
        n_at = dict(worth.iter_rows())
        counts = np.array([float(n_at.get(value, 0)) for value in scale])
        found = bang_index(np.array(scale), counts, INTERVALS[ci][0], conf_level)
        where = {"guess": name, "measure": BANG, "group": arm}
        yield where | _counted(own, read.rows.filter(pl.col("arm") == arm)) | _numbers(found)
    found = james_index(_by_sides(answered, read), INTERVALS[ci][1], conf_level)
    where = {"guess": name, "measure": JAMES, "group": ALL}
    yield where | _counted(answered, read.rows) | _numbers(found)


def _scale(read: Guesses, own: str | None, seen: Sequence[float]) -> list[float]:
    """Return every worth that an answer can have in the arm, whether somebody gave it or not."""
    possible = {
        certainty if guessed == own else -certainty
        for _, guessed, certainty in read.meaning.iter_rows()
    }
    return sorted({*possible, *seen})


def _by_sides(answered: pl.DataFrame, read: Guesses) -> Any:
    """Return guesses (two sides and "don't know") by the side as treated, shape (3, 2)."""
    sides = list(dict.fromkeys(read.sides))
    counts = np.zeros((3, 2))
    for guessed, own, count in answered.select("guessed", "own", "count").iter_rows():
        counts[2 if guessed is None else sides.index(guessed), sides.index(own)] += count
    return counts


def _counted(answered: pl.DataFrame, everybody: pl.DataFrame) -> dict[str, int]:
    is_unsure = pl.col("guessed").is_null()
    is_right = pl.col("guessed") == pl.col("own")
    total = pl.col("count").sum()

    def among(*holds: pl.Expr) -> int:
        return int(answered.filter(*holds).select(total).item())

    n = among()
    return {
        "n": n,
        "n_missing": int(everybody["count"].sum()) - n,
        "n_right": among(is_right),
        "n_wrong": among(~is_unsure, ~is_right),
        "n_unsure": among(is_unsure),
    }


def _numbers(found: Index) -> dict[str, Any]:
    numbers = {
        name: getattr(found, name)
        for name in ("estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value")
    }
    known = {name: None if np.isnan(value) else value for name, value in numbers.items()}
    return known | {"method": found.method, "note": found.reason}


def _answers(name: str, read: Guesses) -> Iterator[dict[str, Any]]:
    answered = read.rows.filter(pl.col("answer").is_not_null())
    for arm in read.arms:
        own = answered.filter(pl.col("arm") == arm)
        n = int(own["count"].sum())
        for answer, guessed, certainty in read.meaning.iter_rows():
            k = int(own.filter(pl.col("answer") == answer)["count"].sum())
            yield {
                "guess": name,
                "group": arm,
                "answer": answer,
                "guessed": guessed,
                "certainty": certainty,
                "count": k,
                "n": n,
                "estimate": k / n if n else None,
            }


def _audit(read: Mapping[str, Guesses]) -> pl.DataFrame:
    rows = []
    for name, one in read.items():
        is_in = pl.col("answer").is_not_null()
        rows.append(("included", f"answered {name}", int(one.rows.filter(is_in)["count"].sum())))
        lacking = int(one.rows.filter(~is_in)["count"].sum())
        rows += [("excluded", f"no answer to {name}", lacking)] if lacking else []
    first = next(iter(read.values()))
    rows += [("excluded", reason, n) for reason, n in first.set_aside]
    schema = {"status": pl.String, "reason": pl.String, "count": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _meanings(read: Guesses, second: str | None, certainty: float) -> Iterator[str]:
    named = [
        f"{answer!r} {'is no guess' if guessed is None else f'guesses {guessed}'}"
        + (f" with certainty {sure:g}" if 0 < sure < 1 else "")
        for answer, guessed, sure in read.meaning.iter_rows()
        if answer != guessed or sure != 1
    ]
    if named:
        yield f"Answers: {'; '.join(named)}."
    if len(read.arms) > 2:
        pairs = ", ".join(
            f"{arm} is {side}" for arm, side in zip(read.arms, read.sides, strict=True)
        )
        yield f"Treatments that a guess can name: {pairs}."
    if second:
        yield (
            f"Those who did not know were asked again ({second}); that guess counts with certainty "
            f"{certainty:g} in Bang's index."
        )


def _methods(ci: str, conf_level: float) -> Iterator[str]:
    how = "Bang's index by score (Tango's), James' by logit" if ci == "score" else "Wald"
    yield (
        f"{conf_level * 100:g} % intervals, two-sided: {how}. The p values test chance (Bang's 0, "
        "James' 0.5)."
    )


def _not_answered(read: Mapping[str, Guesses]) -> Iterator[str]:
    for name, one in read.items():
        lacking = int(one.rows.filter(pl.col("answer").is_null())["count"].sum())
        total = int(one.rows["count"].sum())
        if lacking:
            yield (
                f"{lacking} of {total} subjects did not answer {name}; they are not among those "
                "who do not know."
            )
