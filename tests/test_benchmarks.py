"""The benchmarks: contenders give the same numbers, and ratios, goals and results say what is so.

No time is asserted: times are for `./run bench`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
MODULES = (
    "competing_events",
    "contest",
    "imports",
    "report",
    "response_rates",
    "run",
    "simulated_scores",
    "survival",
)


@pytest.fixture
def load(monkeypatch):
    """Import a file of benchmarks/ by its bare name, and forget it afterwards."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))

    def by_name(name: str) -> ModuleType:
        __import__(name)
        return sys.modules[name]

    yield by_name
    for name in MODULES:
        sys.modules.pop(name, None)


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--rounds", "1", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def verdicts(text: str) -> dict[str, str]:
    """Return the last cell, or why it was not run, of each contender's row."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    rows = [row for row in rows if len(row) == 4]
    return {row[0]: row[1] if row[1].startswith("not run") else row[3] for row in rows}


def test_contenders_agree_on_a_tiny_trial():
    done = bench("--size", "200", "--only", "response", "survival", "--rows", "shuffled")
    assert done.returncode == 0, done.stderr
    found = verdicts(done.stdout)
    python = ("pandas, grouped", "pandas, pivoted", "plain polars", "lifelines")
    assert [found[name] for name in (*python, "ketanalysis, arrays")] == ["agree"] * 5
    for name in ("data.table, grouped", "data.table, ungrouped", "R survival::survfit"):
        assert found[name] == "agree" or found[name].startswith("not run: no R"), name


def test_contenders_agree_on_competing_events_and_their_hazard():
    done = bench("--size", "200", "--only", "competing")
    assert done.returncode == 0, done.stderr
    found = verdicts(done.stdout)
    python = ("ketanalysis, arrays", "lifelines AalenJohansen", "lifelines CoxPH")
    assert [found[name] for name in python] == ["agree"] * 3
    for name in ("R cmprsk::cuminc", "R survival::coxph"):
        assert found[name] == "agree" or found[name].startswith("not run: no R"), name


def test_other_counts_or_intervals_are_found(load):
    differs = load("response_rates").differs
    row = ["placebo", "Day 7", "nri", 3, 10, 0.3, 0.1, 0.6]
    assert differs([row], [row]) == ""
    assert differs([row], [[*row[:3], 4, *row[4:]]]).startswith("counts of ('placebo', 'Day 7',")
    assert differs([row], [[*row[:7], 0.6 + 2e-12]]).startswith("rate or interval of ('placebo'")
    assert differs([row], []) == "0 rows, not 1"
    assert differs([row], [["ketamine", *row[1:]]]) == "no row ('placebo', 'Day 7', 'nri')"


def test_another_curve_is_found(load):
    differs = load("survival").differs
    assert differs([[1.0, 0.9, 0.8, 0.95]], [[1.0, 0.9, 0.8, 0.95]]) == ""
    assert differs([[1.0, 0.9, 0.8, 0.95]], [[1.0, 0.9, 0.8, 0.96]]).startswith("day 1: ")
    assert differs([], [[1.0, 0.9, 0.8, 0.95]]) == "1 days with events, not 0"


def test_a_ratio_is_formed_within_each_round(load):
    contest = load("contest")
    found = contest.ratio([10.0, 40.0, 9.0], [1.0, 2.0, 3.0])
    assert (found.median, found.least, found.most) == (10.0, 3.0, 20.0)
    assert str(found) == "10.0 (3.00 to 20.0)"


@pytest.mark.parametrize(
    "reached, at_least, expected",
    [
        (10.0, True, "goal met: x; reached 10.0"),
        (9.4, True, "goal MISSED: x; reached 9.40"),
        (9.4, False, "goal met: x; reached 9.40"),
        (123.4, False, "goal MISSED: x; reached 123"),
    ],
)
def test_a_goal_says_whether_it_was_met(load, reached, at_least, expected):
    assert str(load("contest").Goal("x", reached, 10, at_least)) == expected


def test_a_program_that_is_absent_is_said_and_is_no_failure(load):
    contest = load("contest")
    present = contest.Contender("ours", (sys.executable, "-c", "print('{\"seconds\": [2.0]}')"))
    absent = contest.Contender("theirs", ("no-such-program",))
    runs = contest.take_turns([present, absent], 2)
    lines, failures = contest.table(runs, "ours", lambda ours, theirs: "")
    assert runs["ours"].seconds == [2.0, 2.0]
    assert lines[-1] == "| theirs | not run: no no-such-program | | |"
    assert failures == []


def test_a_contender_that_differs_is_a_failure(load):
    contest = load("contest")
    runs = {"ours": contest.Runs([1.0], [None], 1), "theirs": contest.Runs([3.0], [None], 2)}
    lines, failures = contest.table(runs, "ours", lambda a, b: "" if a == b else f"{b}, not {a}")
    assert lines[-1] == "| theirs | 3.00 (3.00 to 3.00) | not measured | DIFFER |"
    assert failures == ["theirs differs from ours: 2, not 1"]


def test_a_contender_that_breaks_stops_the_benchmark(load):
    contest = load("contest")
    broken = contest.Contender("theirs", (sys.executable, "-c", "raise SystemExit('no luck')"))
    with pytest.raises(RuntimeError) as caught:
        contest.run_once(broken)
    assert str(caught.value) == "theirs failed:\nno luck\n"


def test_new_results_take_the_place_of_old_ones(load, tmp_path):
    run, section = load("run"), load("contest").Section
    path = tmp_path / "results.md"
    path.write_text("# Results\n\n## A\n\nold\n\n## B\n\nkept\n", encoding="utf-8")
    run.write([section("A", ("new",)), section("C", ("added",))], path)
    text = path.read_text(encoding="utf-8")
    assert "old" not in text
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# Results",
        "## A",
        "## B",
        "## C",
    ]


def test_the_simulated_scores_are_the_same_every_time(load):
    made = load("simulated_scores")
    scores = made.simulated_scores(500)
    assert scores.equals(made.simulated_scores(500))
    assert scores.columns == ["USUBJID", "TRT01P", "PARAMCD", "AVISIT", "AVAL", "ABLFL"]
    assert not scores.select("USUBJID", "AVISIT").is_duplicated().any()
    assert 0 < scores["AVAL"].null_count() < scores.height / 10
    assert scores.filter(scores["ABLFL"].is_not_null())["AVISIT"].unique().to_list() == ["Baseline"]
