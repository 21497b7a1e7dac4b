"""Small results of every kind, made from fixed numbers, for the tests of their figures."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import polars as pl
from matplotlib.figure import Figure
from matplotlib.text import Text

from ketanalysis.adverse_events import AdverseEventsResult, estimate_adverse_events
from ketanalysis.change import ChangeResult, estimate_change
from ketanalysis.definitions import Response
from ketanalysis.groups.comparison_result import ComparisonResult
from ketanalysis.groups.groups import compare_groups
from ketanalysis.groups.paired import compare_paired
from ketanalysis.groups.paired_result import PairedResult
from ketanalysis.groups.responders import RespondersResult, compare_responders
from ketanalysis.rates.response import RatesResult, estimate_response
from ketanalysis.results import Result
from ketanalysis.survival.estimates import SurvivalResult, estimate_survival
from ketanalysis.trial import Trial

ARMS = ("placebo", "ketamine")
VISITS = ("Baseline", "4 h", "Day 7")
HALF = Response(at_least=0.5)
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


def survival(arms: tuple[str, ...] = ARMS, n: int = 12) -> SurvivalResult:
    """Return n subjects an arm: times 3, 6, 9, ... days, every fourth censored."""
    rows = [
        {"USUBJID": f"{arm}-{i}", "ARM": arm, "AVAL": 3.0 * (i + 1) + a, "CNSR": int(i % 4 == 3)}
        for a, arm in enumerate(arms)
        for i in range(n)
    ]
    return estimate_survival(pl.DataFrame(rows), by="ARM", groups=arms, known_at="baseline")


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


def adverse_events(arms: tuple[str, ...] = ARMS, names: Any = None) -> AdverseEventsResult:
    """Return 10 subjects an arm; the second arm has more of everything."""
    names = names or ("Nausea", "Dissociation", "Headache")
    ids = [(f"{arm}-{i}", arm, a, i) for a, arm in enumerate(arms) for i in range(10)]
    adsl = pl.DataFrame(
        {"USUBJID": [s[0] for s in ids], "TRT01P": [s[1] for s in ids]},
        schema_overrides={"TRT01P": pl.Enum(arms)},
    )
    had = [(s, names[k]) for s, _, a, i in ids for k in range(len(names)) if i < (a + 1) * (k + 1)]
    adae = pl.DataFrame(
        {"USUBJID": [s for s, _ in had], "AEDECOD": [event for _, event in had]},
        schema={"USUBJID": pl.String, "AEDECOD": pl.String},
    )
    adqs = pl.DataFrame({"PARAMCD": ["MADRS"]})
    trial = Trial(adsl=adsl, adqs=adqs, adae=adae, arms=arms, visits=VISITS)
    return estimate_adverse_events(trial, by="TRT01P")


@cache
def every_kind(arms: tuple[str, ...] = ARMS) -> dict[str, Result]:
    return {
        "change": change(arms=arms),
        "rates": rates(arms=arms),
        "survival": survival(arms),
        "comparison": comparison((arms[0], arms[1])),
        "several groups": several(arms if len(arms) == 3 else ("placebo", "low", "high")),
        "paired": paired((arms[0], arms[1])),
        "occasions": paired(arms if len(arms) == 3 else VISITS),
        "responders": responders(arms),
        "adverse events": adverse_events(arms),
    }


def simulated(result: Result) -> Result:
    return replace(result, simulated=True)


def texts(figure: Figure) -> list[Text]:
    """Return what is written in a figure and drawn: no tick labels beyond the ends of an axis."""
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
