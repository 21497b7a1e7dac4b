"""The table of item answers that goes with the scores: the same subjects, scales and visits."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.errors import ContractError, listed, near_miss
from ketanalysis.intake.clock import Schedule, schedule_of
from ketanalysis.intake.column_types import typed_by_contract
from ketanalysis.intake.scores import Declared
from ketanalysis.intake.shaping import ROW, label_text, require_columns
from ketanalysis.intake.subjects import with_ids

NEEDED = ("PARAMCD", "QSTESTCD", "AVAL")


def item_rows(given: Any, subject: str, declared: Declared, schedule: Schedule) -> pl.DataFrame:
    """Return item answers in the columns of their contract, in a fixed order.

    The frame has one row an answer: the subject, the visit under the name that the scores have
    for it (or AVISIT), PARAMCD, QSTESTCD (the number of the item) and AVAL.
    """
    frame = with_ids(given, "items", subject)
    require_columns(frame, "items", NEEDED, "items")
    visit = declared.visit if declared.visit in frame.columns else "AVISIT"
    require_columns(frame, "visit", [visit], "items")
    is_number = declared.visit_unit is not None and visit == declared.visit
    if is_number:
        labels, _ = schedule_of(frame[visit], None, declared.visit_unit)
    else:
        labels = label_text(frame[visit])
    unknown = [one for one in labels.unique(maintain_order=True) if one not in schedule.labels]
    if unknown:
        raise ContractError(
            f"{visit} of the items must hold visits of the scores, "
            f"{listed(map(repr, schedule.labels), 20)}, not {listed(map(repr, unknown))}."
            f"{near_miss(unknown[0], schedule.labels)}"
        )
    frame = frame.drop({subject, visit} - {"USUBJID"}, strict=False).with_columns(
        labels.cast(pl.Enum(schedule.labels)).alias("AVISIT"),
        label_text(frame["PARAMCD"]).alias("PARAMCD"),
    )
    frame = typed_by_contract(frame, "adqsitem", declared.missing_codes)
    first = ["USUBJID", "PARAMCD", "AVISIT", "QSTESTCD", "AVAL"]
    return frame.select(*first, pl.exclude(first)).sort(*first[:4], ROW, nulls_last=True)
