"""What a plan may say of what stands beside the relapse curve, and what it may not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import ketanalysis as ka
from ketanalysis.examples.protocol import ketamine_plan

BASE = {"scale": "MADRS", "visit": "d14", "missing": "nri"}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"milestone": 28}, "[plan.durability] has no key 'milestone'; it has milestones, horizon, "
         "rule_sensitivity, redose, interval_origin, interval_test, resamples, seed, published. "
         "Did you mean milestones?"),
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
        (
            {"interval_test": "sun"},
            "Durability(interval_test=...) is of the interval-censored estimate, which is not "
            'asked for: write interval_origin=, such as "entry".',
        ),
    ],
)  # fmt: skip
def test_what_stands_beside_the_curve_is_declared(given: dict[str, Any], text: str) -> None:
    with pytest.raises(ka.ArgumentError) as caught:
        ka.Plan.from_dict({**BASE, "durability": given})
    assert str(caught.value) == text


def test_one_arm_has_every_part_and_a_horizon_too_far_stops_nothing() -> None:
    plan = ketamine_plan()
    assert plan.durability is not None
    asked = replace(plan.durability, redose=("event", "ignore"), horizon=500.0)
    trial = ka.load_example("ketamine").with_(arms=())
    parts = ("relapse", "relapse_means", "relapse_rules", "relapse_visits", "relapse_published")
    results = ka.run_study(trial, replace(plan, durability=asked), only=parts)
    assert list(results) == ["relapse", "relapse_milestones", *parts[2:]]
    assert results.refused["relapse_means"].startswith(
        "tau must be a time at which every curve is known, not 500: follow-up ends at 73.4"
    )
    variants = results["relapse_rules"].table["variant"].unique(maintain_order=True)
    assert variants.to_list() == [
        *("as declared", "single assessment", "dated midway", "dated at confirmation"),
        *("unconfirmed counts", "further infusion counts", "further infusion passed over"),
    ]
    primary = results["relapse_rules"].table.filter(role="primary", measure="median")
    assert primary["estimate"].to_list() == results["relapse"].medians["median"].to_list()


def test_the_arms_are_compared_as_visits_saw_them() -> None:
    plan, trial = ketamine_plan(), ka.load_example("ketamine")
    results = ka.run_study(trial, plan, only=["relapse_visits"])
    assert list(results) == ["relapse_visits", "relapse_visits_test"]
    rows = results["relapse_visits"].tte
    direct = ka.compare_interval_survival(rows, "TRT01P", scores="sun")
    assert results["relapse_visits_test"].table.equals(direct.table)
    # The other scores are another test.
    assert plan.durability is not None
    other = replace(plan, durability=replace(plan.durability, interval_test="wilcoxon"))
    second = ka.run_study(trial, other, only=["relapse_visits"])["relapse_visits_test"]
    assert second.table["p_value"][0] != direct.table["p_value"][0]
