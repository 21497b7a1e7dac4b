"""What a comparison of groups is asked to do, checked as a whole before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise as neighbours

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed
from ketanalysis.groups.effect_sizes import EFFECTS
from ketanalysis.groups.group_tests import TESTS
from ketanalysis.groups.omnibus import OMNIBUS, OMNIBUS_EFFECTS
from ketanalysis.groups.resampling import Draws
from ketanalysis.multiplicity import ADJUSTMENTS

ANCOVA = "ancova"
ALL_TESTS = (*TESTS, ANCOVA, *OMNIBUS)
JOINT = {"tukey": "all", "games-howell": "all", "dunnett": "reference"}
STEPWISE = ("dunn", ANCOVA, *(name for name in TESTS if name != "student"))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The methods of a comparison, by name; `check_groups` holds them against the data.

    Attributes
    ----------
    tests
        Primary first.
    effects
        Effect sizes of two groups; the first stands in the table.
    omnibus_effects
        Effect sizes of several groups; empty for the one that goes with the test.
    pairwise, pairs, pairwise_adjust
        How pairs are compared after a test of several groups: the test, which pairs ("all" or
        "reference"), the adjustment (None where the test has its own); None without pairs.
    adjust
        Covariates of "ancova".
    p_adjust
        How p values are adjusted over outcomes.
    """

    tests: tuple[str, ...]
    effects: tuple[str, ...]
    omnibus_effects: tuple[str, ...]
    pairwise: str | None
    pairs: str | None
    pairwise_adjust: str | None
    adjust: tuple[str, ...]
    p_adjust: str | None
    conf_level: float
    draws: Draws


def plan_of(
    *,
    test: str | Sequence[str],
    effect: str | Sequence[str],
    adjust: str | Sequence[str] | None,
    pairwise: str | None,
    pairs: str | None,
    pairwise_adjust: str | None,
    p_adjust: str | None,
    conf_level: float,
    draws: Draws,
    n_outcomes: int,
) -> Plan:
    """Return the plan, or say what in it is unknown, missing or does not go together."""
    tests, effects = names_of("test", test), names_of("effect", effect)
    for name in tests:
        check_one_of("test", name, ALL_TESTS)
    for name in effects:
        check_one_of("effect", name, (*EFFECTS, *OMNIBUS_EFFECTS))
    check_conf_level(conf_level)
    check_family(p_adjust, n_outcomes)
    adjust = () if adjust is None else names_of("adjust", adjust)
    _check_adjust(tests, adjust, pairwise)
    pairs = _checked_pairs(pairwise, pairs, pairwise_adjust)
    return Plan(
        tests=tests,
        effects=tuple(e for e in effects if e in EFFECTS) or ("hedges-g",),
        omnibus_effects=tuple(e for e in effects if e in OMNIBUS_EFFECTS),
        pairwise=pairwise,
        pairs=pairs,
        pairwise_adjust=pairwise_adjust,
        adjust=adjust,
        p_adjust=p_adjust,
        conf_level=conf_level,
        draws=draws,
    )


def names_of(argument: str, given: str | Sequence[str]) -> tuple[str, ...]:
    """Return one name or several as a tuple, none of them twice."""
    names = (given,) if isinstance(given, str) else tuple(given)
    if not names:
        raise ArgumentError(f"{argument} must name at least one, but the list is empty.")
    twice = [first for first, second in neighbours(sorted(names)) if first == second]
    if twice:
        raise ArgumentError(f"{argument} must name each only once, but {twice[0]!r} is repeated.")
    return names


def check_family(p_adjust: str | None, n_outcomes: int) -> None:
    """Refuse several outcomes without an adjustment that is named."""
    if p_adjust is not None:
        check_one_of("p_adjust", p_adjust, tuple(ADJUSTMENTS))
    elif n_outcomes > 1:
        allowed = ", ".join(repr(name) for name in ADJUSTMENTS)
        raise ArgumentError(
            f"p_adjust must be named when several outcomes are compared ({n_outcomes} here): "
            f"one of {allowed}."
        )


def check_groups(plan: Plan, by: str, levels: Sequence[str]) -> None:
    """Refuse tests that are for another number of groups than the data have."""
    of_two = [name for name in plan.tests if name in TESTS]
    of_several = [name for name in plan.tests if name in OMNIBUS]
    if len(levels) > 2 and of_two:
        raise ArgumentError(
            f"test {of_two[0]!r} compares two groups, and {by!r} has {len(levels)}: "
            f"{listed(levels)}. Name a test of several groups ({listed(map(repr, OMNIBUS))} or "
            f"'ancova'), or keep two of them."
        )
    if len(levels) == 2 and plan.pairwise is not None:
        raise ArgumentError(
            f"pairwise= compares the pairs of three or more groups, and {by!r} has two: "
            f"{listed(levels)}. Name the test of two groups in test=."
        )
    if len(levels) == 2 and plan.omnibus_effects and not of_several:
        raise ArgumentError(
            f"effect {plan.omnibus_effects[0]!r} belongs to a test of several groups "
            f"({listed(map(repr, OMNIBUS))}); for two groups there are "
            f"{listed(map(repr, EFFECTS))}."
        )


def _check_adjust(tests: Sequence[str], adjust: Sequence[str], pairwise: str | None) -> None:
    if adjust and ANCOVA not in tests:
        raise ArgumentError(
            f"adjust= goes with test='ancova', not {listed(map(repr, tests))}: no other test "
            "has covariates."
        )
    if not adjust and ANCOVA in tests:
        raise ArgumentError(
            "test='ancova' needs adjust=: the covariates, for example adjust='BASE'."
        )
    if pairwise == ANCOVA and ANCOVA not in tests:
        raise ArgumentError("pairwise='ancova' goes with test='ancova' and adjust=.")


def _checked_pairs(
    pairwise: str | None, pairs: str | None, pairwise_adjust: str | None
) -> str | None:
    """Return which pairs are compared, which some tests say themselves."""
    if pairwise is None:
        for name, given in (("pairs", pairs), ("pairwise_adjust", pairwise_adjust)):
            if given is not None:
                raise ArgumentError(f"{name}= goes with pairwise=, which names no test.")
        return None
    check_one_of("pairwise", pairwise, (*JOINT, *STEPWISE))
    if pairs is not None:
        check_one_of("pairs", pairs, ("all", "reference"))
    if pairwise in JOINT:
        return _joint_pairs(pairwise, pairs, pairwise_adjust)
    if pairs is None:
        raise ArgumentError(
            f"pairs must be named for pairwise={pairwise!r}: 'reference' (each group with the "
            "reference) or 'all'."
        )
    if pairwise_adjust is None:
        allowed = ", ".join(repr(name) for name in ADJUSTMENTS)
        raise ArgumentError(
            f"pairwise_adjust must be named for pairwise={pairwise!r}: one of {allowed}."
        )
    check_one_of("pairwise_adjust", pairwise_adjust, tuple(ADJUSTMENTS))
    return pairs


def _joint_pairs(pairwise: str, pairs: str | None, pairwise_adjust: str | None) -> str:
    own = JOINT[pairwise]
    if pairs not in (None, own):
        raise ArgumentError(f"pairwise={pairwise!r} is made for pairs={own!r}, not {pairs!r}.")
    if pairwise_adjust is not None:
        raise ArgumentError(
            f"pairwise={pairwise!r} adjusts its p values itself: leave pairwise_adjust= out."
        )
    return own
