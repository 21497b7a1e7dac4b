"""The three data sets of tests/oracle/vital_signs.R, and small ones worked by hand."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import polars as pl

from ketanalysis.infusions.vital_signs import VitalSignsResult, estimate_vital_signs
from ketanalysis.threshold import AnyThreshold, Threshold
from ketanalysis.trial import Trial
from tests.shared import ORACLE

ARMS = {
    "ties": ("placebo", "drug"),
    "gaps": ("placebo", "drug", "active"),
    "unbalanced": ("placebo", "drug"),
}
PLANS: dict[str, dict[str, Any]] = {
    "ties": {"pre_within": 60, "return_within": 10},
    "gaps": {"pre_within": 30, "until": 60, "return_within": {"SYSBP": 10, "SPO2": 1}},
    "unbalanced": {"pre_within": 60, "return_within": 0.7},
}
SIGNS = {"ties": ["SYSBP"], "gaps": ["SYSBP", "SPO2"], "unbalanced": ["DIABP"]}
RISE = Threshold("SYSBP", rise_at_least=20, unit="mmHg")
LOW = Threshold("SPO2", below=95, unit="%")
THRESHOLDS: dict[str, dict[str, Threshold | AnyThreshold]] = {
    "ties": {
        "at_least_150": Threshold("SYSBP", at_least=150, unit="mmHg"),
        "rise_at_least_20": RISE,
        "rise_above_20": Threshold("SYSBP", rise_above=20, unit="mmHg"),
        "at_least_500": Threshold("SYSBP", at_least=500, unit="mmHg"),
    },
    "gaps": {
        "above_150": Threshold("SYSBP", above=150, unit="mmHg"),
        "below_95": LOW,
        "fall_at_least_2": Threshold("SPO2", fall_at_least=2, unit="%"),
        "any": RISE | LOW,
    },
    "unbalanced": {
        "at_least_13.3": Threshold("DIABP", at_least=13.3, unit="kPa"),
        "rise_above_2": Threshold("DIABP", rise_above=2, unit="kPa"),
    },
}


@cache
def _raw(file: str) -> pl.DataFrame:
    return pl.read_csv(ORACLE / file, schema_overrides={"id": pl.String})


def readings(name: str) -> pl.DataFrame:
    """Return the readings in ADVS columns, with the clock of the infusion itself."""
    rows = _raw("vital_readings.csv").filter(data=name)
    return rows.select(
        USUBJID="id",
        PARAMCD="sign",
        EXSEQ="number",
        ARRLT=pl.col("minutes") / 60,
        ATPT=pl.col("point").cast(pl.String),
        ATPTN="point",
        AVAL=pl.col("tenths") / 10,
        AVALU="unit",
    )


def given(name: str) -> pl.DataFrame:
    """Return the infusions in ADEX columns."""
    rows = _raw("vital_infusions.csv").filter(data=name)
    return rows.select(USUBJID="id", EXSEQ="number", AFRLT="start", EXDUR="length")


def subjects(name: str) -> pl.DataFrame:
    """Return the subjects in ADSL columns, arms in order."""
    rows = _raw("vital_infusions.csv").filter(data=name).select(USUBJID="id", TRT01P="arm")
    return rows.unique().with_columns(pl.col("TRT01P").cast(pl.Enum(ARMS[name]))).sort("USUBJID")


def trial_of(name: str) -> Trial:
    adqs = pl.DataFrame({"PARAMCD": ["MADRS"]})
    return Trial(
        adsl=subjects(name),
        adqs=adqs,
        adex=given(name),
        advs=readings(name),
        arms=ARMS[name],
        simulated=True,
    )


def estimated(name: str, data: Any = None, **options: Any) -> VitalSignsResult:
    """Return the estimate of a data set by its plan."""
    plan = {**PLANS[name], "return_stays": True, "by": "TRT01P"}
    plan["thresholds"] = list(THRESHOLDS[name].values())
    return estimate_vital_signs(
        trial_of(name) if data is None else data, SIGNS[name], **{**plan, **options}
    )


@cache
def oracle() -> dict[tuple[str, ...], dict[str, float | None]]:
    """Return R's numbers by (data set, arm, of, infusion, what)."""
    found: dict[tuple[str, ...], dict[str, float | None]] = {}
    with (ORACLE / "vital_signs.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (row["data"], row["arm"], row["of"], row["infusion"], row["what"])
            found.setdefault(key, {})[row["name"]] = float(row["value"]) if row["value"] else None
    return found


# One subject a letter, two infusions; worked by hand in tests/infusions/test_vital_signs.py.
HAND = [
    # subject, infusion, minutes, systolic
    ("a", 1, -70, 150),  # too early to be the pre-infusion value
    ("a", 1, -20, 118),
    ("a", 1, 0, 120),  # at the start: before it
    ("a", 1, 20, 140),
    ("a", 1, 40, 140),  # the peak again
    ("a", 1, 60, 128),
    ("a", 1, 90, 131),
    ("a", 1, 120, 125),
    ("a", 2, -10, 130),
    ("a", 2, 30, 138),
    ("a", 2, 60, 126),
    ("b", 1, -5, 110),
    ("b", 1, 30, 160),
    ("b", 1, 60, 150),
    ("b", 2, 30, 170),  # no reading before
    ("c", 1, -5, 125),  # no reading after
]


def by_hand(**changes: Any) -> pl.DataFrame:
    rows = pl.DataFrame(HAND, schema=["USUBJID", "EXSEQ", "minutes", "AVAL"], orient="row")
    return rows.select(
        "USUBJID",
        "EXSEQ",
        pl.col("AVAL").cast(pl.Float64),
        PARAMCD=pl.lit("SYSBP"),
        ARRLT=pl.col("minutes") / 60,
        AVALU=pl.lit("mmHg"),
    ).with_columns(**changes)
