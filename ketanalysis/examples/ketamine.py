"""A simulated trial of ketamine against midazolam, whose truth is known.

Two arms, six infusions in two weeks, then ten weeks without treatment. Nothing here is about
real people: the rates are plausible, and chosen. `simulate_ketamine` draws what each subject
does; `ketanalysis.examples.ketamine_truth` states what was put in.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError
from ketanalysis.examples.ketamine_design import (
    ANXIETY_MEAN,
    ANXIETY_NON_RESPONDER,
    ANXIETY_SD,
    ARMS,
    BASELINE_SCORES,
    BASELINE_WEIGHTS,
    DAY_7,
    DAY_14,
    EARLY_GAIN,
    EARLY_PART,
    EARLY_SD,
    FOUR_HOURS,
    LEAVING,
    LEAVING_PER_POINT,
    NON_RESPONDER_SHARE,
    ONE_DAY,
    PER_ARM,
    RELAPSE_HAZARD_RATIO,
    RELAPSE_MEDIAN,
    RELAPSE_SCORE,
    RELAPSE_SHAPE,
    RESPONDER_SHARE,
    RESPONSE,
    SEED,
    VISITS,
    WINDOW,
    Courses,
    Flags,
    Floats,
    Integers,
)
from ketanalysis.examples.ketamine_dissociation import draw_dissociation
from ketanalysis.examples.ketamine_infusions import draw_events, draw_infusions
from ketanalysis.examples.ketamine_people import draw_disposition, draw_history, draw_treatments
from ketanalysis.examples.ketamine_vital_signs import draw_vital_signs


def simulate_ketamine(seed: int = SEED, *, per_arm: int = PER_ARM) -> dict[str, pl.DataFrame]:
    """Return the raw tables of the simulated ketamine trial: what would a study hand over?

    The tables are made by code alone; the same seed gives the same tables. Not a model of
    how ketamine works, and no source of rates for a sample size.

    Parameters
    ----------
    seed
        Seed of the random numbers, 0 or more.
    per_arm
        Subjects an arm, at least 1.

    Returns
    -------
    ``subjects``, ``scores``, ``infusions``, ``adverse_events``, ``events``, ``concomitant`` and
    ``vital_signs``: polars frames with the CDISC columns of ADSL, ADQS, ADEX, ADAE,
    intercurrent events, ADCM and ADVS. Times (AFRLT) are hours since the start of the first
    infusion. A visit or a reading that was missed has no row.

    Raises
    ------
    ArgumentError
        Where the seed or `per_arm` is no whole number of the allowed size.

    Examples
    --------
    >>> simulate_ketamine()["subjects"].height
    96
    """
    _check_whole("seed", seed, 0)
    _check_whole("per_arm", per_arm, 1)

    # One stream a purpose, new ones at the end: what was drawn before stays as it was.
    people, scores, staying, infusing, events, history, leaving, taking, signs, feeling = (
        np.random.default_rng(seed).spawn(10)
    )
    arm = people.permutation(np.repeat(np.arange(2), per_arm))
    width = max(3, len(str(2 * per_arm)))
    ids = np.array([f"KET-{number:0{width}d}" for number in range(1, 2 * per_arm + 1)])
    courses = draw_courses(scores, staying, arm)
    infusions, adverse_events = draw_infusions(infusing, ids, courses)
    subjects = _subjects(people, ids, arm).hstack(draw_history(history, len(ids)))
    infusions, vital_signs = draw_vital_signs(signs, arm, infusions)
    felt = draw_dissociation(feeling, courses, infusions, adverse_events)
    return {
        "subjects": subjects.hstack(draw_disposition(leaving, courses, infusions, ids)),
        "scores": _in_order(_scores(scores, ids, courses), felt),
        "infusions": infusions,
        "adverse_events": adverse_events,
        "events": draw_events(events, ids, courses),
        "concomitant": draw_treatments(taking, ids, courses),
        "vital_signs": vital_signs,
    }


def draw_courses(scores: Generator, staying: Generator, arm: Integers) -> Courses:
    """Return the courses of subjects whose arms are given, shape (n,)."""
    n = len(arm)
    baseline = scores.choice(BASELINE_SCORES, n, p=BASELINE_WEIGHTS).astype(np.float64)
    responder = scores.random(n) < RESPONSE[arm]
    share = np.where(
        responder, _share(scores, RESPONDER_SHARE, n), _share(scores, NON_RESPONDER_SHARE, n)
    )
    relapse_hour = np.where(responder, _relapse_hours(scores, arm), np.inf)
    hours = np.array(list(VISITS.values())) + WINDOW * scores.uniform(-1, 1, (n, len(VISITS)))
    hours[:, DAY_7] -= 2  # rated before the infusion of that day
    madrs = _madrs(scores, arm, baseline, responder, share, relapse_hour, hours)
    hama = 0.6 * madrs + scores.normal(3, 3, (n, 1)) + scores.normal(0, 2.5, madrs.shape)
    left, left_hour = _leave(staying, madrs, hours)
    return Courses(
        arm=arm,
        baseline=baseline,
        responder=responder,
        relapse_hour=relapse_hour,
        anxiety=_anxiety(scores, arm, responder),
        hours=hours.round(2),
        madrs=madrs,
        hama=np.rint(hama).clip(0, 56),
        left=left,
        left_hour=left_hour.round(2),
    )


def _share(rng: Generator, law: tuple[float, float, float, float], n: int) -> Floats:
    start, width, a, b = law
    share: Floats = start + width * rng.beta(a, b, n)
    return share


def _relapse_hours(rng: Generator, arm: Integers) -> Floats:
    hazard = np.log(2) * RELAPSE_HAZARD_RATIO[arm]
    days = RELAPSE_MEDIAN * (rng.exponential(size=len(arm)) / hazard) ** (1 / RELAPSE_SHAPE)
    hour: Floats = VISITS["Day 14"] + 24 * days
    return hour


def _madrs(
    rng: Generator,
    arm: Integers,
    baseline: Floats,
    responder: Flags,
    share: Floats,
    relapse_hour: Floats,
    hours: Floats,
) -> Floats:
    n = len(arm)
    base = baseline[:, None]
    early = EARLY_PART * share[:, None] + EARLY_GAIN[arm] + rng.normal(0, EARLY_SD, (n, 4))
    # Rounded away from one half, so that response on day 14 is exactly what was drawn.
    exact = baseline * (1 - share)
    end = np.where(responder, np.floor(exact), np.ceil(exact))[:, None]
    later = hours[:, DAY_14 + 1 :]
    noise = rng.normal(0, 2.5, later.shape)
    well = np.minimum(np.rint(end + noise), np.floor(base / 2))
    again = np.rint(base * rng.uniform(0.68, 0.98, (n, 1)) + noise).clip(min=RELAPSE_SCORE)
    never = np.rint(base * (1 - 0.8 * share[:, None]) + noise)
    follow_up = np.where(later < relapse_hour[:, None], well, again)
    follow_up = np.where(responder[:, None], follow_up, never)
    whole = np.hstack([base, np.rint(base * (1 - early)), end, follow_up])
    return whole.clip(0, 60)


def _anxiety(rng: Generator, arm: Integers, responder: Flags) -> Floats:
    mean = ANXIETY_MEAN[arm] + np.where(responder, 0.0, ANXIETY_NON_RESPONDER[arm])
    score = rng.normal(mean, ANXIETY_SD).clip(0, 100)
    of_six_items: Floats = (np.rint(6 * score) / 6).round(2)
    return of_six_items


def _leave(rng: Generator, madrs: Floats, hours: Floats) -> tuple[Integers, Floats]:
    n, n_visits = madrs.shape
    left = np.full(n, n_visits)
    for visit, log_odds in LEAVING.items():
        logit = log_odds + LEAVING_PER_POINT * (madrs[:, visit - 1] - 20)
        leaves = rng.random(n) < 1 / (1 + np.exp(-logit))
        left = np.where(leaves & (left == n_visits), visit, left)
    last, rows = np.minimum(left, n_visits - 1), np.arange(n)
    between = rng.uniform(0.05, 0.95, n)
    hour = hours[rows, last - 1] + between * (hours[rows, last] - hours[rows, last - 1])
    return left, np.where(left < n_visits, hour, np.inf)


def _subjects(rng: Generator, ids: NDArray[np.str_], arm: Integers) -> pl.DataFrame:
    n = len(ids)
    treatment = np.array(ARMS)[arm]
    return pl.DataFrame(
        {
            "USUBJID": ids,
            "TRT01P": treatment,
            "TRT01A": treatment,
            "ITTFL": ["Y"] * n,
            "SAFFL": ["Y"] * n,
            "AGE": np.rint(rng.normal(44, 12, n)).clip(18, 70).astype(np.int64),
            "SEX": np.where(rng.random(n) < 0.58, "F", "M"),
            "SITEID": rng.choice(["S1", "S2", "S3", "S4"], n),
        }
    )


def _scores(rng: Generator, ids: NDArray[np.str_], courses: Courses) -> pl.DataFrame:
    shape = courses.madrs.shape
    madrs = courses.attended.copy()
    madrs[:, 1:ONE_DAY] &= rng.random((len(ids), ONE_DAY - 1)) >= 0.03  # a rating forgotten
    hama = courses.attended.copy()
    hama[:, 1:ONE_DAY] = False  # not rated on the day of the infusion
    anxiety = np.zeros(shape, dtype=bool)
    anxiety[:, FOUR_HOURS] = rng.random(len(ids)) >= 0.02
    anxious = np.broadcast_to(courses.anxiety[:, None], shape)
    return _in_order(
        _long("MADRS", ids, courses.madrs, courses.hours, madrs),
        _long("HAMA", ids, courses.hama, courses.hours, hama),
        _long("ASC_ANX", ids, anxious, courses.hours, anxiety),
    )


def _in_order(*long: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(long).sort("USUBJID", "AFRLT", "PARAMCD", maintain_order=True)


def _long(
    scale: str, ids: NDArray[np.str_], values: Floats, hours: Floats, present: Flags
) -> pl.DataFrame:
    rows, visits = np.nonzero(present)
    return pl.DataFrame(
        {
            "USUBJID": ids[rows],
            "PARAMCD": [scale] * len(rows),
            "AVISIT": np.array(list(VISITS))[visits],
            "AFRLT": hours[rows, visits],
            "AVAL": values[rows, visits],
        }
    )


def _check_whole(argument: str, given: object, least: int) -> None:
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise ArgumentError(
            f"{argument} must be a whole number of at least {least}, not {given!r}."
        )
