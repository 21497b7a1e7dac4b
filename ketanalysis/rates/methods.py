"""The methods of a comparison of rates, by name, checked before anything is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed, near_miss
from ketanalysis.grid import names_given

DIFFERENCE = "miettinen-nurminen"
STRATIFIED_DIFFERENCES = ("miettinen-nurminen", "mantel-haenszel", "greenland-robins")
STRATIFIED_TESTS = ("cmh", "cmh-corrected", "cmh-exact", "cmh-mid-p")
STRATIFIED_ODDS = ("mantel-haenszel", "conditional-exact", "conditional-mid-p")


@dataclass(frozen=True)
class Methods:
    """How rates are shown and compared.

    Attributes
    ----------
    ci
        Interval of each rate.
    differences
        Intervals of the risk difference; the number needed to treat goes with the first.
    tests
        Tests of no difference; the first goes with the risk difference. Empty: the test that
        belongs to the interval.
    odds
        Interval of the odds ratio.
    strata, weights
        Columns that make the strata, and the weights of the Miettinen-Nurminen difference.
    adjust, variance
        Covariates of the standardised rates, and their variance.
    conf_level
        Confidence level, 0 to 1.
    """

    ci: str
    differences: tuple[str, ...]
    tests: tuple[str, ...]
    odds: str
    strata: tuple[str, ...]
    weights: str
    adjust: tuple[str, ...]
    variance: str
    conf_level: float


def chosen_methods(
    ci: str,
    difference: str | Sequence[str],
    test: str | Sequence[str] | None,
    odds_ratio: str | None,
    strata: str | Sequence[str] | None,
    weights: str,
    adjust: str | Sequence[str] | None,
    variance: str,
    conf_level: float,
) -> Methods:
    """Return the methods that were named; a name that does not exist, or not so, is refused."""
    from ketanalysis.rates.proportions import INTERVALS
    from ketanalysis.rates.standardised import VARIANCES
    from ketanalysis.rates.stratified_score import WEIGHTS

    check_conf_level(conf_level)
    check_one_of("ci", ci, tuple(INTERVALS))
    check_one_of("weights", weights, tuple(WEIGHTS))
    check_one_of("variance", variance, tuple(VARIANCES))
    layers, covariates = _columns("strata", strata), _columns("adjust", adjust)
    if layers and covariates:
        raise ArgumentError(
            "strata= and adjust= are two answers to one question: name one of them. A stratum "
            "can be a covariate: adjust=[...] with its column."
        )
    differences = names_given("difference", difference, "a method")
    tests = () if test is None else names_given("test", test, "a test")
    if covariates:
        _check_alone(differences, tests, odds_ratio)
    allowed = _allowed(bool(layers))
    if not differences:
        raise ArgumentError(f"difference must name a method: {listed(allowed['difference'])}.")
    odds = odds_ratio or allowed["odds_ratio"][0]
    for argument, names in (
        ("difference", differences),
        ("test", tests),
        ("odds_ratio", (odds,)),
    ):
        for name in names:
            _check_name(argument, name, allowed[argument], bool(layers))
    return Methods(ci, differences, tests, odds, layers, weights, covariates, variance, conf_level)


def _allowed(is_stratified: bool) -> dict[str, tuple[str, ...]]:
    from ketanalysis.rates.two_proportions import ODDS_RATIOS, RISK_DIFFERENCES, TESTS

    if is_stratified:
        return {
            "difference": STRATIFIED_DIFFERENCES,
            "test": STRATIFIED_TESTS,
            "odds_ratio": STRATIFIED_ODDS,
        }
    return {
        "difference": tuple(RISK_DIFFERENCES),
        "test": tuple(TESTS),
        "odds_ratio": tuple(ODDS_RATIOS),
    }


def _check_name(argument: str, name: str, allowed: Sequence[str], is_stratified: bool) -> None:
    if not is_stratified and name not in _allowed(True)[argument]:
        check_one_of(argument, name, allowed)
    if name in allowed:
        return
    when = "with strata=" if is_stratified else "without strata="
    names = ", ".join(repr(value) for value in allowed)
    raise ArgumentError(
        f"{argument} must be one of {names} {when}, not {name!r}.{near_miss(name, allowed)}"
    )


def _check_alone(
    differences: tuple[str, ...], tests: tuple[str, ...], odds_ratio: str | None
) -> None:
    """Refuse methods of a table where the rates are standardised: they would do nothing."""
    given = {
        "difference": differences != (DIFFERENCE,),
        "test": bool(tests),
        "odds_ratio": odds_ratio is not None,
    }
    for argument, is_given in given.items():
        if is_given:
            raise ArgumentError(
                f"{argument}= belongs to unadjusted rates: with adjust= the interval and the test "
                "are Wald's, with the variance that variance= names. Leave it out."
            )


def _columns(argument: str, given: str | Sequence[str] | None) -> tuple[str, ...]:
    if given is None:
        return ()
    names = names_given(argument, given, "a column")
    if not names:
        raise ArgumentError(f"{argument} must name a column; leave it out for none.")
    for name in names:
        if names.count(name) > 1:
            raise ArgumentError(f"{argument} cannot name the column {name!r} twice.")
    return names


def plain_methods(ci: str, difference: str | Sequence[str], conf_level: float) -> Methods:
    """Return the methods of a comparison without strata, covariates or further tests."""
    return chosen_methods(ci, difference, None, None, None, "cmh", None, "m-estimation", conf_level)
