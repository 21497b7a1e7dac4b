"""Small results of models whose figures are effects, made from fixed numbers."""

from __future__ import annotations

import polars as pl

from ketanalysis.acute_effects.mediation import estimate_mediation
from ketanalysis.acute_effects.moderation import estimate_moderation
from ketanalysis.blinding.by_guess import estimate_effect_by_guess
from ketanalysis.crossover.crossover import compare_crossover
from ketanalysis.prediction.logistic import fit_logistic
from ketanalysis.prediction.validation import validate_model
from ketanalysis.results import Result
from tests.figures.made_prediction import sheet


def every_kind(arms: tuple[str, ...]) -> dict[str, Result]:
    """Return the results by name; scores and columns are called as the first two arms."""
    first, second = arms[:2]
    both = f"{first} {second}"
    has_event = pl.int_range(pl.len()) * 5 % 7 > 3  # so that neither score separates
    frame = sheet().with_columns(y=has_event.cast(pl.Int64)).rename({"ANX": first, "AGE": second})
    fit = fit_logistic(frame, outcome="y", predictors=[first, second])
    people = pl.DataFrame(
        [
            {"ARM": (first, second)[i % 2], both: float(i * 7 % 11 + i % 2 * 5)}
            | {"MADRS": 20.0 + i * 5 % 9 - i % 2 * 4 + (i * 7 % 11) / 3}
            for i in range(24)
        ],
        schema_overrides={"ARM": pl.Enum([first, second])},
    )
    shared = {"outcome": "MADRS", "arm": "ARM"}
    return {
        "forest of odds ratios": fit,
        "forest of mediation": estimate_mediation(
            people, mediator=both, resamples=199, seed=1, mediator_hours=4, outcome_hours=24,
            **shared,
        ),
        "forest of moderation": estimate_moderation(people, moderator=both, at=[2, 8], **shared),
        "forest of guesses": guesses(first, second),
        "crossover": crossover(first, second),
        "optimism": validate_model(
            fit_logistic(
                frame.rename({"y": both}), outcome=both, predictors=[first, second]
            ),
            "leave-one-out",
        ),
    }  # fmt: skip


def guesses(first: str, second: str) -> Result:
    """Return the effect within guesses; nobody of one arm guessed its own treatment."""
    rows = []
    for i in range(24):
        arm = (first, second)[i % 2]
        guess = second if arm == second and i % 3 else "?" if i % 5 == 0 else first
        row = {"USUBJID": f"{i:02d}", "TRT01P": arm, "PARAMCD": "MADRS", "GUESS": guess}
        rows.append(row | {"AVISIT": "Baseline", "ABLFL": "Y", "AVAL": 30.0 + i % 4})
        rows.append(row | {"AVISIT": "Day 7", "ABLFL": None, "AVAL": 20.0 - i * 7 % 9})
    types = {"AVISIT": pl.Enum(["Baseline", "Day 7"]), "TRT01P": pl.Enum([first, second])}
    frame = pl.DataFrame(rows, schema_overrides={**types, "ABLFL": pl.String})
    sides = {first: first, second: second}
    return estimate_effect_by_guess(
        frame, "MADRS", "GUESS", visit="Day 7", dont_know="?", sides=sides
    )


def crossover(first: str, second: str) -> Result:
    """Return eight subjects, half of them in either order of two treatments."""
    orders = {"AB": (first, second), "BA": (second, first)}
    rows = [
        {"USUBJID": str(i), "TRTSEQP": name, "APERIOD": k + 1}
        | {"MADRS": 30.0 + i * 3 % 5 - 6 * (given == second) + k}
        for i in range(8)
        for name in (("AB", "BA")[i % 2],)
        for k, given in enumerate(orders[name])
    ]
    return compare_crossover(
        pl.DataFrame(rows), "MADRS", reference=first, sequences=orders, method="t"
    )
