"""Weights of the log-rank family: how much each time of an event counts in a comparison."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.survival.risk_sets import Floats

WEIGHTS = (
    *("log-rank", "gehan", "tarone-ware"),
    *("peto-peto", "modified-peto-peto", "fleming-harrington"),
)
MEANINGS = {
    "log-rank": "every event counts alike",
    "gehan": "an event counts by the number at risk, so that early ones weigh more; censoring "
    "that differs between the groups moves the weights",
    "tarone-ware": "an event counts by the root of the number at risk",
    "peto-peto": "an event counts by the share still free of it (Peto and Peto's estimate), so "
    "that early ones weigh more",
    "modified-peto-peto": "an event counts by the share still free of it (Peto and Peto's "
    "estimate, times n / (n + 1)), so that early ones weigh more",
}

Weigher = Callable[[Floats, Floats], Floats]


def check_weights(weights: str, rho: float | None, gamma: float | None) -> None:
    """Refuse unknown weights, and exponents that are missing or belong to no other weights."""
    check_one_of("weights", weights, WEIGHTS)
    if weights != "fleming-harrington":
        if rho is not None or gamma is not None:
            raise ArgumentError(
                'rho and gamma belong to weights="fleming-harrington" and to no other, not to '
                f"{weights!r}."
            )
        return
    for name, given in (("rho", rho), ("gamma", gamma)):
        if given is None or not 0 <= given < np.inf:
            raise ArgumentError(
                f'weights="fleming-harrington" needs rho and gamma, each 0 or more; {name} is '
                f"{given!r}.\n"
                "  rho = 1, gamma = 0 weighs early events (R's survdiff with rho = 1), rho = 0, "
                "gamma = 1 late ones."
            )


def weigher(weights: str, rho: float | None = None, gamma: float | None = None) -> Weigher:
    """Return the function of subjects at risk (m,) and events (m,) that gives weights (m,).

    The weights stand at the m times of events of one stratum, all groups together.

    Notes
    -----
    Fleming and Harrington take the Kaplan-Meier curve just before each time, as R's
    ``survdiff``. Sources: Gehan 1965, Biometrika 52:203; Tarone and Ware 1977, Biometrika
    64:156; Peto and Peto 1972, J R Stat Soc A 135:185; Andersen and Gill 1982, Ann Stat
    10:1100 (the modified form); Fleming and Harrington 1981, Commun Stat A 10:763.

    Examples
    --------
    >>> at_risk, events = np.array([4.0, 3.0]), np.array([1.0, 1.0])
    >>> weigher("gehan")(at_risk, events).tolist()
    [4.0, 3.0]
    >>> weigher("fleming-harrington", 1, 0)(at_risk, events).tolist()
    [1.0, 0.75]
    """
    if weights == "fleming-harrington":
        assert rho is not None
        assert gamma is not None
        return lambda n, d: _before(1 - d / n) ** rho * (1 - _before(1 - d / n)) ** gamma
    return {
        "log-rank": lambda n, d: np.ones(len(n)),
        "gehan": lambda n, d: n,
        "tarone-ware": lambda n, d: np.sqrt(n),
        "peto-peto": lambda n, d: np.cumprod(1 - d / (n + 1)),
        "modified-peto-peto": lambda n, d: np.cumprod(1 - d / (n + 1)) * n / (n + 1),
    }[weights]


def weights_name(weights: str, rho: float | None, gamma: float | None) -> str:
    """Return the name of a test: ``log-rank``, ``Fleming-Harrington (rho 0, gamma 1)``."""
    named = {"gehan": "Gehan", "tarone-ware": "Tarone-Ware", "peto-peto": "Peto-Peto"}
    if weights == "fleming-harrington":
        return f"Fleming-Harrington (rho {rho:g}, gamma {gamma:g})"
    return named.get(weights, "modified Peto-Peto" if weights.startswith("mod") else weights)


def weights_note(weights: str, rho: float | None, gamma: float | None) -> str:
    """Return a sentence on what the weights do; none for the log-rank test."""
    if weights == "log-rank":
        return ""
    if weights == "fleming-harrington":
        return (
            f"Weights: S^{rho:g} (1 - S)^{gamma:g}, with S the share still free of the event just "
            "before (Fleming and Harrington); weights that a plan did not name before the data "
            "were seen prove nothing."
        )
    return (
        f"Weights: {MEANINGS[weights]}; weights that a plan did not name before the data were "
        "seen prove nothing."
    )


def _before(factors: Floats) -> Floats:
    """Return the product of the factors of earlier times."""
    return np.concatenate(([1.0], np.cumprod(factors)))[: len(factors)]
