"""What was put into the simulated ketamine trial: the truth that an analysis should find.

Most values follow from the design by a formula or an integral. What depends on who leaves the
trial has no formula and comes from one large run of the same code.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from ketanalysis.examples.ketamine_design import (
    ANXIETY_MEAN,
    ANXIETY_NON_RESPONDER,
    ANXIETY_SD,
    ARMS,
    BASELINE_SCORES,
    BASELINE_WEIGHTS,
    NON_RESPONDER_SHARE,
    RELAPSE_HAZARD_RATIO,
    RELAPSE_MEDIAN,
    RELAPSE_SHAPE,
    RESPONDER_SHARE,
    RESPONSE,
    SEED,
    VISITS,
    Floats,
)
from ketanalysis.examples.ketamine_dissociation import WANING
from ketanalysis.examples.ketamine_vital_signs import RISE, SIGNS, UNITS

LARGE_RUN = "20 runs of 50,000 subjects an arm, seeds 1 to 20"
# By arm: midazolam, ketamine. The standard error of each is 0.0007 or less. The tests count
# the same shares in a run of their own.
MEASURED = {
    "not seen on day 14": (0.1679, 0.1296),
    "response on day 14, missing counted as non-response": (0.2249, 0.4988),
    "response on day 14 among those seen": (0.2703, 0.5731),
    "not seen on day 84": (0.3971, 0.3342),
    "any adverse event Anxiety": (0.1940, 0.4465),
    "any adverse event Dissociation": (0.1707, 0.5982),
}
# What hangs on the readings: a peak of seven readings, and infusions that high readings stop.
VITAL_RUN = "25 runs of 20,000 subjects an arm, seeds 1 to 25"
# Values by arm and their unit; the standard error of the shares is 0.0006 or less, that of the
# mean 0.009 mmHg.
VITAL_MEASURED = {
    "change to the highest SYSBP of an infusion": ((4.064, 18.256), "mmHg"),
    "SYSBP of 160 mmHg or more at any infusion": ((0.0348, 0.3138), "share"),
    "SYSBP rise of 40 mmHg or more at any infusion": ((0.00004, 0.0646), "share"),
    "infusions stopped early": ((0.0060, 0.0383), "share of infusions"),
}
# The mean rating of the first infusion, whose standard error is 0.009 points or less.
CADSS_MEASURED = (2.480, 14.310)
DAYS_TO_DAY_14 = 3  # from the last planned infusion, day 11

Row = tuple[str, str, float, str, str]


def ketamine_truth() -> pl.DataFrame:
    """Return the truth of the simulated ketamine trial, one row a quantity and arm.

    Answers "what should an analysis of the example find, were the trial endless?" A real
    trial has no such table.

    Returns
    -------
    ``quantity``, ``arm`` (or the contrast), ``value``, ``unit`` and ``source``: "design" for
    a number that was chosen, "integral" for what follows from it, else the large run.
    Values that do not name drop-out hold for all subjects, had nobody left.

    Examples
    --------
    >>> truth = ketamine_truth()
    >>> truth.filter(quantity="response on day 14", arm="ketamine")["value"].item()
    0.55
    """
    rows = [
        *_response(),
        *_change(),
        *_relapse(),
        *_anxiety(),
        *(
            (quantity, arm, value, "share", LARGE_RUN)
            for quantity, values in MEASURED.items()
            for arm, value in zip(ARMS, values, strict=True)
        ),
        *_vital_signs(),
        *_dissociation(),
        ("seed of the example", "all", float(SEED), "", "design"),
    ]
    return pl.DataFrame(rows, schema=["quantity", "arm", "value", "unit", "source"], orient="row")


def _dissociation() -> list[Row]:
    rows: list[Row] = [
        ("CADSS at 40 min, an infusion over the one before", arm, WANING, "ratio", "design")
        for arm in ARMS
    ]
    rows += [
        ("CADSS at 40 min of the first infusion", arm, value, "points", VITAL_RUN)
        for arm, value in zip(ARMS, CADSS_MEASURED, strict=True)
    ]
    return rows


def _vital_signs() -> list[Row]:
    units = dict(zip(SIGNS, UNITS, strict=True))
    rows: list[Row] = [
        (f"{sign} change when a whole infusion has run in", arm, float(rise), units[sign], "design")
        for arm, rises in zip(ARMS, RISE, strict=True)
        for sign, rise in zip(SIGNS, rises, strict=True)
    ]
    rows += [
        (quantity, arm, value, unit, VITAL_RUN)
        for quantity, (values, unit) in VITAL_MEASURED.items()
        for arm, value in zip(ARMS, values, strict=True)
    ]
    return rows


def _response() -> list[Row]:
    other, drug = RESPONSE
    odds = drug / (1 - drug) / (other / (1 - other))
    contrast = f"{ARMS[1]} minus {ARMS[0]}"
    rows: list[Row] = [
        ("response on day 14", arm, float(share), "share", "design")
        for arm, share in zip(ARMS, RESPONSE, strict=True)
    ]
    rows += [
        ("response on day 14", contrast, float(drug - other), "share", "design"),
        ("response on day 14", f"{ARMS[1]} over {ARMS[0]}", float(odds), "odds ratio", "design"),
    ]
    remitted = float(_weigh(_responder_at_most(10)))
    rows += [
        ("remission (MADRS <= 10) on day 14", arm, float(share * remitted), "share", "integral")
        for arm, share in zip(ARMS, RESPONSE, strict=True)
    ]
    return rows


def _change() -> list[Row]:
    """MADRS change to day 14: a whole number, so its mean is a sum of exceedance chances."""
    scores = range(1, 61)
    responder = sum(1 - _weigh(_responder_at_most(score - 1)) for score in scores)
    failed = sum(_weigh(_non_responder_at_least(score)) for score in scores)
    start = float(_weigh(BASELINE_SCORES.astype(np.float64)))
    means = RESPONSE * responder + (1 - RESPONSE) * failed - start
    rows: list[Row] = [
        ("MADRS change on day 14", arm, float(mean), "points", "integral")
        for arm, mean in zip(ARMS, means, strict=True)
    ]
    contrast = f"{ARMS[1]} minus {ARMS[0]}"
    rows.append(
        ("MADRS change on day 14", contrast, float(means[1] - means[0]), "points", "integral")
    )
    return rows


def _weigh(by_baseline: Floats) -> float:
    return float(BASELINE_WEIGHTS @ by_baseline)


def _responder_at_most(score: int) -> Floats:
    """Chance that floor(baseline (1 - share)) is at most `score`, by baseline, shape (17,)."""
    from scipy.special import betainc

    start, width, a, b = RESPONDER_SHARE
    edge = (1 - (score + 1) / BASELINE_SCORES - start) / width
    return np.asarray(1 - betainc(a, b, np.clip(edge, 0, 1)), dtype=np.float64)


def _non_responder_at_least(score: int) -> Floats:
    """Chance that ceil(baseline (1 - share)) is at least `score`, by baseline, shape (17,)."""
    from scipy.special import betainc

    start, width, a, b = NON_RESPONDER_SHARE
    edge = (1 - (score - 1) / BASELINE_SCORES - start) / width
    return np.asarray(1 - betainc(a, b, np.clip(edge, 0, 1)), dtype=np.float64)


def relapse_free(days: float) -> Floats:
    """Return the share of day-14 responders free of relapse `days` after day 14, by arm."""
    hazard = np.log(2) * RELAPSE_HAZARD_RATIO * (days / RELAPSE_MEDIAN) ** RELAPSE_SHAPE
    return np.asarray(np.exp(-hazard), dtype=np.float64)


def _relapse() -> list[Row]:
    medians = RELAPSE_MEDIAN * RELAPSE_HAZARD_RATIO ** (-1 / RELAPSE_SHAPE) + DAYS_TO_DAY_14
    rows: list[Row] = [
        ("median time to relapse of responders since day 11", arm, float(median), "days", "design")
        for arm, median in zip(ARMS, medians, strict=True)
    ]
    ratio = float(RELAPSE_HAZARD_RATIO[1] / RELAPSE_HAZARD_RATIO[0])
    contrast = f"{ARMS[1]} over {ARMS[0]}"
    rows.append(("relapse of responders", contrast, ratio, "hazard ratio", "design"))
    for visit in ("Day 28", "Day 42", "Day 56", "Day 84"):
        days = (VISITS[visit] - VISITS["Day 14"]) / 24
        rows += [
            (f"responders free of relapse on {visit.lower()}", arm, float(free), "share", "design")
            for arm, free in zip(ARMS, relapse_free(days), strict=True)
        ]
    return rows


def anxiety_moments(mean: float) -> tuple[float, float, float]:
    """Return mean, variance and share of zeros of ASC_ANX: a normal score cut at 0 and 100.

    The rounding of the mean of six items (to a sixth of a point) is left out: it adds less
    than 0.01 to the variance.
    """
    from scipy.special import ndtr

    low, high = -mean / ANXIETY_SD, (100 - mean) / ANXIETY_SD
    inside, above = ndtr(high) - ndtr(low), 1 - ndtr(high)
    density_low, density_high = (np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi) for z in (low, high))
    slope = ANXIETY_SD * (density_low - density_high)
    first = mean * inside + slope + 100 * above
    edge = ANXIETY_SD**2 * (low * density_low - high * density_high)
    second = (mean**2 + ANXIETY_SD**2) * inside + 2 * mean * slope + edge + 100**2 * above
    return float(first), float(second - first**2), float(ndtr(low))


def _anxiety() -> list[Row]:
    rows: list[Row] = []
    for arm, share, mean, more in zip(
        ARMS, RESPONSE, ANXIETY_MEAN, ANXIETY_NON_RESPONDER, strict=True
    ):
        well, well_variance, _ = anxiety_moments(mean)
        ill, ill_variance, _ = anxiety_moments(mean + more)
        pooled = share * well_variance + (1 - share) * ill_variance
        rows += [
            ("ASC_ANX of responders", arm, well, "points", "integral"),
            ("ASC_ANX of non-responders", arm, ill, "points", "integral"),
            (
                "ASC_ANX, non-responders minus responders",
                arm,
                float((ill - well) / np.sqrt(pooled)),
                "SD (Cohen d)",
                "integral",
            ),
        ]
    return rows
