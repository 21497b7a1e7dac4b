"""What a reader must know of vital signs at infusions: who was counted, by which definitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from ketanalysis.definition import points_words
from ketanalysis.errors import listed
from ketanalysis.glossary import method_words
from ketanalysis.infusions.courses import Windows
from ketanalysis.infusions.readings import Readings
from ketanalysis.rates.contrasts import has_order
from ketanalysis.threshold import AnyThreshold, Threshold
from ketanalysis.vital_parameters import HIGHEST


def audit_rows(
    courses: pl.DataFrame, read: Readings, windows: Windows
) -> Iterator[tuple[str | None, str, str, int, int | None]]:
    """Yield every infusion of every parameter once, by reason, and the subjects set aside."""
    has_after, has_pre = pl.col("n_after") > 0, pl.col("pre").is_not_null()
    reasons = (
        ("included", "a pre-infusion value and a reading after the start", has_pre & has_after),
        (
            "included",
            f"peak only: no reading in the {points_words(windows.pre_within)} minutes before the "
            "start",
            ~has_pre & has_after,
        ),
        ("excluded", "no reading after the start", has_pre & ~has_after),
        ("excluded", "no reading before or after the start", ~has_pre & ~has_after),
    )
    for name in read.units:
        own = courses.filter(pl.col("PARAMCD") == name)
        for status, reason, holds in reasons:
            part = own.filter(holds)
            if part.height:
                subjects = part["USUBJID"].n_unique()
                yield name, status, f"{name}: {reason}", subjects, part.height
    for reason, count in read.exposure.set_aside:
        yield None, "excluded", reason, count, None
    everybody = read.exposure.subjects
    if everybody is not None:
        never = everybody.join(read.exposure.infusions, on="USUBJID", how="anti").height
        if never:
            yield None, "excluded", "no infusion", never, None


def notes_of(
    read: Readings,
    windows: Windows,
    levels: Sequence[Threshold | AnyThreshold],
    by: tuple[str, ...],
    ci: str,
    conf_level: float,
) -> tuple[str, ...]:
    """Return a sentence a definition and a method."""
    infusions = read.exposure.infusions
    who = (
        f"Counted: {infusions.height} infusions in {infusions['USUBJID'].n_unique()} "
        f"{read.exposure.who}."
    )
    return (
        who,
        *_set_aside(read),
        f"Pre-infusion value: the last reading at or before the start of the infusion, at most "
        f"{points_words(windows.pre_within)} minutes before it.",
        _peaks(read, windows),
        *([_way_back(read, windows)] if windows.margins else []),
        *_intervals(infusions, levels, ci, conf_level),
        *order_notes(infusions, by),
    )


def _set_aside(read: Readings) -> Iterator[str]:
    if read.set_aside:
        what = "; ".join(f"{count} {reason}" for reason, count in read.set_aside)
        yield f"Readings not used: {what}."


def _peaks(read: Readings, windows: Windows) -> str:
    lowest = [name for name, which in read.worst.items() if which != HIGHEST]
    highest = [name for name in read.worst if name not in lowest]
    parts = [
        f"{which} reading after the start ({listed(names)})"
        for which, names in (("highest", highest), ("lowest", lowest))
        if names
    ]
    end = "" if windows.until is None else f", up to {points_words(windows.until)} minutes after it"
    return (
        f"Peak: the {' or '.join(parts)}{end}; its time is the first at which it was read. "
        "Readings are snapshots: the true peak may lie between them."
    )


def _way_back(read: Readings, windows: Windows) -> str:
    margins = listed(
        f"{points_words(margin)} {read.units[name]} for {name}" for name, margin in windows.margins
    )
    stays = ", and all later readings too" if windows.stays else ""
    return (
        f"Back: a reading no more than the margin worse than the pre-infusion value ({margins})"
        f"{stays}. The minute is that of the first such reading; the return itself lies between it "
        "and the reading before. Infusions without a seen return count as later than all others."
    )


def _intervals(
    infusions: pl.DataFrame,
    levels: Sequence[Threshold | AnyThreshold],
    ci: str,
    conf_level: float,
) -> Iterator[str]:
    percent = f"{conf_level * 100:g} % intervals"
    has_several = infusions["EXSEQ"].n_unique() > 1
    clustered = (
        "; over several infusions the subjects are the sample (linearised variance), because the "
        "infusions of one subject are not independent"
        if has_several
        else ""
    )
    yield f"{percent} of means: Student's t{clustered}."
    if levels:
        logit = "; of infusions: logit, clustered by subject" if has_several else ""
        yield f"{percent} of shares of subjects: {method_words(ci)}{logit}."


def order_notes(infusions: pl.DataFrame, by: tuple[str, ...]) -> Iterator[str]:
    """Say that groups in plain text stand in the order of the alphabet."""
    for column in by:
        groups = infusions[column]
        if not has_order(groups) and groups.n_unique() > 1:
            yield (
                f"The groups of {column} have no declared order and stand in that of the alphabet: "
                f"{listed(groups.unique().sort())}."
            )


def warnings_of(courses: pl.DataFrame, windows: Windows) -> tuple[str, ...]:
    """Say at how many infusions there is no change, because nothing was read before."""
    said = []
    for name, own in courses.group_by("PARAMCD", maintain_order=True):
        lacking = own.filter((pl.col("n_after") > 0) & pl.col("pre").is_null())
        if lacking.height:
            subjects: Any = lacking["USUBJID"].n_unique()
            said.append(
                f"{lacking.height} of {own.height} infusions (in {subjects} "
                f"subject{'' if subjects == 1 else 's'}) have no {name[0]} reading in the "
                f"{points_words(windows.pre_within)} minutes before the start, and no change."
            )
    return tuple(said)
