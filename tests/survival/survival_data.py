"""Ready rows for the tests of survival, and what a refusal of them says."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.survival.estimates import estimate_survival

ARMS = pl.Enum(["KET", "PBO"])


def adtte() -> pl.DataFrame:
    """Eight subjects of two arms; one did not enter, one has no time."""
    return pl.DataFrame(
        {
            "USUBJID": [f"S{i}" for i in range(1, 9)],
            "PARAMCD": "RELAPSE",
            "TRT01P": ["PBO", "KET", "PBO", "KET", "PBO", "KET", None, "KET"],
            "AVAL": [4.0, 9.0, 6.0, 14.0, 11.0, 20.0, None, None],
            "CNSR": [0, 0, 0, 2, 1, 0, None, 1],
            "CNSDTDSC": [None, None, None, "left the study", "study end", None, None, None],
            "entered": [True, True, True, True, True, True, False, True],
            "reason": [None, None, None, None, None, None, "no response", None],
        },
        schema_overrides={"TRT01P": ARMS},
    )


def random_frame(n: int = 60) -> pl.DataFrame:
    """A fixed larger frame with ties, strata and covariates."""
    i = np.arange(1, n + 1)
    return pl.DataFrame(
        {
            "USUBJID": [f"S{k:03d}" for k in i],
            "AVAL": ((i * 37) % 29 + 1).astype(float),
            "CNSR": ((i * 11) % 7 < 2).astype(int),
            "TRT01P": np.where((i * 5) % 3 == 0, "PBO", "KET"),
            "SITEID": (i * 7) % 4,
            "RESP": np.where(i % 2, "Y", "N"),
            "KNOWN": (i % 9).astype(float),
        }
    ).with_columns(pl.col("TRT01P").cast(ARMS))


def message(*arguments: object, **options: object) -> str:
    """The text of the refusal of `estimate_survival`."""
    with pytest.raises((ArgumentError, ContractError, EstimationError)) as caught:
        estimate_survival(*arguments, **options)
    return str(caught.value)
