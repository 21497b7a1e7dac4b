"""Scores from items against R: psych::scoreItems, and base R where psych has no such rule."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.instruments import find_instrument
from tests.shared import ORACLE

# Sums of at most 65 small numbers, and one division where items are made up for: nothing but
# the last digit that R printed (15) can differ.
RELATIVE = 1e-12
PRORATE: dict[str, Any] = {"PHQ9": "registry", "MADRS": "registry", "QIDSSR16": "registry"}


@pytest.fixture(scope="module")
def oracle() -> pl.DataFrame:
    return read_oracle()


def read_oracle() -> pl.DataFrame:
    types = {"id": pl.String, "value": pl.Float64}
    return pl.read_csv(ORACLE / "score_items.csv", schema_overrides=types)


def scales_with_answers() -> list[str]:
    frame = read_oracle().filter(kind="answer")
    return frame["scale"].unique(maintain_order=True).to_list()


def scored(oracle: pl.DataFrame, scale: str) -> ka.Result:
    answers = oracle.filter(scale=scale, kind="answer")
    one = ka.instrument(scale)
    columns = None if one.scoring.numbering == "form" else {n: n for n in one.item_numbers}
    prorate = 3 if scale == "HAMD17" else PRORATE.get(scale, "never")
    return ka.score_items(
        answers.rename({"scale": "PARAMCD"}),
        scale,
        subject="id",
        item="item",
        value="value",
        columns=columns,
        prorate=prorate,
    )


@pytest.mark.parametrize("scale", scales_with_answers())
def test_every_score_is_what_r_gives(oracle: pl.DataFrame, scale: str) -> None:
    ours = scored(oracle, scale).table
    parts = [scale, *(part.id for part in ka.instrument(scale).subscales)]
    theirs = oracle.filter(kind="score").filter(pl.col("scale").is_in(parts))
    assert theirs["scale"].n_unique() >= 1
    both = theirs.join(ours, left_on=["scale", "id"], right_on=["PARAMCD", "id"], how="left")
    assert both.height == theirs.height
    assert both["AVAL"].is_null().equals(both["value"].is_null())
    known = both.drop_nulls("value")
    error = (known["AVAL"] - known["value"]).abs() / known["value"].abs().clip(1)
    assert error.max() <= RELATIVE


def test_the_oracle_holds_complete_prorated_and_missing_scores(oracle: pl.DataFrame) -> None:
    scores = oracle.filter(kind="score")
    assert scores.filter(scale="PHQ9")["value"].null_count() == 1
    assert scores.filter(scale="MADRS")["value"].null_count() == 1
    assert (scores.filter(scale="MADRS")["value"].drop_nulls() % 1 != 0).sum() == 2
    assert scores["scale"].n_unique() == 21
    assert all(find_instrument(scale) for scale in scores["scale"].unique())
    assert set(scores["by"].unique()) == {"psych", "base"}
