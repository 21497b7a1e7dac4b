"""What must hold for any trial: more visits, more excuses, other names, another order."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.definitions import Remission, Response
from ketanalysis.rates.end_response import estimate_end_response
from ketanalysis.rates.ever_response import estimate_ever_response
from ketanalysis.rates.levels import estimate_response_levels
from ketanalysis.rates.response import estimate_response
from ketanalysis.rates.sustained_response import estimate_sustained
from ketanalysis.sustained import Sustained

VISITS = ["0", "1", "2", "3", "4"]
AFTER = VISITS[1:]
HALF = Response(at_least=0.5)
WIDE = Response(at_least=0.5, better="lower", floor=0)
HANDLINGS = ["observed", "locf", "nri"]

scores = st.one_of(st.none(), st.integers(0, 60))
subjects = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(1, 60)), *[scores] * 4), min_size=1, max_size=12
).filter(
    lambda rows: (
        any(row[0] is not None for row in rows)
        and all(any(row[i] is not None for row in rows if row[0] is not None) for i in range(1, 5))
    )
)


def frame(rows: Any, scale: str = "MADRS", factor: float = 1.0, prefix: str = "s") -> pl.DataFrame:
    long = [
        (f"{prefix}{i:03}", VISITS[j], None if score is None else factor * score)
        for i, row in enumerate(rows)
        for j, score in enumerate(row)
    ]
    schema = {"USUBJID": pl.String, "AVISIT": pl.Enum(VISITS), "AVAL": pl.Float64}
    data = pl.DataFrame(long, schema=schema, orient="row")
    is_baseline = pl.col("AVISIT") == "0"
    return data.with_columns(ABLFL=pl.when(is_baseline).then(pl.lit("Y")), PARAMCD=pl.lit(scale))


def counted(result: Any) -> list[tuple[int, int]]:
    rows: list[tuple[int, int]] = result.table.select("count", "n").rows()
    return rows


@settings(max_examples=12)
@given(subjects)
def test_more_visits_and_more_excuses_never_count_fewer(rows: Any) -> None:
    data = frame(rows)
    ever = [
        estimate_ever_response(data, "MADRS", HALF, visits=AFTER[:k], missing="nri")
        for k in (1, 2, 3, 4)
    ]
    met = [counted(result)[0][0] for result in ever]
    assert met == sorted(met)
    first = estimate_response(data, "MADRS", HALF, visits="1", missing="nri")
    assert counted(ever[0]) == counted(first)
    excused = [
        estimate_sustained(
            data,
            "MADRS",
            Sustained(HALF, visits=4 - n, of=4, excursions=n, missed=n),
            visits=AFTER,
            missing="nri",
        )
        for n in (0, 1, 2, 3)
    ]
    held = [counted(result)[0][0] for result in excused]
    assert held == sorted(held)
    # three excuses of four: who meets it once at least, which is who ever met it
    assert held[-1] <= met[-1]


@settings(max_examples=12)
@given(subjects)
def test_the_last_scheduled_visit_is_the_visit_itself(rows: Any) -> None:
    data = frame(rows)
    for rule in (HALF, Remission(at_most=10), Response(at_least=0.25, below=0.5)):
        end = estimate_end_response(
            data, "MADRS", rule, end="last scheduled", visits=AFTER, missing=HANDLINGS
        )
        at = estimate_response if isinstance(rule, Response) else None
        if at is not None:
            visit = at(data, "MADRS", rule, visits="4", missing=HANDLINGS)
            assert counted(end) == counted(visit)
        one = Sustained(rule, visits=1, of=1)
        run = estimate_sustained(data, "MADRS", one, visits=AFTER, missing=HANDLINGS)
        assert counted(run) == counted(end)
    last = estimate_end_response(
        data, "MADRS", HALF, end="last observed", visits=AFTER, missing="observed"
    )
    locf = estimate_response(data, "MADRS", HALF, visits="4", missing="locf")
    assert counted(last) == counted(locf)


@settings(max_examples=12)
@given(subjects, st.randoms(use_true_random=False))
def test_neither_order_nor_names_nor_units_matter(rows: Any, random: Any) -> None:
    rule = Sustained(WIDE, visits=2, of=3, excursions=1, missed=1)
    data = frame(rows, "X")
    renamed = frame(rows, "X", prefix="other ")
    tripled = frame(rows, "X", factor=3.0)
    order = list(range(data.height))
    random.shuffle(order)
    for other in (data[order], renamed, tripled):
        for estimate, options in (
            (estimate_sustained, {"rule": rule, "visits": AFTER}),
            (estimate_ever_response, {"rule": WIDE, "visits": AFTER}),
            (
                estimate_end_response,
                {"rule": WIDE, "visits": AFTER, "end": "last observed"},
            ),
        ):
            handlings = ["observed", "nri"]
            ours = estimate(data, "X", missing=handlings, **options)  # type: ignore[operator]
            theirs = estimate(other, "X", missing=handlings, **options)  # type: ignore[operator]
            assert ours.table.equals(theirs.table)


@settings(max_examples=12)
@given(subjects)
def test_everybody_twice_is_twice_the_count(rows: Any) -> None:
    once, twice = frame(rows), frame([*rows, *rows])
    options: dict[str, Any] = {"levels": (0.25, 0.5), "missing": HANDLINGS}
    one, two = (estimate_response_levels(d, "MADRS", **options) for d in (once, twice))
    assert [(2 * count, 2 * n) for count, n in counted(one)] == counted(two)
    ever = [
        estimate_ever_response(d, "MADRS", HALF, visits=AFTER, missing=HANDLINGS)
        for d in (once, twice)
    ]
    assert [(2 * count, 2 * n) for count, n in counted(ever[0])] == counted(ever[1])
    assert ever[0].table["n_visits"].equals(ever[1].table["n_visits"])
