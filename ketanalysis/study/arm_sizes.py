"""How many subjects the arms have."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

ALL = "All subjects"


def arm_sizes(subjects: pl.DataFrame, arms: Sequence[str]) -> dict[str, int]:
    """Return arm → subjects, 0 too; subjects without an arm are nowhere."""
    if not arms:
        return {}
    own = subjects["TRT01P"].cast(pl.String).to_list()
    return {arm: own.count(arm) for arm in arms}


def sizes_of(subjects: pl.DataFrame, arms: Sequence[str]) -> dict[str, int]:
    """Return `arm_sizes`, or of a trial without arms how many there are in all."""
    return arm_sizes(subjects, arms) or {ALL: subjects.height}
