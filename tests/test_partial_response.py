"""Partial response as a value: an upper bound beside the lower, and why none stands alone."""

from __future__ import annotations

from typing import Any

import pytest

from ketanalysis.definitions import Response
from ketanalysis.errors import ArgumentError


def test_the_sentence_of_a_protocol() -> None:
    assert Response(at_least=0.25, below=0.5).sentence("MADRS") == (
        "Partial response is an improvement in MADRS of at least 25 % and less than 50 % from "
        "baseline."
    )
    assert Response(above=0.2, at_most=0.5, from_floor=True).sentence("STAIS") == (
        "Partial response is an improvement in STAIS of more than 20 % and at most 50 % from "
        "baseline, measured from the scale's lowest score."
    )
    assert repr(Response(at_least=0.25, below=0.5)) == "Response(at_least=0.25, below=0.5)"
    assert Response(at_least=0.25, below=0.5).ceiling == ("below", 0.5)
    assert Response(at_least=0.5).ceiling is None


REFUSED: list[tuple[Any, str]] = [
    (
        lambda: Response(below=0.25),
        "Response(below=...) alone would be non-response, and a missing score that counts as "
        "failure would then count as a good outcome. Estimate the levels instead: "
        "estimate_response_levels(..., levels=(0.25, 0.5)).",
    ),
    (
        lambda: Response(at_least=0.5, below=0.25),
        "Response(below=0.25) must be above its lower bound, at_least=0.5.",
    ),
    (
        lambda: Response(at_least=0.5, at_most=0.5),
        "Response(at_most=0.5) must be above its lower bound, at_least=0.5.",
    ),
    (
        lambda: Response(at_least=0.25, below=0.5, at_most=0.5),
        "Response needs exactly one of below=, at_most=, not below=, at_most=: the comparator is "
        "never implied.",
    ),
    (
        lambda: Response(at_least=0.25, below=50),
        "Response(below=...) must be a share between 0 and 1 (0.5 is 50 %), not 50.0.",
    ),
]


@pytest.mark.parametrize("make, message", REFUSED, ids=range(len(REFUSED)))
def test_a_refusal_says_what_must_be_and_what_was_given(make: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        make()
    assert str(refusal.value) == message
