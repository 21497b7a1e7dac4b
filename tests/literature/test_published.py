"""Published figures: what ships, what does not, and a curve beside them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.literature.published import Figure
from ketanalysis.rates.two_proportions import risk_difference

ORACLE = Path(__file__).parents[1] / "oracle"
CASES = pl.read_csv(ORACLE / "published.csv").to_dicts()
DATA = pl.read_csv(ORACLE / "published_data.csv", schema_overrides={"AVAL": pl.Float64})
WORDS = {"among": "responders", "origin": "the last infusion", "rule": "MADRS of at least 22"}
AMONG = ka.Among(ka.Response(at_least=0.5), visit="Day 14")


@cache
def relapse(by: str | None = "TRT01P") -> Any:
    return ka.estimate_relapse(
        ka.load_example("ketamine"),
        "MADRS",
        ka.Relapse(at_least=22, consecutive=1, dated="first"),
        by=by,
        among=AMONG,
        origin="last infusion",
        redose="censor",
    )


def test_only_what_can_be_stood_by_ships() -> None:
    found = ka.published("durability")
    assert found.equals(ka.published())
    assert found["study"].unique(maintain_order=True).to_list() == [
        *("McInnes 2022", "Murrough 2013", "Ibrahim 2012", "Salloum 2019"),
        *("Wilkinson 2017", "KetECT 2022", "SUSTAIN-1"),
    ]
    shares = found.filter(measure="share free")
    numbers = shares.select("study", "time", pl.col("estimate").round(4), "count", "n").rows()
    assert numbers == [
        ("McInnes 2022", 28.0, 0.8, None, None),
        ("McInnes 2022", 56.0, 0.6, None, None),
        ("Ibrahim 2012", 28.0, 0.27, None, None),
        ("Salloum 2019", 14.0, 0.0, None, None),
        ("Salloum 2019", 14.0, 0.5, None, None),
        ("Salloum 2019", 14.0, 0.62, None, None),
        ("Salloum 2019", 14.0, 0.2, None, None),
        ("Salloum 2019", 14.0, 0.5, None, None),
        ("Salloum 2019", 14.0, 0.7, None, None),
        ("Wilkinson 2017", 56.0, 0.75, 6, 8),
        ("KetECT 2022", 365.0, 0.3, None, None),
        ("KetECT 2022", 365.0, 0.37, None, None),
        ("SUSTAIN-1", None, 0.7333, 66, 90),
        ("SUSTAIN-1", None, 0.5465, 47, 86),
    ]
    times = found.filter(pl.col("measure") != "share free")
    assert times.select("study", "measure", "estimate", "conf_low", "std_error", "n").rows() == [
        ("Murrough 2013", "median", 18.0, None, None, 17),
        ("Ibrahim 2012", "mean", 13.2, None, 2.2, None),
        ("Wilkinson 2017", "median", 84.0, None, None, 8),
        ("KetECT 2022", "median", 57.0, None, None, None),
        ("KetECT 2022", "median", 61.0, None, None, None),
        ("SUSTAIN-1", "median", 273.0, 97.0, None, 86),
    ]
    assert found["verified"].all()
    for column in ("citation", "treatment", "among", "origin", "rule"):
        assert (found[column].str.len_chars() > 3).all()
    assert set(found.columns) <= set(GLOSSARY)


def test_a_topic_that_is_not_there() -> None:
    with pytest.raises(ArgumentError) as caught:
        ka.published("durabilty")
    assert str(caught.value) == (
        "topic must be one of 'durability', not 'durabilty'. Did you mean durability?"
    )


def figure(**changes: Any) -> Figure:
    held = {
        **dict.fromkeys(("citation", "treatment", "among", "origin", "rule"), "words"),
        **{"study": "A", "topic": "durability", "measure": "share free", "estimate": 0.75},
        **{"rule_known": True, "maintained": False, "read": "abstract", "verified": True},
    }
    return Figure(**(held | changes))


def test_a_figure_that_contradicts_itself_is_refused() -> None:
    for changes, text in (
        ({"estimate": 75.0}, "estimate of A must be a share from 0 to 1, not 75."),
        ({"count": 9, "n": 8}, "count of A must be subjects still free, of n in all, not 9 of 8."),
        ({"count": 5, "n": 8}, "estimate of A must be count / n, 0.625, not 0.75."),
    ):
        with pytest.raises(ContractError) as caught:
            figure(**changes)
        assert str(caught.value) == text


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['set']}-{c['conf_type']}-{c['count']}")
def test_the_difference_is_that_of_both_intervals(
    case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = figure(
        count=case["count"], n=case["n"], time=float(case["time"]),
        estimate=case["count"] / case["n"],
    )  # fmt: skip
    monkeypatch.setattr("ketanalysis.literature.published._figures", lambda: (made,))
    curve = ka.estimate_survival(DATA.filter(set=case["set"]), conf_type=case["conf_type"])
    (row,) = ka.compare_published(curve, "A", **WORDS).table.to_dicts()
    for name in ("estimate", "conf_low", "conf_high", "published_low", "published_high"):
        assert row[name] == pytest.approx(case[name], rel=1e-9, abs=1e-12), name
    for name in ("difference", "difference_low", "difference_high"):
        # R prints both ends of Wilson's interval at 0 and 1 with rounding errors of 1e-17
        assert row[name] == pytest.approx(case[name], rel=1e-9, abs=1e-9), name


def test_with_wilson_on_both_sides_it_is_newcombe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without censoring the share is a proportion: put Wilson's ends in, and it is method 10."""
    from ketanalysis.literature.published_comparison import _difference
    from ketanalysis.rates.proportions import proportion_interval

    (low, high), (a, b) = (
        [float(end) for end in proportion_interval(x, n, "wilson", 0.95)]
        for x, n in ((11, 20), (6, 8))
    )
    row = {"measure": "share free", "estimate": 0.55, "conf_low": low, "conf_high": high}
    row |= {"published": 0.75, "published_low": a, "published_high": b, "published_count": 6}
    found = _difference(row)
    theirs = risk_difference(11, 20, 6, 8, "newcombe")
    assert (found["difference_low"], found["difference_high"]) == pytest.approx(
        (theirs.low, theirs.high), rel=1e-12
    )


def test_every_row_says_why_it_stands_alone() -> None:
    beside = ka.compare_published(
        relapse(None),
        ["McInnes 2022", "Wilkinson 2017", "SUSTAIN-1", "Ibrahim 2012", "KetECT 2022"],
    )
    rows = beside.table.select("study", "measure", "note").unique(maintain_order=True).rows()
    assert rows == [
        ("McInnes 2022", "share free",
         "The source read does not say how many were counted: side by side."),
        ("Wilkinson 2017", "share free", ""),
        ("Wilkinson 2017", "median", "Medians stand side by side, without a difference."),
        ("SUSTAIN-1", "share free", "The published share is over the whole follow-up, which has no "
         "one length: side by side."),
        ("SUSTAIN-1", "median", "Medians stand side by side, without a difference."),
        ("Ibrahim 2012", "mean", "A mean needs everybody's relapse: this curve gives a restricted "
         "mean (rmst) instead."),
        ("Ibrahim 2012", "share free",
         "The source read does not say how many were counted: side by side."),
        ("KetECT 2022", "share free", "Beyond the follow-up here."),
        ("KetECT 2022", "median", "Medians stand side by side, without a difference."),
    ]  # fmt: skip
    has_difference = beside.table["difference"].is_not_null()
    assert beside.table.filter(has_difference)["study"].to_list() == ["Wilkinson 2017"]
    assert "p_value" not in beside.table.columns


def test_a_share_with_no_relapse_yet_has_no_interval() -> None:
    rows = pl.DataFrame({"AVAL": [70.0, 80.0], "CNSR": [0, 0]})
    curve = ka.estimate_survival(rows)
    row = ka.compare_published(curve, "Wilkinson 2017", **WORDS).table.to_dicts()[0]
    assert (row["estimate"], row["difference"]) == (1.0, None)
    assert row["note"] == "The share here has no interval: side by side."


def test_what_differs_is_named() -> None:
    beside = ka.compare_published(relapse(), "Murrough 2013")
    assert beside.differs.select("aspect", "here", "there").rows() == [
        (
            "set",
            "Entered are subjects who met this at Day 14: Response is an improvement in MADRS of "
            "at least 50 % from baseline.",
            "responders at the end of treatment",
        ),
        ("origin", "the last infusion before entry", "the last infusion"),
        (
            "rule",
            "Relapse is a MADRS score of at least 22 at a single assessment. It is dated at the "
            "first qualifying assessment.",
            "loss of response on MADRS; the wording of the rule was not read",
        ),
        (
            "treatment",
            "as in this trial",
            "intravenous ketamine, up to 6 infusions in 12 days; it ended at the origin",
        ),
    ]
    assert beside.notes[0] == (
        "A published figure is not a control group: subjects, rule, visits and care differ, and a "
        "difference may be that of any of them. There is no test."
    )
    assert beside.notes[2] == (
        "Murrough 2013: responders at the end of treatment, counted from the last infusion; "
        "relapse: loss of response on MADRS; the wording of the rule was not read (Murrough et al. "
        "2013, Biol Psychiatry 74:250; read: the abstract)."
    )
    assert beside.warnings[0] == (
        "The rule of relapse of Murrough 2013 could not be read: the figures may count something "
        "else."
    )
    assert ka.compare_published(relapse(), "SUSTAIN-1").warnings[0] == (
        "In an arm of SUSTAIN-1 treatment went on (esketamine nasal spray continued, with an oral "
        "antidepressant)."
    )


def test_what_it_says() -> None:
    beside = ka.compare_published(relapse(None), "Wilkinson 2017")
    row = beside.table.to_dicts()[0]
    own = f"{100 * row['estimate']:.0f} %"
    assert beside.inline("Wilkinson 2017", measure="share free").startswith(f"{own} (95 % CI ")
    assert beside.inline("Wilkinson 2017", measure="median").endswith(" here, 84.0 days published")
    frames = (beside.table, beside.differs, beside.figures)
    columns = {column for frame in frames for column in frame.columns}
    assert columns <= set(GLOSSARY)
    assert "Wilkinson 2017" in beside.summary()


def refused(*arguments: Any, **options: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        ka.compare_published(*arguments, **options)
    return str(caught.value)


def test_what_is_refused() -> None:
    ready = ka.estimate_survival({"AVAL": [5, 8], "CNSR": [0, 0]})
    assert refused(ready, "Murrough 2013") == (
        "among=, origin= and rule= must say in words whom this curve counts, from when, and what "
        "counts as the event: without them nobody sees what is compared."
    )
    assert refused(relapse(), "Murrough 2013", origin="x") == (
        "origin= is for a curve that does not say it; this one does: the last infusion before entry"
    )
    assert refused(relapse().rmst(21), "Murrough 2013") == (
        "result must be a curve of estimate_relapse or estimate_survival, not RestrictedMeans."
    )
    weeks = ka.estimate_survival({"AVAL": [5, 8], "CNSR": [0, 0]}, time_unit="weeks")
    assert refused(weeks, "Murrough 2013", **WORDS) == (
        "Published figures are in days, and this curve counts weeks: estimate it in days."
    )
    assert refused(relapse(), []) == "study must name a study of published()."
    assert refused(relapse(), "Murrough 2012").endswith("Did you mean Murrough 2013?")


def test_the_order_of_rows_changes_nothing() -> None:
    rows = DATA.filter(set="ovarian")
    first, second = (
        ka.compare_published(ka.estimate_survival(some), "Wilkinson 2017", **WORDS).table
        for some in (rows, rows.reverse())
    )
    assert first.equals(second)


def test_marks_far_beyond_the_curve_are_counted_and_not_drawn() -> None:
    figure_ = ka.compare_published(relapse(None), ["SUSTAIN-1", "Murrough 2013"]).plot()
    assert figure_.ketanalysis_data["at"].to_list() == [18.0]
    assert "not drawn, without a time or far beyond the curve: 3 published figures" in (
        figure_.ketanalysis_caption
    )
