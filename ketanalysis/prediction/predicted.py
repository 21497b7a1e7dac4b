"""Predicted probabilities beside the outcome: from a fitted model, or from a column of a frame."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.prediction.logistic_result import LogisticResult
from ketanalysis.prediction.subjects import Asked, subjects_of

Floats = NDArray[np.float64]
OWN = (
    "Apparent: the model is tried in the subjects it was fitted to, where it is too well "
    "calibrated (by maximum likelihood its slope is 1 and its intercept 0 by construction). See "
    "validate_model."
)


class Predicted(NamedTuple):
    """Outcome (n,) and probability (n,), in order; what a result needs besides."""

    y: Floats
    p: Floats
    outcome: str
    is_own: bool
    audit: pl.DataFrame
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    definition: Any
    simulated: bool
    from_pandas: bool


def predicted_of(data: Any, predicted: str | None, outcome: str | None, event: Any) -> Predicted:
    """Return outcome and probabilities of a fit, or of the columns of a frame."""
    if isinstance(data, LogisticResult):
        for name, given in (("predicted", predicted), ("outcome", outcome), ("event", event)):
            if given is not None:
                raise ArgumentError(f"{name}= is for a frame; a fitted model has its own.")
        y = data.event.astype(np.float64)
        warnings = (*data.warnings, OWN)
        shared = (data.definition, data.simulated, data.from_pandas)
        notes = data.notes[:-1]
        return Predicted(y, data.fitted, data.outcome, True, data.audit, notes, warnings, *shared)
    if predicted is None:
        raise ArgumentError(
            "predicted= must name the column of predicted probabilities (or give a result of "
            "fit_logistic)."
        )
    found = subjects_of(data, (predicted,), Asked(outcome, event))
    column = found.rows[predicted]
    if not column.dtype.is_numeric():
        raise ContractError(f"{predicted} must hold probabilities, not {column.dtype}.")
    p = column.cast(pl.Float64).to_numpy()
    if p.min() < 0 or p.max() > 1:
        raise ContractError(
            f"{predicted} must hold probabilities from 0 to 1; it goes from {p.min():g} to "
            f"{p.max():g}."
        )
    shared = (found.definition, found.simulated, found.from_pandas)
    return Predicted(
        found.y, p, found.outcome, False, found.audit, found.notes, found.warnings, *shared
    )
