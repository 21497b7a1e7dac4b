"""The error rates of Welch and Mann-Whitney: a short run, and the long run that is kept."""

from __future__ import annotations

import csv

import pytest

from tests.simulation.type_one_error import (
    DESIGNS,
    OURS,
    SAME_P,
    SEED,
    TABLE,
    TRIALS,
    simulate,
    verdict,
)


def kept_table() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_short_run_keeps_every_promise():
    rows = simulate(2_000, seed=SEED + 1)
    assert len(rows) == len(DESIGNS) * len(OURS)
    assert [row for row in rows if row["verdict"] == "broken"] == []
    assert max(row["largest_difference"] for row in rows) <= SAME_P


def test_the_long_run_kept_every_promise():
    rows = kept_table()
    assert len(rows) == len(DESIGNS) * len(OURS)
    for row in rows:
        rate = int(row["rejected"]) / TRIALS
        assert float(row["rate"]) == pytest.approx(rate)
        assert row["verdict"] == verdict(rate, float(row["mc_error"]), row["promise"])
        assert row["verdict"] != "broken"


def test_the_simulation_can_tell_a_test_that_fails():
    rows = {(row["design"], row["test"]): row for row in kept_table()}
    student = rows["normal, smaller group twice the spread", "student"]
    assert verdict(float(student["rate"]), float(student["mc_error"]), "at most") == "broken"


@pytest.mark.parametrize(
    ("rate", "promise", "expected"),
    [
        (0.050, "exactly", "kept"),
        (0.058, "exactly", "broken"),
        (0.042, "exactly", "broken"),
        (0.042, "at most", "kept"),
        (0.058, "at most", "broken"),
        (0.500, "nothing", "not judged"),
    ],
)
def test_the_verdict(rate, promise, expected):
    assert verdict(rate, 0.0022, promise) == expected
