"""From item answers to scores: what was answered, what was made up for, what has no score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.frames import is_pandas
from ketanalysis.instruments import Instrument, instrument, subscale_instrument
from ketanalysis.intake.shaping import Codes
from ketanalysis.item_totals import item_totals
from ketanalysis.items.answers import Answers, check_answers, doubts
from ketanalysis.items.assessments import Items, answers_of, items_from
from ketanalysis.items.carrying import Carrying, carried, declared_carrying
from ketanalysis.items.columns import Columns
from ketanalysis.items.prorating import Prorating, prorating
from ketanalysis.results import Result
from ketanalysis.trial import Trial

AUDIT = {"PARAMCD": pl.String, "status": pl.String, "reason": pl.String, "count": pl.Int64}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ItemScores(Result):
    """Scores from items. ``as_trial`` takes it as it takes its frame.

    Attributes
    ----------
    table
        One row an assessment and score: subject and visit as in the data, PARAMCD, AVAL
        (points; null where too many items are missing), n_items, n_missing, n_carried,
        prorated, note.
    audit
        Assessments in and out: PARAMCD, status, reason, count.
    scales
        What was scored, in order, subscales after their scale.
    """

    kind: ClassVar[str] = "item scores"

    scales: tuple[str, ...] = ()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Pass the scores on as a data frame (Arrow), so that ``as_trial(scores)`` works."""
        return self.table.__arrow_c_stream__(requested_schema)


def score_items(
    items: Any,
    instrument: str | Instrument | Sequence[str | Instrument],
    *,
    columns: Columns | Mapping[str, Columns] | None = None,
    prorate: str | int | Mapping[str, str | int] | None = None,
    subject: str = "USUBJID",
    visit: str | None = None,
    visits: Sequence[object] | None = None,
    item: str | None = None,
    parameter: str = "PARAMCD",
    value: str = "AVAL",
    keep: Sequence[str] = (),
    with_subscales: bool = True,
    strip_letters: bool = False,
    are_reversed: bool = False,
    carry_forward: Mapping[str, Sequence[int]] | None = None,
    carry_from: object = None,
    carry_to: Sequence[object] | None = None,
    missing_codes: Codes = (),
) -> ItemScores:
    """Score the items of rating scales: one score an assessment, and what it stands on.

    Answers "what is the total, and was it made of all items?". Sums, means, domain maxima,
    reversed and subtracted items are data of the registry (`ketanalysis.instrument` prints
    them with their source). Not for scores that are totals already: `ketanalysis.as_trial`
    takes those.

    Parameters
    ----------
    items
        Item answers: a `Trial` that holds them, or a frame (polars, pandas, Arrow) in one of
        three shapes. A column an item, one row an assessment; a column an item and visit, one
        row a subject (`columns` holds ``{visit}`` too, and `visits` is given); or one row an
        answer, in the columns PARAMCD, QSTESTCD (the item's number or code) and AVAL.
    instrument
        A scale of the registry, an `Instrument`, or a list of them.
    columns
        Which column holds which item: a pattern (``"madrs_{item}"``), a list in the order of
        the items, or a map ``{item: column}``; for several scales a dict scale → one of these.
        In rows: which code is which item, unless the codes are the numbers. Scales whose
        editions number their items differently (the ASC scales, FQ, LSAS, POMS, BPRS+) need a
        list or a map.
    prorate
        What is done about unanswered items; must be written. ``"registry"``: the instrument's
        own rule where it has one, else as "never". ``"never"``: the score is missing. A number:
        up to so many items (or domains) are made up for by the mean of the others. For several
        scales a dict scale → one of these. Subscales are never prorated unless the dict names
        them.
    subject, visit
        Columns of who and when; AVISIT unless `visit` names another. Without a visit each
        subject has one assessment.
    visits
        The visits in order, for a column an item and visit.
    item, parameter, value
        Other names than QSTESTCD, PARAMCD and AVAL.
    keep
        Further columns to keep; APERIOD, AVISITN, AFRLT and ADY are kept where they are.
    with_subscales
        Whether the subscales of the registry are scored too, each under a PARAMCD of its own.
    strip_letters
        Whether the letter of answers such as 1a is dropped, in items with such options (BDI-II,
        items 16 and 18).
    are_reversed
        Whether the reversed items were turned round before; they are then left as they are.
    carry_forward, carry_from, carry_to
        Items that stand in from an earlier visit where they were not answered, for example
        ``{"MADRS": [4, 5]}`` (sleep and appetite) from the visit before the dose to those at
        4 and 24 hours.
    missing_codes
        Codes that mean "not answered", such as ``["ND", 9]``.

    Returns
    -------
    ItemScores
        `table` with the scores, `audit` with how many stand on what, notes and warnings.
        `as_trial` takes the result itself, or ``.table``.

    Raises
    ------
    ArgumentError
        A scale, column, item or visit that is not there; `prorate` not written.
    ContractError
        Answers that the scale cannot have (with row, subject and item), an assessment or an
        answer that stands twice.

    Notes
    -----
    Missing values: null, NaN and empty text are no answer. A score with more missing items
    than allowed is null, never 0, and `note` says why. Prorated scores are not rounded.
    Prorating gives an unanswered item the share of its possible points that the answered ones
    have; where all items have one range that is their mean. A domain that counts its highest
    item is missing where none of its items is answered.
    Checked against: tests/oracle/score_items.csv (R 4.2.2, psych::scoreItems and base R),
    relative 1e-12; pages worked by hand, tests/items/test_item_pages.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> answers = {"USUBJID": ["01", "02"], **{f"phq_{i}": [1, 2] for i in range(1, 9)},
    ...            "phq_9": [0, None]}
    >>> scores = ka.score_items(answers, "PHQ9", columns="phq_{item}", prorate="registry")
    >>> scores.table.select("USUBJID", "AVAL", "n_missing", "prorated").rows()
    [('01', 8.0, 0, False), ('02', 18.0, 1, True)]
    """
    scales = _chosen(instrument)
    rules = {scale.id: prorating(scale, prorate, scales) for scale in scales}
    given = items_from(
        items,
        subject=subject,
        visit=visit,
        visits=visits,
        item=item,
        parameter=parameter,
        value=value,
        keep=keep,
    )
    how = _How(
        columns=columns,
        prorate=prorate,
        rules=rules,
        scales=tuple(scales),
        carrying=declared_carrying(carry_forward, carry_from, carry_to, scales),
        missing_codes=missing_codes,
        with_subscales=with_subscales,
        is_stripped=strip_letters,
        are_reversed=are_reversed,
    )
    parts = [_scored(given, scale, how) for scale in scales]
    frames = [frame for part in parts for frame in part.frames]
    scored = [frame["PARAMCD"][0] for frame in frames]
    return ItemScores(
        table=pl.concat(frames, how="diagonal"),
        title=f"Scores from items: {listed(scored, 12)}",
        audit=pl.concat(_audit(frame) for frame in frames),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        warnings=tuple(warning for part in parts for warning in part.warnings),
        simulated=isinstance(items, Trial) and items.simulated,
        from_pandas=is_pandas(items),
        scales=tuple(scored),
    )


@dataclass(frozen=True, kw_only=True)
class _How:
    """What the caller declared, for every scale."""

    columns: Any
    prorate: Any
    rules: Mapping[str, Prorating]
    scales: tuple[Instrument, ...]
    carrying: Carrying | None
    missing_codes: Codes
    with_subscales: bool
    is_stripped: bool
    are_reversed: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class _Scored:
    """A scale and its subscales, scored: one frame each."""

    frames: list[pl.DataFrame]
    notes: list[str]
    warnings: tuple[str, ...]


def _scored(items: Items, scale: Instrument, how: _How) -> _Scored:
    names = [one.id for one in how.scales]
    answers = answers_of(
        items,
        scale,
        how.columns,
        names,
        missing_codes=how.missing_codes,
        is_stripped=how.is_stripped,
    )
    check_answers(answers, scale, items.subject, _visit_column(items))
    doubted = doubts(answers, scale)
    answers = _with_carried(answers, scale, how.carrying, items)
    rule = how.rules[scale.id]
    frames = [_scores(answers, scale, rule, how.are_reversed)]
    notes = [*_method_notes(scale, rule, how.are_reversed), *answers.notes]
    parts = scale.subscales if how.with_subscales else ()
    for part in parts:
        one = subscale_instrument(scale, part)
        own = prorating(one, how.prorate, how.scales, scale)
        frames.append(_scores(answers, one, own, how.are_reversed))
    return _Scored(
        frames=frames,
        notes=[*notes, *([_subscale_note(scale)] if parts else [])],
        warnings=doubted,
    )


def _chosen(given: Any) -> list[Instrument]:
    several = [given] if isinstance(given, str | Instrument) else given
    if not isinstance(several, Sequence) or not several:
        raise ArgumentError(
            f"instrument must be a scale of the registry or a list of them, not {given!r}."
        )
    scales = [one if isinstance(one, Instrument) else instrument(one) for one in several]
    for scale in scales:
        if [one.id for one in scales].count(scale.id) > 1:
            raise ArgumentError(f"instrument cannot name {scale.id} twice.")
        if not scale.scoring.item_high:
            raise ArgumentError(
                f"{scale.id} cannot be scored from its items: {scale.scoring.text} "
                f"{scale.scoring.remark}"
            )
    return scales


def _with_carried(
    answers: Answers, scale: Instrument, plan: Carrying | None, items: Items
) -> Answers:
    visit = _visit_column(items)
    if plan is not None and scale.id in plan.items and visit is None:
        raise ArgumentError(
            "carry_forward= needs visits: name the column with the visit as visit=..."
        )
    who = [name for name in items.names if name != visit]
    return carried(answers, scale, plan, who, visit or "")


def _visit_column(items: Items) -> str | None:
    return items.visit or ("AVISIT" if items.visits else None)


def _scores(
    answers: Answers, scale: Instrument, rule: Prorating, are_reversed: bool
) -> pl.DataFrame:
    numbers = [n for n in scale.item_numbers if n in answers.numbers]
    values, is_carried = answers.of(numbers)
    scoring = scale.scoring if not are_reversed else replace(scale.scoring, reversed_items=())
    if len(numbers) < scale.items:  # an edition with fewer items
        scoring = scoring.of(tuple(numbers), scale.items, scoring)
    key = scoring.key(len(numbers))
    totals = item_totals(values, key, rule.at_most)
    units = len(key.domains)
    n_missing = pl.Series("n_missing", totals.n_missing)
    return answers.keys.with_columns(
        pl.lit(scale.id).alias("PARAMCD"),
        pl.Series("AVAL", totals.score).fill_nan(None),
        pl.lit(units, dtype=pl.Int64).alias("n_items"),
        n_missing,
        pl.Series("n_carried", is_carried.sum(axis=1).astype(np.int64)),
        pl.Series("prorated", totals.is_prorated),
    ).with_columns(_note(units, rule, "domains" if scale.scoring.domains else "items"))


def _note(units: int, rule: Prorating, what: str) -> pl.Expr:
    missing = pl.format(f"{{}} of {units} {what} missing", pl.col("n_missing"))
    allowed = f", at most {rule.at_most} allowed" if rule.at_most else ""
    return (
        pl.when(pl.col("n_missing") == 0)
        .then(pl.lit(None, dtype=pl.String))
        .when(pl.col("prorated"))
        .then(pl.format("prorated: {}", missing))
        .when(pl.col("n_missing") == units)
        .then(pl.lit(f"none of {units} {what} answered" if units > 1 else "not answered"))
        .otherwise(pl.format(f"no score: {{}}{allowed}", missing))
        .alias("note")
    )


def _audit(frame: pl.DataFrame) -> pl.DataFrame:
    is_none = pl.col("n_missing") == pl.col("n_items")
    reasons = [
        ("included", "all items answered", (pl.col("n_missing") == 0) & (pl.col("n_carried") == 0)),
        (
            "included",
            "all items, some carried forward",
            (pl.col("n_missing") == 0) & (pl.col("n_carried") > 0),
        ),
        ("included", "prorated", pl.col("prorated")),
        ("excluded", "more items missing than allowed", pl.col("AVAL").is_null() & ~is_none),
        ("excluded", "no item answered", is_none),
    ]
    counts = frame.select(mark.sum().alias(str(i)) for i, (_, _, mark) in enumerate(reasons)).row(0)
    rows = [
        (frame["PARAMCD"][0], status, reason, count)
        for (status, reason, _), count in zip(reasons, counts, strict=True)
        if count
    ]
    return pl.DataFrame(rows, schema=AUDIT, orient="row")


def _method_notes(scale: Instrument, rule: Prorating, are_reversed: bool) -> list[str]:
    said = [f"{scale.id}: {scale.scoring.text} {scale.scoring.remark}"]
    if scale.version is not None:
        said.append(f"{scale.id}: {scale.version.text} {scale.version.remark}")
    if are_reversed and scale.scoring.reversed_items:
        said.append(
            f"{scale.id}: the reversed items were turned round before and are taken as they are."
        )
    return [*said, *([f"{scale.id}: {rule.text}"] if scale.items > 1 else [])]


def _subscale_note(scale: Instrument) -> str:
    ids = [part.id for part in scale.subscales]
    is_read = all(part.verified for part in scale.subscales)
    remark = "" if is_read else " (the items of the subscales are not verified)"
    return f"{scale.id}: subscales {listed(ids, 12)}{remark}; not prorated unless it is declared."
