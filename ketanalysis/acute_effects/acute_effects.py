"""What is felt during an infusion: its course, its peak, who dissociates, and whether it wanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import polars as pl

from ketanalysis.acute_effects.assessments import UNIT, Points, ratings
from ketanalysis.acute_effects.attenuation import SCHEMA, attenuation_rows
from ketanalysis.acute_effects.flag import Flag, flagged_rows, published_flag
from ketanalysis.definition import check_number
from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.grid import names_given
from ketanalysis.infusions.vital_signs import VitalSignsResult, estimate_vital_signs
from ketanalysis.threshold import Threshold

MEASURES = ("change", "peak")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AcuteEffectsResult(VitalSignsResult):
    """Ratings around infusions, by group: all that `VitalSignsResult` has, in points, and `trend`.

    Attributes
    ----------
    trend
        Points a further infusion: one row a group (term "per infusion") and, of two groups, how
        their slopes differ ("per infusion, difference"): by-columns, measure ("change" or
        "peak"), n, n_infusions, estimate, std_error, conf_low, conf_high, statistic, df,
        p_value, method (covariance over infusions), note. Empty with one infusion.
    """

    kind: ClassVar[str] = "acute effects"

    trend: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))


def estimate_acute_effects(
    data: Any,
    scale: str,
    by: str | Sequence[str] | None = None,
    *,
    pre_within: float | None = None,
    until: float | None = None,
    points: Points | None = None,
    flag: str | Threshold | None = None,
    return_within: float | None = None,
    return_stays: bool | None = None,
    worst: str = "highest",
    trend: str = "change",
    covariance: str = "us",
    fallback: str | Sequence[str] = (),
    df: str = "kenward-roger-linear",
    infusions: Any = None,
    ci: str = "clopper-pearson",
    conf_level: float = 0.95,
) -> AcuteEffectsResult:
    """Estimate what is felt during infusions: the course, the peak, the flag, the waning.

    Answers "how strong was the dissociation, when was it gone, and does it wane over infusions?".
    Not whether it goes with response: see `compare_responders` and `estimate_mediation`. A peak
    is the highest of the ratings that were taken, and they were taken at a few planned minutes.

    Parameters
    ----------
    data
        A `Trial` with infusions (ADEX) and scores with AFRLT, or a frame with one row a rating:
        USUBJID, EXSEQ (number of the infusion), ARRLT (hours since the start of that infusion),
        AVAL, PARAMCD where it holds several scales, ATPT for the time points, and the by-columns.
    scale
        PARAMCD of the scale, such as "CADSS".
    by
        Column or columns of ADSL or ADEX (or of the frame).
    pre_within
        Minutes before the start within which the last rating is the value before; must be written.
    until
        Minutes after the start up to which a rating belongs to the infusion; of a trial it must
        be written.
    points
        Planned time points: name → (from, to) in minutes since the start, for example
        ``{"before": (-60, 0), "40 min": (20, 60), "2 h": (90, 150)}``; without it the column ATPT.
    flag
        "published" (of CADSS: above 4 and risen from before; the cut-off of the registry) or a
        `Threshold` in the unit "points"; None: no flag.
    return_within, return_stays
        As in `estimate_vital_signs`: how many points above the value before still count as back.
    worst
        "highest" (the stronger rating is the higher one) or "lowest".
    trend
        What the line over infusions is of: "change" (peak less before) or "peak".
    covariance, fallback, df
        Of the mixed model over infusions, as in `fit_mmrm`.
    infusions
        For a bare frame: the infusions, in ADEX columns.
    ci, conf_level
        As in `estimate_vital_signs`.

    Returns
    -------
    AcuteEffectsResult
        `table` (before, peak, change, time of the peak), `course` by time point, `thresholds`
        (the flag), `returns`, `trend`, and infusions and readings one by one.

    Raises
    ------
    ArgumentError
        As `estimate_vital_signs`; a flag that the registry does not hold, `until` not written.
    ContractError, EstimationError
        As `estimate_vital_signs`.

    Notes
    -----
    Missing values: as `estimate_vital_signs`; an infusion without a value before has a peak and no
    change, and is no case for the published flag. The mixed model takes every infusion that was
    rated: if infusions are missing because the effect was strong, the slope is too steep or flat.
    Changes are within subjects, and their intervals too; over several infusions the subjects are
    the sample.
    Checked against: tests/oracle/acute_effects.csv (R 4.2.2, from raw ratings in base R, nlme::gls
    for the slopes), relative 1e-9, slopes 1e-5; tests/oracle/vital_signs.csv for the rest.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rows = {"USUBJID": ["a"] * 3 + ["b"] * 3, "EXSEQ": [1] * 6, "AVAL": [0, 12, 1, 1, 9, 0],
    ...         "ARRLT": [-0.5, 0.67, 2.0] * 2, "ATPT": ["before", "40 min", "2 h"] * 2}
    >>> acute = ka.estimate_acute_effects(rows, "CADSS", pre_within=60, flag="published")
    >>> acute.thresholds["count"].to_list(), acute.course["mean"].to_list()[:3]
    ([2], [0.5, 10.5, 0.5])
    """
    check_one_of("trend", trend, MEASURES)
    rule = _rule(flag, scale)
    levels = () if rule is None else (rule.level if isinstance(rule, Flag) else rule,)
    if pre_within is not None:
        check_number("pre_within", pre_within)
    given = ratings(data, scale, points, pre_within or 0.0, until)
    found = estimate_vital_signs(
        given,
        scale,
        by,
        pre_within=pre_within,
        until=until,
        thresholds=levels,
        return_within=return_within,
        return_stays=return_stays,
        infusions=infusions,
        worst={scale: worst},
        ci=ci,
        conf_level=conf_level,
    )
    held = {one.name: getattr(found, one.name) for one in fields(found)}
    if isinstance(rule, Flag):
        flagged = list(flagged_rows(found, rule, ci=ci, conf_level=conf_level))
        held["thresholds"] = pl.DataFrame(flagged, schema=found.thresholds.schema)
    slopes = attenuation_rows(
        found.infusions,
        found.by,
        trend,
        covariance,
        names_given("fallback", fallback, "a structure"),
        df,
        conf_level,
    )
    keys: dict[str, Any] = {column: found.infusions.schema[column] for column in found.by}
    table = pl.DataFrame(list(slopes), schema=keys | SCHEMA)
    title = f"{scale} during infusions"
    held |= {
        "title": f"{title} by {', '.join(found.by)}" if found.by else title,
        "notes": (*found.notes, *_notes(rule, table, covariance, df)),
        "trend": table,
    }
    return AcuteEffectsResult(**held)


def _rule(flag: object, scale: str) -> Flag | Threshold | None:
    if flag is None:
        return None
    if flag == "published":
        return published_flag(scale)
    if not isinstance(flag, Threshold) or flag.unit != UNIT or flag.parameter != scale:
        raise ArgumentError(
            f'flag must be "published" or a level in points, such as Threshold("{scale}", above=4, '
            f'unit="points"), not {flag!r}.'
        )
    return flag


def _notes(
    rule: Flag | Threshold | None, trend: pl.DataFrame, covariance: str, df: str
) -> tuple[str, ...]:
    said = []
    if isinstance(rule, Flag):
        said.append(f"Flag: {rule.words}, at one rating after the start ({rule.source}).")
    if trend.height:
        measure = "peak less value before" if trend["measure"][0] == "change" else "peak"
        said.append(
            f"Waning: {measure} in a straight line over the number of the infusion, mixed model a "
            f"group with covariance {covariance} over infusions and {df} degrees of freedom; the "
            "difference of two groups from one model of both."
        )
    return tuple(said)
