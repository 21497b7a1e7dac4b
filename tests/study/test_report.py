"""The report: it holds what the analyses found, and nothing that should not be there."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.examples.protocol import ketamine_plan
from ketanalysis.study.folder import write_example_study
from ketanalysis.study.provenance import frame_hash, input_hashes, package_versions
from ketanalysis.study.questions import ABSENT
from ketanalysis.study.sections import Section
from tests.twelve import PLAN, twelve_subjects

pytest.importorskip("pypandoc", reason="the extra [report] is not installed")


class Page(HTMLParser):
    """Collects the text, the headings, the images with their alt text, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.alts: list[str] = []
        self.sources: list[str] = []
        self.text = ""
        self.headings: list[str] = []
        self._heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        if tag == "img":
            self.alts.append(given.get("alt") or "")
            self.sources.append(given.get("src") or "")
        if tag in {"h1", "h2"}:
            self._heading = True
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"h1", "h2"}:
            self._heading = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._heading:
            self.headings[-1] += data


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_example_study("ketamine", tmp_path_factory.mktemp("study") / "ketamine")


@pytest.fixture(scope="module")
def rendered(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "report.html"
    ka.render_report(study, out=out)
    return out


@pytest.fixture(scope="module")
def page(rendered: Path) -> Page:
    reader = Page()
    reader.feed(rendered.read_text(encoding="utf-8"))
    return reader


def test_every_section_is_there(page: Page) -> None:
    named = [re.sub(r"^[\d.]+\s*", "", heading).strip() for heading in page.headings]
    for heading in (
        "Summary",
        "Definitions",
        "Subjects",
        "Response",
        "Remission",
        "Relapse without maintenance",
        "Anxiety in responders and non-responders",
        "Adverse events",
        "Methods",
        "Findings in the data",
        "Subjects in and out",
        "Provenance",
    ):
        assert heading in named


def test_the_numbers_of_the_page_are_those_of_the_results(page: Page, study: Path) -> None:
    results = ka.run_study(study)
    assert results.refused == {}
    text = " ".join(page.text.split())
    for row in results["response"].table.iter_rows(named=True):
        assert f"{row['count']}/{row['n']}" in text
    for rule in results.study.plan.sentences():
        assert rule in text
    for row in results["response"].audit.iter_rows(named=True):
        assert row["reason"][1:] in text


def test_the_page_has_no_script_and_loads_nothing(page: Page, rendered: Path) -> None:
    assert not page.tags & {"script", "iframe", "object", "embed", "link", "form"}
    assert all(source.startswith("data:image/png") for source in page.sources)
    assert len(page.alts) >= 4
    assert all(len(alt) > 20 for alt in page.alts)
    html = rendered.read_text(encoding="utf-8")
    assert not re.search(r"url\(\s*['\"]?(?!data:)", html)


def test_simulated_data_say_so(page: Page) -> None:
    assert "Simulated data, not a real trial." in page.text


def test_no_subject_stands_in_the_report(page: Page, study: Path) -> None:
    trial = ka.read_study(study).trial
    for subject in trial.adsl["USUBJID"]:
        assert subject not in page.text


def test_the_same_study_gives_the_same_bytes(rendered: Path, study: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    ka.render_report(study, out=again)
    assert again.read_bytes() == rendered.read_bytes()


def test_a_trial_in_memory_needs_a_plan(tmp_path: Path) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.render_report(ka.load_example("ketamine"), out=tmp_path / "x.html")
    assert str(refused.value) == ("A trial needs plan=: a Plan with scale, visit and definitions.")


def test_what_is_not_planned_or_not_possible_is_a_sentence() -> None:
    trial = ka.load_example("ketamine")
    plan = ka.Plan(
        scale="MADRS", visit="Day 99", missing=("nri",), response=ka.Response(at_least=0.5)
    )
    section = Section(ka.run_study(trial, plan))
    assert section.table("remission")._repr_html_() == f"<p>{ABSENT['remission']}</p>"
    assert "Not answered." in (section.further()._repr_html_() or "")
    assert section.table("response")._repr_html_().startswith("<p>Not estimated: visits must be")
    assert section.figure("response_by_visit") is None


def test_no_code_names_stand_in_the_text(page: Page) -> None:
    for name in ("TRT01P", "AVISIT", "ITTFL", "nri", "locf", "AVALLO", "NE to NE"):
        assert not re.search(rf"\b{name}\b", page.text), name
    assert "mmrm: " not in page.text  # R's package of this name is named, our handling is not
    assert "non-responder imputation (missing counts as failure)" in page.text


def test_a_number_needed_passes_infinity_in_words(page: Page) -> None:
    assert re.search(r"NNTB [\d.]+ to infinity to NNTH [\d.]+", page.text)


def test_hostile_labels_stay_text(tmp_path: Path) -> None:
    arm = "<script>alert(1)</script> ![x](/etc/passwd) $\\foo{$"
    out = tmp_path / "hostile.html"
    ka.render_report(twelve_subjects(arm), PLAN, out)
    reader = Page()
    reader.feed(out.read_text(encoding="utf-8"))
    assert "script" not in reader.tags
    assert "<script>alert(1)</script>" in reader.text
    assert all(source.startswith("data:image/png") for source in reader.sources)


def test_provenance_names_versions_and_inputs(study: Path) -> None:
    versions = package_versions()
    assert set(versions) >= {"python", "polars", "pandera", "pingouin", "lifelines", "seaborn"}
    hashes = input_hashes(ka.read_study(study))
    assert "study.toml" in hashes
    assert all(len(value) == 64 for value in hashes.values())
    trial = ka.load_example("ketamine")
    changed = trial.adqs.with_columns(pl.col("AVAL") + 1)
    assert frame_hash(changed) != frame_hash(trial.adqs)
    assert frame_hash(trial.adqs.clone()) == frame_hash(trial.adqs)


def test_a_bare_trial_is_described_by_the_hash_of_its_tables() -> None:
    from ketanalysis.study.running import as_study

    study = as_study(ka.load_example("ketamine"), ketamine_plan())
    assert set(input_hashes(study)) == {
        "table adsl",
        "table adqs",
        "table adex",
        "table adae",
        "table adice",
        "table adcm",
        "table advs",
    }
