"""Item answers beside the scores: named as the scores name them, checked, and kept in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import ketanalysis as ka

SCORES = pl.DataFrame(
    {"id": [2, 2, 1, 1], "week": [0, 2, 0, 2], "scale": ["GAD7"] * 4, "score": [7, 7, 14, 7]}
)
NAMED: dict[str, Any] = {
    "subject": "id",
    "visit": "week",
    "visit_unit": "week",
    "parameter": "scale",
    "value": "score",
}
ITEMS = pl.DataFrame(
    [
        (subject, week, "GAD7", item, 2 if (subject, week) == (1, 0) else 1)
        for subject in (2, 1)
        for week in (2, 0)
        for item in (7, 6, 5, 4, 3, 2, 1)
    ],
    schema=["id", "week", "PARAMCD", "QSTESTCD", "AVAL"],
    orient="row",
)


def refused(kind: type[Exception], items: Any, **changes: Any) -> str:
    with pytest.raises(kind) as found:
        ka.as_trial(SCORES, items=items, **{**NAMED, **changes})
    return str(found.value)


def test_items_take_the_names_of_the_scores_and_a_fixed_order() -> None:
    trial = ka.as_trial(SCORES, items=ITEMS, **NAMED)
    assert trial.adqsitem is not None
    assert trial.adqsitem.columns == ["USUBJID", "PARAMCD", "AVISIT", "QSTESTCD", "AVAL"]
    assert trial.adqsitem["AVISIT"].dtype == pl.Enum(["Week 0", "Week 2"])
    assert trial.adqsitem.row(0) == ("1", "GAD7", "Week 0", 1, 2.0)
    assert trial.adqsitem.height == 28
    assert "adqsitem (28 rows)" in str(trial)
    other = ka.as_trial(SCORES, items=ITEMS.sample(fraction=1, shuffle=True, seed=1), **NAMED)
    assert other.equals(trial)


def test_items_may_use_the_labels_of_the_visits_instead() -> None:
    labelled = ITEMS.select(
        USUBJID="id", AVISIT=pl.format("Week {}", "week"), PARAMCD="PARAMCD",
        QSTESTCD=pl.col("QSTESTCD").cast(pl.String), AVAL=pl.col("AVAL").cast(pl.String),
    )  # fmt: skip
    trial = ka.as_trial(SCORES, items=labelled, **NAMED)
    assert trial.equals(ka.as_trial(SCORES, items=ITEMS, **NAMED))


def test_wide_scores_and_their_items() -> None:
    wide = pl.DataFrame({"id": ["1", "2"], "gad_0h": [14, 7], "gad_d14": [7, 7]})
    items = ITEMS.with_columns(AVISIT=pl.when(week=0).then(pl.lit("0h")).otherwise(pl.lit("d14")))
    trial = ka.as_trial(
        wide, subject="id", wide={"GAD7": "gad_{visit}"}, visits=["0h", "d14"],
        baseline_visit="0h", items=items.drop("week"),
    )  # fmt: skip
    assert trial.report is not None
    assert trial.report.warnings.is_empty()


@pytest.mark.parametrize(
    "change, message",
    [
        (
            {"week": 3},
            "week of the items must hold visits of the scores, 'Week 0', 'Week 2', not 'Week 3'. "
            "Did you mean Week 2?",
        ),
        ({"AVAL": "x"}, "ADQSITEM.AVAL must hold numbers, not 'x' (28 rows, the first is row 1)."),
        ({"QSTESTCD": "GAD01"}, "ADQSITEM.QSTESTCD must hold numbers, not 'GAD01' (28 rows, "),
    ],
)
def test_items_that_do_not_fit(change: dict[str, Any], message: str) -> None:
    items = ITEMS.with_columns(**{name: pl.lit(value) for name, value in change.items()})
    assert refused(ka.ContractError, items).startswith(message)


def test_columns_that_the_items_need() -> None:
    assert refused(ka.ArgumentError, ITEMS.rename({"QSTESTCD": "item"})) == (
        "items must name a column of items, not 'QSTESTCD'.\n"
        "  Its columns: id, week, PARAMCD, item, AVAL."
    )


def test_errors_of_the_items_stop_the_import_with_the_row_that_was_given() -> None:
    items = ITEMS.with_columns(AVAL=pl.when(id=2, week=2, QSTESTCD=7).then(4).otherwise("AVAL"))
    message = refused(ka.ContractError, items)
    assert message.startswith(
        "ADQSITEM.AVAL must be an answer to item 7 of GAD7, not 4 (of 0 to 3).\n"
        '  Row 1 (subject 2), visit "Week 2". Rule `item_range` of schemas/adqsitem.toml.'
    )
    stranger = pl.concat([ITEMS, ITEMS[:1].with_columns(id=pl.lit(9, dtype=pl.Int64))])
    trial = ka.as_trial(SCORES, items=stranger, **NAMED)
    assert trial.report is not None
    assert "ADQSITEM.USUBJID must be a subject of ADSL" in trial.report.summary()


def test_a_study_folder_may_hold_a_file_of_items(tmp_path: Path) -> None:
    trial = ka.as_trial(SCORES, items=ITEMS, **NAMED)
    plan = ka.Plan(scale="GAD7", visit="Week 2", missing="nri", response=ka.Response(at_least=0.5))
    folder = ka.write_study(tmp_path / "study", trial, plan)
    assert 'items = "data/adqsitem.parquet"' in (folder / "study.toml").read_text()
    again = ka.read_study(folder).trial
    assert again.adqsitem is not None
    assert trial.adqsitem is not None
    assert again.adqsitem.equals(trial.adqsitem)
