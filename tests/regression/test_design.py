"""Model columns: numbers, categories in the order of their levels, what is refused."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.regression.design import design_of, independent


def test_categories_are_columns_without_the_first() -> None:
    size = pl.Enum(["small", "large", "unused"])
    made = design_of(
        pl.DataFrame(
            {
                "SITE": ["Chur", "Bern", "Chur", "Basel"],
                "SIZE": pl.Series(["large", "small", "small", "large"], dtype=size),
                "PRIOR": [True, False, True, True],
                "BASE": [30, 25, 41, 28],
            }
        )
    )
    assert made.terms == ("SITE: Bern", "SITE: Chur", "SIZE: large", "PRIOR: True", "BASE")
    assert made.columns.tolist() == [
        [0, 1, 1, 1, 30],
        [1, 0, 0, 0, 25],
        [0, 1, 0, 1, 41],
        [0, 0, 1, 1, 28],
    ]


def test_no_covariates_are_no_columns() -> None:
    made = design_of(pl.DataFrame({"a": [1, 2]}).select())
    assert made.columns.shape[1] == 0


def test_dates_are_refused() -> None:
    days = pl.DataFrame({"VISITDT": [datetime.date(2024, 1, 1)]})
    with pytest.raises(ArgumentError) as refusal:
        design_of(days)
    assert str(refusal.value) == (
        "A covariate must hold numbers, text, truth values or categories; VISITDT holds Date."
    )


def test_columns_that_follow_from_others() -> None:
    a, b = np.array([1.0, 2, 3, 5]), np.array([1.0, 0, 1, 0])
    columns = np.column_stack((a, np.full(4, 7.0), 2 * a + 3, b, a - b))
    assert independent(columns).tolist() == [True, False, False, True, False]
    # A small spread about a large mean, as dates have, is still a spread.
    assert independent(np.array([[20_000.0], [20_001], [20_003]])).tolist() == [True]
