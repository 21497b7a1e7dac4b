"""Pages worked by hand: one for each rule by which items become a score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

import ketanalysis as ka


def form(*answers: Sequence[float | None], first: int = 1, name: str = "i") -> pl.DataFrame:
    """Return one row a subject with the answers to items `first`, `first` + 1 and so on."""
    columns = [f"{name}_{first + place}" for place in range(len(answers[0]))]
    frame = pl.DataFrame([[*row] for row in answers], schema=columns, orient="row", strict=False)
    ids = [f"{i:02}" for i in range(1, len(answers) + 1)]
    return frame.with_columns(pl.all().cast(pl.Float64), pl.Series("USUBJID", ids))


def scores(frame: pl.DataFrame, scale: str, **options: Any) -> list[float | None]:
    """Return the scores of one PARAMCD; items stand in columns i_1, i_2 and so on."""
    given = {"columns": "i_{item}", "prorate": "never", **options}
    result = ka.score_items(frame, scale, **given)
    return result.table.filter(PARAMCD=ka.instrument(scale).id)["AVAL"].to_list()


def parts(frame: pl.DataFrame, scale: str, **options: Any) -> dict[str, float | None]:
    """Return the score of the first subject by PARAMCD: the scale and its subscales."""
    given = {"columns": "i_{item}", "prorate": "never", **options}
    table = ka.score_items(frame, scale, **given).table.filter(USUBJID="01")
    return dict(table.select("PARAMCD", "AVAL").rows())


# --- sums, and items that are missing ---------------------------------------------------------


def test_madrs_with_none_one_and_two_items_missing() -> None:
    full = [3, 2, 4, 5, 1, 3, 2, 4, 3, 1]  # 3+2+4+5+1+3+2+4+3+1 = 28
    one = [3, 2, 4, None, 1, 3, 2, 4, 3, 1]  # the other nine: 23; 23 / 9 x 10 = 25.5556
    two = [3, 2, 4, None, None, 3, 2, 4, 3, 1]
    frame = form(full, one, two, [None] * 10)
    result = ka.score_items(frame, "MADRS", columns="i_{item}", prorate="registry")
    assert result.table["AVAL"].to_list() == [28.0, pytest.approx(230 / 9, rel=1e-15), None, None]
    assert result.table["n_missing"].to_list() == [0, 1, 2, 10]
    assert result.table["prorated"].to_list() == [False, True, False, False]
    assert result.table["note"].to_list() == [
        None,
        "prorated: 1 of 10 items missing",
        "no score: 2 of 10 items missing, at most 1 allowed",
        "none of 10 items answered",
    ]
    assert result.audit.select("status", "reason", "count").rows() == [
        ("included", "all items answered", 1),
        ("included", "prorated", 1),
        ("excluded", "more items missing than allowed", 1),
        ("excluded", "no item answered", 1),
    ]


def test_madrs_never_prorated() -> None:
    frame = form([3, 2, 4, None, 1, 3, 2, 4, 3, 1])
    assert scores(frame, "MADRS") == [None]
    assert scores(frame, "MADRS", prorate=0) == [None]
    assert scores(frame, "MADRS", prorate=2) == [pytest.approx(230 / 9)]


def test_phq9_allows_two_missing_items_and_not_three() -> None:
    two = [1, 1, 2, 2, 3, None, None, 0, 1]  # 10 over 7 items: 10 / 7 x 9 = 12.857
    three = [1, 1, 2, 2, 3, None, None, None, 1]
    found = scores(form(two, three), "PHQ9", prorate="registry")
    assert found == [pytest.approx(90 / 7, rel=1e-15), None]


def test_hamd17_items_differ_in_range_so_the_share_of_the_points_is_what_is_kept() -> None:
    # Items of 0 to 4 are 1, 2, 3, 7 to 11 and 15; the others are of 0 to 2. All answers are half
    # of what is possible: 26 of 52. Without item 4 (0 to 2) they are 25 of 50, so still 26; the
    # mean of the others times 17 would be 26.5625, and with all answers at their highest
    # 50 / 16 x 17 = 53.125, above what the scale can have.
    half = [2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 1, 1, 1, 2, 1, 1]
    without = [*half[:3], None, *half[4:]]
    highest = [4, 4, 4, None, 2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 4, 2, 2]
    frame = form(half, without, highest)
    assert scores(frame, "HAMD17") == [26.0, None, None]
    assert scores(frame, "HAMD17", prorate=1) == [26.0, 26.0, 52.0]
    assert parts(frame, "HAMD17")["HAMD_AS"] == 2 + 2 + 1 + 1 + 2 + 1  # items 10 to 13, 15, 17


def test_hamd6_and_the_suicide_item_take_their_items_from_the_17() -> None:
    frame = form([3, 1, 4, 2, 1, 0, 3, 2, 1, 2, 3, 1, 2, 0, 1, 2, 1])
    assert scores(frame, "HAMD6") == [3 + 1 + 3 + 2 + 2 + 2]  # items 1, 2, 7, 8, 10, 13
    assert scores(frame, "HAMD_SI") == [4.0]


# --- domains ----------------------------------------------------------------------------------


def test_qids_counts_the_highest_item_of_each_domain() -> None:
    # sleep 1-4: 3; 5: 2; appetite and weight 6-9: 2; 10: 1; 11: 0; 12: 1; 13: 2; 14: 3;
    # psychomotor 15-16: 1. Together 15; a plain sum would be 21.
    full = [3, 1, 2, 0, 2, 2, 0, 1, 1, 1, 0, 1, 2, 3, 1, 1]
    assert sum(full) == 21
    found = ka.score_items(form(full), "QIDSSR16", columns="i_{item}", prorate="registry").table
    assert found["AVAL"].to_list() == [15.0]
    assert found["n_items"].to_list() == [9]


def test_a_domain_is_the_highest_of_its_answered_items_and_all_nine_are_needed() -> None:
    some = [3, None, None, None, 2, None, 0, None, 1, 1, 0, 1, 2, 3, None, 1]  # 3+2+1+1+0+1+2+3+1
    none = [3, 1, 2, 0, None, 2, 0, 1, 1, 1, 0, 1, 2, 3, 1, 1]
    frame = form(some, none)
    found = ka.score_items(frame, "QIDSSR16", columns="i_{item}", prorate="registry").table
    assert found["AVAL"].to_list() == [14.0, None]
    assert found["note"].to_list() == [None, "no score: 1 of 9 domains missing"]
    # By a rule of one's own: the other eight domains have 13 of 24 points.
    assert scores(frame, "QIDSSR16", prorate=1)[1] == pytest.approx(13 / 24 * 27, rel=1e-15)


def test_ids_takes_one_of_two_items_and_the_higher_of_both() -> None:
    base = [1] * 30  # 26 single items of 1
    either = [*base[:10], 2, None, None, 3, *base[14:]]  # 26 + 2 + 3
    both = [*base[:10], 1, 3, 2, 0, *base[14:]]  # 26 + 3 + 2
    neither = [*base[:10], None, None, 2, 0, *base[14:]]
    frame = form(either, both, neither)
    found = ka.score_items(frame, "IDSSR30", columns="i_{item}", prorate="never").table
    assert found["AVAL"].to_list() == [31.0, 31.0, None]
    assert found["n_items"].to_list() == [28, 28, 28]


# --- reversed and subtracted items, subscales -------------------------------------------------


def test_stai_turns_ten_items_round() -> None:
    # The first ten items are answered 1, the others 4. Reversed are 1, 2, 5, 8, 10 (1 becomes 4)
    # and 11, 15, 16, 19, 20 (4 becomes 1): 5 x 4 + 5 x 1 + 5 x 1 + 5 x 4 = 50.
    frame = form([1] * 10 + [4] * 10, [1] * 20, [4] * 20)
    assert scores(frame, "STAIS") == [50.0, 50.0, 50.0]
    calm = [4 if i in (1, 2, 5, 8, 10, 11, 15, 16, 19, 20) else 1 for i in range(1, 21)]
    assert scores(form(calm), "STAIS") == [20.0]
    assert scores(form(calm), "STAIS", are_reversed=True) == [50.0]


def test_poms_adds_five_moods_and_subtracts_vigour() -> None:
    # Every item is answered 1. Tension has nine items, one of them reversed (4 - 1 = 3): 8 + 3 =
    # 11. Depression 15, anger 12, fatigue 7, confusion seven with one reversed: 6 + 3 = 9.
    # Vigour 8. Together 11 + 15 + 12 + 7 + 9 - 8 = 46.
    numbers = ka.instrument("POMS").item_numbers
    columns = {number: f"i_{number}" for number in numbers}
    found = parts(form([1] * 65), "POMS", columns=columns)
    assert found == {
        "POMS": 46.0,
        "POMS_TEN": 11.0,
        "POMS_DEP": 15.0,
        "POMS_ANG": 12.0,
        "POMS_VIG": 8.0,
        "POMS_FAT": 7.0,
        "POMS_CON": 9.0,
    }
    lowest = [0] * 65
    for item in (7, 15, 19, 38, 51, 56, 60, 63, 22, 54):
        lowest[item - 1] = 4
    assert scores(form(lowest), "POMS", columns=columns) == [-32.0]


def test_cadss_and_its_three_subscales() -> None:
    # Item n is answered n mod 5: 1 2 3 4 0 1 2 3 4 0 1 2 3 4 0 1 2 3 4 0 1 2 3; the sum is 46.
    frame = form([item % 5 for item in range(1, 24)])
    assert parts(frame, "CADSS") == {
        "CADSS": 46.0,
        "CADSS_DEPERS": 3 + 4 + 0 + 1 + 2 + 0 + 3,  # items 3 to 7, 20, 23
        "CADSS_DEREAL": 1 + 2 + (3 + 4 + 0 + 1 + 2 + 3) + (1 + 2 + 3 + 4) + 1,
        "CADSS_AMNES": 4 + 0 + 2,  # items 14, 15, 22
    }
    assert scores(frame, "CADSS6") == [1 + 2 + 1 + 2 + 0 + 2]  # items 1, 2, 6, 7, 15, 22


def test_hama_and_spin_and_their_subscales() -> None:
    hama = form([item % 3 for item in range(1, 15)])  # 1 2 0 1 2 0 1 2 0 1 2 0 1 2
    assert parts(hama, "HAMA") == {
        "HAMA": 15.0,
        "HAMA_PSY": 1 + 2 + 0 + 1 + 2 + 0 + 2,
        "HAMA_SOM": 1 + 2 + 0 + 1 + 2 + 0 + 1,
    }
    spin = form([item % 4 for item in range(1, 18)])  # 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3 0 1
    assert parts(spin, "SPIN") == {
        "SPIN": 25.0,
        "SPIN_FEAR": 1 + 3 + 1 + 2 + 2 + 3,  # items 1, 3, 5, 10, 14, 15
        "SPIN_AVOID": 0 + 2 + 0 + 1 + 3 + 0 + 0,  # items 4, 6, 8, 9, 11, 12, 16
        "SPIN_PHYS": 2 + 3 + 1 + 1,  # items 2, 7, 13, 17
    }


def test_fq_by_a_map_of_ones_own() -> None:
    # Items 2 to 16 of the questionnaire are answered 0, 1, ..., 8, 0, 1, ..., 5.
    frame = form([(item - 2) % 9 for item in range(2, 17)], first=2, name="avoid")
    columns = {item: f"avoid_{item}" for item in range(2, 17)}
    assert parts(frame, "FQ", columns=columns) == {
        "FQ": 36.0 + 15.0,
        "FQ_AGORA": 3 + 4 + 6 + 1 + 4,  # items 5, 6, 8, 12, 15
        "FQ_BLOOD": 0 + 2 + 8 + 2 + 5,  # items 2, 4, 10, 13, 16
        "FQ_SOCIAL": 1 + 5 + 7 + 0 + 3,  # items 3, 7, 9, 11, 14
    }


def test_lsas_adds_fear_and_avoidance() -> None:
    given = [f"lsas_{what}_{i}" for what in ("fear", "avoid") for i in range(1, 25)]
    frame = pl.DataFrame({"USUBJID": ["01"], **{n: [2 if "fear" in n else 1] for n in given}})
    assert parts(frame, "LSAS", columns=given) == {
        "LSAS": 72.0,
        "LSAS_FEAR": 48.0,
        "LSAS_AVOID": 24.0,
    }


# --- means, single ratings, letters -----------------------------------------------------------


def test_asc_scores_are_means_by_a_map_of_ones_own() -> None:
    items = {
        f"asc{i}": [value]
        for i, value in zip((32, 38, 43, 44, 46, 56), range(10, 70, 10), strict=True)
    }
    frame = pl.DataFrame({"USUBJID": ["01"], **items})
    assert scores(frame, "ASC_ANX", columns=list(items)) == [35.0]  # 210 / 6
    own = dict(zip(range(1, 7), items, strict=True))
    assert scores(frame, "ANX", columns=own) == [35.0]
    gap = frame.with_columns(pl.lit(None).alias("asc56"))
    assert scores(gap, "ANX", columns=own) == [None]
    assert scores(gap, "ANX", columns=own, prorate=1) == [30.0]  # the mean of the other five


def test_auditory_alterations_may_have_15_items() -> None:
    columns = [f"a{i}" for i in range(1, 17)]
    frame = pl.DataFrame({"USUBJID": ["01"], **{name: [32.0] for name in columns}})
    frame = frame.with_columns(pl.lit(0.0).alias("a1"))
    assert scores(frame, "ASC_AUDIT", columns=columns) == [30.0]  # 480 / 16
    assert scores(frame, "ASC_AUDIT", columns=columns[1:]) == [32.0]


def test_bprs_in_both_codings_and_its_four_positive_symptoms() -> None:
    frame = form([1] * 17 + [7])
    assert scores(frame, "BPRS1TO7") == [24.0]
    four = {4: "i_4", 11: "i_11", 12: "i_12", 15: "i_18"}
    assert scores(frame, "BPRSP1TO7", columns=four) == [10.0]
    zero = frame.with_columns(pl.col(pl.Float64) - 1)
    assert scores(zero, "BPRS0TO6") == [6.0]
    assert scores(zero, "BPRSP0TO6", columns=four) == [6.0]


def test_bdi_drops_the_letter_where_that_is_declared() -> None:
    frame = form([1] * 21).with_columns(i_16=pl.lit("2b"), i_18=pl.lit("1A"))
    result = ka.score_items(
        frame, "BDI-II", columns="i_{item}", prorate="never", strip_letters=True
    )
    assert result.table["AVAL"].to_list() == [19 + 2 + 1]
    assert "BDI2: the letter of 2 answers to items 16, 18 was dropped." in result.notes
    with pytest.raises(ka.ContractError) as refused:
        ka.score_items(frame, "BDI-II", columns="i_{item}", prorate="never")
    assert str(refused.value) == (
        "i_16 must hold numbers, not '2b' (row 1).\n"
        "i_18 must hold numbers, not '1A' (row 1).\n"
        "  Correct the cells, or declare the codes that mean missing: missing_codes=[...]. Items "
        "16, 18 of BDI2 have options with letters (1a, 1b): strip_letters=True drops the letter."
    )
    other = frame.with_columns(i_3=pl.lit("1a"))
    with pytest.raises(ka.ContractError, match=r"^i_3 must hold numbers, not '1a' \(row 1\)\."):
        ka.score_items(other, "BDI2", columns="i_{item}", prorate="never", strip_letters=True)


def test_a_single_rating_needs_no_pattern() -> None:
    frame = pl.DataFrame({"USUBJID": ["01", "02"], "cgis": [4, None], "vas": [37.5, 80]})
    assert scores(frame, "CGI-S", columns="cgis") == [4.0, None]
    assert scores(frame, "VASANX", columns="vas") == [37.5, 80.0]


def test_intensity_of_ideation_has_items_of_different_lowest_answers() -> None:
    frame = form([1, 1, 0, 0, 0], [5, 5, 5, 5, 5], [None] * 5)
    assert scores(frame, "CSSRS_INT") == [2.0, 25.0, None]


def test_ymrs_has_four_items_of_0_to_8() -> None:
    assert scores(form([4, 4, 4, 4, 8, 8, 4, 8, 8, 4, 4]), "YMRS") == [60.0]
