"""The stages that subjects go through, each from the column that states it, and who left why.

Nothing is guessed: a stage without its column is not there, or it is named after what is known
instead ("scored at Day 84"), and its source stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ContractError, listed, near_miss

Flags = NDArray[np.bool_]
STATUSES = ("COMPLETED", "DISCONTINUED", "ONGOING")
ARM = "TRT01P"
REACHED = "reached"  # what stands as reason in the row of those who reached a stage
NO_REASON = "reason not recorded"
NO_STATUS = "status not recorded"
ONGOING = "ongoing"
POPULATIONS = {
    "ITTFL": "analysed: intention-to-treat",
    "FASFL": "analysed: full analysis set",
    "PPROTFL": "analysed: per protocol",
    "SAFFL": "analysed: safety",
}
LEAVING = ("discontinuation", "death")


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of the flow.

    Attributes
    ----------
    role
        "screened", "entered", "treated", "treatment", "study" or "analysed".
    words, source
        What the stage is called, and which column says who reached it.
    parent
        The words of the stage that its subjects come from; "" for the first.
    members
        Who reached it, shape ``(n,)``.
    reasons
        Why not, shape ``(n,)``; read only for those of the parent who did not reach it.
    """

    role: str
    words: str
    source: str
    parent: str
    members: Flags
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Known:
    """What the data say of n subjects beside ADSL: infusions, events, last scores.

    Attributes
    ----------
    infused
        Who had an infusion, or None where there is no table of infusions.
    left
        Event that ended the study by ADICE, "" for none; or None where there is no ADICE.
    last_visit
        Last visit with a score, "" for none; None where there are no scores.
    end
        The last visit at which anybody has a score.
    """

    infused: Flags | None = None
    left: tuple[str, ...] | None = None
    last_visit: tuple[str, ...] | None = None
    end: str = ""


def stages_of(subjects: pl.DataFrame, known: Known, who: str) -> list[Stage]:
    """Return the stages that the columns of ADSL state, in order.

    Parameters
    ----------
    subjects
        One row a subject: everybody, with the columns of ADSL.
    known
        What other tables say.
    who
        What the subjects are called where nothing says that they were randomised.

    Raises
    ------
    ContractError
        A status that is none of COMPLETED, DISCONTINUED and ONGOING; a flag that is not Y or N.
    """
    first = _entered(subjects, who)
    entered = first[-1]
    found = [*first]
    treated = _treated(subjects, known, entered.words)
    found += treated
    if "EOTSTT" in subjects.columns:
        parent = treated[0].words if treated else entered.words
        found.append(
            _by_status(subjects, "EOTSTT", "DCTREAS", "treatment", "completed treatment", parent)
        )
    found += _study(subjects, known, entered.words)
    for flag, words in POPULATIONS.items():
        if flag in subjects.columns and (flag != "SAFFL" or not treated):
            members = _is_yes(subjects, flag)
            reasons = (NO_REASON,) * subjects.height
            found.append(Stage("analysed", words, f"{flag} = Y", entered.words, members, reasons))
    return found


def _entered(subjects: pl.DataFrame, who: str) -> list[Stage]:
    """Return who was screened, where ADSL holds others, and who entered."""
    everybody = np.ones(subjects.height, dtype=bool)
    for flag, words in (("RANDFL", "randomised"), ("ENRLFL", "enrolled")):
        if flag not in subjects.columns:
            continue
        members = _is_yes(subjects, flag)
        reasons = _texts(subjects, "DCSCREEN", NO_REASON)
        if members.all():
            return [Stage("entered", words, f"{flag} = Y", "", members, reasons)]
        screened = Stage("screened", "screened", "all of ADSL", "", everybody, ())
        return [screened, Stage("entered", words, f"{flag} = Y", "screened", members, reasons)]
    if ARM not in subjects.columns:
        return [Stage("entered", "included", who, "", everybody, (NO_REASON,) * subjects.height)]
    is_in = subjects[ARM].is_not_null().to_numpy()
    no_arm = (f"no {ARM}",) * subjects.height
    return [Stage("entered", "allocated", f"{ARM} is given", "", is_in, no_arm)]


def _treated(subjects: pl.DataFrame, known: Known, parent: str) -> list[Stage]:
    reasons = _first_of(_texts(subjects, "DCTREAS", ""), _texts(subjects, "DCSREAS", ""), NO_REASON)
    if "SAFFL" in subjects.columns:
        members = _is_yes(subjects, "SAFFL")
        return [Stage("treated", "treated", "SAFFL = Y", parent, members, reasons)]
    if known.infused is not None:
        return [Stage("treated", "treated", "an infusion in ADEX", parent, known.infused, reasons)]
    return []


def _study(subjects: pl.DataFrame, known: Known, parent: str) -> list[Stage]:
    """Return who completed the study: by EOSSTT, COMPLFL, ADICE, or by the last score."""
    if "EOSSTT" in subjects.columns:
        return [_by_status(subjects, "EOSSTT", "DCSREAS", "study", "completed the study", parent)]
    why = _texts(subjects, "DCSREAS", "")
    if "COMPLFL" in subjects.columns:
        members = _is_yes(subjects, "COMPLFL")
        reasons = _first_of(why, (), NO_REASON)
        return [Stage("study", "completed the study", "COMPLFL = Y", parent, members, reasons)]
    if known.left is not None:
        members = np.array([not event for event in known.left])
        reasons = _first_of(why, known.left, NO_REASON)
        source = "no discontinuation or death in ADICE"
        return [Stage("study", "not discontinued", source, parent, members, reasons)]
    if known.last_visit is not None:
        members = np.array([visit == known.end for visit in known.last_visit])
        reasons = tuple(
            f"last score at {visit}" if visit else "no score" for visit in known.last_visit
        )
        source = "a score at the last visit; ADSL and ADICE do not say who left"
        return [Stage("study", f"scored at {known.end}", source, parent, members, reasons)]
    return []


def _by_status(
    subjects: pl.DataFrame, status: str, reason: str, role: str, words: str, parent: str
) -> Stage:
    """Return the stage of those whose status is COMPLETED."""
    held = status_of(subjects, status)
    why = _texts(subjects, reason, NO_REASON)
    named = {"ONGOING": ONGOING, "": NO_STATUS}
    reasons = tuple(named.get(one, text) for one, text in zip(held, why, strict=True))
    members = np.array([one == "COMPLETED" for one in held], dtype=bool)
    return Stage(role, words, f"{status} = COMPLETED", parent, members, reasons)


def status_of(subjects: pl.DataFrame, column: str) -> tuple[str, ...]:
    """Return a column of statuses, "" for none, or refuse one that CDISC does not have."""
    held = _texts(subjects, column, "")
    unknown = sorted({status for status in held if status and status not in STATUSES})
    if unknown:
        raise ContractError(
            f"{column} must be one of {listed(STATUSES)}, not {listed(map(repr, unknown), 5)}."
            f"{near_miss(unknown[0], STATUSES)}\n  Recode the column."
        )
    return held


def _is_yes(subjects: pl.DataFrame, flag: str) -> Flags:
    column = subjects[flag]
    if column.dtype == pl.Boolean:
        return column.fill_null(False).to_numpy()
    held = _texts(subjects, flag, "")
    odd = sorted(set(held) - {"Y", "N", ""})
    if odd:
        raise ContractError(f"{flag} must be Y or N, not {listed(map(repr, odd), 5)}.")
    return np.array([value == "Y" for value in held], dtype=bool)


def _texts(subjects: pl.DataFrame, column: str, otherwise: str) -> tuple[str, ...]:
    """Return a column as text, `otherwise` where it is empty or not there; shape (n,)."""
    if column not in subjects.columns:
        return (otherwise,) * subjects.height
    texts = subjects[column].cast(pl.String).str.strip_chars().fill_null("")
    return tuple(text or otherwise for text in texts)


def _first_of(first: Sequence[str], second: Sequence[str], otherwise: str) -> tuple[str, ...]:
    beside = second or ("",) * len(first)
    return tuple(a or b or otherwise for a, b in zip(first, beside, strict=True))
