"""Small results of every kind, made from fixed numbers, for the tests of their figures."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import polars as pl
from matplotlib.figure import Figure
from matplotlib.text import Text

from ketanalysis.change import ChangeResult, estimate_change
from ketanalysis.definitions import Remission, Response
from ketanalysis.durability.by_infusion import InfusionsResult, estimate_response_by_infusion
from ketanalysis.durability.cumulative_response import (
    CumulativeResult,
    estimate_cumulative_response,
)
from ketanalysis.groups.comparison_result import ComparisonResult
from ketanalysis.groups.groups import compare_groups
from ketanalysis.groups.paired import compare_paired
from ketanalysis.groups.paired_result import PairedResult
from ketanalysis.groups.responders import RespondersResult, compare_responders
from ketanalysis.individual.change import IndividualResult, estimate_individual_change
from ketanalysis.individual.course import CourseResult, tabulate_course
from ketanalysis.individual.shift import ShiftResult, estimate_shift
from ketanalysis.infusions.conduct import ConductResult, tabulate_infusions
from ketanalysis.infusions.vital_signs import VitalSignsResult, estimate_vital_signs
from ketanalysis.literature.pooled_proportions import PooledProportions, pool_proportions
from ketanalysis.literature.published_comparison import compare_published
from ketanalysis.participants.baseline import tabulate_baseline
from ketanalysis.participants.concomitant import ConcomitantResult, tabulate_concomitant
from ketanalysis.participants.disposition import tabulate_disposition
from ketanalysis.profile import ProfileResult, estimate_profile
from ketanalysis.rates.by_visit import RatesResult
from ketanalysis.rates.categories import CategoriesResult
from ketanalysis.rates.from_counts import (
    ProportionResult,
    ProportionsResult,
    compare_proportions,
    estimate_proportion,
)
from ketanalysis.rates.levels import estimate_response_levels
from ketanalysis.rates.responder_curve import ResponderCurveResult, estimate_responder_curve
from ketanalysis.rates.response import estimate_response
from ketanalysis.results import Result
from ketanalysis.sensitivity.estimands import SensitivityResult, estimate_sensitivity
from ketanalysis.threshold import Threshold
from tests.durability.relapse_data import relapse_sensitivity
from tests.figures import made_acute, made_effects, made_prediction
from tests.figures.made_events import adverse_events, event_infusions, event_rates
from tests.figures.made_infusions import infusion_groups
from tests.figures.made_subgroups import subgroups_of
from tests.figures.made_survival import cox, fine_gray, incidence, restricted_means, survival
from tests.interval_censored.interval_data import interval_survival

ARMS = ("placebo", "ketamine")
VISITS = ("Baseline", "4 h", "Day 7")
HALF = Response(at_least=0.5)
PUBLISHED = ("Murrough 2013", "Salloum 2019")
ASKED = {"among": "responders", "origin": "the last infusion", "rule": "MADRS of at least 22"}
HOSTILE = ("$\\foo{$ _x", "_nolegend_ %s {0} \\textbf{a}", "ペンタゴン<b>\u202e\n\x00")


def scores(arms: tuple[str, ...] = ARMS, visits: tuple[str, ...] = VISITS, n: int = 6) -> Any:
    """Return n subjects an arm with MADRS and ANX; subject 2 of each arm has no last score."""
    rows = []
    for a, arm in enumerate(arms):
        for i in range(n):
            for v, visit in enumerate(visits):
                is_last = v == len(visits) - 1
                fall = v * (2 + a * (3 + i % 3)) + (i * 7 % 5 if v else 0)
                madrs = None if is_last and i == 2 else 30.0 + i % 4 - min(fall, 25)
                row = {"USUBJID": f"{a}-{i}", "AVISIT": visit, "TRT01P": arm}
                base = {"ABLFL": "Y" if v == 0 else None, "AFRLT": 24.0 * v}
                rows.append(row | base | {"PARAMCD": "MADRS", "AVAL": madrs})
                anxiety = float((i * 13 + v * 5) % 40 * (1 + a))
                rows.append(row | base | {"PARAMCD": "ANX", "AVAL": anxiety})
    types = {"AVISIT": pl.Enum(visits), "TRT01P": pl.Enum(arms), "ABLFL": pl.String}
    return pl.DataFrame(rows, schema_overrides=types)


def change(by: str | None = "TRT01P", **options: Any) -> ChangeResult:
    return estimate_change(scores(**options), "MADRS", by=by)


def rates(missing: Any = "nri", by: str | None = "TRT01P", **options: Any) -> RatesResult:
    visits = options.pop("only", None)
    return estimate_response(
        scores(**options), "MADRS", HALF, by=by, missing=missing, visits=visits
    )


def pooled(names: tuple[str, ...] = ARMS) -> PooledProportions:
    counts = [(3 * i + 1) % 7 for i in range(len(names))]
    return pool_proportions(
        counts, [9] * len(names), names=names, method="inverse-variance", transform="arcsine"
    )


def comparison(names: tuple[str, str] = ("no", "yes")) -> ComparisonResult:
    frame = pl.DataFrame(
        {
            "RESPONSE": [names[0]] * 5 + [names[1]] * 4,
            "ANX": [30.0, 50.0, 55.0, 30.0, 41.0, 10.0, 25.0, 25.0, None],
        }
    )
    return compare_groups(frame, "ANX", "RESPONSE", reference=names[0])


def several(names: tuple[str, ...] = ("placebo", "low", "high")) -> ComparisonResult:
    """Return three groups of 5, 4 and 3 subjects, and their pairs."""
    scores = ([30.0, 50.0, 55.0, 30.0, 41.0], [10.0, 25.0, 25.0, 33.0], [5.0, 12.0, 20.0])
    rows = [(name, v) for name, values in zip(names, scores, strict=True) for v in values]
    frame = pl.DataFrame(rows, schema={"DOSE": pl.Enum(names), "ANX": pl.Float64}, orient="row")
    return compare_groups(
        frame, "ANX", "DOSE", reference=names[0], test="anova", pairwise="dunnett"
    )


def paired(names: tuple[str, ...] = ("before", "after")) -> PairedResult:
    """Return seven subjects at each occasion, one of them without the last score."""
    rows = [
        (str(i), name, None if (i, place) == (6, len(names) - 1) else 30.0 - 4 * place * (i % 3))
        for i in range(7)
        for place, name in enumerate(names)
    ]
    schema = {"USUBJID": pl.String, "AVISIT": pl.Enum(names), "MADRS": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    test = "paired-t" if len(names) == 2 else "friedman"
    return compare_paired(frame, "MADRS", "AVISIT", reference=names[0], test=test)


def responders(arms: tuple[str, ...] = ARMS) -> RespondersResult:
    return compare_responders(
        scores(arms, n=12),
        "ANX",
        scale="MADRS",
        rule=HALF,
        response_visit="Day 7",
        anxiety_visit="4 h",
        missing="observed",
        by="TRT01P",
    )


def individual(by: str | None = "TRT01P", **options: Any) -> IndividualResult:
    """Return the change at the last visit; with six subjects subject 2 of each arm left before."""
    frame = scores(**options)
    last = frame["AVISIT"].dtype.categories[-1]
    return estimate_individual_change(frame, "MADRS", by, visit=last, response=HALF)


def course(by: str | None = "TRT01P", **options: Any) -> CourseResult:
    return tabulate_course(
        scores(**options), "MADRS", by, response=HALF, remission=Remission(at_most=12)
    )


def shift(by: str | None = "TRT01P", **options: Any) -> ShiftResult:
    frame = scores(**options)
    last = frame["AVISIT"].dtype.categories[-1]
    return estimate_shift(frame, "MADRS", by, visit=last, missing="observed")


def profile(by: str | None = "TRT01P", **options: Any) -> ProfileResult:
    frame = scores(**options).with_columns(pl.col("AVAL").clip(upper_bound=100.0))
    last = frame["AVISIT"].dtype.categories[-1]
    return estimate_profile(frame, ["ANX", "MADRS"], by, visit=last)


def outcomes(names: tuple[str, str] = ("no", "yes")) -> ComparisonResult:
    """Return a comparison of two outcomes, one of which cannot be estimated."""
    frame = pl.DataFrame(
        {
            "RESPONSE": [names[0]] * 6 + [names[1]] * 6,
            "ASC_ANX": [0.0, 0.0, 55.0, 30.0, 41.0, 12.0, 10.0, 0.0, 0.0, 25.0, 7.0, None],
            "ASC_BLISS": [3.0] * 6 + [None] * 6,
        }
    )
    return compare_groups(
        frame, ["ASC_ANX", "ASC_BLISS"], "RESPONSE", reference=names[0], p_adjust="holm"
    )


@cache
def further(arms: tuple[str, ...] = ARMS) -> dict[str, tuple[Result, dict[str, Any]]]:
    """Return the further figures of results by name: the result, and the options to draw it."""
    pair = (arms[0], arms[1])
    return {
        "change, time": (change(arms=arms), {"axis": "time"}),
        "forest of rates": (rates(("nri", "observed"), arms=arms), {"kind": "forest"}),
        "forest of outcomes": (outcomes(pair), {"kind": "forest", "show_p": True}),
        "raincloud": (comparison(pair), {"kind": "raincloud"}),
        "raincloud of responders": (responders(arms), {"kind": "raincloud"}),
        "heatmap of outcomes": (outcomes(pair), {"kind": "heatmap"}),
        "severity": (adverse_events(arms), {"kind": "severity"}),
        "onset": (adverse_events(arms), {"kind": "onset"}),
        "subjects": (profile(arms=arms), {"kind": "subjects"}),
        "waterfall": (individual(arms=arms), {"kind": "waterfall", "thresholds": (0.25, 0.5)}),
        "attenuation": (made_acute.acute_effects(arms), {"kind": "attenuation"}),
        "stacked incidence": (incidence(arms), {"kind": "stacked"}),
        "spaghetti with means": (individual(arms=arms), {"show_mean": True, "axis": "time"}),
    }


def subjects(arms: tuple[str, ...] = ARMS) -> pl.DataFrame:
    """Return 8 subjects an arm with what a table of them needs."""
    ids = [(f"{a}-{i}", arm, a, i) for a, arm in enumerate(arms) for i in range(8)]
    left = [i > 5 - a % 2 for _, _, a, i in ids]
    return pl.DataFrame(
        {
            "USUBJID": [s[0] for s in ids],
            "TRT01P": [s[1] for s in ids],
            "AGE": [30 + 3 * i + 5 * a + i * i % 7 for _, _, a, i in ids],
            "SEX": ["F" if (i + a) % 3 else "M" for _, _, a, i in ids],
            "HOSPFL": ["Y" if i % 4 == a % 4 else "N" for _, _, a, i in ids],
            "ITTFL": ["Y"] * len(ids),
            "EOSSTT": ["DISCONTINUED" if gone else "COMPLETED" for gone in left],
            "DCSREAS": ["LOST TO FOLLOW-UP" if gone else None for gone in left],
        },
        schema_overrides={"TRT01P": pl.Enum(arms), "DCSREAS": pl.String},
    )


def concomitant(arms: tuple[str, ...] = ARMS) -> ConcomitantResult:
    people = subjects(arms)
    names = ("ANTIDEPRESSANTS", "HYPNOTICS AND SEDATIVES", "ANXIOLYTICS")
    taken = [
        (s, names[k]) for i, s in enumerate(people["USUBJID"]) for k in range(3) if i % (k + 2)
    ]
    treatments = pl.DataFrame(
        {"USUBJID": [s for s, _ in taken], "CMCLAS": [name for _, name in taken]}
    ).with_columns(AFRLT=pl.lit(24.0))
    return tabulate_concomitant(treatments, by="TRT01P", subjects=people, ci="wilson")


def categories(arms: tuple[str, ...] = ARMS) -> CategoriesResult:
    return estimate_response_levels(
        scores(arms), "MADRS", by="TRT01P", levels=(0.25, 0.5), missing=["nri", "observed"]
    )


def responder_curve(arms: tuple[str, ...] = ARMS) -> ResponderCurveResult:
    return estimate_responder_curve(
        scores(arms), "MADRS", by="TRT01P", visit="Day 7", missing=["nri", "observed"]
    )


def infusions(arms: tuple[str, ...] = ARMS, by: str | None = "TRT01P") -> InfusionsResult:
    """Return the scores of `scores` as those of two infusions; some had but one."""
    frame = scores(arms).filter(pl.col("PARAMCD") == "MADRS")
    number = pl.col("AVISIT").to_physical().cast(pl.Int64)
    numbered = frame.with_columns(number=number).drop_nulls("AVAL")
    return estimate_response_by_infusion(
        numbered, "MADRS", HALF, by, infusion="number", missing="nri"
    )


def cumulative(arms: tuple[str, ...] = ARMS) -> CumulativeResult:
    return estimate_cumulative_response(scores(arms), "MADRS", HALF, by="TRT01P", times=[1, 2])


def vital_signs(arms: tuple[str, ...] = ARMS, n: int = 6) -> VitalSignsResult:
    """Return n subjects an arm at two infusions; every third has no reading at 40 minutes."""
    minutes = {"15 min before": -15, "20 min": 20, "40 min": 40, "90 min": 90}
    rows = []
    for a, arm in enumerate(arms):
        for i in range(n):
            for k in (1, 2):
                for v, (point, at) in enumerate(minutes.items()):
                    value = 115 + i * 3 + k + (0, 9, 18, 5)[v] * a + (i * 7 + v * k) % 4
                    row = {"USUBJID": f"{a}-{i}", "TRT01P": arm, "EXSEQ": k, "PARAMCD": "SYSBP"}
                    row |= {"ARRLT": at / 60, "ATPT": point, "ATPTN": at, "AVALU": "mmHg"}
                    rows.append(row | {"AVAL": None if v == 2 and i % 3 == 2 else float(value)})
    given = {"USUBJID": [f"{a}-{i}" for a in range(len(arms)) for i in range(n) for _ in (1, 2)]}
    given |= {"EXSEQ": [1, 2] * (n * len(arms)), "EXDUR": [40] * (2 * n * len(arms))}
    frame = pl.DataFrame(rows, schema_overrides={"TRT01P": pl.Enum(arms)})
    return estimate_vital_signs(
        frame,
        "SYSBP",
        by="TRT01P",
        pre_within=30,
        infusions=given,
        thresholds=[
            Threshold("SYSBP", at_least=140, unit="mmHg"),
            Threshold("SYSBP", rise_at_least=20, unit="mmHg"),
        ],
    )


def conduct(arms: tuple[str, ...] = ARMS, n: int = 8) -> ConductResult:
    """Return n subjects an arm, three infusions planned; some leave, some stop early."""
    rows = [
        {"USUBJID": f"{a}-{i}", "TRT01P": arm, "EXSEQ": k, "EXADJ": "anxiety" if i == k else None}
        for a, arm in enumerate(arms)
        for i in range(n)
        for k in range(1, 4 - (i < a))
    ]
    schema = {"TRT01P": pl.Enum(arms), "EXADJ": pl.String}
    frame = pl.DataFrame(rows, schema_overrides=schema)
    return tabulate_infusions(frame, by="TRT01P", planned=3)


def proportion(arms: tuple[str, ...] = ARMS) -> ProportionResult:
    counts = [(3 * i) % 7 for i in range(len(arms))]
    return estimate_proportion(counts, [9] * len(arms), names=arms)


def proportions(arms: tuple[str, ...] = ARMS) -> ProportionsResult:
    return compare_proportions(
        [8, 5, 6], [20, 15, 8], [3, 2, 0], [21, 14, 0],
        group=arms[-1], reference=arms[0], strata=(*arms[:2], "Chur"),
    )  # fmt: skip


def sensitivity(arms: tuple[str, ...] = ARMS) -> SensitivityResult:
    return estimate_sensitivity(
        scores(arms), "MADRS", [HALF, "change"], visits="Day 7", missing=["observed", "locf"]
    )


@cache
def every_kind(arms: tuple[str, ...] = ARMS) -> dict[str, Result]:
    return {
        "change": change(arms=arms),
        "rates": rates(arms=arms),
        "sensitivity": sensitivity(arms),
        "survival": survival(arms),
        "cumulative incidence": incidence(arms),
        "restricted means": restricted_means(arms),
        "forest of hazard ratios": cox(arms),
        "forest of incidences": fine_gray(arms),
        "interval_survival": interval_survival(arms),
        "published figures": compare_published(survival(arms), PUBLISHED, **ASKED),
        "pooled proportions": pooled(arms),
        "relapse_sensitivity": relapse_sensitivity(arms),
        "comparison": comparison((arms[0], arms[1])),
        "several groups": several(arms if len(arms) == 3 else ("placebo", "low", "high")),
        "paired": paired((arms[0], arms[1])),
        "occasions": paired(arms if len(arms) == 3 else VISITS),
        "responders": responders(arms),
        "infusion groups": infusion_groups(arms),
        "adverse events": adverse_events(arms),
        "blinding": made_acute.blinding(arms),
        "adverse events by infusion": event_infusions(arms),
        "adverse event rates": event_rates(arms),
        "individual": individual(arms=arms),
        "course": course(arms=arms),
        "shift": shift(arms=arms),
        "profile": profile(arms=arms),
        "baseline": tabulate_baseline(subjects(arms), by="TRT01P"),
        "disposition": tabulate_disposition(subjects(arms), by="TRT01P"),
        "concomitant": concomitant(arms),
        "categories": categories(arms),
        "responder curve": responder_curve(arms),
        "infusions": infusions(arms),
        "cumulative response": cumulative(arms),
        "vital signs": vital_signs(arms),
        "acute effects": made_acute.acute_effects(arms),
        "dose response": made_acute.dose_response(arms),
        "conduct": conduct(arms),
        "proportion": proportion(arms),
        "proportions": proportions(arms),
        **made_prediction.every_kind(arms),
        **made_effects.every_kind(arms),
        "subgroups": subgroups_of(arms),
    }


def simulated(result: Result) -> Result:
    return replace(result, simulated=True)


def texts(figure: Figure) -> list[Text]:
    """Return what is written in a figure and drawn: no tick labels beyond the ends of an axis."""
    figure.draw_without_rendering()  # the texts of a legend find their places when drawn
    beyond = {
        tick.label1
        for ax in figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    found = set(figure.findobj(Text)) - beyond
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def written(figure: Figure) -> list[str]:
    return [text.get_text() for text in texts(figure)]
