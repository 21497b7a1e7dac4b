"""Items carried forward: what was rated before the dose stands in for what cannot be rated yet.

A rating 24 hours after an infusion cannot cover sleep over the usual period, so trials take the
item from the rating before it. Which items, from where and to where is declared by the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.instruments import Instrument
from ketanalysis.intake.shaping import label_text
from ketanalysis.items.answers import Answers


@dataclass(frozen=True, kw_only=True)
class Carrying:
    """Which items of which scales are taken from which visit to which later visits."""

    items: Mapping[str, tuple[int, ...]]
    source: str
    targets: tuple[str, ...]


def declared_carrying(
    carry_forward: Mapping[str, Sequence[int]] | None,
    carry_from: object,
    carry_to: object,
    scales: Sequence[Instrument],
) -> Carrying | None:
    """Return what the caller declared, or None; all three of it are needed."""
    given = {"carry_forward": carry_forward, "carry_from": carry_from, "carry_to": carry_to}
    lacking = [name for name, value in given.items() if value is None]
    if len(lacking) == len(given):
        return None
    if lacking:
        raise ArgumentError(
            "Items are carried forward by three declarations: carry_forward={scale: [items]}, "
            f"carry_from=visit and carry_to=[visits]; {listed(f'{name}=' for name in lacking)} "
            "is not given."
        )
    if not isinstance(carry_forward, Mapping) or not carry_forward:
        raise ArgumentError(
            'carry_forward must be a dict of scale and items, such as {"MADRS": [4, 5]}, not '
            f"{carry_forward!r}."
        )
    targets = [carry_to] if isinstance(carry_to, str) or not _is_list(carry_to) else [*carry_to]  # type: ignore[misc]
    source, names = str(carry_from), tuple(map(str, targets))
    if source in names or not names:
        raise ArgumentError(
            f"carry_to must name the visits that take items from {source!r}, and cannot name "
            f"that visit itself; it is {carry_to!r}."
        )
    items = dict(_items_of(name, numbers, scales) for name, numbers in carry_forward.items())
    return Carrying(items=items, source=source, targets=names)


def carried(
    answers: Answers, scale: Instrument, plan: Carrying | None, subject: Sequence[str], visit: str
) -> Answers:
    """Return the answers with the declared items filled in where they were not answered.

    `subject` are the columns that name a subject (and period), `visit` that of the visit. An
    item that was answered at the later visit keeps its own answer; one that was not answered
    at the earlier visit stays missing. Both are counted in a note.
    """
    items = (plan.items if plan is not None else {}).get(scale.id)
    if plan is None or items is None:
        return answers
    named = answers.keys.with_row_index("assessment").with_columns(label_text(answers.keys[visit]))
    held = named[visit].unique()
    for name in (plan.source, *plan.targets):
        if name not in held:
            raise ArgumentError(
                f"carry_from= and carry_to= must name visits of the data, not {name!r}; "
                f"{visit} holds {listed(map(repr, held.sort()), 20)}.{near_miss(name, held)}"
            )
    _check_earlier(answers.keys[visit], plan)
    sources = named.filter(pl.col(visit) == plan.source).select(
        *subject, pl.col("assessment").alias("source")
    )
    takers = named.filter(pl.col(visit).is_in(plan.targets))
    pairs = takers.join(sources, on=list(subject), how="left", nulls_equal=True)
    return _filled(answers, scale, plan, items, pairs)


def _filled(
    answers: Answers, scale: Instrument, plan: Carrying, items: tuple[int, ...], pairs: pl.DataFrame
) -> Answers:
    to = pairs["assessment"].to_numpy()
    has_source = pairs["source"].is_not_null().to_numpy()
    source = pairs["source"].fill_null(0).to_numpy()
    places = [answers.numbers.index(item) for item in items]
    before = np.where(has_source[:, None], answers.values[source][:, places], np.nan)
    now = answers.values[to][:, places]
    is_filled = np.isnan(now) & ~np.isnan(before)

    values, marks = answers.values.copy(), answers.is_carried.copy()
    at = to[:, None], np.array(places)[None, :]
    values[at] = np.where(is_filled, before, now)
    marks[at] = is_filled
    n_filled = int(is_filled.sum())
    kept = int((~np.isnan(now)).sum())
    lost = int((np.isnan(now) & np.isnan(before)).sum())
    word = "item" if len(items) == 1 else "items"
    note = (
        f"{scale.id}: {word} {listed(items)} at {listed(map(repr, plan.targets))} carried forward "
        f"from {plan.source!r}: {n_filled} answer{'s' * (n_filled != 1)}"
        + (f"; {kept} answered at the visit itself and kept" if kept else "")
        + (f"; {lost} not answered at either visit" if lost else "")
        + "."
    )
    return replace(answers, values=values, is_carried=marks, notes=(*answers.notes, note))


def _items_of(
    name: str, numbers: Sequence[int], scales: Sequence[Instrument]
) -> tuple[str, tuple[int, ...]]:
    wanted = str(name).casefold()
    found = [s for s in scales if wanted in {n.casefold() for n in (s.id, *s.aliases)}]
    if not found:
        ids = [scale.id for scale in scales]
        raise ArgumentError(
            f"carry_forward must name scales that are scored, {listed(ids)}, not {name!r}."
            f"{near_miss(name, ids)}"
        )
    scale = found[0]
    if not _is_list(numbers) or not numbers:
        raise ArgumentError(
            f"carry_forward[{name!r}] must be a list of item numbers, not {numbers!r}."
        )
    odd = [number for number in numbers if number not in scale.item_numbers]
    if odd:
        raise ArgumentError(
            f"carry_forward[{name!r}] must name items of {scale.id}, "
            f"{listed(scale.item_numbers, 60)}, not {odd[0]!r}."
        )
    return scale.id, tuple(dict.fromkeys(numbers))


def _check_earlier(visits: pl.Series, plan: Carrying) -> None:
    """Refuse a visit that is not earlier, where the column knows the order (an Enum)."""
    if not isinstance(visits.dtype, pl.Enum):
        return
    order = visits.dtype.categories.to_list()
    early = [name for name in plan.targets if order.index(name) < order.index(plan.source)]
    if early:
        raise ArgumentError(
            f"carry_from must be an earlier visit than those of carry_to; {plan.source!r} comes "
            f"after {early[0]!r}."
        )


def _is_list(given: Any) -> bool:
    return isinstance(given, Sequence) and not isinstance(given, str)
