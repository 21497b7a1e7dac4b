"""Shares over infusions against R's geepack, and what is not estimable."""

from __future__ import annotations

import csv
import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from ketanalysis.adverse_events.marginal import compared, marginal_share, trend
from tests.shared import ORACLE

with (ORACLE / "infusion_events.csv").open(encoding="utf-8") as _file:
    ROWS = list(csv.DictReader(_file))
DATA = pl.read_csv(ORACLE / "gee_data.csv")
PLAIN: dict[str, Any] = {
    "correlation": "independence",
    "variance": "sandwich",
    "df": "normal",
    "conf_level": 0.95,
}
# geepack alternates coefficients and correlation until a step is below 1e-14; see test_gee.py.
CLOSE = {"rel": 1e-7, "abs": 1e-9}


def arm(name: str, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = DATA.filter(data=name, arm=number)
    return (
        rows["y"].cast(pl.Float64).to_numpy(),
        rows["subject"].to_numpy(),
        rows["infusion"].to_numpy(),
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r['data']} {r['correlation']} {r['what']}")
def test_geepack(row: dict[str, str]) -> None:
    named = PLAIN | {"correlation": row["correlation"]}
    estimate, error, p = (float(row[name]) for name in ("estimate", "std_error", "p"))
    (met, subject, order), (met_0, subject_0, _) = arm(row["data"], 1), arm(row["data"], 0)
    if row["what"] == "logit share of arm 1":
        found = marginal_share(met, subject, **named)
        share = 1 / (1 + math.exp(-estimate))
        assert found.estimate == pytest.approx(share, **CLOSE)
        assert found.std_error == pytest.approx(share * (1 - share) * error, **CLOSE)
        low = 1 / (1 + math.exp(-(estimate - 1.959963984540054 * error)))
        assert found.low == pytest.approx(low, **CLOSE)
        return
    pair = compared(met, subject, met_0, subject_0, **named)
    if row["what"] == "risk difference":
        ours = pair[0]
        assert ours["estimate"] == pytest.approx(estimate, **CLOSE)
        assert ours["conf_high"] == pytest.approx(estimate + 1.959963984540054 * error, **CLOSE)
    else:
        ours = pair[1] if row["what"] == "log odds ratio" else trend(met, subject, order, **named)
        assert math.log(ours["estimate"]) == pytest.approx(estimate, **CLOSE)
        assert ours["conf_high"] == pytest.approx(
            math.exp(estimate + 1.959963984540054 * error), **CLOSE
        )
    assert ours["std_error"] == pytest.approx(error, **CLOSE)
    assert ours["p_value"] == pytest.approx(p, rel=1e-6)


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r['data']} {r['correlation']} {r['what']}")
def test_students_t(row: dict[str, str]) -> None:
    """Ends and p values of R's qt and pt, of the degrees of freedom counted there."""
    named = PLAIN | {"correlation": row["correlation"], "df": "subjects"}
    (met, subject, order), (met_0, subject_0, _) = arm(row["data"], 1), arm(row["data"], 0)
    high, is_log = float(row["t_high"]), row["what"] != "risk difference"
    if row["what"] == "logit share of arm 1":
        found = marginal_share(met, subject, **named)
        assert found.high == pytest.approx(1 / (1 + math.exp(-high)), **CLOSE)
        return
    pair = compared(met, subject, met_0, subject_0, **named)
    ours = pair[1 if is_log else 0]
    if "next" in row["what"]:
        ours = trend(met, subject, order, **named)
    assert ours["conf_high"] == pytest.approx(math.exp(high) if is_log else high, **CLOSE)
    assert ours["p_value"] == pytest.approx(float(row["t_p"]), rel=1e-6)
    assert ours["df"] == float(row["df"])
    assert ours["method"] == f"GEE, {row['correlation']}, sandwich, t"


def test_a_trend_of_two_subjects_leaves_no_degree_of_freedom() -> None:
    met, whose = np.array([1.0, 0, 1, 0, 1, 0]), np.repeat([1, 2], 3)
    order = np.array([1, 2, 3, 1, 2, 3])
    row = trend(met, whose, order, **(PLAIN | {"df": "subjects"}))
    assert row["note"] == "not estimable: no degree of freedom is left for the t distribution"
    assert row["p_value"] is None
    assert trend(met, whose, order, **PLAIN)["df"] is None


@pytest.mark.parametrize("variance", ["sandwich", "kauermann-carroll", "mancl-derouen"])
def test_subjects_who_are_all_alike_leave_no_variance(variance: str) -> None:
    """One of two infusions in every subject, always the first: an interval would have no width."""
    note = "not estimable: the subjects do not differ, so that no variance is left"
    half, whose = np.tile([1.0, 0], 4), np.repeat([1, 2, 3, 4], 2)
    named = PLAIN | {"variance": variance}
    found = marginal_share(half, whose, **named)
    assert (found.estimate, found.note) == (0.5, note)
    assert math.isnan(found.low)
    rows = compared(half, whose, *arm("equal", 0)[:2], **named)
    assert [(row["note"], row["p_value"]) for row in rows] == [(note, None)] * 2
    # One subject has the event at every infusion, the others at none: nothing goes with the order.
    never = np.r_[np.ones(2), np.zeros(6)]
    row = trend(never, whose, np.tile([1, 2], 4), **named)
    assert (row["note"], row["p_value"], row["conf_low"]) == (note, None, None)


@pytest.mark.parametrize(
    ("met", "subject", "note"),
    [
        ([0, 0, 0], [1, 1, 2], "not estimable: no infusion has the event"),
        ([1, 1, 1], [1, 1, 2], "not estimable: every infusion has the event"),
        ([1, 0, 1], [1, 1, 1], "not estimable: one subject"),
    ],
)
def test_not_estimable(met: list[int], subject: list[int], note: str) -> None:
    y, whose = np.array(met, dtype=np.float64), np.array(subject)
    found = marginal_share(y, whose, **PLAIN)
    assert found.note == note
    assert math.isnan(found.low)
    row = trend(y, whose, np.array([1, 2, 1]), **PLAIN)
    assert (row["note"], row["p_value"], row["estimate"]) == (note, None, None)
    pair = compared(y, whose, *arm("equal", 0)[:2], **PLAIN)
    assert {r["note"] for r in pair} == {note}


def test_all_infusions_with_one_number_have_no_trend() -> None:
    met, subject, _ = arm("single", 1)
    row = trend(met, subject, np.ones(len(met), dtype=np.int64), **PLAIN)
    assert row["note"] == "not estimable: all infusions have the same number"


def test_outcomes_all_alike_have_no_exchangeable_correlation() -> None:
    y, whose = np.repeat([1.0, 0, 1, 0], 3), np.repeat(np.arange(4), 3)
    found = marginal_share(y, whose, **(PLAIN | {"correlation": "exchangeable"}))
    assert found.estimate == 0.5
    assert found.note.startswith("not estimable: The exchangeable correlation would be 1,")
