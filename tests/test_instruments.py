"""The registry of rating scales: its look-up, its refusals, and every figure against the page."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError
from itertools import chain

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


def facts(one: Instrument) -> list[Fact]:
    """Return every fact of an instrument."""
    single = (one.structure, one.scoring, one.bands, one.missing_items, one.recall, one.licence)
    return [fact for fact in chain(single, one.cutoffs, one.mcid) if fact is not None]


# --- look-up ---------------------------------------------------------------------------------


def test_every_file_is_named_for_its_id() -> None:
    assert list(read_instruments(REGISTRY)) == IDS
    assert {*ASC_ITEMS} == {name.removeprefix("ASC_") for name in IDS if name.startswith("ASC_")}
    others = {name for name in IDS if not name.startswith("ASC_")}
    assert others == {"MADRS", "HAMD17", "PHQ9", "QIDSSR16", "BDI2", "HAMA", "GAD7", "STAIS"}


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
    ],
)
def test_an_alias_finds_its_scale_whatever_its_capitals(given_name: str, found: str) -> None:
    assert instrument(given_name).id == found


def test_an_unknown_name_lists_all_and_hints() -> None:
    with pytest.raises(ArgumentError) as refusal:
        instrument("MADS")
    assert str(refusal.value) == (
        "instrument must be one of ASC_ANX, ASC_AVS, ASC_BLISS, ASC_CONTROL, ASC_DISEMB, "
        "ASC_ELEM, ASC_IMAGERY, ASC_INSIGHT, ASC_MEANING, ASC_SPIRIT, ASC_UNITY, BDI2, GAD7, "
        "HAMA, HAMD17, MADRS, PHQ9, QIDSSR16, STAIS, not 'MADS'. Did you mean MADRS?"
    )


@given(st.text(max_size=8))
def test_look_up_is_never_fuzzy(name: str) -> None:
    known = {
        spelling.casefold()
        for one in read_instruments(REGISTRY).values()
        for spelling in (one.id, *one.aliases)
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
    floors = {name: instrument(name).floor for name in IDS if name != "STAIS"}
    assert set(floors.values()) == {0}


def test_qids_is_the_sum_of_domain_maxima_and_not_of_items() -> None:
    scoring = instrument("QIDSSR16").scoring
    assert sorted(chain.from_iterable(scoring.domains)) == list(range(1, 17))
    assert scoring.limits(16) == (0, 27)
    assert (scoring.item_high[0]) * 16 == 48


def test_instruments_is_one_row_a_scale() -> None:
    frame = instruments()
    assert frame["scale"].to_list() == IDS
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
