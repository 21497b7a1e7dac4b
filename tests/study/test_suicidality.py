"""Suicidal ideation from a study folder: the plan, the items, the rates by arm, the report."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import tomlkit

import ketanalysis as ka
from ketanalysis.items.held_items import holds_items, with_scale

ARMS = ("placebo", "ketamine")
HOURS = {"Baseline": -1, "24 h": 24, "Day 7": 168}
# Item 10 at day 7, placebo and ketamine in turn; None: the item was not answered.
ITEM = (0, 0, 3, 1, 4, 1, 2, 0, 1, 5, None, 0)
LEFT = 6  # this subject has no form at day 7


def items_of(scale: str, n_items: int, last: int) -> pl.DataFrame:
    """Return the forms: one point an item, but for `last`, which is 4 before and ITEM at day 7."""
    rows = [
        (
            f"S{who:02d}",
            scale,
            visit,
            float(hour),
            item,
            1 if item != last else ITEM[who] if visit == "Day 7" else 4,
        )
        for who in range(len(ITEM))
        for visit, hour in HOURS.items()
        for item in range(1, n_items + 1)
        if (who, visit) != (LEFT, "Day 7")
    ]
    names = ["USUBJID", "PARAMCD", "AVISIT", "AFRLT", "QSTESTCD", "AVAL"]
    return pl.DataFrame(rows, schema=names, orient="row")


def totals_of(items: pl.DataFrame) -> pl.DataFrame:
    """Return the totals, which a form with a missing item does not have."""
    keys = ["USUBJID", "PARAMCD", "AVISIT", "AFRLT"]
    found = items.group_by(keys, maintain_order=True).agg(
        AVAL=pl.col("AVAL").sum(), lacks=pl.col("AVAL").is_null().any()
    )
    is_base = pl.col("AVISIT") == "Baseline"
    return found.filter(~pl.col("lacks")).select(
        *keys, "AVAL", ABLFL=pl.when(is_base).then(pl.lit("Y"))
    )


def write(folder: Path, **asked: object) -> Path:
    """Write a study whose MADRS is held as totals and items, and return its folder."""
    (folder / "data").mkdir()
    items = items_of("MADRS", 10, 10)
    who = [f"S{i:02d}" for i in range(len(ITEM))]
    arm = [ARMS[i % 2] for i in range(len(ITEM))]
    sex = ["F" if i % 3 else "M" for i in range(len(ITEM))]
    subjects = pl.DataFrame({"USUBJID": who, "TRT01P": arm, "ITTFL": ["Y"] * len(ITEM), "SEX": sex})
    subjects.write_csv(folder / "data/adsl.csv")
    totals_of(items).write_csv(folder / "data/adqs.csv")
    items.write_csv(folder / "data/adqsitem.csv")
    section = {"scale": "MADRS_SI", "remission": {"at_most": 1}, "visit": "Day 7", "missing": "nri"}
    files = {"scores": "adqs", "subjects": "adsl", "items": "adqsitem"}
    config = {
        "study": {"title": "Items", "simulated": True},
        "data": {name: f"data/{file}.csv" for name, file in files.items()},
        "columns": {"arms": list(ARMS), "visits": HOURS},
        "plan": {
            **{"scale": "MADRS", "visit": "Day 7", "missing": "nri"},
            "response": {"at_least": 0.5},
            "suicidality": section | asked,
        },
    }
    (folder / "study.toml").write_text(tomlkit.dumps(config), encoding="utf-8")
    return folder


def counts(result: ka.Result) -> list[tuple[object, ...]]:
    return result.table.select("TRT01P", "missing", "count", "n").rows()


def test_an_item_of_a_plan_is_scored_and_shown_by_arm(tmp_path: Path) -> None:
    results = ka.run_study(ka.read_study(write(tmp_path)))
    assert results.refused == {}
    found = results["suicidal_ideation"]
    # Placebo has 0, 3, 4, no form, 1 and no answer: 2 of 6; ketamine 0, 1, 1, 0, 5, 0: 5 of 6.
    assert counts(found) == [("placebo", "nri", 2, 6), ("ketamine", "nri", 5, 6)]
    gap = found.contrasts.filter(measure="risk difference").row(0, named=True)
    assert gap["estimate"] == pytest.approx(0.5)
    assert "suicidal_ideation_subgroups" not in results


def test_subgroups_do_not_take_the_place_of_the_arms(tmp_path: Path) -> None:
    folder = write(tmp_path, missing="observed", declared="before", columns=["SEX"])
    results = ka.run_study(ka.read_study(folder))
    assert counts(results["suicidal_ideation"]) == [
        ("placebo", "observed", 2, 4),
        ("ketamine", "observed", 5, 6),
    ]
    whole = results["suicidal_ideation_subgroups"].table.filter(
        level="All", measure="risk difference"
    )
    assert whole.select("count", "n", "count_reference", "n_reference").rows() == [(5, 6, 2, 4)]


def test_a_scale_that_nobody_holds_is_refused_with_the_plan(tmp_path: Path) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.run_study(ka.read_study(write(tmp_path, scale="HAMD_SI")))
    assert str(refused.value) == (
        "[plan.suicidality] scale must be one of 'MADRS', which the data have, not 'HAMD_SI'."
    )


def test_the_whole_scale_is_scored_from_its_items() -> None:
    """SSI at most 3: the sum of its 19 items, where no total is held; three have 3, others 4."""
    items = items_of("MADRS", 10, 10)
    trial = ka.as_trial(totals_of(items), visits=HOURS)
    most = pl.when(pl.col("USUBJID") < "S03").then(3).otherwise(4)
    ssi = items_of("SSI", 19, 0).with_columns(AVAL=(pl.col("QSTESTCD") <= most).cast(pl.Int64))
    held = trial.with_(adqsitem=ssi)
    assert holds_items(held, "SSI")
    rate = ka.estimate_remission(
        with_scale(held, "SSI"), "SSI", ka.Remission(at_most=3), visits=["Day 7"], missing="nri"
    )
    assert rate.table.select("count", "n").rows() == [(3, 12)]


def test_a_form_without_its_total_keeps_its_time() -> None:
    """A missing item costs the total its score, and not the other items their baseline."""
    items = items_of("MADRS", 10, 10).with_columns(
        AVAL=pl.when(USUBJID="S00", AVISIT="Baseline", QSTESTCD=1)
        .then(None)
        .otherwise(pl.col("AVAL"))
    )
    anxiety = totals_of(items_of("HAMA", 14, 1)).filter(AVISIT="Baseline")
    trial = ka.as_trial(pl.concat([totals_of(items), anxiety]), visits=HOURS)
    scored = ka.with_scale(trial.with_(adqsitem=items), "MADRS_SI").scores("MADRS_SI")
    first = scored.filter(USUBJID="S00", AVISIT="Baseline")
    assert first.select("AVAL", "ABLFL", "AFRLT").rows() == [(4.0, "Y", -1.0)]


def test_a_trial_without_items_says_which_scales_it_has() -> None:
    trial = ka.as_trial(totals_of(items_of("MADRS", 10, 10)), visits=HOURS)
    assert not holds_items(trial, "MADRS_SI")
    with pytest.raises(ka.ArgumentError, match="MADRS_SI"):
        ka.with_scale(trial, "MADRS_SI")
