"""A rule of relapse as a sentence of a protocol: criterion, run, events, date, unconfirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ketanalysis.comparison import WORDS
from ketanalysis.definition import either, of_scale, points_words, share_words

if TYPE_CHECKING:
    from ketanalysis.comparison import Comparator
    from ketanalysis.relapse import CombinedRelapse, Relapse, RelapseRule, Route

FROM = {
    "baseline": "from baseline",
    "entry": "from entry",
    "best": "from the best score since entry",
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def rule_sentence(rule: RelapseRule, scale: str | None) -> str:
    """Return a rule with a run in full, one sentence for each thing that it decides."""
    limit = rule.limit_days
    within = "" if limit is None else f", within {points_words(limit)} days of the origin"
    if len(rule.routes) > 1:
        return f"Relapse is the earliest of these{within}: {_several(rule, scale)}."
    (route,) = rule.routes
    events = f", or {either(rule.counted)}" if rule.counted else ""
    return (
        f"Relapse is {_what(route, scale)}{events}{within}. "
        f"It is dated at {_date(route.run)}{_unconfirmed(route.run)}."
    )


def bare_sentence(rule: RelapseRule, scale: str | None) -> str:
    """Return a criterion that has no run yet."""
    return f"Criterion of relapse, its run and date still open: {criterion_words(rule, scale)}."


def criterion_words(rule: RelapseRule, scale: str | None, *, is_inner: bool = False) -> str:
    """Return what must be met at one assessment."""
    leaves = rule.leaves
    if len(leaves) == 1:
        return _leaf(leaves[0], scale)
    joined = cast("CombinedRelapse", rule)
    word = "or" if joined.how == "|" else "and"
    left, right = (criterion_words(part, scale, is_inner=True) for part in joined.parts)
    text = f"{left} {word} {right}"
    return f"({text})" if is_inner else text


def _several(rule: RelapseRule, scale: str | None) -> str:
    parts = [
        f"({LETTERS[place]}) {_what(route, scale)}, dated at {_date(route.run)}"
        f"{_unconfirmed(route.run).replace('; ', ', and ')}"
        for place, route in enumerate(rule.routes)
    ]
    if rule.counted:
        parts.append(f"({LETTERS[len(parts)]}) {either(rule.counted)}")
    return "; ".join(parts)


def _what(route: Route, scale: str | None) -> str:
    return f"{criterion_words(route.criterion, scale)} {_run(route.run)}"


def _leaf(rule: Relapse, scale: str | None) -> str:
    name, bound = rule.criterion
    of = rule.scale or scale
    where = f" in {of}" if of else ""
    if name == "improvement_below":
        return f"an improvement{where} from baseline of less than {share_words(bound)}"
    if name == "lost_at_least":
        return f"a loss of at least {share_words(bound)} of the improvement{where} reached at entry"
    if name == "return_to":
        return f"a {of_scale(of)}score that is back to at least {share_words(bound)} of baseline"
    if name == "rise_at_least":
        points = "1 point" if bound == 1 else f"{points_words(bound)} points"
        return f"a rise of at least {points}{where} {FROM[str(rule.rise_from)]}"
    word = WORDS[cast("Comparator", name)]
    return f"a {of_scale(of)}score of {word} {points_words(bound)}"


def _run(rule: Relapse) -> str:
    if rule.consecutive == 1:
        return "at a single assessment"
    gap = ""
    if rule.gap_days is not None:
        least, most = rule.gap_days
        gap = f" {points_words(least)} to {points_words(most)} days apart"
    return f"at {rule.consecutive} consecutive assessments{gap}{_excuses(rule)}"


def _excuses(rule: Relapse) -> str:
    """Return what may stand between the assessments of a run, where the rule says so."""
    allowed = []
    if rule.excursions:
        allowed.append(f"at most {rule.excursions} between them that may not qualify")
    if rule.missed is not None:
        most = (
            f"at most {rule.missed} visit{'s' * (rule.missed > 1)}" if rule.missed else "no visit"
        )
        allowed.append(f"{most} without a score between them")
    return f" (with {' and '.join(allowed)})" if allowed else ""


def _date(rule: Relapse) -> str:
    is_single = (rule.consecutive or 1) == 1
    return {
        "first": "the first qualifying assessment",
        "confirming": f"the {'qualifying' if is_single else 'confirming'} assessment",
        "midpoint": "the midpoint between the last relapse-free and the first qualifying "
        "assessment",
    }[rule.dated or "first"]


def _unconfirmed(rule: Relapse) -> str:
    return {
        None: "",
        "censor": "; without confirmation the subject is censored at the last relapse-free "
        "assessment",
        "event": "; a last qualifying assessment counts without confirmation",
    }[rule.unconfirmed]
