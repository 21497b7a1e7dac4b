"""Every figure of the instrument registry against the page of domain facts."""

from __future__ import annotations

import re

import pytest

from ketanalysis.instruments import REGISTRY, instrument
from tests.shared import SHARED
from tests.test_instruments import IDS, facts

DOMAIN = SHARED / "domain.md"
requires_domain = pytest.mark.skipif(
    not DOMAIN.exists(), reason="the shared reference data (../shared) are not beside this checkout"
)
ROWS = {
    "MADRS": "MADRS",
    "HAMD17": "HAM-D17",
    "PHQ9": "PHQ-9",
    "QIDSSR16": "QIDS-SR16",
    "BDI2": "BDI-II",
    "HAMA": "HAM-A",
    "GAD7": "GAD-7",
    "STAIS": "STAI-S (Y-1)",
}
DISTRUSTED = re.compile(r"mirror|weak|clinic (page|summary)|DOI GK")
WRONG_IN_THE_ARTICLE = (
    "10.1002/da.22355",
    "10.1016/j.jad.2023.01.012",
    "10.1177/02698811231171529",
    "10.1177/02698811231171530",
)


def section(start: str, end: str) -> str:
    """Return the text of domain.md between two headings."""
    text = DOMAIN.read_text(encoding="utf-8")
    return text[text.index(start) : text.index(end)]


def table_row(text: str, first_cell: str) -> str:
    """Return all rows of a table whose first cell is the one given, without spaces."""
    rows = [line for line in text.splitlines() if line.startswith(f"| {first_cell} |")]
    assert rows, first_cell
    return re.sub(r"\s", "", " ".join(rows))


@requires_domain
@pytest.mark.parametrize("name", ROWS)
def test_range_and_bands_stand_in_the_instrument_tables(name: str) -> None:
    row = table_row(section("## 3. Instruments", "### 3.3"), ROWS[name])
    one = instrument(name)
    assert f"{one.low:g}-{one.high:g}" in row
    assert one.bands is not None
    if name == "GAD7":  # the page gives its three cut points only
        assert "/".join(f"{band.low:g}" for band in one.bands.levels[1:]) in row
        return
    for band in one.bands.levels:
        written = (f"{band.low:g}-{band.high:g}", f">={band.low:g}", f"<={band.high:g}")
        assert any(text in row for text in written), band


@requires_domain
@pytest.mark.parametrize("name", [name for name in ROWS if name != "STAIS"])
def test_remission_cutoffs_stand_in_their_table(name: str) -> None:
    row = table_row(section("### 2.2 Remission", "### 2.3"), ROWS[name])
    for cut in instrument(name).cutoffs:
        if cut.purpose == "remission":
            value = f"{cut.value:g}"
            short = f"<9or<{value}" if cut.citation == "Hawley 2002" else ""
            assert f"{cut.comparator}{value}" in row or (short and short in row), cut


@requires_domain
def test_relapse_cutoffs_stand_in_their_table() -> None:
    text = re.sub(r"\s", "", section("### 2.4 RELAPSE", "### 2.5"))
    spelled = {"MADRS": "MADRS", "HAMD17": "(HRSD17|HAM-D17)", "QIDSSR16": "QIDS-SR16"}
    seen = 0
    for name in ROWS:
        for cut in instrument(name).cutoffs:
            if cut.purpose == "relapse":
                pattern = f"{spelled[name]}{re.escape(cut.comparator)}{cut.value:g}(?![0-9])"
                assert re.search(pattern, text), cut
                seen += 1
    assert seen == 8


@requires_domain
def test_the_11_asc_item_counts_stand_on_the_page() -> None:
    row = table_row(
        section("### 3.3", "### 3.4"),
        "**11-ASC** (Studerus 2010; n=591: psilocybin 327, ketamine 162, MDMA 102; 43 studies)",
    )
    words = {
        "UNITY": "unity5",
        "SPIRIT": "spiritual3",
        "BLISS": "bliss3",
        "INSIGHT": "insight3",
        "DISEMB": "disembodiment3",
        "CONTROL": "impairedcontrol&cognition7",
        "ANX": "**anxiety(ANX)6**",
        "IMAGERY": "compleximagery3",
        "ELEM": "elementaryimagery3",
        "AVS": "audio-visualsynaesthesia3",
        "MEANING": "changedmeaning3",
    }
    for name, written in words.items():
        assert written in row
        assert written.rstrip("*").endswith(str(instrument(f"ASC_{name}").items))


@requires_domain
@pytest.mark.parametrize("name", IDS)
def test_a_verified_fact_has_a_source_that_the_page_trusts(name: str) -> None:
    lines = DOMAIN.read_text(encoding="utf-8").splitlines()
    for fact in facts(instrument(name)):
        if fact.verified:
            naming = [line for line in lines if fact.locator.removeprefix("doi:") in line]
            assert naming, fact
            assert any(not DISTRUSTED.search(line) for line in naming), fact


def test_no_wrong_citation_of_the_article_is_repeated() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in REGISTRY.glob("*.toml"))
    for wrong in (*WRONG_IN_THE_ARTICLE, "McIntyre", "Shadli", "Glue", "Chisamore"):
        assert wrong not in text
