"""Quantiles of curves other than the median: R's, on the classics and where nothing is reached."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.survival.estimates import estimate_survival
from ketanalysis.survival.quantiles import estimate_survival_quantiles
from ketanalysis.tables import tabulate
from tests.shared import DATA, reference_value, requires_shared
from tests.survival.survival_data import adtte, random_frame


@requires_shared
@pytest.mark.parametrize("conf_type", ["log", "log-log", "plain"])
@pytest.mark.parametrize(
    ("dataset", "name", "time", "event", "event_value", "by"),
    [
        ("lung", "km_by_sex", "time", "status", 2, "sex"),
        ("veteran", "km_by_trt", "time", "status", 1, "trt"),
        ("ovarian", "km_by_rx", "futime", "fustat", 1, "rx"),
    ],
)
def test_quartiles_are_quantile_survfits(
    dataset: str, name: str, time: str, event: str, event_value: int, by: str, conf_type: str
) -> None:
    result = estimate_survival(
        pl.read_csv(DATA / f"{dataset}.csv", null_values=["NA"]),
        **{"time": time, "event": event, "event_value": event_value},
        by=by,
        known_at="baseline",
        conf_type=conf_type,
    )
    found = result.quantiles([0.25, 0.5, 0.75]).table
    theirs = reference_value(dataset, name)[f"conf_{conf_type}"]["quantiles"]
    for ours, part in (("estimate", "quantile"), ("conf_low", "lower"), ("conf_high", "upper")):
        # R's NA is here infinite: not reached.
        values = [np.inf if v is None else v for row in theirs[part]["values"] for v in row]
        assert found[ours].to_list() == values


def test_one_share_and_no_group() -> None:
    found = estimate_survival(adtte()).quantiles(0.25)
    assert found.table.columns == ["share", "estimate", "conf_low", "conf_high"]
    assert found.table["estimate"].to_list() == [6.0]
    assert found.title == "Times by which given shares had the event: RELAPSE"
    assert set(found.table.columns) <= set(GLOSSARY)


def test_what_is_not_reached_is_named() -> None:
    found = estimate_survival(adtte(), by="TRT01P").quantiles([0.25, 0.9])
    assert found.table["estimate"].to_list() == [9, 20, 4, np.inf]
    assert found.notes[1] == "Not reached: 90 % in PBO."
    assert found.text().startswith(
        "Times by which given shares had the event: RELAPSE by TRT01P: KET 25 % by 9.0 (95 % CI "
        "9.0 to NR) days;"
    )


def test_the_median_is_the_median() -> None:
    result = estimate_survival(random_frame(), by="TRT01P")
    found = estimate_survival_quantiles(result, 0.5).table
    assert found["estimate"].to_list() == result.medians["median"].to_list()
    assert found["conf_high"].to_list() == result.medians["conf_high"].to_list()


def test_the_table() -> None:
    rows = tabulate(estimate_survival(adtte(), by="TRT01P").quantiles([0.25, 0.625])).rows
    assert rows == (
        ("KET", "25", "9.0", "9.0 to NR"),
        ("KET", "62.5", "20.0", "9.0 to NR"),
        ("PBO", "25", "4.0", "4.0 to NR"),
        ("PBO", "62.5", "6.0", "4.0 to NR"),
    )


def test_what_is_refused() -> None:
    result = estimate_survival(adtte())
    for shares in (0, 1, [0.5, float("nan")], [], 25):
        with pytest.raises(ArgumentError) as caught:
            result.quantiles(shares)
        assert str(caught.value) == (
            "shares must be one or more shares with the event, above 0 and below 1 (0.5 is the "
            f"median), not {shares!r}."
        )
    with pytest.raises(ArgumentError) as caught:
        estimate_survival_quantiles(result.table, 0.5)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "result must be a SurvivalResult of estimate_survival, not DataFrame."
    )
