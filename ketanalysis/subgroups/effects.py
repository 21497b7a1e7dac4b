"""Effects within subgroups and their interaction tests, as rows of a result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError
from ketanalysis.grid import Grid
from ketanalysis.rates.cells import none_if_nan, normal_quantile
from ketanalysis.rates.contrasts import measure_row, with_names
from ketanalysis.rates.handling import count_met
from ketanalysis.rates.two_proportions import odds_ratio as odds_of
from ketanalysis.rates.two_proportions import risk_difference
from ketanalysis.subgroups.linear_interaction import (
    LEVEL,
    VALUE,
    Changes,
    change_contrasts,
    change_interaction,
    with_levels,
)
from ketanalysis.subgroups.logistic_interaction import (
    ONE_LEVEL,
    Interaction,
    interaction,
    slope_interaction,
)
from ketanalysis.subgroups.membership import Membership

Rows: TypeAlias = list[dict[str, Any]]

OVERALL = "All subjects"
CATEGORIES, NUMBER = "categories", "number"
DIFFERENCE = "difference of change"
TABLE = {
    "subgroup": pl.String,
    "level": pl.String,
    "contrast": pl.String,
    "measure": pl.String,
    "count": pl.Int64,
    "n": pl.Int64,
    "count_reference": pl.Int64,
    "n_reference": pl.Int64,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}
INTERACTIONS = {
    "subgroup": pl.String,
    "kind": pl.String,
    "term": pl.String,
    "test": pl.String,
    "statistic": pl.Float64,
    "df_num": pl.Float64,
    "df_den": pl.Float64,
    "p_value": pl.Float64,
    "p_adjusted": pl.Float64,
    "n": pl.Int64,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "note": pl.String,
}
NOBODY = "not estimable: nobody of the arm or of the reference in this subgroup"


@dataclass(frozen=True, eq=False)
class Effects:
    """Rows of `table` and `interactions`, and who was counted: status, reason, count."""

    table: pl.DataFrame
    interactions: pl.DataFrame
    audit: list[tuple[str, str, int]]


class _Cell(NamedTuple):
    """The subjects of a row: subgroup, level, and who, shape (n,)."""

    subgroup: str
    level: str
    who: NDArray[np.bool_]


def _cells(grid: Grid, members: Sequence[Membership]) -> list[_Cell]:
    cells = [_Cell(OVERALL, "All", np.ones(grid.n, dtype=bool))]
    for one in members:
        level = _beside(grid, one)["level"]
        for name in one.levels:
            who = (level == name).fill_null(False).to_numpy()
            cells.append(_Cell(one.subgroup.label, name, who))
    return cells


def _beside(grid: Grid, one: Membership) -> pl.DataFrame:
    """Return level and value of the subjects in the order of the grid."""
    return grid.subjects.select("USUBJID").join(
        one.table, on="USUBJID", how="left", maintain_order="left"
    )


def _arms(grid: Grid, by: str) -> tuple[NDArray[np.int64], list[str]]:
    """Return the number of each subject's arm, shape (n,), and the arms that are held."""
    arm = grid.subjects[by]
    order = (
        arm.dtype.categories.to_list() if isinstance(arm.dtype, pl.Enum) else arm.unique().sort()
    )
    held = [str(name) for name in order if (arm == name).any()]
    place = {name: i for i, name in enumerate(held)}
    return np.array([place[str(value)] for value in arm], dtype=np.int64), held


def rate_effects(
    grid: Grid,
    members: Sequence[Membership],
    rule: Any,
    missing: str,
    difference: str,
    odds_ratio: str,
    *,
    by: str,
    visit: str,
    conf_level: float,
) -> Effects:
    """Return risk differences and odds ratios by subgroup, and the tests of logistic models."""
    row = grid.visit_index(visit)
    counted = count_met(grid, rule, missing)
    met, is_in = counted.met[row], counted.counted[row]
    arm, names = _arms(grid, by)
    rows: Rows = []
    for cell in _cells(grid, members):
        for k in range(1, len(names)):
            group, base = cell.who & is_in & (arm == k), cell.who & is_in & (arm == 0)
            counts = tuple(int(np.count_nonzero(w)) for w in (met & group, group, met & base, base))
            rows += _rate_rows(cell, counts, names[k], names[0], difference, odds_ratio, conf_level)
    y = met[is_in].astype(np.float64)
    tests: Rows = []
    for one in members:
        beside = _beside(grid, one).filter(pl.Series(is_in))
        tests += _rate_tests(y, arm[is_in], beside, one, by, conf_level)
    audit = [
        (status, reason, int(np.count_nonzero(who[row])))
        for status, reason, who in counted.reasons
        if who[row].any()
    ]
    return Effects(_frame(rows, TABLE), _frame(tests, INTERACTIONS), audit)


def _rate_rows(
    cell: _Cell,
    counts: tuple[int, ...],
    group: str,
    reference: str,
    difference: str,
    odds_ratio: str,
    conf_level: float,
) -> Rows:
    x1, n1, x0, n0 = counts
    key: dict[str, Any] = {
        "subgroup": cell.subgroup,
        "level": cell.level,
        "contrast": f"{group} - {reference}",
    }
    key |= {"count": x1, "n": n1, "count_reference": x0, "n_reference": n0}
    found = {
        "risk difference": risk_difference(x1, n1, x0, n0, difference, conf_level),
        "odds ratio": odds_of(x1, n1, x0, n0, odds_ratio, conf_level),
    }
    return [
        key | with_names(measure_row(measure, estimate), group, reference)
        for measure, estimate in found.items()
    ]


def _rate_tests(
    y: NDArray[np.float64],
    arm: NDArray[np.int64],
    beside: pl.DataFrame,
    one: Membership,
    by: str,
    conf_level: float,
) -> Rows:
    label, source = one.subgroup.label, one.subgroup.source
    known = beside["level"].is_not_null().to_numpy()
    held = [name for name in one.levels if (beside["level"] == name).any()]
    place = {name: i for i, name in enumerate(held)}
    level = np.array([place[v] for v in beside["level"].filter(pl.Series(known))], dtype=np.int64)
    found = (
        interaction(y[known], arm[known], level) if known.any() else Interaction(0, note=ONE_LEVEL)
    )
    term = f"{by}:{source}"
    rows = _two_tests(found, {"subgroup": label, "kind": CATEGORIES, "term": term}, level.size)
    if not one.subgroup.is_cut:
        return rows
    z = normal_quantile(conf_level)
    value = beside["value"].to_numpy()[known]
    slope = slope_interaction(y[known], arm[known], value, z)
    key = {"subgroup": label, "kind": NUMBER, "term": f"{by}:{source}, uncut"}
    numbers = _two_tests(slope.tests, key, value.size)
    if len(slope.ratios) == 1:
        ends = dict(zip(("estimate", "conf_low", "conf_high"), slope.ratios[0], strict=True))
        numbers = [row | ends for row in numbers]
    return [*rows, *numbers]


def _two_tests(found: Interaction, key: dict[str, Any], n: int) -> Rows:
    pairs = (("likelihood ratio", found.ratio, found.ratio_p), ("Wald", found.wald, found.wald_p))
    return [
        key
        | {"test": test, "statistic": none_if_nan(statistic), "df_num": float(found.df), "n": n}
        | {"p_value": none_if_nan(p), "note": found.note}
        for test, statistic, p in pairs
    ]


def change_effects(
    grid: Grid,
    members: Sequence[Membership],
    model: str,
    *,
    by: str,
    visit: str,
    conf_level: float,
) -> Effects:
    """Return adjusted differences of the change by subgroup, and the F tests of the models."""
    rows, tests = _rows_of(grid, by), []
    whole = Changes(rows, by, visit, model, conf_level)
    row = grid.visit_index(visit)
    can = ~np.isnan(grid.baseline) & ~np.isnan(grid.scores[row])
    arm, names = _arms(grid, by)
    found = [_change_rows(whole, grid, can, arm, names, OVERALL, ["All"], None)]
    for one in members:
        beside = rows.join(one.table, on="USUBJID", how="left", maintain_order="left")
        own = beside.rename({"level": LEVEL, "value": VALUE})
        named = Changes(with_levels(own, one.levels), by, visit, model, conf_level)
        level = _beside(grid, one)["level"]
        label = one.subgroup.label
        found.append(_change_rows(named, grid, can, arm, names, label, one.levels, level))
        tests += _change_tests(named, one, by, can, level)
    absent = [
        ("included", "baseline and a score at the visit", int(can.sum())),
        ("excluded", "no baseline, or no score at the visit", int((~can).sum())),
    ]
    audit = [row for row in absent if row[2]]
    table = _frame([row for part in found for row in part], TABLE)
    return Effects(table, _frame(tests, INTERACTIONS), audit)


def _rows_of(grid: Grid, by: str) -> pl.DataFrame:
    """Return one row a subject and visit with baseline and score: AVISIT, CHG, BASE and the arm."""
    parts = []
    for place, name in enumerate(grid.visits):
        change = grid.scores[place] - grid.baseline
        parts.append(
            grid.subjects.select("USUBJID", by).with_columns(
                AVISIT=pl.lit(name), CHG=pl.Series(change), BASE=pl.Series(grid.baseline)
            )
        )
    whole = pl.concat(parts).with_columns(
        pl.col("AVISIT").cast(pl.Enum(list(grid.visits))), pl.col("CHG", "BASE").fill_nan(None)
    )
    return whole.drop_nulls(["CHG", "BASE"])


def _change_rows(
    changes: Changes,
    grid: Grid,
    can: NDArray[np.bool_],
    arm: NDArray[np.int64],
    names: list[str],
    label: str,
    levels: Sequence[str],
    level: pl.Series | None,
) -> Rows:
    try:
        contrasts = change_contrasts(changes, by_level=level is not None)
        why = NOBODY
    except EstimationError as error:
        contrasts, why = [], f"not estimable: {error}"
    rows = []
    for name in levels:
        who = can if level is None else can & (level == name).fill_null(False).to_numpy()
        for k in range(1, len(names)):
            contrast = f"{names[k]} - {names[0]}"
            own = [
                c
                for c in contrasts
                if c["contrast"] == contrast and (level is None or str(c[LEVEL]) == name)
            ]
            made = own[0] if own else {}
            estimable = made.get("estimate") is not None
            rows.append(
                {"subgroup": label, "level": name, "contrast": contrast, "measure": DIFFERENCE}
                | {"n": int((who & (arm == k)).sum()), "n_reference": int((who & (arm == 0)).sum())}
                | {c: made.get(c) for c in ("estimate", "conf_low", "conf_high")}
                | {"method": changes.model, "note": "" if estimable else why}
            )
    return rows


def _change_tests(
    changes: Changes, one: Membership, by: str, can: NDArray[np.bool_], level: pl.Series
) -> Rows:
    label, source = one.subgroup.label, one.subgroup.source
    kinds = [(CATEGORIES, LEVEL, f"{by}:{source}")]
    if one.subgroup.is_cut:
        kinds.append((NUMBER, VALUE, f"{by}:{source}, uncut"))
    rows = []
    n = int((can & level.is_not_null().to_numpy()).sum())
    for kind, column, term in kinds:
        found, note = change_interaction(changes, column)
        rows.append(
            {"subgroup": label, "kind": kind, "term": term, "test": "F", "n": n, "note": note}
            | {"statistic": found.statistic, "df_num": float(found.df_num)}
            | {"df_den": found.df_den, "p_value": found.p_value}
        )
    return rows


def _frame(rows: Rows, schema: dict[str, Any]) -> pl.DataFrame:
    whole = [{name: row.get(name) for name in schema} for row in rows]
    return pl.DataFrame(whole, schema=schema)
