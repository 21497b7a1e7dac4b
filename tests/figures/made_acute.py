"""Small results of blinding and acute effects, made from fixed numbers, for their figures."""

from __future__ import annotations

import polars as pl

from ketanalysis.acute_effects.acute_effects import AcuteEffectsResult, estimate_acute_effects
from ketanalysis.blinding.blinding import BlindingResult, estimate_blinding
from ketanalysis.crossover.dose_response import DoseResponseResult, estimate_dose_response

ARMS = ("placebo", "ketamine")


def blinding(arms: tuple[str, ...] = ARMS) -> BlindingResult:
    """Return the guesses of two parties; all arms but the first are on one side."""
    answers = ["control", "drug", "drug", "unsure", "drug", "control", None]
    rows = [
        {"ARM": arm, "Patient": answers[(i + a) % 6], "Rater": answers[(i * 3 + a) % 7]}
        for a, arm in enumerate(arms)
        for i in range(12)
    ]
    frame = pl.DataFrame(rows, schema_overrides={"ARM": pl.Enum(arms)})
    sides = {arm: "drug" if a else "control" for a, arm in enumerate(arms)}
    return estimate_blinding(frame, ["Patient", "Rater"], "ARM", dont_know="unsure", sides=sides)


def acute_effects(arms: tuple[str, ...] = ARMS, n: int = 6) -> AcuteEffectsResult:
    """Return n subjects an arm at two infusions, rated before, at 40 minutes and at 2 hours."""
    rows = [
        {"USUBJID": f"{a}-{i}", "TRT01P": arm, "EXSEQ": k, "ARRLT": at}
        | {"AVAL": float((i * 7 + k) % 3 + (at == 0.7) * (4 + 9 * a - 2 * k + i % 4))}
        for a, arm in enumerate(arms)
        for i in range(n)
        for k in (1, 2)
        for at in (-0.5, 0.7, 2.0)
    ]
    frame = pl.DataFrame(rows, schema_overrides={"TRT01P": pl.Enum(arms)})
    points = {"before": (-60, 0), "40 min": (20, 60), "2 h": (90, 150)}
    return estimate_acute_effects(
        frame, "CADSS", "TRT01P", pre_within=60, points=points, flag="published", covariance="cs"
    )


def dose_response(names: tuple[str, ...] = ARMS) -> DoseResponseResult:
    """Return six subjects at four doses; score and dose are called as the first two names."""
    rows = [
        {
            "USUBJID": str(i),
            names[1]: dose,
            names[0]: 60.0 - 20 * dose + i * 7 % 5 + i * (k + 1) % 3,
        }
        for i in range(6)
        for k, dose in enumerate((0.0, 0.25, 0.5, 1.0))
    ]
    return estimate_dose_response(
        pl.DataFrame(rows), names[0], names[1], reference=0, adjust="none"
    )
