"""A report that is passed on: its tables are attacked for the small counts they hold back."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.disclosure.suppression import Sum, held_back, possible
from ketanalysis.study.blocks import TableBlock, WordsBlock
from ketanalysis.study.document import find_study, open_report
from ketanalysis.study.running import run_study
from ketanalysis.study.shared_cells import SIGN, count_in, is_clear
from ketanalysis.study.shared_tables import small_in_sensitivity
from ketanalysis.study.shared_words import harmless_words
from ketanalysis.study.sharing import SharedSection
from ketanalysis.tables import Column, Table

ASKED = ("baseline", "disposition", "change", "response", "remission", "relapse", "safety")


@cache
def section(subjects: int, min_cell: int) -> SharedSection:
    """Return the shared sections of the example, or of its first subjects alone."""
    study = find_study("ketamine")
    trial = study.trial
    kept = trial.adsl.group_by("TRT01P", maintain_order=True).head(subjects // 2)["USUBJID"]
    few = {
        name: table.filter(pl.col("USUBJID").is_in(kept.to_list()))
        for name, table in trial.tables().items()
    }
    results = run_study(replace(study, trial=trial.with_(**few)), only=ASKED)
    return SharedSection(results, None, min_cell)


CASES = [(96, 5), (96, 11), (48, 5), (31, 3)]


def rows(block: object) -> list[tuple[str, ...]]:
    assert isinstance(block, TableBlock)
    return list(block.ketanalysis_table.rows)


def by_arm(block: object, arm: str) -> dict[str, str]:
    """Return label → cell of the first column of an arm."""
    assert isinstance(block, TableBlock)
    table = block.ketanalysis_table
    (place, *_) = [
        j for j, column in enumerate(table.columns) if arm in (column.label, column.spanner)
    ]
    return {row[0]: row[place] for row in table.rows}


@pytest.mark.parametrize(("subjects", "min_cell"), CASES)
def test_no_small_count_and_no_small_rest_is_printed(subjects: int, min_cell: int) -> None:
    shared = section(subjects, min_cell)
    blocks = [
        *(shared.table(name) for name in ("baseline", "course", "response", "remission")),
        *(shared.table(name) for name in ("relapse", "adverse_events")),
        *(shared.contrasts("response"), shared.audit("response"), shared.audit("relapse")),
        *(shared.figure("disposition"), shared.subjects(), shared.rows()),
    ]
    tables = [block.ketanalysis_table for block in blocks if isinstance(block, TableBlock)]
    assert len(tables) > 7
    seen = 0
    for table in tables:
        for row in table.rows:
            for cell in row[1:]:
                found = count_in(cell)
                if found is None or found[1] is None:
                    continue
                seen += 1
                count, total = found
                assert not 0 < count < min_cell, (table.title, row)
                assert not 0 < total - count < min_cell, (table.title, row)
    assert seen > 20


@pytest.mark.parametrize(("subjects", "min_cell"), CASES)
def test_who_was_seen_at_a_visit_is_told_by_no_other_table(subjects: int, min_cell: int) -> None:
    shared = section(subjects, min_cell)
    flow, course = shared.figure("disposition"), shared.table("course")
    for arm, size in shared.sizes.items():
        seen, scored = by_arm(flow, arm), by_arm(course, arm)
        assert scored.keys() <= seen.keys()
        for visit, n in scored.items():
            assert (n == SIGN) == (seen[visit] == SIGN), (arm, visit)
            if n != SIGN:
                assert not 0 < size - int(n) < min_cell
    # The total is no way round: where one arm is held back, so are all subjects.
    everybody = by_arm(flow, "All subjects")
    for visit in by_arm(course, "ketamine"):
        if SIGN in (by_arm(flow, arm)[visit] for arm in shared.sizes):
            assert everybody[visit] == SIGN


@pytest.mark.parametrize(("subjects", "min_cell"), CASES)
def test_all_that_is_shown_of_response_is_apart_by_no_small_number(
    subjects: int, min_cell: int
) -> None:
    """The counts of an arm at a visit hold one another, and their differences are counts too."""
    shared = section(subjects, min_cell)
    table = shared.table("response")
    assert isinstance(table, TableBlock)
    for place, arm in ((1, "midazolam"), (4, "ketamine")):
        shares = [count_in(row[place]) for row in rows(table)]
        known = {(0, shared.sizes[arm])}
        known |= {(count, total) for count, total in filter(None, shares) if total is not None}
        for (a, n), (b, m) in combinations(known, 2):
            for apart in (abs(n - m), *([abs(a - b)] if a and b else [])):
                assert not 0 < apart < min_cell


@pytest.mark.parametrize(("subjects", "min_cell"), CASES)
def test_reasons_add_up_to_more_than_one_answer(subjects: int, min_cell: int) -> None:
    shared = section(subjects, min_cell)
    for name in ("response", "relapse"):
        block = shared.audit(name)
        assert isinstance(block, TableBlock)
        table = block.ketanalysis_table
        start = 0
        for _, height in table.row_groups or (("", len(table.rows)),):
            lines = table.rows[start : start + height]
            start += height
            for place, arm in ((2, "midazolam"), (3, "ketamine")):
                cells = [line[place] for line in lines]
                held = cells.count(SIGN)
                left = shared.sizes[arm] - sum(int(cell) for cell in cells if cell != SIGN)
                assert held == 0 or (held > 1 and left >= min_cell and left > held)


def test_levels_extremes_and_quartiles_of_table_1() -> None:
    small = rows(section(48, 5).table("baseline"))
    assert {row[1] for row in small if row[0] == "Range"} == {SIGN}
    assert all(row[1] != SIGN for row in rows(section(96, 5).table("baseline")) if "Q1" in row[0])
    # 48 subjects an arm hold 12 beyond a quartile, and 11 is the smallest number shown.
    assert all(row[1] != SIGN for row in rows(section(96, 11).table("baseline")) if row[0] == "F")
    assert {row[1] for row in small if "Q1" in row[0]} <= {
        row[1] for row in rows(section(48, 3).table("baseline")) if "Q1" in row[0]
    }
    assert {row[1] for row in rows(section(48, 11).table("baseline")) if "Q1" in row[0]} == {SIGN}


def test_differences_of_handlings_that_are_held_back_are_too() -> None:
    columns = (
        Column("Missing scores", "left"),
        Column("ketamine, n"),
        Column("midazolam, n"),
        Column("Difference (95 % CI)"),
        Column("p"),
    )
    lines = (
        ("Observed cases (primary)", "39", "43", "29", "0.009"),
        ("Last observation carried forward", "46", "47", "21", "0.039"),
        ("Observed cases", "39", "46", "-1.7", "0.316"),
        ("Mixed model for repeated measures", "39", "43", "-0.9", "0.576"),
    )
    blocks = (("Response, improvement of at least 50 %, at Day 14", 2), ("Change, at Day 14", 2))
    table = Table("t", columns, lines, blocks)
    sizes = {"ketamine": 48, "midazolam": 48}
    held = {"response": {"last observation carried forward"}, "remission": {"observed cases"}}
    numbers, whole = {(2, 1), (2, 2)}, {(1, j) for j in range(1, 5)}
    assert small_in_sensitivity(table, held, sizes, 5) == numbers | whole
    assert small_in_sensitivity(table, {}, sizes, 6) == {(i, j) for i in range(4) for j in (1, 2)}


def test_what_is_not_known_to_be_safe_is_not_shown() -> None:
    shared = section(96, 5)
    assert isinstance(shared.figure("relapse"), WordsBlock)
    said = shared.summary()._repr_markdown_()
    assert (
        "**Who left, and when?** Some counts are fewer than 5: the table shows the others" in said
    )
    assert "midazolam 13/48 \\(27" in said
    # Of what is held back whole one sentence is said, and not one for each figure and part.
    assert shared.is_whole("relapse_milestones") is False
    assert shared.part("infusion_anxiety", "effects") is None
    words = shared.findings()._repr_markdown_()
    assert words == "Findings are not shown in a report that is passed on\\."
    assert shared.reading()._repr_markdown_() == ""


def test_sentences_with_counts_are_left_out() -> None:
    kept = "95 % intervals: Wilson."
    assert harmless_words(kept) == kept
    assert harmless_words("Left out: 1 of 48. What is estimated is of the others.") == (
        "What is estimated is of the others."
    )
    assert harmless_words("Entry was known 2.5 to 3.4 days after the origin.") == ""
    assert harmless_words("Cohen 1988, p 67; 100 data sets, seed 20.") != ""


def test_a_table_is_clear_or_not() -> None:
    columns = (Column("Test", "left"), Column("n"), Column("n"), Column("Mean"))
    table = Table("t", columns, (("a", "13", "30", "2"), ("b", "13", "35", "3")))
    assert is_clear(table, 5)  # 30 and 35 are five apart; the means are no counts
    assert not is_clear(table, 6)
    assert not is_clear(table, 5, sizes={39})  # 35 of 39
    assert not is_clear(Table("t", columns, (("a", "13", "4", "2"),)), 5)
    shares = (Column("Measure", "left"), Column("n/N"))
    assert not is_clear(Table("t", shares, (("Specificity", "34/35"),)), 5)
    assert is_clear(Table("t", shares, (("Specificity", "35/35"),)), 5)


def test_counts_are_held_against_those_of_their_own_column() -> None:
    """A cell without a count must not shift those behind it to another column."""
    columns = (Column("Test", "left"), Column("n"), Column("n"))
    assert is_clear(Table("t", columns, (("a", "", "40"), ("b", "42", "90"))), 5)
    assert not is_clear(Table("t", columns, (("a", "", "40"), ("b", "90", "42"))), 5)
    assert not is_clear(Table("t", columns, (("a", "40", ""), ("b", "42", "90"))), 5)


def test_the_page_names_nobody_and_says_what_it_is(tmp_path: Path) -> None:
    out = tmp_path / "shared.html"
    study = find_study("ketamine")
    ka.render_report(study, out=out, share=5, template="relapse_brief")
    page = out.read_text(encoding="utf-8")
    ids = study.trial.adsl["USUBJID"].to_list()
    assert not any(one in page for one in ids)
    text = re.sub(r"<[^>]+>", " ", page)
    assert "Counts of 1 to 4 subjects are held back" in text
    assert "[s]: held back, so that no count of 1 to 4 subjects is shown or follows" in text
    assert "<img" not in page  # a curve steps at every event


def test_how_many_were_only_screened_follows_from_nothing(tmp_path: Path) -> None:
    study = find_study("ketamine")
    adsl = study.trial.adsl
    without = ("TRT01P", "TRT01A", "EOTSTT", "DCTREAS", "EOSSTT", "DCSREAS")
    screened = adsl.head(2).with_columns(
        pl.concat_str(pl.lit("S-"), "USUBJID").alias("USUBJID"),
        *(pl.lit(None, adsl[name].dtype).alias(name) for name in without),
        *(pl.lit("N", adsl[name].dtype).alias(name) for name in ("RANDFL", "SAFFL", "ITTFL")),
    )
    trial = study.trial.with_(adsl=pl.concat([adsl, screened]))
    results = run_study(replace(study, trial=trial), only=("disposition",))
    shown = SharedSection(results, None, 5)
    everybody = {row[0]: row[1] for row in rows(shown.table("disposition"))}
    assert everybody["Screened"] == everybody["Not randomised"] == SIGN
    assert everybody["Treated"] == "96/96 (100 %)"
    assert {row[0]: row[1:] for row in rows(shown.rows())}["ADSL"] == (SIGN, SIGN)
    out = tmp_path / "a.html"
    ka.render_report(trial, study.plan, out, template="data_check", share=5)
    page = re.sub(r"<style.*?</style>", "", out.read_text("utf-8"), flags=re.DOTALL)
    assert "96 subjects, 2 arms" in page
    assert not re.search(r"\b98\b", page)


def test_counts_that_contradict_their_sums_are_held_back() -> None:
    counts = {"all": 10, "a": 12, "b": 2}
    held = held_back(counts, [Sum("all", ("a", "b"))], 5, known={"all", "a"})
    assert "b" in held
    assert possible(counts, [Sum("all", ("a", "b"))], {"b"}) == {"b": (2, 2)}


def test_arms_too_small_to_be_passed_on_are_refused() -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        open_report("ketamine", share=49, only=("response",))
    assert str(refused.value) == (
        "midazolam, ketamine: fewer than 49 subjects; nothing of so few can be passed on. Leave "
        "the arm out of the trial, or join it to another."
    )
    with pytest.raises(ka.ArgumentError) as refused:
        ka.render_report(find_study("ketamine"), share=1)
    assert str(refused.value) == (
        "share must be a whole number from 3, such as 5 or 11, not 1: the smallest count of "
        "subjects that may be shown."
    )
