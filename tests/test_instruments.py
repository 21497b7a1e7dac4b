"""The registry of rating scales: its look-up, its refusals, and every figure against the page."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError
from itertools import chain

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.cutoffs import cutoffs
from ketanalysis.errors import ArgumentError
from ketanalysis.instrument_facts import Fact
from ketanalysis.instruments import (
    REGISTRY,
    Instrument,
    find_instrument,
    instrument,
    instruments,
    read_instruments,
)

IDS = sorted(path.stem for path in REGISTRY.glob("*.toml"))
ASC_ITEMS = {
    "UNITY": 5,
    "SPIRIT": 3,
    "BLISS": 3,
    "INSIGHT": 3,
    "DISEMB": 3,
    "CONTROL": 7,
    "ANX": 6,
    "IMAGERY": 3,
    "ELEM": 3,
    "AVS": 3,
    "MEANING": 3,
}


FIVE_D = {"OB", "AED", "VRS", "AUDIT", "VIGIL"}
PARTS = {
    "CADSS": ["CADSS_DEPERS", "CADSS_DEREAL", "CADSS_AMNES"],
    "FQ": ["FQ_AGORA", "FQ_BLOOD", "FQ_SOCIAL"],
    "HAMA": ["HAMA_PSY", "HAMA_SOM"],
    "HAMD17": ["HAMD_AS"],
    "LSAS": ["LSAS_FEAR", "LSAS_AVOID"],
    "POMS": ["POMS_TEN", "POMS_DEP", "POMS_ANG", "POMS_VIG", "POMS_FAT", "POMS_CON"],
    "SPIN": ["SPIN_FEAR", "SPIN_AVOID", "SPIN_PHYS"],
}
OTHERS = {
    *("MADRS", "HAMD6", "HAMD17", "HAMD21", "HAMD24", "PHQ9", "QIDSSR16", "IDSSR30", "BDI2"),
    *("CGIS", "CGII", "HAMA", "GAD7", "FQ", "FQ_MAIN", "FQ_ANXDEP", "FQ_GLOBAL", "LSAS", "SPIN"),
    *("STAIS", "BAI", "VASANX", "CADSS", "CADSS6", "BPRS1TO7", "BPRS0TO6", "BPRSP1TO7"),
    *("BPRSP0TO6", "YMRS", "MOAAS", "POMS", "SSI", "BSS", "CSSRS_ID", "CSSRS_INT", "CGISSR"),
    *("MADRS_SI", "HAMD_SI", "QIDS_SI", "BDI2_SI", "PHQ9_SI"),
}


def facts(one: Instrument) -> list[Fact]:
    """Return every fact of an instrument."""
    single = (
        *(one.version, one.structure, one.scoring, one.bands, one.missing_items, one.recall),
        one.licence,
    )
    many = chain(one.other_bands, one.cutoffs, one.mcid, one.subscales)
    return [fact for fact in chain(single, many) if fact is not None]


def every() -> list[Instrument]:
    return [*read_instruments(REGISTRY).values()]


# --- look-up ---------------------------------------------------------------------------------


def test_every_file_is_named_for_its_id() -> None:
    assert list(read_instruments(REGISTRY)) == IDS
    asc = {name.removeprefix("ASC_") for name in IDS if name.startswith("ASC_")}
    assert {*ASC_ITEMS} | FIVE_D == asc
    assert {name for name in IDS if not name.startswith("ASC_")} == OTHERS
    assert {
        one.id: [part.id for part in one.subscales] for one in every() if one.subscales
    } == PARTS


@pytest.mark.parametrize(
    "given_name, found",
    [
        ("madrs", "MADRS"),
        ("HAM-D17", "HAMD17"),
        ("hamd", "HAMD17"),
        ("PHQ-9", "PHQ9"),
        ("qids-sr16", "QIDSSR16"),
        ("BDI-II", "BDI2"),
        ("HAM-A", "HAMA"),
        ("GAD-7", "GAD7"),
        ("STAI-S", "STAIS"),
        ("ANX", "ASC_ANX"),
        ("anx", "ASC_ANX"),
        ("ded", "ASC_AED"),
        ("CGI-S", "CGIS"),
        ("hama_som", "HAMA_SOM"),
        ("HAM-D anxiety/somatization", "HAMD_AS"),
        ("cgi-ss-r", "CGISSR"),
        ("C-SSRS ideation", "CSSRS_ID"),
        ("MADRS-10", "MADRS_SI"),
    ],
)
def test_an_alias_finds_its_scale_whatever_its_capitals(given_name: str, found: str) -> None:
    assert instrument(given_name).id == found


def test_an_unknown_name_lists_all_and_hints() -> None:
    with pytest.raises(ArgumentError) as refusal:
        instrument("MADS")
    assert str(refusal.value) == (
        f"instrument must be one of {', '.join(IDS)}, or one of their subscales, not 'MADS'. Did "
        "you mean MADRS?"
    )


@pytest.mark.parametrize(
    "name, members",
    [
        ("BPRS", "BPRS0TO6 (0 to 108), BPRS1TO7 (18 to 126)"),
        ("bprs+", "BPRSP0TO6 (0 to 24), BPRSP1TO7 (4 to 28)"),
        ("CGI", "CGII (1 to 7), CGIS (1 to 7)"),
        ("C-SSRS", "CSSRS_ID (0 to 5), CSSRS_INT (0 to 25)"),
    ],
)
def test_a_name_that_several_scales_share_is_never_guessed(name: str, members: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        instrument(name)
    assert str(refusal.value) == (
        f"{name} is several instruments of the registry: {members}. Name the one that was used."
    )
    assert find_instrument(name) is None


@given(st.text(max_size=8))
def test_look_up_is_never_fuzzy(name: str) -> None:
    known = {
        spelling.casefold()
        for one in every()
        for whole in (one, *one.subscales)
        for spelling in (whole.id, *whole.aliases)
    }
    assert (find_instrument(name) is not None) == (name.casefold() in known)


def test_an_instrument_is_frozen_and_prints_as_its_look_up() -> None:
    one = instrument("PHQ9")
    assert repr(one) == "instrument('PHQ9')"
    assert one == instrument("phq-9")
    assert hash(one) == hash(instrument("phq-9"))
    with pytest.raises(FrozenInstanceError):
        one.name = "other"  # type: ignore[misc]


# --- what a scale says -----------------------------------------------------------------------


def test_severity_is_reached_at_the_lower_limit() -> None:
    madrs = instrument("MADRS")
    scores = (0, 6, 6.5, 7, 19, 20, 34, 35, 60)
    assert [madrs.severity(score) for score in scores] == [
        "none",
        "none",
        "none",
        "mild",
        "mild",
        "moderate",
        "moderate",
        "severe",
        "severe",
    ]
    assert madrs.severity(None) is None
    assert madrs.severity(math.nan) is None


def test_severity_refuses_a_score_out_of_range() -> None:
    with pytest.raises(ArgumentError) as refusal:
        instrument("STAIS").severity(19)
    assert str(refusal.value) == "score must be between 20 and 80 for STAIS, not 19."


def test_severity_refuses_a_scale_without_bands() -> None:
    with pytest.raises(ArgumentError) as refusal:
        instrument("ANX").severity(10)
    assert str(refusal.value) == "ASC_ANX has no severity bands in the registry."


def test_a_drug_effect_has_no_worse_direction() -> None:
    assert instrument("MADRS").higher_is_worse
    assert instrument("ANX").higher_is_worse
    with pytest.raises(ArgumentError) as refusal:
        _ = instrument("ASC_UNITY").higher_is_worse
    assert str(refusal.value) == (
        "ASC_UNITY measures how strong an effect is: a high score is neither better nor worse, "
        "so no response can be defined on it."
    )
    with pytest.raises(ArgumentError) as refusal:
        _ = instrument("MOAA/S").higher_is_worse
    assert str(refusal.value) == (
        "MOAAS measures how strong an effect is: a low score is neither better nor worse, so no "
        "response can be defined on it."
    )
    with pytest.raises(ArgumentError) as refusal:
        _ = instrument("VASANX").higher_is_worse
    assert str(refusal.value) == (
        "VASANX has the direction that its anchors give it, which differs between studies: name "
        "the scores otherwise, and declare the direction in the rule, Response(..., better=...)."
    )
    assert not instrument("POMS_VIG").higher_is_worse


def test_the_subscales_of_the_11_asc_are_means_of_0_to_100_without_reversed_items() -> None:
    scales = {name: instrument(f"ASC_{name}") for name in ASC_ITEMS}
    assert {name: one.items for name, one in scales.items()} == ASC_ITEMS
    assert sum(one.items for one in scales.values()) == 42
    for one in scales.values():
        assert (one.low, one.high, one.scoring.rule) == (0, 100, "mean")
        assert one.scoring.reversed_items == ()


def test_stais_starts_at_its_floor_and_reverses_ten_items() -> None:
    one = instrument("STAIS")
    assert (one.low, one.high, one.floor) == (20, 80, 20)
    assert one.scoring.reversed_items == (1, 2, 5, 8, 10, 11, 15, 16, 19, 20)
    floors = {name: instrument(name).floor for name in IDS if instrument(name).floor}
    assert floors == {"STAIS": 20, "CGIS": 1, "CGII": 1, "BPRS1TO7": 18, "BPRSP1TO7": 4}


def test_qids_is_the_sum_of_domain_maxima_and_not_of_items() -> None:
    scoring = instrument("QIDSSR16").scoring
    assert sorted(chain.from_iterable(scoring.domains)) == list(range(1, 17))
    assert scoring.limits(16) == (0, 27)
    assert (scoring.item_high[0]) * 16 == 48


def test_instruments_is_one_row_a_scale() -> None:
    frame = instruments()
    parts = {name: PARTS.get(name, []) for name in IDS}
    assert frame["scale"].to_list() == [one for name in IDS for one in (name, *parts[name])]
    assert frame.filter(scale="HAMA_PSY").select("part_of", "items", "high").row(0) == (
        *("HAMA", 7, 28.0),
    )
    assert dict(
        frame.filter(pl.col("part_of").is_not_null()).select("scale", "part_of").rows()
    ) == {
        **{part: name for name, held in PARTS.items() for part in held},
        **{"HAMD6": "HAMD17", "HAMD_SI": "HAMD17", "CADSS6": "CADSS", "MADRS_SI": "MADRS"},
        **{"QIDS_SI": "QIDSSR16", "BDI2_SI": "BDI2", "PHQ9_SI": "PHQ9"},
        **{"BPRSP1TO7": "BPRS1TO7", "BPRSP0TO6": "BPRS0TO6"},
    }
    assert frame.filter(scale="MADRS").select("items", "low", "high", "verified").row(0) == (
        10,
        0.0,
        60.0,
        True,
    )
    assert "ANX" in frame.filter(scale="ASC_ANX")["aliases"].item().split(", ")


def test_cutoffs_keep_comparator_user_and_source() -> None:
    frame = cutoffs("MADRS")
    assert frame.columns == [
        "scale",
        "purpose",
        "quantity",
        "comparator",
        "value",
        "used_by",
        "citation",
        "verified",
    ]
    remission = frame.filter(purpose="remission")
    pairs = set(remission.select("comparator", "value").iter_rows())
    assert {("<=", 10.0), ("<", 10.0), ("<=", 12.0)} <= pairs
    assert remission.filter(used_by="Bio-K").row(0) == (
        "MADRS",
        "remission",
        "score",
        "<",
        10.0,
        "Bio-K",
        "Parikh 2024, safetylit.org citjournalarticle_837756_1",
        True,
    )
    assert frame.filter(purpose="severity").select("value", "used_by").rows() == [
        (7.0, "mild"),
        (20.0, "moderate"),
        (35.0, "severe"),
    ]
    assert cutoffs("ANX").is_empty()
    bai = cutoffs("BAI").select("value", "used_by").rows()
    assert bai[0] == (8.0, "mild")
    assert bai[3] == (10.0, "older bands: mild")


@pytest.mark.parametrize("name", IDS)
def test_the_card_marks_every_unverified_fact(name: str) -> None:
    one = instrument(name)
    lines = str(one).splitlines()
    unread = sum(not fact.verified for fact in facts(one))
    assert sum("(not verified; " in line for line in lines) == unread
    assert sum("[" in line for line in lines) == len(facts(one)) - unread


def test_the_card_of_a_scale_reads_as_a_page() -> None:
    assert str(instrument("GAD7")) == (
        "GAD7: Generalised Anxiety Disorder scale, 7 items\n"
        "  measures      anxiety, rated by the person\n"
        "  also called   GAD-7\n"
        "  range         0 to 21, 7 items (not verified; general knowledge)\n"
        "  direction     higher is worse; floor 0\n"
        "  scoring       Sum of 7 items, each 0 to 3; no reversed items. "
        "(not verified; general knowledge)\n"
        "  bands         0 to 4 minimal, 5 to 9 mild, 10 to 14 moderate, 15 to 21 severe "
        "[GAD-7 cut points, promisekit.org/2022/12/03/what-is-a-normal-gad-score] "
        "(words not verified)\n"
        "  remission     score < 5: the lowest band taken as remission "
        "(not verified; general knowledge)\n"
        "  MCID          4 points: change within a person [Toussaint 2020, fis.uke.de]\n"
        "  missing items not stated\n"
        "  recall        Past 2 weeks. (not verified; general knowledge)\n"
        "  licence       Free (Pfizer). (not verified; general knowledge)"
    )
