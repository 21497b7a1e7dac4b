"""Rules on identifiers, keys and arms: who is who, and is each row there once."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ketanalysis.contracts.rule import Rule, distinct, is_unique, nowhere, text
from ketanalysis.errors import listed

NAMED = {"USUBJID": "subject", "AEDECOD": "event", "CMDECOD": "treatment"}


def trimmed(column: str) -> Rule:
    """Text has no spaces at its ends: "S1 " and "S1" would be two subjects."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        values = distinct(frame, column).to_series().cast(pl.String)
        untrimmed = values.filter(values != values.str.strip_chars())
        return text(column).is_in(untrimmed.implode()) if untrimmed.len() else nowhere()

    return Rule(
        id="trimmed",
        column=column,
        needs=(column,),
        demand="should have no spaces at its ends",
        advice="Remove the spaces: with them it is another name.",
        fails=fails,
        severity="warning",
    )


def near_duplicate(column: str) -> Rule:
    """No two names differ only in spaces, capitals, coding of accents or unseen characters."""
    named = NAMED.get(column, "name")

    def fails(frame: pl.DataFrame) -> pl.Expr:
        values = distinct(frame, column).to_series().drop_nulls().cast(pl.String)
        seen = values.str.replace_all(r"\p{Cf}", "")
        folded = seen.str.normalize("NFC").str.to_lowercase()
        folded = folded.str.replace_all(r"\s+", " ").str.strip_chars()
        if folded.n_unique() == values.len():
            return nowhere()
        unclear = values.filter(folded.is_duplicated())
        return text(column).is_in(unclear.implode()) & pl.col(column).is_first_distinct()

    return Rule(
        id="near_duplicate",
        column=column,
        needs=(column,),
        demand=f"should spell each {named} in one way: these differ only in spaces, capitals, "
        "the coding of accents or unseen characters",
        advice=f"Use one spelling if they are one {named}.",
        fails=fails,
        severity="warning",
        states_value=False,
    )


def unique_key(keys: tuple[str, ...], if_present: tuple[str, ...] = ()) -> Rule:
    """No two rows share the key of the table; all rows that share one are listed."""

    def key(frame: pl.DataFrame) -> list[str]:
        return [*keys, *(c for c in if_present if c in frame.columns)]

    def fails(frame: pl.DataFrame) -> pl.Expr:
        if is_unique(frame, key(frame)):
            return nowhere()
        is_complete = pl.all_horizontal(pl.col(c).is_not_null() for c in key(frame))
        return (pl.len().over(key(frame)) > 1) & is_complete

    def value(failing: pl.DataFrame) -> pl.Expr:
        versions = pl.struct(pl.all().exclude("row")).n_unique().over(key(failing))
        same = pl.when(versions == 1).then(pl.lit("identical rows")).otherwise(pl.lit("rows"))
        return pl.format("{} {}", pl.len().over(key(failing)), same)

    *others, last = keys
    each = f" for each {' and '.join(others)}" if others else ""
    return Rule(
        id="unique",
        column=last,
        needs=keys,
        demand=f"must be on one row{each}",
        advice="Keep the right row. Scores are never averaged and rows never dropped for you.",
        fails=fails,
        value=value,
        is_quoted=False,
    )


def one_arm(column: str) -> Rule:
    """A subject is in one arm."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        pairs = distinct(frame, "USUBJID", column).drop_nulls()
        if pairs["USUBJID"].n_unique() == pairs.height:
            return nowhere()
        return pl.col(column).drop_nulls().n_unique().over("USUBJID") > 1

    arms = text(column).drop_nulls().unique(maintain_order=True).str.join('" and "')
    return Rule(
        id="one_arm",
        column=column,
        needs=("USUBJID", column),
        demand="must be one arm for each subject",
        advice="Correct the arm. For a crossover give the sequence in TRTSEQP.",
        fails=fails,
        value=lambda _: arms.over("USUBJID"),
    )


def has_arm(column: str) -> Rule:
    """A subject has an arm, unless it was not randomised and is in no population."""
    populations = ("ITTFL", "SAFFL", "FASFL", "PPROTFL")

    def fails(frame: pl.DataFrame) -> pl.Expr:
        is_missing = pl.col(column).is_null() | (text(column).str.strip_chars() == "")
        if not {"RANDFL", "ITTFL", "SAFFL"} <= set(frame.columns):
            return is_missing
        flags = [text(flag) for flag in populations if flag in frame.columns]
        is_in = pl.any_horizontal((flag == "Y").fill_null(False) for flag in flags)
        return is_missing & ~((text("RANDFL") == "N").fill_null(False) & ~is_in)

    return Rule(
        id="has_arm",
        column=column,
        needs=(column,),
        demand="must not be missing",
        advice="Fill in the arm. Who was screened only needs N in RANDFL, ITTFL and SAFFL, and no "
        "Y in FASFL and PPROTFL.",
        fails=fails,
        states_value=False,
    )


# Between two tables --------------------------------------------------------------------------


def known_subject(subjects: pl.Series, severity: str = "error") -> Rule:
    """Every subject of a table is in ADSL, whose identifiers are `subjects`."""
    known = subjects.cast(pl.String)

    def fails(frame: pl.DataFrame) -> pl.Expr:
        held = distinct(frame, "USUBJID").to_series().drop_nulls().cast(pl.String)
        unknown = held.filter(~held.is_in(known.implode()))
        return text("USUBJID").is_in(unknown.implode()) if unknown.len() else nowhere()

    return Rule(
        id="known_subject",
        column="USUBJID",
        needs=("USUBJID",),
        demand="must be a subject of ADSL",
        advice="Add the subject to ADSL, or correct the identifier (spaces and capitals count).",
        fails=fails,
        severity=severity,
    )


def has_scores(subjects: pl.Series) -> Rule:
    """Every subject of ADSL has a row in ADQS, whose identifiers are `subjects`."""
    scored = subjects.cast(pl.String).unique()
    return Rule(
        id="has_scores",
        column="USUBJID",
        needs=("USUBJID",),
        demand="has no row in ADQS for these subjects",
        advice="Nothing to do if they never had a score; they are counted in every denominator.",
        fails=lambda _: ~text("USUBJID").is_in(scored.implode()),
        severity="info",
        states_value=False,
    )


def declared_arm(arms: Sequence[str]) -> Rule:
    """The planned arm is one of the trial's declared arms."""
    return Rule(
        id="declared_arm",
        column="TRT01P",
        needs=("TRT01P",),
        demand=f"must be one of the declared arms {listed(arms)}",
        advice="Correct the arm, or declare it in arms=.",
        fails=lambda _: ~text("TRT01P").is_in(list(arms)),
    )
