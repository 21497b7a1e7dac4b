"""The tipping point: linear in the shift, and the plain analysis at none."""

from __future__ import annotations

import numpy as np
import pytest

import ketanalysis as ka
from tests.imputation.test_change import wide

HOW = ka.Imputation("approximate-bayes", draws=6, seed=4)


def tipped(**options: object) -> ka.Result:
    settings: dict[str, object] = {
        "visit": "21", "shifts": [0, 5, 10, 40], "shifted_arm": "k", **options,
    }  # fmt: skip
    return ka.estimate_tipping_point(wide(), "MADRS", "TRT01P", HOW, **settings)  # type: ignore[arg-type]


def test_no_shift_is_the_plain_analysis() -> None:
    row = tipped().table.row(0, named=True)
    plain = ka.estimate_imputed_change(
        wide(), "MADRS", "TRT01P", HOW, strategy="mar", visits=["21"]
    ).table.row(0, named=True)
    for name in ("estimate", "std_error", "df", "p_value"):
        assert row[name] == pytest.approx(plain[name], rel=1e-10)


def test_the_estimate_is_linear_in_the_shift() -> None:
    found = tipped().table
    slope = np.diff(found["estimate"].to_numpy()) / np.diff(found["delta"].to_numpy())
    assert np.allclose(slope, slope[0], rtol=1e-9)
    assert slope[0] > 0


def test_the_first_shift_whose_interval_holds_no_difference() -> None:
    result = tipped()
    holds = [
        row["delta"] for row in result.table.to_dicts() if row["conf_low"] <= 0 <= row["conf_high"]
    ]
    assert result.tips["delta"].to_list() == [min(holds, default=None)]  # type: ignore[attr-defined]
    assert "tipping point" in result.text().lower()


def test_what_is_refused() -> None:
    for options, said in (
        ({"shifts": []}, "shifts must name at least one shift, in points."),
        ({"shifted_arm": "q"}, "shifted_arm must be one of 'p', 'k', not 'q'."),
    ):
        with pytest.raises(ka.ArgumentError) as refused:
            tipped(**options)
        assert str(refused.value) == said
