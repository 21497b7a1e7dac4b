"""Beat the Blues (Proudfoot et al. 2003): response at months and at the end, against R."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.definitions import Response
from ketanalysis.rates.end_response import estimate_end_response
from ketanalysis.rates.responder_curve import estimate_responder_curve
from ketanalysis.rates.response import estimate_response
from tests.shared import DATA, is_close, reference, reference_value, requires_shared

pytestmark = requires_shared

SET, NAME = "btheb", "response_50pct_at_each_month"
HALF = Response(at_least=0.5)
MONTHS = ["2m", "3m", "5m", "8m"]


@cache
def trial() -> ka.Trial:
    return ka.as_trial(
        ka.read_table(DATA / "btheb_wide.csv"),
        subject="subject",
        arm="treatment",
        arms=["TAU", "BtheB"],
        wide={"BDI2": "bdi_{visit}"},
        visits=["pre", *MONTHS],
        baseline_visit="pre",
    )


def estimated(name: str) -> Any:
    options: dict[str, Any] = {"by": "TRT01P", "difference": ["miettinen-nurminen", "newcombe"]}
    month, _, handling = name.partition("_")
    if handling.startswith("locf"):
        missing = "nri" if handling.endswith("nri") else "observed"
        return estimate_end_response(
            trial(), "BDI2", HALF, end="last observed", visits=MONTHS, missing=missing, **options
        )
    return estimate_response(
        trial(), "BDI2", HALF, visits=f"{month[1:]}m", missing=handling, **options
    )


@pytest.mark.parametrize(
    "name",
    ["m2_observed", "m2_nri", "m8_observed", "m8_nri", "m8_locf_postbaseline", "m8_locf_then_nri"],
)
def test_counts_and_differences(name: str) -> None:
    theirs = reference_value(SET, NAME)[name]
    tolerance = reference()["results"][SET][NAME]["rtol"]
    result = estimated(name)
    control, treated = result.table.select("count", "n").rows()
    counts = theirs["counts"]
    assert treated == (counts["x1"], counts["n1"])
    assert control == (counts["x2"], counts["n2"])
    found = result.contrasts.filter(pl.col("measure") == "risk difference").to_dicts()
    ends = ("rd_miettinen_nurminen", "rd_newcombe_hybrid_score")
    for ours, key in zip(found, ends, strict=True):
        assert is_close(ours["estimate"], theirs["rd"], rtol=tolerance)
        assert is_close(ours["conf_low"], theirs[key][0], rtol=tolerance)
        assert is_close(ours["conf_high"], theirs[key][1], rtol=tolerance)


@pytest.mark.parametrize("handling", ["observed", "nri"])
def test_the_curve_passes_through_the_response_rates(handling: str) -> None:
    counts = reference_value(SET, NAME)[f"m8_{handling}"]["counts"]
    curve = estimate_responder_curve(trial(), "BDI2", "TRT01P", visit="8m", missing=handling)
    control, treated = curve.table.filter(pl.col("threshold") == 0.5).select("count", "n").rows()
    assert treated == (counts["x1"], counts["n1"])
    assert control == (counts["x2"], counts["n2"])
