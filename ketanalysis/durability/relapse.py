"""How long does it last: time to relapse after response, without maintenance.

From visit scores to one ADTTE row a subject, by a declared rule: who enters, from which
origin, what counts as relapse, what a further infusion does. Nothing of it has a default.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.definition import Definition
from ketanalysis.definitions import Among, RelapseRule
from ketanalysis.durability.adtte import HOURS_PER_DAY, with_everybody
from ketanalysis.durability.curve import derived_curve
from ketanalysis.durability.entry import enter
from ketanalysis.durability.happenings import course_of
from ketanalysis.durability.origin import origin_words
from ketanalysis.durability.plan import check_plan, plan_notes
from ketanalysis.durability.rows import relapse_rows, uncounted_events
from ketanalysis.durability.status import status_refusal
from ketanalysis.frames import is_pandas, like_given
from ketanalysis.grid import Grid, by_columns, score_grid
from ketanalysis.population import refuse_selected
from ketanalysis.survival.results import Asked, SurvivalResult

PARAMCD = "TTRELAPS"
COMPETES = (
    "A further infusion competes with relapse and is taken as censoring in this curve: one minus "
    "it is not the share that relapses, and is above it. That share is the cumulative incidence: "
    "estimate_relapse_incidence."
)


def time_to_relapse(
    data: Any,
    scale: str,
    rule: RelapseRule,
    *,
    among: Among | None = None,
    origin: str | float | None = None,
    redose: str | None = None,
    by: str | Sequence[str] | None = None,
    population: str = "ITT",
) -> Any:
    """Derive time to relapse: one ADTTE row a subject, with the reason of each.

    Answers "when did each responder relapse, or until when do we know that not?". Not for
    all treated subjects: the rows that enter are those who met `among`.

    Parameters
    ----------
    data
        A `Trial`, or a frame in ADQS columns with AFRLT (a frame has no infusions or events).
    scale
        PARAMCD of the scale on which relapse is judged.
    rule
        The definition, for example
        ``Relapse(at_least=22, consecutive=2, dated="first", unconfirmed="censor")``, or several
        joined by & and |. Criteria on another scale are judged at the same visit.
    among
        Who enters: ``Among(Response(at_least=0.5), visit="Day 14")``, or after an infusion, or
        from the first assessment that meets the rule. Must be written.
    origin
        Where the clock starts. Must be written. "last infusion" (before or at entry), "first
        infusion", "criterion met" (the first assessment that met the entry rule) and "entry" are
        never later than entry: when entry is known only after the origin, the subject comes
        under risk at entry (late entry), because a relapse before it could not have been seen.
        "randomisation" (ADSL.RANDDY, or RANDDT and TRTSDT), the name of a visit and a number of
        days since the first infusion may also be later (a landmark): then those enter who by
        then had no relapse, were seen at or after it, and had no further infusion that counts.
    redose
        What an infusion after entry does: "censor", "event" (it counts as relapse),
        "competing" (a competing event, with a code of its own) or "ignore". Must be written when
        the trial holds infusions.
    by
        Columns of ADSL to carry along; a subject without a value in one does not enter. The
        trial's arm is carried in any case.
    population
        As in `estimate_response`.

    Returns
    -------
    polars.DataFrame or pandas.DataFrame
        One row a subject of the data, in order of USUBJID: USUBJID, by-columns, PARAMCD
        ("TTRELAPS"), PARAM, AVAL (days since the origin), CNSR (0 = relapse, 1 = end of
        observation, 2 = further infusion), EVNTDESC, CNSDTDSC, AVALLO and AVALHI (last
        relapse-free and first qualifying time, however the relapse is dated; equal where the time
        is known), with ``redose="competing"`` event_code (0 = censored, 1 = relapse, 2 = further
        infusion), entry (days after the origin from which the subject is at risk), entered,
        reason.

    Raises
    ------
    ArgumentError
        Something of the plan is not written, or does not exist.
    ContractError
        A subject who enters has a score, or an infusion or event that decides, without a time.

    Notes
    -----
    Scores after entry are judged in the order of time. A run of qualifying scores ends with
    one that does not qualify; a missing one neither makes nor breaks it. Two qualifying
    scores too near to each other do not confirm each other, two too far apart neither, but
    both may go with a third. Of a rule with several criteria an assessment is judged by those
    that were scored: one that is missing leaves it open, unless the others decide. The earliest
    of relapse by scores, an event of the rule and, with ``redose="event"``, a further infusion is
    the relapse. Events count up to any time,
    scores only until a further infusion that censors or counts. Whoever is left is censored
    at the last relapse-free score (without any, at entry), or at a further infusion if there
    are scores after it.
    Source of the shape of the rule: SUSTAIN-1 (NCT02493868), Ibrahim et al. 2012.
    Checked against: worked by hand in tests/durability/test_relapse_exits.py, every rule and every
    exit; a slow loop on random trials in tests/durability/test_every_relapse_rule.py, every kind of
    rule, entry and origin; loops in R 4.2.2 in tests/oracle/relapse.csv and, 18 rules on random
    courses, tests/oracle/relapse_rules.csv, reasons and codes exact, times relative 1e-12.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> tte = ka.time_to_relapse(
    ...     ka.load_example("ketamine"), "MADRS",
    ...     ka.Relapse(at_least=22, consecutive=1, dated="first"),
    ...     among=ka.Among(ka.Response(at_least=0.5), visit="Day 14"),
    ...     origin="last infusion", redose="censor")
    >>> tte["CNSR"].drop_nulls().n_unique()
    2
    """
    tte, _, _ = derived_rows(data, scale, rule, among, origin, redose, by, population)

    return like_given(tte, from_pandas=is_pandas(data))


def estimate_relapse(
    data: Any,
    scale: str,
    rule: RelapseRule,
    by: str | None = None,
    *,
    among: Among | None = None,
    origin: str | float | None = None,
    redose: str | None = None,
    population: str = "ITT",
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    known_at: str | float | None = None,
) -> SurvivalResult:
    """Estimate the share still free of relapse over time (Kaplan-Meier, on lifelines).

    Answers "how long does it last without maintenance?" for the subjects who entered; it is a
    conditional curve, never one of all treated.

    Parameters
    ----------
    data, scale, rule, among, origin, redose, population
        As in `time_to_relapse`.
    by
        A column of ADSL that was known at baseline, usually "TRT01P". A rule (`Among`) is
        refused, and the refusal says how long after the origin it is known.
    conf_type, conf_level
        As in `estimate_survival`.
    known_at
        When `by` was known: ``"baseline"``, or days after the origin, from which subjects are
        then at risk. The usual baseline columns need no declaration, and columns of a trial's
        ADSL are taken as known at baseline, unless their name says otherwise (EOSSTT, RESPFL).

    Returns
    -------
    SurvivalResult
        As `estimate_survival`; `tte` holds the rows of `time_to_relapse` and `audit` counts
        who entered and who did not, by reason. To test it again by `compare_survival`, name
        ``entry="entry"``.

    Raises
    ------
    ArgumentError, ContractError
        As `time_to_relapse` and `estimate_survival`.
    EstimationError
        Nobody enters.

    Notes
    -----
    Checked against: tests/oracle/relapse.csv (rows by a loop in R 4.2.2; survival::survfit,
    quantile.survfit, and the score test of coxph for the log-rank test), curve, medians,
    intervals and test, with and without late entry, relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> relapse = ka.estimate_relapse(
    ...     ka.load_example("ketamine"), "MADRS",
    ...     ka.Relapse(at_least=22, consecutive=1, dated="first"), by="TRT01P",
    ...     among=ka.Among(ka.Response(at_least=0.5), visit="Day 14"),
    ...     origin="last infusion", redose="censor")
    >>> relapse.medians.height
    2
    """
    tte, grid, notes = derived_rows(data, scale, rule, among, origin, redose, by, population)

    curve = derived_curve(
        tte,
        data,
        grid,
        by,
        what=f"free of relapse on {scale}, among those who entered",
        definition=rule,
        notes=notes,
        entry="entry",
        conf_type=conf_type,
        conf_level=conf_level,
        known_at=known_at,
    )
    competes = (COMPETES,) if redose == "competing" else ()
    assert among is not None
    assert origin is not None
    asked = Asked(among.sentence(scale), origin_words(origin), rule.sentence(scale))
    return replace(curve, asked=asked, warnings=(*competes, *curve.warnings))


def derived_rows(
    data: Any,
    scale: str,
    rule: RelapseRule,
    among: Among | None,
    origin: str | float | None,
    redose: str | None,
    by: str | Sequence[str] | Definition | None,
    population: str,
) -> tuple[pl.DataFrame, Grid, tuple[str, ...]]:
    """Return the ADTTE rows, the scores they come from, and the sentences on how."""
    among, origin = check_plan(data, scale, rule, among, origin, redose)
    columns = () if isinstance(by, Definition) else by_columns(by)

    refuse_selected(population, "Time to relapse")
    grid = score_grid(data, scale, columns, population=population)
    course = course_of(data, grid)
    rows = relapse_rows(data, grid, course, rule, among, origin, redose)
    if isinstance(by, Definition):
        known = enter(grid, course, rule, by).hour if isinstance(by, Among) else rows.origin
        gap = (known - rows.origin)[rows.entered] / HOURS_PER_DAY
        raise status_refusal(by, origin, gap[~np.isnan(gap)].tolist())
    param = f"Time to relapse on {scale} (days since {origin_words(origin)})"
    frame = rows.frame(grid.subjects, PARAMCD, param)
    notes = (
        rule.sentence(scale),
        among.sentence(scale),
        *plan_notes(data, rule, among, origin, redose, frame["entry"].drop_nulls().to_list()),
        *_met_at_entry_note(rows.met_at_entry),
        *_uncounted_note(uncounted_events(course, rows, rule)),
    )
    return with_everybody(frame, data, grid, columns, population), grid, notes


def _met_at_entry_note(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    who = "subject" if count == 1 else "subjects"
    return (
        f"{count} {who} met the criterion of relapse with the very score at entry: the rules of "
        "entry and of relapse overlap. Only later assessments count as relapse.",
    )


def _uncounted_note(events: dict[str, int]) -> tuple[str, ...]:
    if not events:
        return ()
    kinds = ", ".join(f"{kind} ({count})" for kind, count in events.items())
    return (
        f"Events under observation that the rule does not count, with their subjects: {kinds}. "
        "Scores after them are judged all the same.",
    )
