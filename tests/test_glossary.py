"""Every lower case column of every result is in the glossary, and every result has its face."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.examples.protocol import ketamine_plan
from ketanalysis.glossary import GLOSSARY

FRAMES = (
    *("table", "contrasts", "audit", "medians", "tests", "groups", "twin", "data"),
    *("adjusted", "effects", "assumptions"),
)


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    trial = ka.load_example("ketamine")
    found: dict[str, Any] = dict(ka.run_study(trial, ketamine_plan()))
    relapse = found["relapse"]
    found["at_risk"] = relapse.at_risk([0, 28])
    found["milestones"] = relapse.milestones([28])
    found["log-rank"] = ka.compare_survival(relapse.tte, by="TRT01P", entry="entry")
    frame = pl.DataFrame({"USUBJID": list("abcdef"), "g": list("xxxyyy"), "v": range(6)})
    found["groups"] = ka.compare_groups(frame, "v", "g", reference="x")
    found["several groups"] = ka.compare_groups(
        frame.with_columns(g=pl.Series(list("xxyyzz"))),
        "v",
        "g",
        reference="x",
        test="anova",
        pairwise="tukey",
    )
    twice = pl.DataFrame({"USUBJID": [*"abcabc"], "AVISIT": [*"111222"], "v": [1, 4, 2, 3, 9, 5]})
    found["pairs"] = ka.compare_paired(twice, "v", "AVISIT", reference="1")
    return found


def test_result_columns_are_in_the_glossary(results: dict[str, Any]) -> None:
    for name, result in results.items():
        for frame in FRAMES:
            for column in getattr(getattr(result, frame, None), "columns", ()):
                is_known = column.isupper() or column in GLOSSARY or column == "value"
                assert is_known, f"{name}.{frame}: {column}"


def test_the_face_of_every_result(results: dict[str, Any]) -> None:
    for name, result in results.items():
        assert result.summary().startswith(result.title), name
        assert str(result) == repr(result) == result.summary(), name
        assert result.text().count(".") >= 1, name
        assert result._repr_html_().startswith("<table"), name
        assert result._repr_markdown_().startswith("**"), name
        assert result.tidy().equals(result.table), name
        assert ka.glance(result).height == 1, name
        assert "great_tables" in type(result.to_gt()).__module__, name


def test_simulated_data_say_so_everywhere(results: dict[str, Any]) -> None:
    for name, result in results.items():
        if name in {"groups", "several groups", "pairs", "log-rank"}:
            continue
        assert result.simulated, name
        assert "Simulated data." in result.summary(), name
        assert "simulated" in result.text(), name


def test_terms_are_lower_case_and_explained() -> None:
    for name, term in GLOSSARY.items():
        assert name == name.lower()
        assert term.meaning
