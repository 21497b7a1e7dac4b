"""The effect sizes of two groups by name, each with its interval and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import check_conf_level
from ketanalysis.groups.dominance import cliffs_delta, rank_biserial, superiority
from ketanalysis.groups.two_samples import (
    NO_INTERVAL,
    OUT_OF_RANGE,
    TOO_FEW,
    EffectSize,
    cohens_d,
    hedges_g,
    noncentrality,
    observed,
)

NO_REFERENCE_VARIATION = "not estimable: no variation in the reference"


class Effect(NamedTuple):
    """One effect size: its function, its name in a heading, its sentence, its interval."""

    estimate: Callable[[ArrayLike, ArrayLike, float], EffectSize]
    label: str
    words: str
    method: str


def glass_delta(a: ArrayLike, b: ArrayLike, conf_level: float = 0.95) -> EffectSize:
    """How large is the difference in standard deviations of the reference `b`?

    For groups whose spread differs because the treatment changes it. Arguments, missing values
    and errors as `hedges_g`; not corrected for small samples.

    Notes
    -----
    Glass (1976), Educ Res 5(10): 3-8. Interval: noncentral t with ``n_b - 1`` degrees of
    freedom and standard error ``sqrt(1 / n_b + s_a^2 / (n_a s_b^2))`` in units of ``s_b``
    (Algina, Keselman and Penfield 2006, J Mod Appl Stat Methods 5: 2-13), as R's effectsize.
    Checked against: tests/oracle/effect_sizes.csv (R 4.2.2, effectsize::glass_delta), estimate
    relative 1e-10, interval relative 1e-5 (effectsize minimises loosely) and 1e-8 against R's
    pt solved by uniroot.

    Examples
    --------
    >>> round(glass_delta([1.0, 2.0, 3.0], [2.0, 4.0, 7.0]).estimate, 4)
    -0.9272
    """
    check_conf_level(conf_level)
    a, b = observed(a, "a"), observed(b, "b")
    if min(a.size, b.size) < 2:
        return EffectSize(reason=TOO_FEW)
    with np.errstate(over="ignore", invalid="ignore"):
        sd = float(b.std(ddof=1))
        if not np.isfinite(sd + a.std(ddof=1)):
            return EffectSize(reason=OUT_OF_RANGE)
    if sd <= 10 * np.finfo(np.float64).eps * abs(float(b.mean())) or sd == 0:
        return EffectSize(reason=NO_REFERENCE_VARIATION)

    delta = float(a.mean() - b.mean()) / sd
    scale = float(np.sqrt(1 / b.size + a.var(ddof=1) / (a.size * sd**2)))
    df = b.size - 1
    low = scale * noncentrality(delta / scale, df, (1 + conf_level) / 2)
    high = scale * noncentrality(delta / scale, df, (1 - conf_level) / 2)
    reason = None if np.isfinite(low + high) else NO_INTERVAL
    return EffectSize(estimate=delta, conf_low=low, conf_high=high, reason=reason)


EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "hedges-g": Effect(
            hedges_g,
            "Hedges g",
            "Hedges g (pooled SD, exact small-sample correction), with the interval of the "
            "noncentral t distribution",
            "noncentral t",
        ),
        "cohens-d": Effect(
            cohens_d,
            "Cohen d",
            "Cohen d (pooled SD), with the interval of the noncentral t distribution",
            "noncentral t",
        ),
        "glass-delta": Effect(
            glass_delta,
            "Glass delta",
            "Glass delta (SD of the reference group), with the interval of the noncentral t "
            "distribution",
            "noncentral t",
        ),
        "superiority": Effect(
            superiority,
            "Superiority",
            "probability of superiority (ties half), with Newcombe's interval (2006, method 5)",
            "Newcombe method 5",
        ),
        "cliffs-delta": Effect(
            cliffs_delta,
            "Cliff delta",
            "Cliff delta, with the asymmetric interval of Feng and Cliff (2004)",
            "Feng-Cliff",
        ),
        "rank-biserial": Effect(
            rank_biserial,
            "Rank-biserial",
            "rank-biserial correlation, with Fisher's z interval",
            "Fisher z",
        ),
    }
)
