"""Two groups of data sets that come with R: tests and effect sizes as R gives them."""

from __future__ import annotations

import csv
from functools import cache

import polars as pl
import pytest

from ketanalysis.groups.dominance import cliffs_delta, superiority
from ketanalysis.groups.mann_whitney import mann_whitney
from ketanalysis.groups.permutation import permutation
from ketanalysis.groups.two_samples import hedges_g, student, welch
from tests.shared import ORACLE

COLUMNS = (("difference", "estimate"), ("std_error",) * 2, ("conf_low", "low"))
COLUMNS += (("conf_high", "high"), ("statistic",) * 2, ("p_value", "p"))
CALLS = {
    "welch": welch,
    "student": student,
    "mann-whitney-exact": lambda a, b: mann_whitney(a, b, "exact"),
    "mann-whitney": mann_whitney,
    "permutation": permutation,
    "hedges-g": hedges_g,
    "cliffs-delta": cliffs_delta,
    "superiority": superiority,
}


@cache
def oracle() -> list[dict[str, str]]:
    with (ORACLE / "classics.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["what"] in CALLS]


@cache
def groups(name: str) -> tuple[list[float | None], list[float | None]]:
    """Return the two groups; ozone lacks 5 of 31 days in each month, which are left out."""
    rows = pl.read_csv(
        ORACLE / "classics_groups.csv", null_values=[""], infer_schema_length=None
    ).filter(set=name)
    kept = [rows.filter(side=side)["value"].cast(pl.Float64).to_list() for side in "ab"]
    return kept[0], kept[1]


@pytest.mark.parametrize("row", oracle(), ids=lambda row: f"{row['set']}-{row['what']}")
def test_tests_and_effect_sizes_are_those_of_r(row):
    what = row["what"]
    a, b = ([x if x is not None else float("nan") for x in own] for own in groups(row["set"]))
    found = CALLS[what](a, b)
    # Closed formulas and counts, R wrote 15 digits; effectsize finds the ends of the interval of g
    # by minimising, to some 1e-6, and asks for the exact p values' splits as we do.
    columns = COLUMNS if what in ("welch", "student") else ()
    columns = (("p_value", "p"),) if row["p"] and not columns else columns
    if not row["p"]:
        columns = (("estimate",) * 2,)
    for ours, theirs in columns:
        assert getattr(found, ours) == pytest.approx(float(row[theirs]), rel=1e-9), ours
    if what == "hedges-g":
        assert found.conf_low == pytest.approx(float(row["low"]), rel=1e-5, abs=1e-6)
        assert found.conf_high == pytest.approx(float(row["high"]), rel=1e-5, abs=1e-6)


def test_every_method_has_six_data_sets():
    assert len(oracle()) == 6 * len(CALLS)
