"""What refusals say: the words are part of the product."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    EstimationError,
    KetanalysisError,
    alike,
    check_conf_level,
    check_one_of,
    listed,
    near_miss,
)


def test_all_refusals_are_value_errors_of_one_family() -> None:
    for kind in (ContractError, ArgumentError, EstimationError):
        assert issubclass(kind, KetanalysisError)
        assert issubclass(kind, ValueError)


def test_a_near_miss_gets_a_hint_whatever_its_case() -> None:
    assert near_miss("trt1p", ["USUBJID", "TRT01P"]) == " Did you mean TRT01P?"
    assert near_miss("zzz", ["USUBJID", "TRT01P"]) == ""


def test_long_lists_say_how_many_more() -> None:
    assert listed(range(3)) == "0, 1, 2"
    assert listed(range(12), 10) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"


def test_one_of_names_all_that_is_allowed() -> None:
    check_one_of("ci", "wilson", ("wilson", "wald"))
    with pytest.raises(ArgumentError) as refused:
        check_one_of("ci", "Wilsson", ("wilson", "wald"))
    assert str(refused.value) == (
        "ci must be one of 'wilson', 'wald', not 'Wilsson'. Did you mean wilson?"
    )


@pytest.mark.parametrize("level", [0, 1, 95, -0.1])
def test_a_confidence_level_is_a_share(level: float) -> None:
    with pytest.raises(ArgumentError) as refused:
        check_conf_level(level)
    assert str(refused.value) == (
        f"conf_level must be between 0 and 1 (0.95 is 95 %), not {level!r}."
    )


@pytest.mark.parametrize("level", ["0.95", None, True, Decimal("0.95"), [0.95]])
def test_a_confidence_level_is_a_number(level: object) -> None:
    with pytest.raises(ArgumentError) as refused:
        check_conf_level(level)  # type: ignore[arg-type]
    assert str(refused.value) == (
        f"conf_level must be a number (int or float) between 0 and 1 (0.95 is 95 %), not {level!r}."
    )
    check_conf_level(np.float32(0.9))  # type: ignore[arg-type]


def test_texts_that_differ_in_case_or_spaces_only() -> None:
    assert alike(["Y", "N", "y", "Y ", "Y", None, 1]) == ["Y", "y", "Y "]
    assert alike(["Y", "N"]) == []
