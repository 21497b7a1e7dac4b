"""The card of a rating scale: what ``print(instrument("MADRS"))`` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketanalysis.instrument_facts import Bands, CutOff, MinimalDifference
    from ketanalysis.instruments import Instrument

RATED = {"clinician": "rated by a clinician", "self": "rated by the person"}


def card(one: Instrument) -> str:
    """Return what is known of a rating scale as console text, one fact a line with its source."""
    structure, scoring = one.structure, one.scoring
    lines = [
        f"{one.id}: {one.name}",
        _line("measures", f"{one.measures}, {RATED[one.rater]}"),
        _line("also called", ", ".join(one.aliases) or "no other name"),
        _line("range", f"{one.low:g} to {one.high:g}, {one.items} items {structure.remark}"),
        _line("direction", f"{one.direction}; floor {one.floor:g}"),
        _line("scoring", f"{scoring.text} {scoring.remark}"),
    ]
    if one.bands is not None:
        lines.append(_line("bands", _bands_text(one.bands)))
    lines += [_line(cut.purpose, f"{_cut_text(cut)} {cut.remark}") for cut in one.cutoffs]
    lines += [_line("MCID", f"{_mcid_text(least)} {least.remark}") for least in one.mcid]
    for label, fact in (
        ("missing items", one.missing_items),
        ("recall", one.recall),
        ("licence", one.licence),
    ):
        lines.append(_line(label, f"{fact.text} {fact.remark}" if fact else "not stated"))
    return "\n".join(lines)


def _line(label: str, text: str) -> str:
    return f"  {label:<14}{text}"


def _bands_text(bands: Bands) -> str:
    levels = ", ".join(f"{one.low:g} to {one.high:g} {one.label}" for one in bands.levels)
    half = bands.verified and not bands.labels_verified
    return f"{levels} {bands.remark}" + (" (words not verified)" if half else "")


def _cut_text(cut: CutOff) -> str:
    what = "score" if cut.quantity == "score" else "reduction"
    unit = "" if cut.quantity == "score" else " %"
    return f"{what} {cut.comparator} {cut.value:g}{unit}: {cut.used_by}"


def _mcid_text(least: MinimalDifference) -> str:
    size = f"{least.low:g}" if least.low == least.high else f"{least.low:g} to {least.high:g}"
    return f"{size} {least.unit}: {least.text}"
