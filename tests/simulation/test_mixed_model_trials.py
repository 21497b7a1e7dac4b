"""Error rates of the mixed model: the long run that is kept, and some of its trials run again."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka

ROOT = Path(__file__).resolve().parents[2]
FORMULA = "CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID)"
CELLS = [(world, n) for world in ("same", "faster", "better") for n in (30, 150)]
LINEAR = "mixed model, kenward-roger-linear"
CARRIED, OBSERVED = "last score carried forward", "observed scores"


def module(name: str) -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        __import__(name)
        yield sys.modules[name]
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def trials() -> Iterator[ModuleType]:
    yield from module("mixed_model_trials")


@pytest.fixture(scope="module")
def rates() -> Iterator[ModuleType]:
    yield from module("mixed_model_rates")


def kept() -> list[dict[str, str]]:
    path = ROOT / "benchmarks" / "mixed_model_trials.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_file_holds_every_block(trials: ModuleType) -> None:
    found = [(row["world"], int(row["n"]), int(row["block"]), row["method"]) for row in kept()]
    assert found == [(*place, method) for place in trials.places() for method in trials.METHODS]
    assert {int(row["trials"]) for row in kept()} == {trials.BLOCK}


@pytest.mark.parametrize(("world", "n"), CELLS)
def test_the_mixed_model_keeps_its_promise(rates: ModuleType, world: str, n: int) -> None:
    """Kenward-Roger, linear: within three Monte Carlo errors of 5 %, 95 % and no bias."""
    found = rates.read_rates()[world, n, LINEAR]
    assert abs(found.covers - 0.95) <= found.margin
    assert abs(found.mean - rates.TRUTH[world]) <= 3 * found.mean_error
    if world != "better":
        assert abs(found.rejects - 0.05) <= found.margin
    assert found.refused <= found.trials // 1000  # too few to matter, and counted


@pytest.mark.parametrize("n", [30, 150])
def test_carrying_forward_finds_what_is_not_there(rates: ModuleType, n: int) -> None:
    """A drug that is only faster: a benefit at the last visit, where there is none."""
    found = rates.read_rates()["faster", n, CARRIED]
    assert found.rejects > 0.05 + found.margin
    assert found.covers < 0.95 - found.margin
    assert found.mean < -3 * found.mean_error  # a lower score: in favour of the drug


@pytest.mark.parametrize("n", [30, 150])
@pytest.mark.parametrize("world", ["faster", "better"])
@pytest.mark.parametrize(("method", "sign"), [(CARRIED, -1), (OBSERVED, 1)])
def test_both_others_are_biased_where_the_arms_differ(
    rates: ModuleType, world: str, n: int, method: str, sign: int
) -> None:
    """Carried forward for the drug, observed scores against it: who stays on placebo is better."""
    found = rates.read_rates()[world, n, method]
    assert sign * (found.mean - rates.TRUTH[world]) > 3 * found.mean_error


@pytest.mark.parametrize(("world", "n"), [("faster", 30), ("better", 150)])
def test_a_block_run_again_gives_the_rows_that_are_kept(
    trials: ModuleType, world: str, n: int
) -> None:
    """The first trials of a block: every number that the file holds can be had again.

    Counts exactly; sums to their sixth decimal, or its last digit where another processor
    rounds otherwise.
    """
    rows = [row for row in kept() if (row["world"], row["n"], row["block"]) == (world, str(n), "0")]
    for ours, theirs in zip(trials.block((world, n, 0)), rows, strict=True):
        for name, value in theirs.items():
            if name.startswith("sum"):
                assert float(str(ours[name])) == pytest.approx(float(value), abs=2e-6)
            else:
                assert str(ours[name]) == value, name


@pytest.mark.parametrize(("world", "n"), CELLS)
def test_the_kernels_give_what_the_public_functions_give(
    trials: ModuleType, world: str, n: int
) -> None:
    """Relative 1e-9: sums over the same numbers in another order."""
    trial = trials.simulate(world, n, 7)
    subject, visit = np.nonzero(~np.isnan(trial.change))
    frame = pl.DataFrame(
        {
            "USUBJID": [f"{i:03d}" for i in subject],
            "TRT01P": pl.Series(trial.arm[subject]).cast(pl.String).cast(pl.Enum(["0", "1"])),
            "AVISIT": [f"V{v}" for v in visit],
            "BASE": trial.base[subject],
            "CHG": trial.change[subject, visit],
        }
    )
    found = dict(zip(trials.METHODS, trials.estimates(trial), strict=True))
    for df in trials.MIXED:
        fit = ka.fit_mmrm(frame, FORMULA, df=df)
        row = ka.estimate_contrasts(fit, "TRT01P", by="AVISIT").table.row(-1, named=True)
        for name in ("estimate", "std_error", "df"):
            assert row[name] == pytest.approx(getattr(found[f"mixed model, {df}"], name), rel=1e-9)
    last = frame.group_by("USUBJID", maintain_order=True).last()
    for method, rows in ((CARRIED, last), (OBSERVED, frame.filter(pl.col("AVISIT") == "V3"))):
        fit = ka.fit_ancova(rows, "CHG ~ BASE + TRT01P")
        row = fit.table.row(-1, named=True)
        for name in ("estimate", "std_error", "df"):
            assert row[name] == pytest.approx(getattr(found[method], name), rel=1e-9)


def test_any_number_of_workers_gives_the_same_rows(
    trials: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "BLOCK", 2)
    monkeypatch.setattr(trials, "TRIALS", 2)
    assert list(trials.run(1)) == list(trials.run(2))


def test_the_page_shows_what_came_out(rates: ModuleType) -> None:
    page = (ROOT / "docs" / "simulation-mmrm.md").read_text(encoding="utf-8")
    known = rates.read_rates()
    for world, n in CELLS:
        assert "\n".join(rates.table(known, world, n)) in page, (world, n)
    assert "\n".join(rates.figure_numbers(known)) in page
