"""Little trials for the tests of relapse and onset, and the rules of relapse as a slow loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any

import polars as pl
import pytest

from ketanalysis.definitions import Among, Relapse, Response
from ketanalysis.durability.library import relapse_rule
from ketanalysis.durability.relapse import time_to_relapse
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
    """Scores as (day, score), infusions as days, events as (day, what)."""

    scores: Sequence[tuple[float, float | None]]
    baseline: float | None = 40
    infusions: Sequence[float] = (0, 4, 11)
    events: Sequence[tuple[float, str]] = ()
    arm: str | None = "drug"
    columns: dict[str, Any] = field(default_factory=dict)


def trial_of(
    subjects: Mapping[str, Subject], scale: str = "MADRS", *, hours_a_day: float = 24.0
) -> Trial:
    """Return a trial with the visits "Baseline" and "d14" for day 14, in the order of days."""
    days = sorted({day for s in subjects.values() for day, _ in s.scores})
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


def slow_row(
    subject: Subject, rule: Relapse, *, entry: float, origin: float, redose: str
) -> tuple[float, int, str, float, float | None]:
    """Return AVAL, CNSR, reason, AVALLO, AVALHI of a subject who entered, from the rule's text.

    Days throughout. Written from the docstrings of Relapse and time_to_relapse, not from code.
    """
    further = [day for day in sorted(subject.infusions) if day > entry]
    stop = further[0] if further and redose != "ignore" else float("inf")
    scores = sorted((d, s) for d, s in subject.scores if s is not None and d > entry)
    judged = [(d, _qualifies(s, subject, rule)) for d, s in scores if d <= stop]
    free = [entry, *(d for d, bad in judged if not bad)]
    events = sorted((d, what) for d, what in subject.events if what in rule.events and d > entry)
    found: list[tuple[float, int, str, float, float]] = []  # date, rank of ties, what, from, to

    run = _first_run(judged, rule)
    if run:
        last_free = max(d for d in free if d < run[0])
        date = {"first": run[0], "confirming": run[-1], "midpoint": (last_free + run[0]) / 2}
        found.append((date[str(rule.dated)], 0, "relapse", last_free, run[0]))
    tail = [d for d, bad in judged if bad and d > free[-1]]
    is_waiting = bool(tail) and not run
    if is_waiting and rule.unconfirmed == "event":
        found.append((tail[0], 0, "relapse, not confirmed", free[-1], tail[0]))
    found += [(d, 1, what, d, d) for d, what in events if d <= stop]
    if redose == "event" and stop < float("inf"):
        found.append((stop, 2, "further infusion", stop, stop))
    if found:
        date, _, what, low, high = min(found)
        return date - origin, 0, what, low - origin, high - origin

    if is_waiting:
        end, code, why = free[-1], 1, "last assessment qualified, not confirmed"
    elif (
        stop < float("inf")
        and max([d for d, _ in scores] + [d for d, _ in events], default=0) >= stop
    ):
        end, code, why = stop, 2, "further infusion"
    else:
        end, code = free[-1], 1
        why = "end of observation" if judged else "no score after entry"
    return end - origin, code, why, free[-1] - origin, None


def _qualifies(score: float, subject: Subject, rule: Relapse) -> bool:
    if rule.at_least is not None:
        return score >= rule.at_least
    if rule.above is not None:
        return score > rule.above
    assert subject.baseline is not None
    assert rule.improvement_below is not None
    return subject.baseline - score < rule.improvement_below * subject.baseline


def _first_run(judged: list[tuple[float, bool]], rule: Relapse) -> tuple[float, ...] | None:
    """Try every combination of assessments; the earliest completed, then the earliest begun."""
    least, most = rule.gap_days or (0, float("inf"))
    runs = []
    for places in combinations(range(len(judged)), rule.consecutive or 1):
        days = tuple(judged[place][0] for place in places)
        gaps = [later - sooner for sooner, later in pairwise(days)]
        all_bad = all(judged[place][1] for place in range(places[0], places[-1] + 1))
        if all_bad and all(least <= gap <= most for gap in gaps):
            runs.append(days)
    return min(runs, key=lambda days: (days[-1], days[0])) if runs else None
