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


def test_no_shift_of_a_rule_is_the_rate_of_imputed_scores() -> None:
    fifth = ka.Response(at_least=0.2)
    row = tipped(rule=fifth).table.row(0, named=True)
    rates = ka.estimate_response(
        wide(), "MADRS", fifth, by="TRT01P", missing="mi", visits=["21"], imputation=HOW
    )
    plain = rates.contrasts.row(0, named=True)
    assert (row["measure"], plain["measure"]) == ("risk difference", "risk difference")
    for name in ("estimate", "conf_low", "conf_high", "p_value"):
        assert row[name] == pytest.approx(plain[name], rel=1e-10)


def test_a_share_falls_with_the_shift_until_nobody_imputed_responds() -> None:
    result = tipped(rule=ka.Response(at_least=0.2), shifts=[0, 5, 10, 40, 90])
    found = result.table["estimate"].to_list()
    assert found == sorted(found, reverse=True)
    assert found[-1] == found[-2]  # 40 points more, and none of them responds
    assert result.notes[0] == (
        "Response is an improvement in MADRS of at least 20 % from baseline."
    )
    assert "percentage points" in result.summary()
    assert result.plot().axes[0].get_ylabel().endswith("percentage points")
    assert result.title == ("Tipping point of response on MADRS at 21, imputed scores of k shifted")


def test_what_is_refused() -> None:
    for options, said in (
        ({"shifts": []}, "shifts must name at least one shift, in points."),
        ({"shifted_arm": "q"}, "shifted_arm must be one of 'p', 'k', not 'q'."),
    ):
        with pytest.raises(ka.ArgumentError) as refused:
            tipped(**options)
        assert str(refused.value) == said
