"""What is done about unanswered items: the instrument's own rule, none, or one of the caller's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.instruments import Instrument

Prorate = str | int | Mapping[str, str | int]
CHOICES = (
    '"registry" (the rule of the instrument, and none where it has none), "never" (a score with '
    "an unanswered item is missing), or a number (up to so many unanswered items are made up for "
    "by the mean of the others)"
)


@dataclass(frozen=True, kw_only=True)
class Prorating:
    """How many units may be missing, and the sentence that says so."""

    at_most: int
    text: str


def prorating(
    scale: Instrument,
    given: Prorate | None,
    scales: Sequence[Instrument],
    whole: Instrument | None = None,
) -> Prorating:
    """Return the rule for one scale, or for a subscale of `whole`.

    A subscale is prorated only where a dict names it.
    """
    if given is None:
        raise ArgumentError(f"prorate= must say what is done about unanswered items: {CHOICES}.")
    if not isinstance(given, Mapping):
        return _rule(scale, given) if whole is None else _rule(scale, "never")
    _check_names(given, scales)
    wanted = {name.casefold() for name in (scale.id, *scale.aliases)}
    own = [rule for name, rule in given.items() if str(name).casefold() in wanted]
    if own:
        return _rule(scale, own[0])
    if whole is not None:
        return _rule(scale, "never")
    raise ArgumentError(f"prorate= must have an entry for {scale.id}: {CHOICES}.")


def _rule(scale: Instrument, given: object) -> Prorating:
    units = len(scale.scoring.domains) or scale.items
    what = "domains" if scale.scoring.domains else "items"
    if given == "never":
        return Prorating(at_most=0, text=f"a score with unanswered {what} is missing.")
    if given == "registry":
        return _registered(scale, what)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < units:
        most = f" from 0 to {units - 1}" if isinstance(given, int) else ""
        raise ArgumentError(
            f"prorate= for {scale.id} must be {CHOICES}{most}, not {given!r}.{_near(given)}"
        )
    if given and scale.scoring.subtracted_items:
        raise ArgumentError(
            f"{scale.id} cannot be prorated: some of its items are added and some subtracted, so "
            'an unanswered one has no mean of the others. Write prorate="never", or score its '
            "subscales."
        )
    is_even = len(set(scale.scoring.ends(scale.items).values())) == 1
    how = "the mean of the others" if is_even else "the others' share of their possible points"
    many = f"up to {given} unanswered {what} are" if given > 1 else "one unanswered item is"
    if given == 1 and scale.scoring.domains:
        many = "one unanswered domain is"
    text = f"{many} made up for by {how}, as declared; with more the score is missing."
    return Prorating(at_most=given, text=text if given else "never prorated, as declared.")


def _registered(scale: Instrument, what: str) -> Prorating:
    fact = scale.missing_items
    if fact is None or fact.at_most is None:
        return Prorating(
            at_most=0,
            text=f"the registry has no rule for unanswered {what}; a score with any is missing.",
        )
    return Prorating(at_most=fact.at_most, text=f"unanswered {what}: {fact.text} {fact.remark}")


def _check_names(given: Mapping[str, object], scales: Sequence[Instrument]) -> None:
    ids = [name for one in scales for name in (one.id, *(part.id for part in one.subscales))]
    aliases = [
        name
        for one in scales
        for name in (*one.aliases, *(alias for part in one.subscales for alias in part.aliases))
    ]
    known = {name.casefold() for name in (*ids, *aliases)}
    for name in given:
        if str(name).casefold() not in known:
            raise ArgumentError(
                f"prorate= must name scales that are scored, {listed(ids, 20)}, not {name!r}."
                f"{near_miss(name, ids)}"
            )


def _near(given: object) -> str:
    return near_miss(given, ("registry", "never")) if isinstance(given, str) else ""
