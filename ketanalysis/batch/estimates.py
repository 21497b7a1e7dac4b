"""The estimates of a study, and of all studies, as one tidy table: one row an estimate."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ketanalysis.results import Result

# What of a result holds estimates; its other frames are steps on the way, or one row a subject.
PARTS = ("table", "contrasts", "medians")
FIRST = ("study", "analysis", "part")


def study_estimates(study: str, results: Mapping[str, Result]) -> pl.DataFrame:
    """Return every estimate of a study: its id, the analysis, the part, and the columns of it.

    Columns that an analysis lacks are null; ordered categories are text.
    """
    frames = []
    for name, result in results.items():
        for part in PARTS:
            frame = getattr(result, part, None)
            if isinstance(frame, pl.DataFrame) and frame.height and "USUBJID" not in frame.columns:
                marks = (study, name, part)
                labels = [pl.lit(mark).alias(key) for key, mark in zip(FIRST, marks, strict=True)]
                frames.append(frame.select(*labels, pl.all().exclude(*FIRST)))
    return stacked(frames)


def stacked(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the frames one below the other; a column has the widest kind that it has anywhere."""
    kinds: dict[str, pl.DataType] = {}
    for frame in frames:
        for name, kind in frame.schema.items():
            kinds[name] = _wider(kinds.get(name), kind)
    if not frames:
        return pl.DataFrame(schema=dict.fromkeys(FIRST, pl.String))
    cast = [
        frame.select(pl.col(name).cast(kinds[name]) for name in frame.columns) for frame in frames
    ]
    return pl.concat(cast, how="diagonal")


def _wider(known: pl.DataType | None, new: pl.DataType) -> pl.DataType:
    plain = _plain(new)
    if known is None or known == plain or known == pl.Null():
        return plain
    if plain == pl.Null():
        return known
    if known.is_numeric() and plain.is_numeric():
        return pl.Float64()
    return pl.String()


def _plain(kind: pl.DataType) -> pl.DataType:
    if kind.is_integer():
        return pl.Int64()
    if kind.is_float():
        return pl.Float64()
    return kind if kind in (pl.Boolean(), pl.Null()) else pl.String()


def as_parquet(frame: pl.DataFrame) -> bytes:
    """Return the rows as the bytes of a Parquet file."""
    held = io.BytesIO()
    frame.write_parquet(held)
    return held.getvalue()


def as_json(frame: pl.DataFrame) -> bytes:
    """Return the rows as JSON, a line a row; what is not finite is a text, as ``"inf"``."""
    rows = (json.dumps(_row(row), ensure_ascii=False) for row in frame.iter_rows(named=True))
    return ("[\n" + ",\n".join(rows) + "\n]\n").encode()


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {key: _value(value) for key, value in row.items() if value is not None}


def _value(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
