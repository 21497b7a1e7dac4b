"""Draws that are shared are the same draws: nothing but the time is another."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import ketanalysis as ka
from ketanalysis.imputation import imputed
from ketanalysis.imputation.shared_draws import sharing_draws


def estimates(seed: int = 3, scale: str = "MADRS") -> list[pl.DataFrame]:
    trial = ka.load_example("ketamine")
    settings = ka.Imputation("approximate-bayes", draws=5, seed=seed, reference="midazolam")
    given = {"by": "TRT01P", "visits": ["Day 14"], "missing": ["mi", "j2r"]}
    rules = (ka.Response(at_least=0.5), ka.Response(at_least=0.3))
    return [
        ka.estimate_response(trial, scale, rule, imputation=settings, **given).table
        for rule in rules
    ]


def test_shared_draws_give_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = estimates()
    made: list[int] = []
    draws = imputed._draws

    def counted(*given: object) -> object:
        made.append(1)
        return draws(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(imputed, "_draws", counted)
    with sharing_draws():
        shared = estimates()
        assert len(made) == 1
        other = estimates(seed=4)  # other settings, other draws
        assert len(made) == 2
    for one, two in zip(alone, shared, strict=True):
        assert_frame_equal(one, two)
    assert not other[0].equals(shared[0])
    estimates()
    assert len(made) == 4  # outside of it nothing is kept
