"""Guesses without an answer: effects, indices and shares say why, and give no number by chance."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import EstimationError
from tests.by_accident import accidents

Row = tuple[str, str | None, float | None, float | None]  # arm, guess, baseline, score at the end


def subjects(n: int = 24, **changes: Any) -> list[Row]:
    made = {
        "arm": lambda i: "mk"[i % 2],
        "guess": lambda i: "mk?"[i % 3],
        "base": lambda i: 25.0 + (7 * i) % 13,
        "end": lambda i: 5.0 + (11 * i) % 23,
    } | changes
    return [(made["arm"](i), made["guess"](i), made["base"](i), made["end"](i)) for i in range(n)]


def by_guess(rows: list[Row]) -> Any:
    made = [
        (f"S{i}", arm, guess, visit, value, flag)
        for i, (arm, guess, base, end) in enumerate(rows)
        for visit, value, flag in (("base", base, "Y"), ("end", end, None))
    ]
    types = {"USUBJID": pl.String, "TRT01P": pl.Enum(["m", "k"]), "GUESS": pl.String}
    types |= {"AVISIT": pl.Enum(["base", "end"]), "AVAL": pl.Float64, "ABLFL": pl.String}
    data = pl.DataFrame(made, schema=types, orient="row")
    asked = {"visit": "end", "dont_know": "?", "response": ka.Response(at_least=0.5)}
    return ka.estimate_effect_by_guess(data, "MADRS", "GUESS", **asked)


ROWS = {
    "all zero": subjects(end=lambda i: 0.0),
    "all equal": subjects(end=lambda i: 7.0),
    "baselines too": subjects(base=lambda i: 30.0, end=lambda i: 7.0),
    "one subject a cell": subjects(6),
    "nobody guessed wrong": subjects(guess=lambda i: "mk"[i % 2]),
    "nobody knows": subjects(guess=lambda i: "?"),
    "all guess one": subjects(guess=lambda i: "m"),
    "the score is exact": subjects(base=lambda i: 30.0 + i, end=lambda i: 10.0 * (i % 2) + i),
    "an arm without scores": subjects(end=lambda i: 9.0 + i if i % 2 == 0 else None),
    "two subjects": subjects(2),
    "three subjects": subjects(3),
    "baselines of zero": subjects(base=lambda i: 0.0),
}


@pytest.mark.parametrize("name", ROWS)
def test_effects_by_guess_have_no_number_by_accident(name):
    assert accidents(by_guess(ROWS[name])) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("all zero", "not estimable: the model leaves no variation"),
        ("the score is exact", "not estimable: the model leaves no variation"),
        ("nobody guessed wrong", "not estimable: too few subjects in the cells"),
        ("nobody knows", "not estimable: too few subjects in the cells"),
        ("one subject a cell", "not estimable: too few subjects in the cells"),
    ],
)
def test_the_test_of_the_guesses_says_why_there_is_none(name, reason):
    found = by_guess(ROWS[name]).tests
    assert found.select("statistic", "p_value", "note").rows() == [(None, None, reason)]


def test_a_share_of_nobody_says_so():
    shares = by_guess(ROWS["nobody knows"]).responses.filter(pl.col("n") == 0)
    assert shares.height == 4
    said = "not estimable: nobody of the arm who guessed so can be judged"
    assert shares.select("estimate", "conf_low", "note").unique().rows() == [(None, None, said)]


def test_nobody_with_an_answer_is_refused():
    with pytest.raises(EstimationError):
        by_guess(subjects(guess=lambda i: None))


INDICES = {
    "nobody knows": ["?"] * 24,
    "all guess one": ["m"] * 24,
    "all right": ["m", "k"] * 12,
    "all wrong": ["k", "m"] * 12,
    "an arm without answers": ["m", None] * 12,
}


@pytest.mark.parametrize("name", INDICES)
def test_indices_have_no_standard_error_of_zero(name):
    rows = {
        "USUBJID": [f"S{i}" for i in range(24)],
        "TRT01P": pl.Series(["m", "k"] * 12, dtype=pl.Enum(["m", "k"])),
        "GUESS": INDICES[name],
    }
    found = ka.estimate_blinding(pl.DataFrame(rows), "GUESS", "TRT01P", dont_know="?")
    assert accidents(found) == []
    assert found.table["std_error"].null_count() >= 2
