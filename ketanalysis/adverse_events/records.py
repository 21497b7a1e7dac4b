"""The records that are counted, and the exposed subjects that they are counted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ketanalysis.adverse_events.ascertainment import chosen_ways, with_ways
from ketanalysis.adverse_events.selection import selected
from ketanalysis.errors import ArgumentError, ContractError, EstimationError, near_miss
from ketanalysis.grid import by_columns, in_order_of_arms
from ketanalysis.trial import Trial

ANY = "Any event"
NO_CLASS = "No class recorded"
TAKEN = ("ascertainment", "AEDECOD", "AESOC", "AESEV", "AVISIT", "infusion", "term")


@dataclass(frozen=True, eq=False)
class Records:
    """What is counted.

    Attributes
    ----------
    events
        One row a record of an exposed subject: USUBJID, the columns of ADAE, ``ascertainment``
        and the by-columns. AEDECOD is text; null where the event has no name.
    exposed
        One row a subject of the denominator: USUBJID and the by-columns.
    by
        The by-columns.
    ways
        Ways of asking that have rows of their own.
    kinds
        Kinds of event that are counted; empty for all.
    who
        Who is exposed, in words.
    notes, warnings, audit
        As of a result.
    """

    events: pl.DataFrame
    exposed: pl.DataFrame
    by: tuple[str, ...]
    ways: tuple[str, ...]
    kinds: tuple[str, ...]
    who: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    audit: pl.DataFrame

    @property
    def title(self) -> str:
        """What is counted, in words: ``serious treatment-emergent adverse events by TRT01P``."""
        words = " ".join([*reversed(self.kinds), "adverse events"])
        return words + (f" by {', '.join(self.by)}" if self.by else "")


def adverse_event_records(
    trial: Any,
    by: str | Sequence[str] | None,
    *,
    only: str | Sequence[str] = (),
    related: Sequence[str] | None = None,
    ascertainment: str | Sequence[str] | None = None,
    allow: str | None = None,
) -> Records:
    """Return the records of the exposed subjects of a trial, with what must be said of them."""
    columns = by_columns(by, TAKEN)
    events = _events(trial, columns)
    exposed, who = exposed_subjects(trial)
    counted = in_order_of_arms(exposed, trial.arms).drop_nulls(list(columns))
    if counted.is_empty():
        raise EstimationError(f"Nobody was exposed ({who}), so no share can be estimated.")
    subjects = counted.select("USUBJID", *columns)
    mine = events.drop([c for c in columns if c in events.columns]).join(
        subjects, on="USUBJID", how="inner", maintain_order="left"
    )
    chosen, kinds, left_out = selected(with_ways(mine), only, related)
    chosen, ways, asked = chosen_ways(chosen, ascertainment, allow)
    return Records(
        events=chosen,
        exposed=subjects,
        by=columns,
        ways=ways,
        kinds=kinds,
        who=who,
        notes=(*left_out, *(() if kinds else _counted_too(mine)), *asked),
        warnings=_warnings(trial, events, exposed, counted, columns),
        audit=_audit(trial, events, exposed, who, columns),
    )


def _events(trial: Any, by: tuple[str, ...]) -> pl.DataFrame:
    """Return ADAE of a trial that has what is asked for."""
    if not isinstance(trial, Trial):
        raise ArgumentError(
            "Adverse events need a Trial, which knows who was exposed (as_trial(..., "
            f"adverse_events=)), not {type(trial).__name__}."
        )
    if trial.adae is None:
        raise ArgumentError(
            "The trial holds no adverse events: give as_trial(..., adverse_events=)."
        )
    for column in by:
        if column not in trial.adsl.columns:
            raise ArgumentError(
                f"by needs a column of ADSL, not {column!r}.{near_miss(column, trial.adsl.columns)}"
            )
    events = trial.adae.with_columns(pl.col("AEDECOD").cast(pl.String))
    _check_terms(events["AEDECOD"])
    return events


def _check_terms(terms: pl.Series) -> None:
    """Refuse an event that bears the name of the total, in whatever spelling."""
    taken = terms.filter(terms.str.strip_chars().str.to_lowercase() == ANY.lower())
    if taken.len():
        raise ContractError(
            f'ADAE.AEDECOD must name an event, not "{taken[0]}": so is called the row that counts '
            "the subjects with at least one event.\n"
            f"  {taken.len()} row{'' if taken.len() == 1 else 's'} of ADAE.\n"
            "  Take the totals out of the events, or give the event another name."
        )


def exposed_subjects(trial: Trial) -> tuple[pl.DataFrame, str]:
    """Return the rows of ADSL of those exposed, and who they are in words."""
    if "SAFFL" in trial.adsl.columns:
        flagged = trial.adsl.filter(pl.col("SAFFL").cast(pl.String) == "Y")
        return flagged, "safety population (SAFFL = Y)"
    if trial.adex is not None:
        infused = trial.adsl.join(trial.adex, on="USUBJID", how="semi")
        return infused, "subjects with an infusion"
    return trial.adsl, "all subjects (no SAFFL, no infusions)"


def _audit(
    trial: Trial, events: pl.DataFrame, exposed: pl.DataFrame, who: str, by: tuple[str, ...]
) -> pl.DataFrame:
    """Return every subject of the trial once: exposed, or why not counted."""
    reason = pl.lit(f"exposed: {who}")
    for column in reversed(by):
        reason = pl.when(pl.col(column).is_null()).then(pl.lit(f"no {column}")).otherwise(reason)
    is_exposed = pl.col("USUBJID").is_in(exposed["USUBJID"].implode())
    reason = pl.when(is_exposed).then(reason).otherwise(pl.lit("not exposed"))
    is_in = is_exposed & ~pl.any_horizontal(pl.lit(False), *(pl.col(c).is_null() for c in by))
    had = pl.col("USUBJID").is_in(events["USUBJID"].implode())
    beside = pl.when(~is_in & had).then(pl.lit(", with adverse events")).otherwise(pl.lit(""))
    return (
        trial.adsl.select(
            status=pl.when(is_in).then(pl.lit("included")).otherwise(pl.lit("excluded")),
            reason=pl.concat_str(reason, beside),
        )
        .group_by("status", "reason")
        .agg(pl.len().cast(pl.Int64).alias("count"))
        .sort(pl.col("status") != "included", "reason")
    )


def _counted_too(mine: pl.DataFrame) -> tuple[str, ...]:
    """Say that events count which began before treatment: by TRTEMFL if there, else AFRLT."""
    if "TRTEMFL" not in mine.columns:
        return _before_infusion(mine)
    before = int((mine["TRTEMFL"].cast(pl.String) != "Y").fill_null(True).sum())
    if not before:
        return ()
    return (
        f"Events count whether they are treatment-emergent or not; {before} of {mine.height} are "
        "not flagged so (TRTEMFL).",
    )


def _before_infusion(mine: pl.DataFrame) -> tuple[str, ...]:
    if "AFRLT" not in mine.columns:
        return ()
    before = int((mine["AFRLT"].cast(pl.Float64) < 0).sum())
    if not before:
        return ()
    return (
        f"Events count whether they began under treatment or not; {before} of {mine.height} "
        "began before the first infusion (AFRLT below 0; there is no TRTEMFL).",
    )


def _warnings(
    trial: Trial,
    events: pl.DataFrame,
    exposed: pl.DataFrame,
    counted: pl.DataFrame,
    by: tuple[str, ...],
) -> tuple[str, ...]:
    """Name events that stand in no row, and arms of which nobody is exposed."""
    said = []
    lost = events.join(counted, on="USUBJID", how="anti")["USUBJID"].n_unique()
    if lost:
        said.append(
            f"{lost} subject{'' if lost == 1 else 's'} with adverse events "
            f"{'is' if lost == 1 else 'are'} not counted; the audit says why."
        )
    for column in by:
        named = trial.adsl[column].drop_nulls().unique().sort()
        if isinstance(named.dtype, pl.Enum):
            named = named.dtype.categories
        held = counted[column].cast(pl.String).unique().to_list()
        absent = [str(name) for name in named if str(name) not in held]
        said += [f"Nobody of {column} {name} is exposed." for name in absent]
    return tuple(said)
