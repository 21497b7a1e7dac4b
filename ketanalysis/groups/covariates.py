"""The columns of a linear model from the columns of a frame: numbers, and categories as 0/1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from ketanalysis.groups.two_samples import Floats


class Design(NamedTuple):
    """Columns for the covariates.

    Attributes
    ----------
    columns
        Shape ``(n, m)``: a number as it is, a factor as 0/1 columns without its first level.
    names
        The covariate of each column, m of them.
    centres
        Where adjusted means stand, shape ``(m,)``: the mean of a number, and ``1 / L`` in the
        columns of a factor with L levels, which gives its levels equal weight.
    """

    columns: Floats
    names: list[str]
    centres: Floats


def design_of(subjects: pl.DataFrame, covariates: Sequence[str]) -> Design:
    """Return the design of covariates without missing values, in the order of rows."""
    parts, names, centres = [np.empty((subjects.height, 0))], [], []
    for name in covariates:
        column = subjects[name]
        if column.dtype.is_numeric():
            block = column.cast(pl.Float64).to_numpy()[:, np.newaxis]
            centres += [float(np.sort(block[:, 0]).mean()) if len(block) else 0.0]
        else:
            levels = column.unique().sort().to_list()
            indicators = [(column == level).to_numpy() for level in levels[1:]]
            block = np.column_stack(indicators or [np.ones(subjects.height)])
            centres += [1 / len(levels)] * len(indicators) or [1.0]
        parts.append(block.astype(np.float64))
        names += [name] * block.shape[1]
    return Design(np.hstack(parts), names, np.array(centres))


def terms_of(
    subjects: pl.DataFrame, covariates: Sequence[str], labels: Sequence[str] | None = None
) -> dict[str, str]:
    """Return how each covariate enters the model, under its own name or a label."""
    return {
        label: "a number" if subjects.schema[name].is_numeric() else "categories"
        for name, label in zip(covariates, labels or covariates, strict=True)
    }
