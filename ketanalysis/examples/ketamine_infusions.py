"""Infusions, adverse events and intercurrent events of the simulated ketamine trial."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from ketanalysis.examples.ketamine_design import (
    ARMS,
    DAY_14,
    INFUSION_DAYS,
    RELAPSE_SCORE,
    VISITS,
    Courses,
    Flags,
    Floats,
)

MINUTES = 40
DOSES = np.array([0.045, 0.5])  # mg/kg
END_OF_STUDY = VISITS["Day 84"]

# Each event: log odds at the first infusion by arm, and what each later infusion adds.
# Asked for with a checklist after every infusion, hence far from rare.
ADVERSE_EVENTS = {
    "Anxiety": ((-3.5, -3.0), -0.10),
    "Blood pressure increased": ((-4.6, -3.1), 0.0),
    "Dissociation": ((-3.1, -1.2), -0.25),
    "Dizziness": ((-3.6, -1.4), -0.20),
    "Headache": ((-3.3, -2.9), -0.05),
    "Nausea": ((-4.2, -3.1), -0.10),
    "Somnolence": ((-2.2, -2.6), -0.05),
    "Vision blurred": ((-5.0, -3.1), -0.10),
}
ANXIETY_PER_POINT = 0.045  # of ASC_ANX, on the log odds of the event "Anxiety"
FRAILTY_SD = 0.8  # some subjects report more of everything
SEVERITY = (0.68, 0.93)  # cumulative: mild, moderate, then severe
STOPS = ("Anxiety", "Dissociation")  # when severe, they stop one infusion in two

RESCUE_AFTER_RELAPSE, RESCUE_NON_RESPONDER, HOSPITALISED = 0.35, 0.20, 0.08


def draw_infusions(
    rng: Generator, ids: NDArray[np.str_], courses: Courses
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the infusions and the adverse events, for ids of shape (n,).

    An infusion that would fall after the subject has left is not given.
    """
    n, n_infusions = len(ids), len(INFUSION_DAYS)
    start = 24.0 * INFUSION_DAYS + rng.uniform(0, 2, (n, n_infusions))
    start[:, 0] = 0.0
    given = start < courses.left_hour[:, None]
    happened = _happens(rng, courses) & given[:, :, None]
    grade = np.searchsorted(SEVERITY, rng.random(happened.shape))
    stopped_by = _stopped_by(rng, happened & (grade == 2))
    infusions = _infusions(rng, ids, courses, start.round(2), given, stopped_by)
    return infusions, _adverse_events(rng, ids, start, happened, grade)


def _happens(rng: Generator, courses: Courses) -> Flags:
    n, n_infusions = len(courses.arm), len(INFUSION_DAYS)
    first = np.array([odds for odds, _ in ADVERSE_EVENTS.values()]).T[courses.arm]
    later = np.array([slope for _, slope in ADVERSE_EVENTS.values()])
    logit: Floats = first[:, None, :] + later * np.arange(n_infusions)[:, None]
    of_anxiety = np.array([term == "Anxiety" for term in ADVERSE_EVENTS])
    logit = logit + ANXIETY_PER_POINT * of_anxiety * courses.anxiety[:, None, None]
    logit = logit + rng.normal(0, FRAILTY_SD, (n, 1, 1))
    happens: Flags = rng.random(logit.shape) < 1 / (1 + np.exp(-logit))
    return happens


def _stopped_by(rng: Generator, severe: Flags) -> NDArray[np.str_]:
    reason = np.full(severe.shape[:2], "", dtype="<U16")
    for term in STOPS:
        column = severe[:, :, list(ADVERSE_EVENTS).index(term)]
        stops = column & (rng.random(column.shape) < 0.5) & (reason == "")
        reason[stops] = term.lower()
    return reason


def _infusions(
    rng: Generator,
    ids: NDArray[np.str_],
    courses: Courses,
    start: Floats,
    given: Flags,
    stopped_by: NDArray[np.str_],
) -> pl.DataFrame:
    early = np.rint(rng.uniform(8, 35, given.shape))
    minutes = np.where(stopped_by == "", MINUTES, early)
    rows, number = np.nonzero(given)
    dose = DOSES[courses.arm[rows]] * minutes[rows, number] / MINUTES
    reason = [text or None for text in stopped_by[rows, number].tolist()]
    return pl.DataFrame(
        {
            "USUBJID": ids[rows],
            "EXSEQ": number + 1,
            "EXTRT": np.array(ARMS)[courses.arm[rows]],
            "EXDOSE": dose.round(4),
            "EXDOSU": ["mg/kg"] * len(rows),
            "EXROUTE": ["INTRAVENOUS"] * len(rows),
            "AFRLT": start[rows, number],
            "EXDUR": minutes[rows, number],
            "EXADJ": pl.Series(reason, dtype=pl.String),
        }
    )


def _adverse_events(
    rng: Generator, ids: NDArray[np.str_], start: Floats, happened: Flags, grade: NDArray[np.intp]
) -> pl.DataFrame:
    rows, number, term = np.nonzero(happened)
    worst = grade[rows, number, term]
    serious = (worst == 2) & (rng.random(len(rows)) < 0.05)
    frame = pl.DataFrame(
        {
            "USUBJID": ids[rows],
            "AEDECOD": np.array(list(ADVERSE_EVENTS))[term],
            "AESEV": np.array(["MILD", "MODERATE", "SEVERE"])[worst],
            "AESER": np.where(serious, "Y", "N"),
            "AFRLT": (start[rows, number] + rng.uniform(0.1, 1.0, len(rows))).round(2),
            "EXSEQ": number + 1,
            "AEASCERT": ["checklist"] * len(rows),
        }
    )
    return frame.sort("USUBJID", "AFRLT", "AEDECOD", maintain_order=True)


def draw_events(rng: Generator, ids: NDArray[np.str_], courses: Courses) -> pl.DataFrame:
    """Return the intercurrent events: who left, who was rescued, who went to hospital.

    Rescue follows a rated relapse by one to six days, or the end of treatment in some
    non-responders; a hospital stay begins within three days of a relapse, seen or not yet.
    """
    n = len(ids)
    seen = _hour_relapse_is_seen(courses)
    relapsed = np.isfinite(seen) & (rng.random(n) < RESCUE_AFTER_RELAPSE)
    failed = ~courses.responder & (rng.random(n) < RESCUE_NON_RESPONDER)
    rescue = np.where(
        courses.responder,
        np.where(relapsed, seen + rng.uniform(24, 144, n), np.inf),
        np.where(failed, rng.uniform(360, 1500, n), np.inf),
    )
    in_hospital = courses.relapse_hour + rng.uniform(6, 72, n)
    hospital = np.where(rng.random(n) < HOSPITALISED, in_hospital, np.inf)
    end = np.minimum(courses.left_hour, END_OF_STUDY)
    whole = pl.concat(
        [
            _event("rescue", ids, rescue, rescue < end),
            _event("hospitalisation", ids, hospital, hospital < end),
            _event("discontinuation", ids, courses.left_hour, np.isfinite(courses.left_hour)),
        ]
    )
    return whole.sort("USUBJID", "AFRLT", maintain_order=True)


def _hour_relapse_is_seen(courses: Courses) -> Floats:
    after = np.arange(len(VISITS)) > DAY_14
    rated = courses.attended & after & (courses.madrs >= RELAPSE_SCORE)
    rated &= courses.responder[:, None]
    hour: Floats = np.where(rated, courses.hours, np.inf).min(axis=1)
    return hour


def _event(what: str, ids: NDArray[np.str_], hours: Floats, happens: Flags) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "USUBJID": ids[happens],
            "AFRLT": hours[happens].round(2),
            "ICECAT": pl.Series([what] * int(happens.sum()), dtype=pl.String),
        }
    )
