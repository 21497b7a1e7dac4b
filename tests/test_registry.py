"""Every figure of the instrument registry against the page of domain facts."""

from __future__ import annotations

import re
from dataclasses import fields

import polars as pl
import pytest

from ketanalysis.instrument_facts import Fact
from ketanalysis.instruments import (
    REGISTRY,
    find_instrument,
    form_numbers,
    instrument,
    instruments,
)
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
# The scales whose row has no severity bands, or not for the whole range.
MORE_ROWS = {
    "HAMD6": "HAM-D6",
    "HAMD21": "HAM-D21 / 24 / 25",
    "HAMD24": "HAM-D21 / 24 / 25",
    "HAMD_AS": "HAM-D anxiety/somatisation factor",
    "IDSSR30": "IDS-SR30",
    "CGIS": "CGI-S / CGI-I",
    "CGII": "CGI-S / CGI-I",
    "FQ": "FQ (Marks & Mathews 1979)",
    "FQ_AGORA": "FQ (Marks & Mathews 1979)",
    "FQ_BLOOD": "FQ (Marks & Mathews 1979)",
    "FQ_SOCIAL": "FQ (Marks & Mathews 1979)",
    "FQ_MAIN": "FQ (Marks & Mathews 1979)",
    "FQ_ANXDEP": "FQ (Marks & Mathews 1979)",
    "FQ_GLOBAL": "FQ (Marks & Mathews 1979)",
    "LSAS": "LSAS",
    "SPIN": "SPIN",
    "BAI": "BAI",
    "VASANX": "VAS-anxiety",
    "CADSS": "**CADSS**",
    "BPRSP1TO7": "BPRS / BPRS+",
    "BPRSP0TO6": "BPRS / BPRS+",
    "YMRS": "YMRS",
    "SSI": "SSI (clinician)",
    "BSS": "BSS (self)",
    "CSSRS_ID": "C-SSRS",
}
SUICIDE_ITEMS = {"MADRS_SI": 10, "HAMD_SI": 3, "QIDS_SI": 12, "BDI2_SI": 9, "PHQ9_SI": 9}
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


def whole_section() -> str:
    return section("## 3. Instruments", "### 3.5")


@requires_domain
@pytest.mark.parametrize("name", MORE_ROWS)
def test_the_range_of_every_further_scale_stands_in_its_row(name: str) -> None:
    row = table_row(whole_section(), MORE_ROWS[name])
    one = instrument(name)
    assert re.search(rf"(?<![0-9]){one.low:g}-{one.high:g}(?![0-9])", row)
    if len(one.scoring.item_high) == 1 and one.items > 1 and not one.part_of:
        counted = {"FQ": "15avoidanceitems", "LSAS": "24situations"}.get(name)
        assert (counted or f"{one.items}") in row
    for bands in (one.bands, *one.other_bands):
        for band in bands.levels if bands else ():
            ends = f"{band.low:g}-{band.high:g}"
            is_rest = band.low == one.low  # the page leaves the lowest band unsaid
            assert ends in row or f">={band.low:g}" in row or is_rest, band


@requires_domain
def test_the_numbers_of_items_stand_on_the_page() -> None:
    def numbers(text: str) -> tuple[int, ...]:
        ends = [piece.split("-") for piece in text.split(",")]
        return tuple(n for pair in ends for n in range(int(pair[0]), int(pair[-1]) + 1))

    cadss, fq = (table_row(whole_section(), r) for r in ("**CADSS**", MORE_ROWS["FQ"]))
    hama, factor = (table_row(whole_section(), r) for r in ("HAM-A", MORE_ROWS["HAMD_AS"]))
    written = {
        "CADSS_DEPERS": (cadss, "depersonalisation3-7,20,23"),
        "CADSS_DEREAL": (cadss, "derealisation1,2,8-13,16-19,21"),
        "CADSS_AMNES": (cadss, "amnesia14,15,22"),
        "FQ_AGORA": (fq, "agoraphobia5,6,8,12,15"),
        "FQ_BLOOD": (fq, "blood-injury2,4,10,13,16"),
        "FQ_SOCIAL": (fq, "social3,7,9,11,14"),
        "HAMA_PSY": (hama, "psychic1-6,14"),
        "HAMA_SOM": (hama, "somatic7-13"),
        "HAMD_AS": (factor, "items10,11,12,13,15,17"),
        "HAMD6": (table_row(whole_section(), "HAM-D6"), "items1,2,7,8,10,13"),
        "CADSS6": (table_row(whole_section(), "CADSS-6"), "items1,2,6,7,15,22"),
    }
    for name, (row, text) in written.items():
        assert text in row, name
        spelled = re.search(r"[0-9][0-9,-]*$", text)
        assert spelled is not None
        assert instrument(name).item_numbers == numbers(spelled[0]), name
    stai = table_row(whole_section(), "STAI-S (Y-1)")
    assert "**" + ",".join(map(str, instrument("STAIS").scoring.reversed_items)) in stai
    ids = table_row(whole_section(), "IDS-SR30")
    assert "oneof(11,12)andoneof(13,14)" in ids
    assert {(11, 12), (13, 14)} < set(instrument("IDSSR30").scoring.domains)
    bdi = table_row(whole_section(), "BDI-II")
    assert "items16and18" in bdi
    assert instrument("BDI2").scoring.lettered_items == (16, 18)


@requires_domain
def test_the_five_dimensions_and_single_ratings_stand_on_the_page() -> None:
    row = table_row(section("### 3.3", "### 3.4"), "**5D-ASC**")
    written = {
        "ASC_OB": "OB27",
        "ASC_AED": "AED/DED21",
        "ASC_VRS": "VRS18",
        "ASC_VIGIL": "vigilancereduction12",
        "ASC_AUDIT": "16istheusualfigure",
    }
    for name, text in written.items():
        assert text in row
        assert re.findall("[0-9]+", text) == [str(instrument(name).items)]
    assert sum(instrument(name).items for name in written) == 94
    assert "auditory15items" in row
    assert instrument("ASC_AUDIT").structure.items_elsewhere == (15,)
    assert not instrument("ASC_AUDIT").structure.verified

    suicide = table_row(
        section("### 3.4", "### 3.5"), "MADRS-10, HAM-D3, QIDS-12, BDI-9, PHQ-9 item 9"
    )
    highest = "/".join(f"0-{instrument(name).high:g}" for name in SUICIDE_ITEMS)
    assert highest in suicide
    for name, item in SUICIDE_ITEMS.items():
        assert instrument(name).item_numbers == (item,)
    assert "intensity2-25(0ifnone)" in table_row(section("### 3.4", "### 3.5"), "C-SSRS")
    intensity = instrument("CSSRS_INT").scoring
    assert (intensity.key(5).limits(), intensity.not_asked) == ((2, 25), 0)
    poms = table_row(section("### 3.3", "### 3.4"), "POMS")
    assert "65x0-4" in poms
    assert "T+D+A+F+C-V" in poms
    assert (instrument("POMS").structure.asked, instrument("POMS").scoring.item_high) == (65, (4,))


@requires_domain
def test_further_cutoffs_stand_on_the_page() -> None:
    written = {  # id → the row of section 3 or 2.2 that holds all its cut-offs
        "HAMD6": ["remission<=4"],
        "HAMD_AS": ["anxiousdepression>=7"],
        "CGIS": ["<=2/<=1"],
        "CGII": ["CGI-I<=2"],
        "LSAS": [">35%", ">=32inaBraziliansample", "30SAD,60generalised"],
        "SPIN": [">=19"],
        "VASANX": [">50%"],
        "CADSS": ["total>4ANDchange>0"],
        "YMRS": ["<=12"],
        "SSI": ["remission<=3"],
        "BSS": [">=50%fall"],
        "CGISSR": ["<=1=not/questionablysuicidal"],
        "CSSRS_ID": ["remission=0ideation"],
        "FQ_AGORA": ["30onagoraphobia"],
    }
    text = re.sub(r"\s", "", section("### 2.2 Remission", "### 2.3") + whole_section())
    for name, cuts in written.items():
        assert instrument(name).cutoffs, name
        for cut in cuts:
            assert cut in text, (name, cut)
            found = [float(n) for n in re.findall(r"[0-9]+", cut.partition("change")[0])]
            values = {one.value for one in instrument(name).cutoffs}
            assert values & set(found), (name, cut)


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


# Every verified fact of the scales that came later, by the tag that verifies it on the page.
TAGS = {
    ("HAMD21", "structure"): "S55",
    ("HAMD24", "structure"): "S55",
    ("HAMD_AS", "cutoffs"): "S15",
    ("IDSSR30", "structure"): "S55",
    ("IDSSR30", "scoring"): "S77",
    ("IDSSR30", "bands"): "S55",
    ("IDSSR30", "cutoffs"): "S55",
    ("FQ", "structure"): "S81",
    ("FQ", "cutoffs"): "S24",
    ("LSAS", "cutoffs"): "S39 S86",
    ("VASANX", "cutoffs"): "S39",
    ("ASC_OB", "structure"): "S88",
    ("ASC_AED", "structure"): "S88",
    ("ASC_VRS", "structure"): "S88",
    ("ASC_VIGIL", "structure"): "S88",
    ("CADSS", "version"): "S92",
    ("CADSS", "cutoffs"): "S97",
    ("YMRS", "structure"): "S92",
    ("YMRS", "cutoffs"): "S92",
    ("SSI", "cutoffs"): "S3",
    ("BSS", "cutoffs"): "S30",
    ("CSSRS_ID", "cutoffs"): "S59",
    ("CGISSR", "cutoffs"): "S50",
}
FIVE_D = ("ASC_OB", "ASC_AED", "ASC_VRS", "ASC_VIGIL", "ASC_AUDIT")


def later_scales() -> list[str]:
    first = {*ROWS, *(name for name in IDS if name.startswith("ASC_") and name not in FIVE_D)}
    parts = instruments().filter(pl.col("part_of").is_not_null())["scale"]
    return [name for name in [*IDS, *parts] if name not in first]


def test_what_is_verified_has_a_tag_and_nothing_else_is() -> None:
    verified: set[tuple[str, str]] = set()
    for name in dict.fromkeys(later_scales()):
        one = instrument(name)
        kinds = {field.name: getattr(one, field.name) for field in fields(one)}
        for kind, held in kinds.items():
            for fact in held if isinstance(held, tuple) else (held,):
                if isinstance(fact, Fact) and fact.verified and kind not in {"recall", "licence"}:
                    verified.add((name, kind))
    assert verified == set(TAGS)


@requires_domain
@pytest.mark.parametrize("name, kind", TAGS)
def test_a_tag_names_a_source_that_says_so_and_is_trusted(name: str, kind: str) -> None:
    text = DOMAIN.read_text(encoding="utf-8")
    held = getattr(instrument(name), kind)
    locators = {
        fact.locator.removeprefix("doi:")
        for fact in (held if isinstance(held, tuple) else (held,))
        if fact.verified
    }
    for tag in TAGS[name, kind].split():
        (source,) = [line for line in text.splitlines() if line.startswith(f"| {tag} |")]
        assert not DISTRUSTED.search(source)
        assert any(locator in source for locator in locators), (tag, locators)
        assert re.search(rf"\[V:[^]]*\b{tag}\b", text), tag


def test_what_the_page_does_not_state_is_never_verified() -> None:
    """Item numbers and answers that are general knowledge and stand on no page."""
    for name in ("POMS", "SPIN", "BPRSP1TO7", "BPRSP0TO6", "YMRS", "HAMD21", "HAMD24", "CADSS6"):
        assert not instrument(name).scoring.verified, name
        assert not any(part.verified for part in instrument(name).subscales), name
    for name in ("MOAAS", "CGISSR", "CSSRS_INT", "LSAS", "POMS", "BPRS1TO7", "BPRS0TO6"):
        assert not instrument(name).structure.verified, name
    assert sorted(instrument("POMS").item_numbers)[-1] == 65


def test_what_lacks_a_score_or_a_check_is_not_shipped() -> None:
    for name in ("KSET", "KSET-R", "HAMD25", "SDS", "crosswalk"):
        assert find_instrument(name) is None


def test_part_of_names_an_instrument_of_the_registry() -> None:
    parts = instruments().filter(pl.col("part_of").is_not_null())
    for name, whole in parts.select("scale", "part_of").rows():
        assert set(instrument(name).item_numbers) <= form_numbers(instrument(whole))


def test_the_rules_for_missing_items_are_data() -> None:
    at_most = {
        name: instrument(name).missing_items.at_most  # type: ignore[union-attr]
        for name in IDS
        if instrument(name).missing_items and instrument(name).items > 1
    }
    assert at_most == {"MADRS": 1, "PHQ9": 2, "BDI2": 2, "QIDSSR16": 0, "HAMD17": None}


def test_no_wrong_citation_of_the_article_is_repeated() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in REGISTRY.glob("*.toml"))
    for wrong in (*WRONG_IN_THE_ARTICLE, "McIntyre", "Shadli", "Glue", "Chisamore"):
        assert wrong not in text
