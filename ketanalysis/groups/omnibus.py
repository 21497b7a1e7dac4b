"""The tests of several groups at once by name, and their effect sizes, as rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from ketanalysis.groups.analysis_of_variance import (
    Omnibus,
    anova,
    epsilon_squared,
    eta_squared,
    omega_squared,
    welch_anova,
)
from ketanalysis.groups.group_tests import BLANK, Row, without_nan
from ketanalysis.groups.kruskal_wallis import kruskal_wallis, rank_epsilon_squared
from ketanalysis.groups.permutation_anova import permutation_anova
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.two_samples import EffectSize, Floats

EQUAL_VARIANCES = (
    "no interval of the effect size: it would take equal variances, which this test does not"
)


class OmnibusEffect(NamedTuple):
    """One effect size of several groups: its function, name in a heading, sentence, interval."""

    estimate: Callable[[Sequence[Floats], float], EffectSize]
    label: str
    words: str
    method: str


OMNIBUS: Mapping[str, Callable[[Sequence[Floats], Draws], Omnibus]] = MappingProxyType(
    {
        "anova": lambda samples, draws: anova(samples),
        "welch-anova": lambda samples, draws: welch_anova(samples),
        "kruskal-wallis": lambda samples, draws: kruskal_wallis(samples),
        "permutation-anova": permutation_anova,
    }
)
OMNIBUS_EFFECTS: Mapping[str, OmnibusEffect] = MappingProxyType(
    {
        "eta-squared": OmnibusEffect(
            eta_squared,
            "Eta squared",
            "eta squared, with the noncentral F interval",
            "noncentral F",
        ),
        "omega-squared": OmnibusEffect(
            omega_squared,
            "Omega squared",
            "omega squared, with the noncentral F interval",
            "noncentral F",
        ),
        "epsilon-squared": OmnibusEffect(
            epsilon_squared,
            "Epsilon squared",
            "epsilon squared, with the noncentral F interval",
            "noncentral F",
        ),
        "rank-epsilon-squared": OmnibusEffect(
            rank_epsilon_squared,
            "Rank epsilon squared",
            "epsilon squared of the ranks (H / (n - 1)), without interval",
            "none",
        ),
    }
)
# What stands beside a test where the caller names no effect size of several groups.
OWN_EFFECT: Mapping[str, str] = MappingProxyType(
    {
        "anova": "eta-squared",
        "welch-anova": "eta-squared",
        "kruskal-wallis": "rank-epsilon-squared",
        "permutation-anova": "eta-squared",
    }
)


def omnibus_row(
    test: str, samples: Sequence[Floats], effects: Sequence[str], conf_level: float, draws: Draws
) -> Row:
    """Return the row of one test of several groups; `samples` are sorted, without NaN."""
    found = OMNIBUS[test](samples, draws)
    effect = effects[0] if effects else OWN_EFFECT[test]
    size = OMNIBUS_EFFECTS[effect].estimate(samples, conf_level)
    note = found.reason
    if test == "welch-anova" and effect != "rank-epsilon-squared":
        note = note or (None if size.reason else EQUAL_VARIANCES)
        size = EffectSize(estimate=size.estimate)
    return tested_row(found, samples) | without_nan(
        {
            "test": test,
            "measure": "mean ranks" if test == "kruskal-wallis" else "means",
            "effect": effect,
            "effect_size": size.estimate,
            "effect_low": size.conf_low,
            "effect_high": size.conf_high,
            "note": note,
        }
    )


def tested_row(found: Omnibus, samples: Sequence[Floats]) -> Row:
    """Return what any test of several groups says: statistic, df, p value, subjects."""
    numbers = without_nan(
        {
            "statistic": found.statistic,
            "df_num": found.df_num,
            "df_den": found.df_den,
            "p_value": found.p_value,
        }
    )
    return (
        BLANK
        | dict.fromkeys(("n_reference", "mean", "mean_reference"))
        | dict.fromkeys(("estimate", "conf_low", "conf_high"))
        | {"n": sum(sample.size for sample in samples), "method": found.method or None}
        | numbers
    )
