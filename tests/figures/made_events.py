"""Small results of adverse events, made from fixed numbers, for the tests of their figures."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.adverse_events.by_infusion import (
    InfusionEventsResult,
    estimate_adverse_events_by_infusion,
)
from ketanalysis.adverse_events.incidence import AdverseEventsResult, estimate_adverse_events
from ketanalysis.adverse_events.rates import (
    AdverseEventRatesResult,
    estimate_adverse_event_rates,
)
from ketanalysis.trial import Trial

ARMS = ("placebo", "ketamine")


def events_trial(arms: tuple[str, ...] = ARMS, names: Any = None) -> Trial:
    """Return 10 subjects an arm at two infusions; the second arm has more of everything."""
    names = names or ("Nausea", "Dissociation", "Headache")
    ids = [(f"{arm}-{i}", arm, a, i) for a, arm in enumerate(arms) for i in range(10)]
    adsl = pl.DataFrame(
        {"USUBJID": [s[0] for s in ids], "TRT01P": [s[1] for s in ids]},
        schema_overrides={"TRT01P": pl.Enum(arms)},
    )
    levels = ("MILD", "MODERATE", "SEVERE")
    had = [
        (s, names[k], levels[(i + k) % 3], 0.25 + (i * 7 + k * 5) % 11 / 10)
        for s, _, a, i in ids
        for k in range(len(names))
        if i < (a + 1) * (k + 1)
    ]
    schema = {"USUBJID": pl.String, "AEDECOD": pl.String, "AESEV": pl.String, "AFRLT": pl.Float64}
    adae = pl.DataFrame(had, schema=schema, orient="row").with_columns(EXSEQ=pl.lit(1))
    adqs = pl.DataFrame({"PARAMCD": ["MADRS"]})
    given = [(s, k, 48.0 * (k - 1)) for s, _, _, i in ids for k in (1, 2) if (i, k) != (9, 2)]
    adex = pl.DataFrame(given, schema=["USUBJID", "EXSEQ", "AFRLT"], orient="row")
    return Trial(adsl=adsl, adqs=adqs, adae=adae, adex=adex, arms=arms, visits=("Day 7",))


def adverse_events(arms: tuple[str, ...] = ARMS, names: Any = None) -> AdverseEventsResult:
    return estimate_adverse_events(events_trial(arms, names), by="TRT01P")


def event_infusions(arms: tuple[str, ...] = ARMS) -> InfusionEventsResult:
    return estimate_adverse_events_by_infusion(events_trial(arms), by="TRT01P")


def event_rates(arms: tuple[str, ...] = ARMS) -> AdverseEventRatesResult:
    return estimate_adverse_event_rates(
        events_trial(arms), by="TRT01P", per="infusion", count="all"
    )
