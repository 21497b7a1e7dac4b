"""Error rates of what `compare_responders` gives: the long run that is kept, a few cells again."""

from __future__ import annotations

import csv
import re

import pytest

from ketanalysis.groups.responder_words import REJECTED
from tests.shared import ROOT
from tests.simulation.responder_error_rates import LEFT, TABLE, cells, judged, run

# Cells that take a second or less, one of each kind of promise.
AGAIN = (
    ("interval of hedges-g", "0.8 SD apart, 17 and 14"),
    ("max-t", "11 related subscales, no difference"),
    ("partial pearson", "31 subjects, baseline goes with both"),
    ("linear model with the arm", "two arms of 31, no link inside either"),
)
NUMBERED = {(cell[0], cell[1]): (number, cell) for number, cell in enumerate(cells())}
PAGE = ROOT / "docs" / "infusion-anxiety.md"


def kept() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_long_run_kept_every_promise():
    rows = kept()
    assert [(row["test"], row["design"]) for row in rows] == list(NUMBERED)
    for row, cell in zip(rows, cells(), strict=True):
        rate = int(row["rejected"]) / int(row["trials"])
        assert int(row["trials"]) == cell[-1]
        assert row["promise"] == cell[3]
        assert float(row["rate"]) == pytest.approx(rate, abs=5.001e-5)  # written to 4 decimals
        assert row["verdict"] == judged(rate, float(row["mc_error"]), row["promise"])
        assert row["verdict"] != "broken", f"{row['test']}, {row['design']}: {rate}"


@pytest.mark.parametrize("name", AGAIN, ids="; ".join)
def test_a_short_run_keeps_its_promise(name):
    number, cell = NUMBERED[name]
    row = run(cell, number, 400, seed=77)
    assert row["verdict"] == "kept", row


def test_the_traps_are_traps():
    """Each practice that is warned of finds something far more often than in 5 %."""
    for row in kept():
        if row["promise"] == "trap":
            assert float(row["rate"]) > 0.05 + 10 * float(row["mc_error"]), row


def test_what_is_said_of_nri_was_simulated():
    rates = {(row["test"], row["design"]): float(row["rate"]) for row in kept()}
    for words, n in (("small", 31), ("large", 100)):
        assert round(100 * rates["welch, nri", LEFT.format(n)]) == REJECTED[words]


def test_the_page_shows_what_was_simulated():
    rates = {row["test"] + "; " + row["design"]: float(row["rate"]) for row in kept()}
    shown = re.findall(r"^\| ([^|]+; [^|]+) \| ([\d.]+) % \|$", PAGE.read_text("utf-8"), re.M)
    assert len(shown) > 20
    for name, percent in shown:
        assert percent == f"{100 * rates[name]:.1f}", name
