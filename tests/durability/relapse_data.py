"""Little trials for the tests of relapse and onset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pytest

from ketanalysis.definitions import Among, Relapse, Response
from ketanalysis.durability.library import relapse_rule
from ketanalysis.durability.relapse import time_to_relapse
from ketanalysis.durability.rule_sensitivity import (
    RelapseSensitivityResult,
    estimate_relapse_sensitivity,
)
from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.trial import Trial

AMONG = Among(Response(at_least=0.5), visit="d14")
PLAN: dict[str, Any] = {"among": AMONG, "origin": "last infusion", "redose": "censor"}
SINGLE = Relapse(at_least=22, consecutive=1, dated="first")
SUSTAIN = relapse_rule("sustain1", unconfirmed="censor")
LOSS50 = relapse_rule("loss50")
END = "end of observation"
STAY = "hospitalisation"
ROW = ("AVAL", "CNSR", "reason", "AVALLO", "AVALHI", "entry")


@dataclass
class Subject:
    """Scores as (day, score), infusions as days, events as (day, what).

    `impression` are scores of another scale, CGII, by day; it has no baseline.
    """

    scores: Sequence[tuple[float, float | None]]
    baseline: float | None = 40
    infusions: Sequence[float] = (0, 4, 11)
    events: Sequence[tuple[float, str]] = ()
    arm: str | None = "drug"
    columns: dict[str, Any] = field(default_factory=dict)
    impression: Mapping[float, float] = field(default_factory=dict)


def trial_of(
    subjects: Mapping[str, Subject], scale: str = "MADRS", *, hours_a_day: float = 24.0
) -> Trial:
    """Return a trial with the visits "Baseline" and "d14" for day 14, in the order of days."""
    days = sorted({day for s in subjects.values() for day in (*dict(s.scores), *s.impression)})
    visits = ("Baseline", *(f"d{day:g}" for day in days))
    rows = [
        (name, visit, day * hours_a_day, score, flag)
        for name, s in subjects.items()
        for visit, day, score, flag in (
            ("Baseline", -0.04, s.baseline, "Y"),
            *((f"d{day:g}", day, score, None) for day, score in s.scores),
        )
    ]
    schema = {"USUBJID": pl.String, "AVISIT": pl.Enum(visits), "AFRLT": pl.Float64}
    adqs = pl.DataFrame(
        rows, schema={**schema, "AVAL": pl.Float64, "ABLFL": pl.String}, orient="row"
    ).with_columns(PARAMCD=pl.lit(scale))
    impressions = [
        (name, f"d{day:g}", day * hours_a_day, score, None, "CGII")
        for name, s in subjects.items()
        for day, score in s.impression.items()
    ]
    if impressions:
        adqs = pl.concat([adqs, pl.DataFrame(impressions, schema=adqs.schema, orient="row")])
    infusions = [
        (name, number, day * hours_a_day)
        for name, s in subjects.items()
        for number, day in enumerate(s.infusions, start=1)
    ]
    events = [(n, day * hours_a_day, what) for n, s in subjects.items() for day, what in s.events]
    exposure = {"USUBJID": pl.String, "EXSEQ": pl.Int64, "AFRLT": pl.Float64}
    happened = {"USUBJID": pl.String, "AFRLT": pl.Float64, "ICECAT": pl.String}
    adsl = pl.DataFrame(
        [{"USUBJID": n, "TRT01P": s.arm, **s.columns} for n, s in subjects.items()],
        schema_overrides={"TRT01P": pl.Enum(["placebo", "drug"])},
    )
    return Trial(
        adsl=adsl,
        adqs=adqs,
        adex=pl.DataFrame(infusions, schema=exposure, orient="row"),
        adice=pl.DataFrame(events, schema=happened, orient="row"),
        arms=("placebo", "drug"),
        visits=visits,
        subjects_given=True,
    )


def many() -> dict[str, Subject]:
    """Ten subjects, of whom one has no arm and two do not enter."""
    scores = [(21, 25), (28, 9), (35, 30), (42, 9), (49, 25), (56, 9), (63, 25)]
    subjects = {
        f"S{i}": Subject([(14, 10 + i), *scores[i % 7 :]], arm=("drug", "placebo")[i % 2])
        for i in range(7)
    }
    subjects["S7"] = Subject([(14, 10), (21, 9)], arm=None)
    subjects["S8"] = Subject([(14, 39)], arm="drug")
    subjects["S9"] = Subject([(21, 5)], arm="placebo")
    return subjects


def relapse_sensitivity(
    arms: tuple[str, ...] = ("placebo", "drug"), *, by: str | None = "TRT01P"
) -> RelapseSensitivityResult:
    """Return the subjects of `many`, of whom two do better, by four rules and in some arms."""
    subjects = many() | {
        "S3": Subject([(14, 13), (21, 9), (28, 25)]),
        "S4": Subject([(14, 9), (63, 9)]),
    }
    trial = trial_of(subjects)
    arm = pl.Series([arms[place % len(arms)] for place in range(len(subjects))])
    adsl = trial.adsl.with_columns(TRT01P=arm.cast(pl.Enum(arms)))
    return estimate_relapse_sensitivity(
        trial.with_(adsl=adsl, arms=arms), "MADRS", SINGLE, by=by, times=(21, 70), **PLAN
    )


def row_of(subject: Subject, rule: Relapse = SINGLE, scale: str = "MADRS", **plan: Any) -> tuple:
    """Return the row of one subject; another one sees to it that day 14 is a visit."""
    trial = trial_of({"S1": subject, "S2": Subject([(14, 9)])}, scale)
    rows = time_to_relapse(trial, scale, rule, **(PLAN | plan))
    assert rows["USUBJID"].to_list() == ["S1", "S2"]
    return rows.select(ROW).row(0)


def message(data: Any, rule: Any = SINGLE, scale: str = "MADRS", **plan: Any) -> str:
    """Return the text of the refusal."""
    with pytest.raises((ArgumentError, ContractError)) as caught:
        time_to_relapse(data, scale, rule, **(PLAN | plan))
    return str(caught.value)
