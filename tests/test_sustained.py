"""Sustained outcomes as values: sentences, TOML, and every contradiction refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError
from ketanalysis.sustained import Sustained

HALF, TWELVE = Response(at_least=0.5), Remission(at_most=12)
STABLE = Sustained(TWELVE, visits=3, of=4, excursions=1, missed=1, only_at=["Week 13", "Week 14"])
KEPT = Sustained(
    HALF,
    visits=4,
    of=["Day 2", "Day 8", "Day 15", "Day 22", "Day 28"],
    excursions=1,
    missed=0,
    still=Response(at_least=0.25),
    only_at=["Day 8", "Day 15", "Day 22"],
)
NAMES = {"Sustained": Sustained, "Response": Response, "Remission": Remission}


def all_rules() -> list[Sustained]:
    """Every rule of up to 4 visits with every consistent pair of excuses."""
    rules = []
    for of in (1, 2, 3, 4):
        for k in range(1, of + 1):
            for e in range(of - k + 1):
                for m in range(max(0, of - k - e), of - k + 1):
                    rules.append(Sustained(HALF, visits=k, of=of, excursions=e, missed=m))
    return rules


RULES = [STABLE, KEPT, Sustained(TWELVE, visits=2, of=2), *all_rules()]
rules = st.sampled_from(RULES)


@given(rules)
def test_a_rule_shows_its_constructor_and_survives_toml(rule: Sustained) -> None:
    again = eval(repr(rule), NAMES)
    assert again == rule == Sustained.from_toml(rule.to_toml())
    assert hash(again) == hash(rule)
    assert str(rule) == rule.sentence()


def test_the_sentences_of_a_protocol() -> None:
    assert STABLE.sentence("MADRS") == (
        "Sustained remission is remission at 3 or more of the last 4 visits, with at most 1 "
        "excursion and at most 1 visit without a score (at Week 13 or Week 14 only). Remission is "
        "a MADRS score of at most 12."
    )
    assert KEPT.sentence("MADRS") == (
        "Sustained response is response at 4 or more of the visits Day 2, Day 8, Day 15, Day 22 "
        "and Day 28, with at most 1 excursion and every visit scored (at Day 8, Day 15 or Day 22 "
        "only). Response is an improvement in MADRS of at least 50 % from baseline. In an "
        "excursion this must still hold: Response is an improvement in MADRS of at least 25 % "
        "from baseline."
    )
    assert str(Sustained(TWELVE, visits=2, of=2)) == (
        "Sustained remission is remission at each of the last 2 visits. Remission is a score of "
        "at most 12."
    )
    assert str(Sustained(HALF, visits=2, of=4, excursions=0, missed=2)).startswith(
        "Sustained response is response at 2 or more of the last 4 visits, with no excursion and "
        "at most 2 visits without a score. "
    )
    assert str(Sustained(HALF, visits=1, of="Day 28")).startswith(
        "Sustained response is response at the visit Day 28. "
    )
    assert str(Sustained(HALF, visits=1, of=1)).startswith(
        "Sustained response is response at the last visit. "
    )


def test_numbers_of_numpy_and_lists_are_taken() -> None:
    rule = Sustained(HALF, visits=np.int64(2), of=np.int64(3), excursions=1, missed=np.int64(0))
    assert rule == Sustained(HALF, visits=2, of=3, excursions=1, missed=0)
    assert Sustained.from_toml(rule.to_toml()) == rule
    assert KEPT.only_at == ("Day 8", "Day 15", "Day 22")


OPEN = (
    "Sustained(visits=3) of 4 visits needs excursions= and missed=: at how many the rule may "
    "fail, and at how many the score may be missing (0 to 1 each); {} is not written."
)
REFUSED: list[tuple[Any, str]] = [
    (
        lambda: Sustained("response", visits=1, of=1),  # type: ignore[arg-type]
        "Sustained needs a Response or a Remission first, not 'response'.",
    ),
    (
        lambda: Sustained(HALF, visits=1),
        "Sustained needs of=: a number of visits (of=4: the last 4), or their names; not 0.",
    ),
    (
        lambda: Sustained(HALF, of=4),
        "Sustained needs visits=: at how many of the 4 visits the rule must be met, 1 to 4; not 0.",
    ),
    (
        lambda: Sustained(HALF, visits=5, of=4),
        "Sustained needs visits=: at how many of the 4 visits the rule must be met, 1 to 4; not 5.",
    ),
    (lambda: Sustained(HALF, visits=3, of=4), OPEN.format("excursions")),
    (lambda: Sustained(HALF, visits=3, of=4, excursions=1), OPEN.format("missed")),
    (
        lambda: Sustained(HALF, visits=3, of=4, excursions=2, missed=0),
        "excursions must be a whole number from 0 to 1, because the rule must be met at 3 of 4 "
        "visits; not 2.",
    ),
    (
        lambda: Sustained(HALF, visits=2, of=2, missed=1),
        "missed must be a whole number from 0 to 0, because the rule must be met at 2 of 2 "
        "visits; not 1.",
    ),
    (
        lambda: Sustained(HALF, visits=3, of=4, excursions=True, missed=0),
        "excursions must be a whole number from 0 to 1, because the rule must be met at 3 of 4 "
        "visits; not True.",
    ),
    (
        lambda: Sustained(HALF, visits=2, of=4, excursions=1, missed=0),
        "excursions=1 and missed=0 leave 3 of 4 visits at which the rule must be met: write "
        "visits=3.",
    ),
    (
        lambda: Sustained(HALF, visits=2, of=2, only_at=["a"]),
        "only_at belongs to visits= below of=: there is no excuse here.",
    ),
    (
        lambda: Sustained(HALF, visits=1, of=["a", "b"], excursions=1, missed=0, only_at="c"),
        "only_at must name visits of of=, which are 'a', 'b'; not 'c'.",
    ),
    (
        lambda: Sustained(HALF, visits=1, of=["a", "a"], excursions=1, missed=0),
        "of cannot name the visit 'a' twice.",
    ),
    (
        lambda: Sustained(HALF, visits=1, of=["a", 2], excursions=1, missed=0),  # type: ignore
        "of must hold names of visits, not 2.",
    ),
    (
        lambda: Sustained(HALF, visits=1, of=2, excursions=1, missed=0, still=0.25),  # type: ignore
        "still must be a Response or a Remission, not 0.25.",
    ),
    (
        lambda: Sustained(HALF, visits=1, of=2, excursions=0, missed=1, still=TWELVE),
        "still belongs to excursions=1 or more: there is no excursion.",
    ),
    (
        lambda: Sustained(HALF, visits=1, of=2, excursions=1, missed=1, still=HALF),
        "still must be weaker than the rule; it is the same.",
    ),
    (
        lambda: Sustained.from_toml("[sustained]\nvisits = 1\nof = 1"),
        "sustained needs one table, response or remission.",
    ),
    (
        lambda: Sustained.from_toml("[sustained]\nvisit = 1\n[sustained.response]\nat_least = 0.5"),
        "Sustained has no field 'visit'; it has visits, of, excursions, missed, still, only_at, "
        "response, remission. Did you mean visits?",
    ),
    (lambda: Sustained.from_toml("sustained = 1"), "sustained must be a table, not 1."),
    (
        lambda: Sustained.from_toml(
            "[sustained]\nvisits = 1\nof = 1\nstill = 2\n[sustained.response]\nat_least = 0.5"
        ),
        "still needs one table, response or remission.",
    ),
]


@pytest.mark.parametrize("make, message", REFUSED, ids=range(len(REFUSED)))
def test_a_refusal_says_what_must_be_and_what_was_given(make: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        make()
    assert str(refusal.value) == message
