"""Error rates of the tests of groups: the long run that is kept, and a few cells run again."""

from __future__ import annotations

import csv

import pytest

from tests.simulation.group_error_rates import TABLE, cells, run, verdict

# Cells that take a second: one of each kind of promise.
AGAIN = (
    ("brunner-munzel", "equal spread, 17 and 14"),
    ("permutation", "equal spread, 6 and 5"),
    ("interval of superiority (Newcombe)", "zero-heavy ratings, 17 and 14"),
    ("welch-anova", "smallest group three times the spread"),
    ("paired-t", "16 pairs"),
    ("sign", "16 pairs"),
)
NUMBERED = {(cell[0], cell[1]): (number, cell) for number, cell in enumerate(cells())}


def kept() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_long_run_kept_every_promise():
    rows = kept()
    assert [(row["test"], row["design"]) for row in rows] == list(NUMBERED)
    for row, cell in zip(rows, cells(), strict=True):
        rate = int(row["rejected"]) / int(row["trials"])
        assert (int(row["trials"]), row["promise"]) == (cell[-1], cell[4])
        assert float(row["rate"]) == pytest.approx(rate, abs=5.001e-5)  # written to 4 decimals
        assert row["verdict"] == verdict(rate, float(row["mc_error"]), row["promise"])
        assert row["verdict"] != "broken", f"{row['test']}, {row['design']}: {rate}"


@pytest.mark.parametrize("name", AGAIN, ids="; ".join)
def test_a_short_run_keeps_its_promise(name):
    number, cell = NUMBERED[name]
    row = run(cell, number, 400, seed=77)
    assert row["verdict"] == "kept", row


def test_the_simulation_can_tell_a_test_that_fails():
    """Analysis of variance with the smallest group three times as spread rejects far too often."""
    rates = {(row["test"], row["design"]): row for row in kept()}
    for test in ("anova", "tukey"):
        row = rates[test, "smallest group three times the spread"]
        assert verdict(float(row["rate"]), float(row["mc_error"]), "about") == "broken"


@pytest.mark.parametrize(
    ("rate", "promise", "expected"),
    [
        (0.050, "exactly", "kept"),
        (0.058, "exactly", "broken"),
        (0.042, "exactly", "broken"),
        (0.010, "at most", "kept"),
        (0.058, "at most", "broken"),
        (0.062, "about", "kept"),
        (0.075, "about", "broken"),
        (0.025, "about", "broken"),
        (0.500, "nothing", "not judged"),
    ],
)
def test_the_verdict(rate, promise, expected):
    assert verdict(rate, 0.0022, promise) == expected
