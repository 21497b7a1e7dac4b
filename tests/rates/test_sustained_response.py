"""Sustained, ever and at the end: all patterns by a slow rule, a real trial, every refusal."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.population import Completers
from ketanalysis.rates.end_response import estimate_end_response
from ketanalysis.rates.ever_response import estimate_ever_response
from ketanalysis.rates.sustained_response import estimate_sustained
from ketanalysis.sustained import Sustained
from tests.shared import reference_value, requires_shared
from tests.test_real_trial import trial

HALF, TEN, TWELVE = Response(at_least=0.5), Remission(at_most=10), Remission(at_most=12)
QUARTER = Response(at_least=0.25)
VISITS = ["0", "1", "2", "3", "4"]
# Baseline 40: remission, response, partial response, nothing, no score.
SCORES = (10.0, 20.0, 30.0, 40.0, None)
LETTERS = "mrpn-"


def frame(patterns: list[str], baseline: float | None = 40.0) -> pl.DataFrame:
    """One subject a pattern: ``m-rn`` is remission, no score, response, nothing at visits 1-4."""
    rows = []
    for pattern in patterns:
        rows.append((pattern, "0", baseline, "Y"))
        scores = [SCORES[LETTERS.index(letter)] for letter in pattern]
        rows += [(pattern, str(i + 1), score, None) for i, score in enumerate(scores)]
    data = pl.DataFrame(rows, schema=["USUBJID", "AVISIT", "AVAL", "ABLFL"], orient="row")
    return data.with_columns(pl.col("AVISIT").cast(pl.Enum(VISITS)))


@cache
def patterns() -> list[str]:
    return ["".join(letters) for letters in product(LETTERS, repeat=4)]


def carried(pattern: str) -> str:
    letters = list(pattern)
    for i in range(1, len(letters)):
        letters[i] = letters[i - 1] if letters[i] == "-" else letters[i]
    return "".join(letters)


def holds(letter: str, rule: Response | Remission) -> bool:
    return letter in {HALF: "mr", QUARTER: "mrp", TEN: "m"}[rule]


def slow(pattern: str, rule: Sustained, start: int = 0, stop: int = 4) -> str:
    """Return "met", "failed" or "unseen" by the words of the definition."""
    run = {VISITS[i + 1]: pattern[i] for i in range(start, stop)}
    excused = rule.only_at or tuple(run)
    unseen = [visit for visit, letter in run.items() if letter == "-"]
    strayed = [v for v, letter in run.items() if letter != "-" and not holds(letter, rule.rule)]
    if len(unseen) > (rule.missed or 0) or any(visit not in excused for visit in unseen):
        return "unseen"
    if any(visit not in excused for visit in strayed):
        return "failed"
    if rule.still is not None and any(not holds(run[visit], rule.still) for visit in strayed):
        return "failed"
    enough = len(run) - len(unseen) - len(strayed) >= rule.visits
    return "met" if enough and len(strayed) <= (rule.excursions or 0) else "failed"


RULES = [
    Sustained(HALF, visits=4, of=4),
    Sustained(HALF, visits=3, of=4, excursions=1, missed=0),
    Sustained(HALF, visits=3, of=4, excursions=0, missed=1),
    Sustained(TEN, visits=3, of=4, excursions=1, missed=1, only_at=("2", "3")),
    Sustained(HALF, visits=3, of=4, excursions=1, missed=0, still=QUARTER),
    Sustained(HALF, visits=2, of=4, excursions=2, missed=1, still=QUARTER, only_at="4"),
    Sustained(TEN, visits=1, of=4, excursions=3, missed=3),
]


@pytest.mark.parametrize("rule", RULES, ids=range(len(RULES)))
def test_every_pattern_of_four_visits(rule: Sustained) -> None:
    data = frame(patterns())
    result = estimate_sustained(
        data, "MADRS", rule, visits=VISITS[1:], missing=["observed", "locf", "nri"]
    )
    seen = [slow(pattern, rule) for pattern in patterns()]
    filled = [slow(carried(pattern), rule) for pattern in patterns()]
    assert result.table.select("missing", "count", "n").rows() == [
        ("observed", seen.count("met"), 625 - seen.count("unseen")),
        ("locf", filled.count("met"), 625 - filled.count("unseen")),
        ("nri", seen.count("met"), 625),
    ]


def test_every_pattern_in_any_run_and_at_the_last_score() -> None:
    rule = Sustained(HALF, visits=2, of=2)
    data, names = frame(patterns()), VISITS[1:]
    ever = estimate_ever_response(data, "MADRS", rule, visits=names, missing=["observed", "nri"])
    runs = [[slow(p, rule, i, i + 2) for i in range(3)] for p in patterns()]
    met = sum("met" in run for run in runs)
    known = sum(set(run) != {"unseen"} for run in runs)
    assert ever.table.select("count", "n").rows() == [(met, known), (met, 625)]

    end = estimate_end_response(
        data, "MADRS", rule, end="last observed", visits=names, missing=["observed", "nri"]
    )
    found = []
    for pattern in patterns():
        last = len(pattern.rstrip("-"))
        found.append(slow(pattern, rule, last - 2, last) if last >= 2 else "unseen")
    counts = [
        (found.count("met"), 625 - found.count("unseen")),
        (found.count("met"), 625),
    ]
    assert end.table.select("count", "n").rows() == counts


def test_ever_and_at_the_end_are_two_things() -> None:
    data = frame(["mnnn", "nnnm", "m---", "----", "nn--"])
    options: dict[str, Any] = {"visits": VISITS[1:], "missing": ["observed", "nri"]}
    ever = estimate_ever_response(data, "MADRS", HALF, **options)
    assert ever.table.select("count", "n").rows() == [(3, 4), (3, 5)]
    scheduled = estimate_end_response(data, "MADRS", HALF, end="last scheduled", **options)
    assert scheduled.table.select("AVISIT", "count", "n").rows() == [("4", 1, 2), ("4", 1, 5)]
    observed = estimate_end_response(data, "MADRS", HALF, end="last observed", **options)
    assert observed.table.select("AVISIT", "count", "n").rows() == [
        ("the last scored visit", 2, 4),
        ("the last scored visit", 2, 5),
    ]
    assert observed.audit.select("missing", "status", "reason", "count").rows() == [
        ("observed", "included", "last scored at 1", 1),
        ("observed", "included", "last scored at 2", 1),
        ("observed", "included", "last scored at 4", 2),
        ("observed", "excluded", "scored at none of the named visits", 1),
        ("nri", "included", "last scored at 1", 1),
        ("nri", "included", "last scored at 2", 1),
        ("nri", "included", "last scored at 4", 2),
        ("nri", "included", "scored at none of the named visits: counted as failure", 1),
    ]
    assert observed.warnings[0].startswith("The last scored visit is an earlier one in those")
    assert scheduled.warnings == ()


def test_the_number_of_visits_stands_beside_ever() -> None:
    arm = pl.Series(["a"] * 10 + ["b"] * 10, dtype=pl.Enum(["a", "b"]))
    data = frame(["nnnn", "rrrr", "n---", "-m--"]).with_columns(TRT01P=arm)
    result = estimate_ever_response(
        data, "MADRS", HALF, "TRT01P", visits=VISITS[1:], missing=["observed", "nri"]
    )
    assert result.table["n_visits"].to_list() == [4.0, 1.0, 4.0, 1.0]
    assert (
        "Visits scored, mean a subject, of 4: 4.0 (a), 1.0 (b). More visits give more chances to "
        "be counted."
    ) in result.notes
    assert result.table["AVISIT"][0] == "1, 2, 3 or 4"
    many = [f"d{i}" for i in range(1, 8)]
    rows = [("s", visit, 30.0, None) for visit in many]
    long = pl.DataFrame(
        [("s", "0", 40.0, "Y"), *rows], schema=["USUBJID", "AVISIT", "AVAL", "ABLFL"], orient="row"
    ).with_columns(pl.col("AVISIT").cast(pl.Enum(["0", *many])))
    found = estimate_ever_response(long, "MADRS", HALF, visits=many, missing="nri")
    assert found.table["AVISIT"][0] == "any of 7 visits, d1 to d7"
    assert "Visits: d1, d2, d3, d4, d5, d6, d7." in found.notes


def test_a_meaningful_change_and_a_named_run_can_be_the_rule() -> None:
    four = ka.MeaningfulChange(at_least=20, unit="points", source="made up")
    data = frame(["rnnn", "nnnr", "nnnn"])
    options: dict[str, Any] = {"visits": VISITS[1:], "missing": "nri"}
    assert estimate_ever_response(data, "MADRS", four, **options).table["count"].item() == 2
    named = Sustained(HALF, visits=1, of=["4"])
    ever = estimate_ever_response(data, "MADRS", named, **options)
    assert (ever.table["count"].item(), ever.table["AVISIT"].item()) == (1, "4")
    end = estimate_end_response(data, "MADRS", four, end="last scheduled", **options)
    assert end.outcome == "meaningful change at end"


@requires_shared
def test_a_real_trial_sustained_from_visit_5() -> None:
    """Goldstein et al. 2004: response at visits 5, 6 and 7, a missing one counts as failure."""
    theirs = reference_value("antidepressant_data", "sustained_response_from_visit5")
    rule = Sustained(HALF, visits=3, of=["5", "6", "7"])
    result = estimate_sustained(trial(), "HAMD17", rule, by="TRT01P", missing="nri")
    ours = {row["TRT01P"]: row for row in result.table.iter_rows(named=True)}
    for arm, count in theirs["sustained"].items():
        assert (ours[arm]["count"], ours[arm]["n"]) == (count, theirs["n"][arm])
    assert result.title == "Sustained response on HAMD17 by TRT01P"
    assert result.text().startswith(
        "Sustained response on HAMD17 at 5, 6 and 7 (nri): PLACEBO 7/88 (8 %; 95 % CI 4 to 16); "
    )


@requires_shared
def test_a_real_trial_at_the_end() -> None:
    """The last observed score of R's LOCF, and R's counts at the last visit."""
    options: dict[str, Any] = {"by": "TRT01P", "visits": ["4", "5", "6", "7"]}
    observed = estimate_end_response(
        trial(), "HAMD17", HALF, end="last observed", missing="observed", **options
    )
    locf = reference_value("antidepressant_data", "visit7_resp_locf_by_arm")
    for row in observed.table.iter_rows(named=True):
        assert (row["count"], row["n"]) == (locf[row["TRT01P"]]["x"], locf[row["TRT01P"]]["n"])
    scheduled = estimate_end_response(
        trial(), "HAMD17", HALF, end="last scheduled", missing="nri", **options
    )
    nri = reference_value("antidepressant_data", "visit7_resp_nri_by_arm")
    for row in scheduled.table.iter_rows(named=True):
        assert (row["count"], row["n"]) == (nri[row["TRT01P"]]["x"], nri[row["TRT01P"]]["n"])


def test_words_in_every_style() -> None:
    data = frame(["rrrr", "rnrr", "nnnn"])
    rule = Sustained(HALF, visits=2, of=3, excursions=1, missed=0)
    result = estimate_sustained(data, "MADRS", rule, visits=VISITS[1:], missing=["nri", "observed"])
    assert result.inline("nri") == "2/3 (67 %; 95 % CI 21 to 94)"
    assert result.text("apa").startswith(
        "Sustained response on MADRS at 2, 3 and 4 (nri): All 2/3 (67%, 95% CI [21%, 94%])."
    )
    assert result.text("jama").startswith(
        "Sustained response on MADRS at 2, 3 and 4 (nri): All 2 of 3 (67% [95% CI, 21%-94%])."
    )
    shown = result.summary()
    assert (
        "Missing scores: observed cases (subjects with no more visits without a score than the "
        "rule allows)"
    ) in shown
    assert "Sustained response is response at 2 or more of the last 3 visits" in shown


def test_completers_are_warned_of() -> None:
    data = frame(["rrrr", "rn--", "nnnn"])
    result = estimate_end_response(
        data,
        "MADRS",
        HALF,
        end="last scheduled",
        visits=VISITS[1:],
        missing="nri",
        population=Completers("4"),
    )
    assert result.table.select("count", "n").rows() == [(1, 2)]
    assert result.warnings[0].startswith("Completers are selected by what happened after")
    assert result.audit.filter(pl.col("status") == "excluded").select("reason", "count").rows() == [
        ("no score at 4", 1)
    ]


EVER: dict[str, Any] = {"visits": VISITS[1:], "missing": "nri"}
END: dict[str, Any] = EVER | {"end": "last scheduled"}
TWO = Sustained(HALF, visits=2, of=2)
REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (
        estimate_ever_response,
        EVER | {"rule": 0.5},
        "rule must be a Response, a Remission, a MeaningfulChange or a Sustained, not 0.5.",
    ),
    (
        estimate_ever_response,
        EVER | {"visits": None},
        "visits= must name the visits of which one with the outcome is enough.",
    ),
    (
        estimate_ever_response,
        EVER | {"visits": []},
        "visits= must name the visits of which one with the outcome is enough.",
    ),
    (
        estimate_ever_response,
        EVER | {"visits": ["5"]},
        "visits must be a visit after baseline at which MADRS was scored: '1', '2', '3', '4'; not "
        "'5'.",
    ),
    (
        estimate_ever_response,
        EVER | {"rule": TWO, "visits": "1"},
        "The rule asks for 2 visits, but visits= names 1: name at least 2.",
    ),
    (
        estimate_ever_response,
        EVER | {"by": "n_visits"},
        "by cannot name the column 'n_visits', which the result uses itself; rename it.",
    ),
    (
        estimate_end_response,
        EVER,
        'end= must say what a subject\'s end is: "last scheduled" (the last of the visits, the '
        'same for everybody), "last observed" (the last of the visits at which the subject was '
        "scored).",
    ),
    (
        estimate_end_response,
        END | {"end": "last"},
        'end= must say what a subject\'s end is: "last scheduled" (the last of the visits, the '
        'same for everybody), "last observed" (the last of the visits at which the subject was '
        "scored), not 'last'.",
    ),
    (
        estimate_end_response,
        END | {"end": "last observed", "missing": "locf"},
        'missing="locf" cannot go with end="last observed", which carries the last score forward '
        'itself: write "observed" or "nri".',
    ),
    (
        estimate_end_response,
        END | {"visits": None},
        "visits= must name the visits of the phase whose end is meant.",
    ),
    (
        estimate_end_response,
        END | {"end": "last observed", "rule": Sustained(HALF, visits=1, of=["4"])},
        'end="last observed" cannot go with a rule that names its visits: they are the same for '
        'everybody. Write of=NUMBER in the rule, or end="last scheduled".',
    ),
    (
        estimate_sustained,
        EVER,
        "rule must be a Sustained, such as Sustained(Remission(at_most=12), ...), not "
        "Response(at_least=0.5).",
    ),
    (
        estimate_sustained,
        EVER | {"rule": TWO, "visits": None},
        "visits= must name the visits of which the last 2 are meant.",
    ),
    (
        estimate_sustained,
        EVER | {"rule": Sustained(HALF, visits=1, of=["4"])},
        "visits= belongs to a rule with a number of visits; this one names its own: 4.",
    ),
    (
        estimate_sustained,
        EVER | {"rule": Sustained(HALF, visits=1, of=2, excursions=1, missed=0, only_at="Week 3")},
        "only_at must be a visit after baseline at which MADRS was scored: '1', '2', '3', '4'; not "
        "'Week 3'.",
    ),
]


@pytest.mark.parametrize("estimate, changes, text", REFUSED, ids=range(len(REFUSED)))
def test_what_the_caller_must_change_is_named(
    estimate: Any, changes: dict[str, Any], text: str
) -> None:
    options = {"rule": HALF} | changes
    with pytest.raises(ArgumentError) as refusal:
        estimate(frame(["rrrr", "nnnn"]), "MADRS", **options)
    assert str(refusal.value) == text


def test_a_response_without_any_baseline_is_refused() -> None:
    data = frame(["rrrr"]).filter(pl.col("AVISIT") != "0").drop("ABLFL")
    for estimate, options in (
        (estimate_ever_response, EVER),
        (estimate_end_response, END),
        (estimate_sustained, EVER | {"rule": TWO}),
    ):
        with pytest.raises(EstimationError, match=r"^Response needs a baseline, and no subject"):
            estimate(data, "MADRS", **{"rule": HALF} | options)  # type: ignore[operator]
    well = estimate_ever_response(data, "MADRS", Remission(at_most=20), **EVER)
    assert well.table["count"].item() == 1
