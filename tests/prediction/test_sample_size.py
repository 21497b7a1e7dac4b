"""Subjects of a prediction model: the published example, a page by hand, refusals, sentences."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.prediction.sample_size import estimate_prediction_size


def test_the_published_example():
    """Quoted from Riley et al., not read again: 24 parameters, prevalence 0.174, R² 0.288: 662."""
    size = estimate_prediction_size(24, 0.174, cox_snell=0.288)
    assert size.table["n"].to_list() == [623, 662, 221]
    assert size.table["role"].to_list() == [None, "needed", None]
    assert size.table["events_per_parameter"][1] == pytest.approx(4.7995)


def test_a_page_by_hand():
    """Half respond: the largest R² is 1 - (1/2)^2 = 3/4; Nagelkerke 0.15 is 0.1125 of Cox-Snell."""
    size = estimate_prediction_size(2, 0.5, nagelkerke=0.15)
    assert size.cox_snell == pytest.approx(0.1125)
    first = 2 / (-0.1 * math.log(1 - 0.1125 / 0.9))  # 149.8
    second = 2 / (-0.25 * math.log(1 - 0.1125 / 0.75))  # S = 0.1125 / (0.1125 + 0.0375): 49.2
    assert size.table["n"].to_list() == [math.ceil(first), math.ceil(second), 385] == [150, 50, 385]
    assert size.text() == (
        "A prediction model of 2 coefficients needs 385 subjects, 193 of them with the outcome "
        "(overall risk). Expected: 50 % with the outcome, R² of Cox and Snell 0.112 (of at most "
        "0.750). Criteria: coefficients to be shrunk by no less than 0.9; Nagelkerke's R² too high "
        "by no more than 0.05; overall risk within 5 percentage points (Riley et al. 2020)."
    )
    assert size.text("apa") == size.text("jama") == size.text()
    assert size.inline("overall risk") == "385 subjects"
    assert "Overall risk (needed)" in str(size)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"n_parameters": 0}, "n_parameters must be a whole number from 1, not 0."),
    ({"prevalence": 1.0}, "prevalence must be a number between 0 and 1, not 1.0."),
    (
        {"cox_snell": None},
        "Give what the model is expected to explain as cox_snell= or as nagelkerke=; where nothing "
        "is known, Riley et al. take nagelkerke=0.15.",
    ),
    (
        {"cox_snell": 0.8},
        "cox_snell must be below 0.75, the most that can be explained at this prevalence, not 0.8.",
    ),
    (
        {"cox_snell": 0.5, "shrinkage": 0.5},
        "An R² of Cox and Snell of 0.5 is not below shrinkage=0.5: the criterion cannot be used.",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_cannot_be(changes, text):
    options: dict[str, Any] = {"n_parameters": 2, "prevalence": 0.5, "cox_snell": 0.1} | changes
    with pytest.raises(ArgumentError) as refusal:
        estimate_prediction_size(**options)
    assert str(refusal.value) == text
