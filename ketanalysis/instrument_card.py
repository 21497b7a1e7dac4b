"""The card of a rating scale: what ``print(instrument("MADRS"))`` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketanalysis.instrument_facts import Bands, CutOff, MinimalDifference, Subscale
    from ketanalysis.instruments import Instrument

RATED = {"clinician": "rated by a clinician", "self": "rated by the person"}


def card(one: Instrument) -> str:
    """Return what is known of a rating scale as console text, one fact a line with its source."""
    structure, scoring = one.structure, one.scoring
    lines = [
        f"{one.id}: {one.name}",
        _line("measures", f"{one.measures}, {RATED[one.rater]}"),
        _line("also called", ", ".join(one.aliases) or "no other name"),
        *([_line("part of", one.part_of)] if one.part_of else []),
        *([_line("version", f"{one.version.text} {one.version.remark}")] if one.version else []),
        _line("range", f"{range_words(one)} {structure.remark}"),
        _line("direction", f"{one.direction}; floor {one.floor:g}"),
        _line("scoring", f"{scoring.text} {scoring.remark}"),
        *(_line("subscale", _subscale_text(part)) for part in one.subscales),
    ]
    bands = ([one.bands] if one.bands else []) + [*one.other_bands]
    lines += [_line("bands", _bands_text(held)) for held in bands]
    lines += [_line(cut.purpose, f"{_cut_text(cut)} {cut.remark}") for cut in one.cutoffs]
    lines += [_line("MCID", f"{_mcid_text(least)} {least.remark}") for least in one.mcid]
    for label, fact in (
        ("missing items", one.missing_items),
        ("recall", one.recall),
        ("licence", one.licence),
    ):
        lines.append(_line(label, f"{fact.text} {fact.remark}" if fact else "not stated"))
    return "\n".join(lines)


def range_words(one: Instrument) -> str:
    """Return ``0 to 60, 10 items``, and how many items are asked where that is more."""
    asked = one.structure.asked
    items = "1 item" if one.items == 1 else f"{one.items} items"
    beside = f" of {asked} asked" if asked else ""
    return f"{one.low:g} to {one.high:g}, {items}{beside}"


def cut_words(cut: CutOff) -> str:
    """Return ``score <= 10`` or ``reduction >= 50 %``."""
    what = "score" if cut.quantity == "score" else "reduction"
    unit = "" if cut.quantity == "score" else " %"
    return f"{what} {cut.comparator} {cut.value:g}{unit}"


def _subscale_text(part: Subscale) -> str:
    items = ", ".join(map(str, part.items))
    return f"{part.id}: {part.name}, items {items} {part.remark}"


def _line(label: str, text: str) -> str:
    return f"  {label:<14}{text}"


def _bands_text(bands: Bands) -> str:
    levels = ", ".join(f"{one.low:g} to {one.high:g} {one.label}" for one in bands.levels)
    half = bands.verified and not bands.labels_verified
    named = f"{bands.name}: " if bands.name else ""
    return f"{named}{levels} {bands.remark}" + (" (words not verified)" if half else "")


def _cut_text(cut: CutOff) -> str:
    return f"{cut_words(cut)}: {cut.used_by}"


def _mcid_text(least: MinimalDifference) -> str:
    size = f"{least.low:g}" if least.low == least.high else f"{least.low:g} to {least.high:g}"
    return f"{size} {least.unit}: {least.text}"
