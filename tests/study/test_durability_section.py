"""What a plan may say of what stands beside the relapse curve, and what it may not."""

from __future__ import annotations

from typing import Any

import pytest

import ketanalysis as ka

BASE = {"scale": "MADRS", "visit": "d14", "missing": "nri"}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"milestone": 28}, "[plan.durability] has no key 'milestone'; it has milestones, horizon, "
         "rule_sensitivity, redose, interval_origin, resamples, seed, published. Did you mean "
         "milestones?"),
        ({"milestones": [0]}, "Durability(milestones=...) must be days above 0, not 0."),
        ({"horizon": -1}, "Durability(horizon=...) must be days above 0, not -1."),
        ({"rule_sensitivity": "yes"},
         "Durability(rule_sensitivity=...) must be true or false, not 'yes'."),
        ({"redose": ["stop"]},
         "redose must be one of 'censor', 'event', 'competing', 'ignore', not 'stop'."),
        ({"published": ["Murrough 2012"]},
         "published must be one of 'McInnes 2022', 'Murrough 2013', 'Ibrahim 2012', "
         "'Salloum 2019', 'Wilkinson 2017', 'KetECT 2022', 'SUSTAIN-1', not 'Murrough 2012'. "
         "Did you mean Murrough 2013?"),
        ({"interval_origin": "entry", "seed": 1},
         "Durability(resamples=...) and seed= belong together: the bootstrap of the "
         "interval-censored estimate."),
        ({"resamples": 99, "seed": 1},
         "Durability(resamples=...) is of the interval-censored estimate, which is not asked for: "
         'write interval_origin=, such as "entry".'),
    ],
)  # fmt: skip
def test_what_stands_beside_the_curve_is_declared(given: dict[str, Any], text: str) -> None:
    with pytest.raises(ka.ArgumentError) as caught:
        ka.Plan.from_dict({**BASE, "durability": given})
    assert str(caught.value) == text
