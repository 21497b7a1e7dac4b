"""Which rating scales were used, with scoring, cut-offs and sources: for a methods section."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.instrument_card import RATED, cut_words, range_words
from ketanalysis.instrument_facts import Bands, CutOff, Fact
from ketanalysis.instruments import ALLOWED, Instrument, family_members, find_instrument
from ketanalysis.results import Result
from ketanalysis.trial import Trial

SCHEMA = {
    "scale": pl.String,
    "fact": pl.String,
    "statement": pl.String,
    "used_by": pl.String,
    "source": pl.String,
    "verified": pl.Boolean,
    "note": pl.String,
}
NO_FACT = "not in the registry: its range, direction and scoring are not known"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InstrumentsResult(Result):
    """The facts of some rating scales.

    Attributes
    ----------
    table
        One row a fact: scale, fact ("range", "scoring", "remission", ...), statement, used_by
        (who uses a cut-off), source, verified (null where there is nothing to verify), note.
    scales
        The scales, in order.
    """

    kind: ClassVar[str] = "instruments"

    scales: tuple[str, ...] = ()

    def paragraphs(self) -> tuple[str, ...]:
        """Return one paragraph a scale, every unverified fact marked."""
        return tuple(_paragraph(scale, self.table) for scale in self.scales)


def tabulate_instruments(
    data: Any, *, purposes: str | Sequence[str] = ("remission", "response")
) -> InstrumentsResult:
    """List the rating scales that were used: range, scoring, direction, cut-offs and sources.

    Answers "how was it measured, and who says so?", for a methods section or an appendix. Not
    for choosing a cut-off: the analysis plan names that.

    Parameters
    ----------
    data
        A `Trial`, whose scales are listed in order, or the name of a scale or a list of names.
    purposes
        Which published cut-offs to list: "remission", "response", "relapse", "severity",
        "screening", "dissociation". Severity bands are listed as such.

    Returns
    -------
    InstrumentsResult
        `table` with one row a fact, its source and whether that source could be read. A scale
        that is not in the registry has one row, which says so.

    Raises
    ------
    ArgumentError
        Where a purpose does not exist or no scale is named.

    Notes
    -----
    Missing values: a fact that the registry does not hold has no row; of a trial's own scale
    nothing is invented.
    Checked against: tests/test_instrument_table.py, word by word, and the registry against the
    page of domain facts in tests/test_registry.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> used = ka.tabulate_instruments(["PHQ-9", "MADRS"])
    >>> used.inline("PHQ9", "range")
    '0 to 27, 9 items'
    """
    wanted = [purposes] if isinstance(purposes, str) else [*purposes]
    for purpose in wanted:
        check_one_of("purposes", purpose, ALLOWED["purpose"])
    names = _names(data)
    rows = [row for name in names for row in _rows(name, wanted)]
    table = pl.DataFrame(rows, schema=SCHEMA)
    lost = [row["scale"] for row in rows if row["note"]]
    is_read = table["verified"].drop_nulls()
    unread = int((~is_read).sum())
    notes = (
        f"Facts with the mark 'not verified' ({unread} of {len(is_read)}) were not read in their "
        "source.",
    )
    warnings = (f"Not in the registry of instruments: {listed(lost, 20)}.",) if lost else ()
    return InstrumentsResult(
        table=table,
        title="Rating scales",
        notes=notes if unread else (),
        warnings=warnings,
        simulated=isinstance(data, Trial) and data.simulated,
        scales=tuple(dict.fromkeys(row["scale"] for row in rows)),
    )


def _names(data: Any) -> list[str]:
    if isinstance(data, Trial):
        return [*data.scales]
    names = [data] if isinstance(data, str | Instrument) else data
    if not isinstance(names, Iterable) or not [*names]:
        raise ArgumentError(
            "tabulate_instruments needs a Trial, the name of a scale or a list of names, not "
            f"{data!r}."
        )
    return [one.id if isinstance(one, Instrument) else str(one) for one in names]


def _rows(name: str, purposes: Sequence[str]) -> Iterator[dict[str, Any]]:
    one = find_instrument(name)
    if one is None:
        shared = [member.id for member in family_members(name)]
        more = f"; name one of {listed(shared, 20)}" if shared else ""
        yield _row(name, "name", name) | {"note": f"{NO_FACT}{more}"}
        return
    yield _row(one.id, "name", one.name)
    yield _row(one.id, "measures", f"{one.measures}, {RATED[one.rater]}")
    yield _row(one.id, "range", range_words(one), one.structure)
    yield _row(one.id, "direction", one.direction)
    yield _row(one.id, "floor", f"{one.floor:g}")
    facts: list[tuple[str, Fact | None]] = [
        ("version", one.version),
        ("scoring", one.scoring),
        ("missing items", one.missing_items),
        ("recall", one.recall),
    ]
    for label, fact in facts:
        if fact is not None:
            yield _row(one.id, label, fact.text, fact)
    for part in one.subscales:
        items = ", ".join(map(str, part.items))
        yield _row(one.id, "subscale", f"{part.id} ({part.name}): items {items}", part)
    for bands in (*((one.bands,) if one.bands else ()), *one.other_bands):
        yield _row(one.id, "bands", _levels(bands), bands)
    for purpose in purposes:
        yield from _cut_rows(one, [cut for cut in one.cutoffs if cut.purpose == purpose])
    if one.licence is not None:
        yield _row(one.id, "licence", one.licence.text, one.licence)


def _cut_rows(one: Instrument, cuts: Sequence[CutOff]) -> Iterator[dict[str, Any]]:
    for cut in cuts:
        yield _row(one.id, cut.purpose, cut_words(cut), cut) | {"used_by": cut.used_by}


def _levels(bands: Bands) -> str:
    levels = ", ".join(f"{level.low:g} to {level.high:g} {level.label}" for level in bands.levels)
    named = f"{bands.name}: " if bands.name else ""
    half = " (words not verified)" if bands.verified and not bands.labels_verified else ""
    return f"{named}{levels}{half}"


def _row(scale: str, fact: str, statement: str, source: Fact | None = None) -> dict[str, Any]:
    return {
        "scale": scale,
        "fact": fact,
        "statement": statement,
        "used_by": None,
        "source": source.source if source is not None else None,
        "verified": source.verified if source is not None else None,
        "note": None,
    }


def _paragraph(scale: str, table: pl.DataFrame) -> str:
    rows = table.filter(pl.col("scale") == scale).to_dicts()
    if rows[0]["note"]:
        return f"{scale}: {rows[0]['note']}."
    held = {row["fact"]: row for row in rows}
    head = (
        f"{scale}, {held['name']['statement']} ({held['measures']['statement']}): "
        f"{_said(held['range'])}; {held['direction']['statement']}."
    )
    shown = ("version", "scoring", "missing items", "recall")
    said = [f"{fact.capitalize()}: {_said(held[fact])}." for fact in shown if fact in held]
    parts = [_said(row) for row in rows if row["fact"] == "subscale"]
    said += [f"Subscales: {'; '.join(parts)}."] if parts else []
    said += [f"Bands: {_said(row)}." for row in rows if row["fact"] == "bands"]
    said += _cut_sentences(rows)
    said += [f"Licence: {_said(held['licence'])}."] if "licence" in held else []
    sources = dict.fromkeys(row["source"] for row in rows if row["verified"])
    said += [f"Sources: {'; '.join(sources)}."] if sources else []
    return " ".join([head, *said])


def _cut_sentences(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return one sentence a purpose: each cut-off once, with all who use it."""
    users: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["used_by"]:
            mark = "" if row["verified"] else " (not verified)"
            users.setdefault((row["fact"], row["statement"]), []).append(f"{row['used_by']}{mark}")
    purposes = dict.fromkeys(purpose for purpose, _ in users)
    return [
        f"{purpose.capitalize()}: "
        + "; ".join(f"{cut}: {', '.join(who)}" for (p, cut), who in users.items() if p == purpose)
        + "."
        for purpose in purposes
    ]


def _said(row: dict[str, Any]) -> str:
    statement = row["statement"].removesuffix(".")
    return statement if row["verified"] else f"{statement} (not verified)"
