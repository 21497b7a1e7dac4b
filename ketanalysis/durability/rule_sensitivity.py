"""How much hangs on the rule of relapse: confirmed or not, dated early or late, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import polars as pl

from ketanalysis.definition import Definition
from ketanalysis.definitions import Among, CombinedRelapse, Relapse, RelapseRule
from ketanalysis.durability.plan import REDOSE
from ketanalysis.durability.relapse import estimate_relapse
from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.grid import by_columns
from ketanalysis.results import Result
from ketanalysis.survival.estimates import estimate_milestones
from ketanalysis.survival.results import SurvivalResult

DECLARED = "as declared"
MEDIAN, FREE = "median", "share free"
DATED = {
    "first": "dated at the first assessment",
    "midpoint": "dated midway",
    "confirming": "dated at confirmation",
}
UNCONFIRMED = {"censor": "unconfirmed censored", "event": "unconfirmed counts"}
INFUSED = {
    "censor": "further infusion censors",
    "event": "further infusion counts",
    "competing": "further infusion competes",
    "ignore": "further infusion passed over",
}
TAKEN = ("role", "variant", "measure", "time", "n", "n_event", "estimate", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RelapseSensitivityResult(Result):
    """The same relapse curve by several rules.

    Attributes
    ----------
    table
        One row a rule, group and measure: role ("primary" or "sensitivity"), variant, by-column,
        measure ("median", in days, or "share free", 0 to 1), time (days; null for a median), n,
        n_event, estimate, conf_low, conf_high. An infinite median is not reached; null is not
        estimable, or beyond follow-up.
    curves
        The `estimate_relapse` of each rule, by its name, the primary one first.
    rules
        The rule of each name.
    scale, by
        As in `estimate_relapse`.
    """

    kind: ClassVar[str] = "relapse_sensitivity"

    curves: dict[str, SurvivalResult] = field(default_factory=dict)
    rules: dict[str, RelapseRule] = field(default_factory=dict)
    scale: str = ""
    by: tuple[str, ...] = ()
    time_unit: str = "days"


def estimate_relapse_sensitivity(
    data: Any,
    scale: str,
    rules: RelapseRule | Mapping[str, RelapseRule],
    by: str | None = None,
    *,
    among: Among | None = None,
    origin: str | float | None = None,
    redose: str | Sequence[str] | None = None,
    times: Sequence[float] = (),
    population: str = "ITT",
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    known_at: str | float | None = None,
) -> RelapseSensitivityResult:
    """Estimate the relapse curve by several rules, side by side.

    Answers "does the answer hang on how relapse was defined and dated?". Not a search for the
    rule with the best curve: the first one is the primary analysis, and all others are shown
    whatever they say.

    Parameters
    ----------
    data, scale, by, among, origin, population, conf_type, conf_level, known_at
        As in `estimate_relapse`.
    rules
        Rules by name, the primary one first. A single rule is varied by itself: a confirmed rule
        at a single assessment, a single assessment confirmed at the next (without confirmation
        censored, or counted), the other datings (the first assessment, midway between it and the
        last relapse-free one, the confirming one), and the other fate of the unconfirmed.
    redose
        As in `estimate_relapse`; a list adds the primary rule with each further choice.
    times
        Days after the origin at which the share still free of relapse is given beside the median.

    Returns
    -------
    RelapseSensitivityResult
        One row a rule, group and measure; the curves themselves are in ``curves``.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_relapse`.

    Notes
    -----
    The rows of every rule are those of `time_to_relapse`, its curve that of `estimate_relapse`; a
    relapse that is dated at the first assessment, at the middle of its interval or at confirmation
    shows what is gained or lost by a convention alone, since it was seen at visits only.
    Checked against: each row is that of `estimate_relapse` called alone, and by hand in
    tests/durability/test_rule_sensitivity.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> result = ka.estimate_relapse_sensitivity(
    ...     ka.load_example("ketamine"), "MADRS",
    ...     ka.relapse_rule("sustain1", unconfirmed="censor"),
    ...     among=ka.Among(ka.Response(at_least=0.5), visit="Day 14"),
    ...     origin="last infusion", redose="censor")
    >>> result.table["variant"].to_list()[:2]
    ['as declared', 'single assessment']
    """
    if not isinstance(by, Definition):  # a rule is refused with its reason below
        by_columns(by, TAKEN)
    named = dict(rules) if isinstance(rules, Mapping) else rule_variants(rules)
    if not named:
        raise ArgumentError("rules must hold a rule, the primary one first.")
    choices = [redose] if redose is None or isinstance(redose, str) else list(redose)
    if not choices:
        raise ArgumentError("redose must hold a choice, the primary one first.")
    asked = [(name, rule, choices[0]) for name, rule in named.items()]
    primary = next(iter(named.values()))
    for choice in choices[1:]:
        check_one_of("redose", choice, tuple(REDOSE))
        asked.append((INFUSED[str(choice)], primary, choice))
    curves = {
        name: estimate_relapse(
            data,
            scale,
            rule,
            by,
            among=among,
            origin=origin,
            redose=choice,
            population=population,
            conf_type=conf_type,
            conf_level=conf_level,
            known_at=known_at,
        )
        for name, rule, choice in asked
    }
    first = next(iter(curves.values()))
    what = first.title.partition(": ")[2]
    return RelapseSensitivityResult(
        table=pl.concat([_rows(name, curve, times) for name, curve in curves.items()]).with_columns(
            pl.when(pl.col("variant") == next(iter(curves)))
            .then(pl.lit("primary"))
            .otherwise(pl.lit("sensitivity"))
            .alias("role")
        ),
        title=f"Sensitivity to the rule of relapse: {what}",
        definition=primary,
        audit=first.audit,
        notes=(
            f"Primary: {next(iter(curves))}. {primary.sentence(scale)}",
            *first.notes[1:],
            *_rule_notes(rules, named, scale),
            *(f"{INFUSED[str(c)].capitalize()}: {REDOSE[str(c)]}" for c in choices[1:]),
        ),
        warnings=first.warnings,
        conf_level=conf_level,
        simulated=first.simulated,
        from_pandas=first.from_pandas,
        curves=curves,
        rules={name: rule for name, rule, _ in asked},
        scale=scale,
        by=first.by,
    )


def _rule_notes(given: Any, named: dict[str, RelapseRule], scale: str) -> list[str]:
    """Return the sentence of each further rule that was given, or what the variants change."""
    if not isinstance(given, Mapping):
        return ["Each other row changes what its name says, and nothing else."]
    return [f"{n.capitalize()}: {rule.sentence(scale)}" for n, rule in list(named.items())[1:]]


def rule_variants(rule: RelapseRule) -> dict[str, RelapseRule]:
    """Return a rule and its variants by name: single or confirmed, each dating, unconfirmed."""
    if not isinstance(rule, RelapseRule) or not rule.routes:
        raise ArgumentError(
            "rules must be a Relapse with consecutive= and dated=, or a table of names and rules, "
            f"not {rule!r}."
        )
    is_single = all(route.run.consecutive == 1 for route in rule.routes)
    found: dict[str, RelapseRule] = {DECLARED: rule}
    if is_single:
        for fate, words in UNCONFIRMED.items():
            found[f"confirmed at the next, {words}"] = _with(rule, consecutive=2, unconfirmed=fate)
    else:
        single = {"gap_days": None, "excursions": 0, "missed": None, "unconfirmed": None}
        found["single assessment"] = _with(rule, consecutive=1, **single)
    for dating, words in DATED.items():
        if not (is_single and dating == "confirming"):
            found[words] = _with(rule, dated=dating)
    if not is_single:
        for fate, words in UNCONFIRMED.items():
            found[words] = _with(rule, unconfirmed=fate)
    return {name: each for name, each in found.items() if name == DECLARED or each != rule}


def _with(rule: RelapseRule, **changes: Any) -> RelapseRule:
    """Return a rule with another run; a criterion without a run stays as it is."""
    if isinstance(rule, CombinedRelapse):
        return CombinedRelapse(rule.how, _with(rule.left, **changes), _with(rule.right, **changes))
    assert isinstance(rule, Relapse)
    if not rule.has_run:
        return rule
    if changes.get("unconfirmed") and rule.consecutive == 1 and "consecutive" not in changes:
        return rule
    return replace(rule, **changes)


def _rows(name: str, curve: SurvivalResult, times: Sequence[float]) -> pl.DataFrame:
    """Return median and shares of every group by one rule."""
    by = list(curve.by)
    counts = curve.medians.select(*by, "n", "n_event")
    limits = ("conf_low", "conf_high")
    frames = [
        curve.medians.select(
            *by,
            *("n", "n_event"),
            pl.lit(MEDIAN).alias("measure"),
            pl.lit(None, dtype=pl.Float64).alias("time"),
            pl.col("median").alias("estimate"),
            *limits,
        )
    ]
    if len(times):
        shares = estimate_milestones(curve, list(times)).table
        own = shares.select(
            *by,
            pl.lit(FREE).alias("measure"),
            pl.col("time").cast(pl.Float64),
            pl.col("survival").alias("estimate"),
            *limits,
        )
        is_one = not by
        frames.append(
            own.join(counts, how="cross") if is_one else own.join(counts, on=by, how="left")
        )
    order = ["role", "variant", *by, *TAKEN[2:]]
    return pl.concat(frames, how="diagonal").select(
        pl.lit("").alias("role"), pl.lit(name).alias("variant"), *order[2:]
    )
