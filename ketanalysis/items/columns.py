"""Which column (or code) holds which item: a pattern, a list, or a map of one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.instruments import Instrument, find_instrument, form_numbers

ITEM_MARK, VISIT_MARK = "{item}", "{visit}"
Columns = str | Sequence[object] | Mapping[int, object]


def columns_of(
    given: Columns | Mapping[str, Columns] | None, scale: Instrument, names: Sequence[str]
) -> Columns | None:
    """Return what was said about the columns of one scale; `names` are all that are scored."""
    if not isinstance(given, Mapping) or not any(isinstance(key, str) for key in given):
        return given  # type: ignore[return-value]
    unknown = [key for key in given if str(key).casefold() not in _all_spellings(names)]
    if unknown:
        raise ArgumentError(
            f"columns= must have the scales that are scored as its keys, {listed(names)}, or "
            f"item numbers, not {unknown[0]!r}.{near_miss(unknown[0], names)}"
        )
    by_name = {str(key).casefold(): value for key, value in given.items()}
    spellings = [name.casefold() for name in (scale.id, *scale.aliases, scale.part_of)]
    return next((by_name[name] for name in spellings if name in by_name), None)  # type: ignore[return-value]


def item_columns(
    given: Columns | None, scale: Instrument, held: Sequence[str], what: str = "column"
) -> dict[int, str]:
    """Return item number → column (or, in long data, code) for every scored item of a scale.

    Parameters
    ----------
    given
        A pattern with ``{item}``, a list in the order of the scale's items, or a map.
    held
        The columns or codes that there are.
    what
        "column", or "code" in long data: there an item that nobody answered may have no code,
        and every code must be an item.
    """
    if scale.scoring.numbering == "edition" and (given is None or isinstance(given, str)):
        _need_map(scale, what)
    if given is None:
        raise ArgumentError(
            f"columns= must say which {what} holds which item of {scale.id}: a pattern such as "
            f"'{scale.id.lower()}_{ITEM_MARK}', a list of the {scale.items} {what}s in order, or "
            f"a map {{item: {what}}}."
        )
    if isinstance(given, str):
        return _by_pattern(given, scale, held, what)
    pairs = _declared_pairs(given, scale, what)
    _check_map(pairs, scale, held, what)
    return {number: str(column) for number, column in pairs.items()}


def item_number(text: str, pattern: str) -> int | None:
    """Return the number that stands at ``{item}`` of a pattern; 01 is 1, anything else None."""
    start, end = pattern.split(ITEM_MARK)
    inner = text[len(start) : len(text) - len(end)]
    fits = text.startswith(start) and text.endswith(end) and len(text) > len(start) + len(end)
    return int(inner) if fits and re.fullmatch(r"[0-9]{1,4}", inner) else None


def _by_pattern(pattern: str, scale: Instrument, held: Sequence[str], what: str) -> dict[int, str]:
    if scale.items == 1 and pattern in held:
        return {scale.item_numbers[0]: pattern}
    if pattern.count(ITEM_MARK) != 1:
        raise ArgumentError(
            f"columns= must hold {ITEM_MARK} once, in the place of the item's number (for example "
            f"'{scale.id.lower()}_{ITEM_MARK}'), not {pattern!r}."
        )
    fitting: dict[int, str] = {}
    for name in held:
        number = item_number(name, pattern)
        if number is None:
            continue
        if number in fitting:
            raise ArgumentError(
                f"columns={pattern!r} fits two {what}s for item {number} of {scale.id}: "
                f"{fitting[number]!r} and {name!r}. Give a map {{item: {what}}}."
            )
        fitting[number] = name
    odd = sorted(set(fitting) - form_numbers(scale))
    if odd:
        raise ArgumentError(
            f"columns={pattern!r} fits the {what} {fitting[odd[0]]!r}, and {scale.id} has no item "
            f"{odd[0]}. Is it another version of the scale? Narrow the pattern, or give a map "
            f"{{item: {what}}}."
        )
    if what == "code":
        _check_codes(pattern, fitting, scale, held)
        return {n: fitting.get(n, pattern.replace(ITEM_MARK, str(n))) for n in scale.item_numbers}
    lacking = [number for number in scale.item_numbers if number not in fitting]
    if lacking:
        wanted = pattern.replace(ITEM_MARK, str(lacking[0]))
        raise ArgumentError(
            f"columns={pattern!r} must fit a {what} for each item of {scale.id}; there is none for "
            f"item {listed(lacking)}.{near_miss(wanted, held)}"
        )
    return {number: fitting[number] for number in scale.item_numbers}


def _check_codes(
    pattern: str, fitting: Mapping[int, str], scale: Instrument, held: Sequence[str]
) -> None:
    odd = [code for code in held if code not in fitting.values()]
    if odd:
        raise ArgumentError(
            f"Every item code of {scale.id} must fit {pattern!r}, and {listed(map(repr, odd))} "
            f"cannot. Say which code is which item: columns='...{ITEM_MARK}' with the text before "
            "the number, or a map {item: code}; leave out rows that are no items."
        )


def _declared_pairs(given: object, scale: Instrument, what: str) -> dict[int, object]:
    counts = (scale.items, *scale.structure.items_elsewhere)
    if isinstance(given, Mapping):
        return dict(given)
    if not isinstance(given, Sequence) or len(given) not in counts:
        size = f"{len(given)}" if isinstance(given, Sequence) else repr(given)
        raise ArgumentError(
            f"columns= must list the {' or '.join(map(str, counts))} {what}s of {scale.id} in the "
            f"order of its items, not {size}."
        )
    return dict(zip(scale.item_numbers, given, strict=False))


def _check_map(
    pairs: Mapping[int, object], scale: Instrument, held: Sequence[str], what: str
) -> None:
    numbers = scale.item_numbers
    counts = (scale.items, *scale.structure.items_elsewhere)
    odd = [number for number in pairs if number not in numbers]
    if odd:
        raise ArgumentError(
            f"columns= must have item numbers of {scale.id} as its keys ({listed(numbers, 60)}), "
            f"not {odd[0]!r}."
        )
    lacking = [number for number in numbers if number not in pairs]
    if len(pairs) not in counts:
        raise ArgumentError(
            f"columns= must name a {what} for each item of {scale.id}; it names none for item "
            f"{listed(lacking)}."
        )
    owners: dict[str, int] = {}
    for number, column in pairs.items():
        name = str(column)
        if name not in held:
            raise ArgumentError(
                f"columns= names the {what} {name!r} for item {number} of {scale.id}, which is "
                f"not there.{near_miss(name, held)}"
            )
        if name in owners:
            raise ArgumentError(
                f"columns= must give each item of {scale.id} its own {what}; {name!r} is taken for "
                f"items {owners[name]} and {number}."
            )
        owners[name] = number


def _need_map(scale: Instrument, what: str) -> None:
    shown = f"{{{scale.item_numbers[0]}: ..., {scale.item_numbers[-1]}: ...}}"
    named = "the item" if scale.items == 1 else f"the {scale.items} items"
    raise ArgumentError(
        f"Editions of {scale.id} number their items differently, so no numbers are taken for "
        f"granted: give columns={shown} with the {what} of {named}, or a list of the {what}s in "
        "the order of the items."
    )


def _all_spellings(names: Sequence[str]) -> set[str]:
    found = set()
    for name in names:
        known = find_instrument(name)
        more = (known.id, *known.aliases, known.part_of) if known is not None else ()
        found |= {spelling.casefold() for spelling in (name, *more) if spelling}
    return found
