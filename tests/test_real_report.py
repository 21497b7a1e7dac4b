"""The antidepressant trial, from its file through a study folder to its report page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from shutil import copyfile

import pytest

import ketanalysis as ka
from ketanalysis.rounding import percent
from ketanalysis.study.folder import write_study_file
from tests.shared import DATA, reference_value, requires_shared

pytestmark = requires_shared
pytest.importorskip("pypandoc", reason="the extra [report] is not installed")

SECTIONS = {
    "study": {"title": "Antidepressant trial"},
    "data": {"scores": "data/antidepressant_trial.csv"},
    "columns": {
        "subject": "PATIENT",
        "arm": "THERAPY",
        "arms": ["PLACEBO", "DRUG"],
        "visit": "VISIT",
        "visits": ["4", "5", "6", "7"],
        "day": "RELDAYS",
        "scores": {"HAMD17": "HAMDTL17", "HAMA": "HAMATOTL"},
        "baseline": {"HAMD17": "BASVAL"},
        "subject_columns": ["GENDER", "POOLINV"],
    },
}
PLAN = ka.Plan(
    scale="HAMD17",
    visit="7",
    missing=("observed", "locf", "nri"),
    response=ka.Response(at_least=0.5),
    remission=ka.Remission(at_most=7),
    anxiety=ka.Anxiety(outcomes=("HAMA",), visit="4"),
    baseline=ka.Baseline(categorical="POOLINV"),
    model=ka.MixedModel(df="kenward-roger-linear"),
    imputation=ka.Imputation("approximate-bayes", draws=5, seed=1, reference="PLACEBO"),
    sensitivity=ka.Sensitivity(
        missing=("observed", "locf", "nri", "mmrm", "mi", "j2r"),
        endpoints=("response", "change"),
    ),
)


class Text(HTMLParser):
    """Collects the text of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    (folder / "data").mkdir()
    copyfile(DATA / "antidepressant_trial.csv", folder / "data" / "antidepressant_trial.csv")
    write_study_file(folder, SECTIONS, PLAN)
    return folder


@pytest.fixture(scope="module")
def words(study: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("out") / "report.html"
    ka.render_report(study, out=out)
    text = Text()
    text.feed(out.read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", text.words)


def test_nothing_is_refused(study: Path) -> None:
    results = ka.run_study(study)
    assert results.refused == {}
    assert results.study.trial.n_subjects == 172
    report = ka.check_trial(results.study.trial)
    assert report.errors.is_empty()


@pytest.mark.parametrize("outcome", ["resp", "rem"])
@pytest.mark.parametrize("handling", ["oc", "locf", "nri"])
def test_the_page_shows_the_rates_that_r_gives(words: str, outcome: str, handling: str) -> None:
    for rate in reference_value(
        "antidepressant_data", f"visit7_{outcome}_{handling}_by_arm"
    ).values():
        low, high = (percent(end) for end in rate["wilson"])
        assert f"{rate['x']}/{rate['n']}" in words
        assert f"{low} to {high}" in words


@pytest.mark.parametrize("handling", ["oc", "locf", "nri"])
def test_the_page_shows_the_difference_that_r_gives(words: str, handling: str) -> None:
    theirs = reference_value("antidepressant_data", f"visit7_resp_{handling}_DRUG_vs_PLACEBO")
    low, high = (percent(end) for end in theirs["rd_miettinen_nurminen"])
    assert f"{percent(theirs['rd'])} ({low} to {high})" in words


def test_the_page_names_its_input(words: str, study: Path) -> None:
    assert ka.read_study(study).inputs["data/antidepressant_trial.csv"] in words
