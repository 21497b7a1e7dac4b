"""The face of the further outcomes: their columns are explained, and every format has them."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.glossary import GLOSSARY

HALF = ka.Response(at_least=0.5)
PHASE = ["4 h", "24 h", "Day 7", "Day 14"]
FRAMES = ("table", "contrasts", "audit", "cells", "steps", "areas", "medians", "tte")


def made(data: Any, by: str | None) -> dict[str, Any]:
    sustained = ka.Sustained(HALF, visits=2, of=3, excursions=1, missed=1)
    reliable = ka.ReliableChange(reliability=0.85, sd=6, source="an example")
    meaningful = ka.MeaningfulChange(at_least=6, unit="points", source="an example")
    infused: dict[str, Any] = {"within": (0, 96), "take": "last"}
    pooled = {} if by else {"allow": "an example"}
    both = ["nri", "observed"]
    return {
        "ever": ka.estimate_ever_response(data, "MADRS", HALF, by, visits=PHASE, missing=both),
        "end": ka.estimate_end_response(
            data, "MADRS", HALF, by, end="last observed", visits=PHASE, missing=both
        ),
        "sustained": ka.estimate_sustained(
            data, "MADRS", sustained, by, visits=PHASE, missing=both
        ),
        "levels": ka.estimate_response_levels(
            data, "MADRS", by, levels=(0.25, 0.5), visits=PHASE, missing=both
        ),
        "curve": ka.estimate_responder_curve(data, "MADRS", by, visit="Day 14", missing=both),
        "conditional": ka.estimate_conditional_response(
            data,
            "MADRS",
            HALF,
            by,
            at="Day 14",
            given=HALF,
            given_at="24 h",
            missing=both,
            **pooled,
        ),
        "meaningful": ka.estimate_meaningful_change(
            data, "MADRS", meaningful, by, visits=PHASE, missing=both
        ),
        "reliable": ka.estimate_reliable_change(
            data, "MADRS", reliable, by, visits=PHASE, missing=both
        ),
        "infusions": ka.estimate_response_by_infusion(
            data, "MADRS", HALF, by, missing="nri", **infused
        ),
        "until": ka.estimate_infusions_to_response(data, "MADRS", HALF, by, **infused),
        "cumulative": ka.estimate_cumulative_response(data, "MADRS", HALF, by, times=[1, 7, 14]),
    }


@pytest.fixture(scope="module", params=["TRT01P", None])
def results(request: pytest.FixtureRequest) -> dict[str, Any]:
    return made(ka.load_example("ketamine"), request.param)


def test_result_columns_are_in_the_glossary(results: dict[str, Any]) -> None:
    for name, result in results.items():
        for frame in FRAMES:
            for column in getattr(getattr(result, frame, None), "columns", ()):
                assert column.isupper() or column in GLOSSARY, f"{name}.{frame}: {column}"


def test_no_number_is_infinite_or_nan(results: dict[str, Any]) -> None:
    for name, result in results.items():
        for frame in ("table", "cells", "steps", "areas"):
            held = getattr(result, frame, pl.DataFrame())
            for column in held.select(pl.selectors.float()).iter_columns():
                assert column.drop_nulls().is_finite().all(), f"{name}.{frame}: {column.name}"


def test_the_face_of_every_result(results: dict[str, Any]) -> None:
    for name, result in results.items():
        assert result.summary().startswith(result.title), name
        assert str(result) == repr(result) == result.summary(), name
        assert result._repr_html_().startswith("<table"), name
        assert result._repr_markdown_().startswith("**"), name
        assert result.tidy().equals(result.table), name
        assert ka.glance(result).height == 1, name
        assert "Simulated data." in result.summary(), name
        for style in ("plain", "apa", "jama"):
            assert "simulated" in result.text(style), name
            assert "None" not in result.text(style), name
            assert "nan" not in result.text(style), name


def test_every_outcome_but_one_has_a_figure(results: dict[str, Any]) -> None:
    """Of one arm; tests/figures has those of several."""
    if results["ever"].by:
        return
    for name, result in results.items():
        if name == "conditional":
            with pytest.raises(ka.ArgumentError, match=r"^There is no figure for results"):
                result.plot()
            continue
        figure = result.plot(width="one")
        assert figure.ketanalysis_caption.endswith("simulated data."), name


def test_a_wide_frame_of_one_arm() -> None:
    """31 patients, one arm, one row each: no contrasts anywhere, and the same face."""
    number = pl.Series(range(31))
    wide = pl.DataFrame(
        {
            "id": [f"{i:02}" for i in number],
            "madrs_0h": 28 + number % 9,
            "madrs_24h": 14 + number % 13,
            "madrs_d14": [12 if i < 17 else None if i > 27 else 25 for i in number],
        }
    )
    trial = ka.as_trial(
        wide,
        subject="id",
        wide={"MADRS": "madrs_{visit}"},
        visits={"0h": 0, "24h": 24, "d14": 336},
        baseline_visit="0h",
    )
    visits = ["24h", "d14"]
    end = ka.estimate_end_response(
        trial, "MADRS", HALF, end="last scheduled", visits=visits, missing="nri"
    )
    assert end.inline() == "17/31 (55 %; 95 % CI 38 to 71)"
    ever = ka.estimate_ever_response(trial, "MADRS", HALF, visits=visits, missing="nri")
    assert ever.table["count"].item() >= 17
    found = ka.estimate_conditional_response(
        trial, "MADRS", HALF, at="d14", given=HALF, given_at="24h", missing="observed"
    )
    assert found.cells["n"].sum() == 28
    curve = ka.estimate_responder_curve(trial, "MADRS", visit="d14", missing="nri")
    assert curve.areas.height == 1
    shares = ka.estimate_cumulative_response(trial, "MADRS", HALF, times=[1, 14])
    assert shares.table.height == 2
    for result in (end, ever, found, curve, shares):
        assert "All" in result.text() or "All subjects" in result.summary()
