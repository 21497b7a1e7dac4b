"""Time to relapse: origins, who enters, the order of time, direction and floor of a scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from ketanalysis.contracts.checking import check_frame
from ketanalysis.definitions import Among, Relapse, Remission, Response
from ketanalysis.durability.relapse import time_to_relapse
from tests.durability.relapse_data import (
    END,
    LOSS50,
    PLAN,
    ROW,
    SINGLE,
    SUSTAIN,
    Subject,
    many,
    row_of,
    trial_of,
)


@pytest.mark.parametrize(
    "origin, aval, entry, words",
    [
        ("last infusion", 10, 3, "the last infusion before entry"),
        ("first infusion", 21, 14, "the first infusion"),
        ("entry", 7, 0, "the visit at which the entry rule was met"),
        (10.5, 10.5, 3.5, "day 10.5 after the first infusion"),
        (14, 7, 0, "day 14 after the first infusion"),
        (np.float64(-1), 22, 15, "day -1 after the first infusion"),
    ],
)
def test_every_origin(origin: Any, aval: float, entry: float, words: str) -> None:
    trial = trial_of({"S1": Subject([(14, 15), (21, 25)])})
    row = time_to_relapse(trial, "MADRS", SINGLE, **(PLAN | {"origin": origin})).row(0, named=True)
    assert (row["AVAL"], row["entry"]) == (aval, entry)
    assert row["PARAM"] == f"Time to relapse on MADRS (days since {words})"
    assert (row["EVNTDESC"], row["CNSDTDSC"]) == ("relapse", None)


def test_an_infusion_at_entry_is_the_origin_and_no_redose() -> None:
    at_entry = Subject([(14, 15), (21, 25)], infusions=[0, 11, 14])
    assert row_of(at_entry) == (7, 0, "relapse", 0, 7, 0)


@pytest.mark.parametrize(
    "subject, plan, reason",
    [
        (Subject([(14, 15)], baseline=None), {}, "no baseline"),
        (
            Subject([(14, 0)], baseline=0),
            {},
            "no share of the baseline exists: it is the lowest score",
        ),
        (Subject([(14, None), (21, 5)]), {}, "no score at d14"),
        (Subject([(14, 21)]), {}, "no response at d14"),
        (
            Subject([(14, 11)]),
            {"among": Among(Remission(at_most=10), "d14")},
            "no remission at d14",
        ),
        (Subject([(14, 15)], infusions=[]), {}, "no infusion before entry"),
        (Subject([(14, 15)], infusions=[15]), {}, "no infusion before entry"),
    ],
)
def test_who_does_not_enter_keeps_a_row(subject: Subject, plan: Any, reason: str) -> None:
    assert row_of(subject, **plan) == (None, None, reason, None, None, None)


def test_remission_needs_no_baseline_but_loss_of_improvement_does() -> None:
    subject = Subject([(14, 8), (21, 25)], baseline=None)
    well = Among(Remission(at_most=10), visit="d14")
    assert row_of(subject, among=well)[:3] == (10, 0, "relapse")
    assert row_of(subject, LOSS50, among=well)[2] == "no baseline"
    floor = Subject([(14, 0), (21, 0)], baseline=0)
    assert row_of(floor, LOSS50, among=well)[2].startswith("no share of the baseline exists")


def test_scores_count_in_the_order_of_time_not_of_visits() -> None:
    trial = trial_of({"S1": Subject([(14, 15), (21, 9), (28, 25), (35, 25)])})
    late = pl.when(pl.col("AVISIT").cast(pl.String) == "d21").then(40 * 24.0)
    adqs = trial.adqs.with_columns(late.otherwise(pl.col("AFRLT")).alias("AFRLT"))
    rows = time_to_relapse(trial.with_(adqs=adqs), "MADRS", SUSTAIN, **PLAN)
    assert rows.select(ROW).row(0) == (24, 0, "relapse", 3, 17, 3)


def test_a_second_score_at_the_hour_of_entry_is_not_judged() -> None:
    trial = trial_of({"S1": Subject([(14, 15), (15, 30), (21, 9)])})
    same = pl.when(pl.col("AVISIT").cast(pl.String) == "d15").then(14 * 24.0)
    adqs = trial.adqs.with_columns(same.otherwise(pl.col("AFRLT")).alias("AFRLT"))
    rows = time_to_relapse(trial.with_(adqs=adqs), "MADRS", SINGLE, **PLAN)
    assert rows.select(ROW).row(0) == (10, 1, END, 10, None, 3)


def test_days_with_decimals_are_as_far_apart_as_they_look() -> None:
    # 8.1 * 24 - 3.1 * 24 is 119.99999999999997 hours in floating point, not 120.
    pair = Subject([(3, 15), (3.1, 25), (8.1, 25)], infusions=[0])
    among = Among(Response(at_least=0.5), visit="d3")
    assert row_of(pair, SUSTAIN, among=among)[:3] == pytest.approx((8.1, 0, "relapse"))


def test_improvement_is_measured_from_the_floor_that_entry_declared() -> None:
    subject = Subject([(14, 38), (21, 40), (28, 41)], baseline=60)
    entry = Among(Response(at_least=0.5, from_floor=True), visit="d14")
    assert row_of(subject, LOSS50, "STAIS", among=entry)[:3] == (17, 0, "relapse")
    raw = Among(Response(at_least=0.35, from_floor=False), visit="d14")
    assert row_of(subject, LOSS50, "STAIS", among=raw)[:3] == (10, 0, "relapse")


def test_a_scale_on_which_higher_is_better() -> None:
    rule = Relapse(improvement_below=0.25, consecutive=1, dated="first")
    entry = Among(Response(at_least=0.5, better="higher", floor=0), visit="d14")
    subject = Subject([(14, 32), (21, 25), (28, 24)], baseline=20)
    assert row_of(subject, rule, "WELLBEING", among=entry) == (17, 0, "relapse", 10, 17, 3)


def test_nobody_is_lost() -> None:
    trial = trial_of(many())
    overall = time_to_relapse(trial, "MADRS", SINGLE, **PLAN)
    assert overall["USUBJID"].to_list() == [f"S{i}" for i in range(10)]
    assert overall.columns[:4] == ["USUBJID", "TRT01P", "PARAMCD", "PARAM"]
    assert overall.filter(pl.col("USUBJID") == "S7")["entered"].item()
    by_arm = time_to_relapse(trial, "MADRS", SINGLE, by="TRT01P", **PLAN)
    assert by_arm["USUBJID"].to_list() == overall["USUBJID"].to_list()
    assert by_arm.filter(pl.col("USUBJID") == "S7")["reason"].item() == "no TRT01P"
    assert by_arm.filter(~pl.col("entered"))["reason"].sort().to_list() == [
        "no TRT01P",
        "no response at d14",
        "no score at d14",
    ]
    flagged = trial.with_(
        adsl=trial.adsl.with_columns(
            ITTFL=pl.when(pl.col("USUBJID") == "S1").then(pl.lit("N")).otherwise(pl.lit("Y"))
        )
    )
    rows = time_to_relapse(flagged, "MADRS", SINGLE, by="TRT01P", **PLAN)
    assert rows.height == 10
    reason = rows.filter(pl.col("USUBJID") == "S1")["reason"].item()
    assert reason == "not in the ITT population (ITTFL is not Y)"


def test_rows_keep_the_contract_of_adtte() -> None:
    rows = time_to_relapse(trial_of(many()), "MADRS", SINGLE, **PLAN)
    assert check_frame(rows.filter("entered"), "adtte").errors.is_empty()
